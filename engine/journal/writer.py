"""One chain for an engine: lines are applied to the floor at once, and committed with the next change."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import structlog
from pyee import EventEmitter

from engine.domain.time import Instant
from engine.journal.chain import Row, chained
from engine.journal.events import Event
from engine.journal.floor import Floor
from engine.ports import Clock

Observer: TypeAlias = Callable[[Instant, Event], None]

_EVERY = "journal.line"
_log = structlog.get_logger(__name__)


class Journal:
    """`append` for what happened outside a transaction; the store writes the lines."""

    def __init__(self, epoch: int, head: str, floor: Floor, clock: Clock) -> None:
        self.epoch = epoch
        self.floor = floor
        self.on_pending: Callable[[], None] = lambda: None
        self._emitter = EventEmitter()
        self._observed: set[str] = set()
        self._clock = clock
        self._head = head
        self._seq = 0
        self._pending: list[tuple[Instant, Event]] = []

    @property
    def pending_since(self) -> Instant | None:
        """When the oldest line that is not on disk yet was written; None if all are."""
        return self._pending[0][0] if self._pending else None

    def observe(self, observer: Observer, *kinds: type[Event]) -> None:
        """Tell `observer` of every line, or of some kinds, after it was applied. An observer decides nothing,
        and one that fails is logged and harms nobody."""

        def guarded(at: Instant, event: Event) -> None:
            try:
                observer(at, event)
            except Exception:
                _log.exception("observer.failed", kind=event.KIND, at=at)

        for name in [kind.KIND for kind in kinds] or [_EVERY]:
            self._emitter.on(name, guarded)
            self._observed.add(name)

    def append(self, event: Event) -> None:
        at = self._clock.now()
        if not self._pending:
            self.on_pending()
        self._pending.append((at, event))
        self._apply(at, event)

    def _apply(self, at: Instant, event: Event) -> None:
        self.floor.apply(at, event)
        if event.KIND in self._observed:
            self._emitter.emit(event.KIND, at, event)
        if _EVERY in self._observed:
            self._emitter.emit(_EVERY, at, event)

    def rows(self, now: Instant, recorded: Sequence[Event]) -> list[Row]:
        """The lines to commit now: what is pending, then what this transaction recorded."""
        lines = (*self._pending, *((now, event) for event in recorded))
        return chained(self.epoch, self._seq, self._head, lines)

    def committed(self, now: Instant, rows: Sequence[Row], recorded: Sequence[Event]) -> None:
        """`rows` are on disk: what the transaction recorded is true from now on."""
        if rows:
            self._seq, self._head = rows[-1][1], rows[-1][4]
        self._pending.clear()
        for event in recorded:
            self._apply(now, event)
