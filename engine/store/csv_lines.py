"""CSV files as people's spreadsheets write them, read in chunks; one bad line never hides the next."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

from engine.errors import InputError
from engine.store.packed import Unpacked
from engine.store.problems import Problem

CHUNK_ROWS: Final = 2_000  # some 20 ms of work: the pool's overhead is small, and so is what is in flight
LINE_MAX_BYTES: Final = 1 << 20  # a longer line is not a lead
RECORD_LINES_MAX: Final = 100  # a quoted field over more lines is a quote that was never closed
FIELD_MAX_CHARACTERS: Final = 10_000  # a field is kept with the lead and shown to agents

DELIMITERS: Final = (",", ";", "\t")

Record: TypeAlias = tuple[int, list[str]]
"""The number of its first line, from 1, and its fields."""

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_QUOTE_REMEDY: Final = "write a quote inside a quoted field twice, or leave the quotes out"


@dataclass(slots=True)
class Chunk:
    """Some records, and the problems of the lines among them that cannot be read; `end` in bytes of the file
    as it is on disk. `broken`, of a file that `salvages`: what is wrong with records, by their lines, that
    were read as well as can be."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken: dict[int, Problem] = field(default_factory=dict)
    end: int = 0

    @property
    def rows(self) -> int:
        return len(self.records) + len(self.problems)


class CsvFile:
    """An open CSV file, which may be compressed: `header`, then the chunks. `example` is a header that it may
    have. It `salvages` what it can where a line matters more than its flaws: bytes that are no text stay in
    the fields, for `flaw` to find. Raises InputError if it cannot be read as CSV at all."""

    def __init__(self, path: Path, *, example: str = "key,phone", salvages: bool = False) -> None:
        self.name = str(path)
        self._example = example
        self._salvages = salvages
        self._file = Unpacked(path)
        self.size = self._file.size
        self._lines = _Lines(self._file)
        try:
            self.header_line, self.header = self._read_header()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def chunks(self) -> Iterator[Chunk]:
        """The records after the header, in the order of the file."""
        chunk = Chunk()
        for item in self._items():
            if isinstance(item, Problem):
                self._put_wrong(item, chunk)
            else:
                chunk.records.append(item)
            if chunk.rows >= CHUNK_ROWS:
                chunk.end = self._file.position
                yield chunk
                chunk = Chunk()
        chunk.end = self._file.position
        yield chunk

    def _put_wrong(self, problem: Problem, chunk: Chunk) -> None:
        """The record of a line that cannot be read as CSV, as well as it can be; else the problem."""
        if self._salvages:
            line = self._lines.first_of_record.replace("\r", " ")  # one that stands alone ends no line
            try:
                fields = next(csv.reader([line], delimiter=self._delimiter), [])
            except csv.Error:  # a field that is far too long
                fields = line.split(self._delimiter)
            if any(map(str.strip, fields)):
                chunk.records.append((problem.line, fields))
                chunk.broken[problem.line] = problem
                return
        chunk.problems.append(problem)

    def _read_header(self) -> Record:
        for line in self._lines:
            if self._lines.number == 1 and self._lines.is_utf_16:
                raise InputError([f"{self.name}: is UTF-16; save it as 'CSV UTF-8'"])
            if not line.strip(" \r\n\t,;\"'"):
                continue
            self._delimiter = max(DELIMITERS, key=_outside_quotes(line).count)  # the first of equals
            try:
                (fields,) = csv.reader([line], delimiter=self._delimiter, strict=True)
            except csv.Error as error:
                raise InputError([_unreadable(self._lines.number, error).text(self.name)]) from error
            if problem := flaw(self._lines.number, fields, []):
                raise InputError([problem.text(self.name)])
            return (self._lines.number, fields)
        raise InputError(
            [f"{self.name}: is empty; the first line must name the columns, e.g. {self._example!r}"]
        )

    def _items(self) -> Iterator[Record | Problem]:
        lines = self._lines
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            lines.begin_record()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except (csv.Error, _LineTooLong, _RecordTooLong) as error:
                number = lines.number_at_start
                lines.give_back_all_but_the_first()
                yield _unreadable(number, error)
                continue
            if not any(map(str.strip, fields)):
                continue
            number = lines.number_at_start
            if lines.count > 1 and len(fields) != len(self.header):
                # Most likely a quote that was never closed, and the lines after it are leads.
                lines.give_back_all_but_the_first()
                yield _unreadable(number, _QuoteOpen())
                continue
            if lines.flawed and not self._salvages and (problem := flaw(number, fields, self.header)):
                yield problem
            else:
                yield (number, fields)


