"""Instants and durations are whole microseconds, so that a journal repeats to the byte."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

Instant: TypeAlias = int  # microseconds since 1970-01-01T00:00:00Z
Micros: TypeAlias = int  # a duration

MILLISECOND: Final = 1_000
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)


def instant(moment: datetime) -> Instant:
    """The instant of an aware datetime. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; write it as …Z or …+01:00")
    return (moment - _EPOCH) // _MICRO


def moment(at: Instant, zone: ZoneInfo | None = None) -> datetime:
    """The aware datetime of an instant, in UTC or in `zone`."""
    utc = _EPOCH + timedelta(microseconds=at)
    return utc.astimezone(zone) if zone else utc


def iso(at: Instant, zone: ZoneInfo | None = None) -> str:
    """ISO 8601 to the second, or to the microsecond where there is a fraction."""
    text = moment(at, zone).isoformat()
    return text.replace("+00:00", "Z")


def spoken(duration: Micros) -> str:
    """A duration as a person writes it: `90s` is `1m 30s`, two days are `2d`."""
    sign, rest = ("-", -duration) if duration < 0 else ("", duration)
    parts = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    if rest or not parts:
        parts.append(f"{rest / SECOND:.3f}".rstrip("0").rstrip(".") + "s")
    return sign + " ".join(parts)
