"""One scenario run from its file to its verdicts. Prints nothing."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.domain.time import Instant
from engine.store.problems import ImportReport
from simulator.checkers import attach
from simulator.expectations import Verdict, evaluate
from simulator.report import RunReport, summarise
from simulator.scenario import Scenario
from simulator.store import opened
from simulator.world import World

Telling = Callable[[Instant], None]


@dataclass(kw_only=True)
class Run:
    """A scenario and what came of it. `failure` is what broke the engine; then there is no report."""

    scenario: Scenario
    report: RunReport | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    imports: list[ImportReport] = field(default_factory=list)
    failure: BaseException | None = None

    @property
    def repeat(self) -> str:
        """The command that runs it again."""
        return f"dialer run {self.path} --seed {self.scenario.plan.seed}"

    @property
    def path(self) -> Path:
        return self.scenario.path

    @property
    def failed(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.held]

    @property
    def held(self) -> bool:
        return self.failure is None and not self.failed


def reseeded(scenario: Scenario, seed: int | None) -> Scenario:
    """The same scenario with another seed; None keeps its own."""
    return scenario if seed is None else replace(scenario, plan=replace(scenario.plan, seed=seed))


def run_scenario(
    scenario: Scenario,
    *,
    db: Path | None = None,
    checks: bool = True,
    progress: Telling | None = None,
    afterwards: Callable[[Run, sqlite3.Connection], None] = lambda run, sql: None,
) -> Run:
    """Run it in a store of its own (`db`, or one that is thrown away); `afterwards` sees the store before.

    Whatever the engine raises is kept in `failure`, and so is an invariant that checkers beside the world saw
    broken, unless `checks` is off.
    """
    run = Run(scenario=scenario)
    with opened(None if db is None else str(db)) as sql:
        world = World(scenario.configuration, scenario.plan, sql)
        world.progress = progress
        world.on_import = run.imports.append
        checkers = attach(world, repeat=run.repeat) if checks else None
        began = time.perf_counter()
        try:
            world.run()
            if checkers is not None:
                checkers.finish(sql)
        except Exception as failure:
            run.failure = failure
            return run
        took = time.perf_counter() - began
        run.report = replace(summarise(sql, scenario.plan), wall_seconds=took)
        run.verdicts = evaluate(sql, scenario.plan, run.report)
        afterwards(run, sql)
    return run
