"""The one place that reaches into trio, so that one seed gives one order of tasks.

Both switches are needed: without the first, trio shuffles each batch of runnable tasks by their hash order;
without the second, it shuffles them by a generator of its own.
"""

import random
from collections.abc import Sized

import trio


def make_deterministic(seed: int) -> None:
    """Fix the order in which trio runs tasks that are runnable together, for this process."""
    trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    trio._core._run._r = random.Random(seed)


def run_queue() -> Sized:
    """The tasks that trio can run now, kept up to date. Only inside a run."""
    queue: Sized = trio._core._run.GLOBAL_RUN_CONTEXT.runner.runq
    return queue
