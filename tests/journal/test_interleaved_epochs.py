"""Commands write beside an engine, and between two: their lines stand among the engine's, in commit order."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from engine.domain.rights import Role, User
from engine.domain.time import MINUTE, SECOND, Instant
from engine.domain.words import ChangeReason
from engine.errors import InputError
from engine.explain import explain
from engine.journal import events as e
from engine.journal.chain import Line, exported
from engine.journal.export import export, lines_of, stored, verify
from engine.journal.replay import replay
from engine.store import audit
from engine.store.case_changes import change_cases
from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.recovery import open_epoch, take_epoch
from engine.store.transaction import Transaction
from engine.store.users import add_user
from simulator import checkers
from simulator.scenario import load
from simulator.store import opened
from simulator.world import World
from tests.journal.floors import FLOORS, changed, rechained

AT = (1, 4 * MINUTE, 10 * MINUTE - 1, 10 * MINUTE + 5 * SECOND, 15 * MINUTE, 17 * MINUTE)
"""Times of commands: at the start, among calls, before and after the crash at ten minutes."""


def recycle(tx: Transaction) -> int:
    """What waits becomes due now, but for what rests since a crash."""
    query = """
        SELECT id FROM cases c WHERE due_at > ? AND NOT EXISTS
            (SELECT 1 FROM attempts a WHERE a.case_id = c.id AND a.ending = 'unknown') ORDER BY id
    """
    waiting = tx.sql.execute(query, (tx.now,)).fetchall()
    rows = [(case, tx.now) for (case,) in waiting]
    return change_cases(tx, ChangeReason.RECYCLED, "test", ("due_at",), rows)


def command(sql: sqlite3.Connection, at: Instant) -> Command:
    return Command(sql, user=None, action="test recycle", version="0", clock=lambda: at)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A run with a crash, and other connections that wrote to its file meanwhile."""
    folder = tmp_path_factory.mktemp("beside")
    path, db = folder / "scenario.yaml", folder / "run.db"
    path.write_text(FLOORS["crash"])
    scenario = load(path)
    with opened(str(db)) as sql:
        world = World(scenario.configuration, scenario.plan, sql)
        watching = checkers.attach(world)
        seen: list[int] = []

        def act(at: Instant) -> None:
            beside = open_store(db, durable=False)
            try:
                work = command(beside, at)
                seen.append(work.apply(recycle))
                seen.append(work.apply(recycle))
            finally:
                beside.close()

        def schedule(world: World) -> None:
            for offset in AT:
                at = scenario.plan.start + offset
                if world.lives == 1:
                    world.clock.call_at(at, partial(act, at))

        world.on_engine.append(schedule)
        world.run()
        watching.finish(sql)
        assert len(seen) == 2 * len(AT)
        assert sum(seen) > 20, "the commands had something to do"
        yield sql


@pytest.fixture(scope="module")
def lines(store: sqlite3.Connection) -> list[Line]:
    return list(stored(store))


def test_lines_of_commands_stand_among_those_of_the_engine(lines: list[Line]) -> None:
    first = [index for index, line in enumerate(lines) if isinstance(line.event, e.CommandStarted)]
    assert len(first) == len(AT)
    ends = {line.epoch: index for index, line in enumerate(lines)}
    for engine in {line.epoch for line in lines if isinstance(line.event, e.EngineStarted)}:
        begins = next(index for index, line in enumerate(lines) if line.epoch == engine)
        assert any(begins < index < ends[engine] for index in first)


def test_a_store_that_commands_wrote_to_verifies_exports_and_replays(
    store: sqlite3.Connection, lines: list[Line], tmp_path: Path
) -> None:
    assert verify(store) == len(lines)
    assert audit.verify(store).whole
    export(store, tmp_path / "j.jsonl")
    assert list(lines_of(tmp_path / "j.jsonl")) == lines
    replayed = replay(lines)
    assert replayed.same, replayed.text
    assert (replayed.engines, replayed.commands) == (2, len(AT))


