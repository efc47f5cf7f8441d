"""`dialer ownership`: which campaigns own the leads of a list, and how that ends; and the list's rules."""

from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Store
from engine.cli.tables import ToCsv
from engine.domain.rights import Right

if TYPE_CHECKING:
    from engine.domain.lists import OwnershipPolicy

app = App(
    name="ownership", help="See who owns the leads of a list, and release them.", help_format="markdown"
)

ListName = Annotated[str, Parameter(name="LIST", help="The list's name.")]

NEVER: Final = "none"


@app.command(name="list")
def list_(
    list_name: ListName, /, *, db: Store, csv: ToCsv = None, as_json: AsJson = False, as_user: AsUser = None
) -> int:
    """List the campaigns that own leads of a list now, with how many, and when their ownership expires.

    Needs the right `contact-list-ownership-control`. Give the command again to see the list as it is by then.
    """
    from engine.cli.office import office
    from engine.cli.tables import check_formats, show
    from engine.store.ownership import owners
    from engine.tables import Column, Kind

    check_formats(csv, as_json=as_json)
    columns = (
        Column("campaign", "The campaign."),
        Column("leads", "How many leads of the list it owns.", Kind.COUNT),
        Column("without_expiration", "Those of them whose ownership never expires by itself.", Kind.COUNT),
        Column("first_expiry", "When the first of the others expires.", Kind.INSTANT),
        Column("last_expiry", "When the last of them expires.", Kind.INSTANT),
    )
    with office(db, user=as_user, action="ownership list") as desk:
        desk.require(Right.OWNERSHIP_CONTROL)
        rows = [
            (each.campaign, each.leads, each.unlimited, each.first_expiry, each.last_expiry)
            for each in owners(desk.sql, list_name, now=desk.now())
        ]
    if not rows and csv is None and not as_json:
        print(f"no campaign owns a lead of list {list_name}")
        return 0
    show(columns, rows, "owners", csv=csv, as_json=as_json)
    return 0


@app.command
def release(
    list_name: ListName,
    /,
    *,
    db: Store,
    campaign: Annotated[
        list[str] | None, Parameter(negative="", help="Release what this campaign owns; may be given again.")
    ] = None,
    everything: Annotated[
        bool, Parameter(name="--all", negative="", show_default=False, help="Release all campaigns.")
    ] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Release the leads of a list that campaigns own. They are free at once for every campaign.

    Needs the right `contact-list-ownership-control`, and is audited. A campaign that owns nothing any more
    releases nothing. A call that is under way may take ownership anew when it is over.
    """
    from engine.cli.office import office
    from engine.errors import InputError
    from engine.names import counted
    from engine.store.ownership import release as release_
    from engine.store.reading import check_campaign
    from engine.terminal import print_json

    if bool(campaign) == everything:
        raise InputError(["say what to release: --campaign NAME, as often as you like, or --all"])
    with office(db, user=as_user, action="ownership release") as desk:
        desk.require(Right.OWNERSHIP_CONTROL)
        for name in campaign or ():
            check_campaign(desk.sql, name)
        released = desk.apply(release_(list_name, None if everything else campaign, by=desk.user))
    count = sum(released.values())
    if as_json:
        print_json({"list": list_name, "released": count, "campaigns": released})
        return 0
    of_each = ", ".join(f"{name} {leads:,}" for name, leads in released.items())
    print(f"released {counted(count, 'lead')} of list {list_name}" + (f": {of_each}" if of_each else ""))
    return 0


@app.command
def update(list_name: ListName, /, *, db: Store, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """Bring the owned leads of a list up to date now, as an engine does at an interval.

    First what has expired ends; then leads that were granted for another duration get the present one,
    counted from now; then ownerships that would soon expire are renewed, where no call has succeeded.
    """
    from dataclasses import asdict

    from engine.cli.office import office
    from engine.store.ownership import update_ownership
    from engine.terminal import print_json

    with office(db, user=as_user, action="ownership update") as desk:
        desk.require(Right.MANAGE_LISTS)
        updates = desk.apply(update_ownership(list_name, by=desk.user))
    if as_json:
        print_json({"list": list_name, **asdict(updates)})
        return 0
    print(
        f"list {list_name}: {updates.expired:,} expired, {updates.regranted:,} got the present duration, "
        f"{updates.renewed:,} renewed"
    )
    return 0


def set_(
    list_name: ListName,
    /,
    *,
    db: Store,
    ownership: Annotated[
        bool | None,
        Parameter(help="Whether leads get owners. What is owned stays so when this is switched off."),
    ] = None,
    duration: Annotated[
        str | None,
        Parameter(help="How long a campaign owns a lead: 3d4h, or none for no expiration."),
    ] = None,
    near: Annotated[
        str | None,
        Parameter(help="An ownership with so much left or less is renewed, if no call has succeeded: 1h."),
    ] = None,
    as_user: AsUser = None,
) -> int:
    """Set how campaigns own the leads of a list.

    Another duration reaches owned leads with the next update of the list.
    """
    from engine.cli.office import office
    from engine.config.durations import parse_duration
    from engine.config.ownership import read_term
    from engine.domain.time import Micros
    from engine.errors import InputError
    from engine.store.ownership import KEEP, Keep, configure_ownership

    problems = []
    term: Micros | Keep | None = KEEP
    limit: Micros | None = None
    if (ownership, duration, near) == (None, None, None):
        problems.append("say what changes: --ownership or --no-ownership, --duration, --near")
    try:
        term = KEEP if duration is None else read_term(duration)
    except ValueError as error:
        problems.append(f"--duration {error}, or {NEVER} for no expiration")
    try:
        limit = None if near is None else parse_duration(near)
    except ValueError as error:
        problems.append(f"--near {error}")
    if problems:
        raise InputError(problems)
    with office(db, user=as_user, action="ownership set") as desk:
        desk.require(Right.MANAGE_LISTS)
        rules = desk.apply(
            configure_ownership(list_name, by=desk.user, enabled=ownership, duration=term, near=limit)
        )
    print(f"list {list_name}: {told(rules.ownership)}")
    return 0


def told(rules: "OwnershipPolicy") -> str:
    """The rules in one sentence."""
    from engine.config.durations import write_duration

    if not rules.enabled:
        return "leads get no owners"
    if rules.duration is None:
        return "leads are owned with no expiration"
    term, near = write_duration(rules.duration), write_duration(rules.near)
    return f"leads are owned for {term}; with {near} left it is renewed, if no call has succeeded"
