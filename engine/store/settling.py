"""The end of an attempt, and its settlement: what becomes of the case."""

import json
from typing import Final

from engine.attempts.promises import promise_columns
from engine.attempts.settlement import Settlement, after_attempt
from engine.domain.case import HELD, Case
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant, Micros
from engine.domain.words import CaseStatus, ChangeReason, Ending, Hold, Side, Verdict
from engine.journal import events as e
from engine.journal.values import person_of, result_of
from engine.journal.views import AttemptView
from engine.segments.cycle import NEW_CYCLE, new_cycle
from engine.store.aftermath import enter, forbid, leave_behind
from engine.store.callback_promises import callback_json, hand_over, hold_for_agent
from engine.store.case_changes import change_cases
from engine.store.changes import close_leg
from engine.store.closing import MACHINE_ENDINGS, Closing
from engine.store.gates_wake import wake_after_call
from engine.store.transaction import Change, Transaction


def _asked(attempt: AttemptView) -> Side | None:
    """Which call the flow's variables ask for again; the customer wins."""
    if attempt.reschedule_customer_call:
        return Side.CUSTOMER
    return Side.AGENT if attempt.reschedule_agent_call else None


def ask(attempt: AttemptView) -> Change[None]:
    """What the flow's variables ask for by now, after whatever disposition the agent has given."""

    def change(tx: Transaction) -> None:
        tx.sql.execute(
            "UPDATE attempts SET asked = ?, disposition = ?, promised = ? WHERE id = ?",
            (_asked(attempt), attempt.disposition, callback_json(attempt.callback), attempt.id),
        )

    return change


_END: Final = """
    UPDATE attempts SET ended_at = ?, ending = ?, outcome = ?, continued = ?, asked = ?, digits = ?,
                        agent = ?, person = ?, duration = ?
    WHERE id = ?
"""


def end(attempt: AttemptView, policy: CampaignPolicy) -> Change[None]:
    """The legs are down and the outcome is known; the disposition is not, yet."""

    def change(tx: Transaction) -> None:
        for leg in attempt.legs:
            close_leg(tx, leg)
        if _dialed(attempt):
            tx.sql.execute("UPDATE leads SET calls = calls + 1 WHERE id = ?", (attempt.case.lead,))
        tx.sql.execute(
            _END,
            (
                attempt.ended_at,
                attempt.ending,
                attempt.outcome,
                attempt.continued,
                _asked(attempt),
                (attempt.customer_leg.digits or None) if attempt.customer_leg is not None else None,
                attempt.agent,
                person_of(attempt, policy),
                _duration(attempt),
                attempt.id,
            ),
        )

    return change


def settle(attempt: AttemptView, policy: CampaignPolicy) -> Change[None]:
    """Decide what follows and free the case: it can be chosen again from its due time on."""

    def change(tx: Transaction) -> None:
        settle_case(
            tx,
            policy,
            Closing(
                attempt=attempt.id,
                case=attempt.case,
                list=attempt.list_id,
                result=result_of(attempt, policy),
                dialed=_dialed(attempt),
                person=person_of(attempt, policy),
                machine=_machine(attempt),
                duration=_duration(attempt),
                answered_at=_answered_at(attempt),
                asked=_asked(attempt),
                connected_at=attempt.connected_at,
                verdict=attempt.customer_leg.verdict if attempt.customer_leg is not None else None,
            ),
        )

    return change


def end_and_settle(attempt: AttemptView, policy: CampaignPolicy) -> Change[None]:
    """Both at once, for an attempt that waits for nobody's disposition."""

    def change(tx: Transaction) -> None:
        end(attempt, policy)(tx)
        settle(attempt, policy)(tx)

    return change


def _dialed(attempt: AttemptView) -> bool:
    return attempt.customer_leg is not None and attempt.customer_leg.dialed


def _machine(attempt: AttemptView) -> bool:
    leg = attempt.customer_leg
    return attempt.ending in MACHINE_ENDINGS or (leg is not None and leg.verdict is Verdict.MACHINE)


def _duration(attempt: AttemptView) -> Micros:
    """Of the customer's leg, from the answer to the end; 0 without an answer."""
    leg = attempt.customer_leg
    if leg is None or leg.answered_at is None or leg.ended_at is None:
        return 0
    return leg.ended_at - leg.answered_at


def _answered_at(attempt: AttemptView) -> Instant | None:
    """When the customer's leg was answered."""
    return None if attempt.customer_leg is None else attempt.customer_leg.answered_at


