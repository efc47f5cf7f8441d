"""What records say: every call once, everything that the journal tells of it, and nothing else."""

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.compliance.rules import RuleSet
from engine.config import regimes, rulebook
from engine.domain.time import MINUTE, SECOND, Instant
from engine.errors import InputError
from engine.journal.chain import GENESIS, link
from engine.store.connection import open_store
from engine.store.evidence.chained import Format
from engine.store.evidence.export import Wanted
from engine.store.evidence.records import ATTEMPT_FIELDS, NUMBERS, REFUSAL_FIELDS
from engine.store.operator_rules import apply_rules
from engine.store.reading import reading
from tests.evidence.day import CALLS, DAY, documents, exported, run
from tests.store.desks import command

START: Instant = 1_772_441_700 * SECOND
LIBRARY = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("evidence") / "day.db")


def calls(db: Path, wanted: Wanted = CALLS) -> dict[str, dict[str, Any]]:
    """Records of attempts by the lead's key."""
    with reading(db) as sql:
        keys = dict(sql.execute("SELECT id, key FROM leads").fetchall())
    found = documents(exported(db, wanted)[1])[1:-1]
    return {keys[record["lead"]]: record for record in found if record["kind"] == "attempt"}


def test_a_call_with_an_agent_has_every_moment_and_every_gate(db: Path) -> None:
    ann = calls(db)["ann"]
    assert (ann["campaign"], ann["mode"], ann["seller"], ann["subject"]) == (
        "sell", "progressive", "acme", "roofs",
    )  # fmt: skip
    assert (ann["jurisdictions"], ann["zones"], ann["line"]) == (["GB"], ["Europe/London"], "fixed")
    assert (ann["agent"], ann["caller_id"]) == ("eve", "+442079460999")
    moments = [
        ann[f"{name}_at"] for name in ("intended", "rang", "dialed", "answered", "agent", "ended", "settled")
    ]
    assert None not in moments
    assert ann["intended_local"] == [ann["intended_at"]]  # London keeps UTC in March
    assert ann["ring_limit_seconds"] == 25
    assert 7.9 < ann["ring_seconds"] < 8
    assert 1 < ann["agent_seconds"] < 1.1
    assert (ann["outcome"], ann["ending"], ann["counted_as"]) == ("answered", "connected", "connected")
    assert (ann["abandoned"], ann["person"], ann["crashed"]) == (False, True, False)
    assert set(ann["gates"].values()) == {"allow"}
    assert len(ann["gates"]) == 16
    assert {"UK-HOURS", "UK-TPS-28D"} < set(ann["rules_asked"])
    assert ann["known"]["registries"]["tps"][1] is False
    assert ann["gates_note"] is None


def test_an_abandoned_call_has_the_time_to_the_information_message(db: Path) -> None:
    cat = calls(db)["cat"]
    assert (cat["ending"], cat["abandoned"], cat["counted_as"]) == ("abandoned", True, "abandoned")
    assert (cat["message"], cat["message_seconds"], cat["waited_seconds"]) == ("information", 2, 2)
    assert (cat["agent_at"], cat["agent_seconds"]) == (None, None)


def test_a_call_that_nobody_answered_has_the_time_that_it_rang(db: Path) -> None:
    bob = calls(db)["bob"]
    assert (bob["answered_at"], bob["answered_local"], bob["outcome"]) == (None, None, "no-answer")
    assert 24.9 < bob["ring_seconds"] <= 25


def test_a_call_in_which_the_engine_died_says_so_and_knows_no_more_than_was_on_disk(db: Path) -> None:
    lea = calls(db)["lea"]
    assert (lea["crashed"], lea["outcome"], lea["ending"]) == (True, "unknown", "unknown")
    assert (lea["ended_at"], lea["answered_at"]) == (None, None)
    assert lea["settled_at"] is not None


def test_a_campaign_without_a_profile_has_the_engines_own_gates_and_no_rules(db: Path) -> None:
    pat = calls(db)["pat"]
    assert (pat["rules"], pat["rules_asked"], pat["zones"], pat["intended_local"]) == (None, [], [], [])
    assert (pat["message"], pat["message_seconds"], pat["ending"]) == ("reminder", 0, "served")
    assert set(pat["gates"].values()) == {"allow"}
    assert pat["counted_as"] is None


