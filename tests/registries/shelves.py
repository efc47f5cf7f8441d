"""Stores and files for the tests of registries."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.domain.time import DAY, Instant
from engine.registries.importing import Part, RegistryFile, RegistryReport, import_registry
from engine.registries.shelf import Shelf
from engine.registries.sorting import Numbers
from engine.store.command import Command
from engine.store.connection import open_store

NOW: Final[Instant] = 20_000 * DAY
VERSION: Final[Instant] = NOW - DAY


def array(numbers: Iterable[int]) -> Numbers:
    return np.array(list(numbers), np.uint64)


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def command(db: Path | str, now: Instant = NOW) -> Command:
    """Somebody at the keyboard; close `.sql` at the end."""
    return Command(open_store(db), user=None, action="dnc import", version="0", clock=lambda: now)


def given(path: Path, **more: Any) -> RegistryFile:
    usual: dict[str, Any] = {"path": path, "registry": "tps", "version_at": VERSION, "region": "GB"}
    return RegistryFile(**(usual | more))


def imported(desk: Command, shelf: Shelf, file: RegistryFile, **more: Any) -> RegistryReport:
    return import_registry(desk, shelf, file, **more)


__all__ = ["NOW", "VERSION", "Part", "array", "command", "given", "imported", "write"]
