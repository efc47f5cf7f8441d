"""What a person changes of one lead."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Final

from engine.errors import InputError
from engine.store.gates_wake import wake_lead
from engine.store.transaction import Change, Transaction

_LEADS: Final = """
    SELECT l.id, s.name, l.attributes FROM leads l JOIN lists s ON s.id = l.list_id
    WHERE l.key = :key AND (:list IS NULL OR s.name = :list) ORDER BY s.name
"""


def set_attributes(key: str, attributes: Mapping[str, str], *, list_name: str | None = None) -> Change[int]:
    """Give a lead other attributes, and take those away that are empty; the answer is its id. What gates hold
    of it is asked about again; segments see it at their next jobs. Raises InputError for a lead that is not
    there, or is on several lists."""

    def change(tx: Transaction) -> int:
        lead, before = _one(tx.sql, key, list_name)
        after = {name: value for name, value in (before | dict(attributes)).items() if value}
        tx.sql.execute(
            "UPDATE leads SET attributes = ? WHERE id = ?", (json.dumps(after, ensure_ascii=False), lead)
        )
        wake_lead(tx, lead)
        return lead

    return change


def _one(sql: sqlite3.Connection, key: str, list_name: str | None) -> tuple[int, dict[str, str]]:
    rows = sql.execute(_LEADS, {"key": key, "list": list_name}).fetchall()
    if len(rows) == 1:
        return rows[0][0], json.loads(rows[0][2])
    if not rows:
        on = f"list {list_name}" if list_name is not None else "any list"
        raise InputError([f"there is no lead {key!r} on {on}; name a lead by its key"])
    names = " and ".join(name for _, name, _ in rows)
    raise InputError([f"there is a lead {key!r} on the lists {names}; say which list is meant"])
