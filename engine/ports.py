"""What the engine needs of the world outside: a clock, a carrier, agents' desktops and a store."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, TypeAlias

from engine.domain.time import Instant, Micros
from engine.domain.words import Outcome, Side, Verdict


class Turn(IntEnum):
    """At one instant things happen in this order; equal ones by key."""

    TIMELINE = 0
    NETWORK = 1
    WORK = 2
    JOB = 3
    DIAL = 4


class Timer(Protocol):
    def cancel(self) -> None:
        """Nothing will be called. Harmless when it already was."""


class Clock(Protocol):
    """Wall time in microseconds, and the only thing that wakes a task."""

    def now(self) -> Instant: ...

    def call_at(
        self, when: Instant, call: Callable[[], object], *, turn: Turn = Turn.WORK, key: int = 0
    ) -> Timer:
        """Call once at `when` (now, if that has passed), alone: no other task is runnable then."""


# --- carrier -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A leg to place. `leg` is the engine's own id; the carrier reports every event under it."""

    leg: int
    side: Side
    to: str  # E.164 for a customer, the endpoint's name for an agent
    caller_id: str | None = None
    ring: Micros  # give up after so long without an answer
    ring_least: Micros = 0  # but not before the phone itself has rung so long
    detect_machine: bool = False


class CarrierRefused(Exception):
    """The dial was not placed: no channel, no trunk, too many calls a second. The phone did not ring."""

    def __init__(self, reason: str, retry_after: Micros | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    leg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    leg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The AMD verdict, at some time after the answer."""

    leg: int
    verdict: Verdict
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed:
    leg: int
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A message ran to its end. One that a hang-up cut short may be told too, before the leg's end."""

    leg: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The last event of a leg. `outcome` is `answered` for every leg that was answered,
    whoever hung up; `by_us` tells our hang-up from the other side's; `cause` is the carrier's own word."""

    leg: int
    outcome: Outcome
    cause: str
    by_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged:
    """`connected`: events arrive and dials are placed. Told at each loss and each return of the connection,
    not at the start. What happened to legs in between is not told: ask for `legs`."""

    connected: bool


CarrierEvent: TypeAlias = Ringing | Answered | Judged | DigitPressed | Played | Ended | HealthChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLeg:
    """A leg the carrier still has, told after a reconnect or an engine start. `bridged_with`: the leg that it
    is joined with."""

    leg: int
    answered: bool
    bridged_with: int | None


class Carrier(Protocol):
    """A telephone switch. Only `dial` and `legs` wait; commands return at once and the carrier owns their
    retries. A command for a leg that is gone, or never was, does nothing.

    Each leg rings, is answered and ends, once each and in this order, as far as it comes; the first event may
    come before `dial` returns. Networks fail, so the engine bears events that are repeated, late, lost or out
    of order. `engine.carriers.conformance` checks what is said here of any carrier.
    """

    def listen(self, sink: Callable[[CarrierEvent], None]) -> None:
        """Deliver every event of this engine's legs to `sink`, which never blocks and never raises.
        Called once, before anything is dialed."""

    async def dial(self, dial: Dial) -> None:
        """Place the call. Raises CarrierRefused if it was not placed: then no phone rings, now or later, and
        nothing is told of the leg. Without connection every dial is refused."""

    def hang_up(self, leg: int) -> None:
        """Answered by Ended, as cancelled if the leg had not been answered."""

    def bridge(self, agent_leg: int, customer_leg: int) -> None:
        """Let the two hear each other until one leaves; the other leg stays up."""

    def unbridge(self, leg: int) -> None:
        """Part the leg from the one it is joined with; both stay up."""

    def play(self, leg: int, message: str) -> None:
        """Answered by Played, unless the leg ends first."""

    def collect(self, leg: int, *, digits: int, within: Micros) -> None:
        """Listen for keys: each is told as DigitPressed."""

    def connected(self) -> bool:
        """As last told by HealthChanged; at the start, how it is."""

    def free_channels(self) -> int | None:
        """How many more legs fit now; None for no limit."""

    def calls_per_second(self) -> float | None:
        """How fast dials may follow each other; None for no limit."""

    async def legs(self) -> tuple[LiveLeg, ...]:
        """Every leg the switch still has, by id: for recovery after a reconnect or a restart."""


# --- agents' desktops --------------------------------------------------------------------------


class Desktop(Protocol):
    """What an agent's screen is told. Never waits; the agent answers through the desk's commands."""

    def previewing(self, agent: str, attempt: int, lead: int) -> None:
        """A lead to look at: answer with accept or skip."""

    def talking(self, agent: str, attempt: int, lead: int) -> None: ...

    def wrapping_up(self, agent: str, attempt: int) -> None:
        """The call is over: answer with a disposition."""

    def left(self, agent: str, attempt: int) -> None:
        """The attempt no longer concerns this agent."""
