"""Whether choosing the next lead costs the same on a list of any length.

    python -m bench.selection_speed                       # 10,000, 100,000 and 1,000,000 leads
    python -m bench.selection_speed --sizes 10000 1000000 --json result.json

Each store holds one list and one campaign; half of the cases are retries whose time has come in random order.
The figure is the time of one claim: the due case is chosen, its attempt and first leg written and
committed, and settled again, `CLAIMS` times; the median of `ROUNDS` rounds that go over the sizes in turn.
Also: the process's peak memory at the end, with the longest list in its store.
"""

import argparse
import json
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.campaigns import START, progressive
from engine.chance import uniform
from engine.domain.time import HOUR, SECOND, Instant
from engine.domain.words import CaseStatus, Rank, Side
from engine.journal.floor import Floor
from engine.journal.writer import Journal
from engine.ports import Timer, Turn
from engine.store.cases import create_cases
from engine.store.changes import Ids
from engine.store.claims import Dry, Started, begin_attempts
from engine.store.connection import open_store
from engine.store.gates import Gates, NoRegistries
from engine.store.recovery import open_epoch
from engine.store.rules_in_force import StoredRules
from engine.store.transaction import Job, commit

GATES: Final = Gates(StoredRules(), NoRegistries())

CLAIMS: Final = 300
ROUNDS: Final = 7


class _StandingClock:
    def now(self) -> Instant:
        return START + HOUR

    def call_at(self, when: Instant, call: object, *, turn: Turn = Turn.WORK, key: int = 0) -> Timer:
        raise AssertionError("a claim waits for nothing")


def fill(path: Path, leads: int) -> sqlite3.Connection:
    """A store with `leads` leads, half of them retries that fell due at random within the last hour."""
    sql = open_store(path, durable=False)
    sql.execute("BEGIN")
    sql.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'leads', ?)", (START,))
    sql.executemany(
        "INSERT INTO leads (id, list_id, key, imported_at) VALUES (?, 1, ?, ?)",
        ((number, f"lead-{number}", START) for number in range(1, leads + 1)),
    )
    sql.executemany(
        "INSERT INTO phones (lead_id, position, number, kind) VALUES (?, 1, ?, 'mobile')",
        ((number, f"+44{7_400_000_000 + number}") for number in range(1, leads + 1)),
    )
    sql.execute("COMMIT")
    create_cases(sql, "bench", ["leads"], START)
    sql.execute("BEGIN")
    sql.executemany(
        "UPDATE cases SET status = ?, rank = ?, due_at = ? WHERE id = ?",
        (
            (
                CaseStatus.CUSTOMER_RESCHEDULED,
                Rank.RETRY,
                START + int(uniform(1, "due", case) * 3_000) * SECOND,
                case,
            )
            for case in range(1, leads + 1, 2)
        ),
    )
    sql.execute("COMMIT")
    return sql


class Claimer:
    """Claims and puts back, as an engine does, on one store."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        configuration, _ = progressive(leads=1, agents=1)
        self._policy = configuration.campaigns["bench"]
        self._sql = sql
        clock = _StandingClock()
        epoch = open_epoch(sql, now=clock.now(), version="bench")
        self._ids = Ids(epoch.number)
        floor = Floor(configuration.campaigns, configuration.pools, {})
        self._journal = Journal(epoch.number, epoch.head, floor, clock)
        self._now = clock.now()

    def claim(self) -> None:
        job: Job[list[Started] | Dry] = Job(
            begin_attempts(self._policy, 1, self._ids, gates=GATES, first=Side.CUSTOMER)
        )
        commit(self._sql, self._journal, [job], self._now)  # type: ignore[list-item]
        started = job.answer()
        assert isinstance(started, list)
        assert len(started) == 1
        self._sql.execute("UPDATE attempts SET settled_at = ? WHERE id = ?", (self._now, started[0].attempt))
        self._sql.execute(
            "UPDATE legs SET ended_at = ? WHERE attempt_id = ?", (self._now, started[0].attempt)
        )


def measure(sizes: Sequence[int], folder: Path) -> dict[str, Any]:
    claimers = {size: Claimer(fill(folder / f"{size}.db", size)) for size in sizes}
    seconds: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(ROUNDS):
        for size, claimer in claimers.items():
            started = time.process_time()
            for _ in range(CLAIMS):
                claimer.claim()
            seconds[size].append((time.process_time() - started) / CLAIMS)
    micros = {size: statistics.median(values) * 1e6 for size, values in seconds.items()}
    return {
        "claim_us": {size: round(value, 1) for size, value in micros.items()},
        "ratio_to_shortest": {size: round(value / micros[sizes[0]], 2) for size, value in micros.items()},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(given.sizes, Path(folder))
    print(f"{'leads':>12} {'µs a claim':>12} {'ratio':>8}")
    for size in given.sizes:
        print(f"{size:>12,} {result['claim_us'][size]:>12} {result['ratio_to_shortest'][size]:>8}")
    print(f"peak memory {result['peak_mb']} MB")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
