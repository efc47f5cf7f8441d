"""`dialer leads`, `reports` and `explain`: work on the store."""

import csv
import io
import json
import sqlite3
from pathlib import Path

from engine.store.reports.attempts import ATTEMPTS
from tests.cli.commands import Dialer, write

LEADS = "key,phone,city\nann,+442079460001,Leeds\nbob,call me,York\ncid,020 7946 0003,Bath\n"


# --- leads import ---------------------------------------------------------------------------------


def test_good_lines_go_in_and_bad_ones_are_told(dialer: Dialer, tmp_path: Path) -> None:
    file, db, report = write(tmp_path, LEADS, "l.csv"), tmp_path / "l.db", tmp_path / "problems.csv"
    result = dialer(
        "leads", "import", file, "--db", db, "--list", "spring", "--region", "GB",
        "--attributes", "city", "--report", report,
    )  # fmt: skip
    assert result.code == 0
    assert f"{file}: 2 of 3 leads imported into 'spring'" in result.out
    assert f"{file}:3: phone: 'call me'" in result.out
    assert report.read_text(encoding="utf-8").count("\n") == 2
    with sqlite3.connect(db) as sql:
        assert sql.execute("SELECT key, attributes FROM leads ORDER BY id").fetchall() == [
            ("ann", '{"city":"Leeds"}'),
            ("cid", '{"city":"Bath"}'),
        ]
    sql.close()


def test_a_strict_import_refuses_the_file_and_changes_nothing(dialer: Dialer, tmp_path: Path) -> None:
    file, db = write(tmp_path, LEADS, "l.csv"), tmp_path / "l.db"
    result = dialer("leads", "import", file, "--db", db, "--list", "x", "--region", "GB", "--strict")
    assert result.code == 2
    assert f"{file}:3: phone: 'call me'" in result.err
    with sqlite3.connect(db) as sql:
        assert sql.execute("SELECT count(*) FROM leads").fetchone() == (0,)
    sql.close()


def test_an_import_answers_programs_in_json(dialer: Dialer, tmp_path: Path) -> None:
    file = write(tmp_path, LEADS, "l.csv")
    arguments = (
        "leads",
        "import",
        file,
        "--db",
        tmp_path / "l.db",
        "--list",
        "x",
        "--region",
        "GB",
        "--json",
    )
    document = json.loads(dialer(*arguments).out)
    assert (document["rows"], document["leads"], document["rejected"]) == (3, 2, 1)
    assert document["problems"][-1]["line"] == 3


def test_only_the_first_problems_are_printed(dialer: Dialer, tmp_path: Path) -> None:
    file = write(tmp_path, "phone\n" + "nobody\n" * 30, "l.csv")
    out = dialer("leads", "import", file, "--db", tmp_path / "l.db", "--list", "x").out
    assert "and 10 more problems; --report FILE gets all of them" in out


def test_an_import_into_something_else_is_refused(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    file = write(tmp_path, LEADS, "l.csv")
    result = dialer("leads", "import", file, "--db", scenario, "--list", "x")
    assert result.code == 2
    assert f"{scenario}: is not a database" in result.err
    db = tmp_path / "no.db"
    assert "cannot be read" in dialer("leads", "import", tmp_path / "no.csv", "--db", db, "--list", "x").err


# --- reports attempts -----------------------------------------------------------------------------


def test_attempts_are_listed_with_their_numbers(dialer: Dialer, store: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(dialer("reports", "attempts", "--db", store, "--csv", "-").out)))
    assert tuple(rows[0]) == tuple(column.name for column in ATTEMPTS.columns)
    told = [
        (row["lead"], row["agent_attempt_number"], row["customer_attempt_number"], row["outcome"])
        for row in rows
    ]
    assert told == [("ann", "1", "1", "answered"), ("bob", "1", "1", "busy"), ("bob", "1", "2", "answered")]
    assert rows[0]["started_at"].startswith("2026-03-02T09:00:")
    assert (rows[0]["ring_seconds"], rows[0]["talk_seconds"]) == ("8.0", "120.0")
    assert (rows[1]["status"], rows[1]["talk_seconds"]) == ("CUSTOMER_RESCHEDULED", "")


def test_attempts_come_as_table_or_json_or_file(dialer: Dialer, store: Path, tmp_path: Path) -> None:
    table = dialer("reports", "attempts", "--db", store).out.splitlines()
    assert len(table) == 4
    assert "customer attempt number" in table[0]
    assert "digits" not in table[0], "a column without any value is left out"
    objects = [
        json.loads(line) for line in dialer("reports", "attempts", "--db", store, "--json").out.splitlines()
    ]
    assert [each["lead"] for each in objects] == ["ann", "bob", "bob"]
    target = tmp_path / "a.csv"
    assert dialer("reports", "attempts", "--db", store, "--csv", target).out == f"{target}: 3 attempts\n"
    assert target.read_text(encoding="utf-8").count("\n") == 4


def test_attempts_of_one_lead_or_campaign(dialer: Dialer, store: Path) -> None:
    lines = dialer("reports", "attempts", "--db", store, "--lead", "bob", "--json").out.splitlines()
    assert len(lines) == 2
    assert dialer("reports", "attempts", "--db", store, "--campaign", "offers", "--json").out.count("\n") == 3


def test_what_the_store_does_not_have_is_told(
    dialer: Dialer, store: Path, scenario: Path, tmp_path: Path
) -> None:
    def refused(*arguments: str | Path) -> str:
        result = dialer("reports", "attempts", *arguments)
        assert result.code == 2
        return result.err

    assert "there is no campaign 'offer'; did you mean 'offers'?" in refused(
        "--db", store, "--campaign", "offer"
    )
    assert "there is no lead 'zoe'" in refused("--db", store, "--lead", "zoe")
    assert "there is no such file" in refused("--db", tmp_path / "no.db")
    assert "is not a database" in refused("--db", scenario)
    assert "give one of them" in refused("--db", store, "--csv", "-", "--json")
    assert "there is no folder" in refused("--db", store, "--csv", tmp_path / "no" / "a.csv")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as sql:
        sql.execute("CREATE TABLE mine (x)")
    sql.close()
    assert "is another program's database" in refused("--db", other)


# --- explain --------------------------------------------------------------------------------------


def test_explain_tells_why(dialer: Dialer, store: Path) -> None:
    assert "the case is closed as COMPLETED" in dialer("explain", "bob", "--db", store).out
    past = dialer("explain", "bob", "--db", store, "--at", "2026-03-02T09:04:00Z")
    assert "it is not dialed, because it is not due before" in past.out
    document = json.loads(dialer("explain", "bob", "--db", store, "--list", "customers", "--json").out)
    assert document["lead"]["key"] == "bob"


def test_explain_refuses_what_it_does_not_know(dialer: Dialer, store: Path) -> None:
    assert "there is no lead 'bop'; did you mean 'bob'?" in dialer("explain", "bop", "--db", store).err
    result = dialer("explain", "bob", "--db", store, "--at", "yesterday")
    assert result.code == 2
    assert "--at is 'yesterday'; a time is ISO 8601" in result.err
