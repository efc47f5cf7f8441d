"""A reset whose process is killed has not begun, or is carried out to its end by whoever comes next."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from engine.cli.office import office
from engine.store.audit import entries, verify
from engine.store.connection import open_store
from engine.store.resets.carrying import is_unfinished
from engine.store.resets.preparing import PORTION_LEADS
from tests.resets.stand import stand

LEADS: Final = 8 * PORTION_LEADS
KILLS: Final = 8
PATIENCE_S: Final = 60.0  # a machine that is busy with other things starts Python slowly


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose leads have all used up their attempts."""
    path = tmp_path_factory.mktemp("reset") / "whole.db"
    with stand() as at:
        at.sql.execute("BEGIN")
        for _ in range(LEADS):
            at.failed(at.lead())
        at.sql.execute("COMMIT")
        with opened(path) as file:
            at.sql.backup(file)
    return path


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    sql = open_store(path, durable=False) if path.exists() else sqlite3.connect(path)
    try:
        yield sql
    finally:
        sql.close()


def copied(prepared: Path, path: Path) -> Path:
    path.write_bytes(prepared.read_bytes())
    return path


def reset(path: Path, *step: str) -> "subprocess.CompletedProcess[str]":
    """By a process that kills itself at this step, if one is given."""
    doomed = [sys.executable, "-m", "tests.resets.doomed", str(path), *step]
    return subprocess.run(doomed, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False)


def states(sql: sqlite3.Connection) -> Counter[str]:
    return Counter(status for (status,) in sql.execute("SELECT status FROM cases"))


def test_a_killed_reset_is_all_or_nothing(prepared: Path, tmp_path: Path) -> None:
    steps, found = int(reset(copied(prepared, tmp_path / "whole.db")).stdout), Counter[str]()
    for number in range(KILLS):
        path = copied(prepared, tmp_path / f"{number}.db")
        assert reset(path, str(1 + number * steps // KILLS)).returncode == -signal.SIGKILL
        with opened(path) as sql:
            assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            (state,) = sql.execute("SELECT state FROM resets UNION ALL SELECT 'none' LIMIT 1").fetchone()
            found[state] += 1
            if state in ("none", "preparing"):
                assert states(sql) == {"CUSTOMER_FAILED": LEADS}
                assert list(entries(sql)) == []
        with office(path, user=None, action="look"):
            pass  # whoever comes next
        with opened(path) as sql:
            assert not is_unfinished(sql)
            whole = "CUSTOMER_FAILED" if state in ("none", "preparing") else "CUSTOMER_RESCHEDULED"
            assert states(sql) == {whole: LEADS}
            changed = sql.execute(
                "SELECT sum(json_array_length(line, '$.rows')) FROM journal "
                "WHERE line ->> '$.kind' = 'cases.changed'"
            ).fetchone()[0]
            assert changed == (None if whole == "CUSTOMER_FAILED" else LEADS), "each case once"
            assert verify(sql).whole
    assert found["none"] + found["preparing"], "no kill came before the reset was confirmed"
    assert found["confirmed"], "no kill came while the reset was carried out"


def test_two_who_carry_out_the_same_reset_share_the_work(prepared: Path, tmp_path: Path) -> None:
    path = copied(prepared, tmp_path / "shared.db")
    first = subprocess.Popen([sys.executable, "-m", "tests.resets.doomed", str(path)])
    with opened(path) as sql:
        patience = time.monotonic() + PATIENCE_S
        while not is_unfinished(sql):
            assert first.poll() is None
            assert time.monotonic() < patience
            time.sleep(0.003)
    with office(path, user=None, action="look"):
        pass
    assert first.wait() == 0
    with opened(path) as sql:
        assert states(sql) == {"CUSTOMER_RESCHEDULED": LEADS}
        done = [each.count for each in entries(sql) if each.action == "leads reset done"]
        assert done == [LEADS]
        assert sql.execute("SELECT reset, excluded FROM resets").fetchall() == [(LEADS, "{}")]
