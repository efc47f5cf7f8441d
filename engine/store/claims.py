"""Due cases are claimed: chosen in their order, asked at the gates, and live from the same commit on."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from engine.attempts.phones import in_order
from engine.attempts.promises import PROMISE_COLUMNS, promise_columns, without_promise
from engine.compliance.hours import is_open
from engine.domain.callbacks import Promise
from engine.domain.case import HELD
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import CaseStatus, ChangeReason, Hold, Rank, Side
from engine.journal import events as e
from engine.ownership.holding import holds_off
from engine.store.case_changes import change_cases
from engine.store.changes import Ids, intend, runs
from engine.store.known_callbacks import tell_known
from engine.store.lanes import NO_LIST, Turns
from engine.store.transaction import Change, Transaction


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


_COLUMNS: Final = """
    c.id, c.lead_id, l.list_id, c.phone_id, c.status, c.cycle, c.agent_attempts, c.customer_attempts,
    c.results, c.agent_limit, c.customer_limit, c.lane, c.turn, c.phone_tries, c.due_at,
    c.callback_at, c.callback_until, c.callback_agent, c.callback_anyone_at, p.number,
    (SELECT min(id) FROM phones WHERE number = p.number), l.owner, l.owned_until, p.out_of_use_at, s.active
"""
_FREE: Final = """
    NOT EXISTS (SELECT 1 FROM attempts WHERE lead_id = c.lead_id AND settled_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM legs WHERE number = p.number AND ended_at IS NULL)
"""
_JOINED: Final = """
    CROSS JOIN leads l ON l.id = c.lead_id CROSS JOIN phones p ON p.id = c.phone_id
    CROSS JOIN lists s ON s.id = l.list_id
"""

_BY_TIME: Final = f"""
    SELECT {_COLUMNS} FROM cases c INDEXED BY cases_due {_JOINED}
    WHERE c.campaign = :campaign AND c.rank = :rank AND c.rank < {Rank.NEW:d} AND c.due_at <= :now
      AND (c.due_at, c.id) > (:due_at, :id) AND {_FREE}
    ORDER BY c.due_at, c.id LIMIT :count
"""
_BY_TURN: Final = f"""
    SELECT {_COLUMNS} FROM cases c INDEXED BY cases_new {_JOINED}
    WHERE c.campaign = :campaign AND c.lane = :lane AND c.rank = {Rank.NEW:d} AND c.due_at <= :now
      AND (c.turn, c.due_at, c.id) > (:turn, :due_at, :id) AND {_FREE}
    ORDER BY c.turn, c.due_at, c.id LIMIT :count
"""
_CLAIMS: Final = {Rank.CALLBACK: _BY_TIME, Rank.RETRY: _BY_TIME, Rank.NEW: _BY_TURN}

_ACTIVE_LANES: Final = f"""
    SELECT cl.list_id FROM campaign_lists cl JOIN lists s ON s.id = cl.list_id
    WHERE cl.campaign = :campaign AND s.active = 1 UNION ALL SELECT {NO_LIST}
"""
_NEXT_DUE: Final = f"""
    SELECT min(moment) FROM (
        SELECT min(due_at) AS moment FROM cases INDEXED BY cases_due
        WHERE campaign = :campaign AND rank = {Rank.CALLBACK:d} AND rank < {Rank.NEW:d} AND due_at IS NOT NULL
        UNION ALL
        SELECT min(due_at) FROM cases INDEXED BY cases_due
        WHERE campaign = :campaign AND rank = {Rank.RETRY:d} AND rank < {Rank.NEW:d} AND due_at IS NOT NULL
        UNION ALL
        SELECT min(c.due_at) FROM ({_ACTIVE_LANES}) CROSS JOIN cases c INDEXED BY cases_new
        ON c.campaign = :campaign AND c.lane = list_id AND c.rank = {Rank.NEW:d} AND c.due_at IS NOT NULL
        UNION ALL
        SELECT min(wakes_at) FROM cases INDEXED BY cases_held
        WHERE campaign = :campaign AND wakes_at IS NOT NULL
    )
"""
_TO_WAKE: Final = """
    SELECT id, wanted_at, wakes_at FROM cases INDEXED BY cases_held
    WHERE campaign = ? AND wakes_at <= ? ORDER BY wakes_at, id LIMIT ?
