"""Lists of one priority take turns by their weights.

Each turn of a list moves it forward by a stride, the shorter the greater its weight; the list that is
furthest behind goes next. One that had nothing to dial for a while joins where the others are: it saves up
no turns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

STRIDE: Final = 1_000_000_000  # of a list with weight 1; others are cut to whole parts of it


@dataclass(frozen=True, slots=True)
class Lane:
    """The leads of one list in a campaign. `place`: where its last turn was."""

    list: int
    priority: int = 0
    weight: int = 1
    place: int = 0


def by_priority(lanes: Iterable[Lane]) -> list[list[Lane]]:
    """The lanes with equal priority together, the highest first."""
    groups: dict[int, list[Lane]] = {}
    for lane in lanes:
        groups.setdefault(lane.priority, []).append(lane)
    return [groups[priority] for priority in sorted(groups, reverse=True)]


def front(lanes: Iterable[Lane]) -> int:
    """Where the latest turn of these lanes was."""
    return max(lane.place for lane in lanes)


def place_of_next(lane: Lane, front: int) -> int:
    """Where the lane's next turn is."""
    return max(lane.place + STRIDE // lane.weight, front)


def next_lane(lanes: Sequence[Lane], front: int) -> Lane:
    """Whose turn it is among those that have a lead to dial; equal ones by the list's id."""
    return min(lanes, key=lambda lane: (place_of_next(lane, front), lane.list))
