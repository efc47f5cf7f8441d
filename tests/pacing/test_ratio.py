"""How many to dial: tables for the rules, properties for what may never happen."""

from collections.abc import Sequence
from dataclasses import replace
from math import floor

import pytest
from hypothesis import given, strategies as st

from engine.domain.words import DialMode
from engine.pacing.port import CampaignLoad, PacingAnswer, PoolSnapshot
from engine.pacing.ratio import RatioPacer


def decide(ready: int, *campaigns: CampaignLoad, room: int | None = None) -> PacingAnswer:
    return RatioPacer().decide(PoolSnapshot(now=0, ready=ready, campaigns=campaigns, room=room))


def load(mode: DialMode, name: str = "a", **facts: object) -> CampaignLoad:
    return replace(CampaignLoad(name=name, mode=mode), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "ready", "dialing", "ratio", "dials"),
    [
        (DialMode.AGENT_FIRST, 3, 0, 1.0, 3),
        (DialMode.AGENT_FIRST, 3, 2, 1.0, 3),  # its dials have agents of their own
        (DialMode.AGENT_FIRST, 0, 0, 1.0, 0),
        (DialMode.PREVIEW, 2, 0, 1.0, 2),
        (DialMode.PROGRESSIVE, 3, 0, 1.0, 3),
        (DialMode.PROGRESSIVE, 3, 2, 1.0, 1),
        (DialMode.PROGRESSIVE, 3, 5, 1.0, 0),  # two agents have left meanwhile
        (DialMode.PROGRESSIVE, 0, 0, 1.0, 0),
        (DialMode.POWER, 3, 0, 1.5, 4),
        (DialMode.POWER, 3, 3, 1.5, 1),
        (DialMode.POWER, 0, 0, 3.0, 0),
        (DialMode.POWER, 1, 0, 3.0, 3),
        (DialMode.POWER, 20, 0, 1.15, 23),  # 22.999999999999996 in binary
        (DialMode.POWER, 1, 0, 0.5, 0),
        (DialMode.POWER, 2, 0, 0.5, 1),
    ],
)
def test_each_mode_dials_its_number_for_the_ready_agents(
    mode: DialMode, ready: int, dialing: int, ratio: float, dials: int
) -> None:
    answer = decide(ready, load(mode, dialing=dialing, live=dialing, ratio=ratio))
    assert answer.dials == ({"a": dials} if dials else {})
    assert (answer.cancel, answer.look_again) == ((), None)


@pytest.mark.parametrize(("live", "room", "dials"), [(0, None, 10), (7, None, 3), (10, None, 0), (0, 4, 4)])
def test_an_agentless_campaign_fills_its_lines_without_any_agent(
    live: int, room: int | None, dials: int
) -> None:
    answer = decide(0, load(DialMode.AGENTLESS, lines=10, live=live, dialing=live), room=room)
    assert answer.dials == ({"a": dials} if dials else {})


def test_nothing_is_dialed_for_a_campaign_that_may_not() -> None:
    answer = decide(5, load(DialMode.PROGRESSIVE, may_dial=False))
    assert answer == PacingAnswer(reason="no campaign may dial")


def test_the_dials_in_flight_of_a_paused_campaign_still_hold_their_agents() -> None:
    paused = load(DialMode.PROGRESSIVE, "a", may_dial=False, dialing=2)
    assert decide(3, paused, load(DialMode.PROGRESSIVE, "b")).dials == {"b": 1}


def test_the_reason_tells_what_was_seen() -> None:
    answer = decide(3, load(DialMode.PROGRESSIVE, dialing=1), room=9)
    assert answer.reason == "3 ready, 1 in flight, room for 9"


# --- campaigns that share a pool ----------------------------------------------------------------


def test_campaigns_of_one_pool_share_by_weight() -> None:
    heavy = load(DialMode.PROGRESSIVE, "heavy", weight=3)
    light = load(DialMode.PROGRESSIVE, "light", weight=1)
    assert decide(8, heavy, light).dials == {"heavy": 6, "light": 2}


