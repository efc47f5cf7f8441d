"""A condition as SQL over the leads. Every value is a parameter, and every name comes from a table here.

The same meaning as `engine.segments.conditions.matches`; a property test compares them.
"""

from typing import Any, Final, assert_never

from engine.domain.segments import (
    NUMBER_MAX,
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    DateBetween,
    DurationBetween,
    Field,
    LeadField,
    Missing,
    Not,
    NumberBetween,
    TextContains,
    TextIn,
)
from engine.domain.time import Instant

# In these, {name} is the column of the lead, which `_column` adds to what is selected.
_TEXTS: Final[dict[LeadField, str]] = {
    LeadField.LIST: "(SELECT name FROM lists WHERE id = {list_id})",
    LeadField.KEY: "{key}",
    LeadField.SUPPLIER: "{supplier}",
    LeadField.OWNER: "iif({owned_until} IS NULL OR {owned_until} > {now}, {owner}, NULL)",
    LeadField.LAST_DISPOSITION: "{last_disposition}",
    LeadField.LAST_STATUS: "(SELECT lead_status FROM dispositions WHERE code = {last_disposition})",
}
_NUMBERS: Final[dict[LeadField, str]] = {
    LeadField.CALLS: "{calls}",
    LeadField.PHONES: "(SELECT count(*) FROM phones WHERE lead_id = l.id)",
}
_SINCE: Final[dict[LeadField, str]] = {
    LeadField.IMPORTED_AGO: "{imported_at}",
    LeadField.LAST_CALLED_AGO: "{last_ended_at}",
    LeadField.SUCCEEDED_AGO: "{succeeded_at}",
}
_COLUMNS: Final = (
    "list_id",
    "key",
    "supplier",
    "owner",
    "owned_until",
    "last_disposition",
    "last_duration",
    "last_ended_at",
    "succeeded_at",
    "imported_at",
    "calls",
)
_DIGITS: Final = "iif(substr({text}, 1, 1) IN ('-', '+'), substr({text}, 2), {text})"
# Most numbers have digits only: they are read at the first look.
_AS_NUMBER: Final = f"""
    CASE WHEN length({{text}}) > {NUMBER_MAX} THEN NULL
         WHEN {{text}} GLOB '[0-9]*' AND {{text}} NOT GLOB '*[^0-9]*' THEN CAST({{text}} AS REAL)
         WHEN {_DIGITS} GLOB '[0-9]*' AND {_DIGITS} NOT GLOB '*[^0-9.]*' AND {_DIGITS} NOT GLOB '*.*.*'
              AND {_DIGITS} NOT GLOB '*.' THEN CAST({{text}} AS REAL)
    END"""
_IS_DATE: Final = (
    "({text} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND {text} >= '0001'"
    " AND date({text}, '+0 days') = {text})"  # without a modifier 2026-02-30 would stay as it is
)


