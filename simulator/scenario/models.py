"""A whole scenario file: the live part, and everything that only the simulator reads."""

from datetime import datetime, timedelta
from typing import Annotated, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema

from engine.config.consents import ConsentModel, ReassignedModel, RelationshipModel
from engine.config.dispositions import DispositionModel
from engine.config.dnc import DncModel
from engine.config.fields import Flag, PhoneNumber, Text, Whole, from_text
from engine.config.models import AgentModel, CampaignModel, ListModel, PoolModel
from engine.config.registries import RegistryModel
from engine.config.sections import Section, optional
from engine.config.segments import SegmentModel
from engine.config.times import parse_moment
from engine.config.users import UserModel
from engine.domain.time import Instant, instant
from simulator.plan import Plan
from simulator.scenario.expectations import ExpectationField
from simulator.scenario.people import AgentBehaviourModel, PopulationModel
from simulator.scenario.receptions import ScriptField
from simulator.scenario.values import Moment
from simulator.scenario.world import NetworkSection, StoreSection, TimelineSection

START_HELP = "a time is ISO 8601 with a zone: 2026-03-02T09:00:00Z"

StartMoment: TypeAlias = Annotated[
    datetime,
    PlainValidator(from_text(parse_moment, START_HELP)),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class SimulationModel(Section):
    """What the simulated world is like, what happens in it, and what is expected."""

    guards: Text = Field(
        description="One sentence: what this scenario guards.", examples=["Nobody is called after hours."]
    )
    seed: Annotated[Whole, Field(ge=0)] = Field(default=1, description="The seed of everything by chance.")
    start: StartMoment = Field(
        description="When virtual time begins; its offset is that of agents' shifts.",
        examples=["2026-03-02T09:00:00Z"],
    )
    end: Moment = Field(description="When it ends: ISO 8601, or a duration after the start.", examples=["8h"])
    start_campaigns: Flag = optional("Whether every campaign is started at the start.")
    network: NetworkSection = optional("The telephone network.")
    store: StoreSection = optional("The store.")
    scripts: dict[PhoneNumber, ScriptField] = optional(
        "How the 1st, 2nd, … dial of a number is received; numbers are quoted, with + and country code."
    )
    people: dict[Text, PopulationModel] = optional("How the people of a list behave; * is any other list.")
    agents: dict[Text, AgentBehaviourModel] = optional(
        "What agents do, by name or range of names; * is any other agent."
    )
    timeline: list[TimelineSection] = optional("What happens at which moment.")
    expect: list[ExpectationField] = optional("What is expected of the run.")

    def plan(self, agent_names: dict[str, str | None]) -> Plan:
        """`agent_names` has every agent, with the key of `agents` that says what it does."""
        start, offset = instant(self.start), self.start.utcoffset() or timedelta()
        given = self.given("agents", "timeline", "start", "seed")
        behaviours = self.agents if "agents" in self.model_fields_set else {}
        default = AgentBehaviourModel()
        timeline = self.timeline if "timeline" in self.model_fields_set else ()
        return Plan(
            seed=self.seed,
            start=start,
            agents={
                name: (behaviours[key] if key is not None else default).behaviour(
                    start=start, end=self.end, offset=offset
                )
                for name, key in agent_names.items()
            },
            timeline=tuple(
                sorted((entry for each in timeline for entry in each.entries()), key=lambda entry: entry.at)
            ),
            **given,
        )


class ScenarioFile(Section):
    """A scenario: a configuration as it would run live, and the simulated world to run it in."""

    lists: dict[str, ListModel] = Field(description="Contact lists by name.")
    segments: dict[str, SegmentModel] = optional("Segments by name: leads that meet a condition.")
    dispositions: dict[str, DispositionModel] = optional("Result codes by name.")
    pools: dict[str, PoolModel] = optional("Pools of agents by name.")
    agents: dict[str, AgentModel] = optional("Agents by name, or ranges of names such as agent-[01-25].")
    campaigns: dict[str, CampaignModel] = Field(description="Campaigns by name.")
    users: dict[str, UserModel] = optional("Users by name: who may give which commands.")
    dnc: list[PhoneNumber | DncModel] = optional("Numbers and persons that must not be called.")
    consents: list[ConsentModel] = optional("Who agreed to be called.")
    relationships: list[RelationshipModel] = optional("What binds people to the caller.")
    reassigned: list[ReassignedModel] = optional("What a database of reassigned numbers answered.")
    registries: dict[str, RegistryModel] = optional(
        "National lists of numbers that must not be called, by name."
    )
    simulation: SimulationModel = Field(description="Everything that only the simulator reads.")


def scenario_start(text: str | None) -> Instant | None:
    """The start, if it can be read."""
    try:
        return instant(parse_moment(text)) if text else None
    except ValueError:
        return None