def test_refusals_say_which_gate_and_rule_and_until_when(db: Path) -> None:
    refusals = [each for each in documents(exported(db)[1]) if each["kind"] == "refusal"]
    said = [(each["gate"], each["reason"], each["rule"], each["until_at"]) for each in refusals]
    assert said == [
        ("dnc", "dnc-internal", "UK-OWN-DNC", None),
        ("place", "not-covered", None, None),
    ]
    dan, usa = refusals
    assert dan["gates"]["dnc"]["answer"] == "block"
    assert dan["gates"]["window"] == "allow"
    assert (usa["zones"], usa["refused_local"][0][-6:]) == (["America/New_York"], "-05:00")
    assert (dan["lead"], dan["phone"], usa["lead"], usa["phone"]) == (7, 7, 8, 8)
    assert not [each for each in documents(exported(db, CALLS)[1]) if each["kind"] == "refusal"]


def test_refusals_are_made_of_the_journal_alone(db: Path, tmp_path: Path) -> None:
    """Cases that are gone from the store are still in it."""
    path = tmp_path / "erased.db"
    path.write_bytes(db.read_bytes())
    text = exported(path)[1]
    with sqlite3.connect(path) as sql:
        sql.execute("DELETE FROM cases")
    sql.close()
    again = exported(path)[1]
    assert text.splitlines()[1:] == again.splitlines()[1:]


def test_a_dial_that_something_else_than_a_gate_refused_is_told_too(tmp_path: Path) -> None:
    """The campaign is paused while the agent looks at the lead."""
    text = DAY.replace("- {at: 20s, crash: {down_for: 1m}}", "- {at: 3s, campaign: {pause: rest}}")
    db = run(tmp_path / "paused.db", text)
    found = [each for each in documents(exported(db)[1]) if each["kind"] == "refusal"]
    (other,) = [each for each in found if each["gate"] is None]
    assert (other["campaign"], other["reason"]) == ("rest", "the campaign is not running")
    assert other["gates"] is None
    assert (other["lead"], other["phone"], other["case"]) == (1, 1, 3)
    assert "lea" not in calls(db)


def test_records_have_the_fields_that_are_described_in_their_order(db: Path) -> None:
    for text in (exported(db)[1], exported(db, Wanted(refusals=True, numbers=True))[1]):
        for record in documents(text)[1:-1]:
            fields = ATTEMPT_FIELDS if record["kind"] == "attempt" else REFUSAL_FIELDS
            named = [name for name in record if name not in (*NUMBERS, "hash")]
            assert named == [name for name in fields if name not in NUMBERS]


def test_numbers_and_keys_are_there_only_if_they_are_asked_for(db: Path) -> None:
    plain = exported(db)[1]
    for secret in ("+442079460001", "+12125550101", '"ann"', '"dan"'):
        assert secret not in plain
    with_numbers = calls(db, Wanted(numbers=True))
    assert {key: record["number"] for key, record in with_numbers.items()} == {
        "ann": "+442079460001",
        "bob": "+442079460002",
        "cat": "+442079460003",
        "pat": "+442079460005",
        "pia": "+442079460006",
        "lea": "+442079460007",
    }
    assert {record["lead_key"] for record in with_numbers.values()} == set(with_numbers)
    assert '"lead_key":"dan"' in exported(db, Wanted(refusals=True, numbers=True))[1]


def test_filters_leave_others_out(db: Path) -> None:
    assert set(calls(db, Wanted(campaign="remind"))) == {"pat", "pia"}
    with reading(db) as sql:
        (cat,) = sql.execute("SELECT id FROM leads WHERE key = 'cat'").fetchone()
        (dan,) = sql.execute("SELECT id FROM leads WHERE key = 'dan'").fetchone()
    assert set(calls(db, Wanted(leads=(cat,)))) == {"cat"}
    assert exported(db, Wanted(leads=(dan,), refusals=True))[0].refusals == 1
    early, late = Wanted(until=START + MINUTE), Wanted(since=START + MINUTE)
    assert set(calls(db, early)) == {"ann", "lea", "pat", "pia"}
    assert set(calls(db, late)) == {"bob", "cat"}
    assert exported(db, Wanted(campaign="remind", refusals=True))[0].refusals == 0


