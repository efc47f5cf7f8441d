"""Admission by hand and by brute force: the worst case fits, and one call for one agent goes on."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from engine.compliance.abandonment import Rate, room
from engine.compliance.admission import Exposure, Flight, admitted


def rate(lost: int, counted: int) -> Rate:
    return Rate(lost=Fraction(lost), counted=Fraction(counted))


THREE_LEFT = rate(0, 97)  # 3 of 100 is the limit
USED_UP = rate(3, 100)


@pytest.mark.parametrize(
    ("calls", "agents", "wanted", "found"),
    [
        (0, 5, 5, 5),  # one call for one agent
        (0, 5, 9, 8),  # three may be lost
        (3, 5, 9, 5),
        (8, 5, 1, 0),
        (5, 0, 1, 0),  # five may be lost already
        (0, 0, 9, 3),
    ],
)
def test_no_more_than_may_be_lost_go_beyond_the_free_agents(
    calls: int, agents: int, wanted: int, found: int
) -> None:
    exposure = Exposure(rate=THREE_LEFT, most=300, here=calls)
    assert admitted(Flight(calls=calls, agents=agents), exposure, wanted) == found


@pytest.mark.parametrize("used_up", [USED_UP, rate(0, 0), rate(50, 100)])
def test_a_limit_that_is_used_up_leaves_one_call_for_one_agent(used_up: Rate) -> None:
    exposure = Exposure(rate=used_up, most=300, here=2)
    assert admitted(Flight(calls=2, agents=5), exposure, 10) == 3


def test_calls_for_which_it_is_too_late_need_no_agent_and_are_lost() -> None:
    flight = Flight(calls=4, lost=2, agents=3)
    assert flight.one_to_one == 1
    assert flight.uncovered() == 2
    assert flight.uncovered(more=3) == 4
    assert admitted(flight, Exposure(rate=THREE_LEFT, most=300, here=4), 10) == 2


def test_what_no_agent_covers_in_other_pools_is_taken_off() -> None:
    exposure = Exposure(rate=THREE_LEFT, most=300, here=0, elsewhere=20, uncovered=2)
    assert admitted(Flight(calls=0, agents=1), exposure, 10) == 2


def test_calls_of_others_in_the_pool_may_take_the_agents_first() -> None:
    """Two calls of another campaign ring for the two agents: one more may be lost, and it may be ours."""
    mine = Exposure(rate=USED_UP, most=300, here=0)
    assert admitted(Flight(calls=2, agents=2), mine, 5) == 0


def test_a_campaign_is_not_put_at_risk_by_the_calls_of_another() -> None:
    """It has one call in flight and nothing left to lose, so nobody may dial for its agent."""
    theirs = Exposure(rate=USED_UP, most=300, here=1, ours=False)
    assert admitted(Flight(calls=1, agents=2), theirs, 5) == 1
    assert (
        admitted(Flight(calls=1, agents=2), Exposure(rate=THREE_LEFT, most=300, here=1, ours=False), 5) == 5
    )


def test_detection_may_lose_calls_that_have_an_agent() -> None:
    """A tenth of the calls may be hung up on by mistake, and three may be lost: 22 with an agent, and one
    without (22 / 10 + 1 is 3.2), or 20 and one."""
    exposure = Exposure(rate=THREE_LEFT, most=300, here=20, mistaken=Fraction(1, 10))
    assert admitted(Flight(calls=20, agents=20), exposure, 5) == 1
    assert admitted(Flight(calls=20, agents=25), exposure, 5) == 5


COUNTS = st.integers(0, 40)


@given(
    lost=st.integers(0, 10),
    connected=st.integers(0, 400),
    most=st.sampled_from([200, 300, 500]),
    calls=COUNTS,
    others=COUNTS,
    too_late=COUNTS,
    agents=COUNTS,
    elsewhere=COUNTS,
    uncovered=COUNTS,
    mistaken=st.sampled_from([Fraction(0), Fraction(1, 100), Fraction(1)]),
    ours=st.booleans(),
    wanted=COUNTS,
)
def test_admission_is_the_most_that_fits_and_the_worst_case_never_goes_over(
    lost: int,
    connected: int,
    most: int,
    calls: int,
    others: int,
    too_late: int,
    agents: int,
    elsewhere: int,
    uncovered: int,
    mistaken: Fraction,
    ours: bool,
    wanted: int,
) -> None:
    flight = Flight(calls=calls + others, lost=min(too_late, calls), agents=agents)
    exposure = Exposure(
        rate=rate(lost, lost + connected),
        most=most,
        here=calls,
        elsewhere=elsewhere,
        uncovered=min(uncovered, elsewhere),
        mistaken=mistaken,
        ours=ours,
    )
    found = admitted(flight, exposure, wanted)
    assert min(wanted, flight.one_to_one) <= found <= wanted
    left = room(exposure.rate, most)
    fitting = [more for more in range(wanted + 1) if exposure.worst(flight, more) <= left]
    assert found == max([*fitting, min(wanted, flight.one_to_one)])
    if found > flight.one_to_one:
        without = max(flight.lost, flight.calls + found - flight.agents)
        begun = calls + (found if ours else 0)
        x = min(begun, without) + exposure.uncovered
        y = x + mistaken * (begun + elsewhere - x)
        assert lost + y <= Fraction(most, 10_000) * (lost + connected + y)
