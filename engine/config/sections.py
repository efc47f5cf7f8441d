"""A section of a file is a pydantic model that speaks our words: what is wrong, and what would be right.

Every message completes the sentence that the path begins: `campaigns.orders.ratio` "is 'many'; a number is
wanted". Pydantic's own messages never reach a user.
"""

import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from enum import Enum
from typing import Any, ClassVar, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from engine.config.durations import DURATION_PATTERN, write_duration
from engine.names import did_you_mean, listed

T = TypeVar("T")

UNKNOWN_KEY: Final = "unknown_key"  # the error types that a reader of errors may ask for
MISSING_KEY: Final = "missing_key"
PROBLEM: Final = "problem"
_OURS: Final = (UNKNOWN_KEY, MISSING_KEY, PROBLEM)

NOT_YET: Final[dict[str, str]] = {
    "resets": "resets are not supported by this version",
    "carrier": "choosing a carrier is not supported by this version",
}

_VALUE_MAX = 60  # characters of a wrong value that a message repeats


def wrong(message: str) -> PydanticCustomError:
    """An error to raise in a validator, in our own words."""
    return PydanticCustomError(PROBLEM, "{message}", {"message": message})


def shown(value: object) -> str:
    """A wrong value as a message begins with it."""
    if value is None or value in ("", [], {}):
        return "is empty"
    if isinstance(value, dict):
        return "is a mapping"
    if isinstance(value, list):
        return "is a list"
    text = repr(str(value))
    return f"is {text}" if len(text) <= _VALUE_MAX else f"is {text[:_VALUE_MAX]}…'"


class Several:
    """Gathers errors at places below the value that a validator reads, and raises them together."""

    def __init__(self) -> None:
        self._errors: list[InitErrorDetails] = []

    def add(self, message: str, *path: str | int, value: object = None) -> None:
        self._errors.append(InitErrorDetails(type=wrong(message), loc=path, input=value))

    def attempt(self, read: Callable[[Any], T], value: object, *path: str | int) -> T | None:
        """What `read` makes of the value, or None with its complaints gathered under `path`."""
        try:
            return read(value)
        except ValidationError as errors:
            for error in errors.errors():
                self._errors.append(_in_our_words(None, error, (*path, *error["loc"])))
        except (ValueError, PydanticCustomError) as error:
            self.add(str(error), *path, value=value)
        return None

    def raise_any(self) -> None:
        if self._errors:
            raise ValidationError.from_exception_data("values", self._errors)


def optional(description: str, **more: Any) -> Any:
    """A key that may be left out: the default is then the domain's own, which stands in one place only."""
    return Field(default=None, description=description, **more)


class Section(BaseModel):
    """A mapping of a file. `of` is the domain value that it describes, with the same names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: ClassVar[type[Any] | None] = None

    def given(self, *without: str) -> dict[str, Any]:
        """The keys that the file has, as domain values."""
        names = self.model_fields_set.difference(without)
        return {name: domain_value(getattr(self, name)) for name in type(self).model_fields if name in names}

    def value(self, **more: Any) -> Any:
        """The domain value, with its own defaults for what the file leaves out."""
        assert self.of is not None
        return self.of(**(self.given() | more))

    @classmethod
    def file_key(cls, name: str) -> str:
        """The key that a field has in a file."""
        return cls.model_fields[name].alias or name

    @model_validator(mode="wrap")
    @classmethod
    def _speak(cls, value: Any, handler: Callable[[Any], Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as errors:
            details = [_in_our_words(cls, error, error["loc"]) for error in errors.errors()]
            raise ValidationError.from_exception_data(cls.__name__, details) from None

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core_schema))
        defaults = _defaults(cls.of)
        described = {cls.file_key(name): field.description for name, field in cls.model_fields.items()}
        for name, shape in schema.get("properties", {}).items():
            shape.pop("title", None)
            shape.setdefault("description", described.get(name))
            if shape.get("default", MISSING) is None:
                del shape["default"]
            if name in defaults:
                default = defaults[name]
                is_duration = shape.get("pattern") == DURATION_PATTERN
                shape["default"] = write_duration(default) if is_duration else default
        return schema


class OneOf(Section):
    """A mapping with exactly one of its keys."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        cls = type(self)
        if len(self.model_fields_set) != 1:
            given = [cls.file_key(name) for name in cls.model_fields if name in self.model_fields_set]
            has = listed(given, "and") if given else "nothing"
            raise wrong(f"has {has}; exactly one is wanted of {listed(_keys(cls), 'and')}")
        return self

    @property
    def chosen(self) -> tuple[str, Any]:
        """The key that is given, by its name in the model, and its value."""
        (name,) = self.model_fields_set
        return name, getattr(self, name)


