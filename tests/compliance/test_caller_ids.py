"""Which number is shown, of those that may be."""

import pytest

from engine.compliance.caller_ids import caller_id, choose
from engine.compliance.terms import CallerIdShown
from engine.domain.compliance import CallerId, CallerIdPool, CompliancePolicy

NUMBERS = tuple(CallerId(number=number) for number in ("+12125550100", "+13055550100", "+13055550101"))
CALLED = "+13055550199"


def shown(pool: CallerIdPool, used: dict[str, int] | None = None, *rules: CallerIdShown) -> str | None:
    chosen = choose(pool, CALLED, used or {}, rules)
    return None if chosen is None else chosen.number


def test_numbers_take_turns_by_how_little_they_were_used_today() -> None:
    pool = CallerIdPool(numbers=NUMBERS, per_day=10)
    assert shown(pool) == "+12125550100"
    assert shown(pool, {"+12125550100": 1}) == "+13055550100"
    assert shown(pool, {"+12125550100": 1, "+13055550100": 1}) == "+13055550101"


def test_local_presence_takes_the_nearest_number_first() -> None:
    pool = CallerIdPool(numbers=NUMBERS, per_day=10, local_presence=True)
    assert shown(pool) == "+13055550100"
    assert shown(pool, {"+13055550100": 1}) == "+13055550101"
    assert shown(pool, {"+13055550100": 10, "+13055550101": 10}) == "+12125550100"
    same = CallerIdPool(numbers=(CallerId(number=CALLED),), per_day=1, local_presence=True)
    assert shown(same) == CALLED


def test_a_number_that_has_made_its_calls_of_the_day_rests() -> None:
    pool = CallerIdPool(numbers=NUMBERS[:1], per_day=2)
    assert shown(pool, {"+12125550100": 1}) == "+12125550100"
    assert shown(pool, {"+12125550100": 2}) is None


def test_a_number_that_may_not_be_shown_is_not() -> None:
    bad = (CallerId(number="+1", dialable=False), CallerId(number="+2", premium=True))
    assert shown(CallerIdPool(numbers=bad, per_day=1)) is None
    pool = CallerIdPool(numbers=NUMBERS, per_day=1)
    assert shown(pool, {}, CallerIdShown(), CallerIdShown(series=("+1305",))) == "+13055550100"
    assert shown(pool, {}, CallerIdShown(series=("+91140",))) is None


def test_the_numbering_plan_tells_whether_a_number_can_be_shown() -> None:
    assert caller_id("+442079460999") == CallerId(number="+442079460999")
    assert caller_id("+449098790123") == CallerId(number="+449098790123", premium=True)
    assert caller_id("+448448712345").premium  # shared cost
    assert caller_id("+4420794") == CallerId(number="+4420794", dialable=False)


def test_a_campaign_that_keeps_rules_keeps_some_profile() -> None:
    with pytest.raises(ValueError, match="at least one profile"):
        CompliancePolicy(profiles=())


def test_a_pool_allows_each_number_at_least_one_call() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CallerIdPool(numbers=NUMBERS, per_day=0)
