"""The due cases of a campaign, in the order in which they are dialed, as a claim reads them."""

import sqlite3
from collections.abc import Iterator, Set
from functools import partial
from typing import Any, Final, NamedTuple

from engine.attempts.phones import in_order
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import Rank
from engine.store.lanes import NO_LIST, Turns
from engine.store.standing import STANDING, Standing
from engine.store.transaction import Transaction


class DueRow(NamedTuple):
    """A case as it is claimed."""

    id: int
    lead: int
    list: int
    phone: int
    due_at: Instant
    number: str
    same: int  # the lowest id among the phones with this number
    owner: str | None
    owned_until: Instant | None
    out_of_use_at: Instant | None
    active: int
    person: str | None
    standing: Standing

    @classmethod
    def read(cls, row: tuple[Any, ...]) -> "DueRow":
        return cls._make((*row[:_OWN], Standing._make(row[_OWN:])))

    @property
    def lane(self) -> int:
        return self.standing.lane


_OWN: Final = len(DueRow._fields) - 1
_COLUMNS: Final = f"""
    c.id, c.lead_id, l.list_id, c.phone_id, c.due_at, p.number,
    (SELECT min(id) FROM phones WHERE number = p.number), l.owner, l.owned_until, p.out_of_use_at, s.active,
    l.person, {STANDING}
"""
PERSON_IN_CALL: Final = """
    SELECT 1 FROM leads same INDEXED BY leads_person
    CROSS JOIN attempts live ON live.lead_id = same.id AND live.settled_at IS NULL
    CROSS JOIN legs up ON up.attempt_id = live.id AND up.number IS NOT NULL AND up.ended_at IS NULL
    WHERE same.person = {person}
"""
_FREE: Final = f"""
    NOT EXISTS (SELECT 1 FROM attempts WHERE lead_id = c.lead_id AND settled_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM legs WHERE number = p.number AND ended_at IS NULL)
    AND NOT EXISTS ({PERSON_IN_CALL.format(person="l.person")})
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


def due_cases(
    tx: Transaction, campaign: str, batch: int, turns: Turns, taken: Set[int | str | None]
) -> Iterator[tuple[Rank, DueRow]]:
    """The due cases in their order, but for the leads, numbers and persons that are `taken` by then; `batch`
    are read at a time."""

    def queue(rank: Rank, lane: int = NO_LIST) -> Iterator[DueRow]:
        after = {"turn": -1, "due_at": -1, "id": -1}
        while True:
            asked = {"campaign": campaign, "rank": rank, "lane": lane, "now": tx.now, "count": batch}
            rows = [DueRow.read(row) for row in tx.sql.execute(_CLAIMS[rank], asked | after)]
            for row in rows:
                after = {"turn": row.standing.turn, "due_at": row.due_at, "id": row.id}
                if taken.isdisjoint((row.lead, row.number, row.person)):
                    yield row
            if len(rows) < batch:
                break

    for rank in _CLAIMS:
        if rank is Rank.NEW:
            yield from ((rank, row) for row in turns.in_order(partial(queue, Rank.NEW)))
        else:
            yield from ((rank, row) for row in queue(rank))


_ONE: Final = f"SELECT {_COLUMNS} FROM cases c {_JOINED} WHERE c.id = :id AND {_FREE}"


def one_case(tx: Transaction, case: int) -> DueRow | None:
    """A case whoever asks for it by name; None if its lead, number or person is in a call."""
    row = tx.sql.execute(_ONE, {"id": case}).fetchone()
    return None if row is None else DueRow.read(row)


def next_due(sql: sqlite3.Connection, campaign: str) -> Instant | None:
    """When the next of the campaign's open cases is due or no longer held, None if none ever is by itself."""
    moment: Instant | None = sql.execute(_NEXT_DUE, {"campaign": campaign}).fetchone()[0]
    return moment


_PHONES: Final = "SELECT id, kind FROM phones WHERE lead_id = ? AND out_of_use_at IS NULL ORDER BY position"


def phones_in_use(tx: Transaction, policy: CampaignPolicy, lead: int) -> tuple[int, ...]:
    """The lead's numbers in the order in which the campaign dials them; none if it dials only the first."""
    if not policy.phones.several:
        return ()
    return in_order(policy.phones.order, tx.sql.execute(_PHONES, (lead,)))
