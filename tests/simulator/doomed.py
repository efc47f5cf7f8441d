"""A run in a process of its own, there to be killed: python -m tests.simulator.doomed STORE DIALS new|resume

Every dial is written to the file DIALS at the moment at which the phone rings: what really happened.
"""

import os
import sys
import time
from itertools import count
from typing import Final

from engine.domain.time import Instant
from engine.domain.words import DialMode, Side
from engine.journal.events import Event
from engine.store.connection import open_store
from simulator.network import Line
from simulator.world import World
from tests.simulator.small_worlds import BUSY, HUMAN, NO_ANSWER, Small, agent, campaign, world

LEADS: Final = 12
PAUSE_S: Final = 0.001  # at each line, so that it is killed in the middle of things
HELD_AFTER: Final = 500  # lines: then it waits to be killed, or a busy machine would come too late
HELD_S: Final = 60.0


def doomed() -> Small:
    """An agent-first and a power campaign call the same people, so that much is under way at any time."""
    receptions = {lead: [(HUMAN, BUSY, NO_ANSWER)[lead % 3], HUMAN] for lead in range(1, LEADS + 1)}
    campaigns = [campaign(DialMode.AGENT_FIRST), campaign(DialMode.POWER, "offers", ratio=2.0)]
    return world(campaigns, receptions, {"ann": agent(), "bob": agent(), "cid": agent()}, nailed_up=False)


class DialFile:
    """A watcher that writes each customer's leg to a file, at once."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def dialed(self, line: Line) -> None:
        if line.side is Side.CUSTOMER:
            os.write(self._file, f"{line.leg} {line.to}\n".encode())

    def answered(self, line: Line) -> None: ...
    def joined(self, line: Line, agent: Line) -> None: ...
    def ended(self, line: Line) -> None: ...


lines = count(1)


def slowly(at: Instant, event: Event) -> None:
    time.sleep(HELD_S if next(lines) > HELD_AFTER else PAUSE_S)


def main(store: str, dials: str, how: str) -> None:
    small = doomed()
    sql = open_store(store, durable=False)
    run = World(small.configuration, small.plan, sql, observers=[slowly], resume=how == "resume")
    watcher = DialFile(dials)
    run.on_engine.append(lambda run: run.network.watchers.append(watcher))
    run.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
