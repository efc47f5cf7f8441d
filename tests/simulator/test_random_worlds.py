"""Worlds drawn by chance, with faults, outages, crashes and people who do as they like: nothing may break.

DIALER_RANDOM_WORLDS says how many (150), DIALER_RANDOM_SEED which is the first (0). A failure says how to
repeat it.
"""

import os
from typing import Final

import pytest

from simulator.world import OVERTIME, World
from tests.simulator.random_worlds import draw
from tests.simulator.worlds import empty_store, judged

FIRST: Final = int(os.environ.get("DIALER_RANDOM_SEED", "0"))
WORLDS: Final = int(os.environ.get("DIALER_RANDOM_WORLDS", "150"))
BATCH: Final = 10  # worlds for each test
TWICE: Final = 10  # worlds that are run under two orders of tasks


def recipe(seed: int) -> str:
    return f"DIALER_RANDOM_SEED={seed} DIALER_RANDOM_WORLDS=1 pytest {os.path.relpath(__file__)}"


@pytest.mark.parametrize("first", range(FIRST, FIRST + WORLDS, BATCH))
def test_in_a_world_of_chance_every_invariant_holds_and_the_run_ends(first: int) -> None:
    for seed in range(first, min(first + BATCH, FIRST + WORLDS)):
        drawn = draw(seed)
        with empty_store() as sql:
            try:
                ran = judged(drawn.configuration, drawn.plan, sql, crashes=drawn.crashes, repeat=recipe(seed))
                assert drawn.plan.start < ran.ended_at <= drawn.plan.end + OVERTIME
            except BaseException as error:
                error.add_note(f"repeat: {recipe(seed)}")
                raise


def test_in_a_world_of_chance_the_order_of_tasks_does_not_matter() -> None:
    for seed in range(FIRST, FIRST + TWICE):
        drawn = draw(seed)
        heads = []
        for order in (1, 2):
            with empty_store() as sql:
                World(
                    drawn.configuration,
                    drawn.plan,
                    sql,
                    crash_at=drawn.crashes,
                    scheduler_seed=order,
                ).run()
                heads.append(sql.execute("SELECT epoch, seq, hash FROM journal ORDER BY 1, 2").fetchall())
        assert heads[0] == heads[1], recipe(seed)
