"""The lines of the journal. Past tense, flat, and free of names and numbers: ids only.

A *fact* is what the world did: a carrier or agent event, a command, a timer, what the store answered.
A *decision* is what the engine made of the facts before it; replay makes it again and compares.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.domain.time import Instant, Micros
from engine.domain.words import (
    AgentState,
    CampaignState,
    CaseStatus,
    Ending,
    Outcome,
    Side,
    Verdict,
)
from engine.journal.event import Event as Event
from engine.journal.lead_events import (
    AuditWritten as AuditWritten,
    CallbacksKnown as CallbacksKnown,
    CasesChanged as CasesChanged,
    CasesCreated as CasesCreated,
    CommandStarted as CommandStarted,
    DispositionRefused as DispositionRefused,
    ListActivated as ListActivated,
    ListConfigured as ListConfigured,
    ListShared as ListShared,
    OwnershipFulfilled as OwnershipFulfilled,
    OwnershipReleased as OwnershipReleased,
    OwnershipTaken as OwnershipTaken,
    OwnershipUpdated as OwnershipUpdated,
    ResetConfirmed as ResetConfirmed,
    ResetDone as ResetDone,
    ResetUndone as ResetUndone,
    SegmentConfigured as SegmentConfigured,
    SegmentObserved as SegmentObserved,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStarted(Event):
    """Configuration whole, so that a journal can be judged without the files it ran from."""

    KIND = "engine.started"
    version: str
    tzdata: str
    seed: int  # of the pacer's draws
    campaigns: dict[str, Any]
    pools: dict[str, Any]
    agents: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStopped(Event):
    """In good order; after a crash there is no such line."""

    KIND = "engine.stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierChanged(Event):
    """The carrier went away, or came back."""

    KIND = "carrier.changed"
    connected: bool


# --- campaigns and pacing ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChanged(Event):
    """A campaign started, paused, drains or stopped, and why."""

    KIND = "campaign.changed"
    campaign: str
    state: CampaignState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(Event):
    """An operator asked for what was not possible then."""

    KIND = "command.refused"
    campaign: str | None  # None: it was about something else
    command: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDry(Event):
    """The store had nothing due; `until` is the earliest due time it knows, None if no case is open."""

    KIND = "campaign.dry"
    campaign: str
    until: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignHeld(Event):
    """Nothing is dialed until then: the store or the carrier refused."""

    KIND = "campaign.held"
    campaign: str
    until: Instant
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingDecided(Event):
    """How many attempts to start now, and which customer legs to hang up while they ring. `callbacks`: of how
    many agents their own callbacks come first. `room` is how many legs the carrier takes, None for no
    limit."""

    KIND = "pacing.decided"
    DECISION = True
    pool: str
    dials: dict[str, int]
    callbacks: int = 0
    cancel: tuple[int, ...] = ()
    room: int | None
    draw: float
    reason: str


# --- agents ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAsked(Event):
    """What an agent wants; it takes effect at once, or once the call is over."""

    KIND = "agent.asked"
    agent: str
    wish: AgentState
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged(Event):
    """What an agent does from now on."""

    KIND = "agent.changed"
    agent: str
    state: AgentState
    attempt: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReserved(Event):
    """The longest idle agent of the pool, for an attempt that starts with the agent. `own_callback`: the
    longest idle one of those who have a callback of their own to make."""

    KIND = "agent.reserved"
    DECISION = True
    agent: str
    pool: str
    own_callback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReleased(Event):
    """Reserved for nothing: goes back to the place in the queue held before."""

    KIND = "agent.released"
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMissed(Event):
    """The agent's phone was not answered."""

    KIND = "agent.missed"
    agent: str
    misses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStood(Event):
    """A nailed-up agent's standing leg came up, or (None) went away."""

    KIND = "agent.stood"
    agent: str
    leg: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHungUp(Event):
    """The agent ended the conversation (a nailed-up agent's own leg stays up)."""

    KIND = "agent.hung_up"
    agent: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewAnswered(Event):
    """The agent looked at the lead and decided, or let the time pass."""

    KIND = "preview.answered"
    attempt: int
    answer: str  # accept, skip or timeout


