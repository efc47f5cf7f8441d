"""One lead in one campaign, as a decision sees it."""

from dataclasses import dataclass, field

from engine.domain.time import Instant
from engine.domain.words import CaseStatus, Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`agent_attempts` and `customer_attempts` are used up in the current cycle; `results` counts each
    outcome or ending of the cycle that has a retry rule. `due_at` is None once the case is closed."""

    id: int
    campaign: str
    lead: int
    phone: int
    status: CaseStatus = CaseStatus.NEW
    cycle: int = 1
    agent_attempts: int = 0
    customer_attempts: int = 0
    results: dict[str, int] = field(default_factory=dict)
    rank: Rank = Rank.NEW
    due_at: Instant | None = None


def order_key(case: Case) -> tuple[int, Instant, int]:
    """Which due case is dialed first: retries before new leads, then the longest due, then the lowest id."""
    assert case.due_at is not None
    return (case.rank, case.due_at, case.id)
