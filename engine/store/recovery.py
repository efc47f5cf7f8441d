"""What a dead engine left open is closed before a new one dials."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.attempts.settlement import AttemptResult, after_attempt
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import CampaignState, CaseStatus, Ending, Outcome, Side
from engine.journal import events as e
from engine.journal.chain import GENESIS
from engine.journal.floor import case_of
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
           c.customer_attempts, c.results, c.rank, a.started_at, a.agent, a.connected_at, a.ended_at, a.ending,
           a.outcome, a.continued, a.asked
    FROM attempts a JOIN cases c ON c.id = a.case_id WHERE a.settled_at IS NULL ORDER BY a.id
"""


def recover(policies: dict[str, CampaignPolicy]) -> Change[int]:
    """Settle every attempt without an end and take up the campaigns again. Answers how many attempts there were.

    An outcome that is on disk stands; a connected call was connected; of anything else nobody knows, and it
    uses up the budget of the side whose leg was last committed. Attempts of campaigns that are not in
    `policies` are left to the engine that has them.
    """

    def change(tx: Transaction) -> int:
        rows = [row for row in map(_Open._make, tx.sql.execute(_OPEN)) if row.campaign in policies]
        for row in rows:
            _recover(tx, policies[row.campaign], row)
        tx.sql.execute(
            "UPDATE legs SET ended_at = ?, outcome = ?, cause = 'crash' WHERE ended_at IS NULL",
            (tx.now, Outcome.UNKNOWN),
        )
        for name, state in tx.sql.execute("SELECT name, state FROM campaigns ORDER BY name"):
            if name in policies and state != CampaignState.STOPPED:
                tx.record(
                    e.CampaignChanged(campaign=name, state=CampaignState(state), reason="engine started")
                )
        return len(rows)

    return change


def _recover(tx: Transaction, policy: CampaignPolicy, row: _Open) -> None:
    legs = tx.sql.execute(
        "SELECT side, dialed, ended_at FROM legs WHERE attempt_id = ? ORDER BY id DESC", (row.attempt,)
    ).fetchall()
    customer_called = any(
        side == Side.CUSTOMER and (dialed or ended_at is None) for side, dialed, ended_at in legs
    )
    recovered = e.AttemptRecovered(
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
        intended=Side(legs[0][0]) if legs else None,
        asked=Side(row.asked) if row.asked else None,
        ended_at=row.ended_at,
    )
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
