"""What an operator decides of a campaign. Read from configuration, journaled whole at each start."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, TypeAlias

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """Overrides the interval after one kind of result, and limits how often it may happen in a cycle."""

    after: Micros | None = None
    max: int | None = None


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
class CampaignPolicy:
    """Everything a campaign's decisions read. Durations are microseconds.

    `agent_attempts` is used in agent-first only. `retry` is keyed by outcome (`busy`, `no-answer`, …)
    or by ending (`machine`, `message-left`, `abandoned`, `hung-up`).
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
    weight: int = 1  # share of a pool's dials among its campaigns
    wrap_up_limit: Micros = 2 * MINUTE
    default_disposition: str = DISPOSITION_DEFAULT

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
