"""No more dials a second than the trunks take. Slots are handed out in order and never returned."""

from collections.abc import Callable

from engine.domain.time import SECOND, Instant
from engine.ports import Clock


class CallThrottle:
    """`rate` answers calls per second, None for no limit."""

    def __init__(self, clock: Clock, rate: Callable[[], float | None]) -> None:
        self._clock = clock
        self._rate = rate
        self._next: Instant = 0

    def next_slot(self) -> Instant:
        """When the next dial may be placed. Asking takes the slot."""
        now = self._clock.now()
        rate = self._rate()
        if rate is None:
            return now
        slot = max(now, self._next)
        self._next = slot + round(SECOND / rate)
        return slot
