"""The command line run in this process, and a scenario small enough to read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from engine.cli import main

SCENARIO: Final = """\
lists:
  customers:
    leads:
      - {key: ann, phones: ["+442079460001"]}
      - {key: bob, phones: ["+442079460002"]}
pools: {sales: {}}
agents: {eve: {pool: sales}}
campaigns:
  offers:
    mode: progressive
    lists: [customers]
    pool: sales
    attempts: {max: 2, interval: 1h}
    retry: {busy: {after: 5m}}
simulation:
  guards: A busy line is called again.
  seed: 4
  start: 2026-03-02T09:00:00Z
  end: 2h
  scripts:
    "+442079460001": [{human: {rings: 8s, talks: 2m}}]
    "+442079460002": [busy, {human: {rings: 5s, talks: 1m}}]
  expect:
    - {case: ann, status: COMPLETED}
    - {count: connected, is: 2}
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Dialer = Callable[..., Result]


def runner(capsys: pytest.CaptureFixture[str]) -> Dialer:
    """`dialer("run", path)` answers the exit code and what was printed."""

    def dialer(*arguments: str | Path) -> Result:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    return dialer


def write(folder: Path, text: str = SCENARIO, name: str = "small.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
