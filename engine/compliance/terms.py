"""The figures of a rule, by its kind. What a rule exempts from stands in the rule itself: no rule ever
loosens another, so that any set of rules allows what all of them allow.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, TypeAlias

from engine.domain.policy import Window
from engine.domain.time import Micros

Week: TypeAlias = tuple[tuple[Window, ...], ...]
"""Seven days, Monday first."""

SHARE: Final = 10_000
"""Rates are whole hundredths of a percent: 3 % is 300."""


class Kind(StrEnum):
    """What a rule is about; each has its terms."""

    HOURS = "hours"
    CAP = "cap"
    COOLDOWN = "cooldown"
    LOCKOUT = "lockout"
    CONSENT = "consent"
    REVOCATION = "revocation"
    REASSIGNED = "reassigned"
    REGISTRY = "registry"
    INTERNAL_DNC = "internal-dnc"
    CALLER_ID = "caller-id"
    RING = "ring"
    MESSAGE = "message"
    AMD_TEST = "amd-test"
    ABANDONMENT = "abandonment"
    EMERGENCY = "emergency"
    DESTINATION = "destination"
    LIST_ORIGIN = "list-origin"
    BAN = "ban"
    RECORDS = "records"
    INFORMATIVE = "informative"


class Consent(IntEnum):
    """How firmly a person agreed to be called; a firmer consent does for a weaker one."""

    NONE = 0
    IMPLIED = 1  # inferred from conduct or a relationship
    EXPRESS = 2  # said or clicked, for this caller
    WRITTEN = 3  # signed, with what the law wants it to name


class Reach(IntEnum):
    """How far an attempt got; what nobody knows counts as the farthest."""

    NOT_CONNECTED = 0  # busy, congested, not in service
    RANG = 1  # and nobody answered
    ANSWERED = 2  # by a machine, or by a person who spoke with nobody
    CONVERSATION = 3


class Key(StrEnum):
    """What attempts have in common when they are counted together."""

    NUMBER = "number"
    PERSON = "person"
    SUBJECT = "subject"
    DEBT = "debt"
    SELLER = "seller"
    CAMPAIGN = "campaign"


class Event(StrEnum):
    """What an earlier attempt came to, as far as later ones depend on it."""

    ABANDONED = "abandoned"
    MACHINE = "machine"  # by answering-machine detection, rightly or not
    CONVERSATION = "conversation"
    REFUSAL = "refusal"  # the person said not to call again about this


class Formula(StrEnum):
    """What an abandonment rate is a share of."""

    PERSON_ANSWERED = "person-answered"  # abandoned / (abandoned + connected)
    GB_AMD = "gb-amd"  # machines hung up on by mistake count as abandoned
    GB_NO_AMD = "gb-no-amd"  # abandoned calls to machines are taken out
    PLACED = "placed"  # abandoned / calls placed


class Period(StrEnum):
    """The window that an abandonment rate is taken over."""

    ROLLING = "rolling"  # the last `length`
    DAY = "day"  # the local day
    SUCCESSIVE = "successive"  # since the campaign began, in stretches of `length`
    MONTH = "month"  # the local calendar month


class Scope(StrEnum):
    CAMPAIGN = "campaign"
    CALL_CENTRE = "call-centre"
    DROP_GROUP = "drop-group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Calls only inside the windows of the called party's local day. On a holiday of one of the `calendars`
    the windows are `on_holidays`; the day before one is open only where `before_holidays` are open too. None
    is as on any day, and a day that is both is a holiday. Who agreed to be called at other times, at least
    as firmly as `agreeable`, may be called at any; None: nobody."""

    week: Week
    calendars: tuple[str, ...] = ()
    on_holidays: tuple[Window, ...] | None = None
    before_holidays: tuple[Window, ...] | None = None
    agreeable: Consent | None = None

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        if self.agreeable is not None and self.agreeable < Consent.EXPRESS:
            raise ValueError("agreeable is express or written: nobody agrees to other times by conduct")
        special = self.on_holidays is not None or self.before_holidays is not None
        if special is not bool(self.calendars):
            raise ValueError(
                "holidays_of says which days are holidays, on_holidays or before_holidays what is open then; "
                "neither stands alone"
            )

    def windows(self, weekday: int, *, holiday: bool, eve: bool) -> tuple[Window, ...]:
        if holiday and self.on_holidays is not None:
            return self.on_holidays
        if eve and not holiday and self.before_holidays is not None:
            return _shared(self.week[weekday], self.before_holidays)
        return self.week[weekday]


