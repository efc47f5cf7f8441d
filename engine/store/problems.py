"""What is wrong with an imported file, line by line: what, where, why, and what would be right."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TextIO

from engine.errors import InputError

PROBLEMS_KEPT_MAX: Final = 1_000  # in memory; more than anyone reads. A report file gets all of them
REJECTED_MOST: Final = 0.5  # of the rows of a list of numbers: more, and it is the wrong column or file
VALUE_SHOWN_MAX: Final = 60  # characters of a value in a message
_REPORT_COLUMNS: Final = ("line", "column", "value", "problem", "remedy", "effect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`message` continues the sentence that begins with the value, where there is one.

    `rejected`: the line did not go in. Otherwise it went in without the part that is wrong.
    """

    line: int
    column: str | None = None
    value: str | None = None
    message: str
    remedy: str = ""
    rejected: bool = True

    def text(self, file: str) -> str:
        """One line to print: `file:line: column: message; remedy`."""
        where = f"{file}:{self.line}: " + (f"{self.column}: " if self.column else "")
        what = self.message if self.value is None else f"{shown(self.value)} {self.message}"
        return where + what + (f"; {self.remedy}" if self.remedy else "")

    def as_json(self) -> dict[str, object]:
        return {
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "problem": self.message,
            "remedy": self.remedy,
            "rejected": self.rejected,
        }


def shown(value: str) -> str:
    """A value in quotes, on one line and not too long."""
    return repr(value if len(value) <= VALUE_SHOWN_MAX else value[: VALUE_SHOWN_MAX - 1] + "…")


@dataclass(slots=True, kw_only=True)
class FileReport:
    """What became of a file's rows; blank lines are none. `problems` are the first ones, in the order of the
    lines; `warnings` counts the problems of lines that went in, and those of the header."""

    file: str
    rows: int = 0
    rejected: int = 0
    warnings: int = 0
    problem_count: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The problems ready to print; the last one says how many more there are."""
        texts = [problem.text(self.file) for problem in self.problems]
        if more := self.problem_count - len(texts):
            texts.append(f"{self.file}: and {more:,} more problems")
        return texts


@dataclass(slots=True, kw_only=True)
class ImportReport(FileReport):
    """`rows` = `leads` + `rejected`."""

    list_name: str
    leads: int = 0
    phones: int = 0


class ImportRefused(InputError):
    """A strict import found problems: nothing went in. `report` counts what would have."""

    def __init__(self, report: FileReport) -> None:
        super().__init__(report.texts)
        self.report = report


class ProblemLog:
    """Counts problems into a report and keeps the first ones; writes all to `path` if there is one."""

    def __init__(self, report: FileReport, path: Path | None) -> None:
        self._report = report
        self._path = path
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                self._file = self._path.open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise InputError([f"{self._path}: cannot be written: {error.strerror}"]) from error
            self._writer = csv.writer(self._file, lineterminator="\n")
            self._writer.writerow(_REPORT_COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, problem: Problem) -> None:
        report = self._report
        report.problem_count += 1
        report.warnings += not problem.rejected
        if len(report.problems) < PROBLEMS_KEPT_MAX:
            report.problems.append(problem)
        if self._writer is not None:
            effect = "rejected" if problem.rejected else "warning"
            row = (problem.line, problem.column, problem.value, problem.message, problem.remedy, effect)
            self._writer.writerow(row)
