"""Documentation is part of the product: complete, fresh, and its examples run."""

import re
from pathlib import Path

import pytest

from docs.generate import pages
from engine.cli import main
from simulator.scenario.models import ScenarioFile
from tests.cli.commands import runner

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
WRITTEN = sorted(path for path in (README, *ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WALL_TIME = re.compile(r" in [\d.]+ s \([\d,]+ attempts/s\)")


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_pages_are_fresh(name: str) -> None:
    path = ROOT / "docs" / name
    assert path.exists(), "run `make docs`"
    assert path.read_text(encoding="utf-8") == pages()[name], f"{name} is stale; run `make docs`"


# --- completeness ---------------------------------------------------------------------------------


def test_every_option_has_a_help_text() -> None:
    page = pages()["reference/cli.md"]
    for line in page.splitlines():
        if line.startswith("* `"):
            assert re.fullmatch(r"\* (\[?`[^`]+`(\]\(#[^)]+\))?): .+", line), f"{line} has no description"


def test_every_command_is_in_the_readme() -> None:
    page = pages()["reference/cli.md"]
    text = README.read_text(encoding="utf-8")
    for command in re.findall(r"^#+ (dialer .+)$", page, re.MULTILINE):
        if command not in ("dialer leads", "dialer reports"):
            assert f"`{command}" in text, f"{command} is missing in the README"


def test_every_key_of_a_scenario_has_a_description() -> None:
    rows = [line for line in pages()["reference/scenario.md"].splitlines() if line.startswith("| `")]
    assert len(rows) > 150
    for row in rows:
        assert not row.endswith("|  |"), f"{row} says nothing"
        assert "anything" not in row.split("|")[2], f"{row} has no kind"


def test_every_journal_line_has_a_meaning() -> None:
    rows = [line for line in pages()["reference/journal.md"].splitlines() if line.startswith("| `")]
    assert rows
    for row in rows:
        assert not row.endswith("|  |"), f"{row} says nothing: its event has no docstring"


def test_the_reference_begins_with_the_scenario_file() -> None:
    assert str(ScenarioFile.__doc__).split(":")[0] in pages()["reference/scenario.md"]


# --- examples -------------------------------------------------------------------------------------


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCK.findall(README.read_text(encoding="utf-8")) if found == kind]


def test_the_readmes_commands_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (scenario,) = blocks("yaml")
    Path("first.yaml").write_text(scenario, encoding="utf-8")
    dialer = runner(capsys)
    ran = 0
    for block in blocks("console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            program, *arguments = command.split()
            assert program == "dialer"
            result = dialer(*arguments)
            assert result.code == 0, result.err
            assert plain(result.out) == plain(shown), f"{command} prints something else"
            ran += 1
    assert ran >= 6


def plain(text: str) -> list[str]:
    """Without what differs from machine to machine."""
    lines = [WALL_TIME.sub("", line).rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def test_make_targets_named_in_the_documentation_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in WRITTEN:
        for target in re.findall(r"(?:^|`)make (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{path.name}: make {target}"


def test_links_lead_somewhere() -> None:
    for path in WRITTEN:
        text = path.read_text(encoding="utf-8")
        headings = anchors(text)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if link.startswith(("http:", "https:")):
                continue
            file, _, anchor = link.partition("#")
            target = path.parent / file if file else path
            assert target.exists(), f"{path.name}: {link}"
            if anchor:
                there = headings if not file else anchors(target.read_text(encoding="utf-8"))
                assert anchor in there, f"{path.name}: {link}"


def anchors(text: str) -> set[str]:
    """As the usual viewers make them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_options_named_in_the_documentation_exist(capsys: pytest.CaptureFixture[str]) -> None:
    known = set(re.findall(r"--[a-z-]+", pages()["reference/cli.md"])) | {"--help", "--version"}
    for path in WRITTEN:
        for block_or_code in re.findall(
            r"`dialer [^`]*`|^dialer .*$", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            for option in re.findall(r"--[a-z-]+", block_or_code):
                assert option in known, f"{path.name}: {option}"


def test_help_says_what_the_program_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Outbound dialer engine" in capsys.readouterr().out
