"""Which leads never called go first, and which of a lead's phones is dialed: what an operator decides."""

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.time import MINUTE, Micros
from engine.domain.words import Outcome


class LeadOrder(StrEnum):
    OLDEST_DUE = "oldest-due"  # in the order in which they came
    NEWEST_IMPORT = "newest-import"
    RANDOM = "random"
    FIELD = "field"  # by an attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLeads:
    """The order of the leads of one list that were never called. `field`, an attribute with numbers or dates,
    ascends unless `descending`; `seed` shuffles."""

    by: LeadOrder = LeadOrder.OLDEST_DUE
    field: str | None = None
    descending: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.by is LeadOrder.FIELD) != (self.field is not None):
            raise ValueError("an order by field names the field, and no other does")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShare:
    """A list in a campaign: its leads never called go before those of every list with a lower `priority`, and
    lists of one priority take turns by `weight`."""

    priority: int = 0
    weight: int = 1

    def __post_init__(self) -> None:
        if self.weight < 1:
            raise ValueError("a weight is at least 1")


class PhoneOrder(StrEnum):
    FIRST_ONLY = "first-only"
    IN_ORDER = "in-order"
    MOBILE_FIRST = "mobile-first"
    FIXED_LINE_FIRST = "fixed-line-first"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePolicy:
    """`attempts_each` calls in a row to one number that no person answered, then the lead's next number after
    `rest`; after the last one the first again, after the campaign's interval. A number with an outcome in
    `skip` is left out as long as the lead has others."""

    order: PhoneOrder = PhoneOrder.FIRST_ONLY
    rest: Micros = 30 * MINUTE
    attempts_each: int = 1
    skip: tuple[Outcome, ...] = (Outcome.INVALID,)

    def __post_init__(self) -> None:
        if self.attempts_each < 1:
            raise ValueError("attempts_each is at least 1")
        if self.rest < 0:
            raise ValueError("rest is negative")

    @property
    def several(self) -> bool:
        """Whether more than a lead's first number is dialed."""
        return self.order is not PhoneOrder.FIRST_ONLY
