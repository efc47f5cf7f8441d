"""Callbacks as people see and change them: who is promised what, set anew, moved and cancelled.

Nobody changes the callback of a lead who is in a call of that campaign: what comes of the call decides.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from engine.attempts.promises import (
    PROMISE_COLUMNS,
    callable_at,
    callback_refused,
    left_over,
    promise_columns,
    promise_in,
    promised,
    without_promise,
)
from engine.config.policies import policy_from_json
from engine.domain.callbacks import Callback, Promise
from engine.domain.case import HELD
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import CaseStatus, ChangeReason, Hold, Rank
from engine.errors import InputError
from engine.names import listed
from engine.store.audit import audit
from engine.store.callback_promises import case_for, promise_case
from engine.store.case_changes import change_cases
from engine.store.known_callbacks import tell_known
from engine.store.reading import check_campaign, check_list
from engine.store.transaction import Change, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose callback is meant: the lead's in a campaign. `list` None: the only list with this key."""

    campaign: str
    lead: str
    list: str | None = None


class _Case(NamedTuple):
    id: int
    status: str
    due_at: Instant | None
    waits_for: str | None
    wanted_at: Instant | None
    wakes_at: Instant | None
    live: int
    callback_at: Instant | None
    callback_until: Instant | None
    callback_agent: str | None
    callback_anyone_at: Instant | None

    @property
    def promise(self) -> Promise | None:
        return promise_in(self._asdict())


# --- changes ----------------------------------------------------------------------------------------


def set_callback(wanted: Wanted, callback: Callback, *, by: str) -> Change[Promise]:
    """Promise a call, instead of what was promised before. A case that is closed begins a new cycle for
    it. Raises InputError for what cannot be promised."""

    def change(tx: Transaction) -> Promise:
        policy = _policy(tx.sql, wanted.campaign)
        lead, case = _find(tx, wanted, policy)
        return _promise(tx, policy, wanted, lead, case, callback, by=by, action="callbacks set")

    return change


def move_callback(
    wanted: Wanted, at: Instant, *, by: str, agent: str | None = None, anyone: bool = False
) -> Change[Promise]:
    """Promise the call for another time, and for `agent` or for `anyone`, if one is given. The window and the
    fall-back move along. Raises InputError if nothing was promised."""

    def change(tx: Transaction) -> Promise:
        policy = _policy(tx.sql, wanted.campaign)
        lead, case = _find(tx, wanted, policy)
        before = None if case is None else case.promise
        if case is None or before is None:
            raise InputError([f"no callback is promised to lead {wanted.lead!r} in {wanted.campaign}"])
        due_at = case.due_at if case.wanted_at is None else case.wanted_at
        window, after = left_over(before, before.at if due_at is None else due_at)
        owner = None if anyone else agent or before.agent
        callback = Callback(
            at=at, agent=owner, window=max(window, 1), anyone_after=None if owner is None else after
        )
        return _promise(tx, policy, wanted, lead, case, callback, by=by, action="callbacks move")

    return change


def cancel_callback(wanted: Wanted, *, by: str) -> Change[None]:
    """Take a promise back. The case is an ordinary retry, due when the callback was, and held as it was; in a
    campaign that only keeps callbacks it is completed. Raises InputError if nothing was promised."""

    def change(tx: Transaction) -> None:
        policy = _policy(tx.sql, wanted.campaign)
        lead, case = _find(tx, wanted, policy)
        if case is None or case.promise is None:
            raise InputError([f"no callback is promised to lead {wanted.lead!r} in {wanted.campaign}"])
        if policy.callbacks_from:
            values: tuple[Any, ...] = (CaseStatus.COMPLETED, None, None, None, None, 1)
        else:
            hold: tuple[Any, ...] = (case.due_at, case.waits_for, case.wanted_at, case.wakes_at)
            if case.waits_for == Hold.AGENT:
                hold = (case.wanted_at, None, None, None)
            values = (without_promise(case.status), *hold, 0)
        status, *rest = values
        row = (case.id, status, Rank.RETRY, *rest, *promise_columns(None).values())
        columns = ("status", "rank", *HELD, "final", *PROMISE_COLUMNS)
        change_cases(tx, ChangeReason.CALLBACK, wanted.campaign, columns, [row])
        if case.callback_agent is not None:
            tell_known(tx, [(wanted.campaign, case.callback_agent)])
        audit(tx, user=by, action="callbacks cancel", subject=wanted.campaign, lead=lead)

    return change


def _promise(
    tx: Transaction,
    policy: CampaignPolicy,
    wanted: Wanted,
    lead: int,
    case: _Case | None,
    callback: Callback,
    *,
    by: str,
    action: str,
) -> Promise:
    if policy.callbacks_to is not None:
        keeper = policy.callbacks_to.campaign
        raise InputError([f"campaign {policy.name} leaves its callbacks to {keeper}; name that campaign"])
    agents = known_agents(tx.sql, policy.pool)
    colleagues = {callback.agent or ""} if agents is None else agents
    refusal = callback_refused(callback, policy, colleagues, now=tx.now)
    if refusal is not None:
        raise InputError([refusal])
    due_at = callable_at(callback.at, policy.business_hours, now=tx.now)
    if due_at is None:
        raise InputError([f"campaign {policy.name} is never open after that"])
    promise = promised(callback, policy.callbacks, due_at=due_at)
    identity = case_for(tx, policy.name, lead, _first_phone(tx.sql, lead)) if case is None else case.id
    promise_case(tx, policy.name, identity, promise, due_at=due_at, about=policy.name)
    if policy.segments and tx.sql.execute(_INSIDE, (lead, policy.name)).fetchone() is None:
        row = (identity, None, Hold.SEGMENT, due_at, None)  # a callback is held like any other call
        change_cases(tx, ChangeReason.LEFT, policy.name, HELD, [row])
    audit(
        tx,
        user=by,
        action=action,
        subject=policy.name,
        lead=lead,
        at=promise.at,
        until=promise.until,
        agent=promise.agent,
    )
    return promise


