"""Promised calls in the store: who claims them, what holds them, and what a person changes of them."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from engine.attempts.settlement import AttemptResult
from engine.config.policies import policy_json
from engine.domain.callbacks import Callback, Promise
from engine.domain.case import Case
from engine.domain.lists import InlineLead
from engine.domain.policy import BusinessHours, CallbackKeeper, CampaignPolicy, Window
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant
from engine.domain.words import CaseStatus, Ending, Hold, Outcome, Rank
from engine.errors import InputError
from engine.journal import events as e
from engine.store.aftermath import forbid
from engine.store.callback_promises import promise_case
from engine.store.callbacks import Wanted, callback_rows, cancel_callback, move_callback, set_callback
from engine.store.cases import create_cases
from engine.store.changes import Ids
from engine.store.claims import BUSY_LEAD_RECHECK, Dry, Started, begin_attempts
from engine.store.closing import Closing
from engine.store.connection import open_store
from engine.store.leads import import_leads
from engine.store.own_callbacks import Own, begin_callbacks
from engine.store.recovery import open_epoch, recover, register
from engine.store.settling import settle_case
from engine.store.transaction import Change, Transaction
from tests.gates import GATES
from tests.office import campaign

NOW: Final[Instant] = 1_772_445_600 * SECOND  # Monday, 2026-03-02T10:00:00Z
OFFERS: Final = campaign("offers")
NEWS: Final = campaign("news")
IN_AN_HOUR: Final = Callback(at=NOW + HOUR, agent="eve", anyone_after=10 * MINUTE)


@dataclass
class Shop:
    """A store with three leads, in two campaigns of one pool; changes are done one transaction each."""

    sql: sqlite3.Connection
    ids: Ids
    now: Instant = NOW
    policies: dict[str, CampaignPolicy] = field(default_factory=lambda: {"offers": OFFERS, "news": NEWS})
    lines: list[e.Event] = field(default_factory=list)

    def do(self, change: Change[Any]) -> Any:
        tx = Transaction(self.sql, self.now)
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            answer = change(tx)
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")
        self.lines += tx.recorded
        return answer

    def promise(self, case: int, callback: Callback, *, at: Instant | None = None) -> None:
        """As a settlement or a command would leave it."""
        promise = Promise(
            at=callback.at,
            until=callback.at + (callback.window or DAY),
            agent=callback.agent,
            anyone_at=None if callback.anyone_after is None else callback.at + callback.anyone_after,
        )
        due_at = callback.at if at is None else at
        self.do(lambda tx: promise_case(tx, "offers", case, promise, due_at=due_at, about="offers"))

    def claim(self, count: int = 10, name: str = "offers") -> list[Started] | Dry:
        answer: list[Started] | Dry = self.do(
            begin_attempts(self.policies[name], count, self.ids, gates=GATES, first=None)
        )
        return answer

    def own(self, *agents: str) -> list[Own]:
        policies = list(self.policies.values())
        firsts = dict.fromkeys(self.policies, None)
        answer: list[Own] = self.do(begin_callbacks(policies, agents, self.ids, gates=GATES, firsts=firsts))
        return answer

    def case(self, case: int) -> dict[str, Any]:
        cursor = self.sql.cursor()
        cursor.row_factory = sqlite3.Row
        return dict(cursor.execute("SELECT * FROM cases WHERE id = ?", (case,)).fetchone())

    def known(self) -> dict[tuple[str, str], Instant | None]:
        """What the engine was told of the agents' own callbacks."""
        told: dict[tuple[str, str], Instant | None] = {}
        for line in self.lines:
            if isinstance(line, e.CallbacksKnown):
                told |= {(name, agent): at for name, agent, at in line.rows}
        return told

    def settle(self, attempt: int, case: Case, **result: Any) -> None:
        given: dict[str, Any] = {"ending": Ending.CONNECTED, "ended_at": self.now}
        given |= {"outcome": Outcome.ANSWERED} | result
        closing = Closing(
            attempt=attempt,
            case=case,
            list=1,
            result=AttemptResult(**given),
            dialed=given["outcome"] is not None,
            person=True,
            machine=False,
            duration=0,
            answered_at=self.now,
            asked=None,
        )
        self.do(lambda tx: settle_case(tx, self.policies[case.campaign], closing))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    sql = open_store(tmp_path / "store.db", durable=False)
    people = [InlineLead(key=f"l{n}", phones=(f"+4420794600{n:02}",)) for n in (1, 2, 3)]
    import_leads(sql, people, list_name="people", now=NOW)
    made = Shop(sql, Ids(open_epoch(sql, now=NOW, version="test").number))
    register(sql, {name: json.dumps(policy_json(policy)) for name, policy in made.policies.items()})
    create_cases(sql, "offers", ("people",), NOW)
    sql.execute("UPDATE campaigns SET state = 'running'")
    sql.execute("UPDATE cases SET due_at = NULL, status = 'COMPLETED', final = 1, rank = 1")
    yield made
    sql.close()


