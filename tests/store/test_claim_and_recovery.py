"""What is chosen, in which order, and what a dead engine leaves behind. On a real disk."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given, settings, strategies as st

from engine.domain.case import Case, order_key
from engine.domain.lists import InlineLead
from engine.domain.policy import BusinessHours, CampaignPolicy, Window
from engine.domain.time import MINUTE, SECOND, Instant
from engine.domain.words import (
    CampaignState,
    CaseStatus,
    DialMode,
    Ending,
    Outcome,
    Rank,
    Side,
)
from engine.journal import events as e
from engine.journal.chain import GENESIS
from engine.ports import LiveLeg
from engine.store import changes
from engine.store.cases import create_cases
from engine.store.changes import Ids
from engine.store.claims import BUSY_LEAD_RECHECK, Dry, Started, begin_attempts
from engine.store.connection import open_store
from engine.store.leads import import_leads
from engine.store.recovery import Conversation, open_epoch, recover, register
from engine.store.transaction import Change, Transaction
from tests.gates import GATES
from tests.office import campaign
from tests.virtual import START

NOW: Final[Instant] = START


@dataclass
class Shelf:
    """A store with one campaign's cases, and changes done on it one transaction each."""

    sql: sqlite3.Connection
    policy: CampaignPolicy
    ids: Ids
    lines: list[e.Event]
    now: Instant = NOW

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

    def claim(self, count: int = 100, *, first: Side | None = None, **more: Any) -> list[Started] | Dry:
        answer: list[Started] | Dry = self.do(
            begin_attempts(self.policy, count, self.ids, gates=GATES, first=first, **more)
        )
        return answer

    def one(self, query: str, *given: Any) -> Any:
        row = self.sql.execute(query, given).fetchone()
        return row[0] if row is not None and len(row) == 1 else row


@contextmanager
def shelf(
    leads: int = 3, *, numbers: list[str] | None = None, policy: CampaignPolicy | None = None
) -> Iterator[Shelf]:
    policy = policy or campaign()
    with TemporaryDirectory() as folder:
        sql = open_store(Path(folder) / "store.db", durable=False)
        called = numbers or [f"+4420794600{n:02}" for n in range(1, leads + 1)]
        people = [InlineLead(key=f"l{n}", phones=(number,)) for n, number in enumerate(called, start=1)]
        import_leads(sql, people, list_name="people", now=NOW)
        register(sql, {policy.name: "{}"})
        create_cases(sql, policy.name, policy.lists, NOW)
        sql.execute("UPDATE campaigns SET state = 'running'")
        epoch = open_epoch(sql, now=NOW, version="test")
        yield Shelf(sql, policy, Ids(epoch.number), [])
        sql.close()


# --- the order ------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    cases=st.lists(
        st.tuples(st.sampled_from(Rank), st.integers(NOW - 5, NOW + 2) | st.none()), min_size=1, max_size=12
    ),
    count=st.integers(1, 14),
    same=st.integers(0, 2**32),
)
def test_the_claim_takes_due_cases_in_the_order_that_the_decision_gives(
    cases: list[tuple[Rank, Instant | None]], count: int, same: int
) -> None:
    random = Random(same)
    numbers = [f"+44207946{random.randrange(len(cases) + 3):04}" for _ in cases]
    with shelf(numbers=numbers) as store:
        for number, (rank, due) in enumerate(cases, start=1):
            store.sql.execute("UPDATE cases SET rank = ?, due_at = ? WHERE id = ?", (rank, due, number))
        due_cases = [
            Case(id=n, campaign="orders", lead=n, phone=n, rank=rank, due_at=due)
            for n, (rank, due) in enumerate(cases, start=1)
            if due is not None and due <= NOW
        ]
        expected, called = [], set[str]()
        for case in sorted(due_cases, key=order_key):
            if numbers[case.id - 1] not in called:
                called.add(numbers[case.id - 1])
                expected.append(case.id)
        claimed = store.claim(count)
        leads = [] if isinstance(claimed, Dry) else [started.lead for started in claimed]
        assert leads == expected[:count]
        if isinstance(claimed, Dry):
            later = [due for _, due in cases if due is not None]
            assert claimed.until == min(later, default=None)


