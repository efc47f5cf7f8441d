"""A release in a process of its own, slow enough to be killed: python -m tests.ownership.doomed STORE"""

import sys
import time
from pathlib import Path
from typing import Final

from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.ownership import release
from tests.virtual import START

STEPS: Final = 10_000  # of SQLite's machine, between two pauses
PAUSE_S: Final = 0.001


def slowly() -> int:
    time.sleep(PAUSE_S)
    return 0


def main(store: str) -> None:
    sql = open_store(Path(store))
    command = Command(
        sql, user=None, action="ownership release", version="test", clock=lambda: START + 1_000_000
    )
    sql.set_progress_handler(slowly, STEPS)
    print("ready", flush=True)
    command.apply(release("people", None, by=command.user))
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
