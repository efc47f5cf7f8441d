"""The people of a scenario, customers by list and agents by name, and how likely they do what."""

from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from engine.config.fields import Digits, Name, Probability, Text, Zone, from_text
from engine.config.sections import Section, Several, optional, shown, wrong
from engine.config.times import WINDOW_PATTERN, local_midnights, parse_window
from engine.domain.policy import Window
from engine.domain.time import MINUTE, Instant
from simulator.plan import AgentBehaviour, Population, Response, Stay
from simulator.scenario.callbacks import DispositionField
from simulator.scenario.receptions import AgentReceptionField
from simulator.scenario.values import Chance, Moment, sums_to_one_at_most

# --- customers ---------------------------------------------------------------------------------

Responses: TypeAlias = Annotated[dict[Response, Probability], AfterValidator(sums_to_one_at_most)]
Shares: TypeAlias = Annotated[dict[Text, Probability], AfterValidator(sums_to_one_at_most)]
DigitShares: TypeAlias = Annotated[dict[Digits, Probability], AfterValidator(sums_to_one_at_most)]

_RESPONSES: TypeAdapter[dict[Response, float]] = TypeAdapter(Responses)


def read_hours(value: Any) -> dict[int, dict[Response, float]]:
    if not isinstance(value, dict) or not value:
        raise wrong(f'{shown(value)}; hours and their likelihoods are wanted: {{"9-11": {{human: 0.3}}}}')
    problems = Several()
    by_hour: dict[int, dict[Response, float]] = {}
    for key, item in value.items():
        hours = problems.attempt(_hours, key, key) or range(0)
        responses = problems.attempt(_RESPONSES.validate_python, item, key)
        for hour in hours:
            if hour in by_hour:
                problems.add(f"hour {hour} stands in an earlier key too; give each hour once", key)
                break
            by_hour[hour] = responses or {}
    problems.raise_any()
    return by_hour


def _hours(text: str) -> range:
    first, _, last = text.partition("-")
    ends = (first, last) if "-" in text else (first, first)
    if not all(end.isdecimal() and int(end) <= 23 for end in ends) or int(ends[0]) > int(ends[1]):
        raise ValueError(f"is {text!r}; hours are 0 to 23, or from one to another inclusive: 9-11")
    return range(int(ends[0]), int(ends[1]) + 1)


class PopulationModel(Section):
    """How the people of a list behave, where no script says otherwise."""

    of = Population

    responses: Responses = optional("How likely each response is; what is missing to 1 is no-answer.")
    by_hour: Annotated[
        dict[int, dict[Response, float]],
        PlainValidator(read_hours, json_schema_input_type=dict[str, dict[Response, Probability]]),
    ] = optional('Other likelihoods in some hours of the day: "18", or "9-11" for 9:00 to 11:59.')
    zone: Zone = optional("The time zone of those hours.")
    rings: dict[Response, Chance] = optional("From the dial to what the network says, by response.")
    talks: Chance = optional("How long a person talks with an agent.")
    waits: Chance = optional("How long a person waits for an agent before hanging up.")
    hangs_up_early: Probability = optional("How many hang up a moment after answering.")
    digits: DigitShares = optional("What is keyed when asked for keys, and how likely; the rest key nothing.")
    line_drops: Probability = optional("How many answered lines drop in mid-call.")
    drops_after: Chance = optional("When they drop, after the answer.")


# --- agents ------------------------------------------------------------------------------------


class StayModel(Section):
    """From one moment of the scenario to another."""

    since: Moment = Field(description="When it begins.", examples=["10m"])
    until: Moment = optional("When it ends; at the end of the scenario, if left out.")

    @model_validator(mode="after")
    def _ascends(self) -> "StayModel":
        if "until" in self.model_fields_set and self.until <= self.since:
            raise wrong("ends before it begins; 'since' comes before 'until'")
        return self


