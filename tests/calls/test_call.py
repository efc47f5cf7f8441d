"""Calls whose carrier does not tell what it should: the engine's own timers close them, and never twice."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from engine.config import Configuration
from engine.domain.lists import InlineLead, LeadList
from engine.domain.policy import (
    AgentPolicy,
    Amd,
    CampaignPolicy,
    Collect,
    DialAgent,
    DialCustomer,
    OnMachine,
    OnUnsure,
    Play,
    PoolPolicy,
    SetVariable,
)
from engine.domain.time import MILLISECOND, MINUTE, SECOND, Micros
from engine.domain.words import DialMode, Verdict
from engine.store.connection import open_store
from simulator.plan import (
    AgentBehaviour,
    AgentCommand,
    AgentReception,
    AgentResponse,
    CampaignCommand,
    CarrierCommand,
    EndFault,
    Fixed,
    LegFault,
    Network,
    Plan,
    Reception,
    Response,
    Script,
    Stay,
    StoreCommand,
    StoreModel,
    TimelineEntry,
)
from simulator.transcript import Transcript
from tests.office import campaign
from tests.simulator.worlds import judged
from tests.virtual import START

NUMBER: Final = "+442079460001"
HUMAN: Final = Reception(response=Response.HUMAN, rings=4 * SECOND, talks=20 * SECOND)
NO_ANSWER: Final = Reception(response=Response.NO_ANSWER)


class Story:
    """One lead, one agent, one attempt, and what the store and the journal say of it."""

    def __init__(
        self,
        path: Path,
        policy: CampaignPolicy,
        reception: Reception,
        *,
        nailed_up: bool = False,
        faults: tuple[LegFault, ...] = (),
        agent: tuple[AgentReception, ...] = (),
        actions: tuple[tuple[Micros, Any], ...] = (),
        network: Network | None = None,
    ) -> None:
        agentless = policy.mode is DialMode.AGENTLESS
        configuration = Configuration(
            lists={"people": LeadList(name="people", leads=(InlineLead(key="alice", phones=(NUMBER,)),))},
            pools={} if agentless else {"sales": PoolPolicy(name="sales", nailed_up=nailed_up)},
            agents={} if agentless else {"ann": AgentPolicy(name="ann", pool="sales", endpoint="sip-ann")},
            campaigns={policy.name: policy},
        )
        rings = Fixed(value=500 * MILLISECOND)
        behaviour = AgentBehaviour(shifts=(Stay(since=START),), script=agent, rings=rings)
        plan = Plan(
            guards="one call",
            seed=1,
            start=START,
            end=START + 9 * MINUTE,
            network=replace(network or Network(), faults=faults),
            store=StoreModel(),
            scripts={NUMBER: Script(receptions=(reception,), at_end="repeat")},
            agents={} if agentless else {"ann": behaviour},
            timeline=tuple(TimelineEntry(at=START + at, action=action) for at, action in actions),
        )
        sql = open_store(path / "store.db", durable=False)
        judged(configuration, plan, sql)
        self.entries = Transcript(sql, START).entries
        self.attempts = sql.execute("SELECT ending, outcome, used FROM attempts ORDER BY id").fetchall()
        self.legs = sql.execute("SELECT side, outcome, cause FROM legs ORDER BY id").fetchall()
        sql.close()

    def at(self, kind: str, **fields: Any) -> list[float]:
        """When lines of a kind came, in seconds from the start."""
        return [
            round((entry.at - START) / SECOND, 2)
            for entry in self.entries
            if entry.kind == kind and all(entry.fields.get(name) == value for name, value in fields.items())
        ]


LOST: Final = LegFault(fault=EndFault.LOST, to=NUMBER)
PROGRESSIVE: Final = campaign(mode=DialMode.PROGRESSIVE)
AGENTLESS: Final = campaign(mode=DialMode.AGENTLESS)


def test_a_phone_whose_no_answer_is_never_told_is_given_up_and_was_a_no_answer(tmp_path: Path) -> None:
    """The engine's own ring timer, then its hang-up, then the end that it does not wait for any longer."""
    story = Story(tmp_path, PROGRESSIVE, NO_ANSWER, faults=(LOST,))
    assert story.attempts[0][:3] == ("customer-not-reached", "no-answer", "customer")
    assert story.legs[0] == ("customer", "unknown", "end-not-told")
    (ended,) = story.at("leg.ended")[:1]
    assert 25 + 3 <= ended <= 25 + 3 + 5.1


def test_a_conversation_whose_end_is_never_told_ends_with_the_agent(tmp_path: Path) -> None:
    story = Story(
        tmp_path,
        PROGRESSIVE,
        HUMAN,
        faults=(LOST,),
        agent=(AgentReception(response=AgentResponse.ANSWERS, rings=SECOND, hangs_up_after=30 * SECOND),),
    )
    assert story.attempts[0][:2] == ("connected", "answered")
    assert ("customer", "answered", "end-not-told") in story.legs


