"""Rows for people and programs: columns that know what they hold, written as text, CSV or JSON, row by row.

Instants are UTC, to the second in text and CSV and exact in JSON; durations are seconds. A row is read only
when its turn comes, so a table of any length takes no more memory than a short one.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import Any, Final, TextIO, TypeAlias

from engine.domain.time import SECOND, iso

WIDTH_SAMPLE: Final = 200  # rows that decide how wide the columns of a text table are


class Kind(StrEnum):
    """What a column's values are."""

    TEXT = "text"
    COUNT = "count"
    YES = "yes"  # 0, 1 or None; shown as no, yes or nothing
    INSTANT = "instant"
    DURATION = "duration"  # microseconds; shown as seconds
    NUMBER = "number"  # with a fraction: percentages, averages
    OBJECT = "object"  # JSON text
    PERCENT = "percent"  # to the hundredth, where limits are close


@dataclass(frozen=True, slots=True)
class Column:
    """`meaning` is for the documentation."""

    name: str
    meaning: str
    kind: Kind = Kind.TEXT


Row: TypeAlias = Sequence[Any]


def _same(value: Any) -> Any:
    return value


def _object(value: Any) -> str:
    """`{"a": 1, "b": 2}` as `a: 1, b: 2`; anything else as JSON."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_object(part)}" for key, part in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_PLAIN: Final[dict[Kind, Callable[[Any], Any]]] = {
    Kind.TEXT: _same,
    Kind.COUNT: _same,
    Kind.YES: bool,
    Kind.INSTANT: iso,
    Kind.DURATION: lambda value: value / SECOND,
    Kind.NUMBER: lambda value: round(value, 4),
    Kind.OBJECT: json.loads,
    Kind.PERCENT: lambda value: round(value, 4),
}
"""A value that is not None, as JSON has it. Every kind has a row."""

_TEXT: Final[dict[Kind, Callable[[Any], str]]] = {
    Kind.TEXT: str,
    Kind.COUNT: str,
    Kind.YES: lambda value: "yes" if value else "no",
    Kind.INSTANT: lambda value: iso(value - value % SECOND),
    Kind.DURATION: lambda value: f"{value / SECOND:.1f}",
    Kind.NUMBER: lambda value: f"{value:.1f}",
    Kind.OBJECT: lambda value: _object(json.loads(value)),
    Kind.PERCENT: lambda value: f"{value:.2f}",
}
"""The same for people."""


def _texts(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[list[str]]:
    """Each row as people read it; nothing for None."""
    shapes = [_TEXT[column.kind] for column in columns]
    for row in rows:
        yield ["" if value is None else shape(value) for shape, value in zip(shapes, row, strict=True)]


def write_csv(columns: Sequence[Column], rows: Iterable[Row], stream: TextIO) -> int:
    """With a heading; answers how many rows."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    count = 0
    for row in _texts(columns, rows):
        writer.writerow(row)
        count += 1
    return count


def write_json(columns: Sequence[Column], rows: Iterable[Row], stream: TextIO) -> int:
    """One object a line; answers how many."""
    shapes = [(column.name, _PLAIN[column.kind]) for column in columns]
    count = 0
    for row in rows:
        document = {
            name: None if value is None else shape(value)
            for (name, shape), value in zip(shapes, row, strict=True)
        }
        stream.write(json.dumps(document, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_text(columns: Sequence[Column], rows: Iterable[Row], stream: TextIO) -> int:
    """Columns as wide as the first rows need, numbers at the right; those that are empty in these rows are
    left out. Answers how many rows."""
    lines = _texts(columns, rows)
    sample = list(islice(lines, WIDTH_SAMPLE))
    heads = [_head(column) for column in columns]
    kept = [place for place in range(len(columns)) if not sample or any(line[place] for line in sample)]
    widths = {place: max(len(line[place]) for line in (heads, *sample)) for place in kept}
    count = -1  # the heads are no row
    for line in chain([heads], sample, lines):
        cells = (
            line[place].rjust(widths[place])
            if columns[place].kind in _NUMBERS
            else line[place].ljust(widths[place])
            for place in kept
        )
        stream.write("  ".join(cells).rstrip() + "\n")
        count += 1
    return count


_NUMBERS: Final = frozenset({Kind.COUNT, Kind.DURATION, Kind.NUMBER, Kind.PERCENT})


def _head(column: Column) -> str:
    return column.name.replace("_", " ")
