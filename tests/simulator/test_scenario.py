"""What a scenario file means, key by key."""

from pathlib import Path

import pytest

from engine.config.times import parse_moment
from engine.domain.time import HOUR, MILLISECOND, MINUTE, SECOND, Instant, instant
from engine.domain.words import CaseStatus, Verdict
from engine.errors import InputError
from simulator.plan import (
    AgentBehaviour,
    AgentCommand,
    AgentReception,
    AgentResponse,
    AmdModel,
    AttemptsExpected,
    CampaignCommand,
    CarrierCommand,
    CaseExpected,
    CountExpected,
    Crash,
    EndFault,
    EventsExpected,
    Exponential,
    Fixed,
    Gamma,
    LegFault,
    Lognormal,
    Network,
    NeverExpected,
    Plan,
    Population,
    Quantiles,
    Reception,
    Response,
    Script,
    Stay,
    StoreCommand,
    StoreModel,
    TimelineEntry,
    Uniform,
)
from simulator.scenario import Scenario, load
from tests.simulator.scenario_problems import loaded

FULL = Path(__file__).with_name("full_scenario.yaml")
START = instant(parse_moment("2026-03-02T09:00:00Z"))


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load(FULL)


@pytest.fixture(scope="module")
def plan(scenario: Scenario) -> Plan:
    return scenario.plan


def at(day: int, clock: str, offset: str = "+00:00") -> Instant:
    return instant(parse_moment(f"2026-03-{day:02}T{clock}:00{offset}"))


def test_a_scenario_holds_the_configuration_that_would_run_live(scenario: Scenario) -> None:
    configuration = scenario.configuration
    assert scenario.path == FULL
    assert list(configuration.campaigns) == ["orders", "upsell", "news", "care"]
    assert len(configuration.agents) == 26
    assert scenario.lists == tuple(configuration.lists.values())
    assert scenario.lists[0].leads[0].phones == ("+442079460001", "+442079460123")


def test_public_holidays_cover_the_scenario_and_the_year_after(scenario: Scenario) -> None:
    hours = scenario.configuration.campaigns["orders"].business_hours
    assert hours is not None
    assert {"2026-12-24", "2026-12-25", "2027-12-27"} <= set(hours.holidays)
    assert "2028-12-25" not in hours.holidays


def test_the_span_and_the_seed(plan: Plan) -> None:
    assert (plan.guards, plan.seed) == ("Every key of a scenario is read.", 7)
    assert (plan.start, plan.end) == (START, START + 33 * HOUR)
    assert not plan.start_campaigns


def test_the_least_scenario_has_the_plans_own_defaults() -> None:
    ready = AgentBehaviour(shifts=(Stay(since=START),))
    assert loaded("").plan == Plan(
        guards="Nothing.", seed=1, start=START, end=START + 8 * HOUR, agents={"ann": ready}
    )


def test_the_network_and_the_store(plan: Plan) -> None:
    assert plan.network == Network(
        channels=100,
        calls_per_second=20.0,
        dial_delay=2 * MILLISECOND,
        message=8 * SECOND,
        messages={"information": 6 * SECOND},
        amd=AmdModel(
            delay=Fixed(value=1700 * MILLISECOND),
            human_as_machine=0.03,
            human_as_unsure=0.02,
            machine_as_human=0.1,
            machine_as_unsure=0.1,
        ),
        faults=(
            LegFault(fault=EndFault.LOST, to="+442079460001", dial=1),
            LegFault(fault=EndFault.LATE, by=5 * SECOND),
            LegFault(fault=EndFault.REPEATED, to="ann"),
        ),
    )
    assert plan.store == StoreModel(commit_delay=2 * MILLISECOND)


def test_scripts_are_keyed_by_the_number_in_e164(plan: Plan) -> None:
    person = Reception(
        response=Response.HUMAN,
        rings=4 * SECOND,
        talks=90 * SECOND,
        waits=5 * SECOND,
        hangs_up_after=3 * SECOND,
        drops_after=20 * SECOND,
        digits="1234",
        verdict=Verdict.MACHINE,
        verdict_after=2 * SECOND,
    )
    unanswered = Reception(response=Response.NO_ANSWER, rings=40 * SECOND)
    assert plan.scripts == {
        "+442079460001": Script(
            receptions=(Reception(response=Response.NO_ANSWER), Reception(response=Response.BUSY), person)
        ),
        "+442079460002": Script(receptions=(unanswered,), at_end="repeat"),
    }


