"""Lines and their hashes. Each hash covers the line and the hash before it, so a changed line shows."""

import dataclasses
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from types import UnionType
from typing import Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

import orjson

from engine import __version__
from engine.domain.time import Instant
from engine.errors import InputError
from engine.journal import events

Row: TypeAlias = tuple[int, int, Instant, str, str]
"""Epoch, number in the epoch, time, text and hash of a line."""

GENESIS: Final = "0" * 64
_HASH: Final = ',"hash":"'

KINDS: Final[dict[str, type[events.Event]]] = {kind.KIND: kind for kind in get_args(events.AnyEvent)}
_FIELDS: Final = {
    kind: tuple(field.name for field in dataclasses.fields(kind))  # type: ignore[arg-type]
    for kind in KINDS.values()
}


@dataclass(frozen=True, slots=True)
class Line:
    epoch: int
    seq: int
    at: Instant
    event: events.Event
    hash: str
    text: str


def encode(epoch: int, seq: int, at: Instant, event: events.Event) -> str:
    """One line of JSON, without its hash; equal events give equal bytes."""
    fields = orjson.dumps(event).decode()
    rest = "}" if fields == "{}" else "," + fields[1:]
    return f'{{"epoch":{epoch},"seq":{seq},"at":{at},"kind":"{event.KIND}"{rest}'


def link(previous: str, text: str) -> str:
    """The hash of a line that follows the one whose hash is `previous`."""
    return sha256((previous + text).encode()).hexdigest()


def chained(epoch: int, seq: int, head: str, lines: Iterable[tuple[Instant, events.Event]]) -> list[Row]:
    """The rows of an epoch's next lines, after its line `seq` whose hash is `head`."""
    rows: list[Row] = []
    for at, event in lines:
        seq += 1
        text = encode(epoch, seq, at, event)
        head = link(head, text)
        rows.append((epoch, seq, at, text, head))
    return rows


def exported(text: str, digest: str) -> str:
    """A line as it stands in a journal file: the line with its hash added as the last field."""
    return f'{text[:-1]}{_HASH}{digest}"}}'


# --- reading ------------------------------------------------------------------------------------


def _enum_of(hint: Any) -> Any:
    for option in (hint, *get_args(hint)) if get_origin(hint) in (Union, UnionType) else (hint,):
        if isinstance(option, type) and issubclass(option, Enum):
            return option
    return None


_ENUMS: Final = {
    kind: {name: enum for name, hint in get_type_hints(kind).items() if (enum := _enum_of(hint)) is not None}
    for kind in KINDS.values()
}


def decode(content: dict[str, Any]) -> events.Event:
    """The event of a parsed line. Raises KeyError, TypeError or ValueError for what is not one."""
    kind = KINDS[content["kind"]]
    fields, enums = _FIELDS[kind], _ENUMS[kind]
    if len(content) != len(_HEAD) + len(fields):  # a missing field is a KeyError below
        surplus = sorted(set(content) - set(fields) - set(_HEAD))
        raise ValueError(f"{kind.KIND} has no {', '.join(surplus)}")
    values = {name: _frozen(content[name]) for name in fields}
    for name, enum in enums.items():
        if values[name] is not None:
            values[name] = enum(values[name])
    return kind(**values)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def read(lines: Iterable[str], source: str) -> Iterator[Line]:
    """The lines of a journal file, in the order of their commits, each checked against the chain.

    Raises InputError at the first wrong one. Lines keep their ends: a last one without may be cut short.
    """
    chain = Chain()
    version = ""
    for number, raw in enumerate(lines, start=1):
        where = f"{source}:{number}"
        content, text, digest = _parse(raw, where)
        epoch, seq, at = content["epoch"], content["seq"], content["at"]
        if (wrong := chain.add(epoch, seq, text, digest)) is not None:
            raise InputError([f"{where}: {wrong}; {_AGAIN}"])
        if content["kind"] in _STARTS:
            version = str(content.get("version", ""))
        try:
            event = decode(content)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError([f"{where}: {_other_version(content, error, version)}"]) from error
        yield Line(epoch, seq, at, event, digest, text)
    if chain.last is None:
        raise InputError([f"{source}: has no lines; a journal begins with {events.EngineStarted.KIND}"])


