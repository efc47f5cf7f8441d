"""Agents and their states. Knows who is idle longest and what each wants; places no customer's call.

Commands come from the agents' desktops and from calls. A wish to pause or log out that comes in mid-call is
kept, and takes effect when the call lets the agent go.
"""

from collections.abc import Callable, Mapping
from typing import Final

import trio

from engine.attempts.promises import disposition_refused
from engine.calls.assignment import Idle, Waiting, assign
from engine.calls.bell import Bell
from engine.calls.call import HANGUP_GRACE, RING_GRACE, Call
from engine.calls.exchange import Persistence, Throttle
from engine.calls.switchboard import Switchboard
from engine.domain.callbacks import Callback
from engine.domain.policy import PoolPolicy
from engine.domain.words import AgentState, Outcome, Side
from engine.errors import InputError
from engine.journal import events as e
from engine.journal.values import disposed
from engine.journal.views import LegView, Seat
from engine.journal.writer import Journal
from engine.ports import Carrier, CarrierRefused, Clock, Dial
from engine.store import changes
from engine.store.changes import Ids

LOGGED_IN: Final = "logged-in"  # the pause code of an agent who has not said ready yet
PHONE_LOST: Final = "phone-lost"  # a nailed-up agent's standing leg went down
PHONE_NOT_ANSWERED: Final = "phone-not-answered"

_IDLE: Final = frozenset({AgentState.READY, AgentState.PAUSED, AgentState.LOGGED_OUT})


