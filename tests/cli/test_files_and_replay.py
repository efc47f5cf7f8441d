"""`dialer check`, `schema` and `replay`."""

import json
from pathlib import Path

from tests.cli.commands import SCENARIO, Dialer, write


def test_check_says_what_a_good_file_holds(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    live = write(tmp_path, SCENARIO[: SCENARIO.index("simulation:")], "live.yaml")
    result = dialer("check", scenario, live)
    assert result.code == 0
    assert f"{scenario}: ok, a scenario with 2 expectations" in result.out
    assert f"{live}: ok, a live configuration with 1 campaign" in result.out


def test_check_tells_every_problem_of_every_file(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    text = SCENARIO.replace("mode: progressive", "mode: fast").replace("end: 2h", "end: soon")
    bad = write(tmp_path, text, "bad.yaml")
    result = dialer("check", scenario, bad)
    assert result.code == 2
    assert f"{bad}:10:11: campaigns.offers.mode" in result.out
    assert f"{bad}:19:8: simulation.end" in result.out
    assert dialer("check").err == "check needs a file: dialer check FILE\n"


def test_check_answers_programs_in_json(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    document = json.loads(dialer("check", scenario, tmp_path / "no.yaml", "--json").out)
    assert document["ok"] is False
    assert [each["ok"] for each in document["files"]] == [True, False]
    assert "cannot be read" in document["files"][1]["problems"][0]


def test_schema_is_json_schema(dialer: Dialer) -> None:
    assert json.loads(dialer("schema").out)["title"] == "Dialer scenario"


def test_a_scenario_that_runs_twice_gives_the_same_journal(dialer: Dialer, scenario: Path) -> None:
    result = dialer("replay", scenario)
    assert result.code == 0
    assert "came out the same, byte for byte" in result.out


def test_a_scenario_is_compared_with_an_earlier_journal(
    dialer: Dialer, scenario: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "run.jsonl"
    dialer("run", scenario, "--journal", journal)
    assert dialer("replay", scenario, "--against", journal).code == 0
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines, 1) if '"outcome":"busy"' in line)
    lines[number - 1] = lines[number - 1].replace('"busy"', '"congestion"')
    journal.write_text("".join(lines), encoding="utf-8")
    result = dialer("replay", scenario, "--against", journal)
    assert result.code == 1
    assert f"line {number} is the first that differs" in result.out
    assert "outcome: earlier congestion, now busy" in result.out
    document = json.loads(dialer("replay", scenario, "--against", journal, "--json").out)
    assert (document["same"], document["line"]) == (False, number)
    assert document["earlier"]["outcome"] == "congestion"


def test_a_journal_that_ends_early_or_is_none_is_told(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    dialer("run", scenario, "--journal", journal)
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    journal.write_text("".join(lines[:5]), encoding="utf-8")
    assert "earlier: (the journal has ended)" in dialer("replay", scenario, "--against", journal).out
    journal.write_text("hello\n", encoding="utf-8")
    assert "not a journal line: 'hello'" in dialer("replay", scenario, "--against", journal).out
    journal.write_bytes(b"\xff\xfe")
    assert "it is not UTF-8" in dialer("replay", scenario, "--against", journal).err
    missing = dialer("replay", scenario, "--against", tmp_path / "no.jsonl")
    assert missing.code == 2
    assert "no.jsonl: cannot be read: No such file" in missing.err


def test_a_journals_decisions_are_made_again(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    dialer("run", scenario, "--journal", journal)
    result = dialer("replay", journal)
    assert result.code == 0
    assert "were made again and came out the same" in result.out
    document = json.loads(dialer("replay", journal, "--json").out)
    assert document["same"] is True
    assert document["decisions"]["attempt.settled"] == 3
    assert "--seed is for a scenario" in dialer("replay", journal, "--seed", "3").err


def test_a_journal_with_a_changed_line_is_refused(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    dialer("run", scenario, "--journal", journal)
    journal.write_text(journal.read_text().replace('"busy"', '"congestion"'), encoding="utf-8")
    result = dialer("replay", journal)
    assert result.code == 2
    assert "was changed after it was written" in result.err


def test_a_figure_that_does_not_exist_is_a_problem_of_the_file(dialer: Dialer, tmp_path: Path) -> None:
    bad = write(tmp_path, SCENARIO.replace("count: connected", "count: conected"), "bad.yaml")
    result = dialer("check", bad)
    assert result.code == 2
    assert "figure 'conected' is not defined; did you mean 'connected'?" in result.out
    agents = write(
        tmp_path, SCENARIO.replace("{count: connected", "{count: agent_calls, campaign: offers"), "b.yaml"
    )
    assert "leave out the campaign" in dialer("check", agents).out
