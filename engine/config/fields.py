"""The kinds of single values that files are made of. All of them are read from text."""

import math
import re
import zoneinfo
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema

from engine.config.durations import DURATION_HELP, DURATION_PATTERN, parse_duration
from engine.config.sections import shown, wrong
from engine.config.times import WINDOW_PATTERN, parse_date, parse_moment, parse_window
from engine.domain.policy import Window
from engine.domain.time import Instant, Micros, instant
from engine.domain.wishes import check_seller
from engine.names import check_name, did_you_mean
from engine.phones import PhoneError, is_region, normalise

T = TypeVar("T")

SUM_TOLERANCE: Final = 1e-9  # probabilities are written in decimals
UNKNOWN_REGION: Final = "?"  # in a context: the list's region was wrong, so national numbers cannot be judged

_DIGITS: Final = re.compile(r"[0-9*#]*")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}")


def from_text(read: Callable[[str], T], wanted: str) -> Callable[[Any], T]:
    """A validator that reads text and says what is wanted of anything else."""

    def validate(value: Any) -> T:
        if not isinstance(value, str) or not value:
            raise wrong(f"{shown(value)}; {wanted}")
        try:
            return read(value)
        except ValueError as error:
            raise wrong(str(error)) from None

    return validate


def read_whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"is {text!r}; a whole number is wanted")
    return int(text)


def read_number(text: str) -> float:
    try:
        number = float(text.replace("_", "x"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"is {text!r}; a number is wanted")
    return number


def _moment(text: str) -> Instant:
    return instant(parse_moment(text))


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"is {text!r}; it is true or false")
    return text == "true"


def _digits(value: Any) -> str:
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        raise wrong(f"{shown(value)}; keys of a phone are wanted: 0 to 9, * and #")
    return value


def _zone(text: str) -> str:
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
        close = did_you_mean(text, known)
        raise ValueError(f"is {text!r}, which is no time zone; say e.g. Europe/London{close}") from None
    return text


def _region(text: str) -> str:
    if not is_region(text):
        hint = "; did you mean 'GB'?" if text.upper() == "UK" else ""
        raise ValueError(f"is {text!r}; a region is a country code in capitals, such as GB or US{hint}")
    return text


def phone_number(value: Any, info: ValidationInfo) -> str:
    """E.164. On a list, whose region the context carries, national numbers are read too."""
    if not isinstance(value, str) or not value:
        raise wrong(f'{shown(value)}; a phone number is wanted, such as "+442079460001"')
    on_list, region = "region" in (info.context or {}), (info.context or {}).get("region")
    judged = region != UNKNOWN_REGION
    try:
        return normalise(value, region if judged else None).number
    except PhoneError as error:
        if error.needs_region and not judged:
            return value
        advice = ", or give the list a region: 'region: GB'" if error.needs_region and on_list else ""
        raise wrong(f"{shown(value).removeprefix('is ')} {error.reason}{advice}") from None


Whole: TypeAlias = Annotated[int, BeforeValidator(from_text(read_whole, "a whole number is wanted"))]
Count: TypeAlias = Annotated[Whole, Field(ge=1)]
Number: TypeAlias = Annotated[float, BeforeValidator(from_text(read_number, "a number is wanted"))]
Probability: TypeAlias = Annotated[Number, Field(ge=0, le=1)]
Flag: TypeAlias = Annotated[bool, BeforeValidator(from_text(_flag, "it is true or false"))]
Name: TypeAlias = Annotated[str, BeforeValidator(from_text(check_name, "a name is wanted"))]
Text: TypeAlias = Annotated[
    str,
    BeforeValidator(from_text(str, "text is wanted")),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
Seller: TypeAlias = Annotated[
    str,
    BeforeValidator(from_text(check_seller, "the name of a seller is wanted")),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
Digits: TypeAlias = Annotated[
    str, BeforeValidator(_digits), WithJsonSchema({"type": ["string", "integer"], "pattern": "^[0-9*#]*$"})
]
Duration: TypeAlias = Annotated[
    Micros,
    PlainValidator(from_text(parse_duration, DURATION_HELP)),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]
Zone: TypeAlias = Annotated[str, BeforeValidator(from_text(_zone, "a time zone is wanted: Europe/London"))]
Region: TypeAlias = Annotated[
    str,
    BeforeValidator(from_text(_region, "a country code is wanted: GB")),
    Field(json_schema_extra={"pattern": "^[A-Z]{2}$"}),
]
LocalDate: TypeAlias = Annotated[
    str,
    BeforeValidator(from_text(parse_date, "a date is wanted: 2026-12-25")),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Moment: TypeAlias = Annotated[
    int,
    BeforeValidator(from_text(_moment, "a time is ISO 8601 with a zone: 2026-03-02T09:00:00Z")),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
DayWindow: TypeAlias = Annotated[
    Window,
    PlainValidator(from_text(parse_window, "a window is written 09:00-17:30")),
    WithJsonSchema({"type": "string", "pattern": WINDOW_PATTERN}),
]
PhoneNumber: TypeAlias = Annotated[
    str, BeforeValidator(phone_number), WithJsonSchema({"type": ["string", "integer"]})
]
