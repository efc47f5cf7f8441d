"""Conditions as JSON values, in the words of a configuration, and back. The store keeps them so."""

from typing import Any, assert_never

from engine.domain.segments import (
    KIND_OF,
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    DateBetween,
    DurationBetween,
    Field,
    Kind,
    LeadField,
    Missing,
    Not,
    NumberBetween,
    TextContains,
    TextIn,
)
from engine.domain.time import spoken


def to_plain(condition: Condition) -> dict[str, Any]:
    """Durations are microseconds."""
    match condition:
        case AllOf(conditions):
            return {"all": [to_plain(each) for each in conditions]}
        case AnyOf(conditions):
            return {"any": [to_plain(each) for each in conditions]}
        case Not(inner):
            return {"not": to_plain(inner)}
        case TextIn():
            return _of(condition.field) | {"in": list(condition.values)}
        case TextContains():
            return _of(condition.field) | {"contains": condition.part}
        case NumberBetween() | DurationBetween():
            bounds = {"at_least": condition.at_least, "at_most": condition.at_most}
            return _of(condition.field) | {name: bound for name, bound in bounds.items() if bound is not None}
        case DateBetween():
            days = {"from": condition.first, "to": condition.last}
            return _of(condition.field) | {name: day for name, day in days.items() if day is not None}
        case Missing():
            return _of(condition.field) | {"missing": True}
        case _ as never:
            assert_never(never)


def from_plain(plain: dict[str, Any]) -> Condition:
    """What `to_plain` made."""
    if "all" in plain:
        return AllOf(tuple(from_plain(each) for each in plain["all"]))
    if "any" in plain:
        return AnyOf(tuple(from_plain(each) for each in plain["any"]))
    if "not" in plain:
        return Not(from_plain(plain["not"]))
    field: Field = Attribute(plain["attribute"]) if "attribute" in plain else LeadField(plain["field"])
    if "in" in plain:
        return TextIn(field=field, values=tuple(plain["in"]))
    if "contains" in plain:
        return TextContains(field=field, part=plain["contains"])
    if "missing" in plain:
        return Missing(field=field)
    if isinstance(field, LeadField) and KIND_OF[field] is Kind.DURATION:
        return DurationBetween(field=field, at_least=plain.get("at_least"), at_most=plain.get("at_most"))
    if isinstance(field, Attribute) and ("from" in plain or "to" in plain):
        return DateBetween(field=field, first=plain.get("from"), last=plain.get("to"))
    return NumberBetween(field=field, at_least=plain.get("at_least"), at_most=plain.get("at_most"))


def told(condition: Condition) -> str:
    """For a person: `list is customers and score at least 5`."""
    match condition:
        case AllOf(conditions):
            return " and ".join(_told_inside(each) for each in conditions) or "every lead"
        case AnyOf(conditions):
            return " or ".join(_told_inside(each) for each in conditions) or "no lead"
        case Not(inner):
            return f"not {_told_inside(inner)}"
        case TextIn():
            return f"{_name(condition.field)} is {' or '.join(condition.values)}"
        case TextContains():
            return f"{_name(condition.field)} contains {condition.part!r}"
        case NumberBetween():
            return _told_range(condition.field, _number(condition.at_least), _number(condition.at_most))
        case DurationBetween():
            least, most = condition.at_least, condition.at_most
            return _told_range(
                condition.field,
                None if least is None else spoken(least),
                None if most is None else spoken(most),
            )
        case DateBetween():
            first = None if condition.first is None else f"from {condition.first}"
            last = None if condition.last is None else f"to {condition.last}"
            return " ".join(part for part in (_name(condition.field), first, last) if part)
        case Missing():
            return f"no {_name(condition.field)}"
        case _ as never:
            assert_never(never)


def _of(field: Field) -> dict[str, Any]:
    return {"attribute": field.name} if isinstance(field, Attribute) else {"field": field.value}


def _name(field: Field) -> str:
    return field.name if isinstance(field, Attribute) else field.value.replace("_", " ")


def _told_inside(condition: Condition) -> str:
    compound = isinstance(condition, AllOf | AnyOf) and len(condition.conditions) > 1
    return f"({told(condition)})" if compound else told(condition)


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _told_range(field: Field, least: str | None, most: str | None) -> str:
    bounds = ((f"at least {least}", least), (f"at most {most}", most))
    return f"{_name(field)} {' and '.join(text for text, bound in bounds if bound is not None)}"
