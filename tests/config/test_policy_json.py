import json
from typing import get_args

from hypothesis import given, strategies as st

from engine.config import policy_from_json, policy_json
from engine.domain.dispositions import RetryRule
from engine.domain.policy import (
    Budget,
    BusinessHours,
    CampaignPolicy,
    Collect,
    Condition,
    DialAgent,
    DialCustomer,
    End,
    Play,
    SetVariable,
    Variable,
    Window,
)
from engine.domain.time import DAY
from engine.domain.words import DialMode

WINDOWS = st.tuples(st.integers(0, 719), st.integers(720, 1440)).map(
    lambda ends: Window(opens=ends[0], closes=ends[1])
)
HOURS = st.builds(
    BusinessHours,
    zone=st.sampled_from(["Europe/London", "America/New_York"]),
    week=st.tuples(*[st.lists(WINDOWS, max_size=2).map(tuple)] * 7),
    holidays=st.lists(st.dates().map(str), max_size=3).map(tuple),
)
BUDGETS = st.builds(Budget, max=st.integers(1, 9), interval=st.integers(0, DAY))
RULES = st.builds(RetryRule)
CONDITIONS = st.none() | st.builds(Condition)
STEPS = st.one_of(
    st.just(DialAgent()),
    st.just(DialCustomer()),
    st.builds(Play, message=st.text()),
    st.builds(Collect, digits=st.integers(1, 9), within=st.integers(0, DAY)),
    st.builds(
        SetVariable,
        variable=st.sampled_from(get_args(Variable)),
        value=st.booleans(),
        when=CONDITIONS,
    ),
    st.builds(End, when=CONDITIONS),
)


def policies(mode: DialMode) -> st.SearchStrategy[CampaignPolicy]:
    return st.builds(
        CampaignPolicy,
        mode=st.just(mode),
        pool=st.none() if mode is DialMode.AGENTLESS else st.text(),
        agent_attempts=BUDGETS if mode is DialMode.AGENT_FIRST else st.none(),
        customer_attempts=BUDGETS,
        retry=st.dictionaries(st.text(), RULES, max_size=2),
        business_hours=st.none() | HOURS,
        flow=st.lists(STEPS, max_size=5).map(tuple),
        ratio=st.floats(0.01, 100),
    )


@given(st.sampled_from(DialMode).flatmap(policies))
def test_a_policy_comes_back_from_json_as_it_went(policy: CampaignPolicy) -> None:
    assert policy_from_json(json.loads(json.dumps(policy_json(policy)))) == policy
