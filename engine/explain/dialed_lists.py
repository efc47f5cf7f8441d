"""Whether a lead's list was dialed at an instant, and how many leads came before it."""

import sqlite3
from dataclasses import dataclass
from typing import Final

import orjson

from engine.domain.time import Instant
from engine.explain.facts import CaseFact

# The condition is that of the index `journal_activated`, word for word, or SQLite would not use it.
_ACTIVATED: Final = """
    SELECT at, line FROM journal WHERE instr(line, '"kind":"list.activated"') AND at <= ? ORDER BY rowid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotActive:
    """The list that nobody dials, and since when."""

    list: str
    since: Instant


def not_active(sql: sqlite3.Connection, lead: int, *, at: Instant) -> NotActive | None:
    """The lead's list, if it was not active at `at`."""
    of_list, name = sql.execute(
        "SELECT s.id, s.name FROM leads l JOIN lists s ON s.id = l.list_id WHERE l.id = ?", (lead,)
    ).fetchone()
    since: Instant | None = None
    for line_at, text in sql.execute(_ACTIVATED, (at,)):
        line = orjson.loads(text)
        if line["list"] != of_list:
            continue
        if line["active"]:
            since = None
        elif since is None:  # an engine that starts says it again
            since = line_at
    return None if since is None else NotActive(list=name, since=since)


# Leads of other lists with the same priority take turns with it: they are not before it, nor after.
_AHEAD: Final = """
    SELECT count(*) FROM cases c JOIN cases mine ON mine.id = :case
    LEFT JOIN campaign_lists its ON its.campaign = c.campaign AND its.list_id = c.lane
    LEFT JOIN campaign_lists own ON own.campaign = c.campaign AND own.list_id = mine.lane
    LEFT JOIN lists s ON s.id = c.lane
    WHERE c.campaign = mine.campaign AND c.due_at <= :at AND coalesce(s.active, 1) = 1 AND (
        c.rank < mine.rank
        OR (c.rank = mine.rank AND c.rank < 2 AND (c.due_at, c.id) < (mine.due_at, mine.id))
        OR (c.rank = 2 AND mine.rank = 2 AND (
            (c.lane = mine.lane AND (c.turn, c.due_at, c.id) < (mine.turn, mine.due_at, mine.id))
            OR coalesce(its.priority, -1) > coalesce(own.priority, -1))))
"""


def ahead_of(sql: sqlite3.Connection, case: CaseFact, *, at: Instant) -> int:
    """How many cases of the campaign are due now and come before this one, whatever its list's share. Of the
    present only."""
    (ahead,) = sql.execute(_AHEAD, {"case": case.id, "at": at}).fetchone()
    return int(ahead)
