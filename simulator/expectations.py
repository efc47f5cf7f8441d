"""What a scenario expects, held against what its run left behind: the store, the journal and the report.

Times are compared in whole seconds, rounded to the nearest: commits and dials take milliseconds, and nobody
wants to write them down. Every failure says what was expected, what happened, and shows the lines concerned.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, assert_never

from engine.domain.time import SECOND, Instant, spoken
from engine.errors import DialerError
from engine.names import did_you_mean
from engine.store.reports.contact import CONTACT, JOINED
from simulator.plan import (
    AttemptsExpected,
    CaseExpected,
    CountExpected,
    EventsExpected,
    Expectation,
    NeverExpected,
    OwnerExpected,
    Plan,
)
from simulator.transcript import Entry, Transcript

REFUSED: Final = "command.refused"
NEAREST_MAX: Final = 3  # lines that nearly match, shown when one is missing
OFFENDERS_MAX: Final = 5
ROWS_MAX: Final = 12  # attempts that are shown: more than any budget that is sensible


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one expectation held; `message` is empty if it did."""

    name: str
    held: bool
    message: str = ""


class Figures(Protocol):
    """The run report, as far as expectations ask it."""

    def figure(self, name: str, campaign: str | None = None) -> float:
        """Raises DialerError, with the names there are, for one that it does not have."""


def evaluate(sql: sqlite3.Connection, plan: Plan, report: Figures) -> list[Verdict]:
    """One verdict for each expectation, in order; then one for each command of the timeline that the engine
    refused, unless it was expected."""
    judge = _Judge(sql, plan, report)
    verdicts = []
    for number, expectation in enumerate(plan.expect, start=1):
        name, failure = judge.judged(expectation)
        verdicts.append(Verdict(name=f"{number}. {name}", held=failure is None, message=failure or ""))
    return [*verdicts, *judge.refusals()]


# --- columns of an attempt ------------------------------------------------------------------------

_ATTEMPTS: Final = """
    SELECT a.id, a.campaign, p.number AS phone, a.started_at, a.agent_attempts_before,
           a.customer_attempts_before, a.agent, a.outcome, a.ending, a.used, a.disposition, a.digits,
           a.status, a.due_at, a.person, d.lead_status
    FROM attempts a JOIN leads l ON l.id = a.lead_id JOIN phones p ON p.id = a.phone_id
    LEFT JOIN dispositions d ON d.code = a.disposition
    WHERE l.key = ? AND (? IS NULL OR a.campaign = ?) ORDER BY a.started_at, a.id
"""

_YES_NO: Final = {None: None, 0: "no", 1: "yes"}
COLUMNS: Final[dict[str, Callable[[sqlite3.Row], Any]]] = {
    "at": lambda row: row["started_at"],
    "campaign": lambda row: row["campaign"],
    "phone": lambda row: row["phone"],
    "agent": lambda row: row["agent"],
    "agent_attempt": lambda row: row["agent_attempts_before"] + 1,
    # An outcome is what the network said of the customer's phone: without one, it was not dialed.
    "customer_attempt": lambda row: row["customer_attempts_before"] + 1 if row["outcome"] else None,
    "outcome": lambda row: row["outcome"],
    "ending": lambda row: row["ending"],
    "used": lambda row: row["used"],
    "disposition": lambda row: row["disposition"],
    "digits": lambda row: row["digits"],
    "status": lambda row: row["status"],
    "due_at": lambda row: row["due_at"],
    "person": lambda row: _YES_NO[row["person"]],
    "lead_status": lambda row: row["lead_status"],
}
CASE_COLUMNS: Final = (
    "status",
    "agent_attempts",
    "customer_attempts",
    "calls",
    "failures",
    "contact",
    "cycle",
    "due_at",
)
MOMENTS: Final = frozenset({"at", "due_at", "until"})


# --- judging --------------------------------------------------------------------------------------


