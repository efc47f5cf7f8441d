"""Due cases are claimed: chosen in their order, asked at the gates, and live from the same commit on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.attempts.promises import PROMISE_COLUMNS, promise_columns, without_promise
from engine.compliance.hours import is_open
from engine.domain.case import HELD
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import ChangeReason, Rank, Side
from engine.journal import events as e
from engine.store.admission import Staffing, admit
from engine.store.case_changes import change_cases
from engine.store.changes import Ids, intend, intend_call, runs
from engine.store.due_cases import DueRow, due_cases, next_due, one_case, phones_in_use
from engine.store.gates import Asked, Asking, Gates
from engine.store.lanes import Turns
from engine.store.refusals import Refusals
from engine.store.registry_files import RECHECK, heed_files
from engine.store.transaction import Change, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An attempt whose claim is on disk. `leg` is its first leg, if one was intended with the claim."""

    attempt: int
    number: str
    lead: int
    leg: int | None
    asked: Asked | None = None  # what the gates said of that leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Dry:
    """Nothing to dial now; `until`: the earliest due time of an open case, None if there is none."""

    until: Instant | None


_TO_WAKE: Final = """
    SELECT id, wanted_at, wakes_at FROM cases INDEXED BY cases_held
    WHERE campaign = ? AND wakes_at <= ? ORDER BY wakes_at, id LIMIT ?
"""
_INSERT_ATTEMPT: Final = """
    INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before,
                          customer_attempts_before, agent, started_at, callback_at, seller, subject, debt)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def begin_attempts(
    policy: CampaignPolicy,
    count: int,
    ids: Ids,
    *,
    gates: Gates,
    agents: Sequence[str] = (),
    first: Side | None,
    staffing: Staffing | None = None,
) -> Change[list[Started] | Dry]:
    """Claim up to `count` due cases, one for each of `agents` if there are any, and intend a first leg.
    `staffing` is that of a pool whose calls may find no agent: then no more are begun than limits on
    abandoned calls admit.

    Every gate is asked here, at the instant of the commit. A lead, number or person that is in a live call of
    any campaign is passed over. Answers Dry if nothing was claimed.
    """

    def change(tx: Transaction) -> list[Started] | Dry:
        hours = policy.business_hours
        if hours is not None and not is_open(hours, tx.now):
            return []
        if not runs(tx, policy.name):
            return []
        most = count
        if staffing is not None:
            most = admit(tx, gates.rulers.regimes(tx.sql), policy, count, staffing)
            if not most:
                until = tx.now + LIMITED_RECHECK
                tx.record(e.CampaignHeld(campaign=policy.name, until=until, reason=LIMITED, or_freed=True))
                return []
        woken = wake(tx, policy.name)
        lapsed = _lapse(tx, policy.name)
        turns = Turns(tx, policy.name)
        chosen: list[tuple[Rank, DueRow, Asked]] = []
        asking = gates.asking(tx.sql, policy, tx.now)
        heeded = policy.compliance is None or heed_files(tx, asking.unusable)
        if asking.worn_out_until is not None:
            return _dry(tx, policy.name, asking.worn_out_until)
        refused = Refusals(tx, policy, asking, reserved=bool(agents))
        taken: set[int | str | None] = set()
        for rank, row in due_cases(tx, policy.name, most, turns, taken):
            asked = refused.let_pass(row)
            if asked is not None:
                chosen.append((rank, row, asked))
                if first is Side.CUSTOMER:
                    asking.begins(asked)
                taken.update((row.lead, row.number))
                if row.person is not None:
                    taken.add(row.person)
                if rank is Rank.NEW:
                    turns.took(row)
            if len(chosen) == most or refused.count == HOLD_MAX:
                break
        refused.write()
        turns.save(tx)
        started = [
            _begin(tx, policy, rank, row, ids, agents[place] if agents else None, first, asking, asked)
            for place, (rank, row, asked) in enumerate(chosen)
        ]
        if started or refused.count or WAKE_MAX in (woken, lapsed) or not heeded:
            return started
        due = next_due(tx.sql, policy.name)
        if asking.unusable:
            due = tx.now + RECHECK if due is None else min(due, tx.now + RECHECK)
        return _dry(tx, policy.name, due)

    return change


def _dry(tx: Transaction, campaign: str, until: Instant | None) -> Dry:
    tx.record(e.CampaignDry(campaign=campaign, until=_recheck(until, tx.now)))
    return Dry(until=until)


LIMITED: Final = "a limit on abandoned calls"
LIMITED_RECHECK: Final = 5_000_000  # five seconds: other engines' calls end, and windows move on

WAKE_MAX: Final = 500  # cases in one claim: a few milliseconds
HOLD_MAX: Final = 500


def wake(tx: Transaction, campaign: str) -> int:
    """The cases whose hold is over are due again, at the later of their time and the end of the hold."""
    rows = tx.sql.execute(_TO_WAKE, (campaign, tx.now, WAKE_MAX)).fetchall()
    return change_cases(
        tx,
        ChangeReason.WOKEN,
        campaign,
        HELD,
        ((case, max(wanted_at, wakes_at), None, None, None) for case, wanted_at, wakes_at in rows),
    )


_OVER: Final = """
    SELECT id, status FROM cases INDEXED BY cases_promised
    WHERE campaign = ? AND callback_until <= ? AND due_at <= ? ORDER BY callback_until, id LIMIT ?
