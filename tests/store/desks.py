"""A store on disk and the commands that people give to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.domain.rights import Right, Role, User
from engine.domain.time import Instant
from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.users import add_user

NOW: Instant = 1_772_442_000_000_000  # 2026-03-02T09:00:00Z


@contextmanager
def open_desk(folder: Path) -> Iterator[sqlite3.Connection]:
    sql = open_store(folder / "desk.db", durable=False)
    try:
        yield sql
    finally:
        sql.close()


def command(
    sql: sqlite3.Connection, user: str | None = None, action: str = "test", *, at: Instant = NOW
) -> Command:
    return Command(sql, user=user, action=action, version="0", clock=lambda: at)


def hire(sql: sqlite3.Connection, name: str, role: Role, *more: Right, by: str | None = None) -> None:
    """Add a user, as `by` does it."""
    desk = command(sql, by, "users add")
    desk.require(Right.MANAGE_USERS)
    desk.apply(add_user(User(name=name, role=role, more=frozenset(more)), by=desk.user))
