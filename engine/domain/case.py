"""One lead in one campaign, as a decision sees it."""

from dataclasses import dataclass, field
from typing import Final

from engine.domain.callbacks import Promise
from engine.domain.time import Instant
from engine.domain.words import CaseStatus, Rank

HELD: Final = ("due_at", "waits_for", "wanted_at", "wakes_at")
"""The columns of a case that a hold sets, and its end clears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`agent_attempts` and `customer_attempts` are used up in the current cycle; `results` counts each
    outcome, ending or disposition of the cycle that has a retry rule. A limit that is not None stands for the
    campaign's own (a reset raised it). `turn` orders leads never called, those of one `lane`: a list, or 0.
    `phones` are the numbers in use, in their order, where the campaign dials several; `phone_tries` counts
    calls in a row to this one. `due_at` is None while the case is live, held or closed.
    """

    id: int
    campaign: str
    lead: int
    phone: int
    status: CaseStatus = CaseStatus.NEW
    cycle: int = 1
    agent_attempts: int = 0
    customer_attempts: int = 0
    agent_limit: int | None = None
    customer_limit: int | None = None
    results: dict[str, int] = field(default_factory=dict)
    rank: Rank = Rank.NEW
    lane: int = 0
    turn: int = 0
    phones: tuple[int, ...] = ()
    phone_tries: int = 0
    due_at: Instant | None = None
    promise: Promise | None = None  # a callback that has still to be kept


def order_key(case: Case) -> tuple[int, int, Instant, int]:
    """Which due case is dialed first: callbacks, then retries, then new leads, those of one list by turn;
    then the longest due, then the lowest id."""
    assert case.due_at is not None
    return (case.rank, case.turn if case.rank is Rank.NEW else 0, case.due_at, case.id)
