"""`dialer dnc`: who must not be called, by the house's own list and by registries."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import App, Parameter

from engine.cli import registries
from engine.cli.options import AsJson, AsUser, ProblemReport, Store, Strict, read_when
from engine.cli.registries import NO_REGISTRY, OfRegistry
from engine.cli.tables import ToCsv
from engine.domain.rights import Right
from engine.domain.wishes import EntrySource

if TYPE_CHECKING:
    from engine.domain.wishes import Whom

app = App(name="dnc", help="Say who must not be called.", help_format="markdown", version_flags=[])
app.command(registries.registries)

Numbers: TypeAlias = Annotated[str, Parameter(name="NUMBER", help="Numbers, with + and the country code.")]
Persons: TypeAlias = Annotated[
    list[str] | None,
    Parameter(negative="", help="A person, as the attribute `person` of leads has it; may be given again."),
]
Region: TypeAlias = Annotated[
    str | None, Parameter(help="The country (such as GB) whose national numbers these are.")
]
OfCampaign: TypeAlias = Annotated[
    str | None, Parameter(help="The entry keeps only this campaign from calling; all, if left out.")
]


@app.command
def add(
    *numbers: Numbers,
    db: Store,
    person: Persons = None,
    campaign: OfCampaign = None,
    region: Region = None,
    note: Annotated[str | None, Parameter(help="Why, for those who look at the list.")] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Put numbers and persons on the list of those who must not be called. It holds at once.

    Needs the right `manage-compliance`, and is audited. Calls that are up go on. What is on the list already
    stays as it is.
    """
    from dataclasses import asdict

    from engine.cli.office import office
    from engine.cli.whom import read_whoms
    from engine.domain.wishes import DoNotCall
    from engine.store.dnc import add_entries
    from engine.terminal import print_json

    whoms = read_whoms(numbers, person or (), region, any_plan=True)
    with office(db, user=as_user, action="dnc add", creates=True) as desk:
        desk.require(Right.MANAGE_COMPLIANCE)
        entries = [DoNotCall(whom=whom, campaign=campaign, note=note) for whom in whoms]
        done = desk.apply(add_entries(entries, by=desk.user))
    if as_json:
        print_json({"campaign": campaign, **asdict(done)})
        return 0
    already = f"; {done.already:,} already there" if done.already else ""
    print(f"{done.added:,} added to the do-not-call list{_of(campaign)}{already}")
    return 0


