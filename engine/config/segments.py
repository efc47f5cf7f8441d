"""Segments in a file: conditions over leads, and when they are looked at."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from engine.config.durations import parse_duration
from engine.config.fields import Duration, Flag, LocalDate, Name, Text, Zone, from_text, read_number
from engine.config.reading import Reading
from engine.config.sections import Section, Several, optional, wrong
from engine.domain.segments import (
    DEPTH_MAX,
    KIND_OF,
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    DateBetween,
    DurationBetween,
    Field as LeadPart,
    Kind,
    LeadField,
    Missing,
    Not,
    NumberBetween,
    SegmentPolicy,
    TextContains,
    TextIn,
)
from engine.domain.time import HOUR, MINUTE, Micros
from engine.names import check_name, listed

VALUES_MAX: Final = 1_000  # of one `in`: more are a list of their own
CONDITIONS_MAX: Final = 100  # side by side
EVERY_MAX: Final = 24 * HOUR  # a job that is rarer has times of the day

_TIME: Final = r"^([0-1][0-9]|2[0-3]):[0-5][0-9]$"


def _time_of_day(text: str) -> int:
    if re.fullmatch(_TIME, text) is None:
        raise ValueError(f"is {text!r}; a time of the day is written 16:05")
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


TimeOfDay: TypeAlias = Annotated[
    int,
    PlainValidator(from_text(_time_of_day, "a time of the day is wanted: 16:05")),
    WithJsonSchema({"type": "string", "pattern": _TIME}),
]


def _attribute(text: str) -> Attribute:
    return Attribute(text)


AttributeName: TypeAlias = Annotated[
    Attribute,
    PlainValidator(from_text(_attribute, "the name of an attribute is wanted: score")),
    WithJsonSchema({"type": "string", "minLength": 1}),
]
Bound: TypeAlias = Annotated[
    str,
    BeforeValidator(from_text(str, "a number or a duration is wanted")),
    WithJsonSchema({"type": ["number", "string"]}),
]

COMPARISONS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.TEXT: ("equals", "in", "contains"),
    Kind.NUMBER: ("at_least", "at_most"),
    Kind.DURATION: ("at_least", "at_most"),
}
OF_ATTRIBUTES: Final = ("equals", "in", "contains", "at_least", "at_most", "from", "to")
_TOGETHER: Final = (("at_least", "at_most"), ("from", "to"))


class LeadConditionModel(Section):
    """One comparison of one field or attribute, or several conditions together."""

    all: Annotated[list["LeadConditionModel"], Field(min_length=1, max_length=CONDITIONS_MAX)] = optional(
        "All of these hold."
    )
    any: Annotated[list["LeadConditionModel"], Field(min_length=1, max_length=CONDITIONS_MAX)] = optional(
        "One of these holds, at least."
    )
    negated: "LeadConditionModel" = optional("This does not hold.", alias="not")
    field: LeadField = optional("What is known of every lead; each `…_ago` and the duration are durations.")
    attribute: AttributeName = optional("Something that an import or a person noted of a lead.")
    equals: Text = optional("It is this, to the letter.")
    among: Annotated[list[Text], Field(min_length=1, max_length=VALUES_MAX)] = optional(
        "It is one of these, to the letter.", alias="in"
    )
    contains: Text = optional("It has this in it, to the letter.")
    at_least: Bound = optional("It is a number, or a duration, of this or more.")
    at_most: Bound = optional("It is a number, or a duration, of this or less.")
    first: LocalDate = optional("It is a date, YYYY-MM-DD, not before this day.", alias="from")
    last: LocalDate = optional("It is a date, YYYY-MM-DD, not after this day.", alias="to")
    missing: Literal["true"] = optional("The lead has no such thing.")

    @model_validator(mode="after")
    def _means_something(self) -> "LeadConditionModel":
        self.condition()
        return self

    def condition(self) -> Condition:
        """The domain's condition. Raises what is wrong with it."""
        given = {type(self).file_key(name) for name in self.model_fields_set}
        joined = [key for key in ("all", "any", "not") if key in given]
        subjects = [key for key in ("field", "attribute") if key in given]
        if len(joined) + len(subjects) != 1:
            has = listed([*joined, *subjects], "and") if joined or subjects else "nothing to compare"
            raise wrong(f"has {has}; exactly one is wanted of all, any, not, field and attribute")
        comparisons = sorted(given - {*joined, *subjects}, key=list(_keys()).index)
        if joined:
            return self._joined(joined[0], comparisons)
        return self._compared(self.field if "field" in given else self.attribute, comparisons)

    def _joined(self, how: str, comparisons: list[str]) -> Condition:
        if comparisons:
            raise wrong(
                f"has {how} and {comparisons[0]}; a comparison has a field or an attribute of its own"
            )
        if how == "not":
            return Not(self.negated.condition())
        parts = tuple(each.condition() for each in (self.all if how == "all" else self.any))
        return AllOf(parts) if how == "all" else AnyOf(parts)

    def _compared(self, part: LeadPart, comparisons: list[str]) -> Condition:
        if len(comparisons) != 1 and tuple(comparisons) not in _TOGETHER:
            has = (
                f"compares it with {listed(comparisons, 'and')}"
                if comparisons
                else "compares it with nothing"
            )
            allowed = _comparisons_of(part)
            raise wrong(f"{has}; one is wanted of {listed([*allowed, 'missing'], 'and')}, or a range")
        how = comparisons[0]
        if how == "missing":
            return Missing(field=part)
        if how not in (allowed := _comparisons_of(part)):
            raise wrong(f"{how} is not for {_name(part)}; that can have {listed(list(allowed), 'and')}")
        match how:
            case "equals":
                return TextIn(field=part, values=(self.equals,))
            case "in":
                return TextIn(field=part, values=tuple(self.among))
            case "contains":
                return TextContains(field=part, part=self.contains)
            case "from" | "to":
                assert isinstance(part, Attribute)
                return DateBetween(
                    field=part, first=self._given("first", "from"), last=self._given("last", "to")
                )
            case _:
                return self._range(part)

    def _given(self, name: str, key: str) -> Any:
        return getattr(self, name) if name in self.model_fields_set else None

    def _range(self, part: LeadPart) -> Condition:
        problems = Several()
        timed = part if isinstance(part, LeadField) and KIND_OF[part] is Kind.DURATION else None
        read = read_number if timed is None else parse_duration
        low, high = (
            problems.attempt(read, getattr(self, name), name) if name in self.model_fields_set else None
            for name in ("at_least", "at_most")
        )
        problems.raise_any()
        if low is not None and high is not None and low > high:
            raise wrong("at_least is more than at_most")
        if timed is None:
            return NumberBetween(field=part, at_least=low, at_most=high)
        return DurationBetween(field=timed, at_least=_whole(low), at_most=_whole(high))


