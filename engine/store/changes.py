"""What the engine writes while calls go on. Each function returns a change, to be done in one transaction."""

from dataclasses import dataclass
from typing import Final

from engine.compliance.hours import is_open
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import CampaignState, Side
from engine.journal import events as e
from engine.journal.views import LegView
from engine.store.due_cases import PERSON_IN_CALL
from engine.store.gates import Asked, Asking, Gates
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


_INSERT_LEG: Final = """
    INSERT INTO legs (id, attempt_id, side, number, agent, intended_at, caller_id)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def intend(tx: Transaction, ids: Ids, attempt: int | None, agent: str | None) -> int:
    """Put an agent's leg on disk, before it is dialed."""
    leg = ids.leg()
    tx.sql.execute(_INSERT_LEG, (leg, attempt, Side.AGENT, None, agent, tx.now, None))
    tx.record(e.LegIntended(leg=leg, attempt=attempt, side=Side.AGENT, agent=agent))
    return leg


def intend_call(tx: Transaction, ids: Ids, attempt: int, number: str, asking: Asking, asked: Asked) -> int:
    """Put a customer's leg on disk, which every gate allows."""
    leg = ids.leg()
    row = (leg, attempt, Side.CUSTOMER, number, None, tx.now, asked.caller_id)
    tx.sql.execute(_INSERT_LEG, row)
    tx.record(
        e.LegIntended(
            leg=leg,
            attempt=attempt,
            side=Side.CUSTOMER,
            rules=asking.version,
            known=asked.known or None,
        )
    )
    return leg


OUTSIDE_HOURS: Final = "outside business hours"
NOT_RUNNING: Final = "the campaign is not running"
DO_NOT_CALL: Final = "the lead must not be called"
LIST_NOT_ACTIVE: Final = "the lead's list is not active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A gate said no. `until` is when it may be asked again, None if that is not known."""

    reason: str
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A customer's leg that is on disk, and what the gates said of it."""

    leg: int
    asked: Asked


def intend_customer_leg(
    attempt: int, policy: CampaignPolicy, number: str, ids: Ids, gates: Gates
) -> Change[Intended | Refusal]:
    """The customer leg of an attempt that began with its agent. The gates are asked again, now."""

    def change(tx: Transaction) -> Intended | Refusal:
        asking = gates.asking(tx.sql, policy, tx.now)
        answer = _busy(tx, attempt, number) or _gates(tx, attempt, policy, asking)
        if isinstance(answer, Asked):
            asking.shown(answer.caller_id)
            return Intended(leg=intend_call(tx, ids, attempt, number, asking, answer), asked=answer)
        tx.record(_refused(attempt, None, answer))
        return answer

    return change


def ask_again(attempt: int, leg: int, policy: CampaignPolicy, gates: Gates) -> Change[Asked | Refusal]:
    """The gates of a customer's leg that was intended some time ago and is dialed now, which is when its call
    counts from."""

    def change(tx: Transaction) -> Asked | Refusal:
        (taken,) = tx.sql.execute("SELECT caller_id FROM legs WHERE id = ?", (leg,)).fetchone()
        asking = gates.asking(tx.sql, policy, tx.now)
        answer = _gates(tx, attempt, policy, asking, taken)
        if isinstance(answer, Refusal):
            tx.record(_refused(attempt, leg, answer))
            return answer
        tx.sql.execute("UPDATE legs SET intended_at = ? WHERE id = ?", (tx.now, leg))
        known = answer.known or None
        if asking.version is not None or known is not None:
            tx.record(e.LegAllowed(leg=leg, attempt=attempt, rules=asking.version, known=known))
        return answer

    return change


def _refused(attempt: int, leg: int | None, refusal: Refusal) -> e.DialRefused:
    return e.DialRefused(
        attempt=attempt, side=Side.CUSTOMER, leg=leg, reason=refusal.reason, until=refusal.until
    )


