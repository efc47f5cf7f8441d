"""Files of do-not-call entries and consents: what comes in, what is left out and why."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from engine.domain.time import DAY
from engine.errors import InputError
from engine.store import audit
from engine.store.consents import given_consents, reassignment_of, relationship_of
from engine.store.dnc import entries
from engine.store.problems import ImportRefused
from engine.store.wish_import import DNC, WishFile, WishReport, import_wishes
from engine.store.wish_rows import KINDS
from tests.ownership.shop import Shop, shop
from tests.virtual import START

NUMBERS: Final = ("+442079460001", "+442079460002")


def imported(
    store: Shop, folder: Path, text: str | bytes, kind: str = DNC, *, name: str = "some.csv", **more: Any
) -> WishReport:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    options = {key: more.pop(key) for key in ("strict", "report_path", "progress") if key in more}
    return store.do(import_wishes(WishFile(path=path, kind=kind, **more), by="sue", **options))


def listed(store: Shop) -> list[str | None]:
    return [each.number or each.person for each in entries(store.sql)]


def problems(report: WishReport) -> list[str]:
    return [problem.text("f") for problem in report.problems]


def refusal(store: Shop, folder: Path, text: str, kind: str = DNC, **more: Any) -> list[str]:
    """What is wrong, without the file's folder; nothing was done."""
    with pytest.raises(InputError) as refused:
        imported(store, folder, text, kind, **more)
    assert listed(store) == []
    assert list(audit.entries(store.sql)) == []
    return [problem.replace(f"{folder}/", "") for problem in refused.value.problems]


# --- do-not-call lists ------------------------------------------------------------------------------


def zipped(text: bytes, folder: Path, *names: str) -> bytes:
    path = folder / "packing.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._some.csv", b"clutter")
        for name in names or ("some.csv",):
            archive.writestr(name, text)
    return path.read_bytes()


PACKED: Final[dict[str, Callable[[bytes, Path], bytes]]] = {
    "plain": lambda text, folder: text,
    "gzip": lambda text, folder: gzip.compress(text),
    "bzip2": lambda text, folder: bz2.compress(text),
    "xz": lambda text, folder: lzma.compress(text),
    "zip": zipped,
}


@pytest.mark.parametrize("how", PACKED)
def test_a_file_may_be_compressed_whatever_its_name(how: str, tmp_path: Path) -> None:
    text = "number\n" + "\n".join(NUMBERS) + "\n"
    with shop() as store:
        report = imported(store, tmp_path, PACKED[how](text.encode(), tmp_path), name="list")
        assert (report.rows, report.new, report.rejected) == (2, 2, 0)
        assert listed(store) == list(NUMBERS)


def test_bare_numbers_need_no_heading(tmp_path: Path) -> None:
    with shop() as store:
        report = imported(store, tmp_path, "020 7946 0001\nhello\n\n+442079460002\n", region="GB")
        assert (report.rows, report.new, report.rejected) == (3, 2, 1)
        assert listed(store) == list(NUMBERS)
        (problem,) = problems(report)
        assert problem.startswith("f:2: 'hello' ")


def test_a_number_in_a_wider_file_without_heading_is_found(tmp_path: Path) -> None:
    with shop() as store:
        assert imported(store, tmp_path, "Ann;+442079460001\nBen;+442079460002\n").new == 2
        assert listed(store) == list(NUMBERS)


def test_columns_are_known_by_their_headings_and_others_are_left_out(tmp_path: Path) -> None:
    text = "Name,Phone,Person,Since,Note\nAnn,+442079460001,P-1,2026-01-05,letter\nBen,,P-2,,\n"
    with shop() as store:
        report = imported(store, tmp_path, text, campaign="news")
        assert (report.rows, report.told, report.new) == (2, 3, 3)
        first, second, third = entries(store.sql)
        assert (first.number, first.person, first.campaign) == (NUMBERS[0], None, "news")
        assert (second.number, second.person, second.note) == (None, "P-1", "letter")
        assert first.since == second.since < START
        assert (third.person, third.since) == ("P-2", START)


