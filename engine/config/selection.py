"""Which leads go first and which phone is dialed, as a campaign says it."""

from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, get_args

from pydantic import Field, PlainValidator, model_validator

from engine.config.fields import Count, Duration, Flag, Name, Text, Whole
from engine.config.reading import Reading
from engine.config.sections import Section, optional, shown, wrong
from engine.domain.selection import LeadOrder, ListShare, NewLeads, PhoneOrder, PhonePolicy
from engine.domain.words import Outcome
from engine.names import did_you_mean, listed

PRIORITY_MAX: Final = 1000
WEIGHT_MAX: Final = 1000
Priority: TypeAlias = Annotated[Whole, Field(ge=0, le=PRIORITY_MAX)]
Weight: TypeAlias = Annotated[Count, Field(le=WEIGHT_MAX)]


# --- lists ----------------------------------------------------------------------------------------


class DialedListSection(Section):
    """A list of a campaign, with its place among the others."""

    of = ListShare

    name: Name = Field(description="The list.", examples=["customers"])
    priority: Priority = optional("Its new leads go before those of lists with a lower one.")
    weight: Weight = optional("Its share of the new leads among lists of the same priority.")


class DialedList(NamedTuple):
    name: str
    share: ListShare | None = None


def read_dialed_list(value: Any) -> DialedList:
    if not isinstance(value, dict):
        return DialedList(NameOnly.model_validate({"name": value}).name)
    section = DialedListSection.model_validate(value)
    return DialedList(section.name, ListShare(**section.given("name")))


class NameOnly(Section):
    """A name by itself."""

    name: Name = Field(description="The name.")


DialedListField: TypeAlias = Annotated[
    DialedList, PlainValidator(read_dialed_list, json_schema_input_type=Name | DialedListSection)
]


def dialed_lists(reading: Reading, *path: str | int) -> list[str]:
    """The names of the lists at `campaigns.NAME.lists`, as far as they can be read."""
    names = []
    for index, item in enumerate(reading.items(*path)):
        name = item if isinstance(item, str) else reading.text(*path, index, "name")
        if name:
            names.append(name)
    return names


def check_dialed_lists(reading: Reading, *path: str | int) -> None:
    """Each list is defined, and stands once."""
    seen: set[str] = set()
    for index, item in enumerate(reading.items(*path)):
        at = (*path, index) if isinstance(item, str) else (*path, index, "name")
        name = item if isinstance(item, str) else reading.text(*at)
        if not name:
            continue
        if name in seen:
            reading.problem(f"list {name!r} stands twice", *at)
        elif reading.known(name, reading.keys("lists"), "list", *at):
            seen.add(name)


# --- the order of new leads -----------------------------------------------------------------------


class OrderSection(Section):
    """The order of leads never called: by a field, or shuffled."""

    field: Text = optional("The attribute, with numbers or dates, that the leads go by.", examples=["score"])
    descending: Flag = optional("The greatest number, or the latest date, first.")
    random: Whole = optional("Shuffled: another number, another order.")

    @model_validator(mode="after")
    def _says_one_order(self) -> "OrderSection":
        given = self.model_fields_set
        if len(given & {"field", "random"}) != 1:
            raise wrong("says no order; it is {field: score, descending: true}, or {random: 7}")
        if "random" in given and "descending" in given:
            raise wrong("is random; 'descending' is for an order by a field")
        return self

    def order(self) -> NewLeads:
        if "random" in self.model_fields_set:
            return NewLeads(by=LeadOrder.RANDOM, seed=self.random)
        return NewLeads(by=LeadOrder.FIELD, **self.given())


PlainOrder: TypeAlias = Literal["oldest-due", "newest-import", "random"]
_PLAIN: Final = get_args(PlainOrder)


def read_order(value: Any) -> NewLeads:
    if isinstance(value, dict):
        return OrderSection.model_validate(value).order()
    if value not in _PLAIN:
        words = listed([*_PLAIN, "{field: score, descending: true}"])
        raise wrong(f"{shown(value)}; it can be {words}{did_you_mean(value, _PLAIN)}")
    return NewLeads(by=LeadOrder(value))


OrderField: TypeAlias = Annotated[
    NewLeads, PlainValidator(read_order, json_schema_input_type=PlainOrder | OrderSection)
]


# --- phones ---------------------------------------------------------------------------------------


class PhonesSection(Section):
    """Which of a lead's phones is dialed."""

    of = PhonePolicy

    order: PhoneOrder = Field(
        description="The first number only, or all in turn: as they stand, or one kind first.",
        examples=["in-order"],
    )
    rest: Duration = optional("From the end of a call to the next number of the lead.")
    attempts_each: Annotated[Count, Field(le=100)] = optional("Calls to one number before the next.")
    skip: list[Outcome] = optional("A number with such an outcome is left out while there are others.")

    @model_validator(mode="after")
    def _means_something(self) -> "PhonesSection":
        if self.order is PhoneOrder.FIRST_ONLY and len(self.model_fields_set) > 1:
            raise wrong("dials the first number only; the other settings are for several")
        return self
