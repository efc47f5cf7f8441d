"""A registry's file in, in every form that registries publish; nothing goes half in."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from engine.domain.time import DAY
from engine.errors import InputError
from engine.registries import columns, importing
from engine.registries.importing import RegistryFile
from engine.registries.number_file import mapped
from engine.registries.registries import Registries, version_of
from engine.registries.shelf import Folder
from engine.store.audit import entries
from engine.store.command import Command
from tests.registries.shelves import VERSION, Part, command, given, imported, write

NUMBERS: Final = [447400123456, 442079460001, 442079460002]
FORMS: Final = {
    "plain lines": "02079460001\n02079460002\n07400123456\n",
    "without a last line feed": "02079460001\n02079460002\n07400123456",
    "carriage returns": "02079460001\r\n02079460002\r\n07400123456\r\n",
    "a byte order mark": "\ufeff02079460001\n02079460002\n07400123456\n",
    "blank lines": "\n\n02079460001\n\n02079460002\n,\n07400123456\n\n",
    "a heading": "number\n02079460001\n02079460002\n07400123456\n",
    "one column of several": "id,Phone Number,x\n1,02079460001,\n2,02079460002,x\n3,07400123456,2026\n",
    "semicolons": "id;phone;since\n1;02079460001;\n2;02079460002;x\n3;07400123456;\n",
    "tabs": "id\tphone\tsince\n1\t02079460001\t\n2\t02079460002\tx\n3\t07400123456\t\n",
    "quotes": '"id","phone"\n"1","02079460001"\n"2","02079460002"\n"3","07400123456"\n',
    "delimiters in quotes": 'name,phone\n"Doe, J",02079460001\n"Roe, ""R""",02079460002\nx,07400123456\n',
    "marks between digits": "020 7946 0001\n(020) 7946-0002\n07400.123456\n",
    "all kinds of spelling": "+442079460001\n00442079460002\n447400123456\n",
    "repetitions": "02079460001\n" * 5 + "+44 20 7946 0002\n02079460002\n07400123456\n",
}


def zipped(data: bytes, *names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names or ("tps.csv",):
            archive.writestr(name, data)
    return stream.getvalue()


PACKED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
}


def numbers_of(desk: Command, shelf: Folder) -> list[int]:
    version = version_of(desk.sql, "tps")
    assert version is not None
    found = mapped(shelf.path / version.file)
    return [number for block in found.blocks() for number in block.tolist()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Command]:
    opened = command(tmp_path / "floor.db")
    yield opened
    opened.sql.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "floor.db")


@pytest.mark.parametrize("packed", PACKED)
def test_every_form_is_read(packed: str, desk: Command, shelf: Folder, tmp_path: Path) -> None:
    for form, text in FORMS.items():
        file = write(tmp_path / "tps", PACKED[packed](text.encode()))
        report = imported(desk, shelf, given(file))
        assert report.problems == [], form
        assert numbers_of(desk, shelf) == sorted(NUMBERS), form
        assert report.numbers == 3, form