def domain_value(part: Any) -> Any:
    """Sections become their domain values and lists become tuples, all the way down."""
    if isinstance(part, Section):
        return part.value()
    if isinstance(part, list):
        return tuple(domain_value(item) for item in part)
    if isinstance(part, dict):
        return {key: domain_value(item) for key, item in part.items()}
    return part


def _defaults(of: type[Any] | None) -> dict[str, Any]:
    """The plain defaults of a domain dataclass."""
    if of is None:
        return {}
    found = {field.name: field.default for field in fields(of) if field.default is not MISSING}
    return {
        name: default.value if isinstance(default, Enum) else default
        for name, default in found.items()
        if isinstance(default, bool | int | float | str)
    }


def _in_our_words(cls: type[Section] | None, error: Any, path: tuple[str | int, ...]) -> InitErrorDetails:
    kind = error["type"]
    if kind not in _OURS:
        kind, message = _message(cls, error)
    else:
        message = error["ctx"]["message"]
    return InitErrorDetails(
        type=PydanticCustomError(kind, "{message}", {"message": message}), loc=path, input=error["input"]
    )


def _message(cls: type[Section] | None, error: Any) -> tuple[str, str]:
    """Our error type and our words for one of pydantic's errors."""
    key, limits, value = str(error["loc"][-1]) if error["loc"] else "", error.get("ctx", {}), error["input"]
    match error["type"]:
        case "missing":
            return MISSING_KEY, f"missing{_example(cls, key)}"
        case "extra_forbidden":
            return UNKNOWN_KEY, unknown_key(key, _keys(cls))
        case "literal_error" | "enum":
            allowed = re.findall(r"'([^']*)'", limits["expected"])
            return PROBLEM, f"{shown(value)}; it can be {listed(allowed)}{did_you_mean(value, allowed)}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return PROBLEM, f"{shown(value)}; a mapping of keys to values is wanted"
        case "list_type":
            return PROBLEM, f"{shown(value)}; a list is wanted: [first, second]"
        case "string_type":
            return PROBLEM, f"{shown(value)}; text is wanted"
        case "greater_than_equal":
            return PROBLEM, f"{shown(value)}; the least is {limits['ge']:g}"
        case "greater_than":
            return PROBLEM, f"{shown(value)}; it must be more than {limits['gt']:g}"
        case "less_than_equal":
            return PROBLEM, f"{shown(value)}; the most is {limits['le']:g}"
        case "too_short":
            return PROBLEM, "is empty; at least one is wanted"
        case "too_long" | "string_too_long" if isinstance(value, str):
            return PROBLEM, f"is longer than {limits['max_length']} characters"
        case "too_long":
            return PROBLEM, f"has {limits['actual_length']} items; the most is {limits['max_length']}"
        case "value_error":
            return PROBLEM, str(limits["error"])
        case _:
            return PROBLEM, f"{shown(value)}; {error['msg']}"


def unknown_key(key: str, known: list[str]) -> str:
    """The message for a key that is not known here."""
    if key in NOT_YET:
        return NOT_YET[key]
    keys = f"the keys are {listed(known, 'and')}" if len(known) > 1 else f"the only key is {''.join(known)}"
    advice = did_you_mean(key, known) or (f"; {keys}" if known else "; there are no settings here")
    return f"unknown key {key!r}{advice}"


def _keys(cls: type[Section] | None) -> list[str]:
    return [cls.file_key(name) for name in cls.model_fields] if cls else []


def _example(cls: type[Section] | None, key: str) -> str:
    for name, field in cls.model_fields.items() if cls else ():
        if cls and key == cls.file_key(name) and field.examples:
            return f"; say e.g. '{key}: {field.examples[0]}'"
    return ""