def _shared(these: tuple[Window, ...], those: tuple[Window, ...]) -> tuple[Window, ...]:
    """What is open in both."""
    return tuple(
        Window(opens=max(a.opens, b.opens), closes=min(a.closes, b.closes))
        for a in these
        for b in those
        if max(a.opens, b.opens) < min(a.closes, b.closes)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `calls` attempts that got at least as far as `reach`, `within` a rolling time (an attempt so
    old is out) or over so many local `days` with today, counted together where every key of `per` is
    equal."""

    calls: int
    within: Micros | None = None
    days: int | None = None
    per: tuple[Key, ...]
    reach: Reach = Reach.NOT_CONNECTED
    unless_consent: Consent | None = None
    unless_transaction_months: int | None = None

    def __post_init__(self) -> None:
        if self.calls < 1:
            raise ValueError("calls is at least 1; a rule that allows none is a ban")
        if (self.within is None) is (self.days is None):
            raise ValueError("a cap has either within (rolling) or days (of the local calendar)")
        if not self.per:
            raise ValueError("per names what the calls have in common: number, person, subject, …")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    """After the event no call before its local date plus `days`, nor before `rest` has passed."""

    after: Event
    days: int | None = None
    rest: Micros | None = None
    per: tuple[Key, ...]

    def __post_init__(self) -> None:
        if self.days is None and self.rest is None:
            raise ValueError("a cooldown has days (of the local calendar), rest, or both")
        if not self.per:
            raise ValueError("per names what the calls have in common: number, person, subject, …")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """After the event the same number, and the same person, rest. With `unless_reserved` a call may be made
    that has an agent reserved and does not hang up on machines; with `then_reserved` only such a call may
    be made after the rest, until a conversation."""

    after: Event
    rest: Micros
    unless_reserved: bool = False
    then_reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeeded:
    """A consent of at least this level, or, where given, a present customer, or somebody whose last
    transaction is so few months ago. A consent without a period lapses after `lapses_after_months`."""

    level: Consent
    or_customer: bool = False
    or_transaction_months: int | None = None
    lapses_after_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """The end of any one consent given to the caller is the end of all of them. A revocation that names none
    always ends all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassigned:
    """A consent counts only if a database says that the number has not changed hands since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A national list of people who do not want such calls: known, at most so old, and the number not on it
    unless there is a consent of this level or a relationship so young. A consent without a period lapses
    after `lapses_after_months`."""

    registry: str
    max_age_days: int | None = None
    unless_consent: Consent | None = None
    lapses_after_months: int | None = None
    unless_transaction_months: int | None = None
    unless_inquiry_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalDnc:
    """Who asked not to be called is not called, from that instant, by number and by person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdShown:
    """The caller's number is shown, can be dialed and, where `series` are given, begins with one of them."""

    series: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """An unanswered call rings at least so long before it is given up."""

    least: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A call that may find no agent plays an information message so soon after the answer at the latest."""

    within: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdTest:
    """Hanging up on machines needs a recorded test of how often a person is taken for one."""

    max_age_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandonment:
    """The highest share of abandoned calls, in hundredths of a percent, over each period and in each scope.
    `alert` is where a supervisor is told."""

    most: int
    formula: Formula
    period: Period
    length: Micros | None = None
    scopes: tuple[Scope, ...] = (Scope.CAMPAIGN,)
    alert: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.most < SHARE:
            raise ValueError("most is a share from 0 to below 1")
        if (self.length is None) is (self.period in (Period.ROLLING, Period.SUCCESSIVE)):
            raise ValueError("length goes with the periods rolling and successive, and with no other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """No calls while an emergency is declared for the jurisdiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Lines that are never called: emergency services, hospital rooms and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOrigin:
    """Numbers come from people, not from a generator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """No call at all for these purposes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """How long the evidence of a call is kept."""

    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Informative:
    """Nothing is decided by it; `reason` says why not."""

    reason: str


Terms: TypeAlias = (
    Hours
    | Cap
    | Cooldown
    | Lockout
    | ConsentNeeded
    | Revocation
    | Reassigned
    | Registry
    | InternalDnc
    | CallerIdShown
    | Ring
    | Message
    | AmdTest
    | Abandonment
    | Emergency
    | Destination
    | ListOrigin
    | Ban
    | Records
    | Informative
)

TERMS: Final[dict[Kind, type[Terms]]] = {
    Kind.HOURS: Hours,
    Kind.CAP: Cap,
    Kind.COOLDOWN: Cooldown,
    Kind.LOCKOUT: Lockout,
    Kind.CONSENT: ConsentNeeded,
    Kind.REVOCATION: Revocation,
    Kind.REASSIGNED: Reassigned,
    Kind.REGISTRY: Registry,
    Kind.INTERNAL_DNC: InternalDnc,
    Kind.CALLER_ID: CallerIdShown,
    Kind.RING: Ring,
    Kind.MESSAGE: Message,
    Kind.AMD_TEST: AmdTest,
    Kind.ABANDONMENT: Abandonment,
    Kind.EMERGENCY: Emergency,
    Kind.DESTINATION: Destination,
    Kind.LIST_ORIGIN: ListOrigin,
    Kind.BAN: Ban,
    Kind.RECORDS: Records,
    Kind.INFORMATIVE: Informative,
}
"""Every kind has a row."""
