"""How fast a lead file comes in, beside the fastest that SQLite could take the same rows in this run.

    python -m bench.import_speed                    # a million rows
    python -m bench.import_speed --rows 100000 --workers 0 --json result.json

The import reads, checks and normalises every line, finds duplicates and commits. The raw figure is two
`executemany` of the finished rows into the same tables of a new store, and its commit: no import beats that.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.store.connection import all_or_nothing, open_store
from engine.store.leads import IMPORT_CACHE_KIB, import_csv

LIST = "benchmark"


def measure(rows: int, workers: int | None, national: float, folder: Path) -> dict[str, Any]:
    file = folder / "leads.csv"
    wanted = ("--rows", str(rows), "--out", str(file), "--national", str(national))
    subprocess.run([sys.executable, "-m", "bench.make_leads", *wanted], check=True, stdout=subprocess.DEVNULL)
    with closing(open_store(folder / "imported.db")) as store:
        start = time.perf_counter()
        report = import_csv(store, file, list_name=LIST, now=0, workers=workers)
        import_s = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak_workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        leads = store.execute(
            "SELECT id, list_id, key, attributes, supplier, imported_at FROM leads ORDER BY id"
        ).fetchall()
        phones = store.execute("SELECT lead_id, position, number, kind FROM phones ORDER BY id").fetchall()
    raw_s = _raw(folder / "raw.db", leads, phones)
    return {
        "rows": report.rows,
        "leads": report.leads,
        "phones": report.phones,
        "rejected": report.rejected,
        "national_share": national,
        "workers": "by size" if workers is None else workers,
        "cores": len(os.sched_getaffinity(0)),
        "import_s": round(import_s, 2),
        "import_rows_per_s": round(report.rows / import_s),
        "raw_s": round(raw_s, 2),
        "raw_rows_per_s": round(report.leads / raw_s),
        "ratio": round(import_s / raw_s, 2),
        "peak_main_mb": round(peak / 1024),
        "peak_worker_mb": round(peak_workers / 1024),
    }


def _raw(path: Path, leads: list[Any], phones: list[Any]) -> float:
    with closing(open_store(path)) as store:
        store.execute(f"PRAGMA cache_size = -{IMPORT_CACHE_KIB}")
        start = time.perf_counter()
        with all_or_nothing(store):
            store.execute("INSERT INTO lists (id, name, created_at) VALUES (1, ?, 0)", (LIST,))
            store.executemany(
                "INSERT INTO leads (id, list_id, key, attributes, supplier, imported_at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                leads,
            )
            store.executemany(
                "INSERT INTO phones (lead_id, position, number, kind) VALUES (?, ?, ?, ?)", phones
            )
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the import of leads.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--workers", type=int, help="processes beside this one; by default, by the file's size"
    )
    parser.add_argument("--national", type=float, default=0.3, help="share of national spellings")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(given.rows, given.workers, given.national, Path(folder))
    table = Table("figure", "value", title="Import of leads")
    table.columns[1].justify = "right"
    for name, value in figures.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    Console().print(table)
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