class _Judge:
    def __init__(self, sql: sqlite3.Connection, plan: Plan, report: Figures) -> None:
        self._sql = sql
        self._plan = plan
        self._report = report
        self._transcript = Transcript(sql, plan.start)

    def judged(self, expectation: Expectation) -> tuple[str, str | None]:
        """The expectation's name, and how it failed, None if it held."""
        match expectation:
            case CaseExpected():
                name = f"case {expectation.lead}" + _in(expectation.campaign)
                return name, self._case(expectation)
            case AttemptsExpected():
                name = f"attempts of {expectation.lead}" + _in(expectation.campaign)
                return name, self._attempts(expectation)
            case OwnerExpected():
                return f"owner of {expectation.lead}", self._owner(expectation)
            case CountExpected():
                name = f"count {expectation.figure}" + _in(expectation.campaign)
                return name, self._count(expectation)
            case EventsExpected():
                return f"events {expectation.lines[0]['kind']} …", self._events(expectation)
            case NeverExpected():
                return f"never {expectation.line['kind']}", self._never(expectation)
            case _ as never:
                assert_never(never)

    def refusals(self) -> Iterator[Verdict]:
        """Commands that were not possible when they came: a mistake of the scenario, or of the engine."""
        if not self._transcript.may_hold({"kind": REFUSED}):
            return
        lines = [
            line
            for each in self._plan.expect
            if isinstance(each, EventsExpected)
            for line in each.lines
            if line["kind"] == REFUSED
        ]
        for entry in self._transcript.entries:
            if entry.kind == REFUSED and not any(self._matches(line, entry) for line in lines):
                yield Verdict(
                    name=f"timeline: {entry.own['command']} {entry.own['campaign']}",
                    held=False,
                    message=f"at {self._when(entry.at)} the engine refused: {entry.own['reason']}",
                )

    # --- cases ------------------------------------------------------------------------------------

    def _case(self, expected: CaseExpected) -> str | None:
        rows = self._rows(
            "SELECT c.campaign, c.status, c.agent_attempts, c.customer_attempts, c.calls, c.failures, "
            f"c.cycle, c.due_at, {CONTACT} AS contact FROM cases c JOIN leads l ON l.id = c.lead_id {JOINED} "
            "WHERE l.key = ? AND (? IS NULL OR c.campaign = ?) ORDER BY c.id",
            (expected.lead, expected.campaign, expected.campaign),
        )
        if not rows:
            return f"there is no case of lead {expected.lead}" + _in(expected.campaign)
        problems: list[str] = []
        for row in rows:
            where = f" in {row['campaign']}" if len(rows) > 1 else ""
            for name in CASE_COLUMNS:
                wanted, actual = getattr(expected, name), row[name]
                if wanted is not None and not _same(name, wanted, actual):
                    problems.append(f"{name}{where}: {self._differs(name, wanted, actual)}")
        return None if not problems else "\n".join([*problems, self._journal_of(expected.lead)])

    # --- attempts ---------------------------------------------------------------------------------

    def _attempts(self, expected: AttemptsExpected) -> str | None:
        for column in sorted({column for row in expected.rows for column in row} - COLUMNS.keys()):
            close = did_you_mean(column, list(COLUMNS)) or f"; the columns are {', '.join(COLUMNS)}"
            return f"an attempt has no column {column!r}{close}"
        rows = self._rows(_ATTEMPTS, (expected.lead, expected.campaign, expected.campaign))
        problems: list[str] = []
        if len(rows) != len(expected.rows):
            problems.append(f"expected {_counted(len(expected.rows))}, there were {len(rows)}")
        for number, (wanted, row) in enumerate(zip(expected.rows, rows, strict=False), start=1):
            for column, value in wanted.items():
                actual = COLUMNS[column](row)
                if not _same(column, value, actual):
                    problems.append(f"attempt {number}, {column}: {self._differs(column, value, actual)}")
        if not problems:
            return None
        made = [f"  {number}. {self._told(row)}" for number, row in enumerate(rows[:ROWS_MAX], start=1)]
        if len(rows) > ROWS_MAX:
            made.append(f"  … {len(rows) - ROWS_MAX} more")
        return "\n".join([*problems, "the attempts made:", *made, self._journal_of(expected.lead)])

    def _told(self, row: sqlite3.Row) -> str:
        return ", ".join(
            f"{column} {self._value(column, value)}"
            for column, read in COLUMNS.items()
            if (value := read(row)) is not None
        )

    # --- owners -----------------------------------------------------------------------------------

    def _owner(self, expected: OwnerExpected) -> str | None:
        rows = self._rows(
            "SELECT iif(owned_until <= (SELECT max(at) FROM journal), NULL, owner) AS owner, "
            "owned_until AS until FROM leads WHERE key = ? ORDER BY id",
            (expected.lead,),
        )
        if not rows:
            return f"there is no lead {expected.lead}"
        problems: list[str] = []
        for row in rows:
            if row["owner"] != expected.campaign:
                problems.append(self._differs("owner", expected.campaign, row["owner"]))
            elif expected.until is not None and not _same("until", expected.until, row["until"]):
                problems.append(f"until: {self._differs('until', expected.until, row['until'])}")
        return None if not problems else "\n".join([*problems, self._journal_of(expected.lead)])

    # --- counts -----------------------------------------------------------------------------------

    def _count(self, expected: CountExpected) -> str | None:
        try:
            actual = self._report.figure(expected.figure, expected.campaign)
        except DialerError as error:
            return str(error)
        low, high = expected.low, expected.high
        if (low is None or actual >= low) and (high is None or actual <= high):
            return None
        if low is None:
            wanted = f"at most {high:g}"
        elif high is None:
            wanted = f"at least {low:g}"
        else:
            wanted = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        return f"expected {wanted}, was {actual:g}"

    # --- events -----------------------------------------------------------------------------------

    def _events(self, expected: EventsExpected) -> str | None:
        entries = iter(self._transcript.entries)
        found: list[Entry] = []
        for number, line in enumerate(expected.lines, start=1):
            match = next((entry for entry in entries if self._matches(line, entry)), None)
            if match is not None:
                found.append(match)
                continue
            message = [f"line {number} of {len(expected.lines)} did not come: {self._written(line)}"]
            if found:
                message += ["after these, which did:", self._transcript.shown(found)]
            message += self._nearest(line)
            return "\n".join(message)
        return None

    def _nearest(self, line: dict[str, Any]) -> list[str]:
        """The lines of the same kind that differ least, anywhere in the journal."""
        alike = [entry for entry in self._transcript.entries if entry.kind == line["kind"]]
        if not alike:
            return [f"the journal has no {line['kind']} at all"]
        nearest = sorted(alike, key=lambda entry: len(self._differences(line, entry)))[:NEAREST_MAX]
        nearest.sort(key=self._transcript.entries.index)
        return ["the nearest lines of the whole journal:", self._transcript.shown(nearest)]

    def _never(self, expected: NeverExpected) -> str | None:
        if not self._transcript.may_hold(expected.line):
            return None
        offenders = [entry for entry in self._transcript.entries if self._matches(expected.line, entry)]
        if not offenders:
            return None
        times = "once" if len(offenders) == 1 else f"{len(offenders)} times"
        shown = self._transcript.shown(offenders[:OFFENDERS_MAX])
        return f"came {times}: {self._written(expected.line)}\n{shown}"

    def _matches(self, line: dict[str, Any], entry: Entry) -> bool:
        return entry.kind == line["kind"] and not self._differences(line, entry)

    def _differences(self, line: dict[str, Any], entry: Entry) -> list[str]:
        return [
            name
            for name, wanted in line.items()
            if name != "kind"
            and not _same(name, wanted, entry.at if name == "at" else entry.fields.get(name))
        ]

    # --- telling ----------------------------------------------------------------------------------

    def _rows(self, query: str, given: tuple[Any, ...]) -> list[sqlite3.Row]:
        cursor = self._sql.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(query, given).fetchall()

    def _journal_of(self, lead: str) -> str:
        return f"the journal of {lead}:\n{self._transcript.shown(self._transcript.about(lead))}"

    def _differs(self, name: str, wanted: Any, actual: Any) -> str:
        return f"expected {self._value(name, wanted)}, was {self._value(name, actual)}"

    def _written(self, line: dict[str, Any]) -> str:
        return "{" + ", ".join(f"{name}: {self._value(name, value)}" for name, value in line.items()) + "}"

    def _value(self, name: str, value: Any) -> str:
        if value is None:
            return "none"
        if name in MOMENTS and isinstance(value, int):
            return self._when(value)
        return str(value)

    def _when(self, at: Instant) -> str:
        return f"+{spoken(_seconds(at - self._plan.start) * SECOND)}"


def _same(name: str, wanted: Any, actual: Any) -> bool:
    """`none` and an empty value are the same; text is compared as it is written, moments to the second."""
    if wanted is None or wanted == "none":
        return actual is None
    if actual is None:
        return False
    if name in MOMENTS and isinstance(wanted, int) and isinstance(actual, int):
        return _seconds(wanted) == _seconds(actual)
    return bool(wanted == actual) or (isinstance(actual, str) and str(wanted) == actual)


def _seconds(micros: int) -> int:
    """Whole seconds, to the nearest, halves up."""
    return (micros + SECOND // 2) // SECOND


def _in(campaign: str | None) -> str:
    return f" in {campaign}" if campaign else ""


def _counted(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count} attempts"
