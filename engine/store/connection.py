"""Opening the store. One process writes through one connection; each change is one transaction."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from engine.errors import StoreError, StoreUnavailable
from engine.store.schema import migrate

APPLICATION_ID: Final = (
    0x4449414C  # "DIAL" in the file's header, so that no other database is mistaken for ours
)
BUSY_TIMEOUT_S: Final = 5.0  # longer than any commit of the engine, shorter than an operator's patience
STATEMENTS_CACHED: Final = 512  # more than the engine has
CHECKPOINT_PAGES: Final = 8_000  # 32 MB of log: what changes often is written back once for many commits


def open_store(path: str | Path, *, durable: bool = True) -> sqlite3.Connection:
    """Open or create the database at `path` (`:memory:` for none on disk) at this version's schema.

    Durable: a commit that has returned survives a power cut. Otherwise only a crash of the process; for
    simulations. Transactions are explicit. Raises StoreError for a file that is not
    a dialer database, and leaves that file as it was.
    """
    try:
        connection = sqlite3.connect(
            path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_CACHED,
        )
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be opened: {error}") from error
    try:
        _prepare(connection, path, durable=durable)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _refusal(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def all_or_nothing(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it, whatever ends it. Others read meanwhile, and wait to write."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"the store did not take the change: {why(error)}") from error


def why(error: sqlite3.OperationalError) -> str:
    """What keeps the store from answering, for a person."""
    if error.sqlite_errorname != "SQLITE_BUSY":
        return str(error)
    return (
        f"an engine or another command has been writing to it for {BUSY_TIMEOUT_S:g} s; "
        "nothing was changed, so try again"
    )


@contextmanager
def big_cache(connection: sqlite3.Connection, kib: int) -> Iterator[None]:
    """More of the store in memory, for work that goes over much of it."""
    (before,) = connection.execute("PRAGMA cache_size").fetchone()
    connection.execute(f"PRAGMA cache_size = -{kib}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {before}")


def _prepare(connection: sqlite3.Connection, path: str | Path, *, durable: bool) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if tables:
            raise StoreError(f"{path}: is another program's database; name a new file or a dialer's database")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
    migrate(Database(connection))
    # Not durable is not careless: a simulation meets what live meets, for a few percent of an insert.
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA foreign_keys = {'ON' if durable else 'OFF'}")


def _refusal(path: str | Path, error: sqlite3.DatabaseError) -> StoreError:
    if error.sqlite_errorname == "SQLITE_NOTADB":
        return StoreError(f"{path}: is not a database; name a new file or a dialer's database")
    if isinstance(error, sqlite3.OperationalError):
        return StoreUnavailable(f"{path}: cannot be used now: {why(error)}")
    return StoreError(f"{path}: cannot be used: {error}")
