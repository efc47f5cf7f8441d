"""The longest-waiting customer goes to the longest-idle agent. It only pairs; the caller joins them."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.domain.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A customer on the line of `attempt` with no agent, since the answer."""

    attempt: int
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """An agent who is ready, and since when."""

    agent: str
    since: Instant


def assign(waiting: Iterable[Waiting], ready: Iterable[Idle]) -> list[tuple[int, str]]:
    """Pairs of attempt and agent, first come first; ties by attempt id and by agent name. Others wait on."""
    customers = sorted(waiting, key=lambda customer: (customer.since, customer.attempt))
    agents = sorted(ready, key=lambda idle: (idle.since, idle.agent))
    return [(customer.attempt, idle.agent) for customer, idle in zip(customers, agents, strict=False)]
