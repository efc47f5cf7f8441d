"""`dialer reports`: each table as text, JSON and CSV, with filters, and only for those who may see it."""

import csv
import io
import json
from pathlib import Path
from typing import Final

import pytest

from engine.domain.rights import Right, Role
from engine.domain.words import ContactStatus
from tests.cli.commands import SCENARIO, Dialer, write

REPORTS: Final = (
    "attempts", "cases", "contact", "calls", "reach", "dispositions", "ownership", "resets",
)  # fmt: skip
TWO_LISTS: Final = (
    SCENARIO.replace(
        "pools: {sales: {}}",
        '  others:\n    leads: [{key: cid, phones: ["+442079460003"]}]\npools: {sales: {}}',
    )
    .replace("lists: [customers]", "lists: [customers, others]")
    .replace("connected, is: 2", "connected, is: 3")
)


def objects(dialer: Dialer, *arguments: str | Path) -> list[dict[str, object]]:
    result = dialer("reports", *arguments, "--json")
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_comes_as_text_json_and_csv(
    dialer: Dialer, store: Path, tmp_path: Path, name: str
) -> None:
    found = objects(dialer, name, "--db", store)
    table = dialer("reports", name, "--db", store)
    assert (table.code, len(table.out.splitlines())) == (0, len(found) + 1)
    rows = list(csv.DictReader(io.StringIO(dialer("reports", name, "--db", store, "--csv", "-").out)))
    assert len(rows) == len(found)
    if found:
        assert list(rows[0]) == list(found[0])
    target = tmp_path / "x.csv"
    told = dialer("reports", name, "--db", store, "--csv", target).out
    assert told.startswith(f"{target}: {len(found):,} ")
    assert target.read_text("utf-8").count("\n") == len(found) + 1


@pytest.mark.parametrize("name", REPORTS)
def test_two_formats_at_once_and_a_file_that_cannot_be_written_are_refused(
    dialer: Dialer, store: Path, tmp_path: Path, name: str
) -> None:
    assert "give one of them" in dialer("reports", name, "--db", store, "--csv", "-", "--json").err
    no = dialer("reports", name, "--db", store, "--csv", tmp_path / "no" / "a.csv")
    assert (no.code, "there is no folder" in no.err) == (2, True)


def test_attempts_tell_who_answered_for_how_long_and_under_which_lead_status(
    dialer: Dialer, store: Path
) -> None:
    ann, busy, _ = objects(dialer, "attempts", "--db", store)
    assert (ann["person"], ann["call_seconds"], ann["lead_status"]) == (True, 120.0, "contacted")
    assert (busy["person"], busy["call_seconds"], busy["lead_status"]) == (False, None, "no-contact")
    assert (ann["list"], ann["callback_at"], ann["callback_late_seconds"]) == ("customers", None, None)


@pytest.mark.parametrize(
    ("options", "leads"),
    [
        (["--status", "CUSTOMER_RESCHEDULED"], ["bob"]),
        (["--outcome", "busy"], ["bob"]),
        (["--ending", "connected"], ["ann", "bob"]),
        (["--disposition", "busy"], ["bob"]),
        (["--agent", "eve"], ["ann", "bob"]),
        (["--list", "customers", "--lead", "bob"], ["bob", "bob"]),
        (["--from", "2026-03-02T09:01:00Z"], ["bob", "bob"]),
        (["--to", "2026-03-02T10:01:00+01:00"], ["ann"]),
        (["--from", "2026-03-02T09:01:00Z", "--outcome", "answered"], ["bob"]),
    ],
)
def test_attempts_are_filtered(dialer: Dialer, store: Path, options: list[str], leads: list[str]) -> None:
    assert [row["lead"] for row in objects(dialer, "attempts", "--db", store, *options)] == leads


def test_contact_status_calls_and_reach_are_told_with_their_shares(dialer: Dialer, store: Path) -> None:
    contact = objects(dialer, "contact", "--db", store)
    assert [(row["contact"], row["leads"], row["percent"]) for row in contact] == [
        ("not-called", 0, 0.0),
        ("not-reached", 0, 0.0),
        ("bad-connection", 0, 0.0),
        ("successful", 2, 100.0),
    ]
    assert {row["standing"] for row in contact} == {"final"}
    calls = objects(dialer, "calls", "--db", store, "--campaign", "offers")
    assert [(row["calls"], row["leads"], row["percent"]) for row in calls] == [(1, 1, 50.0), (2, 1, 50.0)]
    (reach,) = objects(dialer, "reach", "--db", store)
    assert (reach["called_percent"], reach["reached_percent"], reach["calls_per_lead"]) == (100.0, 100.0, 1.5)


