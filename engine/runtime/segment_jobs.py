"""The segment jobs that come by themselves, as a configuration wants them."""

from collections.abc import Iterable

from engine.domain.segments import SegmentPolicy
from engine.domain.time import Instant
from engine.runtime.jobs import PeriodicJob
from engine.segments.schedule import next_look
from engine.store.segment_job import observe
from engine.store.transaction import Change


def segment_jobs(segments: Iterable[SegmentPolicy]) -> list[PeriodicJob]:
    """One for each segment with an interval or times, by name."""
    return [
        _Looks(segment).job
        for segment in sorted(segments, key=lambda each: each.name)
        if segment.every is not None or segment.at
    ]


class _Looks:
    """A segment with an interval is looked at when the engine starts: nobody saw what happened meanwhile."""

    def __init__(self, segment: SegmentPolicy) -> None:
        self._segment = segment
        self._looked = segment.every is None
        self.job = PeriodicJob(f"segment {segment.name}", self._look, self._next)

    def _look(self) -> Change[object]:
        self._looked = True
        return observe(self._segment.name)

    def _next(self, after: Instant) -> Instant | None:
        return next_look(self._segment, after) if self._looked else after + 1
