"""Commits take virtual time, are shared, fail and are late; whoever waits is told the truth."""

import sqlite3
from pathlib import Path

import pytest
import trio

from engine.domain.time import MILLISECOND, SECOND
from engine.domain.words import AgentState
from engine.errors import Crashed, StoreUnavailable
from engine.journal import events as e
from engine.store.transaction import Change, Transaction
from simulator.store import FLUSH_AFTER
from tests.office import Office, in_office, rows


def add_list(name: str) -> Change[str]:
    def change(tx: Transaction) -> str:
        tx.sql.execute("INSERT INTO lists (name, created_at) VALUES (?, ?)", (name, tx.now))
        tx.record(e.CampaignHeld(campaign="orders", until=tx.now, reason=name))
        return name

    return change


def lists(office: Office) -> list[str]:
    return [name for (name,) in rows(office, "SELECT name FROM lists WHERE name <> 'people' ORDER BY id")]


def journaled(office: Office) -> list[str]:
    return [line for (line,) in rows(office, "SELECT line FROM journal ORDER BY epoch, seq")]


def test_changes_asked_for_during_a_commit_are_committed_together_in_order(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        begins: list[str] = []
        office.sql.set_trace_callback(lambda sql: begins.append(sql) if sql.startswith("BEGIN") else None)
        done: list[tuple[str, int]] = []
        start = office.clock.now()

        async def write(name: str) -> None:
            done.append((await office.write(add_list(name)), office.clock.now() - start))

        async with trio.open_nursery() as nursery:
            for name in "abc":
                nursery.start_soon(write, name)
                await office.wait(100)
        assert lists(office) == ["a", "b", "c"]
        assert done == [("a", 2 * MILLISECOND), ("b", 2 * MILLISECOND), ("c", 2 * MILLISECOND)]
        assert len(begins) == 1
        assert [event.reason for event in office.seen(e.CampaignHeld)] == ["a", "b", "c"]  # type: ignore[attr-defined]

    in_office(tmp_path, main)


def test_a_change_that_fails_is_undone_alone(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        def wrong(tx: Transaction) -> None:
            add_list("wrong")(tx)
            raise ValueError("planted")

        failures: list[str] = []

        async def fail() -> None:
            with pytest.raises(ValueError, match="planted") as error:
                await office.write(wrong)
            failures.append(str(error.value))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(office.write, add_list("before"))
            nursery.start_soon(fail)
            nursery.start_soon(office.write, add_list("after"))
        assert sorted(lists(office)) == ["after", "before"]
        assert failures == ["planted"]
        assert not any("wrong" in line for line in journaled(office))

    in_office(tmp_path, main)


def test_a_change_that_fails_by_itself_leaves_nothing_and_the_pending_lines_are_not_lost(
    tmp_path: Path,
) -> None:
    async def main(office: Office) -> None:
        def wrong(tx: Transaction) -> None:
            add_list("wrong")(tx)
            raise ValueError("planted")

        office.journal.append(e.AgentMissed(agent="ann", misses=7))
        with pytest.raises(ValueError, match="planted"):
            await office.write(wrong)
        assert lists(office) == []
        assert journaled(office) == []
        assert office.journal.pending_since is not None
        await office.write(add_list("good"))
        assert len(journaled(office)) == 2
        assert office.journal.pending_since is None

    in_office(tmp_path, main)


def test_a_failing_store_takes_nothing_and_what_was_recorded_is_not_believed(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.store.failing = True
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await office.write(add_list("a"))
        office.store.failing = False
        assert lists(office) == []
        assert office.seen(e.CampaignHeld) == []
        await office.write(add_list("a"))
        assert lists(office) == ["a"]

    in_office(tmp_path, main)


def test_a_store_that_another_process_keeps_locked_is_away_and_comes_back(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.sql.execute("PRAGMA busy_timeout = 0")
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await office.write(add_list("a"))
        other.execute("ROLLBACK")
        other.close()
        assert not office.sql.in_transaction
        assert await office.write(add_list("a")) == "a"

    in_office(tmp_path, main)


def test_a_statement_that_cannot_be_done_takes_the_whole_transaction_back(tmp_path: Path) -> None:
    """An OperationalError is the store's trouble (a full disk, a lock), not the change's."""

    async def main(office: Office) -> None:
        def no_such_table(tx: Transaction) -> None:
            tx.sql.execute("INSERT INTO nowhere VALUES (1)")

        async def fails(change: Change[object]) -> None:
            with pytest.raises(StoreUnavailable):
                await office.write(change)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails, add_list("a"))
            nursery.start_soon(fails, no_such_table)
        assert lists(office) == []
        assert not office.sql.in_transaction

    in_office(tmp_path, main)


def test_a_slow_store_takes_its_time(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.store.delay = 3 * SECOND
        start = office.clock.now()
        await office.write(add_list("a"))
        assert office.clock.now() - start == 3 * SECOND

    in_office(tmp_path, main)


def test_a_writer_who_is_cancelled_before_the_commit_writes_nothing(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(office.write, add_list("other"))
            with trio.move_on_after(0.001) as scope:
                await office.write(add_list("cancelled"))
        assert scope.cancelled_caught
        assert lists(office) == ["other"]

    in_office(tmp_path, main)


def test_a_writer_who_is_cancelled_when_the_commit_is_done_has_written(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        scope = trio.CancelScope()

        async def first() -> None:
            await office.write(add_list("first"))
            scope.cancel()  # the second is committed, and not awake yet

        async def second() -> None:
            with scope:
                await office.write(add_list("second"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            await office.wait(100)
            nursery.start_soon(second)
        assert scope.cancelled_caught
        assert lists(office) == ["first", "second"]

    in_office(tmp_path, main)


def test_lines_that_no_change_carries_are_committed_by_themselves_after_a_while(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.journal.append(e.AgentMissed(agent="ann", misses=1))
        await office.wait(FLUSH_AFTER - 1)
        assert journaled(office) == []
        await office.wait(1)
        assert len(journaled(office)) == 1

    in_office(tmp_path, main)


def test_lines_that_follow_a_commit_wait_their_own_while(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.journal.append(e.AgentMissed(agent="ann", misses=1))
        await office.wait(SECOND)
        await office.write(add_list("a"))
        await office.wait(2 * SECOND)
        office.journal.append(e.AgentMissed(agent="ann", misses=2))
        await office.wait(FLUSH_AFTER - 1)
        assert len(journaled(office)) == 2
        await office.wait(1)
        assert len(journaled(office)) == 3

    in_office(tmp_path, main)


def test_lines_that_a_failing_store_did_not_take_are_tried_again(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.store.failing = True
        office.journal.append(e.AgentMissed(agent="ann", misses=1))
        await office.wait(FLUSH_AFTER + SECOND)
        assert journaled(office) == []
        office.store.failing = False
        await office.wait(FLUSH_AFTER)
        assert len(journaled(office)) == 1

    in_office(tmp_path, main)


def test_nothing_is_written_for_a_dead_engine(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.journal.append(e.AgentChanged(agent="ann", state=AgentState.PAUSED))
        with trio.move_on_after(1):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(office.write, add_list("a"))
                await office.wait(100)
                office.fence.dead = True
        with pytest.raises(Crashed):
            await office.write(add_list("b"))
        await office.wait(2 * FLUSH_AFTER)
        assert lists(office) == []
        assert journaled(office) == []

    in_office(tmp_path, main)
