"""What a dead engine left open is closed before a new one dials."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.attempts.settlement import AttemptResult, after_attempt
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import CampaignState, CaseStatus, Ending, Outcome, Side
from engine.journal import events as e
from engine.journal.chain import GENESIS
from engine.journal.floor import case_of
from engine.ports import LiveLeg
from engine.store.changes import IDS_PER_EPOCH, settle_case
from engine.store.transaction import Change, Transaction


@dataclass(frozen=True, slots=True)
class Epoch:
    number: int
    head: str  # the journal's last hash


def open_epoch(sql: sqlite3.Connection, *, now: Instant, version: str) -> Epoch:
    """Take the next epoch: every id this engine gives out carries it."""
    sql.execute("BEGIN IMMEDIATE")
    number = sql.execute("SELECT COALESCE(MAX(epoch), 0) + 1 FROM engines").fetchone()[0]
    sql.execute("INSERT INTO engines (epoch, started_at, version) VALUES (?, ?, ?)", (number, now, version))
    head = sql.execute("SELECT hash FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1").fetchone()
    sql.execute("COMMIT")
    return Epoch(number, head[0] if head else GENESIS)


class _Open(NamedTuple):
    """An attempt that nobody settled, with its case."""

    attempt: int
    campaign: str
    case: int
    lead: int
    phone: int
    status: str
    cycle: int
    agent_attempts: int
    customer_attempts: int
    results: str
    rank: int
    started_at: Instant
    agent: str | None
    connected_at: Instant | None
    ended_at: Instant | None
    ending: str | None
    outcome: str | None
    continued: int | None
    asked: str | None


def register(sql: sqlite3.Connection, policies: dict[str, str]) -> None:
    """Make the campaigns, with their policies as JSON, known to the store; their states stay as they are."""
    sql.execute("BEGIN IMMEDIATE")
    sql.executemany(
        "INSERT INTO campaigns (name, state, policy) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET policy = excluded.policy",
        [(name, CampaignState.STOPPED, policy) for name, policy in sorted(policies.items())],
    )
    sql.execute("COMMIT")


_OPEN: Final = """
    SELECT a.id, a.campaign, a.case_id, a.lead_id, a.phone_id, c.status, c.cycle, c.agent_attempts,
           c.customer_attempts, c.results, c.rank, a.started_at, a.agent, a.connected_at, a.ended_at,
           a.ending, a.outcome, a.continued, a.asked
    FROM attempts a JOIN cases c ON c.id = a.case_id WHERE a.settled_at IS NULL ORDER BY a.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One that outlived its engine: `attempt` is not settled, and its legs are still open. `standing`: the
    agent's leg is that of a nailed-up agent."""

    attempt: int
    agent: str
    number: str
    agent_leg: int
    customer_leg: int
    standing: bool


def recover(
    policies: dict[str, CampaignPolicy], live: Sequence[LiveLeg] = (), *, agents: Collection[str] = ()
) -> Change[list[Conversation]]:
    """Settle every attempt without an end and take up the campaigns again.

    `live` is what the carrier still has: customers who talk with one of `agents` go on, and are answered. An
    outcome that is on disk stands; a connected call was connected; of anything else nobody knows, and it uses
    up the budget of the side whose leg was last committed. Attempts of campaigns that are not in `policies`
    are left to the engine that has them.
    """

    def change(tx: Transaction) -> list[Conversation]:
        bridged = {leg.leg: leg.bridged_with for leg in live if leg.bridged_with is not None}
        conversations: list[Conversation] = []
        for row in [row for row in map(_Open._make, tx.sql.execute(_OPEN)) if row.campaign in policies]:
            conversation = _conversation(tx, row, bridged)
            if conversation is not None and conversation.agent in agents:
                _resume(tx, row, conversation)
                conversations.append(conversation)
            else:
                _recover(tx, policies[row.campaign], row)
        kept = {leg for each in conversations for leg in (each.agent_leg, each.customer_leg)}
        for (leg,) in tx.sql.execute("SELECT id FROM legs WHERE ended_at IS NULL ORDER BY id").fetchall():
            if leg not in kept:
                tx.sql.execute(
                    "UPDATE legs SET ended_at = ?, outcome = ?, cause = 'crash' WHERE id = ?",
                    (tx.now, Outcome.UNKNOWN, leg),
                )
        for name, state in tx.sql.execute("SELECT name, state FROM campaigns ORDER BY name"):
            if name in policies and state != CampaignState.STOPPED:
                tx.record(
                    e.CampaignChanged(campaign=name, state=CampaignState(state), reason="engine started")
                )
        return conversations

    return change


