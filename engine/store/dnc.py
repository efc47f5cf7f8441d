"""The do-not-call list of the house: numbers and persons that nobody calls, or that one campaign does not.

An entry holds from its commit on: a call that is up goes on, and nothing new is dialed, since the entries are
read in the transaction that dials. Cases stay as they are; each is held when its turn comes.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.compliance.dial import DncEntry, DncSource
from engine.domain.time import Instant
from engine.domain.wishes import DoNotCall, EntrySource, Whom, untimely
from engine.errors import InputError
from engine.store.audit import audit
from engine.store.gates_wake import wake_blocked
from engine.store.reading import check_campaign
from engine.store.transaction import Change, Transaction

# --- what the gates ask -----------------------------------------------------------------------------

_HOLDING: Final = """
    SELECT campaign IS NOT NULL, 'number', since FROM dnc
    WHERE number = ?1 AND (campaign IS NULL OR campaign = ?3)
    UNION ALL
    SELECT campaign IS NOT NULL, 'person', since FROM dnc
    WHERE person = ?2 AND (campaign IS NULL OR campaign = ?3)
"""


def has_entries(sql: sqlite3.Connection) -> bool:
    """Whether anybody is on the list at all."""
    return bool(sql.execute("SELECT EXISTS (SELECT 1 FROM dnc)").fetchone()[0])


def dnc_entries(
    sql: sqlite3.Connection, number: str, person: str | None, campaign: str
) -> tuple[DncEntry, ...]:
    """The entries that forbid this campaign to call, those for all campaigns first."""
    rows = sql.execute(_HOLDING, (number, person, campaign)).fetchall()
    if not rows:
        return ()
    return tuple(
        DncEntry(source=DncSource.CAMPAIGN if own else DncSource.INTERNAL, by=by, since=since)
        for own, by, since in sorted(rows)
    )


# --- changes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """`already`: those that were on the list."""

    added: int
    already: int


_ADD: Final = """
    INSERT INTO dnc (number, person, campaign, since, source, note) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""


def put_entries(
    sql: sqlite3.Connection, entries: Iterable[DoNotCall], *, source: EntrySource, now: Instant
) -> int:
    """Write them, and answer how many are new. One that is there stays as it is."""
    return put_rows(sql, map(entry_row, entries), source=source, now=now)


EntryRow: TypeAlias = tuple[str | None, str | None, str | None, Instant | None, str | None]
"""An entry as a plain row, for lists of a million: number, person, campaign, since, note."""


def entry_row(entry: DoNotCall) -> EntryRow:
    """The entry as a plain row."""
    return entry.whom.number, entry.whom.person, entry.campaign, entry.since, entry.note


def put_rows(sql: sqlite3.Connection, rows: Iterable[EntryRow], *, source: EntrySource, now: Instant) -> int:
    """As `put_entries`."""
    before = sql.total_changes
    how = str(source)
    sql.executemany(
        _ADD,
        (
            (number, person, campaign, now if since is None else since, how, note)
            for number, person, campaign, since, note in rows
        ),
    )
    return sql.total_changes - before


def add_entries(
    entries: Collection[DoNotCall], *, by: str, source: EntrySource = EntrySource.COMMAND
) -> Change[Added]:
    """Put them on the list. `by` is audited, with counts: no number ever stands in a log. Raises InputError
    for a campaign that the store does not have, and for a time that is to come."""

    def change(tx: Transaction) -> Added:
        campaigns = sorted({each.campaign for each in entries if each.campaign is not None})
        for campaign in campaigns:
            check_campaign(tx.sql, campaign)
        for problem in sorted({problem for each in entries if (problem := untimely(each, tx.now))}):
            raise InputError([f"an entry {problem}"])
        added = put_entries(tx.sql, entries, source=source, now=tx.now)
        audit(
            tx,
            user=by,
            action="dnc add",
            subject=", ".join(campaigns),
            count=added,
            numbers=sum(each.whom.number is not None for each in entries),
            persons=sum(each.whom.person is not None for each in entries),
        )
        return Added(added=added, already=len(entries) - added)

    return change


