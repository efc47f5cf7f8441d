"""`dialer dnc import --registry`, `dnc registries` and `dnc check`."""

import json
from pathlib import Path

import pytest

from engine.cli import office
from engine.config.times import parse_moment
from engine.domain.time import DAY, Instant, instant
from tests.cli.commands import Dialer, write

TODAY = instant(parse_moment("2026-11-22T10:00:00Z"))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "floor.db"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, TODAY)


def at(monkeypatch: pytest.MonkeyPatch, now: Instant) -> None:
    monkeypatch.setattr(office, "machine_time", lambda: now)


def take(
    dialer: Dialer, db: Path, text: str, *more: str, registry: str = "tps", version: str = "2026-11-20"
) -> Path:
    file = write(db.parent, text, f"{registry}.txt")
    result = dialer("dnc", "import", file, "--db", db, "--registry", registry, "--version", version, *more)
    assert result.code == 0, result.err
    return file


def test_an_import_tells_what_is_on_the_registry(dialer: Dialer, db: Path) -> None:
    file = write(db.parent, "020 7946 0001\ncall me\n07400 123456\n", "tps.txt")
    arguments = ("dnc", "import", file, "--db", db, "--registry", "tps", "--version", "2026-11-20")
    result = dialer(*arguments)
    assert result.code == 0
    assert f"{file}: 2 numbers are on tps as of 2026-11-20\n  3 rows, 1 rejected\n" in result.out
    assert f"{file}:2: column 1: 'call me' has more than a number in it" in result.out
    again = json.loads(dialer(*arguments, "--json").out)
    assert (again["part"], again["before"], again["problems"][0]["line"]) == ("all", 2, 2)


def test_additions_and_removals_change_the_version_in_use(dialer: Dialer, db: Path) -> None:
    take(dialer, db, "02079460001\n02079460002\n")
    take(dialer, db, "07400123456\n", "--delta-add", version="2026-11-21")
    take(dialer, db, "02079460001\n", "--delta-remove", version="2026-11-22")
    told = json.loads(dialer("dnc", "registries", "--db", db, "--json").out)
    assert (told["version"], told["numbers"], told["state"]) == ("2026-11-22", 2, "ok")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--registry", "tsp", "--version", "2026-11-20"), "did you mean 'tps'?"),
        (("--registry", "tps", "--version", "2026-11-23"), "which is in the future"),
        (("--registry", "tps", "--version", "20.11.2026"), "--version is '20.11.2026'; a date is written"),
        (("--registry", "tps"), "--registry needs --version"),
        (("--version", "2026-11-20"), "say which registry"),
        (("--registry", "tps", "--version", "2026-11-20", "--delta-add", "--delta-remove"), "are two kinds"),
        (("--registry", "tps", "--version", "2026-11-20", "--delta-add"), "there is no version to change"),
        (("--registry", "Ours!", "--version", "2026-11-20", "--own"), "small letters"),
        (("--registry", "tps", "--version", "2026-11-20", "--region", "UK"), "no country"),
        (("--registry", "tps", "--version", "2026-11-20", "--column", "fone"), "no column 'fone'"),
        (
            ("--registry", "tps", "--version", "2026-11-20", "--report", "no/such/folder"),
            "there is no folder",
        ),
    ],
)
def test_what_is_wrong_is_told_and_nothing_changed(
    arguments: tuple[str, ...], problem: str, dialer: Dialer, db: Path
) -> None:
    file = write(db.parent, "02079460001\n", "tps.txt")
    result = dialer("dnc", "import", file, "--db", db, *arguments)
    assert result.code == 2
    assert problem in result.err
    if db.exists():
        assert dialer("dnc", "registries", "--db", db).out == "no registry has been imported\n"


def test_a_list_that_shrinks_is_refused_until_it_is_said_to_be_meant(dialer: Dialer, db: Path) -> None:
    take(dialer, db, "".join(f"0207946{number:04}\n" for number in range(200)))
    file = write(db.parent, "07400123456\n", "added.txt")
    arguments = ("dnc", "import", file, "--db", db, "--registry", "tps", "--version", "2026-11-21")
    result = dialer(*arguments)
    assert (result.code, result.err) == (
        2,
        f"tps: 1 in {file}, 200 in the version in use: over 10% fewer; if they are what was "
        "added or removed, give --delta-add or --delta-remove; if the registry did shrink, give --shrinks\n",
    )
    assert json.loads(dialer("dnc", "registries", "--db", db, "--json").out)["numbers"] == 200
    assert dialer(*arguments, "--shrinks").code == 0
    assert json.loads(dialer("dnc", "registries", "--db", db, "--json").out)["numbers"] == 1


def test_it_needs_the_right_and_is_audited(dialer: Dialer, db: Path) -> None:
    dialer("users", "add", "ada", "--db", db, "--role", "administrator")
    dialer("users", "add", "amy", "--db", db, "--role", "agent", "--as", "ada")
    file = write(db.parent, "02079460001\n", "tps.txt")
    refused = dialer(
        "dnc", "import", file, "--db", db, "--registry", "tps", "--version", "2026-11-20", "--as", "amy"
    )
    assert refused.code == 2
    assert "lacks the right manage-compliance" in refused.err
    take(dialer, db, "02079460001\n", "--as", "ada")
    last = dialer("audit", "list", "--db", db, "--as", "ada", "--json").out.splitlines()[-1]
    entry = json.loads(last)
    assert (entry["user"], entry["action"], entry["subject"], entry["count"]) == (
        "ada",
        "dnc import",
        "tps",
        1,
    )
    assert "7946" not in last


def test_the_table_tells_the_age_and_what_is_wrong(
    dialer: Dialer, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(dialer, db, "02079460001\n")
    take(dialer, db, "2015550123\n", registry="us-dnc", version="2026-10-20")
    take(dialer, db, "02079460099\n", "--own", "--region", "GB", registry="our-members")
    take(dialer, db, "02079460999\n", "--region", "GB", registry="protected-lines")
    (db.parent / "floor.db.registries").joinpath(_file(db, "our-members")).unlink()
    at(monkeypatch, TODAY + DAY)
    rows = [json.loads(line) for line in dialer("dnc", "registries", "--db", db, "--json").out.splitlines()]
    told = {row["registry"]: (row["age_days"], row["max_age_days"], row["state"]) for row in rows}
    assert told.pop("our-members")[2].endswith("is missing")
    assert told == {
        "protected-lines": (3, None, "ok"),
        "tps": (3, 28, "ok"),
        "us-dnc": (34, 31, "too old"),
    }
    every = dialer("dnc", "registries", "--db", db, "--all").out
    assert "ca-dncl" in every
    assert "not imported" in every
    assert dialer("dnc", "registries", "--db", db, "--csv", "-").out.startswith("registry,version,age_days,")


def _file(db: Path, name: str) -> str:
    return next(path.name for path in db.with_name("floor.db.registries").glob(f"{name}-*.numbers"))


def test_a_number_is_looked_up_in_every_registry(dialer: Dialer, db: Path) -> None:
    take(dialer, db, "02079460001\n")
    take(dialer, db, "02079460001\n", "--own", "--region", "GB", registry="lost")
    take(dialer, db, "2015550123\n", registry="us-dnc")
    (db.parent / "floor.db.registries").joinpath(_file(db, "lost")).unlink()
    out = dialer("dnc", "check", "+44 20 7946 0001", "--db", db).out
    assert "tps as of 2026-11-20: on it\n" in out
    assert "us-dnc as of 2026-11-20: not on it\n" in out
    assert "lost as of 2026-11-20: cannot be told\n" in out
