"""A run cut into slices of time: what the agents did, and what was dialed, ringing and abandoned in each."""

import sqlite3
from dataclasses import dataclass, field
from typing import Final

from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant, Micros
from engine.domain.words import AgentState
from engine.store.reports.attempts import CALLED
from simulator.agent_time import agent_spans
from simulator.report import RunReport

SLICES_MAX: Final = 130  # as many as a page shows well
LENGTHS: Final[tuple[Micros, ...]] = (
    *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 4, 8, 12)),
    *(n * DAY for n in (1, 2, 7, 14, 28)),
)

_CALLS: Final = f"""
    SELECT leg.intended_at, coalesce(leg.answered_at, leg.ended_at), leg.answered_at IS NOT NULL
    FROM legs leg WHERE {CALLED} AND leg.ended_at IS NOT NULL ORDER BY leg.id
"""
_ABANDONED: Final = "SELECT ended_at FROM attempts WHERE ending = 'abandoned' ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Slices of `length` from `start`. `agents` and `ringing` are averages over each slice, the others
    counts."""

    start: Instant
    length: Micros
    agents: dict[AgentState, list[float]]
    ringing: list[float]
    dialed: list[int]
    answered: list[int]
    abandoned: list[int]

    @property
    def count(self) -> int:
        return len(self.dialed)


def timeline(sql: sqlite3.Connection, report: RunReport) -> Timeline:
    """From the run's start to its last journal line."""
    length = next((each for each in LENGTHS if report.duration <= each * SLICES_MAX), LENGTHS[-1])
    slices = _Slices(report.start // length * length, report.ended_at, length)
    agents: dict[AgentState, list[float]] = {state: slices.zeros() for state in AgentState}
    for span in agent_spans(sql):
        slices.spread(agents[span.state], span.since, span.until)
    ringing = slices.zeros()
    dialed, answered, abandoned = slices.counts(), slices.counts(), slices.counts()
    for since, until, was_answered in sql.execute(_CALLS):
        slices.spread(ringing, since, until)
        dialed[slices.at(since)] += 1
        if was_answered:
            answered[slices.at(until)] += 1
    for (at,) in sql.execute(_ABANDONED):
        abandoned[slices.at(at)] += 1
    return Timeline(
        start=slices.start,
        length=length,
        agents={state: values for state, values in agents.items() if any(values)},
        ringing=ringing,
        dialed=dialed,
        answered=answered,
        abandoned=abandoned,
    )


@dataclass(frozen=True, slots=True)
class _Slices:
    start: Instant
    end: Instant
    length: Micros
    count: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", max(1, -(-(self.end - self.start) // self.length)))

    def zeros(self) -> list[float]:
        return [0.0] * self.count

    def counts(self) -> list[int]:
        return [0] * self.count

    def at(self, when: Instant) -> int:
        """The slice of an instant; outside of the run, the nearest."""
        return min(max((when - self.start) // self.length, 0), self.count - 1)

    def spread(self, values: list[float], since: Instant, until: Instant) -> None:
        """Add the share of each slice that the span covers."""
        for index in range(self.at(since), self.at(until) + 1):
            opens = self.start + index * self.length
            covered = min(until, opens + self.length) - max(since, opens)
            if covered > 0:
                values[index] += covered / self.length
