"""What a segment job's look at one lead means.

1. A job sees what is so when it runs; what happened between two jobs was not seen by anyone.
2. A re-entry is true if the lead was first seen OUT after the setting was last switched on, and is seen IN
   again by a later job while it is still on.
3. Further jobs that still see it OUT, and saving *on* again, renew nothing; a first entry never counts.
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.time import Instant


class Seen(StrEnum):
    NOTHING_NEW = "nothing-new"
    FIRST_ENTRY = "first-entry"
    LEFT = "left"
    BACK = "back"  # in again, and no new cycle
    RE_ENTRY = "re-entry"  # in again, with a new cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class ReentrySetting:
    """`since`: the latest switch from off to on."""

    on: bool = False
    since: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A lead that was once seen inside. `since`: the job that first saw what is so now."""

    inside: bool
    since: Instant


def seen(before: Membership | None, *, inside: bool, setting: ReentrySetting) -> Seen:
    """What it means that a job sees the lead inside, or not."""
    if before is None:
        return Seen.FIRST_ENTRY if inside else Seen.NOTHING_NEW
    if before.inside == inside:
        return Seen.NOTHING_NEW
    if before.inside:
        return Seen.LEFT
    return Seen.RE_ENTRY if resets(before.since, setting) else Seen.BACK


def resets(out_since: Instant, setting: ReentrySetting) -> bool:
    """Whether a lead that was first seen OUT at `out_since` begins a new cycle when it is seen IN now."""
    return setting.on and setting.since is not None and out_since >= setting.since


def switched(
    before: ReentrySetting, *, on: bool, now: Instant, observed_at: Instant | None
) -> ReentrySetting:
    """The setting once somebody has saved it. What a job saw up to this moment, at this very instant too, was
    seen before the switch."""
    if on == before.on:
        return before
    if not on:
        return ReentrySetting(on=False, since=before.since)
    return ReentrySetting(on=True, since=now if observed_at is None else max(now, observed_at + 1))
