"""What stands on the floor: seats, legs, attempts, campaigns and pools. Changed by the floor alone."""

from dataclasses import dataclass, field
from typing import Final

from engine.compliance.hours import is_open
from engine.compliance.met import IN_TIME
from engine.domain.callbacks import Callback
from engine.domain.case import Case
from engine.domain.policy import CampaignPolicy, PoolPolicy
from engine.domain.time import Instant
from engine.domain.words import (
    AgentState,
    CampaignState,
    Ending,
    Outcome,
    Side,
    Verdict,
)

NEVER: Final = 1 << 62  # later than any instant


@dataclass(slots=True)
class Seat:
    """One agent. `since` orders the queue of idle agents; `wish` waits for the call to be over."""

    agent: str
    pool: str
    state: AgentState = AgentState.LOGGED_OUT
    since: Instant = 0
    attempt: int | None = None
    wish: AgentState | None = None
    wish_code: str | None = None
    code: str | None = None
    misses: int = 0
    leg: int | None = None  # the standing leg of a nailed-up agent
    own_callback: bool = False  # reserved for a callback that is this agent's own


@dataclass(slots=True)
class LegView:
    leg: int
    side: Side
    attempt: int | None
    intended_at: Instant
    dialed: bool = False
    rang_at: Instant | None = None
    answered_at: Instant | None = None
    verdict: Verdict | None = None
    digits: str = ""
    playing: str | None = None
    ended_at: Instant | None = None
    outcome: Outcome | None = None
    cause: str = ""
    by_us: bool = False
    refused: str | None = None

    @property
    def up(self) -> bool:
        return self.answered_at is not None and self.ended_at is None

    @property
    def settled_reception(self) -> bool:
        """It is known whether the phone was answered."""
        return self.answered_at is not None or self.ended_at is not None

    def lost_by(self, now: Instant) -> bool:
        """Whoever answered had no agent in time, if none came before `now`, and detection says no machine."""
        until = now if self.ended_at is None else self.ended_at
        waited = None if self.answered_at is None else until - self.answered_at
        return waited is not None and waited > IN_TIME and self.verdict is not Verdict.MACHINE


@dataclass(slots=True)
class AttemptView:
    id: int
    campaign: str
    pool: str
    case: Case
    list_id: int
    started_at: Instant
    agent: str | None = None
    agent_leg: LegView | None = None
    customer_leg: LegView | None = None
    legs: list[LegView] = field(default_factory=list)
    intended: Side | None = None
    with_agent: bool = False  # it began with its agent, chosen beforehand
    dialing: bool = False  # counted against the idle agents of its pool
    waiting_since: Instant | None = None
    connected_at: Instant | None = None
    abandoned: bool = False
    reschedule_agent_call: bool = False
    reschedule_customer_call: bool = False
    released: bool = False  # the agent ended the conversation
    preview: str | None = None
    refused_until: Instant | None = None
    refused: str | None = None
    ended_at: Instant | None = None
    ending: Ending | None = None
    outcome: Outcome | None = None
    continued: bool = False
    disposition: str | None = None
    callback: Callback | None = None


@dataclass(slots=True)
class CampaignView:
    policy: CampaignPolicy
    pool: str
    state: CampaignState = CampaignState.STOPPED
    dialing: int = 0
    live: int = 0
    started: int = 0
    dry_until: Instant = 0
    held_until: Instant = 0
    or_freed: bool = False  # held no longer than until a call of the pool is over or an agent is free

    def may_call(self, now: Instant) -> bool:
        """Whether it runs and is open."""
        hours = self.policy.business_hours
        return (
            self.state is CampaignState.RUNNING
            and now >= self.held_until
            and (hours is None or is_open(hours, now))
        )

    def may_dial(self, now: Instant) -> bool:
        """Whether it may call, and may have a case to dial."""
        return now >= self.dry_until and self.may_call(now)


@dataclass(slots=True)
class PoolView:
    name: str
    policy: PoolPolicy | None  # None: an agentless campaign by itself
    campaigns: list[CampaignView] = field(default_factory=list)
    ready: dict[str, Seat] = field(default_factory=dict)
    waiting: dict[int, AttemptView] = field(default_factory=dict)