# --- claims -----------------------------------------------------------------------------------------


def test_a_callback_for_anyone_is_claimed_at_its_time_and_not_before(shop: Shop) -> None:
    shop.promise(1, Callback(at=NOW + HOUR))
    assert shop.claim() == Dry(until=NOW + HOUR)
    shop.now = NOW + HOUR
    begun = shop.claim()
    assert isinstance(begun, list)
    (line,) = [line for line in shop.lines if isinstance(line, e.AttemptStarted)]
    assert (line.rank, line.callback_at, line.callback_agent) == (Rank.CALLBACK, NOW + HOUR, None)
    assert shop.sql.execute("SELECT callback_at FROM attempts").fetchone() == (NOW + HOUR,)


def test_an_agents_own_callback_is_nothing_to_any_other_claim(shop: Shop) -> None:
    shop.promise(1, IN_AN_HOUR)
    assert shop.case(1)["waits_for"] == Hold.AGENT
    assert shop.known() == {("offers", "eve"): NOW + HOUR}
    shop.now = NOW + HOUR
    assert shop.claim() == Dry(until=NOW + HOUR + 10 * MINUTE)
    assert shop.own("max") == []
    (own,) = shop.own("eve")
    assert (own.agent, own.policy.name, own.started.lead) == ("eve", "offers", 1)
    assert shop.known() == {
        ("offers", "eve"): None,
        ("news", "eve"): None,
        ("offers", "max"): None,
        ("news", "max"): None,
    }


def test_the_longest_due_of_an_agents_callbacks_comes_first_whatever_its_campaign(shop: Shop) -> None:
    create_cases(shop.sql, "news", ("people",), NOW)
    shop.sql.execute("UPDATE cases SET due_at = NULL WHERE campaign = 'news'")
    shop.promise(1, replace(IN_AN_HOUR, at=NOW + 30 * MINUTE))
    earlier = Promise(at=NOW + MINUTE, until=NOW + DAY, agent="eve")
    shop.do(lambda tx: promise_case(tx, "news", 5, earlier, due_at=earlier.at, about="news"))
    shop.now = NOW + 35 * MINUTE
    (own,) = shop.own("eve")
    assert own.policy.name == "news"
    assert shop.known()["offers", "eve"] == NOW + 30 * MINUTE


def test_an_own_callback_falls_to_anyone_when_its_fall_back_comes(shop: Shop) -> None:
    shop.promise(1, IN_AN_HOUR)
    shop.now = NOW + HOUR + 10 * MINUTE
    assert shop.own("eve") == [], "it is nobody's own any more"
    begun = shop.claim()
    assert isinstance(begun, list)
    assert [one.lead for one in begun] == [1]


def test_a_callback_whose_window_is_over_is_an_ordinary_retry(shop: Shop) -> None:
    shop.promise(1, replace(IN_AN_HOUR, anyone_after=None, window=HOUR))
    shop.promise(2, Callback(at=NOW + HOUR, window=HOUR))
    shop.now = NOW + 2 * HOUR
    assert len(shop.claim(1)) == 1  # type: ignore[arg-type]
    for case in (1, 2):
        found = shop.case(case)
        assert (found["status"], found["rank"]) == (CaseStatus.CUSTOMER_RESCHEDULED, Rank.RETRY)
        assert (found["callback_at"], found["callback_agent"]) == (None, None)


