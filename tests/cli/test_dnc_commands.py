"""`dialer dnc`: numbers and persons on the house's list and off it; who may, and what the logs say."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.commands import Dialer, write

SHARED = """\
users:
  alf: {role: agent}
  sue: {role: supervisor}
  cora: {role: compliance-officer}
  ada: {role: administrator}
lists:
  customers:
    leads:
      - {key: ann, phones: ["+442079460001"], attributes: {person: P-1}}
      - {key: bob, phones: ["+442079460002"]}
campaigns:
  news: {mode: agentless, lists: [customers], attempts: {max: 1, interval: 1h}, lines: 2}
dnc: ["+442079460002"]
simulation:
  guards: Bob is on the list.
  start: 2026-03-02T09:00:00Z
  end: 1h
  people: {customers: {responses: {no-answer: 1}}}
"""


@pytest.fixture
def db(dialer: Dialer, tmp_path: Path) -> Path:
    """A store with users, in which bob's number is on the list and his case is held by it."""
    path = tmp_path / "dnc.db"
    assert dialer("run", write(tmp_path, SHARED), "--db", path, "--quiet").code == 0
    return path


def test_numbers_and_persons_come_on_the_list_and_off_it(dialer: Dialer, db: Path) -> None:
    as_sue = ("--db", db, "--as", "sue")
    added = dialer(
        "dnc", "add", "020 7946 0001", "+442079460002", "--region", "GB", "--person", "P-2", *as_sue
    )
    assert added.out == "2 added to the do-not-call list; 1 already there\n"
    one = dialer("dnc", "add", "+442079460001", "--campaign", "news", "--json", "--note", "letter", *as_sue)
    assert json.loads(one.out) == {"campaign": "news", "added": 1, "already": 0}
    listed = dialer("dnc", "list", "--db", db, "--as", "sue", "--csv", "-").out.splitlines()
    assert listed[0] == "number,person,campaign,since,source,note"
    assert [row.split(",")[:3] for row in listed[1:]] == [
        ["+442079460002", "", ""],
        ["+442079460001", "", ""],
        ["", "P-2", ""],
        ["+442079460001", "", "news"],
    ]
    rows = dialer("dnc", "list", "--db", db, "--as", "sue", "--json", "--campaign", "news").out.splitlines()
    assert [(row["source"], row["note"]) for row in map(json.loads, rows)] == [("command", "letter")]
    assert (
        "+442079460002" in dialer("dnc", "list", "--db", db, "--as", "sue", "--source", "configuration").out
    )
    since = dialer("dnc", "list", "--db", db, "--as", "sue", "--since", "2026-03-03").out
    assert "+442079460002" not in since
    assert "+442079460001" in since
    removed = dialer("dnc", "remove", "+442079460001", "--person", "P-2", *as_sue)
    assert removed.out == "2 removed from the do-not-call list; 0 cases are asked about again\n"


def test_a_number_of_no_numbering_plan_is_taken_like_any_other(dialer: Dialer, db: Path) -> None:
    number, as_sue = "+447700900123", ("--db", db, "--as", "sue")
    assert dialer("dnc", "add", "07700 900123", "--region", "GB", *as_sue).code == 0
    assert "nobody calls the number" in dialer("dnc", "check", number, *as_sue).out
    assert dialer("dnc", "remove", number, *as_sue).code == 0
    assert dialer("dnc", "check", number, *as_sue).out == "own list: not on it\n"


def test_removing_wakes_the_case_that_was_held(dialer: Dialer, db: Path) -> None:
    waiting = "SELECT count(*) FROM cases WHERE waits_for = 'gate'"
    with sqlite3.connect(db) as sql:
        assert sql.execute(waiting).fetchone() == (1,)
        removed = dialer("dnc", "remove", "+442079460002", "--db", db, "--as", "cora", "--json")
        assert json.loads(removed.out) == {"campaign": None, "removed": 1, "woken": 1}
        assert sql.execute(waiting).fetchone() == (0,)
    sql.close()


def test_check_says_on_which_lists_somebody_is(dialer: Dialer, db: Path) -> None:
    dialer(
        "dnc", "add", "--person", "P-1", "--campaign", "news", "--db", db, "--as", "sue", "--note", "tired"
    )
    found = dialer("dnc", "check", "+442079460001", "--db", db, "--as", "sue").out
    assert found.startswith("own list: campaign news does not call person P-1, since ")
    assert found.endswith(" (command): tired\n")
    nobody = dialer("dnc", "check", "+442079460002", "--db", db, "--as", "sue").out
    assert nobody == "own list: nobody calls the number, since 2026-03-02T09:00:00Z (configuration)\n"
    assert dialer("dnc", "check", "--person", "P-9", "--db", db, "--as", "sue").out == "own list: not on it\n"
    told = json.loads(dialer("dnc", "check", "+442079460002", "--db", db, "--as", "sue", "--json").out)
    assert told == {
        "number": "+442079460002",
        "person": None,
        "entries": [
            {
                "by": "number",
                "campaign": None,
                "since": "2026-03-02T09:00:00Z",
                "source": "configuration",
                "note": None,
            }
        ],
        "registries": [],
    }


