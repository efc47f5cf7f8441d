"""What the engine writes while it dials. Each function returns a change, to be done in one transaction."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.attempts.settlement import Settlement, after_attempt
from engine.compliance.hours import is_open
from engine.domain.case import Case
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import CampaignState, CaseStatus, Rank, Side
from engine.journal import events as e
from engine.journal.floor import result_of
from engine.journal.views import AttemptView, LegView
from engine.store.transaction import Change, Transaction

IDS_PER_EPOCH: Final = 1_000_000_000  # an id reads as its epoch, then its number


class Ids:
    """The engine's own numbers for attempts and legs: they carry its epoch and never repeat."""

    def __init__(self, epoch: int) -> None:
        self._attempts = self._legs = epoch * IDS_PER_EPOCH

    def attempt(self) -> int:
        self._attempts += 1
        return self._attempts

    def leg(self) -> int:
        self._legs += 1
        return self._legs


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An attempt whose claim is on disk. `leg` is its first leg, if one was intended with the claim."""

    attempt: int
    number: str
    lead: int
    leg: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dry:
    """Nothing to dial now; `until`: the earliest due time of an open case, None if there is none."""

    until: Instant | None


_RANKS: Final = tuple(Rank)
_CLAIM: Final = """
    SELECT c.id, c.lead_id, c.phone_id, c.status, c.cycle, c.agent_attempts, c.customer_attempts, c.results,
           c.due_at, p.number, (SELECT min(id) FROM phones WHERE number = p.number)
    FROM cases c INDEXED BY cases_due CROSS JOIN phones p ON p.id = c.phone_id
    WHERE c.campaign = ? AND c.rank = ? AND c.due_at <= ? AND (c.due_at, c.id) > (?, ?)
      AND NOT EXISTS (SELECT 1 FROM attempts WHERE lead_id = c.lead_id AND settled_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM legs WHERE number = p.number AND ended_at IS NULL)
    ORDER BY c.due_at, c.id LIMIT ?
"""
_NEXT_DUE: Final = """
    SELECT due_at FROM cases INDEXED BY cases_due
    WHERE campaign = ? AND rank = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
"""
_INSERT_ATTEMPT: Final = """
    INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before,
                          customer_attempts_before, agent, started_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_LEG: Final = """
    INSERT INTO legs (id, attempt_id, side, number, agent, intended_at) VALUES (?, ?, ?, ?, ?, ?)
"""


def begin_attempts(
    policy: CampaignPolicy, count: int, ids: Ids, *, agents: Sequence[str] = (), first: Side | None
) -> Change[list[Started] | Dry]:
    """Claim up to `count` due cases, one for each of `agents` if there are any, and intend a first leg.

    Business hours and the campaign's state are asked here, at the instant of the commit. A lead or number
    that is in a live call of any campaign is passed over. Answers Dry if nothing was claimed.
    """

    def change(tx: Transaction) -> list[Started] | Dry:
        hours = policy.business_hours
        if hours is not None and not is_open(hours, tx.now):
            return []
        if not _runs(tx, policy.name):
            return []
        started: list[Started] = []
        for rank, row in _due(tx, policy.name, count):
            agent = agents[len(started)] if agents else None
            started.append(_begin(tx, policy, rank, row, ids, agent, first))
        if started:
            return started
        dry = Dry(until=next_due(tx.sql, policy.name))
        tx.record(e.CampaignDry(campaign=policy.name, until=_recheck(dry.until, tx.now)))
        return dry

    return change


_Row: TypeAlias = tuple[int, int, int, str, int, int, int, str, int, str, int]


def _due(tx: Transaction, campaign: str, count: int) -> Iterator[tuple[Rank, _Row]]:
    """Up to `count` due cases in their order, no two with the same lead or number."""
    seen: set[int | str] = set()
    for rank in _RANKS:
        after = (-1, -1)
        while count:
            rows = tx.sql.execute(_CLAIM, (campaign, rank, tx.now, *after, count)).fetchall()
            asked = count
            for row in rows:
                after = (row[8], row[0])
                if row[1] in seen or row[9] in seen:
                    continue
                seen.update((row[1], row[9]))
                count -= 1
                yield rank, row
            if len(rows) < asked:
                break


def _recheck(due: Instant | None, now: Instant) -> Instant | None:
    """A case that is due but busy in another call is looked at again soon, not at once."""
    return due if due is None or due > now else now + BUSY_LEAD_RECHECK


BUSY_LEAD_RECHECK: Final = 10_000_000  # ten seconds: about the shortest call worth waiting for


