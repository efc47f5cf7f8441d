"""One column of a text file of any length, block by block: where each field lies, not a string for each.

Lines are fields between delimiters. Blanks, quotes and the marks that people put between digits are taken out
of a block first; a line that then has another number of fields than the first line is read as CSV, by itself.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.names import did_you_mean
from engine.store.csv_lines import DELIMITERS
from engine.store.problems import Problem, shown

Places: TypeAlias = NDArray[np.int64]
Read: TypeAlias = Callable[[int], bytes]
"""Of a file: the next so many bytes, or what is left."""

BLOCK_BYTES: Final = 1 << 22  # 4 MB: some 300,000 numbers
LINE_MAX_BYTES: Final = 1 << 16  # a longer one is no line of numbers
HEADS: Final = (
    "phone",
    "phone_number",
    "phonenumber",
    "number",
    "telephone",
    "telephone_number",
    "tel",
    "msisdn",
)
"""The headings of a column of numbers that need not be named."""

_MARKS: Final = b' \t\r"().-'
_BOM: Final = b"\xef\xbb\xbf"
_NEW_LINE: Final = ord("\n")
_DIGITS: Final = re.compile(r"[0-9]{5}")
_SEPARATORS: Final = str.maketrans("", "", " -.()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`columns` are joined to make a number: some registries keep the area code apart. `first_line` is the
    first one that has numbers."""

    delimiter: str
    width: int
    columns: tuple[int, ...]
    names: tuple[str, ...]
    first_line: int

    @property
    def name(self) -> str:
        return " + ".join(self.names[column] for column in self.columns)


@dataclass(slots=True, kw_only=True)
class Column:
    """The fields of a block: where they lie in `text`, and the line of each. `problems` are of lines without
    such a field, and `original` tells what a line has there before any mark was taken out."""

    text: NDArray[np.uint8]
    starts: Places
    ends: Places
    lines: Places
    original: Callable[[int], str]
    problems: list[Problem] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.lines) + len(self.problems)

    def field(self, row: int) -> str:
        """Without the marks."""
        return bytes(self.text[self.starts[row] : self.ends[row]]).decode(errors="replace")