"""
_INSERT_ATTEMPT: Final = """
    INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before,
                          customer_attempts_before, agent, started_at, callback_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
        if not runs(tx, policy.name):
            return []
        woken = wake(tx, policy.name)
        lapsed = _lapse(tx, policy.name)
        turns = Turns(tx, policy.name)
        chosen: list[tuple[Rank, _Row]] = []
        refused = _Refused(tx, policy)
        taken: set[int | str] = set()
        for rank, row in _due(tx, policy.name, count, turns, taken):
            if not refused.takes(row):
                chosen.append((rank, row))
                taken.update((row.lead, row.number))
                if rank is Rank.NEW:
                    turns.took(row)
            if len(chosen) == count or refused.count == HOLD_MAX:
                break
        refused.write()
        turns.save(tx)
        started = [
            _begin(tx, policy, rank, row, ids, agents[place] if agents else None, first)
            for place, (rank, row) in enumerate(chosen)
        ]
        if started or refused.count or WAKE_MAX in (woken, lapsed):
            return started
        dry = Dry(until=next_due(tx.sql, policy.name))
        tx.record(e.CampaignDry(campaign=policy.name, until=_recheck(dry.until, tx.now)))
        return dry

    return change


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


class _Refused:
    """The due cases that may not be dialed as they stand. What each waits for is written down, so that it is
    not looked at again."""

    def __init__(self, tx: Transaction, policy: CampaignPolicy) -> None:
        self._tx = tx
        self._policy = policy
        self._held: list[tuple[Any, ...]] = []
        self._own: set[str] = set()
        self._moved: list[tuple[Any, ...]] = []

    @property
    def count(self) -> int:
        return len(self._held) + len(self._moved)

    def takes(self, row: "_Row", agent: str | None = None) -> bool:
        """Whether the case may not be dialed: its list is not active, or another campaign owns the lead until
        the expiry or a release, or the callback is another agent's than `agent`'s, or its number is out of
        use and the lead has others."""
        promise = row.promise
        if not row.active:
            self._held.append((row.id, None, Hold.LIST, row.due_at, None))
        elif holds_off(row.owner, row.owned_until, self._policy.name, now=self._tx.now):
            self._held.append((row.id, None, Hold.OWNERSHIP, row.due_at, row.owned_until))
        elif promise is not None and (owner := promise.owner(self._tx.now)) not in (None, agent):
            assert owner is not None
            self._own.add(owner)
            self._held.append((row.id, None, Hold.AGENT, row.due_at, promise.free_at))
        elif row.out_of_use_at is not None and (others := phones_in_use(self._tx, self._policy, row.lead)):
            self._moved.append((row.id, others[0], 0))
        else:
            return False
        return True

    def write(self) -> None:
        campaign = self._policy.name
        if not self.count:
            return
        change_cases(self._tx, ChangeReason.HELD, campaign, HELD, self._held)
        tell_known(self._tx, [(campaign, owner) for owner in sorted(self._own)])
        change_cases(self._tx, ChangeReason.OTHER_PHONE, campaign, ("phone_id", "phone_tries"), self._moved)


_ONE: Final = f"SELECT {_COLUMNS} FROM cases c {_JOINED} WHERE c.id = :id AND {_FREE}"


def begin_own(
    tx: Transaction, policy: CampaignPolicy, case: int, ids: Ids, *, agent: str, first: Side | None
) -> Started | None:
    """Claim a callback that waits for `agent`, who is there. None if its lead is in a call, or if a gate
    holds it, which is written down."""
    found = tx.sql.execute(_ONE, {"id": case}).fetchone()
    if found is None:
        return None
    (wanted_at,) = tx.sql.execute("SELECT wanted_at FROM cases WHERE id = ?", (case,)).fetchone()
    row = _Row._make(found)._replace(due_at=wanted_at)
    change_cases(tx, ChangeReason.WOKEN, policy.name, HELD, [(case, wanted_at, None, None, None)])
    refused = _Refused(tx, policy)
    if refused.takes(row, agent):
        refused.write()
        return None
    return _begin(tx, policy, Rank.CALLBACK, row, ids, agent, first)


