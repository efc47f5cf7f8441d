"""Registries on the command line: their versions come in, and tell who is on them. Part of `dialer dnc`."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from engine.cli.options import AsJson, AsUser, Store
from engine.cli.problems import print_problems
from engine.cli.tables import ToCsv

if TYPE_CHECKING:
    from engine.domain.time import Instant
    from engine.registries.importing import RegistryFile, RegistryReport

GOOD: Final = "ok"


@dataclass(frozen=True, kw_only=True)
class OfRegistry:
    """What is said of a file that is a registry's."""

    registry: Annotated[
        str | None,
        Parameter(help="The file is this registry's, such as tps or us-dnc; `protected-lines` is yours."),
    ] = None
    version: Annotated[
        str | None, Parameter(help="The date of the registry's data, needed with it: 2026-11-20.")
    ] = None
    delta_add: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="The file has numbers to add to the version in use."),
    ] = False
    delta_remove: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, help="The file has numbers to take off the version in use."
        ),
    ] = False
    older: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Go back to a version older than the one in use."),
    ] = False
    shrinks: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, help="The registry did lose more than a tenth of its numbers."
        ),
    ] = False
    own: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="A registry of your own, that no rule asks for yet."),
    ] = False


NO_REGISTRY: Final = OfRegistry()


def import_version(
    file: Path,
    of: OfRegistry,
    /,
    *,
    db: Path,
    column: str | None,
    region: str | None,
    strict: bool,
    report: Path | None,
    as_user: str | None,
    as_json: bool,
) -> int:
    """Import a registry's file as its version in use; `of` has its registry and version. Until the import has
    ended, and if it fails, the version before is used."""
    registry, version = of.registry, of.version
    assert registry is not None
    assert version is not None
    from engine.cli.office import office
    from engine.domain.rights import Right
    from engine.files import check_writable
    from engine.registries.importing import Part, RegistryFile, import_registry
    from engine.registries.known import check_registry, known_registries, region_of
    from engine.registries.shelf import shelf_of
    from engine.store.operator_rules import rules_in_force
    from engine.terminal import Progress, print_json

    if report is not None:
        check_writable(report)
    with (
        Progress(f"importing {file.name}", shown=not as_json) as bar,
        office(db, user=as_user, action="dnc import", creates=True) as desk,
    ):
        desk.require(Right.MANAGE_COMPLIANCE)
        known = known_registries(rules_in_force(desk.sql).rules)
        check_registry(registry, known, own=of.own)
        given = RegistryFile(
            path=file,
            registry=registry,
            version_at=_version_at(version, desk.now()),
            part=_part(Part, added=of.delta_add, removed=of.delta_remove),
            columns=tuple(name.strip() for name in column.split(",")) if column else (),
            region=region_of(region, known.get(registry)),
        )

        def progress(rows: int, done: int, total: int) -> None:
            rate = rows / max(bar.elapsed_s, 0.001)
            bar.update(done, total, f"{rows:,} rows, {rate:,.0f}/s")

        imported = import_registry(
            desk,
            shelf_of(db),
            given,
            older=of.older,
            shrinks=of.shrinks,
            strict=strict,
            report_path=report,
            progress=progress,
        )
        took = bar.elapsed_s
    if as_json:
        print_json(_as_json(given, imported))
    else:
        _print(given, imported, took, report)
    return 0