# --- attempts and legs ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted(Event):
    """The store's answer to a claim: the case as it was chosen. `number` is the lowest id among the phones
    with this one's number: equal for all who share it, and not the number. `phones` are the lead's numbers
    in use, where the campaign dials several."""

    KIND = "attempt.started"
    attempt: int
    campaign: str
    case: int
    lead: int
    list: int
    phone: int
    status: CaseStatus
    cycle: int
    agent_attempts: int
    customer_attempts: int
    results: dict[str, int]
    agent_limit: int | None = None
    customer_limit: int | None = None
    rank: int
    lane: int = 0
    turn: int = 0
    phones: tuple[int, ...] = ()
    phone_tries: int = 0
    due_at: Instant
    agent: str | None
    number: int
    callback_at: Instant | None = None  # the promise that it keeps
    callback_until: Instant | None = None
    callback_agent: str | None = None
    callback_anyone_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegIntended(Event):
    """Committed before the carrier is told. Every gate allowed it at this instant."""

    KIND = "leg.intended"
    DECISION = True
    leg: int
    attempt: int | None
    side: Side
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRefused(Event):
    """By a gate (then no leg was made) or by the carrier. The phone did not ring."""

    KIND = "dial.refused"
    attempt: int | None
    side: Side
    leg: int | None
    reason: str
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegDialed(Event):
    """The carrier took the call."""

    KIND = "leg.dialed"
    leg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRang(Event):
    """The phone rings."""

    KIND = "leg.rang"
    leg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(Event):
    """Someone, or something, picked up."""

    KIND = "leg.answered"
    leg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegJudged(Event):
    """Machine detection said what answered."""

    KIND = "leg.judged"
    leg: int
    verdict: Verdict
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitEntered(Event):
    """The customer pressed a key."""

    KIND = "leg.digit"
    leg: int
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStarted(Event):
    """A message begins to play on the leg."""

    KIND = "message.started"
    leg: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePlayed(Event):
    """The message is over, or was cut short."""

    KIND = "message.played"
    leg: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(Event):
    """The leg is down. `by_us`: we hung up."""

    KIND = "leg.ended"
    leg: int
    outcome: Outcome
    cause: str
    by_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWaiting(Event):
    """A customer-first call was answered by someone who needs an agent."""

    KIND = "call.waiting"
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAssigned(Event):
    """The longest-waiting customer goes to the longest idle agent."""

    KIND = "call.assigned"
    DECISION = True
    attempt: int
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConnected(Event):
    """Agent and customer hear each other."""

    KIND = "call.connected"
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAbandoned(Event):
    """No agent in time. `waited` runs from the answer."""

    KIND = "call.abandoned"
    DECISION = True
    attempt: int
    waited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSet(Event):
    """The flow asked for another call, or took that back."""

    KIND = "flow.set"
    attempt: int
    variable: str
    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded(Event):
    """The legs are down. `continued`: the flow went on although someone was not connected."""

    KIND = "attempt.ended"
    attempt: int
    ending: Ending
    outcome: Outcome | None
    continued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDisposed(Event):
    """The result code, from the agent or (`by` None) the system; and the call that was promised with it."""

    KIND = "attempt.disposed"
    attempt: int
    disposition: str
    by: str | None
    callback_at: Instant | None = None
    callback_agent: str | None = None
    callback_window: Micros | None = None
    callback_anyone_after: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSettled(Event):
    """What follows for the case, which can be chosen again from now on. `phone`: the number to dial next,
    None for the same. `person`: whether one answered; None if nobody was called, or nobody knows."""

    KIND = "attempt.settled"
    DECISION = True
    attempt: int
    status: CaseStatus
    used: Side | None
    agent_attempts: int
    customer_attempts: int
    results: dict[str, int] = field(default_factory=dict)
    rank: int
    due_at: Instant | None
    final: bool = False
    exhausted: bool = False
    phone: int | None = None
    phone_tries: int = 0
    person: bool | None = None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecovered(Event):
    """An attempt that a dead engine (`of` its epoch) left open, as the store had it."""

    KIND = "attempt.recovered"
    attempt: int
    of: int
    campaign: str
    case: int
    lead: int
    list: int
    phone: int
    status: CaseStatus
    cycle: int
    agent_attempts: int
    customer_attempts: int
    results: dict[str, int]
    agent_limit: int | None = None
    customer_limit: int | None = None
    rank: int
    lane: int = 0
    turn: int = 0
    phone_tries: int = 0
    due_at: Instant
    agent: str | None
    intended: Side | None  # the side whose leg was last committed
    asked: Side | None  # the call that the flow asked for again
    callback_at: Instant | None = None
    callback_until: Instant | None = None
    callback_agent: str | None = None
    callback_anyone_at: Instant | None = None
    ended_at: Instant | None  # None: nobody knows when


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(Event):
    """A conversation that outlived the engine that joined it. `standing`: the agent's leg is a nailed-up one.
    When the legs were answered is not on disk before they end: `since`, the joining, stands for it."""

    KIND = "call.resumed"
    attempt: int
    agent: str
    agent_leg: int
    customer_leg: int
    standing: bool
    since: Instant
    verdict: Verdict | None = None  # of the customer's leg


AnyEvent: TypeAlias = (
    EngineStarted
    | EngineStopped
    | CarrierChanged
    | CampaignChanged
    | CommandRefused
    | CampaignDry
    | CampaignHeld
    | PacingDecided
    | AgentAsked
    | AgentChanged
    | AgentReserved
    | AgentReleased
    | AgentMissed
    | AgentStood
    | AgentHungUp
    | PreviewAnswered
    | AttemptStarted
    | LegIntended
    | DialRefused
    | LegDialed
    | LegRang
    | LegAnswered
    | LegJudged
    | DigitEntered
    | MessageStarted
    | MessagePlayed
    | LegEnded
    | CallWaiting
    | CallAssigned
    | CallConnected
    | CallAbandoned
    | VariableSet
    | AttemptEnded
    | AttemptDisposed
    | AttemptSettled
    | AttemptRecovered
    | CallResumed
    | CommandStarted
    | AuditWritten
    | CasesChanged
    | CasesCreated
    | CallbacksKnown
    | DispositionRefused
    | ListActivated
    | ListConfigured
    | ListShared
    | OwnershipTaken
    | OwnershipFulfilled
    | OwnershipReleased
    | OwnershipUpdated
    | ResetConfirmed
    | ResetDone
    | ResetUndone
    | SegmentConfigured
    | SegmentObserved
)
