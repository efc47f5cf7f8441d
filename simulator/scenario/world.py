"""The telephone network, the store and their faults, and what happens at which moment."""

from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import Field, PlainValidator, model_validator

from engine.config.fields import SUM_TOLERANCE, Count, Duration, Name, Number, Probability, Text, from_text
from engine.config.names import expand
from engine.config.sections import Section, optional, shown, wrong
from engine.names import did_you_mean, listed
from engine.phones import PhoneError, normalise
from simulator.plan import (
    Action,
    AgentCommand,
    AmdModel,
    CarrierCommand,
    Crash,
    EndFault,
    LegFault,
    ListUpdate,
    Network,
    SegmentJob,
    StoreCommand,
    StoreModel,
    TimelineEntry,
)
from simulator.scenario.callbacks import CallbackSection
from simulator.scenario.lists import CampaignSection, ListsSection, NewLeadsSection
from simulator.scenario.ownership import OwnershipSection
from simulator.scenario.resets import ResetSection, ResetUndoSection, TemplateSection
from simulator.scenario.rules import RegistryImportSection, RulesApplySection
from simulator.scenario.segments import LeadChangeSection, SegmentSettingSection
from simulator.scenario.values import Chance, MomentWithin
from simulator.scenario.wishes import (
    ConsentGiveSection,
    ConsentRevokeSection,
    DncAddSection,
    DncRemoveSection,
    RelationshipSetSection,
)

# --- network and store -------------------------------------------------------------------------


class AmdSection(Section):
    """How machine detection behaves in the network."""

    of = AmdModel

    delay: Chance = optional("From the answer to the verdict.")
    human_as_machine: Probability = optional("How many people are taken for machines.")
    human_as_unsure: Probability = optional("How many people cannot be judged.")
    machine_as_human: Probability = optional("How many machines are taken for people.")
    machine_as_unsure: Probability = optional("How many machines cannot be judged.")

    @model_validator(mode="after")
    def _leaves_room_for_the_truth(self) -> "AmdSection":
        for who in ("human", "machine"):
            other = "machine" if who == "human" else "human"
            names = (f"{who}_as_{other}", f"{who}_as_unsure")
            total = sum(getattr(self, name) or 0.0 for name in names)
            if total > 1 + SUM_TOLERANCE:
                raise wrong(f"{listed(names, 'and')} sum to {total:g}; the most is 1")
        return self


def read_endpoint(text: str) -> str:
    """A number in E.164, or an agent's endpoint as it stands."""
    if not text.startswith("+"):
        return text
    try:
        return normalise(text, None).number
    except PhoneError as error:
        raise ValueError(f"{text!r} {error.reason}") from None


class FaultSection(Section):
    """A fault of the network in telling that a leg has ended."""

    end: EndFault = Field(description="What becomes of the news of the end.", examples=["lost"])
    to: Annotated[Text, PlainValidator(from_text(read_endpoint, "a number or an agent is wanted"))] = (
        optional("Only legs to this number or agent endpoint.")
    )
    dial: Count = optional("Only the so-many-th dial of each number; every dial, if left out.")
    by: Duration = optional("How late, for late and repeated news.")

    def value(self, **more: Any) -> LegFault:
        given = self.given()
        return LegFault(fault=given.pop("end"), **given)


class NetworkSection(Section):
    """The telephone network."""

    of = Network

    channels: Count = optional("How many legs fit at a time; no limit, if left out.")
    calls_per_second: Annotated[Number, Field(gt=0)] = optional("How many dials a second are let through.")
    dial_delay: Duration = optional("How long placing a call takes.")
    message: Duration = optional("How long a message plays.")
    messages: dict[Name, Duration] = optional("How long some messages play.")
    amd: AmdSection = optional("Answering-machine detection.")
    faults: list[FaultSection] = optional("What goes wrong with the news of a leg's end.")


class StoreSection(Section):
    """The store."""

    of = StoreModel

    commit_delay: Duration = optional("How long a commit takes.")


# --- timeline ----------------------------------------------------------------------------------

ACTIONS: Final = (
    "log_in",
    "log_out",
    "ready",
    "hang_up",
    "pause",
    "campaign",
    "carrier",
    "store",
    "crash",
    "ownership",
    "list_update",
    "segment_job",
    "segment",
    "lead",
    "lists",
    "new_leads",
    "callback",
    "reset",
    "reset_undo",
    "reset_template",
    "dnc_add",
    "dnc_remove",
    "consent_give",
    "consent_revoke",
    "relationship_set",
    "registry_import",
    "rules_apply",
)
DEEDS: Final = ACTIONS[ACTIONS.index("ownership") :]
"""What people do to the store: the section of each makes its action."""

AgentAction: TypeAlias = Literal["log_in", "log_out", "ready", "hang_up"]
StoreWord: TypeAlias = Literal["fail", "slow", "recover"]


