"""An engine is killed before and after each of its port calls while its segments look, leads move and calls
go on. Whatever it had seen is on disk, and whatever it had not is seen by the next engine."""

import json
from typing import Final

import pytest

from simulator import checkers
from simulator.fence import Side
from simulator.world import World
from tests.simulator.small_worlds import leaves_and_returns
from tests.simulator.worlds import Crashes, empty_store

CALLS_A_CYCLE: Final = 2  # the campaign's attempts
_OBSERVED: Final = "SELECT line FROM journal WHERE instr(line, 'segment.observed') ORDER BY rowid"
MOVES_ARE_OVER: Final = 55  # port calls until the lead has left and come back


def calls_of(crashes: Crashes) -> int:
    """How many port calls the first engine made, in a run in which every invariant held."""
    made = leaves_and_returns()
    with empty_store() as sql:
        world = World(made.configuration, made.plan, sql, crash_at=crashes)
        watching = checkers.attach(world)
        world.run()
        watching.finish(sql)
        ((cycle, status, attempts, calls),) = sql.execute(
            "SELECT cycle, status, customer_attempts, calls FROM cases"
        )
        told = [json.loads(line) for (line,) in sql.execute(_OBSERVED)]
    entries = sum(line["entered"] == [1] for line in told)
    assert len(told) in ((1, 2, 3) if crashes else (3,)), crashes  # a move that did not commit is lost
    assert (cycle, status, attempts) == (entries, "CUSTOMER_FAILED", CALLS_A_CYCLE), crashes
    # An attempt may pay for a call that a crash kept from being made.
    assert entries * CALLS_A_CYCLE - 1 <= calls <= entries * CALLS_A_CYCLE, crashes
    return world.calls_of_life[0]


@pytest.mark.parametrize("side", ["before", "after"])
def test_whenever_an_engine_crashes_the_exit_and_the_return_are_seen(side: Side) -> None:
    calls = calls_of({})
    assert calls >= MOVES_ARE_OVER
    for call in range(1, min(calls, MOVES_ARE_OVER) + 1):
        calls_of({1: (call, side)})
