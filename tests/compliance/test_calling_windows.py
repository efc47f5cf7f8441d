"""Calling windows: their edges, in several zones, over daylight saving, on holidays and the days before."""

from datetime import date
from typing import Any, Final

import pytest

from engine.compliance import regime as regime_module, windows as windows_module, zones as zones_module
from engine.compliance.almanac import Almanac, HolidayCalendar, Proclamation
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.regime import Regime
from engine.compliance.rules import Means, RuleSet
from engine.compliance.terms import Consent, Hours
from engine.compliance.windows import LocalHours, Schedule
from engine.compliance.zones import clock, is_zone, local_day, stale_zones
from engine.domain.time import DAY, HOUR, MINUTE, Instant
from tests.compliance.dials import (
    PROFILE,
    at,
    daily,
    dial,
    hours,
    located,
    regime,
    rule,
    shipped,
    windows,
    zones,
)


def opening(terms: Hours, when: str, *places: str, **more: Any) -> Instant | None:
    return next_allowed(dial(regime(rule(terms), **more).prepare(zones(*places))), at(when))


# --- edges --------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_windows_are_half_open_in_every_zone(zone: str) -> None:
    one = dial(regime(rule(hours("08:00-21:00"))).prepare(zones(zone)))
    midnight = clock(zone).begins(local_day(date(2026, 11, 24)))
    assert not evaluate(one, midnight + 8 * HOUR - 1).allowed
    assert evaluate(one, midnight + 8 * HOUR).allowed
    assert evaluate(one, midnight + 21 * HOUR - 1).allowed
    assert not evaluate(one, midnight + 21 * HOUR).allowed
    assert next_allowed(one, midnight + 21 * HOUR) == midnight + 32 * HOUR


def test_split_days_wait_for_the_afternoon() -> None:
    split = hours("10:00-13:00", "14:00-20:00")
    assert opening(split, "2026-11-24T13:00:00+01:00", "Europe/Paris") == at("2026-11-24T14:00:00+01:00")


def test_every_zone_that_a_person_may_be_in_must_be_open() -> None:
    coast = ("America/New_York", "America/Los_Angeles")
    day = hours("08:00-21:00")
    assert opening(day, "2026-11-24T09:00:00-05:00", *coast) == at("2026-11-24T08:00:00-08:00")
    assert opening(day, "2026-11-24T21:00:00-05:00", *coast) == at("2026-11-25T08:00:00-08:00")


def test_zones_that_are_never_open_together_block() -> None:
    apart = dial(regime(rule(hours("09:00-10:00"))).prepare(zones("America/New_York", "America/Los_Angeles")))
    assert evaluate(apart, 0).reason == "never-open"
    assert next_allowed(apart, 0) is None


def test_the_windows_of_several_rules_are_those_of_all_of_them() -> None:
    both = regime(
        rule(hours("09:00-12:00", "15:00-20:00"), "R-1"), rule(hours("11:00-16:00", "19:00-21:00"), "R-2")
    )
    one = dial(both.prepare(zones("UTC")))
    open_at = [
        minute // 60
        for minute in range(0, 24 * 60, 60)
        if evaluate(one, at("2026-11-24T00:00:00+00:00") + minute * MINUTE).allowed
    ]
    assert open_at == [11, 15, 19]


# --- daylight saving ----------------------------------------------------------------------------


def test_the_sunday_on_which_clocks_go_forward_opens_an_hour_earlier_in_utc() -> None:
    day = hours("08:00-21:00")
    assert opening(day, "2026-03-07T23:00:00-05:00", "America/New_York") == at("2026-03-08T12:00:00+00:00")
    assert opening(day, "2026-03-06T23:00:00-05:00", "America/New_York") == at("2026-03-07T13:00:00+00:00")


def test_the_sunday_on_which_clocks_go_back_opens_an_hour_later_in_utc() -> None:
    day = hours("08:00-21:00")
    assert opening(day, "2026-10-31T23:00:00-04:00", "America/New_York") == at("2026-11-01T13:00:00+00:00")
    assert opening(day, "2026-10-25T00:00:00+01:00", "Europe/London") == at("2026-10-25T08:00:00+00:00")


def test_a_wall_time_that_is_skipped_opens_nothing_and_one_that_comes_twice_is_open_twice() -> None:
    night = hours("01:15-01:45")
    assert opening(night, "2026-03-29T00:00:00+00:00", "Europe/London") == at("2026-03-30T01:15:00+01:00")
    assert opening(night, "2026-10-25T01:45:00+01:00", "Europe/London") == at("2026-10-25T01:15:00+00:00")