def test_a_store_with_nothing_due_says_when_something_will_be() -> None:
    with shelf(2) as store:
        store.sql.execute("UPDATE cases SET due_at = ? + id", (NOW,))
        assert store.claim() == Dry(until=NOW + 1)
        assert store.lines == [e.CampaignDry(campaign="orders", until=NOW + 1)]
        store.sql.execute("UPDATE cases SET due_at = NULL")
        assert store.claim() == Dry(until=None)


def test_a_lead_that_is_busy_in_another_call_is_looked_at_again_soon() -> None:
    with shelf(1) as store:
        store.claim()
        store.sql.execute("UPDATE cases SET due_at = ?", (NOW,))
        assert store.claim() == Dry(until=NOW)
        assert store.lines[-1] == e.CampaignDry(campaign="orders", until=NOW + BUSY_LEAD_RECHECK)


def test_a_number_that_is_in_a_live_call_is_passed_over() -> None:
    with shelf(numbers=["+442079460001", "+442079460001", "+442079460002"]) as store:
        first = store.claim(1, first=Side.CUSTOMER)
        assert [one.lead for one in first] == [1]  # type: ignore[union-attr]
        assert [one.lead for one in store.claim()] == [3]  # type: ignore[union-attr]


@pytest.mark.parametrize("state", sorted(set(CampaignState) - {CampaignState.RUNNING}))
def test_a_campaign_that_does_not_run_claims_nothing_at_the_instant_of_the_commit(
    state: CampaignState,
) -> None:
    with shelf(1) as store:
        store.do(changes.change_campaign("orders", state, "command"))
        assert store.claim() == []


def test_business_hours_are_asked_at_the_instant_of_the_commit() -> None:
    morning = tuple((Window(opens=9 * 60, closes=10 * 60),) for _ in range(7))
    policy = campaign(business_hours=BusinessHours(zone="UTC", week=morning))
    with shelf(2, policy=policy) as store:
        store.now = NOW + 60 * MINUTE - 1
        assert [one.lead for one in store.claim(1)] == [1]  # type: ignore[union-attr]
        store.now = NOW + 60 * MINUTE
        assert store.claim(1) == []
        answer = store.do(changes.intend_customer_leg(1, policy, "+442079460009", store.ids, GATES))
        assert isinstance(answer, changes.Refusal)


def test_agents_are_given_to_the_claimed_in_their_order() -> None:
    with shelf(3) as store:
        store.claim(2, agents=("zoe", "ann"))
        assert store.sql.execute("SELECT lead_id, agent FROM attempts ORDER BY id").fetchall() == [
            (1, "zoe"),
            (2, "ann"),
        ]


# --- what the tables themselves forbid ------------------------------------------------------------


def test_a_lead_has_one_live_attempt_at_most_whoever_tries() -> None:
    with shelf(1) as store:
        store.claim()
        again = (
            "INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before,"
            " customer_attempts_before, started_at)"
            " SELECT id + 1, campaign, case_id, lead_id, phone_id, 1, 0, 0, 0 FROM attempts"
        )
        with pytest.raises(sqlite3.IntegrityError, match=r"attempts\.lead_id"):
            store.sql.execute(again)
        store.sql.execute("UPDATE attempts SET settled_at = 1")
        store.sql.execute(again)


def test_a_number_has_one_live_leg_at_most_and_agents_any_number() -> None:
    with shelf(1) as store:
        leg = "INSERT INTO legs (id, side, number, agent, intended_at) VALUES (?, ?, ?, ?, 0)"
        store.sql.execute(leg, (1, "customer", "+442079460001", None))
        with pytest.raises(sqlite3.IntegrityError, match=r"legs\.number"):
            store.sql.execute(leg, (2, "customer", "+442079460001", None))
        store.sql.execute("UPDATE legs SET ended_at = 1")
        store.sql.execute(leg, (2, "customer", "+442079460001", None))
        store.sql.execute(leg, (3, "agent", None, "ann"))
        store.sql.execute(leg, (4, "agent", None, "ann"))


