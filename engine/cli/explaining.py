"""`dialer explain`: why a lead was or was not dialed, and how all leads of a campaign stand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from engine.cli.options import AsJson, AsUser, Campaign, Store, read_moment
from engine.cli.tables import ToCsv, check_formats
from engine.domain.rights import Right

if TYPE_CHECKING:
    from engine.domain.time import Instant
    from engine.store.gates import Gates

NOW: Final = "now"


def explain(
    lead: Annotated[str | None, Parameter(name="LEAD", help="The lead's key on its list.")] = None,
    /,
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: Annotated[
        str | None, Parameter(name="--list", help="The list, for a key that is on several.")
    ] = None,
    summary: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Tell how all leads of the campaign stand instead."),
    ] = False,
    at: Annotated[
        str | None,
        Parameter(
            help="An instant, ISO 8601 with a zone, or `now`; the last that the journal knows, if left out."
        ),
    ] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
    csv: ToCsv = None,
) -> int:
    """Tell why a lead was or was not dialed: its attempts, its status, and every gate with what it says.

    With --summary: how many leads of the campaign can be dialed now, and what holds the others, until when.
    The store is one that a run kept with --db. Needs the right `see-reports`.
    """
    from engine.errors import InputError
    from engine.tz_database import check_tz_database

    check_tz_database()
    moment = _moment(at)
    if not summary:
        if lead is None:
            raise InputError(["name a lead by its key, or a campaign: --campaign NAME --summary"])
        if csv is not None:
            raise InputError(["--csv is for --summary: a lead's explanation is no table; use --json"])
        return _lead(db, lead, campaign, list_name, moment, as_user, as_json=as_json)
    if lead is not None or list_name is not None:
        raise InputError(["--summary is of a whole campaign; leave out the lead and its list"])
    if campaign is None:
        raise InputError(["--summary is of one campaign; name it: --campaign NAME"])
    check_formats(csv, as_json=as_json)
    return _summary(db, campaign, moment, as_user, csv, as_json=as_json)


def _moment(at: str | None) -> "Instant | None":
    from engine.cli.office import machine_time

    return machine_time() if at == NOW else read_moment("--at", at)


def _gates(db: Path) -> "Gates":
    from engine.registries.registries import Registries
    from engine.store.gates import Gates
    from engine.store.rules_in_force import StoredRules

    return Gates(StoredRules(), Registries(db))


def _lead(
    db: Path,
    lead: str,
    campaign: str | None,
    list_name: str | None,
    at: "Instant | None",
    as_user: str | None,
    *,
    as_json: bool,
) -> int:
    from engine.explain import explain as explained
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.terminal import print_json

    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        found = explained(store, lead, campaign=campaign, list_name=list_name, at=at, asked=_gates(db))
    if as_json:
        print_json(found.as_json())
    else:
        print(found.text)
    return 0


def _summary(
    db: Path, campaign: str, at: "Instant | None", as_user: str | None, csv: str | None, *, as_json: bool
) -> int:
    from engine.cli.tables import show
    from engine.explain import SUMMARY_COLUMNS, summary
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.terminal import Progress, print_json

    with reading(db) as store, Progress("judging leads") as bar:
        require(store, as_user, Right.SEE_REPORTS)
        found = summary(
            store,
            campaign,
            at=at,
            asked=_gates(db),
            progress=lambda done, total: bar.update(done, total, f"{done:,} leads"),
        )
    if as_json:
        print_json(found.as_json())
        return 0
    if csv is None:
        print(found.text)
    show(SUMMARY_COLUMNS, found.rows(), "kinds of standing", csv=csv)
    if csv is None and found.figures:
        print()
        for rule, figures in found.figures.items():
            print(f"{rule}: {figures}")
    return 0
