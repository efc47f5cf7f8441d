"""What befell a case outside its attempts, from the journal: holds, new cycles, resets, callbacks."""

import sqlite3
from dataclasses import dataclass
from typing import Any, Final

import orjson

from engine.domain.time import Instant
from engine.domain.words import ChangeReason, Hold
from engine.explain.refusals import hold_clause

# The condition is that of the index `journal_cases`, word for word, or SQLite would not use it.
_LINES: Final = """
    SELECT at, line FROM journal WHERE instr(line, '"kind":"cases.changed"') AND at <= ? AND instr(line, ?)
    ORDER BY rowid
"""
_STORY: Final[dict[ChangeReason, str]] = {
    ChangeReason.LEFT: "The lead was seen outside its last segment; the case waits until it is in one again.",
    ChangeReason.ENTERED: "The lead was seen in a segment again; the case goes on.",
    ChangeReason.CLEARED: "What a gate is told has changed; the case is judged anew.",
    ChangeReason.LAPSED: "The callback was not made within its window; the case is an ordinary retry.",
    ChangeReason.ACTIVATED: "List {about} was active again; the case goes on.",
    ChangeReason.OTHER_PHONE: "The number was found out of use; another of the lead's is dialed next.",
    ChangeReason.RECYCLED: "Campaign {about} was recycled: the case is due now.",
    ChangeReason.RESTARTED: "Campaign {about} was restarted: a new cycle begins.",
    ChangeReason.RE_ENTERED: "The lead was seen in {about} again: a new cycle begins.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """`values` are the case's columns in the store from then on."""

    at: Instant
    reason: ChangeReason
    about: str
    values: dict[str, Any]

    @property
    def story(self) -> str | None:
        """For a person; None where the reason is told elsewhere, or concerns a live attempt."""
        told = _STORY.get(self.reason)
        if self.reason is ChangeReason.CALLBACK:
            promised = self.values.get("callback_at") is not None
            told = "A callback was promised." if promised else "The promised callback was cancelled."
        if self.reason is ChangeReason.HELD and self.values.get("waits_for") == Hold.LIST:
            told = "The lead's list was not active; the case waits until it is."
        if self.is_gate:
            told = f"The call was not allowed, because {_held_by(self.values['held_by'])}; the case waits."
        if told is None or self.values.keys() == {"reset_at"}:
            return None
        return told.format(about=self.about)

    @property
    def is_gate(self) -> bool:
        """Whether a gate held the case from then on: until `values["wakes_at"]`, if it was not None."""
        return self.reason is ChangeReason.HELD and self.values.get("waits_for") == Hold.GATE


def _held_by(text: str) -> str:
    gate, reason, rule = text.split(" ")
    return hold_clause(gate, reason, None if rule == "-" else rule)


def changes_of(sql: sqlite3.Connection, case: int, *, at: Instant) -> list[CaseChange]:
    """All changes of the case up to `at`, in their order."""
    found: list[CaseChange] = []
    for line_at, text in sql.execute(_LINES, (at, f"[{case},")):
        line = orjson.loads(text)
        for identity, *values in line["rows"]:
            if identity == case:
                given = dict(zip(line["columns"], values, strict=True))
                reason = ChangeReason(line["reason"])
                found.append(CaseChange(at=line_at, reason=reason, about=line["about"], values=given))
    return found
