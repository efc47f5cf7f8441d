"""The floor as it stands now: agents, live attempts, campaigns. Changes only by applying a journal line.

Live and in replay the same lines are applied in the same order, so every decision that reads the floor can be
made again from the journal alone.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from engine.domain.policy import CampaignPolicy, PoolPolicy
from engine.domain.time import Instant
from engine.domain.words import (
    LEGAL,
    AgentState,
    CampaignState,
    ChangeReason,
    Side,
)
from engine.journal import events as e
from engine.journal.values import callback_of, case_of
from engine.journal.views import NEVER, AttemptView, CampaignView, LegView, PoolView, Seat
from engine.pacing.port import CampaignLoad, PoolSnapshot

EventT = TypeVar("EventT", bound=e.Event)
_HANDLERS: Final[dict[type[e.Event], Callable[..., None]]] = {}


def _applies(kind: type[EventT]) -> Callable[[Callable[["Floor", Instant, EventT], None]], Any]:
    def register(handler: Callable[["Floor", Instant, EventT], None]) -> Any:
        _HANDLERS[kind] = handler
        return handler

    return register


class Floor:
    """Everything decisions read, kept by `apply`."""

    def __init__(
        self,
        campaigns: dict[str, CampaignPolicy],
        pools: dict[str, PoolPolicy],
        seats: dict[str, str],
    ) -> None:
        """`seats` maps each agent to a pool. An agentless campaign is a pool of its own, named after it."""
        self.pools = {name: PoolView(name, policy) for name, policy in pools.items()}
        self.campaigns: dict[str, CampaignView] = {}
        for name, policy in sorted(campaigns.items()):
            pool = policy.pool or name
            if pool not in self.pools:
                self.pools[pool] = PoolView(pool, None)
            view = CampaignView(policy, pool)
            self.campaigns[name] = view
            self.pools[pool].campaigns.append(view)
        self.seats = {agent: Seat(agent, pool) for agent, pool in sorted(seats.items())}
        self.attempts: dict[int, AttemptView] = {}
        self.legs: dict[int, LegView] = {}
        self.connected = True
        self.promised: dict[tuple[str, str], Instant] = {}  # by campaign and agent: the next own callback
        self.cleared = 0  # how often cases of any campaign were said to be asked about again

    def apply(self, at: Instant, event: e.Event) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, at, event)

    # --- what decisions ask -----------------------------------------------------------------------

    def longest_idle(self, pool: str) -> str | None:
        """The agent of the pool who has been ready longest; equal ones by name."""
        ready = self.pools[pool].ready
        if not ready:
            return None
        return min(ready.values(), key=lambda seat: (seat.since, seat.agent)).agent

    def owed(self, pool: str, now: Instant) -> list[str]:
        """The ready agents who have a callback of their own to make, the longest ready first."""
        view = self.pools[pool]
        if not self.promised or not view.ready or not self.connected:
            return []
        open_now = [campaign.policy.name for campaign in view.campaigns if campaign.may_call(now)]
        owing = [
            seat
            for seat in view.ready.values()
            if any(self.promised.get((name, seat.agent), NEVER) <= now for name in open_now)
        ]
        return [seat.agent for seat in sorted(owing, key=lambda seat: (seat.since, seat.agent))]

    def next_own(self, campaign: str) -> Instant:
        """When the first agent's own callback in a campaign may be called."""
        moments = (at for (name, _), at in self.promised.items() if name == campaign)
        return min(moments, default=NEVER)

    def snapshot(self, pool: str, *, now: Instant, room: int | None, draw: float) -> PoolSnapshot:
        """What the pacer sees."""
        view = self.pools[pool]
        return PoolSnapshot(
            now=now,
            ready=len(view.ready),
            owed=len(self.owed(pool, now)),
            room=room,
            draw=draw,
            campaigns=tuple(
                CampaignLoad(
                    name=campaign.policy.name,
                    mode=campaign.policy.mode,
                    priority=campaign.policy.priority,
                    weight=campaign.policy.weight,
                    ratio=campaign.policy.ratio,
                    lines=campaign.policy.lines,
                    dialing=campaign.dialing,
                    live=campaign.live,
                    started=campaign.started,
                    may_dial=self.connected and campaign.may_dial(now),
                )
                for campaign in view.campaigns
            ),
        )

    # --- campaigns --------------------------------------------------------------------------------

    @_applies(e.CarrierChanged)
    def _carrier_changed(self, at: Instant, event: e.CarrierChanged) -> None:
        self.connected = event.connected

    @_applies(e.CampaignChanged)
    def _campaign_changed(self, at: Instant, event: e.CampaignChanged) -> None:
        campaign = self.campaigns[event.campaign]
        campaign.state = event.state
        if event.state is CampaignState.RUNNING:
            campaign.dry_until = 0
        for other in self.pools[campaign.pool].campaigns:
            other.started = (
                0  # shares are counted anew, or a newcomer would have every turn until it catches up
            )

    @_applies(e.CampaignDry)
    def _campaign_dry(self, at: Instant, event: e.CampaignDry) -> None:
        self.campaigns[event.campaign].dry_until = NEVER if event.until is None else event.until

    @_applies(e.CampaignHeld)
    def _campaign_held(self, at: Instant, event: e.CampaignHeld) -> None:
        campaign = self.campaigns[event.campaign]
        campaign.held_until, campaign.or_freed = event.until, event.or_freed

    def _freed(self, pool: str, at: Instant) -> None:
        """An agent is free or a call is over: campaigns that waited for that may dial."""
        for campaign in self.pools[pool].campaigns:
            if campaign.or_freed:
                campaign.held_until, campaign.or_freed = at, False

    # --- agents -----------------------------------------------------------------------------------

    def _place(self, seat: Seat, state: AgentState, at: Instant) -> None:
        if seat.state is state:
            return
        assert state in LEGAL[seat.state], f"agent {seat.agent} cannot go from {seat.state} to {state}"
        ready = self.pools[seat.pool].ready
        if seat.state is AgentState.READY:
            del ready[seat.agent]
        seat.own_callback = False
        seat.state = state
        if state is AgentState.READY:
            ready[seat.agent] = seat
            self._freed(seat.pool, at)

    @_applies(e.AgentAsked)
    def _agent_asked(self, at: Instant, event: e.AgentAsked) -> None:
        seat = self.seats[event.agent]
        seat.wish = None if event.wish is AgentState.READY else event.wish  # which is what follows anyway
        seat.wish_code = event.code

    @_applies(e.AgentChanged)
    def _agent_changed(self, at: Instant, event: e.AgentChanged) -> None:
        seat = self.seats[event.agent]
        self._place(seat, event.state, at)
        seat.since = at
        seat.attempt = event.attempt
        seat.code = event.code
        if event.state is seat.wish:
            seat.wish = seat.wish_code = None
        if event.state is AgentState.LOGGED_OUT:
            seat.wish = seat.wish_code = None
            seat.misses = 0

    @_applies(e.AgentReserved)
    def _agent_reserved(self, at: Instant, event: e.AgentReserved) -> None:
        seat = self.seats[event.agent]
        self._place(seat, AgentState.RESERVED, at)
        seat.own_callback = event.own_callback

    @_applies(e.AgentReleased)
    def _agent_released(self, at: Instant, event: e.AgentReleased) -> None:
        self._place(self.seats[event.agent], AgentState.READY, at)

    @_applies(e.AgentMissed)
    def _agent_missed(self, at: Instant, event: e.AgentMissed) -> None:
        self.seats[event.agent].misses = event.misses

    @_applies(e.AgentStood)
    def _agent_stood(self, at: Instant, event: e.AgentStood) -> None:
        seat = self.seats[event.agent]
        seat.leg = event.leg
        if event.leg is not None:
            seat.misses = 0

    # --- attempts ---------------------------------------------------------------------------------

    @_applies(e.AttemptStarted)
    def _attempt_started(self, at: Instant, event: e.AttemptStarted) -> None:
        campaign = self.campaigns[event.campaign]
        attempt = AttemptView(
            id=event.attempt,
            campaign=event.campaign,
            pool=campaign.pool,
            case=case_of(event),
            list_id=event.list,
            started_at=at,
            agent=event.agent,
            with_agent=event.agent is not None,
        )
        campaign.live += 1
        campaign.started += 1
        if campaign.policy.mode.customer_first and event.agent is None:
            attempt.dialing = True
            campaign.dialing += 1
        if event.agent is not None:
            self.seats[event.agent].attempt = event.attempt
        self.attempts[event.attempt] = attempt

    @_applies(e.AttemptRecovered)
    def _attempt_recovered(self, at: Instant, event: e.AttemptRecovered) -> None:
        if (campaign := self.campaigns.get(event.campaign)) is None:
            return
        campaign.live += 1
        self.attempts[event.attempt] = AttemptView(
            id=event.attempt,
            campaign=event.campaign,
            pool=campaign.pool,
            case=case_of(event),
            list_id=event.list,
            started_at=at,
            agent=event.agent,
            intended=event.intended,
            reschedule_agent_call=event.asked is Side.AGENT,
            reschedule_customer_call=event.asked is Side.CUSTOMER,
            ended_at=event.ended_at,
        )

    @_applies(e.CallResumed)
    def _call_resumed(self, at: Instant, event: e.CallResumed) -> None:
        attempt, seat = self.attempts[event.attempt], self.seats[event.agent]
        agent = LegView(event.agent_leg, Side.AGENT, None if event.standing else attempt.id, event.since)
        customer = LegView(event.customer_leg, Side.CUSTOMER, attempt.id, event.since)
        for leg in (agent, customer):
            leg.dialed, leg.answered_at = True, event.since
            self.legs[leg.leg] = leg
        customer.verdict = event.verdict
        customer.answered_at = event.since if event.answered_at is None else event.answered_at
        attempt.agent, attempt.customer_leg, attempt.connected_at = event.agent, customer, event.since
        if event.standing:
            seat.leg, attempt.legs = agent.leg, [customer]
        else:
            attempt.agent_leg, attempt.legs = agent, [agent, customer]
        self._place(seat, AgentState.TALKING, at)
        seat.since, seat.attempt = at, attempt.id

    def _no_longer_dialing(self, attempt: AttemptView) -> None:
        if attempt.dialing:
            attempt.dialing = False
            self.campaigns[attempt.campaign].dialing -= 1

    @_applies(e.LegIntended)
    def _leg_intended(self, at: Instant, event: e.LegIntended) -> None:
        leg = LegView(event.leg, event.side, event.attempt, at)
        self.legs[event.leg] = leg
        if event.attempt is not None:
            attempt = self.attempts[event.attempt]
            attempt.intended = event.side
            attempt.legs.append(leg)
            if event.side is Side.CUSTOMER:
                attempt.customer_leg = leg
            else:
                attempt.agent_leg = leg

    @_applies(e.DialRefused)
    def _dial_refused(self, at: Instant, event: e.DialRefused) -> None:
        if event.leg is not None:
            self.legs[event.leg].refused = event.reason
        if event.attempt is not None:
            self.attempts[event.attempt].refused = event.reason
            self.attempts[event.attempt].refused_until = event.until

    @_applies(e.LegDialed)
    def _leg_dialed(self, at: Instant, event: e.LegDialed) -> None:
        self.legs[event.leg].dialed = True

    @_applies(e.LegRang)
    def _leg_rang(self, at: Instant, event: e.LegRang) -> None:
        self.legs[event.leg].rang_at = at

    @_applies(e.LegAnswered)
    def _leg_answered(self, at: Instant, event: e.LegAnswered) -> None:
        self.legs[event.leg].answered_at = at

    @_applies(e.LegJudged)
    def _leg_judged(self, at: Instant, event: e.LegJudged) -> None:
        self.legs[event.leg].verdict = event.verdict

    @_applies(e.DigitEntered)
    def _digit_entered(self, at: Instant, event: e.DigitEntered) -> None:
        self.legs[event.leg].digits += event.digit

    @_applies(e.MessageStarted)
    def _message_started(self, at: Instant, event: e.MessageStarted) -> None:
        self.legs[event.leg].playing = event.message

    @_applies(e.MessagePlayed)
    def _message_played(self, at: Instant, event: e.MessagePlayed) -> None:
        self.legs[event.leg].playing = None

    @_applies(e.LegEnded)
    def _leg_ended(self, at: Instant, event: e.LegEnded) -> None:
        leg = self.legs[event.leg]
        leg.ended_at = at
        leg.outcome = event.outcome
        leg.cause = event.cause
        leg.by_us = event.by_us
        leg.playing = None
        if leg.attempt is None:
            del self.legs[event.leg]

    @_applies(e.CallWaiting)
    def _call_waiting(self, at: Instant, event: e.CallWaiting) -> None:
        attempt = self.attempts[event.attempt]
        attempt.agent = None
        attempt.waiting_since = at
        self.pools[attempt.pool].waiting[attempt.id] = attempt

    @_applies(e.CallAssigned)
    def _call_assigned(self, at: Instant, event: e.CallAssigned) -> None:
        attempt = self.attempts[event.attempt]
        attempt.agent = event.agent
        attempt.waiting_since = None
        self.pools[attempt.pool].waiting.pop(attempt.id, None)
        self._no_longer_dialing(attempt)
        seat = self.seats[event.agent]
        self._place(seat, AgentState.RESERVED, at)
        seat.attempt = attempt.id

    @_applies(e.CallConnected)
    def _call_connected(self, at: Instant, event: e.CallConnected) -> None:
        self.attempts[event.attempt].connected_at = at

    @_applies(e.CallAbandoned)
    def _call_abandoned(self, at: Instant, event: e.CallAbandoned) -> None:
        attempt = self.attempts[event.attempt]
        attempt.abandoned = True
        self.pools[attempt.pool].waiting.pop(attempt.id, None)

    @_applies(e.AgentHungUp)
    def _agent_hung_up(self, at: Instant, event: e.AgentHungUp) -> None:
        self.attempts[event.attempt].released = True

    @_applies(e.PreviewAnswered)
    def _preview_answered(self, at: Instant, event: e.PreviewAnswered) -> None:
        self.attempts[event.attempt].preview = event.answer

    @_applies(e.VariableSet)
    def _variable_set(self, at: Instant, event: e.VariableSet) -> None:
        setattr(self.attempts[event.attempt], event.variable, event.value)

    @_applies(e.AttemptEnded)
    def _attempt_ended(self, at: Instant, event: e.AttemptEnded) -> None:
        attempt = self.attempts[event.attempt]
        attempt.ended_at = at if attempt.ended_at is None else attempt.ended_at
        attempt.ending = event.ending
        attempt.outcome = event.outcome
        attempt.continued = event.continued
        self.pools[attempt.pool].waiting.pop(attempt.id, None)
        self._no_longer_dialing(attempt)
        self._freed(attempt.pool, at)

    @_applies(e.AttemptDisposed)
    def _attempt_disposed(self, at: Instant, event: e.AttemptDisposed) -> None:
        attempt = self.attempts[event.attempt]
        attempt.disposition, attempt.callback = event.disposition, callback_of(event)

    @_applies(e.AttemptSettled)
    def _attempt_settled(self, at: Instant, event: e.AttemptSettled) -> None:
        attempt = self.attempts.pop(event.attempt, None)
        if attempt is None:
            return
        campaign = self.campaigns[attempt.campaign]
        campaign.live -= 1
        self._freed(attempt.pool, at)
        if event.due_at is not None:
            campaign.dry_until = min(campaign.dry_until, event.due_at)
        for leg in attempt.legs:
            self.legs.pop(leg.leg, None)

    # --- cases outside attempts -------------------------------------------------------------------

    @_applies(e.CallbacksKnown)
    def _callbacks_known(self, at: Instant, event: e.CallbacksKnown) -> None:
        for campaign, agent, moment in event.rows:
            if moment is None:
                self.promised.pop((campaign, agent), None)
            else:
                self.promised[campaign, agent] = moment

    @_applies(e.SegmentObserved)
    def _segment_observed(self, at: Instant, event: e.SegmentObserved) -> None:
        """Leads that came in may have new cases, which are due."""
        if event.entered:
            for campaign in self.campaigns.values():
                if event.segment in campaign.policy.segments:
                    campaign.dry_until = min(campaign.dry_until, at)

    @_applies(e.CasesChanged)
    def _cases_changed(self, at: Instant, event: e.CasesChanged) -> None:
        """Something may be due earlier than each campaign's last look at the store told."""
        self.cleared += event.reason is ChangeReason.CLEARED
        moments = [event.columns.index(name) + 1 for name in ("due_at", "wakes_at") if name in event.columns]
        soonest = min((row[i] for row in event.rows for i in moments if row[i] is not None), default=None)
        if soonest is not None:
            for campaign in self.campaigns.values():
                campaign.dry_until = min(campaign.dry_until, soonest)

    @_applies(e.CasesCreated)
    def _cases_created(self, at: Instant, event: e.CasesCreated) -> None:
        if (campaign := self.campaigns.get(event.campaign)) is not None:
            campaign.dry_until = min(campaign.dry_until, event.due_at)

    @_applies(e.ListActivated)
    def _list_activated(self, at: Instant, event: e.ListActivated) -> None:
        if event.active:
            for campaign in self.campaigns.values():
                campaign.dry_until = 0
