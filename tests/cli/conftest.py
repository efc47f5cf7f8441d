from pathlib import Path

import pytest

from tests.cli.commands import Dialer, runner, write


@pytest.fixture
def dialer(capsys: pytest.CaptureFixture[str]) -> Dialer:
    return runner(capsys)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.fixture
def store(dialer: Dialer, scenario: Path, tmp_path: Path) -> Path:
    """The store of a run of the small scenario."""
    db = tmp_path / "run.db"
    assert dialer("run", scenario, "--db", db, "--quiet").code == 0
    return db