def _gates(
    tx: Transaction, attempt: int, policy: CampaignPolicy, asking: Asking, taken: str | None = None
) -> Asked | Refusal:
    if policy.business_hours is not None and not is_open(policy.business_hours, tx.now):
        return Refusal(reason=OUTSIDE_HOURS)
    if not runs(tx, policy.name):
        return Refusal(reason=NOT_RUNNING)
    case, lead, phone, agent, forbidden, active = tx.sql.execute(_ATTEMPT, (attempt,)).fetchone()
    if forbidden:
        return Refusal(reason=DO_NOT_CALL)
    if not active:
        return Refusal(reason=LIST_NOT_ACTIVE)
    asked = asking.ask(lead, phone, reserved=agent is not None, attempt=attempt, taken=taken)
    if asked.allowed:
        return asked
    until = asked.next_allowed(tx.now)
    row = (case, lead, phone, agent is not None, *asked.refusal, until, asked.known)
    tx.record(e.GatesRefused(campaign=policy.name, version=asking.version or "", rows=(row,)))
    return Refusal(reason=asked.held_by, until=until)


NUMBER_BUSY: Final = "the number is in another call"
PERSON_BUSY: Final = "the person is in another call"
_LIVE_NUMBER: Final = "SELECT 1 FROM legs WHERE number = ? AND ended_at IS NULL"
_LIVE_PERSON: Final = PERSON_IN_CALL.format(
    person="(SELECT person FROM leads WHERE id = (SELECT lead_id FROM attempts WHERE id = ?))"
)


def _busy(tx: Transaction, attempt: int, number: str) -> Refusal | None:
    """Whoever talks is not called besides, at this number or at another one."""
    if tx.sql.execute(_LIVE_NUMBER, (number,)).fetchone() is not None:
        return Refusal(reason=NUMBER_BUSY)
    if tx.sql.execute(_LIVE_PERSON, (attempt,)).fetchone() is not None:
        return Refusal(reason=PERSON_BUSY)
    return None


_ATTEMPT: Final = """
    SELECT a.case_id, a.lead_id, a.phone_id, a.agent, l.dnc_at IS NOT NULL, s.active FROM attempts a
    JOIN leads l ON l.id = a.lead_id JOIN lists s ON s.id = l.list_id WHERE a.id = ?
"""


def runs(tx: Transaction, campaign: str) -> bool:
    """A campaign that the store does not know is run by whoever asks."""
    state = tx.sql.execute("SELECT state FROM campaigns WHERE name = ?", (campaign,)).fetchone()
    return state is None or state[0] == CampaignState.RUNNING


def intend_agent_leg(attempt: int | None, agent: str, ids: Ids) -> Change[int]:
    """An agent's leg: for one attempt, or (None) the standing leg of a nailed-up agent."""
    return lambda tx: intend(tx, ids, attempt, agent)


def connect(attempt: int, agent: str, customer: LegView | None = None) -> Change[None]:
    """Agent and customer hear each other: a crash from now on finds a connected call, who answered and when.
    An agent who comes late has lost the call for abandonment rates at once."""

    def change(tx: Transaction) -> None:
        late = None
        if customer is not None:
            tx.sql.execute(
                "UPDATE legs SET answered_at = ?, verdict = ? WHERE id = ?",
                (customer.answered_at, customer.verdict, customer.leg),
            )
            late = customer.answered_at if customer.lost_by(tx.now) else None
        tx.sql.execute(
            "UPDATE attempts SET connected_at = ?, agent = ?, met_at = ? WHERE id = ?",
            (tx.now, agent, late, attempt),
        )
        tx.record(e.CallConnected(attempt=attempt))

    return change


def close_leg(tx: Transaction, leg: LegView) -> None:
    """What came of a leg that is down."""
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
    return lambda tx: close_leg(tx, leg)


def change_campaign(campaign: str, state: CampaignState, reason: str) -> Change[None]:
    """A campaign's state survives the engine."""

    def change(tx: Transaction) -> None:
        ended_at = tx.now if state is CampaignState.STOPPED else None
        tx.sql.execute(
            "UPDATE campaigns SET state = ?, ended_at = ?, reopened_at = NULL WHERE name = ?",
            (state, ended_at, campaign),
        )
        tx.record(e.CampaignChanged(campaign=campaign, state=state, reason=reason))

    return change


def nothing(tx: Transaction) -> None:
    """No change: commits the journal's pending lines."""
