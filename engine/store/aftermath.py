"""What a settled call leaves behind it besides its case: the lead's history and owner, what abandonment rates
count, and whom nobody calls any more.
"""

from typing import Final, NamedTuple

from engine.attempts.phones import is_out_of_use
from engine.attempts.promises import PROMISE_COLUMNS, promise_columns
from engine.compliance.abandonment import Counted
from engine.compliance.met import met
from engine.domain.case import HELD
from engine.domain.lists import OwnershipPolicy
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.wishes import DoNotCall, EntrySource, Whom
from engine.domain.words import CaseStatus, ChangeReason, Ending, Rank
from engine.journal import events as e
from engine.ownership.holding import taken
from engine.store.call_counts import count_call
from engine.store.case_changes import change_cases
from engine.store.closing import Closing
from engine.store.dnc import put_entries
from engine.store.transaction import Transaction


def leave_behind(tx: Transaction, policy: CampaignPolicy, closing: Closing) -> None:
    """Of a call that was dialed."""
    held = _remember(tx, policy, closing)
    _own(tx, policy, closing, held)
    if policy.compliance is not None:
        _count(tx, policy, closing)


class _Held(NamedTuple):
    """Who owned the lead when the call was settled, and until when."""

    owner: str | None
    until: Instant | None


_REMEMBER: Final = """
    UPDATE leads SET last_attempt = ?, last_disposition = ?, last_duration = ?, last_ended_at = ?,
                     machine_at = coalesce(?, machine_at), abandoned_at = coalesce(?, abandoned_at),
                     succeeded_at = coalesce(?, succeeded_at)
    WHERE id = ? RETURNING owner, owned_until
"""
_OUT_OF_USE: Final = "UPDATE phones SET out_of_use_at = coalesce(out_of_use_at, ?) WHERE id = ?"


def _remember(tx: Transaction, policy: CampaignPolicy, closing: Closing) -> _Held:
    """The lead's last call, for whoever looks for leads."""
    result = closing.result
    success = policy.disposition(result.disposition).success
    row = tx.sql.execute(
        _REMEMBER,
        (
            closing.attempt,
            result.disposition,
            closing.duration,
            result.ended_at,
            result.ended_at if closing.machine else None,
            result.ended_at if result.ending is Ending.ABANDONED else None,
            tx.now if success else None,
            closing.case.lead,
        ),
    ).fetchone()
    if is_out_of_use(policy.phones, result.outcome):
        tx.sql.execute(_OUT_OF_USE, (tx.now, closing.case.phone))
    return _Held._make(row)


def _own(tx: Transaction, policy: CampaignPolicy, closing: Closing, held: _Held) -> None:
    """A valid attempt makes its campaign the owner: it dialed the customer, and its disposition counts. A
    success fulfils the ownership, also that of this very attempt."""
    disposition = policy.disposition(closing.result.disposition)
    owner = held.owner
    if disposition.counts and _take_ownership(tx, policy, closing, held):
        owner = policy.name
    if disposition.success and owner == policy.name:
        tx.record(e.OwnershipFulfilled(attempt=closing.attempt, campaign=policy.name, lead=closing.case.lead))


_RULES: Final = "SELECT ownership_duration, ownership_near FROM lists WHERE id = ? AND ownership = 1"


def _take_ownership(tx: Transaction, policy: CampaignPolicy, closing: Closing, held: _Held) -> bool:
    row = tx.sql.execute(_RULES, (closing.list,)).fetchone()
    if row is None:
        return False
    duration, near = row
    rules = OwnershipPolicy(enabled=True, duration=duration, near=near)
    ownership = taken(policy.name, rules, owner=held.owner, until=held.until, now=tx.now)
    if ownership is None:
        return False
    tx.sql.execute(
        "UPDATE leads SET owner = ?, owned_since = ?, owned_until = ?, owned_for = ? WHERE id = ?",
        (ownership.owner, ownership.since, ownership.until, ownership.duration, closing.case.lead),
    )
    tx.record(
        e.OwnershipTaken(
            attempt=closing.attempt,
            campaign=policy.name,
            lead=closing.case.lead,
            list=closing.list,
            until=ownership.until,
            duration=ownership.duration,
        )
    )
    return True


def _count(tx: Transaction, policy: CampaignPolicy, closing: Closing) -> None:
    """What abandonment rates have to know of the call."""
    result, answered_at = closing.result, closing.answered_at
    until = result.ended_at if closing.connected_at is None else closing.connected_at
    what = met(
        ending=result.ending,
        outcome=result.outcome,
        verdict=closing.verdict,
        person=closing.person,
        waited=None if answered_at is None else until - answered_at,
        disposition=policy.disposition(result.disposition),
        policy=policy,
    )
    count_call(tx, policy.name, closing.attempt, Counted(at=closing.met_at, met=what))


def forbid(tx: Transaction, lead: int, *, about: str) -> None:
    """Nobody calls this lead again: its cases are closed for good, in every campaign."""
    tx.sql.execute("UPDATE leads SET dnc_at = coalesce(dnc_at, ?) WHERE id = ?", (tx.now, lead))
    rows = tx.sql.execute(
        "SELECT id FROM cases WHERE lead_id = ? AND status <> ? ORDER BY id", (lead, CaseStatus.DNC)
    ).fetchall()
    columns = ("status", "rank", *HELD, "final", "reset_at", *PROMISE_COLUMNS)
    values = (CaseStatus.DNC, Rank.RETRY, None, None, None, None, 1, None, *promise_columns(None).values())
    change_cases(tx, ChangeReason.DNC, about, columns, ((case, *values) for (case,) in rows))


_SAID_BY: Final = "SELECT p.number, l.person FROM leads l JOIN phones p ON p.id = ? WHERE l.id = ?"


def enter(tx: Transaction, closing: Closing) -> None:
    """Nobody calls the number that was dialed or the person again either, whatever lead has them."""
    number, person = tx.sql.execute(_SAID_BY, (closing.case.phone, closing.case.lead)).fetchone()
    whoms = [Whom(number=number)] if closing.dialed else []
    if person:
        whoms.append(Whom(person=person))
    said = [DoNotCall(whom=whom) for whom in whoms]
    put_entries(tx.sql, said, source=EntrySource.DISPOSITION, now=tx.now)
