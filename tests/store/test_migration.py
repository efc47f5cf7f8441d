"""A store of an older version is brought to this one's schema, and loses nothing that it knew."""

from pathlib import Path

from sqlite_utils import Database

from engine.store.connection import APPLICATION_ID, open_store
from engine.store.reading import reading
from engine.store.schema import MIGRATIONS

ENDED = 5_000_000


def store_of_the_first_version(path: Path) -> None:
    """Two leads: one answered at the second call, the other a machine and then an abandoned call."""
    db = Database(path)
    MIGRATIONS.apply(db, stop_before="m002_life_of_a_lead")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'customers', 0)")
    db.execute("INSERT INTO campaigns VALUES ('orders', 'stopped', '{}')")
    attempt = (
        "INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before, "
        "customer_attempts_before, started_at, ended_at, settled_at, ending, outcome, disposition) "
        "VALUES (?, 'orders', ?, ?, ?, 1, 0, 0, 0, ?, ?, ?, ?, ?)"
    )
    leg = (
        "INSERT INTO legs (id, attempt_id, side, intended_at, answered_at, ended_at) "
        "VALUES (?, ?, 'customer', 0, ?, ?)"
    )
    for lead, status in ((1, "COMPLETED"), (2, "CUSTOMER_FAILED")):
        db.execute(
            "INSERT INTO leads (id, list_id, key, imported_at, calls) VALUES (?, 1, ?, 0, 2)",
            (lead, f"l{lead}"),
        )
        db.execute(
            "INSERT INTO phones (id, lead_id, position, number, kind) VALUES (?, ?, 1, ?, 'mobile')",
            (lead, lead, f"+{lead}"),
        )
        db.execute(
            "INSERT INTO cases (id, campaign, lead_id, phone_id, status, calls) "
            "VALUES (?, 'orders', ?, ?, ?, 2)",
            (lead, lead, lead, status),
        )
    for number, lead, ending, outcome, code in (
        (1, 1, "customer-not-reached", "busy", "busy"),
        (2, 1, "connected", "answered", "sale"),
        (3, 2, "machine", "answered", "machine"),
        (4, 2, "abandoned", "answered", "abandoned"),
    ):
        ended = number * ENDED
        db.execute(attempt, (number, lead, lead, lead, ended, ended, ending, outcome, code))
        db.execute(leg, (number, number, None if outcome == "busy" else ended - 3_000_000, ended))
    db.conn.commit()
    db.close()


def test_what_was_not_kept_before_is_worked_out_from_the_attempts(tmp_path: Path) -> None:
    store_of_the_first_version(tmp_path / "old.db")
    sql = open_store(tmp_path / "old.db")
    history = "phone_count, last_attempt, last_disposition, last_duration, machine_at, abandoned_at"
    assert sql.execute(f"SELECT {history} FROM leads ORDER BY id").fetchall() == [
        (1, 2, "sale", 3_000_000, None, None),
        (1, 4, "abandoned", 3_000_000, 3 * ENDED, 4 * ENDED),
    ]
    cases = "SELECT final, exhausted, failures, reached_at FROM cases ORDER BY id"
    assert sql.execute(cases).fetchall() == [(1, 0, 1, 2 * ENDED), (0, 1, 1, 4 * ENDED)]
    sql.close()


def test_a_report_can_be_made_of_an_older_store(tmp_path: Path) -> None:
    store_of_the_first_version(tmp_path / "old.db")
    with reading(tmp_path / "old.db") as sql:
        assert sql.execute("SELECT count(*) FROM users").fetchone() == (0,)
