"""The page and its plots: complete, harmless, and the same for the same run."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simulator.report_files import write_report
from simulator.runs import Run, run_scenario
from simulator.scenario import load
from tests.cli.commands import SCENARIO, write

VOID = {"meta", "br", "link", "img"}


class Balance(HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def reported(scenario: Path, folder: Path) -> Run:
    return run_scenario(load(scenario), afterwards=lambda run, sql: write_report(sql, run, folder))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    text = SCENARIO.replace("A busy line is called again.", "'<b> & \"co\" [bold]'")
    reported(write(folder, text), folder)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_ids_are_unique(page: str) -> None:
    balance = Balance()
    balance.feed(page)
    assert balance.open == []
    assert len(balance.ids) == len(set(balance.ids))


def test_text_of_the_scenario_is_shown_and_never_markup(page: str) -> None:
    assert "&lt;b&gt; &amp; &quot;co&quot; [bold]" in page
    assert "<b> &" not in page


def test_every_reference_in_the_plots_leads_somewhere(page: str) -> None:
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    used = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert used
    assert used <= ids


def test_the_page_has_the_expectations_and_the_agents(page: str) -> None:
    assert "All 2 expectations held" in page
    assert "eve" in page
    assert "time (UTC)" in page


def test_the_same_run_gives_the_same_files(tmp_path: Path) -> None:
    scenario = write(tmp_path)
    first, second = tmp_path / "1", tmp_path / "2"
    reported(scenario, first)
    reported(scenario, second)
    for path in first.iterdir():
        told, again = (
            re.sub(r" in [\d.]+ s \(.*?\)", "", (folder / path.name).read_text())
            for folder in (first, second)
        )
        assert told == again, path.name


def test_plots_are_svg_by_themselves(tmp_path: Path) -> None:
    reported(write(tmp_path), tmp_path)
    for name in ("timeline.svg", "endings-offers.svg"):
        assert ElementTree.parse(tmp_path / name).getroot().tag.endswith("svg")


def test_a_failed_expectation_stands_on_the_page_with_its_reason(tmp_path: Path) -> None:
    reported(write(tmp_path, SCENARIO.replace("is: 2", "is: 7")), tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "1 of 2 expectations failed" in page
    assert "expected 7, was 2" in page


def test_a_run_without_any_call_has_a_page(tmp_path: Path) -> None:
    text = SCENARIO[: SCENARIO.index("  expect:")].replace("  end: 2h", "  end: 2h\n  start_campaigns: false")
    reported(write(tmp_path, text), tmp_path)
    assert (tmp_path / "report.html").exists()
    assert not (tmp_path / "endings-offers.svg").exists()


LIMITED = Path(__file__).parents[2] / "scenarios" / "abandonment" / "machines-that-agents-meet.yaml"


def test_limits_on_abandoned_calls_have_a_plot_and_a_table(tmp_path: Path) -> None:
    reported(LIMITED, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Limits on abandoned calls" in page
    assert "<td>UK-ACR-2016</td><td>campaign orders</td><td>0.67</td><td>2.67</td><td>25.00 %</td>" in page
    plot = (tmp_path / "limits.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(plot).tag.endswith("svg")
    assert plot.count("UK-ACR-2016") == 1  # the call centre has the same rate


def test_where_nobody_keeps_rules_there_is_no_plot_of_limits(page: str, tmp_path: Path) -> None:
    assert "Limits on abandoned calls" not in page
    reported(write(tmp_path), tmp_path)
    assert not (tmp_path / "limits.svg").exists()
