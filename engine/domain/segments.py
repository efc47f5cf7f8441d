"""Segments: which leads they hold, as typed conditions, and when they are looked at.

A comparison with something that a lead does not have is false, and its opposite true.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from engine.domain.time import Instant, Micros

NUMBER_MAX: Final = 18  # characters of an attribute that reads as a number: what a float tells apart
DEPTH_MAX: Final = 20  # conditions within conditions: deeper is a mistake
_UNUSABLE: Final = re.compile(r'["\\\x00-\x1f\x7f]')


class LeadField(StrEnum):
    """What is known of every lead, beside its attributes."""

    LIST = "list"
    KEY = "key"
    SUPPLIER = "supplier"
    OWNER = "owner"  # the campaign that owns it now
    PHONE_KIND = "phone_kind"  # of any of its phones
    LAST_DISPOSITION = "last_disposition"
    LAST_STATUS = "last_status"  # the lead status of that disposition
    CALLS = "calls"
    PHONES = "phones"
    LAST_DURATION = "last_duration"
    IMPORTED_AGO = "imported_ago"
    LAST_CALLED_AGO = "last_called_ago"
    SUCCEEDED_AGO = "succeeded_ago"


class Kind(StrEnum):
    """What a field can be compared with."""

    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"


KIND_OF: Final[dict[LeadField, Kind]] = {
    LeadField.LIST: Kind.TEXT,
    LeadField.KEY: Kind.TEXT,
    LeadField.SUPPLIER: Kind.TEXT,
    LeadField.OWNER: Kind.TEXT,
    LeadField.PHONE_KIND: Kind.TEXT,
    LeadField.LAST_DISPOSITION: Kind.TEXT,
    LeadField.LAST_STATUS: Kind.TEXT,
    LeadField.CALLS: Kind.NUMBER,
    LeadField.PHONES: Kind.NUMBER,
    LeadField.LAST_DURATION: Kind.DURATION,
    LeadField.IMPORTED_AGO: Kind.DURATION,
    LeadField.LAST_CALLED_AGO: Kind.DURATION,
    LeadField.SUCCEEDED_AGO: Kind.DURATION,
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an import or a person noted of a lead, by its name."""

    name: str

    def __post_init__(self) -> None:
        if not self.name or _UNUSABLE.search(self.name):
            raise ValueError(f"is {self.name!r}; an attribute's name has no quotes and no backslashes")


Field: TypeAlias = LeadField | Attribute


def _has_a_bound(*bounds: object) -> None:
    if all(bound is None for bound in bounds):
        raise ValueError("has no bounds; a range has one or two")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextIn:
    """It is one of these, to the letter."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContains:
    """It has this somewhere in it, to the letter."""

    field: Field
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBetween:
    """Both bounds are included; an attribute that is not written as a plain decimal number is in no range."""

    field: Field
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        _has_a_bound(self.at_least, self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateBetween:
    """An attribute that is a date, YYYY-MM-DD; both bounds are included."""

    field: Attribute
    first: str | None = None
    last: str | None = None

    def __post_init__(self) -> None:
        _has_a_bound(self.first, self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationBetween:
    """How long something lasted, or how long ago it was; both bounds are included."""

    field: LeadField
    at_least: Micros | None = None
    at_most: Micros | None = None

    def __post_init__(self) -> None:
        _has_a_bound(self.at_least, self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The lead has no such thing."""

    field: Field


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


Condition: TypeAlias = (
    TextIn | TextContains | NumberBetween | DateBetween | DurationBetween | Missing | AllOf | AnyOf | Not
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """A lead as a condition sees it. `owner` is None once the ownership has expired; what never happened is
    None."""

    list: str
    key: str
    imported_at: Instant
    attributes: dict[str, str]
    phone_kinds: tuple[str, ...]
    calls: int = 0
    supplier: str | None = None
    owner: str | None = None
    last_disposition: str | None = None
    last_status: str | None = None
    last_duration: Micros | None = None
    last_called_at: Instant | None = None
    succeeded_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPolicy:
    """`reset_on_reentry` None: as it was, and off at first. A segment is looked at `every` so often, or at
    local times (`at`, in minutes of the day) of a zone, or when somebody asks for it."""

    name: str
    condition: Condition
    reset_on_reentry: bool | None = None
    every: Micros | None = None
    at: tuple[int, ...] = ()
    zone: str | None = None

    def __post_init__(self) -> None:
        if self.every is not None and (self.every <= 0 or self.at):
            raise ValueError("a segment is looked at at intervals, or at times of the day")
        if bool(self.at) != (self.zone is not None):
            raise ValueError("times of the day are those of a zone")
