"""A reset from its preview to its result, beside whoever else works on the store.

1. A transaction holds the store for about HOLD_S: portions grow and shrink with what the last one took.
2. Between two of them is a pause. SQLite itself tries again after 1, 2, 5, 10, 15, 20 and 25 ms, 78 ms
   together, so a pause just longer than the last lets everyone in who waited for one hold.
3. In the pause the log is written back, before an engine would have to: that keeps nobody out.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from engine.domain.rights import Right
from engine.domain.time import Instant
from engine.resets.request import ResetRequest
from engine.store.connection import big_cache
from engine.store.resets.carrying import carry_out
from engine.store.resets.matching import Preview
from engine.store.resets.preparing import confirm, prepare
from engine.store.transaction import Change, T

HOLD_S: Final = 0.045
PAUSE_S: Final = 0.026
PORTIONS_MOST: Final = 40
CACHE_KIB: Final = 64 * 1024


def rights_for(request: ResetRequest) -> tuple[Right, ...]:
    """What a person needs to make this reset; asked each time, whoever saved the template."""
    if request.settings.override_compliance:
        return (Right.RESET_LEADS, Right.OVERRIDE_COMPLIANCE)
    return (Right.RESET_LEADS,)


class Office(Protocol):
    """Whoever changes the store, under a name."""

    @property
    def sql(self) -> sqlite3.Connection: ...
    @property
    def user(self) -> str: ...
    def now(self) -> Instant: ...
    def apply(self, change: Change[T]) -> T: ...


Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Pace:
    """How much is done at once: `clock` and `sleep` are the machine's, in seconds."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    portions: int = 1

    @contextmanager
    def turn(self, sql: sqlite3.Connection) -> Iterator[int]:
        """One transaction of so many portions, and the pause after it."""
        began = self.clock()
        yield self.portions
        ended = self.clock()
        each = max(ended - began, 1e-6) / self.portions
        self.portions = min(max(int(HOLD_S / each), 1), 2 * self.portions, PORTIONS_MOST)
        sql.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self.sleep(max(0.0, ended + PAUSE_S - self.clock()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetOutcome:
    """What came of a reset: `matched` are those `reset` and those `excluded`, by reason."""

    reset_id: int
    matched: int
    reset: int
    excluded: dict[str, int] = field(default_factory=dict)


def reset_previewed(
    office: Office, preview: Preview, *, pace: Pace, progress: Progress | None = None
) -> ResetOutcome:
    """Confirm a preview and carry it out. `progress` gets leads done and leads in all."""
    with _beside_others(office.sql):
        reset = prepare(office.sql, preview, user=office.user, now=office.now(), turn=pace.turn)
        office.apply(confirm(reset, user=office.user))
        pace.portions = 1
        finish_resets(office, pace=pace, progress=progress, total=preview.matched)
    return outcome(office.sql, reset)


def finish_resets(office: Office, *, pace: Pace, progress: Progress | None = None, total: int = 0) -> int:
    """Carry out every commitment to its end; answers how many leads had their turn."""
    done = 0
    while True:
        with pace.turn(office.sql) as portions:
            carried = office.apply(carry_out(portions))
        if carried is None:
            return done
        done += carried.leads
        if progress is not None:
            progress(done, max(total, done))


def resume_resets(office: Office, *, pace: Pace) -> int:
    """Finish what a command that died has left; answers how many leads had their turn. It is audited under
    the name of whoever comes next."""
    with _beside_others(office.sql):
        first = office.apply(carry_out(1, resumed_by=office.user))
        return finish_resets(office, pace=pace) + (0 if first is None else first.leads)


@contextmanager
def _beside_others(sql: sqlite3.Connection) -> Iterator[None]:
    (before,) = sql.execute("PRAGMA wal_autocheckpoint").fetchone()
    sql.execute("PRAGMA wal_autocheckpoint = 0")
    try:
        with big_cache(sql, CACHE_KIB):
            yield
    finally:
        sql.execute(f"PRAGMA wal_autocheckpoint = {before}")


def outcome(sql: sqlite3.Connection, reset: int) -> ResetOutcome:
    """What is known of a reset that was confirmed."""
    matched, count, excluded = sql.execute(
        "SELECT matched, reset, excluded FROM resets WHERE id = ?", (reset,)
    ).fetchone()
    return ResetOutcome(reset_id=reset, matched=matched, reset=count, excluded=json.loads(excluded))
