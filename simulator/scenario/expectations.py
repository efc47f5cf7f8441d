"""What a scenario expects of its run."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainValidator, ValidationInfo, model_validator

from engine.config.fields import Name, Number, Text, Whole
from engine.config.reading import Reading
from engine.config.sections import Section, optional, shown, wrong
from engine.config.selection import dialed_lists
from engine.domain.words import CaseStatus, ContactStatus
from engine.names import listed
from simulator.figures import AGENT_FIGURES, FIGURE_NAMES
from simulator.plan import (
    AttemptsExpected,
    CaseExpected,
    CountExpected,
    EventsExpected,
    Expectation,
    NeverExpected,
    OwnerExpected,
)
from simulator.scenario.lists import imported
from simulator.scenario.values import Moment, Row, read_moment, read_row

NOBODY: Final = "none"

NotNegative: TypeAlias = Annotated[Whole, Field(ge=0)]


def _due(value: Any, info: ValidationInfo) -> Any:
    return value if value == "none" else read_moment(value, info)


class CaseSection(Section):
    """How a case stands at the end; only what is given is compared."""

    case: Text = Field(description="The lead's key.", examples=["ann"])
    campaign: Name = optional("The campaign; every campaign that has the lead, if left out.")
    status: CaseStatus = optional("The case's status.")
    agent_attempts: NotNegative = optional("Agent attempts used up in its cycle.")
    customer_attempts: NotNegative = optional("Customer attempts used up in its cycle.")
    calls: NotNegative = optional("Customer legs dialed, ever.")
    failures: NotNegative = optional("Of these, how many no person answered.")
    contact: ContactStatus = optional("The contact status.")
    cycle: NotNegative = optional("Which cycle it is in, from 1.")
    due_at: Annotated[
        int | Literal["none"], PlainValidator(_due, json_schema_input_type=Literal["none"] | Moment)
    ] = optional("When it is due next; none for never.")

    @model_validator(mode="after")
    def _expects_something(self) -> "CaseSection":
        if not self.model_fields_set - {"case", "campaign"}:
            raise wrong("expects nothing; say a status, a count or due_at")
        return self

    def expectation(self) -> Expectation:
        given = self.given()
        return CaseExpected(lead=given.pop("case"), **given)


class AttemptsSection(Section):
    """All attempts of a lead, in order."""

    attempts: Text = Field(description="The lead's key.", examples=["ann"])
    campaign: Name = optional("Only attempts of this campaign.")
    rows: list[Row] = Field(
        description="One for each attempt: columns of the report and their values.",
        examples=["[{outcome: busy, at: 0s}]"],
    )

    def expectation(self) -> Expectation:
        given = self.given()
        return AttemptsExpected(lead=given.pop("attempts"), **given)


class OwnerSection(Section):
    """Who owns a lead at the end of the run."""

    owner: Text = Field(description="The lead's key.", examples=["ann"])
    campaign: Name = Field(description="The campaign that owns it; none for nobody.", alias="is")
    until: Annotated[
        int | Literal["none"], PlainValidator(_due, json_schema_input_type=Literal["none"] | Moment)
    ] = optional("When the ownership expires; none for never.")

    @model_validator(mode="after")
    def _fits(self) -> "OwnerSection":
        if self.campaign == NOBODY and "until" in self.model_fields_set:
            raise wrong("has until, and nobody owns the lead; leave it out")
        return self

    def expectation(self) -> Expectation:
        until = self.until if "until" in self.model_fields_set else None
        campaign = None if self.campaign == NOBODY else self.campaign
        return OwnerExpected(lead=self.owner, campaign=campaign, until=until)


class CountSection(Section):
    """A figure of the run report."""

    count: Name = Field(description="The figure's name.", examples=["abandoned"])
    campaign: Name = optional("Of this campaign; of the whole run, if left out.")
    exactly: Number = optional("Its value.", alias="is")
    at_least: Number = optional("Its least value.")
    at_most: Number = optional("Its greatest value.")

    @model_validator(mode="after")
    def _has_bounds(self) -> "CountSection":
        given = self.model_fields_set & {"exactly", "at_least", "at_most"}
        if not given or ("exactly" in given and len(given) > 1):
            raise wrong("needs a value: 'is', or 'at_least' and 'at_most', or one of these")
        if given == {"at_least", "at_most"} and self.at_least > self.at_most:
            raise wrong("at_least is more than at_most")
        return self

    def expectation(self) -> Expectation:
        given = self.model_fields_set
        exactly = self.exactly if "exactly" in given else None
        return CountExpected(
            figure=self.count,
            low=self.at_least if "at_least" in given else exactly,
            high=self.at_most if "at_most" in given else exactly,
            campaign=self.campaign if "campaign" in given else None,
        )


def _line(value: Any, info: ValidationInfo) -> dict[str, Any]:
    row = read_row(value, info)
    if not isinstance(row.get("kind"), str):
        raise wrong("has no kind; say e.g. {kind: leg.answered}")
    return row


Line: TypeAlias = Annotated[dict[str, Any], PlainValidator(_line, json_schema_input_type=dict[str, Any])]


class EventsSection(Section):
    """Journal lines that occur in this order; others may stand between."""

    events: Annotated[list[Line], Field(min_length=1)] = Field(description="Each a kind and some fields.")

    def expectation(self) -> Expectation:
        return EventsExpected(lines=tuple(self.events))


class NeverSection(Section):
    """A journal line that does not occur."""

    never: Line = Field(description="A kind and some fields.")

    def expectation(self) -> Expectation:
        return NeverExpected(line=self.never)


AnyExpectation: TypeAlias = (
    CaseSection | AttemptsSection | OwnerSection | CountSection | EventsSection | NeverSection
)
KINDS: Final[dict[str, type[AnyExpectation]]] = {
    "case": CaseSection,
    "attempts": AttemptsSection,
    "owner": OwnerSection,
    "count": CountSection,
    "events": EventsSection,
    "never": NeverSection,
}


def read_expectation(value: Any, info: ValidationInfo) -> Expectation:
    if not isinstance(value, dict):
        raise wrong(f"{shown(value)}; an expectation is a mapping with one of {listed(list(KINDS))}")
    kinds = [kind for kind in KINDS if kind in value]
    if len(kinds) != 1:
        has = listed(kinds, "and") if kinds else "no kind"
        raise wrong(f"has {has}; an expectation has exactly one of {listed(list(KINDS), 'and')}")
    return KINDS[kinds[0]].model_validate(value, context=info.context).expectation()


ExpectationField: TypeAlias = Annotated[
    Expectation, PlainValidator(read_expectation, json_schema_input_type=AnyExpectation)
]


def check_expectations(reading: Reading, *path: str | int) -> None:
    """Every figure, lead and campaign that is named exists. Leads can only be known if all lists are written
    out."""
    leads = _inline_leads(reading)
    campaigns = reading.keys("campaigns")
    for index in range(len(reading.items(*path))):
        at = (*path, index)
        campaign = reading.text(*at, "campaign")
        if campaign and not reading.known(campaign, campaigns, "campaign", *at, "campaign"):
            campaign = None
        _check_figure(reading, at, campaign)
        owner = reading.text(*at, "is") if reading.has(*at, "owner") else None
        if owner and owner != NOBODY:
            reading.known(owner, [*campaigns, NOBODY], "campaign", *at, "is")
        for kind in ("case", "attempts", "owner"):
            key = reading.text(*at, kind)
            if not key:
                continue
            lists = list(leads)
            if campaign and reading.has("campaigns", campaign, "lists"):
                lists = dialed_lists(reading, "campaigns", campaign, "lists")
            if any(name not in leads or leads[name] is None for name in lists):
                continue
            known = [lead for name in lists for lead in leads[name] or ()]
            if campaign and key not in known and any(key in (each or ()) for each in leads.values()):
                reading.problem(f"lead {key!r} is on no list of campaign {campaign!r}", *at, kind)
            else:
                reading.known(key, known, "lead", *at, kind)


def _check_figure(reading: Reading, at: tuple[str | int, ...], campaign: str | None) -> None:
    figure = reading.text(*at, "count")
    if not figure or not reading.known(figure, list(FIGURE_NAMES), "figure", *at, "count"):
        return
    if campaign and figure in AGENT_FIGURES:
        message = f"the figure {figure!r} is of the whole run, as agents are; leave out the campaign"
        reading.problem(message, *at, "campaign", at_key=True)


def _inline_leads(reading: Reading) -> dict[str, list[str] | None]:
    """The keys of each list's leads; None for a list in a file."""
    leads: dict[str, list[str] | None] = {}
    for name in reading.keys("lists"):
        rows = range(len(reading.items("lists", name, "leads")))
        keys = [reading.text("lists", name, "leads", index, "key") for index in rows]
        leads[name] = None if reading.has("lists", name, "file") else [key for key in keys if key]
    for of_list, path in imported(reading):
        key, known = reading.text(*path, "key"), leads.get(of_list or "")
        if key and known is not None:
            known.append(key)
    return leads
