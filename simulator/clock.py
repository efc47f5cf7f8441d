"""Virtual time. One event at a time, and only when no task can run.

trio asks a clock how long to sleep exactly when nothing is runnable; that is the moment at which the next
event happens. At one instant events come by turn, then by key, then in the order in which they were asked
for.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from math import ceil, inf
from typing import Final

import trio

from engine.domain.time import SECOND, Instant
from engine.ports import Turn
from simulator.determinism import run_queue

EVENTS_BETWEEN_CHECKPOINTS: Final = 1_000  # then trio gets a look at Ctrl-C


class _Event:
    """An entry of the heap, and the handle to cancel it."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        self.call = None


class VirtualClock(trio.abc.Clock):
    """Implements both trio's clock and the engine's."""

    def __init__(self, start: Instant) -> None:
        self._start = start
        self._now = start
        self._heap: list[tuple[Instant, int, int, int, _Event]] = []
        self._asked = 0
        self.stopped = False  # nothing more happens
        self.failure: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None

    # --- the engine's clock -----------------------------------------------------------------------

    def now(self) -> Instant:
        return self._now

    def call_at(
        self, when: Instant, call: Callable[[], object], *, turn: Turn = Turn.WORK, key: int = 0
    ) -> _Event:
        event = _Event(call)
        self._asked += 1
        heappush(self._heap, (when if when > self._now else self._now, turn, key, self._asked, event))
        return event

    # --- trio's clock -----------------------------------------------------------------------------

    def start_clock(self) -> None:
        pass

    def current_time(self) -> float:
        return (self._now - self._start) / SECOND

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Make the next event happen. Virtual time never sleeps."""
        if self.stopped:
            return 0
        heap, runnable = self._heap, run_queue()
        limit = inf if deadline == inf else self._start + deadline * SECOND
        for _ in range(EVENTS_BETWEEN_CHECKPOINTS):
            if not heap or heap[0][0] > limit:
                return self._no_event(deadline)
            when, _, _, _, event = heappop(heap)
            if event.call is None:
                continue
            self._now = when
            try:
                event.call()
            except BaseException as failure:  # noqa: ASYNC103  (nobody is cancelled in here: kept for the world)
                self.failure = failure
                self.on_failure()
                return 0  # noqa: ASYNC104
            if runnable:
                return 0
        return 0

    def _no_event(self, deadline: float) -> float:
        if deadline == inf:
            self.failure = RuntimeError(
                "the simulation stands still: every task waits and nothing is to come"
            )
            self.on_failure()
            return 0
        self._now = max(self._now, self._start + ceil(deadline * SECOND))
        if self.current_time() < deadline:  # by the last digit of a float, and for ever
            self._now += 1
        return 0