@pytest.mark.parametrize("block", [7, 12, 30])
def test_it_does_not_matter_where_a_block_ends(
    block: int, desk: Command, shelf: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = columns.columns
    first = 40  # bytes: the heading, and more, is in the first block

    def cut(more: columns.Read, *args: Any) -> Any:
        sizes = iter([first])
        return read(lambda limit: more(next(sizes, block)), *args)

    monkeypatch.setattr(importing, "columns", cut)
    for form, text in FORMS.items():
        assert imported(desk, shelf, given(write(tmp_path / "tps", text))).numbers == 3, form
        assert numbers_of(desk, shelf) == sorted(NUMBERS), form


def test_two_columns_are_joined(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    file = write(tmp_path / "dnc.txt", '201,5550123\n212,5550199\n"202",5550100\n')
    report = imported(desk, shelf, given(file, columns=("1", "2"), region="US"))
    assert report.problems == []
    assert numbers_of(desk, shelf) == [12015550123, 12025550100, 12125550199]


def test_a_column_is_named_in_any_case(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    file = write(tmp_path / "dnc.csv", "id,Line\n1,02079460001\n")
    assert imported(desk, shelf, given(file, columns=("line",))).numbers == 1


def test_joined_columns_need_not_be_in_every_line(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    file = write(tmp_path / "dnc.txt", '201,5550123\n"212",5550199,x\n202,none\n203,5550100\n')
    report = imported(desk, shelf, given(file, columns=("1", "2"), region="US"))
    assert [(each.line, each.value) for each in report.problems] == [(2, None), (3, "202none")]
    assert report.numbers == 2


def test_lines_without_a_number_are_told_and_the_others_go_in(
    desk: Command, shelf: Folder, tmp_path: Path
) -> None:
    text = (
        'phone,x\n02079460001,\ncall me,\n1,2,3\n02079460002,"\n,only x\n(020) 7946 0009,\n"1,2,3\n'
        "020 7946 0003,\n"
    )
    report = imported(
        desk, shelf, given(write(tmp_path / "tps.csv", text)), report_path=tmp_path / "rejects.csv"
    )
    assert [(each.line, each.value, each.message) for each in report.problems] == [
        (3, "call me", "has more than a number in it"),
        (4, None, "3 fields instead of 2"),
        (6, "", "is empty"),
        (8, None, "is not CSV"),
    ]
    assert (report.rows, report.rejected, report.numbers) == (8, 4, 4)
    assert (tmp_path / "rejects.csv").read_text("utf-8").count("\n") == 5


@pytest.mark.parametrize(
    ("text", "more", "problem"),
    [
        ("", {}, "is empty"),
        ("\n , \n", {}, "is empty"),
        ("phone\n", {}, "there is no number"),
        ("phone,x\na,b\nc,d\n02079460001,e\n", {}, "2 of 3 lines have no number in 'phone'"),
        ("02079460001\n", {"region": None}, "give --region"),
        (
            "phone,x\n02079460001,b\n",
            {"columns": ("fone",)},
            "there is no column 'fone'; did you mean 'phone'",
        ),
        ("phone,x\n02079460001,b\n", {"columns": ("7",)}, "the columns are 'phone', 'x'"),
        ("02079460001,b\n", {"columns": ("phone",)}, "only numbers from 1 to 2"),
        ("02079460001,b\n", {}, "which column has the numbers"),
        ("phone,number\n02079460001,b\n", {}, "which column has the numbers"),
        (b"\xff\xfe0\x002\x00", {}, "is no text in UTF-8"),
        (b"0\x002\x00", {}, "is no text in UTF-8"),
        ("02079460001\n" + "0" * (1 << 17), {}, "is longer than"),
        (gzip.compress(b"02079460001\n" * 9_000)[:-20], {}, "is damaged"),
        (zipped(b"x", "a.csv", "b.csv"), {}, "has 2 files in it"),
    ],
)
def test_what_cannot_be_a_registry_is_refused_and_leaves_nothing(
    text: str | bytes, more: dict[str, object], problem: str, desk: Command, shelf: Folder, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=problem):
        imported(desk, shelf, given(write(tmp_path / "tps.csv", text), **more))
    assert version_of(desk.sql, "tps") is None
    assert [path.name for path in shelf.path.iterdir() if path.suffix != ".lock"] == []
    assert list(entries(desk.sql)) == []


def test_a_strict_import_takes_no_line_without_a_number(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    file = write(tmp_path / "tps.txt", "02079460001\n02079460002\ncall me\n")
    with pytest.raises(InputError, match=r"tps\.txt:3: column 1: 'call me'"):
        imported(desk, shelf, given(file), strict=True)
    assert version_of(desk.sql, "tps") is None


# --- versions -------------------------------------------------------------------------------------


def test_a_new_version_takes_the_place_of_the_old_one(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    imported(desk, shelf, given(write(tmp_path / "1.txt", "02079460001\n02079460002\n")))
    old = version_of(desk.sql, "tps")
    report = imported(
        desk,
        shelf,
        given(write(tmp_path / "2.txt", "07400123456\n"), version_at=VERSION + DAY),
        shrinks=True,
    )
    new = version_of(desk.sql, "tps")
    assert old is not None
    assert new is not None
    assert (report.before, report.numbers, new.source) == (2, 1, "2.txt")
    assert [path.name for path in shelf.path.glob("*.numbers")] == [new.file]
    assert numbers_of(desk, shelf) == [447400123456]
    written = [
        (entry.action, entry.subject, entry.count, entry.details["before"]) for entry in entries(desk.sql)
    ]
    assert written == [("dnc import", "tps", 2, None), ("dnc import", "tps", 1, "2024-10-03")]


def test_an_older_version_must_be_meant(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    imported(desk, shelf, given(write(tmp_path / "1.txt", "02079460001\n")))
    file = given(write(tmp_path / "0.txt", "07400123456\n"), version_at=VERSION - DAY)
    with pytest.raises(InputError, match="is older than the one in use, 2024-10-03; give --older"):
        imported(desk, shelf, file)
    assert numbers_of(desk, shelf) == [442079460001]
    imported(desk, shelf, file, older=True)
    assert numbers_of(desk, shelf) == [447400123456]


def test_a_whole_file_with_over_a_tenth_fewer_numbers_must_be_meant(
    desk: Command, shelf: Folder, tmp_path: Path
) -> None:
    def file(numbers: int) -> RegistryFile:
        lines = "".join(f"0207946{number:04}\n" for number in range(numbers))
        return given(write(tmp_path / f"{numbers}.txt", lines))

    imported(desk, shelf, file(1000))
    told = r"899 in .*, 1,000 in the version in use: over 10% fewer; .* --delta-add .* --shrinks"
    with pytest.raises(InputError, match=told):
        imported(desk, shelf, file(899))
    assert len(numbers_of(desk, shelf)) == 1000
    assert len(list(shelf.path.glob("*.numbers"))) == 1
    assert imported(desk, shelf, file(900)).numbers == 900
    assert imported(desk, shelf, file(1), shrinks=True).numbers == 1
    assert imported(desk, shelf, file(1000)).numbers == 1000
    removed = given(tmp_path / "899.txt", part=Part.REMOVED)
    assert imported(desk, shelf, removed).numbers == 101


def test_the_same_file_may_come_again(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    file = given(write(tmp_path / "1.txt", "02079460001\n"))
    imported(desk, shelf, file)
    imported(desk, shelf, file)
    assert numbers_of(desk, shelf) == [442079460001]


def test_registries_leave_each_other_alone(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    file = write(tmp_path / "1.txt", "02079460001\n")
    for name in ("tps", "tps-own", "tps"):
        imported(desk, shelf, given(file, registry=name))
    snapshot = Registries(tmp_path / "floor.db").current(desk.sql)
    assert set(snapshot.states(["tps", "tps-own", "us-dnc"], "+442079460001")) == {"tps", "tps-own"}


# --- changes --------------------------------------------------------------------------------------


def test_changes_make_a_version_of_the_one_in_use(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    imported(desk, shelf, given(write(tmp_path / "1.txt", "02079460001\n02079460002\n")))
    added = given(
        write(tmp_path / "2.txt", "07400123456\n02079460001\n"), part=Part.ADDED, version_at=VERSION + DAY
    )
    assert imported(desk, shelf, added).numbers == 3
    removed = given(
        write(tmp_path / "3.txt", "02079460001\n02079460099\n"), part=Part.REMOVED, version_at=VERSION + DAY
    )
    assert imported(desk, shelf, removed).numbers == 2
    assert numbers_of(desk, shelf) == [442079460002, 447400123456]


def test_everybody_may_be_taken_off(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    file = write(tmp_path / "1.txt", "02079460001\n")
    imported(desk, shelf, given(file))
    assert imported(desk, shelf, given(file, part=Part.REMOVED)).numbers == 0
    assert numbers_of(desk, shelf) == []


def test_changes_need_a_version_that_is_whole(desk: Command, shelf: Folder, tmp_path: Path) -> None:
    file = given(write(tmp_path / "1.txt", "02079460001\n"), part=Part.ADDED)
    with pytest.raises(InputError, match="there is no version to change"):
        imported(desk, shelf, file)
    imported(desk, shelf, given(file.path))
    version = version_of(desk.sql, "tps")
    assert version is not None
    (shelf.path / version.file).unlink()
    with pytest.raises(InputError, match=r"cannot be changed, since .* is missing; import a whole file"):
        imported(desk, shelf, file)
