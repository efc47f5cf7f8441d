"""Compliance rules as files write them: the keys that every rule has, and those of its kind.

Each kind has one section of terms, which rules and an operator's overrides share.
"""

from collections.abc import Callable, Iterable
from datetime import date
from enum import IntEnum
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import Field, PlainValidator, WithJsonSchema, create_model

from engine.compliance.rules import Basis, Confidence, Line, Means, Party, Rule
from engine.compliance.terms import (
    SHARE,
    TERMS,
    Consent,
    Event,
    Formula,
    Key,
    Kind,
    Period,
    Reach,
    Scope,
    Terms,
)
from engine.config.fields import Count, Duration, Flag, LocalDate, Text, from_text, read_number
from engine.config.hours import Calendar, Week, read_week
from engine.config.purposes import Purpose
from engine.config.sections import Section, Several, domain_value, optional, shown, wrong
from engine.config.times import WINDOW_PATTERN, parse_window
from engine.domain.policy import Window
from engine.names import did_you_mean, listed

E = TypeVar("E", bound=IntEnum)

CLOSED: Final = "closed"


def _named(words: Iterable[E]) -> Callable[[str], E]:
    names = {word.name.lower().replace("_", "-"): word for word in words}

    def read(text: str) -> E:
        if text not in names:
            raise ValueError(f"is {text!r}; it can be {listed(list(names))}{did_you_mean(text, list(names))}")
        return names[text]

    return read


def _share(text: str) -> int:
    share = read_number(text.removesuffix("%").strip()) / 100
    if not text.endswith("%") or not 0 <= share < 1 or (share * SHARE) % 1 > 1e-9:
        raise ValueError(f"is {text!r}; a share is written 3% or 2.75%")
    return round(share * SHARE)


def _special_windows(value: Any) -> tuple[Window, ...]:
    if value == CLOSED:
        return ()
    if not isinstance(value, list) or not value:
        raise wrong(f'{shown(value)}; it is {CLOSED}, or a list of windows: ["09:00-17:30"]')
    problems = Several()
    read = from_text(parse_window, "a window is written 09:00-17:30")
    windows = [problems.attempt(read, item, index) for index, item in enumerate(value)]
    problems.raise_any()
    return tuple(window for window in windows if window is not None)


Level: TypeAlias = Annotated[
    Consent, PlainValidator(from_text(_named(Consent), "a level of consent is wanted: express"))
]
FirmLevel: TypeAlias = Annotated[
    Consent,
    PlainValidator(
        from_text(_named((Consent.EXPRESS, Consent.WRITTEN)), "a level of consent is wanted: express")
    ),
]
ReachName: TypeAlias = Annotated[
    Reach, PlainValidator(from_text(_named(Reach), "how far calls got is wanted: rang"))
]
Share: TypeAlias = Annotated[int, PlainValidator(from_text(_share, "a share is wanted: 3%"))]
SpecialWindows: TypeAlias = Annotated[
    tuple[Window, ...],
    PlainValidator(_special_windows),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": CLOSED},
                {"type": "array", "items": {"type": "string", "pattern": WINDOW_PATTERN}},
            ]
        }
    ),
]
Days: TypeAlias = Annotated[
    Week,
    PlainValidator(read_week),
    WithJsonSchema({"type": "object"}),
]
Keys: TypeAlias = Annotated[list[Key], Field(min_length=1)]


class TermsSection(Section):
    """The figures of one kind. `renamed` has the fields whose names differ from the terms'."""

    def terms(self, kind: Kind) -> Terms:
        """The terms, with their own defaults. Raises ValueError where they contradict each other."""
        names = [name for name in _TERMS[kind].model_fields if name in self.model_fields_set]
        values = {_RENAMED.get(name, name): domain_value(getattr(self, name)) for name in names}
        return TERMS[kind](**values)


_RENAMED: Final = {"holidays_of": "calendars"}


class HoursSection(TermsSection):
    week: Days = Field(
        description="Windows of each day, as in business hours.", examples=['{mon-fri: ["09:00-20:00"]}']
    )
    holidays_of: list[Calendar] = optional("Whose public holidays are special days.")
    on_holidays: SpecialWindows = optional("What is open on these holidays.")
    before_holidays: SpecialWindows = optional("Within what the windows of the day before one lie.")
    agreeable: FirmLevel = optional("How firmly somebody has to agree to other times to be called at them.")


class CapSection(TermsSection):
    calls: Count = Field(description="How many attempts are allowed.", examples=["3"])
    within: Duration = optional("In a rolling time.", examples=["24h"])
    days: Count = optional("In so many days of the local calendar, today included.", examples=["30"])
    per: Keys = Field(description="What the counted attempts have in common.", examples=["[person, subject]"])
    reach: ReachName = optional("How far attempts must have got to count; all count if left out.")
    unless_consent: Level = optional("No cap with such a consent.")
    unless_transaction_months: Count = optional("No cap with a transaction so few months ago.")


class CooldownSection(TermsSection):
    after: Event = Field(description="What calls rest after.", examples=["conversation"])
    days: Count = optional("The next call is on the event's date plus so many days, or later.")
    rest: Duration = optional("And no earlier than so long after the event.")
    per: Keys = Field(description="What the attempts have in common.", examples=["[person, debt]"])


class LockoutSection(TermsSection):
    after: Event = Field(description="What calls rest after.", examples=["abandoned"])
    rest: Duration = Field(description="How long.", examples=["72h"])
    unless_reserved: Flag = optional(
        "A call with a reserved agent, and no hanging up on machines, may be made."
    )
    then_reserved: Flag = optional("After the rest only such calls may be made, until a conversation.")


