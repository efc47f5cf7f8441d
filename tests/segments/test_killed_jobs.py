"""kill -9 in the middle of a segment job: all of it is there, or nothing."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from engine.domain.lists import InlineLead
from engine.store.connection import open_store
from engine.store.leads import import_leads
from engine.store.segments import configure_segments
from tests.segments.ward import HOT
from tests.virtual import START

LEADS: Final = 400
PATIENCE_S: Final = 60.0  # a busy machine starts Python slowly
LOOK_S: Final = 0.001
KILLS: Final = 6


def made(path: Path) -> None:
    sql = open_store(path)
    people = [InlineLead(key=f"l{n}", phones=(f"+4420794600{n % 100:02}",)) for n in range(LEADS)]
    import_leads(sql, people, list_name="people", now=START)
    configure_segments(sql, [HOT], {"offers": ["hot"]}, START)
    sql.close()


def run_and_kill(path: Path, wait_s: float) -> None:
    """Kill the process some time after its next job is on disk: in the middle of another."""
    before = jobs(path)
    process = subprocess.Popen([sys.executable, "-m", "tests.segments.doomed_jobs", str(path)])
    try:
        patience = time.monotonic() + PATIENCE_S
        while jobs(path) == before:
            assert process.poll() is None, "the jobs were over before they could be killed"
            assert time.monotonic() < patience
            time.sleep(LOOK_S)
        time.sleep(wait_s)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL


def jobs(path: Path) -> int:
    sql = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        (count,) = sql.execute("SELECT count(*) FROM audit").fetchone()
        return int(count)
    finally:
        sql.close()


def judge(path: Path) -> int:
    """What the store says of the last job is what every job does as a whole; how many jobs there were."""
    sql = open_store(path)
    try:
        assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (done,) = sql.execute("SELECT count(*) FROM audit WHERE action = 'segments run'").fetchone()
        states = sql.execute("SELECT DISTINCT inside, since FROM memberships").fetchall()
        assert len(states) == 1, "every lead was seen by the same job"
        assert states[0][0] == done % 2
        cycles = sql.execute("SELECT cycle, waits_for, count(*) FROM cases GROUP BY 1, 2").fetchall()
        held = None if done % 2 else "segment"
        assert cycles == [((done + 1) // 2, held, LEADS)]
        told = [
            json.loads(line)
            for (line,) in sql.execute(
                "SELECT line FROM journal WHERE instr(line, 'segment.observed') ORDER BY rowid"
            )
        ]
        assert sum(len(line["entered"]) + len(line["left"]) for line in told) == done * LEADS
        return int(done)
    finally:
        sql.close()


@pytest.mark.parametrize("step_s", [0.004])
def test_a_killed_job_is_done_as_a_whole_or_not_at_all(tmp_path: Path, step_s: float) -> None:
    store = tmp_path / "store.db"
    made(store)
    done = 0
    for kill in range(KILLS):
        run_and_kill(store, kill * step_s)
        after = judge(store)
        assert after > done
        done = after
