"""What every call of an engine shares: the ports it talks to, and the parts of the runtime that it needs."""

from dataclasses import dataclass
from typing import Protocol

from engine.calls.switchboard import Switchboard
from engine.domain.time import Instant
from engine.journal.views import LegView
from engine.journal.writer import Journal
from engine.ports import Carrier, Clock, Desktop
from engine.store.changes import Ids
from engine.store.gates import Gates
from engine.store.transaction import Change, T


class Store(Protocol):
    """Where changes go. `write` returns once the change is on disk, and raises what the change raised or
    StoreUnavailable."""

    async def write(self, change: Change[T]) -> T: ...


class Persistence(Protocol):
    """`write` does not return before the change is on disk; `attempt` raises StoreUnavailable instead."""

    async def write(self, change: Change[T]) -> T: ...
    async def attempt(self, change: Change[T]) -> T: ...


class Staff(Protocol):
    """The part of the desk that a call needs."""

    def ringing(self, agent: str, attempt: int) -> None: ...
    def on_the_line(self, agent: str, attempt: int) -> None: ...
    def missed(self, agent: str) -> None: ...
    def talking(self, agent: str, attempt: int) -> None: ...
    def wrap_up(self, agent: str, attempt: int) -> bool:
        """False if the agent is leaving and will give no disposition."""

    def free(self, agent: str) -> None: ...
    def release(self, agent: str, attempt: int) -> bool:
        """Free the agent if still this attempt's. False if not."""

    def changed(self, pool: str) -> None:
        """There may be room for another call."""

    def match(self, pool: str) -> None:
        """Give waiting customers to idle agents."""

    def standing_leg(self, agent: str) -> LegView | None:
        """The leg of a nailed-up agent."""

    def nailed_up(self, agent: str) -> bool: ...


class Throttle(Protocol):
    """Keeps to the carrier's calls per second."""

    def next_slot(self) -> Instant:
        """When the next dial may be placed. Asking takes the slot."""

    def slot_before(self, deadline: Instant) -> Instant | None:
        """The next slot, now taken; None, and none is taken, if it comes only at the deadline or later."""

    def free_slots(self) -> int | None:
        """How many dials may be placed soon; None for no limit."""

    def free_at(self) -> Instant:
        """When there is a free slot soon."""


@dataclass(slots=True)
class Exchange:
    """What every call of an engine shares."""

    clock: Clock
    store: Persistence
    journal: Journal
    carrier: Carrier
    switchboard: Switchboard
    staff: Staff
    desktop: Desktop
    throttle: Throttle
    ids: Ids
    gates: Gates
    endpoints: dict[str, str]  # what the carrier dials for each agent
