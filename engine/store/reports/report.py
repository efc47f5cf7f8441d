"""A report is one SELECT: its columns, where they come from, and the filters it has. Rows stream."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field as default
from typing import Any, Final

from engine.tables import Column, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column, and the SQL expression that has its value."""

    column: Column
    sql: str


def field(name: str, sql: str, meaning: str, kind: Kind = Kind.TEXT) -> Field:
    return Field(column=Column(name, meaning, kind), sql=sql)


LIST: Final = field("list", "s.name", "The list's name.")
LEAD: Final = field("lead", "l.key", "The lead's key on its list.")
"""Of a lead `l` and its list `s`."""


def of_lead(row: str) -> dict[str, str]:
    """The filters of rows that are each of a campaign and a lead; `s` is the lead's list."""
    return {
        "campaign": f"{row}.campaign = :campaign",
        "list": "s.name = :list",
        "lead": f"{row}.lead_id IN (SELECT id FROM leads WHERE key = :lead)",
    }


def between(moment: str) -> dict[str, str]:
    """The filters by a time: from the first on, and before the second."""
    return {"since": f"{moment} >= :since", "until": f"{moment} < :until"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`what` names its rows in the plural. `filters` maps the name of each to its SQL condition, in which
    `:name` is the value that is asked for. `source` is everything from FROM on, but WHERE."""

    name: str
    what: str
    fields: tuple[Field, ...]
    source: str
    order: str
    filters: Mapping[str, str] = default(default_factory=dict)
    group: str = ""
    always: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(each.column for each in self.fields)

    def rows(self, sql: sqlite3.Connection, **asked: Any) -> Iterator[tuple[Any, ...]]:
        """Row by row, in the report's order. A filter that is None is left out."""
        given = {name: value for name, value in asked.items() if value is not None}
        query = self.query(given)
        return sql.cursor().execute(query, given)

    def query(self, given: Mapping[str, Any]) -> str:
        """The SELECT for these filters."""
        conditions = [self.filters[name] for name in given]
        if self.always:
            conditions.insert(0, self.always)
        parts = [
            "SELECT " + ", ".join(f'{each.sql} AS "{each.column.name}"' for each in self.fields),
            self.source,
        ]
        if conditions:
            parts.append("WHERE " + " AND ".join(f"({condition})" for condition in conditions))
        if self.group:
            parts.append(f"GROUP BY {self.group}")
        parts.append(f"ORDER BY {self.order}")
        return "\n".join(parts)
