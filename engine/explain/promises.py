"""A callback that waits for its agent, as it stood at an instant."""

import json
import sqlite3
from dataclasses import dataclass

from engine.domain.time import Instant
from engine.domain.words import Hold
from engine.explain.facts import CaseFact


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCallback:
    """`agent`'s own: due since or at `due_at`, and anyone's, or over, from `free_at` on."""

    agent: str
    due_at: Instant
    free_at: Instant | None


_PROMISED = """
    SELECT promised FROM attempts
    WHERE case_id = ? AND settled_at <= ? AND promised IS NOT NULL ORDER BY id DESC LIMIT 1
"""


def own_callback_of(sql: sqlite3.Connection, case: CaseFact, *, at: Instant) -> OwnCallback | None:
    """What the case waits for, if it waits for an agent."""
    if case.waits_for is not Hold.AGENT:
        return None
    hold = next(change for change in reversed(case.changes) if change.values.get("waits_for") == Hold.AGENT)
    told = [change.values["callback_agent"] for change in case.changes if "callback_agent" in change.values]
    agent = told[-1] if told else None
    if agent is None:
        row = sql.execute(_PROMISED, (case.id, at)).fetchone()
        agent = None if row is None else json.loads(row[0])["agent"]
    if agent is None:
        return None
    return OwnCallback(agent=agent, due_at=hold.values["wanted_at"], free_at=hold.values.get("wakes_at"))
