"""Callbacks in a scenario: what agents promise in wrap-up, and what a timeline does with promises."""

from typing import Annotated, Any, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from engine.config.fields import Duration, Flag, Name, Text, from_text
from engine.config.reading import Reading
from engine.config.sections import Section, optional, wrong
from engine.domain.callbacks import Callback
from simulator.plan import CallbackCommand, WithCallback
from simulator.scenario.values import ByUser, Moment

# --- what agents say --------------------------------------------------------------------------------


class PromiseModel(Section):
    """A call that is promised to the customer."""

    after: Duration = optional("So long after the disposition is given.", alias="in")
    at: Moment = optional("At this moment; may be given instead of 'in'.")
    mine: Flag = optional("The agent who promises it makes the call.")
    agent: Name = optional("This agent makes the call; anyone, if nobody is named.")
    window: Duration = optional("How long it may be kept.")
    anyone_after: Duration = optional("When anybody may make a call that was to be one agent's.")

    @model_validator(mode="after")
    def _has_one_time_and_one_agent(self) -> "PromiseModel":
        given = self.model_fields_set
        if ("after" in given) == ("at" in given):
            raise wrong("says when in one way: {in: 2h}, or {at: 2026-03-02T15:00:00Z}")
        if "mine" in given and "agent" in given:
            raise wrong("has both mine and agent; keep one")
        return self


class DispositionGivenModel(Section):
    """A disposition with a promised call."""

    code: Text = Field(description="The result code.", examples=["call-me"])
    callback: PromiseModel = Field(description="The promise.", examples=["{in: 2h, mine: true}"])

    def given_by_agent(self) -> WithCallback:
        return WithCallback(code=self.code, **self.callback.given())


def read_disposition(value: Any, info: Any) -> str | WithCallback | None:
    if value is None:
        return None
    if isinstance(value, dict) and value:
        return DispositionGivenModel.model_validate(value, context=info.context).given_by_agent()
    return from_text(str, "text is wanted")(value)


DispositionField: TypeAlias = Annotated[
    str | WithCallback | None,
    PlainValidator(read_disposition, json_schema_input_type=Text | DispositionGivenModel | None),
]

# --- what a timeline does ---------------------------------------------------------------------------


class CallbackSection(ByUser):
    """Somebody promises a lead a call, moves a promise or takes it back."""

    lead: Text = Field(description="The lead's key.", examples=["ann"])
    campaign: Name = Field(description="The campaign that makes the call.", examples=["orders"])
    on_list: Name = optional("The lead's list, if its key is on several.", alias="list")
    at: Moment = optional("When the lead is to be called.")
    agent: Name = optional("Who makes the call; anyone, if left out.")
    window: Duration = optional("How long it may be kept.")
    anyone_after: Duration = optional("When anybody may make a call that was to be one agent's.")
    move: Flag = optional("Only the time changes, and the agent if one is named.")
    cancel: Flag = optional("The promise is taken back.")

    @model_validator(mode="after")
    def _does_one_thing(self) -> "CallbackSection":
        given = self.model_fields_set
        if "cancel" in given and given & {"at", "agent", "window", "anyone_after", "move"}:
            raise wrong("cancels a callback, and says more of it; 'cancel' stands alone")
        if "cancel" not in given and "at" not in given:
            raise wrong("needs 'at', the time of the call, or 'cancel: true'")
        if "move" in given and given & {"window", "anyone_after"}:
            raise wrong("moves a callback: its window and its fall-back move along")
        return self

    def action(self) -> CallbackCommand:
        given = self.given("cancel", "move", "on_list", "user", "lead", "campaign")
        moves = "move" in self.model_fields_set and self.move
        return CallbackCommand(
            lead=self.lead,
            campaign=self.campaign,
            list=self.on_list if "on_list" in self.model_fields_set else None,
            callback=None if moves or not given else Callback(**given),
            at=self.at if moves else None,
            agent=given.get("agent") if moves else None,
            user=self.user if "user" in self.model_fields_set else None,
        )


def check_callback_actions(reading: Reading, *path: str | int) -> None:
    """The campaigns and lists that an entry of the timeline names exist."""
    for key, section in (("campaign", "campaigns"), ("list", "lists")):
        if name := reading.text(*path, "callback", key):
            reading.known(name, reading.keys(section), key, *path, "callback", key)
