"""What no rule can compute: which local dates are holidays, and what was proclaimed or declared.

A date outside of the years that a calendar knows is no ordinary day: rules with holidays are closed on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from engine.compliance.zones import local_day
from engine.domain.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayCalendar:
    """The holidays of a country or a part of it, in the years from `first_year` to `last_year`."""

    name: str  # GB-ENG, US-LA, FR
    first_year: int
    last_year: int
    holidays: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proclamation:
    """A day that an authority made a holiday, which no calendar could know."""

    jurisdiction: str
    day: date
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredEmergency:
    """A state of emergency, until somebody enters its end."""

    jurisdiction: str
    starts: Instant
    ends: Instant | None = None
    note: str = ""

    def holds(self, at: Instant) -> bool:
        return self.starts <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Almanac:
    """Everything of this kind that is known. Proclamations and emergencies are the operator's to edit."""

    calendars: tuple[HolidayCalendar, ...] = ()
    proclamations: tuple[Proclamation, ...] = ()
    emergencies: tuple[DeclaredEmergency, ...] = ()
    _by_name: dict[str, HolidayCalendar] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {calendar.name: calendar for calendar in self.calendars})

    def missing(self, names: Iterable[str]) -> list[str]:
        """The calendars of `names` that are not here."""
        return sorted({name for name in names if name not in self._by_name})

    def days(self, names: tuple[str, ...], jurisdiction: str) -> "HolidayDays":
        """The holidays of any of these calendars, with what was proclaimed for the jurisdiction."""
        calendars = [self._by_name[name] for name in names]
        return HolidayDays(
            days={local_day(day) for calendar in calendars for day in calendar.holidays}
            | {
                local_day(entry.day)
                for entry in self.proclamations
                if within(jurisdiction, entry.jurisdiction)
            },
            known_from=max(local_day(date(calendar.first_year, 1, 1)) for calendar in calendars),
            known_to=min(local_day(date(calendar.last_year, 12, 31)) for calendar in calendars),
        )


class HolidayDays:
    """Local dates that are holidays, and the span in which that is known."""

    def __init__(self, *, days: Iterable[int], known_from: int, known_to: int) -> None:
        self._days: Final = frozenset(days)
        self._known_from: Final = known_from
        self._known_to: Final = known_to

    def knows(self, day: int) -> bool:
        return self._known_from <= day <= self._known_to

    def __contains__(self, day: object) -> bool:
        return day in self._days


def within(jurisdiction: str, whole: str) -> bool:
    """Whether a jurisdiction is another or a part of it: US-LA is within US."""
    return jurisdiction == whole or jurisdiction.startswith(f"{whole}-")
