"""`dialer evidence`: who may take it out of the house, what is told of it, and the check of it."""

import json
import sqlite3
from pathlib import Path

import pytest

from engine.store.evidence.chained import Chained, Format, text_of
from tests.cli.commands import Dialer
from tests.evidence.day import run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("evidence") / "day.db")


@pytest.fixture
def db(made: Path, tmp_path: Path) -> Path:
    """A store of its own, with users."""
    path = tmp_path / "day.db"
    path.write_bytes(made.read_bytes())
    return path


def test_an_export_to_a_file_is_verified_and_audited(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    made = dialer("evidence", "export", "--db", db, "--out", file, "--refusals", "--as", "vera")
    first, second = made.out.splitlines()
    assert first.startswith(f"{file}: 6 attempts and 2 refusals, from ")
    digest = second.removeprefix("hash ")
    alone = dialer("evidence", "verify", file)
    assert (alone.code, alone.out) == (0, f"{file}: 8 records are as they were written\nhash {digest}\n")
    against = dialer("evidence", "verify", file, "--db", db, "--as", "sue")
    assert against.code == 0
    assert f"{file}: 8 records are what the journal of {db} says\n" in against.out
    assert "exported by vera at " in against.out
    row = json.loads(dialer("audit", "list", "--db", db, "--as", "ada", "--json").out.splitlines()[-1])
    assert (row["user"], row["action"], row["subject"], row["count"]) == ("vera", "evidence export", "", 8)
    assert row["details"] == {
        "format": "jsonl",
        "hash": digest,
        "leads": None,
        "numbers": False,
        "refusals": True,
        "since": None,
        "until": None,
    }
    assert dialer("audit", "verify", "--db", db, "--as", "ada").code == 0


def test_an_export_of_which_the_audit_log_does_not_tell_is_warned_of(
    dialer: Dialer, made: Path, db: Path, tmp_path: Path
) -> None:
    """Its records are right; but nobody here made it."""
    file = tmp_path / "day.jsonl"
    assert dialer("evidence", "export", "--db", db, "--out", file, "--as", "vera").code == 0
    again = dialer("evidence", "verify", file, "--db", made, "--as", "sue")
    assert again.code == 1
    assert f"6 records are what the journal of {made} says\n" in again.out
    assert f"warning: the audit log of {made} does not tell of this export\n" in again.out
    told = json.loads(dialer("evidence", "verify", file, "--db", made, "--as", "sue", "--json").out)
    assert (told["whole"], told["proved"], told["exported"]) == (True, False, None)
    older = tmp_path / "older.jsonl"
    older.write_text(as_another_version(file.read_text()))
    told_older = dialer("evidence", "verify", older, "--db", made, "--as", "sue")
    assert "the gates of 6 records were asked by another version, and not again\n" in told_older.out


def as_another_version(text: str) -> str:
    """The export as a version writes it that has not got the rules."""
    made = Chained(Format.JSONL)
    lines = []
    for line in text.splitlines():
        document = json.loads(line)
        del document["hash"]
        if document["kind"] == "journal":
            document["version"] = "0.0.9"
        elif document["kind"] == "attempt":
            document |= {"gates": None, "rules_asked": None, "gates_note": "judged by other rules"}
        lines.append(made.line(text_of(document, Format.JSONL)))
    return "".join(lines)


def test_a_changed_byte_makes_the_check_fail_and_is_named(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    assert dialer("evidence", "export", "--db", db, "--out", file, "--as", "vera").code == 0
    text = file.read_text()
    file.write_text(text.replace('"outcome":"busy"', '"outcome":"fusy"'))
    broken = dialer("evidence", "verify", file)
    assert broken.code == 1
    assert broken.out.startswith(f"{file}:2: record 1 is not as it was written: ")
    told = json.loads(dialer("evidence", "verify", file, "--db", db, "--as", "sue", "--json").out)
    assert (told["whole"], told["records"], told["hash"]) == (False, 0, "")
    assert dialer("evidence", "verify", tmp_path / "none").code == 2


def test_standard_output_has_the_export_alone(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    as_vera = ("--db", db, "--as", "vera")
    out = dialer("evidence", "export", *as_vera, "--campaign", "remind")
    kinds = [json.loads(line)["kind"] for line in out.out.splitlines()]
    assert kinds == ["journal", "attempt", "attempt", "end"]
    assert out.err.startswith("evidence: 2 attempts, from ")
    file = tmp_path / "day.csv"
    file.write_text(dialer("evidence", "export", *as_vera, "--format", "csv", "--lead", "ann").out)
    told = json.loads(dialer("evidence", "verify", file, "--json", "--db", db, "--as", "vera").out)
    assert (told["whole"], told["records"], told["broken"]) == (True, 1, None)
    assert "exported by vera" in told["exported"]


def test_json_tells_of_the_file(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    given = ("evidence", "export", "--db", db, "--as", "vera", "--since", "2026-03-02T08:56:00Z", "--json")
    file = tmp_path / "late.jsonl"
    told = json.loads(dialer(*given, "--until", "2026-03-03", "--out", file).out)
    assert (told["file"], told["format"], told["records"], told["refusals"]) == (str(file), "jsonl", 2, 0)
    assert told["hash"] in file.read_text()
    assert dialer(*given).err == "--json tells of a file: name it with --out\n"


def test_numbers_take_a_right_and_are_audited(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    file = tmp_path / "numbers.jsonl"
    given = ("evidence", "export", "--db", db, "--numbers", "--out", file, "--as")
    refused = dialer(*given, "vera")
    assert (refused.code, file.exists()) == (2, False)
    assert "vera (agent) lacks the right manage-compliance" in refused.err
    assert dialer(*given, "sue").code == 0
    assert "+442079460001" in file.read_text()
    row = json.loads(dialer("audit", "list", "--db", db, "--as", "ada", "--json").out.splitlines()[-1])
    assert (row["user"], row["details"]["numbers"]) == ("sue", True)


@pytest.mark.parametrize(
    "command",
    [("export",), ("retention",), ("verify", "FILE")],
)
def test_evidence_is_shown_only_to_those_who_see_reports(
    dialer: Dialer, db: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "day.jsonl"
    assert dialer("evidence", "export", "--db", db, "--out", file, "--as", "vera").code == 0
    words = [str(file) if word == "FILE" else word for word in command]
    refused = dialer("evidence", *words, "--db", db, "--as", "alf")
    assert (refused.code, refused.out) == (2, "")
    assert "alf (agent) lacks the right see-reports" in refused.err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--campaign", "cell"), "there is no campaign 'cell'; did you mean 'sell'?"),
        (("--lead", "anna"), "there is no lead 'anna' on any list"),
        (("--since", "yesterday"), "--since is 'yesterday'"),
        (("--since", "2026-11-25", "--until", "2026-11-24"), "--until is not after --since"),
        (("--since", "2026-11-25", "--until", "2026-11-25T00:00:00Z"), "--until is not after --since"),
        (("--out", "none/day.jsonl"), "there is no folder 'none'"),
        (("--format", "xml"), "xml"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_audited(
    dialer: Dialer, db: Path, options: tuple[str, ...], problem: str
) -> None:
    result = dialer("evidence", "export", "--db", db, "--as", "vera", *options)
    assert (result.code, result.out) == (2, "")
    assert problem in result.err
    assert "evidence" not in dialer("audit", "list", "--db", db, "--as", "ada").out


def test_a_broken_journal_leaves_no_file_and_no_audit(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    with sqlite3.connect(db) as sql:
        sql.execute("UPDATE journal SET line = replace(line, 'busy', 'fusy')")
    sql.close()
    file = tmp_path / "day.jsonl"
    result = dialer("evidence", "export", "--db", db, "--as", "vera", "--out", file)
    assert (result.code, list(tmp_path.glob("*.jsonl*"))) == (2, [])
    assert "of the journal: was changed after it was written" in result.err
    assert "evidence" not in dialer("audit", "list", "--db", db, "--as", "ada").out


def test_retention_tells_how_long_the_rules_ask(dialer: Dialer, db: Path) -> None:
    rows = [
        json.loads(line)
        for line in dialer("evidence", "retention", "--db", db, "--as", "vera", "--json").out.splitlines()
    ]
    assert [(row["campaign"], row["rule"], row["months"], row["attempts"]) for row in rows] == [
        ("remind", None, None, 2),
        ("rest", None, None, 1),
        ("sell", "UK-RECORDS", 6, 3),
    ]
    csv = dialer("evidence", "retention", "--db", db, "--as", "vera", "--campaign", "sell", "--csv", "-").out
    assert csv.splitlines()[1].startswith("sell,UK-RECORDS,GB,2010 statement,medium,6,yes,3,")
    assert dialer("evidence", "retention", "--db", db, "--as", "vera", "--campaign", "x").code == 2
