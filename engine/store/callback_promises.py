"""Callbacks that are promised: what stands in the store from their settlement or command on.

A callback of one agent's own is held for the agent (`waits_for` is `agent`): nobody else looks at it before
it falls to anyone, or is over.
"""

import json
from dataclasses import asdict
from typing import Any, Final

from engine.attempts.promises import PROMISE_COLUMNS, handed_over, promise_columns
from engine.domain.callbacks import Callback, Promise
from engine.domain.case import HELD, Case
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import OPEN, CaseStatus, ChangeReason, Hold, Rank
from engine.store.case_changes import change_cases
from engine.store.known_callbacks import tell_known
from engine.store.transaction import Transaction


def callback_json(callback: Callback | None) -> str | None:
    """As an attempt has what was promised in it."""
    return None if callback is None else json.dumps(asdict(callback), sort_keys=True)


def callback_from_json(text: str | None) -> Callback | None:
    """What `callback_json` wrote."""
    return None if text is None else Callback(**json.loads(text))


def hold_for_agent(tx: Transaction, campaign: str, case: int, promise: Promise, due_at: Instant) -> None:
    """A case that was just given a due time waits for its agent, if the callback is the agent's own."""
    owner = promise.owner(max(tx.now, due_at))
    if owner is None:
        return
    row = (case, None, Hold.AGENT, due_at, promise.free_at)
    change_cases(tx, ChangeReason.HELD, campaign, HELD, [row])
    tell_known(tx, [(campaign, owner)])


PROMISED: Final = ("status", "rank", *HELD, "final", "exhausted", *PROMISE_COLUMNS)
COUNTED: Final = ("cycle", "agent_attempts", "customer_attempts", "agent_limit", "customer_limit", "results")


def promise_case(
    tx: Transaction, campaign: str, case: int, promise: Promise, *, due_at: Instant, about: str
) -> None:
    """The case keeps this promise, whatever it was before. One that was closed begins a new cycle for it."""
    owner = promise.owner(max(tx.now, due_at))
    hold: tuple[Any, ...] = (due_at, None, None, None)
    if owner is not None:
        hold = (None, Hold.AGENT, due_at, promise.free_at)
    row = (case, CaseStatus.CALLBACK, Rank.CALLBACK, *hold, 0, 0, *promise_columns(promise).values())
    status, cycle, before = tx.sql.execute(_BEFORE, (case,)).fetchone()
    if CaseStatus(status) in OPEN:
        change_cases(tx, ChangeReason.CALLBACK, about, PROMISED, [row])
    else:
        anew = (*row, cycle + 1, 0, 0, None, None, "{}")
        change_cases(tx, ChangeReason.CALLBACK, about, (*PROMISED, *COUNTED), [anew])
    agents = {agent for agent in (before, owner) if agent is not None}
    tell_known(tx, [(campaign, agent) for agent in sorted(agents)])


_BEFORE: Final = "SELECT status, cycle, callback_agent FROM cases WHERE id = ?"
_CASE: Final = "SELECT id FROM cases WHERE campaign = ? AND lead_id = ?"
_NEW_CASE: Final = f"""
    INSERT INTO cases (campaign, lead_id, phone_id, lane, status, rank)
    SELECT ?, l.id, ?, l.list_id, '{CaseStatus.NEW}', {Rank.NEW:d} FROM leads l WHERE l.id = ?
"""


def case_for(tx: Transaction, campaign: str, lead: int, phone: int) -> int:
    """The lead's case in a campaign, made if there is none: not due before something makes it so."""
    found = tx.sql.execute(_CASE, (campaign, lead)).fetchone()
    if found is None:
        tx.sql.execute(_NEW_CASE, (campaign, phone, lead))
        found = tx.sql.execute(_CASE, (campaign, lead)).fetchone()
    case: int = found[0]
    return case


def hand_over(tx: Transaction, policy: CampaignPolicy, closing_case: Case, callback: Callback) -> None:
    """A callback that was promised in this campaign becomes a case of the one that keeps it. A lead that must
    not be called gets none."""
    keeper = policy.callbacks_to
    assert keeper is not None
    forbidden = tx.sql.execute("SELECT dnc_at FROM leads WHERE id = ?", (closing_case.lead,)).fetchone()[0]
    handed = handed_over(callback, keeper, now=tx.now)
    if forbidden is not None or handed is None:
        return
    promise, due_at = handed
    case = case_for(tx, keeper.campaign, closing_case.lead, closing_case.phone)
    promise_case(tx, keeper.campaign, case, promise, due_at=due_at, about=policy.name)
