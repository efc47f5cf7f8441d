"""How much memory an engine needs that works on a long list.

    python -m bench.memory                        # a million leads
    python -m bench.memory --rows 100000 --json result.json

A CSV file is imported into a store on disk, as `dialer run` does it, and a campaign with 50 agents dials it
for an hour of virtual time, all in one process of its own. The figures are peaks of resident memory: of that
process, and of the largest of its import workers.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.campaigns import progressive
from engine.domain.lists import LeadList
from engine.domain.time import HOUR


def _work(rows: int) -> dict[str, Any]:
    from simulator.store import opened
    from simulator.world import World

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "leads.csv"
        make = [sys.executable, "-m", "bench.make_leads", "--rows", str(rows), "--out", str(file)]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        configuration, plan = progressive(leads=0, agents=50)
        configuration = replace(
            configuration, lists={"leads": LeadList(name="leads", file=str(file), region="GB")}
        )
        with opened(None) as sql:
            World(configuration, replace(plan, end=plan.start + HOUR), sql).run()
            (cases,) = sql.execute("SELECT count(*) FROM cases").fetchone()
            (attempts,) = sql.execute("SELECT count(*) FROM attempts").fetchone()
    return {
        "rows": rows,
        "cases": cases,
        "attempts": attempts,
        "peak_engine_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "peak_worker_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }


def measure(rows: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.memory", "--rows", str(rows), "--here"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--here", action="store_true", help="in this process, printing JSON")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.here:
        print(json.dumps(_work(given.rows)))
        return
    result = measure(given.rows)
    for name, value in result.items():
        print(f"{name.replace('_', ' '):16} {value:>12,}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
