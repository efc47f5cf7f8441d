"""One transaction takes any number of changes; one that fails takes nothing with it.

The lines that a change records are committed with it and applied to the floor after the commit, so nothing is
believed that is not on disk.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeAlias, TypeVar

from engine.domain.time import Instant
from engine.errors import StoreUnavailable
from engine.journal.events import Event
from engine.journal.writer import Journal

T = TypeVar("T")


@dataclass(slots=True)
class Transaction:
    """What a change works with. It does its SQL first and records its lines last."""

    sql: sqlite3.Connection
    now: Instant
    recorded: list[Event] = field(default_factory=list)

    def record(self, event: Event) -> None:
        self.recorded.append(event)


Change: TypeAlias = Callable[[Transaction], T]


@dataclass(slots=True)
class Job(Generic[T]):
    """A change on its way to the store, and what became of it."""

    change: Change[T]
    result: T | None = None
    error: BaseException | None = None

    def answer(self) -> T:
        """The change's own answer, or its error."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]


INSERT_LINES: Final = "INSERT INTO journal (epoch, seq, at, line, hash) VALUES (?, ?, ?, ?, ?)"


def commit(sql: sqlite3.Connection, journal: Journal, jobs: Sequence[Job[object]], now: Instant) -> None:
    """Do all jobs in one transaction with the journal's lines. A job that fails keeps its error and is undone
    alone. Raises StoreUnavailable, with nothing done, if the transaction cannot be committed."""
    try:
        _commit(sql, journal, jobs, now)
    except sqlite3.OperationalError as error:
        if sql.in_transaction:
            sql.execute("ROLLBACK")
        raise StoreUnavailable(f"the store did not commit: {error}") from error


def _commit(sql: sqlite3.Connection, journal: Journal, jobs: Sequence[Job[object]], now: Instant) -> None:
    recorded: list[Event] = []
    sql.execute("BEGIN IMMEDIATE")
    for job in jobs:
        transaction = Transaction(sql, now)
        try:
            job.result = job.change(transaction)
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            job.error = error
            sql.execute("ROLLBACK")
            if len(jobs) > 1:  # rare: once more, without the one that failed
                _commit(sql, journal, [other for other in jobs if other is not job], now)
            return
        recorded += transaction.recorded
    rows = journal.rows(now, recorded)
    if rows:
        sql.executemany(INSERT_LINES, rows)
    sql.execute("COMMIT")
    journal.committed(now, rows, recorded)
