"""A file goes in, and what comes out is the leads and one line for each problem."""

import csv
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import make_leads
from engine.domain.time import Instant
from engine.errors import InputError, StoreError
from engine.phones import PhoneError, normalise
from engine.store.connection import open_store
from engine.store.csv_lines import CHUNK_ROWS, FIELD_MAX_CHARACTERS, LINE_MAX_BYTES, RECORD_LINES_MAX
from engine.store.in_order import in_order
from engine.store.leads import ImportProgress, import_csv
from engine.store.problems import PROBLEMS_KEPT_MAX, ImportRefused, ImportReport

NOW: Instant = 1_700_000_000_000_000
ONE = "+442079460001"
TWO = "+442079460002"
THREE = "+442079460003"
QUOTES = "write a quote inside a quoted field twice, or leave the quotes out"


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    connection = open_store(":memory:", durable=False)
    yield connection
    connection.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


def imported(store: sqlite3.Connection, file: Path, content: str | bytes, **options: Any) -> ImportReport:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_csv(store, file, list_name="summer", now=NOW, **options)


def leads(store: sqlite3.Connection) -> list[tuple[Any, ...]]:
    rows = store.execute(
        "SELECT l.key, l.supplier, l.attributes, p.position, p.number, p.kind "
        "FROM leads l JOIN phones p ON p.lead_id = l.id ORDER BY l.id, p.position"
    )
    return rows.fetchall()


def refused(text: str) -> str:
    """What `engine.phones` says of a text that is no number of GB."""
    with pytest.raises(PhoneError) as refusal:
        normalise(text, "GB")
    return f"{text!r} {refusal.value.reason}"


def numbers(store: sqlite3.Connection) -> list[tuple[str, str]]:
    return [(row[0], row[4]) for row in leads(store)]


def everything(store: sqlite3.Connection) -> list[list[tuple[Any, ...]]]:
    tables = ("lists", "leads", "phones", "cases")
    return [store.execute(f"SELECT * FROM {table} ORDER BY id").fetchall() for table in tables]


