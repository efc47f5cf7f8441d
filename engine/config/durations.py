"""Durations as people write them: a number and a unit, largest unit first: `90s`, `1h30m`, `250ms`."""

import re
from typing import Final

from engine.domain.policy import MAX_INTERVAL
from engine.domain.time import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Micros

UNITS: Final = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": MILLISECOND}
DURATION_HELP: Final = "a duration is a number and a unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m"
DURATION_PATTERN: Final = (
    r"^(?=.)" + "".join(rf"(?:([0-9]+(?:\.[0-9]+)?){unit}(?![a-z]))?" for unit in UNITS) + "$"
)

_DURATION: Final = re.compile(DURATION_PATTERN)


def is_duration(text: str) -> bool:
    """Whether the text has the form of a duration."""
    return _DURATION.fullmatch(text) is not None


def parse_duration(text: str) -> Micros:
    """The duration in microseconds. Raises ValueError with what would be right."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"is {text!r}; {DURATION_HELP}")
    total = 0.0
    for amount, size in zip(match.groups(), UNITS.values(), strict=True):
        total += float(amount or 0) * size
    if total > MAX_INTERVAL:
        raise ValueError(f"is {text!r}; the longest duration is {MAX_INTERVAL // DAY}d")
    return round(total)


def write_duration(duration: Micros) -> str:
    """The shortest text that `parse_duration` reads as this duration; milliseconds are the finest unit."""
    text, rest = "", duration
    for unit, size in UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            text += f"{count}{unit}"
    return text or "0s"
