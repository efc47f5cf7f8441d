"""Running simulated worlds with every checker beside them."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

from engine.config import Configuration
from engine.store.connection import open_store
from simulator import checkers
from simulator.fence import Side
from simulator.plan import Plan
from simulator.world import World

Crashes = Mapping[int, tuple[int, Side]]


@lru_cache(maxsize=1)
def _empty() -> sqlite3.Connection:
    return open_store(":memory:", durable=False)


@contextmanager
def empty_store() -> Iterator[sqlite3.Connection]:
    """A store in memory, copied from one: making the tables takes longer than a small run."""
    sql = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
    _empty().backup(sql)
    sql.execute("PRAGMA foreign_keys = ON")
    try:
        yield sql
    finally:
        sql.close()


def judged(
    configuration: Configuration,
    plan: Plan,
    sql: sqlite3.Connection,
    *,
    crashes: Crashes | None = None,
    repeat: str | None = None,
) -> World:
    """The world after its run. Raises InvariantBroken if anything happened that may never happen."""
    world = World(configuration, plan, sql, crash_at=crashes)
    watching = checkers.attach(world, repeat=repeat)
    world.run()
    watching.finish(sql)
    return world
