"""No command writes over what it reads. Asked of every command line before anything is opened.

What an option's file is for is known by the parameter's name; a parameter that is a file has a row in `USES`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final, NamedTuple

from engine.errors import InputError
from engine.files import is_database, same_file

STDOUT: Final = "-"
COMPANIONS: Final = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database while it is in use
LOADED_OF_FOLDERS: Final = (".yaml", ".yml")  # of a folder that is read, all of these are


class Use(Enum):
    """What a command does with a file."""

    STORE = auto()
    READ = auto()
    WRITTEN = auto()


USES: Final[Mapping[str, Use]] = {
    "db": Use.STORE,
    "file": Use.READ,
    "files": Use.READ,
    "scenarios": Use.READ,
    "source": Use.READ,
    "against": Use.READ,
    "operator": Use.READ,
    "csv": Use.WRITTEN,
    "out": Use.WRITTEN,
    "report": Use.WRITTEN,
    "journal": Use.WRITTEN,
    "junit": Use.WRITTEN,
}


class _Named(NamedTuple):
    name: str
    path: Path


def check_targets(arguments: Mapping[str, Any]) -> None:
    """Raises InputError if a file to write is the store or a part of it, any other database, a file that the
    command reads, or one that it writes besides."""
    named = list(_files(arguments))
    targets = [each for each in named if USES[each.name] is Use.WRITTEN]
    problems: list[str] = []
    for place, target in enumerate(targets):
        others = [each for each in named if USES[each.name] is not Use.WRITTEN]
        why = _is_database(target.path) or _is_one_of(target.path, [*others, *targets[:place]])
        if why is not None:
            problems.append(f"--{target.name} {target.path}: is {why}; name another file")
    if problems:
        raise InputError(problems)


def _files(arguments: Mapping[str, Any]) -> Iterator[_Named]:
    """Every file of the command line, with the name of its parameter."""
    for name, value in arguments.items():
        if is_dataclass(value) and not isinstance(value, type):
            yield from _files({each.name: getattr(value, each.name) for each in fields(value)})
        elif name == "csv":
            if value not in (None, STDOUT):
                yield _Named(name, Path(value))
        else:
            several = value if isinstance(value, tuple | list) else (value,)
            yield from (_Named(name, each) for each in several if isinstance(each, Path))


def _is_database(path: Path) -> str | None:
    if is_database(path):
        return "a database"
    for ending in COMPANIONS:
        if path.name.endswith(ending) and is_database(path.with_name(path.name.removesuffix(ending))):
            return "a part of a database"
    return None


def _is_one_of(target: Path, others: list[_Named]) -> str | None:
    for name, path in others:
        if USES[name] is Use.STORE:
            parts = [path.with_name(path.name + ending) for ending in COMPANIONS]
            if same_file(target, path):
                return "the store"
            if any(same_file(target, each) for each in parts) or _is_below(target, _registries_of(path)):
                return "a part of the store"
        elif same_file(target, path) or (
            path.is_dir() and target.suffix in LOADED_OF_FOLDERS and _is_below(target, path)
        ):
            return "a file that is written besides" if USES[name] is Use.WRITTEN else "a file that is read"
    return None


def _registries_of(db: Path) -> Path:
    from engine.registries.shelf import Folder

    return Folder(db).path


def _is_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
