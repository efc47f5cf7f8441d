"""Every shipped cap, cooldown and lockout, in every zone of its jurisdiction: one call too few, as many,
one too many, at each instant that makes a difference and a microsecond to each side of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from engine.compliance.dial import GivenConsent, Past, Relationship
from engine.compliance.gates import evaluate
from engine.compliance.terms import Consent, Event, Key, Reach
from engine.compliance.verdict import Gate
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant
from tests.compliance import edges
from tests.compliance.alone import KEYS, dial_of
from tests.compliance.dials import MANNER
from tests.compliance.edges import Written, written

CAPS: Final = edges.of_kind("cap")
COOLDOWNS: Final = edges.of_kind("cooldown")
LOCKOUTS: Final = edges.of_kind("lockout")

ORDINARY: Final = (date(2026, 6, 10), date(2027, 1, 1), date(2028, 2, 29))
NOON: Final = edges.instant_of(edges.local(0, "UTC").replace(year=2027, month=6, day=9, hour=12))


def call(at: Instant, **more: Any) -> Past:
    """An earlier attempt that counts as far as attempts can."""
    common = {key.value: getattr(KEYS, key) for key in Key}
    return Past(at=at, **{**common, "reach": Reach.CONVERSATION} | more)


def with_key(past: Past, key: Key, value: str | None) -> Past:
    changed: dict[str, Any] = {key.value: value}
    return replace(past, **changed)


def days_in(zone: str) -> list[date]:
    """The dates on which something runs out: ordinary ones, and those of and after the clock changes."""
    changes = edges.turn_days(zone)
    return sorted({*ORDINARY, *changes, *(day + timedelta(days=1) for day in changes)})


def beside(found: Iterable[Instant]) -> list[Instant]:
    return sorted({at + n for at in found for n in (-1, 0, 1)})


def judged(
    rule: Written,
    gate: Gate,
    history: list[Past],
    asked: Iterable[Instant],
    allows: Callable[..., bool],
    *zones: str,
    **more: Any,
) -> set[bool]:
    """Which answers there were, each of them the oracle's; a wait ends when the oracle says."""
    one = dial_of(rule.id, *zones, history=history, **more)
    newest = max((past.ended_at or past.at for past in history), default=0)
    answers = set()
    for now in asked:
        verdict, right = evaluate(one, now), allows(rule, history, KEYS, now, *zones)
        where = f"{rule.id} at {edges.local(now, zones[0])} in {', '.join(zones)}"
        assert verdict.allowed is right, where
        answers.add(right)
        if not right:
            assert (verdict.gate, verdict.rule) == (gate, rule.id), where
        if not right and now >= newest:
            until = verdict.until
            assert until is not None
            assert allows(rule, history, KEYS, until, *zones), where
            assert not allows(rule, history, KEYS, until - 1, *zones), where
    return answers


# --- caps -----------------------------------------------------------------------------------------


