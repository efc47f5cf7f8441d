"""The run report, checked against a small store whose every number is known."""

import json
import sqlite3
from collections.abc import Iterator

import pytest

from engine.domain.time import HOUR, MINUTE, SECOND
from engine.domain.words import AgentState
from engine.errors import InputError
from engine.store.connection import open_store
from engine.store.reports.attempts import ATTEMPTS
from simulator.agent_time import Span, agent_spans
from simulator.figures import AGENT_FIGURES, CAMPAIGN_FIGURES, FIGURE_NAMES
from simulator.plan import Plan
from simulator.report import RunReport, summarise
from simulator.timeline import timeline

START = 1_772_442_000 * SECOND  # 2026-03-02T09:00:00Z
PLAN = Plan(guards="Numbers add up.", seed=1, start=START, end=START + HOUR)


@pytest.fixture
def sql() -> Iterator[sqlite3.Connection]:
    store = open_store(":memory:", durable=False)
    store.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'people', 0)")
    for name, zone in (("a", "Europe/London"), ("b", "Europe/London")):
        policy = json.dumps({"mode": "progressive", "business_hours": {"zone": zone}})
        store.execute("INSERT INTO campaigns (name, state, policy) VALUES (?, 'running', ?)", (name, policy))
    yield store
    store.close()


def lead(sql: sqlite3.Connection, number: int, campaign: str = "a", status: str = "NEW") -> None:
    sql.execute(
        "INSERT INTO leads (id, list_id, key, imported_at) VALUES (?, 1, ?, 0)", (number, f"lead-{number}")
    )
    sql.execute(
        "INSERT INTO phones (id, lead_id, position, number, kind) VALUES (?, ?, 1, ?, 'mobile')",
        (number, number, f"+4420794600{number:02}"),
    )
    sql.execute(
        "INSERT INTO cases (id, campaign, lead_id, phone_id, status) VALUES (?, ?, ?, ?, ?)",
        (number, campaign, number, number, status),
    )


def attempt(
    sql: sqlite3.Connection,
    number: int,
    *,
    campaign: str = "a",
    ending: str,
    outcome: str | None,
    at: int = 0,
    answered: int | None = None,
    verdict: str | None = None,
    connected: int | None = None,
    ended: int = 60,
    dialed: int | None = 1,
    cause: str = "",
    agent: str | None = None,
    agent_attempts: int = 0,
    customer_attempts: int = 0,
) -> None:
    """One attempt with a customer leg; times are seconds after the start of the run."""

    def when(second: int | None) -> int | None:
        return None if second is None else START + second * SECOND

    sql.execute(
        "INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before, "
        "customer_attempts_before, agent, started_at, connected_at, ended_at, settled_at, ending, outcome) "
        "VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, campaign, number, number, number, agent_attempts, customer_attempts, agent, when(at),
         when(connected), when(ended), when(ended), ending, outcome),
    )  # fmt: skip
    sql.execute(
        "INSERT INTO legs (id, attempt_id, side, intended_at, dialed, rang_at, answered_at, verdict, "
        "ended_at, outcome, cause) VALUES (?, ?, 'customer', ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            number,
            when(at),
            dialed,
            when(at + 1),
            when(answered),
            verdict,
            when(ended),
            outcome,
            cause,
        ),
    )


def line(sql: sqlite3.Connection, seq: int, second: int, epoch: int = 1, **fields: object) -> None:
    at = START + second * SECOND
    text = json.dumps({"epoch": epoch, "seq": seq, "at": at, **fields}, separators=(",", ":"))
    sql.execute(
        "INSERT INTO journal (epoch, seq, at, line, hash) VALUES (?, ?, ?, ?, '')", (epoch, seq, at, text)
    )


# --- campaigns ------------------------------------------------------------------------------------


def worked(sql: sqlite3.Connection) -> RunReport:
    for number, status in enumerate(("COMPLETED", "CUSTOMER_FAILED", "CUSTOMER_RESCHEDULED", "NEW"), 1):
        lead(sql, number, status=status)
    lead(sql, 5, campaign="b", status="AGENT_FAILED")
    lead(sql, 6, campaign="b")
    attempt(sql, 1, ending="connected", outcome="answered", answered=10, verdict="human", connected=12,
            ended=72, agent="eve")  # fmt: skip
    attempt(sql, 2, ending="machine", outcome="answered", answered=20, verdict="machine", ended=25)
    attempt(sql, 3, ending="abandoned", outcome="answered", answered=6, verdict="unsure", ended=9)
    attempt(sql, 5, campaign="b", ending="customer-not-reached", outcome="busy", ended=3)
    attempt(sql, 6, campaign="b", ending="refused", outcome=None, dialed=0, ended=0)
    return summarise(sql, PLAN)