def test_a_second_leg_to_a_number_in_a_call_is_refused_and_the_refusal_recorded() -> None:
    with shelf(1) as store:
        (started,) = store.claim(first=Side.CUSTOMER)  # type: ignore[misc]
        answer = store.do(
            changes.intend_customer_leg(started.attempt, store.policy, started.number, store.ids, GATES)
        )
        assert answer == changes.Refusal(reason="the number is in another call")
        refused = store.lines[-1]
        assert isinstance(refused, e.DialRefused)
        assert refused.leg is None


# --- epochs ---------------------------------------------------------------------------------------


def test_every_engine_has_an_epoch_of_its_own_and_its_ids_carry_it() -> None:
    with shelf(1) as store:
        second = open_epoch(store.sql, now=NOW + 5, version="next")
        assert (second.number, second.head) == (2, GENESIS)
        ids = Ids(second.number)
        assert (ids.attempt(), ids.leg(), ids.leg()) == (2_000_000_001, 2_000_000_001, 2_000_000_002)


def test_registering_again_changes_the_policy_and_leaves_the_state() -> None:
    with shelf(1) as store:
        register(store.sql, {"orders": '{"new": 1}', "another": "{}"})
        assert store.sql.execute("SELECT name, state, policy FROM campaigns ORDER BY name").fetchall() == [
            ("another", "stopped", "{}"),
            ("orders", "running", '{"new": 1}'),
        ]


# --- recovery -------------------------------------------------------------------------------------


def recovered(store: Shelf, **more: Any) -> list[Conversation]:
    store.now += 10 * SECOND
    store.lines.clear()
    answer: list[Conversation] = store.do(recover({store.policy.name: store.policy}, **more))
    return answer


def case(store: Shelf) -> Case:
    row = store.one(
        "SELECT id, campaign, lead_id, phone_id, status, cycle, agent_attempts, customer_attempts, results,"
        " rank, due_at FROM cases WHERE id = 1"
    )
    return Case(
        id=row[0], campaign=row[1], lead=row[2], phone=row[3], status=CaseStatus(row[4]), cycle=row[5],
        agent_attempts=row[6], customer_attempts=row[7], results=json.loads(row[8]), rank=Rank(row[9]),
        due_at=row[10],
    )  # fmt: skip


AGENT_FIRST: Final = campaign(mode=DialMode.AGENT_FIRST)


def ended(store: Shelf, ending: Ending, outcome: Outcome | None, **more: Any) -> None:
    """The attempt's end is on disk, and its disposition not."""
    store.sql.execute(
        "UPDATE attempts SET ended_at = ?, ending = ?, outcome = ?, asked = ?",
        (NOW + SECOND, ending, outcome, more.get("asked")),
    )
    store.sql.execute("UPDATE legs SET ended_at = ?, dialed = 1", (NOW + SECOND,))


Crash = Callable[[Shelf], None]


def nothing_more(store: Shelf) -> None: ...


def connected(store: Shelf) -> None:
    store.do(changes.connect(1_000_000_001, "ann"))


def customer_intended(store: Shelf) -> None:
    store.do(changes.intend_customer_leg(1_000_000_001, store.policy, "+442079460001", store.ids, GATES))