def test_two_zones_that_change_on_different_sundays_are_an_hour_closer_between() -> None:
    day = hours("09:00-17:00")
    both = ("America/New_York", "Europe/London")
    assert opening(day, "2026-10-26T00:00:00+00:00", *both) == at("2026-10-26T13:00:00+00:00")
    assert opening(day, "2026-11-03T00:00:00+00:00", *both) == at("2026-11-03T14:00:00+00:00")


# --- holidays -----------------------------------------------------------------------------------

CHRISTMAS: Final = {"XX": ["2026-12-25", "2026-12-26"]}


def test_a_holiday_has_the_windows_of_holidays() -> None:
    later = hours("08:00-21:00", calendars=("XX",), on_holidays=windows("09:00-12:00"))
    when = "2026-12-24T21:00:00+00:00"
    assert opening(later, when, "UTC", holidays=CHRISTMAS) == at("2026-12-25T09:00:00+00:00")
    closed = hours("08:00-21:00", calendars=("XX",), on_holidays=())
    assert opening(closed, when, "UTC", holidays=CHRISTMAS) == at("2026-12-27T08:00:00+00:00")


def test_the_day_before_a_holiday_has_windows_of_its_own_unless_it_is_one_itself() -> None:
    eves = hours("09:00-20:00", calendars=("XX",), on_holidays=(), before_holidays=windows("10:00-19:00"))
    assert opening(eves, "2026-12-24T08:00:00+00:00", "UTC", holidays=CHRISTMAS) == at(
        "2026-12-24T10:00:00+00:00"
    )
    assert opening(eves, "2026-12-24T19:00:00+00:00", "UTC", holidays=CHRISTMAS) == at(
        "2026-12-27T09:00:00+00:00"
    )
    only_eves = hours("09:00-20:00", calendars=("XX",), before_holidays=windows("10:00-19:00"))
    assert opening(only_eves, "2026-12-25T00:00:00+00:00", "UTC", holidays=CHRISTMAS) == at(
        "2026-12-25T09:00:00+00:00"
    )


