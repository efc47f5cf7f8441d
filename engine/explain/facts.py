"""What the store knows of a lead, as it was at an instant: what came later is not told."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from engine.domain.time import Instant
from engine.domain.words import CaseStatus, Ending, Hold, Outcome, Rank, Side, Verdict
from engine.errors import InputError
from engine.explain.changes import CaseChange, changes_of
from engine.explain.lines import JournalLines
from engine.names import did_you_mean, listed

SIMILAR_MAX: Final = 2_000  # keys of each list that are looked at for a likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFact:
    id: int
    key: str
    list: str
    supplier: str | None
    imported_at: Instant
    phones: tuple[tuple[str, str], ...]  # number and kind, the first to dial in front


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFact:
    id: int
    side: Side
    agent: str | None
    intended_at: Instant
    dialed: bool | None
    rang_at: Instant | None
    answered_at: Instant | None
    verdict: Verdict | None
    ended_at: Instant | None
    outcome: Outcome | None
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFact:
    """`ordinal` counts the case's attempts from 1. What had not happened yet is None."""

    id: int
    ordinal: int
    campaign: str
    number: str
    agent: str | None
    started_at: Instant
    connected_at: Instant | None
    ended_at: Instant | None
    settled_at: Instant | None
    ending: Ending | None
    outcome: Outcome | None
    used: Side | None
    disposition: str | None
    status: CaseStatus | None
    due_at: Instant | None
    agent_attempts_before: int
    customer_attempts_before: int
    legs: tuple[LegFact, ...] = ()
    reason: str | None = None

    @property
    def live(self) -> bool:
        return self.settled_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFact:
    """`due_at` is None while an attempt is live, while the case is held (`waits_for` says for what, and
    `held_since`), and once it is closed; `held_by` is what the last gate that refused it wrote, `wakes_at`
    when the hold ends by itself. `changes` befell it outside its attempts."""

    id: int
    campaign: str
    number: str
    status: CaseStatus
    agent_attempts: int
    customer_attempts: int
    rank: Rank
    due_at: Instant | None
    attempts: tuple[AttemptFact, ...] = field(default=())
    waits_for: Hold | None = None
    held_since: Instant | None = None
    held_by: str | None = None
    wakes_at: Instant | None = None
    changes: tuple[CaseChange, ...] = ()

    @property
    def live(self) -> AttemptFact | None:
        return next((attempt for attempt in self.attempts if attempt.live), None)

    @property
    def calls(self) -> int:
        """Customer legs dialed."""
        return sum(
            any(leg.side is Side.CUSTOMER and leg.dialed is not False for leg in attempt.legs)
            for attempt in self.attempts
        )


# --- the lead -------------------------------------------------------------------------------------


def find_lead(sql: sqlite3.Connection, key: str, list_name: str | None) -> LeadFact:
    """The one lead with this key. Raises InputError if there is none, or more than one."""
    lists = [name for (name,) in sql.execute("SELECT name FROM lists ORDER BY name")]
    if list_name is not None and list_name not in lists:
        raise InputError([f"there is no list {list_name!r}{did_you_mean(list_name, lists) or _known(lists)}"])
    rows = sql.execute(
        "SELECT l.id, l.key, s.name, l.supplier, l.imported_at FROM lists s "
        "CROSS JOIN leads l ON l.list_id = s.id AND l.key = ? WHERE ? IS NULL OR s.name = ? ORDER BY s.name",
        (key, list_name, list_name),
    ).fetchall()
    if not rows:
        on = f" on list {list_name}" if list_name is not None else ""
        raise InputError([f"there is no lead {key!r}{on}{_like(sql, key, list_name)}"])
    if len(rows) > 1:
        names = listed([row[2] for row in rows], "and")
        raise InputError([f"there is a lead {key!r} on the lists {names}; say which list is meant"])
    lead, key, on_list, supplier, imported_at = rows[0]
    phones = sql.execute("SELECT number, kind FROM phones WHERE lead_id = ? ORDER BY position", (lead,))
    return LeadFact(
        id=lead,
        key=key,
        list=on_list,
        supplier=supplier,
        imported_at=imported_at,
        phones=tuple(phones.fetchall()),
    )


def _known(names: Sequence[str]) -> str:
    return f"; there is {listed(list(names), 'and')}" if names else ""


