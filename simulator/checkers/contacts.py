"""Who was called how often, and whether a person answered: the store's word against what the phones saw."""

import sqlite3
from dataclasses import dataclass
from typing import ClassVar, Final

from engine.domain.policy import CampaignPolicy, OnUnsure
from engine.domain.time import MILLISECOND, Instant, Micros, iso
from engine.domain.words import Side, Verdict
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene
from simulator.network import Line
from simulator.plan import CarrierCommand

TOLERANCE: Final[Micros] = 20 * MILLISECOND  # between an answer and the engine's being told of it

_CASE: Final = "SELECT calls, failures, reached_at FROM cases WHERE id = ?"


@dataclass(slots=True)
class _Tally:
    """What the phones saw of a case. A call in doubt is one that a crash, an outage or a fault of the network
    kept from the engine's knowledge, or may have."""

    calls: int = 0
    failures: int = 0
    doubtful: int = 0
    reached_at: Instant | None = None


@dataclass(slots=True)
class _Try:
    case: int
    campaign: str
    line: Line | None = None
    recovered: bool = False


class ContactsAreCounted(Checker):
    RULE = "a case's calls, failed contacts and first person are those that the phones saw"
    KINDS: ClassVar = (e.AttemptStarted, e.AttemptRecovered, e.AttemptSettled)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._tries: dict[int, _Try] = {}
        self._tallies: dict[int, _Tally] = {}
        self._reached: dict[int, Instant] = {}  # by case, as the store had it last
        self._begun = False
        self._faulty = bool(scene.plan.network.faults) or any(
            isinstance(entry.action, CarrierCommand) for entry in scene.plan.timeline
        )

    def engine_started(self) -> None:
        if self._begun:
            return
        self._begun = True  # a resumed run finds counts
        for case, calls, failures, reached_at in self.scene.sql.execute(
            "SELECT id, calls, failures, reached_at FROM cases WHERE calls > 0 ORDER BY id"
        ):
            self._tallies[case] = _Tally(calls, failures, 0, reached_at)

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is Side.CUSTOMER and placed is not None and placed.attempt in self._tries:
            self._tries[placed.attempt].line = line

    def line(self, event: e.Event) -> None:
        match event:
            case e.AttemptStarted():
                self._tries[event.attempt] = _Try(event.case, event.campaign)
            case e.AttemptRecovered():
                known = self._tries.setdefault(event.attempt, _Try(event.case, event.campaign))
                known.recovered = True
            case e.AttemptSettled():
                made = self._tries.pop(event.attempt)
                self._count(made)
                self._check(made.case, f"case {made.case}, attempt {event.attempt}")
            case _:
                pass

    def _count(self, made: _Try) -> None:
        tally = self._tallies.setdefault(made.case, _Tally())
        line = made.line
        tally.calls += line is not None
        if made.recovered or (line is not None and (self._faulty or line.ended_at is None)):
            tally.doubtful += 1
        elif line is not None:
            if not _person(line, self.policy(made.campaign)):
                tally.failures += 1
            elif tally.reached_at is None:
                tally.reached_at = line.answered_at

    def _check(self, case: int, who: str) -> None:
        tally = self._tallies[case]
        calls, failures, reached_at = self.scene.sql.execute(_CASE, (case,)).fetchone()
        for name, found, least in (("calls", calls, tally.calls), ("failures", failures, tally.failures)):
            if not least <= found <= least + tally.doubtful:
                self.broken(
                    who,
                    f"the store counts {found} {name}; the phones saw {least}, and {tally.doubtful} attempts "
                    "are in doubt",
                )
        before = self._reached.get(case)
        if before is not None and reached_at != before:
            self.broken(who, f"a person had answered at {iso(before)}, which is forgotten")
        if reached_at is not None:
            self._reached[case] = reached_at
        if tally.doubtful:
            if tally.reached_at is not None and reached_at is None:
                self.broken(who, f"a person answered at {iso(tally.reached_at)}; the store says nobody did")
        elif (reached_at is None) != (tally.reached_at is None):
            phones = "nobody" if tally.reached_at is None else f"a person at {iso(tally.reached_at)}"
            store = "nobody" if reached_at is None else f"a person at {iso(reached_at)}"
            self.broken(who, f"the store says that {store} answered; the phones saw {phones}")
        elif tally.reached_at is not None and abs(reached_at - tally.reached_at) > TOLERANCE:
            self.broken(
                who,
                f"a person first answered at {iso(tally.reached_at)}; the store says {iso(reached_at)}",
            )

    def finish(self, sql: sqlite3.Connection) -> None:
        for case in sorted(self._tallies):
            self._check(case, f"case {case}, at the end")
        for case, calls in sql.execute("SELECT id, calls FROM cases WHERE calls > 0 ORDER BY id"):
            if case not in self._tallies:
                self.broken(f"case {case}", f"the store counts {calls} calls, and its phones were not called")


def _person(line: Line, policy: CampaignPolicy) -> bool:
    """Whether the line was answered by what the engine could only take for a person."""
    if line.answered_at is None:
        return False
    if not policy.amd.enabled or line.verdict == Verdict.HUMAN:
        return True
    return line.verdict != Verdict.MACHINE and policy.amd.on_unsure is OnUnsure.HUMAN
