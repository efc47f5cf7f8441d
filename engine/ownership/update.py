"""What an update of the call list makes of an owned lead: it expires, is granted anew, or is renewed.

In this order, and one of them at most: what has expired is over, whatever the settings say by now.
"""

from dataclasses import replace
from enum import StrEnum

from engine.domain.lists import OwnershipPolicy
from engine.domain.time import Instant
from engine.ownership.holding import Ownership


class Updated(StrEnum):
    EXPIRED = "expired"
    REGRANTED = "regranted"  # it was granted for another duration than that of now
    RENEWED = "renewed"  # it would soon expire, and no call has succeeded


def updated(
    ownership: Ownership, policy: OwnershipPolicy, *, now: Instant
) -> tuple[Updated, Ownership | None] | None:
    """What becomes of the ownership now, and how it is then (None: the lead is free). None: nothing changes.

    A list whose ownership is disabled still lets owned leads expire and follows its duration; it renews
    nothing.
    """
    if ownership.until is not None and ownership.until <= now:
        return Updated.EXPIRED, None
    ends = None if policy.duration is None else now + policy.duration
    granted = replace(ownership, until=ends, duration=policy.duration)
    if ownership.duration != policy.duration:
        return Updated.REGRANTED, granted
    if (
        policy.enabled
        and not ownership.fulfilled
        and ownership.until is not None
        and ownership.until <= now + policy.near
        and ownership.until != ends
    ):
        return Updated.RENEWED, granted
    return None