def test_calls_are_customer_legs_that_were_dialed(sql: sqlite3.Connection) -> None:
    report = worked(sql)
    assert report.figure("attempts") == 5
    assert report.figure("calls") == 4, "a refused dial is no call"
    assert report.figure("calls", "b") == 1
    assert report.figure("refused", "b") == 1


def test_a_call_that_a_crash_left_in_doubt_counts_as_dialed(sql: sqlite3.Connection) -> None:
    lead(sql, 1)
    attempt(sql, 1, ending="unknown", outcome="unknown", dialed=None, cause="crash")
    report = summarise(sql, PLAN)
    assert report.figure("calls") == 1
    assert report.figure("unknown") == 1


def test_abandoned_percent_is_of_live_answers(sql: sqlite3.Connection) -> None:
    report = worked(sql)
    assert report.figure("answered") == 3
    assert report.figure("machines") == 1
    assert report.figure("unsure") == 1
    assert report.figure("live_answers") == 2, "a person who could not be judged is taken for one"
    assert report.figure("abandoned_percent") == 50
    assert report.figure("abandoned_percent", "b") == 0, "of nothing"


def test_times_are_averages(sql: sqlite3.Connection) -> None:
    report = worked(sql)
    assert report.figure("ring_seconds") == 12
    assert report.figure("talk_seconds") == 60
    assert report.figure("most_waited_seconds") == 2


def test_cases_are_counted_by_status_and_campaign(sql: sqlite3.Connection) -> None:
    report = worked(sql)
    assert [report.figure(name) for name in ("completed", "failed", "open", "leads")] == [1, 2, 3, 6]
    assert [report.figure(name, "b") for name in ("agent_failed", "new", "leads")] == [1, 1, 2]


def test_the_total_is_the_sum_of_the_campaigns(sql: sqlite3.Connection) -> None:
    report = worked(sql)
    for name in ("attempts", "calls", "answered", "connected", "busy", "abandoned", "machines", "open"):
        assert report.figure(name) == report.figure(name, "a") + report.figure(name, "b"), name


def test_every_figure_has_a_meaning_and_a_value(sql: sqlite3.Connection) -> None:
    report = worked(sql)
    for name in FIGURE_NAMES:
        assert isinstance(report.figure(name), int | float)
    assert all(meaning.endswith(".") for meaning, _ in (*CAMPAIGN_FIGURES.values(), *AGENT_FIGURES.values()))


@pytest.mark.parametrize(
    ("name", "campaign", "told"),
    [
        ("abandonned", None, "did you mean 'abandoned'?"),
        ("zzz", None, "the figures are leads, attempts"),
        ("calls", "c", "campaign 'c' does not exist"),
        ("utilisation_percent", "a", "leave out the campaign"),
    ],
)
def test_a_figure_that_does_not_exist_is_told(
    sql: sqlite3.Connection, name: str, campaign: str | None, told: str
) -> None:
    report = worked(sql)
    with pytest.raises(InputError, match=told.replace("?", r"\?")):
        report.figure(name, campaign)


def test_the_report_is_plain_data(sql: sqlite3.Connection) -> None:
    document = worked(sql).as_json()
    assert json.loads(json.dumps(document)) == document
    assert document["campaigns"][0]["outcomes"] == {"answered": 3}
    assert document["total"]["cases"]["NEW"] == 2


def test_the_zone_is_the_campaigns_own_if_they_share_one(sql: sqlite3.Connection) -> None:
    assert worked(sql).zone == "Europe/London"
    sql.execute("UPDATE campaigns SET policy = '{}' WHERE name = 'b'")
    assert summarise(sql, PLAN).zone == "UTC"


def test_a_run_in_which_nothing_happened_has_a_report(sql: sqlite3.Connection) -> None:
    report = summarise(sql, PLAN)
    assert (report.duration, report.figure("calls"), report.figure("utilisation_percent")) == (0, 0, 0)


# --- agents ---------------------------------------------------------------------------------------


def day(sql: sqlite3.Connection) -> None:
    """Eve: 10 s paused, 20 s ready, 5 s reserved, 60 s talking, 15 s wrap-up, then gone."""
    line(sql, 1, 0, kind="engine.started")
    line(sql, 2, 0, kind="agent.changed", agent="eve", state="paused")
    line(sql, 3, 10, kind="agent.changed", agent="eve", state="ready")
    line(sql, 4, 30, kind="call.assigned", agent="eve", attempt=1)
    line(sql, 5, 35, kind="agent.changed", agent="eve", state="talking")
    line(sql, 6, 95, kind="agent.changed", agent="eve", state="wrap-up")
    line(sql, 7, 110, kind="agent.changed", agent="eve", state="logged-out")
    line(sql, 8, 200, kind="engine.stopped")


