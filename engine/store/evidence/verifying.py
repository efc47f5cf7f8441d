"""Whether an export is as it was written, and whether the journal says the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

from engine.domain.time import iso
from engine.errors import InputError
from engine.store.audit import entries
from engine.store.evidence.chained import Document, document_of, text_of
from engine.store.evidence.export import ACTION, records, wanted_of
from engine.store.evidence.journal_lines import Extent, Progress, extent_to
from engine.store.evidence.reading import Broken, ExportFile, Line
from engine.store.evidence.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """`records` were read and are whole, or `broken` says which is the first that is not, and why. `hash` is
    that of the whole export. With a store to ask, `exported` is who made it, as the audit log says, or
    `unknown` that it says nothing; of `unasked` records the gates could not be asked by the same rules."""

    records: int
    hash: str
    broken: str | None = None
    exported: str | None = None
    unknown: str | None = None
    unasked: int = 0

    @property
    def whole(self) -> bool:
        return self.broken is None

    @property
    def proved(self) -> bool:
        """Whole, and nothing speaks against it."""
        return self.whole and self.unknown is None


def verify(
    path: Path,
    sql: sqlite3.Connection | None = None,
    *,
    source: str = "",
    version: str = "",
    progress: Progress | None = None,
) -> Verified:
    """Check every line of an export; with a store, make each record once more of its journal and compare.
    `version` is that of the software at hand: another one may have had other rules. Raises InputError for a
    file that is no export of evidence."""
    try:
        file = ExportFile(path)
    except Broken as error:
        return Verified(records=0, hash="", broken=str(error))
    with closing(file):
        try:
            if sql is None:
                for _ in file.each():
                    pass
                return Verified(records=file.records, hash=file.hash)
            unasked = _compare(file, sql, source=source, version=version, progress=progress)
        except Broken as error:
            return Verified(records=file.records, hash="", broken=str(error))
        told = _audited(sql, file.hash)
        return Verified(
            records=file.records,
            hash=file.hash,
            exported=told,
            unknown=None if told else f"the audit log of {source} does not tell of this export",
            unasked=unasked,
        )


def _compare(
    file: ExportFile, sql: sqlite3.Connection, *, source: str, version: str, progress: Progress | None
) -> int:
    """Answers of how many records the gates are not compared, since another version had other rules."""
    whole, unasked = _extent(file, sql, source), 0
    other_version = file.head.get("version") != version
    try:
        wanted = wanted_of(file.head)
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(f"{file.path}: the first line does not say what was asked ({error!r})") from error
    ours = _of_the_journal(records(sql, wanted, whole, source=source, progress=progress))
    for line, record in zip_longest(file.each(), ours):
        if record is None:
            raise Broken(f"{_named(file, line)} is not in the journal of {source}")
        if line is None:
            raise Broken(f"{file.path}: {_whose(record)} is missing; the journal of {source} has it")
        if line.text == text_of(record, file.format):
            continue
        theirs, here = line.document, document_of(text_of(record, file.format), file.format)
        if other_version and (_is_unasked(theirs) or _is_unasked(here)):  # rules have come or gone since
            theirs, here = _without(theirs), _without(here)
            unasked += 1
        if theirs != here or list(theirs) != list(here):
            differing = _differing(theirs, here)
            raise Broken(f"{_named(file, line)} is not what the journal of {source} says: {differing}")
    return unasked


def _extent(file: ExportFile, sql: sqlite3.Connection, source: str) -> Extent:
    """The part of the journal that the export says it is of."""
    first, last = file.head.get("first"), file.head.get("last", ())
    try:
        epoch, seq, digest = tuple(last)
        whole = extent_to(sql, (epoch, seq, digest))
    except (TypeError, ValueError, sqlite3.Error):
        whole = None
    if whole is None or list(whole.first) != first or whole.lines != file.head.get("lines"):
        raise Broken(f"{file.path}: is of another journal than that of {source}, which has not its lines")
    return whole


def _of_the_journal(ours: Iterator[Record]) -> Iterator[Record]:
    """A journal that is broken itself proves nothing."""
    try:
        yield from ours
    except InputError as error:
        raise Broken(error.problems[0]) from error


_ASKED_AGAIN: Final = ("gates", "rules_asked", "gates_note")
"""What depends on the rules that the software at hand has."""


def _is_unasked(document: Document) -> bool:
    """Whether it says that its gates could not be asked, and no more of them."""
    return bool(document.get("gates_note")) and not (document.get("gates") or document.get("rules_asked"))


def _differing(theirs: Document, ours: Document) -> str:
    """The first field that is another one in the journal, with both values."""
    for name in (*ours, *theirs):
        if theirs.get(name) != ours.get(name) or (name in theirs) != (name in ours):
            return f"{name} is {theirs.get(name)!r} here, and {ours.get(name)!r} there"
    return "its fields stand in another order"


def _without(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in _ASKED_AGAIN}


def _named(file: ExportFile, line: Line) -> str:
    return f"{file.path}:{line.number}: record {line.document['record']} ({_whose(line.document)})"


def _whose(record: Record) -> str:
    attempt = record.get("attempt")
    return f"attempt {attempt}" if attempt else f"a refusal of case {record.get('case')}"


def _audited(sql: sqlite3.Connection, digest: str) -> str | None:
    """Who made the export, as the audit log has it; None if it does not tell."""
    for entry in entries(sql, action=ACTION):
        if entry.details.get("hash") == digest:
            return f"exported by {entry.user} at {iso(entry.at)}, as row {entry.id} of the audit log says"
    return None
