"""The journal as a file, and back. The store's lines are copied as they are; readers check the chain."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.errors import InputError
from engine.journal.chain import Line, exported, read

_ROWS: Final = "SELECT epoch, seq, at, line, hash FROM journal ORDER BY rowid"  # as committed


def export(sql: sqlite3.Connection, path: str | Path) -> int:
    """Write the store's journal to `path`, one JSON line each, and answer how many there are.

    The file appears whole or not at all, in place of one that is there. Raises InputError if it cannot be
    written.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    lines = 0
    try:
        try:
            with partial.open("x", encoding="utf-8", newline="\n") as file:
                for _, _, _, text, digest in sql.execute(_ROWS):
                    file.write(exported(text, digest) + "\n")
                    lines += 1
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise InputError([f"{target}: cannot be written: {error.strerror}"]) from error
    return lines


def lines_of(path: str | Path) -> Iterator[Line]:
    """The lines of a journal file. Raises InputError at the first that is not as it was written."""
    try:
        # What is not UTF-8 is no line of ours: it is shown as it is, and its hash is wrong.
        with Path(path).open(encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            yield from read(file, str(path))
    except OSError as error:
        raise InputError([f"{path}: cannot be read: {error.strerror}"]) from error


def stored(sql: sqlite3.Connection, source: str = "journal") -> Iterator[Line]:
    """The lines of a store's journal, checked as those of a file are; `source` names the store in errors."""
    return read(_texts(sql, source), source)


def verify(sql: sqlite3.Connection, source: str = "journal") -> int:
    """Check every line of a store's journal and answer how many there are, none if it has never run.

    Raises InputError at the first wrong one.
    """
    if sql.execute("SELECT 1 FROM journal LIMIT 1").fetchone() is None:
        return 0
    return sum(1 for _ in stored(sql, source))


def _texts(sql: sqlite3.Connection, source: str) -> Iterator[str]:
    for number, (epoch, seq, at, text, digest) in enumerate(sql.execute(_ROWS), start=1):
        if not text.startswith(f'{{"epoch":{epoch},"seq":{seq},"at":{at},'):
            place = f"epoch {epoch}, seq {seq}, at {at}"
            raise InputError(
                [f"{source}:{number}: the line kept under {place} says otherwise; it was changed"]
            )
        yield exported(text, digest) + "\n"
