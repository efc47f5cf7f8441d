"""Business hours against a person reading a wall clock, minute by minute."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from engine.compliance import hours as hours_module
from engine.compliance.hours import is_open, next_opening
from engine.domain.policy import BusinessHours, Window
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant, instant


def at(text: str) -> Instant:
    return instant(datetime.fromisoformat(text))


def daily(zone: str, *windows: str, holidays: tuple[str, ...] = ()) -> BusinessHours:
    return BusinessHours(zone=zone, week=(tuple(map(window, windows)),) * 7, holidays=holidays)


def window(text: str) -> Window:
    opens, closes = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return Window(opens=opens, closes=closes)


# --- the edges of a window ----------------------------------------------------------------------


def test_open_at_the_opening_instant_and_closed_at_the_closing_one() -> None:
    office = daily("Europe/London", "09:00-17:00")
    assert not is_open(office, at("2026-01-05T09:00:00+00:00") - 1)
    assert is_open(office, at("2026-01-05T09:00:00+00:00"))
    assert is_open(office, at("2026-01-05T17:00:00+00:00") - 1)
    assert not is_open(office, at("2026-01-05T17:00:00+00:00"))


def test_the_next_opening_is_now_when_open_and_else_the_first_open_instant() -> None:
    office = daily("Europe/London", "09:00-12:00", "13:00-17:00")
    noon = at("2026-01-05T12:00:00+00:00")
    assert next_opening(office, noon - 1) == noon - 1
    assert next_opening(office, noon) == noon + HOUR
    assert next_opening(office, noon + 5 * HOUR) == noon + 21 * HOUR


def test_twenty_four_hours_close_at_the_next_midnight_and_two_such_days_never_close_between() -> None:
    always = daily("America/New_York", "00:00-24:00", holidays=("2026-01-07",))
    midnight = at("2026-01-06T00:00:00-05:00")
    assert is_open(always, midnight - 1)
    assert is_open(always, midnight)
    assert is_open(always, midnight + DAY - 1)
    assert not is_open(always, midnight + DAY)
    assert next_opening(always, midnight + DAY) == midnight + 2 * DAY


def test_weekdays_are_those_of_the_local_date() -> None:
    mondays = BusinessHours(zone="Pacific/Auckland", week=((window("00:00-24:00"),), *[()] * 6))
    assert is_open(mondays, at("2026-01-04T20:00:00+00:00"))  # Monday morning in Auckland
    assert not is_open(mondays, at("2026-01-05T20:00:00+00:00"))


def test_a_holiday_is_closed_for_the_whole_local_day() -> None:
    office = daily("Asia/Kolkata", "00:00-24:00", holidays=("2026-01-26",))
    start = at("2026-01-26T00:00:00+05:30")
    assert is_open(office, start - 1)
    assert not is_open(office, start)
    assert not is_open(office, start + DAY - 1)
    assert next_opening(office, start + 7 * HOUR) == start + DAY


def test_hours_that_never_open_have_no_next_opening() -> None:
    never = BusinessHours(zone="UTC", week=((),) * 7)
    assert not is_open(never, 0)
    assert next_opening(never, 0) is None


# --- daylight saving ----------------------------------------------------------------------------


def test_a_window_that_opens_inside_the_spring_gap_opens_at_the_first_instant_after_it() -> None:
    office = daily("Europe/London", "01:30-05:00")
    gap = at("2026-03-29T01:00:00+00:00")  # 01:00 GMT is 02:00 BST
    assert next_opening(office, gap - HOUR) == gap
    assert not is_open(office, gap - 1)
    assert is_open(office, gap)
    assert not is_open(office, at("2026-03-29T05:00:00+01:00"))


def test_a_window_inside_the_spring_gap_does_not_open_that_day() -> None:
    office = daily("Europe/London", "01:15-01:45")
    assert next_opening(office, at("2026-03-29T00:00:00+00:00")) == at("2026-03-30T01:15:00+01:00")


def test_a_wall_time_that_comes_twice_in_autumn_is_open_twice() -> None:
    office = daily("Europe/London", "01:15-01:45")
    first, second = at("2026-10-25T01:15:00+01:00"), at("2026-10-25T01:15:00+00:00")
    assert second - first == HOUR
    assert next_opening(office, first - HOUR) == first
    assert is_open(office, first + 30 * MINUTE - 1)
    assert next_opening(office, first + 30 * MINUTE) == second
    assert is_open(office, second + 30 * MINUTE - 1)
    assert not is_open(office, second + 30 * MINUTE)


def test_a_window_over_the_autumn_change_is_an_hour_longer() -> None:
    office = daily("America/New_York", "00:30-03:00")
    opens, closes = at("2026-11-01T00:30:00-04:00"), at("2026-11-01T03:00:00-05:00")
    assert closes - opens == 3 * HOUR + 30 * MINUTE
    minutes = range(opens - MINUTE, closes + MINUTE, MINUTE)
    assert [minute for minute in minutes if not is_open(office, minute)] == [opens - MINUTE, closes]


def test_a_day_that_a_zone_skipped_is_no_day() -> None:
    fridays = BusinessHours(zone="Pacific/Apia", week=((), (), (), (), (window("00:00-24:00"),), (), ()))
    thursday = at("2011-12-29T12:00:00-10:00")  # and the next day was Saturday
    assert next_opening(fridays, thursday) == at("2012-01-06T00:00:00+14:00")


# --- by the minute ------------------------------------------------------------------------------

WEEKS: Final = [
    ("Europe/London", "2026-03-29"),
    ("Europe/London", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),  # half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/St_Johns", "2026-03-08"),
    ("America/St_Johns", "2010-11-07"),  # at one minute past midnight
    ("America/Sao_Paulo", "2018-11-04"),  # midnight itself does not exist
    ("Asia/Kolkata", "2026-10-25"),
    ("Pacific/Apia", "2011-12-30"),
    ("UTC", "2026-01-01"),
]
SPAN_DAYS: Final = 10


@dataclass(frozen=True, slots=True)
class WallClock:
    """What a wall clock showed at each minute: the date, the weekday and the minute of the day."""

    start: Instant
    minutes: tuple[tuple[str, int, int], ...]

    def open_minutes(self, hours: BusinessHours) -> list[bool]:
        return [
            date not in hours.holidays and any(w.opens <= minute < w.closes for w in hours.week[weekday])
            for date, weekday, minute in self.minutes
        ]


@cache
def wall_clock(zone: str, around: str) -> WallClock:
    start = instant(datetime.fromisoformat(around).replace(tzinfo=UTC)) - 4 * DAY
    shown = []
    for minute in range(start, start + SPAN_DAYS * DAY, MINUTE):
        local = datetime.fromtimestamp(minute // SECOND, ZoneInfo(zone))
        shown.append((local.date().isoformat(), local.weekday(), local.hour * 60 + local.minute))
    return WallClock(start, tuple(shown))


windows = st.lists(
    st.integers(0, 96).map(lambda quarter: quarter * 15), min_size=2, max_size=2, unique=True
).map(lambda pair: Window(opens=min(pair), closes=max(pair)))
odd_windows = st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True).map(
    lambda pair: Window(opens=min(pair), closes=max(pair))
)
days = st.lists(windows | odd_windows, max_size=3).map(tuple)


@settings(max_examples=250)
@given(
    week=st.sampled_from(WEEKS),
    open_on=st.lists(days, min_size=7, max_size=7).map(tuple),
    closed_for=st.lists(st.integers(0, SPAN_DAYS - 1), max_size=3),
    asked=st.lists(st.integers(0, 4 * DAY), min_size=6, max_size=6),
)
def test_business_hours_agree_with_a_wall_clock_read_by_the_minute(
    week: tuple[str, str], open_on: tuple[tuple[Window, ...], ...], closed_for: list[int], asked: list[int]
) -> None:
    clock = wall_clock(*week)
    holidays = tuple(sorted({clock.minutes[day * 1440][0] for day in closed_for}))
    hours = BusinessHours(zone=week[0], week=open_on, holidays=holidays)
    opened = clock.open_minutes(hours)

    assert [is_open(hours, clock.start + n * MINUTE) for n in range(0, len(opened), 11)] == opened[::11]
    for since in asked:
        moment = clock.start + 2 * DAY + since
        minute = (moment - clock.start) // MINUTE
        later = next((n for n in range(minute + 1, len(opened)) if opened[n]), None)
        answer = next_opening(hours, moment)
        if opened[minute]:
            assert answer == moment
            assert is_open(hours, moment)
        elif later is None:
            assert answer is None or answer >= clock.start + SPAN_DAYS * DAY
        else:
            assert answer == clock.start + later * MINUTE


# --- the memory it may take ---------------------------------------------------------------------


def test_compiled_hours_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours_module, "_CALENDARS_MAX", 2)
    monkeypatch.setattr(hours_module, "_calendars", {})
    for hour in range(5):
        assert next_opening(daily("UTC", f"{hour:02}:00-24:00"), 0) == hour * HOUR
        assert len(hours_module._calendars) <= 2


def test_compiled_days_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours_module, "_DAYS_MAX", 3)
    monkeypatch.setattr(hours_module, "_calendars", {})
    office = daily("UTC", "09:00-17:00")
    for day in range(8):
        assert next_opening(office, day * DAY) == day * DAY + 9 * HOUR
        (calendar,) = hours_module._calendars.values()
        assert len(calendar._days) <= 3
