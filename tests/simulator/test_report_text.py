"""The report in a terminal, for floors and campaigns of every size."""

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from engine.domain.time import HOUR, MINUTE, SECOND
from engine.names import counted
from engine.store.problems import ImportReport
from simulator.expectations import Verdict
from simulator.plan import Plan
from simulator.report import AgentReport, CampaignReport, RunReport
from simulator.report_html import page
from simulator.report_text import broke, clock, print_line, print_report, span, summary
from simulator.runs import Run
from simulator.scenario import Scenario
from simulator.timeline import Timeline

START = 1_772_442_000 * SECOND  # 2026-03-02T09:00:00Z


def campaign(name: str | None, **figures: object) -> CampaignReport:
    return replace(CampaignReport(name=name, mode="power" if name else None), **figures)  # type: ignore[arg-type]


def agent(number: int) -> AgentReport:
    return AgentReport(name=f"agent-{number:02}", calls=number, talking=number * MINUTE, idle=HOUR)


def verdict(number: int) -> Verdict:
    """The first one failed."""
    failed = number == 1
    return Verdict(name=f"{number}. count calls", held=not failed, message="expected 1" if failed else "")


def run(*, campaigns: int = 1, agents: int = 1, verdicts: int = 0, engines: int = 1) -> Run:
    report = RunReport(
        guards="A floor of any size can be read.",
        seed=1,
        start=START,
        ended_at=START + 26 * HOUR,
        zone="UTC",
        engines=engines,
        lines=10,
        campaigns=tuple(campaign(f"c{n}", attempts=5, endings={"unknown": 2}) for n in range(campaigns)),
        total=campaign(None, attempts=5 * campaigns, cases={"NEW": 3}),
        agents=tuple(agent(n) for n in range(1, agents + 1)),
        staff=AgentReport(name=None, calls=9, talking=HOUR, paused=HOUR),
    )
    plan = Plan(guards=report.guards, seed=1, start=START, end=START + HOUR)
    scenario = Scenario(path=Path("floor.yaml"), configuration=None, plan=plan)  # type: ignore[arg-type]
    return Run(
        scenario=scenario,
        report=report,
        verdicts=[verdict(n) for n in range(1, verdicts + 1)],
        imports=[ImportReport(file="a.csv", list_name="x [y]", rows=10, leads=8, rejected=2)],
    )


def printed(shown: Run) -> str:
    stream = io.StringIO()
    print_report(Console(file=stream, width=120, markup=False), shown)
    return stream.getvalue()


def test_several_campaigns_stand_side_by_side_with_their_total() -> None:
    text = printed(run(campaigns=2))
    assert "c0 (power)" in text
    assert "c1 (power)" in text
    assert "total" in text
    assert "unknown (crash)" in text


def test_of_many_campaigns_the_first_are_shown_and_the_total() -> None:
    text = printed(run(campaigns=9))
    assert "c3 (power)" in text
    assert "c4 (power)" not in text
    assert "total" in text


def test_a_large_floor_is_told_by_its_extremes() -> None:
    text = printed(run(agents=80))
    assert "least: agent-01" in text
    assert "median: agent-41" in text
    assert "most: agent-80" in text
    assert "all 80" in text
    assert "agent-30" in printed(run(agents=30))


def test_imports_and_engine_starts_are_told() -> None:
    text = printed(run(engines=3))
    assert "list x [y]: 8 of 10 leads; 2 rejected" in text
    assert "3 engine starts" in text


def test_the_last_line_sums_up_the_expectations() -> None:
    assert summary(run()) == "Nothing was expected."
    assert summary(run(verdicts=1)) == "1 of 1 expectations failed."
    held = run(verdicts=1)
    held.verdicts[0] = Verdict(name="1.", held=True)
    assert summary(held) == "The expectation held."
    held.verdicts.append(held.verdicts[0])
    assert summary(held) == "All 2 expectations held."


def test_a_run_that_broke_has_a_line_and_the_command_that_repeats_it() -> None:
    broken = run()
    broken.report, broken.failure = None, ValueError("no such thing")
    stream = io.StringIO()
    print_line(Console(file=stream, width=120), broken)
    assert stream.getvalue() == "BROKE  floor.yaml\n"
    assert "ValueError: no such thing\n  repeat it with: dialer run floor.yaml --seed 1" in broke(broken)


def test_durations_and_spans_read_well() -> None:
    assert clock(7 * HOUR + 5 * MINUTE + 9 * SECOND) == "7:05:09"
    report = run().report
    assert report is not None
    assert span(report) == "Mon 2026-03-02 09:00 to Tue 2026-03-03 11:00 UTC"
    assert (counted(1, "lead"), counted(2_000, "lead")) == ("1 lead", "2,000 leads")
    assert [counted(count, "case is", "cases are") for count in (0, 1)] == ["0 cases are", "1 case is"]


def test_a_page_of_many_campaigns_has_their_total_and_says_that_engines_crashed() -> None:
    line = Timeline(
        start=START, length=SECOND, agents={}, ringing=[0], dialed=[1], answered=[0], abandoned=[1]
    )
    text = page(run(campaigns=3, agents=2, verdicts=2, engines=2), line)
    assert "<th>total</th>" in text
    assert "2 engine starts" in text
    assert "List x [y]: 8 of 10 leads imported, 2 rejected" in text
    assert "1 of 2 expectations failed" in text