@app.command
def remove(
    *numbers: Numbers,
    db: Store,
    person: Persons = None,
    campaign: OfCampaign = None,
    region: Region = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Take numbers and persons off the list; cases that it held are asked about again.

    Needs the right `manage-compliance`, and is audited. A lead who said in a call that it must not be called
    is not called even so. Nothing is removed if one of them is not on the list.
    """
    from engine.cli.office import office
    from engine.cli.whom import read_whoms
    from engine.names import counted
    from engine.store.dnc import remove_entries
    from engine.terminal import print_json

    whoms = read_whoms(numbers, person or (), region, any_plan=True)
    with office(db, user=as_user, action="dnc remove") as desk:
        desk.require(Right.MANAGE_COMPLIANCE)
        _check_there(desk.sql, whoms, campaign)
        woken = desk.apply(remove_entries(whoms, campaign, by=desk.user))
    if as_json:
        print_json({"campaign": campaign, "removed": len(whoms), "woken": woken})
        return 0
    removed = f"{len(whoms):,} removed from the do-not-call list{_of(campaign)}"
    print(f"{removed}; {counted(woken, 'case is', 'cases are')} asked about again")
    return 0


@app.command(name="list")
def list_(
    *,
    db: Store,
    campaign: Annotated[str | None, Parameter(help="Only the entries of this campaign.")] = None,
    source: Annotated[EntrySource | None, Parameter(help="Only those that came so.")] = None,
    since: Annotated[
        str | None,
        Parameter(help="Only those that hold since then or later: a date, or a time with its zone."),
    ] = None,
    as_user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List the house's own do-not-call list, in the order in which it grew. Needs the right `see-reports`."""
    from engine.cli.tables import check_formats, show
    from engine.store.dnc import entries
    from engine.store.reading import check_campaign, reading
    from engine.store.users import require
    from engine.tables import Column, Kind

    check_formats(csv, as_json=as_json)
    earliest = read_when("--since", since)
    columns = (
        Column("number", "The number, if the entry is of one."),
        Column("person", "The person, if the entry is of one."),
        Column("campaign", "Who must not call; nothing for all campaigns."),
        Column("since", "Since when it holds.", Kind.INSTANT),
        Column("source", "How it came: command, import, disposition or configuration."),
        Column("note", "Why."),
    )
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        check_campaign(store, campaign)
        found = entries(store, campaign=campaign, source=source, since=earliest)
        rows = (
            (each.number, each.person, each.campaign, each.since, str(each.source), each.note)
            for each in found
        )
        show(columns, rows, "entries", csv=csv, as_json=as_json)
    return 0


@app.command
def check(
    number: Annotated[
        str | None, Parameter(name="NUMBER", help="A number, with + and the country code.")
    ] = None,
    /,
    *,
    db: Store,
    person: Annotated[str | None, Parameter(help="A person, as leads have it.")] = None,
    region: Region = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Say which lists a number or a person is on: the house's own, and every registry that is in use.

    Entries of persons who have the number count. Consents and rules are not asked; `dialer explain` does.
    Needs the right `see-reports`.
    """
    from engine.cli.registries import registry_entries
    from engine.cli.whom import read_whom
    from engine.domain.time import SECOND, iso
    from engine.store.dnc import entries_about
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.terminal import print_json

    whom = read_whom(number, person, region, any_plan=True)
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        own = entries_about(store, whom)
        listed = [] if whom.number is None else registry_entries(store, db, whom.number)
    if as_json:
        print_json(
            {
                "number": whom.number,
                "person": whom.person,
                "entries": [
                    {
                        "by": "number" if each.person is None else "person",
                        "campaign": each.campaign,
                        "since": iso(each.since),
                        "source": str(each.source),
                        "note": each.note,
                    }
                    for each in own
                ],
                "registries": [
                    {"registry": name, "version": version, "listed": on} for name, version, on in listed
                ],
            }
        )
        return 0
    for each in own:
        by = "the number" if each.person is None else f"person {each.person}"
        who = "nobody calls" if each.campaign is None else f"campaign {each.campaign} does not call"
        note = f": {each.note}" if each.note else ""
        print(f"own list: {who} {by}, since {iso(each.since - each.since % SECOND)} ({each.source}){note}")
    if not own:
        print("own list: not on it")
    for name, version, on in listed:
        told = "cannot be told" if on is None else "on it" if on else "not on it"
        print(f"{name} as of {version}: {told}")
    return 0


@app.command(name="import")
def import_(
    file: Annotated[
        Path,
        Parameter(name="FILE", help="A text or CSV file of numbers; plain, or as .gz, .bz2, .xz or .zip."),
    ],
    /,
    *,
    db: Store,
    campaign: OfCampaign = None,
    of: Annotated[OfRegistry, Parameter(name="*")] = NO_REGISTRY,
    column: Annotated[
        str | None,
        Parameter(
            help="The column with the numbers: its name; in a registry's file also its place from 1, and "
            "`1,2` joins two."
        ),
    ] = None,
    region: Annotated[
        str | None,
        Parameter(
            help="The country (such as GB) whose national numbers the file has; by default the registry's."
        ),
    ] = None,
    strict: Strict = False,
    report: ProblemReport = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Import a file into the house's own list or, with --registry and --version, as a registry's version.

    Needs the right `manage-compliance`, and is audited. Lines that are wrong are left out and reported one by
    one. In a file for the own list the columns are `number` (or `phone`), `person`, `since` and `note`;
    others are left out, and a file of bare numbers needs no heading. A registry's file that has mostly wrong
    lines is refused; until the import has ended, and if it fails, the version before is used.
    """
    from engine.errors import InputError

    if of.registry is not None:
        problems = [] if of.version is not None else ["--registry needs --version, the date of its data"]
        if campaign is not None:
            problems.append("--campaign is for the own list; a registry is everybody's")
        if problems:
            raise InputError(problems)
        return registries.import_version(
            file,
            of,
            db=db,
            column=column,
            region=region,
            strict=strict,
            report=report,
            as_user=as_user,
            as_json=as_json,
        )
    if of != NO_REGISTRY:
        raise InputError(["say which registry the file is of: --registry tps"])
    from engine.cli.wish_files import import_wish_file
    from engine.store.wish_import import DNC, WishFile

    return import_wish_file(
        WishFile(path=file, kind=DNC, column=column, region=region, campaign=campaign),
        action="dnc import",
        what=f"entries of the do-not-call list{_of(campaign)}",
        db=db,
        strict=strict,
        report=report,
        as_user=as_user,
        as_json=as_json,
    )


def _of(campaign: str | None) -> str:
    return "" if campaign is None else f" of campaign {campaign}"


def _check_there(sql: sqlite3.Connection, whoms: "list[Whom]", campaign: str | None) -> None:
    """Raises InputError, naming those that are not on the list."""
    from engine.errors import InputError
    from engine.store.dnc import entries_about, without_entry
    from engine.store.reading import check_campaign

    check_campaign(sql, campaign)
    problems = []
    for whom in without_entry(sql, whoms, campaign):
        name = whom.number or f"person {whom.person}"
        others = sorted({each.campaign for each in entries_about(sql, whom) if each.campaign is not None})
        hint = f"; --campaign {others[0]} has one" if others and campaign is None else ""
        problems.append(f"{name} is not on the do-not-call list{_of(campaign)}{hint}")
    if problems:
        raise InputError(problems)
