"""What each agent did from when to when, read from the journal in one pass.

An engine that crashes ends every span at its last line: nobody works for a dead engine.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson

from engine.domain.time import Instant, Micros
from engine.domain.words import AgentState

_LINES: Final = """
    SELECT at, line FROM journal
    WHERE line LIKE '%"kind":"agent.%' OR line LIKE '%"kind":"call.assigned"%'
       OR line LIKE '%"kind":"engine.%'
    ORDER BY rowid
"""
_LAST_LINES: Final = "SELECT epoch, max(at) FROM journal GROUP BY epoch"

_IMPLIED: Final = {
    "agent.reserved": AgentState.RESERVED,
    "call.assigned": AgentState.RESERVED,
    "agent.released": AgentState.READY,
}
"""Lines that change an agent's state without saying so."""


@dataclass(frozen=True, slots=True)
class Span:
    """One agent in one state, from `since` to `until`. `logged-out` is not told."""

    agent: str
    state: AgentState
    since: Instant
    until: Instant

    @property
    def length(self) -> Micros:
        return self.until - self.since


def agent_spans(sql: sqlite3.Connection) -> Iterator[Span]:
    """Every span that has a length, in the order in which they end; equal ones by agent."""
    last_lines: dict[int, Instant] = dict(sql.execute(_LAST_LINES))
    epoch = 0
    states: dict[str, tuple[AgentState, Instant]] = {}
    for at, text in sql.execute(_LINES):
        line = orjson.loads(text)
        kind = line["kind"]
        if line["epoch"] != epoch:
            yield from _ended(states, last_lines.get(epoch, at))
            epoch = line["epoch"]
        state = AgentState(line["state"]) if kind == "agent.changed" else _IMPLIED.get(kind)
        if state is None:
            continue
        agent = line["agent"]
        before, since = states.get(agent, (AgentState.LOGGED_OUT, at))
        if state is before:
            continue
        if before is not AgentState.LOGGED_OUT and at > since:
            yield Span(agent, before, since, at)
        states[agent] = (state, at)
    yield from _ended(states, last_lines.get(epoch, 0))


def _ended(states: dict[str, tuple[AgentState, Instant]], at: Instant) -> Iterator[Span]:
    for agent, (state, since) in sorted(states.items()):
        if state is not AgentState.LOGGED_OUT and at > since:
            yield Span(agent, state, since, at)
    states.clear()
