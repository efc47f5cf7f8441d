"""`dialer reports`: what has been done and how far it is, from the store. Nothing here changes it."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Campaign, Store, check_span, read_moment
from engine.cli.tables import ToCsv, check_formats, show

if TYPE_CHECKING:
    from engine.domain.rights import Right
    from engine.store.reports.contact import Contact
    from engine.store.reports.report import Report
    from engine.tables import Column, Row

app = App(name="reports", help="Report what has been done.", help_format="markdown")

Lead: TypeAlias = Annotated[str | None, Parameter(help="Only this lead, by its key.")]
Agent: TypeAlias = Annotated[str | None, Parameter(help="Only attempts of this agent.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The campaign and the list that a report is of; None is all."""

    campaign: Campaign = None
    list: Annotated[str | None, Parameter(help="Only leads of this list.")] = None

    def asked(self) -> dict[str, Any]:
        return {"campaign": self.campaign, "list": self.list}


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The times that a report is of; each command says of which time."""

    since: Annotated[
        str | None, Parameter(name="--from", help="Not before this instant, ISO 8601 with a zone.")
    ] = None
    until: Annotated[str | None, Parameter(name="--to", help="Before this instant, likewise.")] = None

    def asked(self) -> dict[str, Any]:
        """Raises InputError for what is no time, and for a span without any."""
        since, until = read_moment("--from", self.since), read_moment("--to", self.until)
        check_span(("--from", since), ("--to", until))
        return {"since": since, "until": until}


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """To whom a report is shown, and how."""

    user: AsUser = None
    csv: ToCsv = None
    as_json: AsJson = False


ALL: Final = Within()
EVER: Final = Span()
TEXT: Final = Shown()


@app.command
def attempts(
    *,
    db: Store,
    within: Within = ALL,
    lead: Lead = None,
    agent: Agent = None,
    status: Annotated[str | None, Parameter(help="Only attempts that left their case so.")] = None,
    outcome: Annotated[str | None, Parameter(help="Only customer legs that ended so.")] = None,
    ending: Annotated[str | None, Parameter(help="Only attempts that ended so.")] = None,
    disposition: Annotated[str | None, Parameter(help="Only attempts with this result code.")] = None,
    span: Span = EVER,
    shown: Shown = TEXT,
) -> int:
    """List every attempt: whom it was for, its numbers in the cycle, how it ended, and what follows.

    The customer attempt number is empty where the customer was not dialed. JSON is one object a line. The
    time is that of the attempt's start.
    """
    from engine.domain.words import CaseStatus, Ending, Outcome
    from engine.store.reports.attempts import ATTEMPTS

    asked = {
        **within.asked(),
        "lead": lead,
        "agent": agent,
        "status": _one_of("--status", status, CaseStatus),
        "outcome": _one_of("--outcome", outcome, Outcome),
        "ending": _one_of("--ending", ending, Ending),
        "disposition": disposition,
        **span.asked(),
    }
    return _report(db, ATTEMPTS, asked, shown)


@app.command
def cases(
    *,
    db: Store,
    within: Within = ALL,
    lead: Lead = None,
    status: Annotated[str | None, Parameter(help="Only cases with this status.")] = None,
    contact_status: Annotated[
        str | None, Parameter(name="--contact", help="Only cases with this contact status.")
    ] = None,
    waits_for: Annotated[str | None, Parameter(help="Only cases that this holds.")] = None,
    span: Span = EVER,
    shown: Shown = TEXT,
) -> int:
    """List every case: its status, attempts and calls, when it is due, and what holds it.

    The time is that at which the case is due.
    """
    from engine.domain.words import CaseStatus, ContactStatus, Hold
    from engine.store.reports.cases import CASES

    asked = {
        **within.asked(),
        "lead": lead,
        "status": _one_of("--status", status, CaseStatus),
        "contact": _one_of("--contact", contact_status, ContactStatus),
        "waits_for": _one_of("--waits-for", waits_for, Hold),
        **span.asked(),
    }
    return _report(db, CASES, asked, shown)


@app.command
def contact(*, db: Store, within: Within = ALL, shown: Shown = TEXT) -> int:
    """Count the leads of each campaign by contact status, and tell whether that is final.

    A bad connection is a lead that was called several times without a person answering; it is still dialed.
    """
    from engine.store.reports.contact import STATUS_COLUMNS, status_rows

    return _contacts(db, within, shown, STATUS_COLUMNS, status_rows, "contact statuses")


@app.command
def calls(*, db: Store, within: Within = ALL, shown: Shown = TEXT) -> int:
    """Count the leads of each campaign by the number of calls: how often their phones were dialed."""
    from engine.store.reports.contact import CALLS_COLUMNS, calls_rows

    return _contacts(db, within, shown, CALLS_COLUMNS, calls_rows, "numbers of calls")


@app.command
def reach(*, db: Store, within: Within = ALL, shown: Shown = TEXT) -> int:
    """Tell how many leads of each campaign were called at least once, and of how many a person answered."""
    from engine.store.reports.contact import REACH_COLUMNS, reach_rows

    return _contacts(db, within, shown, REACH_COLUMNS, reach_rows, "campaigns")


@app.command
def dispositions(
    *,
    db: Store,
    within: Within = ALL,
    agent: Agent = None,
    span: Span = EVER,
    shown: Shown = TEXT,
) -> int:
    """Count attempts by result code, with the lead status and the settings of each.

    The time is that of the attempt's start.
    """
    from engine.store.reports.dispositions import DISPOSITIONS

    asked = {**within.asked(), "agent": agent, **span.asked()}
    return _report(db, DISPOSITIONS, asked, shown)


@app.command
def ownership(
    *,
    db: Store,
    within: Within = ALL,
    lead: Lead = None,
    span: Span = EVER,
    shown: Shown = TEXT,
) -> int:
    """List the leads that a campaign owns, with their expiries.

    The campaign is the owner; the time is that of the expiry. Needs the right contact-list-ownership-control.
    """
    from engine.domain.rights import Right
    from engine.store.reports.ownership import OWNERSHIP

    asked = {**within.asked(), "lead": lead, **span.asked()}
    return _report(db, OWNERSHIP, asked, shown, right=Right.OWNERSHIP_CONTROL)


@app.command
def resets(
    *,
    db: Store,
    by: Annotated[str | None, Parameter(help="Only resets of this user.")] = None,
    status: Annotated[str | None, Parameter(help="Only resets that are so far: done or undone.")] = None,
    span: Span = EVER,
    shown: Shown = TEXT,
) -> int:
    """List the resets of leads: who did them, what was asked for, and what came of it."""
    from engine.store.reports.resets import RESETS

    asked = {
        "user": by,
        "status": _one_of("--status", status, ("confirmed", "done", "undone")),
        **span.asked(),
    }
    return _report(db, RESETS, asked, shown)


@app.command
def abandonment(
    *,
    db: Store,
    campaign: Campaign = None,
    rule: Annotated[str | None, Parameter(help="Only this rule, by its id.")] = None,
    at: Annotated[
        str | None,
        Parameter(
            help="As it stood at this instant, ISO 8601 with a zone; the last that the journal knows, "
            "if left out."
        ),
    ] = None,
    events: Annotated[
        bool, Parameter(negative="", show_default=False, help="List the calls of the windows one by one.")
    ] = False,
    shown: Shown = TEXT,
) -> int:
    """Tell the rate of abandoned calls in the window that counts, and how many calls may still be lost.

    One row for each rule that limits a campaign: over the campaign, over its call centre, and over its drop
    group. A past instant is told as it is known now. The rules are research and no legal advice.
    """
    from engine.cli.office import machine_time
    from engine.errors import InputError
    from engine.explain.lines import JournalLines
    from engine.store.reports import abandonment as report
    from engine.store.rules_in_force import StoredRules

    asked_at = read_moment("--at", at)

    def rows(store: sqlite3.Connection) -> Iterator["Row"]:
        now = machine_time()
        last = JournalLines(store).end() or now
        if asked_at is not None and asked_at > max(now, last):
            raise InputError([f"--at {at} is in the future; name an instant that has passed"])
        instant = last if asked_at is None else asked_at
        regimes = StoredRules().regimes(store)
        _one_of("--rule", rule, report.rules_asked(store, regimes, instant))
        if events:
            return report.call_rows(store, regimes, campaign=campaign, rule=rule, at=instant)
        return report.abandonment_rows(store, regimes, campaign=campaign, rule=rule, at=instant, now=last)

    columns = report.CALL_COLUMNS if events else report.ABANDONMENT_COLUMNS
    return _table(db, {"campaign": campaign}, shown, columns, "calls" if events else "limits", rows)


# --- what they share ------------------------------------------------------------------------------


def _report(
    db: Path, report: "Report", asked: dict[str, Any], shown: Shown, *, right: "Right | None" = None
) -> int:
    def rows(store: sqlite3.Connection) -> Iterator["Row"]:
        return report.rows(store, **asked)

    return _table(db, asked, shown, report.columns, report.what, rows, right=right)


def _contacts(
    db: Path,
    within: Within,
    shown: Shown,
    columns: "Sequence[Column]",
    rows_of: Callable[["Contact"], Iterator["Row"]],
    what: str,
) -> int:
    from engine.store.reports.contact import contacts

    def rows(store: sqlite3.Connection) -> Iterator["Row"]:
        for each in contacts(store, campaign=within.campaign, list_name=within.list):
            yield from rows_of(each)

    return _table(db, within.asked(), shown, columns, what, rows)


def _table(
    db: Path,
    asked: dict[str, Any],
    shown: Shown,
    columns: "Sequence[Column]",
    what: str,
    rows: Callable[[sqlite3.Connection], Iterable["Row"]],
    *,
    right: "Right | None" = None,
) -> int:
    """`right` None: the one to see reports. Raises InputError for what is asked of and is not there."""
    from engine.domain.rights import Right
    from engine.store.reading import check_campaign, check_lead, check_list, reading
    from engine.store.users import require

    check_formats(shown.csv, as_json=shown.as_json)
    with reading(db) as store:
        require(store, shown.user, Right.SEE_REPORTS if right is None else right)
        check_campaign(store, asked.get("campaign"))
        check_list(store, asked.get("list"))
        check_lead(store, asked.get("lead"))
        show(columns, rows(store), what, csv=shown.csv, as_json=shown.as_json)
    return 0


def _one_of(option: str, word: str | None, words: Iterable[str]) -> str | None:
    """Raises InputError for a word that is none of these."""
    from engine.errors import InputError
    from engine.names import did_you_mean, listed

    known = [str(each) for each in words]
    if word is None or word in known:
        return word
    close = did_you_mean(word, known) or f"; it is one of {listed(known, 'and')}"
    raise InputError([f"{option} is {word!r}{close}"])
