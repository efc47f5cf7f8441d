"""One scenario is one journal: over runs, schedulers, processes and hash seeds."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.heads import CHANCE, journal_head
from tests.scenarios.library import FILES, ROOT, name, run

PROCESSES = {"1": "1", "2": "2", CHANCE: "3"}  # the order of tasks, and PYTHONHASHSEED; here it is order 0
LIMIT_S = 300


@pytest.fixture(scope="module", autouse=True)
def processes() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """All of them at once, beside the runs of this process, which have checkers besides."""
    started = {
        order: subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.heads", order],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT.parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        for order, hash_seed in PROCESSES.items()
    }
    yield started
    for process in started.values():
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.parametrize("path", FILES[::10], ids=name)
def test_another_run_gives_the_same_journal(path: Path) -> None:
    _, head = run(path)
    assert journal_head(path, "0") == head


@pytest.mark.parametrize("order", PROCESSES)
def test_another_process_gives_the_same_journals(
    order: str, processes: dict[str, subprocess.Popen[str]]
) -> None:
    ours = {name(path): run(path)[1] for path in FILES}
    output, _ = processes[order].communicate(timeout=LIMIT_S)
    assert processes[order].returncode == 0
    theirs = json.loads(output)
    differ = [each for each in ours if theirs[each] != ours[each]]
    assert not differ, f"{len(differ)} journals differ: {', '.join(differ[:5])}"
