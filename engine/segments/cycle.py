"""A new cycle of a case: its attempts are counted from 0 again. Its calls, its id and its promises stay."""

from typing import Any, Final

from engine.domain.time import Instant
from engine.domain.words import CaseStatus, Rank

NEW_CYCLE: Final = (
    "cycle",
    "status",
    "rank",
    "agent_attempts",
    "customer_attempts",
    "agent_limit",
    "customer_limit",
    "results",
    "phone_tries",
    "due_at",
    "waits_for",
    "wanted_at",
    "wakes_at",
    "final",
    "exhausted",
    "reset_at",
)
"""The columns of a case that a new cycle sets, in the order in which `new_cycle` has their values."""


def new_cycle(cycle: int, *, at: Instant, callback_due: Instant | None = None) -> tuple[Any, ...]:
    """The values of NEW_CYCLE for a case in `cycle`, due `at`. A callback keeps its time and its place."""
    status, rank, due_at = CaseStatus.NEW, Rank.NEW, at
    if callback_due is not None:
        status, rank, due_at = CaseStatus.CALLBACK, Rank.CALLBACK, callback_due
    return (cycle + 1, status, rank, 0, 0, None, None, "{}", 0, due_at, None, None, None, 0, 0, None)