def _conversation(tx: Transaction, row: _Open, bridged: dict[int, int]) -> Conversation | None:
    """The conversation of an attempt, if it goes on."""
    if row.ended_at is not None:
        return None
    for leg, number in tx.sql.execute(
        "SELECT id, number FROM legs WHERE attempt_id = ? AND side = ? AND ended_at IS NULL",
        (row.attempt, Side.CUSTOMER),
    ):
        other = tx.sql.execute(
            "SELECT agent, attempt_id FROM legs WHERE id = ? AND ended_at IS NULL", (bridged.get(leg),)
        ).fetchone()
        if other is not None:
            return Conversation(
                attempt=row.attempt,
                agent=other[0],
                number=number,
                agent_leg=bridged[leg],
                customer_leg=leg,
                standing=other[1] is None,
            )
    return None


def _resume(tx: Transaction, row: _Open, conversation: Conversation) -> None:
    since = tx.now if row.connected_at is None else row.connected_at
    tx.sql.execute(
        "UPDATE attempts SET connected_at = ?, agent = ? WHERE id = ?",
        (since, conversation.agent, row.attempt),
    )
    tx.record(_recovered(row, intended=Side.CUSTOMER))
    tx.record(
        e.CallResumed(
            attempt=row.attempt,
            agent=conversation.agent,
            agent_leg=conversation.agent_leg,
            customer_leg=conversation.customer_leg,
            standing=conversation.standing,
            since=since,
        )
    )


def _recovered(row: _Open, *, intended: Side | None) -> e.AttemptRecovered:
    return e.AttemptRecovered(
        attempt=row.attempt,
        of=row.attempt // IDS_PER_EPOCH,
        campaign=row.campaign,
        case=row.case,
        lead=row.lead,
        phone=row.phone,
        status=CaseStatus(row.status),
        cycle=row.cycle,
        agent_attempts=row.agent_attempts,
        customer_attempts=row.customer_attempts,
        results=json.loads(row.results),
        rank=row.rank,
        due_at=row.started_at,
        agent=row.agent,
        intended=intended,
        asked=Side(row.asked) if row.asked else None,
        ended_at=row.ended_at,
    )


def _recover(tx: Transaction, policy: CampaignPolicy, row: _Open) -> None:
    legs = tx.sql.execute(
        "SELECT side, dialed, ended_at FROM legs WHERE attempt_id = ? ORDER BY id DESC", (row.attempt,)
    ).fetchall()
    customer_called = any(
        side == Side.CUSTOMER and (dialed or ended_at is None) for side, dialed, ended_at in legs
    )
    recovered = _recovered(row, intended=Side(legs[0][0]) if legs else None)
    ending, outcome = _what_is_known(row, customer_called)
    if row.ended_at is None:
        tx.sql.execute(
            "UPDATE attempts SET ended_at = ?, ending = ?, outcome = ? WHERE id = ?",
            (tx.now, ending, outcome, row.attempt),
        )
        if customer_called:
            tx.sql.execute("UPDATE leads SET calls = calls + 1 WHERE id = ?", (row.lead,))
    case = case_of(recovered)
    settlement = after_attempt(
        case,
        AttemptResult(
            ending=ending,
            ended_at=tx.now if row.ended_at is None else row.ended_at,
            outcome=outcome,
            continued=bool(row.continued),
            reschedule_agent_call=recovered.asked is Side.AGENT,
            reschedule_customer_call=recovered.asked is Side.CUSTOMER,
            last_intended=recovered.intended,
        ),
        policy,
        now=tx.now,
    )
    tx.record(recovered)
    tx.record(
        e.AttemptEnded(attempt=row.attempt, ending=ending, outcome=outcome, continued=bool(row.continued))
    )
    tx.record(e.AttemptDisposed(attempt=row.attempt, disposition=policy.default_disposition, by=None))
    settle_case(
        tx,
        row.attempt,
        case,
        settlement,
        policy.default_disposition,
        dialed=customer_called,
        asked=recovered.asked,
    )


def _what_is_known(row: _Open, customer_called: bool) -> tuple[Ending, Outcome | None]:
    if row.ending is not None:
        return Ending(row.ending), Outcome(row.outcome) if row.outcome else None
    if row.connected_at is not None:
        return Ending.CONNECTED, Outcome.ANSWERED
    return Ending.UNKNOWN, Outcome.UNKNOWN if customer_called else None
