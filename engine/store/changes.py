"""What the engine writes while calls go on. Each function returns a change, to be done in one transaction."""

from dataclasses import dataclass
from typing import Final

from engine.compliance.hours import is_open
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import CampaignState, Side
from engine.journal import events as e
from engine.journal.views import LegView
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
    INSERT INTO legs (id, attempt_id, side, number, agent, intended_at) VALUES (?, ?, ?, ?, ?, ?)
"""


def intend(
    tx: Transaction, ids: Ids, attempt: int | None, side: Side, number: str | None, agent: str | None
) -> int:
    """Put a leg on disk, before it is dialed."""
    leg = ids.leg()
    whose = (number, None) if side is Side.CUSTOMER else (None, agent)
    tx.sql.execute(_INSERT_LEG, (leg, attempt, side, *whose, tx.now))
    tx.record(e.LegIntended(leg=leg, attempt=attempt, side=side, agent=agent if side is Side.AGENT else None))
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


def intend_customer_leg(attempt: int, policy: CampaignPolicy, number: str, ids: Ids) -> Change[int | Refusal]:
    """The customer leg of an attempt that began with its agent. The gates are asked again, now."""

    def change(tx: Transaction) -> int | Refusal:
        refusal = _gates(tx, attempt, policy, number)
        if refusal is None:
            return intend(tx, ids, attempt, Side.CUSTOMER, number, None)
        tx.record(
            e.DialRefused(
                attempt=attempt, side=Side.CUSTOMER, leg=None, reason=refusal.reason, until=refusal.until
            )
        )
        return refusal

    return change


def _gates(tx: Transaction, attempt: int, policy: CampaignPolicy, number: str) -> Refusal | None:
    if policy.business_hours is not None and not is_open(policy.business_hours, tx.now):
        return Refusal(reason=OUTSIDE_HOURS)
    if not runs(tx, policy.name):
        return Refusal(reason=NOT_RUNNING)
    live = tx.sql.execute("SELECT 1 FROM legs WHERE number = ? AND ended_at IS NULL", (number,)).fetchone()
    if live:
        return Refusal(reason="the number is in another call")
    forbidden, active = tx.sql.execute(_LEAD, (attempt,)).fetchone()
    if forbidden:
        return Refusal(reason=DO_NOT_CALL)
    return None if active else Refusal(reason=LIST_NOT_ACTIVE)


_LEAD: Final = """
    SELECT l.dnc_at IS NOT NULL, s.active FROM attempts a
    JOIN leads l ON l.id = a.lead_id JOIN lists s ON s.id = l.list_id WHERE a.id = ?
"""


def runs(tx: Transaction, campaign: str) -> bool:
    """A campaign that the store does not know is run by whoever asks."""
    state = tx.sql.execute("SELECT state FROM campaigns WHERE name = ?", (campaign,)).fetchone()
    return state is None or state[0] == CampaignState.RUNNING


def intend_agent_leg(attempt: int | None, agent: str, ids: Ids) -> Change[int]:
    """An agent's leg: for one attempt, or (None) the standing leg of a nailed-up agent."""
    return lambda tx: intend(tx, ids, attempt, Side.AGENT, None, agent)


def connect(attempt: int, agent: str, customer: LegView | None = None) -> Change[None]:
    """Agent and customer hear each other: a crash from now on finds a connected call, and who answered."""

    def change(tx: Transaction) -> None:
        if customer is not None and customer.verdict is not None:
            tx.sql.execute("UPDATE legs SET verdict = ? WHERE id = ?", (customer.verdict, customer.leg))
        tx.sql.execute(
            "UPDATE attempts SET connected_at = ?, agent = ? WHERE id = ?", (tx.now, agent, attempt)
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