def test_agents_times_come_from_the_journal(sql: sqlite3.Connection) -> None:
    day(sql)
    lead(sql, 1)
    attempt(sql, 1, ending="connected", outcome="answered", answered=30, connected=35, ended=95, agent="eve")
    (eve,) = summarise(sql, PLAN).agents
    times = [each // SECOND for each in (eve.paused, eve.idle, eve.waiting, eve.talking, eve.wrap_up)]
    assert times == [10, 20, 5, 60, 15]
    assert eve.logged_in == 110 * SECOND
    assert eve.utilisation_percent == pytest.approx(100 * 75 / 110)
    assert eve.occupancy_percent == pytest.approx(75)
    assert (eve.calls, eve.idle_seconds) == (1, 20)


def test_a_reserved_agent_who_is_released_is_ready_again(sql: sqlite3.Connection) -> None:
    line(sql, 1, 0, kind="agent.changed", agent="eve", state="ready")
    line(sql, 2, 5, kind="agent.reserved", agent="eve", pool="p")
    line(sql, 3, 7, kind="agent.released", agent="eve")
    line(sql, 4, 9, kind="engine.stopped")
    states = [(span.state, span.length // SECOND) for span in agent_spans(sql)]
    assert states == [(AgentState.READY, 5), (AgentState.RESERVED, 2), (AgentState.READY, 2)]


def test_nobody_works_for_a_dead_engine(sql: sqlite3.Connection) -> None:
    line(sql, 1, 0, kind="agent.changed", agent="eve", state="ready")
    line(sql, 2, 40, kind="leg.rang", leg=1)
    line(sql, 1, 100, epoch=2, kind="engine.started")
    line(sql, 2, 101, epoch=2, kind="agent.changed", agent="eve", state="ready")
    line(sql, 3, 105, epoch=2, kind="engine.stopped")
    assert list(agent_spans(sql)) == [
        Span("eve", AgentState.READY, START, START + 40 * SECOND),
        Span("eve", AgentState.READY, START + 101 * SECOND, START + 105 * SECOND),
    ]
    assert summarise(sql, PLAN).engines == 2


# --- slices of time -------------------------------------------------------------------------------


def test_a_timeline_averages_agents_and_counts_calls(sql: sqlite3.Connection) -> None:
    day(sql)
    lead(sql, 1)
    lead(sql, 2)
    attempt(sql, 1, ending="connected", outcome="answered", answered=4, connected=5, ended=95)
    attempt(sql, 2, ending="abandoned", outcome="answered", at=8, answered=12, ended=15)
    line(sql, 9, 250, kind="engine.stopped")
    shown = timeline(sql, summarise(sql, PLAN))
    assert shown.length == 2 * SECOND
    assert shown.count == 125
    assert (sum(shown.dialed), sum(shown.answered), sum(shown.abandoned)) == (2, 2, 1)
    assert shown.ringing[0] == pytest.approx(1)
    assert sum(shown.ringing) * 2 == pytest.approx(8), "two calls ring for four seconds each"
    assert sum(shown.agents[AgentState.TALKING]) * 2 == pytest.approx(60)
    assert AgentState.RINGING not in shown.agents


def test_a_long_run_has_longer_slices(sql: sqlite3.Connection) -> None:
    line(sql, 1, 0, kind="engine.started")
    line(sql, 2, 9 * 3600, kind="engine.stopped")
    assert timeline(sql, summarise(sql, PLAN)).length == 5 * MINUTE


# --- attempts -------------------------------------------------------------------------------------


def test_attempt_numbers_are_those_used_before_plus_one(sql: sqlite3.Connection) -> None:
    lead(sql, 1)
    lead(sql, 2)
    lead(sql, 3)
    attempt(sql, 1, ending="connected", outcome="answered", answered=9, agent_attempts=2, customer_attempts=1)
    attempt(sql, 2, ending="agent-not-reached", outcome=None, dialed=0, agent_attempts=1)
    attempt(sql, 3, ending="unknown", outcome="unknown", dialed=None, cause="crash", customer_attempts=4)
    names = [column.name for column in ATTEMPTS.columns]
    rows = [dict(zip(names, row, strict=True)) for row in ATTEMPTS.rows(sql)]
    numbers = [(row["agent_attempt_number"], row["customer_attempt_number"]) for row in rows]
    assert numbers == [(3, 2), (2, None), (1, 5)]
