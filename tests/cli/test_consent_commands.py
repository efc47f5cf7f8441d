"""`dialer consents`: who agreed, who took it back, and what binds people to the caller."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Dialer

ONE = ("--number", "+442079460001")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A store that the first command makes."""
    return tmp_path / "consents.db"


def rows(dialer: Dialer, db: Path, kind: str, *more: str) -> list[dict[str, Any]]:
    out = dialer("consents", "list", "--db", db, "--kind", kind, "--json", *more).out
    return [json.loads(line) for line in out.splitlines()]


def test_a_consent_is_written_down_once_and_taken_back(dialer: Dialer, db: Path) -> None:
    given = ("consents", "add", *ONE, "--level", "express", "--given", "2026-01-05", "--db", db)
    more = ("--expires", "2030-01-05T00:00:00Z", "--purpose", "sales", "--purpose", "service")
    first = dialer(*given, *more, "--other-times", "--evidence", "tape 7")
    assert first.out == "the consent is written down\n"
    assert dialer(*given, *more, "--other-times").out == "that is written down already\n"
    back = dialer("consents", "revoke", *ONE, "--at", "2026-02-01", "--note", "letter", "--db", db)
    assert back.out == "the revocation is written down; consents taken back: 1\n"
    assert rows(dialer, db, "consent") == [
        {
            "number": "+442079460001",
            "person": None,
            "seller": None,
            "level": "express",
            "given_at": "2026-01-05T00:00:00Z",
            "expires_at": "2030-01-05T00:00:00Z",
            "revoked_at": "2026-02-01T23:59:59.999999Z",
            "purposes": "sales, service",
            "other_times": True,
            "evidence": "tape 7",
        }
    ]
    (revocation,) = rows(dialer, db, "revocation")
    assert (revocation["at"], revocation["note"]) == ("2026-02-01T23:59:59.999999Z", "letter")


def test_relationships_and_answers_are_written_down(dialer: Dialer, db: Path) -> None:
    person = ("consents", "relationship", "--person", "P-1", "--db", db)
    assert dialer(*person, "--customer", "yes").out == "the relationship is written down\n"
    told = dialer(*person, "--transaction", "2026-03-01", "--inquiry", "2026-03-02", "--json")
    assert json.loads(told.out) == {"new": 1, "revoked": 0, "woken": 0}
    assert rows(dialer, db, "relationship") == [
        {
            "number": None,
            "person": "P-1",
            "seller": None,
            "customer": True,
            "transaction_at": "2026-03-01T00:00:00Z",
            "inquiry_at": "2026-03-02T00:00:00Z",
        }
    ]
    dialer(*person, "--customer", "no")
    assert rows(dialer, db, "relationship")[0]["customer"] is False
    asked = (
        "consents",
        "reassigned",
        "(212) 555-0100",
        "--region",
        "US",
        "--asked",
        "2026-03-01",
        "--db",
        db,
    )
    assert dialer(*asked, "--answer", "no").out == "the answer is written down\n"
    assert dialer(*asked, "--answer", "no").out == "that is written down already\n"
    older = dialer(*asked[:6], "2026-02-01", *asked[7:], "--answer", "yes")
    assert older.out == (
        "nothing was written down: a later answer, of 2026-03-01T00:00:00Z, is there already\n"
    )
    assert [row["reassigned"] for row in rows(dialer, db, "reassignment")] == [False]


