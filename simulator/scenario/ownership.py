"""What a timeline does with the ownership of leads."""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from engine.config.fields import Duration, Flag, Name
from engine.config.ownership import Term
from engine.config.reading import Reading
from engine.config.sections import Section, Several, optional, shown, wrong
from engine.names import check_name
from simulator.plan import OwnershipRelease, OwnershipSetting
from simulator.scenario.values import ByUser

ALL: Final = "all"


def read_campaigns(value: Any) -> tuple[str, ...] | None:
    """Names of campaigns, or all (None)."""
    if value == ALL:
        return None
    if not isinstance(value, list) or not value:
        raise wrong(f"{shown(value)}; campaigns are wanted, [orders, offers], or {ALL}")
    problems = Several()
    names = [problems.attempt(check_name, item, index) for index, item in enumerate(value)]
    problems.raise_any()
    return tuple(name for name in names if name is not None)


Campaigns: TypeAlias = Annotated[
    tuple[str, ...] | None, PlainValidator(read_campaigns, json_schema_input_type=list[Name] | str)
]


class OwnershipChangeSection(Section):
    """Other rules for the ownership of a list's leads; what is left out stays."""

    enabled: Flag = optional("Whether leads get owners.")
    duration: Term = optional("How long a campaign owns a lead; none for no expiration.")
    near: Duration = optional("An ownership with so much left or less is renewed.")

    @model_validator(mode="after")
    def _changes_something(self) -> "OwnershipChangeSection":
        if not self.model_fields_set:
            raise wrong("is empty; say what changes: {enabled: false} or {duration: 3h}")
        return self


class OwnershipSection(ByUser):
    """Somebody releases the leads of a list, or sets how they are owned."""

    on_list: Name = Field(description="The list.", examples=["customers"], alias="list")
    release: Campaigns = optional("Release what these campaigns own, or all.")
    change: OwnershipChangeSection = optional("Set these rules.", alias="set")

    @model_validator(mode="after")
    def _does_one_thing(self) -> "OwnershipSection":
        if len({"release", "change"} & self.model_fields_set) != 1:
            raise wrong("has to say either release or set")
        return self

    def action(self) -> OwnershipRelease | OwnershipSetting:
        user = self.user if "user" in self.model_fields_set else None
        if "release" in self.model_fields_set:
            return OwnershipRelease(list=self.on_list, campaigns=self.release, user=user)
        return OwnershipSetting(list=self.on_list, changes=self.change.given(), user=user)


def check_ownership_actions(reading: Reading, *at: str | int) -> None:
    """The lists and campaigns that an entry of the timeline names exist."""
    lists, campaigns = reading.keys("lists"), reading.keys("campaigns")
    for path in (("ownership", "list"), ("list_update",)):
        if name := reading.text(*at, *path):
            reading.known(name, lists, "list", *at, *path)
    for index, campaign in enumerate(reading.items(*at, "ownership", "release")):
        if isinstance(campaign, str) and campaign:
            reading.known(campaign, campaigns, "campaign", *at, "ownership", "release", index)
