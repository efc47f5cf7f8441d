"""Which number of a pool to show: one that may be shown, from nearby, and not worn out today.

A number that calls much is marked as a nuisance, so each has a limit for the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from engine.compliance.terms import CallerIdShown
from engine.domain.compliance import CallerId, CallerIdPool
from engine.phones import PhoneError, normalise

_PREMIUM: Final = frozenset({"premium-rate", "shared-cost"})


@lru_cache(maxsize=4096)
def caller_id(number: str) -> CallerId:
    """A number with what its numbering plan tells of it."""
    try:
        phone = normalise(number, None)
    except PhoneError:
        return CallerId(number=number, dialable=False)
    return CallerId(number=number, premium=phone.kind in _PREMIUM)


def choose(
    pool: CallerIdPool, called: str, used_today: Mapping[str, int], rules: Iterable[CallerIdShown] = ()
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
