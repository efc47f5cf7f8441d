"""Carrier events become journal lines, once each, and ring the bell of the call they concern.

Events may be repeated, late or out of order. An event that says nothing new is dropped; one for a leg that is
gone is dropped; the end is believed first and for ever.
"""

from collections.abc import Callable
from typing import Final, assert_never

from engine import ports
from engine.calls.bell import Bell
from engine.domain.words import Outcome
from engine.journal import events as e
from engine.journal.views import LegView
from engine.journal.writer import Journal

DIGITS_MAX: Final = 64  # keys kept of one leg: longer than any code or card number a flow asks for


class Switchboard:
    """Knows whose bell to ring for each leg."""

    def __init__(self, journal: Journal, carrier: ports.Carrier) -> None:
        self._journal = journal
        self._legs = journal.floor.legs
        self._carrier = carrier
        self._bells: dict[int, tuple[Bell, ...]] = {}
        self.on_health: Callable[[], None] = lambda: None
        carrier.listen(self.receive)

    def expect(self, leg: int, bell: Bell) -> None:
        """Ring `bell` at every event of the leg, beside whoever expects them already."""
        self._bells[leg] = (*self._bells.get(leg, ()), bell)

    def forget(self, leg: int, bell: Bell) -> None:
        bells = tuple(other for other in self._bells.get(leg, ()) if other is not bell)
        if bells:
            self._bells[leg] = bells
        else:
            self._bells.pop(leg, None)

    def receive(self, event: ports.CarrierEvent) -> None:
        """Take one event from the carrier. Never waits."""
        if isinstance(event, ports.HealthChanged):
            if event.connected != self._journal.floor.connected:
                self._journal.append(e.CarrierChanged(connected=event.connected))
                self.on_health()
            return
        leg = self._legs.get(event.leg)
        if leg is None or leg.ended_at is not None:
            return
        if (line := self._news(leg, event)) is not None:
            self._journal.append(line)
            for bell in self._bells.get(event.leg, ()):
                bell.ring()

    def _news(
        self,
        leg: LegView,
        event: ports.Ringing
        | ports.Answered
        | ports.Judged
        | ports.DigitPressed
        | ports.Played
        | ports.Ended,
    ) -> e.Event | None:
        match event:
            case ports.Ringing():
                known = leg.rang_at is not None or leg.answered_at is not None
                return None if known else e.LegRang(leg=event.leg)
            case ports.Answered():
                return None if leg.answered_at is not None else e.LegAnswered(leg=event.leg)
            case ports.Judged():
                if leg.verdict is not None:
                    return None
                return e.LegJudged(leg=event.leg, verdict=event.verdict, cause=event.cause)
            case ports.DigitPressed():
                if len(leg.digits) >= DIGITS_MAX:
                    self._carrier.hang_up(event.leg)
                    return None
                return e.DigitEntered(leg=event.leg, digit=event.digit)
            case ports.Played():
                if leg.playing != event.message:
                    return None
                return e.MessagePlayed(leg=event.leg, message=event.message)
            case ports.Ended():
                answered = leg.answered_at is not None
                outcome = Outcome.ANSWERED if answered else event.outcome
                return e.LegEnded(leg=event.leg, outcome=outcome, cause=event.cause, by_us=event.by_us)
            case _ as never:
                assert_never(never)
