"""Which leads a reset takes.

1. A lead that must not be called is never reset, whatever is overridden.
2. A final code and a used-up budget are obstacles of their own, in any case of the lead; each override lifts
   one of them, and a lead with both needs both.
3. A lead is protected for 24 hours after any machine attempt and 72 hours after any abandoned one, whatever
   came later, unless compliance is overridden.
4. The filters look at the last attempt that dialed the customer; a lead never called passes those of the
   second stage that ask nothing of a call, and no third one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntFlag
from typing import Final, assert_never

from engine.domain.time import HOUR, Instant, Micros
from engine.domain.words import OPEN, CaseStatus
from engine.resets.request import (
    Callable,
    Exceptions,
    Properties,
    ResetRequest,
    Settings,
    imported_within,
)

MACHINE_PROTECTED: Final[Micros] = 24 * HOUR
ABANDONED_PROTECTED: Final[Micros] = 72 * HOUR


class Obstacle(IntFlag):
    """What keeps a lead out of a reset that its choices would take."""

    DO_NOT_CALL = 1
    FINAL = 2
    MAXIMUM = 4
    PROTECTED = 8


OBSTACLE_NAMES: Final[dict[Obstacle, str]] = {
    Obstacle.DO_NOT_CALL: "must not be called",
    Obstacle.FINAL: "final result code",
    Obstacle.MAXIMUM: "maximum attempts reached",
    Obstacle.PROTECTED: "protected by compliance",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHistory:
    """What is known of a lead over all its campaigns. `last_*` are of the last attempt that dialed the
    customer, None if none did."""

    list: str
    imported_at: Instant
    supplier: str | None = None
    phones: int = 1
    last_attempt: int | None = None
    last_code: str | None = None
    last_duration: Micros | None = None
    machine_at: Instant | None = None
    abandoned_at: Instant | None = None
    do_not_call: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """Why a case is closed, if it is."""

    status: CaseStatus
    final: bool = False
    exhausted: bool = False


def is_protected(machine_at: Instant | None, abandoned_at: Instant | None, *, now: Instant) -> bool:
    """Whether compliance keeps a lead from being reset."""
    return (machine_at is not None and now - machine_at < MACHINE_PROTECTED) or (
        abandoned_at is not None and now - abandoned_at < ABANDONED_PROTECTED
    )


def lifted(request: ResetRequest) -> Obstacle:
    """The obstacles that the request overrides."""
    overridden = Obstacle(0)
    if request.properties.override_final:
        overridden |= Obstacle.FINAL
    if request.properties.override_max:
        overridden |= Obstacle.MAXIMUM
    if request.settings.override_compliance:
        overridden |= Obstacle.PROTECTED
    return overridden


def obstacles(
    lead: LeadHistory, cases: Collection[CaseState], request: ResetRequest, *, now: Instant
) -> Obstacle:
    """The obstacles that the request does not lift."""
    found = Obstacle(0)
    if lead.do_not_call:
        found |= Obstacle.DO_NOT_CALL
    if any(case.final for case in cases):
        found |= Obstacle.FINAL
    if any(case.exhausted for case in cases):
        found |= Obstacle.MAXIMUM
    if is_protected(lead.machine_at, lead.abandoned_at, now=now):
        found |= Obstacle.PROTECTED
    return found & ~lifted(request)


def is_asked_for(statuses: Collection[CaseStatus], which: Callable) -> bool:
    """Whether a lead with cases of these statuses is among those that the callable option means."""
    match which:
        case Callable.EVERYTHING:
            return True
        case Callable.FINALLED:
            return _is_finalled(statuses)
        case Callable.ACTIVE:
            return not _is_finalled(statuses)
        case _ as never:
            assert_never(never)


def _is_finalled(statuses: Collection[CaseStatus]) -> bool:
    return bool(statuses) and not any(status in OPEN for status in statuses)


def is_in_settings(lead: LeadHistory, settings: Settings, *, now: Instant) -> bool:
    """Stage 1: its list is selected, and it is of the age."""
    since, before = imported_within(settings.age, now=now)
    return (
        lead.list in settings.lists
        and (since is None or lead.imported_at >= since)
        and (before is None or lead.imported_at < before)
    )


def has_properties(
    lead: LeadHistory, cases: Collection[CaseState], properties: Properties, *, threshold: Micros | None
) -> bool:
    """Stage 2; `threshold` is the one of the lead's last result code."""
    duration = properties.duration
    return (
        is_asked_for([case.status for case in cases], properties.callable)
        and (properties.supplier is None or lead.supplier == properties.supplier)
        and (
            duration is None
            or (lead.last_duration is not None and duration.least <= lead.last_duration <= duration.most)
        )
        and is_exception(lead.last_duration, threshold, properties.exceptions)
    )


def is_exception(duration: Micros | None, threshold: Micros | None, which: Exceptions) -> bool:
    """Whether a call is on the wanted side of its code's threshold. One that is just as long, and one without
    a threshold, is on neither."""
    match which:
        case Exceptions.ALL:
            return True
        case Exceptions.OVER:
            return duration is not None and threshold is not None and duration > threshold
        case Exceptions.UNDER:
            return duration is not None and threshold is not None and duration < threshold
        case _ as never:
            assert_never(never)


def is_matched(
    lead: LeadHistory,
    cases: Collection[CaseState],
    request: ResetRequest,
    *,
    threshold: Micros | None,
    now: Instant,
) -> bool:
    """All stages, and no obstacle."""
    return (
        is_in_settings(lead, request.settings, now=now)
        and has_properties(lead, cases, request.properties, threshold=threshold)
        and lead.last_code in request.results.codes
        and not obstacles(lead, cases, request, now=now)
    )


def compliance_message(override: bool) -> str:
    """What the summary always says."""
    machines = f"answering machines called within the last {MACHINE_PROTECTED // HOUR} hours"
    dropped = f"dropped calls within the last {ABANDONED_PROTECTED // HOUR} hours"
    if override:
        return (
            f"You have chosen to override the compliance protection: {machines} and {dropped} are included "
            "in the reset."
        )
    return f"In line with Ofcom's rules, {machines} and {dropped} are not included in the reset."
