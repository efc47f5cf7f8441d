"""Promised calls: what is promised, until when it stands, and what an agent may not say."""

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given, strategies as st

from engine.attempts.flow import first_leg
from engine.attempts.promises import (
    callback_refused,
    code_refused,
    disposition_refused,
    handed_over,
    left_over,
    promise_columns,
    promise_in,
    promised,
    without_promise,
)
from engine.attempts.settlement import AttemptResult, Settlement, after_attempt
from engine.domain.callbacks import Callback, Promise
from engine.domain.dispositions import Disposition
from engine.domain.policy import MAX_INTERVAL, CallbackKeeper, CallbackPolicy, CampaignPolicy
from engine.domain.time import DAY, HOUR, MINUTE
from engine.domain.words import CaseStatus, DialMode, Ending, Outcome, Rank, Side
from tests.attempts.test_settlement import (
    AGENTLESS,
    CASE,
    FRIDAY_16_55,
    NEVER_OPEN,
    POLICY,
    PROGRESSIVE,
    WORKING_DAYS,
)

NOW: Final = FRIDAY_16_55
MINE: Final = Callback(at=NOW + 2 * HOUR, agent="eve", window=HOUR, anyone_after=10 * MINUTE)
PROMISE: Final = Promise(at=NOW, until=NOW + HOUR, agent="eve", anyone_at=NOW + 10 * MINUTE)
OWED: Final = replace(CASE, status=CaseStatus.CALLBACK, rank=Rank.CALLBACK, promise=PROMISE)


def after(ending: Ending, policy: CampaignPolicy = PROGRESSIVE, **more: object) -> Settlement:
    result = AttemptResult(ending=ending, ended_at=NOW, **more)  # type: ignore[arg-type]
    return after_attempt(OWED, result, policy, now=NOW)


# --- what stands ------------------------------------------------------------------------------------


def test_a_callback_has_the_campaigns_window_and_fall_back_where_it_has_none() -> None:
    policy = CallbackPolicy(window=2 * HOUR, anyone_after=5 * MINUTE)
    assert promised(Callback(at=NOW, agent="eve"), policy, due_at=NOW) == Promise(
        at=NOW, until=NOW + 2 * HOUR, agent="eve", anyone_at=NOW + 5 * MINUTE
    )
    assert promised(MINE, policy, due_at=NOW).until == NOW + HOUR
    assert promised(Callback(at=NOW), policy, due_at=NOW).anyone_at is None


def test_window_and_fall_back_begin_when_business_hours_open() -> None:
    policy = replace(PROGRESSIVE, business_hours=WORKING_DAYS)
    promise = after(Ending.CONNECTED, policy, outcome=Outcome.ANSWERED, callback=MINE).promise
    assert promise is not None
    monday_9 = NOW + 2 * DAY + 16 * HOUR + 5 * MINUTE
    assert (promise.at, promise.anyone_at, promise.until) == (
        NOW + 2 * HOUR,
        monday_9 + 10 * MINUTE,
        monday_9 + HOUR,
    )


@pytest.mark.parametrize(
    ("at", "owner", "over"),
    [(-1, "eve", False), (0, "eve", False), (10, None, False), (59, None, False), (60, None, True)],
)
def test_a_promise_is_its_agents_until_it_falls_to_anyone_and_over_at_the_end_of_its_window(
    at: int, owner: str | None, over: bool
) -> None:
    now = NOW + at * MINUTE
    assert (PROMISE.owner(now), PROMISE.is_over(now)) == (owner, over)


def test_without_a_fall_back_it_stays_its_agents_for_the_whole_window() -> None:
    alone = replace(PROMISE, anyone_at=None)
    assert (alone.owner(NOW + 59 * MINUTE), alone.owner(NOW + HOUR)) == ("eve", None)
    assert replace(PROMISE, anyone_at=NOW + 2 * HOUR).free_at == NOW + HOUR


@given(
    st.builds(
        Promise,
        at=st.integers(0, 9),
        until=st.integers(0, 9),
        agent=st.none() | st.just("eve"),
        anyone_at=st.none() | st.integers(0, 9),
    )
    | st.none()
)
def test_a_promise_survives_its_columns(promise: Promise | None) -> None:
    assert promise_in(promise_columns(promise)) == promise


def test_a_promise_that_is_moved_keeps_the_lengths_of_its_window_and_fall_back() -> None:
    assert left_over(PROMISE, NOW) == (HOUR, 10 * MINUTE)
    assert left_over(replace(PROMISE, anyone_at=None), NOW - HOUR) == (2 * HOUR, None)


