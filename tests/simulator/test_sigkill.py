"""A real process is killed with SIGKILL in the middle of its calls, and another one takes up its store."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from engine.domain.words import CaseStatus
from engine.store.connection import open_store
from simulator import checkers
from simulator.world import World
from tests.simulator.doomed import LEADS, doomed
from tests.simulator.small_worlds import number

CLOSED: Final = {CaseStatus.COMPLETED, CaseStatus.AGENT_FAILED, CaseStatus.CUSTOMER_FAILED}
PATIENCE_S: Final = 60.0  # a machine that is busy with other things starts Python slowly
LOOK_S: Final = 0.003


def run_and_kill(store: Path, dials: Path, how: str, *, lines: int) -> None:
    """Run the doomed world in a process, and kill it once `lines` more lines are in the journal."""
    before = count(store)
    process = subprocess.Popen([sys.executable, "-m", "tests.simulator.doomed", str(store), str(dials), how])
    try:
        patience = time.monotonic() + PATIENCE_S
        while count(store) < before + lines:
            assert process.poll() is None, "the run was over before it could be killed"
            assert time.monotonic() < patience
            time.sleep(LOOK_S)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL


def count(store: Path) -> int:
    """The lines that another process sees on disk."""
    if not store.exists():
        return 0
    sql = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        (lines,) = sql.execute("SELECT COUNT(*) FROM journal").fetchone()
        assert isinstance(lines, int)
        return lines
    except sqlite3.OperationalError:  # the tables are not there yet
        return 0
    finally:
        sql.close()


def intact(sql: sqlite3.Connection) -> None:
    """The database and the chain are whole, and every attempt of the journal is in the store."""
    assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert sql.execute("PRAGMA foreign_key_check").fetchall() == []
    before = "0" * 64
    for line, digest in sql.execute("SELECT line, hash FROM journal ORDER BY epoch, seq"):
        before = sha256((before + line).encode()).hexdigest()
        assert before == digest
    started = (
        "SELECT line ->> '$.attempt' FROM journal WHERE line ->> '$.kind' = 'attempt.started' ORDER BY 1"
    )
    assert sql.execute(started).fetchall() == sql.execute("SELECT id FROM attempts ORDER BY id").fetchall()


def dialed(dials: Path) -> list[tuple[int, str]]:
    if not dials.exists():
        return []
    return [(int(leg), to) for leg, to in map(str.split, dials.read_text().splitlines())]


def finish(store: Path, dials: Path) -> int:
    """Another engine finishes the work, and nobody is called more often than the campaigns allow. Answers
    how many engines there were."""
    small = doomed()
    sql = open_store(store)
    try:
        intact(sql)
        placed = dialed(dials)
        meant = dict(sql.execute("SELECT id, number FROM legs WHERE number IS NOT NULL"))
        assert all(meant.get(leg) == to for leg, to in placed), "a phone rang without an intent on disk"
        settled = dict(sql.execute("SELECT id, status FROM attempts WHERE settled_at IS NOT NULL"))
        run = World(small.configuration, small.plan, sql, resume=True)
        watching = checkers.attach(run)
        run.run()
        watching.finish(sql)
        intact(sql)
        after = dict(sql.execute("SELECT id, status FROM attempts"))
        assert settled.items() <= after.items()
        statuses = {status for (status,) in sql.execute("SELECT status FROM cases")}
        assert statuses <= CLOSED
        rang = Counter(to for _, to in placed)
        most = sum(campaign.customer_attempts.max for campaign in small.configuration.campaigns.values())
        for lead, calls in sql.execute("SELECT id, calls FROM leads"):
            assert rang[number(lead)] <= calls <= most
        assert sql.execute("SELECT COUNT(*) FROM leads").fetchone() == (LEADS,)
        (engines,) = sql.execute("SELECT COUNT(*) FROM engines").fetchone()
        assert isinstance(engines, int)
        return engines
    finally:
        sql.close()


@pytest.mark.parametrize("lines", [1, 30, 120, 300])
def test_a_killed_process_loses_no_attempt_and_another_finishes_the_work(tmp_path: Path, lines: int) -> None:
    store, dials = tmp_path / "run.db", tmp_path / "dials"
    run_and_kill(store, dials, "new", lines=lines)
    assert finish(store, dials) == 2


def test_processes_killed_one_after_the_other_lose_no_attempt(tmp_path: Path) -> None:
    store, dials = tmp_path / "run.db", tmp_path / "dials"
    run_and_kill(store, dials, "new", lines=60)
    for lines in (5, 60):
        run_and_kill(store, dials, "resume", lines=lines)
    assert finish(store, dials) == 4