def test_what_is_known_already_is_counted_and_the_import_is_audited_with_counts(tmp_path: Path) -> None:
    with shop() as store:
        imported(store, tmp_path, "number\n+442079460001\n")
        report = imported(store, tmp_path, "number\n+442079460001\n+442079460002\n+442079460002\nx\n")
        assert (report.rows, report.new, report.known, report.rejected) == (4, 1, 2, 1)
        row = list(audit.entries(store.sql))[-1]
        assert (row.user, row.action, row.count) == ("sue", "dnc import", 1)
        assert row.details == {"rows": 4, "rejected": 1, "woken": 0}
        assert "7946" not in str(row) + str(store.lines)


def test_wrong_rows_are_told_one_by_one_with_the_place_and_what_would_be_right(tmp_path: Path) -> None:
    text = (
        "number,person,since\n"
        "4.42E+11,,\n"
        "+442079460001,,2026-02-30\n"
        "+442079460001,,2030-01-01\n"
        "+442079460001,,2026-01-01T09:00\n"
        ",,\n"
        ",,2026-01-01\n"
        "+442079460001\n"
        f",{'x' * 201},\n"
        "+442079460002,,\n"
    )
    report_path = tmp_path / "problems.csv"
    with shop() as store:
        report = imported(store, tmp_path, text, report_path=report_path)
        assert problems(report) == [
            "f:2: number: '4.42E+11' was cut short by a spreadsheet; "
            "format the column as text and export it again",
            "f:3: since: '2026-02-30' is no such time, so the entry holds from now on; "
            "a date is written 2026-12-25",
            "f:4: since: '2030-01-01' is still to come, so the entry holds from now on",
            "f:5: since: '2026-01-01T09:00' has no zone, so the entry holds from now on; "
            "write it as 2026-01-01T09:00Z or 2026-01-01T09:00+01:00, or a date: 2026-03-02",
            "f:7: no number and no person; fill it in",
            "f:8: 1 fields under 3 columns, so only the number was taken; "
            "keep the delimiters of empty fields",
            f"f:9: person: '{'x' * 59}…' is longer than 200 characters",
        ]
        assert (report.rows, report.rejected, report.warnings, report.new) == (8, 3, 4, 2)
        assert [each.since for each in entries(store.sql)] == [START, START]
        assert len(report_path.read_text().splitlines()) == 8


def test_a_line_that_is_no_csv_is_told_in_its_place(tmp_path: Path) -> None:
    with shop() as store:
        report = imported(store, tmp_path, 'number,note\nx,\n+442079460001,"open\n+442079460002,\ny,\n')
        assert [problem.line for problem in report.problems] == [2, 3, 5]
        assert (report.rows, report.rejected, report.warnings, report.new) == (4, 2, 1, 2)
        assert listed(store) == list(NUMBERS)


def test_no_do_not_call_request_is_lost_over_its_note(tmp_path: Path) -> None:
    text = (
        b"number,person,note,source\n"
        b"+442079460001,,Mr M\xfcller,web\n"
        b"+442079460002,,fine,caf\xe9\n"
        b"+442079460003,,has a \0,web\n"
        b'+442079460004,,"he said "stop",web\n'
        b"+442079460005,,rang, twice,web\n"
        b"+442079460006\xa0x,P-6,,web\n"
        b"+442079460007,\xfc,,web\n"
        b'"+442079460008,,never closed,web\n'
        b"+4420\xfc,,,web\n"
        b"+442079460009,,ends\ralone,web\n"
    )
    with shop() as store:
        report = imported(store, tmp_path, text)
        assert problems(report)[:3] == [
            "f:2: note: 'Mr Müller' is not UTF-8 (it has the byte 0xFC), so it is left out; "
            "save the file as 'CSV UTF-8'",
            "f:4: note: 'has a ␀' has a NUL character, so it is left out; "
            "remove it; a file full of them is UTF-16, save it as 'CSV UTF-8'",
            "f:5: a quoted field goes on after its closing quote, so only the number was taken; "
            "write a quote inside a quoted field twice, or leave the quotes out",
        ]
        assert [problem.line for problem in report.problems] == [2, 4, 5, 6, 7, 8, 9, 10, 11]
        assert [problem.line for problem in report.problems if problem.rejected] == [9, 10]
        assert (report.rows, report.rejected, report.warnings) == (10, 2, 7)
        numbers = [f"+44207946000{digit}" for digit in (1, 2, 3, 4, 5)]
        assert listed(store) == [*numbers, "P-6", "+442079460007", "+442079460009"]
        assert [each.note for each in entries(store.sql)][:4] == [None, "fine", None, None]


