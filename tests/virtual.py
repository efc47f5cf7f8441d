"""Running a coroutine in virtual time."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

import trio

from engine.domain.time import Instant, instant
from simulator.clock import VirtualClock
from simulator.determinism import make_deterministic

START: Final = instant(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))  # a Monday

T = TypeVar("T")


def virtually(main: Callable[[VirtualClock], Awaitable[T]], *, start: Instant = START, seed: int = 0) -> T:
    """The answer of `main(clock)`. Raises what an event raised, or RuntimeError if all wait for ever."""
    make_deterministic(seed)
    clock = VirtualClock(start)

    async def run() -> T:
        with trio.CancelScope() as whole:
            clock.on_failure = whole.cancel
            return await main(clock)
        assert clock.failure is not None
        raise clock.failure

    return trio.run(run, clock=clock)


async def sleep(clock: VirtualClock, duration: int) -> None:
    await trio.sleep(duration / 1_000_000)