class ConsentSection(TermsSection):
    level: Level = Field(description="What consent is needed.", examples=["express"])
    or_customer: Flag = optional("A running contract does instead.")
    or_transaction_months: Count = optional("A transaction so few months ago does instead.")
    lapses_after_months: Count = optional("When a consent without a period lapses.")


class RegistrySection(TermsSection):
    registry: Text = Field(description="The registry's name.", examples=["tps"])
    max_age_days: Count = optional("How old the version at hand may be.")
    unless_consent: Level = optional("Who is on it may be called with such a consent.")
    lapses_after_months: Count = optional("When a consent without a period lapses.")
    unless_transaction_months: Count = optional("Or with a transaction so few months ago.")
    unless_inquiry_months: Count = optional("Or with an inquiry so few months ago.")


class CallerIdSection(TermsSection):
    series: list[Text] = optional("What the number shown begins with, in E.164.", examples=['["+91140"]'])


class RingSection(TermsSection):
    least: Duration = Field(description="How long an unanswered call rings at least.", examples=["15s"])


class MessageSection(TermsSection):
    within: Duration = Field(description="When the message starts at the latest.", examples=["2s"])


class AmdTestSection(TermsSection):
    max_age_days: Count = optional("How old the test may be.")


class AbandonmentSection(TermsSection):
    most: Share = Field(description="The highest share of abandoned calls.", examples=["3%"])
    formula: Formula = Field(description="What it is a share of.", examples=["person-answered"])
    period: Period = Field(description="Over which time.", examples=["successive"])
    length: Duration = optional("How long a rolling or successive period is.", examples=["30d"])
    scopes: Annotated[list[Scope], Field(min_length=1)] = optional("What is taken together.")
    alert: Share = optional("The share at which a supervisor is told.")


class RecordsSection(TermsSection):
    months: Count = Field(description="How long the evidence of a call is kept.", examples=["60"])


class InformativeSection(TermsSection):
    reason: Text = Field(description="Why nothing is decided by it.")


class PlainSection(TermsSection):
    """A kind without figures."""


_TERMS: Final[dict[Kind, type[TermsSection]]] = dict.fromkeys(Kind, PlainSection) | {
    Kind.HOURS: HoursSection,
    Kind.CAP: CapSection,
    Kind.COOLDOWN: CooldownSection,
    Kind.LOCKOUT: LockoutSection,
    Kind.CONSENT: ConsentSection,
    Kind.REGISTRY: RegistrySection,
    Kind.CALLER_ID: CallerIdSection,
    Kind.RING: RingSection,
    Kind.MESSAGE: MessageSection,
    Kind.AMD_TEST: AmdTestSection,
    Kind.ABANDONMENT: AbandonmentSection,
    Kind.RECORDS: RecordsSection,
    Kind.INFORMATIVE: InformativeSection,
}


class RuleSection(TermsSection):
    """The keys that every rule has."""

    kind: Kind = Field(description="What the rule is about.", examples=["hours"])
    summary: Text = Field(description="What it demands, in one sentence.")
    citation: Text = optional("Where it stands.")
    authority: Text = optional("Whose rule it is, if not the file's authority.")
    purposes: list[Purpose] = optional("What calls are for that it holds for; all if left out.")
    means: list[Means] = optional("How calls are made that it holds for; all if left out.")
    parties: list[Party] = optional("Who is called; all if left out.")
    lines: list[Line] = optional("What lines; all if left out.")
    effective_from: LocalDate = optional("The first local date on which it holds.")
    effective_to: LocalDate = optional("The last one.")
    confidence: Confidence = optional("How sure its figures are.")
    basis: Basis = optional("What they rest on.")
    reviewed: LocalDate = optional("When somebody last looked, if not the file's date.")
    note: Text = optional("What else a person should know.")
    figures: dict[str, Text] = optional("Figures that nothing decides by.")

    def rule(self, rule_id: str, *, jurisdiction: str, authority: str, reviewed: str, basis: Basis) -> Rule:
        """The rule. Raises ValueError where its parts contradict each other."""
        given = self.given(*_TERMS[self.kind].model_fields)
        for name in ("effective_from", "effective_to"):
            if name in given:
                given[name] = date.fromisoformat(given[name])
        defaults = {
            "authority": authority,
            "citation": "",
            "confidence": Confidence.HIGH,
            "basis": basis,
            "reviewed": reviewed,
        }
        values = defaults | given | {"terms": self.terms(self.kind), "id": rule_id}
        values["reviewed"] = date.fromisoformat(values["reviewed"])
        return Rule(jurisdiction=jurisdiction, **values)


class OverrideSection(TermsSection):
    """Other terms for a rule of whatever kind: all of them, since those that are left out have defaults."""

    remove: Flag = optional("The rule is left out altogether.")
    looser: Flag = optional("It is meant to allow what the rule refuses; this takes a right.")
    reason: Text = optional("Why.")


def _joined(base: type[TermsSection]) -> dict[Kind, Any]:
    return {
        kind: create_model(f"{kind.name.title()}{base.__name__}", __base__=(base, terms))
        for kind, terms in _TERMS.items()
    }


RULES: Final[dict[Kind, type[RuleSection]]] = _joined(RuleSection)
OVERRIDES: Final[dict[Kind, type[OverrideSection]]] = _joined(OverrideSection)
REMOVALS: Final = create_model("RemovalSection", __base__=OverrideSection)
"""An override that only removes has no terms."""
