"""What each call met: written with its settlement, exact in the attempts and summed by days and quarters.

A window takes whole days of UTC and whole quarters of an hour from the sums, and the rest from the attempts:
any window is exact, and none takes long.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from engine.compliance.abandonment import COUNTED_AS, Counted, Met, Tally
from engine.domain.time import DAY, MINUTE, Instant, Micros
from engine.store.transaction import Transaction

QUARTER: Final[Micros] = 15 * MINUTE  # no zone is off UTC by less
_OF_A_DAY: Final = DAY // QUARTER
_SPANS: Final = (_OF_A_DAY, 1)

_COLUMNS: Final = tuple(COUNTED_AS.values())
_COUNT: Final = {
    met: f"INSERT INTO call_counts (campaign, span, number, {column}) VALUES (?, ?, ?, 1) "
    f"ON CONFLICT (campaign, span, number) DO UPDATE SET {column} = {column} + 1"
    for met, column in COUNTED_AS.items()
}
_SUM: Final = f"""
    SELECT {", ".join(f"sum({column})" for column in _COLUMNS)} FROM call_counts
    WHERE campaign = ? AND span = ? AND number >= ? AND number < ?
"""
_EDGE: Final = """
    SELECT met, count(*) FROM attempts INDEXED BY attempts_met
    WHERE campaign = ? AND met_at >= ? AND met_at < ? AND met IS NOT NULL GROUP BY met
"""
_EVENTS: Final = """
    SELECT id, met_at, met FROM attempts INDEXED BY attempts_met
    WHERE campaign = ? AND met_at >= ? AND met_at < ? AND met IS NOT NULL ORDER BY met_at, id
"""
_FIRST: Final = """
    SELECT min(met_at) FROM attempts INDEXED BY attempts_met WHERE campaign = ? AND met IS NOT NULL
"""
_LATE: Final = """
    SELECT campaign, id, met_at FROM attempts INDEXED BY attempts_late
    WHERE met_at IS NOT NULL AND settled_at IS NULL ORDER BY campaign, met_at, id
"""


class Late(NamedTuple):
    """A call that is not settled and is lost already: its agent came too late, or has not come."""

    campaign: str
    attempt: int
    answered_at: Instant


def late_calls(sql: sqlite3.Connection) -> list[Late]:
    """Those that an agent took too late, and that are not settled yet."""
    return [Late._make(row) for row in sql.execute(_LATE)]


def count_call(tx: Transaction, campaign: str, attempt: int, call: Counted) -> None:
    """A call is settled: what it met, when it was answered or given up."""
    tx.sql.execute("UPDATE attempts SET met = ?, met_at = ? WHERE id = ?", (call.met, call.at, attempt))
    quarter = call.at // QUARTER
    for span in _SPANS:
        tx.sql.execute(_COUNT[call.met], (campaign, span, quarter // span))


def tally_of(sql: sqlite3.Connection, campaigns: Iterable[str], start: Instant, end: Instant) -> Tally:
    """The calls of [start, end), of all these campaigns together."""
    counts = dict.fromkeys(_COLUMNS, 0)
    first, last = -(-start // QUARTER), end // QUARTER
    for campaign in campaigns:
        if first >= last:
            _add_edge(sql, counts, campaign, start, end)
            continue
        _add_edge(sql, counts, campaign, start, first * QUARTER)
        _add_sums(sql, counts, campaign, first, last)
        _add_edge(sql, counts, campaign, last * QUARTER, end)
    return Tally(**counts)


def _add_sums(sql: sqlite3.Connection, counts: dict[str, int], campaign: str, first: int, last: int) -> None:
    """The quarters from `first` to before `last`."""
    days, days_end = -(-first // _OF_A_DAY), last // _OF_A_DAY
    parts = [(1, first, last)]
    if days < days_end:
        parts = [
            (1, first, days * _OF_A_DAY),
            (_OF_A_DAY, days, days_end),
            (1, days_end * _OF_A_DAY, last),
        ]
    for part in parts:
        sums = sql.execute(_SUM, (campaign, *part)).fetchone()
        for column, value in zip(_COLUMNS, sums, strict=True):
            counts[column] += value or 0


def _add_edge(
    sql: sqlite3.Connection, counts: dict[str, int], campaign: str, start: Instant, end: Instant
) -> None:
    if start < end:
        for met, count in sql.execute(_EDGE, (campaign, start, end)):
            counts[COUNTED_AS[Met(met)]] += count


def first_call(sql: sqlite3.Connection, campaigns: Iterable[str]) -> Instant | None:
    """When the first call of any of them was answered or given up; None if none was yet."""
    found = (sql.execute(_FIRST, (campaign,)).fetchone()[0] for campaign in campaigns)
    return min((at for at in found if at is not None), default=None)


def calls_of(
    sql: sqlite3.Connection, campaign: str, start: Instant, end: Instant
) -> Iterator[tuple[int, Counted]]:
    """The calls of [start, end) one by one, with their attempts, in the order of time: the evidence."""
    for attempt, at, met in sql.execute(_EVENTS, (campaign, start, end)):
        yield attempt, Counted(at=at, met=Met(met))
