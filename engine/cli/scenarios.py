"""Commands about scenario files. The simulator is loaded by name: it is no part of the engine."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from engine.cli.options import AsJson

Scenarios = Annotated[
    Path, Parameter(name="SCENARIO", negative="", help="A scenario file, or a folder of them.")
]
Seed = Annotated[int | None, Parameter(help="A seed to use instead of the scenario's own.")]


def _commands() -> Any:
    return import_module("simulator.commands")


def run(
    *scenarios: Scenarios,
    seed: Seed = None,
    journal: Annotated[Path | None, Parameter(help="Export the journal to this file, one line each.")] = None,
    db: Annotated[Path | None, Parameter(help="Keep the store in this file, which must be new.")] = None,
    report: Annotated[
        Path | None, Parameter(help="Write a page with plots, and the attempts as CSV, to this folder.")
    ] = None,
    junit: Annotated[Path | None, Parameter(help="Write the expectations as JUnit XML to this file.")] = None,
    checks: Annotated[
        bool,
        Parameter(
            show_default=False, help="Watch every invariant during the run, which takes half as long again."
        ),
    ] = True,
    as_json: AsJson = False,
    quiet: Annotated[
        bool, Parameter(negative="", show_default=False, help="Print only what failed.")
    ] = False,
) -> int:
    """Run scenarios in virtual time, print a report, and check what they expect.

    Exit code 0: every expectation held. 1: one failed. 2: bad input, nothing was run. 3: the engine broke
    or an invariant did; the message says how to repeat it.
    """
    code: int = _commands().run(
        scenarios,
        seed=seed,
        journal=journal,
        db=db,
        report=report,
        junit=junit,
        checks=checks,
        as_json=as_json,
        quiet=quiet,
    )
    return code


def check(
    *files: Annotated[
        Path,
        Parameter(name="FILE", negative="", help="A scenario or a live configuration, or a folder of them."),
    ],
    as_json: AsJson = False,
) -> int:
    """Validate files, and print every problem of each with its line.

    Exit code 2 if there is any problem.
    """
    code: int = _commands().check(files, as_json=as_json)
    return code


def schema() -> int:
    """Print the JSON Schema of scenario files, for editors."""
    code: int = _commands().schema()
    return code


def replay(
    source: Annotated[
        Path, Parameter(name="SOURCE", help="A scenario (.yaml) or an exported journal (.jsonl).")
    ],
    /,
    *,
    against: Annotated[
        Path | None, Parameter(help="For a scenario: the journal of an earlier run to compare with.")
    ] = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> int:
    """Run a scenario again, or make every decision of a journal again, and name the first difference.

    A scenario without --against is run twice. Exit code 1 if there is a difference.
    """
    code: int = _commands().replay(source, against=against, seed=seed, as_json=as_json)
    return code
