"""A store that is away for a while loses nothing: whoever writes waits and tries again."""

from typing import Final

from engine.calls.bell import Bell
from engine.calls.exchange import Store
from engine.domain.time import SECOND, Micros
from engine.errors import StoreUnavailable
from engine.ports import Clock
from engine.store.transaction import Change, T

RETRY_FIRST: Final[Micros] = 1 * SECOND
RETRY_LONGEST: Final[Micros] = 30 * SECOND


class PatientStore:
    """`write` returns once the change is on disk, however long that takes; `attempt` tries once."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def attempt(self, change: Change[T]) -> T:
        """Raises StoreUnavailable, with nothing done, if the store is away."""
        return await self._store.write(change)

    async def write(self, change: Change[T]) -> T:
        wait = RETRY_FIRST
        while True:
            try:
                return await self._store.write(change)
            except StoreUnavailable:
                await Bell(self._clock).until(lambda: False, deadline=self._clock.now() + wait)
                wait = min(2 * wait, RETRY_LONGEST)
