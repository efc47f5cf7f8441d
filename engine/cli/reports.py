"""`dialer reports`: what has been done and how far it is, from the store. Nothing here changes it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Campaign, Store
from engine.cli.tables import ToCsv

if TYPE_CHECKING:
    from engine.domain.rights import Right
    from engine.store.reports.contact import Contact
    from engine.store.reports.report import Report
    from engine.tables import Column, Row

app = App(name="reports", help="Report what has been done.", help_format="markdown")

List: TypeAlias = Annotated[str | None, Parameter(name="--list", help="Only leads of this list.")]
Lead: TypeAlias = Annotated[str | None, Parameter(help="Only this lead, by its key.")]
Agent: TypeAlias = Annotated[str | None, Parameter(help="Only attempts of this agent.")]
Since: TypeAlias = Annotated[
    str | None, Parameter(name="--from", help="Not before this instant, ISO 8601 with a zone.")
]
Until: TypeAlias = Annotated[str | None, Parameter(name="--to", help="Before this instant, likewise.")]


@app.command
def attempts(
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: List = None,
    lead: Lead = None,
    agent: Agent = None,
    status: Annotated[str | None, Parameter(help="Only attempts that left their case so.")] = None,
    outcome: Annotated[str | None, Parameter(help="Only customer legs that ended so.")] = None,
    ending: Annotated[str | None, Parameter(help="Only attempts that ended so.")] = None,
    disposition: Annotated[str | None, Parameter(help="Only attempts with this result code.")] = None,
    since: Since = None,
    until: Until = None,
    user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List every attempt: whom it was for, its numbers in the cycle, how it ended, and what follows.

    The customer attempt number is empty where the customer was not dialed. JSON is one object a line. The
    time is that of the attempt's start.
    """
    from engine.domain.words import CaseStatus, Ending, Outcome
    from engine.store.reports.attempts import ATTEMPTS

    asked = {
        "campaign": campaign,
        "list": list_name,
        "lead": lead,
        "agent": agent,
        "status": _one_of("--status", status, CaseStatus),
        "outcome": _one_of("--outcome", outcome, Outcome),
        "ending": _one_of("--ending", ending, Ending),
        "disposition": disposition,
        "since": _instant("--from", since),
        "until": _instant("--to", until),
    }
    return _report(db, ATTEMPTS, asked, user=user, csv=csv, as_json=as_json)


