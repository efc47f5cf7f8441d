"""`dialer segments`: what it shows and changes, who may, and what it refuses."""

import json
from pathlib import Path

import pytest

from engine.store.audit import entries
from engine.store.connection import open_store
from tests.cli.commands import Dialer

SCENARIO = Path(__file__).parent.parent.parent / "scenarios" / "segments" / "out-holds-a-retry.yaml"
ADDED = """\
segments:
  cold: {lists: [customers], where: {attribute: score, at_most: 4}, reset_on_reentry: true}
"""


@pytest.fixture
def db(tmp_path: Path, dialer: Dialer) -> Path:
    """A store after a run: both leads are in the segment hot."""
    path = tmp_path / "run.db"
    assert dialer("run", SCENARIO, "--db", path, "--quiet").code == 0
    return path


def test_list_has_a_row_for_each_segment(db: Path, dialer: Dialer) -> None:
    (row,) = map(json.loads, dialer("segments", "list", "--db", db, "--json").out.splitlines())
    assert row["segment"] == "hot"
    assert (row["inside"], row["outside"], row["held"], row["reset_on_reentry"]) == (2, 0, 0, False)
    assert row["observed_at"].startswith("2026-03-02T16:20:00")
    assert "hot" in dialer("segments", "list", "--db", db).out
    assert dialer("segments", "list", "--db", db, "--csv", "-").out.startswith("segment,inside,outside,")


def test_show_tells_the_condition_and_the_setting(db: Path, dialer: Dialer) -> None:
    text = dialer("segments", "show", "hot", "--db", db).out
    assert "hot: list is customers and score at least 5" in text
    assert "a re-entry: changes nothing" in text
    assert "dialed by: offers" in text
    shown = json.loads(dialer("segments", "show", "hot", "--db", db, "--json").out)
    assert shown["condition"]["all"][1] == {"attribute": "score", "at_least": 5.0}
    assert (shown["inside"], shown["cases"], shown["closed"]) == (2, 2, 2)


def test_set_switches_the_setting_and_says_if_it_was_so(db: Path, dialer: Dialer) -> None:
    on = ("segments", "set", "hot", "--reset-on-reentry", "--db", db)
    assert dialer(*on).out == "hot: reset on re-entry is on\n"
    assert dialer(*on).out == "hot: reset on re-entry is on, as it was\n"
    assert (
        "begins a new cycle of attempts, for exits seen since"
        in dialer("segments", "show", "hot", "--db", db).out
    )
    off = dialer("segments", "set", "hot", "--no-reset-on-reentry", "--db", db)
    assert off.out == "hot: reset on re-entry is off\n"


def test_run_does_the_job_and_counts(db: Path, dialer: Dialer) -> None:
    assert dialer("segments", "run", "hot", "--db", db).out == "hot: nothing new\n"
    sql = open_store(db)
    sql.execute("UPDATE leads SET attributes = '{}' WHERE id = 1")
    sql.close()
    seen = json.loads(dialer("segments", "run", "hot", "--db", db, "--json").out)
    assert (seen["segment"], seen["left"], seen["entered"]) == ("hot", 1, 0)


def test_add_makes_segments_from_a_file_and_their_next_job_fills_them(
    db: Path, dialer: Dialer, tmp_path: Path
) -> None:
    file = tmp_path / "cold.yaml"
    file.write_text(ADDED, encoding="utf-8")
    assert dialer("segments", "add", file, "--db", db).out == "cold: list is customers and score at most 4\n"
    assert dialer("segments", "run", "cold", "hot", "--db", db).out == "cold: nothing new\nhot: nothing new\n"


def test_what_is_wrong_changes_nothing(db: Path, dialer: Dialer, tmp_path: Path) -> None:
    file = tmp_path / "cold.yaml"
    file.write_text("segments: {cold: {lists: [people]}}\n", encoding="utf-8")
    refusals = {
        ("segments", "show", "hut", "--db", db): "did you mean 'hot'?",
        ("segments", "run", "hot", "cold", "--db", db): "there is no segment 'cold'",
        ("segments", "run", "--db", db): "no segment is named",
        ("segments", "add", file, "--db", db): "list 'people' is not defined",
        ("segments", "set", "hot", "--reset-on-reentry", "--db", tmp_path / "no.db"): "no such file",
    }
    before = journal(db)
    for command, why in refusals.items():
        result = dialer(*command)
        assert result.code == 2
        assert why in result.err
    assert journal(db) == before


def journal(db: Path) -> int:
    sql = open_store(db)
    (lines,) = sql.execute("SELECT count(*) FROM journal").fetchone()
    sql.close()
    return int(lines)


def test_only_who_manages_segments_may_and_everything_is_audited(db: Path, dialer: Dialer) -> None:
    assert dialer("users", "add", "sue", "--role", "administrator", "--db", db).code == 0
    assert dialer("users", "add", "amy", "--role", "agent", "--db", db, "--as", "sue").code == 0
    refused = dialer("segments", "set", "hot", "--reset-on-reentry", "--db", db, "--as", "amy")
    assert refused.code == 2
    assert "amy (agent) lacks the right manage-segments" in refused.err
    assert dialer("segments", "set", "hot", "--reset-on-reentry", "--db", db, "--as", "sue").code == 0
    assert dialer("segments", "run", "hot", "--db", db, "--as", "sue").code == 0
    sql = open_store(db)
    rows = [(row.user, row.action, row.subject, row.count) for row in entries(sql, action="segments")]
    sql.close()
    assert rows[-2:] == [("sue", "segments set", "hot", None), ("sue", "segments run", "hot", 0)]