def _row_of(whom: Whom, campaign: str | None) -> tuple[str, tuple[str | None, str]]:
    """The condition for the one entry, and what it is given."""
    which = "number = ?" if whom.person is None else "person = ?"
    return f"{which} AND coalesce(campaign, '') = ?", (whom.number or whom.person, campaign or "")


def without_entry(sql: sqlite3.Connection, whoms: Iterable[Whom], campaign: str | None) -> list[Whom]:
    """Those that have no entry for this campaign (None: for all campaigns)."""
    asked = ((whom, *_row_of(whom, campaign)) for whom in whoms)
    return [
        whom
        for whom, which, given in asked
        if sql.execute(f"SELECT 1 FROM dnc WHERE {which}", given).fetchone() is None
    ]


def remove_entries(whoms: Collection[Whom], campaign: str | None, *, by: str) -> Change[int]:
    """Take their entries for this campaign (None: for all campaigns) off the list; the answer is how many
    cases wake. One whose lead said in a call that it must not be called stays closed. `by` is audited. Raises
    InputError, with nothing done, if one is not there."""

    def change(tx: Transaction) -> int:
        check_campaign(tx.sql, campaign)
        if missing := without_entry(tx.sql, whoms, campaign):
            of = "all campaigns" if campaign is None else f"campaign {campaign}"
            raise InputError([f"{len(missing)} of {len(whoms)} have no entry for {of}; nothing was removed"])
        removed = 0
        for which, given in (_row_of(whom, campaign) for whom in whoms):
            removed += tx.sql.execute(f"DELETE FROM dnc WHERE {which}", given).rowcount
        woken = wake_blocked(
            tx,
            campaign=campaign,
            numbers=[whom.number for whom in whoms if whom.number is not None],
            persons=[whom.person for whom in whoms if whom.person is not None],
        )
        audit(tx, user=by, action="dnc remove", subject=campaign or "", count=removed, woken=woken)
        return woken

    return change


# --- looking ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the list."""

    id: int
    number: str | None
    person: str | None
    campaign: str | None
    since: Instant
    source: EntrySource
    note: str | None


_COLUMNS: Final = "id, number, person, campaign, since, source, note"
_LIST: Final = f"""
    SELECT {_COLUMNS} FROM dnc
    WHERE (:campaign IS NULL OR campaign = :campaign) AND (:source IS NULL OR source = :source)
      AND (:since IS NULL OR since >= :since)
    ORDER BY id
"""


def entries(
    sql: sqlite3.Connection,
    *,
    campaign: str | None = None,
    source: EntrySource | None = None,
    since: Instant | None = None,
) -> Iterator[Entry]:
    """The list in the order in which it grew; of one campaign only, if one is named."""
    given = {"campaign": campaign, "source": None if source is None else str(source), "since": since}
    return map(_entry, sql.execute(_LIST, given))


_ABOUT: Final = f"""
    SELECT {_COLUMNS} FROM dnc WHERE number = :number
    UNION ALL
    SELECT {_COLUMNS} FROM dnc WHERE person IN (
        SELECT :person UNION SELECT l.person FROM phones p JOIN leads l ON l.id = p.lead_id
        WHERE p.number = :number AND l.person IS NOT NULL)
    ORDER BY id
"""


def entries_about(sql: sqlite3.Connection, whom: Whom) -> list[Entry]:
    """Every entry that keeps somebody from calling: of the number and of the persons who have it."""
    return [_entry(row) for row in sql.execute(_ABOUT, {"number": whom.number, "person": whom.person})]


def _entry(row: tuple[int, str | None, str | None, str | None, Instant, str, str | None]) -> Entry:
    identity, number, person, campaign, since, source, note = row
    return Entry(
        id=identity,
        number=number,
        person=person,
        campaign=campaign,
        since=since,
        source=EntrySource(source),
        note=note,
    )
