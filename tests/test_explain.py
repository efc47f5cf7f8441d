"""Explanations, word for word, of one day on which most things happen."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from engine.domain.lists import InlineLead
from engine.domain.time import Instant, instant
from engine.errors import InputError
from engine.explain import Explanation, explain
from engine.store.leads import import_leads
from simulator.scenario import load
from simulator.store import opened
from simulator.world import World

DAY: Final = """
lists:
  customers:
    leads:
      - {key: alice, phones: ["+442079460001"], supplier: web}
      - {key: bob, phones: ["+442079460002"]}
      - {key: carol, phones: ["+442079460003"]}
      - {key: dave, phones: ["+442079460004", "+442079460014"]}
      - {key: erin, phones: ["+442079460001"]}
pools:
  sales: {nailed_up: false}
agents:
  ann: {pool: sales}
campaigns:
  orders:
    mode: agent-first
    lists: [customers]
    pool: sales
    agent_attempts: {max: 3, interval: 10m}
    customer_attempts: {max: 2, interval: 60m}
    business_hours: {zone: Europe/London, week: {mon-fri: ["09:00-12:00"]}}
  news:
    mode: agentless
    lists: [customers]
    lines: 1
    attempts: {max: 1, interval: 10m}
    flow: [dial customer, {play: news}]
simulation:
  guards: Most things happen to these few.
  seed: 7
  start: 2026-03-02T09:00:00Z
  end: 2026-03-03T18:00:00Z
  start_campaigns: false
  scripts:
    "+442079460001": {entries: [no-answer, {human: {rings: 4s, talks: 90s}}], at_end: repeat}
    "+442079460002": {entries: [busy], at_end: repeat}
    "+442079460003": {entries: [{human: {rings: 4s, talks: 60s}}], at_end: repeat}
    "+442079460004": {entries: [{human: {rings: 4s, talks: 300s}}], at_end: repeat}
  agents:
    ann: {script: [no-answer], dispositions: {sale: 1.0}}
  timeline:
    - {at: 1m, campaign: {start: orders}}
    - {at: 3m, campaign: {pause: orders}}
    - {at: 5m, campaign: {resume: orders}}
    - {at: 8m, crash: {down_for: 5m}}
    - {at: 20m, carrier: down}
    - {at: 21m, carrier: up}
    - {at: 28h, campaign: {start: news}}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("day") / "day.yaml"
    path.write_text(DAY)
    scenario = load(path)
    with opened(None) as sql:
        World(scenario.configuration, scenario.plan, sql).run()
        yield sql


def at(clock: str, day: int = 2) -> Instant:
    return instant(datetime.fromisoformat(f"2026-03-0{day}T{clock}+00:00"))


def told(explanation: Explanation) -> list[str]:
    return explanation.text.splitlines()


# --- one campaign, over the day ---------------------------------------------------------------------


def test_a_lead_of_a_campaign_that_never_started(store: sqlite3.Connection) -> None:
    assert told(explain(store, "alice", at=at("09:00:30"), campaign="orders")) == [
        "Lead alice of list customers: +442079460001 (fixed-line)",
        "Supplied by web.",
        "",
        "Campaign orders (agent-first): NEW, agent attempts 0 of 3, customer attempts 0 of 2 used",
        "  It has not been dialed yet.",
        "  At Mon 2 Mar 2026 09:00:30 GMT it is not dialed, because campaign orders is stopped, "
        "and was never started; to change that, start campaign orders.",
    ]


def test_a_lead_in_a_call_and_the_campaign_that_waits_for_it(store: sqlite3.Connection) -> None:
    assert told(explain(store, "dave", at=at("09:02:42"))) == [
        "Lead dave of list customers: +442079460004 (fixed-line), +442079460014 (fixed-line)",
        "",
        "Campaign news (agentless): NEW, attempts 0 of 1 used",
        "  It has not been dialed yet.",
        "  At Mon 2 Mar 2026 09:02:42 UTC it is not dialed, because:",
        "    - campaign news is stopped, and was never started; to change that, start campaign news",
        "    - the lead is in a call of campaign orders since 09:02:39",
        "",
        "Campaign orders (agent-first): NEW, agent attempts 0 of 3, customer attempts 0 of 2 used",
        "  Mon 2 Mar 2026 09:02:39 GMT, attempt 1: Ann answered after 2s. The customer's phone rings.",
        "  At Mon 2 Mar 2026 09:02:42 GMT: attempt 1 is under way since 09:02:39.",
    ]


@pytest.mark.parametrize(
    ("clock", "story"),
    [
        ("09:02:40", "Ann's phone rings."),
        (
            "09:07:00",
            "Ann answered after 2s. The customer answered after 4s. Ann and the customer are talking.",
        ),
        (
            "09:07:50",
            "Ann answered after 2s. The customer answered after 4s. Ann and the customer talked for 5m. "
            "The call is over since 09:07:45.",
        ),
        (
            "09:07:57",
            "Ann answered after 2s. The customer answered after 4s. Ann and the customer talked for 5m. "
            "Disposition: sale. The case is closed as COMPLETED.",
        ),
    ],
)
def test_what_comes_later_is_not_told(store: sqlite3.Connection, clock: str, story: str) -> None:
    line = told(explain(store, "dave", campaign="orders", at=at(clock)))[3]
    assert line == f"  Mon 2 Mar 2026 09:02:39 GMT, attempt 1: {story}"


