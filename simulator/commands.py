"""What `dialer run`, `check`, `schema` and `replay` do. Answers exit codes."""

import os
import sqlite3
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from engine.config import yaml
from engine.config.loading import load_configuration
from engine.domain.time import iso
from engine.errors import InputError
from engine.files import check_folder, check_writable, make_folder
from engine.journal.export import export
from engine.terminal import Progress, console, print_json
from engine.tz_database import check_tz_database
from simulator.checkers import InvariantBroken
from simulator.runs import Run, reseeded, run_scenario
from simulator.scenario import Scenario, json_schema, load

HELD, FAILED, BAD_INPUT, BROKE = range(4)

SCENARIO_SUFFIXES: Final = (".yaml", ".yml")
SEED_MAX: Final = (1 << 63) - 1


def run(
    scenarios: Sequence[Path],
    *,
    seed: int | None = None,
    journal: Path | None = None,
    db: Path | None = None,
    report: Path | None = None,
    junit: Path | None = None,
    checks: bool = True,
    as_json: bool = False,
    quiet: bool = False,
) -> int:
    """Run scenarios one after the other. Every file and every target is checked before the first one runs."""
    check_tz_database()
    if not scenarios:
        raise InputError(["run needs a scenario file: dialer run SCENARIO"])
    paths = files_of(scenarios)
    if len(paths) > 1 and (journal or db):
        option = "--journal" if journal else "--db"
        raise InputError([f"{option} is for one scenario, and there are {len(paths)}; run them one by one"])
    if seed is not None and not 0 <= seed <= SEED_MAX:
        raise InputError([f"--seed {seed}: a seed is a whole number from 0 to {SEED_MAX}"])
    loaded = [reseeded(scenario, seed) for scenario in load_all(paths)]
    _check_targets(journal, db, report, junit)
    runs: list[Run] = []
    for scenario in loaded:
        folder = None if report is None else report / _place(scenario.path, paths)
        runs.append(_run_one(scenario, journal, db, folder, checks=checks, shown=not (as_json or quiet)))
        if not as_json:
            _tell(runs[-1], alone=len(loaded) == 1, quiet=quiet)
    if junit is not None:
        from simulator.junit import write_junit

        write_junit(runs, junit)
    if as_json:
        print_json({"held": all(each.held for each in runs), "scenarios": [_as_json(each) for each in runs]})
    elif len(runs) > 1:
        _tell_totals(runs)
    if any(each.failure is not None for each in runs):
        return BROKE
    return HELD if all(each.held for each in runs) else FAILED


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files named; of a folder, every YAML file in it and below, by name."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        below = sorted(each for each in path.rglob("*") if each.suffix in SCENARIO_SUFFIXES)
        if not below:
            raise InputError([f"{path}: there is no .yaml file in this folder"])
        found += below
    return found


