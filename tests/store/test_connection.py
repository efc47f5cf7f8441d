"""What opening a store does, and which files it will not touch."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import StoreError, StoreUnavailable
from engine.store.connection import all_or_nothing, open_store


@pytest.mark.parametrize(("durable", "synchronous"), [(True, 2), (False, 0)])
def test_a_new_store_has_the_tables_and_the_wanted_durability(
    tmp_path: Path, durable: bool, synchronous: int
) -> None:
    path = tmp_path / "dialer.db"
    with closing(open_store(path, durable=durable)) as store:
        assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store.execute("PRAGMA synchronous").fetchone() == (synchronous,)
        assert store.execute("PRAGMA foreign_keys").fetchone() == (durable,)
        store.execute("INSERT INTO lists (name, created_at) VALUES ('a', 1)")
    with closing(open_store(path)) as store:
        assert store.execute("SELECT name FROM lists").fetchall() == [("a",)]


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n" * 1000)
    with pytest.raises(StoreError) as refusal:
        open_store(path)
    assert str(refusal.value) == f"{path}: is not a database; name a new file or a dialer's database"
    assert path.read_text() == "buy milk\n" * 1000


def test_another_program_s_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (name)")
    before = path.read_bytes()
    with pytest.raises(StoreError) as refusal:
        open_store(path)
    assert str(refusal.value) == (
        f"{path}: is another program's database; name a new file or a dialer's database"
    )
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere/dialer\.db: cannot be opened: unable to open"):
        open_store(tmp_path / "nowhere" / "dialer.db")


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "dialer.db")) as store:
        store.execute("INSERT INTO lists (name, created_at) VALUES ('a', 1)")
        with pytest.raises(StoreUnavailable), all_or_nothing(store):  # noqa: PT012
            store.execute("DELETE FROM lists")
            store.execute("SELECT * FROM nowhere")
        assert store.execute("SELECT name FROM lists").fetchall() == [("a",)]


def test_a_store_that_another_process_is_writing_to_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "dialer.db"
    with closing(open_store(path)) as one, closing(open_store(path)) as other:
        other.execute("PRAGMA busy_timeout = 1")
        with (
            all_or_nothing(one),
            pytest.raises(StoreUnavailable, match="did not take the change: an engine or another command"),
            all_or_nothing(other),
        ):
            raise AssertionError("two writers at once")
