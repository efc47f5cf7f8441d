"""Promised calls: when they are made, and by whom, by what the agents and the commands said."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from engine.domain.time import Instant, iso
from engine.domain.words import CaseStatus, ChangeReason, Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, of_call
from simulator.network import Line

_COLUMNS: Final = ("callback_at", "callback_until", "callback_agent", "callback_anyone_at")


@dataclass(frozen=True, slots=True)
class _Promise:
    """`agent`'s alone before `free_at`, and not over before `until`: at the earliest, since both run from an
    opening that may come after `at`."""

    at: Instant
    agent: str | None
    free_at: Instant
    until: Instant


class CallbacksAreKept(Checker):
    """A promise is kept by the first call to the customer, or by one that a crash left in doubt."""

    RULE = (
        "no callback is made before its time, nor by another than its agent before it falls to anyone, and "
        "none is over before its window is"
    )
    KINDS: ClassVar = (
        e.AttemptStarted,
        e.AttemptRecovered,
        e.AttemptEnded,
        e.AttemptDisposed,
        e.AttemptSettled,
        e.CasesChanged,
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._promises: dict[int, _Promise] | None = None  # by case
        self._cases: dict[int, tuple[int, str]] = {}  # by attempt: its case and campaign
        self._said: dict[int, _Promise] = {}  # by attempt

    def engine_started(self) -> None:
        if self._promises is None:  # a resumed run finds promises
            self._promises = {}
            rows = self.scene.sql.execute(
                f"SELECT id, {', '.join(_COLUMNS)} FROM cases WHERE callback_at IS NOT NULL ORDER BY id"
            )
            for case, *row in rows:
                self._take(case, dict(zip(_COLUMNS, row, strict=True)))

    def engine_crashed(self) -> None:
        self._said.clear()

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.case is None:
            return
        assert self._promises is not None
        promise = self._promises.pop(placed.case, None)
        if promise is None:
            return
        if line.dialed_at < promise.at:
            self.broken(
                of_call(placed, line),
                f"{line.to} was called at {iso(line.dialed_at)}, and promised a call at {iso(promise.at)}",
            )
        elif promise.agent not in (None, placed.agent) and line.dialed_at < promise.free_at:
            self.broken(
                of_call(placed, line),
                f"{line.to} was called for {placed.agent or 'whoever is free'}, and promised a call by "
                f"{promise.agent}, whose own it is until {iso(promise.free_at)}",
            )

    # --- what is promised -------------------------------------------------------------------------

    def line(self, event: e.Event) -> None:
        match event:
            case e.AttemptStarted() | e.AttemptRecovered():
                self._cases[event.attempt] = (event.case, event.campaign)
            case e.AttemptEnded() if event.outcome is not None:
                assert self._promises is not None
                self._promises.pop(self._cases[event.attempt][0], None)
            case e.AttemptDisposed():
                self._said.pop(event.attempt, None)
                if event.callback_at is not None:
                    self._said[event.attempt] = self._as_said(event)
            case e.AttemptSettled():
                self._settled(event)
            case e.CasesChanged() if "callback_at" in event.columns:
                for case, *values in event.rows:
                    row = dict(zip(event.columns, values, strict=True))
                    self._changed(case, event.reason, row)
            case _:
                pass

    def _as_said(self, event: e.AttemptDisposed) -> _Promise:
        assert event.callback_at is not None
        own = self.policy(self._cases[event.attempt][1]).callbacks
        window = own.window if event.callback_window is None else event.callback_window
        after = own.anyone_after if event.callback_anyone_after is None else event.callback_anyone_after
        until = event.callback_at + window
        free_at = until if after is None else min(until, event.callback_at + after)
        return _Promise(event.callback_at, event.callback_agent, free_at, until)

    def _settled(self, event: e.AttemptSettled) -> None:
        assert self._promises is not None
        case, campaign = self._cases.pop(event.attempt)
        said = self._said.pop(event.attempt, None)
        if event.due_at is None:  # closed, or another campaign keeps it: a change of cases tells
            self._promises.pop(case, None)
        elif said is not None:
            if event.status is not CaseStatus.CALLBACK:
                who = f"campaign {campaign}, case {case}, attempt {event.attempt}"
                self.broken(who, f"a call was promised at {iso(said.at)}, and the case is {event.status}")
            self._promises[case] = said

    def _changed(self, case: int, reason: ChangeReason, row: dict[str, Any]) -> None:
        assert self._promises is not None
        before = self._promises.pop(case, None)
        if reason is ChangeReason.LAPSED and before is not None and self.scene.now < before.until:
            self.broken(
                f"case {case}",
                f"its callback was given up at {iso(self.scene.now)}; it could be made until "
                f"{iso(before.until)}",
            )
        self._take(case, row)

    def _take(self, case: int, row: dict[str, Any]) -> None:
        at, until, agent, anyone_at = (row[name] for name in _COLUMNS)
        if at is not None:
            assert self._promises is not None
            self._promises[case] = _Promise(at, agent, min(until, anyone_at or until), until)
