"""No more dials a second than the trunks take, agents' and customers' together. Slots are handed out in order
and never returned."""

from collections.abc import Callable
from typing import Final

from engine.domain.time import SECOND, Instant, Micros
from engine.ports import Clock

AHEAD: Final[Micros] = 1 * SECOND  # a case is claimed no longer than this before it can be dialed


class CallThrottle:
    """`rate` answers calls per second, None for no limit."""

    def __init__(self, clock: Clock, rate: Callable[[], float | None]) -> None:
        self._clock = clock
        self._rate = rate
        self._next: Instant = 0

    def next_slot(self) -> Instant:
        """When the next dial may be placed. Asking takes the slot."""
        rate = self._rate()
        if rate is None:
            return self._clock.now()
        slot = self._first()
        self._next = slot + round(SECOND / rate)
        return slot

    def slot_before(self, deadline: Instant) -> Instant | None:
        """The next slot, now taken; None, and none is taken, if it comes only at the deadline or later."""
        if self._rate() is not None and self._first() >= deadline:
            return None
        return self.next_slot()

    def free_slots(self) -> int | None:
        """How many dials may be placed soon; None for no limit."""
        rate = self._rate()
        if rate is None:
            return None
        ahead = self._clock.now() + AHEAD - self._first()
        return 0 if ahead <= 0 else (ahead - 1) // round(SECOND / rate) + 1

    def free_at(self) -> Instant:
        """When there is a free slot soon."""
        return max(self._clock.now(), self._next - AHEAD + 1)

    def _first(self) -> Instant:
        return max(self._clock.now(), self._next)
