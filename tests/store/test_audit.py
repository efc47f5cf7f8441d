"""What is in the audit log stays there, as it was written, or it shows."""

import json
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.errors import StoreUnavailable
from engine.journal.export import verify as verify_journal
from engine.store.audit import GENESIS, audit, entries, verify
from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.transaction import Transaction
from tests.store.desks import NOW, command, open_desk


@pytest.fixture
def sql(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with open_desk(tmp_path) as opened:
        yield opened


def write(desk: Command, action: str, subject: str, count: int | None = None, **details: object) -> int:
    return desk.apply(
        lambda tx: audit(tx, user=desk.user, action=action, subject=subject, count=count, **details)
    )


@pytest.fixture
def log(sql: sqlite3.Connection) -> sqlite3.Connection:
    """Five rows."""
    desk = command(sql, "sue", "a command", at=NOW)
    write(desk, "ownership release", "customers", 3, campaigns=["orders", "offers"])
    write(desk, "ownership release", "prospects", 0)
    write(command(sql, "ada", at=NOW + 60), "ownership", "customers")
    write(command(sql, "ada", at=NOW + 70), "ownerships", "customers")
    write(command(sql, "ann", at=NOW + 80), "leads reset", "customers", 7, zero=True, from_="1 März")
    return sql


def open_for_forgery(sql: sqlite3.Connection) -> None:
    sql.execute("DROP TRIGGER audit_is_never_changed")
    sql.execute("DROP TRIGGER audit_is_never_shortened")


def ids(sql: sqlite3.Connection, **filters: object) -> list[int]:
    return [entry.id for entry in entries(sql, **filters)]  # type: ignore[arg-type]


def test_a_row_says_who_did_what_when_to_what_and_how_many(log: sqlite3.Connection) -> None:
    first, *_, last = entries(log)
    assert first.as_json() == {
        "id": 1,
        "at": "2026-03-02T09:00:00Z",
        "user": "sue",
        "action": "ownership release",
        "subject": "customers",
        "count": 3,
        "details": {"campaigns": ["orders", "offers"]},
    }
    assert (last.id, last.details) == (5, {"from_": "1 März", "zero": True})


def test_rows_are_found_by_user_action_subject_and_time(log: sqlite3.Connection) -> None:
    assert ids(log, user="ada") == [3, 4]
    assert ids(log, action="ownership release") == [1, 2]
    assert ids(log, action="ownership") == [1, 2, 3], "a word stands for all actions that begin with it"
    assert ids(log, subject="prospects") == [2]
    assert ids(log, since=NOW + 60) == [3, 4, 5], "since is inclusive"
    assert ids(log, until=NOW + 60) == [1, 2], "until is not"
    assert ids(log, user="ada", since=NOW + 61, until=NOW + 71) == [4]
    assert ids(log, user="nobody") == []


def test_a_log_that_nobody_touched_is_whole(log: sqlite3.Connection) -> None:
    result = verify(log)
    assert (result.whole, result.rows, result.text) == (
        True,
        5,
        "5 rows of the audit log are as they were written",
    )
    assert verify(open_store(":memory:")).whole, "an empty one too"


def test_the_log_refuses_to_be_changed_or_shortened(log: sqlite3.Connection) -> None:
    for statement in ("UPDATE audit SET user = 'ada'", "DELETE FROM audit WHERE id = 5"):
        with pytest.raises(sqlite3.IntegrityError, match="the audit log is only added to"):
            log.execute(statement)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit SET user = 'ada' WHERE id = 2",
        "UPDATE audit SET at = at + 1 WHERE id = 2",
        "UPDATE audit SET action = 'ownership' WHERE id = 2",
        "UPDATE audit SET subject = 'x' WHERE id = 2",
        "UPDATE audit SET count = 1 WHERE id = 2",
        "UPDATE audit SET count = NULL WHERE id = 2",
        "UPDATE audit SET details = '{ }' WHERE id = 2",
        "UPDATE audit SET hash = upper(hash) WHERE id = 2",
        "UPDATE audit SET hash = (SELECT hash FROM audit WHERE id = 1) WHERE id = 2",
    ],
)
def test_a_row_that_was_changed_is_named(log: sqlite3.Connection, forgery: str) -> None:
    open_for_forgery(log)
    log.execute(forgery)
    result = verify(log)
    assert (result.rows, result.broken) == (1, 2)
    assert result.text.startswith("row 2 was changed after it was written")


@pytest.mark.parametrize("row", [1, 3])
def test_a_row_that_was_removed_is_named(log: sqlite3.Connection, row: int) -> None:
    open_for_forgery(log)
    log.execute("DELETE FROM audit WHERE id = ?", (row,))
    assert verify(log).text == f"row {row} is missing: it was removed"


def test_rows_that_were_numbered_anew_after_one_was_removed_show(log: sqlite3.Connection) -> None:
    open_for_forgery(log)
    log.execute("DELETE FROM audit WHERE id = 2")
    for row in (3, 4, 5):
        log.execute("UPDATE audit SET id = id - 1 WHERE id = ?", (row,))
    assert verify(log).broken == 2


