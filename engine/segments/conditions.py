"""Whether a lead is in a segment now. The store asks the same in SQL; a property test compares the two."""

import re
from datetime import date
from typing import Final, assert_never

from engine.domain.segments import (
    NUMBER_MAX,
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    DateBetween,
    DurationBetween,
    Field,
    LeadFacts,
    LeadField,
    Missing,
    Not,
    NumberBetween,
    TextContains,
    TextIn,
)
from engine.domain.time import Instant, Micros

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def matches(lead: LeadFacts, condition: Condition, *, now: Instant) -> bool:
    """A comparison with something that the lead does not have is false."""
    match condition:
        case AllOf(conditions):
            return all(matches(lead, each, now=now) for each in conditions)
        case AnyOf(conditions):
            return any(matches(lead, each, now=now) for each in conditions)
        case Not(inner):
            return not matches(lead, inner, now=now)
        case TextIn():
            return any(text in condition.values for text in _texts(lead, condition.field))
        case TextContains():
            return any(condition.part in text for text in _texts(lead, condition.field))
        case NumberBetween():
            number = _number(lead, condition.field)
            return number is not None and _between(number, condition.at_least, condition.at_most)
        case DateBetween():
            day = as_date(lead.attributes.get(condition.field.name, ""))
            first, last = condition.first, condition.last
            return day is not None and (first is None or first <= day) and (last is None or day <= last)
        case DurationBetween():
            duration = _duration(lead, condition.field, now)
            return duration is not None and _between(duration, condition.at_least, condition.at_most)
        case Missing():
            return _is_missing(lead, condition.field, now)
        case _ as never:
            assert_never(never)


def as_number(text: str) -> float | None:
    """What a plain decimal says: 12, -3.5, +007; None for anything else."""
    return float(text) if len(text) <= NUMBER_MAX and _NUMBER.fullmatch(text) else None


def as_date(text: str) -> str | None:
    """A day of the calendar, YYYY-MM-DD, as it stands; None for anything else."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text


def _between(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _texts(lead: LeadFacts, field: Field) -> tuple[str, ...]:
    if field is LeadField.PHONE_KIND:
        return lead.phone_kinds
    value = lead.attributes.get(field.name) if isinstance(field, Attribute) else getattr(lead, field)
    return () if value is None else (value,)


def _number(lead: LeadFacts, field: Field) -> float | None:
    if isinstance(field, Attribute):
        return as_number(lead.attributes.get(field.name, ""))
    return float(lead.calls if field is LeadField.CALLS else len(lead.phone_kinds))


def _duration(lead: LeadFacts, field: LeadField, now: Instant) -> Micros | None:
    if field is LeadField.LAST_DURATION:
        return lead.last_duration
    since = {
        LeadField.IMPORTED_AGO: lead.imported_at,
        LeadField.LAST_CALLED_AGO: lead.last_called_at,
        LeadField.SUCCEEDED_AGO: lead.succeeded_at,
    }[field]
    return None if since is None else now - since


def _is_missing(lead: LeadFacts, field: Field, now: Instant) -> bool:
    if isinstance(field, LeadField) and field in _DURATIONS:
        return _duration(lead, field, now) is None
    if field in (LeadField.CALLS, LeadField.PHONES):
        return False
    return not _texts(lead, field)


_DURATIONS: Final = frozenset(
    {
        LeadField.LAST_DURATION,
        LeadField.IMPORTED_AGO,
        LeadField.LAST_CALLED_AGO,
        LeadField.SUCCEEDED_AGO,
    }
)
