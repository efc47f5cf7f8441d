"""What the registries say of a number, by the version in use, which another process may change at any time.

The table of versions is read in the caller's transaction each time; the files are mapped once. A file that is
missing or damaged says nothing of anybody, so its registry is unknown, and whoever needs it is not called.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from engine.compliance.dial import RegistryState
from engine.domain.registries import PROTECTED_LINES
from engine.domain.time import Instant
from engine.registries.number_file import NumberFile, Unusable
from engine.registries.shelf import Shelf, shelf_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The version of a registry that is in use."""

    name: str
    version_at: Instant
    imported_at: Instant
    source: str
    numbers: int
    file: str
    digest: str


_COLUMNS: Final = ("name", "version_at", "imported_at", "source", "numbers", "file", "digest")
_VERSIONS: Final = f"SELECT {', '.join(_COLUMNS)} FROM registries"


def versions(sql: sqlite3.Connection) -> list[Version]:
    """By name."""
    return [_version(row) for row in sql.execute(f"{_VERSIONS} ORDER BY name")]


def version_of(sql: sqlite3.Connection, name: str) -> Version | None:
    row = sql.execute(f"{_VERSIONS} WHERE name = ?", (name,)).fetchone()
    return None if row is None else _version(row)


def _version(row: tuple[object, ...]) -> Version:
    return Version(**dict(zip(_COLUMNS, row, strict=True)))  # type: ignore[arg-type]


class Snapshot:
    """The registries as they were at one moment. `problems` are of those that are there and unusable."""

    def __init__(
        self, held: "Mapping[str, tuple[Instant, NumberFile | _Everybody]]", problems: Mapping[str, str]
    ) -> None:
        self._held = held
        self.problems: Final = problems

    def state(self, name: str, number: str) -> RegistryState | None:
        """Of an E.164 number; None if nothing is known."""
        found = self._held.get(name)
        if found is None:
            return None
        version_at, numbers = found
        return RegistryState(version_at=version_at, listed=int(number) in numbers)

    def states(self, names: Iterable[str], number: str) -> dict[str, RegistryState]:
        """Of those registries of which something is known."""
        digits, held = int(number), self._held
        return {
            name: RegistryState(version_at=held[name][0], listed=digits in held[name][1])
            for name in names
            if name in held
        }

    def listed(self, name: str, numbers: "NDArray[np.uint64]") -> "NDArray[np.bool_] | None":
        """Of many numbers (E.164 digits), whether each is on it; None if nothing is known."""
        found = self._held.get(name)
        return None if found is None else found[1].has(numbers)


class _Everybody:
    """Who is on a list of which nothing but its being there is known."""

    def __contains__(self, number: int) -> bool:
        return True

    def has(self, numbers: "NDArray[np.uint64]") -> "NDArray[np.bool_]":
        import numpy as np

        return np.ones(len(numbers), np.bool_)


def _log_unusable(name: str, file: str, problem: str) -> None:
    _log.warning("registry.unusable", registry=name, file=file, problem=problem)


class Registries:
    """`db` is the path of the database, `:memory:` for none; `tell` hears once of each file that cannot be
    used: its registry, its name and what is wrong."""

    def __init__(self, db: str | Path, *, tell: Callable[[str, str, str], None] = _log_unusable) -> None:
        self.shelf: Final[Shelf] = shelf_of(db)
        self._tell = tell
        self._rows: list[tuple[str, Instant, str, str]] = []
        self._mapped: dict[str, NumberFile] = {}  # by digest
        self._unusable: dict[str, object] = {}  # by file: what it was when it was last tried
        self._snapshot = Snapshot({}, {})

    def current(self, sql: sqlite3.Connection) -> Snapshot:
        """The versions that this transaction sees. A new one is read whole once, for its digest: some tenths
        of a second for fifty million numbers."""
        rows = sql.execute("SELECT name, version_at, file, digest FROM registries ORDER BY name").fetchall()
        mended = self._unusable and any(self.shelf.state(file) != was for file, was in self._unusable.items())
        if rows != self._rows or mended:
            self._snapshot = self._take(rows)
            self._rows = rows
        return self._snapshot

    def state(self, sql: sqlite3.Connection, name: str, number: str) -> RegistryState | None:
        return self.current(sql).state(name, number)

    def states(self, sql: sqlite3.Connection, names: Iterable[str], number: str) -> dict[str, RegistryState]:
        return self.current(sql).states(names, number)

    def _take(self, rows: list[tuple[str, Instant, str, str]]) -> Snapshot:
        held: dict[str, tuple[Instant, NumberFile | _Everybody]] = {}
        problems: dict[str, str] = {}
        mapped: dict[str, NumberFile] = {}
        unusable: dict[str, object] = {}
        for name, version_at, file, digest in rows:
            was = self.shelf.state(file)
            try:
                numbers = self._open(file, digest, version_at)
                held[name] = (version_at, numbers)
                mapped[digest] = numbers
            except Unusable as error:
                if name == PROTECTED_LINES:
                    held[name] = (version_at, _Everybody())
                problems[name] = f"{file} {error}"
                unusable[file] = was
                if self._unusable.get(file, self) != was:  # None is a state too: of a file that is missing
                    self._tell(name, file, str(error))
        self._mapped = mapped
        self._unusable = unusable
        return Snapshot(held, problems)

    def _open(self, file: str, digest: str, version_at: Instant) -> NumberFile:
        if (numbers := self._mapped.get(digest)) is not None:
            return numbers
        numbers = self.shelf.open(file)
        if (numbers.digest, numbers.version_at) != (digest, version_at):
            raise Unusable("is not the file that was imported: its digest or its version is another")
        return numbers
