"""The choices of a reset as people write them, on the command line and in files: ages, durations, dates."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.domain.time import MINUTE, SECOND
from engine.names import listed
from engine.resets.request import (
    AgeRange,
    Callable as Callable_,
    DateRange,
    DurationRange,
    Exceptions,
    RecordAge,
    ResetRequest,
)

Choice: TypeAlias = Callable[[ResetRequest, str], ResetRequest]

ALL: Final = "all"
ANY: Final = "any"
AGE_HELP: Final = "an age is all, a range of whole days (0-30), or of dates (2026-01-01..2026-01-31)"
LENGTH_HELP: Final = "a range of durations is all, or in seconds or minutes: 0-20s, 1-5m"

_DAYS: Final = re.compile(r"([0-9]+)-([0-9]+)")
_DATES: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})(?: (\S+))?")
_LENGTHS: Final = re.compile(r"([0-9]+)-([0-9]+)([sm])")
_UNITS: Final = {"s": SECOND, "m": MINUTE}


def read_age(text: str, zone: str = "UTC") -> RecordAge:
    """`all`, `0-30` days, or `2026-01-01..2026-01-31`, also with a zone behind: `… Europe/London`. Raises
    ValueError with what would be right."""
    if text == ALL:
        return None
    if days := _DAYS.fullmatch(text):
        return AgeRange(least=int(days[1]), most=int(days[2]))
    if dates := _DATES.fullmatch(text):
        return read_dates(dates[1], dates[2], dates[3] or zone)
    raise ValueError(f"is {text!r}; {AGE_HELP}")


def read_dates(first: str, last: str, zone: str = "UTC") -> DateRange:
    """Two dates in a zone, both included. Raises ValueError."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"has the zone {zone!r}; a time zone is wanted: Europe/London") from None
    return DateRange(first=_date(first), last=_date(last), zone=zone)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {text!r}; a date is wanted: 2026-01-31") from None


def read_length(text: str) -> DurationRange | None:
    """`all`, `0-20s` or `1-5m`. Raises ValueError with what would be right."""
    if text == ALL:
        return None
    match = _LENGTHS.fullmatch(text)
    if match is None:
        raise ValueError(f"is {text!r}; {LENGTH_HELP}")
    unit = _UNITS[match[3]]
    return DurationRange(least=int(match[1]) * unit, most=int(match[2]) * unit)


def write_age(age: RecordAge) -> str:
    """As `read_age` reads it."""
    if age is None:
        return ALL
    if isinstance(age, AgeRange):
        return f"{age.least}-{age.most}"
    dates = f"{age.first.isoformat()}..{age.last.isoformat()}"
    return dates if age.zone == "UTC" else f"{dates} {age.zone}"


def write_length(length: DurationRange | None) -> str:
    """As `read_length` reads it."""
    if length is None:
        return ALL
    unit = "s" if length.least % MINUTE or length.most % MINUTE or not length.most else "m"
    size = _UNITS[unit]
    return f"{length.least // size}-{length.most // size}{unit}"


# --- choices by name ------------------------------------------------------------------------------


def choose(request: ResetRequest, choice: str, text: str) -> ResetRequest:
    """The request with one choice as a person says it. Raises KeyError for a choice that there is not, and
    ValueError with what would be right."""
    return CHOICES[choice](request, text)


def _setting(name: str, read: Callable[[str], Any]) -> Choice:
    return lambda request, text: replace(request, settings=replace(request.settings, **{name: read(text)}))


def _property(name: str, read: Callable[[str], Any]) -> Choice:
    def choose(request: ResetRequest, text: str) -> ResetRequest:
        properties = replace(request.properties, **{name: read(text)})
        return replace(request, properties=properties, zero=request.zero and properties.override_max)

    return choose


def _result(name: str) -> Choice:
    return lambda request, text: replace(request, results=replace(request.results, **{name: _names(text)}))


def _zero(request: ResetRequest, text: str) -> ResetRequest:
    return replace(request, zero=_yes(text))


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"is {text!r}; say yes or no")
    return text == "yes"


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def _one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(text: str) -> StrEnum:
        if text not in list(kind):
            raise ValueError(f"is {text!r}; it is {listed(list(kind))}")
        return kind(text)

    return read


CHOICES: Final[dict[str, Choice]] = {
    "lists": _setting("lists", _names),
    "age": _setting("age", read_age),
    "override-compliance": _setting("override_compliance", _yes),
    "callable": _property("callable", _one_of(Callable_)),
    "override-final": _property("override_final", _yes),
    "override-max": _property("override_max", _yes),
    "duration": _property("duration", read_length),
    "exceptions": _property("exceptions", _one_of(Exceptions)),
    "supplier": _property("supplier", lambda text: None if text == ANY else text),
    "statuses": _result("statuses"),
    "codes": _result("codes"),
    "zero": _zero,
}
