"""What is wrong with a scenario that has these sections, in place of the ones of a valid file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from engine.errors import InputError
from simulator.scenario import Scenario, load
from tests.config import problems

VALID: Final = problems.VALID | {
    "simulation": "simulation: {guards: Nothing., start: 2026-03-02T09:00:00Z, end: 8h}"
}


def loaded(text: str) -> Scenario:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(problems.completed(text, VALID), encoding="utf-8")
        return load(file)


def problems_of(text: str) -> list[str]:
    """Every problem without the file's name, in the order of the file."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(problems.completed(text, VALID), encoding="utf-8")
        with pytest.raises(InputError) as refusal:
            load(file)
        return [problem.removeprefix(f"{file}:").replace(folder, "…") for problem in refusal.value.problems]