def test_the_lead_of_a_command_that_came_last_is_explained(
    store: sqlite3.Connection, lines: list[Line]
) -> None:
    for at in (None, lines[len(lines) // 2].at):
        for key in ("a0", "b9"):
            assert explain(store, key, at=at).text


def test_a_command_on_an_empty_store_begins_the_journal(tmp_path: Path) -> None:
    sql = open_store(tmp_path / "s.db", durable=False)
    work = command(sql, 7)
    work.apply(lambda tx: None)
    found = list(stored(sql))
    assert [line.event.KIND for line in found] == ["command.started", "audit.written"]
    replayed = replay(found)
    assert (replayed.same, replayed.engines, replayed.commands) == (True, 0, 1)
    sql.close()


def test_two_epochs_opened_at_the_same_line_both_hang_on_it(tmp_path: Path) -> None:
    sql = open_store(tmp_path / "s.db", durable=False)
    command(sql, 7).apply(lambda tx: None)
    engine = open_epoch(sql, now=8, version="0")
    command(sql, 9).apply(lambda tx: None)
    assert engine.head == next(iter(list(stored(sql))[1:])).hash
    assert verify(sql) == 4
    sql.close()


def test_an_epoch_is_taken_with_the_commands_change_or_not_at_all(tmp_path: Path) -> None:
    sql = open_store(tmp_path / "s.db", durable=False)

    def fails(tx: Transaction) -> None:
        tx.sql.execute("INSERT INTO lists (name, created_at) VALUES ('x', 0)")
        raise InputError(["no"])

    with pytest.raises(InputError):
        command(sql, 7).apply(fails)
    for table in ("lists", "engines", "journal", "audit"):
        assert sql.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    sql.execute("BEGIN IMMEDIATE")
    assert take_epoch(sql, now=1, version="0").number == 1
    sql.execute("ROLLBACK")
    sql.close()


# --- what is not right ----------------------------------------------------------------------------


def texts(lines: list[Line]) -> list[str]:
    return [exported(line.text, line.hash) + "\n" for line in lines]


def told(folder: Path, lines: list[Line]) -> str:
    path = folder / "j.jsonl"
    path.write_text("".join(texts(lines)))
    with pytest.raises(InputError) as caught:
        list(lines_of(path))
    return caught.value.problems[0]


def _command(lines: list[Line], number: int) -> int:
    """Where the so-many-th command begins."""
    return [index for index, line in enumerate(lines) if isinstance(line.event, e.CommandStarted)][number]


def test_a_commands_line_that_is_missing_is_told(lines: list[Line], tmp_path: Path) -> None:
    at = _command(lines, 1)
    epoch = lines[at].epoch
    assert f"line 2 of epoch {epoch} should stand before" in told(
        tmp_path, [*lines[: at + 1], *lines[at + 2 :]]
    )
    assert f"epoch {epoch} begins with its line 2" in told(tmp_path, [*lines[:at], *lines[at + 1 :]])


def test_an_engines_line_that_is_missing_beside_a_command_is_told(lines: list[Line], tmp_path: Path) -> None:
    at = _command(lines, 1)
    own = next(index for index in range(at, len(lines)) if lines[index].epoch == 1)
    assert "of epoch 1 should stand before" in told(tmp_path, [*lines[:own], *lines[own + 1 :]])


def test_a_commands_line_that_was_changed_is_told(lines: list[Line], tmp_path: Path) -> None:
    at = _command(lines, 1)
    forged = replace(lines[at], text=lines[at].text.replace("operator", "somebody"))
    assert forged != lines[at]
    assert "does not follow from the line before" in told(tmp_path, [*lines[:at], forged, *lines[at + 1 :]])
    forged = replace(lines[at + 1], text=lines[at + 1].text.replace('"at":', '"at":1'))
    assert "was changed after it was written" in told(tmp_path, [*lines[: at + 1], forged, *lines[at + 2 :]])


def test_a_whole_command_that_was_moved_before_what_it_followed_is_told(
    lines: list[Line], tmp_path: Path
) -> None:
    at = _command(lines, 1)
    moved = [line for line in lines if line.epoch == lines[at].epoch]
    others = [line for line in lines if line.epoch != lines[at].epoch]
    assert "does not follow from the line before" in told(
        tmp_path, [*others[: at - 9], *moved, *others[at - 9 :]]
    )


def test_an_engine_that_goes_on_after_another_has_taken_over_is_told(lines: list[Line]) -> None:
    second = next(
        i for i, line in enumerate(lines) if isinstance(line.event, e.EngineStarted) and line.epoch > 1
    )
    last = max(i for i, line in enumerate(lines) if line.epoch == 1)
    difference = replay([*lines[: second + 1], lines[last]]).difference
    assert difference is not None
    assert difference.why == f"the engine of epoch {lines[second].epoch} has taken over from that of epoch 1"


def test_a_command_that_calls_somebody_is_told(lines: list[Line]) -> None:
    at = _command(lines, 0) + 1
    difference = replay(changed(lines, at, e.LegDialed(leg=1))).difference
    assert difference is not None
    assert difference.why == "a command makes no calls; an engine writes such a line"


def test_a_writer_that_starts_twice_or_not_at_all_is_told(lines: list[Line]) -> None:
    at = _command(lines, 0)
    twice = replay(changed(lines, at + 1, lines[at].event)).difference
    assert twice is not None
    assert twice.why == f"the writer of epoch {lines[at].epoch} has started already"
    never = replay([*lines[:at], *lines[at + 1 :]]).difference
    assert never is not None
    assert never.why is not None
    assert "those of a command with command.started" in never.why


def test_a_command_that_says_it_changed_what_was_due_otherwise_is_found_by_what_follows(
    lines: list[Line],
) -> None:
    """The ledger has heard the command: with other due times the engine's next choices are wrong."""
    for index, line in enumerate(lines):
        if isinstance(line.event, e.CasesChanged) and line.epoch == lines[_command(lines, 1)].epoch:
            event = replace(line.event, rows=tuple((case, due + MINUTE) for case, due in line.event.rows))
            forged = changed_in_place(lines, index, event)
            assert not replay(forged).same
            return
    pytest.fail("no command changed a case")


def changed_in_place(lines: list[Line], index: int, event: e.Event) -> list[Line]:
    return [*lines[:index], replace(lines[index], event=event), *lines[index + 1 :]]


def test_lines_chained_again_in_commit_order_are_those_of_one_writer_only(lines: list[Line]) -> None:
    """The chain of an epoch is its own: one chain through all lines would have other hashes."""
    assert [line.hash for line in rechained(lines)] != [line.hash for line in lines]


def test_users_are_not_needed_for_a_command_until_there_are_some(tmp_path: Path) -> None:
    sql = open_store(tmp_path / "s.db", durable=False)
    work = command(sql, 7)
    ada = User(name="ada", role=Role.ADMINISTRATOR)
    work.apply(add_user(ada, by=work.user))
    with pytest.raises(InputError, match="say who you are"):
        command(sql, 8)
    sql.close()
