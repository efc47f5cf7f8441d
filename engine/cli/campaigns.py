"""`dialer campaigns`: how they stand, and commands on all of a campaign's cases."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from engine.cli.confirming import Yes
from engine.cli.options import AsJson, AsUser, Store
from engine.cli.tables import ToCsv
from engine.domain.rights import Right

if TYPE_CHECKING:
    import sqlite3

    from engine.domain.time import Instant
    from engine.store.campaign_changes import Portion
    from engine.store.transaction import Change

app = App(name="campaigns", help="Work with campaigns and their cases.", help_format="markdown")

CampaignName = Annotated[str, Parameter(name="CAMPAIGN", help="The campaign's name.")]


@app.command(name="list")
def list_(*, db: Store, csv: ToCsv = None, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """List the campaigns: their states, and how many cases are new, due, held, in a call or closed.

    Needs the right `see-reports`.
    """
    from engine.cli.office import machine_time
    from engine.cli.tables import check_formats, show
    from engine.store.campaign_facts import campaigns, last_moment
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.tables import Column, Kind

    check_formats(csv, as_json=as_json)
    columns = (
        Column("campaign", "The campaign's name."),
        Column("state", "Running, paused, draining or stopped."),
        Column("mode", "Who is called first, and when."),
        Column("pool", "Whose agents take its calls."),
        Column("priority", "Its place in the pool.", Kind.COUNT),
        Column("weight", "Its share among campaigns of one priority.", Kind.COUNT),
        Column("new", "Cases never called, and due.", Kind.COUNT),
        Column("due", "Retries and callbacks that are due.", Kind.COUNT),
        Column("later", "Cases due later.", Kind.COUNT),
        Column("next_at", "When the first of these is due.", Kind.INSTANT),
        Column("held", "Cases that wait for more than their time.", Kind.COUNT),
        Column("live", "Cases in a call.", Kind.COUNT),
        Column("completed", "Cases closed as completed.", Kind.COUNT),
        Column("failed", "Cases closed for want of attempts.", Kind.COUNT),
        Column("dnc", "Cases closed for good.", Kind.COUNT),
    )
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        rows = []
        for each in campaigns(store, now=last_moment(store, machine_time())):
            cases = each.cases
            place = (each.mode, each.pool, each.priority, each.weight)
            open_cases = (cases.new, cases.due, cases.later, cases.next_at, cases.held, cases.live)
            closed = (cases.completed, cases.failed, cases.dnc)
            rows.append((each.name, each.state, *place, *open_cases, *closed))
    show(columns, rows, "campaigns", csv=csv, as_json=as_json)
    return 0


@app.command
def show(campaign: CampaignName, /, *, db: Store, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """Show one campaign: its cases, and its lists in the order in which their new leads are dialed.

    Needs the right `see-reports`.
    """
    from dataclasses import asdict

    from engine.cli.office import machine_time
    from engine.domain.time import iso
    from engine.store.campaign_facts import campaigns, last_moment, lists_of
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.terminal import print_json

    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        (facts,) = campaigns(store, campaign, now=last_moment(store, machine_time()))
        lists = lists_of(store, campaign)
    cases = facts.cases
    next_at = None if cases.next_at is None else iso(cases.next_at)
    if as_json:
        print_json(
            {
                "campaign": facts.name,
                "state": facts.state,
                "mode": facts.mode,
                "pool": facts.pool,
                "priority": facts.priority,
                "weight": facts.weight,
                "cases": asdict(cases) | {"next_at": next_at},
                "lists": [asdict(each) for each in lists],
            }
        )
        return 0
    print(f"campaign {facts.name} ({facts.mode}): {facts.state}")
    where = f"pool {facts.pool}" if facts.pool else "no pool"
    print(f"  {where}, priority {facts.priority}, weight {facts.weight}")
    print(f"  {_cases(cases.total)}: {cases.new:,} new, {cases.due:,} due, {cases.later:,} due later", end="")
    print(f" (from {next_at})" if next_at else "", end="")
    print(f", {cases.held:,} held, {cases.live:,} in a call,")
    print(f"    {cases.completed:,} completed, {cases.failed:,} failed, {cases.dnc:,} not to be called")
    for each in lists:
        off = "" if each.active else ", not active"
        print(
            f"  list {each.name}: priority {each.priority}, weight {each.weight}, {each.waiting:,} new{off}"
        )
    return 0


@app.command
def recycle(
    campaign: CampaignName, /, *, db: Store, as_user: AsUser = None, yes: Yes = False, as_json: AsJson = False
) -> int:
    """Make every case that waits for its time due now. Promised callbacks keep theirs.

    Cases that are held, as by the ownership of another campaign, are due as soon as they are not.
    """
    from engine.store.campaign_changes import recycle, waiting

    def count(sql: "sqlite3.Connection", now: "Instant") -> int:
        return waiting(sql, campaign, now=now)

    what = ("become", "due now")
    return _all_cases("recycle", campaign, recycle, count, what, db, as_user, yes=yes, as_json=as_json)


@app.command
def restart(
    campaign: CampaignName, /, *, db: Store, as_user: AsUser = None, yes: Yes = False, as_json: AsJson = False
) -> int:
    """Begin a new cycle of every case: attempts count from 0 again, and closed cases reopen.

    Cases that forbid calling stay closed, promised callbacks keep their times, and a case in a call begins
    its cycle when that is settled.
    """
    from engine.store.campaign_changes import restart, tried

    def count(sql: "sqlite3.Connection", now: "Instant") -> int:
        return tried(sql, campaign)

    what = ("begin", "a new cycle")
    return _all_cases("restart", campaign, restart, count, what, db, as_user, yes=yes, as_json=as_json)


def _all_cases(
    command: str,
    campaign: str,
    portion: "Callable[..., Change[Portion]]",
    count: "Callable[[sqlite3.Connection, Instant], int]",
    what: tuple[str, str],
    db: Path,
    as_user: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> int:
    from engine.cli.confirming import confirmed
    from engine.cli.office import office
    from engine.store.campaign_changes import PORTION, in_portions
    from engine.terminal import Progress, print_json

    with office(db, user=as_user, action=f"campaigns {command}") as desk:
        desk.require(Right.MANAGE_CAMPAIGNS)
        expected = count(desk.sql, desk.now())
        changed = 0
        if not expected:
            pass
        elif not confirmed(f"{_cases(expected)} of {campaign} will {' '.join(what)}.", yes=yes):
            print("nothing was changed")
            return 0
        else:
            with Progress(f"campaigns {command} {campaign}", shown=not as_json) as bar:

                def next_portion(after: int) -> "Change[Portion]":
                    return portion(campaign, by=desk.user, after=after, leads=PORTION, expected=expected)

                for changed in in_portions(next_portion, desk.apply):
                    bar.update(changed, expected, f"{changed:,} cases")
    if as_json:
        print_json({"campaign": campaign, "command": command, "cases": changed})
    else:
        verb, rest = what
        print(f"{campaign}: {_cases(changed)} {verb}{'s' if changed == 1 else ''} {rest}")
    return 0


def _cases(count: int) -> str:
    from engine.names import counted

    return counted(count, "case")
