"""The wall clock of a zone, as far as rules ask: which offset holds when, and when a local date begins.

A local date is a number of days since 1970-01-01. Offsets are compiled for one UTC day at a time and kept.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.domain.policy import Window
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant, Micros, moment

HORIZON_DAYS: Final = 400  # a year and a long holiday: closed for longer is closed for good
_PROBE: Final = 6 * HOUR  # no zone has changed its offset and back within so short a time
_DAYS_MAX: Final = 2048  # for each zone: the horizon of a search, and the years behind it
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
EPOCH_WEEKDAY: Final = date(1970, 1, 1).weekday()

Span: TypeAlias = tuple[Instant, Instant]
"""From the first instant to before the second."""

Stretch: TypeAlias = tuple[Instant, Instant, Micros]
"""[start, end) of one UTC day, and the offset from UTC that holds in it."""

_PROBES: Final = (
    ("America/Vancouver", 1796083200, -7 * HOUR, "British Columbia stays on one time since November 2026"),
    ("America/Edmonton", 1796083200, -6 * HOUR, "Alberta stays on one time since November 2026"),
    ("America/Winnipeg", 1796083200, -5 * HOUR, "Manitoba stays on one time since November 2026"),
)
"""What a database of before 2026f has wrong, on 1 December 2026."""


def stale_zones() -> list[str]:
    """What the loaded time zone database has wrong, one line each; none if it is young enough to dial by."""
    return [
        f"{zone} is wrong: {why}"
        for zone, at_s, offset, why in _PROBES
        if clock(zone).offset(at_s * SECOND) != offset
    ]


def local_day(day: date) -> int:
    """The number of a local date."""
    return day.toordinal() - EPOCH_ORDINAL


WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def wall_time(at: Instant, clock: "LocalClock") -> str:
    """What a wall clock shows, to the minute: Tue 08:00."""
    day, since_midnight = divmod(at + clock.offset(at), DAY)
    hours, minutes = divmod(since_midnight // MINUTE, 60)
    return f"{WEEKDAYS[weekday(day)]} {hours:02}:{minutes:02}"


def weekday(day: int) -> int:
    """Monday is 0."""
    return (day + EPOCH_WEEKDAY) % 7


class LocalClock:
    """One zone."""

    def __init__(self, zone: str) -> None:
        self.zone: Final = zone
        self._info = ZoneInfo(zone)
        self._days: dict[int, tuple[Stretch, ...]] = {}
        self._begins: dict[int, Instant] = {}

    def stretches(self, day: int) -> tuple[Stretch, ...]:
        """The parts of a UTC day over which the offset stays the same, in order."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _DAYS_MAX:
                self._days.clear()
            known = self._days[day] = tuple(self._compile(day * DAY, (day + 1) * DAY))
        return known

    def spans(self, day: int, windows: Callable[[int], Iterable[Window]]) -> Iterator[Span]:
        """What the windows of local dates are of a UTC day, apart from how they overlap."""
        for start, end, offset in self.stretches(day):
            for today in range((start + offset) // DAY, (end - 1 + offset) // DAY + 1):
                midnight = today * DAY - offset
                for window in windows(today):
                    opens = max(start, midnight + window.opens * MINUTE)
                    closes = min(end, midnight + window.closes * MINUTE)
                    if opens < closes:
                        yield opens, closes

    def offset(self, at: Instant) -> Micros:
        stretches = self.stretches(at // DAY)
        if len(stretches) == 1:
            return stretches[0][2]
        return next(offset for _, end, offset in stretches if at < end)

    def day(self, at: Instant) -> int:
        """The local date."""
        return (at + self.offset(at)) // DAY

    def begins(self, day: int) -> Instant:
        """The first instant whose local date is `day` or later."""
        known = self._begins.get(day)
        if known is None:
            if len(self._begins) >= _DAYS_MAX:
                self._begins.clear()
            known = self._begins[day] = next(
                first
                for utc_day in range(day - 1, day + 2)  # no zone is a day away from UTC
                for start, end, offset in self.stretches(utc_day)
                if (first := max(start, day * DAY - offset)) < end
            )
        return known

    def _compile(self, start: Instant, end: Instant) -> Iterator[Stretch]:
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
        offset = moment(at, self._info).utcoffset()
        assert offset is not None
        return (offset.days * 86_400 + offset.seconds) * SECOND


@cache
def clock(zone: str) -> LocalClock:
    """The clock of an IANA zone; there are some six hundred. Raises ZoneInfoNotFoundError."""
    return LocalClock(zone)


def is_zone(zone: str) -> bool:
    """Whether this is an IANA zone that the database knows."""
    try:
        clock(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