def test_the_first_line_says_which_journal_and_the_last_how_many(db: Path) -> None:
    done, text = exported(db)
    first, *records, last = documents(text)
    with reading(db) as sql:
        lines = sql.execute("SELECT epoch, seq, hash FROM journal ORDER BY rowid").fetchall()
    assert first["epochs"] == [1, 2]
    assert (first["lines"], tuple(first["first"]), tuple(first["last"])) == (len(lines), lines[0], lines[-1])
    assert first["wanted"]["refusals"] is True
    assert last["records"] == len(records) == done.records == done.attempts + done.refusals
    assert last["hash"] == done.hash
    assert [record["record"] for record in records] == list(range(1, len(records) + 1))


def test_each_record_names_its_lines_of_the_journal(db: Path) -> None:
    with reading(db) as sql:
        lines = {
            (epoch, seq): (digest, json.loads(line))
            for epoch, seq, digest, line in sql.execute("SELECT epoch, seq, hash, line FROM journal")
        }
    for record in documents(exported(db)[1])[1:-1]:
        assert record["journal"]
        for epoch, seq, digest in record["journal"]:
            assert lines[epoch, seq][0] == digest
            if "attempt" in lines[epoch, seq][1] and record["kind"] == "attempt":
                assert lines[epoch, seq][1]["attempt"] == record["attempt"]


def test_csv_says_the_same_a_column_each(db: Path) -> None:
    rows = list(csv.DictReader(exported(db, format=Format.CSV)[1].splitlines()))
    assert [row["kind"] for row in rows] == [each["kind"] for each in documents(exported(db)[1])]
    (ann,) = [row for row in rows if row["attempt"] and row["ending"] == "connected"]
    assert (ann["zones"], ann["amd"], ann["crashed"], ann["record"]) == ("Europe/London", "", "false", "3")
    assert json.loads(ann["gates"])["window"] == "allow"
    assert json.loads(rows[0]["facts"])["lines"] == json.loads(exported(db)[1].splitlines()[0])["lines"]


# --- every call, once -----------------------------------------------------------------------------

KINDS_OF_RUNS = [
    "crash/conversation-outlives-the-engine",
    "crash/in-wrap-up",
    "crash/while-the-agent-rings",
    "crash/while-the-customer-rings",
    "abandonment/crash-loses-who-was-called",
    "abandonment/machines-that-agents-meet",
    "abandonment/call-centre-has-lost-too-many",
    "amd/message-is-left-on-a-machine",
    "amd/verdict-too-late",
]


@pytest.mark.parametrize("name", KINDS_OF_RUNS)
def test_every_attempt_with_a_customers_leg_has_one_record_which_says_what_the_store_says(
    name: str, tmp_path: Path
) -> None:
    scenario = LIBRARY / f"{name}.yaml"
    db = run(tmp_path / "run.db", scenario.read_text("utf-8").replace("../", f"{LIBRARY}/"))
    records = documents(exported(db, CALLS)[1])[1:-1]
    with reading(db) as sql:
        rows = sql.execute(
            "SELECT a.id, a.ending, a.outcome, a.disposition, a.person, a.met, g.caller_id FROM attempts a "
            "JOIN legs g ON g.attempt_id = a.id AND g.side = 'customer' ORDER BY a.id"
        ).fetchall()
    assert rows
    said = sorted(
        (
            each["attempt"],
            each["ending"],
            each["outcome"],
            each["disposition"],
            each["person"],
            each["counted_as"],
            each["caller_id"],
        )
        for each in records
    )
    assert said == rows


def test_a_call_that_is_live_is_told_as_far_as_it_has_come(tmp_path: Path) -> None:
    db = run(tmp_path / "live.db")
    with sqlite3.connect(db) as sql:
        sql.execute("DELETE FROM journal WHERE epoch = 2")  # what the first engine knew when it died
    sql.close()
    lea = calls(db)["lea"]
    assert (lea["settled_at"], lea["ending"], lea["abandoned"], lea["counted_as"]) == (None,) * 4
    assert lea["rang_at"] is not None
    assert "ann" in calls(db)