def _like(sql: sqlite3.Connection, key: str, list_name: str | None) -> str:
    """A key that looks like it, among those with the same beginning."""
    for length in sorted({len(key) // 2, 1, 0}, reverse=True):
        start = key[:length]
        keys = [
            found
            for (list_id,) in sql.execute(
                "SELECT id FROM lists WHERE ? IS NULL OR name = ? ORDER BY id", (list_name, list_name)
            ).fetchall()
            for (found,) in sql.execute(
                "SELECT key FROM leads WHERE list_id = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
                (list_id, start, start + "\U0010ffff", SIMILAR_MAX),
            )
        ]
        if hint := did_you_mean(key, sorted(set(keys))):
            return hint
    return ""


# --- its cases ------------------------------------------------------------------------------------

_CASES: Final = """
    SELECT c.id, c.campaign, p.number, c.status, c.agent_attempts, c.customer_attempts, c.rank, c.due_at
    FROM campaigns k CROSS JOIN cases c ON c.campaign = k.name AND c.lead_id = ?
    JOIN phones p ON p.id = c.phone_id ORDER BY k.name
"""
_ATTEMPTS: Final = """
    SELECT a.id, campaign, number, agent, started_at, connected_at, ended_at, settled_at, ending, outcome,
           used, disposition, status, due_at, agent_attempts_before, customer_attempts_before
    FROM attempts a JOIN phones p ON p.id = a.phone_id WHERE case_id = ? AND started_at <= ? ORDER BY a.id
"""
_LEGS: Final = """
    SELECT id, side, agent, intended_at, dialed, rang_at, answered_at, verdict, ended_at, outcome, cause
    FROM legs WHERE attempt_id = ? AND intended_at <= ? ORDER BY id
"""


def cases_of(sql: sqlite3.Connection, lead: int, *, at: Instant, lines: JournalLines) -> list[CaseFact]:
    """The lead's cases by campaign, with their attempts up to `at`."""
    return [_case(sql, row, at, lines) for row in sql.execute(_CASES, (lead,)).fetchall()]


def _case(
    sql: sqlite3.Connection,
    row: tuple[int, str, str, str, int, int, int, Instant | None],
    at: Instant,
    lines: JournalLines,
) -> CaseFact:
    case, campaign, number, *_, due_at = row
    attempts = tuple(
        _attempt(sql, ordinal, attempt, at, lines)
        for ordinal, attempt in enumerate(sql.execute(_ATTEMPTS, (case, at)).fetchall(), start=1)
    )
    settled = [attempt for attempt in attempts if not attempt.live]
    if attempts:
        due_at = None
    elif due_at is None:
        due_at = _first_due(sql, case, lines)
    fact = CaseFact(
        id=case,
        campaign=campaign,
        number=number,
        status=CaseStatus.NEW,
        agent_attempts=0,
        customer_attempts=0,
        rank=Rank.NEW,
        due_at=due_at,
        attempts=attempts,
    )
    if settled:
        last = settled[-1]
        assert last.status is not None
        fact = replace(
            fact,
            status=last.status,
            agent_attempts=last.agent_attempts_before + (last.used is Side.AGENT),
            customer_attempts=last.customer_attempts_before + (last.used is Side.CUSTOMER),
            rank=Rank.NEW if last.status is CaseStatus.NEW else Rank.RETRY,
            due_at=None if fact.live else last.due_at,
        )
    return _since(fact, settled[-1].settled_at if settled else None, changes_of(sql, case, at=at))


def _since(fact: CaseFact, settled_at: Instant | None, changes: list[CaseChange]) -> CaseFact:
    """The case after what befell it since its last attempt was settled."""
    for change in changes:
        if (settled_at is None or change.at >= settled_at) and fact.live is None:
            known = {name: value for name, value in change.values.items() if name in _KNOWN}
            if "status" in known:
                known["status"] = CaseStatus(known["status"])
            if "rank" in known:
                known["rank"] = Rank(known["rank"])
            if "waits_for" in known:
                hold = known["waits_for"]
                known["waits_for"] = None if hold is None else Hold(hold)
                known["held_since"] = None if hold is None else change.at
            fact = replace(fact, **known)
    return replace(fact, changes=tuple(changes))


_KNOWN: Final = (
    *("status", "agent_attempts", "customer_attempts", "rank", "due_at"),
    *("waits_for", "held_by", "wakes_at"),
)
"""The columns of a case that are told of it."""


def _first_due(sql: sqlite3.Connection, case: int, lines: JournalLines) -> Instant | None:
    """When the case was due first, as its first attempt tells; None if it had none."""
    row = sql.execute("SELECT id, started_at FROM attempts WHERE case_id = ? ORDER BY id", (case,)).fetchone()
    started = () if row is None else lines.at_instant(row[1], "attempt.started")
    return next((int(line["due_at"]) for line in started if line["attempt"] == row[0]), None)


class _AttemptRow(NamedTuple):
    id: int
    campaign: str
    number: str
    agent: str | None
    started_at: Instant
    connected_at: Instant | None
    ended_at: Instant | None
    settled_at: Instant | None
    ending: str | None
    outcome: str | None
    used: str | None
    disposition: str | None
    status: str | None
    due_at: Instant | None
    agent_attempts_before: int
    customer_attempts_before: int


class _LegRow(NamedTuple):
    id: int
    side: str
    agent: str | None
    intended_at: Instant
    dialed: int | None
    rang_at: Instant | None
    answered_at: Instant | None
    verdict: str | None
    ended_at: Instant | None
    outcome: str | None
    cause: str | None


def _attempt(
    sql: sqlite3.Connection, ordinal: int, row: tuple[Any, ...], at: Instant, lines: JournalLines
) -> AttemptFact:
    given = _AttemptRow._make(row)
    legs = sql.execute(_LEGS, (given.id, at)).fetchall()
    attempt = AttemptFact(
        id=given.id,
        ordinal=ordinal,
        campaign=given.campaign,
        number=given.number,
        agent=given.agent,
        started_at=given.started_at,
        connected_at=given.connected_at,
        ended_at=given.ended_at,
        settled_at=given.settled_at,
        ending=Ending(given.ending) if given.ending else None,
        outcome=Outcome(given.outcome) if given.outcome else None,
        used=Side(given.used) if given.used else None,
        disposition=given.disposition,
        status=CaseStatus(given.status) if given.status else None,
        due_at=given.due_at,
        agent_attempts_before=given.agent_attempts_before,
        customer_attempts_before=given.customer_attempts_before,
        legs=tuple(_leg(_LegRow._make(leg), at) for leg in legs),
    )
    if attempt.settled_at is not None and attempt.settled_at <= at:
        return replace(attempt, reason=_reason(attempt, lines))
    ended = attempt.ended_at is not None and attempt.ended_at <= at
    connected = attempt.connected_at is not None and attempt.connected_at <= at
    with_agent = ended or connected or any(leg.side is Side.AGENT for leg in attempt.legs)
    return replace(
        attempt,
        agent=attempt.agent if with_agent else None,
        connected_at=attempt.connected_at if connected else None,
        ended_at=attempt.ended_at if ended else None,
        ending=attempt.ending if ended else None,
        outcome=attempt.outcome if ended else None,
        settled_at=None,
        used=None,
        disposition=None,
        status=None,
        due_at=None,
    )


def _leg(row: _LegRow, at: Instant) -> LegFact:
    ended = row.ended_at is not None and row.ended_at <= at
    return LegFact(
        id=row.id,
        side=Side(row.side),
        agent=row.agent,
        intended_at=row.intended_at,
        dialed=None if row.dialed is None else bool(row.dialed),
        rang_at=_until(row.rang_at, at),
        answered_at=_until(row.answered_at, at),
        verdict=Verdict(row.verdict) if ended and row.verdict else None,
        ended_at=_until(row.ended_at, at),
        outcome=Outcome(row.outcome) if ended and row.outcome else None,
        cause=row.cause if ended else None,
    )


def _until(moment: Instant | None, at: Instant) -> Instant | None:
    return moment if moment is not None and moment <= at else None


def _reason(attempt: AttemptFact, lines: JournalLines) -> str | None:
    """Why the case was settled as it was, in the words of the journal."""
    assert attempt.settled_at is not None
    for line in lines.at_instant(attempt.settled_at, "attempt.settled"):
        if line["attempt"] == attempt.id:
            return str(line["reason"])
    return None


# --- around it ------------------------------------------------------------------------------------


def others_with_number(sql: sqlite3.Connection, number: str, lead: int) -> list[int]:
    """Other leads that have this number."""
    rows = sql.execute(
        "SELECT DISTINCT lead_id FROM phones WHERE number = ? AND lead_id <> ? ORDER BY lead_id",
        (number, lead),
    )
    return [other for (other,) in rows]


def others_of_person(sql: sqlite3.Connection, lead: int) -> list[int]:
    """Other leads that are the same person, as their attributes tell."""
    rows = sql.execute(
        "SELECT id FROM leads WHERE person = (SELECT person FROM leads WHERE id = ?) AND id <> ? ORDER BY id",
        (lead, lead),
    )
    return [other for (other,) in rows]


def next_attempt(sql: sqlite3.Connection, case: CaseFact, *, after: Instant) -> Instant | None:
    """When the case was dialed next."""
    row = sql.execute(
        "SELECT started_at FROM attempts WHERE case_id = ? AND started_at > ? ORDER BY id LIMIT 1",
        (case.id, after),
    ).fetchone()
    return None if row is None else int(row[0])
