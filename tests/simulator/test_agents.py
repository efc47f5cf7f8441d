"""How agents behave: scripted first, then drawn by agent and turn."""

from collections import Counter
from math import sqrt

from engine.domain.time import DAY, SECOND
from simulator.agents import AgentCall, AgentPeople, PreviewResponse
from simulator.plan import (
    AgentBehaviour,
    AgentReception,
    AgentResponse,
    Exponential,
    Fixed,
    Plan,
    Stay,
)

ALL_DAY = (Stay(since=0),)
DRAWS = 4_000


def agents(seed: int = 1, **behaviours: AgentBehaviour) -> AgentPeople:
    return AgentPeople(Plan(guards="a test", seed=seed, start=0, end=DAY, agents=behaviours))


def test_an_agent_answers_after_two_seconds_unless_told_otherwise() -> None:
    world = agents(ann=AgentBehaviour(shifts=ALL_DAY))
    assert world.phone_call("ann", 1) == AgentCall(response=AgentResponse.ANSWERS, rings=2 * SECOND)
    assert world.talks("ann", 1) is None
    assert world.wraps_up("ann", 1) == 10 * SECOND
    assert world.disposition("ann", 1) is None
    assert world.preview("ann", 1) == PreviewResponse(answer="accept", after=5 * SECOND)


def test_a_script_comes_first_and_then_the_probability_to_answer() -> None:
    behaviour = AgentBehaviour(
        shifts=ALL_DAY,
        script=(
            AgentReception(response=AgentResponse.NO_ANSWER),
            AgentReception(response=AgentResponse.REJECTED),
            AgentReception(response=AgentResponse.REJECTED, rings=4 * SECOND),
            AgentReception(response=AgentResponse.ANSWERS, rings=9 * SECOND, hangs_up_after=30 * SECOND),
            AgentReception(response=AgentResponse.ANSWERS),
        ),
        answers=0.0,
    )
    world = agents(ann=behaviour)
    never = AgentCall(response=AgentResponse.NO_ANSWER, rings=None)
    assert [world.phone_call("ann", k) for k in range(1, 8)] == [
        never,
        AgentCall(response=AgentResponse.REJECTED, rings=1 * SECOND),
        AgentCall(response=AgentResponse.REJECTED, rings=4 * SECOND),
        AgentCall(response=AgentResponse.ANSWERS, rings=9 * SECOND, hangs_up_after=30 * SECOND),
        AgentCall(response=AgentResponse.ANSWERS, rings=2 * SECOND),
        never,
        never,
    ]


def test_agents_answer_and_dispose_as_often_as_the_plan_says() -> None:
    world = agents(
        ann=AgentBehaviour(shifts=ALL_DAY, answers=0.9, dispositions={"sale": 0.2, "no-interest": 0.5})
    )
    turns = range(1, DRAWS + 1)
    answered = Counter(world.phone_call("ann", k).response for k in turns)
    given = Counter(world.disposition("ann", k) for k in turns)
    for found, probability in (
        (answered[AgentResponse.ANSWERS], 0.9),
        (given["sale"], 0.2),
        (given["no-interest"], 0.5),
        (given[None], 0.3),
    ):
        assert abs(found - DRAWS * probability) <= 4 * sqrt(DRAWS * probability * (1 - probability))


def test_scripted_dispositions_and_previews_come_before_the_others() -> None:
    world = agents(
        ann=AgentBehaviour(
            shifts=ALL_DAY,
            dispositions={"sale": 1.0},
            disposition_script=("callback", None),
            previews=("skip", "ignore"),
            previews_for=Fixed(value=3 * SECOND),
        )
    )
    assert [world.disposition("ann", k) for k in (1, 2, 3)] == ["callback", None, "sale"]
    assert [world.preview("ann", k).answer for k in (1, 2, 3)] == ["skip", "ignore", "accept"]
    assert world.preview("ann", 1).after == 3 * SECOND


def test_durations_belong_to_the_agent_and_the_turn_and_not_to_the_order() -> None:
    behaviour = AgentBehaviour(
        shifts=ALL_DAY, talks=Exponential(mean=60 * SECOND), wraps_up=Exponential(mean=60 * SECOND)
    )
    one, other = agents(ann=behaviour, bob=behaviour), agents(bob=behaviour, ann=behaviour)
    turns = [(agent, k) for agent in ("ann", "bob") for k in range(1, 9)]
    talked = {turn: one.talks(*turn) for turn in turns}
    assert talked == {turn: other.talks(*turn) for turn in reversed(turns)}
    wrapped = {turn: one.wraps_up(*turn) for turn in turns}
    assert len({*talked.values(), *wrapped.values()}) == 2 * len(turns)
    assert agents(seed=2, ann=behaviour).talks("ann", 1) != talked["ann", 1]
