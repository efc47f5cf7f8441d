"""Several processes on one store: one owner for each lead, and a release that is whole or nothing."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from engine.domain.lists import OwnershipPolicy
from engine.journal.chain import GENESIS, link
from engine.store.audit import verify
from engine.store.connection import open_store
from tests.ownership.shop import fill, policy

LEADS: Final = 60
RUNS_MAX: Final = 5
OWNED: Final = 3_000
PATIENCE_S: Final = 60.0  # a machine that is busy with other things starts Python slowly
FOR_EVER: Final = OwnershipPolicy(enabled=True)


def started(module: str, *arguments: str) -> "subprocess.Popen[str]":
    """The process, once it says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.ownership.{module}", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_that_want_the_same_leads_at_once_make_one_owner_of_each(tmp_path: Path) -> None:
    folders = (tmp_path / str(run) for run in range(RUNS_MAX))
    raced = any(map(both_owned_some, folders))
    assert raced, "one process was always done before the other began: that is no race"


def both_owned_some(folder: Path) -> bool:
    """Two processes call the leads of a store; each lead has one owner, who alone called it."""
    folder.mkdir()
    store, go = folder / "store.db", folder / "go"
    sql = open_store(store)
    names = ("news", "offers")
    fill(sql, FOR_EVER, {name: policy(name) for name in names}, LEADS)
    processes = [started("racer", str(store), name, str(go)) for name in names]
    go.touch()
    for process in processes:
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
    owned = sql.execute("SELECT owner FROM leads ORDER BY id").fetchall()
    assert len(owned) == LEADS
    assert all(owner in names for (owner,) in owned)
    dialed = sql.execute("SELECT lead_id, campaign FROM attempts ORDER BY lead_id").fetchall()
    assert dialed == [(lead, owner) for lead, (owner,) in enumerate(owned, start=1)]
    sql.close()
    return len(Counter(owned)) == len(names)


def owned_store(path: Path) -> None:
    """Every lead is owned by `offers`, and a case of `news` waits for it."""
    sql = open_store(path)
    fill(sql, FOR_EVER, {name: policy(name) for name in ("news", "offers")}, OWNED)
    sql.execute("UPDATE leads SET owner = 'offers', owned_since = 1")
    sql.execute(
        "UPDATE cases SET waits_for = 'ownership', wanted_at = due_at, due_at = NULL WHERE campaign = 'news'"
    )
    sql.close()


def counted(sql: sqlite3.Connection) -> tuple[int, int, int, int]:
    """Owned leads, cases that wait, rows of the audit log, epochs."""
    one = "SELECT (SELECT count(*) FROM leads WHERE owner IS NOT NULL), "
    one += "(SELECT count(*) FROM cases WHERE waits_for IS NOT NULL), "
    one += "(SELECT count(*) FROM audit), (SELECT count(*) FROM engines)"
    row: tuple[int, int, int, int] = sql.execute(one).fetchone()
    return row


@pytest.mark.parametrize("delay_ms", [0, 10, 30, 60, 90, 120, 150, 180, 220, 300, 500])
def test_a_release_that_is_killed_released_everything_or_nothing(tmp_path: Path, delay_ms: int) -> None:
    store = tmp_path / "store.db"
    owned_store(store)
    process = started("doomed", str(store))
    time.sleep(delay_ms / 1000)
    process.kill()
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode in (0, -signal.SIGKILL)
    sql = open_store(store)
    assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    found = counted(sql)
    assert found in ((OWNED, OWNED, 0, 0), (0, 0, 1, 1))
    assert found[0] == 0 or "done" not in out, "what was acknowledged is done"
    assert verify(sql).whole
    before = GENESIS
    for line, digest in sql.execute("SELECT line, hash FROM journal ORDER BY rowid"):
        before = link(before, line)
        assert before == digest
    sql.close()