_PHONES: Final = "SELECT id, kind FROM phones WHERE lead_id = ? AND out_of_use_at IS NULL ORDER BY position"


def phones_in_use(tx: Transaction, policy: CampaignPolicy, lead: int) -> tuple[int, ...]:
    """The lead's numbers in the order in which the campaign dials them; none if it dials only the first."""
    if not policy.phones.several:
        return ()
    return in_order(policy.phones.order, tx.sql.execute(_PHONES, (lead,)))


class _Row(NamedTuple):
    id: int
    lead: int
    list: int
    phone: int
    status: str
    cycle: int
    agent_attempts: int
    customer_attempts: int
    results: str
    agent_limit: int | None
    customer_limit: int | None
    lane: int
    turn: int
    phone_tries: int
    due_at: Instant
    callback_at: Instant | None
    callback_until: Instant | None
    callback_agent: str | None
    callback_anyone_at: Instant | None
    number: str
    same: int  # the lowest id among the phones with this number
    owner: str | None
    owned_until: Instant | None
    out_of_use_at: Instant | None
    active: int

    @property
    def promise(self) -> Promise | None:
        if self.callback_at is None or self.callback_until is None:
            return None
        return Promise(
            at=self.callback_at,
            until=self.callback_until,
            agent=self.callback_agent,
            anyone_at=self.callback_anyone_at,
        )


def _due(
    tx: Transaction, campaign: str, batch: int, turns: Turns, taken: Collection[int | str]
) -> Iterator[tuple[Rank, _Row]]:
    """The due cases in their order, but for the leads and numbers that are `taken` by then; `batch` are read
    at a time."""

    def queue(rank: Rank, lane: int = NO_LIST) -> Iterator[_Row]:
        after = {"turn": -1, "due_at": -1, "id": -1}
        while True:
            asked = {"campaign": campaign, "rank": rank, "lane": lane, "now": tx.now, "count": batch}
            rows = [_Row._make(row) for row in tx.sql.execute(_CLAIMS[rank], asked | after)]
            for row in rows:
                after = {"turn": row.turn, "due_at": row.due_at, "id": row.id}
                if row.lead not in taken and row.number not in taken:
                    yield row
            if len(rows) < batch:
                break

    for rank in _CLAIMS:
        if rank is Rank.NEW:
            yield from ((rank, row) for row in turns.in_order(partial(queue, Rank.NEW)))
        else:
            yield from ((rank, row) for row in queue(rank))


def _recheck(due: Instant | None, now: Instant) -> Instant | None:
    """A case that is due but busy in another call is looked at again soon, not at once."""
    return due if due is None or due > now else now + BUSY_LEAD_RECHECK


BUSY_LEAD_RECHECK: Final = 10_000_000  # ten seconds: about the shortest call worth waiting for


def next_due(sql: sqlite3.Connection, campaign: str) -> Instant | None:
    """When the next of the campaign's open cases is due or no longer held, None if none ever is by itself."""
    moment: Instant | None = sql.execute(_NEXT_DUE, {"campaign": campaign}).fetchone()[0]
    return moment


def _begin(
    tx: Transaction,
    policy: CampaignPolicy,
    rank: Rank,
    row: _Row,
    ids: Ids,
    agent: str | None,
    first: Side | None,
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
            row.cycle,
            row.agent_attempts,
            row.customer_attempts,
            agent,
            tx.now,
            row.callback_at,
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
            status=CaseStatus(row.status),
            cycle=row.cycle,
            agent_attempts=row.agent_attempts,
            customer_attempts=row.customer_attempts,
            results=json.loads(row.results) if row.results != "{}" else {},
            agent_limit=row.agent_limit,
            customer_limit=row.customer_limit,
            rank=rank,
            lane=row.lane,
            turn=row.turn,
            phones=phones_in_use(tx, policy, row.lead),
            phone_tries=row.phone_tries,
            due_at=row.due_at,
            agent=agent,
            number=row.same,
            callback_at=row.callback_at,
            callback_until=row.callback_until,
            callback_agent=row.callback_agent,
            callback_anyone_at=row.callback_anyone_at,
        )
    )
    leg = intend(tx, ids, attempt, first, row.number, agent) if first is not None else None
    return Started(attempt=attempt, number=row.number, lead=row.lead, leg=leg)
