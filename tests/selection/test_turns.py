"""The turn of a lead among those never called: one order for each kind, the same for whoever asks when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from engine.domain.selection import LeadOrder, ListShare, NewLeads, PhonePolicy
from engine.selection.turns import LAST, LATEST, measure, turn_of

SCORE = NewLeads(by=LeadOrder.FIELD, field="score")
DOWNWARDS = NewLeads(by=LeadOrder.FIELD, field="score", descending=True)


def turn(order: NewLeads, value: str | None = None, *, lead: int = 1, imported_at: int = 0) -> int:
    return turn_of(order, "orders", lead, imported_at=imported_at, value=value)


def test_leads_in_the_order_in_which_they_came_have_equal_turns() -> None:
    assert {turn(NewLeads(), lead=lead, imported_at=lead) for lead in range(9)} == {0}


@given(st.integers(0, LATEST), st.integers(0, LATEST))
def test_the_newest_import_goes_first(one: int, other: int) -> None:
    order = NewLeads(by=LeadOrder.NEWEST_IMPORT)
    assert (turn(order, imported_at=one) < turn(order, imported_at=other)) == (one > other)


def test_a_seed_shuffles_and_another_seed_and_another_campaign_shuffle_otherwise() -> None:
    def shuffled(seed: int, campaign: str = "orders") -> list[int]:
        order = NewLeads(by=LeadOrder.RANDOM, seed=seed)
        return sorted(range(50), key=lambda lead: turn_of(order, campaign, lead, imported_at=0))

    assert shuffled(1) == shuffled(1)
    assert len({tuple(each) for each in (range(50), shuffled(1), shuffled(2), shuffled(1, "news"))}) == 4


def test_every_lead_has_the_same_chance_of_every_place() -> None:
    order = NewLeads(by=LeadOrder.RANDOM, seed=3)
    early = sum(turn(order, lead=lead) < 1 << 52 for lead in range(10_000))
    assert abs(early - 5_000) < 4 * 50  # four standard deviations


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2))
def test_numbers_go_by_their_value_and_backwards_if_descending(values: list[float]) -> None:
    one, other = (turn(SCORE, repr(value)) for value in values)
    down, below = (turn(DOWNWARDS, repr(value)) for value in values)
    if values[0] < values[1]:
        assert one <= other
        assert down >= below
    if values[0] == values[1]:
        assert (one, down) == (other, below)


@given(st.integers(-(2**50), 2**50), st.integers(-(2**50), 2**50))
def test_whole_numbers_are_never_confused(one: int, other: int) -> None:
    assert (turn(SCORE, str(one)) < turn(SCORE, str(other))) == (one < other)


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(seconds=1), timedelta(days=4000)))
def test_times_go_by_their_instant(moment: datetime, later: timedelta) -> None:
    moment = moment.replace(year=min(moment.year, 9000))
    assert turn(SCORE, moment.isoformat()) < turn(SCORE, (moment + later).isoformat())


@pytest.mark.parametrize("order", [SCORE, DOWNWARDS], ids=["ascending", "descending"])
@pytest.mark.parametrize("value", [None, "", "soon", "nan", "inf", "1_000", "2026-13-01"])
def test_a_lead_without_a_number_or_a_date_comes_last(order: NewLeads, value: str | None) -> None:
    assert turn(order, value) == LAST
    assert turn(order, "1e308") < LAST
    assert turn(order, "-1e308") < LAST


@given(
    st.sampled_from(
        [NewLeads(), SCORE, DOWNWARDS, NewLeads(by=LeadOrder.RANDOM), NewLeads(by=LeadOrder.NEWEST_IMPORT)]
    ),
    st.floats(allow_nan=False).map(repr) | st.none() | st.text(max_size=5),
    st.integers(0, LATEST),
)
def test_every_turn_fits_the_store(order: NewLeads, value: str | None, imported_at: int) -> None:
    assert 0 <= turn(order, value, imported_at=imported_at) <= LAST


def test_a_date_and_its_midnight_in_utc_are_one_moment() -> None:
    assert measure("2026-03-02") == measure("2026-03-02T00:00:00Z") == measure(" 2026-03-02T01:00:00+01:00 ")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: NewLeads(by=LeadOrder.FIELD),
        lambda: NewLeads(field="score"),
        lambda: ListShare(weight=0),
        lambda: PhonePolicy(attempts_each=0),
        lambda: PhonePolicy(rest=-1),
    ],
)
def test_what_means_nothing_is_no_value(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"order|weight|attempts_each|rest"):
        wrong()  # type: ignore[operator]
