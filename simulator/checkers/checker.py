"""What a checker can see. It reads the phones, the journal and the store, and none of the engine's mind."""

import sqlite3
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from engine.config import Configuration
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import Side
from engine.journal import events as e
from simulator.network import Line
from simulator.plan import Plan

StoredLine = dict[str, Any]
"""A line of the journal as it stands in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What the store says of a leg at the instant at which its phone is called. The attempt's facts are None
    for an agent's standing leg."""

    leg: int
    side: Side
    number: str | None
    ended: bool
    attempt: int | None
    case: int | None
    campaign: str | None
    lead: int | None
    agent: str | None


class Scene(Protocol):
    """The simulated world, as far as a checker may look."""

    configuration: Configuration
    plan: Plan
    sql: sqlite3.Connection

    @property
    def now(self) -> Instant: ...

    @property
    def lives(self) -> int:
        """How many engines there have been."""

    @property
    def carrier_connected(self) -> bool: ...

    def allowed(self, policy: CampaignPolicy, lead: int, phone: int, *, reserved: bool) -> bool:
        """What the engine's gates say of a call now. `reserved`: an agent is held for it."""

    def orphaned(self, line: Line) -> bool:
        """The engine that placed this call is dead."""

    def broken(self, rule: str, who: str, facts: str) -> None:
        """Report, and end the run."""


class Checker:
    """Watches for one invariant. Each method is called as it happens; those left out cost nothing."""

    RULE: ClassVar[str]
    KINDS: ClassVar[tuple[type[e.Event], ...]] = ()  # the lines to be told of

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def broken(self, who: str, facts: str) -> None:
        self.scene.broken(self.RULE, who, facts)

    def policy(self, campaign: str) -> CampaignPolicy:
        return self.scene.configuration.campaigns[campaign]

    def engine_started(self) -> None: ...
    def engine_crashed(self) -> None: ...

    def dialed(self, line: Line, placed: Placed | None) -> None:
        """A phone is called. `placed` is None if the store has no such leg."""

    def answered(self, line: Line) -> None: ...
    def joined(self, line: Line, agent: Line) -> None: ...
    def ended(self, line: Line) -> None: ...

    def line(self, event: e.Event) -> None:
        """One of KINDS, at the instant at which the engine believed it."""

    def stored(self, line: StoredLine) -> None:
        """After the run: each line of the journal in the store, in order."""

    def finish(self, sql: sqlite3.Connection) -> None:
        """After the run, and after the last stored line."""


def of_call(placed: Placed | None, line: Line) -> str:
    """Who a call is about."""
    if placed is None or placed.attempt is None:
        return f"leg {line.leg} to {line.to}"
    return (
        f"campaign {placed.campaign}, lead {placed.lead}, case {placed.case}, attempt {placed.attempt}, "
        f"leg {line.leg}"
    )
