"""Open exactly when the wall clock stands inside a window of its local day.

So daylight saving needs no rule of its own: a wall time that is skipped never opens anything, and one that
comes twice is open twice.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from engine.domain.policy import BusinessHours
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant, Micros, moment

HORIZON_DAYS: Final = 400  # a year and a long holiday: closed for longer is closed for good
_CALENDARS_MAX: Final = 4096  # more than there are campaigns; then they are compiled anew
_DAYS_MAX: Final = 1024  # for each calendar: a whole horizon and then some

_PROBE: Final = 6 * HOUR  # no zone has changed its offset and back within so short a time

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY: Final = date(1970, 1, 1).weekday()

_Span: TypeAlias = tuple[Instant, Instant]


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
        self._zone = ZoneInfo(hours.zone)
        self._closed = frozenset(
            date.fromisoformat(day).toordinal() - _EPOCH_ORDINAL for day in hours.holidays
        )
        self._days: dict[int, tuple[_Span, ...]] = {}

    def spans(self, day: int) -> tuple[_Span, ...]:
        """The open [start, end) spans within a UTC day, counted from 1970, ascending."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _DAYS_MAX:
                self._days.clear()
            known = self._days[day] = tuple(sorted(self._compile(day)))
        return known

    def _compile(self, day: int) -> Iterator[_Span]:
        for start, end, offset in self._steady(day * DAY, (day + 1) * DAY):
            for local_day in range((start + offset) // DAY, (end - 1 + offset) // DAY + 1):
                if local_day in self._closed:
                    continue
                midnight = local_day * DAY - offset
                for window in self.hours.week[(local_day + _EPOCH_WEEKDAY) % 7]:
                    opens = max(start, midnight + window.opens * MINUTE)
                    closes = min(end, midnight + window.closes * MINUTE)
                    if opens < closes:
                        yield opens, closes

    def _steady(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant, Micros]]:
        """The stretches of [start, end) over which the UTC offset stays the same, and that offset."""
        since, offset = start, self._offset(start)
        last = start
        for probe in (*range(start + _PROBE, end, _PROBE), end - SECOND):
            later = self._offset(probe)
            if later != offset:
                change = self._change(last, probe)
                yield since, change, offset
                since, offset = change, later
            last = probe
        yield since, end, offset

    def _change(self, low: Instant, high: Instant) -> Instant:
        """The instant in (low, high] from which `high`'s offset holds. Zones change on whole seconds."""
        before = self._offset(low)
        while high - low > SECOND:
            middle = (low + high) // (2 * SECOND) * SECOND
            if self._offset(middle) == before:
                low = middle
            else:
                high = middle
        return high

    def _offset(self, at: Instant) -> Micros:
        offset = moment(at, self._zone).utcoffset()
        assert offset is not None
        return (offset.days * 86_400 + offset.seconds) * SECOND


_calendars: dict[int, _Calendar] = {}


def _calendar(hours: BusinessHours) -> _Calendar:
    # By identity: hashing the value itself costs more than the question.
    calendar = _calendars.get(id(hours))
    if calendar is None:
        if len(_calendars) >= _CALENDARS_MAX:
            _calendars.clear()
        calendar = _calendars[id(hours)] = _Calendar(hours)
    return calendar
