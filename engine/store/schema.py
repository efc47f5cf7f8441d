"""The tables and their history. A migration that has been released is never edited."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from sqlite_utils import Database, Migrations

from engine.errors import StoreError
from engine.store.migrations import m001_first, m002_life_of_a_lead, m003_gates

MIGRATIONS: Final = Migrations("dialer-engine")


def _register(name: str, statements: Sequence[str]) -> None:
    @MIGRATIONS(name=name)
    def migration(db: Database) -> None:
        for statement in statements:
            db.execute(statement)


_register("m001_first", m001_first.STATEMENTS)
_register("m002_life_of_a_lead", m002_life_of_a_lead.STATEMENTS)
_register("m003_gates", m003_gates.STATEMENTS)


def is_older(sql: sqlite3.Connection) -> bool:
    """Whether the database wants migrations before this version can read it."""
    return bool(MIGRATIONS.pending(Database(sql)))


def migrate(db: Database) -> None:
    """Bring a database to this version's schema. Raises StoreError for one that a newer version made."""
    known = {migration.name for migration in MIGRATIONS.pending(Database(memory=True))}
    applied = {migration.name for migration in MIGRATIONS.applied(db)}
    if newer := sorted(applied - known):
        raise StoreError(
            f"the database was made by a newer version (it has {', '.join(newer)}); upgrade dialer-engine"
        )
    MIGRATIONS.apply(db)