def test_a_revocation_of_a_date_takes_back_what_was_given_on_that_day(
    dialer: Dialer, db: Path, tmp_path: Path
) -> None:
    for given in ("2026-01-05T09:00:00Z", "2026-01-05T23:59:59Z", "2026-01-06"):
        assert dialer("consents", "add", *ONE, "--level", "express", "--given", given, "--db", db).code == 0
    back = ("consents", "revoke", *ONE, "--at", "2026-01-05", "--db", db)
    assert dialer(*back).out == "the revocation is written down; consents taken back: 2\n"
    assert dialer(*back).out == "that is written down already\n"
    late = dialer("consents", "add", *ONE, "--level", "written", "--given", "2026-01-05T12:00Z", "--db", db)
    assert late.code == 0
    ends = [row["revoked_at"] is not None for row in rows(dialer, db, "consent")]
    assert ends == [True, True, False, True]
    file = tmp_path / "both.csv"
    file.write_text("person,level,given,revoked\nP-1,express,2026-01-05T09:00:00Z,2026-01-05\n")
    assert json.loads(dialer("consents", "import", file, "--db", db, "--json").out)["new"] == 1
    (row,) = rows(dialer, db, "consent", "--person", "P-1")
    assert row["given_at"] == row["revoked_at"] == "2026-01-05T09:00:00Z"


def test_a_revocation_of_today_holds_at_once(dialer: Dialer, db: Path) -> None:
    assert dialer("consents", "add", *ONE, "--level", "express", "--db", db).code == 0
    today = datetime.now(UTC).date().isoformat()
    back = ("consents", "revoke", *ONE, "--at", today, "--db", db)
    assert dialer(*back).out == "the revocation is written down; consents taken back: 1\n"
    assert dialer(*back).out == "that is written down already\n"
    assert rows(dialer, db, "consent")[0]["revoked_at"] <= datetime.now(UTC).isoformat()


def test_what_was_told_of_one_is_listed(dialer: Dialer, db: Path) -> None:
    for whom in (ONE, ("--person", "P-1")):
        dialer("consents", "add", *whom, "--level", "written", "--db", db)
    assert [row["person"] for row in rows(dialer, db, "consent", "--person", "P-1")] == ["P-1"]
    assert [row["number"] for row in rows(dialer, db, "consent", *ONE)] == ["+442079460001"]
    csv = dialer("consents", "list", "--db", db, "--csv", "-").out.splitlines()
    assert (csv[0].split(",")[:4], len(csv)) == (["number", "person", "seller", "level"], 3)


