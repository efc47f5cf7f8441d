"""`dialer run`: reports, files, exit codes."""

import json
import os
import sqlite3
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from engine import __version__
from simulator.world import World
from tests.cli.commands import SCENARIO, Dialer, write

FAILING = SCENARIO.replace("is: 2", "is: 7")


def test_a_run_prints_what_it_guards_its_figures_and_each_expectation(dialer: Dialer, scenario: Path) -> None:
    result = dialer("run", scenario)
    assert result.code == 0
    assert result.err == ""
    assert "A busy line is called again." in " ".join(result.out.split())
    assert "seed 4, Mon 2026-03-02 09:00 to 09:" in result.out
    assert "offers (progressive)" in result.out
    assert "All 2 expectations held." in result.out


def test_a_failed_expectation_exits_1_and_shows_expected_and_actual(dialer: Dialer, tmp_path: Path) -> None:
    result = dialer("run", write(tmp_path, FAILING))
    assert result.code == 1
    assert "FAILED" in result.out
    assert "expected 7, was 2" in result.out
    assert "1 of 2 expectations failed." in result.out


def test_quiet_prints_only_what_failed(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    assert dialer("run", scenario, "--quiet").out == ""
    failed = dialer("run", write(tmp_path, FAILING, "failing.yaml"), "--quiet").out
    assert "expected 7, was 2" in failed
    assert "offers (progressive)" not in failed


def test_json_has_figures_and_expectations(dialer: Dialer, scenario: Path) -> None:
    document = json.loads(dialer("run", scenario, "--json").out)
    assert document["held"] is True
    (run,) = document["scenarios"]
    assert run["report"]["total"]["attempts"] == 3
    assert run["report"]["campaigns"][0]["cases"] == {"COMPLETED": 2}
    assert [each["held"] for each in run["expectations"]] == [True, True]


def test_a_seed_on_the_command_line_overrides_the_scenarios_own(dialer: Dialer, scenario: Path) -> None:
    assert "seed 99," in dialer("run", scenario, "--seed", "99").out
    assert "a whole number from 0" in dialer("run", scenario, "--seed", "-1").err


def test_several_scenarios_print_a_line_each_and_the_totals(dialer: Dialer, tmp_path: Path) -> None:
    first, second = write(tmp_path, name="a.yaml"), write(tmp_path, FAILING, "b.yaml")
    result = dialer("run", first, second)
    assert result.code == 1
    assert f"ok     {first}: 2 leads, 3 attempts, 2 expectations" in result.out
    assert f"FAILED {second}" in result.out
    assert "expected 7, was 2" in result.out
    assert result.out.endswith("1 of 2 scenarios held: 4 expectations, 1 failed; 6 attempts\n")


def test_a_folder_stands_for_the_scenarios_in_it_and_below(dialer: Dialer, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    write(tmp_path, name="a.yaml")
    write(tmp_path / "below", name="b.yaml")
    assert "2 of 2 scenarios held" in dialer("run", tmp_path).out
    (tmp_path / "empty").mkdir()
    assert "there is no .yaml file in this folder" in dialer("run", tmp_path / "empty").err


# --- files ----------------------------------------------------------------------------------------


def test_a_report_has_the_page_its_plots_and_the_attempts(
    dialer: Dialer, scenario: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "report"
    assert dialer("run", scenario, "--report", folder).code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "attempts.csv",
        "contact-offers.svg",
        "contact.csv",
        "endings-offers.svg",
        "report.html",
        "timeline.svg",
    ]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "A busy line is called again." in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert (folder / "attempts.csv").read_text(encoding="utf-8").count("\n") == 4


def test_reports_of_several_scenarios_stand_below_the_folder_they_share(
    dialer: Dialer, tmp_path: Path
) -> None:
    (tmp_path / "below").mkdir()
    write(tmp_path, name="a.yaml")
    write(tmp_path / "below", name="a.yaml")
    report = tmp_path / "out"
    assert dialer("run", tmp_path / "a.yaml", tmp_path / "below", "--report", report).code == 0
    assert (report / "a" / "report.html").exists()
    assert (report / "below" / "a" / "report.html").exists()


def test_the_journal_is_exported_and_the_store_is_kept(
    dialer: Dialer, scenario: Path, tmp_path: Path
) -> None:
    journal, db = tmp_path / "run.jsonl", tmp_path / "run.db"
    assert dialer("run", scenario, "--journal", journal, "--db", db).code == 0
    lines = journal.read_text(encoding="utf-8").splitlines()
    with sqlite3.connect(db) as sql:
        assert sql.execute("SELECT count(*) FROM journal").fetchone() == (len(lines),)
    sql.close()
    assert json.loads(lines[0])["kind"] == "engine.started"
    assert "hash" in json.loads(lines[-1])


def test_junit_has_a_suite_for_each_scenario_and_a_case_for_each_expectation(
    dialer: Dialer, tmp_path: Path
) -> None:
    first, second = write(tmp_path, name="a.yaml"), write(tmp_path, FAILING, "b.yaml")
    target = tmp_path / "out.xml"
    dialer("run", first, second, "--junit", target)
    suites = list(ET.parse(target).getroot())
    assert [suite.get("name") for suite in suites] == [str(first), str(second)]
    assert [suite.get("failures") for suite in suites] == ["0", "1"]
    assert suites[0].find("properties/property[@name='guards']").get("value") == (  # type: ignore[union-attr]
        "A busy line is called again."
    )
    failure = suites[1].find("testcase/failure")
    assert failure is not None
    assert "expected 7, was 2" in str(failure.text)
    assert len(suites[1].findall("testcase")) == 3


# --- what goes wrong ------------------------------------------------------------------------------


def test_every_problem_of_every_file_is_told_and_nothing_runs(dialer: Dialer, tmp_path: Path) -> None:
    bad = write(tmp_path, SCENARIO.replace("mode: progressive", "mode: progresive"), "bad.yaml")
    result = dialer("run", bad, tmp_path / "missing.yaml", write(tmp_path), "--report", tmp_path / "out")
    assert result.code == 2
    assert result.out == ""
    assert f"{bad}:10:11: campaigns.offers.mode: is 'progresive'" in result.err
    assert "missing.yaml: cannot be read: No such file or directory" in result.err
    assert not (tmp_path / "out").exists()


def test_a_store_that_exists_is_not_written_to(dialer: Dialer, scenario: Path, tmp_path: Path) -> None:
    db = write(tmp_path, "precious", "precious.db")
    result = dialer("run", scenario, "--db", db)
    assert result.code == 2
    assert f"{db}: exists; a run makes a new store" in result.err
    assert db.read_text() == "precious"


@pytest.mark.parametrize("option", ["--journal", "--db", "--junit"])
def test_a_file_that_could_not_be_written_is_refused_before_the_run(
    dialer: Dialer, scenario: Path, tmp_path: Path, option: str
) -> None:
    target = tmp_path / "nowhere" / "file"
    result = dialer("run", scenario, option, target)
    assert (result.code, result.out) == (2, "")
    assert f"{target}: there is no folder" in result.err
    assert f"{tmp_path}: is a folder; name a file" in dialer("run", scenario, option, tmp_path).err


def test_a_report_in_place_of_a_file_is_refused(dialer: Dialer, scenario: Path) -> None:
    assert "is a file that is read" in dialer("run", scenario, "--report", scenario).err
    other = scenario.with_name("other.txt")
    other.write_text("other")
    result = dialer("run", scenario, "--report", other)
    assert (result.code, "is a file; name a folder" in result.err) == (2, True)


def test_a_folder_without_permission_is_refused(
    dialer: Dialer, scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != locked)  # root may write everywhere
    assert "cannot be written to" in dialer("run", scenario, "--report", locked).err


@pytest.mark.parametrize("option", ["--journal", "--db"])
def test_one_file_for_several_runs_is_refused(dialer: Dialer, tmp_path: Path, option: str) -> None:
    first, second = write(tmp_path, name="a.yaml"), write(tmp_path, name="b.yaml")
    result = dialer("run", first, second, option, tmp_path / "x")
    assert result.code == 2
    assert f"{option} is for one scenario, and there are 2" in result.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run"], "run needs a scenario file"),
        (["run", "a.yaml", "--sed", "3"], "Did you mean --seed?"),
        (["run", "a.yaml", "--seed", "x"], 'unable to convert "x" into int'),
        (["runn"], 'Did you mean "run"?'),
        (["run", "a.yaml", "--seed"], "--seed requires an argument"),
    ],
)
def test_a_wrong_command_line_is_one_line_on_stderr(dialer: Dialer, arguments: list[str], told: str) -> None:
    result = dialer(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert told in result.err
    assert result.err.count("\n") == 1


def test_an_engine_that_breaks_exits_3_with_the_command_that_repeats_it(
    dialer: Dialer, scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: World) -> None:
        raise AssertionError("agents cannot fly")

    monkeypatch.setattr(World, "run", broken)
    junit = tmp_path / "out.xml"
    result = dialer("run", scenario, "--junit", junit)
    assert result.code == 3
    assert "the engine broke: AssertionError: agents cannot fly" in result.err
    assert f"dialer run {scenario} --seed 4   (dialer-engine {__version__})" in result.err
    assert ET.parse(junit).getroot().find("testsuite/testcase/error") is not None
    assert json.loads(dialer("run", scenario, "--json").out)["scenarios"][0]["broke"].startswith("Assertion")


def test_an_interrupt_exits_130(dialer: Dialer, scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: World) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(World, "run", interrupted)
    assert dialer("run", scenario).code == 130


def test_a_reader_that_goes_away_is_no_error(scenario: Path) -> None:
    import subprocess

    command = [sys.executable, "-c", "from engine.cli import main; raise SystemExit(main())", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
