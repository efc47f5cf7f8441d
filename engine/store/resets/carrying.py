"""A confirmed reset is carried out to its end, whatever comes between.

In portions, so that whoever dials on the same store never waits long. Who opens the store after a crash goes
on where it stopped; two who do so at once share the work.
"""

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, TypeAlias

import orjson

from engine.domain.time import Instant
from engine.domain.words import CaseStatus, ChangeReason
from engine.journal import events as e
from engine.resets.plain import request_of
from engine.resets.recheck import Exclusion, Found, exclusion
from engine.resets.renewal import RENEWED, Standing, renewed, renewed_from_zero
from engine.resets.request import ResetRequest
from engine.segments.cycle import NEW_CYCLE
from engine.store.audit import audit
from engine.store.case_changes import change_cases
from engine.store.resets.preparing import CONFIRMED, DONE, subject
from engine.store.transaction import Change, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """So many leads of a reset had their turn; `done`: they were its last."""

    reset: int
    leads: int
    done: bool


def is_unfinished(sql: sqlite3.Connection) -> bool:
    """Whether there is a commitment that was not carried out to its end."""
    return sql.execute("SELECT 1 FROM resets WHERE state = ? LIMIT 1", (CONFIRMED,)).fetchone() is not None


def carry_out(portions: int, *, resumed_by: str | None = None) -> Change[Carried | None]:
    """The next portions of the oldest commitment; None when nothing is left to be done. `resumed_by`: who
    takes up what a command that died has left, for the audit log."""

    def change(tx: Transaction) -> Carried | None:
        row = tx.sql.execute(_NEXT, (CONFIRMED,)).fetchone()
        if row is None:
            return None
        if resumed_by is not None:
            audit(tx, user=resumed_by, action="leads reset resume", subject=subject(row[0]))
        return _Carrying(tx, *row).take(portions)

    return change


_NEXT: Final = "SELECT id, at, user, request, reset, excluded FROM resets WHERE state = ? ORDER BY id LIMIT 1"
_PORTIONS: Final = """
    SELECT number, leads, attempts FROM reset_portions WHERE reset_id = ? AND changes IS NULL
    ORDER BY number LIMIT ?
"""
_LEADS: Final = """
    SELECT l.id, l.last_attempt, l.dnc_at, l.machine_at, l.abandoned_at, s.active,
           EXISTS (SELECT 1 FROM attempts WHERE lead_id = l.id AND settled_at IS NULL),
           c.id, c.campaign, c.final, c.exhausted, {columns}
    FROM json_each(?) j CROSS JOIN leads l ON l.id = j.value CROSS JOIN lists s ON s.id = l.list_id
    LEFT JOIN cases c ON c.lead_id = l.id
    ORDER BY j.key, c.id
"""
_CASE, _CAMPAIGN, _FINAL, _EXHAUSTED, _COLUMNS = 7, 8, 9, 10, 11  # places in its rows
_DONE: Final = "UPDATE reset_portions SET excluded = ?, changes = ? WHERE reset_id = ? AND number = ?"
_BUDGETS: Final = """
    SELECT p.name, p.policy ->> '$.agent_attempts.max', p.policy ->> '$.customer_attempts.max',
           EXISTS (SELECT 1 FROM campaign_segments WHERE campaign = p.name)
    FROM campaigns p
"""
_INSIDE: Final = """
    SELECT 1 FROM campaign_segments cs
    JOIN memberships m ON m.segment_id = cs.segment_id AND m.lead_id = ?
    WHERE cs.campaign = ? AND m.inside = 1
"""

_Row: TypeAlias = tuple[Any, ...]
_Values: TypeAlias = tuple[Any, ...]
_Fate: TypeAlias = Exclusion | list[tuple[int, _Values, _Values]]
"""Why a lead is left out, or which of its cases change: their places, and the values before and after."""


def changed_columns(request: ResetRequest) -> tuple[str, ...]:
    """The columns of a case that such a reset sets."""
    return NEW_CYCLE if request.zero else RENEWED


