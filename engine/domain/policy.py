"""What an operator decides of a campaign. Read from configuration, journaled whole at each start."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from engine.domain.compliance import CompliancePolicy
from engine.domain.dispositions import Disposition, RetryRule, default_disposition
from engine.domain.selection import ListShare, NewLeads, PhonePolicy
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Micros
from engine.domain.words import DialMode

DISPOSITION_DEFAULT: Final = "no-disposition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many attempts a cycle of a case may use up, and how far apart (from the attempt's end)."""

    max: int
    interval: Micros

    def __post_init__(self) -> None:
        if self.max < 1:
            raise ValueError(f"max is {self.max}; an attempt budget is at least 1")
        if self.interval < 0:
            raise ValueError("interval is negative")


class OnMachine(StrEnum):
    HANGUP = "hangup"
    MESSAGE = "message"
    CONNECT = "connect"


class OnUnsure(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"


class OnNotConnected(StrEnum):
    RESCHEDULE = "reschedule"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amd:
    """Answering-machine detection: off, or waited for at most `wait` after the answer."""

    enabled: bool = False
    wait: Micros = 4 * SECOND
    on_machine: OnMachine = OnMachine.HANGUP
    on_unsure: OnUnsure = OnUnsure.HUMAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Open from `opens` (inclusive) to `closes` (exclusive), in minutes of the local day, 0 to 1440."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= 24 * 60:
            raise ValueError("a window opens before it closes, within one day (00:00 to 24:00)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessHours:
    """Weekly windows in one zone. `week` has seven entries, Monday first; `holidays` are closed."""

    zone: str
    week: tuple[tuple[Window, ...], ...]
    holidays: tuple[str, ...] = ()  # local dates, YYYY-MM-DD, ascending

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How long an agent may look at a lead before `on_timeout`, and when a skipped one comes back."""

    within: Micros = 30 * SECOND
    on_timeout: Literal["dial", "skip"] = "dial"
    skip_interval: Micros = 1 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAgent:
    step: Literal["dial_agent"] = "dial_agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DialCustomer:
    step: Literal["dial_customer"] = "dial_customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    message: str
    step: Literal["play"] = "play"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Gather up to `digits` keys from the customer, for at most `within`."""

    digits: int
    within: Micros = 10 * SECOND
    step: Literal["collect"] = "collect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All parts that are given must hold. Digits are the last collected ones, `""` for none."""

    digits: str | None = None
    digits_not: str | None = None
    disposition: str | None = None
    disposition_not: str | None = None

    @property
    def on_disposition(self) -> bool:
        return self.disposition is not None or self.disposition_not is not None


Variable: TypeAlias = Literal["reschedule_agent_call", "reschedule_customer_call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariable:
    variable: Variable
    value: bool = True
    when: Condition | None = None
    step: Literal["set"] = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    when: Condition | None = None
    step: Literal["end"] = "end"


Step: TypeAlias = DialAgent | DialCustomer | Play | Collect | SetVariable | End

AGENT_FIRST_FLOW: Final[tuple[Step, ...]] = (DialAgent(), DialCustomer())


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPolicy:
    """What a callback has that is given without: how long it may be kept, and after how long anybody may
    make a call that was promised of one agent (None: nobody else until the window is over)."""

    window: Micros = 1 * DAY
    anyone_after: Micros | None = None

    def __post_init__(self) -> None:
        if self.window <= 0:
            raise ValueError("a window lasts some time")
        if self.anyone_after is not None and self.anyone_after < 0:
            raise ValueError("anyone_after is not negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackKeeper:
    """The campaign that keeps the callbacks of another, and what it has of them."""

    campaign: str
    pool: str | None
    callbacks: CallbackPolicy = field(default_factory=CallbackPolicy)
    business_hours: BusinessHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPolicy:
    """Everything a campaign's decisions read. Durations are microseconds.

    `agent_attempts` is used in agent-first only. `retry` is keyed by outcome (`busy`, `no-answer`, …)
    or by ending (`machine`, `message-left`, `abandoned`, `hung-up`); `codes`, by outcome or ending too, has
    the dispositions that the system gives where they are not its own. `dispositions` are those that a
    configuration describes. A campaign dials its lists, or its segments, or keeps the callbacks of others.
    """

    name: str
    mode: DialMode
    lists: tuple[str, ...]
    pool: str | None  # whose agents; None in agentless mode
    customer_attempts: Budget
    agent_attempts: Budget | None = None
    retry: dict[str, RetryRule] = field(default_factory=dict)
    refused_interval: Micros = 30 * SECOND
    unknown_interval: Micros = 30 * MINUTE  # the least rest after a call whose fate a crash hid
    business_hours: BusinessHours | None = None
    caller_id: str | None = None
    agent_ring: Micros = 20 * SECOND
    customer_ring: Micros = 25 * SECOND
    max_call: Micros = 2 * HOUR
    abandon_after: Micros = 2 * SECOND
    information_message: str = "information"
    machine_message: str = "voicemail"
    amd: Amd = Amd()
    on_agent_not_connected: OnNotConnected = OnNotConnected.RESCHEDULE
    on_customer_not_connected: OnNotConnected = OnNotConnected.RESCHEDULE
    flow: tuple[Step, ...] = AGENT_FIRST_FLOW
    preview: Preview = Preview()
    ratio: float = 1.0  # power: dials per free agent
    lines: int = 10  # agentless: calls at a time
    priority: int = 0  # in the pool: campaigns with a higher one come first
    weight: int = 1  # share of a pool's dials among its campaigns of one priority
    wrap_up_limit: Micros = 2 * MINUTE
    default_disposition: str = DISPOSITION_DEFAULT
    dispositions: dict[str, Disposition] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    segments: tuple[str, ...] = ()
    shares: dict[str, ListShare] = field(default_factory=dict)  # of lists, where they differ
    order: NewLeads = field(default_factory=NewLeads)
    phones: PhonePolicy = field(default_factory=PhonePolicy)
    bad_connection_after: int = 2  # failed contacts
    callbacks: CallbackPolicy = CallbackPolicy()
    callbacks_from: tuple[str, ...] = ()  # the campaigns whose callbacks this one keeps
    callbacks_to: CallbackKeeper | None = None  # who keeps this campaign's callbacks; None: it does
    compliance: CompliancePolicy | None = None  # None: no statute is asked, only the engine's own gates

    @property
    def callback_pool(self) -> str | None:
        """Whose agents make the calls that are promised here."""
        return self.pool if self.callbacks_to is None else self.callbacks_to.pool

    def disposition(self, code: str) -> Disposition:
        """What a result code means in this campaign."""
        return self.dispositions.get(code) or default_disposition(code)

    def system_code(self, result: str) -> str:
        """The disposition that the system gives for an outcome or ending."""
        return self.codes.get(result, result)

    def __post_init__(self) -> None:
        if self.mode is DialMode.AGENT_FIRST and self.agent_attempts is None:
            raise ValueError("agent-first needs agent_attempts: {max, interval}")
        if (self.pool is None) != (self.mode is DialMode.AGENTLESS):
            raise ValueError("every mode but agentless needs a pool of agents")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPolicy:
    """Agents who share campaigns. Nailed-up agents keep one standing leg, others are called for each
    contact."""

    name: str
    nailed_up: bool = True
    misses_before_pause: int = 2
    pause_code: str = "missed-calls"
    agent_ring: Micros = 20 * SECOND  # for the standing leg


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPolicy:
    name: str
    pool: str
    endpoint: str  # what the carrier dials


MAX_INTERVAL: Final = 3650 * DAY  # ten years: beyond it a duration is a typing error