class PauseSection(Section):
    """An agent pauses."""

    agent: Text = Field(description="The agent, or a range of agents.", examples=["ann"])
    code: Name = optional("The pause code.")


class SlowSection(Section):
    """The store becomes slow."""

    slow: Duration = Field(description="How long each commit takes.", examples=["500ms"])


def read_store(value: Any) -> StoreCommand:
    if isinstance(value, dict) and value:
        return StoreCommand(command="slow", delay=SlowSection.model_validate(value).slow)
    if value == "fail" or value == "slow" or value == "recover":
        return StoreCommand(command=value)
    words: list[str] = list(get_args(StoreWord))
    raise wrong(f"{shown(value)}; it can be {listed([*words, '{slow: 500ms}'])}{did_you_mean(value, words)}")


class CrashSection(Section):
    """The engine crashes, and starts again."""

    of = Crash

    down_for: Duration = optional("How long it is down.")


class TimelineSection(Section):
    """One thing that happens."""

    at: MomentWithin = Field(description="When: a duration after the start, or ISO 8601.", examples=["10m"])
    log_in: Text = optional("This agent logs in; a range such as agent-[01-25] is several agents.")
    log_out: Text = optional("This agent logs out.")
    ready: Text = optional("This agent is ready again after a pause.")
    hang_up: Text = optional("This agent hangs up.")
    pause: PauseSection = optional("An agent pauses.")
    campaign: CampaignSection = optional("A command to a campaign.")
    carrier: Literal["down", "up", "no_channels", "channels"] = optional(
        "The carrier fails or comes back, or refuses new dials for want of channels."
    )
    store: Annotated[
        StoreCommand, PlainValidator(read_store, json_schema_input_type=StoreWord | SlowSection)
    ] = optional("The store fails, becomes slow or recovers.")
    crash: CrashSection = optional("The engine crashes.")
    ownership: OwnershipSection = optional("Somebody releases the leads of a list, or sets other rules.")
    list_update: Name = optional("This list's owned leads are brought up to date.")
    segment_job: Name = optional("The job of this segment looks, besides when it does by itself.")
    segment: SegmentSettingSection = optional("Somebody saves a segment's setting.")
    lead: LeadChangeSection = optional("A lead gets other attributes.")
    lists: ListsSection = optional("Somebody has a list dialed or not, or gives it another place.")
    new_leads: NewLeadsSection = optional("More leads come to a list, and to the campaigns that dial it.")
    callback: CallbackSection = optional("Somebody promises a lead a call, or moves or cancels one.")

    reset: ResetSection = optional("Somebody resets leads.")
    reset_undo: ResetUndoSection = optional("Somebody takes a reset back.")
    reset_template: TemplateSection = optional("Somebody saves a reset as a template.")
    dnc_add: DncAddSection = optional("A number or a person comes on the do-not-call list.")
    dnc_remove: DncRemoveSection = optional("A number or a person comes off the do-not-call list.")
    consent_give: ConsentGiveSection = optional("A number or a person agrees to be called.")
    consent_revoke: ConsentRevokeSection = optional("A number or a person takes back whatever was given.")
    relationship_set: RelationshipSetSection = optional("What binds somebody to the seller.")
    registry_import: RegistryImportSection = optional("Another version of a registry is imported.")
    rules_apply: RulesApplySection = optional("Other rules of the operator are put in force.")

    @model_validator(mode="after")
    def _has_one_action(self) -> "TimelineSection":
        given: list[str] = [action for action in ACTIONS if action in self.model_fields_set]
        if len(given) != 1:
            has = listed(given, "and") if given else "nothing that happens"
            raise wrong(f"has {has}; exactly one is wanted of {listed(ACTIONS, 'and')}")
        return self

    def entries(self) -> list[TimelineEntry]:
        return [TimelineEntry(at=self.at, action=action) for action in self._actions()]

    def _actions(self) -> list[Action]:
        given = self.model_fields_set
        for command in get_args(AgentAction):
            if command in given:
                return [AgentCommand(agent=name, command=command) for name in expand(getattr(self, command))]
        if "pause" in given:
            names = expand(self.pause.agent)
            code = self.pause.code
            return [AgentCommand(agent=name, command="pause", code=code) for name in names]
        if "campaign" in given:
            return [self.campaign.command()]
        if "carrier" in given:
            return [CarrierCommand(command=self.carrier)]
        if "store" in given:
            return [self.store]
        if "list_update" in given:
            return [ListUpdate(list=self.list_update)]
        if "segment_job" in given:
            return [SegmentJob(segment=self.segment_job)]
        for name in DEEDS:
            if name in given:
                return [getattr(self, name).action()]
        crash: Crash = self.crash.value()
        return [crash]
