"""Each row of the tables is one sentence of the rules; the properties hold over any history of a case."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, strategies as st

from engine.attempts.settlement import (
    AttemptResult,
    Settlement,
    after_attempt,
    agent_attempt_number,
    customer_attempt_number,
)
from engine.compliance.hours import is_open
from engine.domain.case import Case
from engine.domain.dispositions import RetryRule
from engine.domain.policy import Budget, BusinessHours, CampaignPolicy, Preview, Window
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant
from engine.domain.words import OPEN, CaseStatus, DialMode, Ending, Outcome, Rank, Side

MONDAY_10_00: Final[Instant] = 1_772_445_600 * SECOND  # 2026-03-02T10:00:00Z
FRIDAY_16_55: Final[Instant] = MONDAY_10_00 + 4 * DAY + 6 * HOUR + 55 * MINUTE

WORKING_DAYS: Final = BusinessHours(
    zone="Europe/London", week=((Window(opens=9 * 60, closes=17 * 60),),) * 5 + ((), ())
)
NEVER_OPEN: Final = BusinessHours(zone="Europe/London", week=((),) * 7)

CASE: Final = Case(id=1, campaign="confirm", lead=1, phone=1)

POLICY: Final = CampaignPolicy(
    name="confirm",
    mode=DialMode.AGENT_FIRST,
    lists=("orders",),
    pool="sales",
    agent_attempts=Budget(max=3, interval=10 * MINUTE),
    customer_attempts=Budget(max=2, interval=60 * MINUTE),
    refused_interval=30 * SECOND,
    unknown_interval=30 * MINUTE,
    preview=Preview(skip_interval=2 * HOUR),
)
AGENTLESS: Final = CampaignPolicy(
    name="notify",
    mode=DialMode.AGENTLESS,
    lists=("orders",),
    pool=None,
    customer_attempts=Budget(max=5, interval=60 * MINUTE),
)
PROGRESSIVE: Final = replace(AGENTLESS, name="sell", mode=DialMode.PROGRESSIVE, pool="sales")

PATIENT: Final = replace(POLICY, customer_attempts=Budget(max=5, interval=60 * MINUTE))

CUSTOMER_ENDINGS: Final = (
    Ending.CUSTOMER_NOT_REACHED,
    Ending.AGENT_LEFT,
    Ending.MACHINE,
    Ending.MESSAGE_LEFT,
    Ending.ABANDONED,
    Ending.HUNG_UP,
)


def result(ending: Ending, at: Instant = MONDAY_10_00, **facts: object) -> AttemptResult:
    return replace(AttemptResult(ending=ending, ended_at=at), **facts)  # type: ignore[arg-type]


def settle(result: AttemptResult, case: Case = CASE, policy: CampaignPolicy = POLICY) -> Settlement:
    return after_attempt(case, result, policy, now=result.ended_at)


def applied(case: Case, settlement: Settlement) -> Case:
    return replace(
        case,
        status=settlement.status,
        agent_attempts=settlement.agent_attempts,
        customer_attempts=settlement.customer_attempts,
        results=settlement.results,
        rank=settlement.rank,
        due_at=settlement.due_at,
    )


# --- the documented example: 3 agent attempts 10 minutes apart, 2 customer attempts 60 minutes apart ---

ANSWERS: Final = {
    "A": Ending.AGENT_NOT_REACHED,
    "C": Ending.CUSTOMER_NOT_REACHED,
    "+": Ending.CONNECTED,
}


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("+", "COMPLETED"),
        ("A+", "COMPLETED"),
        ("C+", "COMPLETED"),
        ("AA+", "COMPLETED"),
        ("AC+", "COMPLETED"),
        ("CA+", "COMPLETED"),
        ("AAC+", "COMPLETED"),
        ("ACA+", "COMPLETED"),
        ("CAA+", "COMPLETED"),
        ("CC", "CUSTOMER_FAILED"),
        ("ACC", "CUSTOMER_FAILED"),
        ("CAC", "CUSTOMER_FAILED"),
        ("AACC", "CUSTOMER_FAILED"),
        ("ACAC", "CUSTOMER_FAILED"),
        ("CAAC", "CUSTOMER_FAILED"),
        ("AAA", "AGENT_FAILED"),
        ("AACA", "AGENT_FAILED"),
        ("ACAA", "AGENT_FAILED"),
        ("CAAA", "AGENT_FAILED"),
    ],
)
def test_every_path_of_the_documented_example_ends_as_documented(path: str, last: str) -> None:
    case, now = CASE, MONDAY_10_00
    for step, letter in enumerate(path, start=1):
        settlement = settle(result(ANSWERS[letter], now), case)
        case = applied(case, settlement)
        if step == len(path):
            break
        assert case.due_at is not None
        assert case.rank is Rank.RETRY
        expected = (
            (CaseStatus.AGENT_RESCHEDULED, 10) if letter == "A" else (CaseStatus.CUSTOMER_RESCHEDULED, 60)
        )
        assert (case.status, (case.due_at - now) // MINUTE) == expected
        now = case.due_at
    assert case.status == last
    assert case.due_at is None
    assert (case.agent_attempts, case.customer_attempts) == (path.count("A"), path.count("C"))


# --- who pays -----------------------------------------------------------------------------------


def test_an_agent_not_answering_costs_an_agent_attempt_and_no_customer_attempt() -> None:
    assert settle(result(Ending.AGENT_NOT_REACHED)) == Settlement(
        status=CaseStatus.AGENT_RESCHEDULED,
        used=Side.AGENT,
        agent_attempts=1,
        customer_attempts=0,
        rank=Rank.RETRY,
        due_at=MONDAY_10_00 + 10 * MINUTE,
        reason="the agent did not answer; agent attempt 1 of 3 is used, next try in 10m",
    )


@pytest.mark.parametrize("ending", CUSTOMER_ENDINGS)
def test_everything_that_befalls_the_customer_leg_costs_a_customer_attempt(ending: Ending) -> None:
    settlement = settle(result(ending))
    assert settlement.status is CaseStatus.CUSTOMER_RESCHEDULED
    assert (settlement.used, settlement.agent_attempts, settlement.customer_attempts) == (Side.CUSTOMER, 0, 1)
    assert settlement.due_at == MONDAY_10_00 + 60 * MINUTE

    last = settle(result(ending), applied(CASE, settlement))
    assert (last.status, last.customer_attempts, last.due_at) == (CaseStatus.CUSTOMER_FAILED, 2, None)
    assert last.reason.endswith("customer attempt 2 of 2 is used, the last one")


@pytest.mark.parametrize("ending", [Ending.CONNECTED, Ending.SERVED])
def test_a_call_that_served_its_purpose_completes_the_case_and_costs_nothing(ending: Ending) -> None:
    settlement = settle(result(ending))
    assert (settlement.status, settlement.used, settlement.due_at) == (CaseStatus.COMPLETED, None, None)


@pytest.mark.parametrize(
    ("status", "rank"),
    [
        (CaseStatus.NEW, Rank.NEW),
        (CaseStatus.AGENT_RESCHEDULED, Rank.RETRY),
        (CaseStatus.CUSTOMER_RESCHEDULED, Rank.RETRY),
    ],
)
@pytest.mark.parametrize(("ending", "interval"), [(Ending.REFUSED, 30 * SECOND), (Ending.SKIPPED, 2 * HOUR)])
def test_a_refusal_and_a_skip_cost_nothing_and_change_nothing_but_the_time(
    status: CaseStatus, rank: Rank, ending: Ending, interval: int
) -> None:
    case = replace(CASE, status=status, rank=rank, agent_attempts=1, customer_attempts=1)
    settlement = settle(result(ending), case)
    assert applied(case, settlement) == replace(case, due_at=MONDAY_10_00 + interval)
    assert settlement.used is None


def test_a_customer_first_campaign_has_no_budget_for_its_agents_and_charges_nobody_for_them() -> None:
    settlement = settle(result(Ending.AGENT_NOT_REACHED), policy=PROGRESSIVE)
    assert (settlement.status, settlement.used) == (CaseStatus.NEW, None)
    assert settlement.due_at == MONDAY_10_00 + PROGRESSIVE.refused_interval


# --- crashes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_intended", "policy", "status", "used", "rest"),
    [
        (Side.AGENT, POLICY, CaseStatus.AGENT_RESCHEDULED, Side.AGENT, 30 * MINUTE),
        (Side.CUSTOMER, POLICY, CaseStatus.CUSTOMER_RESCHEDULED, Side.CUSTOMER, 60 * MINUTE),
        (Side.AGENT, PROGRESSIVE, CaseStatus.CUSTOMER_RESCHEDULED, Side.CUSTOMER, 60 * MINUTE),
        (None, POLICY, CaseStatus.NEW, None, 0),
    ],
)
def test_after_a_crash_the_side_whose_leg_was_last_committed_pays_and_rests(
    last_intended: Side | None, policy: CampaignPolicy, status: CaseStatus, used: Side | None, rest: int
) -> None:
    settlement = settle(result(Ending.UNKNOWN, last_intended=last_intended), policy=policy)
    assert (settlement.status, settlement.used) == (status, used)
    assert settlement.due_at == MONDAY_10_00 + rest


@pytest.mark.parametrize(
    ("last_intended", "status"),
    [(Side.AGENT, CaseStatus.AGENT_FAILED), (Side.CUSTOMER, CaseStatus.CUSTOMER_FAILED)],
)
def test_a_crash_may_use_the_last_attempt(last_intended: Side, status: CaseStatus) -> None:
    case = replace(CASE, agent_attempts=2, customer_attempts=1)
    assert settle(result(Ending.UNKNOWN, last_intended=last_intended), case).status is status


# --- flows that go on, and their variables ------------------------------------------------------


@pytest.mark.parametrize("ending", [Ending.AGENT_NOT_REACHED, *CUSTOMER_ENDINGS])
def test_a_flow_that_goes_on_completes_the_case_at_no_cost(ending: Ending) -> None:
    settlement = settle(result(ending, continued=True))
    assert (settlement.status, settlement.used, settlement.due_at) == (CaseStatus.COMPLETED, None, None)
    assert settlement.reason.endswith("and the flow went on to its end")


AT_THE_END: Final = [
    result(Ending.CONNECTED),
    result(Ending.AGENT_NOT_REACHED, continued=True),
    result(Ending.CUSTOMER_NOT_REACHED, continued=True, outcome=Outcome.BUSY),
]


@pytest.mark.parametrize("end", AT_THE_END)
@pytest.mark.parametrize(
    ("agent", "customer", "used", "status", "interval"),
    [
        (True, False, Side.AGENT, CaseStatus.AGENT_RESCHEDULED, 10 * MINUTE),
        (False, True, Side.CUSTOMER, CaseStatus.CUSTOMER_RESCHEDULED, 60 * MINUTE),
        (True, True, Side.CUSTOMER, CaseStatus.CUSTOMER_RESCHEDULED, 60 * MINUTE),
    ],
)
def test_variables_ask_for_another_try_at_the_end_of_the_flow_and_the_customer_wins(
    end: AttemptResult, agent: bool, customer: bool, used: Side, status: CaseStatus, interval: int
) -> None:
    asked = replace(end, reschedule_agent_call=agent, reschedule_customer_call=customer)
    settlement = settle(asked)
    assert (settlement.used, settlement.status) == (used, status)
    assert settlement.due_at == MONDAY_10_00 + interval
    assert "the flow asked for another try" in settlement.reason


@pytest.mark.parametrize("end", AT_THE_END)
def test_a_budget_that_is_used_up_fails_even_when_a_variable_asks_for_more(end: AttemptResult) -> None:
    nearly = replace(CASE, agent_attempts=2, customer_attempts=1)
    customer = settle(replace(end, reschedule_customer_call=True), nearly)
    agent = settle(replace(end, reschedule_agent_call=True), nearly)
    assert (customer.status, customer.customer_attempts) == (CaseStatus.CUSTOMER_FAILED, 2)
    assert (agent.status, agent.agent_attempts) == (CaseStatus.AGENT_FAILED, 3)


@pytest.mark.parametrize(
    "ending", [Ending.AGENT_NOT_REACHED, Ending.REFUSED, Ending.SKIPPED, Ending.UNKNOWN, *CUSTOMER_ENDINGS]
)
def test_variables_add_nothing_when_the_flow_did_not_reach_its_end(ending: Ending) -> None:
    plain = result(ending, last_intended=Side.AGENT)
    asked = replace(plain, reschedule_agent_call=True, reschedule_customer_call=True)
    assert settle(asked) == settle(plain)


def test_asking_for_the_agent_again_where_there_are_no_agent_attempts_is_a_broken_configuration() -> None:
    with pytest.raises(AssertionError, match="no agent attempts"):
        settle(result(Ending.SERVED, reschedule_agent_call=True), policy=AGENTLESS)


# --- retry rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "end"),
    [
        ("busy", result(Ending.CUSTOMER_NOT_REACHED, outcome=Outcome.BUSY)),
        ("no-answer", result(Ending.CUSTOMER_NOT_REACHED, outcome=Outcome.NO_ANSWER)),
        ("cancelled", result(Ending.AGENT_LEFT, outcome=Outcome.CANCELLED)),
        ("machine", result(Ending.MACHINE, outcome=Outcome.ANSWERED)),
        ("message-left", result(Ending.MESSAGE_LEFT, outcome=Outcome.ANSWERED)),
        ("abandoned", result(Ending.ABANDONED, outcome=Outcome.ANSWERED)),
        ("hung-up", result(Ending.HUNG_UP, outcome=Outcome.ANSWERED)),
    ],
)
def test_a_retry_rule_sets_the_interval_and_the_limit_of_one_result(key: str, end: AttemptResult) -> None:
    policy = replace(PATIENT, retry={key: RetryRule(after=5 * MINUTE, max=2)})
    first = settle(end, policy=policy)
    assert (first.status, first.results) == (CaseStatus.CUSTOMER_RESCHEDULED, {key: 1})
    assert first.due_at == MONDAY_10_00 + 5 * MINUTE

    second = settle(end, applied(CASE, first), policy)
    assert (second.status, second.results, second.due_at) == (CaseStatus.CUSTOMER_FAILED, {key: 2}, None)
    assert second.reason.endswith(f"customer attempt 2 of 5 is used, and {key} may come only 2 times")


def test_results_are_counted_apart_and_only_where_there_is_a_rule() -> None:
    policy = replace(PATIENT, retry={"busy": RetryRule(max=2), "machine": RetryRule(after=3 * HOUR)})
    case = CASE
    for end in (
        result(Ending.CUSTOMER_NOT_REACHED, outcome=Outcome.BUSY),
        result(Ending.MACHINE),
        result(Ending.CUSTOMER_NOT_REACHED, outcome=Outcome.NO_ANSWER),
        result(Ending.CUSTOMER_NOT_REACHED),
    ):
        case = applied(case, settle(end, case, policy))
    assert case.results == {"busy": 1, "machine": 1}
    assert case.status is CaseStatus.CUSTOMER_RESCHEDULED
    assert case.due_at == MONDAY_10_00 + 60 * MINUTE


def test_a_result_that_may_come_once_ends_the_case_at_once() -> None:
    policy = replace(PATIENT, retry={"invalid": RetryRule(max=1)})
    settlement = settle(result(Ending.CUSTOMER_NOT_REACHED, outcome=Outcome.INVALID), policy=policy)
    assert settlement.status is CaseStatus.CUSTOMER_FAILED
    assert settlement.reason == (
        "the number is not in service; customer attempt 1 of 5 is used, and invalid ends it"
    )


def test_settling_leaves_the_case_it_was_given_as_it_was() -> None:
    case = replace(CASE, results={"busy": 1})
    policy = replace(PATIENT, retry={"busy": RetryRule(max=9)})
    settlement = settle(result(Ending.CUSTOMER_NOT_REACHED, outcome=Outcome.BUSY), case, policy)
    assert (case.results, settlement.results) == ({"busy": 1}, {"busy": 2})


# --- due times ----------------------------------------------------------------------------------


def test_a_due_time_outside_business_hours_moves_to_the_next_opening() -> None:
    policy = replace(POLICY, business_hours=WORKING_DAYS)
    settlement = settle(result(Ending.AGENT_NOT_REACHED, FRIDAY_16_55), policy=policy)
    assert settlement.due_at == MONDAY_10_00 + 7 * DAY - HOUR
    assert settlement.reason == (
        "the agent did not answer; agent attempt 1 of 3 is used,"
        " next try when business hours open, 2026-03-09 09:00 in Europe/London"
    )


def test_a_due_time_at_the_closing_instant_moves_and_one_just_before_stays() -> None:
    policy = replace(POLICY, business_hours=WORKING_DAYS)
    before = settle(result(Ending.AGENT_NOT_REACHED, FRIDAY_16_55 - 5 * MINUTE - 1), policy=policy)
    at = settle(result(Ending.AGENT_NOT_REACHED, FRIDAY_16_55 - 5 * MINUTE), policy=policy)
    assert before.due_at == FRIDAY_16_55 + 5 * MINUTE - 1
    assert at.due_at == MONDAY_10_00 + 7 * DAY - HOUR


@pytest.mark.parametrize(
    ("ending", "status", "failed"),
    [
        (Ending.AGENT_NOT_REACHED, CaseStatus.NEW, CaseStatus.AGENT_FAILED),
        (Ending.MACHINE, CaseStatus.NEW, CaseStatus.CUSTOMER_FAILED),
        (Ending.REFUSED, CaseStatus.NEW, CaseStatus.CUSTOMER_FAILED),
        (Ending.REFUSED, CaseStatus.CUSTOMER_RESCHEDULED, CaseStatus.CUSTOMER_FAILED),
        (Ending.REFUSED, CaseStatus.AGENT_RESCHEDULED, CaseStatus.AGENT_FAILED),
    ],
)
def test_a_case_whose_business_hours_never_open_again_has_failed(
    ending: Ending, status: CaseStatus, failed: CaseStatus
) -> None:
    policy = replace(POLICY, business_hours=NEVER_OPEN)
    settlement = settle(result(ending), replace(CASE, status=status), policy)
    assert (settlement.status, settlement.due_at) == (failed, None)
    assert settlement.reason.endswith("business hours never open again")


def test_an_interval_runs_from_the_end_of_the_attempt_and_not_from_the_end_of_wrap_up() -> None:
    end = result(Ending.CONNECTED, reschedule_customer_call=True)
    settlement = after_attempt(CASE, end, POLICY, now=MONDAY_10_00 + 2 * MINUTE)
    assert settlement.due_at == MONDAY_10_00 + 60 * MINUTE


def test_an_interval_that_ran_out_during_wrap_up_makes_the_case_due_at_once() -> None:
    settled_at = MONDAY_10_00 + 61 * MINUTE
    end = result(Ending.CONNECTED, reschedule_customer_call=True)
    settlement = after_attempt(CASE, end, POLICY, now=settled_at)
    assert settlement.due_at == settled_at
    assert settlement.reason.endswith("next try at once")


@pytest.mark.parametrize("ending", list(Ending))
def test_every_reason_is_a_sentence_without_a_name_or_a_raw_number(ending: Ending) -> None:
    for outcome in (None, *Outcome):
        reason = settle(result(ending, outcome=outcome, last_intended=Side.CUSTOMER)).reason
        assert reason[0].islower()
        assert not reason.endswith(".")
        assert "None" not in reason
        assert str(MONDAY_10_00)[:6] not in reason


# --- numbers ------------------------------------------------------------------------------------


def test_attempts_are_numbered_from_one_and_a_customer_not_dialed_has_no_number() -> None:
    case = replace(CASE, agent_attempts=1, customer_attempts=2)
    assert agent_attempt_number(CASE) == 1
    assert agent_attempt_number(case) == 2
    assert customer_attempt_number(case, customer_dialed=True) == 3
    assert customer_attempt_number(case, customer_dialed=False) is None


# --- any history --------------------------------------------------------------------------------

budgets = st.builds(Budget, max=st.integers(1, 5), interval=st.integers(0, 3 * DAY))
policies = st.builds(
    replace,
    st.just(POLICY),
    agent_attempts=budgets,
    customer_attempts=budgets,
    business_hours=st.sampled_from([None, WORKING_DAYS]),
    retry=st.dictionaries(
        st.sampled_from(["busy", "no-answer", "machine", "hung-up"]),
        st.builds(
            RetryRule,
            after=st.none() | st.integers(0, DAY),
            max=st.none() | st.integers(1, 3),
        ),
    ),
)
results = st.builds(
    AttemptResult,
    ending=st.sampled_from(list(Ending)),
    ended_at=st.integers(0, 5 * DAY),  # after the case became due
    outcome=st.none() | st.sampled_from(list(Outcome)),
    continued=st.booleans(),
    reschedule_agent_call=st.booleans(),
    reschedule_customer_call=st.booleans(),
    last_intended=st.none() | st.sampled_from(list(Side)),
)


@given(policy=policies, history=st.lists(results, max_size=20), wrap_up=st.integers(0, HOUR))
def test_any_history_of_a_case_keeps_its_budgets_and_its_promises(
    policy: CampaignPolicy, history: list[AttemptResult], wrap_up: int
) -> None:
    assert policy.agent_attempts is not None
    case = replace(CASE, due_at=MONDAY_10_00)
    used: list[Side | None] = []
    for each in history:
        if case.status not in OPEN:
            break
        assert case.due_at is not None
        end = replace(each, ended_at=case.due_at + each.ended_at)
        now = end.ended_at + wrap_up
        settlement = after_attempt(case, end, policy, now=now)
        before, case = case, applied(case, settlement)

        used.append(settlement.used)
        spent = (
            case.agent_attempts - before.agent_attempts + case.customer_attempts - before.customer_attempts
        )
        assert spent == (settlement.used is not None)
        assert case.agent_attempts == used.count(Side.AGENT) <= policy.agent_attempts.max
        assert case.customer_attempts == used.count(Side.CUSTOMER) <= policy.customer_attempts.max

        assert (case.due_at is None) == (case.status not in OPEN)
        if case.due_at is not None:
            assert case.due_at >= now
            assert case.agent_attempts < policy.agent_attempts.max
            assert case.customer_attempts < policy.customer_attempts.max
            assert policy.business_hours is None or is_open(policy.business_hours, case.due_at)
        assert set(case.results) <= set(policy.retry)
        assert sum(case.results.values()) <= case.customer_attempts
        if case.status is CaseStatus.NEW:
            assert case.rank is Rank.NEW
            assert used.count(None) == len(used)
        assert after_attempt(before, end, policy, now=now) == settlement


@given(policy=policies, end=results)
def test_a_campaign_without_agents_never_uses_an_agent_attempt(
    policy: CampaignPolicy, end: AttemptResult
) -> None:
    agentless = replace(policy, mode=DialMode.AGENTLESS, pool=None, agent_attempts=None)
    end = replace(end, ended_at=MONDAY_10_00, reschedule_agent_call=False)
    settlement = after_attempt(CASE, end, agentless, now=MONDAY_10_00)
    assert settlement.used is not Side.AGENT
    assert settlement.agent_attempts == 0