def rows_of_calls(rule: Written, zone: str, day: date) -> list[list[Past]]:
    """One call fewer than the cap has, as many, and one more, the oldest of which runs out when the date
    begins: at once if it rolls, made in the first or last microsecond of its date if days are counted."""
    ends = edges.begins(day, zone)
    if "within" in rule.said:
        oldest = last = ends - edges.micros(rule["within"])
    else:
        date_of_it = day - timedelta(days=rule["days"])
        oldest, last = (edges.begins(date_of_it + timedelta(days=n), zone) - n for n in (0, 1))
    most = rule["calls"]
    return [
        [call(start + (ends - start) // (most + 1) * n) for n in range(calls)]
        for start, calls in ((oldest, most - 1), (oldest, most), (oldest, most + 1), (last, most))
    ]


@pytest.mark.parametrize("rule_id", CAPS)
def test_a_cap_has_room_again_at_the_microsecond_when_the_oldest_call_is_out(rule_id: str) -> None:
    rule = written()[rule_id]
    for zone in edges.zones_of(rule.jurisdiction):
        answers = set()
        for day in days_in(zone):
            for history in rows_of_calls(rule, zone, day):
                found = {edges.begins(day, zone), *(past.at for past in history)}
                if "within" in rule.said:
                    found |= {past.at + edges.micros(rule["within"]) for past in history}
                else:
                    left = {edges.local_date(past.at, zone) for past in history}
                    after = timedelta(days=rule["days"])
                    found |= {edges.begins(one + after, zone) for one in left}
                answers |= judged(rule, Gate.CAP, history, beside(found), edges.cap_allows, zone)
        assert answers == {True, False}


@pytest.mark.parametrize("rule_id", CAPS)
def test_a_cap_of_days_is_that_of_every_zone_where_the_person_may_be(rule_id: str) -> None:
    rule = written()[rule_id]
    zones = edges.zones_of(rule.jurisdiction)
    for zone in zones:
        for day in [*ORDINARY[:1], *edges.turn_days(zone)[:2]]:
            for history in rows_of_calls(rule, zone, day)[1:2]:
                found = {edges.begins(day, other) for other in zones}
                judged(rule, Gate.CAP, history, beside(found), edges.cap_allows, *zones)


def full(rule: Written, **more: Any) -> list[Past]:
    """As many calls as the cap has, a minute apart, the last of them a minute before noon."""
    return [call(NOON - MINUTE * (n + 1), **more) for n in range(rule["calls"])]


def refuses(rule_id: str, history: list[Past], now: Instant = NOON, **more: Any) -> bool:
    verdict = evaluate(dial_of(rule_id, "UTC", history=history, **more), now)
    assert verdict.allowed or verdict.rule == rule_id
    return not verdict.allowed


@pytest.mark.parametrize("rule_id", CAPS)
def test_a_call_that_differs_in_one_key_of_the_cap_is_not_counted(rule_id: str) -> None:
    rule = written()[rule_id]
    calls = full(rule)
    assert refuses(rule_id, calls)
    for key in Key:
        apart = [with_key(calls[0], key, "another"), *calls[1:]]
        assert refuses(rule_id, apart) is (key.value not in rule["per"]), key
        assert refuses(rule_id, full(rule, **{key.value: "another"})) is (key.value not in rule["per"]), key


@pytest.mark.parametrize("rule_id", CAPS)
def test_a_call_of_which_a_key_is_not_known_is_counted(rule_id: str) -> None:
    rule = written()[rule_id]
    for key in (Key.SUBJECT, Key.DEBT, Key.SELLER):
        assert refuses(rule_id, full(rule, **{key.value: None})), key


@pytest.mark.parametrize("rule_id", CAPS)
def test_a_call_that_did_not_get_as_far_as_the_cap_counts_is_not_counted(rule_id: str) -> None:
    rule = written()[rule_id]
    least = edges.REACHES.index(rule.get("reach", "not-connected"))
    calls = full(rule)
    for reach in Reach:
        assert refuses(rule_id, [replace(calls[0], reach=reach), *calls[1:]]) is (reach >= least)
        assert refuses(rule_id, [replace(past, reach=reach) for past in calls]) is (reach >= least)


@pytest.mark.parametrize("rule_id", CAPS)
def test_a_cap_spares_those_whom_it_names_and_nobody_else(rule_id: str) -> None:
    rule = written()[rule_id]
    calls = full(rule)
    level = rule.get("unless_consent")
    for given_at, expires_at in ((NOON, None), (NOON + 1, None), (0, NOON), (0, NOON + 1)):
        for firm in Consent:
            given = GivenConsent(level=firm, given_at=given_at, expires_at=expires_at)
            spared = level is not None and edges.agreed(rule, level, [given], NOON)
            assert refuses(rule_id, calls, consents=(given,)) is not spared
    months = rule.get("unless_transaction_months")
    for bought in [date(2026, 8, 31), date(2026, 12, 9), date(2027, 11, 30)]:
        at = edges.instants_of(bought, 12 * 60, "UTC").pop()
        relationship = Relationship(transaction_at=at, inquiry_at=at, customer=True)
        ends = edges.months_later(at, months or 18)
        for now in beside([at, ends]):
            late = [replace(past, at=past.at + now - NOON) for past in calls]
            assert refuses(rule_id, late, now, relationship=relationship) is not edges.fresh(at, months, now)


# --- cooldowns ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule_id", COOLDOWNS)
def test_a_cooldown_ends_when_the_date_begins_and_the_rest_is_over(rule_id: str) -> None:
    rule = written()[rule_id]
    event = Event(rule["after"])
    days, rest = timedelta(days=rule.get("days", 0)), edges.micros(rule.get("rest", "0s"))
    zones = edges.zones_of(rule.jurisdiction)
    for zone in zones:
        answers = set()
        for day in days_in(zone):
            first, last = (edges.begins(day - days + timedelta(days=n), zone) - n for n in (0, 1))
            for at in (first, last, edges.begins(day, zone) - rest):
                talked = [call(at - 5 * MINUTE, ended_at=at, events=(event,))]
                found = beside([at, at + rest, edges.begins(day, zone), *edges.turns(zone)])
                answers |= judged(rule, Gate.COOLDOWN, talked, found, edges.cooldown_allows, zone)
                judged(rule, Gate.COOLDOWN, talked, found, edges.cooldown_allows, *zones)
        assert answers == {True, False}


@pytest.mark.parametrize("rule_id", COOLDOWNS)
def test_a_cooldown_is_of_its_event_and_its_keys_only(rule_id: str) -> None:
    rule = written()[rule_id]
    for event in Event:
        assert refuses(rule_id, [call(NOON - 1, events=(event,))]) is (event == rule["after"])
    talked = call(NOON - 1, events=(Event(rule["after"]),))
    for key in Key:
        apart = [with_key(talked, key, "another")]
        assert refuses(rule_id, apart) is (key.value not in rule["per"]), key
        assert refuses(rule_id, [*apart, replace(talked, at=NOON - HOUR)])


# --- lockouts -------------------------------------------------------------------------------------


def rests(rule: Written, history: list[Past], mine: Any, now: Instant, *zones: str) -> bool:
    """Whether a lockout lets a call be made with no agent reserved, its rest alone considered."""
    return not any(
        past.ended_at <= now < past.ended_at + edges.micros(rule["rest"])
        for past in history
        if rule["after"] in past.events and past.ended_at is not None
    )


@pytest.mark.parametrize("rule_id", LOCKOUTS)
def test_a_lockout_ends_at_the_microsecond_whatever_the_clocks_do(rule_id: str) -> None:
    rule = written()[rule_id]
    event, rest = Event(rule["after"]), edges.micros(rule["rest"])
    # Where only a reserved agent may call afterwards, the rest is seen by a call that has one.
    manner = MANNER if rule.get("then_reserved") else replace(MANNER, hangs_up_on_machines=True)
    for zone in edges.zones_of(rule.jurisdiction):
        for turn in (NOON, *edges.turns(zone)):
            for at in (turn - rest, turn - rest + HOUR, turn - rest - HOUR, turn - HOUR):
                lost = [call(at - MINUTE, ended_at=at, events=(event,))]
                found = beside([at, at + rest, turn])
                answers = judged(rule, Gate.LOCKOUT, lost, found, rests, zone, manner=manner)
                assert answers == {True, False}


@pytest.mark.parametrize("rule_id", LOCKOUTS)
def test_a_lockout_is_of_its_event_and_of_the_number_or_the_person(rule_id: str) -> None:
    rule = written()[rule_id]
    manner = replace(MANNER, reserved=False)
    for event in Event:
        past = call(NOON - 1, events=(event,))
        assert refuses(rule_id, [past], manner=manner) is (event == rule["after"])
    lost = call(NOON - 1, events=(Event(rule["after"]),))
    for other in ("another", None):
        assert refuses(rule_id, [replace(lost, person=other)], manner=manner)
    assert refuses(rule_id, [replace(lost, number="another")], manner=manner)
    assert not refuses(rule_id, [replace(lost, number="another", person="another")], manner=manner)
    assert not refuses(rule_id, [replace(lost, number="another", person=None)], manner=manner)


@pytest.mark.parametrize("rule_id", LOCKOUTS)
@pytest.mark.parametrize("reserved", [True, False])
@pytest.mark.parametrize("hangs_up", [True, False])
def test_a_reserved_agent_and_no_detection_is_what_a_lockout_spares_or_asks_for(
    rule_id: str, reserved: bool, hangs_up: bool
) -> None:
    rule = written()[rule_id]
    manner = replace(MANNER, reserved=reserved, hangs_up_on_machines=hangs_up)
    sure = reserved and not hangs_up
    rest = edges.micros(rule["rest"])
    lost = call(NOON, events=(Event(rule["after"]),))
    talked = call(NOON + DAY, events=(Event.CONVERSATION,))
    spared = sure and rule.get("unless_reserved", False)
    for now in beside([NOON, NOON + rest]):
        resting = NOON <= now < NOON + rest and not spared
        needed = now >= NOON and rule.get("then_reserved", False) and not sure
        assert refuses(rule_id, [lost], now, manner=manner) is (resting or needed)
    much_later = NOON + rest + 300 * DAY
    assert refuses(rule_id, [lost], much_later, manner=manner) is (
        rule.get("then_reserved", False) and not sure
    )
    assert not refuses(rule_id, [lost, talked], much_later, manner=manner)


# --- whatever is asked of an attempt that is under way ----------------------------------------------


@pytest.mark.parametrize("rule_id", [*COOLDOWNS, *LOCKOUTS])
def test_what_a_call_came_to_counts_from_its_end_and_not_from_its_dialing(rule_id: str) -> None:
    event = Event(written()[rule_id]["after"])
    manner = replace(MANNER, reserved=False)
    long = [call(NOON - HOUR, ended_at=NOON, events=(event,))]
    assert not refuses(rule_id, long, NOON - 1, manner=manner)
    assert refuses(rule_id, long, NOON, manner=manner)
    assert refuses(rule_id, long, NOON + SECOND, manner=manner)
