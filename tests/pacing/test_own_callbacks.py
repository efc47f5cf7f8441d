"""Agents with callbacks of their own to make: kept free, and let go once the others are enough."""

import pytest
from hypothesis import given, strategies as st

from engine.domain.words import DialMode
from engine.pacing.port import CampaignLoad, PacingAnswer, PoolSnapshot
from engine.pacing.ratio import RatioPacer


def decide(
    ready: int, owed: int, dialing: int, *, ratio: float = 1.0, room: int | None = None
) -> PacingAnswer:
    mode = DialMode.PROGRESSIVE if ratio == 1.0 else DialMode.POWER
    load = CampaignLoad(name="a", mode=mode, ratio=ratio, dialing=dialing, live=dialing)
    return RatioPacer().decide(PoolSnapshot(now=0, ready=ready, owed=owed, campaigns=(load,), room=room))


@pytest.mark.parametrize(
    ("ready", "owed", "dialing", "callbacks", "dials"),
    [
        (3, 0, 0, 0, 3),
        (3, 1, 0, 1, 2),  # one makes a callback, two are dialed for
        (3, 1, 2, 1, 0),
        (3, 1, 3, 0, 0),  # the third customer in flight needs the third agent
        (3, 3, 0, 3, 0),
        (1, 1, 1, 0, 0),
        (1, 1, 0, 1, 0),
        (2, 2, 1, 1, 0),
    ],
)
def test_callbacks_wait_for_the_customers_in_flight(
    ready: int, owed: int, dialing: int, callbacks: int, dials: int
) -> None:
    answer = decide(ready, owed, dialing)
    assert (answer.callbacks, answer.dials) == (callbacks, {"a": dials} if dials else {})


def test_at_a_ratio_the_pool_stays_within_it_without_the_agents_who_call_back() -> None:
    assert decide(3, 1, 4, ratio=2.0).callbacks == 1
    assert decide(3, 1, 5, ratio=2.0).callbacks == 0


def test_callbacks_need_room_on_the_trunks_and_come_first() -> None:
    assert decide(3, 2, 0, room=0).callbacks == 0
    answer = decide(3, 2, 0, room=2)
    assert (answer.callbacks, answer.dials) == (2, {})
    assert answer.reason == "3 ready, 0 in flight, 2 with callbacks of their own, room for 2"


@given(
    ready=st.integers(0, 20),
    owed=st.integers(0, 20),
    dialing=st.integers(0, 40),
    ratio=st.sampled_from([1.0, 1.5, 3.0]),
    room=st.none() | st.integers(0, 10),
)
def test_agents_are_never_promised_twice(
    ready: int, owed: int, dialing: int, ratio: float, room: int | None
) -> None:
    owed = min(owed, ready)
    answer = decide(ready, owed, dialing, ratio=ratio, room=room)
    left, dials = ready - answer.callbacks, sum(answer.dials.values())
    assert 0 <= answer.callbacks <= owed
    if answer.callbacks and dialing:
        assert dialing <= ratio * left + 1e-6
    if dials:
        assert dialing + dials <= ratio * (ready - owed) + 1e-6
    if room is not None:
        assert answer.callbacks + dials <= room