def test_a_number_before_a_note_of_any_length_is_kept_unless_its_line_is_endless(tmp_path: Path) -> None:
    text = f"number,note\n+442079460001,{'x' * 140_000}\n+442079460002,{'x' * (1 << 20)}\n+442079460003,\n"
    with shop() as store:
        report = imported(store, tmp_path, text)
        assert [(each.line, each.rejected) for each in report.problems] == [(2, False), (3, True)]
        assert listed(store) == ["+442079460001", "+442079460003"]


def test_a_number_of_possible_length_is_kept_in_the_numbering_plan_or_not(tmp_path: Path) -> None:
    with shop() as store:
        assert imported(store, tmp_path, "+447700900123\n+447700900124\n").new == 2
        assert imported(store, tmp_path, "number\n07700 900125\n", region="GB").new == 1
        assert listed(store) == ["+447700900123", "+447700900124", "+447700900125"]


def test_a_list_that_is_mostly_wrong_is_refused(tmp_path: Path) -> None:
    with shop() as store:
        wrong = refusal(store, tmp_path, "number\n+442079460001\n" + "hello\n" * 9)
        assert (len(wrong), wrong[0].startswith("some.csv:3: number: 'hello' ")) == (6, True)
        assert wrong[-1] == (
            "some.csv: 9 of 10 rows tell of nobody, and nothing was imported; "
            "give --region or --column if the numbers are others, or leave out what is wrong"
        )
        assert imported(store, tmp_path, "number\n+442079460001\nhello\n").new == 1


def test_a_strict_import_takes_all_or_nothing(tmp_path: Path) -> None:
    with shop() as store:
        with pytest.raises(ImportRefused) as refused:
            imported(store, tmp_path, "number\n+442079460001\nx\n", strict=True)
        assert len(refused.value.problems) == 1
        assert listed(store) == []
        assert imported(store, tmp_path, "number\n+442079460001\n", strict=True).new == 1


