"""Every shipped rule of hours in every zone of its jurisdiction, at each edge and just beside it."""

from bisect import bisect_right
from datetime import date, timedelta
from typing import Final

import pytest

from engine.compliance.dial import Dial, GivenConsent
from engine.compliance.gates import evaluate
from engine.compliance.terms import Consent
from engine.compliance.verdict import Gate
from tests.compliance import edges
from tests.compliance.alone import dial_of
from tests.compliance.edges import Written, is_open, written

HOURS: Final = edges.of_kind("hours")
IN_SEVERAL_ZONES: Final = [each for each in HOURS if len(edges.zones_of(written()[each].jurisdiction)) > 1]
AGREEABLE: Final = {
    "AU-HOURS": "express",
    "AU-HOURS-RESEARCH": "express",
    "FR-HOURS": "express",
    "ZA-HOURS": "written",
}
DAY: Final = timedelta(days=1)
WEEK: Final = [date(2026, 6, 8) + DAY * n for n in range(7)]  # Monday to Sunday, in no month of changes


def around(days: list[date]) -> set[date]:
    """These dates, their eves and the days after."""
    return {day + DAY * n for day in days for n in (-1, 0, 1)}


def days_of(rule: Written, zone: str) -> list[date]:
    """An ordinary week, the clock changes, the holidays, and where what is known begins and ends."""
    days = {*WEEK, *around(edges.turn_days(zone))}
    if rule.get("holidays_of"):
        special = [day for day in edges.holidays_of(rule) if day.year in edges.TURNS_IN]
        days |= around([*special, date(edges.FIRST_YEAR, 1, 1), date(edges.LAST_YEAR, 12, 31)])
    for key in ("effective_from", "effective_to"):
        if key in rule.said:
            days |= around([rule[key]])
    return sorted(days)


def moments(rule: Written, zone: str, days: list[date]) -> list[int]:
    """Every edge of these local dates with the microseconds before and after it, in order."""
    found = {*edges.turns(zone), *edges.force_edges(rule)}
    for day in days:
        # Of other days' windows too, so that a holiday which is open as on any day is found out, and of
        # eves, so that a Sunday which is open as any eve is.
        minutes = {0, *(m for windows in edges.week_of(rule) for pair in windows for m in pair)}
        minutes |= {m for pair in edges.spans_of(rule.get("before_holidays", "closed")) for m in pair}
        minutes |= {m for pair in edges.windows_on(rule, day) for m in pair}
        for minute in minutes:
            found |= edges.instants_of(day, minute, zone)
    return sorted({at + n for at in found for n in (-1, 0, 1)})


def compared(rule: Written, one: Dial, asked: list[int], *zones: str) -> set[bool]:
    """Which answers there were, each of them that of the wall clocks of these zones."""
    opened = [is_open(rule, at, *zones) for at in asked]
    for index, at in enumerate(asked):
        verdict = evaluate(one, at)
        where = f"{rule.id} at {edges.local(at, zones[0])} in {', '.join(zones)}"
        assert verdict.allowed is opened[index], where
        if verdict.allowed:
            continue
        assert (verdict.gate, verdict.rule) == (Gate.WINDOW, rule.id), where
        if verdict.until is not None:
            assert is_open(rule, verdict.until, *zones), where
            assert not is_open(rule, verdict.until - 1, *zones), where
            assert not any(opened[index : bisect_right(asked, verdict.until - 1)]), where
    return set(opened)


@pytest.mark.parametrize("rule_id", HOURS)
def test_a_window_is_open_from_its_first_microsecond_to_before_its_last_in_every_zone(rule_id: str) -> None:
    rule = written()[rule_id]
    for zone in edges.zones_of(rule.jurisdiction):
        asked = moments(rule, zone, days_of(rule, zone))
        assert compared(rule, dial_of(rule_id, zone), asked, zone) == {True, False}


@pytest.mark.parametrize("rule_id", IN_SEVERAL_ZONES)
def test_who_may_be_in_several_zones_is_called_where_all_of_them_are_open(rule_id: str) -> None:
    rule = written()[rule_id]
    zones = edges.zones_of(rule.jurisdiction)
    asked = {
        at for zone in zones for at in moments(rule, zone, [WEEK[4], WEEK[6], *edges.turn_days(zone)[:2]])
    }
    compared(rule, dial_of(rule_id), sorted(asked), *zones)


@pytest.mark.parametrize("rule_id", HOURS)
def test_who_agreed_to_other_times_is_called_at_any_where_the_rule_leaves_that_to_them(rule_id: str) -> None:
    rule = written()[rule_id]
    zone = edges.zones_of(rule.jurisdiction)[0]
    asked = moments(rule, zone, WEEK)
    least = rule.get("agreeable")
    assert least in (None, "express", "written")
    for welcome in (True, False):
        for level in Consent:
            agreed = GivenConsent(level=level, given_at=0, other_times=welcome)
            firm = GivenConsent(level=Consent.WRITTEN, given_at=0)  # and says nothing of other times
            one = dial_of(rule_id, zone, consents=(agreed, firm))
            lifted = welcome and least is not None and level >= edges.LEVELS.index(least)
            for at in asked:
                assert evaluate(one, at).allowed is (lifted or is_open(rule, at, zone))


def test_other_times_take_the_consent_that_each_law_wants() -> None:
    found = {each: written()[each]["agreeable"] for each in HOURS if "agreeable" in written()[each].said}
    assert found == AGREEABLE


@pytest.mark.parametrize(
    ("rule_id", "zone", "day"),
    [
        ("ES-HOURS", "Europe/Madrid", date(2027, 4, 23)),  # Aragon, Castile and León
        ("ES-HOURS", "Atlantic/Canary", date(2026, 9, 8)),  # Asturias, Extremadura
        ("DE-HOURS", "Europe/Berlin", date(2027, 5, 27)),  # Corpus Christi, in the south and the west
        ("DE-HOURS", "Europe/Berlin", date(2027, 3, 8)),  # Berlin, Mecklenburg-Vorpommern
        ("AU-HOURS", "Australia/Perth", date(2026, 11, 3)),  # Victoria
    ],
)
def test_a_holiday_of_any_part_of_a_country_is_one_everywhere(rule_id: str, zone: str, day: date) -> None:
    assert day.weekday() < 5
    (noon,) = edges.instants_of(day, 12 * 60, zone)
    assert evaluate(dial_of(rule_id, zone), noon).rule == rule_id


def test_a_sunday_before_a_holiday_stays_closed_and_a_saturday_keeps_the_hours_of_eves() -> None:
    rome = "Europe/Rome"
    sunday, saturday = date(2027, 10, 31), date(2026, 10, 31)  # All Saints' is Monday, and Sunday
    for minute in range(0, 24 * 60, 30):
        for at in edges.instants_of(sunday, minute, rome):
            assert not evaluate(dial_of("IT-HOURS", rome), at).allowed
        (at,) = edges.instants_of(saturday, minute, rome)
        assert evaluate(dial_of("IT-HOURS", rome), at).allowed is (600 <= minute < 1140)
