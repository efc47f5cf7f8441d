"""The problems of a file that was imported, as a screen has room for them."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.store.problems import FileReport

PROBLEMS_SHOWN: Final = 20  # lines of problems on a screen; --report gets all


def print_problems(imported: "FileReport", report: Path | None) -> None:
    """The first ones, and where the others are."""
    for problem in imported.problems[:PROBLEMS_SHOWN]:
        print(problem.text(imported.file))
    if (more := imported.problem_count - PROBLEMS_SHOWN) > 0:
        where = f"all are in {report}" if report is not None else "--report FILE gets all of them"
        print(f"and {more:,} more problems; {where}")
