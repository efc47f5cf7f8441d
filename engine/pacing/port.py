"""What pacing is told and what it answers. A pacer sees only this: no clock, no calls, no agents by name."""

from dataclasses import dataclass, field
from typing import Protocol

from engine.domain.time import Instant
from engine.domain.words import DialMode


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLoad:
    """One campaign of the pool as it stands."""

    name: str
    mode: DialMode
    priority: int = 0  # the higher first
    weight: int = 1  # its share among campaigns of the same priority
    ratio: float = 1.0  # power: dials per ready agent
    lines: int = 0  # agentless: attempts at a time
    dialing: int = 0  # customer legs that may still need an agent: dialed, ringing, being judged, or waiting
    live: int = 0  # all attempts that have not ended
    started: int = 0  # attempts started so far: what the campaign has had of its share
    may_dial: bool = True  # it runs, is open, and has a case to dial


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSnapshot:
    """The pool at `now`. `ready` counts agents free to take a call; one reserved for an agent-first or
    preview attempt is no longer among them. `owed`: how many of them have a callback of their own to make,
    which comes before all else for them. `room`: how many more legs the carrier has channels for, None for
    no limit. `draw`: a fresh uniform in [0, 1), the only chance a pacer has."""

    now: Instant
    ready: int
    campaigns: tuple[CampaignLoad, ...]
    owed: int = 0
    room: int | None = None
    draw: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingAnswer:
    """`dials`: new attempts by campaign, none of them zero. `callbacks`: how many of the owed agents make
    their own callbacks now. `cancel`: customer legs to hang up while they still ring. `look_again`: ask then,
    even if nothing has happened."""

    dials: dict[str, int] = field(default_factory=dict)
    callbacks: int = 0
    cancel: tuple[int, ...] = ()
    reason: str = ""
    look_again: Instant | None = None


class Pacer(Protocol):
    """Decides how many numbers to dial now. Asked whenever the pool has changed."""

    def decide(self, snapshot: PoolSnapshot) -> PacingAnswer: ...
