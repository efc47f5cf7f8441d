"""Who was last seen in which segment, as it follows from what the jobs told. Replay keeps one; the store
decides by its own tables.
"""

from collections.abc import Collection

from engine.domain.time import Instant
from engine.segments.observation import Membership, ReentrySetting, Seen, seen


class SegmentBook:
    """Leads are ids, segments names. Before anything is told of a segment, nobody is in it."""

    def __init__(self) -> None:
        self.settings: dict[str, ReentrySetting] = {}
        self._members: dict[str, dict[int, Membership]] = {}
        self._renewed: dict[str, tuple[Instant, set[int]]] = {}  # by the segment's latest job with any

    def configure(self, segment: str, setting: ReentrySetting) -> None:
        self.settings[segment] = setting

    def looks(self, segment: str, lead: int, *, inside: bool) -> Seen:
        """What it would mean if a job saw the lead there now."""
        before = self._members.get(segment, {}).get(lead)
        return seen(before, inside=inside, setting=self.settings.get(segment, ReentrySetting()))

    def observe(self, segment: str, entered: Collection[int], left: Collection[int], *, at: Instant) -> None:
        """A job saw these leads come in and go out."""
        renewed = {lead for lead in entered if self.looks(segment, lead, inside=True) is Seen.RE_ENTRY}
        before_at, before = self._renewed.get(segment, (at, set()))
        self._renewed[segment] = (at, before | renewed if before_at == at else renewed)
        members = self._members.setdefault(segment, {})
        members.update((lead, Membership(inside=True, since=at)) for lead in entered)
        members.update((lead, Membership(inside=False, since=at)) for lead in left)

    def renews(self, segment: str, lead: int, *, at: Instant) -> bool:
        """Whether a job of this instant saw a true re-entry of the lead."""
        when, leads = self._renewed.get(segment, (at, set()))
        return when == at and lead in leads

    def holds(self, segments: Collection[str], lead: int) -> bool:
        """Whether the lead was last seen in one of these."""
        return any(
            membership.inside
            for segment in segments
            if (membership := self._members.get(segment, {}).get(lead)) is not None
        )