class LeadQuery:
    """The leads that meet a condition: `source` is what to select from, as `l`, `where` an SQL expression
    that is 0 or 1, and `given` their parameters."""

    def __init__(self, condition: Condition, *, now: Instant) -> None:
        self.given: dict[str, Any] = {}
        self._attributes: dict[str, str] = {}
        self._used: set[str] = set()
        self._now = self._give(now)
        self._instant = now
        self.where = self._truth(condition)

    @property
    def source(self) -> str:
        """The leads' ids, with the columns and attributes that the condition names, each taken out once: a
        subquery with a LIMIT is not folded into the query around it."""
        if not self._attributes:
            return "leads l"
        taken = [f"attributes ->> {path} AS {column}" for path, column in self._attributes.items()]
        columns = ", ".join(["id", *(name for name in _COLUMNS if name in self._used), *taken])
        return f"(SELECT {columns} FROM leads LIMIT -1) l"

    def _sql(self, template: str) -> str:
        columns = {name: f"l.{name}" for name in _COLUMNS}
        self._used.update(name for name in columns if f"{{{name}}}" in template)
        return template.format(now=self._now, **columns)

    def _give(self, value: Any) -> str:
        name = f"c{len(self.given)}"
        self.given[name] = value
        return f":{name}"

    def _truth(self, condition: Condition) -> str:
        match condition:
            case AllOf(conditions):
                return f"({' AND '.join(map(self._truth, conditions)) or '1'})"
            case AnyOf(conditions):
                return f"({' OR '.join(map(self._truth, conditions)) or '0'})"
            case Not(inner):
                return f"(NOT {self._truth(inner)})"
            case TextIn():
                values = ", ".join(self._give(value) for value in condition.values)
                return self._some_text(condition.field, f"{{text}} IN ({values})")
            case TextContains():
                part = self._give(condition.part)
                return self._some_text(condition.field, f"instr({{text}}, {part}) > 0")
            case NumberBetween():
                return self._number(condition)
            case DateBetween():
                text = self._text(condition.field)
                bounds = [f"{text} >= {self._give(condition.first)}"] if condition.first is not None else []
                bounds += [f"{text} <= {self._give(condition.last)}"] if condition.last is not None else []
                return _is_true([_IS_DATE.format(text=text), *bounds])
            case DurationBetween():
                return self._duration(condition)
            case Missing():
                return self._missing(condition.field)
            case _ as never:
                assert_never(never)

    def _text(self, field: Field) -> str:
        if isinstance(field, Attribute):
            path = f'$."{field.name}"'
            known = next((given for given in self._attributes if self.given[given[1:]] == path), None)
            given = known or self._give(path)
            return f"l.{self._attributes.setdefault(given, f'attribute_{len(self._attributes)}')}"
        return self._sql(_TEXTS[field])

    def _some_text(self, field: Field, test: str) -> str:
        if field is LeadField.PHONE_KIND:
            return f"EXISTS (SELECT 1 FROM phones WHERE lead_id = l.id AND {test.format(text='kind')})"
        return _is_true([test.format(text=self._text(field))])

    def _number(self, condition: NumberBetween) -> str:
        if isinstance(condition.field, Attribute):
            value = _AS_NUMBER.format(text=self._text(condition.field))
        else:
            value = self._sql(_NUMBERS[condition.field])
        return _is_true(self._bounds(value, condition.at_least, condition.at_most))

    def _duration(self, condition: DurationBetween) -> str:
        if condition.field is LeadField.LAST_DURATION:
            return _is_true(self._bounds(self._sql("{last_duration}"), condition.at_least, condition.at_most))
        since = self._sql(_SINCE[condition.field])
        # At least so long ago is at most that instant.
        first = None if condition.at_most is None else self._instant - condition.at_most
        last = None if condition.at_least is None else self._instant - condition.at_least
        return _is_true([f"{since} IS NOT NULL", *self._bounds(since, first, last)])

    def _bounds(self, value: str, least: float | None, most: float | None) -> list[str]:
        if least is not None and most is not None:
            return [f"{value} BETWEEN {self._give(least)} AND {self._give(most)}"]
        bounds = [f"{value} >= {self._give(least)}"] if least is not None else []
        return bounds + ([f"{value} <= {self._give(most)}"] if most is not None else [])

    def _missing(self, field: Field) -> str:
        if field is LeadField.PHONE_KIND:
            return "(NOT EXISTS (SELECT 1 FROM phones WHERE lead_id = l.id))"
        if field is LeadField.LAST_DURATION:
            return self._sql("({last_duration} IS NULL)")
        if isinstance(field, LeadField) and field in _SINCE:
            return self._sql(f"({_SINCE[field]} IS NULL)")
        if isinstance(field, LeadField) and field in _NUMBERS:
            return "0"
        return f"({self._text(field)} IS NULL)"


def _is_true(tests: list[str]) -> str:
    """Neither false nor unknown."""
    return f"(({' AND '.join(tests)}) IS TRUE)"
