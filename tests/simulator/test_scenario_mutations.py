"""Whatever stands in a file, reading it gives a scenario or told problems, never a traceback."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings, strategies as st

from engine.config.yaml import parse
from engine.errors import InputError
from simulator.scenario import load

FULL = Path(__file__).with_name("full_scenario.yaml")
DATA: dict[str, Any] = json.loads(json.dumps(parse(FULL.read_bytes(), file="full").data))
PROBLEM = re.compile(r".+scenario\.yaml:\d+:\d+: \S.*", re.DOTALL)


def paths(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, item in steps:
        yield from paths(item, (*path, key))


ODD: list[Any] = [
    *(None, [], {}, "", "x", "1", "-1", "1e400", "true", "10m", "none", "3650d", "+44", "*", "mon-"),
    *([None], [[]], [{}], ["a", "b"], {"x": "y"}, {"x": None}, {"human": "1"}),
    *("agent-[01-99]", "agent-[", "é\u2028", "9" * 50, "09:00-25:00", "24:00-24:00"),
    *("2026-03-02T09:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"),
]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(list(paths(DATA))),
        st.sampled_from(["replace", "remove", "rename"]),
        st.sampled_from(ODD),
    ),
    min_size=1,
    max_size=4,
)


def change(data: Any, path: tuple[str | int, ...], how: str, odd: Any) -> None:
    try:
        for step in path[:-1]:
            data = data[step]
        if how == "remove":
            del data[path[-1]]
        elif how == "rename":
            data[str(odd)] = data.pop(path[-1])
        else:
            data[path[-1]] = copy.deepcopy(odd)
    except (KeyError, IndexError, TypeError, AttributeError):
        pass  # an earlier change took the place away


def problems(file: Path) -> list[str]:
    try:
        load(file)
    except InputError as refusal:
        return refusal.problems
    return []


@settings(max_examples=100)
@given(CHANGES)
def test_a_changed_scenario_is_read_or_refused_with_positions(
    changes: list[tuple[tuple[str | int, ...], str, Any]],
) -> None:
    data = copy.deepcopy(DATA)
    for path, how, odd in changes:
        change(data, path, how, odd)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        assert all(PROBLEM.fullmatch(problem) for problem in problems(file))