def test_people_by_list_and_hour(plan: Plan) -> None:
    assert plan.people == {
        "*": Population(),
        "customers": Population(
            responses={
                Response.HUMAN: 0.25,
                Response.MACHINE: 0.3,
                Response.NO_ANSWER: 0.35,
                Response.BUSY: 0.1,
            },
            by_hour={9: {Response.HUMAN: 0.3}, 10: {Response.HUMAN: 0.3}, 18: {Response.BUSY: 1.0}},
            zone="Europe/London",
            rings={
                Response.HUMAN: Gamma(mean=12 * SECOND, sd=6 * SECOND),
                Response.BUSY: Uniform(low=1 * SECOND, high=5 * SECOND),
                Response.REJECTED: Fixed(value=1 * SECOND),
            },
            talks=Quantiles(points=((0.0, 5 * SECOND), (0.5, 90 * SECOND), (1.0, 20 * MINUTE))),
            waits=Exponential(mean=20 * SECOND),
            hangs_up_early=0.02,
            digits={"1234": 0.8},
            line_drops=0.01,
            drops_after=Uniform(low=1 * SECOND, high=2 * MINUTE),
        ),
    }


def test_an_agent_works_its_shifts_every_day_of_the_scenario(plan: Plan) -> None:
    assert plan.agents["ann"] == AgentBehaviour(
        shifts=(
            Stay(since=at(2, "09:00"), until=at(2, "17:00")),
            Stay(since=at(3, "09:00"), until=at(3, "17:00")),
        ),
        breaks=(
            Stay(since=at(2, "10:00"), until=at(2, "11:00"), code="meeting"),
            Stay(since=at(2, "12:00"), until=at(2, "12:30"), code="lunch"),
            Stay(since=at(3, "12:00"), until=at(3, "12:30"), code="lunch"),
        ),
        script=(
            AgentReception(response=AgentResponse.NO_ANSWER),
            AgentReception(response=AgentResponse.REJECTED),
            AgentReception(response=AgentResponse.ANSWERS, rings=2 * SECOND, hangs_up_after=10 * SECOND),
            AgentReception(response=AgentResponse.REJECTED, rings=1 * SECOND),
        ),
        answers=0.97,
        rings=Fixed(value=2 * SECOND),
        talks=Lognormal(mean=2 * MINUTE, cv=0.7),
        wraps_up=Fixed(value=10 * SECOND),
        dispositions={"sale": 0.1, "no-sale": 0.9},
        disposition_script=("sale", None),
        previews=("accept", "skip", "ignore"),
        previews_for=Fixed(value=5 * SECOND),
    )


def test_an_agents_own_name_goes_before_a_range_of_names_and_that_before_any(plan: Plan) -> None:
    always = (Stay(since=START),)
    assert plan.agents["agent-01"] == AgentBehaviour(shifts=always, answers=0.5)
    overlapping = (Stay(since=at(2, "09:10"), until=at(2, "12:00")),)
    assert plan.agents["agent-07"] == AgentBehaviour(shifts=overlapping)
    assert list(plan.agents) == ["ann", *(f"agent-{number:02}" for number in range(1, 26))]


def test_shifts_are_in_the_offset_of_the_start_and_are_cut_to_the_scenario() -> None:
    agents = loaded("""
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00+05:30
          end: 25h
          agents: {ann: {shifts: ["08:00-09:30", "22:00-24:00"]}}
        """).plan.agents
    assert agents["ann"].shifts == (
        Stay(since=at(2, "09:00", "+05:30"), until=at(2, "09:30", "+05:30")),
        Stay(since=at(2, "22:00", "+05:30"), until=at(3, "00:00", "+05:30")),
        Stay(since=at(3, "08:00", "+05:30"), until=at(3, "09:30", "+05:30")),
    )


