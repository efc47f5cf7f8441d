"""The published JSON Schema, for editors. They read YAML 1.2, where `3` is a number and `no` is text."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from simulator.scenario import json_schema, load

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("**/*.yaml"))
FULL = Path(__file__).with_name("full_scenario.yaml")


class EditorLoader(yaml.SafeLoader):
    """The core schema of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012  (PyYAML's own class attribute)


for tag, pattern, first in (
    ("null", r"^(~|null|Null|NULL|)$", "~nN\0"),
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    starts = [*first.replace("\0", ""), *([""] if "\0" in first else [])]
    EditorLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), starts)


def described(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, bool]]:
    """Every property of a schema and whether it says what it is."""
    for name, shape in schema.get("properties", {}).items():
        yield f"{path}.{name}", "description" in shape
    for name, part in schema.get("$defs", {}).items():
        yield from described(part, name)


def test_the_schema_is_a_schema_and_describes_every_key() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    silent = [path for path, has in described(schema) if not has]
    assert not silent


def test_the_schema_tells_the_defaults_as_a_file_would_write_them() -> None:
    campaign = json_schema()["$defs"]["CampaignModel"]["properties"]
    assert campaign["customer_ring"]["default"] == "25s"
    assert campaign["on_agent_not_connected"]["default"] == "reschedule"
    assert campaign["ratio"]["default"] == 1.0
    assert "default" not in campaign["pool"]


@pytest.mark.parametrize("file", [FULL, *SCENARIOS], ids=lambda file: file.name)
def test_every_shipped_scenario_is_read_and_an_editor_finds_nothing_wrong(file: Path) -> None:
    load(file)
    instance = yaml.load(file.read_text(encoding="utf-8"), Loader=EditorLoader)
    wrong = jsonschema.Draft202012Validator(json_schema()).iter_errors(instance)
    assert [error.message for error in wrong] == []


@pytest.mark.parametrize(
    "mistake",
    [
        {"frobnicate": 1},
        {"campaigns": {"orders": {"mode": "agent-first", "lists": ["a"], "attempts": {}}}},
        {"campaigns": {"orders": {"mode": "predictive", "lists": ["a"]}}},
        {"pools": {"sales": {"agent_ring": "10 parsecs"}}},
        {"lists": {"a": {"leads": [{"key": "x", "phones": []}]}}},
    ],
)
def test_an_editor_sees_common_mistakes(mistake: dict[str, Any]) -> None:
    instance = yaml.load(FULL.read_text(encoding="utf-8"), Loader=EditorLoader) | mistake
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(instance)


def test_the_published_schema_is_the_current_one() -> None:
    published = ROOT / "docs" / "scenario.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == json_schema(), (
        "write docs/scenario.schema.json anew with 'dialer schema'"
    )