def test_an_own_callback_that_came_loose_is_held_for_its_agent_again_and_told(shop: Shop) -> None:
    """As when its lead was owned by another campaign, or came back into a segment."""
    shop.promise(1, IN_AN_HOUR)
    shop.sql.execute("UPDATE cases SET due_at = wanted_at, waits_for = NULL, wakes_at = NULL WHERE id = 1")
    shop.lines.clear()
    shop.now = NOW + HOUR
    assert shop.claim() == []
    assert shop.case(1)["waits_for"] == Hold.AGENT
    assert shop.known() == {("offers", "eve"): NOW + HOUR}


def test_an_own_callback_is_held_by_ownership_as_any_other_call(shop: Shop) -> None:
    shop.promise(1, IN_AN_HOUR)
    shop.sql.execute("UPDATE leads SET owner = 'news', owned_until = ? WHERE id = 1", (NOW + 3 * HOUR,))
    shop.now = NOW + HOUR
    assert shop.own("eve") == []
    found = shop.case(1)
    assert (found["waits_for"], found["wakes_at"]) == (Hold.OWNERSHIP, NOW + 3 * HOUR)
    assert shop.known()["offers", "eve"] is None


def test_an_own_callback_to_a_busy_lead_is_asked_for_again_soon_and_not_at_once(shop: Shop) -> None:
    create_cases(shop.sql, "news", ("people",), NOW)
    shop.promise(1, IN_AN_HOUR)
    shop.now = NOW + HOUR
    begun = shop.claim(3, "news")
    assert isinstance(begun, list)
    assert shop.own("eve") == []
    assert shop.known()["offers", "eve"] == shop.now + BUSY_LEAD_RECHECK
    assert shop.case(1)["waits_for"] == Hold.AGENT


def test_a_campaign_that_is_closed_or_paused_makes_no_callbacks(shop: Shop) -> None:
    shop.promise(1, IN_AN_HOUR)
    shop.now = NOW + HOUR
    shop.sql.execute("UPDATE campaigns SET state = 'paused' WHERE name = 'offers'")
    assert shop.own("eve") == []
    assert shop.known()["offers", "eve"] == shop.now + BUSY_LEAD_RECHECK
    shop.sql.execute("UPDATE campaigns SET state = 'running'")
    week = ((Window(opens=0, closes=60),),) * 7
    shop.policies["offers"] = replace(OFFERS, business_hours=BusinessHours(zone="UTC", week=week))
    assert shop.own("eve") == []


def test_a_new_engine_is_told_of_every_own_callback(shop: Shop) -> None:
    shop.promise(1, IN_AN_HOUR)
    shop.promise(2, replace(IN_AN_HOUR, agent="max", at=NOW + 2 * HOUR))
    shop.promise(3, Callback(at=NOW + HOUR))
    shop.lines.clear()
    shop.do(recover(shop.policies))
    assert shop.known() == {("offers", "eve"): NOW + HOUR, ("offers", "max"): NOW + 2 * HOUR}


# --- settlements ------------------------------------------------------------------------------------


def started(shop: Shop, case: int) -> tuple[int, Case]:
    shop.sql.execute("UPDATE cases SET due_at = ?, status = 'NEW', rank = 2 WHERE id = ?", (shop.now, case))
    begun = shop.claim(1)
    assert isinstance(begun, list)
    return begun[0].attempt, Case(id=case, campaign="offers", lead=case, phone=case)


def test_a_promise_its_window_and_its_agent_are_on_disk_with_the_settlement(shop: Shop) -> None:
    attempt, case = started(shop, 1)
    shop.settle(attempt, case, disposition="later", callback=IN_AN_HOUR)
    found = shop.case(1)
    assert (found["status"], found["waits_for"], found["wanted_at"]) == ("CALLBACK", "agent", NOW + HOUR)
    assert (found["callback_until"], found["callback_anyone_at"]) == (
        NOW + HOUR + DAY,
        NOW + HOUR + 10 * MINUTE,
    )
    told = json.loads(shop.sql.execute("SELECT promised FROM attempts").fetchone()[0])
    assert told == {"at": NOW + HOUR, "agent": "eve", "window": None, "anyone_after": 10 * MINUTE}


