"""What a gate is told has changed: the cases that it holds are due again, and judged anew at their claim."""

import json
from collections.abc import Collection, Iterator
from typing import Final

from engine.compliance.verdict import Gate
from engine.domain.case import HELD
from engine.domain.time import Instant
from engine.domain.words import ChangeReason, Hold
from engine.store.case_changes import change_cases
from engine.store.transaction import Transaction

_HELD: Final = f"""
    SELECT c.id, c.wanted_at FROM cases c
    WHERE c.waits_for = '{Hold.GATE}' AND (:campaign IS NULL OR c.campaign = :campaign)
"""
_BY_GATES: Final = """
    AND substr(c.held_by, 1, instr(c.held_by, ' ') - 1) IN (SELECT value FROM json_each(:some))
"""
_OF_NUMBERS: Final = """
    AND c.lead_id IN (SELECT lead_id FROM phones WHERE number IN (SELECT value FROM json_each(:some)))
"""
_OF_PERSONS: Final = """
    AND c.lead_id IN (SELECT id FROM leads WHERE person IN (SELECT value FROM json_each(:some)))
"""


def wake_blocked(
    tx: Transaction,
    *,
    campaign: str | None = None,
    numbers: Collection[str] | None = None,
    persons: Collection[str] | None = None,
    gates: Collection[Gate] | None = None,
) -> int:
    """Wake what gates hold: of one campaign or all, of these numbers and persons, or of whoever these gates
    hold or, without any, of everybody. Answers how many cases there were."""
    found: dict[int, Instant] = {}
    if gates is not None:
        found |= _found(tx, _HELD + _BY_GATES, campaign, gates)
    elif numbers is None and persons is None:
        found |= _found(tx, _HELD, campaign, ())
    if numbers:
        found |= _found(tx, _HELD + _OF_NUMBERS, campaign, numbers)
    if persons:
        found |= _found(tx, _HELD + _OF_PERSONS, campaign, persons)
    about = "gates" if campaign is None else campaign
    return change_cases(tx, ChangeReason.CLEARED, about, HELD, _due_again(tx, found))


_BLOCKED: Final = f"""
    SELECT id, wanted_at FROM cases INDEXED BY cases_blocked
    WHERE campaign = ? AND waits_for = '{Hold.GATE}' AND wakes_at IS NULL
"""


def ask_blocked_again(tx: Transaction, campaign: str) -> int:
    """An engine starts, by other rules or another configuration perhaps: what never wakes by itself is judged
    anew. Answers how many cases there were."""
    found = dict(tx.sql.execute(_BLOCKED, (campaign,)).fetchall())
    return change_cases(tx, ChangeReason.CLEARED, campaign, HELD, _due_again(tx, found))


def _due_again(tx: Transaction, found: dict[int, Instant]) -> Iterator[tuple[int, Instant, None, None, None]]:
    return ((case, max(wanted_at, tx.now), None, None, None) for case, wanted_at in sorted(found.items()))


def _found(tx: Transaction, query: str, campaign: str | None, some: Collection[str]) -> dict[int, Instant]:
    given = {"campaign": campaign, "some": json.dumps(sorted(some))}
    return dict(tx.sql.execute(query, given).fetchall())
