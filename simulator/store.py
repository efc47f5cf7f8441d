"""The engine's real store on a real disk, in virtual time: commits take time, wait for each other, and
fail."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import trio

from engine.domain.time import SECOND, Micros
from engine.errors import DialerError, StoreUnavailable
from engine.journal.writer import Journal
from engine.ports import Clock, Turn
from engine.store.connection import open_store
from engine.store.transaction import Change, Job, T, commit
from simulator.fence import Fence

FLUSH_AFTER: Final[Micros] = 5 * SECOND  # a line that no change carries is committed by itself then


class SimulatedStore:
    """`delay` is what a commit takes. Changes asked for meanwhile are committed together at its end.

    They are executed in the thread of the simulation: a thread of their own would let virtual time run away.
    """

    def __init__(
        self, sql: sqlite3.Connection, journal: Journal, clock: Clock, fence: Fence, *, delay: Micros
    ) -> None:
        self.delay = delay
        self.failing = False
        self._sql = sql
        self._journal = journal
        self._clock = clock
        self._fence = fence
        self._waiting: list[_Entry] = []
        self._flush_asked = False
        journal.on_pending = self._lines_pending

    async def write(self, change: Change[T]) -> T:
        """Raises StoreUnavailable, with nothing done, while the store fails."""
        call = self._fence.before()
        job: Job[T] = Job(change)
        entry = _Entry(job, trio.lowlevel.current_task())  # type: ignore[arg-type]
        if not self._waiting:
            self._clock.call_at(self._clock.now() + self.delay, self._commit)
        self._waiting.append(entry)

        def abort(_: object) -> trio.lowlevel.Abort:
            entry.task = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)
        self._fence.after(call)
        return job.answer()

    def _commit(self) -> None:
        if self._fence.dead:
            return
        waiting, self._waiting = self._waiting, []
        jobs = [entry.job for entry in waiting if entry.task is not None]
        try:
            if self.failing:
                raise StoreUnavailable("the store does not answer")
            commit(self._sql, self._journal, jobs, self._clock.now())
        except StoreUnavailable as error:
            for job in jobs:
                job.error = error
        now = self._clock.now()
        for position, entry in enumerate(waiting):
            if position == 0:
                entry.wake()
            else:  # the others one by one, when the one before has come to rest
                self._clock.call_at(now, entry.wake, turn=Turn.TIMELINE, key=position)

    def _lines_pending(self) -> None:
        if not self._flush_asked:
            self._flush_asked = True
            self._clock.call_at(self._clock.now() + FLUSH_AFTER, self._flush)

    def _flush(self) -> None:
        """Commit lines that no change has carried for a while."""
        self._flush_asked = False
        since, now = self._journal.pending_since, self._clock.now()
        if since is None or self._fence.dead:
            return
        if now < since + FLUSH_AFTER:
            self._flush_asked = True
            self._clock.call_at(since + FLUSH_AFTER, self._flush)
            return
        try:
            if self.failing:
                raise StoreUnavailable("the store does not answer")
            commit(self._sql, self._journal, [], now)
        except StoreUnavailable:
            self._lines_pending()


class _Entry:
    """A change that waits for the commit, and the task that waits for the change."""

    __slots__ = ("job", "task")

    def __init__(self, job: Job[object], task: trio.lowlevel.Task) -> None:
        self.job = job
        self.task: trio.lowlevel.Task | None = task

    def wake(self) -> None:
        task, self.task = self.task, None
        if task is not None:
            trio.lowlevel.reschedule(task)


@contextmanager
def opened(path: str | None) -> Iterator[sqlite3.Connection]:
    """The store of a run: the file named, which must be new, or one that is thrown away."""
    if path is not None:
        if Path(path).exists():
            raise DialerError(f"{path} exists; a run makes a new store: name another file, or remove it")
        sql = open_store(path, durable=False)
        try:
            yield sql
        finally:
            sql.close()
        return
    with tempfile.TemporaryDirectory(prefix="dialer-") as folder:
        sql = open_store(Path(folder) / "run.db", durable=False)
        try:
            yield sql
        finally:
            sql.close()