class Desk:
    """Commands that are not legal now are ignored, and answered with False."""

    def __init__(
        self,
        clock: Clock,
        store: Persistence,
        journal: Journal,
        carrier: Carrier,
        switchboard: Switchboard,
        throttle: Throttle,
        ids: Ids,
        pools: Mapping[str, PoolPolicy],
        endpoints: Mapping[str, str],
    ) -> None:
        self._clock = clock
        self._store = store
        self._journal = journal
        self._carrier = carrier
        self._switchboard = switchboard
        self._throttle = throttle
        self._ids = ids
        self._pools = pools
        self._endpoints = endpoints
        self._standing: dict[str, Bell] = {}
        self._to_stand: set[str] = set()  # said ready, and not yet on a standing leg
        self._nursery: trio.Nursery | None = None
        self.calls: dict[int, Call] = {}
        self.on_change: Callable[[str], None] = lambda pool: None

    # --- what agents say --------------------------------------------------------------------------

    def log_in(self, agent: str) -> bool:
        """Come on duty, not ready yet. A nailed-up agent's phone is called once ready."""
        if self._seat(agent).state is not AgentState.LOGGED_OUT:
            return False
        self._change(agent, AgentState.PAUSED, code=LOGGED_IN)
        return True

    def ready(self, agent: str) -> bool:
        """Take calls from now on, or once the present call is over."""
        seat = self._seat(agent)
        match seat.state:
            case AgentState.LOGGED_OUT | AgentState.READY:
                return False
            case AgentState.PAUSED:
                if self.nailed_up(agent) and seat.leg is None:
                    self._to_stand.add(agent)
                    self._stand(agent)
                else:
                    self._change(agent, AgentState.READY)
                return True
            case _:
                if seat.wish is None:
                    return False
                self._journal.append(e.AgentAsked(agent=agent, wish=AgentState.READY))
                return True

    def pause(self, agent: str, code: str) -> bool:
        """Take no calls, at once or after the present one."""
        return self._leave(agent, AgentState.PAUSED, code)

    def log_out(self, agent: str) -> bool:
        """Go off duty, at once or after the present call."""
        return self._leave(agent, AgentState.LOGGED_OUT, None)

    def accept(self, agent: str) -> bool:
        """Dial the lead on the preview screen."""
        return self._preview(agent, "accept")

    def skip(self, agent: str) -> bool:
        """Do not dial the lead on the preview screen."""
        return self._preview(agent, "skip")

    def hang_up(self, agent: str) -> bool:
        """End the conversation."""
        seat = self._seat(agent)
        if seat.state is not AgentState.TALKING or seat.attempt is None:
            return False
        self._journal.append(e.AgentHungUp(agent=agent, attempt=seat.attempt))
        self._ring(seat.attempt)
        return True

    def dispose(self, agent: str, disposition: str, *, callback: Callback | None = None) -> bool:
        """Give the result code of the attempt in wrap-up, and promise another call. It is on disk once the
        desktop is told that the attempt has left. Raises InputError for what the campaign does not take: the
        agent is in wrap-up as before."""
        seat = self._seat(agent)
        if seat.state is not AgentState.WRAP_UP or seat.attempt is None:
            return False
        attempt = self._journal.floor.attempts[seat.attempt]
        if attempt.disposition is not None:
            return False
        policy = self._journal.floor.campaigns[attempt.campaign].policy
        seats = self._journal.floor.seats.values()
        colleagues = {each.agent for each in seats if each.pool == policy.callback_pool}
        refusal = disposition_refused(disposition, callback, policy, colleagues, now=self._clock.now())
        if refusal is not None:
            self._journal.append(
                e.DispositionRefused(attempt=attempt.id, agent=agent, disposition=disposition, reason=refusal)
            )
            raise InputError([refusal])
        self._journal.append(disposed(attempt.id, disposition, callback, by=agent))
        self._ring(attempt.id)
        return True

    # --- what calls say ---------------------------------------------------------------------------

    def nailed_up(self, agent: str) -> bool:
        return self._pools[self._seat(agent).pool].nailed_up

    def standing_leg(self, agent: str) -> LegView | None:
        leg = self._seat(agent).leg
        return None if leg is None else self._journal.floor.legs.get(leg)

    def attempt_of(self, agent: str) -> int | None:
        """The attempt the agent is busy with."""
        return self._seat(agent).attempt

    def reserve(self, pool: str) -> str | None:
        """The longest idle agent, now reserved; None if nobody is ready."""
        agent = self._journal.floor.longest_idle(pool)
        if agent is not None:
            self._journal.append(e.AgentReserved(agent=agent, pool=pool))
        return agent

    def reserve_owed(self, pool: str) -> str | None:
        """The longest idle agent who has an own callback to make, now reserved; None if nobody has."""
        owed = self._journal.floor.owed(pool, self._clock.now())
        if not owed:
            return None
        self._journal.append(e.AgentReserved(agent=owed[0], pool=pool, own_callback=True))
        return owed[0]

    def unreserve(self, agent: str) -> None:
        """There was nothing to reserve the agent for."""
        seat = self._seat(agent)
        if seat.wish is None:
            self._journal.append(e.AgentReleased(agent=agent))
            self.match(seat.pool)
        else:
            self.free(agent)

    def match(self, pool: str) -> None:
        """Longest-waiting customers go to the longest idle agents."""
        view = self._journal.floor.pools[pool]
        if not view.waiting or not view.ready:
            return
        pairs = assign(
            (Waiting(attempt=a.id, since=a.waiting_since or 0) for a in view.waiting.values()),
            (Idle(agent=seat.agent, since=seat.since) for seat in view.ready.values()),
        )
        for attempt, agent in pairs:
            self._journal.append(e.CallAssigned(attempt=attempt, agent=agent))
            self._ring(attempt)

    def changed(self, pool: str) -> None:
        """There may be room for another call: pacing looks again."""
        self.on_change(pool)

    def ringing(self, agent: str, attempt: int) -> None:
        self._change(agent, AgentState.RINGING, attempt)

    def on_the_line(self, agent: str, attempt: int) -> None:
        """Answered, and waits for the customer."""
        if self._seat(agent).misses:
            self._journal.append(e.AgentMissed(agent=agent, misses=0))
        self._change(agent, AgentState.RESERVED, attempt)

    def missed(self, agent: str) -> None:
        """The phone was not answered. After too many misses in a row the agent is paused."""
        seat = self._seat(agent)
        policy = self._pools[seat.pool]
        self._journal.append(e.AgentMissed(agent=agent, misses=seat.misses + 1))
        if seat.misses >= policy.misses_before_pause and seat.wish is None:
            self._journal.append(e.AgentAsked(agent=agent, wish=AgentState.PAUSED, code=policy.pause_code))
            self._journal.append(e.AgentMissed(agent=agent, misses=0))

    def talking(self, agent: str, attempt: int) -> None:
        self._change(agent, AgentState.TALKING, attempt)

    def wrap_up(self, agent: str, attempt: int) -> bool:
        """False if the agent has gone or goes now, and gives no disposition."""
        seat = self._seat(agent)
        if seat.attempt != attempt or seat.wish is AgentState.LOGGED_OUT or self._lost_phone(seat):
            return False
        self._change(agent, AgentState.WRAP_UP, attempt)
        return True

    def release(self, agent: str, attempt: int) -> bool:
        """Free the agent if still this attempt's."""
        if self._seat(agent).attempt != attempt:
            return False
        self.free(agent)
        return True

    def free(self, agent: str) -> None:
        """The call is over: on to what the agent wants, or ready."""
        seat = self._seat(agent)
        if seat.state in _IDLE:
            return
        if self._lost_phone(seat) and seat.wish is not AgentState.LOGGED_OUT:
            self._change(agent, AgentState.PAUSED, code=PHONE_LOST)
        else:
            self._change(agent, seat.wish or AgentState.READY, code=seat.wish_code)

    # --- standing legs ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Hold the standing legs of nailed-up agents until cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                await trio.sleep_forever()
            finally:
                self._nursery = None  # nobody's phone is called any more

    def _stand(self, agent: str) -> None:
        """Call the agent's phone, to stay up between calls."""
        if agent in self._standing:
            return
        self._standing[agent] = self._standing_bell(agent)
        self._soon(agent, lambda nursery: nursery.start_soon(self._hold, agent))

    def _standing_bell(self, agent: str) -> Bell:
        return Bell(self._clock, key=self._key(agent))

    def _soon(self, agent: str, start: Callable[[trio.Nursery], None]) -> None:
        """Start a task of the desk's alone, when nothing else runs."""

        def begin() -> None:
            if self._nursery is not None:
                start(self._nursery)

        self._clock.call_at(self._clock.now(), begin, key=self._key(agent))

    def _key(self, agent: str) -> int:
        return sorted(self._endpoints).index(agent)

    def resume_standing(self, agent: str) -> None:
        """Hold a leg that outlived its engine, with a customer on it."""
        view = self.standing_leg(agent)
        assert view is not None
        self._standing[agent] = self._standing_bell(agent)
        self._switchboard.expect(view.leg, self._standing[agent])
        self._soon(agent, lambda nursery: nursery.start_soon(self._keep, agent, view))

    async def _hold(self, agent: str) -> None:
        """One standing leg: up, ready for calls, and down again."""
        bell, seat = self._standing[agent], self._seat(agent)
        ring = self._pools[seat.pool].agent_ring
        slot = self._throttle.next_slot()
        if await bell.until(lambda: seat.state is AgentState.LOGGED_OUT, deadline=slot):
            del self._standing[agent]
            return
        leg = await self._store.write(changes.intend_agent_leg(None, agent, self._ids))
        view = self._journal.floor.legs[leg]
        self._switchboard.expect(leg, bell)
        try:
            await self._carrier.dial(Dial(leg=leg, side=Side.AGENT, to=self._endpoints[agent], ring=ring))
        except CarrierRefused as refusal:
            self._journal.append(e.DialRefused(attempt=None, side=Side.AGENT, leg=leg, reason=refusal.reason))
            self._end_leg(leg, Outcome.FAILED, refusal.reason)
        else:
            if view.ended_at is None:
                self._journal.append(e.LegDialed(leg=leg))
            await bell.until(
                lambda: view.settled_reception or seat.state is AgentState.LOGGED_OUT,
                deadline=self._clock.now() + ring + RING_GRACE,
            )
        if view.up and seat.state is AgentState.PAUSED:
            self._journal.append(e.AgentStood(agent=agent, leg=leg))
            if agent in self._to_stand:  # has not asked for a pause meanwhile
                self._to_stand.remove(agent)
                self._change(agent, AgentState.READY)
            await self._keep(agent, view)
        else:
            if seat.state is not AgentState.LOGGED_OUT:
                self._to_stand.discard(agent)
            await self._put_down(agent, view, answered=False)

    async def _keep(self, agent: str, view: LegView) -> None:
        """A standing leg that is up: until it goes down, or the agent goes home."""
        bell, seat = self._standing[agent], self._seat(agent)
        await bell.until(lambda: not view.up or seat.state is AgentState.LOGGED_OUT)
        self._journal.append(e.AgentStood(agent=agent, leg=None))
        await self._put_down(agent, view, answered=True)

    async def _put_down(self, agent: str, view: LegView, *, answered: bool) -> None:
        bell, seat = self._standing[agent], self._seat(agent)
        if view.ended_at is None:
            self._carrier.hang_up(view.leg)
            await bell.until(lambda: view.ended_at is not None, deadline=self._clock.now() + HANGUP_GRACE)
            if view.ended_at is None:
                self._end_leg(view.leg, Outcome.UNKNOWN, "end-not-told")
        self._switchboard.forget(view.leg, bell)
        del self._standing[agent]
        if agent in self._to_stand:  # left and came back while the leg went down
            self._stand(agent)
        else:
            self._phone_down(seat, answered=answered)
        await self._store.write(changes.close_standing_leg(view))

    def _phone_down(self, seat: Seat, *, answered: bool) -> None:
        if seat.state in (AgentState.READY, AgentState.PAUSED):
            self._change(seat.agent, AgentState.PAUSED, code=PHONE_LOST if answered else PHONE_NOT_ANSWERED)

    def _end_leg(self, leg: int, outcome: Outcome, cause: str) -> None:
        self._journal.append(e.LegEnded(leg=leg, outcome=outcome, cause=cause, by_us=True))

    def _lost_phone(self, seat: Seat) -> bool:
        return self._pools[seat.pool].nailed_up and seat.leg is None

    # --- inside -----------------------------------------------------------------------------------

    def _seat(self, agent: str) -> Seat:
        return self._journal.floor.seats[agent]

    def _ring(self, attempt: int) -> None:
        if (call := self.calls.get(attempt)) is not None:
            call.bell.ring()

    def _leave(self, agent: str, wish: AgentState, code: str | None) -> bool:
        seat = self._seat(agent)
        if seat.state is AgentState.LOGGED_OUT:
            return False
        self._to_stand.discard(agent)
        if seat.state in _IDLE:
            self._change(agent, wish, code=code)
            return True
        self._journal.append(e.AgentAsked(agent=agent, wish=wish, code=code))
        if seat.attempt is not None:
            attempt = self._journal.floor.attempts.get(seat.attempt)
            if attempt is not None and attempt.preview is None:
                self._preview(agent, "skip")
        return True

    def _preview(self, agent: str, answer: str) -> bool:
        seat = self._seat(agent)
        if seat.state is not AgentState.RESERVED or seat.attempt is None:
            return False
        attempt = self._journal.floor.attempts[seat.attempt]
        campaign = self._journal.floor.campaigns[attempt.campaign]
        if campaign.policy.mode != "preview" or attempt.preview is not None:
            return False
        self._journal.append(e.PreviewAnswered(attempt=attempt.id, answer=answer))
        self._ring(attempt.id)
        return True

    def _change(
        self, agent: str, state: AgentState, attempt: int | None = None, *, code: str | None = None
    ) -> None:
        seat = self._seat(agent)
        if state is seat.state and code == seat.code and attempt == seat.attempt:
            return
        self._journal.append(e.AgentChanged(agent=agent, state=state, attempt=attempt, code=code))
        if state is AgentState.READY:
            self.match(seat.pool)
        if state in _IDLE:
            self.changed(seat.pool)
        if (bell := self._standing.get(agent)) is not None:
            bell.ring()
