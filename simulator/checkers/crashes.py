"""What a crash may not do."""

import sqlite3
from typing import Any, ClassVar

from engine.domain.time import Instant, iso
from engine.domain.words import Ending, Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, of_call
from simulator.network import Line


class NothingSettledIsLost(Checker):
    RULE = "what was settled stays settled, whatever crashes"
    KINDS: ClassVar = (e.AttemptSettled,)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._settled: dict[int, tuple[Any, ...]] = {}

    def line(self, event: e.Event) -> None:
        assert isinstance(event, e.AttemptSettled)
        self._settled[event.attempt] = (self.scene.now, event.status, event.used, event.due_at)

    def engine_started(self) -> None:
        if self._settled:
            self._check(self.scene.sql)

    def finish(self, sql: sqlite3.Connection) -> None:
        self._check(sql)

    def _check(self, sql: sqlite3.Connection) -> None:
        found = {
            attempt: tuple(row)
            for attempt, *row in sql.execute(
                "SELECT id, settled_at, status, used, due_at FROM attempts ORDER BY id"
            )
        }
        for attempt, told in self._settled.items():
            if found.get(attempt) != told:
                self.broken(
                    f"attempt {attempt}",
                    f"was settled as {told}, and the store has {found.get(attempt, 'nothing')}",
                )


class SafeTimeAfterCrash(Checker):
    RULE = "after a crash a person who may have been called rests for the campaign's safe time"
    KINDS: ClassVar = (e.AttemptEnded, e.AttemptSettled)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._called: dict[int, Placed] = {}  # by attempt that is not settled
        self._rests: dict[int, tuple[Instant, Instant]] = {}  # by case: since and until

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.attempt is None or placed.case is None:
            return
        since, until = self._rests.get(placed.case, (0, 0))
        if line.dialed_at < until:
            self.broken(
                of_call(placed, line),
                f"{line.to} was in a call when an engine crashed at {iso(since)}, and was called again "
                f"before {iso(until)}",
            )
        self._called[placed.attempt] = placed

    def line(self, event: e.Event) -> None:
        if isinstance(event, e.AttemptSettled):
            self._called.pop(event.attempt, None)
        elif isinstance(event, e.AttemptEnded) and event.ending is Ending.CONNECTED:
            placed = self._called.get(event.attempt)  # the conversation outlived the engine: its end is known
            if placed is not None and placed.case is not None:
                self._rests.pop(placed.case, None)

    def engine_crashed(self) -> None:
        now = self.scene.now
        for attempt, placed in self._called.items():
            known = self.scene.sql.execute(
                "SELECT 1 FROM attempts WHERE id = ? AND ended_at IS NOT NULL", (attempt,)
            ).fetchone()
            if known is None and placed.case is not None and placed.campaign is not None:
                until = now + self.policy(placed.campaign).unknown_interval
                self._rests[placed.case] = (now, until)
