"""Work that comes at its times, beside the calls: segment jobs, and updates of call lists.

A job whose time passed while it ran, or while the store was away, is done once, not once for each time.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from engine.calls.bell import Bell
from engine.domain.time import Instant
from engine.ports import Clock, Turn
from engine.store.transaction import Change

Apply: TypeAlias = Callable[[Change[object]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """`next_after` tells the first time after an instant, None if there is none."""

    name: str
    change: Callable[[], Change[object]]
    next_after: Callable[[Instant], Instant | None]


async def run_job(job: PeriodicJob, clock: Clock, apply: Apply, *, key: int) -> None:
    """Do the job at each of its times, until there is none. `key` orders jobs of one instant."""
    bell = Bell(clock, turn=Turn.JOB, key=key)
    while (at := job.next_after(clock.now())) is not None:
        await bell.until(lambda: False, deadline=at)
        await apply(job.change())
