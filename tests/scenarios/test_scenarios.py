"""Every scenario holds, and is listed with its one sentence."""

from pathlib import Path

import pytest

from tests.scenarios.library import FILES, README, ROOT, guards, index, name, run

LINES_MAX = 60  # a longer scenario guards two things


@pytest.mark.parametrize("path", FILES, ids=name)
def test_scenario_holds(path: Path) -> None:
    done, _ = run(path)
    assert done.verdicts, "it expects nothing"
    assert done.held, "\n\n".join(f"{each.name}\n{each.message}" for each in done.failed)


def test_no_two_scenarios_guard_the_same() -> None:
    sentences: dict[str, Path] = {}
    for path in sorted(ROOT.rglob("*.yaml")):
        sentence = guards(path)
        assert sentence.endswith("."), f"{name(path)}: {sentence!r} is no sentence"
        assert sentences.setdefault(sentence, path) == path, f"{name(path)} and {name(sentences[sentence])}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_scenario_is_small_and_names_its_schema(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LINES_MAX
    schema = lines[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == ROOT.parent / "docs" / "scenario.schema.json"


def test_readme_lists_every_scenario() -> None:
    assert README.read_text(encoding="utf-8") == index(), "run: python -m tests.scenarios.library"
