"""Times of day, days of the week and instants, as people write them. Every reader raises ValueError."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from engine.domain.policy import Window
from engine.domain.time import DAY, Instant, instant, moment

YEAR_MIN: Final = 1971  # a year after the epoch, so that no offset goes before it
YEAR_MAX: Final = 2199  # beyond it a date is a typing error
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW_PATTERN: Final = r"^([0-1][0-9]|2[0-3]):[0-5][0-9]-(([0-1][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
DAYS_PATTERN: Final = rf"^({'|'.join(WEEKDAYS)})(-({'|'.join(WEEKDAYS)}))?$"
DATE_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

_WINDOW: Final = re.compile(WINDOW_PATTERN)


def parse_window(text: str) -> Window:
    """`09:00-17:30`, within one day; 24:00 is the day's end."""
    if _WINDOW.fullmatch(text) is None:
        raise ValueError(f"is {text!r}; a window is written 09:00-17:30")
    opens, closes = (_minutes(part) for part in text.split("-"))
    if opens >= closes:
        advice = "one that passes midnight is two windows, such as 22:00-24:00 and 00:00-06:00"
        raise ValueError(f"is {text!r}; a window opens before it closes ({advice})")
    return Window(opens=opens, closes=closes)


def parse_days(text: str) -> range:
    """`mon` or `mon-fri`, as numbers of weekdays from Monday = 0."""
    first, _, last = text.partition("-")
    names = (first, last or first) if "-" in text else (first, first)
    if names[0] not in WEEKDAYS or names[1] not in WEEKDAYS or text.endswith("-"):
        raise ValueError(f"is {text!r}; days are {', '.join(WEEKDAYS)}, or from one to another: mon-fri")
    begin, end = (WEEKDAYS.index(name) for name in names)
    if begin > end:
        raise ValueError(f"is {text!r}; the earlier day comes first, and the week begins on mon")
    return range(begin, end + 1)


def parse_date(text: str) -> str:
    """A local date, YYYY-MM-DD, as it stands."""
    if re.fullmatch(DATE_PATTERN, text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    raise ValueError(f"is {text!r}; a date is written 2026-12-25")


def parse_moment(text: str) -> datetime:
    """ISO 8601 with a zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {text!r}; a time is ISO 8601 with a zone: 2026-03-02T09:00:00Z") from None
    if when.tzinfo is None and "T" not in text:
        raise ValueError(f"is {text!r}; a time is ISO 8601 with a zone: 2026-03-02T09:00:00Z")
    if when.tzinfo is None:
        raise ValueError(f"is {text!r}, which has no zone; write it as {text}Z or {text}+01:00")
    if not YEAR_MIN <= when.year <= YEAR_MAX:
        raise ValueError(f"is {text!r}; the year must be from {YEAR_MIN} to {YEAR_MAX}")
    return when


def parse_when(text: str) -> Instant:
    """A date, which is its beginning in UTC, or ISO 8601 with a zone."""
    if re.fullmatch(DATE_PATTERN, text):
        return instant(parse_moment(f"{parse_date(text)}T00:00:00Z"))
    try:
        return instant(parse_moment(text))
    except ValueError as error:
        raise ValueError(f"{error}, or a date: 2026-03-02") from None


def local_midnights(start: Instant, end: Instant, offset: timedelta) -> list[Instant]:
    """Midnight of every local day that has a part in [start, end), at a fixed offset from UTC."""
    first = moment(start + offset // timedelta(microseconds=1)).date()
    shift = offset // timedelta(microseconds=1)
    midnight = instant(datetime.fromisoformat(f"{first.isoformat()}T00:00:00+00:00")) - shift
    return list(range(midnight, end, DAY))


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
