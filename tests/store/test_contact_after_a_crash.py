"""What a crash leaves of a call is a call, and whether a person answered is told only if it is on disk."""

from dataclasses import replace

import pytest

from engine.compliance.abandonment import Met
from engine.domain.compliance import CompliancePolicy
from engine.domain.policy import Amd, OnMachine, OnUnsure
from engine.domain.time import SECOND
from engine.domain.words import Ending, Outcome, Side, Verdict
from engine.journal import events as e
from engine.journal.views import LegView
from engine.ports import LiveLeg
from engine.store import changes
from engine.store.recovery import recover
from tests.gates import GATES
from tests.store.test_claim_and_recovery import AGENT_FIRST, Shelf, shelf

ATTEMPT = 1_000_000_001
AGENT_LEG, CUSTOMER_LEG = 1_000_000_001, 1_000_000_002
CONNECTING = replace(AGENT_FIRST, amd=Amd(enabled=True, on_machine=OnMachine.CONNECT))
STRICT = replace(AGENT_FIRST, amd=Amd(enabled=True, on_unsure=OnUnsure.MACHINE))


def called(store: Shelf) -> LegView:
    """Agent and customer have been called."""
    store.claim(agents=("ann",), first=Side.AGENT)
    store.do(changes.intend_customer_leg(ATTEMPT, store.policy, "+442079460001", store.ids, GATES))
    return LegView(CUSTOMER_LEG, Side.CUSTOMER, ATTEMPT, store.now, dialed=True)


def contact(store: Shelf) -> tuple[int, int, bool]:
    """Calls, failures, and whether a person has answered."""
    row: tuple[int, int, bool] = store.one("SELECT calls, failures, reached_at IS NOT NULL FROM cases")
    return row[0], row[1], bool(row[2])


def test_a_call_that_was_not_told_to_be_connected_is_neither_failed_nor_successful() -> None:
    with shelf(1, policy=AGENT_FIRST) as store:
        called(store)
        store.do(recover({"orders": store.policy}))
        assert contact(store) == (1, 0, False)
        assert store.one("SELECT person FROM attempts") is None


def test_an_agent_who_was_called_alone_is_no_call() -> None:
    with shelf(1, policy=AGENT_FIRST) as store:
        store.claim(agents=("ann",), first=Side.AGENT)
        store.do(recover({"orders": store.policy}))
        assert contact(store) == (0, 0, False)


@pytest.mark.parametrize("verdict", [None, Verdict.UNSURE, Verdict.HUMAN])
def test_a_conversation_that_a_crash_ended_was_with_a_person(verdict: Verdict | None) -> None:
    with shelf(1, policy=CONNECTING) as store:
        leg = called(store)
        leg.verdict = verdict
        store.do(changes.connect(ATTEMPT, "ann", leg))
        store.do(recover({"orders": store.policy}))
        assert contact(store) == (1, 0, True)
        assert store.one("SELECT person FROM attempts") == 1


def test_a_machine_that_was_connected_when_the_engine_crashed_is_a_failed_contact() -> None:
    with shelf(1, policy=CONNECTING) as store:
        leg = called(store)
        leg.verdict = Verdict.MACHINE
        store.do(changes.connect(ATTEMPT, "ann", leg))
        store.do(recover({"orders": store.policy}))
        assert contact(store) == (1, 1, False)
        assert store.one("SELECT verdict FROM legs WHERE side = 'customer'") == Verdict.MACHINE


def test_a_conversation_that_goes_on_keeps_its_verdict() -> None:
    with shelf(1, policy=CONNECTING) as store:
        leg = called(store)
        leg.verdict = Verdict.MACHINE
        store.do(changes.connect(ATTEMPT, "ann", leg))
        live = [
            LiveLeg(leg=CUSTOMER_LEG, answered=True, bridged_with=AGENT_LEG),
            LiveLeg(leg=AGENT_LEG, answered=True, bridged_with=CUSTOMER_LEG),
        ]
        store.do(recover({"orders": store.policy}, live, agents=["ann"]))
        (resumed,) = [line for line in store.lines if isinstance(line, e.CallResumed)]
        assert resumed.verdict is Verdict.MACHINE
        assert resumed.answered_at is None


def test_an_agent_who_had_come_late_is_late_after_a_crash_too() -> None:
    policy = replace(AGENT_FIRST, compliance=CompliancePolicy(profiles=("ca-sales",)))
    with shelf(1, policy=AGENT_FIRST) as store:
        leg = called(store)
        leg.answered_at = store.now - 5 * SECOND
        store.do(changes.connect(ATTEMPT, "ann", leg))
        live = [
            LiveLeg(leg=CUSTOMER_LEG, answered=True, bridged_with=AGENT_LEG),
            LiveLeg(leg=AGENT_LEG, answered=True, bridged_with=CUSTOMER_LEG),
        ]
        store.do(recover({"orders": policy}, live, agents=["ann"]))
        (resumed,) = [line for line in store.lines if isinstance(line, e.CallResumed)]
        assert resumed.answered_at == leg.answered_at
        store.do(recover({"orders": policy}))
        assert store.one("SELECT met, met_at FROM attempts") == (Met.ABANDONED, leg.answered_at)


@pytest.mark.parametrize(
    ("person", "expected"), [(1, (1, 0, True)), (0, (1, 1, False)), (None, (1, 0, False))]
)
def test_after_a_crash_in_wrap_up_it_stands_as_it_was_told_at_the_end_of_the_call(
    person: int | None, expected: tuple[int, int, bool]
) -> None:
    with shelf(1, policy=STRICT) as store:
        called(store)
        store.sql.execute(
            "UPDATE attempts SET ended_at = ?, ending = ?, outcome = ?, person = ?",
            (store.now, Ending.CONNECTED, Outcome.ANSWERED, person),
        )
        store.sql.execute("UPDATE legs SET ended_at = ?, dialed = 1", (store.now,))
        store.do(recover({"orders": store.policy}))
        assert contact(store) == expected
