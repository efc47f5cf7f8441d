"""Whom a reset takes: obstacles and what lifts them, protection, callable options, exceptions."""

from typing import Any

import pytest

from engine.domain.time import DAY, HOUR, SECOND
from engine.domain.words import CaseStatus
from engine.resets.eligibility import (
    CaseState,
    LeadHistory,
    Obstacle,
    compliance_message,
    has_properties,
    is_asked_for,
    is_exception,
    is_in_settings,
    is_matched,
    is_protected,
    obstacles,
)
from engine.resets.request import (
    AgeRange,
    Callable,
    DurationRange,
    Exceptions,
    Properties,
    ResetRequest,
    Results,
    Settings,
)

NOW = 1_772_442_000_000_000
FINAL = CaseState(status=CaseStatus.COMPLETED, final=True)
SPENT = CaseState(status=CaseStatus.CUSTOMER_FAILED, exhausted=True)
BOTH = CaseState(status=CaseStatus.CUSTOMER_FAILED, final=True, exhausted=True)
OPEN = CaseState(status=CaseStatus.CUSTOMER_RESCHEDULED)


def lead(**given: Any) -> LeadHistory:
    values: dict[str, Any] = {
        "list": "people",
        "imported_at": NOW - DAY,
        "last_attempt": 1,
        "last_code": "busy",
        "last_duration": 0,
    }
    return LeadHistory(**(values | given))


def asked(*, override_compliance: bool = False, **properties: Any) -> ResetRequest:
    return ResetRequest(
        settings=Settings(lists=("people",), override_compliance=override_compliance),
        properties=Properties(**properties),
        results=Results(statuses=("no-contact",), codes=("busy",)),
    )


def kept(case: CaseState, **more: Any) -> Obstacle:
    return obstacles(lead(), [case], asked(**more), now=NOW)


def test_overriding_final_results_lifts_the_final_code_alone() -> None:
    assert kept(FINAL) == Obstacle.FINAL
    assert not kept(FINAL, override_final=True)
    assert kept(FINAL, override_max=True) == Obstacle.FINAL


def test_overriding_the_maximum_lifts_the_used_up_attempts_alone() -> None:
    assert kept(SPENT) == Obstacle.MAXIMUM
    assert not kept(SPENT, override_max=True)
    assert kept(SPENT, override_final=True) == Obstacle.MAXIMUM


def test_a_lead_with_both_obstacles_needs_both_overrides() -> None:
    assert kept(BOTH) == Obstacle.FINAL | Obstacle.MAXIMUM
    assert kept(BOTH, override_final=True) == Obstacle.MAXIMUM
    assert kept(BOTH, override_max=True) == Obstacle.FINAL
    assert not kept(BOTH, override_final=True, override_max=True)
    apart = obstacles(lead(), [FINAL, SPENT], asked(override_final=True), now=NOW)
    assert apart == Obstacle.MAXIMUM, "in two campaigns"


def test_a_lead_that_must_not_be_called_is_never_reset_whatever_is_overridden() -> None:
    everything = asked(override_final=True, override_max=True, override_compliance=True)
    assert obstacles(lead(do_not_call=True), [FINAL], everything, now=NOW) == Obstacle.DO_NOT_CALL


@pytest.mark.parametrize(
    ("machine", "abandoned", "protected"),
    [
        (None, None, False),
        (24 * HOUR - 1, None, True),
        (24 * HOUR, None, False),
        (None, 72 * HOUR - 1, True),
        (None, 72 * HOUR, False),
        (48 * HOUR, 48 * HOUR, True),  # the dropped call protects longer
    ],
)
def test_machines_protect_for_24_hours_and_dropped_calls_for_72(
    machine: int | None, abandoned: int | None, protected: bool
) -> None:
    machine_at = None if machine is None else NOW - machine
    abandoned_at = None if abandoned is None else NOW - abandoned
    assert is_protected(machine_at, abandoned_at, now=NOW) is protected
    one = lead(machine_at=machine_at, abandoned_at=abandoned_at)
    assert bool(obstacles(one, [OPEN], asked(), now=NOW)) is protected
    assert not obstacles(one, [OPEN], asked(override_compliance=True), now=NOW)


