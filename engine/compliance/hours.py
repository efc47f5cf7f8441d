"""Open exactly when the wall clock stands inside a window of its local day.

So daylight saving needs no rule of its own: a wall time that is skipped never opens anything, and one that
comes twice is open twice.
"""

from datetime import date
from typing import Final

from engine.compliance.zones import HORIZON_DAYS, Span, clock, local_day, weekday
from engine.domain.policy import BusinessHours, Window
from engine.domain.time import DAY, Instant

_CALENDARS_MAX: Final = 4096  # more than there are campaigns; then they are compiled anew
_DAYS_MAX: Final = 1024  # for each calendar: a whole horizon and then some


def is_open(hours: BusinessHours, at: Instant) -> bool:
    """Whether `at` lies in business hours. At the closing instant it does not."""
    return any(start <= at < end for start, end in _calendar(hours).spans(at // DAY))


def next_opening(hours: BusinessHours, at: Instant) -> Instant | None:
    """`at` itself when open, else the earliest later open instant; None when there is none in 400 days."""
    calendar = _calendar(hours)
    today = at // DAY
    for day in range(today, today + HORIZON_DAYS + 1):
        for start, end in calendar.spans(day):
            if at < end:
                return max(at, start)
    return None


class _Calendar:
    """Business hours compiled to open spans of instants, one UTC day at a time."""

    def __init__(self, hours: BusinessHours) -> None:
        self.hours = hours  # held, so that its id is not given to another while this is cached
        self._clock = clock(hours.zone)
        self._closed = frozenset(local_day(date.fromisoformat(day)) for day in hours.holidays)
        self._days: dict[int, tuple[Span, ...]] = {}

    def spans(self, day: int) -> tuple[Span, ...]:
        """The open [start, end) spans within a UTC day, counted from 1970, ascending."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _DAYS_MAX:
                self._days.clear()
            known = self._days[day] = tuple(sorted(self._clock.spans(day, self._windows)))
        return known

    def _windows(self, local_day: int) -> tuple[Window, ...]:
        return () if local_day in self._closed else self.hours.week[weekday(local_day)]


_calendars: dict[int, _Calendar] = {}


def _calendar(hours: BusinessHours) -> _Calendar:
    # By identity: hashing the value itself costs more than the question.
    calendar = _calendars.get(id(hours))
    if calendar is None:
        if len(_calendars) >= _CALENDARS_MAX:
            _calendars.clear()
        calendar = _calendars[id(hours)] = _Calendar(hours)
    return calendar