def test_the_campaign_that_has_had_least_of_its_share_goes_first() -> None:
    ahead = load(DialMode.AGENT_FIRST, "a", started=4)
    behind = load(DialMode.AGENT_FIRST, "b", started=2)
    assert decide(2, ahead, behind).dials == {"b": 2}
    assert decide(4, ahead, behind).dials == {"a": 1, "b": 3}


def test_equal_shares_go_by_name() -> None:
    assert decide(1, load(DialMode.PROGRESSIVE, "b"), load(DialMode.PROGRESSIVE, "a")).dials == {"a": 1}


def test_a_campaign_of_higher_priority_comes_first_whatever_it_has_had() -> None:
    urgent = load(DialMode.PROGRESSIVE, "urgent", priority=2, started=90)
    usual = load(DialMode.PROGRESSIVE, "usual", priority=1, weight=9)
    assert decide(3, urgent, usual).dials == {"urgent": 3}
    assert decide(3, replace(urgent, may_dial=False), usual).dials == {"usual": 3}


def test_campaigns_of_one_priority_share_what_a_higher_one_leaves_them() -> None:
    urgent = load(DialMode.AGENTLESS, "urgent", priority=2, lines=1)
    heavy = load(DialMode.PROGRESSIVE, "heavy", weight=3)
    light = load(DialMode.PROGRESSIVE, "light", weight=1)
    assert decide(4, light, urgent, heavy).dials == {"urgent": 1, "heavy": 3, "light": 1}


def test_an_agent_first_dial_takes_an_agent_from_the_others() -> None:
    first = load(DialMode.AGENT_FIRST, "a")
    progressive = load(DialMode.PROGRESSIVE, "b")
    assert decide(3, first, progressive).dials == {"a": 2, "b": 1}


def test_an_agent_first_dial_never_takes_an_agent_whom_a_ringing_customer_may_need() -> None:
    first = load(DialMode.AGENT_FIRST, "a")
    ringing = load(DialMode.PROGRESSIVE, "b", dialing=2, started=2)
    assert decide(2, first, ringing).dials == {}


def test_a_power_campaign_does_not_overtake_one_that_waits_for_its_agent() -> None:
    power = load(DialMode.POWER, "power", ratio=3.0, dialing=2, started=20)
    assert decide(2, power, load(DialMode.AGENT_FIRST, "first", started=3)).dials == {}
    assert decide(2, power).dials == {"power": 4}


def test_an_agentless_campaign_waits_for_nobody() -> None:
    waiting = load(DialMode.PROGRESSIVE, "a", dialing=1)
    assert decide(1, waiting, load(DialMode.AGENTLESS, "b", lines=2)).dials == {"b": 2}


def test_a_power_campaign_whose_ratio_allows_no_dial_holds_up_nobody() -> None:
    half = load(DialMode.POWER, "a", ratio=0.5)
    assert decide(1, half, load(DialMode.PROGRESSIVE, "b", started=9)).dials == {"b": 1}


# --- what may never happen ----------------------------------------------------------------------


@st.composite
def campaign_loads(draw: st.DrawFn) -> list[CampaignLoad]:
    names = draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6))
    return [
        CampaignLoad(
            name=name,
            mode=draw(st.sampled_from(list(DialMode))),
            priority=draw(st.integers(0, 2)),
            weight=draw(st.integers(1, 5)),
            ratio=draw(st.floats(0.1, 4.0)),
            lines=draw(st.integers(0, 20)),
            dialing=draw(st.integers(0, 10)),
            live=draw(st.integers(0, 25)),
            started=draw(st.integers(0, 100)),
            may_dial=draw(st.booleans()),
        )
        for name in names
    ]


def dialed(campaigns: Sequence[CampaignLoad], answer: PacingAnswer, *modes: DialMode) -> int:
    return sum(answer.dials.get(each.name, 0) for each in campaigns if each.mode in modes)