class BreakModel(Section):
    """A break: daily at a window, or once from one moment to another."""

    at: Annotated[
        Window,
        PlainValidator(from_text(parse_window, "a window is written 12:00-12:30")),
        WithJsonSchema({"type": "string", "pattern": WINDOW_PATTERN}),
    ] = optional("Every day in this window.", examples=['"12:00-12:30"'])
    since: Moment = optional("Once, from this moment.")
    until: Moment = optional("To this one.")
    code: Name = Field(description="The pause code.", examples=["lunch"])

    @model_validator(mode="after")
    def _has_one_form(self) -> "BreakModel":
        given = self.model_fields_set
        if ("at" in given) == ("since" in given):
            raise wrong("needs either 'at', a daily window, or 'since', a moment")
        if "until" in given and "since" not in given:
            raise wrong("has 'until' beside a daily window; 'until' goes with 'since'")
        if "until" in given and self.until <= self.since:
            raise wrong("ends before it begins; 'since' comes before 'until'")
        return self


def read_shift(value: Any, info: ValidationInfo) -> Window | StayModel:
    if isinstance(value, dict):
        return StayModel.model_validate(value, context=info.context)
    return from_text(parse_window, "a shift is a daily window: 09:00-17:00, or {since: 10m, until: 2h}")(
        value
    )


Shift: TypeAlias = Annotated[
    Window | StayModel,
    PlainValidator(
        read_shift, json_schema_input_type=Annotated[str, Field(pattern=WINDOW_PATTERN)] | StayModel
    ),
]


class AgentBehaviourModel(Section):
    """What an agent does. With no shifts, on duty from start to end."""

    of = AgentBehaviour

    shifts: Annotated[list[Shift], Field(min_length=1)] = optional(
        "When the agent is on duty: daily windows in the offset of the scenario's start, or moments."
    )
    breaks: list[BreakModel] = optional("When the agent pauses during a shift.")
    script: list[AgentReceptionField] = optional("How the first calls to the agent's phone are received.")
    answers: Probability = optional("How likely later calls are answered.")
    rings: Chance = optional("How long the agent's phone rings before it is answered.")
    talks: Chance = optional("How long the agent talks; until the customer hangs up, if left out.")
    wraps_up: Chance = optional("How long the agent works after a call.")
    dispositions: Shares = optional("What the agent gives, and how likely; the rest gives none.")
    disposition_script: list[DispositionField] = optional(
        "The first dispositions, with promised callbacks: {code: call-me, callback: {in: 2h}}; ~ gives none."
    )
    previews: list[Literal["accept", "skip", "ignore"]] = optional(
        "What the agent does with the first previews; later ones are accepted."
    )
    previews_for: Chance = optional("How long the agent looks at a preview.")

    def behaviour(self, *, start: Instant, end: Instant, offset: timedelta) -> AgentBehaviour:
        given = self.given("shifts", "breaks")
        shifts = [Stay(since=start)]
        if "shifts" in self.model_fields_set:
            shifts = [stay for shift in self.shifts for stay in _stays(shift, None, start, end, offset)]
        breaks = [
            stay
            for each in (self.breaks if "breaks" in self.model_fields_set else ())
            for stay in _stays(each, each.code, start, end, offset)
        ]
        return AgentBehaviour(shifts=joined(shifts), breaks=joined(breaks), **given)


def _stays(
    when: Window | StayModel | BreakModel,
    code: str | None,
    start: Instant,
    end: Instant,
    offset: timedelta,
) -> list[Stay]:
    """The parts of the scenario that a shift or break covers."""
    if isinstance(when, BreakModel) and "at" in when.model_fields_set:
        when = when.at
    if isinstance(when, Window):
        spans = [
            (midnight + when.opens * MINUTE, midnight + when.closes * MINUTE)
            for midnight in local_midnights(start, end, offset)
        ]
    else:
        spans = [(when.since, when.until if "until" in when.model_fields_set else end)]
    return [
        Stay(since=max(since, start), until=min(until, end) if until < end else None, code=code)
        for since, until in spans
        if since < end and until > start
    ]


def joined(stays: list[Stay]) -> tuple[Stay, ...]:
    """In order, and those that touch or overlap as one: nobody logs out and in at the same instant."""
    result: list[Stay] = []
    for stay in sorted(stays, key=lambda each: each.since):
        last = result[-1] if result else None
        if last is None or (last.until is not None and last.until < stay.since) or last.code != stay.code:
            result.append(stay)
        elif last.until is not None:
            until = None if stay.until is None else max(last.until, stay.until)
            result[-1] = Stay(since=last.since, until=until, code=last.code)
    return tuple(result)
