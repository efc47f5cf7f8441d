"""Whether ownership keeps a campaign from a lead, and who becomes its owner.

A lead is owned while now is before the expiry.
"""

from dataclasses import dataclass

from engine.domain.lists import OwnershipPolicy
from engine.domain.time import Instant, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """The hold of campaign `owner` on a lead. `until` None: no expiration; `duration`: what it was granted
    for, None likewise; `fulfilled`: a call has succeeded since it began."""

    owner: str
    since: Instant
    until: Instant | None
    duration: Micros | None
    fulfilled: bool = False


def holds_off(owner: str | None, until: Instant | None, campaign: str, *, now: Instant) -> bool:
    """Whether another campaign owns the lead now, so that `campaign` may not dial it."""
    return owner is not None and owner != campaign and (until is None or now < until)


def taken(
    campaign: str,
    policy: OwnershipPolicy,
    *,
    owner: str | None,
    until: Instant | None,
    now: Instant,
) -> Ownership | None:
    """What a valid attempt of `campaign`, settled now, makes of a lead with this owner. None: nothing new; an
    owner's further attempts do not move the expiry."""
    if not policy.enabled or (owner is not None and (until is None or now < until)):
        return None
    ends = None if policy.duration is None else now + policy.duration
    return Ownership(owner=campaign, since=now, until=ends, duration=policy.duration)
