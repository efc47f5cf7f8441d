"""The live part of a file: lists, pools, agents and campaigns. What is left out has the domain's default."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from engine.config.callbacks import CallbacksModel
from engine.config.compliance import ComplianceSection
from engine.config.dispositions import ResultKey
from engine.config.fields import Count, Duration, Flag, Name, Number, PhoneNumber, Region, Text
from engine.config.flows import Flow
from engine.config.hours import BusinessHoursModel
from engine.config.ownership import OwnershipModel
from engine.config.sections import Section, Several, optional, wrong
from engine.config.selection import DialedListField, OrderField, PhonesSection, Priority, Weight
from engine.domain.dispositions import Disposition, RetryRule
from engine.domain.lists import InlineLead
from engine.domain.policy import (
    Amd,
    Budget,
    CampaignPolicy,
    DialCustomer,
    OnMachine,
    OnNotConnected,
    OnUnsure,
    Play,
    PoolPolicy,
    Preview,
)
from engine.domain.words import DialMode

PHONES_MAX = 20  # of one lead
ATTEMPTS_MAX = 1000  # in one cycle: nobody is called so often on purpose


def _mode(value: Any) -> Any:
    if value == "predictive":
        raise wrong("predictive mode is not supported by this version")
    return value


Mode: TypeAlias = Annotated[DialMode, BeforeValidator(_mode)]
RetryKey: TypeAlias = Literal[
    "no-answer",
    "busy",
    "congestion",
    "invalid",
    "rejected",
    "failed",
    "cancelled",
    "machine",
    "message-left",
    "abandoned",
    "hung-up",
]


def _each_once(phones: list[str]) -> list[str]:
    problems = Several()
    for index, phone in enumerate(phones):
        if phone in phones[:index]:
            problems.add(f"{phone} stands twice among the phones of this lead", index)
    problems.raise_any()
    return phones


class LeadModel(Section):
    """One person on a list."""

    of = InlineLead

    key: Annotated[Text, Field(max_length=100)] = Field(
        description="The lead's own id on its list, for reports and expectations.", examples=["ann"]
    )
    phones: Annotated[
        list[PhoneNumber], Field(min_length=1, max_length=PHONES_MAX), AfterValidator(_each_once)
    ] = Field(
        description="Phone numbers, the one to dial first in front: quoted, with + and country code, "
        "or national numbers of the list's region.",
        examples=['["+442079460001"]'],
    )
    supplier: Text = optional("Who supplied the lead.")
    attributes: dict[Text, Text] = optional("Anything else that is known of the lead.")


class ListModel(Section):
    """A contact list: leads written here, or a CSV file."""

    leads: Annotated[list[LeadModel], Field(min_length=1)] = optional("The leads, written out.")
    file: Text = optional("A CSV file of leads; its path is relative to this file.")
    region: Region = optional("The country whose national numbers the list has.")
    ownership: OwnershipModel = optional("How campaigns own the leads of the list.")


class PoolModel(Section):
    """Agents who share campaigns."""

    of = PoolPolicy

    nailed_up: Flag = optional("Agents keep one standing call; otherwise each contact calls them.")
    misses_before_pause: Count = optional("Missed calls in a row after which an agent is paused.")
    pause_code: Name = optional("The pause code that such an agent gets.")
    agent_ring: Duration = optional("How long the agent's phone rings for the standing call.")


class AgentModel(Section):
    """An agent, or several: 'agent-[01-25]' stands for agent-01 to agent-25."""

    pool: Name = Field(description="The pool that the agent works in.", examples=["sales"])
    endpoint: Text = optional("What the carrier dials to reach the agent; the agent's name if left out.")


class BudgetModel(Section):
    """How many attempts a cycle of a case may use up, and how far apart they are."""

    of = Budget

    max: Annotated[Count, Field(le=ATTEMPTS_MAX)] = Field(description="The most attempts.", examples=[3])
    interval: Duration = Field(description="From the end of one to the next.", examples=["10m"])


class RetryModel(Section):
    """What is different after one kind of result."""

    of = RetryRule

    after: Duration = optional("The interval to the next attempt.")
    max: Count = optional("How often this result may occur in a cycle; then the case is closed.")

    @model_validator(mode="after")
    def _says_something(self) -> "RetryModel":
        if not self.model_fields_set:
            raise wrong("is empty; say when to try again or how often: {after: 5m, max: 3}")
        return self


class AmdModel(Section):
    """Answering-machine detection."""

    of = Amd

    enabled: Flag = optional("Whether answered calls are examined.")
    wait: Duration = optional("How long to wait for the verdict after the answer.")
    on_machine: OnMachine = optional("What to do with a machine.")
    on_unsure: OnUnsure = optional("What to take a call for that could not be judged.")


class PreviewModel(Section):
    """Agents look at a lead before it is dialed."""

    of = Preview

    within: Duration = optional("How long an agent may look.")
    on_timeout: Literal["dial", "skip"] = optional("What happens then.")
    skip_interval: Duration = optional("When a skipped lead comes back.")


AGENT_FIRST_KEYS: Final = ("agent_attempts", "customer_attempts")


class CampaignModel(Section):
    """Dials the leads of its lists or segments in one mode under one policy."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"mode": {"const": DialMode.AGENT_FIRST.value}}},
            "then": {"required": list(AGENT_FIRST_KEYS), "not": {"required": ["attempts"]}},
            "else": {"required": ["attempts"]},
            "oneOf": [{"required": [source]} for source in ("lists", "segments", "callbacks_from")],
        }
    )
    of = CampaignPolicy

    mode: Mode = Field(description="Who is called first, and when.", examples=["progressive"])
    lists: Annotated[list[DialedListField], Field(min_length=1)] = optional(
        "Whose leads are dialed, if need be with their priorities and weights; or name segments.",
        examples=["[customers]"],
    )
    segments: Annotated[list[Name], Field(min_length=1)] = optional(
        "Segments whose leads are dialed while they are in one of them; or name lists."
    )
    pool: Name = optional("Whose agents take the calls; every mode but agentless needs one.")
    attempts: BudgetModel = optional("Attempts at a customer; in agent-first, customer_attempts.")
    agent_attempts: BudgetModel = optional("Attempts that fail at the agent; agent-first only.")
    customer_attempts: BudgetModel = optional("Attempts that reach for the customer; agent-first only.")
    retry: dict[RetryKey, RetryModel] = optional("Overrides for single results, such as busy.")
    refused_interval: Duration = optional("When a lead comes back that was refused before it was dialed.")
    unknown_interval: Duration = optional("The least rest after a call whose fate a crash hid.")
    business_hours: BusinessHoursModel = optional("When customers may be called; always, if left out.")
    caller_id: PhoneNumber = optional("The number that customers see.")
    agent_ring: Duration = optional("How long an agent's phone rings.")
    customer_ring: Duration = optional("How long a customer's phone rings.")
    max_call: Duration = optional("The longest call; then it is hung up.")
    abandon_after: Duration = optional("A person who waited so long for an agent is abandoned.")
    information_message: Name = optional("The message that an abandoned customer hears.")
    machine_message: Name = optional("The message that is left on a machine.")
    amd: AmdModel = optional("Answering-machine detection.")
    on_agent_not_connected: OnNotConnected = optional(
        "After an agent did not answer: try again later, or go on with the flow."
    )
    on_customer_not_connected: OnNotConnected = optional(
        "After a customer did not answer: try again later, or go on with the flow."
    )
    flow: Flow = optional("What happens in the call, step by step; agent-first and agentless only.")
    preview: PreviewModel = optional("How agents look at leads; preview mode only.")
    ratio: Annotated[Number, Field(gt=0, le=100)] = optional("Dials for each free agent; power mode only.")
    lines: Annotated[Count, Field(le=100_000)] = optional("Calls at a time; agentless mode only.")
    priority: Priority = optional("A campaign goes before those of its pool that have a lower one.")
    weight: Weight = optional("The share of the pool's dials among its campaigns of one priority.")
    order: OrderField = optional("Which leads of a list go first among those never called.")
    phones: PhonesSection = optional("Which of a lead's phones is dialed; the first, if left out.")
    wrap_up_limit: Duration = optional("How long an agent may take to give a disposition.")
    default_disposition: Name = optional("The disposition of an attempt that was given none.")
    codes: dict[ResultKey, Name] = optional(
        "The dispositions that the system gives, by outcome or ending; its own, where left out."
    )

    callbacks: CallbacksModel = optional("How long callbacks may be kept, and who may make them.")
    callbacks_from: Annotated[list[Name], Field(min_length=1)] = optional(
        "Campaigns whose promised callbacks are this one's cases; it has no lists and no segments then."
    )
    bad_connection_after: Annotated[Count, Field(le=ATTEMPTS_MAX)] = optional(
        "So many calls that no person answered make a lead a bad connection; it is still dialed."
    )
    compliance: ComplianceSection = optional("Whose rules its calls keep.")

    def policy(self, name: str, years: Sequence[int], dispositions: dict[str, Disposition]) -> CampaignPolicy:
        """The domain's policy; `years` are those whose public holidays matter."""
        given = self.given("attempts", "business_hours") | {"dispositions": dispositions}
        if "attempts" in self.model_fields_set:
            given["customer_attempts"] = self.attempts.value()
        if "business_hours" in self.model_fields_set:
            given["business_hours"] = self.business_hours.hours(years)
        if "lists" in self.model_fields_set:
            given["lists"] = tuple(each.name for each in self.lists)
            given["shares"] = {each.name: each.share for each in self.lists if each.share is not None}
        policy = CampaignPolicy(name=name, **({"pool": None, "lists": ()} | given))
        if self.mode is DialMode.AGENTLESS and "flow" not in given:
            return replace(policy, flow=(DialCustomer(), Play(message=policy.information_message)))
        return policy