def next_due(sql: sqlite3.Connection, campaign: str) -> Instant | None:
    """The earliest due time of the campaign's open cases, None if there is none."""
    heads = [sql.execute(_NEXT_DUE, (campaign, rank)).fetchone() for rank in _RANKS]
    return min((head[0] for head in heads if head is not None), default=None)


def _begin(
    tx: Transaction,
    policy: CampaignPolicy,
    rank: Rank,
    row: _Row,
    ids: Ids,
    agent: str | None,
    first: Side | None,
) -> Started:
    case, lead, phone, status, cycle, agent_attempts, customer_attempts, results, due_at, number, same = row
    attempt = ids.attempt()
    tx.sql.execute("UPDATE cases SET due_at = NULL WHERE id = ?", (case,))
    tx.sql.execute(
        _INSERT_ATTEMPT,
        (attempt, policy.name, case, lead, phone, cycle, agent_attempts, customer_attempts, agent, tx.now),
    )
    tx.record(
        e.AttemptStarted(
            attempt=attempt,
            campaign=policy.name,
            case=case,
            lead=lead,
            phone=phone,
            status=CaseStatus(status),
            cycle=cycle,
            agent_attempts=agent_attempts,
            customer_attempts=customer_attempts,
            results=json.loads(results) if results != "{}" else {},
            rank=rank,
            due_at=due_at,
            agent=agent,
            number=same,
        )
    )
    leg = _intend(tx, ids, attempt, first, number, agent) if first is not None else None
    return Started(attempt=attempt, number=number, lead=lead, leg=leg)


def _intend(
    tx: Transaction, ids: Ids, attempt: int | None, side: Side, number: str | None, agent: str | None
) -> int:
    leg = ids.leg()
    whose = (number, None) if side is Side.CUSTOMER else (None, agent)
    tx.sql.execute(_INSERT_LEG, (leg, attempt, side, *whose, tx.now))
    tx.record(e.LegIntended(leg=leg, attempt=attempt, side=side, agent=agent if side is Side.AGENT else None))
    return leg


OUTSIDE_HOURS: Final = "outside business hours"
NOT_RUNNING: Final = "the campaign is not running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A gate said no. `until` is when it may be asked again, None if that is not known."""

    reason: str
    until: Instant | None = None


def intend_customer_leg(attempt: int, policy: CampaignPolicy, number: str, ids: Ids) -> Change[int | Refusal]:
    """The customer leg of an attempt that began with its agent. The gates are asked again, now."""

    def change(tx: Transaction) -> int | Refusal:
        refusal = _gates(tx, policy, number)
        if refusal is None:
            return _intend(tx, ids, attempt, Side.CUSTOMER, number, None)
        tx.record(
            e.DialRefused(
                attempt=attempt, side=Side.CUSTOMER, leg=None, reason=refusal.reason, until=refusal.until
            )
        )
        return refusal

    return change


def _gates(tx: Transaction, policy: CampaignPolicy, number: str) -> Refusal | None:
    if policy.business_hours is not None and not is_open(policy.business_hours, tx.now):
        return Refusal(reason=OUTSIDE_HOURS)
    if not _runs(tx, policy.name):
        return Refusal(reason=NOT_RUNNING)
    live = tx.sql.execute("SELECT 1 FROM legs WHERE number = ? AND ended_at IS NULL", (number,)).fetchone()
    return Refusal(reason="the number is in another call") if live else None


def _runs(tx: Transaction, campaign: str) -> bool:
    """A campaign that the store does not know is run by whoever asks."""
    state = tx.sql.execute("SELECT state FROM campaigns WHERE name = ?", (campaign,)).fetchone()
    return state is None or state[0] == CampaignState.RUNNING


def intend_agent_leg(attempt: int | None, agent: str, ids: Ids) -> Change[int]:
    """An agent's leg: for one attempt, or (None) the standing leg of a nailed-up agent."""
    return lambda tx: _intend(tx, ids, attempt, Side.AGENT, None, agent)


def connect(attempt: int, agent: str) -> Change[None]:
    """Agent and customer hear each other: a crash from now on finds a connected call."""

    def change(tx: Transaction) -> None:
        tx.sql.execute(
            "UPDATE attempts SET connected_at = ?, agent = ? WHERE id = ?", (tx.now, agent, attempt)
        )
        tx.record(e.CallConnected(attempt=attempt))

    return change


