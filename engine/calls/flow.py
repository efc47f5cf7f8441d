"""A call that follows a flow: agent-first is the flow [dial agent, dial customer]; agentless has no agent.

1. Steps run in order; the variables are false at the start and read at the end.
2. Somebody who is not connected ends the flow, unless the campaign says continue. Then the steps go on, and
   `dial customer` is skipped when there is no agent.
3. After the steps agent and customer talk until one hangs up; an end step hangs up at once. A step that asks
   for the disposition waits for it.
"""

from collections.abc import Iterator
from typing import assert_never

from engine.attempts.flow import holds
from engine.calls.call import Call, not_reached
from engine.calls.screening import screen
from engine.domain import policy as p
from engine.domain.words import Ending
from engine.journal.views import LegView


async def follow_flow(call: Call) -> None:
    """Run the campaign's flow for one attempt, from the first leg to the settlement."""
    flow = _Flow(call)
    steps = iter(call.policy.flow)
    async with call.hanging_up():
        waiting = await flow.run(steps)
        if flow.connected and not flow.over and not call.stopping:
            await flow.talk()
    await flow.close(waiting, steps)


async def resume_conversation(call: Call) -> None:
    """Take up a call of any mode in mid-conversation. What its flow did before is done; the steps that need
    the disposition are still to come."""
    flow = _Flow(call)
    flow.agent, flow.customer = agent_line(call), call.attempt.customer_leg
    flow.connected, flow.ending = True, Ending.CONNECTED
    steps = iter(call.policy.flow)
    waiting = next((step for step in steps if _needs_disposition(step)), None)
    async with call.hanging_up():
        if flow.agent is not None:  # or the standing leg went down before this began
            await flow.talk()
    await flow.close(waiting, steps)


def agent_line(call: Call) -> LegView | None:
    """The agent's leg of a conversation: the attempt's own, or the standing one."""
    agent = call.attempt.agent
    assert agent is not None
    return call.attempt.agent_leg or call.exchange.staff.standing_leg(agent)


def _needs_disposition(step: p.Step) -> bool:
    return isinstance(step, p.SetVariable | p.End) and step.when is not None and step.when.on_disposition


class _Flow:
    """How far the flow has come."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.agent: LegView | None = None
        self.customer: LegView | None = None
        self.connected = False
        self.digits = ""
        self.ending: Ending | None = None
        self.continued = False
        self.over = False  # an end step came: nobody talks any more
        self._skips_customer = False

    async def run(self, steps: Iterator[p.Step]) -> p.Step | None:
        """Steps up to the end, or up to one that needs the disposition, which is answered."""
        for step in steps:
            if self.call.stopping:
                return None
            if _needs_disposition(step):
                return step
            if not await self._step(step):
                return None
        return None

    async def _step(self, step: p.Step) -> bool:
        """Do one step. False if the flow is over."""
        match step:
            case p.DialAgent():
                return await self._dial_agent()
            case p.DialCustomer():
                return self._skips_customer or await self._dial_customer()
            case p.Play():
                if self.customer is not None:
                    await self.call.play(self.customer, step.message)
                return True
            case p.Collect():
                if self.customer is not None:
                    self.digits = await self.call.collect(self.customer, step.digits, step.within)
                return True
            case p.SetVariable() | p.End():
                return await self._conclude(step)
            case _ as never:
                assert_never(never)

    async def _conclude(self, step: p.SetVariable | p.End) -> bool:
        attempt = self.call.attempt
        if not holds(step.when, digits=self.digits, disposition=attempt.disposition):
            return True
        if isinstance(step, p.End):
            self.over = True
            return False
        await self.call.set_variable(step.variable, value=step.value)
        return True

    def _not_connected(self, ending: Ending, policy: p.OnNotConnected) -> bool:
        """Whether the flow goes on without them."""
        self.ending = ending
        refused = ending is Ending.REFUSED or self.call.stopping
        self.continued = policy is p.OnNotConnected.CONTINUE and not refused
        return self.continued

    async def _dial_agent(self) -> bool:
        call = self.call
        agent = call.attempt.agent
        assert agent is not None
        self.agent = await call.reach_agent(agent)
        if self.agent is not None:
            return True
        self._skips_customer = True
        return self._not_connected(
            Ending.REFUSED if call.refused() else Ending.AGENT_NOT_REACHED,
            call.policy.on_agent_not_connected,
        )

    async def _dial_customer(self) -> bool:
        call, agent = self.call, self.agent
        customer = await call.dial_customer(unless=lambda: agent is not None and not agent.up)
        if customer is None:
            left = agent is not None and not agent.up
            return self._not_connected(
                Ending.AGENT_NOT_REACHED if left else Ending.REFUSED, call.policy.on_agent_not_connected
            )
        answered = await call.answered(
            customer,
            call.policy.customer_ring,
            unless=lambda: agent is not None and not agent.up,
        )
        if not answered:
            left = agent is not None and not agent.up and customer.ended_at is None
            return self._not_connected(
                Ending.AGENT_LEFT if left else not_reached(customer), call.policy.on_customer_not_connected
            )
        within = None if agent is None else call.policy.abandon_after
        over = await screen(call, customer, within=within)
        if over is None and (call.stopping or (agent is not None and not agent.up)):
            over = await call.abandon(customer)  # nobody is left to talk to
        if over is not None:
            return self._not_connected(over, call.policy.on_customer_not_connected)
        self.customer = customer
        if agent is None:
            self.ending = Ending.SERVED
            return True
        assert call.attempt.agent is not None
        await call.connect(call.attempt.agent, agent, customer)
        self.connected = True
        self.ending = Ending.CONNECTED
        return True

    async def talk(self) -> None:
        assert self.agent is not None
        assert self.customer is not None
        await self.call.talk(self.agent, self.customer)

    async def close(self, waiting: p.Step | None, steps: Iterator[p.Step]) -> None:
        """Settle what the flow left; a connected agent wraps up first."""
        call = self.call
        ending = self.ending or Ending.REFUSED  # stopped before the customer was dialed
        if not self.connected:
            while waiting is not None and await self._step(waiting):
                waiting = await self.run(steps)
            call.release_agent()
            await call.finish(ending, continued=self.continued)
            return
        await call.end_before_wrap_up(ending)
        await call.wrap_up()
        while waiting is not None and await self._step(waiting):
            waiting = next(steps, None)
        await call.settle()