_SETTLE_ATTEMPT: Final = """
    UPDATE attempts SET settled_at = ?, used = ?, disposition = ?, promised = ?, status = ?, due_at = ?,
                        asked = ?, refused = ?
    WHERE id = ?
"""
_SETTLE_CASE: Final = """
    UPDATE cases SET status = ?, agent_attempts = ?, customer_attempts = ?, results = ?, rank = ?, due_at = ?,
                     final = ?, exhausted = ?, callback_at = ?, callback_until = ?, callback_agent = ?,
                     callback_anyone_at = ?, calls = calls + ?, failures = failures + ?,
                     reached_at = coalesce(reached_at, ?), phone_id = coalesce(?, phone_id), phone_tries = ?
    WHERE id = ? RETURNING reset_at
"""


def settle_case(tx: Transaction, policy: CampaignPolicy, closing: Closing) -> None:
    """One settlement, with everything that follows from it."""
    case, result = closing.case, closing.result
    settlement = after_attempt(case, result, policy, now=tx.now)
    tx.sql.execute(
        _SETTLE_ATTEMPT,
        (
            tx.now,
            settlement.used,
            result.disposition,
            callback_json(result.callback),
            settlement.status,
            settlement.due_at,
            closing.asked,
            policy.disposition(result.disposition).refusal,
            closing.attempt,
        ),
    )
    (reset_at,) = tx.sql.execute(
        _SETTLE_CASE,
        (
            settlement.status,
            settlement.agent_attempts,
            settlement.customer_attempts,
            json.dumps(settlement.results, sort_keys=True) if settlement.results else "{}",
            settlement.rank,
            settlement.due_at,
            settlement.final,
            settlement.exhausted,
            *promise_columns(settlement.promise).values(),
            closing.dialed,
            closing.dialed and closing.person is False,
            closing.met_at if closing.person else None,
            settlement.phone,
            settlement.phone_tries,
            case.id,
        ),
    ).fetchone()
    tx.record(
        e.AttemptSettled(
            attempt=closing.attempt,
            status=settlement.status,
            used=settlement.used,
            agent_attempts=settlement.agent_attempts,
            customer_attempts=settlement.customer_attempts,
            results=settlement.results,
            rank=settlement.rank,
            due_at=settlement.due_at,
            final=settlement.final,
            exhausted=settlement.exhausted,
            phone=settlement.phone,
            phone_tries=settlement.phone_tries,
            person=closing.person,
            reason=settlement.reason,
        )
    )
    if closing.dialed:
        leave_behind(tx, policy, closing)
    wake_after_call(tx, policy, lead=case.lead, phone=case.phone)
    if settlement.status is CaseStatus.DNC:
        forbid(tx, case.lead, about=policy.name)
        enter(tx, closing)
        return
    due_at = settlement.due_at
    if reset_at is not None:
        crashed = result.ending is Ending.UNKNOWN
        safe_at = result.ended_at + policy.unknown_interval if crashed else reset_at
        due_at = _begin_cycle(tx, policy, case, settlement, max(reset_at, safe_at))
    if result.callback is not None and policy.callbacks_to is not None:
        hand_over(tx, policy, case, result.callback)
    if due_at is None or (policy.segments and _hold_outside(tx, policy, case, due_at)):
        return
    if settlement.promise is not None:
        hold_for_agent(tx, policy.name, case.id, settlement.promise, due_at)


def _begin_cycle(
    tx: Transaction, policy: CampaignPolicy, case: Case, settlement: Settlement, at: Instant
) -> Instant:
    """A new cycle was asked for while the attempt was live: it begins now. Answers when the case is due."""
    callback = settlement.due_at if settlement.promise is not None else None
    row = (case.id, *new_cycle(case.cycle, at=at, callback_due=callback))
    reason = ChangeReason.RE_ENTERED if policy.segments else ChangeReason.RESTARTED
    change_cases(tx, reason, policy.name, NEW_CYCLE, [row])
    return at if callback is None else callback


_INSIDE: Final = """
    SELECT 1 FROM campaign_segments cs
    JOIN memberships m ON m.segment_id = cs.segment_id AND m.lead_id = ?
    WHERE cs.campaign = ? AND m.inside = 1
"""


def _hold_outside(tx: Transaction, policy: CampaignPolicy, case: Case, due_at: Instant) -> bool:
    """A lead that left every segment of the campaign during the call waits until it is in one again. Answers
    whether it does."""
    if tx.sql.execute(_INSIDE, (case.lead, policy.name)).fetchone() is not None:
        return False
    return (
        change_cases(
            tx,
            ChangeReason.LEFT,
            policy.name,
            HELD,
            [(case.id, None, Hold.SEGMENT, due_at, None)],
        )
        > 0
    )
