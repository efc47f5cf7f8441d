"""A reset in a process of its own: python -m tests.resets.doomed STORE [STEP]

It kills itself at that step, which is the same place on every machine; without one, it is slow enough for
another process to come between, and says at its end how many steps it took.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.resets.matching import checked, preview
from engine.store.resets.whole import Pace, reset_previewed
from tests.resets.stand import NOW, request

STEP: Final = 200  # instructions of SQLite's machine
PAUSE_S: Final = 0.0005  # at each step


class Steps:
    """Counts them, and dies at `last`."""

    def __init__(self, last: int | None) -> None:
        self.count = 0
        self._last = last

    def step(self) -> int:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._last is None:
            time.sleep(PAUSE_S)
        return 0


def main(store: str, last: str | None = None) -> None:
    sql = open_store(Path(store))
    command = Command(sql, user=None, action="leads reset", version="test", clock=lambda: NOW)
    found = preview(sql, checked(sql, request()), now=NOW)
    steps = Steps(None if last is None else int(last))
    sql.set_progress_handler(steps.step, STEP)
    reset_previewed(command, found, pace=Pace(time.perf_counter, time.sleep))
    print(steps.count, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