def test_a_lead_that_waits_for_its_next_try(store: sqlite3.Connection) -> None:
    assert told(explain(store, "alice", campaign="orders", at=at("09:02:00")))[3:] == [
        "Campaign orders (agent-first): AGENT_RESCHEDULED, agent attempts 1 of 3, "
        "customer attempts 0 of 2 used",
        "  Mon 2 Mar 2026 09:01:00 GMT, attempt 1: Ann's phone rang 20s and was not answered. "
        "Agent attempt 1 of 3 is used; next try from 09:11:20.",
        "  At Mon 2 Mar 2026 09:02:00 GMT it is not dialed, because it is not due before 09:11:20, "
        "in 9m 20s.",
    ]


def test_a_lead_of_a_paused_campaign(store: sqlite3.Connection) -> None:
    assert told(explain(store, "erin", campaign="orders", at=at("09:03:30")))[2:] == [
        "Campaign orders (agent-first): NEW, agent attempts 0 of 3, customer attempts 0 of 2 used",
        "  It has not been dialed yet.",
        "  At Mon 2 Mar 2026 09:03:30 GMT it is not dialed, because:",
        "    - campaign orders is paused since 09:03:00; to change that, resume campaign orders",
        "    - no agent of pool sales is ready: 1 in calls",
    ]


def test_a_lead_outside_business_hours(store: sqlite3.Connection) -> None:
    assert told(explain(store, "bob", campaign="orders", at=at("08:30:00")))[1:] == [
        "It was imported later than that, Mon 2 Mar 2026 09:00:00 UTC.",
        "",
        "Campaign orders (agent-first): NEW, agent attempts 0 of 3, customer attempts 0 of 2 used",
        "  It has not been dialed yet.",
        "  At Mon 2 Mar 2026 08:30:00 GMT it is not dialed, because:",
        "    - campaign orders is stopped, and was never started; to change that, start campaign orders",
        "    - it is not due before 09:00:00, in 30m",
        "    - campaign orders is outside its business hours and opens at 09:00:00",
    ]


def test_a_lead_whose_call_a_crash_hid(store: sqlite3.Connection) -> None:
    assert told(explain(store, "erin", campaign="orders", at=at("09:10:00")))[4:] == [
        "  At Mon 2 Mar 2026 09:10:00 GMT: the engine is down since attempt 1, "
        "which the next engine settles; to change that, start the engine.",
    ]
    assert told(explain(store, "erin", campaign="orders", at=at("09:22:00")))[2:] == [
        "Campaign orders (agent-first): CUSTOMER_RESCHEDULED, agent attempts 0 of 3, "
        "customer attempts 1 of 2 used",
        "  Mon 2 Mar 2026 09:07:55 GMT, attempt 1: Ann's phone was called, "
        "and nobody knows what became of it. The customer's phone was called, "
        "and nobody knows what became of it. The engine crashed during the call. "
        "Customer attempt 1 of 2 is used; next try from 10:13:00.",
        "  At Mon 2 Mar 2026 09:22:00 GMT it is not dialed, because it is not due before 10:13:00, in 51m.",
    ]


def test_a_lead_while_no_engine_runs_and_while_the_carrier_is_away(store: sqlite3.Connection) -> None:
    assert told(explain(store, "carol", campaign="news", at=at("09:10:00")))[-1] == (
        "    - no engine runs: the last one crashed, and was last heard of at 09:07:57; "
        "to change that, start the engine"
    )
    assert told(explain(store, "carol", campaign="news", at=at("09:20:30")))[-1] == (
        "    - the carrier is away since 09:20:00"
    )


def test_a_lead_that_failed(store: sqlite3.Connection) -> None:
    assert told(explain(store, "bob", campaign="orders"))[2:] == [
        "Campaign orders (agent-first): CUSTOMER_FAILED, agent attempts 0 of 3, "
        "customer attempts 2 of 2 used",
        "  Mon 2 Mar 2026 09:01:20 GMT, attempt 1: Ann answered after 2s. The customer's line was busy. "
        "Customer attempt 1 of 2 is used; next try from 10:01:23.",
        "  Mon 2 Mar 2026 10:01:23 GMT, attempt 2: Ann answered after 2s. The customer's line was busy. "
        "Customer attempt 2 of 2 is used, the last one; the case is closed as CUSTOMER_FAILED.",
        "  At Tue 3 Mar 2026 13:00:49 GMT: the case is closed as CUSTOMER_FAILED.",
    ]