def _close_leg(tx: Transaction, leg: LegView) -> None:
    tx.sql.execute(
        "UPDATE legs SET dialed = ?, rang_at = ?, answered_at = ?, verdict = ?, ended_at = ?, outcome = ?, "
        "cause = ? WHERE id = ?",
        (
            leg.dialed,
            leg.rang_at,
            leg.answered_at,
            leg.verdict,
            tx.now if leg.ended_at is None else leg.ended_at,
            leg.outcome,
            leg.refused or leg.cause,
            leg.leg,
        ),
    )


def close_standing_leg(leg: LegView) -> Change[None]:
    """The standing leg is down, or was never answered."""
    return lambda tx: _close_leg(tx, leg)


def _asked(attempt: AttemptView) -> Side | None:
    """Which call the flow's variables ask for again; the customer wins."""
    if attempt.reschedule_customer_call:
        return Side.CUSTOMER
    return Side.AGENT if attempt.reschedule_agent_call else None


_END: Final = """
    UPDATE attempts SET ended_at = ?, ending = ?, outcome = ?, continued = ?, asked = ?, digits = ?, agent = ?
    WHERE id = ?
"""


def ask(attempt: AttemptView) -> Change[None]:
    """What the flow's variables ask for by now."""

    def change(tx: Transaction) -> None:
        tx.sql.execute("UPDATE attempts SET asked = ? WHERE id = ?", (_asked(attempt), attempt.id))

    return change


def end(attempt: AttemptView) -> Change[None]:
    """The legs are down and the outcome is known; the disposition is not, yet."""

    def change(tx: Transaction) -> None:
        for leg in attempt.legs:
            _close_leg(tx, leg)
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
                attempt.id,
            ),
        )

    return change


def settle(attempt: AttemptView, policy: CampaignPolicy) -> Change[None]:
    """Decide what follows and free the case: it can be chosen again from its due time on."""

    def change(tx: Transaction) -> None:
        settlement = after_attempt(attempt.case, result_of(attempt), policy, now=tx.now)
        disposition = attempt.disposition or policy.default_disposition
        settle_case(
            tx,
            attempt.id,
            attempt.case,
            settlement,
            disposition,
            dialed=_dialed(attempt),
            asked=_asked(attempt),
        )

    return change


def end_and_settle(attempt: AttemptView, policy: CampaignPolicy) -> Change[None]:
    """Both at once, for an attempt that waits for nobody's disposition."""

    def change(tx: Transaction) -> None:
        end(attempt)(tx)
        settle(attempt, policy)(tx)

    return change


def _dialed(attempt: AttemptView) -> bool:
    return attempt.customer_leg is not None and attempt.customer_leg.dialed


_SETTLE_ATTEMPT: Final = """
    UPDATE attempts SET settled_at = ?, used = ?, disposition = ?, status = ?, due_at = ?, asked = ?
    WHERE id = ?
"""
_SETTLE_CASE: Final = """
    UPDATE cases SET status = ?, agent_attempts = ?, customer_attempts = ?, results = ?, rank = ?, due_at = ?,
                     calls = calls + ?
    WHERE id = ?
"""


def settle_case(
    tx: Transaction,
    attempt: int,
    case: Case,
    settlement: Settlement,
    disposition: str,
    *,
    dialed: bool,
    asked: Side | None,
) -> None:
    """`dialed`: the customer's phone was called, which counts for ever. `asked`: the call that the flow asked
    for again."""
    tx.sql.execute(
        _SETTLE_ATTEMPT,
        (tx.now, settlement.used, disposition, settlement.status, settlement.due_at, asked, attempt),
    )
    tx.sql.execute(
        _SETTLE_CASE,
        (
            settlement.status,
            settlement.agent_attempts,
            settlement.customer_attempts,
            json.dumps(settlement.results, sort_keys=True) if settlement.results else "{}",
            settlement.rank,
            settlement.due_at,
            dialed,
            case.id,
        ),
    )
    tx.record(
        e.AttemptSettled(
            attempt=attempt,
            status=settlement.status,
            used=settlement.used,
            agent_attempts=settlement.agent_attempts,
            customer_attempts=settlement.customer_attempts,
            results=settlement.results,
            rank=settlement.rank,
            due_at=settlement.due_at,
            reason=settlement.reason,
        )
    )


def change_campaign(campaign: str, state: CampaignState, reason: str) -> Change[None]:
    """A campaign's state survives the engine."""

    def change(tx: Transaction) -> None:
        tx.sql.execute("UPDATE campaigns SET state = ? WHERE name = ?", (state, campaign))
        tx.record(e.CampaignChanged(campaign=campaign, state=state, reason=reason))

    return change


def nothing(tx: Transaction) -> None:
    """No change: commits the journal's pending lines."""