class _LineTooLong(Exception):
    pass


class _RecordTooLong(Exception):
    pass


class _QuoteOpen(Exception):
    pass


class _Lines:
    """The lines of a file as text, numbered. Remembers those of the record being read, to give them back.

    Bytes that are not UTF-8 become lone surrogates; `flawed` says that this record has some, or a NUL.
    """

    def __init__(self, file: Unpacked) -> None:
        self._file = file
        self._held: list[bytes] = []
        self._again: deque[bytes] = deque()
        self.number = 0
        self.flawed = False
        self.is_utf_16 = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if len(self._held) >= RECORD_LINES_MAX:
            raise _RecordTooLong
        if self._again:
            raw = self._again.popleft()
        else:
            raw = self._file.readline(LINE_MAX_BYTES)
            if not raw:
                raise StopIteration
        self.number += 1
        if len(raw) == LINE_MAX_BYTES and not raw.endswith(b"\n"):
            self._skip_line()
            self._held.append(b"\n")
            raise _LineTooLong
        self._held.append(raw)
        if self.number == 1:
            self.is_utf_16 = raw.startswith(_UTF_16)
            raw = raw.removeprefix(_BOM)
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            self.flawed = True
            return raw.decode(errors="surrogateescape")
        if "\0" in line:
            self.flawed = True
        return line

    @property
    def count(self) -> int:
        """Of the lines of this record."""
        return len(self._held)

    @property
    def number_at_start(self) -> int:
        return self.number - len(self._held) + 1

    @property
    def first_of_record(self) -> str:
        """The text of its first line, however flawed."""
        return self._held[0].decode(errors="surrogateescape")

    def begin_record(self) -> None:
        self._held.clear()
        self.flawed = False

    def give_back_all_but_the_first(self) -> None:
        back = self._held[1:]
        self._again.extendleft(reversed(back))
        self.number -= len(back)
        del self._held[1:]

    def _skip_line(self) -> None:
        while raw := self._file.readline(LINE_MAX_BYTES):
            if raw.endswith(b"\n"):
                return


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def flaw(number: int, fields: list[str], header: list[str]) -> Problem | None:
    """What of a record is not text: a byte that is not UTF-8, or a NUL."""
    for index, value in enumerate(fields):
        where = header[index] if index < len(header) else f"column {index + 1}"
        if "\0" in value:
            visible = value.encode(errors="surrogateescape").decode(errors="replace").replace("\0", "␀")
            return Problem(
                line=number,
                column=where,
                value=visible,
                message="has a NUL character",
                remedy="remove it; a file full of them is UTF-16, save it as 'CSV UTF-8'",
            )
        stray = next((ord(c) - 0xDC00 for c in value if "\udc80" <= c <= "\udcff"), None)
        if stray is not None:
            return Problem(
                line=number,
                column=where,
                value=value.encode(errors="surrogateescape").decode("cp1252", errors="replace"),
                message=f"is not UTF-8 (it has the byte 0x{stray:02X})",
                remedy="save the file as 'CSV UTF-8'",
            )
    return None


def _unreadable(number: int, error: Exception) -> Problem:
    text = str(error)
    if isinstance(error, _LineTooLong):
        message = f"the record is longer than {LINE_MAX_BYTES:,} bytes"
        return Problem(line=number, message=message, remedy="end each lead's line with a line feed")
    if isinstance(error, _RecordTooLong):
        message = f"a quote is opened and not closed within {RECORD_LINES_MAX} lines"
    elif isinstance(error, _QuoteOpen) or "unexpected end" in text:
        message = "a quote is opened and not closed"
    elif "expected after" in text:
        message = "a quoted field goes on after its closing quote"
    elif "new-line character" in text:
        message = "a carriage return stands alone inside a line"
        return Problem(line=number, message=message, remedy="end lines with a line feed, or with both")
    elif "field larger" in text:
        message = f"a field is longer than {csv.field_size_limit():,} characters"
    else:
        message = f"is not CSV ({text})"
    return Problem(line=number, message=message, remedy=_QUOTE_REMEDY)
