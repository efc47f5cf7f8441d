"""Who must not be called, in a file: numbers and persons, for all campaigns or for one."""

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema, model_validator

from engine.config.fields import Name, PhoneNumber, Text, from_text, phone_number
from engine.config.reading import Reading
from engine.config.sections import Section, optional, wrong
from engine.config.times import parse_when
from engine.domain.time import Instant
from engine.domain.wishes import DoNotCall, Whom, check_person
from engine.phones import PhoneError, normalise_any

WHEN_HELP = "a date or a time with a zone is wanted: 2026-03-02 or 2026-03-02T09:00:00Z"

When: TypeAlias = Annotated[
    Instant, BeforeValidator(from_text(parse_when, WHEN_HELP)), WithJsonSchema({"type": "string"})
]
Person: TypeAlias = Annotated[
    str,
    BeforeValidator(from_text(check_person, "the key of a person is wanted, as leads have it")),
    WithJsonSchema({"type": ["string", "integer"]}),
]


def _any_number(value: Any, info: ValidationInfo) -> str:
    """Who is not to be called is taken down whether a numbering plan has the number or not."""
    if isinstance(value, str):
        try:
            return normalise_any(value, None)
        except PhoneError:
            pass
    return phone_number(value, info)


AnyNumber: TypeAlias = Annotated[
    str, BeforeValidator(_any_number), WithJsonSchema({"type": ["string", "integer"]})
]


class OfSomebody(Section):
    """Something that is told of a number or of a person."""

    number: PhoneNumber = optional("The number, with + and the country code.")
    person: Person = optional("The person, as the attribute `person` of the leads has it.")

    @model_validator(mode="after")
    def _is_of_one(self) -> "OfSomebody":
        if len(self.model_fields_set & {"number", "person"}) != 1:
            raise wrong('is of nobody or of two; one is wanted: {number: "+442079460001"} or {person: P-17}')
        return self

    @property
    def whom(self) -> Whom:
        """The number or the person."""
        return Whom(**self.given(*(set(type(self).model_fields) - {"number", "person"})))


class DncModel(OfSomebody):
    """A number or a person that must not be called. A bare number is for all campaigns."""

    number: AnyNumber = optional("The number, with + and the country code.")
    campaign: Name = optional("Only this campaign must not call.")
    since: When = optional("Since when: a date, or a time with its zone.")
    note: Text = optional("Why, for those who look at it.")

    @model_validator(mode="before")
    @classmethod
    def _may_be_bare(cls, value: Any) -> Any:
        return {"number": value} if isinstance(value, str) else value

    def entry(self) -> DoNotCall:
        return DoNotCall(whom=self.whom, **self.given("number", "person"))


def check_dnc(reading: Reading, *path: str | int) -> None:
    """The campaigns of the entries at `path` are defined."""
    for index in range(len(reading.items(*path))):
        if name := reading.text(*path, index, "campaign"):
            reading.known(name, reading.keys("campaigns"), "campaign", *path, index, "campaign")
