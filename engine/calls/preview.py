"""The agent looks at the lead first; the customer is dialed once the agent accepts or the time is over."""

from engine.calls.call import Call, not_reached
from engine.calls.screening import screen
from engine.domain.words import Ending
from engine.journal import events as e


async def preview(call: Call) -> None:
    """One attempt, from the agent's screen to the settlement."""
    if not await _accepted(call):
        await call.conclude(Ending.SKIPPED)
        return
    async with call.hanging_up():
        ending = await _reach(call)
    await call.conclude(ending)


async def dial_with_agent(call: Call) -> None:
    """One attempt whose agent was chosen beforehand, and need not look: a callback of the agent's own."""
    async with call.hanging_up():
        ending = await _reach(call)
    await call.conclude(ending)


async def _accepted(call: Call) -> bool:
    attempt, settings = call.attempt, call.policy.preview
    assert attempt.agent is not None
    call.exchange.desktop.previewing(attempt.agent, attempt.id, attempt.case.lead)
    answered = await call.until(lambda: attempt.preview is not None, deadline=call.now() + settings.within)
    if not answered and attempt.preview is None:
        answer = "skip" if call.stopping or settings.on_timeout == "skip" else "timeout"
        call.exchange.journal.append(e.PreviewAnswered(attempt=attempt.id, answer=answer))
    return attempt.preview != "skip"


async def _reach(call: Call) -> Ending:
    """The agent's line, then the customer's. An agent who is not reached costs the customer nothing."""
    attempt, policy = call.attempt, call.policy
    assert attempt.agent is not None
    agent = await call.reach_agent(attempt.agent)
    if agent is None:
        return Ending.REFUSED if call.refused() else Ending.AGENT_NOT_REACHED
    customer = await call.dial_customer(unless=lambda: not agent.up)
    if customer is None:
        return Ending.REFUSED if agent.up else Ending.AGENT_NOT_REACHED
    if not await call.answered(customer, policy.customer_ring, unless=lambda: not agent.up):
        left = not agent.up and customer.ended_at is None
        return Ending.AGENT_LEFT if left else not_reached(customer)
    if (over := await screen(call, customer, within=policy.abandon_after)) is not None:
        return over
    if call.stopping or not agent.up:
        return await call.abandon(customer)
    await call.connect(attempt.agent, agent, customer)
    await call.talk(agent, customer)
    return Ending.CONNECTED
