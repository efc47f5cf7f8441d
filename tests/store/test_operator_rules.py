"""The operator's rules in the store: the newest row is in force, whole or not at all, and nothing is kept
silent."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.compliance.rules import RuleSet
from engine.compliance.terms import Ring
from engine.config.rulebook import shipped_rules
from engine.domain.rights import Right, Role
from engine.domain.time import SECOND
from engine.errors import InputError, NotPermitted, StoreError
from engine.journal import events as e
from engine.store.audit import entries, verify
from engine.store.gates_wake import ask_in_portions
from engine.store.operator_rules import (
    NOTHING,
    applied_rules,
    apply_rules,
    operator_in_force,
    rules_in_force,
)
from tests.store.desks import command, hire, open_desk

STRICTER = "overrides: {US-FCC-RING: {least: 20s, reason: house policy}}\n"
LOOSER = "overrides: {US-FCC-RING: {least: 10s, looser: true, reason: counsel}}\n"
SHIPPED = Ring(least=15 * SECOND)


@pytest.fixture
def sql(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with open_desk(tmp_path) as connection:
        yield connection


def put(sql: sqlite3.Connection, text: str, user: str | None = None) -> None:
    desk = command(sql, user)
    desk.apply(apply_rules(text, name="ours.yaml", by=desk.user))


def ring(rules: RuleSet) -> object:
    return rules["US-FCC-RING"].terms


def test_the_shipped_rules_hold_until_something_is_applied_and_after_it_is_removed(
    sql: sqlite3.Connection,
) -> None:
    assert applied_rules(sql) is None
    assert operator_in_force(sql) is None
    assert rules_in_force(sql).version == shipped_rules().version
    put(sql, STRICTER)
    assert ring(rules_in_force(sql)) == Ring(least=20 * SECOND)
    put(sql, NOTHING)
    assert operator_in_force(sql) is None
    assert ring(rules_in_force(sql)) == SHIPPED


def test_the_newest_text_stands_instead_of_the_one_before(sql: sqlite3.Connection) -> None:
    put(sql, STRICTER)
    put(sql, "overrides: {UK-RING-15S: {least: 20s}}\n")
    assert ring(rules_in_force(sql)) == SHIPPED
    applied = applied_rules(sql)
    assert applied is not None
    assert (applied.id, applied.user, applied.version) == (2, "operator", rules_in_force(sql).version)


def test_the_journal_tells_which_rules_came_into_force(sql: sqlite3.Connection) -> None:
    put(sql, STRICTER)
    put(sql, NOTHING)
    told = [
        json.loads(line)
        for (line,) in sql.execute("SELECT line FROM journal ORDER BY rowid")
        if e.RulesInForce.KIND in line
    ]
    assert [line["operator"] for line in told] == [STRICTER, NOTHING]
    assert told[0]["version"] != told[1]["version"] == shipped_rules().version


def test_each_override_is_audited_with_what_it_changes_and_why(sql: sqlite3.Connection) -> None:
    put(sql, LOOSER)
    put(sql, "overrides: {UK-RING-15S: {least: 20s, reason: house}}\n")
    rows = [(row.action, row.subject, row.count) for row in entries(sql)]
    assert rows == [
        ("rules apply", "operator's rules", 1),
        ("rules override", "US-FCC-RING", None),
        ("rules apply", "operator's rules", 1),
        ("rules override", "UK-RING-15S", None),
        ("rules withdraw", "US-FCC-RING", None),
    ]
    assert list(entries(sql))[1].details == {
        "effect": "looser",
        "before": "an unanswered call rings at least 15 s",
        "after": "an unanswered call rings at least 10 s",
        "reason": "counsel",
    }
    assert verify(sql).whole


def test_every_change_is_audited_with_what_it_was_and_what_it_is(sql: sqlite3.Connection) -> None:
    own = (
        "reviewed: 2026-11-22\nrules: {OURS: {kind: cap, summary: Few., calls: %d, days: 1, per: [person]}}\n"
    )
    day = "proclamations: [{jurisdiction: US-LA, day: 2027-01-08, note: by statute}]\n"
    storm = "emergencies: [{jurisdiction: US-LA, starts: 2026-09-01T00:00:00Z%s}]\n"
    put(sql, STRICTER + own % 3 + day + storm % ", note: storm")
    put(sql, own % 2 + day + storm % ", ends: 2026-09-05T00:00:00Z")
    put(sql, NOTHING)
    rows = [
        (row.action, row.subject, row.details["before"], row.details["after"])
        for row in entries(sql)
        if row.action != "rules apply"
    ]
    fifteen, twenty = (f"an unanswered call rings at least {seconds} s" for seconds in (15, 20))
    three, two = (f"at most {calls} calls on a local day per person" for calls in (3, 2))
    open_end = "from 2026-09-01T00:00:00Z until further notice (storm)"
    ended = "from 2026-09-01T00:00:00Z until 2026-09-05T00:00:00Z"
    assert rows == [
        ("rules override", "US-FCC-RING", fifteen, twenty),
        ("rules own", "OURS", None, three),
        ("rules proclaim", "US-LA", None, "2027-01-08 (by statute)"),
        ("rules emergency", "US-LA", None, open_end),
        ("rules withdraw", "US-FCC-RING", twenty, fifteen),
        ("rules own", "OURS", three, two),
        ("rules emergency", "US-LA", open_end, ended),
        ("rules own", "OURS", two, None),
        ("rules proclaim", "US-LA", "2027-01-08 (by statute)", None),
        ("rules emergency", "US-LA", ended, None),
    ]
    assert verify(sql).whole


def test_a_looser_override_takes_the_right_in_the_transaction_that_makes_it(sql: sqlite3.Connection) -> None:
    hire(sql, "ada", Role.ADMINISTRATOR)
    hire(sql, "sue", Role.SUPERVISOR, by="ada")
    put(sql, STRICTER, "sue")
    before = list(entries(sql))
    with pytest.raises(NotPermitted) as refused:
        put(sql, LOOSER, "sue")
    assert refused.value.problems == [
        f"sue (supervisor) lacks the right {Right.OVERRIDE_COMPLIANCE}; those who have it: ada",
        "that right is for making rules looser: US-FCC-RING",
    ]
    assert list(entries(sql)) == before
    assert ring(rules_in_force(sql)) == Ring(least=20 * SECOND)
    put(sql, LOOSER, "ada")
    assert ring(rules_in_force(sql)) == Ring(least=10 * SECOND)


def test_what_gates_hold_is_judged_anew_by_the_new_rules(sql: sqlite3.Connection) -> None:
    for statement in (
        "INSERT INTO lists (id, name, created_at) VALUES (1, 'people', 0)",
        "INSERT INTO leads (id, list_id, key, imported_at) VALUES (1, 1, 'ann', 0)",
        "INSERT INTO phones VALUES (1, 1, 1, '+442079460001', 'fixed-line', NULL)",
        "INSERT INTO cases (id, campaign, lead_id, phone_id, waits_for, wanted_at) "
        "VALUES (1, 'offers', 1, 1, 'gate', 7)",
    ):
        sql.execute(statement)
    put(sql, STRICTER)
    desk = command(sql)
    assert ask_in_portions(sql, desk.apply) == 1
    (held,) = sql.execute("SELECT waits_for, due_at IS NULL FROM cases").fetchall()
    assert held == (None, 0)
    assert ask_in_portions(sql, desk.apply) == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("overrides: {US-FCC-RING: {least: 10s}}\n", "ours.yaml:1:13: .* is looser than the rule"),
        ("overrides: {US-FCC-RNG: {least: 20s}}\n", "did you mean 'US-FCC-RING'"),
        ("rules: {UK-HOURS: {kind: ban, summary: No.}}\nreviewed: 2026-11-22\n", "exists already"),
    ],
)
def test_a_wrong_text_is_refused_and_nothing_is_changed(
    sql: sqlite3.Connection, text: str, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        put(sql, text)
    assert applied_rules(sql) is None
    assert list(entries(sql)) == []


def test_rules_that_a_newer_version_cannot_read_stop_who_asks_and_can_be_mended(
    sql: sqlite3.Connection,
) -> None:
    gone = "overrides: {US-GONE: {least: 20s}}\n"
    sql.execute("INSERT INTO operator_rules VALUES (1, 0, 'ada', ?, '', '')", (gone,))
    with pytest.raises(StoreError, match=r"rule 'US-GONE' is not defined.*'dialer rules apply'"):
        rules_in_force(sql)
    put(sql, STRICTER)
    assert ring(rules_in_force(sql)) == Ring(least=20 * SECOND)
    assert [row.action for row in entries(sql)] == ["rules apply", "rules override"]
