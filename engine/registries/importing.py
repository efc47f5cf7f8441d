"""A registry comes in whole: its numbers, sorted, in a file on the shelf; then a row that puts them in use.

A crash before the row leaves the old version in use, and what was written is removed by the next import.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.compliance.verdict import Gate
from engine.domain.time import Instant, moment
from engine.errors import InputError
from engine.phones import PhoneError
from engine.registries.columns import Column, columns
from engine.registries.number_file import Unusable
from engine.registries.registries import Version, version_of
from engine.registries.shelf import Folder, Kept, Shelf
from engine.registries.sorting import Sorter, merged, without
from engine.registries.spelling import Spelling
from engine.store.audit import audit
from engine.store.command import Command
from engine.store.gates_wake import ask_in_portions
from engine.store.packed import Unpacked
from engine.store.problems import REJECTED_MOST, FileReport, Problem, ProblemLog
from engine.store.transaction import Change, Transaction

Numbers: TypeAlias = NDArray[np.uint64]

SHRINKS_MOST: Final = 0.1  # of the numbers in use: more, and it is a part of the registry only

ASKING: Final = (Gate.REGISTRY, Gate.ORIGIN)
"""The gates that ask registries."""


class Part(StrEnum):
    """What a file is to the registry."""

    ALL = "all"
    ADDED = "added"  # since the version in use
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFile:
    """What is to be imported, as what. `columns` are names or numbers from 1, and `region` the country whose
    national numbers the file has."""

    path: Path
    registry: str
    version_at: Instant
    part: Part = Part.ALL
    columns: tuple[str, ...] = ()
    region: str | None = None


@dataclass(slots=True, kw_only=True)
class RegistryReport(FileReport):
    """`numbers` are in the version that comes of it, and `before` were in the one that was in use."""

    numbers: int = 0
    before: int | None = None


Progress: TypeAlias = Callable[[int, int, int], None]
"""Rows, bytes read, and bytes of the file."""


def import_registry(
    desk: Command,
    shelf: Shelf,
    given: RegistryFile,
    *,
    older: bool = False,
    shrinks: bool = False,
    strict: bool = False,
    report_path: Path | None = None,
    progress: Progress = lambda rows, done, total: None,
) -> RegistryReport:
    """Import a file as a version of a registry, and use it from then on instead of the one in use. Raises
    InputError, with nothing changed, as the steps do, and if somebody else imports the registry now.
    A whole file has most of the numbers in use, unless the registry `shrinks`.

    What it may let pass is asked about again afterwards, some thousand cases at a time; what a crash leaves
    out, the next engine asks about when it starts."""
    with shelf.locked(given.registry):
        before = version_of(desk.sql, given.registry)
        check_order(given, before, older=older)
        try:
            kept, report = read_registry(
                shelf, given, before, strict=strict, report_path=report_path, progress=progress
            )
            if not shrinks:
                check_size(given, report)
            desk.apply(put_in_use(given, kept, before, user=desk.user, action=desk.action, older=older))
            ask_in_portions(desk.sql, desk.apply, ASKING)
        finally:
            used = version_of(desk.sql, given.registry)
            shelf.clear(given.registry, keep="" if used is None else used.file)
    return report


def read_registry(
    shelf: Shelf,
    given: RegistryFile,
    before: Version | None,
    *,
    strict: bool = False,
    report_path: Path | None = None,
    progress: Progress = lambda rows, done, total: None,
) -> tuple[Kept, RegistryReport]:
    """Put the numbers of a file on the shelf. Nobody uses them yet.

    Raises InputError, with nothing put away, for a file that cannot be read, that has no number at all or
    mostly lines without one; if `strict`, for any line without one; and for changes to a version that is not
    there.
    """
    report = RegistryReport(file=str(given.path), before=None if before is None else before.numbers)
    base = _base(shelf, given, before)
    folder = shelf.path if isinstance(shelf, Folder) else None
    with ProblemLog(report, report_path) as log, Sorter(folder) as sorter:
        with closing(Unpacked(given.path)) as file:
            layout, blocks = columns(file.read, report.file, given.columns)
            spelling = Spelling(given.region)
            for column in blocks:
                report.rows += column.rows
                sorter.add(_numbers(column, layout.name, spelling, log))
                progress(report.rows, file.position, file.size)
        report.rejected = report.problem_count
        _check(report, given, layout.name, strict=strict)
        found: Iterable[Numbers] = merged(sorter.sources())
        if given.part is Part.ADDED:
            found = merged([base, found])
        elif given.part is Part.REMOVED:
            found = without(base, found)
        kept = shelf.keep(given.registry, found, version_at=given.version_at)
    report.numbers = kept.count
    return kept, report


def put_in_use(
    given: RegistryFile, kept: Kept, before: Version | None, *, user: str, action: str, older: bool = False
) -> Change[None]:
    """The change that puts a version in use that is on the shelf. `before` is the version that it was made
    beside. Raises InputError if another one is in use by now."""

    def change(tx: Transaction) -> None:
        check_order(given, version_of(tx.sql, given.registry), older=older)
        if version_of(tx.sql, given.registry) != before:
            raise InputError(
                [f"{given.registry}: another version was imported meanwhile; give the command again"]
            )
        put_row(tx, given.registry, given.version_at, given.path.name, kept)
        audit(
            tx,
            user=user,
            action=action,
            subject=given.registry,
            count=kept.count,
            part=given.part,
            version=_day(given.version_at),
            before=None if before is None else _day(before.version_at),
            digest=kept.digest,
        )

    return change


def check_order(given: RegistryFile, before: Version | None, *, older: bool) -> None:
    """Raises InputError for a version that is older than the one in use, unless that is meant."""
    if before is not None and given.version_at < before.version_at and not older:
        raise InputError(
            [
                f"{given.registry}: version {_day(given.version_at)} is older than the one in use, "
                f"{_day(before.version_at)}; give --older to go back to it"
            ]
        )


def check_size(given: RegistryFile, report: RegistryReport) -> None:
    """Raises InputError for a whole file with far fewer numbers than are in use: it is a file of changes, or
    a piece of one."""
    before = report.before
    if given.part is not Part.ALL or before is None or report.numbers >= before * (1 - SHRINKS_MOST):
        return
    raise InputError(
        [
            f"{given.registry}: {report.numbers:,} in {report.file}, {before:,} in the version in use: "
            f"over {SHRINKS_MOST:.0%} fewer; if they are what was added or removed, give --delta-add or "
            "--delta-remove; if the registry did shrink, give --shrinks"
        ]
    )


def _base(shelf: Shelf, given: RegistryFile, before: Version | None) -> Iterator[Numbers]:
    """The numbers of the version that a file of changes is for."""
    if given.part is Part.ALL:
        return iter(())
    if before is None:
        raise InputError([f"{given.registry}: there is no version to change; import a whole file first"])
    try:
        numbers = shelf.open(before.file)
    except Unusable as error:
        what = f"the version in use cannot be changed, since {before.file} {error}"
        raise InputError([f"{given.registry}: {what}; import a whole file"]) from None
    return numbers.blocks()


def _numbers(column: Column, name: str, spelling: Spelling, log: ProblemLog) -> Numbers:
    """The numbers of a block; what is none goes to the log, in the order of the lines."""
    numbers, plain = spelling.read(column.text, column.starts, column.ends)
    problems = column.problems
    for row in np.flatnonzero(~plain):
        try:
            numbers[row] = spelling.read_one(column.field(int(row)))
            plain[row] = True
        except PhoneError as error:
            line = int(column.lines[row])
            message, _, remedy = error.reason.partition("; ")
            value = column.original(line).strip()
            problems.append(Problem(line=line, column=name, value=value, message=message, remedy=remedy))
    for problem in sorted(problems, key=lambda problem: problem.line):
        log.add(problem)
    return numbers[plain]


def _check(report: RegistryReport, given: RegistryFile, column: str, *, strict: bool) -> None:
    good = report.rows - report.rejected
    if good and not (strict and report.rejected) and report.rejected <= report.rows * REJECTED_MOST:
        return
    if strict and report.rejected:
        raise InputError(report.texts)
    region = "give --region" if given.region is None else f"the numbers may not be those of {given.region}"
    what = (
        f"{report.rejected:,} of {report.rows:,} lines have no number"
        if report.rows
        else "there is no number"
    )
    raise InputError(
        [*report.texts[:5], f"{report.file}: {what} in {column!r}; {region}, or name another --column"]
    )


def _day(at: Instant) -> str:
    return moment(at).date().isoformat()


def add_registry(
    shelf: Shelf,
    tx: Transaction,
    name: str,
    numbers: Iterable[str],
    *,
    version_at: Instant,
    source: str,
) -> Kept:
    """Put E.164 numbers in use as a registry, within the transaction that is open: for files that bring their
    registries along, and for tests."""
    with Sorter() as sorter:
        sorter.add(np.array([int(number) for number in numbers], np.uint64))
        kept = shelf.keep(name, merged(sorter.sources()), version_at=version_at)
    put_row(tx, name, version_at, source, kept)
    return kept


def put_row(tx: Transaction, name: str, version_at: Instant, source: str, kept: Kept) -> None:
    """The version in use from now on, within the transaction that is open. Whom `ASKING` gates hold, and who
    waits for no time, is to be asked about again."""
    columns = "name, version_at, imported_at, source, numbers, file, digest"
    row = (name, version_at, tx.now, source, kept.count, kept.file, kept.digest)
    tx.sql.execute(f"INSERT OR REPLACE INTO registries ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