# --- rules that are not at hand -------------------------------------------------------------------


def test_by_other_rules_the_journal_stands_alone(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = RuleSet(rule for rule in rulebook.shipped_rules().rules if rule.id != "UK-SCAN")
    monkeypatch.setattr(regimes, "shipped_rules", lambda: fewer)
    ann, pat = calls(db)["ann"], calls(db)["pat"]
    assert (ann["verdict"], ann["gates"], ann["rules_asked"]) == ("allow", None, None)
    said, here = ann["gates_note"].split("; ")
    assert (said, here) == (
        f"judged by rules {ann['rules']}",
        f"the software at hand has rules {fewer.version}",
    )
    assert pat["gates"] is not None


def test_an_operators_rules_are_those_of_their_time(tmp_path: Path) -> None:
    later = "overrides: {UK-HOURS: {remove: true, looser: true, reason: test}}\n"
    db = run(tmp_path / "day.db")
    sql = open_store(db)
    try:
        command(sql, "ada").apply(apply_rules(later, name="ours", by="ada"))
    finally:
        sql.close()
    ann = calls(db)["ann"]
    assert "UK-HOURS" in ann["rules_asked"]
    assert ann["gates"] is not None


@pytest.mark.parametrize(
    ("kind", "old", "new", "note"),
    [
        ("rules.in_force", '"operator":""', '"operator":"overrides: {NONE: {}}"', "has none of these"),
        ("engine.started", '"profiles":["uk-sales"]', '"profiles":["none"]', "has none of these"),
        ("engine.started", '"mode":"progressive"', '"mode":"telepathic"', "another version"),
        ("leg.intended", '"zones":["Europe/London"]', '"places":[]', "another version"),
    ],
)
def test_what_this_version_cannot_read_is_left_as_the_journal_has_it(
    tmp_path: Path, kind: str, old: str, new: str, note: str
) -> None:
    """Each line is changed, and the journal chained anew, as another version could have written it."""
    db = run(tmp_path / "other.db")
    sql = sqlite3.connect(db, isolation_level=None)
    rewrite(sql, kind, old, new)
    sql.close()
    ann = calls(db)["ann"]
    assert (ann["gates"], note in ann["gates_note"], ann["verdict"]) == (None, True, "allow")
    assert ann["ending"] == "connected"


def rewrite(sql: sqlite3.Connection, kind: str, old: str, new: str) -> None:
    """Change the lines of a kind, and make every hash anew."""
    heads: dict[int, str] = {}
    last = GENESIS
    for rowid, epoch, line in sql.execute("SELECT rowid, epoch, line FROM journal ORDER BY rowid").fetchall():
        text = line.replace(old, new) if f'"kind":"{kind}"' in line else line
        last = heads[epoch] = link(heads.get(epoch, last), text)
        sql.execute("UPDATE journal SET line = ?, hash = ? WHERE rowid = ?", (text, last, rowid))


# --- journals that prove nothing ------------------------------------------------------------------


def test_of_a_journal_that_was_changed_no_evidence_is_made(tmp_path: Path) -> None:
    db = run(tmp_path / "changed.db")
    with sqlite3.connect(db) as sql:
        sql.execute("UPDATE journal SET line = replace(line, 'no-answer', 'answered') WHERE epoch = 2")
    sql.close()
    with pytest.raises(InputError, match=r"line \d+ of the journal: was changed after it was written"):
        exported(db)


def test_of_a_line_that_was_moved_no_evidence_is_made(tmp_path: Path) -> None:
    db = run(tmp_path / "moved.db")
    with sqlite3.connect(db) as sql:
        sql.execute("UPDATE journal SET at = at + 1 WHERE epoch = 1 AND seq = 9")
    sql.close()
    with pytest.raises(InputError, match="the line kept under epoch 1, seq 9 says otherwise"):
        exported(db)


def test_a_store_that_has_never_run_has_no_evidence(tmp_path: Path) -> None:
    open_store(tmp_path / "new.db").close()
    with pytest.raises(InputError, match="has no journal yet"):
        exported(tmp_path / "new.db")
