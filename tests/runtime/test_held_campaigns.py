"""A campaign that is held by a limit waits no longer than until there may be room again."""

from typing import Any, Final

import pytest

from engine.domain.policy import PoolPolicy
from engine.domain.time import SECOND
from engine.domain.words import AgentState, CampaignState, CaseStatus, DialMode, Ending, Outcome
from engine.journal import events as e
from engine.journal.floor import Floor
from tests.office import campaign
from tests.virtual import START

UNTIL: Final = START + 5 * SECOND
LATER: Final = START + SECOND


def floor(**held: Any) -> Floor:
    """One agent, one call that rings, and a campaign that is held."""
    pools = {name: PoolPolicy(name=name) for name in ("sales", "service")}
    policies = {"orders": campaign(mode=DialMode.POWER), "other": campaign("other", pool="service")}
    made = Floor(policies, pools, {"ann": "sales", "sue": "service"})
    for event in (
        e.CampaignChanged(campaign="orders", state=CampaignState.RUNNING, reason="start"),
        e.CampaignChanged(campaign="other", state=CampaignState.RUNNING, reason="start"),
        attempt(1, "orders"),
        attempt(2, "other"),
        e.CampaignHeld(campaign="orders", until=UNTIL, reason="a limit", **held),
    ):
        made.apply(START, event)
    return made


def attempt(number: int, name: str) -> e.AttemptStarted:
    return e.AttemptStarted(
        attempt=number,
        campaign=name,
        case=number,
        lead=number,
        list=1,
        phone=number,
        status=CaseStatus.NEW,
        cycle=1,
        agent_attempts=0,
        customer_attempts=0,
        results={},
        rank=2,
        due_at=START,
        agent=None,
        number=number,
    )


def ended(number: int) -> e.AttemptEnded:
    return e.AttemptEnded(attempt=number, ending=Ending.CUSTOMER_NOT_REACHED, outcome=Outcome.BUSY)


def ready(agent: str) -> e.AgentChanged:
    return e.AgentChanged(agent=agent, state=AgentState.READY)


@pytest.mark.parametrize("event", [ended(1), ready("ann")])
def test_the_end_of_a_call_and_an_agent_who_gets_free_end_the_wait(event: e.Event) -> None:
    made = floor(or_freed=True)
    assert not made.campaigns["orders"].may_dial(LATER)
    made.apply(LATER, event)
    assert made.campaigns["orders"].may_dial(LATER)


@pytest.mark.parametrize("event", [ended(2), ready("sue")])
def test_what_happens_in_another_pool_does_not(event: e.Event) -> None:
    made = floor(or_freed=True)
    made.apply(LATER, event)
    assert not made.campaigns["orders"].may_dial(LATER)
    assert made.campaigns["orders"].may_dial(UNTIL)


def test_a_campaign_that_the_store_or_the_carrier_holds_waits_its_time() -> None:
    made = floor()
    made.apply(LATER, ended(1))
    made.apply(LATER, ready("ann"))
    assert not made.campaigns["orders"].may_dial(UNTIL - 1)


def test_a_settled_attempt_ends_the_wait_too() -> None:
    made = floor()
    made.apply(LATER, ended(1))
    made.apply(LATER, e.CampaignHeld(campaign="orders", until=UNTIL, reason="a limit", or_freed=True))
    settled = e.AttemptSettled(
        attempt=1,
        status=CaseStatus.COMPLETED,
        used=None,
        agent_attempts=0,
        customer_attempts=1,
        rank=1,
        due_at=None,
        reason="busy",
    )
    made.apply(LATER + 1, settled)
    assert made.campaigns["orders"].may_dial(LATER + 1)