@given(campaigns=campaign_loads(), ready=st.integers(0, 30), room=st.none() | st.integers(0, 30))
def test_no_answer_breaks_a_limit(campaigns: list[CampaignLoad], ready: int, room: int | None) -> None:
    answer = decide(ready, *campaigns, room=room)
    by_name = {each.name: each for each in campaigns}

    assert all(count > 0 and by_name[name].may_dial for name, count in answer.dials.items())
    assert room is None or sum(answer.dials.values()) <= room
    for name, count in answer.dials.items():
        if by_name[name].mode is DialMode.AGENTLESS:
            assert by_name[name].live + count <= by_name[name].lines

    left = ready - dialed(campaigns, answer, DialMode.AGENT_FIRST, DialMode.PREVIEW)
    assert left >= 0
    in_flight = sum(each.dialing for each in campaigns if each.mode.customer_first)
    new = dialed(campaigns, answer, DialMode.PROGRESSIVE, DialMode.POWER)
    if ready == 0:
        assert new == 0
    if new:
        power = [by_name[n].ratio for n in answer.dials if by_name[n].mode is DialMode.POWER]
        assert in_flight + new <= max(left, *(floor(ratio * ready + 1e-9) for ratio in power), 0)
    if not any(each.mode is DialMode.POWER for each in campaigns) and new:
        assert in_flight + new <= left


@given(campaigns=campaign_loads(), ready=st.integers(0, 30), room=st.none() | st.integers(0, 30))
def test_nothing_is_dialed_while_a_campaign_of_higher_priority_wants_the_agents(
    campaigns: list[CampaignLoad], ready: int, room: int | None
) -> None:
    campaigns = [replace(each, ratio=1 + each.ratio) for each in campaigns]  # each may dial for one agent
    answer = decide(ready, *campaigns, room=room)
    waiting = [each.priority for each in campaigns if each.may_dial and each.mode is not DialMode.AGENTLESS]
    for each in campaigns:
        if each.name in answer.dials and each.mode is not DialMode.AGENTLESS:
            assert each.priority == max(waiting)


@given(campaigns=campaign_loads(), ready=st.integers(0, 30), data=st.data())
def test_the_answer_does_not_depend_on_the_order_of_the_campaigns(
    campaigns: list[CampaignLoad], ready: int, data: st.DataObject
) -> None:
    other = data.draw(st.permutations(campaigns))
    assert decide(ready, *campaigns) == decide(ready, *other)


@given(
    modes=st.lists(st.sampled_from([DialMode.AGENT_FIRST, DialMode.PROGRESSIVE]), min_size=2, max_size=4),
    weights=st.lists(st.integers(1, 5), min_size=4, max_size=4),
    ready=st.integers(1, 5),
)
def test_over_time_campaigns_get_their_shares_whatever_their_modes(
    modes: list[DialMode], weights: list[int], ready: int
) -> None:
    campaigns = [
        CampaignLoad(name=name, mode=mode, weight=weight)
        for name, mode, weight in zip("abcd", modes, weights, strict=False)
    ]
    for _ in range(40):  # everybody answers, and every agent is ready again
        dials = decide(ready, *campaigns).dials
        assert sum(dials.values()) == ready
        campaigns = [replace(each, started=each.started + dials.get(each.name, 0)) for each in campaigns]
    shares = [each.started / each.weight for each in campaigns]
    assert max(shares) - min(shares) <= 1.0


def test_a_power_campaign_leaves_a_progressive_one_its_share_of_a_pool() -> None:
    power = load(DialMode.POWER, "power", ratio=3.0)
    progressive = load(DialMode.PROGRESSIVE, "slow")
    for turn in range(300):
        dials = decide(2, power, progressive).dials
        power, progressive = (
            replace(
                each,
                started=each.started + dials.get(each.name, 0),
                dialing=each.dialing + dials.get(each.name, 0),
            )
            for each in (power, progressive)
        )
        if turn % 2 and power.dialing:  # one dial after the other comes to nothing
            power = replace(power, dialing=power.dialing - 1)
        elif progressive.dialing:
            progressive = replace(progressive, dialing=progressive.dialing - 1)
        else:
            power = replace(power, dialing=max(0, power.dialing - 1))
    assert progressive.started > 50
    assert abs(power.started - progressive.started) <= 6
