"""No command writes over the store, over any other database, or over what it reads."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from cyclopts import App

from engine.cli import app
from engine.cli.tables import _one
from engine.cli.targets import USES, Use
from tests.cli.commands import Dialer, write


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("evidence", "export"), "--out"),
        (("explain", "--campaign", "offers", "--summary"), "--csv"),
        (("reports", "cases"), "--csv"),
        (("dnc", "list"), "--csv"),
        (("rules", "list"), "--csv"),
    ],
)
@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_a_table_never_takes_the_place_of_the_store_or_a_part_of_it(
    dialer: Dialer, store: Path, words: tuple[str, ...], option: str, ending: str
) -> None:
    before = store.read_bytes()
    target = store.with_name(store.name + ending)
    refused = dialer(*words, "--db", store, option, target)
    told = "a part of a database" if ending else "a database"
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"{option} {target}: is {told}; name another file\n"
    assert store.read_bytes() == before


def test_a_store_that_the_command_is_not_about_is_kept_too(dialer: Dialer, store: Path) -> None:
    refused = dialer("rules", "list", "--csv", store)
    assert (refused.code, refused.err) == (2, f"--csv {store}: is a database; name another file\n")
    assert dialer("reports", "cases", "--db", store).code == 0


def test_another_name_of_the_store_is_the_store(dialer: Dialer, store: Path, tmp_path: Path) -> None:
    (tmp_path / "linked.csv").symlink_to(store)
    os.link(store, tmp_path / "hard.csv")
    for name in ("linked.csv", "hard.csv"):
        assert dialer("reports", "cases", "--db", store, "--csv", tmp_path / name).code == 2
    assert dialer("reports", "cases", "--db", store).code == 0


def test_a_report_of_problems_takes_no_place_of_the_store_or_of_the_file(
    dialer: Dialer, tmp_path: Path
) -> None:
    file, db = tmp_path / "people.csv", tmp_path / "new.db"
    file.write_text("phone\n+447700900123\nnobody\n")
    imports: list[tuple[str | Path, ...]] = [
        ("dnc", "import", file),
        ("dnc", "import", file, "--registry", "tps", "--version", "2026-01-01"),
        ("consents", "import", file, "--kind", "revocation"),
        ("leads", "import", file, "--list", "customers"),
    ]
    for words in imports:
        read = dialer(*words, "--db", db, "--report", file)
        assert (read.code, read.err) == (2, f"--report {file}: is a file that is read; name another file\n")
        new = dialer(*words, "--db", db, "--report", db)
        assert (new.code, new.err) == (2, f"--report {db}: is the store; name another file\n")
        part = dialer(*words, "--db", db, "--report", tmp_path / "new.db-wal")
        assert (part.code, "is a part of the store" in part.err) == (2, True)
        shelf = dialer(*words, "--db", db, "--report", tmp_path / "new.db.registries" / "tps")
        assert (shelf.code, "is a part of the store" in shelf.err) == (2, True)
    assert (file.read_text(), db.exists()) == ("phone\n+447700900123\nnobody\n", False)


def test_a_run_writes_over_no_scenario_and_each_file_once(dialer: Dialer, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    scenario = write(folder)
    text = scenario.read_text()
    db, both = tmp_path / "run.db", tmp_path / "both"
    assert "is a file that is read" in dialer("run", scenario, "--journal", scenario).err
    assert "is a file that is read" in dialer("run", folder, "--junit", folder / "new.yaml").err
    assert "is the store" in dialer("run", scenario, "--db", db, "--journal", db).err
    assert (
        "is a file that is written besides" in dialer("run", scenario, "--journal", both, "--junit", both).err
    )
    assert scenario.read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["all"]
    assert dialer("run", folder, "--quiet", "--journal", folder / "all.jsonl").code == 0


def test_an_operators_file_is_no_target(dialer: Dialer, tmp_path: Path) -> None:
    file = write(tmp_path, "overrides: []\n", "ours.yaml")
    refused = dialer("rules", "list", "--operator", file, "--csv", file)
    assert (refused.code, file.read_text()) == (2, "overrides: []\n")


def test_an_export_writes_over_a_file_only_when_told_to(dialer: Dialer, store: Path, tmp_path: Path) -> None:
    file = tmp_path / "march.jsonl"
    given = ("evidence", "export", "--db", store, "--out", file)
    assert dialer(*given, "--campaign", "offers").code == 0
    before = file.read_text()
    refused = dialer(*given)
    assert (refused.code, refused.err) == (2, f"{file}: exists; name another file, or say --overwrite\n")
    assert file.read_text() == before
    assert dialer(*given, "--overwrite").code == 0


def test_every_option_that_is_a_file_says_whether_it_is_written() -> None:
    found = {name for command in _commands(app) for name in _files(command)}
    assert found == set(USES)
    assert {name for name in found if USES[name] is Use.WRITTEN} >= {"out", "csv", "report"}


def _commands(of: App) -> Iterator[Callable[..., Any]]:
    if of.default_command is not None:
        yield of.default_command
    for name in of:
        if not name.startswith("-"):
            yield from _commands(of[name])


def _files(command: Any) -> Iterator[str]:
    for name, hint in get_type_hints(command).items():
        if name == "csv" or "pathlib" in str(hint):
            yield name
        elif isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
            yield from _files(hint)


def test_one_of_something_is_told_in_the_singular(dialer: Dialer, tmp_path: Path) -> None:
    file, db, table = tmp_path / "one.csv", tmp_path / "one.db", tmp_path / "table.csv"
    file.write_text("+442079460001\n")
    told = dialer("dnc", "import", file, "--registry", "tps", "--version", "2026-01-01", "--db", db).out
    assert "1 number is on tps as of 2026-01-01\n  1 row, 0 rejected\n" in told
    assert "\n  1 row, 0 rejected\n" in dialer("dnc", "import", file, "--db", db).out
    assert dialer("dnc", "list", "--db", db, "--csv", table).out == f"{table}: 1 entry\n"
    other = tmp_path / "other.db"
    assert dialer("dnc", "add", "+442079460001", "--db", other).code == 0
    assert "1 row of the audit log is as it was written" in dialer("audit", "verify", "--db", other).out


@pytest.mark.parametrize(
    ("what", "one"),
    [
        ("rows", "row"),
        ("entries", "entry"),
        ("cases", "case"),
        ("contact statuses", "contact status"),
        ("numbers of calls", "number of calls"),
        ("kinds of standing", "kind of standing"),
    ],
)
def test_what_tables_have_is_known_in_the_singular(what: str, one: str) -> None:
    assert _one(what) == one
