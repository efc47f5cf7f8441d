"""How a list's leads are owned: whether, how long, and when the list is brought up to date."""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from engine.config.durations import DURATION_HELP, DURATION_PATTERN, parse_duration
from engine.config.fields import Duration, Flag
from engine.config.sections import Section, optional, shown, wrong
from engine.domain.lists import OwnershipPolicy
from engine.domain.time import Micros

FOR_EVER: Final = "none"


def read_term(text: str) -> Micros | None:
    """A duration in days and hours, or none for no expiration. Raises ValueError."""
    if text == FOR_EVER:
        return None
    return _some_time(text)


def _some_time(text: str) -> Micros:
    duration = parse_duration(text)
    if duration == 0:
        raise ValueError(f"is {text!r}; it must be more than 0s")
    return duration


def _term(value: Any) -> Micros | None:
    if not isinstance(value, str) or not value:
        raise wrong(f"{shown(value)}; {DURATION_HELP}, or {FOR_EVER} for no expiration")
    try:
        return read_term(value)
    except ValueError as error:
        raise wrong(f"{error}, or {FOR_EVER} for no expiration") from None


def _interval(value: Any) -> Micros:
    if not isinstance(value, str) or not value:
        raise wrong(f"{shown(value)}; {DURATION_HELP}")
    try:
        return _some_time(value)
    except ValueError as error:
        raise wrong(str(error)) from None


Term: TypeAlias = Annotated[
    Micros | None,
    PlainValidator(_term),
    WithJsonSchema({"type": "string", "anyOf": [{"pattern": DURATION_PATTERN}, {"const": FOR_EVER}]}),
]
Interval: TypeAlias = Annotated[
    Micros, PlainValidator(_interval), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
]


class OwnershipModel(Section):
    """Whether the first campaign that makes a valid attempt at a lead of this list owns it."""

    of = OwnershipPolicy

    enabled: Flag = optional("Whether leads get owners. What is owned stays so when this is switched off.")
    duration: Term = optional(
        "How long a campaign owns a lead, in days and hours; none for no expiration, as if left out.",
        examples=["3d4h"],
    )
    near: Duration = optional("An ownership with so much left or less is renewed, if no call has succeeded.")
    update_every: Interval = optional("How often owned leads are brought up to date.")
