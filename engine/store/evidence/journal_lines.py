"""A store's journal from its first line to a given one, in the order of the commits.

Every line is checked against the chain, and those that tell of calls are read further: of a broken journal no
evidence is made.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

from engine.domain.time import Instant
from engine.errors import InputError
from engine.journal import events as e
from engine.journal.chain import Chain

Progress: TypeAlias = Callable[[int, int], None]
"""Lines read, and lines there are."""

KINDS: Final = frozenset(
    kind.KIND
    for kind in (
        e.EngineStarted,
        e.RulesInForce,
        e.AttemptStarted,
        e.AttemptRecovered,
        e.AttemptEnded,
        e.AttemptDisposed,
        e.AttemptSettled,
        e.LegIntended,
        e.LegAllowed,
        e.DialRefused,
        e.LegDialed,
        e.LegRang,
        e.LegAnswered,
        e.LegJudged,
        e.LegEnded,
        e.MessageStarted,
        e.CallAbandoned,
        e.CallAssigned,
        e.CallConnected,
        e.CallResumed,
        e.GatesRefused,
    )
)
"""What evidence is made of."""

_BATCH: Final = 10_000  # lines at a time, so that a command beside a long export can write
_KIND_AT: Final = 9  # the kind's place among the parts of a line between its quotation marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line that tells of calls. `place` is its epoch, its number there and its hash."""

    place: tuple[int, int, str]
    at: Instant
    kind: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The part of a journal that evidence is made of: from the first line to the last one there was."""

    rowid: int
    lines: int
    epochs: tuple[int, int]
    first: tuple[int, int, str]
    last: tuple[int, int, str]


_PLACE: Final = "SELECT rowid, epoch, seq, hash FROM journal"


def extent(sql: sqlite3.Connection) -> Extent | None:
    """The whole journal as it is now; None if nothing has ever run."""
    row = sql.execute(f"{_PLACE} ORDER BY rowid DESC LIMIT 1").fetchone()
    return None if row is None else _up_to(sql, *row)


def extent_to(sql: sqlite3.Connection, last: tuple[int, int, str]) -> Extent | None:
    """The journal up to a line; None if it has no such line."""
    row = sql.execute(f"{_PLACE} WHERE epoch = ? AND seq = ? AND hash = ?", last).fetchone()
    return None if row is None else _up_to(sql, *row)


def _up_to(sql: sqlite3.Connection, rowid: int, epoch: int, seq: int, digest: str) -> Extent:
    first = sql.execute("SELECT epoch, seq, hash FROM journal ORDER BY rowid LIMIT 1").fetchone()
    (lines,) = sql.execute("SELECT count(*) FROM journal WHERE rowid <= ?", (rowid,)).fetchone()
    epochs = sql.execute("SELECT min(epoch), max(epoch) FROM journal").fetchone()
    return Extent(rowid=rowid, lines=lines, epochs=epochs, first=first, last=(epoch, seq, digest))


def told(
    sql: sqlite3.Connection, whole: Extent, *, source: str, progress: Progress | None = None
) -> Iterator[Told]:
    """The lines that tell of calls. Raises InputError at the first line of any kind that is not as it was
    written; `source` names the store."""
    chain = Chain()
    number = rowid = 0
    while rows := sql.execute(_LINES, (rowid, whole.rowid, _BATCH)).fetchall():
        rowid = rows[-1][0]
        for _, epoch, seq, at, text, digest in rows:
            number += 1
            if not text.startswith(f'{{"epoch":{epoch},"seq":{seq},"at":{at},"kind":"'):
                wrong: str | None = f"the line kept under epoch {epoch}, seq {seq} says otherwise"
            else:
                wrong = chain.add(epoch, seq, text, digest)
            if wrong is not None:
                raise InputError([f"{source}: line {number:,} of the journal: {wrong}"])
            kind = text.split('"', _KIND_AT + 1)[_KIND_AT]
            if kind in KINDS:
                yield Told(place=(epoch, seq, digest), at=at, kind=kind, content=orjson.loads(text))
        if progress is not None:
            progress(number, whole.lines)


_LINES: Final = """
    SELECT rowid, epoch, seq, at, line, hash FROM journal
    WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?
"""
