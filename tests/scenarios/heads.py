"""Runs every scenario in a process of its own and prints the head of each journal, as JSON.

python -m tests.scenarios.heads SEED    orders trio's tasks by that seed
python -m tests.scenarios.heads chance  leaves their order to trio, which leaves it to chance
"""

import json
import sys
from pathlib import Path
from unittest.mock import patch

import trio

from simulator.scenario import load
from simulator.store import opened
from simulator.world import World
from tests.scenarios.library import FILES, head, name

CHANCE = "chance"


def journal_head(path: Path, order: str) -> str:
    """The head of the journal of one run."""
    scenario = load(path)
    with opened(None) as sql:
        if order == CHANCE:
            trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = False  # type: ignore[misc]
            with patch("simulator.world.make_deterministic"):
                World(scenario.configuration, scenario.plan, sql).run()
        else:
            World(scenario.configuration, scenario.plan, sql, scheduler_seed=int(order)).run()
        return head(sql)


if __name__ == "__main__":
    print(json.dumps({name(path): journal_head(path, sys.argv[1]) for path in FILES}))