def test_rows_that_were_cut_off_at_the_end_are_known_from_the_journal(log: sqlite3.Connection) -> None:
    open_for_forgery(log)
    log.execute("DELETE FROM audit WHERE id > 3")
    assert verify(log).text == "row 4 is missing: the journal tells of it, and the log was cut off"


def rehash(sql: sqlite3.Connection) -> None:
    """What a forger does who knows how the log is made."""
    before = GENESIS
    for *row, _ in sql.execute(
        "SELECT id, at, user, action, subject, count, details, hash FROM audit ORDER BY id"
    ).fetchall():
        text = json.dumps(row, separators=(",", ":"), ensure_ascii=False)
        before = sha256((before + text).encode()).hexdigest()
        sql.execute("UPDATE audit SET hash = ? WHERE id = ?", (before, row[0]))


def test_a_log_whose_hashes_were_made_again_differs_from_the_journal(log: sqlite3.Connection) -> None:
    open_for_forgery(log)
    rehash(log)
    assert verify(log).whole, "the forger's way is the log's own"
    log.execute("UPDATE audit SET count = 0 WHERE id = 5")
    rehash(log)
    assert verify(log).text == "row 5 is not the one that the journal tells of"


def test_a_row_that_was_slipped_in_differs_from_the_journal(log: sqlite3.Connection) -> None:
    log.execute("INSERT INTO audit VALUES (6, ?, 'eve', 'leads reset', 'x', 1, '{}', '')", (NOW + 90,))
    open_for_forgery(log)
    rehash(log)
    assert verify(log).text == "row 6 is not the one that the journal tells of"


@given(
    rows=st.lists(
        st.tuples(
            st.text(),
            st.text(),
            st.none() | st.integers(-(2**62), 2**62),
            st.dictionaries(st.text(min_size=1), st.none() | st.booleans() | st.integers() | st.text()),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_written_is_read_back_and_whole(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, int | None, dict[str, object]]],
) -> None:
    def writable(text: str) -> str:
        return text.encode(errors="replace").decode()

    with open_desk(tmp_path_factory.mktemp("log")) as sql:
        desk = command(sql)
        clean = [
            (
                writable(action),
                writable(subject),
                count,
                {"x" + writable(k): writable(v) if isinstance(v, str) else v for k, v in details.items()},
            )
            for action, subject, count, details in rows
        ]
        for action, subject, count, details in clean:
            write(desk, action, subject, count, **details)
        assert verify(sql).whole
        assert [(one.action, one.subject, one.count, one.details) for one in entries(sql)] == clean


# --- commands -------------------------------------------------------------------------------------


def test_a_change_that_audits_nothing_is_audited_by_the_commands_name(sql: sqlite3.Connection) -> None:
    desk = command(sql, "sue", "leads tidy")
    assert desk.apply(lambda tx: 7) == 7
    desk.apply(lambda tx: None)
    (entry,) = entries(sql)
    assert (entry.user, entry.action, entry.subject) == ("sue", "leads tidy", "")


def test_a_change_that_audits_is_not_audited_twice(sql: sqlite3.Connection) -> None:
    desk = command(sql, "sue", "ownership release")
    write(desk, "ownership release", "customers", 3)
    assert ids(sql) == [1]


def test_a_change_that_fails_leaves_neither_line_nor_row(log: sqlite3.Connection) -> None:
    def fails(tx: Transaction) -> None:
        audit(tx, user="sue", action="x", subject="y")
        raise ZeroDivisionError

    desk = command(log, "sue", at=NOW + 100)
    before = log.execute("SELECT count(*) FROM journal").fetchone()
    with pytest.raises(ZeroDivisionError):
        desk.apply(fails)
    assert ids(log) == [1, 2, 3, 4, 5]
    assert log.execute("SELECT count(*) FROM journal").fetchone() == before
    write(desk, "x", "z")
    assert verify(log).whole
    assert verify_journal(log) == before[0] + 2


def test_a_command_is_never_earlier_than_the_journals_last_line(log: sqlite3.Connection) -> None:
    desk = command(log, at=NOW - 1_000_000)
    assert write(desk, "late", "x") == 6
    assert list(entries(log))[-1].at == NOW + 80


def test_a_store_that_another_command_keeps_busy_is_told(
    log: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.connection.BUSY_TIMEOUT_S", 0.01)
    log.execute("BEGIN IMMEDIATE")
    other = open_store(tmp_path / "desk.db", durable=False)
    desk = command(other, "sue")
    with pytest.raises(StoreUnavailable) as caught:
        desk.apply(lambda tx: None)
    assert str(caught.value) == (
        "the store did not take the change: an engine or another command has been writing to it for 0.01 s; "
        "nothing was changed, so try again"
    )
    log.execute("ROLLBACK")
    desk.apply(lambda tx: None)
    assert ids(log) == [1, 2, 3, 4, 5, 6]
    assert verify(log).whole
    other.close()
