"""Abandonment by hand: each regime's formula, its window, and how many may still be lost."""

from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given, strategies as st

from engine.compliance.abandonment import (
    COUNTED_AS,
    Met,
    Rate,
    Tally,
    account,
    headroom,
    rate_of,
    window,
)
from engine.compliance.terms import Abandonment, Formula, Period
from engine.compliance.zones import clock
from engine.domain.compliance import AmdTestRecord
from engine.domain.time import DAY
from tests.compliance.dials import at

NOW: Final = at("2026-11-24T12:00:00+00:00")
LONDON: Final = clock("Europe/London")
TEST: Final = AmdTestRecord(tested_at=0, sample=1000, false_positives=10)  # 1 %


@pytest.mark.parametrize(
    ("formula", "counts", "lost", "counted"),
    [
        # 3 abandoned and 97 connected: 3 of 100, whatever machines answered
        (Formula.PERSON_ANSWERED, Tally(abandoned=3, connected=97, machines_hung_up=500), "3", "100"),
        (Formula.PERSON_ANSWERED, Tally(), "0", "0"),
        # 40 abandoned, and 1 % of 1,000 machines: 50 of 50 + 950
        (Formula.GB_AMD, Tally(abandoned=40, machines_hung_up=1000, connected=950), "50", "1000"),
        # 60 dropped; agents met 250 machines and 750 people: a quarter of the drops were machines
        (Formula.GB_NO_AMD, Tally(abandoned=60, connected=750, machines_to_agents=250), "45", "795"),
        # nobody met anybody: every drop counts
        (Formula.GB_NO_AMD, Tally(abandoned=4), "4", "4"),
        (Formula.PLACED, Tally(abandoned=5, connected=45, nobody=40, leavers=4, served=6), "5", "100"),
        # whoever left in time, or heard a recording, is counted for nothing else
        (Formula.PERSON_ANSWERED, Tally(abandoned=1, connected=9, leavers=90, served=90), "1", "10"),
    ],
)
def test_what_is_lost_and_of_how_many(formula: Formula, counts: Tally, lost: str, counted: str) -> None:
    rate = rate_of(formula, counts, TEST)
    assert (rate.lost, rate.counted) == (Fraction(lost), Fraction(counted))


def test_detection_that_was_never_tested_is_taken_to_be_always_wrong() -> None:
    rate = rate_of(Formula.GB_AMD, Tally(machines_hung_up=10, connected=90))
    assert rate.share == Fraction(1, 10)


def test_the_share_of_nothing_is_nothing() -> None:
    assert Rate(lost=Fraction(0), counted=Fraction(0)).share == 0


@pytest.mark.parametrize(
    ("lost", "counted", "most", "room"),
    [
        (0, 0, 300, 0),  # an empty window has no room: one call for one agent
        (0, 32, 300, 0),  # 1 of 33 is 3.03 %
        (0, 33, 300, 1),  # 1 of 34 is 2.94 %
        (0, 97, 300, 3),  # 3 of 100 is the limit, and the limit is allowed
        (0, 96, 300, 2),
        (3, 100, 300, 0),
        (2, 100, 300, 1),  # 3 of 101
        (2, 99, 300, 1),  # 3 of 100
        (2, 98, 300, 0),  # 3 of 99 is 3.03 %
        (10, 1000, 300, 20),  # 30 of 1020 is 2.94 %, 31 of 1021 is 3.04 %
        (40, 1000, 300, 0),  # over already
        (0, 95, 500, 5),
        (0, 1_000_000, 300, 30_927),
        (0, 100, 0, 0),
    ],
)
def test_how_many_may_still_be_lost(lost: int, counted: int, most: int, room: int) -> None:
    assert headroom(Rate(lost=Fraction(lost), counted=Fraction(counted)), most) == room


@given(st.integers(0, 500), st.integers(0, 5000), st.integers(1, 2000))
def test_the_room_is_exactly_what_fits(lost: int, more: int, most: int) -> None:
    counted = lost + more
    room = headroom(Rate(lost=Fraction(lost), counted=Fraction(counted)), most)
    limit = Fraction(most, 10_000)
    if room:
        assert Fraction(lost + room, counted + room) <= limit
    assert Fraction(lost + room + 1, counted + room + 1) > limit or not counted


