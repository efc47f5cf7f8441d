"""What a gate is told has changed: the cases that it holds are due again, and judged anew at their claim."""

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import Final

from engine.compliance.verdict import Gate
from engine.domain.case import HELD
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import ChangeReason, Hold
from engine.store.case_changes import change_cases
from engine.store.transaction import Change, Transaction

PORTION: Final = 5_000  # cases in one transaction: some 50 ms on a quiet machine

_HELD: Final = f"""
    SELECT c.id, c.wanted_at FROM cases c
    WHERE c.waits_for = '{Hold.GATE}' AND (:campaign IS NULL OR c.campaign = :campaign)
      AND (:seller IS NULL OR c.campaign IN (
          SELECT name FROM campaigns WHERE policy ->> '$.compliance.seller' = :seller))
"""
# What is written is the first gate of the first number: with no time, another may stand in the way as well.
_BY_GATES: Final = """
    AND (c.wakes_at IS NULL
         OR substr(c.held_by, 1, instr(c.held_by, ' ') - 1) IN (SELECT value FROM json_each(:some)))
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
    seller: str | None = None,
    numbers: Collection[str] | None = None,
    persons: Collection[str] | None = None,
    gates: Collection[Gate] | None = None,
) -> int:
    """Wake what gates hold: of one campaign, of those of one seller or of all; of these numbers and persons,
    or of whoever these gates hold or waits for no time or, without any, of everybody. Answers how many cases
    there were."""
    found: dict[int, Instant] = {}
    if gates is not None:
        found |= _found(tx, _HELD + _BY_GATES, campaign, seller, gates)
    elif numbers is None and persons is None:
        found |= _found(tx, _HELD, campaign, seller, ())
    if numbers:
        found |= _found(tx, _HELD + _OF_NUMBERS, campaign, seller, numbers)
    if persons:
        found |= _found(tx, _HELD + _OF_PERSONS, campaign, seller, persons)
    return _wake(tx, "gates" if campaign is None else campaign, found)


_RULED: Final = """
    SELECT 1 FROM campaigns INDEXED BY campaigns_ruled WHERE policy ->> '$.compliance' IS NOT NULL LIMIT 1
"""
_OF_CALL: Final = f"""
    SELECT c.id, c.wanted_at FROM (
        SELECT :lead AS lead_id
        UNION SELECT lead_id FROM phones WHERE number = (SELECT number FROM phones WHERE id = :phone)
        UNION SELECT id FROM leads WHERE person = (SELECT person FROM leads WHERE id = :lead)
    ) w CROSS JOIN cases c ON c.lead_id = w.lead_id WHERE c.waits_for = '{Hold.GATE}'
"""


def wake_after_call(tx: Transaction, policy: CampaignPolicy, *, lead: int, phone: int) -> int:
    """It is known what came of a call, which counted for the worst until now: whom gates hold of the lead,
    the number and the person is asked about again, in any campaign. Answers how many cases there were."""
    if policy.compliance is None and tx.sql.execute(_RULED).fetchone() is None:
        return 0  # only do-not-call entries hold anybody
    found = dict(tx.sql.execute(_OF_CALL, {"lead": lead, "phone": phone}).fetchall())
    return _wake(tx, policy.name, found)


def wake_lead(tx: Transaction, lead: int) -> int:
    """What is known of a lead has changed. Answers how many cases there were."""
    query = f"SELECT id, wanted_at FROM cases WHERE lead_id = ? AND waits_for = '{Hold.GATE}'"
    found = dict(tx.sql.execute(query, (lead,)).fetchall())
    return _wake(tx, "gates", found)


# --- in portions ------------------------------------------------------------------------------------


def ask_in_portions(
    sql: sqlite3.Connection, apply: Callable[[Change[int]], int], gates: Collection[Gate] | None = None
) -> int:
    """Wake as `wake_blocked` does, some thousand cases in a transaction: for what may lift so many holds that
    an engine beside it would stand still. Answers how many cases there were."""
    query = _HELD if gates is None else _HELD + _BY_GATES
    given = {"campaign": None, "seller": None, "some": json.dumps(sorted(gates or ()))}
    found = [case for case, _ in sql.execute(f"{query} ORDER BY c.id", given)]
    return sum(apply(ask_again(found[at : at + PORTION])) for at in range(0, len(found), PORTION))


_STILL: Final = f"""
    SELECT c.id, c.wanted_at FROM json_each(?) g CROSS JOIN cases c ON c.id = g.value
    WHERE c.waits_for = '{Hold.GATE}'
"""


def ask_again(cases: Sequence[int]) -> Change[int]:
    """Wake those of these cases that gates hold still. Answers how many there were."""

    def change(tx: Transaction) -> int:
        found = dict(tx.sql.execute(_STILL, (json.dumps(cases),)).fetchall())
        return _wake(tx, "gates", found)

    return change


_AFTER: Final = f"""
    SELECT id, wanted_at FROM cases
    WHERE id > ? AND waits_for = '{Hold.GATE}' AND wakes_at IS NULL ORDER BY id LIMIT ?
"""


def ask_blocked_after(tx: Transaction, after: int, most: int) -> int | None:
    """Wake so many at most of those that never wake by themselves, whose cases come after this one. Answers
    the last of them; None if no other comes after it."""
    found = dict(tx.sql.execute(_AFTER, (after, most)).fetchall())
    _wake(tx, "gates", found)
    return max(found) if len(found) == most else None


_BLOCKED: Final = f"""
    SELECT id, wanted_at FROM cases INDEXED BY cases_blocked
    WHERE campaign = :campaign AND waits_for = '{Hold.GATE}' AND wakes_at IS NULL
"""
_WAITING: Final = f"""
    SELECT id, wanted_at FROM cases INDEXED BY cases_held
    WHERE campaign = :campaign AND waits_for = '{Hold.GATE}' AND wakes_at IS NOT NULL
"""


def ask_some_again(tx: Transaction, campaign: str, most: int, *, waits: bool) -> int:
    """Wake so many at most of those that never wake by themselves or, with `waits`, of all that gates hold.
    Answers how many cases there were."""
    query = f"{_BLOCKED} UNION ALL {_WAITING}" if waits else _BLOCKED
    given = {"campaign": campaign, "most": most}
    found = dict(tx.sql.execute(f"{query} LIMIT :most", given).fetchall())
    return _wake(tx, campaign, found)


def _wake(tx: Transaction, about: str, found: dict[int, Instant]) -> int:
    """`found` has the cases, and when each was due."""
    rows = ((case, max(wanted_at, tx.now), None, None, None) for case, wanted_at in sorted(found.items()))
    return change_cases(tx, ChangeReason.CLEARED, about, HELD, rows)


def _found(
    tx: Transaction, query: str, campaign: str | None, seller: str | None, some: Collection[str]
) -> dict[int, Instant]:
    given = {"campaign": campaign, "seller": seller, "some": json.dumps(sorted(some))}
    return dict(tx.sql.execute(query, given).fetchall())
