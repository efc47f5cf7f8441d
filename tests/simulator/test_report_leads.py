"""What became of the leads, in the run report: figures and page, from a store whose numbers are known."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from engine.domain.time import HOUR, MINUTE, SECOND
from engine.store.connection import open_store
from engine.store.recovery import register
from simulator.charts import calls_histogram, contact_svg, lateness_svg
from simulator.plan import Plan
from simulator.report import RunReport, summarise
from simulator.report_files import write_report
from simulator.report_leads import LATENESS, LeadsReport, all_leads
from simulator.runs import Run
from simulator.scenario import Scenario

START: Final = 1_772_442_000 * SECOND  # 2026-03-02T09:00:00Z
PLAN: Final = Plan(guards="Numbers add up.", seed=1, start=START, end=START + HOUR)


@pytest.fixture
def sql() -> Iterator[sqlite3.Connection]:
    """Campaign a: 4 leads, one of each contact status. Campaign b: 1 lead, called 3 times; it owns it."""
    store = open_store(":memory:", durable=False)
    store.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'people', 0)")
    register(store, {"a": '{"mode": "power"}', "b": '{"mode": "power"}'})
    facts = [("a", 0, 0, None), ("a", 1, 1, None), ("a", 2, 2, None), ("a", 2, 1, START), ("b", 3, 3, None)]
    for number, (campaign, calls, failures, reached_at) in enumerate(facts, start=1):
        store.execute(
            "INSERT INTO leads (id, list_id, key, imported_at) VALUES (?, 1, ?, 0)", (number, f"l{number}")
        )
        store.execute(
            "INSERT INTO phones (id, lead_id, position, number, kind) VALUES (?, ?, 1, ?, 'mobile')",
            (number, number, f"+4420794600{number:02}"),
        )
        status = "CUSTOMER_FAILED" if campaign == "b" else "NEW"
        store.execute(
            "INSERT INTO cases (id, campaign, lead_id, phone_id, status, calls, failures, reached_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, campaign, number, number, status, calls, failures, reached_at),
        )
        for late in {4: (30 * SECOND,), 5: (3 * MINUTE, 2 * HOUR)}.get(number, ()):
            store.execute(
                "INSERT INTO attempts (campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before, "
                "customer_attempts_before, started_at, settled_at, callback_at, outcome) "
                "VALUES (?, ?, ?, ?, 1, 0, 0, ?, ?, ?, 'answered')",
                (campaign, number, number, number, START + late, START + late, START),
            )
    store.execute("UPDATE leads SET owner = 'b' WHERE id = 5")
    yield store
    store.close()


def test_contact_statuses_and_reach_are_figures(sql: sqlite3.Connection) -> None:
    report = summarise(sql, PLAN)
    names = ("not_called", "not_reached", "bad_connection", "successful_contacts", "reached", "called")
    assert [report.figure(name, "a") for name in names] == [1, 1, 1, 1, 1, 3]
    assert [report.figure(name) for name in names] == [1, 1, 2, 1, 1, 4]
    assert [report.figure(name, "a") for name in ("called_percent", "reached_percent")] == [75, 25]
    assert [report.figure(name) for name in ("failed_contacts", "most_calls")] == [7, 3]


def test_a_run_is_final_once_each_of_its_campaigns_is(sql: sqlite3.Connection) -> None:
    assert [summarise(sql, PLAN).figure("contact_final", name) for name in ("a", "b", None)] == [0, 1, 0]
    sql.execute("UPDATE cases SET status = 'COMPLETED'")
    assert summarise(sql, PLAN).figure("contact_final") == 1
    assert not all_leads([]).final


def test_callbacks_are_told_by_how_late_they_were(sql: sqlite3.Connection) -> None:
    report = summarise(sql, PLAN)
    assert report.figure("callbacks_kept") == 3
    assert report.figure("callback_late_seconds", "b") == (3 * 60 + 2 * 3600) / 2
    assert report.figure("most_callback_late_seconds") == 7200
    assert list(report.total.life.lateness.values()) == [1, 1, 0, 0, 1]
    assert list(report.total.life.lateness) == [name for name, _ in LATENESS]


def test_owned_leads_are_a_figure(sql: sqlite3.Connection) -> None:
    assert [summarise(sql, PLAN).figure("owned", name) for name in ("a", "b")] == [0, 1]


def test_the_report_has_it_all_as_plain_data(sql: sqlite3.Connection) -> None:
    reset(sql)
    document = summarise(sql, PLAN).as_json()
    assert json.loads(json.dumps(document)) == document
    first = document["campaigns"][0]
    assert first["leads_by_calls"] == {"0": 1, "1": 1, "2": 2}
    assert first["contact"]["bad-connection"] == 1
    assert document["resets"][0]["excluded"] == {"dialed since": 1}


def reset(sql: sqlite3.Connection) -> None:
    for state in ("done", "preparing"):
        sql.execute(
            "INSERT INTO resets (at, user, state, request, matched, reset, excluded) "
            "VALUES (?, 'sue <b>', ?, '{}', 4, 3, '{\"dialed since\": 1}')",
            (START, state),
        )


def page(sql: sqlite3.Connection, folder: Path) -> str:
    report: RunReport = summarise(sql, PLAN)
    scenario = Scenario(path=Path("x.yaml"), configuration=None, plan=PLAN)  # type: ignore[arg-type]
    write_report(sql, Run(scenario=scenario, report=report), folder)
    return (folder / "report.html").read_text("utf-8")


def test_the_page_plots_contacts_and_callbacks_and_lists_the_resets(
    sql: sqlite3.Connection, tmp_path: Path
) -> None:
    reset(sql)
    text = page(sql, tmp_path)
    assert "Contact status and number of calls: a" in text
    assert "Callbacks kept, by how late they began" in text
    assert "<td>sue &lt;b&gt;</td><td>done</td><td>4</td><td>3</td><td>1 dialed since</td>" in text
    assert "preparing" not in text, "nobody has confirmed it"
    assert (tmp_path / "contact-a.svg").exists()
    assert (tmp_path / "contact.csv").read_text("utf-8").splitlines()[3] == (
        "a,bad-connection,1,25.0,provisional"
    )


def test_a_page_has_no_plot_of_what_was_not_there(sql: sqlite3.Connection, tmp_path: Path) -> None:
    sql.execute("UPDATE cases SET calls = 0, failures = 0, reached_at = NULL")
    sql.execute("DELETE FROM attempts")
    text = page(sql, tmp_path)
    for absent in ("Contact status and number", "Callbacks kept", "<h2>Resets"):
        assert absent not in text


def test_the_histogram_has_no_gap_and_an_end() -> None:
    assert calls_histogram({}) == {"0": 0}
    assert calls_histogram({1: 5, 3: 2}) == {"0": 0, "1": 5, "2": 0, "3": 2}
    many = calls_histogram({0: 1, 11: 1, 12: 3, 40: 4})
    assert (len(many), many["11"], many["12 or more"]) == (13, 1, 7)


def test_plots_are_the_same_bytes_for_the_same_figures() -> None:
    leads = LeadsReport(
        contact={"not-called": 3, "successful": 1}, by_calls={0: 3, 1: 1}, callbacks=1, lateness={"x": 1}
    )
    for plot in (contact_svg, lateness_svg):
        first = plot(leads)
        assert first == plot(leads)
        assert re.match("<svg", first)
    assert "(provisional)" in contact_svg(leads)