@pytest.mark.parametrize(
    ("text", "more", "problem"),
    [
        ("", {}, "some.csv: is empty; the first line must name the columns, e.g. 'number'"),
        ("number\n", {"campaign": "newz"}, "there is no campaign 'newz'; did you mean 'news'?"),
        ("number\n", {"region": "UK"}, "some.csv: region 'UK' is not a country code; did you mean GB?"),
        ("nummer\n", {}, "some.csv:1: there is no column of numbers, only 'nummer'; name one 'number', "
         "or say which it is with --column"),
        ("tel\n", {"column": "tell"}, "some.csv:1: there is no column 'tell'; did you mean 'tel'?"),
        ("tel,fax\n", {"column": "x"}, "some.csv:1: there is no column 'x'; there are 'tel', 'fax'"),
        ("number,phone\n", {}, "some.csv:1: columns 1 and 2 both have the number; "
         "name the right one with --column"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_as_a_list_is_refused_whole(
    text: str, more: dict[str, str], problem: str, tmp_path: Path
) -> None:
    with shop() as store:
        assert refusal(store, tmp_path, text, **more) == [problem]


def test_the_column_of_the_numbers_may_be_named(tmp_path: Path) -> None:
    with shop() as store:
        text = "number,mobile\n17,+442079460001\n18,+442079460002\n"
        assert imported(store, tmp_path, text, column="mobile").new == 2
        assert listed(store) == list(NUMBERS)


def test_a_damaged_archive_and_one_of_several_files_are_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"number\n" + b"+442079460001\n" * 5000)
    with shop() as store:
        for packed in (whole[: len(whole) // 2], b"\x1f\x8b nothing of the kind", b"PK\x03\x04 neither"):
            with pytest.raises(InputError, match="is damaged, and cannot be read to its end"):
                imported(store, tmp_path, packed)
        two = zipped(b"number\n", tmp_path, "a.csv", "b.csv")
        with pytest.raises(InputError, match="has 2 files in it; one is wanted"):
            imported(store, tmp_path, two)
        with pytest.raises(InputError, match="cannot be read: No such file"):
            store.do(import_wishes(WishFile(path=tmp_path / "none", kind=DNC), by="sue"))
        assert listed(store) == []


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    packed = bytearray(zipped(b"number\n", tmp_path))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = packed.find(mark)
        while place >= 0:
            packed[place + offset] |= 1
            place = packed.find(mark, place + 1)
    with shop() as store, pytest.raises(InputError, match="needs a password; unpack it first"):
        imported(store, tmp_path, bytes(packed))


def test_a_big_file_comes_in_with_progress_through_several_processes(tmp_path: Path) -> None:
    rows = 20_500
    text = "number\n" + "".join(f"+4420{70_000_000 + row}\n" for row in range(rows))
    seen: list[int] = []
    with shop() as store:
        report = imported(
            store, tmp_path, gzip.compress(text.encode()), progress=lambda state: seen.append(state.rows)
        )
        assert (report.rows, report.new) == (rows, rows)
        assert seen == sorted(seen)
        assert seen[-1] == rows


# --- consents and the like --------------------------------------------------------------------------


def test_consents_come_with_all_their_columns(tmp_path: Path) -> None:
    text = (
        "phone,person,level,given,expires,revoked,purposes,other_times,evidence\n"
        '+442079460001,,Express,2026-01-05,2027-01-05,,"sales, service",yes,tape 7\n'
        ",P-1,written,2026-01-05T10:00:00+01:00,,2026-02-01,,no,\n"
    )
    with shop() as store:
        report = imported(store, tmp_path, text, "consent")
        assert (report.new, report.rejected) == (2, 0)
        assert imported(store, tmp_path, text, "consent").known == 2
        first, second = given_consents(store.sql, NUMBERS[0], "P-1", None)
        assert (first.level.name, first.purposes, first.other_times) == (
            "EXPRESS",
            ("sales", "service"),
            True,
        )
        assert first.expires_at is not None
        assert first.expires_at - first.given_at == 365 * DAY
        assert (second.given_at, second.other_times) == (first.given_at + DAY * 9 // 24, False)
        assert second.revoked_at is not None
        row = list(audit.entries(store.sql))[-1]
        assert (row.action, row.subject, row.count) == ("consents import", "consent", 0)


def test_revocations_relationships_and_answers_come_in_by_their_kind(tmp_path: Path) -> None:
    with shop() as store:
        imported(store, tmp_path, "number,level,given\n+442079460001,express,2026-01-05\n", "consent")
        imported(store, tmp_path, "number,at,note\n+442079460001,2026-02-01,letter\n", "revocation")
        text = "number,customer,transaction,inquiry\n+442079460001,yes,2026-01-02,\n+442079460002,,,\n"
        told = imported(store, tmp_path, text, "relationship")
        answers = "number,answer,asked\n+442079460001,no,2026-02-01\n+442079460002,maybe,2026-02-01\n"
        answered = imported(store, tmp_path, answers, "reassignment")
        assert [
            each.revoked_at is not None for each in given_consents(store.sql, NUMBERS[0], None, None)
        ] == [True]
        assert relationship_of(store.sql, NUMBERS[0], None, None).customer
        assert problems(told) == [
            "f:3: the row says nothing; one is wanted of customer, transaction and inquiry"
        ]
        assert reassignment_of(store.sql, NUMBERS[0]) == "no"
        assert problems(answered) == ["f:3: answer: 'maybe' is neither yes nor no"]


def test_a_row_is_of_the_seller_that_it_names_or_else_of_the_one_of_the_file(tmp_path: Path) -> None:
    text = "number,level,given,Seller\n+442079460001,express,2026-01-05, bank-a \n"
    text += f"+442079460001,written,2026-01-05,\n+442079460002,written,2026-01-05,{'x' * 201}\n"
    with shop() as store:
        assert imported(store, tmp_path, text, "consent", seller="roofs-b").new == 2
        report = imported(store, tmp_path, text, "consent", seller="roofs-b")
        assert (report.new, report.known) == (0, 2)
        assert problems(report) == [f"f:4: Seller: '{'x' * 59}…' is longer than 200 characters"]
        imported(store, tmp_path, "number,at\n+442079460001,2026-02-01\n", "revocation", seller="bank-a")
        related = "number,customer,seller\n+442079460001,yes,bank-a\n"
        imported(store, tmp_path, related, "relationship")
        sellers = ("bank-a", "roofs-b")
        found = {seller: given_consents(store.sql, NUMBERS[0], None, seller) for seller in sellers}
        assert [[each.revoked_at is not None for each in given] for given in found.values()] == [
            [True],
            [False],
        ]
        customers = [relationship_of(store.sql, NUMBERS[0], None, seller).customer for seller in sellers]
        assert customers == [True, False]


def test_a_revocation_is_not_lost_over_its_note(tmp_path: Path) -> None:
    text = b"number,at,note\n+442079460001,2026-01-05,M\xfcller\n+442079460002,2026-01-\xfc,\n"
    with shop() as store:
        report = imported(store, tmp_path, text, "revocation")
        assert (report.new, report.rejected, report.warnings) == (1, 1, 1)
        assert imported(store, tmp_path, b"number,at\n+442079460002\n", "revocation").rejected == 1


def test_a_consent_with_anything_wrong_is_left_out_whole(tmp_path: Path) -> None:
    text = (
        'number,level,given,evidence\n+447700900123,express,2026-01-05,\n+442079460001,express,2026-01-05,"open\n'
        "+442079460002,express,2026-01-05,\n"
    )
    with shop() as store:
        report = imported(store, tmp_path, text, "consent")
        assert [problem.line for problem in report.problems] == [2, 3]
        assert (report.new, report.rejected, report.warnings) == (1, 2, 0)


def test_what_every_row_needs_is_asked_of_the_heading_and_of_the_rows(tmp_path: Path) -> None:
    with shop() as store:
        assert refusal(store, tmp_path, "number,given\n", "consent") == [
            "some.csv:1: there is no column 'level'; every row needs one"
        ]
        assert refusal(store, tmp_path, "+442079460001\n", "consent") == [
            "some.csv:1: there is no column of numbers, only '+442079460001'; name one 'number', "
            "or say which it is with --column"
        ]
        assert refusal(store, tmp_path, "person,answer,asked\n", "reassignment")
        text = "number,level,given\n+442079460001,,\n+442079460001,firm,2026-01-01\n,express,2026-01-01\n"
        report = imported(store, tmp_path, text, "consent")
        assert problems(report) == [
            "f:2: no level and no given; fill it in",
            "f:3: level: 'firm' is no level of consent; it can be implied, express or written",
            "f:4: no number and no person; fill it in",
        ]
        wrong = "number,level,given,expires,purposes\n+442079460001,express,2026-01-05,2026-01-05,\n"
        wrong += "+442079460001,express,2026-01-05,,seles\n+442079460001,express,2026-01-05,,tax\n"
        first, second, third = problems(imported(store, tmp_path, wrong, "consent"))
        assert first == "f:2: the row expires before it is given"
        assert second == "f:3: purposes: 'seles' is no purpose; did you mean 'sales'?"
        assert third.startswith("f:4: purposes: 'tax' is no purpose; the purposes are sales, ")


def test_an_import_wakes_who_waits_for_it(tmp_path: Path) -> None:
    with shop() as store:
        store.sql.execute(
            "UPDATE cases SET waits_for = 'gate', wanted_at = due_at, due_at = NULL WHERE campaign = 'news'"
        )
        report = imported(
            store, tmp_path, "number,level,given\n+442079460001,express,2026-01-05\n", "consent"
        )
        assert report.woken == 1
        assert store.case("news")["due_at"] is not None


def test_a_field_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with shop() as store:
        report = imported(store, tmp_path, f"number,note\n+442079460001,{'x' * 10_001}\n")
        (problem,) = problems(report)
        assert problem.endswith("has 10,001 characters, so it is left out; at most 10,000 can be kept")


def test_every_kind_knows_its_columns() -> None:
    assert KINDS["reassignment"].columns == ("number", "answer", "asked")
    assert KINDS["dnc"].columns == ("number", "person", "since", "note")
