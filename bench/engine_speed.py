"""How fast whole campaigns run in simulation, beside the least that trio could do for as many calls.

    python -m bench.engine_speed                              # 50 agents, 20,000 leads
    python -m bench.engine_speed --leads 5000 --rounds 5 --json result.json

The engine's figure is everything: claims, intents, ends and settlements in a store on disk (synchronous=OFF),
the hash-chained journal, call loops, the network and the people. The bare figure is a trio loop that for each
attempt spawns one task which sleeps twice, on a clock that jumps. Rounds alternate, so that a machine whose
speed drifts slows both; each figure is in seconds of this process's CPU time, and the ratio is the median
over rounds.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import trio

from bench.campaigns import progressive
from simulator.store import opened
from simulator.world import World


class JumpingClock(trio.abc.Clock):
    """Never sleeps: jumps to the next deadline."""

    def __init__(self) -> None:
        self._now = 0.0

    def start_clock(self) -> None:
        pass

    def current_time(self) -> float:
        return self._now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        self._now = max(self._now, deadline)
        return 0


async def _bare(attempts: int, workers: int) -> None:
    async def attempt() -> None:
        await trio.sleep(1.0)
        await trio.sleep(2.0)

    async def worker() -> None:
        for _ in range(attempts // workers):
            async with trio.open_nursery() as nursery:  # noqa: ASYNC112  (a task for each is what is measured)
                nursery.start_soon(attempt)

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)


def measure(leads: int, agents: int, rounds: int) -> dict[str, Any]:
    configuration, plan = progressive(leads=leads, agents=agents)
    engine, bare = [], []
    attempts = lines = 0
    for _ in range(rounds):
        started = time.process_time()
        trio.run(_bare, leads, agents, clock=JumpingClock())
        bare.append(leads / (time.process_time() - started))
        with opened(None) as sql:
            world = World(configuration, plan, sql)
            started = time.process_time()
            world.run()
            took = time.process_time() - started
            (attempts,) = sql.execute("SELECT count(*) FROM attempts").fetchone()
            (lines,) = sql.execute("SELECT count(*) FROM journal").fetchone()
        engine.append(attempts / took)
    return {
        "leads": leads,
        "agents": agents,
        "attempts": attempts,
        "journal_lines_per_attempt": round(lines / attempts, 2),
        "attempts_per_s": round(statistics.median(engine)),
        "attempts_per_s_best": round(max(engine)),
        "bare_per_s": round(statistics.median(bare)),
        "ratio": round(statistics.median(e / b for e, b in zip(engine, bare, strict=True)), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    result = measure(given.leads, given.agents, given.rounds)
    for name, value in result.items():
        print(f"{name.replace('_', ' '):28} {value:>12,}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
