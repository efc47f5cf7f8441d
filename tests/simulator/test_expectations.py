"""Each kind of expectation: when it holds, and word for word what a reader sees when it does not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.domain.time import HOUR, MINUTE, SECOND
from engine.domain.words import CaseStatus
from simulator.expectations import Verdict, evaluate
from simulator.plan import (
    AttemptsExpected,
    CaseExpected,
    CountExpected,
    EventsExpected,
    Expectation,
    NeverExpected,
    Plan,
)
from simulator.report import summarise
from simulator.scenario import load
from simulator.store import opened
from simulator.world import World

SCENARIO = """
lists:
  customers: {leads: [{key: alice, phones: ["+442079460001"]}]}
  clients: {leads: [{key: bob, phones: ["+442079460002"]}]}
campaigns:
  orders: {mode: agentless, lists: [customers], attempts: {max: 2, interval: 60m}}
  surveys: {mode: agentless, lists: [customers, clients], attempts: {max: 1, interval: 60m}}
simulation:
  guards: Nothing; tests look at it.
  start: 2026-03-02T09:00:00Z
  end: 30m
  scripts:
    "+442079460001": [busy, no-answer]
    "+442079460002": [{human: {digits: "42"}}]
  timeline:
    - {at: 5m, campaign: {resume: orders}}
