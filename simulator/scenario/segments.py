"""What a timeline does with segments, and with the leads that move between them."""

from typing import Annotated

from pydantic import Field, model_validator

from engine.config.fields import Flag, Name, Text
from engine.config.reading import Reading
from engine.config.sections import Section, optional, wrong
from simulator.plan import LeadChange, SegmentSetting


class SegmentSettingSection(Section):
    """Somebody saves a segment's setting, from now on."""

    name: Name = Field(description="The segment.", examples=["hot"])
    reset_on_reentry: Flag = Field(description="Whether a re-entry begins a new cycle.", examples=["true"])
    user: Name = optional("Who does it; an operator, if left out.", alias="as")

    def action(self) -> SegmentSetting:
        return SegmentSetting(
            segment=self.name,
            reset_on_reentry=self.reset_on_reentry,
            user=self.user if "user" in self.model_fields_set else None,
        )


class LeadChangeSection(Section):
    """A lead gets other attributes. Segments see it at their next jobs."""

    key: Text = Field(description="The lead's key.", examples=["ann"])
    on_list: Name = optional("Its list, if its key is on several.", alias="list")
    attributes: Annotated[dict[Text, str], Field(min_length=1)] = Field(
        description="Attributes and their values; an empty one is taken away.",
        examples=['{score: "5"}'],
        alias="set",
    )
    user: Name = optional("Who does it; an operator, if left out.", alias="as")

    @model_validator(mode="after")
    def _names_no_odd_attribute(self) -> "LeadChangeSection":
        if any('"' in name or "\\" in name for name in self.attributes):
            raise wrong("names an attribute with a quote or a backslash; no condition can look at that")
        return self

    def action(self) -> LeadChange:
        given = self.model_fields_set
        return LeadChange(
            key=self.key,
            attributes=dict(self.attributes),
            list=self.on_list if "on_list" in given else None,
            user=self.user if "user" in given else None,
        )


def check_segment_actions(reading: Reading, *path: str | int) -> None:
    """The segments and lists that an entry of the timeline names are defined."""
    segments = reading.keys("segments")
    for part in (("segment_job",), ("segment", "name")):
        if name := reading.text(*path, *part):
            reading.known(name, segments, "segment", *path, *part)
    if name := reading.text(*path, "lead", "list"):
        reading.known(name, reading.keys("lists"), "list", *path, "lead", "list")
