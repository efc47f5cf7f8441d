"""When a segment is looked at next: at whole intervals since 1970, or at times of the local day."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.domain.segments import SegmentPolicy
from engine.domain.time import Instant, instant, moment


def next_look(segment: SegmentPolicy, after: Instant) -> Instant | None:
    """The first job after an instant; None for a segment that is only looked at when somebody asks. A time
    that a clock change skips comes as much later; one that comes twice is meant the first time."""
    if segment.every is not None:
        return (after // segment.every + 1) * segment.every
    if segment.zone is None:
        return None
    zone = ZoneInfo(segment.zone)
    today = moment(after, zone).date()
    times = (
        datetime(day.year, day.month, day.day, *divmod(minutes, 60), tzinfo=zone)
        for day in (today + timedelta(days=ahead) for ahead in range(-1, 3))
        for minutes in segment.at
    )
    return min(at for at in map(instant, times) if at > after)
