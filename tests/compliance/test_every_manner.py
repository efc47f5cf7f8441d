"""Every shipped rule about how a call is made, to whom it may never be made, and what stops it altogether."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from engine.compliance.almanac import DeclaredEmergency
from engine.compliance.dial import AmdTestRecord, CallerId, DncEntry, DncSource, GivenConsent, Manner
from engine.compliance.gates import evaluate
from engine.compliance.terms import Consent
from engine.domain.time import DAY, Instant
from tests.compliance import edges
from tests.compliance.alone import KEYS, dial_of, prepared, regime_of, shipped
from tests.compliance.dials import MANNER, dial
from tests.compliance.edges import written

NOON: Final = edges.instants_of(date(2027, 6, 9), 12 * 60, "UTC").pop()
UNSURE: Final = replace(MANNER, reserved=False)
DETECTING: Final = replace(MANNER, hangs_up_on_machines=True)
TESTED: Final = AmdTestRecord(tested_at=NOON, sample=100, false_positives=1)


def refused(rule_id: str, now: Instant = NOON, **more: Any) -> str | None:
    """Why the rule refuses; None if it does not."""
    verdict = evaluate(dial_of(rule_id, "UTC", **more), now)
    assert verdict.allowed or verdict.rule == rule_id
    return None if verdict.allowed else verdict.reason


def by(rule_id: str, manner: Manner) -> bool:
    return refused(rule_id, manner=manner) is not None


@pytest.mark.parametrize("rule_id", edges.of_kind("ring"))
def test_a_call_rings_for_the_least_time_to_the_microsecond(rule_id: str) -> None:
    least = edges.micros(written()[rule_id]["least"])
    for reserved in (True, False):
        manner = replace(MANNER, reserved=reserved)
        rings = [by(rule_id, replace(manner, ring=least + n)) for n in (-1, 0, 1)]
        assert rings == [True, False, False]


@pytest.mark.parametrize("rule_id", edges.of_kind("message"))
def test_a_message_starts_in_time_to_the_microsecond_unless_an_agent_is_certain(rule_id: str) -> None:
    within = edges.micros(written()[rule_id]["within"])
    for unsure in (UNSURE, replace(UNSURE, hangs_up_on_machines=True), DETECTING):
        late = [by(rule_id, replace(unsure, message_within=within + n)) for n in (-1, 0, 1)]
        assert late == [False, False, True]
        assert by(rule_id, replace(unsure, message_within=None))
    assert not by(rule_id, replace(MANNER, message_within=None))


@pytest.mark.parametrize("rule_id", edges.of_kind("amd-test"))
def test_hanging_up_on_machines_takes_a_test_that_is_young_enough(rule_id: str) -> None:
    assert by(rule_id, DETECTING)
    assert not by(rule_id, MANNER)
    days = written()[rule_id].get("max_age_days")
    tested = replace(DETECTING, amd_test=TESTED)
    assert [refused(rule_id, NOON + n, manner=tested) for n in (-DAY, -1, 0, 1)] == [
        "amd-test-in-the-future",
        "amd-test-in-the-future",
        None,
        None,
    ]
    for now in (NOON + edges.micros(f"{days or 4000}d") + n for n in (-1, 0, 1)):
        too_old = days is not None and now - NOON > edges.micros(f"{days}d")
        assert (refused(rule_id, now, manner=tested) is not None) is too_old


@pytest.mark.parametrize("rule_id", edges.of_kind("caller-id"))
def test_the_number_that_is_shown_can_be_called_back_and_is_of_its_series(rule_id: str) -> None:
    series = written()[rule_id].get("series", [])

    def showing(number: str, **more: Any) -> str | None:
        caller_id = CallerId(number=number, **more)
        return refused(rule_id, manner=replace(MANNER, caller_id=caller_id))

    assert refused(rule_id, manner=replace(MANNER, caller_id=None)) == "withheld"
    for first in series or ["+44"]:
        number = f"{first}5550100"
        assert showing(number) is None
        assert showing(number, dialable=False) == "cannot-be-called-back"
        assert showing(number, premium=True) == "premium-rate"
        assert showing(first) is None
        for apart in (first[:-1], f"{first[:-1]}{(int(first[-1]) + 1) % 10}5550100", number[1:]):
            assert showing(apart) == ("wrong-series" if series else None)


@pytest.mark.parametrize("rule_id", edges.of_kind("list-origin"))
def test_numbers_that_a_machine_made_up_are_not_called(rule_id: str) -> None:
    assert refused(rule_id, generated=True) == "generated-number"
    assert refused(rule_id) is None


@pytest.mark.parametrize("rule_id", edges.of_kind("destination"))
def test_protected_lines_are_never_called(rule_id: str) -> None:
    assert refused(rule_id, protected=True) == "protected-line"
    assert refused(rule_id) is None


@pytest.mark.parametrize("rule_id", edges.of_kind("ban"))
def test_nothing_lifts_a_ban(rule_id: str) -> None:
    agreed = (GivenConsent(level=Consent.WRITTEN, given_at=0, other_times=True),)
    assert refused(rule_id) == refused(rule_id, consents=agreed) == "banned"


@pytest.mark.parametrize("rule_id", edges.of_kind("internal-dnc"))
@pytest.mark.parametrize("source", DncSource)
def test_a_request_not_to_be_called_counts_from_its_microsecond(rule_id: str, source: DncSource) -> None:
    agreed = (GivenConsent(level=Consent.WRITTEN, given_at=0),)
    for whom in ("number", "person"):
        entry = DncEntry(source=source, by=whom, since=NOON)
        for consents in ((), agreed):
            asked = [refused(rule_id, NOON + n, dnc=(entry,), consents=consents) for n in (-1, 0, 1)]
            assert asked == [None, f"dnc-{source}", f"dnc-{source}"]
            later = DncEntry(source=source, by=whom, since=NOON + DAY)
            assert refused(rule_id, NOON, dnc=(later, entry), consents=consents) is not None


@pytest.mark.parametrize("rule_id", edges.of_kind("emergency"))
def test_an_emergency_stops_calls_from_its_first_microsecond_to_before_its_end(rule_id: str) -> None:
    rule = shipped(rule_id)
    country = rule.jurisdiction.partition("-")[0]
    for where, concerned in ((rule.jurisdiction, True), (country, True), ("US-ZZ", False), ("GB", False)):
        for ends in (None, NOON + DAY):
            emergency = DeclaredEmergency(jurisdiction=where, starts=NOON, ends=ends)
            for zone in edges.zones_of(rule.jurisdiction):
                place = prepared(regime_of(rule, emergencies=(emergency,)), rule, zone)
                for at in (NOON, NOON + DAY):
                    for now in (at - 1, at, at + 1):
                        stopped = concerned and now >= NOON and (ends is None or now < ends)
                        verdict = evaluate(dial(place, keys=KEYS), now)
                        assert verdict.allowed is not stopped
                        assert verdict.rule == (rule_id if stopped else None)
                        assert verdict.until == (ends if stopped else None)
