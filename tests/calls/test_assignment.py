"""Who is joined with whom."""

from hypothesis import given, strategies as st

from engine.calls.assignment import Idle, Waiting, assign


def test_the_longest_waiting_customer_goes_to_the_longest_idle_agent() -> None:
    waiting = [Waiting(attempt=1, since=30), Waiting(attempt=2, since=10), Waiting(attempt=3, since=20)]
    ready = [Idle(agent="ann", since=9), Idle(agent="bob", since=3)]
    assert assign(waiting, ready) == [(2, "bob"), (3, "ann")]


def test_equal_times_go_by_attempt_and_by_name() -> None:
    waiting = [Waiting(attempt=2, since=10), Waiting(attempt=1, since=10)]
    ready = [Idle(agent="bob", since=3), Idle(agent="ann", since=3)]
    assert assign(waiting, ready) == [(1, "ann"), (2, "bob")]


def test_nobody_is_joined_with_nobody() -> None:
    assert assign([], [Idle(agent="ann", since=0)]) == []
    assert assign([Waiting(attempt=1, since=0)], []) == []


customers = st.lists(
    st.builds(Waiting, attempt=st.integers(1, 99), since=st.integers(0, 5)), unique_by=lambda w: w.attempt
)
agents = st.lists(
    st.builds(Idle, agent=st.sampled_from("abcdefgh"), since=st.integers(0, 5)), unique_by=lambda i: i.agent
)


@given(waiting=customers, ready=agents, data=st.data())
def test_as_many_as_can_be_are_paired_once_each_whatever_order_they_are_told_in(
    waiting: list[Waiting], ready: list[Idle], data: st.DataObject
) -> None:
    pairs = assign(waiting, ready)
    assert len(pairs) == min(len(waiting), len(ready))
    assert len({attempt for attempt, _ in pairs}) == len({agent for _, agent in pairs}) == len(pairs)
    since = {each.attempt: each.since for each in waiting}
    paired = {attempt for attempt, _ in pairs}
    longest_left = min((each.since for each in waiting if each.attempt not in paired), default=99)
    assert max((since[attempt] for attempt in paired), default=0) <= longest_left
    assert assign(data.draw(st.permutations(waiting)), data.draw(st.permutations(ready))) == pairs
