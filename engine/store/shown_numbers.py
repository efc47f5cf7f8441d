"""The numbers that a campaign shows: taken in turn, each so often on a day of UTC."""

import json
import sqlite3
from typing import Final

from engine.compliance.caller_ids import choose
from engine.compliance.regime import Prepared
from engine.domain.compliance import CallerIdPool
from engine.domain.time import DAY, Instant


class ShownNumbers:
    """A pool, and how often each of its numbers was shown today."""

    def __init__(self, sql: sqlite3.Connection, pool: CallerIdPool, now: Instant) -> None:
        self._sql = sql
        self._pool = pool
        self._day = now // DAY
        numbers = json.dumps([each.number for each in pool.numbers])
        self._used = dict(sql.execute(_USED, (self._day, numbers)).fetchall())

    @property
    def worn_out_until(self) -> Instant | None:
        worn = all(self._used.get(each.number, 0) >= self._pool.per_day for each in self._pool.numbers)
        return self._tomorrow if worn else None

    @property
    def _tomorrow(self) -> Instant:
        return (self._day + 1) * DAY

    def choose(self, prepared: Prepared, called: str) -> tuple[str | None, Instant | None]:
        """The number to show to `called`; with an instant if all that may be shown have had their calls: it
        can be shown from then on."""
        rules = [clause.terms for clause in prepared.plan.caller_ids]
        chosen = choose(self._pool, called, self._used, rules)
        if chosen is not None:
            return chosen.number, None
        tomorrow = choose(self._pool, called, {}, rules)
        return (None, None) if tomorrow is None else (tomorrow.number, self._tomorrow)

    def use(self, number: str) -> None:
        self._used[number] = self._used.get(number, 0) + 1
        self._sql.execute(_USE, (number, self._day))


_USED: Final = """
    SELECT number, calls FROM caller_id_days
    WHERE day = ? AND number IN (SELECT value FROM json_each(?))
"""
_USE: Final = """
    INSERT INTO caller_id_days (number, day, calls) VALUES (?, ?, 1)
    ON CONFLICT (number, day) DO UPDATE SET calls = calls + 1
"""
