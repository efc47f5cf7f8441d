"""The attempts report: one row for each attempt, with its numbers as they stood when it began.

Rows are streamed in the order of the attempts' ids, which is the order in which they were started.
"""

import csv
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Final, TextIO

from engine.domain.time import SECOND, Instant, iso

CALLED: Final = "(leg.side = 'customer' AND (leg.dialed = 1 OR (leg.dialed IS NULL AND leg.cause = 'crash')))"
"""A customer leg that was dialed, or that a crash left in doubt: it counts as dialed."""

_ROWS: Final = f"""
    SELECT a.id AS attempt, a.campaign, s.name AS list, l.key AS lead, p.number AS phone, a.agent,
           a.started_at, a.ended_at, a.agent_attempts_before + 1 AS agent_attempt_number,
           CASE WHEN EXISTS (SELECT 1 FROM legs leg WHERE leg.attempt_id = a.id AND {CALLED})
                THEN a.customer_attempts_before + 1 END AS customer_attempt_number,
           a.outcome, a.ending, a.used, a.disposition, a.digits, a.status, a.due_at,
           (SELECT coalesce(leg.answered_at, leg.ended_at) - leg.rang_at FROM legs leg
            WHERE leg.attempt_id = a.id AND leg.side = 'customer' ORDER BY leg.id DESC LIMIT 1) AS rang,
           a.ended_at - a.connected_at AS talked
    FROM attempts a
    JOIN leads l ON l.id = a.lead_id
    JOIN lists s ON s.id = l.list_id
    JOIN phones p ON p.id = a.phone_id
    WHERE (:campaign IS NULL OR a.campaign = :campaign) AND (:lead IS NULL OR l.key = :lead)
    ORDER BY a.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """`agent_attempt_number` and `customer_attempt_number` are the attempts of the cycle used before, plus 1;
    the latter is None if the customer was not dialed. `status` and `due_at` are the case's once settled.
    """

    attempt: int
    campaign: str
    list: str
    lead: str
    phone: str
    agent: str | None
    started_at: Instant
    ended_at: Instant | None
    agent_attempt_number: int
    customer_attempt_number: int | None
    outcome: str | None
    ending: str | None
    used: str | None
    disposition: str | None
    digits: str | None
    status: str | None
    due_at: Instant | None
    ring_seconds: float | None
    talk_seconds: float | None

    def as_json(self) -> dict[str, Any]:
        """By column, with instants in ISO 8601, UTC."""
        values = {name: getattr(self, name) for name in COLUMNS}
        return values | {name: None if values[name] is None else iso(values[name]) for name in INSTANTS}

    def as_text(self) -> dict[str, Any]:
        """The same for people: instants to the second, durations to a tenth."""
        values = self.as_json()
        for name in INSTANTS:
            at = getattr(self, name)
            values[name] = None if at is None else iso(at - at % SECOND)
        for name in DURATIONS:
            values[name] = None if values[name] is None else f"{values[name]:.1f}"
        return values


COLUMNS: Final = tuple(field.name for field in fields(AttemptRow))
INSTANTS: Final = ("started_at", "ended_at", "due_at")
DURATIONS: Final = ("ring_seconds", "talk_seconds")


def attempt_rows(
    sql: sqlite3.Connection, *, campaign: str | None = None, lead: str | None = None
) -> Iterator[AttemptRow]:
    """All attempts, or those of one campaign or of the leads with one key, one at a time."""
    cursor = sql.cursor()
    for row in cursor.execute(_ROWS, {"campaign": campaign, "lead": lead}):
        *plain, rang, talked = row
        values = dict(zip(COLUMNS, plain, strict=False))
        yield AttemptRow(**values, ring_seconds=_seconds(rang), talk_seconds=_seconds(talked))


def _seconds(duration: int | None) -> float | None:
    return None if duration is None else duration / SECOND


def write_csv(rows: Iterable[AttemptRow], stream: TextIO) -> int:
    """With a heading; answers how many rows."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow(row.as_text().values())
        count += 1
    return count
