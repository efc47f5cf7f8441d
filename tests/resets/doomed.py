"""A reset in a process of its own, slow enough to be killed: python -m tests.resets.doomed STORE"""

import sys
import time
from pathlib import Path
from typing import Final

from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.resets.matching import checked, preview
from engine.store.resets.whole import Pace, reset_previewed
from tests.resets.stand import NOW, request

STEPS: Final = 20_000  # of SQLite's machine, between two pauses
PAUSE_S: Final = 0.001


def slowly() -> int:
    time.sleep(PAUSE_S)
    return 0


def main(store: str) -> None:
    sql = open_store(Path(store))
    command = Command(sql, user=None, action="leads reset", version="test", clock=lambda: NOW)
    found = preview(sql, checked(sql, request()), now=NOW)
    sql.set_progress_handler(slowly, STEPS)
    print("ready", flush=True)
    reset_previewed(command, found, pace=Pace(time.perf_counter, time.sleep))
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
