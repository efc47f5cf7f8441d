"""When a re-entry is a true one, and when the job comes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from engine.domain.segments import AllOf, SegmentPolicy
from engine.domain.time import DAY, HOUR, MINUTE, Instant, instant, iso
from engine.segments.observation import Membership, ReentrySetting, Seen, resets, seen, switched
from engine.segments.schedule import next_look

ON = ReentrySetting(on=True, since=100)
OFF = ReentrySetting()


def out(since: Instant) -> Membership:
    return Membership(inside=False, since=since)


def inside(since: Instant) -> Membership:
    return Membership(inside=True, since=since)


def test_a_first_entry_never_counts_as_a_re_entry() -> None:
    assert seen(None, inside=True, setting=ON) is Seen.FIRST_ENTRY


def test_a_lead_that_was_never_inside_is_nothing_new() -> None:
    assert seen(None, inside=False, setting=ON) is Seen.NOTHING_NEW


@pytest.mark.parametrize("setting", [ON, OFF])
def test_what_is_as_before_is_nothing_new(setting: ReentrySetting) -> None:
    assert seen(inside(50), inside=True, setting=setting) is Seen.NOTHING_NEW
    assert seen(out(150), inside=False, setting=setting) is Seen.NOTHING_NEW


def test_an_exit_is_seen_whatever_the_setting() -> None:
    assert seen(inside(50), inside=False, setting=ON) is Seen.LEFT
    assert seen(inside(50), inside=False, setting=OFF) is Seen.LEFT


def test_out_first_seen_after_the_switch_and_then_in_is_a_true_re_entry() -> None:
    assert seen(out(101), inside=True, setting=ON) is Seen.RE_ENTRY


def test_out_first_seen_before_the_switch_is_none_however_often_it_is_seen_afterwards() -> None:
    assert seen(out(99), inside=True, setting=ON) is Seen.BACK


def test_with_the_setting_off_a_re_entry_changes_nothing() -> None:
    assert seen(out(101), inside=True, setting=OFF) is Seen.BACK
    assert seen(out(101), inside=True, setting=ReentrySetting(on=False, since=100)) is Seen.BACK


def test_saving_on_again_renews_nothing() -> None:
    assert switched(ON, on=True, now=200, observed_at=150) == ON
    assert switched(OFF, on=False, now=200, observed_at=150) == OFF


def test_only_the_switch_from_off_to_on_sets_the_time_from_which_exits_count() -> None:
    off = switched(ON, on=False, now=200, observed_at=150)
    assert off == ReentrySetting(on=False, since=100)
    assert switched(off, on=True, now=300, observed_at=None) == ReentrySetting(on=True, since=300)


def test_off_and_on_again_between_out_and_in_makes_it_no_re_entry() -> None:
    again = switched(switched(ON, on=False, now=200, observed_at=150), on=True, now=300, observed_at=150)
    assert seen(out(150), inside=True, setting=again) is Seen.BACK


def test_at_one_instant_a_job_before_the_switch_does_not_count_and_one_after_it_does() -> None:
    job_first = switched(OFF, on=True, now=300, observed_at=300)
    assert not resets(300, job_first)
    switch_first = switched(OFF, on=True, now=300, observed_at=299)
    assert resets(300, switch_first)


# --- when -----------------------------------------------------------------------------------------


def segment(**more: object) -> SegmentPolicy:
    return SegmentPolicy(name="hot", condition=AllOf(()), **more)  # type: ignore[arg-type]


def at(text: str) -> Instant:
    return instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_an_interval_counts_from_whole_intervals_of_the_clock() -> None:
    every = segment(every=5 * MINUTE)
    assert next_look(every, at("2026-03-02T16:03")) == at("2026-03-02T16:05")
    assert next_look(every, at("2026-03-02T16:05")) == at("2026-03-02T16:10")


def test_a_segment_that_nobody_looks_at_has_no_next_job() -> None:
    assert next_look(segment(), at("2026-03-02T16:03")) is None


def test_times_of_the_day_are_those_of_the_zone() -> None:
    twice = segment(at=(16 * 60 + 5, 16 * 60 + 6), zone="Europe/London")
    assert next_look(twice, at("2026-07-01T15:04")) == at("2026-07-01T15:05")
    assert next_look(twice, at("2026-07-01T15:05")) == at("2026-07-01T15:06")
    assert next_look(twice, at("2026-07-01T15:06")) == at("2026-07-02T15:05")
    assert next_look(twice, at("2026-01-01T16:04")) == at("2026-01-01T16:05")


def test_a_time_that_the_clock_change_skips_comes_as_much_later() -> None:
    night = segment(at=(90,), zone="Europe/London")
    assert next_look(night, at("2026-03-28T12:00")) == at("2026-03-29T01:30")


def test_a_time_that_comes_twice_is_meant_the_first_time() -> None:
    night = segment(at=(90,), zone="Europe/London")
    assert next_look(night, at("2026-10-24T12:00")) == at("2026-10-25T00:30")
    assert next_look(night, at("2026-10-25T00:30")) == at("2026-10-26T01:30")


@settings(max_examples=100)
@given(
    after=st.integers(at("2026-01-01T00:00"), at("2027-01-01T00:00")),
    times=st.lists(st.integers(0, 24 * 60 - 1), min_size=1, max_size=3, unique=True),
    zone=st.sampled_from(("Europe/London", "Pacific/Apia", "America/Los_Angeles", "Asia/Kathmandu")),
)
def test_the_next_time_is_later_and_within_a_day_or_a_clock_change(
    after: Instant, times: list[int], zone: str
) -> None:
    found = next_look(segment(at=tuple(times), zone=zone), after)
    assert found is not None
    assert after < found <= after + DAY + HOUR, iso(found)
