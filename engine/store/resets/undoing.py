"""A reset is taken back whole, or not at all: once anything has acted on one of its cases, it stays."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

import orjson

from engine.domain.words import ChangeReason
from engine.errors import InputError
from engine.journal import events as e
from engine.resets.plain import request_of
from engine.store.audit import audit
from engine.store.case_changes import change_cases
from engine.store.resets.carrying import changed_columns
from engine.store.resets.preparing import CONFIRMED, PREPARING, UNDONE, subject
from engine.store.transaction import Change, Transaction


def undo(reset: int, *, user: str) -> Change[int]:
    """Make every case as it was before the reset, and answer how many there were. One transaction: it takes
    the store for as long as the reset itself took.

    Raises InputError, with nothing changed, once anything has acted on one of its cases.
    """

    def change(tx: Transaction) -> int:
        refusal = undo_refusal(tx.sql, reset)
        if refusal is not None:
            raise InputError([refusal])
        columns = _columns(tx.sql, reset)
        before = ((case, *values) for case, values, _ in _changes(tx.sql, reset))
        cases = change_cases(tx, ChangeReason.UNDONE, subject(reset), columns, before)
        tx.sql.execute("UPDATE resets SET state = ? WHERE id = ?", (UNDONE, reset))
        tx.record(e.ResetUndone(reset=reset, cases=cases))
        audit(tx, user=user, action="leads reset-undo", subject=subject(reset), count=cases)
        return cases

    return change


def undo_refusal(sql: sqlite3.Connection, reset: int) -> str | None:
    """Why a reset cannot be taken back; None if it can."""
    row = sql.execute("SELECT state FROM resets WHERE id = ?", (reset,)).fetchone()
    if row is None or row[0] == PREPARING:
        return f"there is no reset {reset}"
    if row[0] == UNDONE:
        return f"reset {reset} was undone already"
    if row[0] == CONFIRMED:
        return f"reset {reset} is not done yet"
    acted = _changed_since(sql, reset) | _called_since(sql, reset)
    if acted:
        (count,) = sql.execute("SELECT reset FROM resets WHERE id = ?", (reset,)).fetchone()
        changed = f"{len(acted):,} of its {count:,} leads were dialed, held or changed since"
        return f"reset {reset} cannot be undone: {changed}"
    return None


def _changed_since(sql: sqlite3.Connection, reset: int) -> set[int]:
    """The leads with a case that is not as the reset left it."""
    query = f"SELECT lead_id, {', '.join(_columns(sql, reset))} FROM cases WHERE id = ?"
    changed = set()
    for case, _, after in _changes(sql, reset):
        lead, *values = sql.execute(query, (case,)).fetchone()
        if values != after:
            changed.add(lead)
    return changed


_CALLED: Final = """
    SELECT l.id, l.last_attempt, EXISTS (SELECT 1 FROM attempts WHERE lead_id = l.id AND settled_at IS NULL)
    FROM json_each(?) j CROSS JOIN leads l ON l.id = j.value ORDER BY j.key
"""


def _called_since(sql: sqlite3.Connection, reset: int) -> set[int]:
    """The leads that were called, also in a case that the reset found as it should be."""
    called: set[int] = set()
    for leads, attempts, excluded in sql.execute(
        "SELECT leads, attempts, excluded FROM reset_portions WHERE reset_id = ? ORDER BY number", (reset,)
    ).fetchall():
        left_out = {lead for lead, _ in orjson.loads(excluded)}
        for (lead, last, live), seen in zip(
            sql.execute(_CALLED, (leads,)), orjson.loads(attempts), strict=True
        ):
            if lead not in left_out and (live or last != seen):
                called.add(lead)
    return called


def _changes(sql: sqlite3.Connection, reset: int) -> Iterator[tuple[int, list[Any], list[Any]]]:
    """Each case with its values before and after."""
    rows = sql.execute("SELECT changes FROM reset_portions WHERE reset_id = ? ORDER BY number", (reset,))
    for (text,) in rows:
        yield from orjson.loads(text)


def _columns(sql: sqlite3.Connection, reset: int) -> tuple[str, ...]:
    (request,) = sql.execute("SELECT request FROM resets WHERE id = ?", (reset,)).fetchone()
    return changed_columns(request_of(json.loads(request)))
