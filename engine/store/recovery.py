"""What a dead engine left open is closed before a new one dials."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from engine.attempts.contact import person_answered
from engine.attempts.settlement import AttemptResult
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import CampaignState, Ending, Outcome, Side, Verdict
from engine.journal import events as e
from engine.journal.chain import GENESIS
from engine.journal.values import case_of, disposed
from engine.ports import LiveLeg
from engine.store.callback_promises import callback_from_json
from engine.store.changes import IDS_PER_EPOCH
from engine.store.closing import MACHINE_ENDINGS, Closing
from engine.store.connection import all_or_nothing
from engine.store.gates_at_start import ask_at_start
from engine.store.known_callbacks import tell_all
from engine.store.lanes import tell_inactive
from engine.store.ownership import tell_lists
from engine.store.rules_in_force import tell_rules
from engine.store.segments import tell_segments
from engine.store.settling import settle_case
from engine.store.standing import STANDING, Standing
from engine.store.transaction import Change, Transaction


@dataclass(frozen=True, slots=True)
class Epoch:
    number: int
    head: str  # the journal's last hash


def open_epoch(sql: sqlite3.Connection, *, now: Instant, version: str) -> Epoch:
    """Take the next epoch: every id this engine gives out carries it."""
    with all_or_nothing(sql):
        return take_epoch(sql, now=now, version=version)


def take_epoch(sql: sqlite3.Connection, *, now: Instant, version: str, user: str | None = None) -> Epoch:
    """Within a transaction: the next epoch, whose lines follow the last one committed, whoever wrote it.
    `user` is whose command it is for, None for an engine."""
    number = sql.execute("SELECT COALESCE(MAX(epoch), 0) + 1 FROM engines").fetchone()[0]
    row = (number, now, version, user)
    sql.execute("INSERT INTO engines (epoch, started_at, version, user) VALUES (?, ?, ?, ?)", row)
    head = sql.execute("SELECT hash FROM journal ORDER BY rowid DESC LIMIT 1").fetchone()
    return Epoch(number, head[0] if head else GENESIS)


class _Open(NamedTuple):
    """An attempt that nobody settled, with its case."""

    attempt: int
    campaign: str
    case: int
    lead: int
    list: int
    phone: int
    started_at: Instant
    agent: str | None
    connected_at: Instant | None
    ended_at: Instant | None
    ending: str | None
    outcome: str | None
    continued: int | None
    asked: str | None
    person: int | None
    duration: int | None
    disposition: str | None
    promised: str | None
    standing: Standing

    @classmethod
    def read(cls, row: tuple[Any, ...]) -> "_Open":
        return cls._make((*row[:_OWN], Standing._make(row[_OWN:])))


_OWN: Final = len(_Open._fields) - 1


def register(sql: sqlite3.Connection, policies: dict[str, str]) -> None:
    """Make the campaigns, with their policies as JSON, known to the store; their states stay as they are."""
    sql.execute("BEGIN IMMEDIATE")
    sql.executemany(
        "INSERT INTO campaigns (name, state, policy) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET policy = excluded.policy",
        [(name, CampaignState.STOPPED, policy) for name, policy in sorted(policies.items())],
    )
    sql.execute("COMMIT")


_OPEN: Final = f"""
    SELECT a.id, a.campaign, a.case_id, a.lead_id, l.list_id, a.phone_id, a.started_at, a.agent,
           a.connected_at, a.ended_at, a.ending, a.outcome, a.continued, a.asked, a.person, a.duration,
           a.disposition, a.promised, {STANDING}
    FROM attempts a JOIN cases c ON c.id = a.case_id JOIN leads l ON l.id = a.lead_id
    WHERE a.settled_at IS NULL ORDER BY a.id