@pytest.mark.parametrize("fault", [EndFault.REPEATED, EndFault.LATE, EndFault.OUT_OF_ORDER])
@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.AGENT_FIRST, DialMode.PREVIEW])
def test_ends_that_come_twice_late_or_before_the_answer_settle_each_attempt_once(
    tmp_path: Path, mode: DialMode, fault: EndFault
) -> None:
    story = Story(tmp_path, campaign(mode=mode), HUMAN, faults=(LegFault(fault=fault, dial=1),))
    assert len(story.at("attempt.settled")) == len(story.at("attempt.started")) == len(story.attempts)
    assert all(ending is not None for ending, *_ in story.attempts)


def test_an_answer_that_is_told_after_the_end_was_a_person_who_left(tmp_path: Path) -> None:
    story = Story(
        tmp_path,
        PROGRESSIVE,
        replace(HUMAN, hangs_up_after=2 * SECOND),
        faults=(LegFault(fault=EndFault.OUT_OF_ORDER, to=NUMBER),),
    )
    assert story.attempts[0][:2] == ("hung-up", "answered")


def test_a_message_whose_end_is_never_told_ends_the_call_after_the_longest_message(tmp_path: Path) -> None:
    plan = Network(messages={"offer": 9 * MINUTE})
    story = Story(tmp_path, AGENTLESS, replace(HUMAN, talks=8 * MINUTE), network=plan)
    (started,), (ended,) = story.at("message.started"), story.at("attempt.ended")
    assert ended - started == pytest.approx(300, abs=0.1)


def test_a_customer_who_leaves_during_the_message_is_served_and_told_nothing_more(tmp_path: Path) -> None:
    flow = (DialCustomer(), Play(message="offer"), Collect(digits=1), Play(message="more"))
    story = Story(tmp_path, replace(AGENTLESS, flow=flow), replace(HUMAN, hangs_up_after=SECOND))
    assert story.attempts[0][0] == "served"
    assert story.at("message.started", message="more") == []


def test_keys_pressed_after_the_time_for_them_are_not_collected(tmp_path: Path) -> None:
    flow = (DialCustomer(), Collect(digits=3, within=1_200 * MILLISECOND), Play(message="thanks"))
    story = Story(tmp_path, replace(AGENTLESS, flow=flow), replace(HUMAN, digits="123"))
    assert len(story.at("leg.digit", digit="1")) == len(story.at("leg.digit")) == 1
    (pressed,), (played,) = story.at("leg.digit"), story.at("message.started", message="thanks")
    assert played - pressed == pytest.approx(0.2, abs=0.01)


def test_an_agent_whose_phone_tells_no_end_is_let_go_after_the_grace(tmp_path: Path) -> None:
    story = Story(
        tmp_path,
        campaign(mode=DialMode.AGENT_FIRST),
        HUMAN,
        faults=(LegFault(fault=EndFault.LOST, to="sip-ann"),),
        agent=(AgentReception(response=AgentResponse.NO_ANSWER),),
    )
    assert story.legs[0] == ("agent", "unknown", "end-not-told")
    assert story.at("agent.missed")[:1] != []
    assert story.attempts[0][0] == "agent-not-reached"


def test_a_call_that_nobody_ends_is_ended_at_the_longest_call_allowed(tmp_path: Path) -> None:
    story = Story(tmp_path, replace(PROGRESSIVE, max_call=90 * SECOND), replace(HUMAN, talks=8 * MINUTE))
    (answered, *_), (ended, *_) = story.at("leg.answered", side="customer"), story.at("attempt.ended")
    assert ended - answered == pytest.approx(90, abs=0.1)


# --- stopped in the middle -------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0.5, 1.5, 3.0, 5.5, 6.5, 15.0, 30.0])
@pytest.mark.parametrize("mode", DialMode)
@pytest.mark.parametrize("nailed_up", [False, True])
def test_a_campaign_that_is_stopped_at_any_moment_hangs_up_and_settles(
    tmp_path: Path, mode: DialMode, at: float, *, nailed_up: bool
) -> None:
    stop = CampaignCommand(campaign="orders", command="stop")
    story = Story(
        tmp_path, campaign(mode=mode), HUMAN, nailed_up=nailed_up, actions=((round(at * SECOND), stop),)
    )
    assert len(story.at("attempt.settled")) == len(story.at("attempt.started"))
    assert story.at("attempt.started")[-1:] <= [at]
    last = max((*story.at("leg.ended", side="customer"), 0.0))
    assert last <= max(at + 0.1, 0.1)


@pytest.mark.parametrize("at", [1.5, 3.0, 5.5, 6.5, 15.0])
@pytest.mark.parametrize("mode", sorted(set(DialMode) - {DialMode.AGENTLESS}))
def test_an_agent_who_leaves_at_any_moment_loses_no_lead(tmp_path: Path, mode: DialMode, at: float) -> None:
    leave = AgentCommand(agent="ann", command="log_out")
    story = Story(tmp_path, campaign(mode=mode), HUMAN, actions=((round(at * SECOND), leave),))
    assert len(story.at("attempt.settled")) == len(story.at("attempt.started"))


