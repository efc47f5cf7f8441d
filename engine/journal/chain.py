"""Lines and their hashes. Each hash covers the line and the hash before it, so a changed line shows."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import orjson

from engine import __version__
from engine.domain.time import Instant
from engine.errors import InputError
from engine.journal import events

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
    return tuple(value) if isinstance(value, list) else value


def read(lines: Iterable[str], source: str) -> Iterator[Line]:
    """The lines of a journal file, each checked against the chain.

    Raises InputError at the first wrong one. Lines keep their ends: a last one without may be cut short.
    """
    head, before = GENESIS, (0, 0)
    version = ""
    for number, raw in enumerate(lines, start=1):
        where = f"{source}:{number}"
        content, text, digest = _parse(raw, where)
        epoch, seq, at = content["epoch"], content["seq"], content["at"]
        if (wrong := _out_of_order(before, (epoch, seq))) is not None:
            raise InputError([f"{where}: {wrong}; {_AGAIN}"])
        if link(head, text) != digest:
            raise InputError([f"{where}: {_broken(number, seq)}; {_AGAIN}"])
        if content["kind"] == events.EngineStarted.KIND:
            version = str(content.get("version", ""))
        try:
            event = decode(content)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError([f"{where}: {_other_version(content, error, version)}"]) from error
        head, before = digest, (epoch, seq)
        yield Line(epoch, seq, at, event, digest, text)
    if before == (0, 0):
        raise InputError([f"{source}: has no lines; a journal begins with {events.EngineStarted.KIND}"])


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


def _out_of_order(before: tuple[int, int], now: tuple[int, int]) -> str | None:
    """What is wrong with the place of a line, if anything."""
    (epoch, seq), (next_epoch, next_seq) = before, now
    if now == (epoch, seq + 1) or (next_epoch > epoch and next_seq == 1):
        return None
    if next_epoch == epoch and next_seq > seq:
        missing = f"line {seq + 1}" if next_seq == seq + 2 else f"lines {seq + 1} to {next_seq - 1}"
        return f"{missing} of epoch {epoch} should stand before this line, and cannot be found"
    if next_epoch > epoch:
        return f"epoch {next_epoch} begins with its line {next_seq}; its line 1 should stand before this line"
    return (
        f"line {next_seq} of epoch {next_epoch} stands after line {seq} of epoch {epoch}: "
        "lines were moved, or are there twice"
    )


def _broken(number: int, seq: int) -> str:
    if seq == 1 and number > 1:
        return "does not follow from the line before: it was changed, or lines before it were cut off"
    return "was changed after it was written: its hash is not the one of its text"


def _other_version(content: dict[str, Any], error: Exception, version: str) -> str:
    what = f"its {error} is missing" if isinstance(error, KeyError) else str(error)
    if content.get("kind") not in KINDS:
        what = f"there is no kind {content.get('kind')!r}"
    by = f"{version} wrote this journal" if version else "another version wrote this journal"
    return f"is not a line of version {__version__} ({what}); {by}: read it with that version"
