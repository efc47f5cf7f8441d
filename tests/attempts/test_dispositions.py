"""What a result code does to a case: it forbids calling, closes, costs nothing, or says when to try again."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, strategies as st

from engine.attempts.settlement import AttemptResult, Settlement, after_attempt
from engine.domain.callbacks import Callback
from engine.domain.case import Case
from engine.domain.dispositions import (
    SYSTEM_DISPOSITIONS,
    Disposition,
    LeadStatus,
    RetryRule,
    default_disposition,
)
from engine.domain.policy import Budget, CampaignPolicy
from engine.domain.time import HOUR, MINUTE, SECOND, Instant
from engine.domain.words import OPEN, CaseStatus, DialMode, Ending, Outcome, Rank, Side

NOW: Final[Instant] = 1_772_445_600 * SECOND  # 2026-03-02T10:00:00Z
CASE: Final = Case(id=1, campaign="sell", lead=1, phone=1)
AGENT_FIRST: Final = CampaignPolicy(
    name="sell",
    mode=DialMode.AGENT_FIRST,
    lists=("people",),
    pool="sales",
    agent_attempts=Budget(max=3, interval=10 * MINUTE),
    customer_attempts=Budget(max=3, interval=1 * HOUR),
)
POWER: Final = replace(AGENT_FIRST, mode=DialMode.POWER, agent_attempts=None)

NO_ANSWER: Final = AttemptResult(
    ending=Ending.CUSTOMER_NOT_REACHED, ended_at=NOW, outcome=Outcome.NO_ANSWER, disposition="no-answer"
)
CONNECTED: Final = AttemptResult(ending=Ending.CONNECTED, ended_at=NOW, outcome=Outcome.ANSWERED)
RESULTS: Final = [
    AttemptResult(ending=ending, ended_at=NOW, outcome=outcome, last_intended=Side.CUSTOMER)
    for ending, outcome in [
        (Ending.CONNECTED, Outcome.ANSWERED),
        (Ending.AGENT_NOT_REACHED, None),
        (Ending.CUSTOMER_NOT_REACHED, Outcome.BUSY),
        (Ending.AGENT_LEFT, Outcome.CANCELLED),
        (Ending.MACHINE, Outcome.ANSWERED),
        (Ending.MESSAGE_LEFT, Outcome.ANSWERED),
        (Ending.ABANDONED, Outcome.ANSWERED),
        (Ending.HUNG_UP, Outcome.ANSWERED),
    ]
]
WITHOUT_RESULT: Final = [
    AttemptResult(ending=ending, ended_at=NOW, last_intended=Side.CUSTOMER)
    for ending in (Ending.REFUSED, Ending.SKIPPED, Ending.UNKNOWN)
]


def settled(
    result: AttemptResult,
    code: Disposition,
    case: Case = CASE,
    policy: CampaignPolicy = AGENT_FIRST,
) -> Settlement:
    """The settlement of an attempt that was given this code."""
    policy = replace(policy, dispositions={code.code: code})
    return after_attempt(case, replace(result, disposition=code.code), policy, now=NOW)


def named(result: AttemptResult) -> str:
    return str(result.ending)


# --- codes that forbid calling ------------------------------------------------------------------

NEVER_AGAIN: Final = Disposition(code="never-again", dnc=True, human=True)


@pytest.mark.parametrize("result", [*RESULTS, *WITHOUT_RESULT], ids=named)
def test_a_code_that_forbids_calling_closes_the_case_for_good_and_costs_nothing(
    result: AttemptResult,
) -> None:
    settlement = settled(result, NEVER_AGAIN)
    assert (settlement.status, settlement.due_at, settlement.used) == (CaseStatus.DNC, None, None)
    assert settlement.final
    assert settlement.reason.endswith("never-again forbids calling again")


def test_a_code_that_forbids_calling_wins_over_a_promised_callback_and_over_the_flow() -> None:
    asked = replace(CONNECTED, callback=Callback(at=NOW + HOUR), reschedule_customer_call=True)
    assert settled(asked, NEVER_AGAIN).status is CaseStatus.DNC


def test_a_code_cannot_forbid_calling_and_be_a_success() -> None:
    with pytest.raises(ValueError, match="no success"):
        Disposition(code="odd", dnc=True, success=True)


# --- final codes --------------------------------------------------------------------------------

NOT_INTERESTED: Final = Disposition(code="not-interested", final=True, human=True)


@pytest.mark.parametrize("result", RESULTS, ids=named)
def test_a_final_code_closes_the_case_whatever_the_attempt_alone_would_have_led_to(
    result: AttemptResult,
) -> None:
    settlement = settled(result, NOT_INTERESTED)
    assert settlement.status not in OPEN
    assert (settlement.due_at, settlement.final) == (None, True)
    assert settlement.reason.endswith("not-interested is final")


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (CONNECTED, CaseStatus.COMPLETED),
        (NO_ANSWER, CaseStatus.CUSTOMER_FAILED),
        (AttemptResult(ending=Ending.AGENT_NOT_REACHED, ended_at=NOW), CaseStatus.AGENT_FAILED),
    ],
)
def test_a_final_code_closes_as_completed_after_a_conversation_and_as_failed_otherwise(
    result: AttemptResult, status: CaseStatus
) -> None:
    assert settled(result, NOT_INTERESTED).status is status


@pytest.mark.parametrize("result", WITHOUT_RESULT, ids=named)
def test_what_reached_nobody_has_no_result_for_a_final_code_to_close(result: AttemptResult) -> None:
    assert settled(result, NOT_INTERESTED).status in OPEN


def test_a_final_code_still_uses_up_the_attempt_and_tells_when_it_was_the_last() -> None:
    settlement = settled(NO_ANSWER, NOT_INTERESTED)
    assert (settlement.used, settlement.customer_attempts, settlement.exhausted) == (Side.CUSTOMER, 1, False)
    last = settled(NO_ANSWER, NOT_INTERESTED, replace(CASE, customer_attempts=2))
    assert (last.final, last.exhausted) == (True, True)


def test_a_final_code_after_the_last_attempt_leaves_both_obstacles_to_a_reset() -> None:
    used_up = replace(CASE, customer_attempts=3)
    settlement = settled(CONNECTED, NOT_INTERESTED, used_up)
    assert (settlement.status, settlement.final, settlement.exhausted) == (CaseStatus.COMPLETED, True, True)


def test_a_final_code_wins_over_its_own_retry_rule_and_over_the_flow() -> None:
    code = replace(NOT_INTERESTED, retry=RetryRule(after=5 * MINUTE))
    assert settled(CONNECTED, code).status is CaseStatus.COMPLETED
    asked = replace(CONNECTED, reschedule_customer_call=True)
    assert settled(asked, NOT_INTERESTED).status is CaseStatus.COMPLETED


# --- codes that do not count --------------------------------------------------------------------

NO_ATTEMPT: Final = Disposition(code="line-noise", counts=False)


@pytest.mark.parametrize("policy", [AGENT_FIRST, POWER], ids=["agent-first", "power"])
@pytest.mark.parametrize("result", RESULTS, ids=named)
def test_a_code_that_does_not_count_uses_no_attempt_and_the_case_is_tried_again(
    result: AttemptResult, policy: CampaignPolicy
) -> None:
    settlement = settled(result, NO_ATTEMPT, replace(CASE, customer_attempts=2, agent_attempts=2), policy)
    assert (settlement.used, settlement.agent_attempts, settlement.customer_attempts) == (None, 2, 2)
    assert settlement.due_at is not None
    assert settlement.status in OPEN
    assert "nothing is used" in settlement.reason


@pytest.mark.parametrize(
    ("before", "after", "rank"),
    [
        (CaseStatus.NEW, CaseStatus.CUSTOMER_RESCHEDULED, Rank.RETRY),
        (CaseStatus.AGENT_RESCHEDULED, CaseStatus.AGENT_RESCHEDULED, Rank.RETRY),
        (CaseStatus.CUSTOMER_RESCHEDULED, CaseStatus.CUSTOMER_RESCHEDULED, Rank.RETRY),
        (CaseStatus.CALLBACK, CaseStatus.CUSTOMER_RESCHEDULED, Rank.RETRY),
    ],
)
def test_after_a_call_that_does_not_count_the_case_waits_as_a_retry(
    before: CaseStatus, after: CaseStatus, rank: Rank
) -> None:
    settlement = settled(NO_ANSWER, NO_ATTEMPT, replace(CASE, status=before))
    assert (settlement.status, settlement.rank) == (after, rank)
    assert settlement.due_at == NOW + 1 * HOUR


def test_an_agent_who_was_not_reached_costs_nothing_if_the_code_does_not_count() -> None:
    result = AttemptResult(ending=Ending.AGENT_NOT_REACHED, ended_at=NOW)
    settlement = settled(result, NO_ATTEMPT, replace(CASE, agent_attempts=2))
    assert (settlement.status, settlement.agent_attempts) == (CaseStatus.NEW, 2)
    assert settlement.due_at == NOW + 10 * MINUTE


def test_a_crash_whose_code_does_not_count_costs_nothing_and_rests_for_the_safe_time() -> None:
    for side, rest in ((Side.AGENT, 30 * MINUTE), (Side.CUSTOMER, 1 * HOUR)):
        result = AttemptResult(ending=Ending.UNKNOWN, ended_at=NOW, last_intended=side)
        settlement = settled(result, NO_ATTEMPT)
        assert (settlement.used, settlement.due_at) == (None, NOW + rest)


def test_a_final_code_that_does_not_count_closes_at_no_cost() -> None:
    settlement = settled(NO_ANSWER, replace(NO_ATTEMPT, final=True))
    assert (settlement.status, settlement.used) == (CaseStatus.CUSTOMER_FAILED, None)
    assert (settlement.final, settlement.exhausted) == (True, False)


# --- codes with a retry rule --------------------------------------------------------------------

CALL_LATER: Final = Disposition(code="call-later", human=True, retry=RetryRule(after=20 * MINUTE, max=2))


def test_a_retry_rule_asks_for_another_try_after_a_conversation_and_says_when() -> None:
    settlement = settled(CONNECTED, CALL_LATER)
    assert (settlement.status, settlement.used) == (CaseStatus.CUSTOMER_RESCHEDULED, Side.CUSTOMER)
    assert (settlement.due_at, settlement.results) == (NOW + 20 * MINUTE, {"call-later": 1})


def test_a_retry_rule_says_how_often_its_code_may_come_in_a_cycle() -> None:
    second = settled(CONNECTED, CALL_LATER, replace(CASE, customer_attempts=1, results={"call-later": 1}))
    assert (second.status, second.exhausted) == (CaseStatus.CUSTOMER_FAILED, True)
    assert second.reason.endswith("and call-later may come only 2 times")


def test_a_retry_rule_without_an_interval_leaves_the_campaigns_own() -> None:
    code = replace(CALL_LATER, retry=RetryRule(max=5))
    assert settled(CONNECTED, code).due_at == NOW + 1 * HOUR


def test_a_retry_rule_never_saves_a_budget_that_is_used_up() -> None:
    settlement = settled(CONNECTED, CALL_LATER, replace(CASE, customer_attempts=2))
    assert (settlement.status, settlement.customer_attempts) == (CaseStatus.CUSTOMER_FAILED, 3)


def test_the_campaigns_rule_for_an_outcome_comes_before_the_codes_own() -> None:
    code = replace(CALL_LATER, code="no-answer", human=False)
    policy = replace(AGENT_FIRST, retry={"no-answer": RetryRule(after=5 * MINUTE)})
    assert settled(NO_ANSWER, code, policy=policy).due_at == NOW + 5 * MINUTE
    assert settled(NO_ANSWER, code).due_at == NOW + 20 * MINUTE


def test_a_retry_rule_of_a_code_that_does_not_count_limits_it_all_the_same() -> None:
    code = replace(NO_ATTEMPT, retry=RetryRule(after=2 * MINUTE, max=2))
    first = settled(NO_ANSWER, code)
    assert (first.used, first.due_at) == (None, NOW + 2 * MINUTE)
    second = settled(NO_ANSWER, code, replace(CASE, results=first.results))
    assert (second.status, second.used, second.exhausted) == (CaseStatus.CUSTOMER_FAILED, None, True)


def test_a_code_that_may_come_once_ends_the_case() -> None:
    code = replace(NO_ATTEMPT, retry=RetryRule(max=1))
    assert settled(NO_ANSWER, code).reason.endswith("nothing is used, and line-noise ends it")


# --- callbacks ----------------------------------------------------------------------------------


def test_a_promised_callback_costs_nothing_and_comes_before_everything_else() -> None:
    promised = replace(CONNECTED, callback=Callback(at=NOW + 3 * HOUR))
    settlement = settled(promised, CALL_LATER, replace(CASE, customer_attempts=1))
    assert (settlement.status, settlement.rank) == (CaseStatus.CALLBACK, Rank.CALLBACK)
    assert (settlement.due_at, settlement.used, settlement.customer_attempts) == (NOW + 3 * HOUR, None, 1)


def test_a_callback_wins_over_a_final_code() -> None:
    promised = replace(CONNECTED, callback=Callback(at=NOW + 3 * HOUR))
    assert settled(promised, NOT_INTERESTED).status is CaseStatus.CALLBACK


# --- the system's own codes ---------------------------------------------------------------------


def test_every_outcome_and_ending_of_a_call_has_a_code_of_the_system() -> None:
    spoken_of_otherwise = {Outcome.ANSWERED, Ending.CONNECTED}
    words = {*Outcome, *Ending} - spoken_of_otherwise
    assert words <= set(SYSTEM_DISPOSITIONS)


def test_the_systems_codes_are_not_for_agents_and_belong_to_a_lead_status() -> None:
    for code in SYSTEM_DISPOSITIONS.values():
        assert not code.agents
        assert code.lead_status in set(LeadStatus)


def test_a_code_that_no_configuration_describes_is_an_agents_after_a_conversation() -> None:
    assert default_disposition("sold") == Disposition(code="sold", human=True)
    assert default_disposition("busy").lead_status == LeadStatus.NO_CONTACT


def test_a_campaign_maps_outcomes_and_endings_to_codes_of_its_own() -> None:
    policy = replace(AGENT_FIRST, codes={"busy": "engaged"})
    assert (policy.system_code("busy"), policy.system_code("machine")) == ("engaged", "machine")


# --- whatever the code --------------------------------------------------------------------------

CODES: Final = st.builds(
    Disposition,
    code=st.just("any"),
    final=st.booleans(),
    counts=st.booleans(),
    dnc=st.booleans(),
    retry=st.none()
    | st.builds(
        RetryRule,
        after=st.none() | st.integers(0, 3 * HOUR),
        max=st.none() | st.integers(1, 3),
    ),
)


@given(
    st.sampled_from([*RESULTS, *WITHOUT_RESULT]),
    CODES,
    st.integers(0, 2),
    st.integers(0, 2),
    st.booleans(),
)
def test_whatever_the_code_an_attempt_uses_up_one_at_most_and_open_cases_are_due(
    result: AttemptResult, code: Disposition, agent: int, customer: int, power: bool
) -> None:
    case = replace(CASE, agent_attempts=0 if power else agent, customer_attempts=customer)
    settlement = settled(result, code, case, POWER if power else AGENT_FIRST)
    used = (settlement.agent_attempts - case.agent_attempts, settlement.customer_attempts - customer)
    assert used == ((settlement.used is Side.AGENT), (settlement.used is Side.CUSTOMER))
    assert (settlement.due_at is not None) == (settlement.status in OPEN)
    assert settlement.due_at is None or settlement.due_at >= NOW
    if code.dnc:
        assert settlement.status is CaseStatus.DNC
    elif not code.counts:
        assert settlement.used is None
    if code.final and not code.dnc and result in RESULTS:
        assert settlement.final
        assert settlement.due_at is None
    assert not (settlement.exhausted and settlement.status in OPEN)
