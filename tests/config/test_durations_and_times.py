from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from engine.config.durations import DURATION_HELP, is_duration, parse_duration, write_duration
from engine.config.names import expand
from engine.config.times import local_midnights, parse_days, parse_moment, parse_window
from engine.domain.policy import MAX_INTERVAL, Window
from engine.domain.time import DAY, HOUR, MILLISECOND, MINUTE, SECOND, instant
from engine.names import listed


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", 90 * SECOND),
        ("10m", 10 * MINUTE),
        ("2h", 2 * HOUR),
        ("30d", 30 * DAY),
        ("250ms", 250 * MILLISECOND),
        ("1h30m", 90 * MINUTE),
        ("1m250ms", MINUTE + 250 * MILLISECOND),
        ("1.7s", 1700 * MILLISECOND),
        ("0s", 0),
        ("0.5ms", 500),
    ],
)
def test_a_duration_is_a_number_and_a_unit_largest_first(text: str, duration: int) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "10", "10 s", "-1s", "s", "1s1m", "1m1m", "1e3s", ".5s", "10parsecs", "1s\n"]
)
def test_anything_else_is_no_duration(text: str) -> None:
    assert not is_duration(text)
    with pytest.raises(ValueError, match="duration") as error:
        parse_duration(text)
    assert str(error.value) == f"is {text!r}; {DURATION_HELP}"


@given(st.integers(0, MAX_INTERVAL // MILLISECOND))
def test_a_written_duration_reads_as_itself(milliseconds: int) -> None:
    duration = milliseconds * MILLISECOND
    assert parse_duration(write_duration(duration)) == duration


def test_a_window_may_end_with_the_day() -> None:
    assert parse_window("00:00-24:00") == Window(opens=0, closes=1440)


@pytest.mark.parametrize(
    ("text", "days"), [("mon", range(1)), ("mon-fri", range(5)), ("sat-sun", range(5, 7))]
)
def test_days_are_one_or_a_run(text: str, days: range) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "-", "mon-", "-mon", "Mon", "fri-mon", "mon-tue-wed"])
def test_other_days_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is '"):
        parse_days(text)


def test_midnights_are_local_to_the_offset_and_cover_every_day_of_the_span() -> None:
    start, end = (instant(parse_moment(f"2026-03-0{day}T23:30:00Z")) for day in (1, 3))
    midnights = local_midnights(start, end, timedelta(hours=1))
    assert midnights == [instant(parse_moment(f"2026-03-0{day}T00:00:00+01:00")) for day in (2, 3, 4)]


def test_a_range_of_names_keeps_its_width() -> None:
    assert expand("agent-[08-10]") == ["agent-08", "agent-09", "agent-10"]
    assert expand("[1-2]@desk") == ["1@desk", "2@desk"]
    assert expand("ann") == ["ann"]


def test_words_are_listed_as_people_list_them() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a or b"
    assert listed(["a", "b", "c"], "and") == "a, b and c"
