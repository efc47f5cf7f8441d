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

OF_ENGINES: Final = ("attempt", "leg", "pool")
"""What only an engine's lines are about. A command writes of leads, cases and settings."""

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
    commands: int
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
    writers = _Writers()
    number = 0
    for number, line in enumerate(lines, start=1):
        why = writers.objection(line)
        if why is None:
            difference = _differs(ledger, number, line, own=writers.is_engine(line))
        else:
            difference = _objection(number, line, why)
        if difference is not None:
            return writers.result(number, decisions, difference)
        if type(line.event) in DECISIONS:
            decisions[line.event.KIND] += 1
        if progress is not None and number % PROGRESS_EVERY == 0:
            progress(number)
    return writers.result(number, decisions, None)


class _Writers:
    """Who writes: one engine after the other, and commands at any time."""

    def __init__(self) -> None:
        self._engine = self._engines = 0
        self._commands: set[int] = set()

    def objection(self, line: Line) -> str | None:
        """Why this line cannot be the next of its writer, if it cannot."""
        epoch = line.epoch
        match line.event:
            case e.EngineStarted() | e.CommandStarted() if epoch == self._engine or epoch in self._commands:
                return f"the writer of epoch {epoch} has started already"
            case e.EngineStarted():
                self._engine, self._engines = epoch, self._engines + 1
            case e.CommandStarted():
                self._commands.add(epoch)
            case _ if epoch != self._engine and epoch not in self._commands:
                if epoch < self._engine:
                    return f"the engine of epoch {self._engine} has taken over from that of epoch {epoch}"
                starts = f"{e.EngineStarted.KIND}, and those of a command with {e.CommandStarted.KIND}"
                return f"the lines of an engine begin with {starts}"
            case event if epoch in self._commands and any(hasattr(event, name) for name in OF_ENGINES):
                return "a command makes no calls; an engine writes such a line"
            case _:
                pass
        return None

    def is_engine(self, line: Line) -> bool:
        return line.epoch == self._engine

    def result(self, lines: int, decisions: Counter[str], difference: Difference | None) -> Replayed:
        return Replayed(
            lines=lines,
            engines=self._engines,
            commands=len(self._commands),
            decisions=dict(decisions),
            difference=difference,
        )


def _differs(ledger: Ledger, number: int, line: Line, *, own: bool) -> Difference | None:
    answer = check(ledger, line.at, line.event)
    if isinstance(answer, e.Event) and answer != line.event:
        return _compared(number, line, answer)
    if isinstance(answer, str):
        return _objection(number, line, answer)
    try:
        ledger.apply(line.at, line.event, own=own)
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