def test_a_lead_has_its_key_supplier_attributes_and_phones_in_column_order(
    store: sqlite3.Connection, file: Path
) -> None:
    content = (
        "key,phone,phone3,supplier,attribute.city,attribute.product\n"
        'A-1,020 7946 0001,"+1 (202) 555-0123", Web ,Köln,"Fibre ""500"""\n'
        "A-2,,+12025550124,,,\n"
    )
    report = imported(store, file, content, region="GB")
    attributes = '{"city":"Köln","product":"Fibre \\"500\\""}'
    assert leads(store) == [
        ("A-1", "Web", attributes, 1, "+442079460001", "fixed-line"),
        ("A-1", "Web", attributes, 3, "+12025550123", "fixed-line-or-mobile"),
        ("A-2", None, "{}", 3, "+12025550124", "fixed-line-or-mobile"),
    ]
    assert json.loads(attributes) == {"city": "Köln", "product": 'Fibre "500"'}
    assert (report.rows, report.leads, report.phones, report.rejected) == (2, 2, 3, 0)
    assert report.texts == []
    assert store.execute("SELECT name, active, created_at FROM lists").fetchall() == [("summer", 1, NOW)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_excel_and_databases_write_csv_in_their_own_ways(
    store: sqlite3.Connection, file: Path, delimiter: str, line_end: str, start: str
) -> None:
    rows = [["Key", "PHONE", "attribute.note"], ["a", ONE, '"one, two; three\tfour"'], ["b", TWO, ""]]
    content = start + "".join(delimiter.join(row) + line_end for row in rows)
    assert imported(store, file, content).texts == []
    assert [row[:5:4] for row in leads(store)] == [("a", ONE), ("b", TWO)]
    assert leads(store)[0][2] == '{"note":"one, two; three\\tfour"}'


def test_a_quoted_field_may_go_over_several_lines_and_the_next_line_keeps_its_number(
    store: sqlite3.Connection, file: Path
) -> None:
    report = imported(store, file, f'phone,attribute.note\n{ONE},"one\ntwo\n\nfour"\n123,\n')
    assert leads(store)[0][:3] == ("line-2", None, '{"note":"one\\ntwo\\n\\nfour"}')
    assert [problem.line for problem in report.problems] == [6]


def test_blank_lines_are_not_rows(store: sqlite3.Connection, file: Path) -> None:
    report = imported(store, file, f"key,phone\n\na,{ONE}\n  ,\n\r\n,\nb,{TWO}")
    assert (report.rows, report.leads, report.texts) == (2, 2, [])


def test_the_row_s_region_goes_before_the_list_s(store: sqlite3.Connection, file: Path) -> None:
    imported(store, file, "phone,region\n(202) 555-0123,us\n020 7946 0001,\n", region="GB")
    assert numbers(store) == [("line-2", "+12025550123"), ("line-3", ONE)]


def test_headings_can_be_renamed_and_columns_kept_as_attributes(
    store: sqlite3.Connection, file: Path
) -> None:
    content = f"Mobile No,Town,Score\n{ONE},Leeds,7\n"
    options = {"columns": {"Mobile No": "phone", "Town": "attribute.city"}, "attributes": ["Score"]}
    assert imported(store, file, content, **options).texts == []
    assert leads(store)[0][2] == '{"city":"Leeds","Score":"7"}'


PROBLEMS = {
    "a bad number": (
        "key,phone\na,0123\n",
        [f"2: phone: {refused('0123')}"],
    ),
    "no such country": (
        "key,phone\na,+999 123 4567\n",
        [f"2: phone: {refused('+999 123 4567')}"],
    ),
    "a spreadsheet's number": (
        "key,phone\na,4.47912E+11\n",
        [
            "2: phone: '4.47912E+11' was cut short by a spreadsheet; "
            "format the column as text and export it again"
        ],
    ),
    "no number": (
        "key,phone,phone2\na,,\n",
        ["2: phone: no phone number; fill in one of phone, phone2"],
    ),
    "no number in the only column": ("key,phone\na,\n", ["2: phone: no phone number; fill in phone"]),
    "all numbers bad": (
        "key,phone,phone2\na,0123,call me\n",
        [
            f"2: phone: {refused('0123')}",
            f"2: phone2: {refused('call me')}",
        ],
    ),
    "a bad region": (
        f"phone,region\n{ONE},UK\n{TWO},Mars\n",
        [
            "2: region: 'UK' is not a country code; did you mean GB?",
            "3: region: 'Mars' is not a country code; write an ISO code such as GB or US",
        ],
    ),
    "a key again": (
        f"key,phone\na,{ONE}\na,{TWO}\n",
        ["3: key: 'a' is already the key of line 2; keep one of the two leads, or give one another key"],
    ),
    "a number again": (
        f"key,phone,phone2\na,{ONE},\nb,{TWO},020 7946 0001\n",
        [f"3: phone2: '{ONE}' is already a phone of line 2; keep one of the two leads"],
    ),
    "too many fields": (
        f"key,phone\na,{ONE},x\n",
        ["2: 3 fields under 2 columns; put fields that contain the delimiter in quotes"],
    ),
    "too few fields": (
        f"key,phone,phone2\na,{ONE}\n",
        ["2: 2 fields under 3 columns; keep the delimiters of empty fields"],
    ),
    "bad encoding": (
        f"phone,attribute.name\n{ONE},José\n".encode("cp1252"),
        ["2: attribute.name: 'José' is not UTF-8 (it has the byte 0xE9); save the file as 'CSV UTF-8'"],
    ),
    "a NUL": (
        f"phone,attribute.name\n{ONE},Jo\0e\n",
        [
            "2: attribute.name: 'Jo␀e' has a NUL character; "
            "remove it; a file full of them is UTF-16, save it as 'CSV UTF-8'"
        ],
    ),
    "a long field": (
        f"phone,attribute.note\n{ONE},{'x' * (FIELD_MAX_CHARACTERS + 1)}\n",
        [f"2: attribute.note: '{'x' * 59}…' has 10,001 characters; at most 10,000 can be kept"],
    ),
    "an endless line": (
        f"phone,attribute.note\n{ONE},{'x' * LINE_MAX_BYTES}\n",
        ["2: the record is longer than 1,048,576 bytes; end each lead's line with a line feed"],
    ),
    "text after a quote": (
        f'phone,attribute.note\n{ONE},"a" b\n',
        [f"2: a quoted field goes on after its closing quote; {QUOTES}"],
    ),
    "a stray carriage return": (
        f"phone,attribute.note\n{ONE},a\rb\n",
        ["2: a carriage return stands alone inside a line; end lines with a line feed, or with both"],
    ),
}


@pytest.mark.parametrize(("content", "problems"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_bad_line_is_told_and_the_next_one_goes_in(
    store: sqlite3.Connection, file: Path, content: str | bytes, problems: list[str]
) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    names = raw.split(b"\n")[0].decode().split(",")
    good = ",".join({"phone": THREE, "region": "", "phone2": ""}.get(name, "z") for name in names)
    report = imported(store, file, raw + good.encode() + b"\n", region="GB")
    assert report.texts == [f"{file}:{problem}" for problem in problems]
    assert numbers(store)[-1][1] == THREE
    assert report.rows == report.leads + report.rejected
    assert report.rejected >= 1
    assert report.warnings == 0


@pytest.mark.parametrize("lines_after", [3, RECORD_LINES_MAX + 50])
def test_a_quote_that_is_never_closed_costs_its_own_line_only(
    store: sqlite3.Connection, file: Path, lines_after: int
) -> None:
    good = [f"k{number},+4420794600{number:02d}" for number in range(10, 10 + min(lines_after, 80))]
    good += [f"m{number},+441134960{number:03d}" for number in range(lines_after - len(good))]
    report = imported(store, file, "\n".join(["key,phone", f'a,"{ONE}', *good, ""]))
    within = " within 100 lines" if lines_after > RECORD_LINES_MAX else ""
    assert report.texts == [f"{file}:2: a quote is opened and not closed{within}; {QUOTES}"]
    assert (report.rows, report.leads) == (lines_after + 1, lines_after)


def test_a_quote_that_swallows_lines_up_to_another_gives_them_back(
    store: sqlite3.Connection, file: Path
) -> None:
    report = imported(store, file, f'key,phone,attribute.n\na,{ONE},"x\nb,{TWO},y\nc,{THREE},"z"\n')
    assert numbers(store) == [("b", TWO), ("c", THREE)]
    assert [problem.line for problem in report.problems] == [2]


def test_a_lead_goes_in_without_its_bad_and_its_repeated_number(
    store: sqlite3.Connection, file: Path
) -> None:
    content = f"key,phone,phone2,phone3\na,n/a,{ONE},+44 20 7946 0001\n"
    report = imported(store, file, content)
    assert numbers(store) == [("a", ONE)]
    assert report.texts == [
        f"{file}:2: phone: {refused('n/a')}",
        f"{file}:2: phone3: '+44 20 7946 0001' is on this line already; leave it out",
    ]
    assert (report.leads, report.rejected, report.warnings) == (1, 0, 2)


def test_a_rejected_lead_keeps_neither_its_key_nor_its_number(store: sqlite3.Connection, file: Path) -> None:
    content = f"key,phone,phone2\na,{ONE},\nb,{ONE},{TWO}\nb,{TWO},\n"
    imported(store, file, content)
    assert numbers(store) == [("a", ONE), ("b", TWO)]


def test_duplicates_name_the_lead_that_is_on_the_list(store: sqlite3.Connection, file: Path) -> None:
    imported(store, file, f"key,phone\na,{ONE}\n")
    report = imported(store, file, f"key,phone\na,{TWO}\nb,{ONE}\n")
    assert report.texts == [
        f"{file}:2: key: 'a' is already the key of lead 'a', which is on the list; "
        "keep one of the two leads, or give one another key",
        f"{file}:3: phone: '{ONE}' is already a phone of lead 'a', which is on the list; "
        "keep one of the two leads",
    ]
    assert numbers(store) == [("a", ONE)]


def test_duplicates_are_found_far_apart_in_the_file(store: sqlite3.Connection, file: Path) -> None:
    many = [f"k{number},+44113496{number:04d}" for number in range(1000)]
    many += [f"m{number},+1{200 + number // 100}55501{number % 100:02d}" for number in range(100, 2000)]
    report = imported(store, file, "\n".join(["key,phone", *many, f"k0,{ONE}", "z,+441134960001", ""]))
    assert [problem.message for problem in report.problems[-2:]] == [
        "is already the key of line 2",
        "is already a phone of line 3",
    ]


def test_the_same_people_may_be_on_two_lists(store: sqlite3.Connection, file: Path) -> None:
    imported(store, file, f"key,phone\na,{ONE}\n")
    assert import_csv(store, file, list_name="winter", now=NOW).leads == 1


def test_leads_without_keys_from_a_second_file_get_keys_of_their_own(
    store: sqlite3.Connection, file: Path
) -> None:
    imported(store, file, f"phone\n{ONE}\n")
    assert imported(store, file, f"phone\n{TWO}\n").texts == []
    assert imported(store, file, f"phone\n{THREE}\n").texts == []
    assert numbers(store) == [("line-2", ONE), ("line-2.2", TWO), ("line-2.3", THREE)]


def test_unknown_columns_are_told_once_with_what_would_be_right(
    store: sqlite3.Connection, file: Path
) -> None:
    report = imported(store, file, f"key,phone,suplier,Town,\na,{ONE},x,y,z\n")
    assert report.texts == [
        f"{file}:1: 'suplier' is not a known column and is left out; did you mean 'supplier'? "
        "Or name it 'attribute.suplier' to keep it as an attribute",
        f"{file}:1: 'Town' is not a known column and is left out; "
        "name it 'attribute.Town' to keep it as an attribute",
        f"{file}:1: column 5 has no name; name it, or remove it",
    ]
    assert (report.leads, report.rejected, report.warnings) == (1, 0, 3)


UNREADABLE = {
    "empty": ("", {}, ["FILE: is empty; the first line must name the columns, e.g. 'key,phone'"]),
    "no header": (
        f"a,{ONE}\n",
        {},
        [
            f"FILE:1: there is no 'phone' column, only 'a', '{ONE}'; "
            "the first line must name the columns, e.g. 'key,phone'"
        ],
    ),
    "a column twice": (
        "phone,key,Phone\n",
        {},
        ["FILE:1: columns 1 and 3 are both 'Phone'; give each column its own name"],
    ),
    "wrong options": (
        "phone,town\n",
        {"region": "UK", "attributes": ["twon", "zip"]},
        [
            "FILE: region 'UK' is not a country code; did you mean GB?",
            "FILE:1: there is no column 'twon'; did you mean 'town'?",
            "FILE:1: there is no column 'zip'; there are 'phone', 'town'",
        ],
    ),
    "UTF-16": ("phone\n+1\n".encode("utf-16"), {}, ["FILE: is UTF-16; save it as 'CSV UTF-8'"]),
}


@pytest.mark.parametrize(("content", "options", "problems"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_with_every_reason(
    store: sqlite3.Connection, file: Path, content: str | bytes, options: dict[str, Any], problems: list[str]
) -> None:
    before = everything(store)
    with pytest.raises(InputError) as refusal:
        imported(store, file, content, **options)
    assert refusal.value.problems == [problem.replace("FILE", str(file)) for problem in problems]
    assert everything(store) == before


def test_a_file_that_is_not_there_is_refused(store: sqlite3.Connection, file: Path) -> None:
    with pytest.raises(InputError) as refusal:
        import_csv(store, file, list_name="summer", now=NOW)
    assert refusal.value.problems == [f"{file}: cannot be read: No such file or directory"]


def test_strict_puts_nothing_in_when_anything_is_wrong(store: sqlite3.Connection, file: Path) -> None:
    before = everything(store)
    with pytest.raises(ImportRefused) as refusal:
        imported(store, file, f"key,phone\na,{ONE}\nb,12\n", strict=True, region="GB")
    assert refusal.value.problems == [f"{file}:3: phone: {refused('12')}"]
    assert refusal.value.report.rows == 2
    assert everything(store) == before


def test_strict_refuses_an_unknown_column(store: sqlite3.Connection, file: Path) -> None:
    with pytest.raises(ImportRefused):
        imported(store, file, f"key,phone,town\na,{ONE},x\n", strict=True)
    assert imported(store, file, f"key,phone\na,{ONE}\n", strict=True).leads == 1


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("workers", [0, 1])
def test_an_interrupted_import_leaves_nothing(
    store: sqlite3.Connection, file: Path, stop: type[BaseException], workers: int
) -> None:
    make_leads.write(file, CHUNK_ROWS * 3)
    before = everything(store)
    seen: list[ImportProgress] = []

    def interrupt(progress: ImportProgress) -> None:
        seen.append(progress)
        if len(seen) == 2:
            raise stop

    with pytest.raises(stop):
        import_csv(store, file, list_name="summer", now=NOW, progress=interrupt, workers=workers)
    assert [progress.rows for progress in seen] == [CHUNK_ROWS, CHUNK_ROWS * 2]
    assert not store.in_transaction
    assert everything(store) == before


def test_progress_ends_at_the_end_of_the_file(store: sqlite3.Connection, file: Path) -> None:
    seen: list[ImportProgress] = []
    make_leads.write(file, 5_000)
    import_csv(store, file, list_name="summer", now=NOW, progress=seen.append)
    size = file.stat().st_size
    assert seen[-1] == ImportProgress(rows=5_000, bytes_done=size, bytes_total=size)
    assert seen == sorted(seen, key=lambda progress: progress.rows)


def test_the_tables_and_the_report_do_not_depend_on_the_number_of_workers(file: Path, tmp_path: Path) -> None:
    make_leads.write(file, 9_000, bad=0.05)
    results = []
    for workers in (0, 1, 2, 3):
        store = open_store(":memory:", durable=False)
        problems = tmp_path / f"problems-{workers}.csv"
        report = import_csv(store, file, list_name="summer", now=NOW, workers=workers, report_path=problems)
        results.append((everything(store), report, problems.read_bytes()))
        store.close()
    assert all(result == results[0] for result in results)


def test_the_report_file_has_every_problem_and_memory_the_first_ones(
    store: sqlite3.Connection, file: Path, tmp_path: Path
) -> None:
    count = PROBLEMS_KEPT_MAX + 5
    problems = tmp_path / "problems.csv"
    report = imported(store, file, "phone\n" + "12\n" * count, region="GB", report_path=problems)
    with problems.open(newline="") as written:
        rows = list(csv.reader(written))
    assert rows[:2] == [
        ["line", "column", "value", "problem", "remedy", "effect"],
        ["2", "phone", "12", refused("12").removeprefix("'12' "), "", "rejected"],
    ]
    assert len(rows) == count + 1
    assert len(report.problems) == PROBLEMS_KEPT_MAX
    assert report.texts[-1] == f"{file}: and 5 more problems"


def test_the_demo_list_comes_in_with_every_kind_of_bad_row(store: sqlite3.Connection) -> None:
    report = import_csv(store, make_leads.DEMO, list_name="demo", now=NOW)
    assert report.rows == make_leads.DEMO_ROWS
    assert report.leads > 9_850
    assert len({(problem.column, problem.message[:12]) for problem in report.problems}) >= len(
        make_leads.SPOILERS
    )


def test_the_demo_list_is_what_its_script_writes(tmp_path: Path) -> None:
    make_leads.write(tmp_path / "again.csv", make_leads.DEMO_ROWS)
    assert (tmp_path / "again.csv").read_bytes() == make_leads.DEMO.read_bytes()


def test_a_worker_that_dies_ends_the_import_with_a_clear_error() -> None:
    with pytest.raises(StoreError, match="a worker process died; nothing was imported"):
        list(in_order(_die, [1, 2, 3], workers=1))


def _die(chunk: int) -> int:
    raise SystemExit(chunk)