def columns(read: Read, file: str, wanted: Sequence[str] = ()) -> tuple[Layout, Iterator[Column]]:
    """The fields of the wanted columns (names, or numbers from 1). Without any, the only column is meant, or
    the one whose heading is plainly that of numbers. Raises InputError."""
    block = read(BLOCK_BYTES)
    if block[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in block[:LINE_MAX_BYTES]:
        raise InputError([f"{file}: is no text in UTF-8; save it as 'CSV UTF-8' or as plain text"])
    block = block.removeprefix(_BOM)
    layout = _layout(block, file, wanted)
    return layout, _columns(read, block, file, layout)


def _layout(block: bytes, file: str, wanted: Sequence[str]) -> Layout:
    lines = block[: LINE_MAX_BYTES * 2].decode(errors="replace").split("\n")
    filled = ((number, line) for number, line in enumerate(lines, 1) if line.strip(" \r\t,;\"'"))
    number, line = next(filled, (0, ""))
    if not number:
        raise InputError([f"{file}: is empty; a registry has a number on each line"])
    delimiter = max(DELIMITERS, key="".join(line.split('"')[::2]).count)  # the first of equals
    first = [text.strip() for text in next(csv.reader([line], delimiter=delimiter))]
    headed = not any(_DIGITS.search(text.translate(_SEPARATORS)) for text in first)
    names = tuple(first) if headed else tuple(f"column {place}" for place in range(1, len(first) + 1))
    return Layout(
        delimiter=delimiter,
        width=len(first),
        columns=_chosen(first, wanted, f"{file}:{number}", headed=headed),
        names=names,
        first_line=number + headed,
    )


def _chosen(first: list[str], wanted: Sequence[str], where: str, *, headed: bool) -> tuple[int, ...]:
    among = ", ".join(map(shown, first))
    if not wanted:
        if len(first) == 1:
            return (0,)
        known = [place for place, name in enumerate(first) if name.casefold().replace(" ", "_") in HEADS]
        if not headed or len(known) != 1:
            what = "the columns are" if headed else "the first line has"
            raise InputError(
                [
                    f"{where}: which column has the numbers? {what} {among}; "
                    "say --column with a name, or a number from 1"
                ]
            )
        return (known[0],)
    places, folded = [], [text.casefold() for text in first]
    for name in wanted:
        if headed and name.casefold() in folded:
            places.append(folded.index(name.casefold()))
        elif name.isascii() and name.isdigit() and 1 <= int(name) <= len(first):
            places.append(int(name) - 1)
        else:
            what = (
                f"the columns are {among}"
                if headed
                else f"they have no names, only numbers from 1 to {len(first)}"
            )
            guess = did_you_mean(name, first) if headed else ""
            raise InputError([f"{where}: there is no column {shown(name)}{guess or f'; {what}'}"])
    return tuple(places)


def _columns(read: Read, block: bytes, file: str, layout: Layout) -> Iterator[Column]:
    line, rest = 1, b""
    while block:
        whole = rest + block
        cut = whole.rfind(b"\n") + 1
        rest = whole[cut:]
        if len(rest) > LINE_MAX_BYTES:
            line += whole.count(b"\n")
            raise InputError(
                [f"{file}:{line}: is longer than {LINE_MAX_BYTES:,} bytes; put each number on a line"]
            )
        if cut:
            yield _column(whole[:cut], line, layout)
            line += whole.count(b"\n", 0, cut)
        block = read(BLOCK_BYTES)
    if rest:
        yield _column(rest + b"\n", line, layout)


def _column(block: bytes, line: int, layout: Layout) -> Column:
    """`line` is the number of the block's first."""
    delimiter = layout.delimiter.encode()
    text = block.translate(None, _MARKS.replace(delimiter, b"")) + b"\n\n"  # see Spelling.read
    buffer = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(buffer[:-2] == _NEW_LINE)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    lines = np.arange(line, line + len(ends))
    marks = np.flatnonzero(buffer == ord(delimiter))
    before = np.searchsorted(marks, starts)
    count = np.searchsorted(marks, ends) - before
    rows = (ends - starts > count) & (lines >= layout.first_line)  # others are blank, or the heading
    plain = rows & (count == layout.width - 1)
    raw: list[bytes] = []

    def original(number: int) -> str:
        if not raw:
            raw.extend(block.split(b"\n"))
        return raw[number - line].decode(errors="replace").rstrip("\r")

    packed, problems = [], []
    for number in lines[rows & ~plain]:
        try:
            packed.append((int(number), _field(original(int(number)), layout)))
        except _Crooked as error:
            problems.append(Problem(line=int(number), message=str(error), remedy=error.remedy))
    starts, ends, before, lines = starts[plain], ends[plain], before[plain], lines[plain]
    edges = [_edges(starts, ends, before, marks, column, layout.width) for column in layout.columns]
    if len(edges) == 1 and not packed:
        ((starts, ends),) = edges
        return Column(
            text=buffer,
            starts=starts,
            ends=ends,
            lines=lines,
            original=_teller(original, layout),
            problems=problems,
        )
    every = zip(lines.tolist(), *(edge.tolist() for pair in edges for edge in pair), strict=True)
    for number, *bounds in every:
        packed.append((number, b"".join(text[a:b] for a, b in zip(bounds[::2], bounds[1::2], strict=True))))
    return _packed(sorted(packed), _teller(original, layout), problems)


def _edges(
    starts: Places, ends: Places, before: Places, marks: Places, column: int, width: int
) -> tuple[Places, Places]:
    """Where a column begins and ends on lines of `width` fields; `before`: delimiters before each line."""
    begin = starts if column == 0 else marks[before + (column - 1)] + 1
    return begin, ends if column == width - 1 else marks[before + column]


def _packed(
    fields: list[tuple[int, bytes]], original: Callable[[int], str], problems: list[Problem]
) -> Column:
    """Fields that were read one by one."""
    sizes = np.array([len(text) + 1 for _, text in fields], np.int64)
    after = np.cumsum(sizes)
    text = b"".join(text + b"\n" for _, text in fields) + b"\n\n"
    return Column(
        text=np.frombuffer(text, np.uint8),
        starts=after - sizes,
        ends=after - 1,
        lines=np.array([number for number, _ in fields], np.int64),
        original=original,
        problems=problems,
    )


class _Crooked(Exception):
    """A line that is not CSV of this layout."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def _field(text: str, layout: Layout) -> bytes:
    return _original(text, layout).encode().translate(None, _MARKS + b"\n")


def _original(text: str, layout: Layout) -> str:
    """What a line has in the columns."""
    try:
        (fields,) = csv.reader([text], delimiter=layout.delimiter, strict=True)
    except (csv.Error, ValueError):
        raise _Crooked(
            "is not CSV", "write a quote inside a quoted field twice, or leave the quotes out"
        ) from None
    if len(fields) != layout.width:
        raise _Crooked(
            f"{len(fields)} fields instead of {layout.width}",
            "put fields that contain the delimiter in quotes, and keep the delimiters of empty fields",
        )
    return "".join(fields[column] for column in layout.columns)


def _teller(original: Callable[[int], str], layout: Layout) -> Callable[[int], str]:
    def tell(number: int) -> str:
        try:
            return _original(original(number), layout)
        except _Crooked:
            return original(number)

    return tell
