"""Every shipped limit of abandoned calls: what it counts, up to which call, and in which window."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Final

import pytest

from engine.compliance.abandonment import Tally, account, window
from engine.compliance.terms import Abandonment
from engine.compliance.zones import clock
from engine.domain.compliance import AmdTestRecord
from engine.domain.time import Instant
from tests.compliance import edges
from tests.compliance.alone import shipped
from tests.compliance.edges import Written, written

LIMITS: Final = edges.of_kind("abandonment")
TEST: Final = AmdTestRecord(tested_at=0, sample=200, false_positives=3)
UNUSED: Final = (0, 1)


def most_of(rule: Written) -> Fraction:
    return Fraction(rule["most"].removesuffix("%")) / 100


def terms(rule_id: str) -> Abandonment:
    found = shipped(rule_id).terms
    assert isinstance(found, Abandonment)
    return found


def counted(rule: Written, tally: Tally) -> tuple[Fraction, Fraction]:
    """What is lost, and of how many, as the rule's formula has it."""
    abandoned, connected = Fraction(tally.abandoned), Fraction(tally.connected)
    match rule["formula"]:
        case "person-answered":
            return abandoned, abandoned + connected
        case "placed":
            of_all = tally.nobody + tally.leavers + tally.served + tally.machines_hung_up
            return abandoned, abandoned + connected + of_all + tally.machines_to_agents
        case "gb-amd":
            lost = abandoned + tally.machines_hung_up * Fraction(TEST.false_positives, TEST.sample)
            return lost, lost + connected
        case "gb-no-amd":
            met = connected + tally.machines_to_agents
            lost = abandoned * connected / met if met else abandoned
            return lost, lost + connected
    raise AssertionError(f"{rule.id} has a formula that nobody worked out by hand")


def checked(rule: Written, tally: Tally) -> tuple[bool, int]:
    """Whether the limit is broken and how many more may be lost, both counted one by one."""
    found = account(terms(rule.id), tally, UNUSED, TEST)
    lost, of = counted(rule, tally)
    most = most_of(rule)
    assert found.limit == most
    assert found.over is (of > 0 and lost / of > most)
    more = 0
    while of and lost + more + 1 <= most * (of + more + 1):
        more += 1
    assert found.may_lose == more
    return found.over, found.may_lose


@pytest.mark.parametrize("rule_id", LIMITS)
def test_at_the_limit_exactly_nothing_is_broken_and_one_call_more_breaks_it(rule_id: str) -> None:
    rule = written()[rule_id]
    lost, of = most_of(rule).as_integer_ratio()
    for scale in (1, 2, 3, 7, 40):
        connected = (of - lost) * scale
        at = [checked(rule, Tally(abandoned=lost * scale + n, connected=connected)) for n in (-1, 0, 1)]
        assert [over for over, _ in at] == [False, False, True]
        assert [may_lose for _, may_lose in at] == [1, 0, 0]


@pytest.mark.parametrize("rule_id", LIMITS)
def test_what_may_still_be_lost_is_what_counting_one_by_one_allows(rule_id: str) -> None:
    rule = written()[rule_id]
    assert checked(rule, Tally()) == (False, 0)
    assert checked(rule, Tally(abandoned=1)) == (True, 0)
    answers = {
        checked(
            rule,
            Tally(
                abandoned=abandoned,
                connected=connected,
                machines_hung_up=machines,
                machines_to_agents=machines // 3,
                nobody=others,
                leavers=others // 5,
                served=others // 7,
            ),
        )
        for abandoned in (0, 1, 2, 3, 10, 31)
        for connected in (0, 1, 32, 33, 97, 99, 100, 970, 1001)
        for machines in (0, 1, 200, 1000)
        for others in (0, 1, 500)
    }
    assert {over for over, _ in answers} == {True, False}


def together(rule: Written, at: Instant, now: Instant, began: Instant, zone: str) -> bool:
    """Whether a call at an instant is of the window that holds `now`."""
    length = edges.micros(rule.get("length", "0s"))
    here, there = edges.local_date(at, zone), edges.local_date(now, zone)
    return {
        "rolling": now - length < at <= now,
        "successive": length > 0 and (at - began) // length == (now - began) // length,
        "day": here == there,
        "month": (here.year, here.month) == (there.year, there.month),
    }[rule["period"]]


@pytest.mark.parametrize("rule_id", LIMITS)
def test_a_window_has_the_calls_of_its_first_microsecond_to_its_last_in_every_zone(rule_id: str) -> None:
    rule = written()[rule_id]
    began = edges.first_instant(date(2026, 3, 2)) + 12345
    length = edges.micros(rule.get("length", "1d"))
    for zone in edges.zones_of(rule.jurisdiction):
        days = {date(2026, 12, 31), date(2027, 1, 1), date(2028, 2, 29), *edges.turn_days(zone)}
        days |= {day.replace(day=1) for day in days} | {day + timedelta(days=1) for day in days}
        nows = {edges.begins(day, zone) for day in days} | {began, began + length, began + 9 * length}
        for now in {at + n for at in nows for n in (-1, 0, 1) if at + n >= began}:
            start, end = window(terms(rule_id), now=now, began=began, clock=clock(zone))
            assert start <= now < end
            inside = [together(rule, at, now, began, zone) for at in (start - 1, start, end - 1, end)]
            assert inside == [False, True, True, False], (zone, edges.local(now, zone))