def test_a_list_has_figures_of_its_own(dialer: Dialer, tmp_path: Path) -> None:
    db = tmp_path / "two.db"
    path = write(tmp_path, TWO_LISTS)
    assert dialer("run", path, "--db", db, "--quiet").code == 0
    (all_of_them,) = objects(dialer, "reach", "--db", db)
    (others,) = objects(dialer, "reach", "--db", db, "--list", "others")
    assert (all_of_them["leads"], others["leads"]) == (3, 1)
    assert [row["lead"] for row in objects(dialer, "cases", "--db", db, "--list", "others")] == ["cid"]


def test_cases_are_filtered_by_contact_status(dialer: Dialer, store: Path) -> None:
    for status, leads in (("successful", ["ann", "bob"]), ("bad-connection", [])):
        rows = objects(dialer, "cases", "--db", store, "--contact", status)
        assert [row["lead"] for row in rows] == leads


def test_result_codes_are_counted(dialer: Dialer, store: Path) -> None:
    rows = objects(dialer, "dispositions", "--db", store, "--from", "2026-03-02T09:00:00Z")
    assert [(row["disposition"], row["attempts"]) for row in rows] == [("no-disposition", 2), ("busy", 1)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cases", "--status", "completed"], "--status is 'completed'; did you mean 'COMPLETED'?"),
        (["cases", "--contact", "bad-conection"], "did you mean 'bad-connection'?"),
        (["attempts", "--from", "yesterday"], "--from is 'yesterday'; a time is ISO 8601"),
        (["attempts", "--to", "2026-03-02T09:00:00"], "has no zone"),
        (["calls", "--list", "custmers"], "there is no list 'custmers'; did you mean 'customers'?"),
        (["contact", "--campaign", "offer"], "did you mean 'offers'?"),
        (["resets", "--status", "over"], "it is one of confirmed, done and undone"),
        (["cases", "--waits-for", "god"], "it is one of"),
    ],
)
def test_what_a_filter_does_not_know_is_told_and_nothing_is_shown(
    dialer: Dialer, store: Path, arguments: list[str], told: str
) -> None:
    result = dialer("reports", *arguments, "--db", store)
    assert (result.code, result.out) == (2, "")
    assert told in result.err


def test_once_there_are_users_reports_are_for_those_who_have_the_right(dialer: Dialer, store: Path) -> None:
    for name, role in (("root", Role.ADMINISTRATOR), ("sue", Role.SUPERVISOR), ("eve", Role.AGENT),
                       ("cora", Role.COMPLIANCE_OFFICER)):  # fmt: skip
        result = dialer("users", "add", name, "--role", role, "--db", store, "--as", "root")
        assert result.code == 0, result.err
    assert dialer("reports", "contact", "--db", store, "--as", "sue").code == 0
    assert Right.SEE_REPORTS in dialer("reports", "contact", "--db", store, "--as", "eve").err
    assert dialer("reports", "cases", "--db", store).code == 2
    refused = dialer("reports", "ownership", "--db", store, "--as", "cora")
    assert (refused.code, Right.OWNERSHIP_CONTROL in refused.err) == (2, True)
    assert dialer("reports", "ownership", "--db", store, "--as", "sue").code == 0


def test_the_contact_statuses_are_the_words_of_the_field() -> None:
    assert [str(status) for status in ContactStatus] == [
        "not-called",
        "not-reached",
        "bad-connection",
        "successful",
    ]


def test_a_span_without_any_time_is_refused(dialer: Dialer, store: Path) -> None:
    late, early = "2026-03-03T00:00:00Z", "2026-03-02T00:00:00Z"
    for name in ("attempts", "cases", "dispositions", "ownership", "resets"):
        refused = dialer("reports", name, "--db", store, "--from", late, "--to", early)
        assert (refused.code, refused.err) == (2, "--to is not after --from\n")
    audit = dialer("audit", "list", "--db", store, "--since", late, "--until", early)
    assert (audit.code, audit.err) == (2, "--until is not after --since\n")
