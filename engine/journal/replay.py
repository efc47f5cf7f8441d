"""A journal is judged by itself: its facts are folded into a floor, and its decisions are made again.

Needs no trio, store or carrier. What a decision reads was written before it, or replay could not make it.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.time import iso
from engine.journal import events as e
from engine.journal.chain import Line
from engine.journal.ledger import Ledger
from engine.journal.rechecks import DECISIONS, check, leg_after

PROGRESS_EVERY: Final = 10_000  # lines: a few times a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first line that does not follow from those before it. `journaled` and `decided` have the fields
    that differ; both are empty where there should be no such line, and `why` says why."""

    number: int
    epoch: int
    seq: int
    at: int
    kind: str
    subject: str
    journaled: dict[str, Any]
    decided: dict[str, Any]
    why: str | None = None

    @property
    def text(self) -> str:
        """For a person: the line, and what replay makes of it."""
        what = f"{self.kind} {self.subject}".rstrip()
        where = f"line {self.number} (epoch {self.epoch}, line {self.seq}, {iso(self.at)}): {what}"
        if self.why is not None:
            return f"{where}: should not be here: {self.why}"
        rows = [
            f"  {name}: journaled {_shown(name, value)}, decided {_shown(name, self.decided[name])}"
            for name, value in self.journaled.items()
        ]
        return "\n".join([f"{where}: replay decides otherwise", *rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`decisions` counts those that came out equal, by kind. `difference` is None if all did."""

    lines: int
    engines: int
    decisions: dict[str, int]
    difference: Difference | None = None

    @property
    def same(self) -> bool:
        return self.difference is None

    @property
    def text(self) -> str:
        """One sentence, or the difference."""
        if self.difference is not None:
            return self.difference.text
        made = sum(self.decisions.values())
        return f"{made:,} decisions in {self.lines:,} lines were made again and came out the same"


def replay(lines: Iterable[Line], *, progress: Callable[[int], None] | None = None) -> Replayed:
    """Fold the lines up to the first that differs. `progress` is told how many are done, now and then."""
    ledger = Ledger()
    decisions: Counter[str] = Counter({kind.KIND: 0 for kind in DECISIONS})
    number = epoch = engines = 0
    for number, line in enumerate(lines, start=1):
        if line.epoch != epoch or isinstance(line.event, e.EngineStarted):
            if (why := _not_a_start(epoch, line)) is not None:
                return _ends(number, engines, decisions, _objection(number, line, why))
            epoch, engines = line.epoch, engines + 1
        if (difference := _differs(ledger, number, line)) is not None:
            return _ends(number, engines, decisions, difference)
        if type(line.event) in DECISIONS:
            decisions[line.event.KIND] += 1
        if progress is not None and number % PROGRESS_EVERY == 0:
            progress(number)
    return _ends(number, engines, decisions, None)


def _ends(number: int, engines: int, decisions: Counter[str], difference: Difference | None) -> Replayed:
    return Replayed(lines=number, engines=engines, decisions=dict(decisions), difference=difference)


def _not_a_start(epoch: int, line: Line) -> str | None:
    """Why the line cannot be the first of an engine, if it cannot."""
    if not isinstance(line.event, e.EngineStarted):
        return f"the lines of an engine begin with {e.EngineStarted.KIND}"
    if line.epoch == epoch:
        return f"the engine of epoch {epoch} has started already"
    return None


def _differs(ledger: Ledger, number: int, line: Line) -> Difference | None:
    answer = check(ledger, line.at, line.event)
    if isinstance(answer, e.Event) and answer != line.event:
        return _compared(number, line, answer)
    if isinstance(answer, str):
        return _objection(number, line, answer)
    try:
        ledger.apply(line.at, line.event)
        ledger.due_leg = leg_after(ledger, line.event)
    except AssertionError as error:
        return _objection(number, line, str(error) or "it contradicts the lines before it")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return _objection(number, line, f"it does not fit the lines before it ({error!r})")
    return None


def _objection(number: int, line: Line, why: str) -> Difference:
    return _difference(number, line, {}, {}, why)


def _compared(number: int, line: Line, decided: e.Event) -> Difference:
    before, after = _fields(line.event), _fields(decided)
    names = [name for name in before if before[name] != after[name]]
    return _difference(
        number, line, {name: before[name] for name in names}, {name: after[name] for name in names}, None
    )


def _difference(
    number: int, line: Line, journaled: dict[str, Any], decided: dict[str, Any], why: str | None
) -> Difference:
    return Difference(
        number=number,
        epoch=line.epoch,
        seq=line.seq,
        at=line.at,
        kind=line.event.KIND,
        subject=_subject(line.event),
        journaled=journaled,
        decided=decided,
        why=why,
    )


def _fields(event: e.Event) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(event)]  # type: ignore[arg-type]
    return {name: getattr(event, name) for name in names}


def _subject(event: e.Event) -> str:
    """What the line is about, by the first of these that it names."""
    for name in ("attempt", "leg", "agent", "campaign", "pool"):
        value = getattr(event, name, None)
        if value is not None:
            return f"of {name} {value}"
    return ""


def _shown(name: str, value: Any) -> str:
    if isinstance(value, int) and (name.endswith("_at") or name == "until"):
        return iso(value)
    return "nothing" if value is None else str(value)