class _Carrying:
    """Some portions of one reset, in one transaction."""

    def __init__(
        self, tx: Transaction, reset: int, at: Instant, user: str, request: str, count: int, excluded: str
    ) -> None:
        self._tx = tx
        self._reset = reset
        self._at = at
        self._user = user
        self._request = request_of(json.loads(request))
        self._count = count
        self._excluded: Counter[str] = Counter(json.loads(excluded))
        self._columns = changed_columns(self._request)
        self._read = tuple(dict.fromkeys((*_STANDING, *self._columns)))
        self._campaigns = {
            name: (agent_max, customer_max, bool(segmented))
            for name, agent_max, customer_max, segmented in tx.sql.execute(_BUDGETS)
        }
        self._fates: dict[_Row, _Fate] = {}

    def take(self, portions: int) -> Carried:
        tx, leads = self._tx, 0
        todo = tx.sql.execute(_PORTIONS, (self._reset, portions)).fetchall()
        for number, ids, attempts in todo:
            leads += self._take(number, ids, orjson.loads(attempts))
        done = len(todo) < portions
        tx.sql.execute(
            "UPDATE resets SET state = ?, reset = ?, excluded = ? WHERE id = ?",
            (
                DONE if done else CONFIRMED,
                self._count,
                json.dumps(self._excluded, sort_keys=True),
                self._reset,
            ),
        )
        if done:
            self._finish()
        return Carried(reset=self._reset, leads=leads, done=done)

    def _take(self, number: int, ids: str, seen: list[int | None]) -> int:
        """One portion; answers how many leads it has."""
        columns = ", ".join(f"c.{column}" for column in self._read)
        rows = self._tx.sql.execute(_LEADS.format(columns=columns), (ids,)).fetchall()
        left_out: list[tuple[int, str]] = []
        changes: list[tuple[int, _Values, _Values]] = []
        for place, (lead, group) in enumerate(groupby(rows, itemgetter(0))):
            cases = list(group)
            fate = self._fate(cases, seen[place])
            if isinstance(fate, Exclusion):
                self._excluded[str(fate)] += 1
                left_out.append((lead, fate))
            else:
                self._count += 1
                changes += [(cases[at][_CASE], before, after) for at, before, after in fate]
        change_cases(
            self._tx,
            ChangeReason.RESET,
            subject(self._reset),
            self._columns,
            [(case, *after) for case, _, after in changes],
        )
        told = (orjson.dumps(left_out).decode(), orjson.dumps(changes).decode())
        self._tx.sql.execute(_DONE, (*told, self._reset, number))
        return len(seen)

    def _fate(self, rows: list[_Row], seen: int | None) -> _Fate:
        """Leads that stand alike fare alike: there are few kinds among many."""
        outside = [self._is_outside(row) for row in rows]
        kind = (rows[0][1] == seen, rows[0][2:_CASE], *outside, *[row[_CAMPAIGN:] for row in rows])
        fate = self._fates.get(kind)
        if fate is None:
            why = self._why_not(rows, seen)
            fate = self._fates[kind] = why if why is not None else self._renewed(rows, outside)
        return fate

    def _why_not(self, rows: list[_Row], seen: int | None) -> Exclusion | None:
        _, last_attempt, dnc_at, machine_at, abandoned_at, active, live, *_ = rows[0]
        found = Found(
            live=bool(live),
            do_not_call=dnc_at is not None,
            machine_at=machine_at,
            abandoned_at=abandoned_at,
            last_attempt=last_attempt,
            list_active=bool(active),
            statuses=[_STATUSES[row[_COLUMNS]] for row in rows if row[_CASE] is not None],
            final=any(row[_FINAL] for row in rows),
            exhausted=any(row[_EXHAUSTED] for row in rows),
        )
        return exclusion(found, seen, self._request, at=self._at)

    def _renewed(self, rows: list[_Row], outside: list[bool]) -> list[tuple[int, _Values, _Values]]:
        """Which of the lead's cases change, with their values before and after."""
        renew = renewed_from_zero if self._request.zero else renewed
        changes = []
        for at, row in enumerate(rows):
            if row[_CASE] is not None:
                agent_max, customer_max, _ = self._budgets(row)
                status, *values = row[_COLUMNS : _COLUMNS + len(_STANDING)]
                standing = Standing._make((_STATUSES[status], *values, agent_max, customer_max, outside[at]))
                every = dict(zip(self._read, row[_COLUMNS:], strict=True))
                before = tuple(every[column] for column in self._columns)
                after = renew(standing, at=self._at)
                if before != after:
                    changes.append((at, before, after))
        return changes

    def _is_outside(self, row: _Row) -> bool:
        """Of the segments of the campaign that has the case."""
        _, _, segmented = self._budgets(row)
        return segmented and self._tx.sql.execute(_INSIDE, (row[0], row[_CAMPAIGN])).fetchone() is None

    def _budgets(self, row: _Row) -> tuple[int | None, int | None, bool]:
        return self._campaigns.get(row[_CAMPAIGN], (None, None, False))

    def _finish(self) -> None:
        excluded = dict(sorted(self._excluded.items()))
        tx = self._tx
        tx.record(e.ResetDone(reset=self._reset, leads=self._count, excluded=excluded))
        about = subject(self._reset)
        audit(
            tx,
            user=self._user,
            action="leads reset done",
            subject=about,
            count=self._count,
            excluded=excluded,
        )


_STATUSES: Final = {str(status): status for status in CaseStatus}
_STANDING: Final = Standing._fields[:11]  # those that are columns