def test_the_day_before_a_holiday_is_open_only_where_its_weekday_is_too() -> None:
    """Christmas is a Friday: the day before it is open in the morning, at lunch, and in the evening."""
    eves = hours(
        "08:00-11:00", "14:00-20:00", calendars=("XX",), before_holidays=windows("10:00-15:00", "19:00-22:00")
    )
    opened = [(each.opens // 60, each.closes // 60) for each in eves.windows(3, holiday=False, eve=True)]
    assert opened == [(10, 11), (14, 15), (19, 20)]
    assert opening(eves, "2026-12-24T11:00:00+00:00", "UTC", holidays=CHRISTMAS) == at(
        "2026-12-24T14:00:00+00:00"
    )
    week = (*(windows("09:00-20:00"),) * 6, ())
    sundays = Hours(week=week, calendars=("XX",), on_holidays=(), before_holidays=windows("10:00-19:00"))
    monday = {"XX": ["2027-11-01"]}
    assert opening(sundays, "2027-10-31T00:00:00+00:00", "UTC", holidays=monday) == at(
        "2027-11-02T09:00:00+00:00"
    )


def test_a_proclaimed_day_is_a_holiday_where_it_was_proclaimed_and_in_its_parts() -> None:
    closed = rule(hours("08:00-21:00", calendars=("XX",), on_holidays=()), jurisdiction="GB-SCT")
    profile = PROFILE
    for where, is_closed in (("GB-SCT", True), ("GB", True), ("GB-WLS", False), ("US", False)):
        judged = regime(
            closed,
            holidays=CHRISTMAS,
            proclamations=(Proclamation(jurisdiction=where, day=date(2026, 11, 24)),),
            profile=profile,
        )
        place = zones("UTC")
        scottish = type(place)(number=place.number, zones=place.zones, jurisdictions=("GB", "GB-SCT"))
        assert (
            evaluate(dial(judged.prepare(scottish)), at("2026-11-24T12:00:00+00:00")).allowed is not is_closed
        )


def test_a_day_of_a_year_whose_holidays_are_not_known_is_closed() -> None:
    closed = hours("08:00-21:00", calendars=("XX",), on_holidays=())
    shut = dial(regime(rule(closed), holidays=CHRISTMAS).prepare(zones("UTC")))
    assert evaluate(shut, at("2030-12-31T12:00:00+00:00")).allowed
    assert not evaluate(shut, at("2031-01-01T12:00:00+00:00")).allowed
    assert next_allowed(shut, at("2030-12-31T21:00:00+00:00")) is None
    eves = hours("08:00-21:00", calendars=("XX",), before_holidays=())
    unknown = dial(regime(rule(eves), holidays=CHRISTMAS).prepare(zones("UTC")))
    assert evaluate(unknown, at("2030-12-30T12:00:00+00:00")).allowed
    assert not evaluate(unknown, at("2030-12-31T12:00:00+00:00")).allowed


def test_rules_whose_holidays_nobody_gave_are_refused_at_once() -> None:
    asks = rule(hours("08:00-21:00", calendars=("ZZ",), on_holidays=()))
    with pytest.raises(ValueError, match="not known: ZZ"):
        Regime(rules=RuleSet([asks]), profile=PROFILE, almanac=Almanac(), means=(Means.LIVE,))


def test_several_calendars_make_every_holiday_of_any_one() -> None:
    almanac = Almanac(
        calendars=(
            HolidayCalendar(name="A", first_year=2025, last_year=2027, holidays=(date(2026, 1, 1),)),
            HolidayCalendar(name="B", first_year=2026, last_year=2028, holidays=(date(2026, 1, 2),)),
        )
    )
    days = almanac.days(("A", "B"), "GB")
    assert [local_day(date(2026, 1, day)) in days for day in (1, 2, 3)] == [True, True, False]
    known = [days.knows(local_day(date(year, 6, 1))) for year in (2025, 2026, 2027, 2028)]
    assert known == [False, True, True, False]


# --- in force -----------------------------------------------------------------------------------


def test_a_rule_holds_from_where_its_first_date_begins_first_to_where_its_last_ends_last() -> None:
    brief = rule(Hours(week=((),) * 7), effective_from=date(2026, 11, 24), effective_to=date(2026, 11, 25))
    one = dial(regime(brief).prepare(zones("UTC")))
    starts, ends = at("2026-11-24T00:00:00+14:00"), at("2026-11-26T00:00:00-12:00")
    assert (brief.starts, brief.ends) == (starts, ends)
    assert evaluate(one, starts - 1).allowed
    assert not evaluate(one, starts).allowed
    assert not evaluate(one, ends - 1).allowed
    assert next_allowed(one, starts) == ends


def test_windows_before_and_after_a_change_of_the_rules_are_those_of_their_time() -> None:
    old = rule(hours("09:00-17:00"), "R-1", effective_to=date(2026, 11, 24))
    new = rule(hours("10:00-12:00"), "R-2", effective_from=date(2026, 11, 26))
    one = dial(regime(old, new).prepare(zones("UTC")))
    assert next_allowed(one, at("2026-11-24T17:00:00+00:00")) == at("2026-11-25T09:00:00+00:00")
    assert next_allowed(one, at("2026-11-25T12:00:00+00:00")) == at("2026-11-26T10:00:00+00:00")


# --- the shipped windows, from east to west -----------------------------------------------------


@pytest.mark.parametrize(
    ("number", "state", "opens"),
    [
        ("+12125550123", "NY", "2026-11-24T08:00:00-05:00"),
        ("+13055550123", "FL", "2026-11-24T08:00:00-06:00"),  # the state has two zones
        ("+13125550123", "IL", "2026-11-24T08:00:00-06:00"),
        ("+13035550123", "CO", "2026-11-24T08:00:00-07:00"),
        ("+12135550123", "CA", "2026-11-24T08:00:00-08:00"),
        ("+16055550123", "SD", "2026-11-24T09:00:00-07:00"),  # two zones, and a later start
        ("+15025550123", "KY", "2026-11-24T10:00:00-06:00"),
    ],
)
def test_a_day_opens_from_east_to_west(number: str, state: str, opens: str) -> None:
    judged = shipped("us-sales").schedule(
        [
            one
            for one in shipped("us-sales").holding(located(number, "US", state=state))
            if isinstance(one.terms, Hours)
        ],
        tuple(clock(zone) for zone in located(number, "US", state=state).zones),
    )
    assert judged.next_opening(at("2026-11-24T04:00:00-05:00")) == at(opens)


@pytest.mark.parametrize(
    ("profile", "number", "country", "when", "opens"),
    [
        ("fr-sales", "+33123456789", "FR", "2026-12-24T20:00:00+01:00", "2026-12-28T10:00:00+01:00"),
        ("it-sales", "+390612345678", "IT", "2026-12-23T20:00:00+01:00", "2026-12-24T10:00:00+01:00"),
        ("it-sales", "+390612345678", "IT", "2026-12-24T19:00:00+01:00", "2026-12-28T09:00:00+01:00"),
        ("it-sales", "+390612345678", "IT", "2027-10-30T19:00:00+02:00", "2027-11-02T09:00:00+01:00"),
        ("es-sales", "+34910111201", "ES", "2027-04-22T21:00:00+02:00", "2027-04-26T09:00:00+02:00"),
        ("de-sales", "+493023125001", "DE", "2027-05-26T20:00:00+02:00", "2027-05-28T08:00:00+02:00"),
        ("es-sales", "+34928123456", "ES", "2026-11-24T08:30:00+00:00", "2026-11-24T09:00:00+00:00"),
        ("uk-sales", "+442079460001", "GB", "2026-12-25T00:00:00+00:00", "2026-12-25T09:00:00+00:00"),
        ("za-sales", "+27111234567", "ZA", "2026-11-28T13:00:00+02:00", "2026-11-30T08:00:00+02:00"),
        ("in-sales", "+911123456789", "IN", "2026-11-24T09:59:00+05:30", "2026-11-24T10:00:00+05:30"),
        ("ca-sales", "+14165550123", "CA", "2026-11-27T21:30:00-05:00", "2026-11-28T10:00:00-05:00"),
        ("au-sales", "+61298765432", "AU", "2026-11-28T17:00:00+11:00", "2026-11-30T09:30:00+11:00"),
    ],
)
def test_the_windows_of_other_countries(
    profile: str, number: str, country: str, when: str, opens: str
) -> None:
    prepared = shipped(profile).prepare(located(number, country, kind="fixed-line"))
    assert prepared.plan.schedule.next_opening(at(when)) == at(opens)


@pytest.mark.parametrize("state", ["AL", "LA", "MS", "PA", "RI", "UT"])
def test_six_states_are_silent_on_christmas(state: str) -> None:
    place = type(zones("UTC"))(number="", zones=("America/New_York",), jurisdictions=("US", f"US-{state}"))
    schedule = shipped("us-sales").prepare(place).plan.schedule
    noon = at("2026-12-25T12:00:00-05:00")
    assert not schedule.is_open(noon)
    part = schedule.closing(noon)
    assert part is not None
    assert part.rule.id == f"US-{state}-HOURS"


# --- what is kept in memory ---------------------------------------------------------------------


def test_compiled_days_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "_DAYS_MAX", 3)
    monkeypatch.setattr(zones_module, "_DAYS_MAX", 3)
    part = LocalHours(rule(hours("09:00-17:00")), zones_module.LocalClock("UTC"), None)
    schedule = Schedule([part])
    for day in range(8):
        assert schedule.next_opening(day * DAY) == day * DAY + 9 * HOUR
        assert part.clock.begins(day) == day * DAY
        kept = (schedule._days, part._days, part.clock._days, part.clock._begins)
        assert max(len(days) for days in kept) <= 3
    assert schedule.closing(12 * HOUR) is None


def test_plans_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regime_module, "_PLANS_MAX", 2)
    judged = regime(rule(hours("09:00-17:00")))
    for zone in ("UTC", "Europe/London", "Europe/Paris", "Europe/Rome"):
        first = judged.prepare(zones(zone))
        assert judged.prepare(zones(zone)).plan is first.plan
        assert len(judged._plans) <= 2


