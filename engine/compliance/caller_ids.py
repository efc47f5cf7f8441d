"""Which number of a pool to show: one that may be shown, from nearby, and not worn out today.

A number that calls much is marked as a nuisance, so each has a limit for the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.compliance.dial import CallerId
from engine.compliance.terms import CallerIdShown


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Numbers of one caller. `per_day` is how many calls each may make on a local day."""

    numbers: tuple[CallerId, ...]
    per_day: int
    local_presence: bool = False

    def __post_init__(self) -> None:
        if self.per_day < 1:
            raise ValueError("per_day is at least 1")


def choose(
    pool: Pool, called: str, used_today: Mapping[str, int], rules: Iterable[CallerIdShown] = ()
) -> CallerId | None:
    """The number to show to `called`: with local presence the one that shares the longest prefix with it,
    then the one least used today, then the lowest. None when all are worn out or none may be shown."""
    demands: Sequence[CallerIdShown] = tuple(rules)
    fit = [
        candidate
        for candidate in pool.numbers
        if used_today.get(candidate.number, 0) < pool.per_day
        and candidate.dialable
        and not candidate.premium
        and all(not demand.series or candidate.number.startswith(demand.series) for demand in demands)
    ]
    return min(
        fit,
        key=lambda candidate: (
            -_shared(candidate.number, called) if pool.local_presence else 0,
            used_today.get(candidate.number, 0),
            candidate.number,
        ),
        default=None,
    )


def _shared(one: str, other: str) -> int:
    """How many characters two numbers begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))