# --- who and where ----------------------------------------------------------------------------------

_LEADS: Final = """
    SELECT l.id, s.name, l.dnc_at FROM leads l JOIN lists s ON s.id = l.list_id
    WHERE l.key = :key AND (:list IS NULL OR s.name = :list) ORDER BY s.name
"""
_INSIDE: Final = """
    SELECT 1 FROM campaign_segments cs
    JOIN memberships m ON m.segment_id = cs.segment_id AND m.lead_id = ?
    WHERE cs.campaign = ? AND m.inside = 1
"""
_CASE: Final = """
    SELECT c.id, c.status, c.due_at, c.waits_for, c.wanted_at, c.wakes_at,
           EXISTS (SELECT 1 FROM attempts a WHERE a.case_id = c.id AND a.settled_at IS NULL),
           c.callback_at, c.callback_until, c.callback_agent, c.callback_anyone_at
    FROM cases c WHERE c.campaign = ? AND c.lead_id = ?
"""


def _policy(sql: sqlite3.Connection, campaign: str) -> CampaignPolicy:
    check_campaign(sql, campaign)
    (text,) = sql.execute("SELECT policy FROM campaigns WHERE name = ?", (campaign,)).fetchone()
    return policy_from_json(json.loads(text))


def _find(tx: Transaction, wanted: Wanted, policy: CampaignPolicy) -> tuple[int, _Case | None]:
    """The lead and its case, which may be changed; a campaign that keeps callbacks may have none yet."""
    check_list(tx.sql, wanted.list)
    leads = tx.sql.execute(_LEADS, {"key": wanted.lead, "list": wanted.list}).fetchall()
    cases = [(lead, tx.sql.execute(_CASE, (wanted.campaign, lead[0])).fetchone()) for lead in leads]
    if wanted.list is None and len(cases) > 1:
        cases = [(lead, case) for lead, case in cases if case is not None] or cases
    if not cases:
        on = f" on list {wanted.list}" if wanted.list is not None else ""
        raise InputError([f"there is no lead {wanted.lead!r}{on}; name a lead by its key"])
    if len(cases) > 1:
        names = listed([name for (_, name, _), _ in cases], "and")
        raise InputError([f"there is a lead {wanted.lead!r} on the lists {names}; say which list is meant"])
    (((lead, _, dnc_at), found),) = cases
    if dnc_at is not None:
        raise InputError([f"lead {wanted.lead!r} must not be called"])
    if found is None:
        if not policy.callbacks_from:
            raise InputError([f"lead {wanted.lead!r} is none of campaign {wanted.campaign}"])
        return lead, None
    case = _Case._make(found)
    if case.live:
        raise InputError([f"lead {wanted.lead!r} is being called right now; say it again after the call"])
    return lead, case


def _first_phone(sql: sqlite3.Connection, lead: int) -> int:
    query = "SELECT id FROM phones WHERE lead_id = ? ORDER BY position LIMIT 1"
    phone: int = sql.execute(query, (lead,)).fetchone()[0]
    return phone


def known_agents(sql: sqlite3.Connection, pool: str | None) -> Collection[str] | None:
    """The agents of a pool, as the last engine had them; None if none has run yet."""
    for (epoch,) in sql.execute("SELECT epoch FROM engines ORDER BY epoch DESC"):
        row = sql.execute("SELECT line FROM journal WHERE epoch = ? AND seq = 1", (epoch,)).fetchone()
        line = {} if row is None else json.loads(row[0])
        if line.get("kind") == "engine.started":
            return {name for name, agent in line["agents"].items() if agent["pool"] == pool}
    return None


# --- looking ----------------------------------------------------------------------------------------

_ROWS: Final = """
    SELECT c.campaign, s.name, l.key, c.callback_agent, c.callback_at,
           coalesce(c.due_at, c.wanted_at), c.callback_anyone_at, c.callback_until, c.waits_for,
           EXISTS (SELECT 1 FROM attempts a WHERE a.case_id = c.id AND a.settled_at IS NULL)
    FROM cases c INDEXED BY cases_callbacks JOIN leads l ON l.id = c.lead_id JOIN lists s ON s.id = l.list_id
    WHERE c.callback_at IS NOT NULL AND (:campaign IS NULL OR c.campaign = :campaign)
      AND (:agent IS NULL OR c.callback_agent = :agent) AND (:lead IS NULL OR l.key = :lead)
    ORDER BY c.callback_at, c.id
"""


def callback_rows(
    sql: sqlite3.Connection,
    *,
    campaign: str | None = None,
    agent: str | None = None,
    lead: str | None = None,
) -> Iterator[tuple[Any, ...]]:
    """What is promised and not kept, the earliest first: campaign, list, lead, agent, when it was promised
    for, when it may be called, when anyone may, when it is over, what it waits for, and whether it is being
    called."""
    yield from sql.execute(_ROWS, {"campaign": campaign, "agent": agent, "lead": lead})