def test_files_come_in_by_their_kind(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    file = tmp_path / "given.csv"
    file.write_text("phone,level,given\n020 7946 0001,express,2026-01-05\n020 7946 0002,firm,2026-01-05\n")
    out = dialer("consents", "import", file, "--region", "GB", "--db", db).out.splitlines()
    assert out[0] == f"{file}: consents: 1 new, 0 known already"
    assert out[3] == f"{file}:3: level: 'firm' is no level of consent; it can be implied, express or written"
    file.write_text("number,customer\n+442079460001,yes\n")
    told = json.loads(dialer("consents", "import", file, "--kind", "relationship", "--db", db, "--json").out)
    assert (told["kind"], told["new"], told["problems"]) == ("relationship", 1, [])


def test_what_is_told_of_one_seller_is_taken_back_and_listed_by_itself(dialer: Dialer, db: Path) -> None:
    given = ("consents", "add", *ONE, "--level", "express", "--given", "2026-01-05", "--db", db)
    for seller in ("bank-a", "roofs-b"):
        assert dialer(*given, "--seller", seller).out == "the consent is written down\n"
    bought = ("consents", "relationship", *ONE, "--transaction", "2026-03-01", "--db", db)
    assert dialer(*bought, "--seller", "bank-a").out == "the relationship is written down\n"
    assert dialer(*bought, "--seller", " bank-a ").out == "that is written down already\n"
    back = dialer("consents", "revoke", *ONE, "--seller", "roofs-b", "--at", "2026-02-01", "--db", db)
    assert back.out == "the revocation is written down; consents taken back: 1\n"
    found = [(row["seller"], row["revoked_at"]) for row in rows(dialer, db, "consent")]
    assert found == [("bank-a", None), ("roofs-b", "2026-02-01T23:59:59.999999Z")]
    assert [row["seller"] for row in rows(dialer, db, "consent", "--seller", "bank-a")] == ["bank-a"]
    assert rows(dialer, db, "relationship", "--seller", "roofs-b") == []
    assert [row["seller"] for row in rows(dialer, db, "revocation")] == ["roofs-b"]


def test_a_file_is_of_the_seller_that_its_rows_or_else_the_command_names(
    dialer: Dialer, db: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bought.csv"
    file.write_text(
        "number,seller,transaction\n+442079460001,,2026-03-01\n+442079460002,roofs-b,2026-03-01\n"
    )
    command = (
        "consents",
        "import",
        file,
        "--kind",
        "relationship",
        "--seller",
        "bank-a",
        "--db",
        db,
        "--json",
    )
    assert json.loads(dialer(*command).out)["new"] == 2
    assert json.loads(dialer(*command).out)["known"] == 2
    assert [row["seller"] for row in rows(dialer, db, "relationship")] == ["bank-a", "roofs-b"]


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (("add", "--level", "express"), "name somebody: a number, or a person with --person"),
        (("add", *ONE, "--person", "P-1", "--level", "express"), "a number and a person are two"),
        (("add", *ONE, "--level", "express", "--given", "2096-01-01"), "the consent tells of a time that"),
        (("add", *ONE, "--level", "express", "--given", "soon"), "--given is 'soon'; a time is ISO 8601"),
        (("add", *ONE, "--level", "express", "--purpose", "seles"), "--purpose 'seles' is no purpose; did"),
        (
            ("add", *ONE, "--level", "express", "--given", "2026-01-05", "--expires", "2026-01-05"),
            "the consent expires before it is given",
        ),
        (("add", *ONE, "--level", "express", "--expires", "2020-01-05"), "the consent expires before"),
        (("revoke", *ONE, "--at", "2096-01-01"), "the revocation tells of a time that is still to come"),
        (("relationship", *ONE), "say what binds them: --customer, --transaction or --inquiry"),
        (("relationship", *ONE, "--inquiry", "2096-01-01"), "the relationship tells of a time"),
        (("reassigned", "+12125550100", "--answer", "no", "--asked", "2096-01-01"), "the answer tells of a"),
        (("import", "none.csv"), "none.csv: cannot be read"),
        (("add", *ONE, "--level", "express", "--seller", " "), "--seller is empty"),
        (("revoke", *ONE, "--seller", "x" * 201), "--seller is longer than 200 characters"),
        (("relationship", *ONE, "--customer", "yes", "--seller", ""), "--seller is empty"),
        (
            ("import", "none.csv", "--kind", "reassignment", "--seller", "bank-a"),
            "answers about reassigned numbers are of no seller; leave out --seller",
        ),
        (("list", "--kind", "reassignment", "--seller", "bank-a"), "answers about reassigned numbers are of"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    dialer: Dialer, db: Path, command: tuple[str, ...], problem: str
) -> None:
    dialer("consents", "add", "--person", "P-0", "--level", "implied", "--given", "2026-01-01", "--db", db)
    result = dialer("consents", *command, "--db", db)
    assert (result.code, problem in result.err) == (2, True), result.err
    assert len(rows(dialer, db, "consent")) == 1
    for kind in ("revocation", "relationship", "reassignment"):
        assert rows(dialer, db, kind) == []


def test_only_users_with_the_right_write_consents_down(dialer: Dialer, db: Path) -> None:
    for name, role in (("ada", "administrator"), ("alf", "agent"), ("cora", "compliance-officer")):
        as_ada = () if name == "ada" else ("--as", "ada")
        assert dialer("users", "add", name, "--role", role, "--db", db, *as_ada).code == 0
    for command in (
        ("add", *ONE, "--level", "express"),
        ("revoke", *ONE),
        ("relationship", *ONE, "--customer", "yes"),
        ("reassigned", "+12125550100", "--answer", "no"),
        ("import", __file__),
    ):
        refused = dialer("consents", *command, "--db", db, "--as", "alf")
        assert (refused.code, "alf (agent) lacks the right manage-compliance" in refused.err) == (2, True)
    assert dialer("consents", "revoke", *ONE, "--db", db, "--as", "cora").code == 0