def load_all(paths: Sequence[Path]) -> list[Scenario]:
    """Every scenario, or the problems of all files at once."""
    loaded: list[Scenario] = []
    problems: list[str] = []
    for path in paths:
        try:
            loaded.append(load(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return loaded


def _check_targets(journal: Path | None, db: Path | None, report: Path | None, junit: Path | None) -> None:
    if report is not None:
        check_folder(report)
    for path in (journal, db, junit):
        if path is not None:
            check_writable(path, planned=report)
    if db is not None and db.exists():
        raise InputError([f"{db}: exists; a run makes a new store: name another file, or remove it"])
    if report is not None:
        make_folder(report)


def _place(path: Path, among: Sequence[Path]) -> str:
    """Where a scenario's report stands: below the folder that all scenarios share, under its own name."""
    if len(among) == 1:
        return "."
    shared = os.path.commonpath([each.absolute().parent for each in among])
    return os.path.relpath(path.absolute().with_suffix(""), shared)


def _run_one(
    scenario: Scenario,
    journal: Path | None,
    db: Path | None,
    folder: Path | None,
    *,
    checks: bool,
    shown: bool,
) -> Run:
    plan = scenario.plan

    def afterwards(run: Run, sql: sqlite3.Connection) -> None:
        if journal is not None:
            export(sql, journal)
        if folder is not None:
            from simulator.report_files import write_report

            bar.update(1, 1, "writing the report")
            write_report(sql, run, folder)

    with Progress(scenario.path.name, shown=shown) as bar:
        return run_scenario(
            scenario,
            db=db,
            checks=checks,
            progress=lambda at: bar.update(
                at - plan.start, plan.end - plan.start, iso(at // 1_000_000 * 1_000_000)
            ),
            afterwards=afterwards,
        )


# --- telling --------------------------------------------------------------------------------------


def _tell(run: Run, *, alone: bool, quiet: bool) -> None:
    from simulator.report_text import broke, print_line, print_report, print_verdicts

    out = console()
    if run.failure is not None:
        if not isinstance(run.failure, InvariantBroken):
            traceback.print_exception(run.failure, file=sys.stderr)
        print(f"dialer: {run.path}: {broke(run)}", file=sys.stderr)
        return
    if alone and not quiet:
        print_report(out, run)
        return
    if not quiet or not run.held:
        print_line(out, run)
    print_verdicts(out, run, all_of_them=False)


def _tell_totals(runs: Sequence[Run]) -> None:
    held = sum(each.held for each in runs)
    expected = sum(len(each.verdicts) for each in runs)
    failed = sum(len(each.failed) for each in runs)
    attempts = sum(each.report.total.attempts for each in runs if each.report is not None)
    told = f"{expected:,} expectations, {failed} failed; {attempts:,} attempts"
    print(f"{held} of {len(runs)} scenarios held: {told}")


def _as_json(run: Run) -> dict[str, Any]:
    failure = run.failure
    return {
        "scenario": str(run.path),
        "held": run.held,
        "broke": None if failure is None else f"{type(failure).__name__}: {failure}",
        "report": None if run.report is None else run.report.as_json(),
        "imports": [
            {"list": each.list_name, "rows": each.rows, "leads": each.leads, "rejected": each.rejected}
            for each in run.imports
        ],
        "expectations": [
            {"name": verdict.name, "held": verdict.held, "message": verdict.message}
            for verdict in run.verdicts
        ],
    }


# --- check, schema, replay ------------------------------------------------------------------------


def check(files: Sequence[Path], *, as_json: bool = False) -> int:
    """Every problem of every file. A file with `simulation` is a scenario, any other a live configuration."""
    if not files:
        raise InputError(["check needs a file: dialer check FILE"])
    paths = files_of(files)
    results = [_checked(path) for path in paths]
    if as_json:
        print_json(
            {
                "ok": not any(problems for _, problems in results),
                "files": [
                    {
                        "file": str(path),
                        "ok": not problems,
                        "holds": None if problems else holds,
                        "problems": problems,
                    }
                    for path, (holds, problems) in zip(paths, results, strict=True)
                ],
            }
        )
    else:
        for path, (holds, problems) in zip(paths, results, strict=True):
            print("\n".join(problems) if problems else f"{path}: ok, {holds}")
    return BAD_INPUT if any(problems for _, problems in results) else HELD


def _checked(path: Path) -> tuple[str, list[str]]:
    """What the file holds, and its problems."""
    try:
        if "simulation" in yaml.read(path).data:
            scenario = load(path)
            return f"a scenario with {len(scenario.plan.expect)} expectations", []
        this_year = datetime.now(UTC).year
        configuration = load_configuration(path, years=(this_year, this_year + 1))
        return f"a live configuration with {len(configuration.campaigns)} campaigns", []
    except InputError as error:
        return "", error.problems


def schema() -> int:
    """Print the JSON Schema of a scenario."""
    print_json(json_schema())
    return HELD


def replay(
    source: Path, *, against: Path | None = None, seed: int | None = None, as_json: bool = False
) -> int:
    """A scenario runs again; a journal's decisions are made again. FAILED if something came out otherwise."""
    check_tz_database()
    if source.suffix in SCENARIO_SUFFIXES:
        return _replay_scenario(source, against, seed, as_json=as_json)
    for option, value in (("--against", against), ("--seed", seed)):
        if value is not None:
            raise InputError([f"{option} is for a scenario (.yaml); a journal is replayed by itself"])
    return _replay_journal(source, as_json=as_json)


def _replay_scenario(source: Path, against: Path | None, seed: int | None, *, as_json: bool) -> int:
    from simulator.replaying import run_against, run_twice

    scenario = reseeded(load(source), seed)
    comparison = run_twice(scenario) if against is None else run_against(scenario, against)
    if as_json:
        print_json({"source": str(source)} | comparison.as_json())
    else:
        print(f"{source}: {comparison.text}")
    return HELD if comparison.same else FAILED


def _replay_journal(source: Path, *, as_json: bool) -> int:
    from engine.journal.export import lines_of
    from engine.journal.replay import replay as replayed

    result = replayed(lines_of(source))
    difference = result.difference
    if as_json:
        print_json(
            {
                "source": str(source),
                "same": result.same,
                "lines": result.lines,
                "engine_starts": result.engines,
                "commands": result.commands,
                "decisions": result.decisions,
                "difference": None if difference is None else asdict(difference),
            }
        )
    else:
        print(f"{source}: {result.text}")
    return HELD if result.same else FAILED
