"""One live attempt: its two legs, and the waiting that its loop does.

Nothing here decides; the loops in this package say what happens in which order, and the floor says what has
happened so far.
"""

from collections.abc import Callable
from typing import Final

from engine.calls.bell import Bell
from engine.calls.exchange import Exchange
from engine.compliance.gates import evaluate, least_ringing
from engine.compliance.hours import is_open
from engine.domain.policy import CampaignPolicy, Variable
from engine.domain.time import SECOND, Instant, Micros
from engine.domain.words import CampaignState, Ending, Outcome, Side
from engine.errors import StoreUnavailable
from engine.journal import events as e
from engine.journal.views import AttemptView, LegView
from engine.ports import CarrierRefused, Dial
from engine.store import changes, settling
from engine.store.gates import Asked
from engine.store.transaction import Change, T

RING_GRACE: Final[Micros] = 3 * SECOND  # the carrier's own ring time-out comes first, if its events do
HANGUP_GRACE: Final[Micros] = 5 * SECOND  # then a leg whose end was never told is closed without it

NOT_DIALED: Final = "not-dialed"  # the cause of a leg that was intended, and needed no more


class HangingUp:
    """A block in which a call has legs. After a crash nothing is hung up: the network goes on without us."""

    __slots__ = ("_call",)

    def __init__(self, call: "Call") -> None:
        self._call = call

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self._call.hang_up()  # noqa: ASYNC102  (nothing was cancelled)


