"""What a reset makes of a case."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from engine.domain.time import DAY, HOUR
from engine.domain.words import OPEN, CaseStatus, Hold, Rank
from engine.resets.renewal import RENEWED, Standing, renewed, renewed_from_zero
from engine.segments.cycle import NEW_CYCLE

AT = 1_772_442_000_000_000
CLOSED = sorted(set(CaseStatus) - OPEN - {CaseStatus.DNC})


def standing(status: CaseStatus = CaseStatus.CUSTOMER_FAILED, **given: Any) -> Standing:
    values: dict[str, Any] = {
        "cycle": 1,
        "rank": Rank.RETRY,
        "agent_attempts": 0,
        "customer_attempts": 10,
        "agent_limit": None,
        "customer_limit": None,
        "due_at": None,
        "waits_for": None,
        "wanted_at": None,
        "wakes_at": None,
        "agent_max": 3,
        "customer_max": 10,
    }
    return Standing(status=status, **(values | given))


def after(case: Standing) -> dict[str, Any]:
    return dict(zip(RENEWED, renewed(case, at=AT), strict=True))


def from_zero(case: Standing) -> dict[str, Any]:
    return dict(zip(NEW_CYCLE, renewed_from_zero(case, at=AT), strict=True))


def test_a_maximum_of_ten_becomes_eleven() -> None:
    case = after(standing())
    assert case["status"] == CaseStatus.CUSTOMER_RESCHEDULED
    assert (case["rank"], case["due_at"]) == (Rank.RETRY, AT)
    assert (case["customer_limit"], case["agent_limit"]) == (11, None)
    assert not case["final"]
    assert not case["exhausted"]


def test_repeating_the_reset_adds_nothing() -> None:
    once = after(standing())
    again = standing(CaseStatus.CUSTOMER_RESCHEDULED, customer_limit=once["customer_limit"], due_at=AT)
    assert after(again)["customer_limit"] == 11
    twelfth = standing(customer_attempts=11, customer_limit=11)
    assert after(twelfth)["customer_limit"] == 12


def test_only_budgets_that_are_used_up_rise() -> None:
    agents = standing(CaseStatus.AGENT_FAILED, agent_attempts=3, customer_attempts=4)
    assert after(agents)["status"] == CaseStatus.AGENT_RESCHEDULED
    assert (after(agents)["agent_limit"], after(agents)["customer_limit"]) == (4, None)
    both = standing(agent_attempts=3)
    assert (after(both)["agent_limit"], after(both)["customer_limit"]) == (4, 11)
    unknown = standing(customer_max=None, agent_max=None)
    assert (after(unknown)["agent_limit"], after(unknown)["customer_limit"]) == (None, None)


def test_a_completed_case_is_open_again_with_the_attempts_it_has_left() -> None:
    case = after(standing(CaseStatus.COMPLETED, customer_attempts=2))
    assert case["status"] == CaseStatus.CUSTOMER_RESCHEDULED
    assert (case["customer_limit"], case["due_at"]) == (None, AT)


def test_an_active_lead_becomes_due_at_the_reset() -> None:
    case = after(standing(CaseStatus.CUSTOMER_RESCHEDULED, customer_attempts=3, due_at=AT + DAY))
    assert (case["status"], case["due_at"]) == (CaseStatus.CUSTOMER_RESCHEDULED, AT)


def test_a_case_that_was_due_before_keeps_its_place() -> None:
    assert after(standing(CaseStatus.CUSTOMER_RESCHEDULED, due_at=AT - HOUR))["due_at"] == AT - HOUR


def test_an_open_case_without_any_time_becomes_due() -> None:
    assert after(standing(CaseStatus.CUSTOMER_RESCHEDULED))["due_at"] == AT


def test_a_callback_keeps_its_time() -> None:
    promised = standing(CaseStatus.CALLBACK, rank=Rank.CALLBACK, due_at=AT + DAY)
    assert (after(promised)["due_at"], after(promised)["rank"]) == (AT + DAY, Rank.CALLBACK)
    anew = from_zero(promised)
    assert (anew["status"], anew["due_at"], anew["cycle"]) == (CaseStatus.CALLBACK, AT + DAY, 2)


def test_a_held_case_stays_held_with_a_new_wanted_time() -> None:
    held = {"waits_for": Hold.OWNERSHIP, "wanted_at": AT + DAY, "wakes_at": AT + 2 * DAY}
    for case in (
        after(standing(CaseStatus.CUSTOMER_RESCHEDULED, **held)),
        from_zero(standing(CaseStatus.CUSTOMER_RESCHEDULED, **held)),
    ):
        assert (case["due_at"], case["waits_for"]) == (None, Hold.OWNERSHIP)
        assert (case["wanted_at"], case["wakes_at"]) == (AT, AT + 2 * DAY)
    promised = standing(CaseStatus.CALLBACK, rank=Rank.CALLBACK, **held)
    assert after(promised)["wanted_at"] == from_zero(promised)["wanted_at"] == AT + DAY


def test_a_lead_outside_every_segment_is_open_again_and_waits() -> None:
    for case in (after(standing(outside=True)), from_zero(standing(outside=True))):
        assert (case["due_at"], case["waits_for"]) == (None, Hold.SEGMENT)
        assert (case["wanted_at"], case["wakes_at"]) == (AT, None)


def test_from_zero_a_new_cycle_begins_under_the_configured_limits() -> None:
    case = from_zero(standing(cycle=3, customer_limit=11, customer_attempts=11))
    assert (case["cycle"], case["status"], case["due_at"]) == (4, CaseStatus.NEW, AT)
    assert (case["customer_attempts"], case["agent_attempts"]) == (0, 0)
    assert (case["customer_limit"], case["agent_limit"]) == (None, None)


def test_nothing_reopens_a_case_that_forbids_calling() -> None:
    with pytest.raises(KeyError):
        renewed(standing(CaseStatus.DNC), at=AT)


@given(
    status=st.sampled_from(CLOSED),
    used=st.tuples(st.integers(0, 12), st.integers(0, 12)),
    limits=st.tuples(st.none() | st.integers(1, 12), st.none() | st.integers(1, 12)),
)
def test_every_closed_case_gets_at_least_one_more_attempt_and_no_budget_shrinks(
    status: CaseStatus, used: tuple[int, int], limits: tuple[int | None, int | None]
) -> None:
    case = standing(
        status,
        agent_attempts=used[0],
        customer_attempts=used[1],
        agent_limit=limits[0],
        customer_limit=limits[1],
    )
    changed = after(case)
    for name, spent, own, most in (
        ("agent_limit", used[0], limits[0], 3),
        ("customer_limit", used[1], limits[1], 10),
    ):
        before = most if own is None else own
        limit = most if changed[name] is None else changed[name]
        assert limit > spent
        assert limit == max(before, spent + 1)
