"""A scenario run again, line by line beside the journal of another run."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from engine.domain.time import iso
from engine.errors import InputError
from engine.journal.chain import exported
from simulator.scenario import Scenario
from simulator.store import opened
from simulator.world import World

OTHER_SCHEDULER_SEED = 1  # trio orders its tasks otherwise, which must not matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`number` is the first line that differs, None if none does; then `earlier` and `now` are the two lines,
    None for a journal that has ended."""

    lines: int
    number: int | None = None
    earlier: str | None = None
    now: str | None = None

    @property
    def same(self) -> bool:
        return self.number is None

    @property
    def text(self) -> str:
        """One sentence, or the two lines and what differs in them."""
        if self.number is None:
            return f"{self.lines:,} journal lines came out the same, byte for byte"
        lines = [f"line {self.number} is the first that differs:"]
        for title, text in (("earlier", self.earlier), ("now", self.now)):
            lines.append(f"  {title + ':':8} {'(the journal has ended)' if text is None else _told(text)}")
        return "\n".join([*lines, *self._fields()])

    def as_json(self) -> dict[str, Any]:
        return {
            "same": self.same,
            "lines": self.lines,
            "line": self.number,
            "earlier": _parsed(self.earlier),
            "now": _parsed(self.now),
        }

    def _fields(self) -> Iterator[str]:
        earlier, now = _parsed(self.earlier), _parsed(self.now)
        if earlier is None or now is None:
            return
        for name in [*earlier, *(name for name in now if name not in earlier)]:
            if name != "hash" and earlier.get(name) != now.get(name):
                yield f"  {name}: earlier {earlier.get(name)}, now {now.get(name)}"


def run_against(scenario: Scenario, journal: Path) -> Comparison:
    """Run the scenario and compare its journal with an exported one."""
    try:
        with journal.open(encoding="utf-8") as lines, _run(scenario, scheduler_seed=0) as again:
            return _compared((line.rstrip("\n") for line in lines), again)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(
            [f"{journal}: cannot be read: {reason}; name a journal that 'dialer run' exported"]
        ) from None


def run_twice(scenario: Scenario) -> Comparison:
    """Run the scenario twice, with its tasks in another order."""
    with (
        _run(scenario, scheduler_seed=0) as first,
        _run(scenario, scheduler_seed=OTHER_SCHEDULER_SEED) as second,
    ):
        return _compared(first, second)


@contextmanager
def _run(scenario: Scenario, *, scheduler_seed: int) -> Iterator[Iterator[str]]:
    """The exported lines of a run, while the block lasts."""
    with opened(None) as sql:
        World(scenario.configuration, scenario.plan, sql, scheduler_seed=scheduler_seed).run()
        yield _lines(sql)


def _lines(sql: sqlite3.Connection) -> Iterator[str]:
    for text, digest in sql.execute("SELECT line, hash FROM journal ORDER BY rowid"):
        yield exported(text, digest)


def _compared(earlier: Iterator[str], now: Iterator[str]) -> Comparison:
    number = 0
    for number, (one, other) in enumerate(zip_longest(earlier, now), start=1):
        if one != other:
            return Comparison(lines=number, number=number, earlier=one, now=other)
    return Comparison(lines=number)


def _parsed(text: str | None) -> dict[str, Any] | None:
    """The line's fields; None for what is no journal line."""
    try:
        line = None if text is None else json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _told(text: str) -> str:
    line = _parsed(text) or {}
    if isinstance(line.get("at"), int) and "kind" in line:
        return f"{iso(line['at'])} {line['kind']}"
    return f"not a journal line: {text[:80]!r}"
