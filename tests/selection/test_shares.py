"""Lists take turns: in the long run by their weights, at every moment within one turn of it."""

from dataclasses import replace

from hypothesis import given, strategies as st

from engine.selection.shares import Lane, by_priority, front, next_lane, place_of_next


class Floor:
    """Lists that are served one lead at a time; those in `empty` have none."""

    def __init__(self, *lanes: Lane) -> None:
        self.lanes = {lane.list: lane for lane in lanes}
        self.empty: set[int] = set()

    def serve(self, count: int) -> list[int]:
        served = []
        for _ in range(count):
            latest = front(self.lanes.values())
            lane = next_lane([each for each in self.lanes.values() if each.list not in self.empty], latest)
            self.lanes[lane.list] = replace(lane, place=place_of_next(lane, latest))
            served.append(lane.list)
        return served


def test_a_list_with_three_times_the_weight_has_three_of_four_turns() -> None:
    floor = Floor(Lane(1, weight=3), Lane(2, weight=1))
    assert floor.serve(8) == [1, 1, 1, 2, 1, 1, 1, 2]


def test_lists_of_equal_weight_alternate_beginning_with_the_older() -> None:
    assert Floor(Lane(7), Lane(4)).serve(4) == [4, 7, 4, 7]


def test_a_list_that_was_empty_for_long_saves_up_no_turns() -> None:
    floor = Floor(Lane(1), Lane(2))
    floor.empty = {2}
    floor.serve(100)
    floor.empty = set()
    assert sorted(floor.serve(4)) == [1, 1, 2, 2]


def test_a_list_that_joins_late_begins_where_the_others_are() -> None:
    floor = Floor(Lane(1), Lane(2))
    floor.serve(50)
    floor.lanes[3] = Lane(3)
    assert sorted(floor.serve(3)) == [1, 2, 3]


def test_priorities_are_groups_the_highest_first() -> None:
    lanes = [Lane(1, priority=1), Lane(2, priority=5), Lane(3, priority=1)]
    assert [[lane.list for lane in group] for group in by_priority(lanes)] == [[2], [1, 3]]


@given(
    weights=st.lists(st.integers(1, 50), min_size=2, max_size=5),
    turns=st.integers(1, 300),
)
def test_at_every_moment_each_list_is_within_one_turn_of_its_share(weights: list[int], turns: int) -> None:
    floor = Floor(*(Lane(number, weight=weight) for number, weight in enumerate(weights, start=1)))
    served = floor.serve(turns)
    had = [served.count(number) / weight for number, weight in enumerate(weights, start=1)]
    for one, weight in zip(had, weights, strict=True):
        for other, others_weight in zip(had, weights, strict=True):
            assert abs(one - other) <= 1 / weight + 1 / others_weight + 1e-6


@given(
    weights=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    pauses=st.lists(st.tuples(st.sets(st.integers(1, 4)), st.integers(1, 30)), max_size=5),
    turns=st.integers(20, 60),
)
def test_after_any_pauses_the_shares_are_kept_again(
    weights: list[int], pauses: list[tuple[set[int], int]], turns: int
) -> None:
    numbers = range(1, len(weights) + 1)
    floor = Floor(*(Lane(number, weight=weight) for number, weight in zip(numbers, weights, strict=True)))
    for empty, count in pauses:
        floor.empty = empty if not set(numbers) <= empty else set()
        floor.serve(count)
    floor.empty = set()
    served = floor.serve(turns)
    had = [served.count(number) / weight for number, weight in zip(numbers, weights, strict=True)]
    assert max(had) - min(had) <= 2.0 + 1e-6