# --- the clock of a zone ------------------------------------------------------------------------


def test_a_local_date_begins_at_its_first_instant() -> None:
    sao_paulo = clock("America/Sao_Paulo")  # on 4 November 2018 midnight itself did not exist
    assert sao_paulo.begins(local_day(date(2018, 11, 4))) == at("2018-11-04T03:00:00+00:00")
    apia = clock("Pacific/Apia")  # and 30 December 2011 did not exist at all
    skipped = local_day(date(2011, 12, 30))
    assert apia.begins(skipped) == apia.begins(skipped + 1) == at("2011-12-31T00:00:00+14:00")
    assert apia.day(at("2011-12-31T00:00:00+14:00") - 1) == skipped - 1


def test_a_zone_is_one_that_the_database_knows() -> None:
    assert is_zone("Europe/London")
    assert not is_zone("Europe/Atlantis")
    assert not is_zone("../etc/passwd")


def test_a_stale_database_is_found_out_by_what_it_has_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ("Asia/Kolkata", 0, 5 * HOUR + 30 * MINUTE, "")
    monkeypatch.setattr(zones_module, "_PROBES", (right,))
    assert stale_zones() == []
    monkeypatch.setattr(zones_module, "_PROBES", (("Asia/Kolkata", 0, 5 * HOUR, "half an hour"), right))
    assert stale_zones() == ["Asia/Kolkata is wrong: half an hour"]


@pytest.mark.parametrize("level", [Consent.NONE, Consent.IMPLIED])
def test_other_times_are_not_agreed_to_by_conduct(level: Consent) -> None:
    with pytest.raises(ValueError, match="express or written"):
        hours("09:00-17:00", agreeable=level)


def test_a_week_has_seven_days_and_holidays_have_a_calendar() -> None:
    with pytest.raises(ValueError, match="seven days"):
        Hours(week=())
    with pytest.raises(ValueError, match="neither stands alone"):
        Hours(week=daily("09:00-17:00"), on_holidays=())
    with pytest.raises(ValueError, match="neither stands alone"):
        Hours(week=daily("09:00-17:00"), calendars=("GB",))
