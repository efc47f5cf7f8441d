"""What the carrier still has is the truth, after a time in which it could not tell.

Legs that ended meanwhile are closed, answers are learned, and legs that nobody here knows are hung up.
"""

from typing import Final

from engine import ports
from engine.calls.bell import Bell
from engine.calls.switchboard import Switchboard
from engine.domain.words import Outcome
from engine.journal.writer import Journal

UNSEEN_END: Final = "ended-while-disconnected"  # the cause of a leg whose end nobody told


class Reconciler:
    """Compares at an engine's start, and whenever asked to while it runs."""

    def __init__(
        self, clock: ports.Clock, journal: Journal, carrier: ports.Carrier, switchboard: Switchboard
    ) -> None:
        self._legs = journal.floor.legs
        self._carrier = carrier
        self._switchboard = switchboard
        self._bell = Bell(clock)
        self._asked = False

    def ask(self) -> None:
        """Compare soon: the carrier is back. Does not wait."""
        self._asked = True
        self._bell.ring()

    async def run(self) -> None:
        """Compare whenever asked, until cancelled."""
        while True:
            await self._bell.until(lambda: self._asked)
            self._asked = False
            await self.reconcile()

    async def reconcile(self) -> None:
        """Compare once. A leg that is dialed while the carrier answers is not judged."""
        believed = [leg for leg in self._legs.values() if leg.dialed and leg.ended_at is None]
        live = {leg.leg: leg for leg in await self._carrier.legs()}
        for leg in believed:
            there = live.get(leg.leg)
            if there is None:
                self._switchboard.receive(ports.Ended(leg=leg.leg, outcome=Outcome.UNKNOWN, cause=UNSEEN_END))
            elif there.answered:
                self._switchboard.receive(ports.Answered(leg=leg.leg))
        for number in live:
            known = self._legs.get(number)
            if known is None or known.ended_at is not None:
                self._carrier.hang_up(number)
