"""`dialer lists`: contact lists, whether they are dialed, and their places in the campaigns."""

from typing import Annotated

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Store
from engine.cli.ownership import set_, told
from engine.cli.tables import ToCsv
from engine.domain.rights import Right

app = App(name="lists", help="Work with contact lists.", help_format="markdown")

app.command(set_, name="set")

ListName = Annotated[str, Parameter(name="LIST", help="The list's name.")]


@app.command(name="list")
def list_(*, db: Store, csv: ToCsv = None, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """List the lists: whether they are dialed, their leads and phones, and the campaigns that dial them.

    Needs the right `see-reports`.
    """
    from engine.cli.tables import check_formats, show
    from engine.store.lists import lists
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.tables import Column, Kind

    check_formats(csv, as_json=as_json)
    columns = (
        Column("list", "The list's name."),
        Column("active", "Whether it is dialed.", Kind.YES),
        Column("leads", "How many leads are on it.", Kind.COUNT),
        Column("phones", "How many numbers they have.", Kind.COUNT),
        Column("created_at", "When its first leads came.", Kind.INSTANT),
        Column("campaigns", "Those that dial it."),
    )
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        rows = [
            (each.name, each.active, each.leads, each.phones, each.created_at, ", ".join(each.campaigns))
            for each in lists(store)
        ]
    show(columns, rows, "lists", csv=csv, as_json=as_json)
    return 0


@app.command
def show(list_name: ListName, /, *, db: Store, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """Show one list: its leads, and its place and cases in each campaign that dials it.

    Needs the right `see-reports`.
    """
    from dataclasses import asdict

    from engine.domain.time import SECOND, iso
    from engine.names import counted
    from engine.store.lists import dialed_by, lists
    from engine.store.ownership import list_rules
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.terminal import print_json

    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        (found,) = lists(store, list_name)
        dialed = dialed_by(store, found.id)
        ownership = list_rules(store, list_name).ownership
    if as_json:
        print_json(
            {
                "list": found.name,
                "active": found.active,
                "leads": found.leads,
                "phones": found.phones,
                "created_at": iso(found.created_at),
                "ownership": {
                    "enabled": ownership.enabled,
                    "duration_seconds": None if ownership.duration is None else ownership.duration / SECOND,
                    "near_seconds": ownership.near / SECOND,
                },
                "campaigns": [asdict(each) for each in dialed],
            }
        )
        return 0
    print(f"list {found.name}: {'active' if found.active else 'not active, nobody dials it'}")
    leads, phones = counted(found.leads, "lead"), counted(found.phones, "phone")
    print(f"  {leads} with {phones}, since {iso(found.created_at)}")
    print(f"  {told(ownership)}")
    for each in dialed:
        print(
            f"  campaign {each.campaign}: priority {each.priority}, weight {each.weight}; "
            f"{each.new:,} new, {each.open:,} to be called again, {each.closed:,} closed"
        )
    return 0


@app.command
def activate(list_name: ListName, /, *, db: Store, as_user: AsUser = None) -> int:
    """Have a list dialed again. What was held meanwhile is due at once."""
    return _set_active(list_name, db, as_user, active=True)


@app.command
def deactivate(list_name: ListName, /, *, db: Store, as_user: AsUser = None) -> int:
    """Have a list dialed no more, by any campaign. Calls that are up go on."""
    return _set_active(list_name, db, as_user, active=False)


def _set_active(list_name: str, db: Store, as_user: str | None, *, active: bool) -> int:
    from engine.cli.office import office
    from engine.store.lists import lists, set_active

    command = "activate" if active else "deactivate"
    with office(db, user=as_user, action=f"lists {command}") as desk:
        desk.require(Right.MANAGE_LISTS)
        (found,) = lists(desk.sql, list_name)
        if found.active is not active:
            desk.apply(set_active(list_name, active=active, by=desk.user))
    already = " already" if found.active is active else ""
    print(f"list {list_name} is {'' if active else 'not '}active{already}")
    return 0


@app.command
def share(
    list_name: ListName,
    /,
    *,
    db: Store,
    campaign: Annotated[str, Parameter(help="The campaign that dials the list.")],
    priority: Annotated[
        int | None, Parameter(help="New leads of the list go before those of lists with a lower one.")
    ] = None,
    weight: Annotated[
        int | None, Parameter(help="The list's share of new leads among lists of the same priority.")
    ] = None,
    as_user: AsUser = None,
) -> int:
    """Give a list another place among those of a campaign, from the next dial on."""
    from engine.cli.office import office
    from engine.config.selection import PRIORITY_MAX, WEIGHT_MAX
    from engine.errors import InputError
    from engine.store.lists import set_share

    problems = []
    if priority is None and weight is None:
        problems.append("say what changes: --priority, --weight or both")
    if priority is not None and not 0 <= priority <= PRIORITY_MAX:
        problems.append(f"--priority is {priority}; it can be 0 to {PRIORITY_MAX}")
    if weight is not None and not 1 <= weight <= WEIGHT_MAX:
        problems.append(f"--weight is {weight}; it can be 1 to {WEIGHT_MAX}")
    if problems:
        raise InputError(problems)
    with office(db, user=as_user, action="lists share") as desk:
        desk.require(Right.MANAGE_LISTS)
        found = desk.apply(set_share(list_name, campaign, by=desk.user, priority=priority, weight=weight))
    print(f"list {list_name} in {campaign}: priority {found.priority}, weight {found.weight}")
    return 0