def test_a_callback_that_another_campaign_keeps_is_a_case_there(shop: Shop) -> None:
    shop.policies["offers"] = replace(OFFERS, callbacks_to=CallbackKeeper(campaign="news", pool="sales"))
    attempt, case = started(shop, 1)
    shop.settle(attempt, case, disposition="later", callback=IN_AN_HOUR)
    assert shop.case(1)["status"] == CaseStatus.COMPLETED
    there = shop.case(4)
    assert (there["campaign"], there["lead_id"], there["status"]) == ("news", 1, "CALLBACK")
    assert shop.known() == {("news", "eve"): NOW + HOUR}
    attempt, case = started(shop, 1)
    later = replace(IN_AN_HOUR, at=NOW + 2 * HOUR, agent=None, anyone_after=None)
    shop.settle(attempt, case, disposition="later", callback=later)
    assert shop.case(4)["due_at"] == NOW + 2 * HOUR, "the later promise takes the place of the first"
    assert shop.known() == {("news", "eve"): None}


def test_a_lead_who_must_not_be_called_is_not_handed_over(shop: Shop) -> None:
    shop.policies["offers"] = replace(OFFERS, callbacks_to=CallbackKeeper(campaign="news", pool="sales"))
    attempt, case = started(shop, 1)
    shop.sql.execute("UPDATE leads SET dnc_at = 1 WHERE id = 1")
    shop.settle(attempt, case, disposition="later", callback=IN_AN_HOUR)
    assert shop.sql.execute("SELECT count(*) FROM cases WHERE campaign = 'news'").fetchone() == (0,)


def test_nothing_is_promised_any_more_to_a_lead_who_must_not_be_called(shop: Shop) -> None:
    shop.promise(1, IN_AN_HOUR)
    shop.do(lambda tx: forbid(tx, 1, about="test"))
    found = shop.case(1)
    assert (found["status"], found["callback_at"], found["waits_for"]) == ("DNC", None, None)
    shop.now = NOW + HOUR
    assert shop.own("eve") == []


def test_a_disposition_that_the_flow_had_written_down_survives_the_engine_with_its_callback(
    shop: Shop,
) -> None:
    attempt, _ = started(shop, 1)
    shop.sql.execute(
        "UPDATE attempts SET agent = 'eve', connected_at = ?, ended_at = ?, ending = 'connected', "
        "outcome = 'answered', disposition = 'later', promised = ? WHERE id = ?",
        (
            NOW,
            NOW,
            json.dumps({"at": NOW + HOUR, "agent": "eve", "window": None, "anyone_after": None}),
            attempt,
        ),
    )
    shop.do(recover(shop.policies))
    (said,) = [line for line in shop.lines if isinstance(line, e.AttemptDisposed)]
    assert (said.disposition, said.by, said.callback_at) == ("later", "eve", NOW + HOUR)
    assert shop.case(1)["callback_agent"] == "eve"


# --- commands ---------------------------------------------------------------------------------------

L1: Final = Wanted(campaign="offers", lead="l1")


def refusal(shop: Shop, change: Change[Any]) -> str:
    with pytest.raises(InputError) as refused:
        shop.do(change)
    return str(refused.value)


def test_a_person_promises_a_call_also_for_a_case_that_is_closed(shop: Shop) -> None:
    promise = shop.do(set_callback(L1, IN_AN_HOUR, by="sue"))
    assert promise == Promise(
        at=NOW + HOUR, until=NOW + HOUR + DAY, agent="eve", anyone_at=NOW + HOUR + 10 * MINUTE
    )
    found = shop.case(1)
    assert (found["status"], found["final"], found["waits_for"]) == ("CALLBACK", 0, "agent")
    rows = list(callback_rows(shop.sql))
    assert [(row[2], row[3], row[4], row[8], row[9]) for row in rows] == [
        ("l1", "eve", NOW + HOUR, "agent", 0)
    ]
    assert list(callback_rows(shop.sql, agent="max")) == []
    who, action = shop.sql.execute("SELECT user, action FROM audit").fetchone()
    assert (who, action) == ("sue", "callbacks set")


