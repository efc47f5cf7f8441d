"""Changes of cases outside their attempts: all of them go through here, and each is a line of the journal."""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from engine.domain.time import Instant
from engine.domain.words import ChangeReason
from engine.journal import events as e
from engine.store.transaction import Transaction

ROWS_PER_LINE: Final = 500  # about 20 kB of journal


def change_cases(
    tx: Transaction,
    reason: ChangeReason,
    about: str,
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> int:
    """Set `columns` of each row's case (its first value is the id), and answer how many cases there were."""
    assignments = ", ".join(f"{column} = ?" for column in columns)
    count, rest = 0, iter(rows)
    while some := tuple(islice(rest, ROWS_PER_LINE)):
        _update(tx, assignments, some)
        if reason in _REOPENING:
            _reopen(tx, [row[0] for row in some], None if reason is ChangeReason.UNDONE else tx.now)
        tx.record(e.CasesChanged(reason=reason, about=about, columns=tuple(columns), rows=some))
        count += len(some)
    return count


ALIKE_LEAST: Final = 8  # cases that get the same values: from so many on, one statement is the quicker way


def _update(tx: Transaction, assignments: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """A statement for all that get the same values takes a third of the time of one for each."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        alike.setdefault(row[1:], []).append(row[0])
    if len(rows) < ALIKE_LEAST * len(alike):
        each = ((*row[1:], row[0]) for row in rows)
        tx.sql.executemany(f"UPDATE cases SET {assignments} WHERE id = ?", each)
        return
    together = f"UPDATE cases SET {assignments} WHERE id IN (SELECT value FROM json_each(?))"
    tx.sql.executemany(together, ((*values, json.dumps(cases)) for values, cases in alike.items()))


_REOPENING: Final = frozenset(
    {ChangeReason.RESET, ChangeReason.UNDONE, ChangeReason.RECYCLED, ChangeReason.RESTARTED}
)
_REOPEN: Final = """
    UPDATE campaigns SET reopened_at = ? WHERE ended_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM cases WHERE campaign = campaigns.name AND id IN (SELECT value FROM json_each(?)))
"""


def _reopen(tx: Transaction, cases: Sequence[int], at: Instant | None) -> None:
    """A campaign that had ended has something to dial again: what is told of its contacts is provisional.
    `at` None: that was taken back."""
    tx.sql.execute(_REOPEN, (at, json.dumps(cases)))
