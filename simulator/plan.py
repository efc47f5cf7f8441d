"""What a scenario asks of the simulated world, as plain values. Built by `simulator.scenario`."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from engine.domain.lists import InlineLead as InlineLead, LeadList as LeadList
from engine.domain.time import MILLISECOND, SECOND, Instant, Micros
from engine.domain.words import CaseStatus, ContactStatus, Verdict
from simulator.store_plan import (
    CallbackCommand as CallbackCommand,
    CampaignChange as CampaignChange,
    ChangeWord as ChangeWord,
    DncAdd as DncAdd,
    DncRemove as DncRemove,
    LeadChange as LeadChange,
    ListActivation as ListActivation,
    ListSharing as ListSharing,
    ListUpdate as ListUpdate,
    NewLeads as NewLeads,
    OwnershipRelease as OwnershipRelease,
    OwnershipSetting as OwnershipSetting,
    RegistryImport as RegistryImport,
    Reset as Reset,
    ResetUndo as ResetUndo,
    RulesApply as RulesApply,
    SegmentJob as SegmentJob,
    SegmentSetting as SegmentSetting,
    StoreAction as StoreAction,
    Telling as Telling,
    TemplateSave as TemplateSave,
)

# --- distributions of durations ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    value: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    low: Micros
    high: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    mean: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Gamma:
    mean: Micros
    sd: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    mean: Micros
    cv: float  # standard deviation over mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """An empirical distribution: (probability, duration) points, ascending, from 0 to 1; linear between."""

    points: tuple[tuple[float, Micros], ...]


Distribution: TypeAlias = Fixed | Uniform | Exponential | Gamma | Lognormal | Quantiles

# --- customers ---------------------------------------------------------------------------------


class Response(StrEnum):
    """What a dialed number does."""

    HUMAN = "human"
    MACHINE = "machine"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    CONGESTION = "congestion"
    INVALID = "invalid"
    REJECTED = "rejected"


RESPONSE_ORDER: tuple[Response, ...] = tuple(Response)
"""One uniform draw is mapped through the cumulative probabilities in this order, human first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """One entry of a number's script: how this dial is received. None means: drawn from the population."""

    response: Response
    rings: Micros | None = None  # from the dial to the answer, busy tone, rejection, …
    talks: Micros | None = None  # once joined with an agent, the customer hangs up after this
    waits: Micros | None = None  # patience: hangs up if nobody has joined so long after the answer
    hangs_up_after: Micros | None = None  # after the answer, whatever happens
    drops_after: Micros | None = None  # line drop, so long after the answer
    digits: str | None = None  # keys pressed when asked to
    verdict: Verdict | None = None  # what AMD will say, right or wrong
    verdict_after: Micros | None = None  # from the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Receptions of the 1st, 2nd, … dial of one number. At the end: an error, the last one again,
    or on to the population."""

    receptions: tuple[Reception, ...]
    at_end: Literal["error", "repeat", "population"] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdModel:
    """How machine detection behaves in the network. Probabilities of a wrong or unsure verdict."""

    delay: Distribution = Fixed(value=1_700 * MILLISECOND)
    human_as_machine: float = 0.0
    human_as_unsure: float = 0.0
    machine_as_human: float = 0.0
    machine_as_unsure: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """How the people of a list behave. `by_hour` overrides `responses` in an hour (0–23) of `zone`."""

    responses: dict[Response, float] = field(default_factory=lambda: {Response.HUMAN: 1.0})
    by_hour: dict[int, dict[Response, float]] = field(default_factory=dict)
    zone: str = "UTC"
    rings: dict[Response, Distribution] = field(default_factory=dict)
    talks: Distribution = Lognormal(mean=120 * SECOND, cv=0.75)
    waits: Distribution = Exponential(mean=20 * SECOND)
    hangs_up_early: float = 0.0  # probability that a person hangs up a moment after answering
    digits: dict[str, float] = field(default_factory=dict)  # what is keyed, and how likely; the rest: nothing
    line_drops: float = 0.0  # probability that an answered line fails in mid-call
    drops_after: Distribution = Uniform(low=1 * SECOND, high=120 * SECOND)


# --- agents ------------------------------------------------------------------------------------


class AgentResponse(StrEnum):
    """What an agent's phone does."""

    ANSWERS = "answers"
    NO_ANSWER = "no-answer"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReception:
    response: AgentResponse
    rings: Micros | None = None
    hangs_up_after: Micros | None = None  # after answering: leaves in mid-call


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """On duty from `since` to `until` (None: to the end); paused with `code` if there is one."""

    since: Instant
    until: Instant | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithCallback:
    """A disposition with a promised call: `after` so long, or at an instant. `mine`: by the agent who gives
    it; `agent`: by this one; else by anyone."""

    code: str
    after: Micros | None = None
    at: Instant | None = None
    mine: bool = False
    agent: str | None = None
    window: Micros | None = None
    anyone_after: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBehaviour:
    """`script` comes first, then `answers` (a probability). `talks` None: until the customer hangs up."""

    shifts: tuple[Stay, ...]
    breaks: tuple[Stay, ...] = ()
    script: tuple[AgentReception, ...] = ()
    answers: float = 1.0
    rings: Distribution = Fixed(value=2 * SECOND)
    talks: Distribution | None = None
    wraps_up: Distribution = Fixed(value=10 * SECOND)
    dispositions: dict[str, float] = field(default_factory=dict)
    disposition_script: tuple[str | WithCallback | None, ...] = ()  # None: leaves it to the default
    previews: tuple[Literal["accept", "skip", "ignore"], ...] = ()  # then accepts
    previews_for: Distribution = Fixed(value=5 * SECOND)