@pytest.mark.parametrize(
    ("before", "ending", "outcome", "agent_attempts", "customer_attempts", "calls"),
    [
        pytest.param([nothing_more], Ending.UNKNOWN, None, 1, 0, 0, id="agent's leg intended"),
        pytest.param([customer_intended], Ending.UNKNOWN, Outcome.UNKNOWN, 0, 1, 1, id="customer intended"),
        pytest.param(
            [customer_intended, connected], Ending.CONNECTED, Outcome.ANSWERED, 0, 0, 1, id="connected",
        ),
        pytest.param(
            [customer_intended, lambda store: ended(store, Ending.CUSTOMER_NOT_REACHED, Outcome.BUSY)],
            Ending.CUSTOMER_NOT_REACHED, Outcome.BUSY, 0, 1, 0, id="busy, not settled",
        ),
        pytest.param(
            [customer_intended, connected, lambda store: ended(store, Ending.CONNECTED, Outcome.ANSWERED)],
            Ending.CONNECTED, Outcome.ANSWERED, 0, 0, 0, id="in wrap-up",
        ),
    ],
)  # fmt: skip
def test_what_is_on_disk_stands_and_what_is_not_costs_the_side_that_was_called_last(
    before: list[Crash],
    ending: Ending,
    outcome: Outcome | None,
    agent_attempts: int,
    customer_attempts: int,
    calls: int,
) -> None:
    with shelf(1, policy=AGENT_FIRST) as store:
        (started,) = store.claim(agents=("ann",), first=Side.AGENT)  # type: ignore[misc]
        for step in before:
            step(store)
        assert recovered(store) == []
        attempt = store.one("SELECT ending, outcome, settled_at FROM attempts")
        assert attempt == (ending, outcome, store.now)
        after = case(store)
        assert (after.agent_attempts, after.customer_attempts) == (agent_attempts, customer_attempts)
        # An end on disk has counted its call already.
        assert store.one("SELECT calls FROM leads") == calls
        assert store.one("SELECT count(*) FROM legs WHERE ended_at IS NULL") == 0
        kinds = [line.KIND for line in store.lines]
        assert kinds[:4] == ["attempt.recovered", "attempt.ended", "attempt.disposed", "attempt.settled"]
        assert started.attempt == 1_000_000_001
        if ending is Ending.CONNECTED:
            assert after.status is CaseStatus.COMPLETED
        if ending is Ending.UNKNOWN:
            assert after.due_at is not None
            assert after.due_at >= store.now + AGENT_FIRST.unknown_interval or outcome is None


def test_a_claim_without_a_leg_costs_nothing_and_comes_back() -> None:
    with shelf(1) as store:
        store.claim()
        recovered(store)
        after = case(store)
        assert (after.status, after.agent_attempts, after.customer_attempts) == (CaseStatus.NEW, 0, 0)
        assert after.due_at is not None


def test_recovering_twice_is_recovering_once() -> None:
    with shelf(2) as store:
        store.claim(first=Side.CUSTOMER)
        recovered(store)
        before = list(store.sql.execute("SELECT * FROM cases ORDER BY id"))
        recovered(store)
        assert list(store.sql.execute("SELECT * FROM cases ORDER BY id")) == before
        assert [line.KIND for line in store.lines] == ["campaign.changed"]


def test_attempts_of_a_campaign_that_this_engine_does_not_have_are_left_alone() -> None:
    with shelf(1) as store:
        store.claim(first=Side.CUSTOMER)
        bob = store.do(changes.intend_agent_leg(None, "bob", store.ids))
        assert store.do(recover({}, agents=["ann"])) == []
        assert store.one("SELECT settled_at FROM attempts") is None
        # the phones that another engine calls ring on
        assert store.one("SELECT count(*) FROM legs WHERE ended_at IS NULL") == 2
        assert store.do(recover({}, agents=["bob"])) == []
        assert store.one("SELECT ended_at, outcome, cause FROM legs WHERE id = ?", bob) == (
            store.now,
            Outcome.UNKNOWN,
            "crash",
        )
        recovered(store)
        assert store.one("SELECT count(*) FROM legs WHERE ended_at IS NULL") == 0


