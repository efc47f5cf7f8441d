"""The journal as a file: the same lines come back, and whatever was done to them is told."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import __version__
from engine.errors import InputError
from engine.journal.chain import GENESIS, Line, exported, link
from engine.journal.export import export, lines_of, stored, verify
from engine.store.connection import open_store
from simulator.scenario import load
from simulator.store import opened
from simulator.world import World
from tests.journal.floors import FLOORS


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("scenario") / "scenario.yaml"
    path.write_text(FLOORS["crash"])
    scenario = load(path)
    with opened(None) as sql:
        World(scenario.configuration, scenario.plan, sql).run()
        yield sql


@pytest.fixture(scope="module")
def lines(store: sqlite3.Connection) -> list[Line]:
    return list(stored(store))


@pytest.fixture
def texts(lines: list[Line]) -> list[str]:
    return [exported(line.text, line.hash) + "\n" for line in lines]


def problem(folder: Path, texts: list[str]) -> str:
    """What is told of a file with these lines, after its name."""
    path = folder / "j.jsonl"
    path.write_bytes("".join(texts).encode())
    with pytest.raises(InputError) as caught:
        list(lines_of(path))
    assert len(caught.value.problems) == 1
    return caught.value.problems[0].removeprefix(f"{path}")


def test_what_is_exported_is_read_back(store: sqlite3.Connection, lines: list[Line], tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text("an older one")
    assert export(store, path) == len(lines)
    assert list(lines_of(path)) == lines
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_told(store: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No such file"):
        export(store, tmp_path / "none" / "j.jsonl")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        list(lines_of(tmp_path / "j.jsonl"))


def test_a_store_whose_journal_is_whole_is_verified(store: sqlite3.Connection, lines: list[Line]) -> None:
    assert verify(store) == len(lines)
    assert verify(open_store(":memory:")) == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "UPDATE journal SET line = replace(line, '\"kind\"', '\"Kind\"') WHERE epoch = 1 AND seq = 2",
            "journal:2: was changed after it was written: its hash is not the one of its text; "
            "export the journal again from its store",
        ),
        (
            "DELETE FROM journal WHERE epoch = 1 AND seq IN (7, 8)",
            "journal:7: lines 7 to 8 of epoch 1 should stand before this line, and cannot be found; "
            "export the journal again from its store",
        ),
        (
            "UPDATE journal SET at = at + 1 WHERE epoch = 1 AND seq = 3",
            "journal:3: the line kept under epoch 1, seq 3, at ",
        ),
    ],
)
def test_a_store_whose_journal_was_changed_is_told(store: sqlite3.Connection, change: str, told: str) -> None:
    store.execute("BEGIN")
    store.execute(change)
    try:
        with pytest.raises(InputError) as caught:
            verify(store)
    finally:
        store.execute("ROLLBACK")
    assert caught.value.problems[0].startswith(told)


AGAIN = "; export the journal again from its store"


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    assert problem(tmp_path, []) == ": has no lines; a journal begins with engine.started"


def test_a_last_line_that_is_cut_short_is_told(tmp_path: Path, texts: list[str]) -> None:
    told = problem(tmp_path, [*texts[:5], texts[5][:40]])
    assert told == f":6: is cut short after 40 characters; copy the whole file, or {AGAIN[2:]}"


def test_a_blank_line_is_told(tmp_path: Path, texts: list[str]) -> None:
    told = problem(tmp_path, [*texts[:3], "\n", *texts[3:]])
    assert told == ":4: is empty; every line of a journal is an object of JSON"


@pytest.mark.parametrize("text", ["hello\n", "\xff\n", "{\n"])
def test_what_is_not_json_is_told(tmp_path: Path, texts: list[str], text: str) -> None:
    told = problem(tmp_path, [*texts[:3], text, *texts[3:]])
    assert told.startswith(":4: is not JSON (")
    assert told.endswith(AGAIN)


@pytest.mark.parametrize("text", ["[]\n", "7\n", '{"seq": 4}\n', '{"epoch":"a","seq":4,"at":0}\n'])
def test_json_that_is_no_line_is_told(tmp_path: Path, texts: list[str], text: str) -> None:
    told = problem(tmp_path, [*texts[:3], text, *texts[3:]])
    assert told == ":4: is JSON, but not a line of a journal (it has no epoch, seq and at)"


def test_a_line_without_its_hash_is_told(tmp_path: Path, texts: list[str], lines: list[Line]) -> None:
    told = problem(tmp_path, [*texts[:3], lines[3].text + "\n", *texts[4:]])
    assert told == f":4: does not end in a hash, as the lines of a journal do{AGAIN}"


def test_an_edited_line_is_told(tmp_path: Path, texts: list[str]) -> None:
    edited = texts[1].replace('"kind"', '"Kind"')
    assert edited != texts[1]
    told = problem(tmp_path, [texts[0], edited, *texts[2:]])
    assert told == f":2: was changed after it was written: its hash is not the one of its text{AGAIN}"


def test_a_missing_line_is_told(tmp_path: Path, texts: list[str]) -> None:
    told = problem(tmp_path, [*texts[:4], *texts[5:]])
    assert told == f":5: line 5 of epoch 1 should stand before this line, and cannot be found{AGAIN}"


def test_a_missing_beginning_is_told(tmp_path: Path, texts: list[str]) -> None:
    told = problem(tmp_path, texts[2:])
    assert told == f":1: epoch 1 begins with its line 3; its line 1 should stand before this line{AGAIN}"


def test_swapped_lines_are_told(tmp_path: Path, texts: list[str]) -> None:
    told = problem(tmp_path, [*texts[:4], texts[5], texts[4], *texts[6:]])
    assert told == f":5: line 5 of epoch 1 should stand before this line, and cannot be found{AGAIN}"


def test_a_line_that_is_there_twice_is_told(tmp_path: Path, texts: list[str]) -> None:
    told = problem(tmp_path, [*texts[:4], texts[3], *texts[4:]])
    wrong = "line 4 of epoch 1 stands after line 4 of epoch 1: lines were moved, or are there twice"
    assert told == f":5: {wrong}{AGAIN}"


def test_the_end_of_an_epoch_that_was_cut_off_is_told(
    tmp_path: Path, texts: list[str], lines: list[Line]
) -> None:
    second = next(index for index, line in enumerate(lines) if line.epoch == 2)
    told = problem(tmp_path, [*texts[: second - 2], *texts[second:]])
    wrong = "does not follow from the line before: it was changed, or lines before it were cut off"
    assert told == f":{second - 1}: {wrong}{AGAIN}"


def test_a_journal_of_another_version_is_told(tmp_path: Path, texts: list[str], lines: list[Line]) -> None:
    for old, new, what in (
        ('"kind":"engine.started"', '"kind":"engine.began"', "there is no kind 'engine.began'"),
        ('"seed":', '"sown":', "its 'seed' is missing"),
        ('"seed":', '"more":1,"seed":', "engine.started has no more"),
    ):
        text = lines[0].text.replace(old, new)
        assert text != lines[0].text
        told = problem(tmp_path, [exported(text, link(GENESIS, text)) + "\n"])
        by = __version__ if "seed" in old else "another version"
        assert told == (
            f":1: is not a line of version {__version__} ({what}); {by} wrote this journal: "
            "read it with that version"
        )
