"""What is known of a number, by the version in use; and of a registry that cannot be read, nothing."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from structlog.testing import capture_logs

from engine.compliance.dial import RegistryState
from engine.domain.lists import InlineLead
from engine.domain.registries import PROTECTED_LINES
from engine.domain.time import DAY
from engine.errors import InputError
from engine.registries import importing
from engine.registries.importing import (
    add_registry,
    check_order,
    put_in_use,
    read_registry,
)
from engine.registries.number_file import Unusable
from engine.registries.registries import Registries, version_of, versions
from engine.registries.shelf import Folder, Kept
from engine.store.connection import all_or_nothing, open_store
from engine.store.leads import import_leads
from engine.store.transaction import Transaction
from tests.registries.shelves import NOW, VERSION, array, command, given, imported, write

ON, OFF = "+442079460001", "+442079460002"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "floor.db"


@pytest.fixture
def sql(db: Path) -> Iterator[sqlite3.Connection]:
    connection = open_store(db)
    yield connection
    connection.close()


def put(
    sql: sqlite3.Connection, registries: Registries, *numbers: str, name: str = "tps", at: int = VERSION
) -> Kept:
    with all_or_nothing(sql):
        return add_registry(
            registries.shelf, Transaction(sql, NOW), name, numbers, version_at=at, source="test"
        )


def test_a_number_is_on_it_or_not_and_of_others_nothing_is_known(db: Path, sql: sqlite3.Connection) -> None:
    registries = Registries(db)
    put(sql, registries, ON)
    assert registries.state(sql, "tps", ON) == RegistryState(version_at=VERSION, listed=True)
    assert registries.state(sql, "tps", OFF) == RegistryState(version_at=VERSION, listed=False)
    assert registries.state(sql, "us-dnc", ON) is None
    assert list(registries.states(sql, ["tps", "us-dnc"], ON)) == ["tps"]


def test_a_new_version_holds_at_once(db: Path, sql: sqlite3.Connection) -> None:
    registries = Registries(db)
    put(sql, registries, ON)
    before = registries.current(sql)
    assert registries.current(sql) is before
    put(sql, registries, OFF, at=VERSION + DAY)
    assert registries.state(sql, "tps", ON) == RegistryState(version_at=VERSION + DAY, listed=False)
    assert registries.state(sql, "tps", OFF) == RegistryState(version_at=VERSION + DAY, listed=True)


def test_many_numbers_are_looked_up_at_once(db: Path, sql: sqlite3.Connection) -> None:
    registries = Registries(db)
    put(sql, registries, ON)
    snapshot = registries.current(sql)
    listed = snapshot.listed("tps", array([int(ON), int(OFF)]))
    assert listed is not None
    assert listed.tolist() == [True, False]
    assert snapshot.listed("us-dnc", array([1])) is None


def test_a_database_in_memory_has_its_registries_in_memory() -> None:
    sql = open_store(":memory:")
    registries = Registries(":memory:")
    kept = put(sql, registries, ON)
    put(sql, registries, OFF, name="tps-own")
    state = registries.state(sql, "tps", ON)
    assert state == RegistryState(version_at=VERSION, listed=True)
    put(sql, registries, OFF, at=VERSION + DAY)
    with registries.shelf.locked("tps"):
        registries.shelf.clear("tps", keep=versions(sql)[0].file)
    assert registries.shelf.state(kept.file) is False
    assert registries.current(sql).problems == {}
    with pytest.raises(Unusable, match="is missing"):
        registries.shelf.open(kept.file)
    assert Registries(":memory:", tell=lambda *problem: None).current(sql).problems.keys() == {
        "tps",
        "tps-own",
    }
    sql.close()


# --- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["missing", "cut", "changed", "another"])
def test_of_a_damaged_registry_nothing_is_known_until_it_is_mended(
    damage: str, db: Path, sql: sqlite3.Connection
) -> None:
    whole = Registries(db)
    kept = put(sql, whole, ON)
    path = db.with_name("floor.db.registries") / kept.file
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "another":
        other = whole.shelf.keep("tps", [array([5])], version_at=VERSION)
        (path.parent / other.file).replace(path)
    else:
        path.write_bytes(data[:-3] if damage == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
    registries = Registries(db)
    with capture_logs() as log:
        for _ in range(3):
            assert registries.states(sql, ["tps"], ON) == {}
    assert [(line["event"], line["registry"]) for line in log] == [("registry.unusable", "tps")]
    assert list(registries.current(sql).problems) == ["tps"]
    path.with_name("mended").write_bytes(data)
    path.with_name("mended").replace(path)
    assert registries.states(sql, ["tps"], ON) == {"tps": RegistryState(version_at=VERSION, listed=True)}
    assert registries.current(sql).problems == {}


def test_a_row_with_another_version_than_the_file_is_not_believed(db: Path, sql: sqlite3.Connection) -> None:
    registries = Registries(db, tell=lambda *problem: None)
    put(sql, registries, ON)
    sql.execute("UPDATE registries SET version_at = ?", (NOW,))
    assert registries.states(sql, ["tps"], ON) == {}


def test_who_cannot_read_the_lines_never_called_calls_nobody(db: Path, sql: sqlite3.Connection) -> None:
    registries = Registries(db, tell=lambda *problem: None)
    kept = put(sql, registries, ON, name=PROTECTED_LINES)
    (db.with_name("floor.db.registries") / kept.file).unlink()
    snapshot = registries.current(sql)
    assert snapshot.states([PROTECTED_LINES], OFF)[PROTECTED_LINES].listed
    listed = snapshot.listed(PROTECTED_LINES, array([int(OFF)]))
    assert listed is not None
    assert listed.tolist() == [True]


# --- crashes and other processes ------------------------------------------------------------------


class Crash(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("step", ["reading", "file", "row", "clearing"])
def test_a_crash_leaves_the_old_version_in_use_or_the_new_one(
    step: str, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, shelf = command(db), Folder(db)
    imported(desk, shelf, given(write(tmp_path / "1.txt", f"{ON}\n")))

    def crash(*args: object, **more: object) -> None:
        raise Crash

    file = given(write(tmp_path / "2.txt", f"{OFF}\n"))
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "clear", crash)  # nothing is tidied up by a process that is gone
        if step == "reading":
            patch.setattr(importing, "merged", crash)
        elif step == "file":
            patch.setattr("engine.registries.shelf.os.fsync", crash)
        elif step == "row":
            patch.setattr(importing, "put_in_use", crash)
        with pytest.raises(Crash):
            imported(desk, shelf, file)
    desk.sql.close()
    desk = command(db)
    state = Registries(db).state(desk.sql, "tps", OFF)
    assert state == RegistryState(version_at=VERSION, listed=step == "clearing")
    imported(desk, shelf, file)
    assert Registries(db).state(desk.sql, "tps", OFF) == RegistryState(version_at=VERSION, listed=True)
    left = {path.name for path in shelf.path.iterdir()}
    assert left == {".tps.lock", versions(desk.sql)[0].file}
    desk.sql.close()


def test_a_folder_that_cannot_be_written_to_is_told(db: Path, tmp_path: Path) -> None:
    desk = command(db)
    db.with_name("floor.db.registries").write_text("in the way")
    file = given(write(tmp_path / "1.txt", f"{ON}\n"))
    with pytest.raises(InputError, match="cannot be written"):
        imported(desk, Folder(db), file)
    with pytest.raises(InputError, match="cannot be written"):
        Folder(db).keep("tps", [], version_at=0)
    folder = db.with_name("floor.db.registries")
    folder.unlink()
    for name in (".tps.lock", ".tps.part"):
        (folder / name).mkdir(parents=True)
        with pytest.raises(InputError, match="cannot be written"):
            imported(desk, Folder(db), file)
        (folder / name).rmdir()
    desk.sql.close()


def test_one_import_of_a_registry_at_a_time(db: Path, tmp_path: Path) -> None:
    desk, shelf = command(db), Folder(db)
    file = given(write(tmp_path / "1.txt", f"{ON}\n"))
    with Folder(db).locked("tps"), pytest.raises(InputError, match="tps: another import of it is under way"):
        imported(desk, shelf, file)
    imported(desk, shelf, file)
    desk.sql.close()


def test_a_version_that_was_made_beside_another_is_refused(db: Path, tmp_path: Path) -> None:
    desk, shelf = command(db), Folder(db)
    file = given(write(tmp_path / "1.txt", f"{ON}\n"))
    imported(desk, shelf, file)
    check_order(file, None, older=False)
    kept, _ = read_registry(shelf, file, None)
    with pytest.raises(InputError, match="another version was imported meanwhile"):
        desk.apply(put_in_use(file, kept, None, user="sue", action="dnc import"))
    desk.sql.close()


IMPORT = """
import sys
from engine.cli import main
file, db, version = sys.argv[1:]
sys.exit(main(["dnc", "import", file, "--db", db, "--registry", "tps", "--version", version]))
"""


def test_what_another_process_imports_holds_here_at_once(
    db: Path, tmp_path: Path, sql: sqlite3.Connection
) -> None:
    registries = Registries(db)
    assert registries.states(sql, ["tps"], ON) == {}
    for day, number in (("2026-01-01", ON), ("2026-01-02", OFF)):
        file = write(tmp_path / "tps.txt", f"{number}\n")
        done = subprocess.run(
            [sys.executable, "-c", IMPORT, str(file), str(db), day],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert registries.states(sql, ["tps"], number)["tps"].listed
        version = version_of(sql, "tps")
        assert version is not None
        assert version.numbers == 1
    assert not registries.states(sql, ["tps"], ON)["tps"].listed


# --- who waits for it -----------------------------------------------------------------------------


HELD: Final = (
    ("registry registry-too-old GB-TPS", None),
    ("origin protected-line -", NOW + DAY),
    ("window closed GB-HOURS", NOW + DAY),
    ("window closed GB-HOURS", None),
    (None, None),
)


@pytest.mark.parametrize("portion", [1, 2, 100])
def test_a_new_version_wakes_whom_registries_hold_and_who_waits_for_no_time(
    sql: sqlite3.Connection, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    """What is written of a hold is its first gate: that a registry stands behind a window is not told."""
    monkeypatch.setattr("engine.store.gates_wake.PORTION", portion)
    leads = [InlineLead(key=str(number), phones=(f"+4420794600{number:02}",)) for number in range(1, 6)]
    import_leads(sql, leads, list_name="people", now=0)
    sql.executemany(
        "INSERT INTO cases (campaign, lead_id, phone_id, wanted_at, waits_for, held_by, wakes_at) "
        "VALUES ('c', ?, ?, 5, ?, ?, ?)",
        [(one, one, None if by is None else "gate", by, wakes) for one, (by, wakes) in enumerate(HELD, 1)],
    )
    desk = command(db)
    imported(desk, Registries(db).shelf, given(write(tmp_path / "tps.txt", ON)))
    desk.sql.close()
    woken = sql.execute("SELECT lead_id FROM cases WHERE due_at = ? ORDER BY lead_id", (NOW,)).fetchall()
    assert woken == [(1,), (2,), (4,)]
    lines = "SELECT count(*) FROM journal WHERE line LIKE '%cases.changed%'"
    assert sql.execute(lines).fetchone() == (-(-3 // portion),)
