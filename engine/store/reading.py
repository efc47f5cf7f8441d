"""Opening a store only to read it: the file must be there and be ours, and nothing in it is changed.

A store of an older version is brought to this one's schema first, as it would be to write to it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from engine.errors import InputError, StoreError
from engine.names import did_you_mean, listed
from engine.store.connection import APPLICATION_ID, open_store
from engine.store.schema import is_older

_HELP: Final = "name a store that a run or an import has made"


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write. Raises InputError or StoreError, naming the file and what is wrong."""
    if not path.is_file():
        raise InputError([f"{path}: there is no such file; {_HELP}"])
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION_ID:
            raise StoreError(f"{path}: is another program's database; {_HELP}")
        if is_older(connection):
            open_store(path).close()
        yield connection
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname == "SQLITE_NOTADB":
            raise StoreError(f"{path}: is not a database; {_HELP}") from None
        raise StoreError(f"{path}: cannot be read: {error}") from error
    finally:
        connection.close()


def check_campaign(connection: sqlite3.Connection, name: str | None) -> None:
    """Raises InputError for a campaign that the store does not have."""
    _check(connection, "SELECT name FROM campaigns ORDER BY name", "campaign", name)


def check_list(connection: sqlite3.Connection, name: str | None) -> None:
    """Raises InputError for a list that the store does not have."""
    _check(connection, "SELECT name FROM lists ORDER BY name", "list", name)


def _check(connection: sqlite3.Connection, query: str, what: str, name: str | None) -> None:
    known = [row[0] for row in connection.execute(query)]
    if name is None or name in known:
        return
    shown = f"; the {what}s are {listed(known, 'and')}" if known else f"; the store has no {what}"
    raise InputError([f"there is no {what} {name!r}{did_you_mean(name, known) or shown}"])


def check_lead(connection: sqlite3.Connection, key: str | None) -> None:
    """Raises InputError for a lead key that is on no list."""
    if key is None or connection.execute("SELECT 1 FROM leads WHERE key = ? LIMIT 1", (key,)).fetchone():
        return
    raise InputError([f"there is no lead {key!r} on any list; name a lead by its key"])
