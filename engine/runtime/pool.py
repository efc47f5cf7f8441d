"""Campaigns that share agents, and the one loop that starts their calls.

The loop asks the pacer whenever something changed, claims the cases, and starts a call for each; then it
sleeps until the next change. Calls live in the pool's own nursery.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import chain
from typing import Final, TypeAlias

import trio

from engine.attempts.flow import first_leg
from engine.calls.bell import Bell
from engine.calls.call import Call
from engine.calls.customer_first import dial_customer_first
from engine.calls.exchange import Exchange
from engine.calls.flow import agent_line, follow_flow, resume_conversation
from engine.calls.preview import dial_with_agent, preview
from engine.chance import uniform
from engine.compliance.hours import next_opening
from engine.domain.policy import CampaignPolicy
from engine.domain.time import SECOND, Instant
from engine.domain.words import CampaignState, DialMode
from engine.errors import StoreUnavailable
from engine.journal import events as e
from engine.journal.views import NEVER, AttemptView, CampaignView
from engine.pacing.port import Pacer
from engine.ports import Turn
from engine.runtime.desk import Desk
from engine.store.admission import Staffing
from engine.store.changes import change_campaign
from engine.store.claims import Dry, Started, begin_attempts
from engine.store.own_callbacks import begin_callbacks
from engine.store.transaction import Change, T

STORE_RETRY: Final = 1 * SECOND  # after a claim that the store did not take
CHANNEL_RETRY: Final = 1 * SECOND  # with no channel free; sooner if one of our own calls ends
CLAIM_MAX: Final = 200  # cases in one transaction: about 10 ms of writing

Loop: TypeAlias = Callable[[Call], Awaitable[None]]


class Pool:
    """`key` orders the pool among others at one instant."""

    def __init__(
        self, name: str, exchange: Exchange, desk: Desk, pacer: Pacer, *, seed: int, key: int
    ) -> None:
        self.name = name
        self.view = exchange.journal.floor.pools[name]
        self.closed = False
        self.claiming = False  # attempts may be about to start
        self._exchange = exchange
        self._desk = desk
        self._pacer = pacer
        self._seed = seed
        self._decisions = 0
        self._asked_back: Instant | None = None  # when the pacer wants to be asked again
        self._changed = True
        self._key = key
        self._bell = Bell(exchange.clock, turn=Turn.DIAL, key=key)
        self._floor = exchange.journal.floor
        self._resumed: list[Call] = []
        self._over = False

    def wake(self) -> None:
        """Something changed that pacing may care about."""
        self._changed = True
        self._bell.ring()

    def resume(self, attempt: AttemptView, number: str) -> None:
        """Take up a conversation that outlived its engine, once the pool runs."""
        policy = self._floor.campaigns[attempt.campaign].policy
        call = Call(self._exchange, attempt, policy, number, None)
        self._desk.calls[attempt.id] = call
        for leg in (attempt.customer_leg, agent_line(call)):
            assert leg is not None
            self._exchange.switchboard.expect(leg.leg, call.bell)
        self._resumed.append(call)

    async def run(self) -> None:
        """Dial until cancelled."""
        async with trio.open_nursery() as calls:
            try:
                for call in self._resumed:
                    self._start_call(resume_conversation, call, calls)
                await self._first_turn()
                while True:
                    self._changed = False
                    dialed = await self._dial(calls)
                    if not dialed and not self._changed:
                        await self._bell.until(lambda: self._changed, deadline=self._look_again())
            finally:
                self._over = True  # a call that has not begun by now never does

    async def _first_turn(self) -> None:
        """A new engine's pools may all have something to dial: they begin one after the other."""
        self._changed = False
        clock = self._exchange.clock
        clock.call_at(clock.now(), self.wake, turn=Turn.DIAL, key=self._key)
        await self._bell.until(lambda: self._changed)

    # --- deciding ---------------------------------------------------------------------------------

    async def _dial(self, calls: trio.Nursery) -> bool:
        """One decision and what follows from it. False if nothing was dialed."""
        now = self._exchange.clock.now()
        if self.closed:
            return False
        if not any(campaign.may_dial(now) for campaign in self.view.campaigns) and not self._floor.owed(
            self.name, now
        ):
            return False
        room = self._room()
        draw = uniform(self._seed, "pacing", self.name, self._decisions)
        answer = self._pacer.decide(self._floor.snapshot(self.name, now=now, room=room, draw=draw))
        self._asked_back = answer.look_again
        if not answer.dials and not answer.cancel and not answer.callbacks:
            return False
        self._decisions += 1
        self._exchange.journal.append(
            e.PacingDecided(
                pool=self.name,
                dials=answer.dials,
                callbacks=answer.callbacks,
                cancel=answer.cancel,
                room=room,
                draw=draw,
                reason=answer.reason,
            )
        )
        for leg in answer.cancel:
            self._give_up(leg)
        if answer.callbacks:
            await self._call_back(min(answer.callbacks, CLAIM_MAX), calls)
        for name, count in sorted(answer.dials.items()):
            await self._start(self._floor.campaigns[name], min(count, CLAIM_MAX), calls)
        return bool(answer.dials) or answer.callbacks > 0

    def _give_up(self, leg: int) -> None:
        """There will be no agent for a customer whose phone rings."""
        view = self._floor.legs.get(leg)
        if view is not None and view.attempt in self._desk.calls and not view.settled_reception:
            self._desk.calls[view.attempt].give_up()

    def _room(self) -> int | None:
        """How many more legs the carrier takes now, by channels and by calls a second; None for no limit."""
        slots, channels = self._exchange.throttle.free_slots(), self._exchange.carrier.free_channels()
        if channels is not None:
            channels -= sum(not leg.dialed and leg.ended_at is None for leg in self._floor.legs.values())
        limits = [limit for limit in (slots, channels) if limit is not None]
        return max(0, min(limits)) if limits else None

    async def _start(self, campaign: CampaignView, count: int, calls: trio.Nursery) -> None:
        policy = campaign.policy
        agents: list[str] = []
        if policy.mode.agent_first:
            while len(agents) < count and (agent := self._desk.reserve(self.name)) is not None:
                agents.append(agent)
            count = len(agents)
        first = first_leg(policy, nailed_up=self._nailed_up, with_agent=bool(agents))
        exchange = self._exchange
        claim = begin_attempts(
            policy,
            count,
            exchange.ids,
            gates=exchange.gates,
            agents=agents,
            first=first,
            staffing=self._staffing(policy),
        )
        claimed = await self._claim(claim, [policy.name])
        started = [] if claimed is None or isinstance(claimed, Dry) else claimed
        for agent in agents[len(started) :]:
            self._desk.unreserve(agent)
        for one in started:
            self._begin(policy, one, calls, _LOOPS[policy.mode])

    def _staffing(self, policy: CampaignPolicy) -> Staffing | None:
        """The calls that may find no agent, and the agents for them; None where no rule limits them."""
        policies = [campaign.policy for campaign in self.view.campaigns]
        if not policy.mode.customer_first or all(each.compliance is None for each in policies):
            return None
        now = self._exchange.clock.now()
        without_agent = [
            attempt
            for attempt in self._floor.attempts.values()
            if attempt.pool == self.name and not attempt.with_agent and attempt.connected_at is None
        ]
        detects = {each.name for each in policies if each.amd.enabled}
        return Staffing(
            pool=self.name,
            campaigns=tuple(each.name for each in policies if each.mode.customer_first),
            agents=len(self.view.ready),
            assigned={each.id for each in without_agent if each.agent is not None and not each.abandoned},
            lost={each.id for each in without_agent if each.abandoned},
            late={
                each.id: leg.answered_at
                for each in without_agent
                if not each.abandoned
                and (leg := each.customer_leg) is not None
                and leg.answered_at is not None
                and leg.lost_by(now)
                and (leg.verdict is not None or each.campaign not in detects)
            },
        )

    async def _call_back(self, count: int, calls: trio.Nursery) -> None:
        """So many agents make callbacks of their own."""
        agents: list[str] = []
        while len(agents) < count and (agent := self._desk.reserve_owed(self.name)) is not None:
            agents.append(agent)
        policies = [campaign.policy for campaign in self.view.campaigns]
        firsts = {
            policy.name: first_leg(policy, nailed_up=self._nailed_up, with_agent=True) for policy in policies
        }
        exchange = self._exchange
        claim = begin_callbacks(policies, agents, exchange.ids, gates=exchange.gates, firsts=firsts)
        begun = await self._claim(claim, list(firsts)) or []
        busy = {own.agent for own in begun}
        for agent in agents:
            if agent not in busy:
                self._desk.unreserve(agent)
        for own in begun:
            self._begin(own.policy, own.started, calls, _LOOPS_WITH_AGENT[own.policy.mode])

    async def _claim(self, claim: Change[T], campaigns: Sequence[str]) -> T | None:
        """Claim cases. None if the store is away: then the campaigns are held for a moment."""
        self.claiming = True
        try:
            return await self._exchange.store.attempt(claim)
        except StoreUnavailable as error:
            until = self._exchange.clock.now() + STORE_RETRY
            for name in campaigns:
                self._exchange.journal.append(e.CampaignHeld(campaign=name, until=until, reason=str(error)))
            return None
        finally:
            self.claiming = False

    @property
    def _nailed_up(self) -> bool:
        return self.view.policy is not None and self.view.policy.nailed_up

    # --- calls ------------------------------------------------------------------------------------

    def _begin(self, policy: CampaignPolicy, started: Started, calls: trio.Nursery, loop: Loop) -> None:
        attempt = self._floor.attempts[started.attempt]
        call = Call(self._exchange, attempt, policy, started.number, started.leg, started.asked)
        self._desk.calls[attempt.id] = call
        self._start_call(loop, call, calls)

    def _start_call(self, loop: Loop, call: Call, calls: trio.Nursery) -> None:
        def begin() -> None:
            if not self._over:
                calls.start_soon(self._run_call, loop, call)

        clock = self._exchange.clock
        clock.call_at(clock.now(), begin, turn=Turn.DIAL, key=call.attempt.id)

    async def _run_call(self, loop: Loop, call: Call) -> None:
        cleared = self._floor.cleared
        await loop(call)
        del self._desk.calls[call.attempt.id]
        if self._floor.cleared != cleared:  # what came of it may let others call
            for name in self._floor.pools:
                self._desk.on_change(name)
        if call.attempt.refused is not None and self._exchange.carrier.free_channels() == 0:
            now = self._exchange.clock.now()
            self._exchange.journal.append(
                e.CampaignHeld(
                    campaign=call.policy.name, until=now + CHANNEL_RETRY, reason=call.attempt.refused
                )
            )
        campaign = self._floor.campaigns[call.policy.name]
        if campaign.state is CampaignState.DRAINING and campaign.live == 0:
            await self._exchange.store.write(
                change_campaign(call.policy.name, CampaignState.STOPPED, "drained")
            )
        by_lines = campaign.policy.mode is DialMode.AGENTLESS  # its line is free once the attempt is settled
        # Otherwise the end of its legs has woken the pool already.
        if by_lines or campaign.dry_until or campaign.held_until:
            self.wake()

    # --- when to look again -----------------------------------------------------------------------

    def _look_again(self) -> Instant | None:
        """The next instant at which dialing may become possible without anything else happening."""
        now = self._exchange.clock.now()
        moments = [
            moment
            for campaign in self.view.campaigns
            for moment in self._next_moments(campaign, now)
            if moment > now
        ]
        if self._asked_back is not None and self._asked_back > now:
            moments.append(self._asked_back)
        if self._exchange.carrier.free_channels() == 0:
            moments.append(now + CHANNEL_RETRY)
        if self._exchange.throttle.free_slots() == 0:
            moments.append(self._exchange.throttle.free_at())
        return min(moments, default=None)

    def _next_moments(self, campaign: CampaignView, now: Instant) -> Iterator[Instant]:
        """When the campaign may have a case to dial, and when an agent may have an own callback to make."""
        if campaign.state is not CampaignState.RUNNING:
            return
        hours = campaign.policy.business_hours
        for due in (campaign.dry_until, self._floor.next_own(campaign.policy.name)):
            if due != NEVER:
                earliest = max(due, campaign.held_until, now)
                opening = earliest if hours is None else next_opening(hours, earliest)
                if opening is not None:
                    yield opening

    @property
    def next_moment(self) -> Instant | None:
        """When something may be dialed, now or later; None if nothing ever will, as things stand."""
        if self.closed:
            return None
        now = self._exchange.clock.now()
        moments = (self._next_moments(campaign, now) for campaign in self.view.campaigns)
        return min(chain.from_iterable(moments), default=None)


_LOOPS: Final[dict[DialMode, Loop]] = {
    DialMode.AGENT_FIRST: follow_flow,
    DialMode.PREVIEW: preview,
    DialMode.PROGRESSIVE: dial_customer_first,
    DialMode.POWER: dial_customer_first,
    DialMode.AGENTLESS: follow_flow,
}
_LOOPS_WITH_AGENT: Final = _LOOPS | {mode: dial_with_agent for mode in DialMode if mode.customer_first}
"""How an agent makes a callback of their own: the agent is on the line before the customer is called."""
