"""The lists of a campaign take turns: read for one claim, and their places written with it.

A list that is not active has no turn, and none of its leads never called is looked at.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from engine.journal import events as e
from engine.selection.shares import Lane, by_priority, front, next_lane, place_of_next
from engine.store.transaction import Transaction

NO_LIST: Final = 0  # the lane of leads that a campaign has from its segments alone; after those of every list

_LANES: Final = """
    SELECT cl.list_id, cl.priority, cl.weight, cl.place
    FROM campaign_lists cl JOIN lists s ON s.id = cl.list_id
    WHERE cl.campaign = ? AND s.active = 1 ORDER BY cl.list_id
"""
_PLACE: Final = "UPDATE campaign_lists SET place = ? WHERE campaign = ? AND list_id = ?"


def tell_inactive(tx: Transaction) -> None:
    """A line for each list that is not dialed, for an engine that starts."""
    for (identity,) in tx.sql.execute("SELECT id FROM lists WHERE active = 0 ORDER BY id").fetchall():
        tx.record(e.ListActivated(list=identity, active=False))


class InLane(Protocol):
    @property
    def lane(self) -> int: ...


R = TypeVar("R", bound=InLane)


class Turns:
    """Whose turn it is among a campaign's lists, over one claim."""

    def __init__(self, tx: Transaction, campaign: str) -> None:
        self._campaign = campaign
        lanes = [Lane(*row) for row in tx.sql.execute(_LANES, (campaign,))]
        last = min((lane.priority for lane in lanes), default=0) - 1
        self._groups = by_priority([*lanes, Lane(NO_LIST, last)])
        self._lanes = {lane.list: lane for lane in lanes}
        self._shared = {lane.list for group in self._groups if len(group) > 1 for lane in group}
        self._front = 0
        self._served: set[int] = set()

    def in_order(self, queue: Callable[[int], Iterator[R]]) -> Iterator[R]:
        """The leads of all lanes, those of each in the order of its `queue`."""
        for group in self._groups:
            if len(group) == 1:
                yield from queue(group[0].list)
                continue
            self._front = front(group)
            queues = {lane.list: queue(lane.list) for lane in group}
            while queues:
                lane = next_lane([self._lanes[each] for each in queues], self._front)
                row = next(queues[lane.list], None)
                if row is None:
                    del queues[lane.list]
                else:
                    yield row

    def took(self, row: InLane) -> None:
        """The lead that `in_order` gave last is dialed: its list has had its turn."""
        if row.lane not in self._shared:
            return
        lane = self._lanes[row.lane]
        place = place_of_next(lane, self._front)
        self._lanes[row.lane] = replace(lane, place=place)
        self._front = max(self._front, place)
        self._served.add(row.lane)

    def save(self, tx: Transaction) -> None:
        """With the claim that took them."""
        for each in sorted(self._served):
            tx.sql.execute(_PLACE, (self._lanes[each].place, self._campaign, each))