@pytest.mark.parametrize("stopped_at", [3 * SECOND, 5 * SECOND])
@pytest.mark.parametrize("mode", [DialMode.AGENTLESS, DialMode.AGENT_FIRST])
def test_a_flow_that_is_stopped_before_its_first_dial_rings_no_phone_and_costs_nothing(
    tmp_path: Path, mode: DialMode, stopped_at: Micros
) -> None:
    """The store takes two seconds for each write, so that the command comes in between."""
    dials = (DialCustomer(),) if mode is DialMode.AGENTLESS else (DialAgent(), DialCustomer())
    policy = campaign(mode=mode, flow=(SetVariable(variable="reschedule_customer_call"), *dials))
    actions = (
        (0, StoreCommand(command="slow", delay=2 * SECOND)),
        (stopped_at, CampaignCommand(campaign="orders", command="stop")),
    )
    story = Story(tmp_path, policy, HUMAN, actions=actions)
    assert story.attempts == [("refused", None, None)]
    assert story.at("leg.rang") == []
    assert all(outcome in ("cancelled", "failed") for _, outcome, _ in story.legs)
    assert story.at("attempt.settled")[0] < 11


# --- dials that are not placed ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", DialMode)
def test_no_phone_rings_while_the_carrier_has_no_channel(tmp_path: Path, mode: DialMode) -> None:
    actions = (
        (0, CarrierCommand(command="no_channels")),
        (2 * MINUTE, CarrierCommand(command="channels")),
    )
    story = Story(tmp_path, campaign(mode=mode), HUMAN, actions=actions)
    assert min(story.at("leg.rang")) > 120
    assert "connected" in [ending for ending, *_ in story.attempts] or mode is DialMode.AGENTLESS


@pytest.mark.parametrize("mode", DialMode)
def test_a_store_that_fails_in_mid_call_costs_no_attempt_and_no_lead(tmp_path: Path, mode: DialMode) -> None:
    actions = (
        (round(2.5 * SECOND), StoreCommand(command="fail")),
        (40 * SECOND, StoreCommand(command="recover")),
    )
    story = Story(tmp_path, campaign(mode=mode), HUMAN, nailed_up=True, actions=actions)
    assert len(story.at("attempt.settled")) == len(story.at("attempt.started"))
    assert story.attempts[-1][0] in ("connected", "served")


# --- answering machines ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "amd", "ending"),
    [
        (Verdict.HUMAN, Amd(enabled=True), "connected"),
        (Verdict.MACHINE, Amd(enabled=True), "machine"),
        (Verdict.MACHINE, Amd(enabled=True, on_machine=OnMachine.CONNECT), "connected"),
        (Verdict.MACHINE, Amd(enabled=True, on_machine=OnMachine.MESSAGE), "message-left"),
        (Verdict.UNSURE, Amd(enabled=True), "connected"),
        (Verdict.UNSURE, Amd(enabled=True, on_unsure=OnUnsure.MACHINE), "machine"),
        (Verdict.MACHINE, Amd(enabled=False), "connected"),
    ],
)
@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.PREVIEW, DialMode.AGENT_FIRST])
def test_a_verdict_is_followed_as_the_campaign_says(
    tmp_path: Path, mode: DialMode, verdict: Verdict, amd: Amd, ending: str
) -> None:
    reception = replace(HUMAN, verdict=verdict, verdict_after=500 * MILLISECOND, talks=60 * SECOND)
    story = Story(tmp_path, campaign(mode=mode, amd=amd), reception, nailed_up=True)
    assert story.attempts[0][0] == ending


def test_a_verdict_that_does_not_come_in_time_is_unsure(tmp_path: Path) -> None:
    amd = Amd(enabled=True, wait=1 * SECOND, on_unsure=OnUnsure.MACHINE)
    reception = replace(HUMAN, verdict=Verdict.HUMAN, verdict_after=3 * SECOND)
    story = Story(tmp_path, campaign(mode=DialMode.PREVIEW, amd=amd), reception, nailed_up=True)
    assert story.attempts[0][0] == "machine"


def test_a_customer_who_leaves_before_the_verdict_has_hung_up(tmp_path: Path) -> None:
    reception = replace(HUMAN, verdict_after=2 * SECOND, hangs_up_after=SECOND)
    policy = campaign(mode=DialMode.PREVIEW, amd=Amd(enabled=True))
    assert Story(tmp_path, policy, reception, nailed_up=True).attempts[0][0] == "hung-up"


def test_a_machine_that_hangs_up_during_the_message_has_not_got_it(tmp_path: Path) -> None:
    amd = Amd(enabled=True, on_machine=OnMachine.MESSAGE)
    reception = Reception(
        response=Response.MACHINE, rings=4 * SECOND, verdict_after=SECOND, hangs_up_after=3 * SECOND
    )
    assert Story(tmp_path, campaign(amd=amd), reception).attempts[0][0] == "machine"
