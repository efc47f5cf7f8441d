"""A command that is killed has done all or nothing: what it changed, its lines and its audit."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Final

from engine.domain.lists import InlineLead
from engine.journal import events as e
from engine.journal.export import stored
from engine.journal.replay import replay
from engine.store.audit import entries, verify
from engine.store.connection import open_store
from engine.store.leads import import_leads
from engine.store.reading import reading

LEADS: Final = 3_000
KILLS: Final = 12
PATIENCE_S: Final = 60.0  # a machine that is busy with other things starts Python slowly


def commands(path: Path) -> int:
    with reading(path) as sql:
        count: int = sql.execute("SELECT count(*) FROM audit").fetchone()[0]
        return count


def test_a_killed_command_has_done_all_or_nothing(tmp_path: Path) -> None:
    path, chance = tmp_path / "doomed.db", Random(5)
    sql = open_store(path)
    leads = [InlineLead(key=str(n), phones=(f"+4420794{60000 + n}",)) for n in range(LEADS)]
    import_leads(sql, leads, list_name="doomed", now=0)
    sql.execute("INSERT INTO cases (campaign, lead_id, phone_id) SELECT 'c', id, id FROM leads")
    torn = 0
    for _ in range(KILLS):
        before = commands(path)
        process = subprocess.Popen([sys.executable, "-m", "tests.store.doomed_command", str(path)])
        patience = time.monotonic() + PATIENCE_S
        while commands(path) < before + 1:
            assert process.poll() is None
            assert time.monotonic() < patience
            time.sleep(0.003)
        time.sleep(chance.uniform(0, 0.05))
        process.kill()
        assert process.wait() == -signal.SIGKILL
        done = commands(path)
        torn += done > before
        assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for stamps in (
            "SELECT DISTINCT supplier FROM leads",
            "SELECT DISTINCT turn || '' FROM cases",
            "SELECT subject FROM audit ORDER BY id DESC LIMIT 1",
            "SELECT max(epoch) || '' FROM engines",
            "SELECT max(epoch) || '' FROM journal",
        ):
            assert sql.execute(stamps).fetchall() == [(str(done),)], stamps
        assert verify(sql).rows == done
    assert torn == KILLS
    lines = list(stored(sql))
    assert sum(isinstance(line.event, e.CommandStarted) for line in lines) == len(list(entries(sql)))
    replayed = replay(lines)
    assert replayed.same, replayed.text
    sql.close()