def test_a_callback_is_moved_with_its_window_its_fall_back_and_its_agent(shop: Shop) -> None:
    shop.do(set_callback(L1, replace(IN_AN_HOUR, window=2 * HOUR), by="sue"))
    promise = shop.do(move_callback(L1, NOW + 5 * HOUR, by="sue"))
    assert promise == Promise(
        at=NOW + 5 * HOUR,
        until=NOW + 7 * HOUR,
        agent="eve",
        anyone_at=NOW + 5 * HOUR + 10 * MINUTE,
    )
    assert shop.do(move_callback(L1, NOW + 5 * HOUR, agent="max", by="sue")).agent == "max"
    assert shop.known() == {("offers", "eve"): None, ("offers", "max"): NOW + 5 * HOUR}
    anyones = shop.do(move_callback(L1, NOW + 6 * HOUR, anyone=True, by="sue"))
    assert (anyones.agent, anyones.anyone_at, anyones.until) == (None, None, NOW + 8 * HOUR)
    assert (shop.case(1)["due_at"], shop.case(1)["waits_for"]) == (NOW + 6 * HOUR, None)


def test_a_callback_that_is_cancelled_leaves_an_ordinary_retry_at_its_time(shop: Shop) -> None:
    shop.do(set_callback(L1, IN_AN_HOUR, by="sue"))
    shop.do(cancel_callback(L1, by="sue"))
    found = shop.case(1)
    assert (found["status"], found["rank"]) == (CaseStatus.CUSTOMER_RESCHEDULED, Rank.RETRY)
    assert (found["due_at"], found["waits_for"], found["callback_at"]) == (NOW + HOUR, None, None)
    assert shop.known() == {("offers", "eve"): None}


@pytest.mark.parametrize("hold", [Hold.GATE, Hold.OWNERSHIP])
def test_a_callback_that_is_cancelled_while_something_holds_it_is_held_as_long(
    shop: Shop, hold: Hold
) -> None:
    shop.do(set_callback(L1, IN_AN_HOUR, by="sue"))
    shop.sql.execute(
        "UPDATE cases SET waits_for = ?, wanted_at = ?, wakes_at = ? WHERE id = 1", (hold, NOW, NOW + DAY)
    )
    shop.do(cancel_callback(L1, by="sue"))
    found = shop.case(1)
    assert (found["waits_for"], found["wanted_at"], found["wakes_at"]) == (hold, NOW, NOW + DAY)


def test_a_callback_campaign_takes_any_lead_and_completes_what_is_cancelled(shop: Shop) -> None:
    backs = replace(NEWS, callbacks_from=("offers",), lists=())
    register(shop.sql, {"news": json.dumps(policy_json(backs))})
    wanted = Wanted(campaign="news", lead="l1", list="people")
    shop.do(set_callback(wanted, Callback(at=NOW + HOUR), by="sue"))
    assert shop.case(4)["due_at"] == NOW + HOUR
    shop.do(cancel_callback(wanted, by="sue"))
    found = shop.case(4)
    assert (found["status"], found["final"], found["due_at"]) == (CaseStatus.COMPLETED, 1, None)


def test_a_callback_of_a_lead_outside_the_segments_is_held_until_it_is_in_one(shop: Shop) -> None:
    shop.sql.execute("INSERT INTO segments (id, name, condition) VALUES (1, 'hot', '{}')")
    shop.sql.execute("INSERT INTO campaign_segments (campaign, segment_id) VALUES ('offers', 1)")
    register(shop.sql, {"offers": json.dumps(policy_json(replace(OFFERS, segments=("hot",))))})
    shop.do(set_callback(L1, IN_AN_HOUR, by="sue"))
    assert (shop.case(1)["waits_for"], shop.case(1)["wanted_at"]) == (Hold.SEGMENT, NOW + HOUR)
    shop.sql.execute("INSERT INTO memberships (segment_id, lead_id, inside, since) VALUES (1, 1, 1, 1)")
    shop.do(set_callback(L1, IN_AN_HOUR, by="sue"))
    assert shop.case(1)["waits_for"] == Hold.AGENT