def test_a_promise_that_is_over_leaves_an_ordinary_retry() -> None:
    assert without_promise(CaseStatus.CALLBACK) is CaseStatus.CUSTOMER_RESCHEDULED
    assert without_promise(CaseStatus.AGENT_RESCHEDULED) is CaseStatus.AGENT_RESCHEDULED


@pytest.mark.parametrize("policy", [{"window": 0}, {"anyone_after": -1}])
def test_a_policy_that_makes_no_sense_is_refused(policy: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"lasts some time|is not negative"):
        CallbackPolicy(**policy)


# --- what keeps it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "more"),
    [
        (Ending.REFUSED, {}),
        (Ending.SKIPPED, {}),
        (Ending.AGENT_NOT_REACHED, {}),
        (Ending.UNKNOWN, {}),
        (Ending.UNKNOWN, {"last_intended": Side.AGENT}),
    ],
)
def test_an_attempt_that_did_not_call_the_customer_leaves_the_promise(
    ending: Ending, more: dict[str, Any]
) -> None:
    settlement = after(ending, **more)
    assert (settlement.promise, settlement.rank) == (PROMISE, Rank.CALLBACK)


def test_an_agent_who_was_not_reached_uses_an_agent_attempt_and_the_promise_stands() -> None:
    settlement = after(Ending.AGENT_NOT_REACHED, POLICY)
    assert (settlement.status, settlement.used) == (CaseStatus.CALLBACK, Side.AGENT)
    assert (settlement.promise, settlement.rank) == (PROMISE, Rank.CALLBACK)


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending.CUSTOMER_NOT_REACHED, Outcome.NO_ANSWER),
        (Ending.ABANDONED, Outcome.ANSWERED),
        (Ending.UNKNOWN, Outcome.UNKNOWN),
        (Ending.CONNECTED, Outcome.ANSWERED),
    ],
)
def test_a_call_to_the_customer_keeps_the_promise_whatever_comes_of_it(
    ending: Ending, outcome: Outcome
) -> None:
    last = Side.CUSTOMER if ending is Ending.UNKNOWN else None
    settlement = after(ending, outcome=outcome, last_intended=last)
    assert (settlement.promise, settlement.rank) == (None, Rank.RETRY)
    assert settlement.status is not CaseStatus.CALLBACK


def test_a_conversation_that_costs_nothing_and_asks_for_the_agent_again_has_kept_the_promise() -> None:
    free = replace(POLICY, dispositions={"oops": Disposition(code="oops", counts=False)})
    settlement = after(
        Ending.CONNECTED, free, outcome=Outcome.ANSWERED, disposition="oops", reschedule_agent_call=True
    )
    assert (settlement.status, settlement.promise) == (CaseStatus.CUSTOMER_RESCHEDULED, None)


def test_a_new_promise_takes_the_place_of_the_one_before() -> None:
    settlement = after(Ending.CONNECTED, outcome=Outcome.ANSWERED, callback=MINE)
    assert settlement.promise is not None
    assert (settlement.promise.at, settlement.used) == (MINE.at, None)
    assert (settlement.status, settlement.rank) == (CaseStatus.CALLBACK, Rank.CALLBACK)


def test_a_closed_case_promises_nothing() -> None:
    never = replace(PROGRESSIVE, business_hours=NEVER_OPEN)
    assert after(Ending.REFUSED, never).promise is None
    never_again = after(Ending.CONNECTED, never, outcome=Outcome.ANSWERED, callback=MINE)
    assert (never_again.promise, never_again.due_at) == (None, None)
    final = replace(PROGRESSIVE, dispositions={"no": Disposition(code="no", final=True)})
    assert after(Ending.AGENT_NOT_REACHED, final, disposition="no").promise is None


# --- kept by another campaign -----------------------------------------------------------------------

KEEPER: Final = CallbackKeeper(campaign="backs", pool="care", business_hours=WORKING_DAYS)


def test_a_callback_that_another_campaign_keeps_completes_the_case_here() -> None:
    policy = replace(PROGRESSIVE, callbacks_to=KEEPER)
    settlement = after(Ending.CONNECTED, policy, outcome=Outcome.ANSWERED, callback=MINE)
    assert (settlement.status, settlement.final, settlement.due_at) == (CaseStatus.COMPLETED, True, None)
    assert "campaign backs keeps" in settlement.reason


