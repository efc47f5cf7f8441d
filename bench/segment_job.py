"""How long a segment job takes, and that it writes only what has changed.

    python -m bench.segment_job                            # 1,000,000 leads
    python -m bench.segment_job --leads 100000 --json result.json

One list, one segment with a number, a text and a history condition, one campaign that dials it, with the
setting on. Half of the leads are in the segment at first. Jobs: the first one; one with nothing new; one
after 1 % of the leads left; one after they came back, each with a new cycle; and one after everybody left.
Each is one durable transaction with its journal. `written` is the rows that SQLite changed: memberships,
cases and journal lines.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.campaigns import START
from engine.domain.segments import AllOf, Attribute, LeadField, Missing, NumberBetween, SegmentPolicy, TextIn
from engine.domain.time import MINUTE, Instant
from engine.journal.floor import Floor
from engine.journal.writer import Journal
from engine.ports import Timer, Turn
from engine.store.connection import open_store
from engine.store.recovery import open_epoch
from engine.store.segment_job import Observed, observe
from engine.store.segments import configure_segments
from engine.store.transaction import Job, commit

SEGMENT: Final = SegmentPolicy(
    name="hot",
    condition=AllOf(
        (
            NumberBetween(field=Attribute("score"), at_least=50),
            TextIn(field=LeadField.SUPPLIER, values=("acme", "best")),
            Missing(field=LeadField.SUCCEEDED_AGO),
        )
    ),
    reset_on_reentry=True,
)
_LEADS: Final = """
    WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?)
    INSERT INTO leads (id, list_id, key, attributes, supplier, imported_at)
    SELECT id, 1, 'lead-' || id, '{"city":"London","score":"' || (id % 100) || '"}',
           iif(id % 2, 'acme', 'best'), ? FROM n
"""
_PHONES: Final = """
    INSERT INTO phones (lead_id, position, number, kind)
    SELECT id, 1, '+44' || (7400000000 + id), 'mobile' FROM leads
"""


@dataclass
class _Clock:
    at: Instant = START

    def now(self) -> Instant:
        return self.at

    def call_at(self, when: Instant, call: object, *, turn: Turn = Turn.WORK, key: int = 0) -> Timer:
        raise AssertionError("a job waits for nothing")


def measure(leads: int, folder: Path) -> list[dict[str, Any]]:
    sql = open_store(folder / "store.db")
    sql.execute("BEGIN")
    sql.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'leads', ?)", (START,))
    sql.execute(_LEADS, (leads, START))
    sql.execute(_PHONES)
    configure_segments(sql, [SEGMENT], {"bench": ["hot"]}, START)
    sql.execute("COMMIT")
    clock = _Clock()
    epoch = open_epoch(sql, now=clock.now(), version="bench")
    journal = Journal(epoch.number, epoch.head, Floor({}, {}, {}), clock)
    results = []
    for what, score, where in _STEPS:
        if score is not None:
            sql.execute(
                f"UPDATE leads SET attributes = json_set(attributes, '$.score', ?) WHERE {where}", (score,)
            )
        clock.at += MINUTE
        job: Job[Observed] = Job(observe("hot"))
        before, started, used = sql.total_changes, time.perf_counter(), time.process_time()
        commit(sql, journal, [job], clock.now())  # type: ignore[list-item]
        seconds, cpu = time.perf_counter() - started, time.process_time() - used
        seen = job.answer()
        results.append(
            {
                "job": what,
                "seconds": round(seconds, 2),
                "cpu_seconds": round(cpu, 2),
                "changed": seen.entered + seen.left + seen.back + seen.re_entered,
                "cases": seen.created + seen.held + seen.resumed + seen.renewed,
                "written": sql.total_changes - before,
            }
        )
    sql.close()
    return results


_STEPS: Final[Sequence[tuple[str, str | None, str]]] = (
    ("first", None, ""),
    ("nothing new", None, ""),
    ("1 % left", "1", "id % 100 = 99"),
    ("1 % came back", "99", "id % 100 = 99"),
    ("everybody left", "1", "true"),
)


_WIDTHS: Final = {"changed": 9, "cases": 9, "written": 13}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(given.leads, Path(folder))
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    heads = f"{'job':>16} {'seconds':>9} {'cpu':>7} {'leads':>9} {'cases':>9} {'rows written':>13}"
    print(f"{given.leads:,} leads\n{heads}")
    for row in results:
        counts = "".join(f" {row[name]:>{width},}" for name, width in _WIDTHS.items())
        print(f"{row['job']:>16} {row['seconds']:>9} {row['cpu_seconds']:>7}{counts}")
    print(f"peak memory {peak} MB")
    if given.json:
        given.json.write_text(
            json.dumps({"leads": given.leads, "jobs": results, "peak_mb": peak}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