def live(shop: Shop) -> None:
    started(shop, 1)


def forbidden(shop: Shop) -> None:
    shop.sql.execute("UPDATE leads SET dnc_at = 1 WHERE id = 1")


def known_agents(shop: Shop) -> None:
    line = {"kind": "engine.started", "agents": {"max": {"pool": "sales"}, "eve": {"pool": "care"}}}
    shop.sql.execute("INSERT INTO journal VALUES (1, 1, 1, ?, '')", (json.dumps(line),))


def twice(shop: Shop) -> None:
    person = InlineLead(key="l1", phones=("+442079460009",))
    import_leads(shop.sql, [person], list_name="others", now=NOW)
    create_cases(shop.sql, "offers", ("others",), NOW)


def elsewhere(shop: Shop) -> None:
    policy = replace(OFFERS, callbacks_to=CallbackKeeper(campaign="news", pool="sales"))
    register(shop.sql, {"offers": json.dumps(policy_json(policy))})


def never_open(shop: Shop) -> None:
    policy = replace(OFFERS, business_hours=BusinessHours(zone="UTC", week=((),) * 7))
    register(shop.sql, {"offers": json.dumps(policy_json(policy))})


NOTHING: Final = Callback(at=NOW + HOUR)


@pytest.mark.parametrize(
    ("before", "change", "said"),
    [
        (None, set_callback(L1, Callback(at=NOW), by="sue"), "is in the past"),
        (None, set_callback(Wanted(campaign="ofers", lead="l1"), NOTHING, by="sue"), "mean 'offers'"),
        (None, set_callback(Wanted(campaign="offers", lead="x"), NOTHING, by="sue"), "no lead 'x'"),
        (
            None,
            set_callback(Wanted(campaign="offers", lead="l1", list="no"), NOTHING, by="sue"),
            "there is no list 'no'",
        ),
        (None, set_callback(Wanted(campaign="news", lead="l1"), NOTHING, by="sue"), "none of campaign news"),
        (None, move_callback(L1, NOW + HOUR, by="sue"), "no callback is promised to lead 'l1' in offers"),
        (None, cancel_callback(L1, by="sue"), "no callback is promised to lead 'l1' in offers"),
        (live, set_callback(L1, NOTHING, by="sue"), "being called right now"),
        (live, cancel_callback(L1, by="sue"), "being called right now"),
        (forbidden, set_callback(L1, NOTHING, by="sue"), "must not be called"),
        (known_agents, set_callback(L1, IN_AN_HOUR, by="sue"), "there is no agent 'eve' in pool sales"),
        (twice, set_callback(L1, NOTHING, by="sue"), "on the lists others and people; say which"),
        (elsewhere, set_callback(L1, NOTHING, by="sue"), "leaves its callbacks to news"),
        (never_open, set_callback(L1, NOTHING, by="sue"), "is never open after that"),
    ],
)
def test_what_cannot_be_promised_is_refused_with_a_reason_and_changes_nothing(
    shop: Shop, before: Callable[[Shop], None] | None, change: Change[Any], said: str
) -> None:
    if before is not None:
        before(shop)
    was = shop.sql.execute("SELECT * FROM cases ORDER BY id").fetchall()
    assert said in refusal(shop, change)
    assert shop.sql.execute("SELECT * FROM cases ORDER BY id").fetchall() == was


def test_a_key_on_two_lists_means_the_lead_that_the_campaign_has(shop: Shop) -> None:
    person = InlineLead(key="l1", phones=("+442079460009",))
    import_leads(shop.sql, [person], list_name="others", now=NOW)
    shop.do(set_callback(L1, NOTHING, by="sue"))
    assert shop.case(1)["status"] == CaseStatus.CALLBACK
