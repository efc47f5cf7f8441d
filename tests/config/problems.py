"""What is wrong with a configuration that has these sections, in place of the ones of a valid file."""

import textwrap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import pytest

from engine.config import Configuration, load_configuration
from engine.errors import InputError

VALID: Final = {
    "lists": 'lists: {customers: {leads: [{key: ann, phones: ["+442079460001"]}]}}',
    "pools": "pools: {sales: {}}",
    "agents": "agents: {ann: {pool: sales}}",
    "campaigns": "campaigns: {orders: {mode: progressive, lists: [customers], pool: sales, "
    "attempts: {max: 3, interval: 1h}}}",
}


class Case(NamedTuple):
    """`text` stands at the top of the file, so that positions count from its first line."""

    rule: str
    text: str
    problems: list[str]


def completed(text: str, valid: dict[str, str] = VALID) -> str:
    """The sections of `text`, and after them the valid ones that it does not have."""
    text = textwrap.dedent(text).strip("\n")
    keys = {line.partition(":")[0] for line in text.splitlines()}
    return "\n".join([text, *(section for key, section in valid.items() if key not in keys)]) + "\n"


def configured(text: str) -> Configuration:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "live.yaml"
        file.write_text(completed(text), encoding="utf-8")
        return load_configuration(file, years=[2026])


def problems_of(text: str) -> list[str]:
    """Every problem without the file's name, in the order of the file."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "live.yaml"
        file.write_text(completed(text), encoding="utf-8")
        with pytest.raises(InputError) as refusal:
            load_configuration(file, years=[2026])
        return [problem.removeprefix(f"{file}:").replace(folder, "…") for problem in refusal.value.problems]
