"""The lines of the journal. Past tense, flat, and free of names and numbers: ids only.

A *fact* is what the world did: a carrier or agent event, a command, a timer, what the store answered.
A *decision* is what the engine made of the facts before it; replay makes it again and compares.
"""

from dataclasses import field
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
from engine.journal.event import Event as Event, decision, fact
from engine.journal.gate_events import (
    AbandonmentAlert as AbandonmentAlert,
    AbandonmentLimited as AbandonmentLimited,
    GatesRefused as GatesRefused,
    LegAllowed as LegAllowed,
    RulesInForce as RulesInForce,
)
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


@fact("engine.started")
class EngineStarted(Event):
    """Configuration whole, so that a journal can be judged without the files it ran from."""

    version: str
    tzdata: str
    seed: int  # of the pacer's draws
    campaigns: dict[str, Any]
    pools: dict[str, Any]
    agents: dict[str, Any]


@fact("engine.stopped")
class EngineStopped(Event):
    """In good order; after a crash there is no such line."""


@fact("carrier.changed")
class CarrierChanged(Event):
    """The carrier went away, or came back."""

    connected: bool


# --- campaigns and pacing ------------------------------------------------------------------------


@fact("campaign.changed")
class CampaignChanged(Event):
    """A campaign started, paused, drains or stopped, and why."""

    campaign: str
    state: CampaignState
    reason: str


@fact("command.refused")
class CommandRefused(Event):
    """An operator asked for what was not possible then."""

    campaign: str | None  # None: it was about something else
    command: str
    reason: str


@fact("campaign.dry")
class CampaignDry(Event):
    """The store had nothing due; `until` is the earliest due time it knows, None if no case is open."""

    campaign: str
    until: Instant | None


@fact("campaign.held")
class CampaignHeld(Event):
    """Nothing is dialed until then: the store or the carrier refused. `or_freed`: or until a call of the pool
    is over or an agent gets free, since no more calls may be begun than agents are."""

    campaign: str
    until: Instant
    reason: str
    or_freed: bool = False


@decision("pacing.decided")
class PacingDecided(Event):
    """How many attempts to start now, and which customer legs to hang up while they ring. `callbacks`: of how
    many agents their own callbacks come first. `room` is how many legs the carrier takes, None for no
    limit."""

    pool: str
    dials: dict[str, int]
    callbacks: int = 0
    cancel: tuple[int, ...] = ()
    room: int | None
    draw: float
    reason: str


# --- agents ---------------------------------------------------------------------------------------


@fact("agent.asked")
class AgentAsked(Event):
    """What an agent wants; it takes effect at once, or once the call is over."""

    agent: str
    wish: AgentState
    code: str | None = None


@fact("agent.changed")
class AgentChanged(Event):
    """What an agent does from now on."""

    agent: str
    state: AgentState
    attempt: int | None = None
    code: str | None = None


@decision("agent.reserved")
class AgentReserved(Event):
    """The longest idle agent of the pool, for an attempt that starts with the agent. `own_callback`: the
    longest idle one of those who have a callback of their own to make."""

    agent: str
    pool: str
    own_callback: bool = False


@fact("agent.released")
class AgentReleased(Event):
    """Reserved for nothing: goes back to the place in the queue held before."""

    agent: str


@fact("agent.missed")
class AgentMissed(Event):
    """The agent's phone was not answered."""

    agent: str
    misses: int


@fact("agent.stood")
class AgentStood(Event):
    """A nailed-up agent's standing leg came up, or (None) went away."""

    agent: str
    leg: int | None


@fact("agent.hung_up")
class AgentHungUp(Event):
    """The agent ended the conversation (a nailed-up agent's own leg stays up)."""

    agent: str
    attempt: int


@fact("preview.answered")
class PreviewAnswered(Event):
    """The agent looked at the lead and decided, or let the time pass."""

    attempt: int
    answer: str  # accept, skip or timeout


# --- attempts and legs ----------------------------------------------------------------------------