class Chain:
    """Epochs may be written at the same time: each is a chain of its own, which hangs on the last line that
    had been committed when it was opened."""

    def __init__(self) -> None:
        self.last: tuple[int, int] | None = None
        self._ends: dict[int, tuple[int, str]] = {}  # of each epoch: its last line's number and hash
        self._recent: deque[str] = deque([GENESIS], maxlen=OPENING_MAX)

    def add(self, epoch: int, seq: int, text: str, digest: str) -> str | None:
        """What is wrong with the next line, if anything."""
        before, head = self._ends.get(epoch, (0, None))
        if (wrong := self._out_of_order(epoch, before, seq)) is not None:
            return wrong
        if head is None:
            if not any(link(each, text) == digest for each in reversed(self._recent)):
                return _CUT_OFF if self.last is not None else _CHANGED
        elif link(head, text) != digest:
            return _CHANGED
        self._ends[epoch] = seq, digest
        self._recent.append(digest)
        self.last = epoch, seq
        return None

    def _out_of_order(self, epoch: int, before: int, seq: int) -> str | None:
        if seq == before + 1:
            return None
        if not before:
            return f"epoch {epoch} begins with its line {seq}; its line 1 should stand before this line"
        if seq > before:
            missing = f"line {before + 1}" if seq == before + 2 else f"lines {before + 1} to {seq - 1}"
            return f"{missing} of epoch {epoch} should stand before this line, and cannot be found"
        assert self.last is not None
        last_epoch, last = self.last
        return (
            f"line {seq} of epoch {epoch} stands after line {last} of epoch {last_epoch}: "
            "lines were moved, or are there twice"
        )


OPENING_MAX: Final = 10_000  # lines of others between the opening of an epoch and its first line
_CHANGED: Final = "was changed after it was written: its hash is not the one of its text"
_CUT_OFF: Final = "does not follow from the line before: it was changed, or lines before it were cut off"
_STARTS: Final = (events.EngineStarted.KIND, events.CommandStarted.KIND)
_HEAD: Final = ("epoch", "seq", "at", "kind")
_AGAIN: Final = "export the journal again from its store"


def _parse(raw: str, where: str) -> tuple[dict[str, Any], str, str]:
    """A line's content, its text without the hash, and the hash. Raises InputError."""
    line = raw.rstrip("\r\n")
    if not line.strip():
        raise InputError([f"{where}: is empty; every line of a journal is an object of JSON"])
    try:
        content = orjson.loads(line)
    except ValueError as error:
        if line.startswith("{") and not raw.endswith("\n"):
            wrong = f"is cut short after {len(line)} characters; copy the whole file, or {_AGAIN}"
        else:
            wrong = f"is not JSON ({error}); {_AGAIN}"
        raise InputError([f"{where}: {wrong}"]) from error
    if not isinstance(content, dict) or not all(
        isinstance(content.get(name), int) for name in ("epoch", "seq", "at")
    ):
        raise InputError([f"{where}: is JSON, but not a line of a journal (it has no epoch, seq and at)"])
    digest = content.pop("hash", None)
    suffix = f'{_HASH}{digest}"}}'
    if digest is None or not line.endswith(suffix):
        raise InputError([f"{where}: does not end in a hash, as the lines of a journal do; {_AGAIN}"])
    return content, line[: -len(suffix)] + "}", digest


def _other_version(content: dict[str, Any], error: Exception, version: str) -> str:
    what = f"its {error} is missing" if isinstance(error, KeyError) else str(error)
    if content.get("kind") not in KINDS:
        what = f"there is no kind {content.get('kind')!r}"
    by = f"{version} wrote this journal" if version else "another version wrote this journal"
    return f"is not a line of version {__version__} ({what}); {by}: read it with that version"
