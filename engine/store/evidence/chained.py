"""The lines of an export, as JSON or CSV: each ends in a hash of itself and of the hash before it."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from io import StringIO
from typing import Any, Final, TypeAlias

import orjson

from engine.journal.chain import GENESIS, exported, link
from engine.store.evidence.records import ATTEMPT_FIELDS, REFUSAL_FIELDS, Record

HEAD: Final = "journal"
"""The kind of an export's first line: which journal it is of, and what was asked."""
END: Final = "end"
"""The kind of its last line: how many records there are. Its hash is that of the whole export."""

FACTS: Final = "facts"
"""The column of a CSV file with the whole of the first and of the last line, as JSON."""

COLUMNS: Final = (*dict.fromkeys((*list(ATTEMPT_FIELDS)[:-1], *list(REFUSAL_FIELDS)[:-1], "journal", FACTS)),)
"""Of a CSV file, before the hash."""


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


Document: TypeAlias = Record
"""A record, or the first or the last line, without the hash."""


def text_of(document: Document, format: Format) -> str:
    """The line without its hash and its end; equal documents give equal texts."""
    if format is Format.JSONL:
        return orjson.dumps(document).decode()
    if document["kind"] in (HEAD, END):
        document = {"kind": document["kind"], FACTS: document}
    return _csv([_cell(name, document.get(name)) for name in COLUMNS])


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and name != "journal":
        value = " ".join(value)
    if isinstance(value, str):
        return " ".join(value.splitlines())  # a row is a line
    return orjson.dumps(value).decode()


def _csv(cells: Sequence[str]) -> str:
    row = StringIO()
    csv.writer(row, lineterminator="").writerow(cells)
    return row.getvalue()


def document_of(text: str, format: Format) -> Document:
    """A document as far as a line tells it; in CSV records are text. Raises ValueError."""
    if format is Format.JSONL:
        document = orjson.loads(text)
    else:
        try:
            cells = next(csv.reader([text], strict=True))
        except csv.Error as error:
            raise ValueError(str(error)) from error
        document = dict(zip(COLUMNS, cells, strict=True))
        if document["kind"] in (HEAD, END):
            document = json.loads(document[FACTS])
    if not isinstance(document, dict):
        raise ValueError("it is no object")
    return document


@dataclass(slots=True)
class Chained:
    """Makes the lines of one export. `hash` is that of the last one made."""

    format: Format
    hash: str = field(default=GENESIS)

    def opening(self) -> str:
        """What stands before the first line: the columns, in CSV. Its hash is the first one's to cover."""
        if self.format is Format.JSONL:
            return ""
        columns = _csv((*COLUMNS, "hash"))
        self.hash = link(self.hash, columns)
        return columns + "\n"

    def line(self, text: str) -> str:
        """A line of the export, with its hash and its end."""
        self.hash = link(self.hash, text)
        return stamped(text, self.hash, self.format) + "\n"


def stamped(text: str, digest: str, format: Format) -> str:
    return exported(text, digest) if format is Format.JSONL else f"{text},{digest}"


def parted(line: str, format: Format) -> tuple[str, str] | None:
    """The text of a line and its hash; None if it has none."""
    after = '"}' if format is Format.JSONL else ""
    before = ',"hash":"' if format is Format.JSONL else ","
    if not line.endswith(after):
        return None
    body = line[: len(line) - len(after)]
    text, digest = body[:-_HASH_LENGTH], body[-_HASH_LENGTH:]
    if not text.endswith(before) or not set(digest) <= _HEX or len(digest) != _HASH_LENGTH:
        return None
    text = text[: -len(before)]
    return (text + "}" if format is Format.JSONL else text), digest


_HASH_LENGTH: Final = 64
_HEX: Final = frozenset("0123456789abcdef")
