"""Which number is dialed next: who pays how long to wait for it, and what a number out of use means."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from engine.attempts.phones import NextPhone, in_order, is_out_of_use, next_phone
from engine.attempts.settlement import AttemptResult, Settlement, after_attempt
from engine.domain.case import Case
from engine.domain.dispositions import RetryRule
from engine.domain.policy import Budget, CampaignPolicy
from engine.domain.selection import PhoneOrder, PhonePolicy
from engine.domain.time import HOUR, MINUTE
from engine.domain.words import CaseStatus, DialMode, Ending, Outcome
from tests.office import campaign
from tests.virtual import START

SEVERAL = PhonePolicy(order=PhoneOrder.IN_ORDER, rest=20 * MINUTE)
TWICE_EACH = replace(SEVERAL, attempts_each=2)
CASE = Case(id=1, campaign="orders", lead=1, phone=11, phones=(11, 12, 13), due_at=START)


def policy(phones: PhonePolicy = SEVERAL, **more: Any) -> CampaignPolicy:
    return campaign(
        customer_attempts=Budget(max=9, interval=2 * HOUR), phones=phones, mode=DialMode.PROGRESSIVE, **more
    )


def settled(
    case: Case, outcome: Outcome = Outcome.NO_ANSWER, policy: CampaignPolicy | None = None, **more: Any
) -> Settlement:
    given = {"ending": Ending.CUSTOMER_NOT_REACHED, "disposition": str(outcome)} | more
    result = AttemptResult(outcome=outcome, ended_at=START, **given)
    return after_attempt(case, result, policy or globals()["policy"](), now=START)


def after(case: Case, settlement: Settlement) -> Case:
    return replace(
        case,
        phone=settlement.phone or case.phone,
        phone_tries=settlement.phone_tries,
        customer_attempts=settlement.customer_attempts,
    )


def test_a_number_that_nobody_answers_gives_way_to_the_next_after_the_rest() -> None:
    settlement = settled(CASE)
    assert (settlement.phone, settlement.phone_tries) == (12, 0)
    assert settlement.due_at == START + 20 * MINUTE
    assert settlement.customer_attempts == 1
    assert settlement.reason.endswith("next try in 20m at another number")


def test_after_the_last_number_the_first_is_dialed_again_after_the_campaigns_interval() -> None:
    settlement = settled(replace(CASE, phone=13))
    assert settlement.phone == 11
    assert settlement.due_at == START + 2 * HOUR


def test_each_number_has_its_calls_before_the_next_has_its() -> None:
    case, dialed = CASE, []
    for _ in range(7):
        settlement = settled(case, policy=policy(TWICE_EACH))
        dialed.append((case.phone, settlement.due_at))
        case = after(case, settlement)
    again, rest = START + 2 * HOUR, START + 20 * MINUTE
    assert dialed == [
        (11, again), (11, rest), (12, again), (12, rest), (13, again), (13, again), (11, again),
    ]  # fmt: skip


def test_a_number_out_of_use_is_left_at_once() -> None:
    settlement = settled(CASE, Outcome.INVALID, policy(TWICE_EACH))
    assert settlement.phone == 12
    assert settlement.due_at == START + 20 * MINUTE


def test_a_number_out_of_use_ends_a_case_only_if_it_was_the_last() -> None:
    strict = policy(retry={"invalid": RetryRule(max=1)})
    several = settled(CASE, Outcome.INVALID, strict)
    assert (several.status, several.phone, several.results) == (CaseStatus.CUSTOMER_RESCHEDULED, 12, {})
    alone = settled(replace(CASE, phones=(11,)), Outcome.INVALID, strict)
    assert (alone.status, alone.phone) == (CaseStatus.CUSTOMER_FAILED, None)
    assert alone.reason.endswith("invalid ends it")


def test_a_retry_rule_speaks_of_the_same_number() -> None:
    soon = policy(TWICE_EACH, retry={"busy": RetryRule(after=5 * MINUTE, max=2)})
    first = settled(CASE, Outcome.BUSY, soon)
    assert (first.phone, first.due_at) == (None, START + 5 * MINUTE)
    second = settled(replace(after(CASE, first), results={}), Outcome.BUSY, soon)
    assert (second.phone, second.due_at) == (12, START + 20 * MINUTE)


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending.ABANDONED, Outcome.ANSWERED),
        (Ending.HUNG_UP, Outcome.ANSWERED),
        (Ending.AGENT_LEFT, Outcome.CANCELLED),
        (Ending.UNKNOWN, Outcome.UNKNOWN),
        (Ending.REFUSED, None),
        (Ending.SKIPPED, None),
    ],
)
def test_a_number_with_a_person_or_one_that_did_not_ring_in_full_is_kept(
    ending: Ending, outcome: Outcome | None
) -> None:
    tried = replace(CASE, phone_tries=1)
    assert next_phone(tried, TWICE_EACH, ending, outcome) == NextPhone(None, 1)


@pytest.mark.parametrize("ending", [Ending.MACHINE, Ending.MESSAGE_LEFT])
def test_a_machine_is_nobody(ending: Ending) -> None:
    assert next_phone(CASE, SEVERAL, ending, Outcome.ANSWERED) == NextPhone(12, 0)


def test_a_campaign_that_dials_the_first_number_only_never_leaves_it() -> None:
    first_only = policy(PhonePolicy())
    settlement = settled(replace(CASE, phones=()), policy=first_only)
    assert (settlement.phone, settlement.phone_tries) == (None, 0)
    assert settlement.due_at == START + 2 * HOUR


def test_a_lead_with_one_number_in_use_is_called_there_again() -> None:
    settlement = settled(replace(CASE, phones=(11,)))
    assert (settlement.phone, settlement.phone_tries) == (None, 1)
    assert settlement.due_at == START + 2 * HOUR


def test_a_number_that_is_no_longer_in_use_gives_way_to_the_first_that_is() -> None:
    assert next_phone(replace(CASE, phone=99), SEVERAL, Ending.MACHINE, None) == NextPhone(11, 0)


def test_the_last_attempt_of_the_budget_closes_the_case_where_it_stands() -> None:
    settlement = settled(replace(CASE, customer_attempts=8))
    assert (settlement.status, settlement.phone) == (CaseStatus.CUSTOMER_FAILED, None)


def test_what_counts_as_out_of_use_is_the_campaigns_to_say() -> None:
    strict = replace(SEVERAL, skip=(Outcome.INVALID, Outcome.REJECTED))
    assert is_out_of_use(strict, Outcome.REJECTED)
    assert not is_out_of_use(SEVERAL, Outcome.REJECTED)
    assert not is_out_of_use(SEVERAL, None)


KINDS = [(1, "fixed-line"), (2, "mobile"), (3, "voip"), (4, "fixed-line-or-mobile"), (5, "mobile")]


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (PhoneOrder.IN_ORDER, (1, 2, 3, 4, 5)),
        (PhoneOrder.FIRST_ONLY, (1, 2, 3, 4, 5)),
        (PhoneOrder.MOBILE_FIRST, (2, 5, 4, 1, 3)),
        (PhoneOrder.FIXED_LINE_FIRST, (1, 4, 2, 3, 5)),
    ],
)
def test_an_order_prefers_a_kind_and_leaves_the_others_as_they_stand(
    order: PhoneOrder, ids: tuple[int, ...]
) -> None:
    assert in_order(order, KINDS) == ids


@given(
    outcomes=st.lists(st.sampled_from([Outcome.NO_ANSWER, Outcome.BUSY, Outcome.INVALID]), max_size=12),
    each=st.integers(1, 3),
    count=st.integers(1, 4),
)
def test_no_number_is_dialed_when_it_is_known_to_be_out_of_use_and_another_is_not(
    outcomes: list[Outcome], each: int, count: int
) -> None:
    phones = replace(SEVERAL, attempts_each=each)
    known_bad: set[int] = set()
    case = replace(CASE, phone=1, phones=tuple(range(1, count + 1)))
    for outcome in outcomes:
        in_use = tuple(phone for phone in range(1, count + 1) if phone not in known_bad)
        assert case.phone in in_use or not in_use
        settlement = settled(replace(case, phones=in_use, customer_attempts=0), outcome, policy(phones))
        if is_out_of_use(phones, outcome):
            known_bad.add(case.phone)
        case = after(case, settlement)