def test_a_lead_that_is_completed(store: sqlite3.Connection) -> None:
    assert told(explain(store, "alice", campaign="news"))[3:] == [
        "Campaign news (agentless): COMPLETED, attempts 0 of 1 used",
        "  Tue 3 Mar 2026 13:00:00 UTC, attempt 1: The customer answered after 4s. The message was heard. "
        "The case is closed as COMPLETED.",
        "  At Tue 3 Mar 2026 13:00:49 UTC: the case is closed as COMPLETED.",
    ]


def test_a_lead_whose_turn_had_not_come(store: sqlite3.Connection) -> None:
    assert told(explain(store, "bob", campaign="news", at=at("13:00:05", day=3)))[4:] == [
        "  At Tue 3 Mar 2026 13:00:05 UTC nothing stops it but its turn, which came at 13:00:12.",
    ]


# --- the same for programs --------------------------------------------------------------------------


def test_the_structured_answer_has_the_same_facts(store: sqlite3.Connection) -> None:
    answer = explain(store, "alice", campaign="orders", at=at("09:02:00")).as_json()
    (campaign,) = answer.pop("campaigns")
    assert answer == {
        "lead": {
            "key": "alice",
            "list": "customers",
            "supplier": "web",
            "segments": [],
            "imported_at": "2026-03-02T09:00:00Z",
            "phones": [{"number": "+442079460001", "kind": "fixed-line"}],
            "calls": 0,
        },
        "at": "2026-03-02T09:02:00Z",
    }
    (attempt,) = campaign.pop("attempts")
    assert campaign == {
        "campaign": "orders",
        "mode": "agent-first",
        "state": "running",
        "status": "AGENT_RESCHEDULED",
        "number": "+442079460001",
        "agent_attempts": 1,
        "customer_attempts": 0,
        "calls": 0,
        "due_at": "2026-03-02T09:11:20.004000Z",
        "next_attempt_at": "2026-03-02T09:13:00.004000Z",
        "changes": [],
        "dialable": False,
        "gates": [
            {
                "gate": "due",
                "answer": "wait",
                "reason": "it is not due before 09:11:20, in 9m 20s",
                "until": "2026-03-02T09:11:20.004000Z",
                "changes": None,
            }
        ],
        "compliance": None,
        "decisions": [],
    }
    assert attempt["ending"] == "agent-not-reached"
    assert attempt["reason"] == "the agent did not answer; agent attempt 1 of 3 is used, next try in 10m"
    assert [leg["outcome"] for leg in attempt["legs"]] == ["no-answer"]


# --- queues, and stores that never ran --------------------------------------------------------------


def test_the_cases_that_are_dialed_first_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "idle.yaml"
    path.write_text(DAY[: DAY.index("  timeline:")])
    scenario = load(path)
    with opened(None) as sql:
        World(scenario.configuration, scenario.plan, sql).run()
        assert told(explain(sql, "carol", campaign="orders"))[4:] == [
            "  At Mon 2 Mar 2026 09:00:00 GMT it is not dialed, because:",
            "    - campaign orders is stopped, and was never started; to change that, start campaign orders",
            "    - no engine runs: the last one stopped at 09:00:00; to change that, start the engine",
            "    - 2 due cases are dialed before it",
        ]


def test_a_lead_that_no_campaign_dials() -> None:
    with opened(None) as sql:
        import_leads(
            sql, [InlineLead(key="zoe", phones=("+442079460009",))], list_name="x", now=at("09:00:00")
        )
        assert told(explain(sql, "zoe")) == [
            "Lead zoe of list x: +442079460009 (fixed-line)",
            "No campaign has a case of it: none that was asked for dials its list or segments.",
        ]


# --- questions that cannot be answered --------------------------------------------------------------


def problem(store: sqlite3.Connection, key: str, **more: str) -> str:
    with pytest.raises(InputError) as caught:
        explain(store, key, **more)  # type: ignore[arg-type]
    (told,) = caught.value.problems
    return told


def test_an_unknown_lead_list_or_campaign_is_told_with_what_is_like_it(store: sqlite3.Connection) -> None:
    assert problem(store, "alise") == "there is no lead 'alise'; did you mean 'alice'?"
    assert problem(store, "Alice") == "there is no lead 'Alice'; did you mean 'alice'?"
    assert problem(store, "xyz") == "there is no lead 'xyz'"
    assert problem(store, "bobb", list_name="customers") == (
        "there is no lead 'bobb' on list customers; did you mean 'bob'?"
    )
    assert problem(store, "bob", list_name="costumers") == (
        "there is no list 'costumers'; did you mean 'customers'?"
    )
    assert problem(store, "bob", list_name="x") == "there is no list 'x'; there is customers"
    assert problem(store, "bob", campaign="order") == "there is no campaign 'order'; did you mean 'orders'?"


def test_a_key_on_two_lists_needs_the_list() -> None:
    with opened(None) as sql:
        for name in ("north", "south"):
            leads = [InlineLead(key="ann", phones=("+442079460009",))]
            import_leads(sql, leads, list_name=name, now=at("09:00:00"))
        assert problem(sql, "ann") == (
            "there is a lead 'ann' on the lists north and south; say which list is meant"
        )
        assert explain(sql, "ann", list_name="south").lead.list == "south"