def _keys() -> list[str]:
    return [LeadConditionModel.file_key(name) for name in LeadConditionModel.model_fields]


def _whole(bound: float | None) -> Micros | None:
    return None if bound is None else int(bound)


def _comparisons_of(part: LeadPart) -> tuple[str, ...]:
    return OF_ATTRIBUTES if isinstance(part, Attribute) else COMPARISONS[KIND_OF[part]]


def _name(part: LeadPart) -> str:
    return f"attribute {part.name}" if isinstance(part, Attribute) else part.value


def depth(value: object) -> int:
    """How deep conditions stand in each other, as a file has them."""
    parts = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else ()
    return int(isinstance(value, dict)) + max((depth(each) for each in parts), default=0)


class SegmentModel(Section):
    """Leads that meet a condition, as its latest job saw them."""

    lists: Annotated[list[Name], Field(min_length=1)] = optional("Only leads of these lists.")
    where: LeadConditionModel = optional("Only leads that meet this.")
    reset_on_reentry: Flag = optional(
        "A lead that was seen out of the segment and is seen in it again begins a new cycle of attempts. "
        "Left out, it is as it was last set; off at first."
    )
    every: Annotated[Duration, Field(ge=MINUTE // 60, le=EVERY_MAX)] = optional(
        "The job looks at the start of an engine, and at every whole interval."
    )
    at: Annotated[list[TimeOfDay], Field(min_length=1)] = optional(
        "The job looks at these times of the day.", examples=['["16:05"]']
    )
    zone: Zone = optional("The IANA time zone of these times.")

    @model_validator(mode="after")
    def _says_something(self) -> "SegmentModel":
        given = self.model_fields_set
        if not given & {"lists", "where"}:
            raise wrong("holds nobody; say of which lists, or under which condition: {lists: [customers]}")
        if {"every", "at"} <= given:
            raise wrong("has both every and at; keep one")
        if ("at" in given) != ("zone" in given):
            raise wrong('times of the day need their zone: {at: ["16:05"], zone: Europe/London}')
        return self

    def segment(self, name: str) -> SegmentPolicy:
        """The domain's value."""
        given = self.given("lists", "where")
        conditions: list[Condition] = []
        if "lists" in self.model_fields_set:
            conditions.append(TextIn(field=LeadField.LIST, values=tuple(self.lists)))
        if "where" in self.model_fields_set:
            conditions.append(self.where.condition())
        condition = conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))
        return SegmentPolicy(name=name, condition=condition, **given)


def check_segment(reading: Reading, name: str, lists: Sequence[str]) -> None:
    """Its lists are defined, and its condition can be read by people."""
    path = ("segments", name)
    for index, item in enumerate(reading.items(*path, "lists")):
        if isinstance(item, str) and item:
            reading.known(item, list(lists), "list", *path, "lists", index)
    if depth(reading.raw(*path, "where")) > DEPTH_MAX:
        reading.problem(f"has more than {DEPTH_MAX} conditions in each other", *path, "where")


def check_segment_file(reading: Reading, lists: Sequence[str]) -> None:
    """A file of segments for a command: no engine reads it, so nothing in it happens by itself."""
    for name in reading.keys("segments"):
        try:
            check_name(name)
        except ValueError as error:
            reading.problem(f"the name {error}", "segments", name, at_key=True)
        check_segment(reading, name, lists)
        for key in ("every", "at"):
            if reading.has("segments", name, key):
                message = "an engine's configuration says when jobs come by themselves; leave it out here"
                reading.problem(message, "segments", name, key, at_key=True)


SOURCES: Final = ("lists", "segments", "callbacks_from")
"""Where the leads of a campaign come from: one of these."""


def check_segments_of(reading: Reading, campaign: str) -> None:
    """A campaign dials its lists or its segments, and those that it names are there."""
    path = ("campaigns", campaign)
    if reading.keys(*path) and not any(reading.has(*path, key) for key in SOURCES):
        message = "missing; say e.g. 'lists: [customers]', or name segments: 'segments: [hot]'"
        reading.problem(message, *path, below="lists")
    if reading.has(*path, "lists") and reading.has(*path, "segments"):
        message = "a campaign dials lists or segments; keep one (a segment can be a whole list)"
        reading.problem(message, *path, "segments", at_key=True)
    seen: set[str] = set()
    for index, item in enumerate(reading.items(*path, "segments")):
        if not isinstance(item, str) or not item:
            continue
        if item in seen:
            reading.problem(f"segment {item!r} stands twice", *path, "segments", index)
        elif reading.known(item, reading.keys("segments"), "segment", *path, "segments", index):
            seen.add(item)