# --- network, store, faults ---------------------------------------------------------------------


class EndFault(StrEnum):
    LOST = "lost"
    REPEATED = "repeated"
    LATE = "late"
    OUT_OF_ORDER = "out-of-order"  # the end comes before the answer that preceded it


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFault:
    """Applies to the `dial`-th dial (from 1; None: each) of a number or agent endpoint (None: any)."""

    fault: EndFault
    to: str | None = None
    dial: int | None = None
    by: Micros = 5 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    channels: int | None = None
    calls_per_second: float | None = None
    dial_delay: Micros = 2 * MILLISECOND
    faults: tuple[LegFault, ...] = ()
    messages: dict[str, Micros] = field(default_factory=dict)  # how long each message plays
    message: Micros = 8 * SECOND  # any other
    amd: AmdModel = AmdModel()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreModel:
    commit_delay: Micros = 2 * MILLISECOND


# --- timeline ----------------------------------------------------------------------------------


CampaignWord: TypeAlias = Literal["start", "pause", "resume", "drain", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCommand:
    campaign: str
    command: CampaignWord


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCommand:
    agent: str
    command: Literal["log_in", "log_out", "pause", "ready", "hang_up"]
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierCommand:
    """`down`: events stop, dials are refused, calls that are up stay up. `no_channels`: dials are refused."""

    command: Literal["down", "up", "no_channels", "channels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCommand:
    command: Literal["fail", "slow", "recover"]
    delay: Micros = 500 * MILLISECOND  # each commit, while slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    down_for: Micros = 10 * SECOND


Action: TypeAlias = CampaignCommand | AgentCommand | CarrierCommand | StoreCommand | Crash | StoreAction


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    at: Instant
    action: Action


# --- expectations ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExpected:
    """Only the parts that are not None are compared. `lead` is the lead's key on its list."""

    lead: str
    campaign: str | None = None
    status: CaseStatus | None = None
    agent_attempts: int | None = None
    customer_attempts: int | None = None
    calls: int | None = None
    failures: int | None = None
    contact: ContactStatus | None = None
    cycle: int | None = None
    due_at: Instant | Literal["none"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsExpected:
    """All attempts of one lead, in order; each a mapping of report columns to their values."""

    lead: str
    rows: tuple[dict[str, Any], ...]
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerExpected:
    """Who owns a lead at the end: `campaign` None is nobody. `until` None is not compared."""

    lead: str
    campaign: str | None
    until: Instant | Literal["none"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountExpected:
    """A figure of the run report, inclusive bounds."""

    figure: str
    low: float | None = None
    high: float | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsExpected:
    """Journal lines that must occur in this order (others may stand between), each a kind and some fields."""

    lines: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverExpected:
    """A journal line that must not occur."""

    line: dict[str, Any]


Expectation: TypeAlias = (
    CaseExpected | AttemptsExpected | OwnerExpected | CountExpected | EventsExpected | NeverExpected
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`people` is keyed by list name, `*` for any other; `scripts` by E.164 number."""

    guards: str
    seed: int
    start: Instant
    end: Instant
    network: Network = Network()
    store: StoreModel = StoreModel()
    people: dict[str, Population] = field(default_factory=dict)
    scripts: dict[str, Script] = field(default_factory=dict)
    agents: dict[str, AgentBehaviour] = field(default_factory=dict)
    timeline: tuple[TimelineEntry, ...] = ()
    expect: tuple[Expectation, ...] = ()
    start_campaigns: bool = True  # every campaign is started at `start`
