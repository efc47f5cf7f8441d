"""A reset is one commitment: its leads are noted unseen, in portions, and one small transaction confirms it.

Until then it is nothing to anybody; afterwards `engine.store.resets.carrying` carries it out to its end.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.domain.time import HOUR, Instant
from engine.errors import InputError
from engine.journal import events as e
from engine.resets.plain import plain_request, request_of
from engine.resets.request import ResetRequest
from engine.store.audit import audit
from engine.store.connection import all_or_nothing
from engine.store.resets.matching import Preview
from engine.store.transaction import Change, Transaction

PORTION_LEADS: Final = 250  # whose turn comes together: some milliseconds
PORTIONS_AT_ONCE: Final = 200  # noted in one transaction, likewise
ABANDONED_AFTER: Final = 1 * HOUR  # longer than anybody thinks about one question

PREPARING: Final = "preparing"
CONFIRMED: Final = "confirmed"
DONE: Final = "done"
UNDONE: Final = "undone"
"""The states of a reset."""


def subject(reset: int) -> str:
    """What the audit log and the journal call a reset."""
    return f"reset {reset}"


# --- preparing ------------------------------------------------------------------------------------


_PORTION: Final = "INSERT INTO reset_portions (reset_id, number, leads, attempts) VALUES (?, ?, ?, ?)"

Turn: TypeAlias = Callable[[sqlite3.Connection], AbstractContextManager[int]]


def prepare(sql: sqlite3.Connection, preview: Preview, *, user: str, now: Instant, turn: Turn) -> int:
    """Note the previewed leads, and answer the id under which they can be confirmed. Until then it is
    nothing to anybody. Each `turn` is one transaction."""
    _sweep(sql, now, turn)
    with all_or_nothing(sql):
        reset = _begin(sql, preview, user, now)
    portions = list(_portions(reset, preview))
    for start in range(0, len(portions), PORTIONS_AT_ONCE):
        with turn(sql), all_or_nothing(sql):
            sql.executemany(_PORTION, portions[start : start + PORTIONS_AT_ONCE])
    return reset


def _portions(reset: int, preview: Preview) -> Iterator[tuple[int, int, str, str]]:
    for number, start in enumerate(range(0, preview.matched, PORTION_LEADS), start=1):
        part = slice(start, start + PORTION_LEADS)
        yield (
            reset,
            number,
            json.dumps(preview.leads[part].tolist()),
            json.dumps(preview.attempts[part].tolist()),
        )


def _begin(sql: sqlite3.Connection, preview: Preview, user: str, now: Instant) -> int:
    (reset,) = sql.execute(
        "INSERT INTO resets (at, user, state, request, matched) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (now, user, PREPARING, json.dumps(plain_request(preview.request)), preview.matched),
    ).fetchone()
    return int(reset)


def _sweep(sql: sqlite3.Connection, now: Instant, turn: Turn) -> None:
    """Forget what was prepared and never confirmed."""
    old = sql.execute(
        "SELECT id FROM resets WHERE state = ? AND at < ? ORDER BY id", (PREPARING, now - ABANDONED_AFTER)
    ).fetchall()
    for (reset,) in old:
        with turn(sql), all_or_nothing(sql):
            if sql.execute(_FORGET, (reset, PREPARING)).rowcount:
                sql.execute("DELETE FROM resets WHERE id = ?", (reset,))


_FORGET: Final = """
    DELETE FROM reset_portions WHERE reset_id = (SELECT id FROM resets WHERE id = ? AND state = ?)
"""


# --- the commitment -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A reset that will happen, and has to be carried out now."""

    reset: int


def confirm(reset: int, *, user: str) -> Change[Confirmed]:
    """From now on it happens. Raises InputError for a reset that waits for no confirmation."""

    def change(tx: Transaction) -> Confirmed:
        row = tx.sql.execute("SELECT state, request, matched FROM resets WHERE id = ?", (reset,)).fetchone()
        if row is None or row[0] != PREPARING:
            raise InputError([f"reset {reset} waits for no confirmation any more; preview it again"])
        _commit(tx, reset, request_of(json.loads(row[1])), row[2], user)
        return Confirmed(reset)

    return change


def confirm_preview(find: Callable[[Transaction], Preview], *, user: str) -> Change[Confirmed]:
    """Preview, prepare and confirm in one transaction: for when nobody looks in between."""

    def change(tx: Transaction) -> Confirmed:
        preview = find(tx)
        reset = _begin(tx.sql, preview, user, tx.now)
        tx.sql.executemany(_PORTION, _portions(reset, preview))
        _commit(tx, reset, preview.request, preview.matched, user)
        return Confirmed(reset)

    return change


def _commit(tx: Transaction, reset: int, request: ResetRequest, matched: int, user: str) -> None:
    tx.sql.execute("UPDATE resets SET state = ?, at = ? WHERE id = ?", (CONFIRMED, tx.now, reset))
    tx.record(
        e.ResetConfirmed(
            reset=reset,
            matched=matched,
            override_final=request.properties.override_final,
            override_max=request.properties.override_max,
            override_compliance=request.settings.override_compliance,
            zero=request.zero,
        )
    )
    about = subject(reset)
    audit(tx, user=user, action="leads reset", subject=about, count=matched, **plain_request(request))
    if request.settings.override_compliance:
        audit(tx, user=user, action="leads reset override-compliance", subject=about, count=matched)