"""


class Judged:
    """One run of the scenario, and what is expected of it."""

    def __init__(self, plan: Plan, sql: Any) -> None:
        self.plan = plan
        self._sql = sql
        self._report = summarise(sql, plan)

    def all(self, *expected: Expectation) -> list[Verdict]:
        return evaluate(self._sql, replace(self.plan, expect=expected), self._report)

    def one(self, expected: Expectation) -> Verdict:
        return self.all(expected)[0]

    def message(self, expected: Expectation) -> str:
        verdict = self.one(expected)
        assert not verdict.held
        return verdict.message


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    path: Path = tmp_path_factory.mktemp("expectations") / "scenario.yaml"
    path.write_text(SCENARIO)
    scenario = load(path)
    with opened(None) as sql:
        World(scenario.configuration, scenario.plan, sql).run()
        yield Judged(scenario.plan, sql)


def test_verdicts_come_in_order_and_are_named(judged: Judged) -> None:
    verdicts = judged.all(
        CaseExpected(lead="alice", campaign="orders", calls=1),
        AttemptsExpected(lead="bob", rows=({},)),
        CountExpected(figure="calls", low=3, high=3),
        EventsExpected(lines=({"kind": "engine.started"},)),
        NeverExpected(line={"kind": "call.abandoned"}),
    )
    assert [verdict.name for verdict in verdicts[:5]] == [
        "1. case alice in orders",
        "2. attempts of bob",
        "3. count calls",
        "4. events engine.started …",
        "5. never call.abandoned",
    ]
    assert [(verdict.held, verdict.message) for verdict in verdicts[:5]] == [(True, "")] * 5


def test_a_command_that_the_engine_refused_is_a_failure_of_the_scenario(judged: Judged) -> None:
    assert judged.all() == [
        Verdict(
            name="timeline: resume orders",
            held=False,
            message="at +5m the engine refused: campaign orders is running; 'resume' needs it to be"
            " draining or paused",
        )
    ]


def test_a_command_may_be_expected_to_be_refused(judged: Judged) -> None:
    verdicts = judged.all(EventsExpected(lines=({"kind": "command.refused", "campaign": "orders"},)))
    assert [verdict.held for verdict in verdicts] == [True]


# --- cases ----------------------------------------------------------------------------------------


def test_case_fails_with_each_difference_and_the_journal_of_the_lead(judged: Judged) -> None:
    start = judged.plan.start
    message = judged.message(
        CaseExpected(
            lead="alice",
            campaign="orders",
            status=CaseStatus.COMPLETED,
            customer_attempts=2,
            calls=1,
            due_at=start + 2 * HOUR,
        )
    )
    assert message.splitlines()[:4] == [
        "status: expected COMPLETED, was CUSTOMER_RESCHEDULED",
        "customer_attempts: expected 2, was 1",
        "due_at: expected +2h, was +1h 1s",
        "the journal of alice:",
    ]
    assert (
        "  +1.006s         leg.ended         alice, customer, attempt 1, leg 1, outcome=busy, cause=17/486"
        in message.splitlines()
    )


def test_case_without_a_campaign_means_every_campaign_of_the_lead(judged: Judged) -> None:
    message = judged.message(CaseExpected(lead="alice", status=CaseStatus.CUSTOMER_RESCHEDULED))
    assert message.splitlines()[0] == (
        "status in surveys: expected CUSTOMER_RESCHEDULED, was CUSTOMER_FAILED"
    )


def test_case_of_a_lead_that_is_not_in_the_campaign(judged: Judged) -> None:
    assert judged.message(CaseExpected(lead="bob", campaign="orders", calls=1)) == (
        "there is no case of lead bob in orders"
    )


def test_due_at_none_is_a_closed_case(judged: Judged) -> None:
    assert judged.one(CaseExpected(lead="bob", due_at="none")).held
    message = judged.message(CaseExpected(lead="alice", campaign="orders", due_at="none"))
    assert message.splitlines()[0] == "due_at: expected none, was +1h 1s"


# --- attempts -------------------------------------------------------------------------------------


def test_attempts_are_compared_column_by_column_in_whole_seconds(judged: Judged) -> None:
    start = judged.plan.start
    row = {"at": start, "customer_attempt": 1, "outcome": "busy", "used": "customer", "agent": None}
    row["due_at"] = start + HOUR + SECOND
    assert judged.one(AttemptsExpected(lead="alice", campaign="orders", rows=(row,))).held


def test_attempts_fail_with_each_cell_and_the_attempts_made(judged: Judged) -> None:
    message = judged.message(
        AttemptsExpected(
            lead="alice",
            campaign="orders",
            rows=(
                {"at": judged.plan.start + MINUTE, "outcome": "no-answer", "used": "none"},
                {"outcome": "answered"},
            ),
        )
    )
    assert message.splitlines()[:7] == [
        "expected 2 attempts, there were 1",
        "attempt 1, at: expected +1m, was +0s",
        "attempt 1, outcome: expected no-answer, was busy",
        "attempt 1, used: expected none, was customer",
        "the attempts made:",
        "  1. at +0s, campaign orders, phone +442079460001, agent_attempt 1, customer_attempt 1,"
        " outcome busy, ending customer-not-reached, used customer, disposition busy,"
        " status CUSTOMER_RESCHEDULED, due_at +1h 1s, person no, lead_status no-contact",
        "the journal of alice:",
    ]


def test_a_column_that_does_not_exist_is_told_with_the_nearest(judged: Judged) -> None:
    assert judged.message(AttemptsExpected(lead="bob", rows=({"outcom": "busy"},))) == (
        "an attempt has no column 'outcom'; did you mean 'outcome'?"
    )


def test_text_that_looks_like_a_number_equals_it(judged: Judged) -> None:
    assert judged.one(AttemptsExpected(lead="bob", rows=({"disposition": "served", "digits": None},))).held


# --- counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (5, 5, "expected 5, was 3"),
        (4, None, "expected at least 4, was 3"),
        (None, 2.5, "expected at most 2.5, was 3"),
        (4, 9, "expected 4 to 9, was 3"),
    ],
)
def test_count_fails_with_what_was_expected(
    judged: Judged, low: float | None, high: float | None, message: str
) -> None:
    assert judged.message(CountExpected(figure="calls", low=low, high=high)) == message


def test_count_of_one_campaign(judged: Judged) -> None:
    assert judged.one(CountExpected(figure="calls", low=2, high=2, campaign="surveys")).held


def test_a_figure_that_does_not_exist_is_told(judged: Judged) -> None:
    assert judged.message(CountExpected(figure="callz", low=1)) == (
        "figure 'callz' does not exist; did you mean 'calls'?"
    )


# --- events ---------------------------------------------------------------------------------------


def test_events_know_the_lead_the_side_and_the_second_of_every_line(judged: Judged) -> None:
    start = judged.plan.start
    lines = (
        {"kind": "leg.dialed", "lead": "alice", "side": "customer", "campaign": "orders", "at": start},
        {"kind": "leg.ended", "lead": "alice", "campaign": "orders", "outcome": "busy"},
        {"kind": "attempt.settled", "lead": "alice", "campaign": "surveys"},
    )
    assert judged.one(EventsExpected(lines=lines)).held


def test_events_fail_with_what_came_before_and_the_nearest_lines(judged: Judged) -> None:
    message = judged.message(
        EventsExpected(
            lines=(
                {"kind": "leg.ended", "lead": "alice", "campaign": "orders"},
                {"kind": "leg.ended", "lead": "alice", "campaign": "orders", "outcome": "busy"},
            )
        )
    )
    assert message.splitlines() == [
        "line 2 of 2 did not come: {kind: leg.ended, lead: alice, campaign: orders, outcome: busy}",
        "after these, which did:",
        "  +1.006s         leg.ended         alice, customer, attempt 1, leg 1, outcome=busy, cause=17/486",
        "the nearest lines of the whole journal:",
        "  +1.006s         leg.ended         alice, customer, attempt 1, leg 1, outcome=busy, cause=17/486",
        *message.splitlines()[5:],
    ]


def test_events_of_a_kind_that_never_came(judged: Judged) -> None:
    assert judged.message(EventsExpected(lines=({"kind": "call.connected"},))) == (
        "line 1 of 1 did not come: {kind: call.connected}\nthe journal has no call.connected at all"
    )


def test_never_fails_with_the_lines_that_came(judged: Judged) -> None:
    message = judged.message(NeverExpected(line={"kind": "leg.ended", "lead": "alice", "outcome": "busy"}))
    assert message == (
        "came once: {kind: leg.ended, lead: alice, outcome: busy}\n"
        "  +1.006s         leg.ended         alice, customer, attempt 1, leg 1, outcome=busy, cause=17/486"
    )


def test_never_shows_the_first_of_many(judged: Judged) -> None:
    message = judged.message(NeverExpected(line={"kind": "leg.ended"}))
    assert message.splitlines()[0] == "came 3 times: {kind: leg.ended}"
