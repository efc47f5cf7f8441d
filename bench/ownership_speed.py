"""What it takes to look at, release, regrant, renew and end the ownership of a whole list at once.

    python -m bench.ownership_speed                        # 1,000,000 owned leads; 100,000 cases wait
    python -m bench.ownership_speed --leads 100000 --waiting 100000 --json result.json

One campaign owns every lead; of another, `waiting` cases wait for it. Each change is one durable transaction
with its journal lines, as a command makes it. Beside it: one bare SQL update of the same leads.
"""

import argparse
import json
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bench.campaigns import START
from engine.domain.time import DAY, HOUR, Instant
from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.ownership import configure_ownership, owners, release, update_ownership

LIST: Final = "leads"


def fill(path: Path, leads: int, waiting: int) -> sqlite3.Connection:
    """A store whose leads are all owned, with no expiration."""
    sql = open_store(path)
    sql.execute("BEGIN")
    sql.execute("INSERT INTO lists (id, name, created_at, ownership) VALUES (1, ?, ?, 1)", (LIST, START))
    sql.executemany(
        "INSERT INTO leads (id, list_id, key, imported_at, owner, owned_since) "
        "VALUES (?, 1, ?, ?, 'owner', ?)",
        ((number, f"lead-{number}", START, START) for number in range(1, leads + 1)),
    )
    sql.executemany(
        "INSERT INTO phones (id, lead_id, position, number, kind) VALUES (?, ?, 1, ?, 'mobile')",
        ((number, number, f"+44{7_400_000_000 + number}") for number in range(1, leads + 1)),
    )
    sql.executemany(
        "INSERT INTO cases (campaign, lead_id, phone_id, due_at) VALUES ('owner', ?, ?, ?)",
        ((number, number, START) for number in range(1, leads + 1)),
    )
    sql.executemany(
        "INSERT INTO cases (campaign, lead_id, phone_id, waits_for, wanted_at) "
        "VALUES ('other', ?, ?, 'ownership', ?)",
        ((number, number, START) for number in range(1, leads + 1, max(1, leads // waiting))),
    )
    sql.execute("COMMIT")
    sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return sql


def measure(leads: int, waiting: int, folder: Path) -> dict[str, Any]:
    sql = fill(folder / "store.db", leads, waiting)
    now: list[Instant] = [START + HOUR]
    command = Command(sql, user=None, action="bench", version="bench", clock=lambda: now[0])
    result: dict[str, Any] = {"leads": leads, "waiting": waiting}

    def timed(name: str, work: Callable[[], object]) -> None:
        started = time.perf_counter()
        work()
        result[f"{name}_s"] = round(time.perf_counter() - started, 2)

    timed("owners", lambda: owners(sql, LIST, now=now[0]))
    timed("update_of_nothing", lambda: command.apply(update_ownership(LIST)))
    command.apply(configure_ownership(LIST, by="bench", duration=3 * HOUR))
    timed("regrant_all", lambda: command.apply(update_ownership(LIST)))
    now[0] += 2 * HOUR
    timed("renew_all", lambda: command.apply(update_ownership(LIST)))
    command.apply(configure_ownership(LIST, by="bench", duration=DAY))
    command.apply(update_ownership(LIST))
    timed("bare_update", lambda: sql.execute("UPDATE leads SET owned_since = ? WHERE list_id = 1", (now[0],)))
    timed("release_all", lambda: command.apply(release(LIST, None, by="bench")))
    result["release_to_bare"] = round(result["release_all_s"] / result["bare_update_s"], 1)
    sql.execute(
        "UPDATE leads SET owner = 'owner', owned_since = 1, owned_until = ?, owned_for = 1", (now[0],)
    )
    timed("expire_all", lambda: command.apply(update_ownership(LIST)))
    result["journal_mb"] = round(sql.execute("SELECT sum(length(line)) FROM journal").fetchone()[0] / 1e6, 1)
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    sql.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(given.leads, given.waiting, Path(folder))
    for name, value in result.items():
        print(f"{name:>20} {value:>12,}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
