"""An export as a file, line by line: each is checked against its hash and the hash before it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import InputError
from engine.journal.chain import link
from engine.store.evidence.chained import END, HEAD, Chained, Document, Format, document_of, parted
from engine.store.evidence.export import EDITION
from engine.store.evidence.records import ATTEMPT, REFUSAL


class Broken(Exception):
    """Says what is not as it was written, and where."""


@dataclass(frozen=True, slots=True)
class Line:
    number: int  # in the file, from 1
    text: str
    document: Document


_BEGINS: Final = {Format.JSONL: '{"kind":"', Format.CSV: "record,kind,"}
_BOM: Final = b"\xef\xbb\xbf"
_SAVED_AGAIN: Final = "another program has saved it; verify the file as it was exported"
_NONE: Final = "is no export of 'dialer evidence export'"


class ExportFile:
    """Raises InputError for what is no export of evidence, and `Broken` for one that is not as it was
    written: at the first line, when it is made, or at a later one, when that is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.format = self._format()
        self._chained = Chained(self.format)
        self._lines = self._read()
        self.head = self._head()

    @property
    def hash(self) -> str:
        """Of the last line that was read."""
        return self._chained.hash

    def close(self) -> None:
        self._lines.close()

    def each(self) -> Iterator[Line]:
        """The records. Once they are through, the last line has been checked too."""
        counts = {ATTEMPT: 0, REFUSAL: 0}
        for line in self._lines:
            kind = line.document.get("kind")
            if kind == END:
                self._check_end(line, counts)
                return
            if kind not in counts or str(line.document.get("record")) != str(self.records + 1):
                raise Broken(f"{self._place(line)} is not the one that should stand here")
            counts[kind] += 1
            self.records += 1
            yield line
        raise Broken(f"{self.path}: is cut off after record {self.records}: its last line is missing")

    def _check_end(self, line: Line, counts: dict[str, int]) -> None:
        said = {kind: line.document.get(f"{kind}s") for kind in counts}
        if said != counts or line.document.get("records") != self.records:
            raise Broken(f"{self.path}:{line.number}: the count is wrong: there are {self.records} records")
        if (more := next(self._lines, None)) is not None:
            raise Broken(f"{self.path}:{more.number}: stands after the line with the count")

    def _format(self) -> Format:
        try:
            with self.path.open("rb") as stream:
                head = stream.read(len(_BOM) + len(max(_BEGINS.values(), key=len)))
        except OSError as error:
            raise InputError([f"{self.path}: cannot be read: {error.strerror}"]) from error
        for format, text in _BEGINS.items():
            if head.removeprefix(_BOM).startswith(text.encode()):
                if head.startswith(_BOM):
                    raise Broken(f"{self.path}: begins with a byte order mark: {_SAVED_AGAIN}")
                return format
        raise InputError([f"{self.path}: {_NONE}"])

    def _head(self) -> Document:
        first = next(self._lines, None)
        if first is None or first.document.get("kind") != HEAD:
            raise InputError([f"{self.path}: {_NONE}: it does not say of which journal it is"])
        if first.document.get("edition") != EDITION:
            version = first.document.get("version")
            raise InputError([f"{self.path}: was written by version {version}; verify it with that version"])
        return first.document

    def _read(self) -> Generator[Line]:
        try:
            # What is not UTF-8 is no line of ours: it is shown as it is, and its hash is wrong.
            with self.path.open(encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                number = 0
                if opening := self._chained.opening():
                    number = 1
                    columns = next(stream)
                    self._check_ending(columns)
                    if columns != opening:
                        raise Broken(f"{self.path}:1: the columns are not those of an export of evidence")
                for raw in stream:
                    number += 1
                    self._check_ending(raw)
                    yield self._line(number, raw)
        except OSError as error:
            raise InputError([f"{self.path}: cannot be read: {error.strerror}"]) from error

    def _check_ending(self, raw: str) -> None:
        if raw.endswith("\r\n"):
            raise Broken(f"{self.path}: has lines that end in CR LF: {_SAVED_AGAIN}")

    def _line(self, number: int, raw: str) -> Line:
        line = raw.removesuffix("\n")
        parts = parted(line, self.format)
        if parts is None:
            raise Broken(f"{self._named(number, raw)} does not end in a hash: it was changed, or cut short")
        text, digest = parts
        if link(self._chained.hash, text) != digest:
            raise Broken(
                f"{self._named(number, raw)} is not as it was written: its hash does not follow from it and "
                "the line before"
            )
        self._chained.hash = digest
        try:
            return Line(number, text, document_of(text, self.format))
        except ValueError as error:
            raise Broken(f"{self._named(number, raw)} cannot be read ({error})") from error

    def _place(self, line: Line) -> str:
        return self._named(line.number, line.text)

    def _named(self, number: int, text: str) -> str:
        """Where it is, and which record that should be."""
        record = number - (1 if self.format is Format.JSONL else 2)
        if record == 0:
            what = "the first line"
        elif END in text[:_KIND_WITHIN]:
            what = "the line with the count"
        else:
            what = f"record {record}"
        return f"{self.path}:{number}: {what}"


_KIND_WITHIN: Final = 16  # characters, in which a last line says that it is one
