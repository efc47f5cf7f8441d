"""A campaign's flow: what happens in a call, step by step, and which steps may stand where."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from engine.config.fields import Count, Digits, Duration, Flag, Text
from engine.config.reading import Reading
from engine.config.sections import Section, Several, optional, shown, wrong
from engine.domain.policy import (
    Collect,
    Condition,
    DialAgent,
    DialCustomer,
    End,
    Play,
    SetVariable,
    Step,
    Variable,
)
from engine.domain.words import DialMode
from engine.names import did_you_mean

WORDS: Final[dict[str, Step]] = {"dial agent": DialAgent(), "dial customer": DialCustomer(), "end": End()}
STEP_KEYS: Final = ("play", "collect", "set", "end")
STEPS_MAX: Final = 100  # a call of more steps is a program, not a flow

STEP_HELP: Final = (
    "a step is 'dial agent', 'dial customer', 'end', or one of play, collect, set and end with settings"
)


class ConditionModel(Section):
    """All parts that are given must hold."""

    of = Condition

    digits: Digits = optional('The last keys collected are these; "" for none.', examples=['"1234"'])
    digits_not: Digits = optional("The last keys collected are not these.")
    disposition: Text = optional("The attempt's disposition is this one.")
    disposition_not: Text = optional("The attempt's disposition is not this one.")

    @model_validator(mode="after")
    def _says_something(self) -> "ConditionModel":
        if not self.model_fields_set:
            raise wrong("is empty; a condition has digits, digits_not, disposition or disposition_not")
        return self


class CollectModel(Section):
    """Gather keys that the customer presses."""

    of = Collect

    digits: Annotated[Count, Field(le=64)] = Field(description="How many keys, at most.", examples=[4])
    within: Duration = optional("How long to listen.", examples=["20s"])


class SetModel(Section):
    """Flow variables, read when the flow ends."""

    reschedule_agent_call: Flag = optional("Ask for another attempt, which uses up an agent attempt.")
    reschedule_customer_call: Flag = optional("Ask for another attempt, which uses up a customer attempt.")

    @model_validator(mode="after")
    def _says_something(self) -> "SetModel":
        if not self.model_fields_set:
            raise wrong("is empty; set reschedule_agent_call or reschedule_customer_call to true or false")
        return self


class NothingModel(Section):
    """No settings."""


class StepModel(Section):
    """One step with its settings: exactly one of play, collect, set and end."""

    play: Text = optional("Play this message to the customer.")
    collect: CollectModel = optional("Gather keys from the customer.")
    set: SetModel = optional("Set flow variables.")
    end: NothingModel = optional("Hang up and end the flow; write it as 'end' when there is no condition.")
    when: ConditionModel = optional("Only if this holds; for set and end.")

    @model_validator(mode="after")
    def _is_one_step(self) -> "StepModel":
        kinds = [kind for kind in STEP_KEYS if kind in self.model_fields_set]
        if len(kinds) != 1:
            raise wrong(f"has {' and '.join(kinds) or 'no step'}; {STEP_HELP}")
        if "when" in self.model_fields_set and kinds[0] not in ("set", "end"):
            raise wrong(f"has a condition on {kinds[0]}; 'when' goes with set and end only")
        return self

    def steps(self) -> tuple[Step, ...]:
        given = self.model_fields_set
        when = self.when.value() if "when" in given else None
        if "play" in given:
            return (Play(message=self.play),)
        if "collect" in given:
            collect: Collect = self.collect.value()
            return (collect,)
        if "end" in given:
            return (End(when=when),)
        names: tuple[Variable, ...] = ("reschedule_agent_call", "reschedule_customer_call")
        return tuple(
            SetVariable(variable=name, value=getattr(self.set, name), when=when)
            for name in names
            if name in self.set.model_fields_set
        )


def read_step(value: Any) -> tuple[Step, ...]:
    if isinstance(value, dict) and value:
        return StepModel.model_validate(value).steps()
    if isinstance(value, str) and value in WORDS:
        return (WORDS[value],)
    raise wrong(f"{shown(value)}; {STEP_HELP}{did_you_mean(value, list(WORDS))}")


def read_flow(value: Any) -> tuple[Step, ...]:
    if not isinstance(value, list) or not value:
        raise wrong(f"{shown(value)}; a list of steps is wanted: [dial agent, dial customer]")
    if len(value) > STEPS_MAX:
        raise wrong(f"has {len(value)} steps; the most is {STEPS_MAX}")
    problems = Several()
    steps = [problems.attempt(read_step, item, index) for index, item in enumerate(value)]
    problems.raise_any()
    return tuple(step for several in steps if several for step in several)


Flow: TypeAlias = Annotated[
    tuple[Step, ...],
    PlainValidator(
        read_flow, json_schema_input_type=list[Literal["dial agent", "dial customer", "end"] | StepModel]
    ),
]


def check_flow(reading: Reading, mode: DialMode, *path: str | int) -> None:
    """Which steps may stand where. Reads the items as they stand, so that one bad step hides no other."""
    dialed: set[str] = set()
    ended = False
    for index, item in enumerate(reading.items(*path)):
        at = (*path, index)
        if ended:
            reading.problem("is never reached; the step before it ends the flow", *at)
            break
        if item in ("dial agent", "dial customer"):
            _check_dial(reading, mode, item, dialed, at)
            dialed.add(item)
        elif isinstance(item, dict):
            _check_settings(reading, mode, item, dialed, at)
        ended = item == "end" or (isinstance(item, dict) and "end" in item and "when" not in item)
    needed = ("dial agent", "dial customer") if mode is DialMode.AGENT_FIRST else ("dial customer",)
    for word in needed:
        if reading.items(*path) and word not in dialed:
            reading.problem(f"has no step '{word}'; {_article(mode)} flow needs one", *path)


def _check_dial(
    reading: Reading, mode: DialMode, word: str, dialed: set[str], at: tuple[str | int, ...]
) -> None:
    if word in dialed:
        reading.problem(f"is a second '{word}'; a flow has one", *at)
    elif word == "dial agent" and mode is DialMode.AGENTLESS:
        reading.problem("is 'dial agent', but an agentless campaign has no agents", *at)
    elif word == "dial customer" and mode is DialMode.AGENT_FIRST and "dial agent" not in dialed:
        reading.problem("is 'dial customer' before 'dial agent'; agent-first calls the agent first", *at)


def _check_settings(
    reading: Reading, mode: DialMode, item: dict[str, Any], dialed: set[str], at: tuple[str | int, ...]
) -> None:
    for kind in ("play", "collect"):
        if kind in item and "dial customer" not in dialed:
            reading.problem(f"is {kind} before 'dial customer'; there is nobody to hear it", *at)
    if mode is not DialMode.AGENTLESS:
        return
    if "reschedule_agent_call" in reading.keys(*at, "set"):
        reading.problem(
            "an agentless campaign has no agent attempts; set reschedule_customer_call",
            *at,
            "set",
            "reschedule_agent_call",
            at_key=True,
        )
    for part in ("disposition", "disposition_not"):
        if part in reading.keys(*at, "when"):
            message = "an agentless campaign has no agent to give a disposition; compare digits"
            reading.problem(message, *at, "when", part, at_key=True)


def _article(mode: DialMode) -> str:
    return f"an {mode}" if mode[0] in "aeiou" else f"a {mode}"
