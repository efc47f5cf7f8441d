"""The customer is dialed first, and an agent joins once a person has answered: progressive and power."""

from typing import Final

from engine.calls.call import Call, not_reached
from engine.calls.screening import screen
from engine.domain.time import MILLISECOND, Micros
from engine.domain.words import Ending
from engine.journal import events as e
from engine.journal.views import LegView

AGENT_RETRY: Final[Micros] = (
    500 * MILLISECOND
)  # after the carrier refused the agent's leg: a few tries in time


async def dial_customer_first(call: Call) -> None:
    """One attempt, from the customer's phone to the settlement.

    A person who has answered and has no agent within `abandon_after` hears the information message and is
    counted as abandoned.
    """
    async with call.hanging_up():
        ending = await _reach(call)
    await call.conclude(ending)


async def _reach(call: Call) -> Ending:
    customer = await call.dial_customer()
    if customer is None:
        return Ending.REFUSED
    if not await call.answered(customer, call.policy.customer_ring):
        return not_reached(customer)
    if (over := await screen(call, customer, within=call.policy.abandon_after)) is not None:
        return over
    agent = await _agent_for(call, customer)
    if agent is None:
        return await call.abandon(customer) if customer.up else Ending.HUNG_UP
    assert call.attempt.agent is not None
    await call.connect(call.attempt.agent, agent, customer)
    await call.talk(agent, customer)
    return Ending.CONNECTED


async def _agent_for(call: Call, customer: LegView) -> LegView | None:
    """The line of the first agent who comes in time; None if the customer leaves or the time is over."""
    attempt, staff = call.attempt, call.exchange.staff
    assert customer.answered_at is not None
    deadline = customer.answered_at + call.policy.abandon_after
    while customer.up and not call.stopping:
        call.exchange.journal.append(e.CallWaiting(attempt=attempt.id))
        staff.match(attempt.pool)
        if (
            not await call.until(lambda: attempt.agent is not None or not customer.up, deadline=deadline)
            or attempt.agent is None
        ):
            return None
        agent = await call.reach_agent(attempt.agent, by=deadline, unless=lambda: not customer.up)
        if call.stopping or not customer.up:  # gone while the agent was called
            return None
        if agent is not None:
            return agent
        call.release_agent()
        if call.now() >= deadline:
            return None
        if call.refused():  # or the same agent would be tried again at once, until the deadline
            pause = min(deadline, call.now() + AGENT_RETRY)
            await call.until(lambda: not customer.up, deadline=pause)
    return None
