"""How a registry of millions comes in, how large it is, and how fast a number is looked up in it.

    python -m bench.registry_speed                          # fifty million numbers
    python -m bench.registry_speed --numbers 1000000 --json result.json

The file is a national one: a number a line, in random order, without its country code. The import is the
whole of `dialer dnc import`, in a process of its own: read, normalised, sorted, written, synced. Beside it,
in the same run: an index of SQLite over some of the same numbers (`--beside`), made in ascending order, and a
set of Python integers; and for many numbers at once, `searchsorted` of numpy over all of them. Half of the
numbers that are looked up are on the registry; a look-up is processor time, the median of five rounds.
"""

import argparse
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.registries.number_file import NumberFile, mapped
from engine.registries.registries import Registries, version_of
from engine.registries.shelf import Folder
from engine.store.connection import open_store

T = TypeVar("T")

IMPORT: Final = """
import sys
from engine.cli import main
code = main()
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak, file=sys.stderr)  # kB; getrusage counts the memory of who started it, too
sys.exit(code)
"""
FIRST: Final = 2_000_000_000  # of the national numbers: ten digits, as in North America
SPAN: Final = 8_000_000_000
COUNTRY: Final = 10_000_000_000  # +1
LOOKUPS: Final = 100_000
MANY: Final = 1_000_000
ROUNDS: Final = 5
WRITTEN: Final = 1_000_000  # lines at a time


def generated(count: int) -> NDArray[np.uint64]:
    """So many different national numbers, in random order, the same on every run."""
    chance = np.random.default_rng(4)
    numbers = np.sort(chance.integers(FIRST, FIRST + SPAN, count + count // 10, np.uint64))
    numbers = numbers[np.concatenate(([True], numbers[1:] != numbers[:-1]))]
    return chance.permutation(numbers)[:count]


def write_lines(path: Path, numbers: NDArray[np.uint64]) -> None:
    places = np.uint64(10) ** np.arange(9, -1, -1, dtype=np.uint64)
    with path.open("wb") as file:
        for start in range(0, len(numbers), WRITTEN):
            some = numbers[start : start + WRITTEN, None] // places % np.uint64(10) + np.uint64(ord("0"))
            lines = np.full((len(some), 11), ord("\n"), np.uint8)
            lines[:, :10] = some
            file.write(lines.data)


def median_us(look_up: Callable[[T], object], asked: list[T]) -> float:
    """Microseconds of processor time a number."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for number in asked:
            look_up(number)
        rounds.append((time.process_time() - start) / len(asked) * 1e6)
    return round(statistics.median(rounds), 2)


def measure(count: int, beside: int, folder: Path) -> dict[str, Any]:
    numbers = generated(count)
    text = folder / "us-dnc.txt"
    write_lines(text, numbers)
    db = folder / "floor.db"
    given = ("--registry", "us-dnc", "--version", "2020-01-01", "--json")
    command = [sys.executable, "-c", IMPORT, "dnc", "import", str(text), "--db", str(db), *given]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True)
    import_s = time.perf_counter() - start
    report = json.loads(done.stdout)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with closing(open_store(db)) as sql:
        version = version_of(sql, "us-dnc")
        assert version is not None
        path = Folder(db).path / version.file
        start = time.perf_counter()
        found = mapped(path)
        open_s = time.perf_counter() - start
        chance = np.random.default_rng(5)
        on = chance.choice(numbers, MANY // 2) + np.uint64(COUNTRY)
        others = chance.integers(FIRST, FIRST + SPAN, MANY // 2, np.uint64) + np.uint64(COUNTRY)
        asked = chance.permutation(np.concatenate((on, others)))
        registries = Registries(db)
        registries.current(sql)
        spelled = [f"+{number}" for number in asked[:LOOKUPS].tolist()]
        sql.execute("BEGIN")  # as a claim has
        states_us = median_us(lambda number: registries.states(sql, ("us-dnc",), number), spelled)
    figures = {
        "numbers": version.numbers,
        "import_s": round(import_s, 1),
        "import_cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "import_rows_per_s": round(report["rows"] / import_s),
        "import_peak_mb": round(int(done.stderr) / 1024),
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "bytes_per_number": round(path.stat().st_size / version.numbers, 2),
        "open_and_digest_s": round(open_s, 2),
        "lookup_us": median_us(found.__contains__, asked[:LOOKUPS].tolist()),
        "states_with_row_us": states_us,
    }
    return figures | _many(found, asked, numbers) | _beside(found, numbers[:beside], asked, folder)


def _many(found: NumberFile, asked: NDArray[np.uint64], numbers: NDArray[np.uint64]) -> dict[str, Any]:
    start = time.perf_counter()
    listed = found.has(asked)
    many_s = time.perf_counter() - start
    ordered = np.sort(numbers) + np.uint64(COUNTRY)
    start = time.perf_counter()
    place = np.minimum(np.searchsorted(ordered, asked), len(ordered) - 1)
    same = ordered[place] == asked
    searchsorted_s = time.perf_counter() - start
    assert np.array_equal(listed, same)
    return {
        "many": len(asked),
        "many_s": round(many_s, 3),
        "many_by_searchsorted_s": round(searchsorted_s, 3),
        "many_ratio": round(many_s / searchsorted_s, 2),
    }


def _beside(
    found: NumberFile, some: NDArray[np.uint64], asked: NDArray[np.uint64], folder: Path
) -> dict[str, Any]:
    """The same with other means, over fewer numbers where all would take too long."""
    ascending = (np.sort(some) + np.uint64(COUNTRY)).tolist()
    path = folder / "beside.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.execute("PRAGMA synchronous = OFF")
        sql.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        start = time.perf_counter()
        sql.execute("BEGIN")
        sql.executemany("INSERT INTO numbers VALUES (?)", ((number,) for number in ascending))
        sql.execute("COMMIT")
        insert_s = time.perf_counter() - start
        query = "SELECT 1 FROM numbers WHERE number = ?"
        by_sqlite = median_us(
            lambda number: sql.execute(query, (number,)).fetchone(), asked[:LOOKUPS].tolist()
        )
    by_set = median_us(frozenset(ascending).__contains__, asked[:LOOKUPS].tolist())
    by_file = median_us(found.__contains__, asked[:LOOKUPS].tolist())
    return {
        "beside": len(ascending),
        "sqlite_insert_sorted_s": round(insert_s, 1),
        "sqlite_bytes_per_number": round(path.stat().st_size / len(ascending), 2),
        "sqlite_lookup_us": by_sqlite,
        "set_lookup_us": by_set,
        "lookup_ratio_to_sqlite": round(by_file / by_sqlite, 2),
        "lookup_ratio_to_set": round(by_file / by_set, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--numbers", type=int, default=50_000_000)
    parser.add_argument(
        "--beside", type=int, default=5_000_000, help="numbers in the SQLite index and the set"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(given.numbers, given.beside, Path(folder))
    for name, value in figures.items():
        print(f"{name:>26} {value:>14,}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