"""


_OPEN_LEGS: Final = """
    SELECT legs.id, attempts.campaign, legs.agent
    FROM legs LEFT JOIN attempts ON attempts.id = legs.attempt_id
    WHERE legs.ended_at IS NULL ORDER BY legs.id
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
    are left to the engine that has them, with their legs; so are the standing legs of other agents.
    """

    def change(tx: Transaction) -> list[Conversation]:
        tell_lists(tx)
        tell_inactive(tx)
        tell_segments(tx)
        tell_all(tx)
        if any(policy.compliance is not None for policy in policies.values()):
            tell_rules(tx)
        ask_at_start(tx, policies)
        bridged = {leg.leg: leg.bridged_with for leg in live if leg.bridged_with is not None}
        conversations: list[Conversation] = []
        for row in [row for row in map(_Open.read, tx.sql.execute(_OPEN)) if row.campaign in policies]:
            conversation = _conversation(tx, row, bridged)
            if conversation is not None and conversation.agent in agents:
                _resume(tx, row, conversation)
                conversations.append(conversation)
            else:
                _recover(tx, policies[row.campaign], row)
        kept = {leg for each in conversations for leg in (each.agent_leg, each.customer_leg)}
        for leg, campaign, agent in tx.sql.execute(_OPEN_LEGS).fetchall():
            ours = agent in agents if campaign is None else campaign in policies
            if ours and leg not in kept:
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
    verdict, answered_at = tx.sql.execute(
        "SELECT verdict, answered_at FROM legs WHERE id = ?", (conversation.customer_leg,)
    ).fetchone()
    tx.record(_recovered(row, intended=Side.CUSTOMER))
    tx.record(
        e.CallResumed(
            attempt=row.attempt,
            agent=conversation.agent,
            agent_leg=conversation.agent_leg,
            customer_leg=conversation.customer_leg,
            standing=conversation.standing,
            since=since,
            verdict=None if verdict is None else Verdict(verdict),
            answered_at=answered_at,
        )
    )


def _recovered(row: _Open, *, intended: Side | None) -> e.AttemptRecovered:
    return e.AttemptRecovered(
        attempt=row.attempt,
        of=row.attempt // IDS_PER_EPOCH,
        campaign=row.campaign,
        case=row.case,
        lead=row.lead,
        list=row.list,
        phone=row.phone,
        due_at=row.started_at,
        agent=row.agent,
        intended=intended,
        asked=Side(row.asked) if row.asked else None,
        ended_at=row.ended_at,
        **row.standing.told(),
    )


def _recover(tx: Transaction, policy: CampaignPolicy, row: _Open) -> None:
    found = tx.sql.execute(
        "SELECT side, dialed, ended_at, verdict, answered_at FROM legs WHERE attempt_id = ? ORDER BY id DESC",
        (row.attempt,),
    ).fetchall()
    legs = [_Leg._make(leg) for leg in found]
    called = [leg for leg in legs if leg.side == Side.CUSTOMER and (leg.dialed or leg.ended_at is None)]
    customer_called = bool(called)
    recovered = _recovered(row, intended=Side(legs[0].side) if legs else None)
    ending, outcome = _what_is_known(row, customer_called)
    person = _who_answered(row, ending, outcome, called[0], policy) if called else None
    if row.ended_at is None:
        tx.sql.execute(
            "UPDATE attempts SET ended_at = ?, ending = ?, outcome = ?, person = ? WHERE id = ?",
            (tx.now, ending, outcome, person, row.attempt),
        )
        if customer_called:
            tx.sql.execute("UPDATE leads SET calls = calls + 1 WHERE id = ?", (row.lead,))
    code, by = row.disposition, row.agent
    if code is None:  # or the agent had given one, and the flow went on
        connected = ending is Ending.CONNECTED
        code, by = policy.default_disposition if connected else policy.system_code(outcome or ending), None
    callback = callback_from_json(row.promised)
    result = AttemptResult(
        ending=ending,
        ended_at=tx.now if row.ended_at is None else row.ended_at,
        outcome=outcome,
        continued=bool(row.continued),
        reschedule_agent_call=recovered.asked is Side.AGENT,
        reschedule_customer_call=recovered.asked is Side.CUSTOMER,
        last_intended=recovered.intended,
        disposition=code,
        callback=callback,
    )
    tx.record(recovered)
    tx.record(
        e.AttemptEnded(attempt=row.attempt, ending=ending, outcome=outcome, continued=bool(row.continued))
    )
    tx.record(disposed(row.attempt, code, callback, by=by))
    settle_case(
        tx,
        policy,
        Closing(
            attempt=row.attempt,
            case=case_of(recovered),
            list=row.list,
            result=result,
            dialed=customer_called,
            person=person,
            machine=ending in MACHINE_ENDINGS,
            duration=row.duration or 0,
            answered_at=(called[0].answered_at if called else None) or row.connected_at,
            asked=recovered.asked,
            connected_at=row.connected_at,
            verdict=Verdict(called[0].verdict) if called and called[0].verdict else None,
        ),
    )


class _Leg(NamedTuple):
    side: str
    dialed: int | None
    ended_at: Instant | None
    verdict: str | None
    answered_at: Instant | None


def _who_answered(
    row: _Open, ending: Ending, outcome: Outcome | None, leg: _Leg, policy: CampaignPolicy
) -> bool | None:
    """Whether a person answered, as it is on disk since the end; or by what is known of the leg."""
    if row.ended_at is not None:
        return None if row.person is None else bool(row.person)
    verdict = None if leg.verdict is None else Verdict(leg.verdict)
    return person_answered(ending, outcome, verdict, policy)


def _what_is_known(row: _Open, customer_called: bool) -> tuple[Ending, Outcome | None]:
    if row.ending is not None:
        return Ending(row.ending), Outcome(row.outcome) if row.outcome else None
    if row.connected_at is not None:
        return Ending.CONNECTED, Outcome.ANSWERED
    return Ending.UNKNOWN, Outcome.UNKNOWN if customer_called else None
