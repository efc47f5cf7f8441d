"""Where commands work on the store: who asks, whether they may, and everything or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.domain.time import Instant
    from engine.store.command import Command


def machine_time() -> "Instant":
    """The time of the machine: commands are given by people."""
    import time

    return time.time_ns() // 1000


@contextmanager
def office(db: Path, *, user: str | None, action: str, creates: bool = False) -> Iterator["Command"]:
    """The store, open for one command: `require` the rights, look with `sql`, and `apply` the changes.

    `user` is the `--as` option, and `action` the command's words, as the audit log has them. A store that is
    not there is made only if the command `creates` one. Raises InputError, NotPermitted or StoreError.
    """
    from engine import __version__
    from engine.cli.reset_shown import pace
    from engine.errors import InputError
    from engine.files import check_writable
    from engine.store.command import Command
    from engine.store.connection import open_store
    from engine.store.resets.carrying import is_unfinished
    from engine.store.resets.whole import resume_resets
    from engine.tz_database import check_tz_database

    check_tz_database()
    if creates:
        check_writable(db)
    elif not db.is_file():
        raise InputError([f"{db}: there is no such file; name a store that a run or an import has made"])
    sql = open_store(db)
    try:
        command = Command(sql, user=user, action=action, version=__version__, clock=machine_time)
        if is_unfinished(sql):  # another command died in the middle of it: it was confirmed, so it happens
            resume_resets(command, pace=pace())
        yield command
    finally:
        sql.close()
