"""What a reset makes of one case of a lead that it takes.

1. A closed case is open again and due at the reset. A budget that is used up is raised to one more than was
   used, and no other; so a reset that is repeated before the next call adds nothing.
2. An open case becomes due at the reset, unless it was due before. A promised callback keeps its time.
3. With attempts reset to 0 a new cycle begins, under the configured limits.
4. A case that is held stays held, and wants to be dialed at the time it would have become due. So does one of
   a lead that is outside every segment of the campaign.
"""

from typing import Any, Final, NamedTuple

from engine.domain.case import HELD
from engine.domain.time import Instant
from engine.domain.words import OPEN, CaseStatus, Hold, Rank
from engine.segments.cycle import NEW_CYCLE, new_cycle

RENEWED: Final = (
    "status",
    "rank",
    "agent_limit",
    "customer_limit",
    "due_at",
    "waits_for",
    "wanted_at",
    "wakes_at",
    "final",
    "exhausted",
)
"""The columns of a case that a reset sets when it does not begin a new cycle."""


class Standing(NamedTuple):
    """A case that is not live, before the reset. A limit of its own stands for the configured one, which is
    None where no budget is. `outside`: the campaign dials segments, and the lead is in none of them."""

    status: CaseStatus
    cycle: int
    rank: int
    agent_attempts: int
    customer_attempts: int
    agent_limit: int | None
    customer_limit: int | None
    due_at: Instant | None
    waits_for: str | None
    wanted_at: Instant | None
    wakes_at: Instant | None
    agent_max: int | None = None
    customer_max: int | None = None
    outside: bool = False


def renewed(case: Standing, *, at: Instant) -> tuple[Any, ...]:
    """The values of RENEWED."""
    if case.status in OPEN:
        due = case.wanted_at if case.due_at is None else case.due_at
        due_at = at if due is None else due if case.status is CaseStatus.CALLBACK else min(due, at)
        limits = (case.agent_limit, case.customer_limit)
        return (case.status, case.rank, *limits, *_held(case, due_at), 0, 0)
    limits = (
        _raised(case.agent_attempts, case.agent_limit, case.agent_max),
        _raised(case.customer_attempts, case.customer_limit, case.customer_max),
    )
    return (_REOPENED[case.status], Rank.RETRY, *limits, *_held(case, at), 0, 0)


_REOPENED: Final[dict[CaseStatus, CaseStatus]] = {
    CaseStatus.AGENT_FAILED: CaseStatus.AGENT_RESCHEDULED,
    CaseStatus.CUSTOMER_FAILED: CaseStatus.CUSTOMER_RESCHEDULED,
    CaseStatus.COMPLETED: CaseStatus.CUSTOMER_RESCHEDULED,
}
"""Every closed status but DNC, which nothing reopens."""


def renewed_from_zero(case: Standing, *, at: Instant) -> tuple[Any, ...]:
    """The values of NEW_CYCLE."""
    promised = None
    if case.status is CaseStatus.CALLBACK:
        promised = case.wanted_at if case.due_at is None else case.due_at
    values = dict(zip(NEW_CYCLE, new_cycle(case.cycle, at=at, callback_due=promised), strict=True))
    hold = zip(HELD, _held(case, values["due_at"]), strict=True)
    return tuple((values | dict(hold)).values())


def _raised(used: int, own: int | None, configured: int | None) -> int | None:
    limit = configured if own is None else own
    return used + 1 if limit is not None and used >= limit else own


def _held(
    case: Standing, due_at: Instant
) -> tuple[Instant | None, str | None, Instant | None, Instant | None]:
    """Due then, or held with that as its wanted time."""
    if case.waits_for is not None:
        return None, case.waits_for, due_at, case.wakes_at
    if case.outside:
        return None, Hold.SEGMENT, due_at, None
    return due_at, None, None, None
