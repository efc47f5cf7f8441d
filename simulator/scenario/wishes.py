"""What a timeline does with the do-not-call list and with consents, from that moment on."""

from typing import Annotated

from pydantic import Field, model_validator

from engine.config.dnc import OfSomebody
from engine.config.fields import Flag, Name, Seller, Text
from engine.config.purposes import Purpose
from engine.config.reading import Reading
from engine.config.sections import optional, wrong
from engine.domain.wishes import ConsentGiven, ConsentLevel, DoNotCall, RelationshipTold, Revocation
from simulator.plan import DncAdd, DncRemove, Telling
from simulator.scenario.values import ByUser, Moment


class _ByUserOfSomebody(OfSomebody, ByUser):
    """What a user does about a number or a person."""

    @property
    def by(self) -> str | None:
        """Who does it; None is the scenario."""
        return self.user if "user" in self.model_fields_set else None


class DncAddSection(_ByUserOfSomebody):
    """A number or a person comes on the do-not-call list."""

    campaign: Name = optional("Only this campaign must not call; nobody may, if left out.")
    note: Text = optional("Why, for those who look at it.")

    def action(self) -> DncAdd:
        return DncAdd(entry=DoNotCall(whom=self.whom, **self.given("number", "person", "user")), user=self.by)


class DncRemoveSection(_ByUserOfSomebody):
    """A number or a person comes off the do-not-call list."""

    campaign: Name = optional("The campaign whose entry it is; the one for all, if left out.")

    def action(self) -> DncRemove:
        return DncRemove(whom=self.whom, user=self.by, **self.given("number", "person", "user"))


class ConsentGiveSection(_ByUserOfSomebody):
    """A number or a person agrees to be called."""

    level: ConsentLevel = Field(
        description="How firmly: a firmer one does for a weaker.", examples=["express"]
    )
    expires: Moment = optional("From when on it counts no more.")
    purposes: Annotated[list[Purpose], Field(min_length=1)] = optional("What for; all, if left out.")
    other_times: Flag = optional("Calls are welcome outside the calling windows, too.")
    evidence: Text = optional("Where the proof lies.")
    seller: Seller = optional("To whom; to whoever calls from this store, if left out.")

    def action(self) -> Telling:
        return Telling(
            agreement=ConsentGiven(whom=self.whom, **self.given("number", "person", "user")), user=self.by
        )


class ConsentRevokeSection(_ByUserOfSomebody):
    """A number or a person takes back whatever was given, to one seller or to all."""

    note: Text = optional("How it came, for those who look at it.")
    seller: Seller = optional("As far as this seller goes; all, if left out.")

    def action(self) -> Telling:
        return Telling(
            agreement=Revocation(whom=self.whom, **self.given("number", "person", "user")), user=self.by
        )


class RelationshipSetSection(_ByUserOfSomebody):
    """What binds a number or a person to the seller; what is left out stays as it is."""

    customer: Flag = optional("Whether there is a contract now.")
    transaction: Moment = optional("The last purchase or payment.")
    inquiry: Moment = optional("When the person last asked for something.")
    seller: Seller = optional("To whom; to whoever calls from this store, if left out.")

    @model_validator(mode="after")
    def _says_something(self) -> "RelationshipSetSection":
        if not self.model_fields_set & {"customer", "transaction", "inquiry"}:
            raise wrong("says nothing; one is wanted of customer, transaction and inquiry")
        return self

    def action(self) -> Telling:
        return Telling(
            agreement=RelationshipTold(whom=self.whom, **self.given("number", "person", "user")), user=self.by
        )


def check_wish_actions(reading: Reading, *path: str | int) -> None:
    """The campaigns that an entry of the timeline names are defined."""
    for key in ("dnc_add", "dnc_remove"):
        if name := reading.text(*path, key, "campaign"):
            reading.known(name, reading.keys("campaigns"), "campaign", *path, key, "campaign")