class Call:
    """The loop of one attempt talks to the world through this."""

    def __init__(
        self,
        exchange: Exchange,
        attempt: AttemptView,
        policy: CampaignPolicy,
        number: str,
        leg: int | None,
        asked: Asked | None = None,
    ) -> None:
        self.exchange = exchange
        self.attempt = attempt
        self.policy = policy
        self.number = number
        self.bell = Bell(exchange.clock, key=attempt.id)
        self.stopping = False
        self._given_up = False  # there will be no agent for the customer whose phone rings
        self._ring_least: Micros = 0  # of the customer's phone, before it is given up
        self.standing: LegView | None = None  # a nailed-up agent's leg, while this call has the agent
        self._intended = leg  # the first leg, committed with the claim
        self._asked = asked  # what the gates said of the customer's leg
        self._slot = None if leg is None else exchange.throttle.next_slot()  # its turn to be dialed

    # --- waiting ----------------------------------------------------------------------------------

    def now(self) -> Instant:
        return self.exchange.clock.now()

    async def until(self, condition: Callable[[], bool], *, deadline: Instant | None = None) -> bool:
        """True once the condition holds, False at the deadline. A campaign that stops ends every wait."""
        met = await self.bell.until(lambda: condition() or self.stopping, deadline=deadline)
        return met and condition()

    def stop(self) -> None:
        """The campaign is stopped: hang up and settle."""
        self.stopping = True
        self.bell.ring()

    def give_up(self) -> None:
        """Stop ringing the customer, once the phone has rung as long as it must. An answer that crosses it is
        one."""
        self._given_up = True
        self.bell.ring()

    # --- legs -------------------------------------------------------------------------------------

    def hanging_up(self) -> "HangingUp":
        """Leaving the block hangs up every leg that is still up, and waits for the ends."""
        return HangingUp(self)

    async def hang_up(self) -> None:
        """Both legs are down when this returns, if need be without the carrier's word."""
        if self.standing is not None:
            self.exchange.switchboard.forget(self.standing.leg, self.bell)
        if self._intended is not None:  # the loop was over before its first dial
            self._close(self._intended, Outcome.CANCELLED, NOT_DIALED)
        deadline = self.now() + HANGUP_GRACE
        up = [leg for leg in self.attempt.legs if leg.ended_at is None]
        for leg in up:
            self.exchange.carrier.hang_up(leg.leg)
        for leg in up:
            if not await self.bell.until(lambda leg=leg: leg.ended_at is not None, deadline=deadline):  # type: ignore[misc]
                self._close(
                    leg.leg,
                    Outcome.UNKNOWN if leg.answered_at is None else Outcome.ANSWERED,
                    "end-not-told",
                )
        for leg in self.attempt.legs:
            self.exchange.switchboard.forget(leg.leg, self.bell)

    def _close(self, leg: int, outcome: Outcome, cause: str) -> None:
        """The carrier has no end to tell of this leg, or has not told it."""
        self.exchange.journal.append(e.LegEnded(leg=leg, outcome=outcome, cause=cause, by_us=True))

    async def dial_customer(self, *, unless: Callable[[], bool] = lambda: False) -> LegView | None:
        """Call the customer, with the gates asked now. None if it was refused, or `unless` came first: the
        phone did not ring."""
        waited = await self._turn(unless)
        leg, self._intended = self._intended, None
        if not (unless() or self.stopping):
            leg = await self._allowed(leg, waited=waited)
        if leg is None:
            return None
        if unless() or self.stopping:  # if need be, while the intent was written
            self._close(leg, Outcome.CANCELLED, NOT_DIALED)
            return None
        if (refusal := self._closed()) is not None:  # while the leg waited its turn
            self._refused(leg, Side.CUSTOMER, refusal)
            return None
        if self._asked is not None:
            self._ring_least = least_ringing(self._asked.dial, self.now())
        return await self._dial(
            leg,
            Dial(
                leg=leg,
                side=Side.CUSTOMER,
                to=self.number,
                caller_id=self.policy.caller_id if self._asked is None else self._asked.caller_id,
                ring=self.policy.customer_ring,
                ring_least=self._ring_least,
                detect_machine=self.policy.amd.enabled,
            ),
        )

    async def _allowed(self, leg: int | None, *, waited: bool) -> int | None:
        """The customer's leg, on disk and allowed by every gate as the store is now. None if one refused."""
        if leg is not None and not waited:  # asked at the claim, just now
            return leg
        gates, attempt = self.exchange.gates, self.attempt.id
        if leg is None:
            intended = await self._intend(
                changes.intend_customer_leg(attempt, self.policy, self.number, self.exchange.ids, gates),
                Side.CUSTOMER,
            )
            if not isinstance(intended, changes.Intended):
                return None
            self._asked = intended.asked
            return intended.leg
        again = await self._intend(changes.ask_again(attempt, leg, self.policy, gates), Side.CUSTOMER)
        if not isinstance(again, Asked):
            self._close(leg, Outcome.FAILED, NOT_DIALED if again is None else again.reason)
            return None
        self._asked = again
        return leg

    def _closed(self) -> str | None:
        """Why no customer may be called now, after the intent was written; None if one may."""
        hours = self.policy.business_hours
        if hours is not None and not is_open(hours, self.now()):
            return changes.OUTSIDE_HOURS
        campaign = self.exchange.journal.floor.campaigns[self.policy.name]
        if campaign.state is not CampaignState.RUNNING:
            return changes.NOT_RUNNING
        verdict = None if self._asked is None else evaluate(self._asked.dial, self.now())
        return None if verdict is None or verdict.allowed else f"{verdict.gate} {verdict.reason}"

    async def reach_agent(
        self, agent: str, *, by: Instant | None = None, unless: Callable[[], bool] = lambda: False
    ) -> LegView | None:
        """The agent's line, answered: the standing leg, or the agent's own phone called now. None if the
        agent was not reached (`by` then). It is a miss if the phone could ring its full time, or was
        rejected."""
        staff = self.exchange.staff
        if staff.nailed_up(agent):
            self.standing = staff.standing_leg(agent)
            if self.standing is not None:
                self.exchange.switchboard.expect(self.standing.leg, self.bell)
            return self.standing
        staff.ringing(agent, self.attempt.id)
        leg = await self.dial_agent(agent, by=by, unless=unless)
        if leg is None:
            return None
        dialed_at = self.now()
        if await self.answered(leg, self.policy.agent_ring, by=by, unless=unless):
            staff.on_the_line(agent, self.attempt.id)
            return leg
        if leg.ended_at is None:
            self.exchange.carrier.hang_up(leg.leg)
        rang_in_full = self.now() - dialed_at >= self.policy.agent_ring
        in_full = rang_in_full and not unless() and not self.stopping
        if in_full or leg.ended_at is not None:
            staff.missed(agent)
        return None

    def release_agent(self) -> None:
        """The attempt needs its agent no more, and leaves no wrap-up."""
        if self.attempt.agent is not None and self.exchange.staff.release(
            self.attempt.agent, self.attempt.id
        ):
            self.exchange.desktop.left(self.attempt.agent, self.attempt.id)

    async def _turn(self, unless: Callable[[], bool] = lambda: False) -> bool:
        """Wait until the trunks take one more dial. Answers whether that took time."""
        slot, self._slot = self._slot, None
        if slot is None:
            slot = self.exchange.throttle.next_slot()
        if slot <= self.now():
            return False
        await self.until(unless, deadline=slot)
        return True

    async def dial_agent(
        self, agent: str, *, by: Instant | None = None, unless: Callable[[], bool] = lambda: False
    ) -> LegView | None:
        """Call the agent's own phone for this attempt. None if it was refused, or `unless` came first: the
        phone did not ring. It is refused, too, if its turn would come after `by`."""
        if by is not None and (slot := self.exchange.throttle.slot_before(by)) is None:
            self._refused(None, Side.AGENT, "too many calls a second to call the agent in time")
            return None
        if by is not None:
            self._slot = slot
        await self._turn(unless)
        leg, self._intended = self._intended, None
        if leg is None and not (unless() or self.stopping):
            leg = await self._intend(
                changes.intend_agent_leg(self.attempt.id, agent, self.exchange.ids), Side.AGENT
            )
            if leg is None:
                return None
        if self.stopping:  # if need be, while the intent was written
            self._refused(leg, Side.AGENT, changes.NOT_RUNNING)
            return None
        if leg is None or unless():
            if leg is not None:
                self._close(leg, Outcome.CANCELLED, NOT_DIALED)
            return None
        return await self._dial(
            leg,
            Dial(leg=leg, side=Side.AGENT, to=self.exchange.endpoints[agent], ring=self.policy.agent_ring),
        )

    async def _intend(self, change: Change[T], side: Side) -> T | None:
        """What is not on disk is not dialed: None, with the refusal journaled, if the store is away."""
        try:
            return await self.exchange.store.attempt(change)
        except StoreUnavailable as error:
            self.exchange.journal.append(
                e.DialRefused(attempt=self.attempt.id, side=side, leg=None, reason=str(error))
            )
            return None

    async def _dial(self, leg: int, dial: Dial) -> LegView | None:
        view = self.exchange.journal.floor.legs[leg]
        self.exchange.switchboard.expect(leg, self.bell)
        try:
            await self.exchange.carrier.dial(dial)
        except CarrierRefused as refusal:
            until = None if refusal.retry_after is None else self.now() + refusal.retry_after
            self._refused(leg, dial.side, refusal.reason, until)
            self.exchange.switchboard.forget(leg, self.bell)
            return None
        if not view.dialed:
            self.exchange.journal.append(e.LegDialed(leg=leg))
        return view

    def _refused(self, leg: int | None, side: Side, reason: str, until: Instant | None = None) -> None:
        """The phone did not ring. `leg`: the intent that is on disk."""
        self.exchange.journal.append(
            e.DialRefused(attempt=self.attempt.id, side=side, leg=leg, reason=reason, until=until)
        )
        if leg is not None:
            self._close(leg, Outcome.FAILED, reason)

    async def answered(
        self,
        leg: LegView,
        ring: Micros,
        *,
        by: Instant | None = None,
        unless: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Wait for an answer to a leg that was dialed just now and rings so long. False if it ended, was not
        answered (`by` then), or `unless` came first. A customer's phone rings as long as it must even so."""
        least = self._ring_least if leg.side is Side.CUSTOMER else 0
        deadline = self.now() + max(ring, least) + RING_GRACE
        if by is not None:
            deadline = min(by, deadline)
        await self.until(lambda: leg.settled_reception or unless() or self._given_up, deadline=deadline)
        if least and leg.rang_at is not None:
            await self.bell.until(lambda: leg.settled_reception, deadline=leg.rang_at + least)
        return leg.up

    def refused(self) -> bool:
        """The last dial was not placed: no phone rang."""
        return self.attempt.refused is not None

    async def play(self, leg: LegView, message: str) -> bool:
        """Play a message to its end. False if the leg went down before that."""
        if not leg.up:
            return False
        self.exchange.journal.append(e.MessageStarted(leg=leg.leg, message=message))
        self.exchange.carrier.play(leg.leg, message)
        limit = self.now() + MESSAGE_MAX
        await self.until(lambda: leg.playing is None or not leg.up, deadline=limit)
        return leg.up

    async def collect(self, leg: LegView, digits: int, within: Micros) -> str:
        """Up to `digits` keys, pressed from now on, for at most `within` microseconds."""
        if not leg.up:
            return ""
        before = len(leg.digits)
        self.exchange.carrier.collect(leg.leg, digits=digits, within=within)
        await self.until(
            lambda: len(leg.digits) - before >= digits or not leg.up, deadline=self.now() + within
        )
        return leg.digits[before : before + digits]

    async def set_variable(self, variable: Variable, *, value: bool) -> None:
        """What the flow asks for is on disk at once: a crash does not forget it."""
        self.exchange.journal.append(e.VariableSet(attempt=self.attempt.id, variable=variable, value=value))
        await self.exchange.store.write(settling.ask(self.attempt))

    async def connect(self, agent: str, agent_leg: LegView, customer: LegView) -> None:
        """Let the two hear each other; from here on a crash finds a connected call."""
        self.exchange.carrier.bridge(agent_leg.leg, customer.leg)
        self.exchange.staff.talking(agent, self.attempt.id)
        self.exchange.desktop.talking(agent, self.attempt.id, self.attempt.case.lead)
        await self.exchange.store.write(changes.connect(self.attempt.id, agent, customer))

    async def abandon(self, customer: LegView) -> Ending:
        """Nobody is there for a person who answered: they hear the information message."""
        assert customer.answered_at is not None
        waited = self.now() - customer.answered_at
        self.exchange.journal.append(e.CallAbandoned(attempt=self.attempt.id, waited=waited))
        await self.play(customer, self.policy.information_message)
        return Ending.ABANDONED

    async def talk(self, agent_leg: LegView, customer: LegView) -> None:
        """Until either side hangs up, or the longest call allowed."""
        assert customer.answered_at is not None
        await self.until(
            lambda: not customer.up or not agent_leg.up or self.attempt.released,
            deadline=customer.answered_at + self.policy.max_call,
        )

    # --- the end ----------------------------------------------------------------------------------

    def ended(self, ending: Ending, *, continued: bool = False) -> None:
        """The legs are down."""
        self.exchange.journal.append(
            e.AttemptEnded(
                attempt=self.attempt.id, ending=ending, outcome=self._outcome(), continued=continued
            )
        )
        self.exchange.staff.changed(self.attempt.pool)

    def _outcome(self) -> Outcome | None:
        """The customer leg's outcome; our own hang-up after the whole ring time is a no-answer."""
        leg = self.attempt.customer_leg
        if leg is None or not leg.dialed:
            return None
        assert leg.ended_at is not None
        rang_in_full = (
            leg.rang_at is not None
            and leg.answered_at is None
            and leg.ended_at - leg.rang_at >= self.policy.customer_ring
        )
        ours = leg.outcome in (Outcome.CANCELLED, Outcome.UNKNOWN)
        return Outcome.NO_ANSWER if ours and rang_in_full else leg.outcome

    def dispose(self, disposition: str) -> None:
        """The system's own result code, where no agent has given one."""
        if self.attempt.disposition is None:
            self.exchange.journal.append(
                e.AttemptDisposed(attempt=self.attempt.id, disposition=disposition, by=None)
            )

    async def conclude(self, ending: Ending) -> None:
        """The legs are down: settle the attempt. A connected agent wraps up first."""
        if ending is Ending.CONNECTED:
            await self.end_before_wrap_up(ending)
            await self.wrap_up()
            await self.settle()
        else:
            self.release_agent()
            await self.finish(ending)

    async def finish(self, ending: Ending, *, continued: bool = False) -> None:
        """End and settle at once: nobody's disposition is awaited."""
        crossed = self.attempt.customer_leg is not None and self._outcome() is Outcome.ANSWERED
        if crossed and ending in (Ending.CUSTOMER_NOT_REACHED, Ending.AGENT_LEFT):
            ending = Ending.ABANDONED  # an answer that crosses our hang-up is an answer
        self.ended(ending, continued=continued)
        reached = ending is not Ending.CUSTOMER_NOT_REACHED
        self.dispose(self.policy.system_code(ending if reached else self.attempt.outcome or ending))
        await self.exchange.store.write(settling.end_and_settle(self.attempt, self.policy))

    async def end_before_wrap_up(self, ending: Ending) -> None:
        """What is known is on disk before the agent thinks about a disposition."""
        self.ended(ending)
        await self.exchange.store.write(settling.end(self.attempt, self.policy))

    async def wrap_up(self) -> None:
        """Wait for the agent's disposition, up to the limit; then the default."""
        agent, staff = self.attempt.agent, self.exchange.staff
        assert agent is not None
        if staff.wrap_up(agent, self.attempt.id):
            self.exchange.desktop.wrapping_up(agent, self.attempt.id)
            deadline = self.now() + self.policy.wrap_up_limit
            await self.bell.until(lambda: self.attempt.disposition is not None, deadline=deadline)
        self.dispose(self.policy.default_disposition)
        staff.free(agent)

    async def settle(self) -> None:
        """After the wrap-up. The agent's screen is closed once the disposition is on disk, with what was
        promised: a crash loses neither from then on."""
        await self.exchange.store.write(settling.settle(self.attempt, self.policy))
        if self.attempt.agent is not None:
            self.exchange.desktop.left(self.attempt.agent, self.attempt.id)
        if self.attempt.callback is not None:
            keeper = self.policy.callbacks_to
            keeps = self.attempt.pool if keeper is None else keeper.pool or keeper.campaign
            self.exchange.staff.changed(keeps)  # which may have been waiting for nothing


MESSAGE_MAX: Final[Micros] = 300 * SECOND  # no message of a dialer is longer; then its end was lost


def not_reached(customer: LegView) -> Ending:
    """A leg whose answer was told too late had a person on it, who left."""
    return Ending.HUNG_UP if customer.outcome is Outcome.ANSWERED else Ending.CUSTOMER_NOT_REACHED
