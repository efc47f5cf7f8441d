"""Journal lines as people read them: when since the start, what, and whom it concerned.

Ids are shown without their epoch (`leg 3`); those of a later engine as epoch and number (`leg 2/3`).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

import orjson

from engine.domain.time import MILLISECOND, Instant, spoken
from engine.journal.chain import KINDS
from engine.store.changes import IDS_PER_EPOCH

_REFUSED: Final = "gates.refused"
LINES_MAX: Final = 24  # of one failure: about a screen

_IDS: Final = ("attempt", "leg")
_UNSAID: Final = frozenset(
    {"case", "phone", "cycle", "results", "rank", "draw", "campaigns", "pools", "agents", "tzdata", "reason"}
)
"""Fields that nobody needs in order to follow what happened."""

_DERIVED: Final = frozenset(
    {"lead", "campaign", "side", "agent", "attempt"}
)  # filled in where a line lacks them


@dataclass(frozen=True, slots=True)
class Entry:
    """`own` are the line's fields as they stand in the journal. `fields` has besides what is known of its leg
    and attempt: `lead` (the lead's key), `campaign`, `side`, `agent`, `attempt`; and the engine's `epoch`.
    A refusal of the gates is an entry for each case, with `lead`, `gate`, `reason`, `rule`, `until` and what
    was known; so has the intent of a leg that they allowed."""

    at: Instant
    kind: str
    own: dict[str, Any]
    fields: dict[str, Any]


class Transcript:
    """The whole journal of a run that began at `start`."""

    def __init__(self, sql: sqlite3.Connection, start: Instant) -> None:
        self._sql = sql
        self._start = start

    @cached_property
    def entries(self) -> list[Entry]:
        keys = dict(self._sql.execute("SELECT id, key FROM leads"))
        cases = dict(self._sql.execute("SELECT c.id, l.key FROM cases c JOIN leads l ON l.id = c.lead_id"))
        attempts: dict[int, dict[str, Any]] = {}
        legs: dict[int, dict[str, Any]] = {}
        entries: list[Entry] = []
        for at, text in self._sql.execute("SELECT at, line FROM journal ORDER BY rowid"):
            own = orjson.loads(text)
            kind = own.pop("kind")
            known = own.copy()
            del own["epoch"], own["seq"], own["at"]
            if "lead" in own:
                known["lead"] = keys.get(own["lead"], own["lead"])
            if kind == "leg.intended":
                known = (own.get("known") or {}) | known
                legs[own["leg"]] = {name: own[name] for name in ("side", "agent", "attempt")}
            if kind in ("attempt.started", "attempt.recovered"):
                attempts[own["attempt"]] = {name: known[name] for name in ("lead", "campaign")}
            for more in (legs.get(own.get("leg", 0)), attempts.get(_attempt_of(own, legs))):
                for name, value in (more or {}).items():
                    if known.get(name) is None:
                        known[name] = value
            if kind == _REFUSED:
                entries += _each_refused(at, own, known, cases)
            else:
                entries.append(Entry(at, kind, own, known))
        return entries

    def may_hold(self, line: dict[str, Any]) -> bool:
        """Whether some journal line could match: a quick look that spares reading a long journal."""
        kind = KINDS.get(line["kind"])
        own = () if kind is None else [field.name for field in fields(kind)]  # type: ignore[arg-type]
        said = [f'"kind":"{line["kind"]}"']
        said += [
            f'"{name}":"{value}"'
            for name, value in line.items()
            if name in own and isinstance(value, str) and name not in _DERIVED
        ]
        query = "SELECT 1 FROM journal WHERE " + " AND ".join(["instr(line, ?)"] * len(said)) + " LIMIT 1"
        return self._sql.execute(query, said).fetchone() is not None

    def about(self, lead: str) -> Iterator[Entry]:
        """The lines that concern a lead."""
        return (entry for entry in self.entries if entry.fields.get("lead") == lead)

    def shown(self, entries: Iterable[Entry], *, most: int = LINES_MAX) -> str:
        """One indented line for each; the first ones are left out if there are too many."""
        chosen = list(entries)
        lines = [self.line(entry) for entry in chosen[-most:]]
        if len(chosen) > most:
            lines.insert(0, f"  … {len(chosen) - most} more lines before")
        return "\n".join(lines) or "  (no line)"

    def line(self, entry: Entry) -> str:
        since = (entry.at - self._start) // MILLISECOND * MILLISECOND
        return f"  +{spoken(since):<14} {entry.kind:<17} {_told(entry)}".rstrip()


def _each_refused(
    at: Instant, own: dict[str, Any], known: dict[str, Any], cases: dict[int, str]
) -> Iterator[Entry]:
    """What the gates said of each case of a line: it is as much as a line of its own."""
    for case, _, _, reserved, gate, reason, rule, until, told in own["rows"]:
        said = {"campaign": own["campaign"], "gate": gate, "why": reason, "rule": rule, "until": until}
        more = {"lead": cases.get(case), "reason": reason, "reserved": reserved, **told}
        yield Entry(at, _REFUSED, {"lead": cases.get(case), **said}, {**known, **said, **more})


def short(number: int) -> str:
    """An engine's id as it is shown."""
    epoch, counted = divmod(number, IDS_PER_EPOCH)
    return str(counted) if epoch <= 1 else f"{epoch}/{counted}"


def _attempt_of(own: dict[str, Any], legs: dict[int, dict[str, Any]]) -> int:
    attempt = own.get("attempt") or legs.get(own.get("leg", 0), {}).get("attempt")
    return attempt or 0


def _told(entry: Entry) -> str:
    parts: list[str] = []
    for name in ("lead", "side", *_IDS):
        value = entry.fields.get(name)
        if value is not None:
            parts.append(f"{name} {short(value)}" if name in _IDS else str(value))
    for name, value in entry.own.items():
        if name in _UNSAID or name in ("lead", "side", *_IDS) or value in (None, False, "", {}, 0):
            continue
        if name.endswith(("_at", "until")):
            continue  # an instant in microseconds helps nobody
        parts.append(f"{name}={value}")
    return ", ".join(parts)