def test_a_night_shift_in_two_windows_is_one_stay() -> None:
    agents = loaded("""
        simulation:
          guards: Nothing.
          start: 2026-03-02T21:00:00Z
          end: 8h
          agents: {ann: {shifts: ["00:00-06:00", "22:00-24:00"]}}
        """).plan.agents
    assert agents["ann"].shifts == (Stay(since=at(2, "22:00")),)


def test_the_timeline_is_in_the_order_of_time_and_equal_times_in_that_of_the_file(plan: Plan) -> None:
    def entry(minutes: int, action: object) -> tuple[Instant, object]:
        return START + minutes * MINUTE, action

    assert all(isinstance(each, TimelineEntry) for each in plan.timeline)
    assert [(each.at, each.action) for each in plan.timeline] == [
        entry(5, AgentCommand(agent="agent-01", command="log_out")),
        entry(5, AgentCommand(agent="agent-02", command="log_out")),
        entry(10, AgentCommand(agent="ann", command="log_out")),
        entry(20, AgentCommand(agent="ann", command="log_in")),
        entry(20, AgentCommand(agent="ann", command="pause", code="lunch")),
        entry(21, AgentCommand(agent="ann", command="ready")),
        entry(22, AgentCommand(agent="ann", command="hang_up")),
        entry(30, CampaignCommand(campaign="orders", command="pause")),
        entry(40, CarrierCommand(command="down")),
        entry(45, StoreCommand(command="fail")),
        entry(46, StoreCommand(command="slow", delay=700 * MILLISECOND)),
        entry(50, Crash(down_for=30 * SECOND)),
    ]


def test_expectations_have_their_values_and_absolute_times(plan: Plan) -> None:
    assert plan.expect == (
        CaseExpected(
            lead="alice",
            campaign="orders",
            status=CaseStatus.CUSTOMER_FAILED,
            agent_attempts=0,
            customer_attempts=2,
            calls=2,
            due_at="none",
        ),
        CaseExpected(lead="bob", due_at=START + HOUR),
        AttemptsExpected(
            lead="alice",
            rows=(
                {
                    "agent attempt": 1,
                    "ending": "customer-not-reached",
                    "at": START,
                    "digits": "12",  # in quotes: stays text
                    "share": 0.5,
                    "left": True,
                    "agent": None,
                },
                {"at": START + HOUR},
            ),
        ),
        CountExpected(figure="abandoned", high=0.0, campaign="orders"),
        CountExpected(figure="calls", low=3.0, high=3.0),
        EventsExpected(
            lines=(
                {"kind": "leg.intended", "side": "agent"},
                {"kind": "leg.answered", "values": {"due_at": START + HOUR, "phones": [1, None]}},
            )
        ),
        NeverExpected(line={"kind": "leg.intended", "side": "customer"}),
    )


def test_a_lead_of_a_file_cannot_be_checked_and_is_believed(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("phone\n")
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "lists: {big: {file: leads.csv}}\n"
        "campaigns: {c: {mode: agentless, lists: [big], attempts: {max: 1, interval: 1h}}}\n"
        "simulation: {guards: Nothing., start: 2026-03-02T09:00:00Z, end: 8h,\n"
        "  scripts: {'+442079460003': [busy]}, expect: [{case: anyone, calls: 1}]}\n"
    )
    assert load(file).plan.expect == (CaseExpected(lead="anyone", calls=1),)


def test_a_configuration_without_a_simulation_is_no_scenario(tmp_path: Path) -> None:
    file = tmp_path / "live.yaml"
    file.write_text(
        "lists: {a: {leads: [{key: x, phones: ['+442079460001']}]}}\n"
        "campaigns: {c: {mode: agentless, lists: [a], attempts: {max: 1, interval: 1h}}}\n"
    )
    with pytest.raises(InputError) as refusal:
        load(file)
    assert refusal.value.problems == [
        f"{file}:1:1: simulation: missing; "
        "say e.g. 'simulation: {guards: …, start: 2026-03-02T09:00:00Z, end: 8h}'"
    ]
