"""What a person asks of a reset, stage by stage. A request that makes no sense cannot be made.

`zero` is chosen at confirmation and is no part of any stage, so no template can hold it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, TypeAlias, assert_never
from zoneinfo import ZoneInfo

from engine.domain.time import DAY, Instant, Micros, instant

AGE_MAX_DAYS: Final = 36_500  # a hundred years: beyond it an age is a typing error


class Stage(StrEnum):
    """The stages whose choices a template can hold."""

    SETTINGS = "settings"
    PROPERTIES = "properties"
    RESULTS = "results"


class Callable(StrEnum):
    """Which leads, by whether they will be dialed again by themselves."""

    FINALLED = "finalled"  # no case of the lead is open
    ACTIVE = "active"  # the rest
    EVERYTHING = "everything"


class Exceptions(StrEnum):
    """Which leads, by their last call's duration against the threshold of its result code."""

    ALL = "all"
    OVER = "over"
    UNDER = "under"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRange:
    """Whole days since the import, both ends included."""

    least: int
    most: int

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most <= AGE_MAX_DAYS:
            raise ValueError(f"an age range goes from fewer to more whole days, at most {AGE_MAX_DAYS:,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """Days of import, both included, as the calendar of `zone` has them."""

    first: date
    last: date
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a date range begins before it ends")


RecordAge: TypeAlias = AgeRange | DateRange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationRange:
    """Of the last call, both ends included."""

    least: Micros
    most: Micros

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most:
            raise ValueError("a range of durations goes from shorter to longer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Stage 1. `age` None: all records."""

    override_compliance: bool = False
    age: RecordAge = None
    lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """Stage 2. `duration` None: calls of any length; `supplier` None: of any."""

    callable: Callable = Callable.EVERYTHING
    override_final: bool = False
    override_max: bool = False
    duration: DurationRange | None = None
    exceptions: Exceptions = Exceptions.ALL
    supplier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Stage 3: lead statuses, and result codes of those."""

    statuses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRequest:
    """All stages, and whether attempts are counted from 0 again."""

    settings: Settings = field(default_factory=Settings)
    properties: Properties = field(default_factory=Properties)
    results: Results = field(default_factory=Results)
    zero: bool = False

    def __post_init__(self) -> None:
        if self.zero and not self.properties.override_max:
            raise ValueError("resetting attempts to 0 goes with overriding the maximum of attempts")


def imported_within(age: RecordAge, *, now: Instant) -> tuple[Instant | None, Instant | None]:
    """The instants of import that an age means: from the first (included) to the second (not included)."""
    match age:
        case AgeRange():
            return now - (age.most + 1) * DAY + 1, now - age.least * DAY + 1
        case DateRange():
            zone = ZoneInfo(age.zone)
            after = age.last + timedelta(days=1)
            return _midnight(age.first, zone), _midnight(after, zone)
        case None:
            return None, None
        case _ as never:
            assert_never(never)


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return instant(datetime.combine(day, time(), tzinfo=zone))


def settings_refusal(settings: Settings) -> str | None:
    """Why stage 1 cannot be left yet."""
    return None if settings.lists else "no list is selected; select one at least"


def results_refusal(results: Results) -> str | None:
    """Why stage 3 cannot be left yet: nothing ticked selects nothing."""
    if not results.statuses:
        return "no lead status is ticked, so nothing is selected; tick one at least"
    return None if results.codes else "no result code is ticked, so nothing is selected; tick one at least"
