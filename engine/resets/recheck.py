"""A previewed lead is looked at again when its turn comes: what changed since keeps it out, with a reason.
Nothing that was not previewed comes in."""

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from engine.domain.time import Instant
from engine.domain.words import CaseStatus
from engine.resets.eligibility import is_asked_for, is_protected
from engine.resets.request import ResetRequest


class Exclusion(StrEnum):
    """Why a previewed lead was not reset; the first that applies is told."""

    BEING_CALLED = "being-called"
    DO_NOT_CALL = "do-not-call"
    PROTECTED = "protected-since"  # a machine or an abandoned call came since the preview
    DIALED = "dialed-since"
    INACTIVE = "list-inactive"
    CHANGED = "changed-since"  # its cases are not what was asked for any more


class Found(NamedTuple):
    """A previewed lead as it is now. `final` and `exhausted`: whether any of its cases is."""

    live: bool
    do_not_call: bool
    machine_at: Instant | None
    abandoned_at: Instant | None
    last_attempt: int | None
    list_active: bool
    statuses: Collection[CaseStatus]
    final: bool
    exhausted: bool


def exclusion(
    found: Found, seen_attempt: int | None, request: ResetRequest, *, at: Instant
) -> Exclusion | None:
    """Why the lead is left out of the reset confirmed `at`; None if it is reset. `seen_attempt` is the last
    attempt that the preview saw."""
    properties = request.properties
    if found.live:
        return Exclusion.BEING_CALLED
    if found.do_not_call:
        return Exclusion.DO_NOT_CALL
    if not request.settings.override_compliance and is_protected(
        found.machine_at, found.abandoned_at, now=at
    ):
        return Exclusion.PROTECTED
    if found.last_attempt != seen_attempt:
        return Exclusion.DIALED
    if not found.list_active:
        return Exclusion.INACTIVE
    if (
        (found.final and not properties.override_final)
        or (found.exhausted and not properties.override_max)
        or not is_asked_for(found.statuses, properties.callable)
    ):
        return Exclusion.CHANGED
    return None
