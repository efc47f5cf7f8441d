"""Consents, relationships and answers about reassigned numbers, in a file.

Consents and answers say when, since a file is read again at every start: what was taken back meanwhile must
not be given anew by that.
"""

from typing import Annotated, Final

from pydantic import Field, model_validator

from engine.config.dnc import DncModel, OfSomebody, When, check_dnc
from engine.config.fields import Flag, PhoneNumber, Seller, Text
from engine.config.purposes import Purpose
from engine.config.reading import Reading
from engine.config.sections import Section, optional, wrong
from engine.domain.time import Instant
from engine.domain.wishes import (
    ConsentGiven,
    ConsentLevel,
    ReassignmentAnswer,
    RelationshipTold,
    Wish,
    Wishes,
    untimely,
)


class ConsentModel(OfSomebody):
    """A number's or a person's consent to be called."""

    level: ConsentLevel = Field(
        description="How firmly: a firmer one does for a weaker.", examples=["express"]
    )
    given_at: When = Field(description="When it was given.", examples=["2026-01-05"], alias="given")
    expires: When = optional("From when on it counts no more.")
    revoked: When = optional("When it was taken back.")
    purposes: Annotated[list[Purpose], Field(min_length=1)] = optional("What for; all, if left out.")
    other_times: Flag = optional("Calls are welcome outside the calling windows, too.")
    evidence: Text = optional("Where the proof lies.")
    seller: Seller = optional("To whom; to whoever calls from this store, if left out.")

    @model_validator(mode="after")
    def _makes_sense(self) -> "ConsentModel":
        try:
            self.consent()
        except ValueError as error:
            raise wrong(str(error)) from None
        return self

    def consent(self) -> ConsentGiven:
        """The domain's value. Raises ValueError for times that contradict each other."""
        given = self.given("number", "person", "given_at")
        return ConsentGiven(whom=self.whom, given=self.given_at, **given)


class RelationshipModel(OfSomebody):
    """What binds a number or a person to the seller."""

    customer: Flag = optional("Whether there is a contract now.")
    transaction: When = optional("The last purchase or payment.")
    inquiry: When = optional("When the person last asked for something.")
    seller: Seller = optional("To whom; to whoever calls from this store, if left out.")

    @model_validator(mode="after")
    def _says_something(self) -> "RelationshipModel":
        if not self.model_fields_set & {"customer", "transaction", "inquiry"}:
            raise wrong("says nothing; one is wanted of customer, transaction and inquiry")
        return self

    def relationship(self) -> RelationshipTold:
        return RelationshipTold(whom=self.whom, **self.given("number", "person"))


class ReassignedModel(Section):
    """The answer of a database of reassigned numbers."""

    number: PhoneNumber = Field(description="The number.", examples=['"+12125550100"'])
    reassigned: Flag = Field(
        description="Whether it has changed hands since the consent.", examples=["false"], alias="answer"
    )
    asked: When = Field(description="When the database was asked.", examples=["2026-01-05"])

    def answer(self) -> ReassignmentAnswer:
        return ReassignmentAnswer(number=self.number, reassigned=self.reassigned, asked=self.asked)


WISH_KEYS: Final = ("dnc", "consents", "relationships", "reassigned")


class WishesPart:
    """These sections of a file, read at once, every problem noted; `wishes` is for when there were none."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._dnc = reading.several(DncModel, "dnc")
        self._consents = reading.several(ConsentModel, "consents")
        self._relationships = reading.several(RelationshipModel, "relationships")
        self._reassigned = reading.several(ReassignedModel, "reassigned")
        check_dnc(reading, "dnc")

    def check_times(self, now: Instant) -> None:
        """Nobody has said by `now` what is dated later."""
        told: dict[str, dict[int, Wish]] = {
            "dnc": {index: each.entry() for index, each in self._dnc.items()},
            "consents": {index: each.consent() for index, each in self._consents.items()},
            "relationships": {index: each.relationship() for index, each in self._relationships.items()},
            "reassigned": {index: each.answer() for index, each in self._reassigned.items()},
        }
        for key, wishes in told.items():
            for index, wish in wishes.items():
                if (problem := untimely(wish, now)) is not None:
                    self._reading.problem(problem, key, index)

    @property
    def wishes(self) -> Wishes:
        return Wishes(
            dnc=tuple(each.entry() for each in self._dnc.values()),
            consents=tuple(each.consent() for each in self._consents.values()),
            relationships=tuple(each.relationship() for each in self._relationships.values()),
            reassigned=tuple(each.answer() for each in self._reassigned.values()),
        )
