"""The time zone database: the package's and not the machine's, and young enough to dial by."""

import re
import zoneinfo
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

import engine.compliance.zones as zones_module
import engine.tz_database as tz_module
from engine.errors import InputError
from engine.tz_database import WANTED, check_tz_database
from tests.cli.commands import Dialer, runner

ROOT = Path(__file__).parent.parent
STALE = (("Asia/Kolkata", 0, 0, "India is half an hour off the hour"),)


@pytest.fixture
def dialer(capsys: pytest.CaptureFixture[str]) -> Dialer:
    return runner(capsys)


def test_the_database_is_the_packages_and_right() -> None:
    assert zoneinfo.TZPATH == ()
    check_tz_database()


def test_the_wanted_version_is_the_one_that_is_installed_and_required() -> None:
    assert f"tzdata=={WANTED}" in (ROOT / "requirements.lock").read_text("utf-8").split()
    assert re.search(rf'"tzdata>={re.escape(WANTED)}"', (ROOT / "pyproject.toml").read_text("utf-8"))


def test_a_stale_database_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones_module, "_PROBES", STALE)
    monkeypatch.setattr(tz_module, "version", lambda package: "2025.2")
    with pytest.raises(InputError) as stale:
        check_tz_database()
    assert stale.value.problems == [
        "the time zone database (package tzdata, version 2025.2) is stale: Asia/Kolkata is wrong: India is "
        f"half an hour off the hour; run: pip install tzdata=={WANTED}"
    ]


def test_a_missing_database_is_told_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(zones_module, "_PROBES", (("Asia/Atlantis", 0, 0, ""),))
    monkeypatch.setattr(tz_module, "version", missing)
    with pytest.raises(InputError, match=r"tzdata, not installed.*No time zone found with key Asia/Atlantis"):
        check_tz_database()


@pytest.mark.parametrize(
    "command",
    [
        ("run", "first.yaml"),
        ("replay", "first.yaml"),
        ("explain", "ann", "--db", "run.db"),
        ("lists", "activate", "customers", "--db", "run.db"),
        ("rules", "for", "+442079460001", "--profile", "uk-sales"),
    ],
    ids=lambda command: command[0],
)
def test_nothing_is_run_judged_or_changed_on_a_stale_database(
    command: tuple[str, ...], dialer: Dialer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones_module, "_PROBES", STALE)
    result = dialer(*command)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("the time zone database (package tzdata, version ")
    assert result.err.count("\n") == 1
