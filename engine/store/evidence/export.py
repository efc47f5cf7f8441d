"""Evidence, line by line: which journal it is of, a record for each call, and how many they are.

Everything is made of the journal up to one line, so that whoever has the journal can make it once more.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, TextIO

from engine.domain.time import Instant, iso
from engine.errors import InputError
from engine.journal import events as e
from engine.store.audit import audit
from engine.store.evidence.calls import Call, Calls
from engine.store.evidence.chained import END, HEAD, Chained, Document, Format, text_of
from engine.store.evidence.journal_lines import Extent, Progress, extent, told
from engine.store.evidence.records import ATTEMPT, REFUSAL, Record, attempt_record, refusal_record
from engine.store.transaction import Change, Transaction

EDITION: Final = 1
"""Of what records say. Another one is not compared with this one's."""

ACTION: Final = "evidence export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls. `leads` are ids, None for all; the times are those of the dial, from `since` to before
    `until`. `numbers`: with phone numbers and the leads' keys."""

    campaign: str | None = None
    leads: tuple[int, ...] | None = None
    since: Instant | None = None
    until: Instant | None = None
    refusals: bool = False
    numbers: bool = False

    def within(self, at: Instant) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """`hash` is that of the last line, which covers all of them."""

    records: int
    attempts: int
    refusals: int
    journal_lines: int
    hash: str


def head(wanted: Wanted, whole: Extent, *, version: str, at: Instant) -> Document:
    """The first line: which journal, and what was asked of it."""
    return {
        "kind": HEAD,
        "edition": EDITION,
        "version": version,
        "written_at": iso(at),
        "epochs": whole.epochs,
        "lines": whole.lines,
        "first": whole.first,
        "last": whole.last,
        "wanted": asdict(wanted),
    }


def records(
    sql: sqlite3.Connection,
    wanted: Wanted,
    whole: Extent,
    *,
    source: str,
    progress: Progress | None = None,
) -> Iterator[Record]:
    """Every record, in the order in which attempts were settled; those that are live come last. Raises
    InputError at the first line of the journal that is not as it was written."""
    calls = Calls(wanted.campaign, None if wanted.leads is None else frozenset(wanted.leads))
    count = 0
    for line in told(sql, whole, source=source, progress=progress):
        for each in calls.take(line):
            record = _call(sql, wanted, each) if isinstance(each, Call) else None
            if not isinstance(each, Call) and wanted.refusals and wanted.within(each.at):
                record = _named(sql, wanted, refusal_record(each), None)
            if record is not None:
                count += 1
                yield {"record": count, **record}
    for call in calls.unsettled():
        if (record := _call(sql, wanted, call)) is not None:
            count += 1
            yield {"record": count, **record}


def _call(sql: sqlite3.Connection, wanted: Wanted, call: Call) -> Record | None:
    if not wanted.within(call.at[e.LegIntended.KIND]):
        return None
    return _named(sql, wanted, attempt_record(call), call.leg)


def _named(sql: sqlite3.Connection, wanted: Wanted, record: Record, leg: int | None) -> Record:
    """With the number that was dialed and the lead's key, if they are wanted: what no journal has."""
    if not wanted.numbers:
        return record
    key = sql.execute("SELECT key FROM leads WHERE id = ?", (record["lead"],)).fetchone()
    named: Record = {"lead_key": None if key is None else key[0]}
    if leg is not None:
        number = sql.execute("SELECT number FROM legs WHERE id = ?", (leg,)).fetchone()
        named["number"] = None if number is None else number[0]
    return record | named


def end(attempts: int, refusals: int) -> Document:
    """The last line."""
    return {"kind": END, "records": attempts + refusals, "attempts": attempts, "refusals": refusals}


def export(
    sql: sqlite3.Connection,
    wanted: Wanted,
    stream: TextIO,
    *,
    format: Format,
    version: str,
    at: Instant,
    source: str,
    progress: Progress | None = None,
) -> Exported:
    """Write everything to `stream`. `source` names the store in errors. Raises InputError for a store that
    has never run, and for a journal that is not as it was written."""
    whole = extent(sql)
    if whole is None:
        raise InputError([f"{source}: has no journal yet; there is evidence once an engine has run"])
    chained = Chained(format)
    stream.write(chained.opening())
    stream.write(chained.line(text_of(head(wanted, whole, version=version, at=at), format)))
    counts = {ATTEMPT: 0, REFUSAL: 0}
    for record in records(sql, wanted, whole, source=source, progress=progress):
        counts[record["kind"]] += 1
        stream.write(chained.line(text_of(record, format)))
    attempts, refusals = counts[ATTEMPT], counts[REFUSAL]
    stream.write(chained.line(text_of(end(attempts, refusals), format)))
    return Exported(
        records=attempts + refusals,
        attempts=attempts,
        refusals=refusals,
        journal_lines=whole.lines,
        hash=chained.hash,
    )


def tell_export(done: Exported, wanted: Wanted, *, format: Format, by: str) -> Change[int]:
    """Who took which evidence out of the house: a row of the audit log, with the hash of the whole."""

    def change(tx: Transaction) -> int:
        return audit(
            tx,
            user=by,
            action=ACTION,
            subject=wanted.campaign or "",
            count=done.records,
            format=str(format),
            leads=wanted.leads,
            since=None if wanted.since is None else iso(wanted.since),
            until=None if wanted.until is None else iso(wanted.until),
            refusals=wanted.refusals,
            numbers=wanted.numbers,
            hash=done.hash,
        )

    return change


def wanted_of(document: Document) -> Wanted:
    """What the first line of an export says was asked. Raises KeyError, TypeError or ValueError."""
    given: dict[str, Any] = document["wanted"]
    leads = given["leads"]
    return Wanted(
        campaign=given["campaign"],
        leads=None if leads is None else tuple(map(int, leads)),
        since=None if given["since"] is None else int(given["since"]),
        until=None if given["until"] is None else int(given["until"]),
        refusals=bool(given["refusals"]),
        numbers=bool(given["numbers"]),
    )