def registries(
    *,
    db: Store,
    every: Annotated[
        bool,
        Parameter(
            name="--all",
            negative="",
            show_default=False,
            help="Also those that rules ask for and are not here.",
        ),
    ] = False,
    as_user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List the registries with the version in use, how old it is, and how old the rules let it be.

    Whoever is a user may see it.
    """
    from engine.cli.office import machine_time
    from engine.cli.tables import check_formats, show
    from engine.store.reading import reading
    from engine.store.users import identify
    from engine.tables import Column, Kind

    check_formats(csv, as_json=as_json)
    columns = (
        Column("registry", "Its name."),
        Column("version", "The date of its data."),
        Column("age_days", "Whole days since then.", Kind.COUNT),
        Column("max_age_days", "How many days old the strictest rule in force lets it be.", Kind.COUNT),
        Column("numbers", "How many numbers are on it.", Kind.COUNT),
        Column("imported_at", "When it was imported.", Kind.INSTANT),
        Column("state", "ok, or why nobody is called who is to be looked up in it."),
        Column("source", "The name of the file that was imported last."),
    )
    with reading(db) as sql:
        identify(sql, as_user)
        rows = _rows(sql, db, machine_time(), every=every)
    if not rows and csv is None and not as_json:
        print("no registry has been imported")
    else:
        show(columns, rows, "registries", csv=csv, as_json=as_json)
    return 0


def registry_entries(sql: sqlite3.Connection, db: Path, number: str) -> list[tuple[str, str, bool | None]]:
    """Of every registry that is in use: its name, the date of its version, and whether the E.164 number is on
    it; None if that cannot be told."""
    from engine.registries.registries import Registries, versions

    snapshot = Registries(db, tell=_hear_nothing).current(sql)
    states = snapshot.states([each.name for each in versions(sql)], number)
    return [
        (
            each.name,
            _day(each.version_at),
            None if each.name in snapshot.problems else states[each.name].listed,
        )
        for each in versions(sql)
    ]


def _rows(sql: sqlite3.Connection, db: Path, now: "Instant", *, every: bool) -> list[tuple[Any, ...]]:
    from engine.domain.time import DAY
    from engine.registries.known import known_registries
    from engine.registries.registries import Registries, versions
    from engine.store.operator_rules import rules_in_force

    known = known_registries(rules_in_force(sql).rules)
    problems = Registries(db, tell=_hear_nothing).current(sql).problems
    rows: dict[str, tuple[Any, ...]] = {}
    for each in versions(sql):
        most = known[each.name].max_age_days if each.name in known else None
        age = now - each.version_at
        too_old = most is not None and age > most * DAY
        state = problems.get(each.name) or ("too old" if too_old else GOOD)
        told = (each.numbers, each.imported_at, state, each.source)
        rows[each.name] = (each.name, _day(each.version_at), age // DAY, most, *told)
    if every:
        for name, one in known.items():
            missing = (name, None, None, one.max_age_days, None, None, "not imported", None)
            rows.setdefault(name, missing)
    return [rows[name] for name in sorted(rows)]


def _hear_nothing(name: str, file: str, problem: str) -> None:
    """The table says it."""


def _version_at(text: str, now: "Instant") -> "Instant":
    from engine.config.times import parse_date, parse_when
    from engine.errors import InputError

    try:
        at = parse_when(parse_date(text))
    except ValueError as error:
        raise InputError([f"--version {error}"]) from None
    if at > now:
        raise InputError([f"--version is {text}, which is in the future; it is the date of the file's data"])
    return at


def _part(part: Any, *, added: bool, removed: bool) -> Any:
    from engine.errors import InputError

    if added and removed:
        raise InputError(
            ["--delta-add and --delta-remove are two kinds of files; import one after the other"]
        )
    return part.ADDED if added else part.REMOVED if removed else part.ALL


def _day(at: "Instant") -> str:
    from engine.domain.time import moment

    return moment(at).date().isoformat()


def _print(given: "RegistryFile", imported: "RegistryReport", took_s: float, report: Path | None) -> None:
    from engine.names import counted

    before = "" if imported.before is None else f", before {imported.before:,}"
    rate = imported.rows / max(took_s, 0.001)
    print(
        f"{imported.file}: {counted(imported.numbers, 'number is', 'numbers are')} on {given.registry} "
        f"as of {_day(given.version_at)}{before}"
    )
    print(f"  {counted(imported.rows, 'row')}, {imported.rejected:,} rejected")
    print(f"  in {took_s:.1f} s ({rate:,.0f} rows/s)")
    print_problems(imported, report)


def _as_json(given: "RegistryFile", imported: "RegistryReport") -> dict[str, object]:
    return {
        "file": imported.file,
        "registry": given.registry,
        "version": _day(given.version_at),
        "part": given.part,
        "rows": imported.rows,
        "rejected": imported.rejected,
        "numbers": imported.numbers,
        "before": imported.before,
        "problem_count": imported.problem_count,
        "problems": [problem.as_json() for problem in imported.problems],
    }
