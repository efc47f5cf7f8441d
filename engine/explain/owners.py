"""Who owned a lead at an instant: from the store for the present, from the journal for the past."""

import sqlite3
from dataclasses import dataclass
from typing import Final

import orjson

from engine.domain.lists import OwnershipPolicy
from engine.domain.time import Instant
from engine.explain.lines import JournalLines
from engine.journal import events as e
from engine.journal.chain import decode
from engine.ownership.book import OwnershipBook
from engine.ownership.holding import Ownership, holds_off

# The condition is that of the index `journal_lists`, word for word, or SQLite would not use it.
_LIST_LINES: Final = """
    SELECT at, line FROM journal
    WHERE (instr(line, '"kind":"list.configured"') OR instr(line, '"kind":"ownership.released"')
           OR instr(line, '"kind":"ownership.updated"'))
      AND at <= ? ORDER BY rowid
"""
_SETTLED: Final = (
    "SELECT id, settled_at FROM attempts WHERE lead_id = ? AND settled_at <= ? ORDER BY settled_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFact:
    """The campaign that owns the lead, since when, and until when (None: no expiration)."""

    campaign: str
    since: Instant
    until: Instant | None


def owner_of(
    sql: sqlite3.Connection, lead: int, *, at: Instant, now: bool, lines: JournalLines
) -> OwnerFact | None:
    """Who owns the lead at `at`, which is the present if `now`; None if nobody does."""
    ownership = _present(sql, lead) if now else _past(sql, lead, at, lines)
    if ownership is None or not holds_off(ownership.owner, ownership.until, "", now=at):
        return None
    return OwnerFact(campaign=ownership.owner, since=ownership.since, until=ownership.until)


def _present(sql: sqlite3.Connection, lead: int) -> Ownership | None:
    owner, since, until, duration = sql.execute(
        "SELECT owner, owned_since, owned_until, owned_for FROM leads WHERE id = ?", (lead,)
    ).fetchone()
    return None if owner is None else Ownership(owner=owner, since=since, until=until, duration=duration)


def _past(sql: sqlite3.Connection, lead: int, at: Instant, lines: JournalLines) -> Ownership | None:
    """What the lines up to `at` make of the lead, applied in their order."""
    (of_list,) = sql.execute("SELECT list_id FROM leads WHERE id = ?", (lead,)).fetchone()
    told: list[tuple[Instant, int, e.Event]] = []
    for attempt, settled_at in sql.execute(_SETTLED, (lead, at)).fetchall():
        for kind in (e.OwnershipTaken, e.OwnershipFulfilled):
            for line in lines.at_instant(settled_at, kind.KIND):
                if line["attempt"] == attempt:
                    told.append((settled_at, line["seq"], decode(line)))
    if not any(isinstance(event, e.OwnershipTaken) for _, _, event in told):
        return None
    for line_at, text in sql.execute(_LIST_LINES, (at,)):
        line = orjson.loads(text)
        if line["list"] == of_list:
            told.append((line_at, line["seq"], decode(line)))
    book = OwnershipBook()
    for line_at, _, event in sorted(told, key=lambda each: each[:2]):
        _apply(book, of_list, line_at, event)
    return book.of(lead)


def _apply(book: OwnershipBook, of_list: int, at: Instant, event: e.Event) -> None:
    match event:
        case e.ListConfigured():
            rules = OwnershipPolicy(enabled=event.ownership, duration=event.duration, near=event.near)
            book.configure(of_list, rules)
        case e.OwnershipTaken():
            ownership = Ownership(owner=event.campaign, since=at, until=event.until, duration=event.duration)
            book.take(of_list, event.lead, ownership)
        case e.OwnershipFulfilled():
            book.fulfil(event.lead)
        case e.OwnershipReleased():
            book.release(of_list, event.campaigns, now=at)
        case e.OwnershipUpdated():
            book.update(of_list, now=at)
        case _:
            raise AssertionError(f"{event.KIND} says nothing of ownership")
