"""What the store says of abandoned calls: by hand for each regime, and against the calls one by one."""

from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given, settings, strategies as st

from engine.compliance.abandonment import COUNTED_AS, Counted, Met, Rate, Tally
from engine.domain.compliance import AmdTestRecord
from engine.domain.policy import Amd
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant
from engine.store.call_counts import QUARTER, calls_of, first_call, tally_of
from tests.compliance.dials import at
from tests.store.ledgers import Ledger, ledger, ruled

NOW: Final = at("2026-11-24T12:00:00+00:00")
TEST: Final = AmdTestRecord(tested_at=0, sample=1000, false_positives=10)  # 1 %


def rate(lost: str, counted: str) -> Rate:
    return Rate(lost=Fraction(lost), counted=Fraction(counted))


# --- each regime by hand --------------------------------------------------------------------------


def test_america_counts_successive_thirty_days_from_the_first_call() -> None:
    with ledger(ruled(profile="us-sales")) as book:
        began = at("2026-09-01T15:00:00+00:00")
        book.calls(Met.NOBODY, began)
        book.calls(Met.ABANDONED, began + 29 * DAY, count=4)  # of the first period
        book.calls(Met.CONNECTED, began + 30 * DAY - 1, count=6)
        book.calls(Met.ABANDONED, began + 30 * DAY, count=1)  # of the second
        book.calls(Met.CONNECTED, began + 30 * DAY, began + 40 * DAY, count=49)
        book.calls(Met.MACHINE_HUNG_UP, began + 40 * DAY, count=70)
        first = book.standing("US-TSR-SAFE-HARBOR", began + 30 * DAY - 1)
        assert (first.account.start, first.account.end) == (began, began + 30 * DAY)
        assert first.account.rate.share == Fraction(4, 10)
        assert (first.account.over, first.account.may_lose) == (True, 0)
        second = book.standing("US-FCC-ABANDON", began + 41 * DAY)
        assert (second.account.start, second.account.end) == (began + 30 * DAY, began + 60 * DAY)
        assert second.account.rate.share == Fraction(1, 99)
        assert second.account.may_lose == 2  # 3 of 101
        assert second.counts == Tally(abandoned=1, connected=98, machines_hung_up=70)


def test_britain_without_detection_takes_machines_out_of_the_drops() -> None:
    with ledger() as book:
        book.calls(Met.ABANDONED, NOW - HOUR, count=6)
        book.calls(Met.CONNECTED, NOW - 2 * HOUR, count=150)
        book.calls(Met.MACHINE_TO_AGENT, NOW - 3 * HOUR, count=50)
        found = book.standing("UK-ACR-2016", NOW)
        # a quarter of what agents met were machines: 4.5 of 154.5
        assert found.account.rate == rate("9/2", "309/2")
        assert found.alerting
        assert not found.account.over


def test_britain_with_detection_adds_a_share_of_the_machines() -> None:
    with ledger(ruled(amd=Amd(enabled=True), amd_test=TEST)) as book:
        book.calls(Met.ABANDONED, NOW - HOUR, count=1)
        book.calls(Met.MACHINE_HUNG_UP, NOW - HOUR, count=200)
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        found = book.standing("UK-ACR-AMD", NOW)
        assert found.account.rate == rate("3", "100")
        assert (found.account.may_lose, found.account.over) == (0, False)
        assert book.standing("UK-ACR-AMD", NOW, scope="call-centre", whose="main").account == found.account


def test_twenty_four_hours_roll_and_a_day_is_the_local_one() -> None:
    """The day on which the clocks go back has 25 hours."""
    with ledger(ruled(zone="Europe/London")) as book:
        midnight = at("2026-10-25T00:00:00+01:00")
        book.calls(Met.ABANDONED, midnight - 1, midnight)
        book.calls(Met.CONNECTED, midnight + 24 * HOUR, count=9)
        late = midnight + 25 * HOUR - 1
        day, rolling = book.standing("UK-ACR-2016-DAY", late), book.standing("UK-ACR-2016", late)
        assert (day.account.start, day.account.end) == (midnight, midnight + 25 * HOUR)
        assert day.counts == Tally(abandoned=1, connected=9)
        assert rolling.counts == Tally(connected=9)
        assert book.standing("UK-ACR-2016", midnight + 24 * HOUR - 1).counts == Tally(abandoned=1)
        assert book.standing("UK-ACR-2016-DAY", late + 1).counts == Tally()


