"""What each gate looked at: figures of the rules, and what they were held against."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from engine.compliance.almanac import DeclaredEmergency
from engine.compliance.dial import (
    Dial,
    DncEntry,
    DncSource,
    GivenConsent,
    Keys,
    Reassignment,
    RegistryState,
    Relationship,
)
from engine.compliance.terms import (
    AmdTest,
    Ban,
    CallerIdShown,
    Cap,
    Consent,
    ConsentNeeded,
    Cooldown,
    Destination,
    Emergency,
    Event,
    InternalDnc,
    Key,
    ListOrigin,
    Lockout,
    Message,
    Reassigned,
    Registry,
    Ring,
    Terms,
)
from engine.compliance.verdict import Gate
from engine.domain.compliance import AmdTestRecord
from engine.domain.policy import BusinessHours, Window
from engine.domain.time import DAY, SECOND, Instant
from engine.explain.asked_rules import looks, zones_told
from tests.compliance.dials import MANNER, at, dial, hours, past, regime, rule, zones

NOW: Final[Instant] = at("2026-03-02T07:30:00+00:00")
PLACE: Final = zones("Europe/London")


def asked(terms: Terms, **more: Any) -> Dial:
    return dial(regime(rule(terms)).prepare(PLACE), **more)


def found(gate: Gate, of: Dial) -> list[str]:
    return [look.text for look in looks(gate, of, NOW, seller=of.keys.seller)]


LISTED: Final = Registry(registry="tps", max_age_days=28)
OFTEN: Final = Cap(calls=3, within=DAY, per=(Key.NUMBER,), unless_consent=Consent.EXPRESS)
RESTS: Final = Lockout(after=Event.ABANDONED, rest=3 * DAY, then_reserved=True)
COOLS: Final = Cooldown(after=Event.CONVERSATION, days=7, per=(Key.PERSON,))
AGREED: Final = GivenConsent(level=Consent.EXPRESS, given_at=NOW - DAY, expires_at=NOW + DAY)
UNTESTED: Final = replace(MANNER, hangs_up_on_machines=True)
TESTED: Final = replace(
    UNTESTED, amd_test=AmdTestRecord(tested_at=NOW - 9 * DAY, sample=100, false_positives=1)
)
TALKED: Final = past(NOW - DAY, events=(Event.CONVERSATION,))
LOST: Final = past(NOW - DAY, events=(Event.ABANDONED,))


@pytest.mark.parametrize(
    ("gate", "of", "said"),
    [
        (Gate.PLACE, asked(Ban()), ["GB; Mon 07:30 in Europe/London"]),
        (Gate.BAN, asked(Ban()), ["R-1: no call at all"]),
        (
            Gate.ORIGIN,
            asked(Destination()),
            ["R-1: protected lines (emergency services, hospital rooms and the like) are never called"],
        ),
        (Gate.ORIGIN, asked(ListOrigin()), ["R-1: numbers come from people, not from a generator"]),
        (
            Gate.DNC,
            asked(InternalDnc(), dnc=(DncEntry(source=DncSource.INTERNAL, by="person", since=NOW - DAY),)),
            [
                "the person is on the internal list since 2026-03-01",
                "R-1: who asked not to be called is not called, by number and by person, from that instant",
            ],
        ),
        (
            Gate.DNC,
            asked(InternalDnc()),
            [
                "R-1: who asked not to be called is not called, by number and by person, from that instant "
                "(not on it)"
            ],
        ),
        (
            Gate.MANNER,
            asked(Ring(least=15 * SECOND)),
            ["R-1: an unanswered call rings at least 15 s (it rings 20 s)"],
        ),
        (
            Gate.MANNER,
            asked(Message(within=2 * SECOND)),
            [
                "R-1: a call that finds no agent plays a message at most 2 s after the answer "
                "(an agent is reserved)"
            ],
        ),
        (
            Gate.MANNER,
            asked(Message(within=2 * SECOND), manner=replace(MANNER, reserved=False)),
            ["R-1: a call that finds no agent plays a message at most 2 s after the answer (after 2 s)"],
        ),
        (
            Gate.MANNER,
            asked(Message(within=2 * SECOND), manner=replace(MANNER, reserved=False, message_within=None)),
            ["R-1: a call that finds no agent plays a message at most 2 s after the answer (no message)"],
        ),
        (
            Gate.MANNER,
            asked(AmdTest()),
            [
                "R-1: hanging up on machines needs a recorded test of the detection "
                "(machines are not hung up on)"
            ],
        ),
        (
            Gate.MANNER,
            asked(AmdTest(), manner=UNTESTED),
            ["R-1: hanging up on machines needs a recorded test of the detection (none is recorded)"],
        ),
        (
            Gate.MANNER,
            asked(AmdTest(), manner=TESTED),
            ["R-1: hanging up on machines needs a recorded test of the detection (tested 2026-02-21)"],
        ),
        (
            Gate.CALLER_ID,
            asked(CallerIdShown()),
            ["R-1: a caller id is shown that can be dialed (+442079460999 is shown)"],
        ),
        (
            Gate.CALLER_ID,
            asked(CallerIdShown(), manner=replace(MANNER, caller_id=None)),
            ["R-1: a caller id is shown that can be dialed (none is shown)"],
        ),
        (
            Gate.REGISTRY,
            asked(LISTED),
            [
                "R-1: not on the registry tps, at most 28 days old "
                "(never imported, or its file cannot be used)"
            ],
        ),
        (
            Gate.REGISTRY,
            asked(LISTED, registries={"tps": RegistryState(version_at=NOW - 3 * DAY)}),
            [
                "R-1: not on the registry tps, at most 28 days old "
                "(not on it by the version of 2026-02-27, 3 days old)"
            ],
        ),
        (
            Gate.REGISTRY,
            asked(LISTED, registries={"tps": RegistryState(version_at=NOW + DAY, listed=True)}),
            [
                "R-1: not on the registry tps, at most 28 days old "
                "(on it by the version of 2026-03-03, 0 days old)"
            ],
        ),
        (
            Gate.CONSENT,
            asked(ConsentNeeded(level=Consent.EXPRESS)),
            ["R-1: needs express consent (no consent that counts for acme)"],
        ),
        (
            Gate.CONSENT,
            asked(ConsentNeeded(level=Consent.EXPRESS), keys=Keys(number="+442079460001")),
            ["R-1: needs express consent (no consent that counts)"],
        ),
        (
            Gate.CONSENT,
            asked(
                ConsentNeeded(level=Consent.EXPRESS),
                consents=(AGREED, replace(AGREED, expires_at=None)),
                relationship=Relationship(customer=True, transaction_at=NOW - 2 * DAY),
            ),
            [
                "R-1: needs express consent (express consent of 2026-03-01 until 2026-03-03, "
                "express consent of 2026-03-01, a present customer, last transaction 2026-02-28)"
            ],
        ),
        (
            Gate.LOCKOUT,
            asked(RESTS, history=[LOST]),
            [
                "R-1: after an abandoned call no call to the number or person for 72 h; then only with a "
                "reserved agent, until a conversation (the last 2026-03-01)"
            ],
        ),
        (
            Gate.RESERVED,
            asked(RESTS, history=[past(NOW - DAY)]),
            [
                "R-1: after an abandoned call no call to the number or person for 72 h; then only with a "
                "reserved agent, until a conversation (none)"
            ],
        ),
        (Gate.RESERVED, asked(replace(RESTS, then_reserved=False)), []),
        (
            Gate.COOLDOWN,
            asked(COOLS, history=[TALKED]),
            [
                "R-1: after a conversation no call before the local date 7 days later, per person "
                "(the last 2026-03-01)"
            ],
        ),
        (
            Gate.WINDOW,
            asked(hours("08:00-20:00")),
            ["R-1: every day 08:00-20:00 (closed: Mon 07:30 in Europe/London)"],
        ),
        (
            Gate.WINDOW,
            asked(hours("07:00-20:00")),
            ["R-1: every day 07:00-20:00 (open: Mon 07:30 in Europe/London)"],
        ),
        (
            Gate.CAP,
            asked(OFTEN, history=[past(NOW - SECOND), past(NOW - 2 * SECOND), past(NOW - 2 * DAY)]),
            ["R-1: at most 3 calls in any 24 h per number; no limit with express consent (2 so far)"],
        ),
        (
            Gate.CAP,
            asked(OFTEN, history=[past(NOW - SECOND)] * 3, consents=(AGREED,)),
            ["R-1: at most 3 calls in any 24 h per number; no limit with express consent (exempt)"],
        ),
        (Gate.BUSINESS_HOURS, asked(Ban()), []),
        (Gate.STANDING, asked(Ban()), []),
    ],
)
def test_a_gate_tells_the_figures_of_its_rules_and_what_they_were_held_against(
    gate: Gate, of: Dial, said: list[str]
) -> None:
    assert found(gate, of) == said


def test_a_rule_that_is_not_in_force_is_not_told() -> None:
    later = [
        rule(Ban(), effective_from=date(2026, 4, 1)),
        rule(hours("08:00-20:00"), "R-2", effective_to=date(2026, 2, 1)),
    ]
    of = dial(regime(*later).prepare(PLACE))
    assert (found(Gate.BAN, of), found(Gate.WINDOW, of)) == ([], [])


def test_business_hours_are_told_by_their_own_clock() -> None:
    standing = replace(
        asked(Ban()).standing,
        business_hours=BusinessHours(zone="Asia/Tokyo", week=((Window(opens=0, closes=60),),) * 7),
    )
    assert found(Gate.BUSINESS_HOURS, asked(Ban(), standing=standing)) == ["Mon 16:30 in Asia/Tokyo"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Reassignment.NOT_ASKED, "nobody has asked whether the number changed hands"),
        (Reassignment.YES, "the number has changed hands"),
    ],
)
def test_a_consent_that_does_not_count_is_told_with_the_rule_that_doubts_it(
    answer: Reassignment, why: str
) -> None:
    doubting = rule(Reassigned(), "R-2")
    facts: dict[str, Any] = {
        "consents": (GivenConsent(level=Consent.EXPRESS, given_at=NOW - DAY),),
        "registries": {"tps": RegistryState(version_at=NOW - DAY, listed=True)},
        "reassignment": answer,
    }
    told = (
        f"R-2: a consent counts only while a database says that the number has not changed hands (an express \
consent of 2026-03-01 does not count: {why})"
    )
    needed = dial(regime(rule(ConsentNeeded(level=Consent.EXPRESS)), doubting).prepare(PLACE), **facts)
    assert found(Gate.CONSENT, needed)[1:] == [told]
    terms = Registry(registry="tps", unless_consent=Consent.EXPRESS)
    listed = dial(regime(rule(terms), doubting).prepare(PLACE), **facts)
    assert found(Gate.REGISTRY, listed)[1:] == [told]
    absent = replace(listed, registries={"tps": RegistryState(version_at=NOW - DAY)})
    assert found(Gate.REGISTRY, absent)[1:] == []


def test_an_emergency_is_told_with_and_without_a_rule() -> None:
    declared = DeclaredEmergency(jurisdiction="GB", starts=NOW - DAY)
    ruled = regime(rule(Emergency(), jurisdiction="GB"), emergencies=(declared,))
    assert found(Gate.EMERGENCY, dial(ruled.prepare(PLACE))) == [
        "R-1: no call while an emergency is declared there (declared in GB)"
    ]
    bare = regime(rule(Ban()), emergencies=(declared,))
    assert found(Gate.EMERGENCY, dial(bare.prepare(PLACE))) == ["declared in GB"]


def test_of_many_zones_the_first_are_told_and_the_others_counted() -> None:
    some = (
        "Europe/London",
        "Europe/Paris",
        "Asia/Tokyo",
        "America/New_York",
        "America/Chicago",
        "Asia/Tokyo",
    )
    assert zones_told(some, NOW).endswith("Mon 02:30 in America/New_York and 2 zones more")
    assert zones_told(some[:1], NOW) == "Mon 07:30 in Europe/London"
