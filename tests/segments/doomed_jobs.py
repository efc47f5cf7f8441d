"""A process that does one segment job after the other, until it is killed: `python -m … STORE`.

Between two jobs every lead moves: out of the segment, then in again, with a new cycle for each.
"""

import sys
from itertools import count
from pathlib import Path

from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.segment_job import observe
from tests.virtual import START


def main(path: Path) -> None:
    sql = open_store(path)
    clock = count(START)
    while True:
        (inside,) = sql.execute("SELECT count(*) FROM memberships WHERE inside").fetchone()
        sql.execute("UPDATE leads SET attributes = ?", ('{"score":"1"}' if inside else '{"score":"9"}',))
        work = Command(sql, user="sue", action="segments run", version="0", clock=lambda: next(clock))
        work.apply(observe("hot", by="sue"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
