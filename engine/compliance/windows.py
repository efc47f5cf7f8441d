"""Open where every rule is open in every zone that the called party may be in.

Windows are half-open wall times of a local day, so daylight saving needs no rule of its own: a wall time
that is skipped opens nothing, and one that comes twice is open twice. A rule that is not in force at an
instant closes nothing then.
"""

from collections.abc import Iterable
from typing import Final

from engine.compliance.almanac import HolidayDays
from engine.compliance.rules import Rule
from engine.compliance.terms import Hours
from engine.compliance.zones import HORIZON_DAYS, LocalClock, Span, weekday
from engine.domain.policy import Window
from engine.domain.time import DAY, Instant

_DAYS_MAX: Final = 1024  # for each schedule: a whole horizon and then some


class LocalHours:
    """One rule's windows in one zone."""

    def __init__(self, rule: Rule, clock: LocalClock, holidays: HolidayDays | None) -> None:
        assert isinstance(rule.terms, Hours)
        assert (holidays is None) is not bool(rule.terms.calendars), "calendars come with their days"
        self.rule: Final = rule
        self.terms: Final = rule.terms
        self.clock: Final = clock
        self._holidays = holidays
        self._starts, self._ends = rule.starts, rule.ends
        self._days: dict[int, tuple[Span, ...]] = {}

    def is_open(self, at: Instant) -> bool:
        for start, end in self.spans(at // DAY):
            if at < end:
                return start <= at
        return False

    def spans(self, day: int) -> tuple[Span, ...]:
        """The open spans of a UTC day, apart and in order."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _DAYS_MAX:
                self._days.clear()
            known = self._days[day] = self._compile(day)
        return known

    def windows(self, local_day: int) -> tuple[Window, ...]:
        """What is open on a local date."""
        holidays, terms = self._holidays, self.terms
        if holidays is None:
            return terms.week[weekday(local_day)]
        if not holidays.knows(local_day):
            return ()
        eve = False
        if terms.before_holidays is not None:
            if not holidays.knows(local_day + 1):
                return ()
            eve = local_day + 1 in holidays
        return terms.windows(weekday(local_day), holiday=local_day in holidays, eve=eve)

    def _compile(self, day: int) -> tuple[Span, ...]:
        start, end = day * DAY, (day + 1) * DAY
        if end <= self._starts or start >= self._ends:
            return ((start, end),)
        spans = list(self.clock.spans(day, self.windows))
        if start < self._starts:
            spans = [*_overlap(spans, [(self._starts, end)]), (start, self._starts)]
        if self._ends < end:
            spans = [*_overlap(spans, [(start, self._ends)]), (self._ends, end)]
        return _joined(spans)


class Schedule:
    """Several rules in several zones: open where all of them are."""

    def __init__(self, parts: Iterable[LocalHours]) -> None:
        self.parts: Final = tuple(parts)
        self._days: dict[int, tuple[Span, ...]] = {}

    def is_open(self, at: Instant) -> bool:
        """At a closing instant it is not."""
        day = at // DAY
        for start, end in self.spans(day):
            if at < end:
                return start <= at
        return False

    def next_opening(self, at: Instant) -> Instant | None:
        """`at` itself when open, else the earliest later open instant; None if there is none in 400 days."""
        today = at // DAY
        for day in range(today, today + HORIZON_DAYS + 1):
            for start, end in self.spans(day):
                if at < end:
                    return max(at, start)
        return None

    def closing(self, at: Instant) -> LocalHours | None:
        """The first of the parts that are closed at an instant; None where all are open."""
        return next((part for part in self.parts if not part.is_open(at)), None)

    def spans(self, day: int) -> tuple[Span, ...]:
        """The open spans of a UTC day, apart and in order."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _DAYS_MAX:
                self._days.clear()
            spans: list[Span] = [(day * DAY, (day + 1) * DAY)]
            for part in self.parts:
                spans = _overlap(spans, part.spans(day))
            known = self._days[day] = tuple(spans)
        return known


def _overlap(these: Iterable[Span], those: Iterable[Span]) -> list[Span]:
    """What lies in both. Each is apart and in order, or has one span only."""
    return [(max(a, c), min(b, d)) for a, b in these for c, d in those if max(a, c) < min(b, d)]


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same instants as spans that are apart and in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
