"""One writer for every table: what each kind of column looks like as text, CSV and JSON."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from engine.domain.time import SECOND
from engine.tables import WIDTH_SAMPLE, Column, Kind, write_csv, write_json, write_text

COLUMNS: Final = tuple(Column(f"a_{kind}", "…", kind) for kind in Kind)
AT: Final = 1_772_442_000 * SECOND + 250_000
ROW: Final = (
    "ann, bob",
    12,
    1,
    AT,
    90_500_000,
    200 / 3,
    '{"dialed since": 2, "why": ["x"]}',
    9.0 / 301 * 100,
)
EMPTY: Final = (None,) * len(COLUMNS)


def written(write: Callable[..., int], columns: Any, rows: Any) -> tuple[int, str]:
    stream = io.StringIO()
    count = write(columns, rows, stream)
    return count, stream.getvalue()


def test_csv_is_for_spreadsheets_seconds_and_words() -> None:
    count, text = written(write_csv, COLUMNS, [ROW, EMPTY])
    assert count == 2
    assert text == (
        "a_text,a_count,a_yes,a_instant,a_duration,a_number,a_object,a_percent\n"
        '"ann, bob",12,yes,2026-03-02T09:00:00Z,90.5,66.7,"dialed since: 2, why: [""x""]",2.99\n'
        ",,,,,,,\n"
    )


def test_json_is_exact_and_one_object_a_line() -> None:
    count, text = written(write_json, COLUMNS, [ROW, EMPTY])
    first, second = map(json.loads, text.splitlines())
    assert count == 2
    assert first == {
        "a_text": "ann, bob",
        "a_count": 12,
        "a_yes": True,
        "a_instant": "2026-03-02T09:00:00.250000Z",
        "a_duration": 90.5,
        "a_number": 66.6667,
        "a_object": {"dialed since": 2, "why": ["x"]},
        "a_percent": 2.99,
    }
    assert set(second.values()) == {None}


def test_text_has_numbers_at_the_right_and_leaves_out_columns_without_a_value() -> None:
    columns = (Column("lead", "…"), Column("calls", "…", Kind.COUNT), Column("digits", "…"))
    assert written(write_text, columns, [("ann", 1, None), ("bobby", 120, None)]) == (
        2,
        "lead   calls\nann        1\nbobby    120\n",
    )


def test_a_table_without_rows_shows_its_heads() -> None:
    assert written(write_text, (Column("lead_status", "…"),), []) == (0, "lead status\n")


def test_no_means_no_and_a_text_that_is_json_text_stays_text() -> None:
    assert written(write_csv, (Column("a", "…", Kind.YES), Column("b", "…", Kind.OBJECT)), [(0, '"x"')]) == (
        1,
        "a,b\nno,x\n",
    )


def test_rows_are_read_one_at_a_time() -> None:
    seen = 0
    most: list[int] = []  # rows that had been read at each line

    def rows() -> Iterator[tuple[int]]:
        nonlocal seen
        for number in range(WIDTH_SAMPLE + 5):
            seen += 1
            yield (number,)

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            most.append(seen)
            return super().write(text)

    column = (Column("n", "…", Kind.COUNT),)
    for write, ahead in ((write_csv, 1), (write_json, 2), (write_text, WIDTH_SAMPLE)):
        seen = 0
        most.clear()
        assert write(column, rows(), Stream()) == WIDTH_SAMPLE + 5
        assert most[1] <= ahead