def test_any_machine_attempt_protects_not_only_the_last() -> None:
    assert obstacles(lead(last_code="busy", machine_at=NOW - HOUR), [OPEN], asked(), now=NOW)


def test_finalled_leads_have_no_open_case_and_active_ones_are_the_rest() -> None:
    closed, opened = CaseStatus.COMPLETED, CaseStatus.CALLBACK
    for statuses, finalled in (([closed], True), ([closed, opened], False), ([opened], False), ([], False)):
        assert is_asked_for(statuses, Callable.FINALLED) is finalled
        assert is_asked_for(statuses, Callable.ACTIVE) is not finalled
        assert is_asked_for(statuses, Callable.EVERYTHING)


@pytest.mark.parametrize(
    ("duration", "threshold", "over", "under"),
    [(11, 10, True, False), (9, 10, False, True), (10, 10, False, False), (10, None, False, False)],
)
def test_an_exception_is_strictly_over_or_under_the_threshold_of_its_code(
    duration: int, threshold: int | None, over: bool, under: bool
) -> None:
    assert is_exception(duration, threshold, Exceptions.OVER) is over
    assert is_exception(duration, threshold, Exceptions.UNDER) is under
    assert is_exception(duration, threshold, Exceptions.ALL)
    assert not is_exception(None, threshold, Exceptions.OVER)
    assert not is_exception(None, threshold, Exceptions.UNDER)


def test_a_range_of_durations_has_both_its_ends() -> None:
    wanted = Properties(duration=DurationRange(least=5 * SECOND, most=10 * SECOND))
    for seconds, within in ((4.9, False), (5, True), (10, True), (10.1, False)):
        one = lead(last_duration=int(seconds * SECOND))
        assert has_properties(one, [OPEN], wanted, threshold=None) is within
    assert not has_properties(lead(last_duration=None), [OPEN], wanted, threshold=None)


def test_one_supplier_at_most_as_it_was_at_import() -> None:
    wanted = Properties(supplier="acme")
    assert has_properties(lead(supplier="acme"), [OPEN], wanted, threshold=None)
    assert not has_properties(lead(supplier="other"), [OPEN], wanted, threshold=None)
    assert not has_properties(lead(), [OPEN], wanted, threshold=None)


def test_settings_take_the_lists_and_the_age() -> None:
    settings = Settings(lists=("people",), age=AgeRange(least=1, most=1))
    assert is_in_settings(lead(), settings, now=NOW)
    assert not is_in_settings(lead(list="others"), settings, now=NOW)
    assert not is_in_settings(lead(imported_at=NOW), settings, now=NOW)
    assert not is_in_settings(lead(imported_at=NOW - 2 * DAY), settings, now=NOW)
    assert is_in_settings(lead(imported_at=0), Settings(lists=("people",)), now=NOW)


def test_a_lead_that_was_never_called_matches_no_result_code() -> None:
    never = lead(last_attempt=None, last_code=None, last_duration=None)
    fresh = CaseState(status=CaseStatus.NEW)
    assert has_properties(never, [fresh], Properties(), threshold=None)
    assert not is_matched(never, [fresh], asked(), threshold=None, now=NOW)
    assert is_matched(lead(), [OPEN], asked(), threshold=None, now=NOW)


def test_the_summary_always_tells_of_compliance_with_the_choice_made() -> None:
    assert "24 hours" in compliance_message(False)
    assert "72 hours" in compliance_message(False)
    assert "are not included in the reset" in compliance_message(False)
    assert "chosen to override" in compliance_message(True)
    assert "are included in the reset" in compliance_message(True)