@app.command
def cases(
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: List = None,
    lead: Lead = None,
    status: Annotated[str | None, Parameter(help="Only cases with this status.")] = None,
    contact_status: Annotated[
        str | None, Parameter(name="--contact", help="Only cases with this contact status.")
    ] = None,
    waits_for: Annotated[str | None, Parameter(help="Only cases that this holds.")] = None,
    since: Since = None,
    until: Until = None,
    user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List every case: its status, attempts and calls, when it is due, and what holds it.

    The time is that at which the case is due.
    """
    from engine.domain.words import CaseStatus, ContactStatus, Hold
    from engine.store.reports.cases import CASES

    asked = {
        "campaign": campaign,
        "list": list_name,
        "lead": lead,
        "status": _one_of("--status", status, CaseStatus),
        "contact": _one_of("--contact", contact_status, ContactStatus),
        "waits_for": _one_of("--waits-for", waits_for, Hold),
        "since": _instant("--from", since),
        "until": _instant("--to", until),
    }
    return _report(db, CASES, asked, user=user, csv=csv, as_json=as_json)


@app.command
def contact(
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: List = None,
    user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """Count the leads of each campaign by contact status, and tell whether that is final.

    A bad connection is a lead that was called several times without a person answering; it is still dialed.
    """
    from engine.store.reports.contact import STATUS_COLUMNS, status_rows

    return _contact(
        db, campaign, list_name, STATUS_COLUMNS, status_rows, "contact statuses", user, csv, as_json
    )


@app.command
def calls(
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: List = None,
    user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """Count the leads of each campaign by the number of calls: how often their phones were dialed."""
    from engine.store.reports.contact import CALLS_COLUMNS, calls_rows

    return _contact(
        db, campaign, list_name, CALLS_COLUMNS, calls_rows, "numbers of calls", user, csv, as_json
    )


@app.command
def reach(
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: List = None,
    user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """Tell how many leads of each campaign were called at least once, and of how many a person answered."""
    from engine.store.reports.contact import REACH_COLUMNS, reach_rows

    return _contact(db, campaign, list_name, REACH_COLUMNS, reach_rows, "campaigns", user, csv, as_json)


@app.command
def dispositions(
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: List = None,
    agent: Agent = None,
    since: Since = None,
    until: Until = None,
    user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """Count attempts by result code, with the lead status and the settings of each.

    The time is that of the attempt's start.
    """
    from engine.store.reports.dispositions import DISPOSITIONS

    asked = {
        "campaign": campaign,
        "list": list_name,
        "agent": agent,
        "since": _instant("--from", since),
        "until": _instant("--to", until),
    }
    return _report(db, DISPOSITIONS, asked, user=user, csv=csv, as_json=as_json)


@app.command
def ownership(
    *,
    db: Store,
    campaign: Campaign = None,
    list_name: List = None,
    lead: Lead = None,
    since: Since = None,
    until: Until = None,
    user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List the leads that a campaign owns, with their expiries.

    The campaign is the owner; the time is that of the expiry. Needs the right contact-list-ownership-control.
    """
    from engine.domain.rights import Right
    from engine.store.reports.ownership import OWNERSHIP

    asked = {
        "campaign": campaign,
        "list": list_name,
        "lead": lead,
        "since": _instant("--from", since),
        "until": _instant("--to", until),
    }
    return _report(db, OWNERSHIP, asked, user=user, csv=csv, as_json=as_json, right=Right.OWNERSHIP_CONTROL)


@app.command
def resets(
    *,
    db: Store,
    by: Annotated[str | None, Parameter(help="Only resets of this user.")] = None,
    status: Annotated[str | None, Parameter(help="Only resets that are so far: done or undone.")] = None,
    since: Since = None,
    until: Until = None,
    user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List the resets of leads: who did them, what was asked for, and what came of it."""
    from engine.store.reports.resets import RESETS

    asked = {
        "user": by,
        "status": _one_of("--status", status, ("confirmed", "done", "undone")),
        "since": _instant("--from", since),
        "until": _instant("--to", until),
    }
    return _report(db, RESETS, asked, user=user, csv=csv, as_json=as_json)


# --- what they share ------------------------------------------------------------------------------


def _report(
    db: Path,
    report: "Report",
    asked: dict[str, Any],
    *,
    user: str | None,
    csv: str | None,
    as_json: bool,
    right: "Right | None" = None,
) -> int:
    from engine.cli.tables import check_formats, show
    from engine.domain.rights import Right
    from engine.store.reading import check_campaign, check_lead, check_list, reading
    from engine.store.users import require

    check_formats(csv, as_json=as_json)
    with reading(db) as store:
        require(store, user, Right.SEE_REPORTS if right is None else right)
        check_campaign(store, asked.get("campaign"))
        check_list(store, asked.get("list"))
        check_lead(store, asked.get("lead"))
        show(report.columns, report.rows(store, **asked), report.what, csv=csv, as_json=as_json)
    return 0


def _contact(
    db: Path,
    campaign: str | None,
    list_name: str | None,
    columns: "tuple[Column, ...]",
    rows_of: Callable[["Contact"], Iterator[tuple[Any, ...]]],
    what: str,
    user: str | None,
    csv: str | None,
    as_json: bool,
) -> int:
    from engine.cli.tables import check_formats, show
    from engine.domain.rights import Right
    from engine.store.reading import check_campaign, check_list, reading
    from engine.store.reports.contact import contacts
    from engine.store.users import require

    check_formats(csv, as_json=as_json)
    with reading(db) as store:
        require(store, user, Right.SEE_REPORTS)
        check_campaign(store, campaign)
        check_list(store, list_name)
        rows: Iterable[Row] = (
            row for each in contacts(store, campaign=campaign, list_name=list_name) for row in rows_of(each)
        )
        show(columns, rows, what, csv=csv, as_json=as_json)
    return 0


def _instant(option: str, text: str | None) -> int | None:
    """Raises InputError for what is no time."""
    from engine.config.times import parse_moment
    from engine.domain.time import instant
    from engine.errors import InputError

    try:
        return None if text is None else instant(parse_moment(text))
    except ValueError as error:
        raise InputError([f"{option} {error}"]) from None


def _one_of(option: str, word: str | None, words: Iterable[str]) -> str | None:
    """Raises InputError for a word that is none of these."""
    from engine.errors import InputError
    from engine.names import did_you_mean, listed

    known = [str(each) for each in words]
    if word is None or word in known:
        return word
    close = did_you_mean(word, known) or f"; it is one of {listed(known, 'and')}"
    raise InputError([f"{option} is {word!r}{close}"])