def test_what_the_flow_asked_for_before_the_crash_is_not_forgotten() -> None:
    with shelf(1, policy=AGENT_FIRST) as store:
        store.claim(agents=("ann",), first=Side.AGENT)
        customer_intended(store)
        connected(store)
        ended(store, Ending.CONNECTED, Outcome.ANSWERED, asked=Side.CUSTOMER)
        recovered(store)
        assert case(store).status is CaseStatus.CUSTOMER_RESCHEDULED


@pytest.mark.parametrize("standing", [False, True])
@pytest.mark.parametrize("on_disk", [False, True])
def test_a_conversation_that_goes_on_is_resumed(*, standing: bool, on_disk: bool) -> None:
    with shelf(1, policy=AGENT_FIRST) as store:
        (started,) = store.claim(agents=("ann",), first=None)  # type: ignore[misc]
        attempt = None if standing else started.attempt
        agent_leg = store.do(changes.intend_agent_leg(attempt, "ann", store.ids))
        intended = store.do(
            changes.intend_customer_leg(started.attempt, AGENT_FIRST, started.number, store.ids, GATES)
        )
        customer_leg = intended.leg
        if on_disk:
            connected(store)
        live = (
            LiveLeg(leg=agent_leg, answered=True, bridged_with=customer_leg),
            LiveLeg(leg=customer_leg, answered=True, bridged_with=agent_leg),
        )
        (conversation,) = recovered(store, live=live, agents={"ann"})
        assert conversation == Conversation(
            attempt=started.attempt,
            agent="ann",
            number=started.number,
            agent_leg=agent_leg,
            customer_leg=customer_leg,
            standing=standing,
        )
        assert store.one("SELECT settled_at, connected_at FROM attempts") == (
            None,
            NOW if on_disk else store.now,
        )
        assert store.one("SELECT count(*) FROM legs WHERE ended_at IS NULL") == 2
        assert [line.KIND for line in store.lines][:2] == ["attempt.recovered", "call.resumed"]


def test_a_conversation_of_an_agent_whom_this_engine_does_not_have_is_not_resumed() -> None:
    with shelf(1, policy=AGENT_FIRST) as store:
        (started,) = store.claim(agents=("ann",), first=Side.AGENT)  # type: ignore[misc]
        customer_intended(store)
        connected(store)
        live = (LiveLeg(leg=1_000_000_002, answered=True, bridged_with=started.leg),)
        assert recovered(store, live=live, agents={"ben"}) == []
        assert store.one("SELECT ending FROM attempts") == Ending.CONNECTED


def test_a_joined_leg_whose_other_side_nobody_knows_is_no_conversation() -> None:
    with shelf(1) as store:
        (started,) = store.claim(first=Side.CUSTOMER)  # type: ignore[misc]
        live = (LiveLeg(leg=started.leg or 0, answered=True, bridged_with=77),)
        assert recovered(store, live=live, agents={"ann"}) == []


def test_a_legs_end_on_disk_says_whether_the_customer_was_called() -> None:
    """A leg that the carrier refused never rang: it costs the customer nothing, and no call is counted."""
    with shelf(1) as store:
        store.claim(first=Side.CUSTOMER)
        store.sql.execute("UPDATE legs SET ended_at = ?, dialed = 0, outcome = 'failed'", (NOW,))
        recovered(store)
        assert store.one("SELECT calls FROM leads") == 0
        assert store.one("SELECT outcome FROM attempts") is None


def test_campaigns_that_ran_run_again_and_stopped_ones_stay_stopped() -> None:
    with shelf(1) as store:
        register(store.sql, {"other": "{}", "paused": "{}"})
        store.sql.execute("UPDATE campaigns SET state = 'paused' WHERE name = 'paused'")
        policies = {name: replace(store.policy, name=name) for name in ("orders", "other", "paused")}
        store.do(recover(policies))
        assert store.lines == [
            e.CampaignChanged(campaign="orders", state=CampaignState.RUNNING, reason="engine started"),
            e.CampaignChanged(campaign="paused", state=CampaignState.PAUSED, reason="engine started"),
        ]