def test_it_is_due_there_by_the_hours_and_rules_of_that_campaign() -> None:
    handed = handed_over(Callback(at=NOW + 2 * HOUR), KEEPER, now=NOW)
    assert handed is not None
    promise, due_at = handed
    assert due_at == NOW + 2 * DAY + 16 * HOUR + 5 * MINUTE
    assert promise.until == due_at + DAY
    assert handed_over(MINE, replace(KEEPER, business_hours=NEVER_OPEN), now=NOW) is None
    always = handed_over(MINE, replace(KEEPER, business_hours=None), now=NOW)
    assert always is not None
    assert always[1] == MINE.at


# --- what an agent may say --------------------------------------------------------------------------

CODES: Final = {
    code: Disposition(code=code, **settings)  # type: ignore[arg-type]
    for code, settings in {
        "sold": {"final": True},
        "later": {},
        "stop": {"dnc": True},
        "hidden": {"agents": False},
    }.items()
}
CODED: Final = replace(PROGRESSIVE, dispositions=CODES)


@pytest.mark.parametrize(
    ("policy", "code", "refusal"),
    [
        (PROGRESSIVE, "anything", None),
        (PROGRESSIVE, "busy", "busy is not for agents to choose"),
        (PROGRESSIVE, "no-disposition", None),
        (CODED, "no-disposition", None),
        (CODED, "later", None),
        (CODED, "hidden", "hidden is not for agents to choose"),
        (replace(CODED, default_disposition="hidden"), "hidden", None),
        (CODED, "laetr", "there is no disposition 'laetr'; agents choose among later, sold, stop"),
        (
            replace(CODED, dispositions={"hidden": CODES["hidden"]}),
            "later",
            "there is no disposition 'later'; agents choose among none",
        ),
    ],
)
def test_agents_give_codes_that_are_for_agents(
    policy: CampaignPolicy, code: str, refusal: str | None
) -> None:
    assert code_refused(code, policy) == refusal


@pytest.mark.parametrize(
    ("callback", "refusal"),
    [
        (Callback(at=NOW + 1), None),
        (MINE, None),
        (Callback(at=NOW), "in the past"),
        (Callback(at=NOW + MAX_INTERVAL), None),
        (Callback(at=NOW + MAX_INTERVAL + 1), "more than 10 years ahead"),
        (replace(MINE, window=0), "window is some time"),
        (replace(MINE, window=MAX_INTERVAL + 1), "window is some time"),
        (replace(MINE, anyone_after=-1), "fall-back comes after some time"),
        (replace(MINE, anyone_after=MAX_INTERVAL + 1), "fall-back comes after some time"),
        (replace(MINE, agent=None), "needs no fall-back"),
        (replace(MINE, agent="bob"), "there is no agent 'bob' in pool sales"),
    ],
)
def test_a_callback_that_cannot_be_is_refused(callback: Callback, refusal: str | None) -> None:
    said = callback_refused(callback, PROGRESSIVE, {"eve"}, now=NOW)
    assert (said is None) if refusal is None else (said is not None and refusal in said)


def test_nobody_in_particular_makes_the_calls_of_an_agentless_campaign() -> None:
    said = callback_refused(MINE, AGENTLESS, {"eve"}, now=NOW)
    assert said is not None
    assert "agentless" in said
    assert callback_refused(Callback(at=NOW + 1), AGENTLESS, (), now=NOW) is None


def test_the_agent_of_a_callback_works_in_the_pool_that_makes_the_call() -> None:
    elsewhere = replace(PROGRESSIVE, callbacks_to=KEEPER)
    said = callback_refused(MINE, elsewhere, {"max"}, now=NOW)
    assert said == "there is no agent 'eve' in pool care"


@pytest.mark.parametrize(
    ("code", "callback", "refusal"),
    [
        ("later", None, None),
        ("later", MINE, None),
        ("nonsense", MINE, "there is no disposition 'nonsense'; agents choose among later, sold, stop"),
        ("sold", MINE, "sold is final, and promises no callback"),
        ("stop", MINE, "stop forbids calling again, and promises no callback"),
        ("sold", None, None),
    ],
)
def test_a_code_that_closes_the_case_promises_nothing(
    code: str, callback: Callback | None, refusal: str | None
) -> None:
    assert disposition_refused(code, callback, CODED, {"eve"}, now=NOW) == refusal


@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.POWER])
def test_an_agents_own_callback_is_not_begun_with_the_customer(mode: DialMode) -> None:
    policy = replace(PROGRESSIVE, mode=mode)
    assert first_leg(policy, nailed_up=True, with_agent=True) is None
    assert first_leg(policy, nailed_up=True, with_agent=False) is Side.CUSTOMER
