"""Caps and rests at, just before and just after each edge."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from engine.compliance.dial import GivenConsent, Keys, Past, Relationship
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.rules import Rule
from engine.compliance.terms import Cap, Consent, Cooldown, Event, Key, Lockout, Reach
from engine.domain.time import DAY, HOUR, MINUTE, Instant
from tests.compliance.dials import LONDON, at, dial, otherwise, past, regime, rule, zones

NOW: Final = at("2026-11-24T12:00:00+00:00")


def opens(one: Rule, history: list[Past], *places: str, **more: Any) -> Instant | None:
    """When it next allows, and the instant before is checked to be refused."""
    judged = dial(regime(one).prepare(zones(*places or ("Europe/London",))), history=history, **more)
    first = next_allowed(judged, NOW)
    if first is not None and first > NOW:
        assert not evaluate(judged, first - 1).allowed
        assert evaluate(judged, first).allowed
    return first


# --- rolling ------------------------------------------------------------------------------------

THREE: Final = rule(Cap(calls=3, within=24 * HOUR, per=(Key.PERSON, Key.SUBJECT)))


def test_the_fourth_call_in_24_hours_waits_until_the_first_is_24_hours_old() -> None:
    earlier = [past(NOW - hours * HOUR) for hours in (1, 5, 20)]
    assert opens(THREE, earlier) == NOW + 4 * HOUR
    assert opens(THREE, earlier[:2]) == NOW
    assert opens(THREE, [*earlier, past(NOW - 23 * HOUR)]) == NOW + 4 * HOUR


def test_an_attempt_as_old_as_the_window_is_out_of_it() -> None:
    recent = [past(NOW - HOUR), past(NOW - 2 * HOUR)]
    assert opens(THREE, [*recent, past(NOW - 24 * HOUR)]) == NOW
    assert opens(THREE, [*recent, past(NOW - 24 * HOUR + 1)]) == NOW + 1


def test_only_attempts_with_every_key_in_common_count() -> None:
    other = [past(NOW - HOUR, subject="roof"), past(NOW - HOUR, person="bob"), past(NOW - HOUR)]
    assert opens(THREE, [*other, past(NOW - 2 * HOUR)]) == NOW
    by_other_numbers = [past(NOW - n * HOUR, number=f"+44207946000{n}") for n in (2, 3, 4)]
    assert opens(THREE, by_other_numbers) == NOW + 20 * HOUR


def test_what_is_not_known_of_a_call_is_the_same_for_all() -> None:
    unknown = [past(NOW - n * HOUR, subject=None) for n in (1, 2, 3)]
    keys = Keys(number=LONDON, person="ann")
    assert opens(THREE, unknown, keys=keys) == NOW + 21 * HOUR
    named = [past(NOW - n * HOUR, subject="boiler") for n in (1, 2, 3)]
    assert opens(THREE, named, keys=keys) == NOW + 21 * HOUR
    assert opens(THREE, unknown, keys=replace(keys, subject="boiler")) == NOW + 21 * HOUR


def test_attempts_that_did_not_get_far_enough_do_not_count() -> None:
    cap = rule(Cap(calls=1, within=DAY, per=(Key.NUMBER,), reach=Reach.RANG))
    assert opens(cap, [past(NOW - HOUR, reach=Reach.NOT_CONNECTED)]) == NOW
    assert opens(cap, [past(NOW - HOUR, reach=Reach.RANG)]) == NOW + 23 * HOUR


def test_attempts_of_the_future_are_no_past() -> None:
    cap = rule(Cap(calls=1, within=DAY, per=(Key.NUMBER,)))
    later = dial(regime(cap).prepare(zones("Europe/London")), history=[past(NOW + HOUR)])
    assert evaluate(later, NOW).allowed
    assert not evaluate(later, NOW + HOUR).allowed


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        ({"consents": (GivenConsent(level=Consent.EXPRESS, given_at=0),)}, True),
        ({"consents": (GivenConsent(level=Consent.IMPLIED, given_at=0),)}, False),
        ({"relationship": Relationship(transaction_at=NOW - 100 * DAY)}, True),
        ({"relationship": Relationship(transaction_at=NOW - 600 * DAY)}, False),
        ({}, False),
    ],
)
def test_a_cap_has_its_own_exemptions(more: dict[str, Any], allowed: bool) -> None:
    cap = Cap(
        calls=1,
        within=DAY,
        per=(Key.NUMBER,),
        unless_consent=Consent.EXPRESS,
        unless_transaction_months=18,
    )
    assert (opens(rule(cap), [past(NOW - HOUR)], **more) == NOW) is allowed


# --- of the calendar ----------------------------------------------------------------------------

SEVEN: Final = rule(Cap(calls=7, days=7, per=(Key.PERSON, Key.DEBT), reach=Reach.RANG))


def test_the_eighth_call_in_seven_local_days_waits_for_a_midnight() -> None:
    calls = [past(at(f"2026-11-{day}T23:30:00+00:00"), debt="d1") for day in range(17, 24)]
    keys = Keys(number=LONDON, person="ann", debt="d1")
    assert opens(SEVEN, calls, keys=keys) == NOW  # the first was seven days before today
    calls[0] = past(at("2026-11-18T00:00:00+00:00"), debt="d1")
    assert opens(SEVEN, calls, keys=keys) == at("2026-11-25T00:00:00+00:00")


def test_the_local_day_is_that_of_every_zone_the_person_may_be_in() -> None:
    cap = rule(Cap(calls=1, days=1, per=(Key.NUMBER,)))
    called = [past(at("2026-11-24T06:30:00+00:00"))]  # the 24th in New York, still the 23rd in Los Angeles
    assert opens(cap, called, "America/Los_Angeles") == NOW
    assert opens(cap, called, "America/New_York") == at("2026-11-25T05:00:00+00:00")
    both = opens(cap, called, "America/Los_Angeles", "America/New_York")
    assert both == at("2026-11-25T05:00:00+00:00")


def test_local_days_over_a_change_of_the_clocks_have_23_and_25_hours() -> None:
    cap = Cap(calls=1, days=1, per=(Key.NUMBER,))
    judged = dial(
        regime(rule(cap)).prepare(zones("Europe/London")),
        history=[past(at("2026-10-25T00:10:00+01:00")), past(at("2026-03-29T00:10:00+00:00"))],
    )
    assert next_allowed(judged, at("2026-10-25T00:20:00+01:00")) == at("2026-10-26T00:00:00+00:00")
    assert next_allowed(judged, at("2026-03-29T00:20:00+00:00")) == at("2026-03-30T00:00:00+01:00")


def test_four_calls_in_thirty_days_of_france() -> None:
    cap = rule(Cap(calls=4, days=30, per=(Key.PERSON, Key.SELLER)))
    calls = [past(at(f"2026-11-{day:02}T10:00:00+01:00")) for day in (2, 9, 16, 23)]
    assert opens(cap, calls, "Europe/Paris") == at("2026-12-02T00:00:00+01:00")


# --- cooldowns ----------------------------------------------------------------------------------


def test_sixty_full_days_pass_after_a_refusal() -> None:
    rest = rule(Cooldown(after=Event.REFUSAL, days=61, per=(Key.PERSON, Key.SELLER)))
    refused = [past(NOW - HOUR, events=(Event.CONVERSATION, Event.REFUSAL))]
    assert opens(rest, refused, "Europe/Paris") == at("2027-01-24T00:00:00+01:00")
    assert opens(rest, [past(NOW - HOUR, events=(Event.CONVERSATION,))], "Europe/Paris") == NOW
    assert opens(rest, [past(NOW - HOUR, seller="other", events=(Event.REFUSAL,))], "Europe/Paris") == NOW


def test_a_conversation_rests_for_seven_days_of_the_calendar_and_168_hours() -> None:
    rest = Cooldown(after=Event.CONVERSATION, days=7, rest=7 * DAY, per=(Key.PERSON,))
    talked = at("2026-11-20T15:00:00+00:00")
    conversation = [past(talked, events=(Event.CONVERSATION,))]
    assert opens(rule(rest), conversation) == talked + 7 * DAY
    by_date = Cooldown(after=Event.CONVERSATION, days=7, per=(Key.PERSON,))
    assert opens(rule(by_date), conversation) == at("2026-11-27T00:00:00+00:00")
    by_hours = Cooldown(after=Event.CONVERSATION, rest=7 * DAY, per=(Key.PERSON,))
    assert opens(rule(by_hours), conversation) == talked + 7 * DAY


def test_a_rest_begins_when_the_call_has_ended_and_the_longest_one_counts() -> None:
    rest = rule(Cooldown(after=Event.CONVERSATION, rest=DAY, per=(Key.PERSON,)))
    long = past(NOW - 2 * HOUR, ended_at=NOW - HOUR, events=(Event.CONVERSATION,))
    older = past(NOW - 10 * HOUR, events=(Event.CONVERSATION,))
    assert opens(rest, [older, long]) == NOW + 23 * HOUR
    unfinished = past(NOW - MINUTE, ended_at=NOW + HOUR, events=(Event.CONVERSATION,))
    judged = dial(regime(rest).prepare(zones("Europe/London")), history=[unfinished])
    assert evaluate(judged, NOW).allowed
    assert not evaluate(judged, NOW + HOUR).allowed


# --- lockouts -----------------------------------------------------------------------------------

ABANDONED: Final = rule(Lockout(after=Event.ABANDONED, rest=72 * HOUR, unless_reserved=True), "R-1")
MACHINE: Final = rule(Lockout(after=Event.MACHINE, rest=24 * HOUR, unless_reserved=True), "R-2")


def locked(history: list[Past], **manner: Any) -> Instant | None:
    judged = dial(regime(ABANDONED, MACHINE).prepare(zones("Europe/London")), history=history)
    return next_allowed(otherwise(judged, **{"reserved": False} | manner), NOW)


@pytest.mark.parametrize(
    "rest",
    [
        rule(ABANDONED.terms, effective_to=date(2020, 1, 1)),
        rule(Cooldown(after=Event.ABANDONED, days=3, per=(Key.NUMBER,)), effective_to=date(2020, 1, 1)),
        rule(Cap(calls=1, within=DAY, per=(Key.NUMBER,)), effective_to=date(2020, 1, 1)),
    ],
)
def test_a_rule_that_has_ended_holds_nothing_back(rest: Rule) -> None:
    assert opens(rest, [past(NOW - HOUR, events=(Event.ABANDONED,))]) == NOW


def test_a_number_rests_for_72_hours_after_an_abandoned_call_and_opens_on_the_dot() -> None:
    assert locked([past(NOW - 72 * HOUR, events=(Event.ABANDONED,))]) == NOW
    assert locked([past(NOW - 72 * HOUR + 1, events=(Event.ABANDONED,))]) == NOW + 1
    assert locked([past(NOW - HOUR)]) == NOW


def test_a_number_rests_for_24_hours_after_a_machine() -> None:
    assert locked([past(NOW - HOUR, events=(Event.MACHINE,))]) == NOW + 23 * HOUR


def test_an_agent_who_is_reserved_lifts_the_rest_unless_machines_are_hung_up_on() -> None:
    history = [past(NOW - HOUR, events=(Event.ABANDONED,)), past(NOW - 2 * HOUR, events=(Event.MACHINE,))]
    assert locked(history, reserved=True) == NOW
    assert locked(history, reserved=True, hangs_up_on_machines=True) == NOW + 71 * HOUR
    assert locked(history) == NOW + 71 * HOUR


@pytest.mark.parametrize(
    ("number", "person", "rests"),
    [
        (LONDON, "bob", True),
        ("+442079460002", "ann", True),
        ("+442079460002", "bob", False),
        ("+442079460002", None, False),
    ],
)
def test_a_rest_is_the_numbers_and_the_persons(number: str, person: str | None, rests: bool) -> None:
    abandoned = [past(NOW - HOUR, number=number, person=person, events=(Event.ABANDONED,))]
    assert (locked(abandoned) != NOW) is rests


def test_a_person_who_is_not_known_is_nobody_elses() -> None:
    judged = dial(
        regime(ABANDONED).prepare(zones("Europe/London")),
        keys=Keys(number=LONDON),
        history=[past(NOW - HOUR, number="+442079460002", person=None, events=(Event.ABANDONED,))],
    )
    assert evaluate(otherwise(judged, reserved=False), NOW).allowed


def test_after_a_silent_call_in_italy_five_days_pass_and_then_an_agent_is_reserved() -> None:
    mute = Lockout(after=Event.ABANDONED, rest=5 * DAY, then_reserved=True)
    prepared = regime(rule(mute)).prepare(zones("Europe/Rome"))
    lost = past(NOW - HOUR, events=(Event.ABANDONED,))
    reserved = dial(prepared, history=[lost])
    assert next_allowed(reserved, NOW) == NOW + 5 * DAY - HOUR
    predictive = otherwise(reserved, reserved=False)
    assert evaluate(predictive, NOW).reason == "needs-a-reserved-agent"
    assert next_allowed(predictive, NOW) is None
    talked = dial(prepared, history=[lost, past(NOW - MINUTE, events=(Event.CONVERSATION,))])
    assert next_allowed(otherwise(talked, reserved=False), NOW) == NOW + 5 * DAY - HOUR
    unrelated = dial(prepared, history=[past(NOW - MINUTE, events=(Event.MACHINE,))])
    assert evaluate(otherwise(unrelated, reserved=False), NOW).allowed