def limit(period: Period, length: int | None = None) -> Abandonment:
    return Abandonment(most=300, formula=Formula.PERSON_ANSWERED, period=period, length=length)


@pytest.mark.parametrize(
    ("period", "length", "now", "start", "end"),
    [
        (Period.DAY, None, "2026-10-25T12:00Z", "2026-10-25T00:00+01:00", "2026-10-26T00:00Z"),
        (Period.MONTH, None, "2026-03-31T23:30Z", "2026-04-01T00:00+01:00", "2026-05-01T00:00+01:00"),
        (Period.MONTH, None, "2026-12-31T12:00Z", "2026-12-01T00:00Z", "2027-01-01T00:00Z"),
        (Period.SUCCESSIVE, 30 * DAY, "2026-01-30T23:59Z", "2026-01-01T00:00Z", "2026-01-31T00:00Z"),
        (Period.SUCCESSIVE, 30 * DAY, "2026-01-31T00:00Z", "2026-01-31T00:00Z", "2026-03-02T00:00Z"),
    ],
)
def test_the_window_that_counts(period: Period, length: int | None, now: str, start: str, end: str) -> None:
    began = at("2026-01-01T00:00Z")
    assert window(limit(period, length), now=at(now), began=began, clock=LONDON) == (at(start), at(end))


def test_a_rolling_window_ends_now_and_what_is_as_old_as_it_is_out() -> None:
    start, end = window(limit(Period.ROLLING, DAY), now=NOW, began=0, clock=LONDON)
    inside = [start <= when < end for when in (NOW - DAY, NOW - DAY + 1, NOW, NOW + 1)]
    assert inside == [False, True, True, False]


def test_the_account_says_the_rate_the_window_and_what_is_left() -> None:
    counts = Tally(abandoned=1, connected=99, machines_hung_up=40, nobody=300, machines_to_agents=2)
    found = account(limit(Period.SUCCESSIVE, 30 * DAY), counts, (NOW - DAY, NOW + 29 * DAY))
    assert (found.start, found.end) == (NOW - DAY, NOW + 29 * DAY)
    assert (found.rate.share, found.limit) == (Fraction(1, 100), Fraction(3, 100))
    assert found.may_lose == 2  # 3 of 102 is 2.94 %
    assert not found.over


def test_an_account_at_the_limit_is_not_over_it_and_one_beyond_is() -> None:
    rolling, span = limit(Period.ROLLING, DAY), (NOW - DAY + 1, NOW + 1)
    at_limit = account(rolling, Tally(abandoned=3, connected=97), span)
    assert (at_limit.over, at_limit.may_lose) == (False, 0)
    beyond = account(rolling, Tally(abandoned=3, connected=96), span)
    assert (beyond.over, beyond.may_lose) == (True, 0)


def test_detection_is_judged_by_its_test() -> None:
    terms = Abandonment(most=300, formula=Formula.GB_AMD, period=Period.DAY)
    counts = Tally(machines_hung_up=200, connected=98)
    found = account(terms, counts, (0, DAY), TEST)
    assert found.rate == Rate(lost=Fraction(2), counted=Fraction(100))


def test_what_a_window_holds_at_the_worst_when_it_has_moved_on() -> None:
    now = Tally(
        nobody=9, leavers=8, served=7, connected=90, abandoned=3, machines_hung_up=6, machines_to_agents=5
    )
    leaving = Tally(
        nobody=1, leavers=2, served=3, connected=40, abandoned=1, machines_hung_up=4, machines_to_agents=5
    )
    assert now.without_good(leaving) == Tally(
        nobody=8, leavers=6, served=4, connected=50, abandoned=3, machines_hung_up=6, machines_to_agents=0
    )


def test_every_kind_of_call_is_counted_somewhere() -> None:
    assert {COUNTED_AS[met] for met in Met} == set(Tally.__slots__)
