"""Where the files of numbers are kept: in a folder beside the database, or in memory beside one in memory.

A file has its name when it is whole and on disk; its name has its digest, so no file is ever written over by
another. One process at a time puts a registry away.
"""

import fcntl
import fnmatch
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from engine.domain.time import Instant, moment
from engine.errors import InputError
from engine.files import make_folder, unwritable
from engine.registries.number_file import NumberFile, Unusable, mapped

if TYPE_CHECKING:
    from engine.registries.number_writer import Numbers

IN_MEMORY: Final = ":memory:"
SUFFIX: Final = ".numbers"
DIGEST_SHOWN: Final = 8  # hexadecimal digits of it in a name: enough to tell one's own files apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file on the shelf."""

    file: str
    count: int
    digest: str


class Shelf(Protocol):
    def locked(self, name: str) -> AbstractContextManager[None]:
        """Nobody else puts this registry away meanwhile. Raises InputError if somebody does now."""
        ...

    def keep(self, name: str, blocks: "Iterable[Numbers]", *, version_at: Instant) -> Kept:
        """Put numbers away that come in order, each once. Nobody uses them yet."""
        ...

    def open(self, file: str) -> NumberFile:
        """Raises Unusable."""
        ...

    def state(self, file: str) -> object:
        """What is another once the file has been replaced or mended."""
        ...

    def clear(self, name: str, keep: str) -> None:
        """Remove what there is of a registry but the one file."""
        ...


class Folder:
    """On disk. `path` is made with the first file."""

    def __init__(self, db: Path) -> None:
        self.path: Final = db.with_name(f"{db.name}.registries")

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """A process that dies lets go."""
        make_folder(self.path)
        try:
            lock = (self.path / f".{name}.lock").open("w")
        except OSError as error:
            raise unwritable(self.path, error) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError([f"{name}: another import of it is under way; wait for its end"]) from None
            yield

    def keep(self, name: str, blocks: "Iterable[Numbers]", *, version_at: Instant) -> Kept:
        """Raises InputError if the folder cannot be written to. What is left of a file then goes with
        `clear`."""
        from engine.registries.number_writer import write_numbers

        make_folder(self.path)
        part = self.path / f".{name}.part"
        try:
            with part.open("wb") as stream:
                written = write_numbers(stream, blocks, version_at=version_at)
                stream.flush()
                os.fsync(stream.fileno())
            file = _file_name(name, version_at, written.digest)
            part.replace(self.path / file)
            _sync(self.path)
        except OSError as error:
            raise unwritable(self.path, error) from None
        return Kept(file=file, count=written.count, digest=written.digest)

    def open(self, file: str) -> NumberFile:
        return mapped(self.path / file)

    def state(self, file: str) -> object:
        try:
            found = (self.path / file).stat()
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def clear(self, name: str, keep: str) -> None:
        """A reader that has an old file mapped keeps what it has."""
        for path in (*self.path.glob(_files_of(name)), self.path / f".{name}.part"):
            if path.name != keep and path.is_file():
                path.unlink(missing_ok=True)


class Memory:
    """For a database in memory: gone with the process."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def locked(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def keep(self, name: str, blocks: "Iterable[Numbers]", *, version_at: Instant) -> Kept:
        from engine.registries.number_writer import write_numbers

        stream = io.BytesIO()
        written = write_numbers(stream, blocks, version_at=version_at)
        file = _file_name(name, version_at, written.digest)
        self._files[file] = stream.getvalue()
        return Kept(file=file, count=written.count, digest=written.digest)

    def open(self, file: str) -> NumberFile:
        if file not in self._files:
            raise Unusable("is missing")
        return NumberFile(self._files[file])

    def state(self, file: str) -> object:
        return file in self._files

    def clear(self, name: str, keep: str) -> None:
        for file in fnmatch.filter(self._files, _files_of(name)):
            if file != keep:
                del self._files[file]


def shelf_of(db: str | Path) -> Shelf:
    return Memory() if str(db) == IN_MEMORY else Folder(Path(db))


def _file_name(name: str, version_at: Instant, digest: str) -> str:
    return f"{name}-{moment(version_at).date().isoformat()}-{digest[:DIGEST_SHOWN]}{SUFFIX}"


def _files_of(name: str) -> str:
    return f"{name}-????-??-??-{'?' * DIGEST_SHOWN}{SUFFIX}"


def _sync(folder: Path) -> None:
    """A new name in a folder is on disk only then."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