"""


def _lapse(tx: Transaction, campaign: str) -> int:
    """Callbacks that were kept too long are ordinary retries from now on."""
    rows = tx.sql.execute(_OVER, (campaign, tx.now, tx.now, WAKE_MAX)).fetchall()
    none = promise_columns(None).values()
    return change_cases(
        tx,
        ChangeReason.LAPSED,
        campaign,
        ("status", "rank", *PROMISE_COLUMNS),
        ((case, without_promise(status), Rank.RETRY, *none) for case, status in rows),
    )


def begin_own(
    tx: Transaction,
    policy: CampaignPolicy,
    case: int,
    ids: Ids,
    *,
    asking: Asking,
    agent: str,
    first: Side | None,
) -> Started | None:
    """Claim a callback that waits for `agent`, who is there. None if it is in a call, or if a gate
    holds it, which is written down."""
    found = one_case(tx, case)
    if found is None:
        return None
    (wanted_at,) = tx.sql.execute("SELECT wanted_at FROM cases WHERE id = ?", (case,)).fetchone()
    row = found._replace(due_at=wanted_at)
    change_cases(tx, ChangeReason.WOKEN, policy.name, HELD, [(case, wanted_at, None, None, None)])
    refused = Refusals(tx, policy, asking, reserved=True)
    asked = refused.let_pass(row, agent)
    if asked is None:
        refused.write()
        return None
    if first is Side.CUSTOMER:
        asking.shown(asked.caller_id)
    return _begin(tx, policy, Rank.CALLBACK, row, ids, agent, first, asking, asked)


def _recheck(due: Instant | None, now: Instant) -> Instant | None:
    """A case that is due but busy in another call is looked at again soon, not at once."""
    return due if due is None or due > now else now + BUSY_LEAD_RECHECK


BUSY_LEAD_RECHECK: Final = 10_000_000  # ten seconds: about the shortest call worth waiting for


def _begin(
    tx: Transaction,
    policy: CampaignPolicy,
    rank: Rank,
    row: DueRow,
    ids: Ids,
    agent: str | None,
    first: Side | None,
    asking: Asking,
    asked: Asked,
) -> Started:
    attempt = ids.attempt()
    tx.sql.execute("UPDATE cases SET due_at = NULL WHERE id = ?", (row.id,))
    tx.sql.execute(
        _INSERT_ATTEMPT,
        (
            attempt,
            policy.name,
            row.id,
            row.lead,
            row.phone,
            row.standing.cycle,
            row.standing.agent_attempts,
            row.standing.customer_attempts,
            agent,
            tx.now,
            row.standing.callback_at,
            None if policy.compliance is None else policy.compliance.seller,
            None if policy.compliance is None else policy.compliance.subject,
            asked.debt,
        ),
    )
    tx.record(
        e.AttemptStarted(
            attempt=attempt,
            campaign=policy.name,
            case=row.id,
            lead=row.lead,
            list=row.list,
            phone=row.phone,
            phones=phones_in_use(tx, policy, row.lead),
            due_at=row.due_at,
            agent=agent,
            number=row.same,
            **row.standing.told() | {"rank": rank},
        )
    )
    if first is Side.CUSTOMER:
        called = intend_call(tx, ids, attempt, row.number, asking, asked)
        return Started(attempt=attempt, number=row.number, lead=row.lead, leg=called, asked=asked)
    leg = None if first is None else intend(tx, ids, attempt, agent)
    return Started(attempt=attempt, number=row.number, lead=row.lead, leg=leg)
