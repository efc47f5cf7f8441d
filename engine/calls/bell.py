"""One task sleeps, anyone rings. Tasks are woken through the clock only, one at a time.

That is what makes a simulated run independent of the scheduler: whoever rings never runs beside the one
woken.
"""

from collections.abc import Callable

import trio

from engine.domain.time import Instant
from engine.ports import Clock, Timer, Turn


class Bell:
    """Belongs to one waiting task. `key` orders it among others that are rung at the same instant."""

    __slots__ = ("_clock", "_condition", "_key", "_rung", "_sleeper", "_turn")

    def __init__(self, clock: Clock, *, turn: Turn = Turn.WORK, key: int = 0) -> None:
        self._clock = clock
        self._turn = turn
        self._key = key
        self._sleeper: trio.lowlevel.Task | None = None
        self._condition: Callable[[], bool] = lambda: True
        self._rung: Timer | None = None

    def ring(self) -> None:
        """Wake the sleeper if what it waits for has come. Ringing twice before it wakes is ringing once."""
        if self._sleeper is not None and self._rung is None and self._condition():
            self._rung = self._clock.call_at(self._clock.now(), self._wake, turn=self._turn, key=self._key)

    def _wake(self) -> None:
        self._rung = None
        sleeper, self._sleeper = self._sleeper, None
        if sleeper is not None:
            trio.lowlevel.reschedule(sleeper)

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._sleeper = None
        if self._rung is not None:
            self._rung.cancel()
            self._rung = None
        return trio.lowlevel.Abort.SUCCEEDED

    async def until(self, condition: Callable[[], bool], *, deadline: Instant | None = None) -> bool:
        """Sleep until the condition holds: True. False if it does not hold at the deadline."""
        if condition():
            return True
        timer = None
        if deadline is not None:
            if deadline <= self._clock.now():
                return False
            timer = self._clock.call_at(deadline, self._wake, turn=self._turn, key=self._key)
        self._condition = condition
        try:
            while True:
                self._sleeper = trio.lowlevel.current_task()
                await trio.lowlevel.wait_task_rescheduled(self._abort)
                if condition():
                    return True
                if deadline is not None and self._clock.now() >= deadline:
                    return False
        finally:
            if timer is not None:
                timer.cancel()
