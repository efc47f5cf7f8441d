"""The audit log: who did what, when, to what, and how many. Only added to, in the transaction of the deed.

Each row's hash covers the row and the hash before it, and the journal tells of each row's hash: a row that
was changed, removed or cut off at the end shows.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

from engine.domain.time import Instant, iso
from engine.journal import events as e
from engine.names import counted
from engine.store.transaction import Transaction

GENESIS: Final = "0" * 64
OPERATOR: Final = "operator"  # who acts on a store that has no users


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row. `count` is None for what is not counted."""

    id: int
    at: Instant
    user: str
    action: str
    subject: str
    count: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"at": iso(self.at)}


def audit(
    tx: Transaction, *, user: str, action: str, subject: str, count: int | None = None, **details: Any
) -> int:
    """Add a row, and answer its id. `details` are plain JSON: ids, names of settings and their values, never
    a person's name or number."""
    identity, before = _last(tx.sql)
    text = _canonical(details)
    row = (identity + 1, tx.now, user, action, subject, count, text)
    digest = _link(before, row)
    tx.sql.execute(f"INSERT INTO audit ({_COLUMNS}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, digest))
    tx.record(e.AuditWritten(entry=identity + 1, digest=digest))
    return identity + 1


_COLUMNS: Final = "id, at, user, action, subject, count, details"


def _last(sql: sqlite3.Connection) -> tuple[int, str]:
    row = sql.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    return (0, GENESIS) if row is None else (row[0], row[1])


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _link(before: str, row: tuple[Any, ...]) -> str:
    """`details` enters as the text that is stored."""
    return sha256((before + _canonical(row)).encode()).hexdigest()


# --- reading --------------------------------------------------------------------------------------


def entries(
    sql: sqlite3.Connection,
    *,
    user: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
) -> Iterator[Entry]:
    """The rows in order; `since` is inclusive, `until` is not. An action stands for all that begin with it:
    `ownership` is also `ownership release`."""
    query = (
        f"SELECT {_COLUMNS} FROM audit WHERE (:user IS NULL OR user = :user) "
        "AND (:action IS NULL OR action = :action "
        "OR substr(action, 1, length(:action) + 1) = :action || ' ') "
        "AND (:subject IS NULL OR subject = :subject) "
        "AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until) ORDER BY id"
    )
    given = {"user": user, "action": action, "subject": subject, "since": since, "until": until}
    for identity, at, who, what, about, count, details in sql.execute(query, given):
        yield Entry(
            id=identity,
            at=at,
            user=who,
            action=what,
            subject=about,
            count=count,
            details=json.loads(details),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """`rows` were read and are whole, or `broken` is the first that is not, and `why`."""

    rows: int
    broken: int | None = None
    why: str | None = None

    @property
    def whole(self) -> bool:
        return self.broken is None

    @property
    def text(self) -> str:
        """One sentence."""
        if self.broken is not None:
            return f"row {self.broken} {self.why}"
        rows = "row of the audit log is as it was", "rows of the audit log are as they were"
        return f"{counted(self.rows, *rows)} written"


def verify(sql: sqlite3.Connection) -> Verified:
    """Check every row against the chain and against what the journal says of it."""
    told = _told_by_the_journal(sql)
    before, rows = GENESIS, 0
    for *row, digest in sql.execute(f"SELECT {_COLUMNS}, hash FROM audit ORDER BY id"):
        identity = row[0]
        if identity != rows + 1:
            return Verified(rows=rows, broken=rows + 1, why="is missing: it was removed")
        if _link(before, tuple(row)) != digest:
            return Verified(
                rows=rows,
                broken=identity,
                why="was changed after it was written: its hash does not follow from it and the row before",
            )
        if told.pop(identity, None) != digest:
            return Verified(rows=rows, broken=identity, why="is not the one that the journal tells of")
        before, rows = digest, identity
    if told:
        return Verified(
            rows=rows, broken=min(told), why="is missing: the journal tells of it, and the log was cut off"
        )
    return Verified(rows=rows)


def _told_by_the_journal(sql: sqlite3.Connection) -> dict[int, str]:
    kind = f'"kind":"{e.AuditWritten.KIND}"'
    lines = sql.execute("SELECT line FROM journal WHERE instr(line, ?) ORDER BY rowid", (kind,))
    told = (json.loads(line) for (line,) in lines)
    return {line["entry"]: line["digest"] for line in told}
