"""Files are written whole or not at all: under another name first, and renamed once they are complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from engine.errors import InputError

_DATABASE_HEADER: Final = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html, 1.3


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text file to write; it takes its name, and the place of an older one, when the block ends well.

    Raises InputError if the folder cannot be written to, and for a database, which nothing replaces.
    """
    if is_database(path):
        raise InputError([f"{path}: is a database; name another file"])
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        stream = temporary.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        with stream:
            yield stream
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise unwritable(path, error) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_database(path: Path) -> bool:
    """Whether there is an SQLite database; a file that cannot be read is none."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(_DATABASE_HEADER)) == _DATABASE_HEADER
    except OSError:
        return False


def same_file(one: Path, other: Path) -> bool:
    """Whether two names are of one file, be it there or not."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def check_writable(path: Path, *, planned: Path | None = None) -> None:
    """Raises InputError now for a file that could not be written later. Leaves no trace. `planned`
    is a folder that will have been made by then."""
    folder = path.parent
    if path.is_dir():
        raise InputError([f"{path}: is a folder; name a file"])
    if planned is not None and folder.absolute() == planned.absolute():
        return
    if not folder.is_dir():
        raise InputError([f"{path}: there is no folder {str(folder)!r}; make it first"])
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError([f"{path}: the folder {str(folder)!r} cannot be written to"])


def check_folder(path: Path) -> None:
    """Raises InputError now for a folder that is not there and could not be made. Leaves no trace."""
    nearest = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
    if not nearest.is_dir():
        raise InputError([f"{path}: {str(nearest)!r} is a file; name a folder"])
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError([f"{path}: the folder {str(nearest)!r} cannot be written to"])


def make_folder(path: Path) -> None:
    """Raises InputError if it is not there and cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> InputError:
    return InputError([f"{path}: cannot be written: {error.strerror or error}"])