def test_canada_counts_the_local_month_of_those_answered_and_of_those_placed() -> None:
    with ledger(ruled(profile="ca-sales", zone="America/St_Johns")) as book:
        month = at("2026-11-01T00:00:00-02:30")  # half an hour off the hour
        book.calls(Met.ABANDONED, month - 1, month, month + 20 * DAY)
        book.calls(Met.CONNECTED, month + DAY, count=38)
        book.calls(Met.NOBODY, month + DAY, count=60)
        answered = book.standing("CA-ABANDON", month + 21 * DAY)
        assert answered.account.rate == rate("2", "40")
        assert answered.account.may_lose == 0  # 3 of 41 is 7.3 %
        placed = book.standing("CA-ABANDON-PLACED", month + 21 * DAY)
        assert placed.account.rate == rate("2", "100")
        assert placed.account.may_lose == 3  # 5 of 103
        december = at("2026-12-01T00:00:00-03:30")
        assert answered.account.end == december
        assert book.standing("CA-ABANDON", december).counts == Tally()


def test_italy_counts_what_was_answered() -> None:
    with ledger(ruled(profile="it-sales")) as book:
        book.calls(Met.CONNECTED, NOW - DAY, count=97)
        book.calls(Met.ABANDONED, NOW, count=3)
        found = book.standing("IT-MUTE", NOW)
        assert (found.account.rate.share, found.account.over) == (Fraction(3, 100), False)


def test_a_call_centre_and_a_drop_group_add_up_their_campaigns() -> None:
    policies = [
        ruled("orders", drop_group="spring"),
        ruled("renewals", drop_group="spring"),
        ruled("surveys"),
        ruled("america", "us-sales"),
    ]
    with ledger(*policies) as book:
        for number, policy in enumerate(policies, start=1):
            book.calls(Met.CONNECTED, NOW, campaign=policy.name, count=10**number // 10)
        assert book.standing("UK-ACR-2016", NOW).counts.connected == 1
        spring = book.standing("UK-ACR-2016", NOW, scope="drop-group", whose="spring")
        centre = book.standing("UK-ACR-2016", NOW, scope="call-centre", whose="main")
        assert (spring.counts.connected, centre.counts.connected) == (11, 111)
        assert {each.limit.rule.id for each in book.accounts(NOW).all("america")} == {
            "US-FCC-ABANDON",
            "US-TSR-SAFE-HARBOR",
        }


def test_a_past_instant_sees_only_what_had_happened() -> None:
    with ledger(ruled(profile="us-sales")) as book:
        book.calls(Met.CONNECTED, NOW, NOW + HOUR)
        assert book.standing("US-FCC-ABANDON", NOW + HOUR - 1).counts == Tally(connected=1)
        assert book.standing("US-FCC-ABANDON", NOW - DAY).counts == Tally()


# --- against the calls one by one -----------------------------------------------------------------

HORIZON: Final = 75 * HOUR
MOMENTS = st.one_of(
    st.integers(0, HORIZON),
    st.builds(lambda number, off: max(0, number * QUARTER + off), st.integers(0, 300), st.integers(-1, 1)),
)


def by_hand(calls: list[tuple[Met, Instant]], start: Instant, end: Instant) -> Tally:
    counts = dict.fromkeys(COUNTED_AS.values(), 0)
    for met, when in calls:
        if start <= when < end:
            counts[COUNTED_AS[met]] += 1
    return Tally(**counts)


@settings(max_examples=60)
@given(
    calls=st.lists(st.tuples(st.sampled_from(Met), MOMENTS), max_size=25),
    windows=st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=8),
)
def test_any_window_of_the_sums_is_that_of_the_calls(
    calls: list[tuple[Met, Instant]], windows: list[tuple[Instant, Instant]]
) -> None:
    with ledger() as book:
        for met, when in calls:
            book.calls(met, when)
        for start, end in windows:
            assert tally_of(book.sql, ["orders"], start, end) == by_hand(calls, start, end)


def test_the_calls_of_a_window_are_there_one_by_one() -> None:
    with ledger() as book:
        book.calls(Met.ABANDONED, NOW + SECOND, NOW)
        book.calls(Met.CONNECTED, NOW + MINUTE)
        assert list(calls_of(book.sql, "orders", NOW, NOW + MINUTE)) == [
            (2, Counted(at=NOW, met=Met.ABANDONED)),
            (1, Counted(at=NOW + SECOND, met=Met.ABANDONED)),
        ]
        assert first_call(book.sql, ["nobody", "orders"]) == NOW
        assert first_call(book.sql, ["nobody"]) is None


@pytest.mark.parametrize("start", [NOW, NOW + QUARTER - 1, NOW + 1])
def test_a_window_within_a_quarter_is_exact(start: Instant) -> None:
    with ledger() as book:
        book.calls(Met.CONNECTED, start, start + 1)
        assert tally_of(book.sql, ["orders"], start, start + 1) == Tally(connected=1)


def nothing_counted(book: Ledger) -> bool:
    return book.sql.execute("SELECT 1 FROM call_counts").fetchone() is None


def test_a_store_in_which_nobody_keeps_rules_has_no_accounts() -> None:
    with ledger(ruled(compliance=None)) as book:
        assert list(book.accounts(NOW).all()) == []
        assert book.accounts(NOW).limits("orders") == []
        assert nothing_counted(book)