def test_check_asks_the_registries_too(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    (tmp_path / "tps.txt").write_text("+442079460001\n")
    tps = ("--registry", "tps", "--version", "2026-02-20", "--db", db, "--as", "sue")
    assert dialer("dnc", "import", tmp_path / "tps.txt", *tps).code == 0
    assert (
        "tps as of 2026-02-20: on it\n"
        in dialer("dnc", "check", "+442079460001", "--db", db, "--as", "sue").out
    )
    assert (
        "tps as of 2026-02-20: not on it\n"
        in dialer("dnc", "check", "+442079460002", "--db", db, "--as", "sue").out
    )


def test_a_list_is_imported_and_its_wrong_lines_are_told(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("number;note\n020 7946 0003;letter\n020 7946 0002;\nhello;\n")
    report = tmp_path / "wrong.csv"
    given = ("dnc", "import", file, "--region", "GB", "--db", db, "--as", "sue", "--report", report)
    out = dialer(*given).out.splitlines()
    assert out[0] == f"{file}: entries of the do-not-call list: 1 new, 1 known already"
    assert out[1] == "  3 rows, 1 rejected"
    assert out[3].startswith(f"{file}:4: number: 'hello' ")
    assert len(report.read_text().splitlines()) == 2
    again = json.loads(dialer(*given, "--json", "--campaign", "news").out)
    assert (again["kind"], again["campaign"], again["new"], again["rejected"]) == ("dnc", "news", 2, 1)
    assert dialer(*given, "--strict").code == 2
    file.write_text("number\n" + "hello\n" * 22 + "02079460002\n" * 22)
    assert dialer(*given).out.splitlines()[-1] == f"and 2 more problems; all are in {report}"
    unreported = dialer(*given[:-2]).out
    assert unreported.endswith("and 2 more problems; --report FILE gets all of them\n")


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (("add",), "name somebody: a number, or a person with --person"),
        (("add", "020 7946 0001"), "is a national number without a region"),
        (("add", "x", "y"), "'y' has more than a number in it"),
        (("add", "+442079460001", "--region", "UK"), "--region is 'UK'; write an ISO code in capitals"),
        (("add", "+442079460001", "--campaign", "newz"), "there is no campaign 'newz'; did you mean 'news'?"),
        (("add", "--person", " "), "--person is empty"),
        (("add", "--person", "P-1\nP-2"), "--person has a line feed or another control character in it"),
        (("add", "+44" + "7" * 5000), f"'+44{'7' * 56}…' is too long for a phone number\n"),
        (("add", "+4477"), "'+4477' is too short for a number of GB"),
        (("remove", "+442079460001"), "+442079460001 is not on the do-not-call list\n"),
        (("remove", "--person", "P-1", "+442079460002"), "person P-1 is not on the do-not-call list\n"),
        (
            ("remove", "+442079460002", "--campaign", "news"),
            "is not on the do-not-call list of campaign news",
        ),
        (("import", "none.csv"), "none.csv: cannot be read"),
        (("import", "none.csv", "--registry", "tps"), "--registry needs --version"),
        (("import", "none.csv", "--version", "2026-01-01"), "say which registry the file is of"),
        (("import", "n", "--registry", "tps", "--version", "2026-01-01", "--campaign", "news"), "own list"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    dialer: Dialer, db: Path, command: tuple[str, ...], problem: str
) -> None:
    before = dialer("dnc", "list", "--db", db, "--as", "sue").out
    result = dialer("dnc", *command, "--db", db, "--as", "sue")
    assert (result.code, problem in result.err) == (2, True), result.err
    assert dialer("dnc", "list", "--db", db, "--as", "sue").out == before


def test_an_entry_of_a_campaign_is_pointed_at_where_the_general_one_is_missing(
    dialer: Dialer, db: Path
) -> None:
    dialer("dnc", "add", "+442079460001", "--campaign", "news", "--db", db, "--as", "sue")
    result = dialer("dnc", "remove", "+442079460001", "--db", db, "--as", "sue")
    assert result.err == "+442079460001 is not on the do-not-call list; --campaign news has one\n"
    result = dialer("dnc", "check", "+442079460001", "--person", "P-1", "--db", db, "--as", "sue")
    assert result.err == "a number and a person are two; name one of them\n"
    bad = dialer("dnc", "list", "--db", db, "--as", "sue", "--since", "yesterday")
    assert "--since is 'yesterday'; a time is ISO 8601 with a zone" in bad.err


def test_only_users_with_the_right_change_the_list(dialer: Dialer, db: Path) -> None:
    for command in (("add", "+442079460001"), ("remove", "+442079460002"), ("import", __file__)):
        refused = dialer("dnc", *command, "--db", db, "--as", "alf")
        assert refused.code == 2
        assert (
            "alf (agent) lacks the right manage-compliance; those who have it: ada, cora, sue" in refused.err
        )
    assert dialer("dnc", "add", "+442079460001", "--db", db, "--as", "cora").code == 0


def test_the_audit_log_has_counts_and_no_numbers(dialer: Dialer, db: Path) -> None:
    dialer("dnc", "add", "+442079460001", "--person", "P-1", "--db", db, "--as", "sue", "--note", "7946")
    out = dialer("audit", "list", "--db", db, "--as", "ada", "--json").out
    row = json.loads(out.splitlines()[-1])
    assert (row["user"], row["action"], row["count"]) == ("sue", "dnc add", 2)
    assert "7946" not in out
    with sqlite3.connect(db) as sql:
        lines = "".join(line for (line,) in sql.execute("SELECT line FROM journal"))
    sql.close()
    assert "79460001" not in lines
