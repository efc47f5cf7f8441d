"""A person's command at work on the store: what it changes, its lines and its audit go in together or not at
all.

It may run beside an engine. Its lines are an epoch of its own, which begins with `command.started` and is
taken with the first change: a command that was refused, or only looked, leaves nothing.
"""

import sqlite3
from collections.abc import Callable

from engine.domain.rights import SCENARIO, Right
from engine.domain.time import Instant
from engine.journal import events as e
from engine.journal.chain import chained
from engine.store.audit import audit
from engine.store.connection import all_or_nothing
from engine.store.recovery import take_epoch
from engine.store.transaction import INSERT_LINES, Change, T, Transaction
from engine.store.users import identify, require


class Command:
    """`user` is the name that it is audited under; `sql` is for looking. `clock` tells the time of each
    change."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        *,
        user: str | None,
        action: str,
        version: str,
        clock: Callable[[], Instant],
    ) -> None:
        """`user` None is whoever is at the keyboard: nobody, if the store has users. Raises NotPermitted for
        a stranger."""
        self.sql = sql
        self.action = action
        self._asked_as = None if user == SCENARIO else user
        self.user = identify(sql, self._asked_as)
        self._version = version
        self._clock = clock
        self._rights: list[Right] = []
        self._epoch = self._seq = 0
        self._audited = False
        self._head = ""

    def require(self, *rights: Right) -> None:
        """Raises NotPermitted if the user lacks one of them. They are asked again in each change."""
        require(self.sql, self._asked_as, *rights)
        self._rights += rights

    def now(self) -> Instant:
        """The time, but never before the last line of the journal: simulations live in other years."""
        last = self.sql.execute("SELECT at FROM journal ORDER BY rowid DESC LIMIT 1").fetchone()
        return max(self._clock(), last[0] if last else 0)

    def apply(self, change: Change[T]) -> T:
        """Do the change in a transaction of its own. A command that audits nothing itself with its first
        change is audited by its name. Raises StoreUnavailable, with nothing done, while somebody else keeps
        the store busy."""
        with all_or_nothing(self.sql):
            require(self.sql, self._asked_as, *self._rights)
            now = self.now()
            tx = Transaction(self.sql, now)
            epoch, seq, head = self._epoch, self._seq, self._head
            opening: list[e.Event] = []
            if not epoch:
                taken = take_epoch(self.sql, now=now, version=self._version, user=self.user)
                epoch, head = taken.number, taken.head
                opening = [e.CommandStarted(version=self._version, user=self.user, action=self.action)]
            answer = change(tx)
            audited = self._audited or any(isinstance(event, e.AuditWritten) for event in tx.recorded)
            if not audited:
                audit(tx, user=self.user, action=self.action, subject="")
            rows = chained(epoch, seq, head, ((now, event) for event in (*opening, *tx.recorded)))
            self.sql.executemany(INSERT_LINES, rows)
        self._epoch, self._audited = epoch, True
        if rows:
            self._seq, self._head = rows[-1][1], rows[-1][4]
        return answer
