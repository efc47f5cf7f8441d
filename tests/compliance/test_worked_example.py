"""The how-to pages on rules are right: their files can be read, and the tests that they show hold."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.compliance.effects import Effect, effects
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.places import Address, Gazetteer, Number, Place, place
from engine.compliance.regime import Regime
from engine.compliance.rules import Means, RuleSet
from engine.config.rulebook import almanac, read_operator, read_profiles, read_rules, shipped_rules
from tests.compliance.dials import at, dial, past

HOW_TO = Path(__file__).parent.parent.parent / "docs" / "how-to"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, kind: str) -> list[str]:
    text = (HOW_TO / page).read_text("utf-8")
    return [block for found, block in BLOCK.findall(text) if found == kind]


def written(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def example(tmp_path: Path) -> dict[str, Any]:
    """The tests of the page, and what they need: its country in place of those that are shipped."""
    rules_text, profile_text = blocks("add-a-jurisdiction.md", "yaml")
    (zones_text,) = blocks("add-a-jurisdiction.md", "json")
    rules = RuleSet(read_rules(written(tmp_path, rules_text)))
    profiles = read_profiles(written(tmp_path, f"profiles:\n{profile_text}"))
    zones = json.loads(f"{{{zones_text.strip().removesuffix(',')}}}")
    gazetteer = Gazetteer(area_codes={}, zones={name: tuple(of) for name, of in zones.items()})

    def shipped(name: str) -> Regime:
        holidays = almanac(rules.rules, range(2025, 2029))
        return Regime(rules=rules, profile=profiles[name], almanac=holidays, means=(Means.LIVE,))

    def located(number: str, of: str, kind: str) -> Place:
        return place(Number(number=number, kind=kind, country=of), Address(), gazetteer)

    given = {"at": at, "dial": dial, "past": past, "evaluate": evaluate, "next_allowed": next_allowed}
    return {**given, "shipped": shipped, "located": located}


def test_the_tests_of_the_made_up_country_hold(example: dict[str, Any]) -> None:
    (code,) = blocks("add-a-jurisdiction.md", "python")
    exec(code, example)
    tests: list[Callable[[], None]] = [
        each for name, each in example.items() if name.startswith("test_freedonia")
    ]
    assert len(tests) == 3
    for test in tests:
        test()


def test_the_operators_file_of_the_page_is_valid(tmp_path: Path) -> None:
    (text,) = [block for block in blocks("compliance.md", "yaml") if "overrides:" in block]
    ours = read_operator(written(tmp_path, text), shipped_rules())
    made = {one.rule: one.effect for one in effects(ours.overrides, shipped_rules())}
    assert made == {"US-TSR-HOURS": Effect.STRICTER, "UK-HOURS": Effect.LOOSER, "NZ": Effect.LOOSER}
    assert [rule.id for rule in ours.rules] == ["OURS-DAY"]
    assert len(ours.proclamations) == len(ours.emergencies) == 1