@fact("attempt.started")
class AttemptStarted(Event):
    """The store's answer to a claim: the case as it was chosen. `number` is the lowest id among the phones
    with this one's number: equal for all who share it, and not the number. `phones` are the lead's numbers
    in use, where the campaign dials several."""

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


@decision("leg.intended")
class LegIntended(Event):
    """Committed before the carrier is told. Every gate allowed it at this instant: by the rules of a version
    (None: no statute was asked), for what was `known`."""

    leg: int
    attempt: int | None
    side: Side
    agent: str | None = None
    rules: str | None = None
    known: dict[str, Any] | None = None


@fact("dial.refused")
class DialRefused(Event):
    """By a gate (then no leg was made) or by the carrier. The phone did not ring."""

    attempt: int | None
    side: Side
    leg: int | None
    reason: str
    until: Instant | None = None


@fact("leg.dialed")
class LegDialed(Event):
    """The carrier took the call."""

    leg: int


@fact("leg.rang")
class LegRang(Event):
    """The phone rings."""

    leg: int


@fact("leg.answered")
class LegAnswered(Event):
    """Someone, or something, picked up."""

    leg: int


@fact("leg.judged")
class LegJudged(Event):
    """Machine detection said what answered."""

    leg: int
    verdict: Verdict
    cause: str = ""


@fact("leg.digit")
class DigitEntered(Event):
    """The customer pressed a key."""

    leg: int
    digit: str


@fact("message.started")
class MessageStarted(Event):
    """A message begins to play on the leg."""

    leg: int
    message: str


@fact("message.played")
class MessagePlayed(Event):
    """The message is over, or was cut short."""

    leg: int
    message: str


@fact("leg.ended")
class LegEnded(Event):
    """The leg is down. `by_us`: we hung up."""

    leg: int
    outcome: Outcome
    cause: str
    by_us: bool = False


@fact("call.waiting")
class CallWaiting(Event):
    """A customer-first call was answered by someone who needs an agent."""

    attempt: int


@decision("call.assigned")
class CallAssigned(Event):
    """The longest-waiting customer goes to the longest idle agent."""

    attempt: int
    agent: str


@fact("call.connected")
class CallConnected(Event):
    """Agent and customer hear each other."""

    attempt: int


@decision("call.abandoned")
class CallAbandoned(Event):
    """No agent in time. `waited` runs from the answer."""

    attempt: int
    waited: int


@fact("flow.set")
class VariableSet(Event):
    """The flow asked for another call, or took that back."""

    attempt: int
    variable: str
    value: bool


@fact("attempt.ended")
class AttemptEnded(Event):
    """The legs are down. `continued`: the flow went on although someone was not connected."""

    attempt: int
    ending: Ending
    outcome: Outcome | None
    continued: bool = False


@fact("attempt.disposed")
class AttemptDisposed(Event):
    """The result code, from the agent or (`by` None) the system; and the call that was promised with it."""

    attempt: int
    disposition: str
    by: str | None
    callback_at: Instant | None = None
    callback_agent: str | None = None
    callback_window: Micros | None = None
    callback_anyone_after: Micros | None = None


@decision("attempt.settled")
class AttemptSettled(Event):
    """What follows for the case, which can be chosen again from now on. `phone`: the number to dial next,
    None for the same. `person`: whether one answered; None if nobody was called, or nobody knows."""

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


@fact("attempt.recovered")
class AttemptRecovered(Event):
    """An attempt that a dead engine (`of` its epoch) left open, as the store had it."""

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


@fact("call.resumed")
class CallResumed(Event):
    """A conversation that outlived the engine that joined it. `standing`: the agent's leg is a nailed-up one.
    Of an agent's leg it is not on disk when it was answered: `since`, the joining, stands for it."""

    attempt: int
    agent: str
    agent_leg: int
    customer_leg: int
    standing: bool
    since: Instant
    verdict: Verdict | None = None  # of the customer's leg
    answered_at: Instant | None = None  # the customer's leg; None if that is not on disk either


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
    | AbandonmentAlert
    | AbandonmentLimited
    | GatesRefused
    | LegAllowed
    | RulesInForce
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
