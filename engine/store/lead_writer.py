"""Leads into the tables, chunk by chunk, each key once and each number once on a list.

Works inside the caller's write transaction, so the ids it gives out are nobody else's. What is on the list
already is looked up in the store a chunk at a time: memory does not grow with the list.
"""

import json
import sqlite3
from array import array
from collections.abc import Sequence
from typing import Final

from engine.domain.time import Instant
from engine.store.lead_rows import Layout, PreparedLead
from engine.store.problems import Problem

_LIST: Final = "INSERT INTO lists (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
_KEYS_TAKEN: Final = """
    SELECT key, id FROM leads WHERE list_id = ? AND key IN (SELECT value FROM json_each(?))
"""
_NUMBERS_TAKEN: Final = """
    SELECT p.number, min(l.id) FROM json_each(?) AS given
    CROSS JOIN phones p INDEXED BY phones_number ON p.number = given.value
    CROSS JOIN leads l ON l.id = p.lead_id
    WHERE l.list_id = ? GROUP BY p.number
"""
_LEAD: Final = """
    INSERT INTO leads (id, list_id, key, attributes, supplier, imported_at, phone_count)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_PHONE: Final = "INSERT INTO phones (lead_id, position, number, kind) VALUES (?, ?, ?, ?)"


class LeadWriter:
    """`leads` and `phones` count what went in."""

    def __init__(self, connection: sqlite3.Connection, list_name: str, now: Instant) -> None:
        connection.execute(_LIST, (list_name, now))
        (self._list,) = connection.execute("SELECT id FROM lists WHERE name = ?", (list_name,)).fetchone()
        self._first: int
        (self._first,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM leads").fetchone()
        self._connection = connection
        self._now = now
        self._lines = array("Q")  # of the leads written here, by id from the first: 8 bytes each
        self.phones = 0

    @property
    def leads(self) -> int:
        return len(self._lines)

    def write(self, leads: Sequence[PreparedLead], layout: Layout) -> list[Problem]:
        """Insert the leads that are new to the list; the problems say whom the others repeat."""
        keys = [lead.key or line_key(lead.line) for lead in leads]
        keys_taken = self.keys_taken(keys)
        numbers_taken = self._numbers_taken(leads)
        fresh: list[tuple[str, PreparedLead]] = []
        duplicates: list[Problem] = []
        for key, lead in zip(keys, leads, strict=True):
            if repeated := [phone for phone in lead.phones if phone[1] in numbers_taken]:
                position, number, _ = repeated[0]
                holder = self._told(numbers_taken[number], fresh)
                duplicates.append(_same_number(lead, layout.name_of_phone(position), number, holder))
                continue
            if key in keys_taken:
                if lead.key is not None:
                    holder = self._told(keys_taken[key], fresh)
                    duplicates.append(_same_key(lead, layout.name_of_key, key, holder))
                    continue
                key = self._free_key(key, keys_taken)
            keys_taken[key] = identity = self._next + len(fresh)
            for _, number, _ in lead.phones:
                numbers_taken[number] = identity
            fresh.append((key, lead))
        self.insert(fresh)
        return duplicates

    def insert(self, leads: Sequence[tuple[str, PreparedLead]]) -> None:
        """Insert leads under these keys, which must be free."""
        lead_rows: list[tuple[object, ...]] = []
        phone_rows: list[tuple[int, int, str, str]] = []
        for identity, (key, lead) in enumerate(leads, self._next):
            self._lines.append(lead.line)
            lead_rows.append(
                (identity, self._list, key, lead.attributes, lead.supplier, self._now, len(lead.phones))
            )
            for position, number, kind in lead.phones:
                phone_rows.append((identity, position, number, kind))
        self._connection.executemany(_LEAD, lead_rows)
        self._connection.executemany(_PHONE, phone_rows)
        self.phones += len(phone_rows)

    def keys_taken(self, keys: Sequence[str]) -> dict[str, int]:
        """Those of the keys that are on the list, with their leads."""
        return dict(self._connection.execute(_KEYS_TAKEN, (self._list, json.dumps(keys))))

    @property
    def _next(self) -> int:
        return self._first + len(self._lines)

    def _numbers_taken(self, leads: Sequence[PreparedLead]) -> dict[str, int]:
        numbers = [number for lead in leads for _, number, _ in lead.phones]
        return dict(self._connection.execute(_NUMBERS_TAKEN, (json.dumps(numbers), self._list)))

    def _free_key(self, key: str, taken: dict[str, int]) -> str:
        """A key for a lead that brought none, where an earlier file's lead has its line's name."""
        number = 2
        while (free := f"{key}.{number}") in taken or self.keys_taken([free]):
            number += 1
        return free

    def _told(self, lead: int, fresh: Sequence[tuple[str, PreparedLead]]) -> str:
        """How a person finds this lead: its line in this file, or its key on the list."""
        if lead >= self._next:
            return f"line {fresh[lead - self._next][1].line}"
        if lead >= self._first:
            return f"line {self._lines[lead - self._first]}"
        (key,) = self._connection.execute("SELECT key FROM leads WHERE id = ?", (lead,)).fetchone()
        return f"lead {key!r}, which is on the list"


def line_key(line: int) -> str:
    """The key of a lead that brings none."""
    return f"line-{line}"


def _same_number(lead: PreparedLead, column: str, number: str, holder: str) -> Problem:
    return Problem(
        line=lead.line,
        column=column,
        value=number,
        message=f"is already a phone of {holder}",
        remedy="keep one of the two leads",
    )


def _same_key(lead: PreparedLead, column: str | None, key: str, holder: str) -> Problem:
    return Problem(
        line=lead.line,
        column=column,
        value=key,
        message=f"is already the key of {holder}",
        remedy="keep one of the two leads, or give one another key",
    )
