"""Reports from a real store: they agree with the pure decisions, filter, stream, and change nothing."""

import sqlite3
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.attempts.contact import contact_status
from engine.domain.lists import InlineLead
from engine.domain.time import HOUR, MINUTE, SECOND, Instant
from engine.domain.words import OPEN, CampaignState, CaseStatus, ChangeReason, ContactStatus
from engine.store.case_changes import change_cases
from engine.store.cases import create_cases
from engine.store.changes import change_campaign
from engine.store.connection import open_store
from engine.store.leads import import_leads
from engine.store.recovery import register
from engine.store.reports.attempts import ATTEMPTS
from engine.store.reports.cases import CASES
from engine.store.reports.contact import (
    Contact,
    calls_rows,
    contacts,
    reach_rows,
    status_rows,
)
from engine.store.reports.dispositions import DISPOSITIONS
from engine.store.reports.ownership import OWNERSHIP
from engine.store.reports.report import Report
from engine.store.reports.resets import RESETS
from engine.store.transaction import Transaction

NOW: Final[Instant] = 1_772_442_000 * SECOND
PEOPLE: Final = 12
CAMPAIGNS: Final = {"a": '{"bad_connection_after": 3}', "b": "{}"}
REPORTS: Final = (ATTEMPTS, CASES, DISPOSITIONS, OWNERSHIP, RESETS)


@pytest.fixture
def sql() -> Iterator[sqlite3.Connection]:
    store = open_store(":memory:", durable=False)
    for name, first in (("north", 1), ("south", 7)):
        leads = [
            InlineLead(key=f"l{number}", phones=(f"+4420794600{number:02}",))
            for number in range(first, first + PEOPLE // 2)
        ]
        import_leads(store, leads, list_name=name, now=NOW)
    register(store, CAMPAIGNS)
    for name in CAMPAIGNS:
        create_cases(store, name, ["north", "south"], NOW)
        change_campaign(name, CampaignState.RUNNING, "test")(Transaction(store, NOW))
    yield store
    store.close()


def of(report: Report, sql: sqlite3.Connection, **asked: Any) -> list[dict[str, Any]]:
    names = [column.name for column in report.columns]
    return [dict(zip(names, row, strict=True)) for row in report.rows(sql, **asked)]


def contact(sql: sqlite3.Connection, campaign: str = "a") -> Contact:
    (only,) = contacts(sql, campaign=campaign)
    return only


# --- contact status -------------------------------------------------------------------------------

CASE: Final = st.tuples(
    st.integers(0, 5), st.integers(0, 5), st.none() | st.just(NOW), st.sampled_from(list(CaseStatus))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(CASE, min_size=PEOPLE, max_size=PEOPLE))
def test_the_store_and_the_decision_have_the_same_contact_statuses(
    sql: sqlite3.Connection, facts: list[tuple[int, int, int | None, CaseStatus]]
) -> None:
    sql.executemany(
        "UPDATE cases SET calls = ?, failures = ?, reached_at = ?, status = ? WHERE lead_id = ?",
        [(*fact, lead) for lead, fact in enumerate(facts, start=1)],
    )
    for name, threshold in (("a", 3), ("b", 2)):
        expected = [
            contact_status(calls=calls, failures=failures, reached=reached is not None, threshold=threshold)
            for calls, failures, reached, _ in facts
        ]
        assert [row["contact"] for row in of(CASES, sql, campaign=name)] == expected
        view = contact(sql, name)
        assert view.statuses == {status: expected.count(status) for status in ContactStatus}
        assert view.by_calls == {
            calls: count for calls in range(6) if (count := sum(fact[0] == calls for fact in facts))
        }
        assert view.reached == sum(fact[2] is not None for fact in facts)
        assert view.called == sum(fact[0] > 0 for fact in facts)
        assert view.final == (not any(fact[3] in OPEN for fact in facts))
        for status in ContactStatus:
            rows = of(CASES, sql, campaign=name, contact=status)
            assert len(rows) == expected.count(status)


def test_the_views_tell_counts_and_shares(sql: sqlite3.Connection) -> None:
    sql.execute("UPDATE cases SET calls = 2, failures = 2 WHERE campaign = 'b' AND lead_id <= 3")
    sql.execute("UPDATE cases SET calls = 1, reached_at = 5 WHERE campaign = 'b' AND lead_id BETWEEN 4 AND 9")
    view = contact(sql, "b")
    assert list(status_rows(view)) == [
        ("b", "not-called", 3, 25.0, "provisional"),
        ("b", "not-reached", 0, 0.0, "provisional"),
        ("b", "bad-connection", 3, 25.0, "provisional"),
        ("b", "successful", 6, 50.0, "provisional"),
    ]
    assert list(calls_rows(view)) == [("b", 0, 3, 25.0), ("b", 1, 6, 50.0), ("b", 2, 3, 25.0)]
    assert list(reach_rows(view)) == [("b", 12, 9, 75.0, 6, 50.0, 12, 12 / 9, "provisional")]


def test_a_list_has_a_view_of_its_own_and_what_is_final_is_the_campaigns(sql: sqlite3.Connection) -> None:
    sql.execute("UPDATE cases SET calls = 1, status = 'COMPLETED', reached_at = 5 WHERE lead_id <= 6")
    (north,) = contacts(sql, campaign="a", list_name="north")
    assert (north.leads, north.reached, north.final) == (6, 6, False)
    sql.execute("UPDATE cases SET status = 'CUSTOMER_FAILED' WHERE lead_id > 6")
    (north,) = contacts(sql, campaign="a", list_name="north")
    assert (north.leads, north.final) == (6, True)


def test_a_campaign_without_leads_shares_nothing(sql: sqlite3.Connection) -> None:
    register(sql, {"empty": "{}"})
    view = contact(sql, "empty")
    assert list(reach_rows(view)) == [("empty", 0, 0, 0.0, 0, 0.0, 0, 0.0, "provisional")]
    assert [view.campaign for view in contacts(sql)] == ["a", "b", "empty"]


# --- provisional and final ------------------------------------------------------------------------


def command(sql: sqlite3.Connection, state: CampaignState, at: Instant = NOW) -> None:
    change_campaign("a", state, "test")(Transaction(sql, at))


def changed(sql: sqlite3.Connection, reason: ChangeReason, campaign: str = "a") -> None:
    rows = sql.execute("SELECT id, due_at FROM cases WHERE campaign = ? ORDER BY id", (campaign,)).fetchall()
    change_cases(Transaction(sql, NOW + HOUR), reason, campaign, ("due_at",), rows)


def live_attempt(sql: sqlite3.Connection, settled_at: Instant | None = None) -> None:
    sql.execute(
        "INSERT OR REPLACE INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, started_at, "
        "agent_attempts_before, customer_attempts_before, settled_at) "
        "VALUES (1, 'a', 1, 1, 1, 1, ?, 0, 0, ?)",
        (NOW, settled_at),
    )


def test_statuses_are_provisional_while_a_case_can_be_dialed_even_if_it_is_held(
    sql: sqlite3.Connection,
) -> None:
    sql.execute("UPDATE cases SET status = 'COMPLETED', due_at = NULL")
    assert contact(sql).final
    for status in sorted(OPEN):
        sql.execute("UPDATE cases SET status = ?, waits_for = 'ownership' WHERE lead_id = 1", (status,))
        assert not contact(sql).final, status


def test_statuses_are_final_once_the_campaign_was_stopped_and_its_live_calls_have_settled(
    sql: sqlite3.Connection,
) -> None:
    live_attempt(sql)
    command(sql, CampaignState.STOPPED)
    assert not contact(sql).final, "a call is live"
    live_attempt(sql, settled_at=NOW + MINUTE)
    assert contact(sql).final
    assert not contact(sql, "b").final, "which goes on"


def test_a_campaign_that_was_never_started_has_not_ended(sql: sqlite3.Connection) -> None:
    register(sql, {"later": "{}"})
    create_cases(sql, "later", ["north"], NOW)
    assert not contact(sql, "later").final


@pytest.mark.parametrize("state", [CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.DRAINING])
def test_a_start_makes_statuses_provisional_again_and_a_pause_never_made_them_final(
    sql: sqlite3.Connection, state: CampaignState
) -> None:
    command(sql, CampaignState.STOPPED)
    command(sql, state)
    assert not contact(sql).final


@pytest.mark.parametrize("reason", [ChangeReason.RESET, ChangeReason.RECYCLED, ChangeReason.RESTARTED])
def test_a_reset_a_recycle_and_a_restart_make_the_statuses_of_an_ended_campaign_provisional(
    sql: sqlite3.Connection, reason: ChangeReason
) -> None:
    command(sql, CampaignState.STOPPED)
    changed(sql, reason, "b")
    assert contact(sql).final, "it was the other campaign"
    changed(sql, reason)
    assert not contact(sql).final
    command(sql, CampaignState.RUNNING)
    command(sql, CampaignState.STOPPED)
    assert contact(sql).final


def test_a_reset_that_is_taken_back_leaves_the_statuses_final(sql: sqlite3.Connection) -> None:
    command(sql, CampaignState.STOPPED)
    changed(sql, ChangeReason.RESET)
    changed(sql, ChangeReason.UNDONE)
    assert contact(sql).final


@pytest.mark.parametrize(
    "reason", sorted(set(ChangeReason) - {ChangeReason.RESET, ChangeReason.RECYCLED, ChangeReason.RESTARTED})
)
def test_nothing_else_that_happens_to_cases_undoes_the_end_of_a_campaign(
    sql: sqlite3.Connection, reason: ChangeReason
) -> None:
    command(sql, CampaignState.STOPPED)
    changed(sql, reason)
    assert contact(sql).final


# --- the other reports ----------------------------------------------------------------------------


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_filter_of_a_report_is_one_that_the_store_understands(
    sql: sqlite3.Connection, report: Report
) -> None:
    assert len({column.name for column in report.columns}) == len(report.columns)
    for name in report.filters:
        assert list(report.rows(sql, **{name: NOW if name in ("since", "until") else "nobody"})) == [] or (
            name in ("since", "until")
        )
    list(report.rows(sql, **dict.fromkeys(report.filters, "x")))


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_column_of_a_report_has_a_meaning(report: Report) -> None:
    for column in report.columns:
        assert column.meaning.endswith("."), column.name


def test_cases_are_told_with_what_holds_them(sql: sqlite3.Connection) -> None:
    sql.execute(
        "UPDATE cases SET due_at = NULL, waits_for = 'segment', wanted_at = ?, cycle = 2 "
        "WHERE campaign = 'a' AND lead_id = 3",
        (NOW + HOUR,),
    )
    (row,) = of(CASES, sql, campaign="a", waits_for="segment")
    assert (row["lead"], row["list"], row["wanted_at"], row["due_at"]) == ("l3", "north", NOW + HOUR, None)
    assert (row["cycle"], row["phone"]) == (2, "+442079460003")
    assert len(of(CASES, sql, list="south")) == PEOPLE
    assert len(of(CASES, sql, since=NOW, until=NOW + 1)) == 2 * PEOPLE - 1


def test_owned_leads_are_told_with_their_expiry_and_who_waits_for_them(sql: sqlite3.Connection) -> None:
    sql.execute("UPDATE leads SET owner = 'a', owned_since = 1, owned_until = 9, owned_for = 8 WHERE id = 2")
    sql.execute("UPDATE leads SET owner = 'b', owned_since = 2 WHERE id = 8")
    sql.execute("UPDATE cases SET waits_for = 'ownership' WHERE campaign = 'b' AND lead_id = 2")
    rows = of(OWNERSHIP, sql)
    assert [(row["list"], row["lead"], row["owner"], row["until"]) for row in rows] == [
        ("north", "l2", "a", 9),
        ("south", "l8", "b", None),
    ]
    assert [row["waiting"] for row in rows] == [1, 0]
    assert [row["lead"] for row in of(OWNERSHIP, sql, campaign="b")] == ["l8"]


def test_result_codes_are_counted_by_campaign_with_their_shares(sql: sqlite3.Connection) -> None:
    code = "INSERT INTO dispositions VALUES ('sold', 'contacted', 1, 1, 0, 1, 1, ?, 1, 0)"
    sql.execute(code, (60 * SECOND,))
    for number, (code, duration) in enumerate([("sold", 90), ("sold", 30), ("busy", 0), ("sold", None)], 1):
        sql.execute(
            "INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before, "
            "customer_attempts_before, started_at, settled_at, disposition, duration, person) "
            "VALUES (?, 'a', ?, ?, ?, 1, 0, 0, ?, ?, ?, ?, ?)",
            (number, number, number, number, NOW, None if duration is None else NOW, code,
             None if duration is None else duration * SECOND, code == "sold"),
        )  # fmt: skip
    sold, busy = of(DISPOSITIONS, sql)
    assert (sold["disposition"], sold["attempts"], round(sold["percent"], 1)) == ("sold", 2, 66.7)
    assert (sold["lead_status"], sold["persons"], sold["over_threshold"]) == ("contacted", 2, 1)
    assert sold["mean_call_seconds"] == 60 * SECOND
    assert (busy["disposition"], busy["attempts"], busy["mean_call_seconds"]) == ("busy", 1, None)


def test_a_report_reads_row_by_row(sql: sqlite3.Connection) -> None:
    rows = CASES.rows(sql)
    assert next(rows)[0] == 1
    sql.execute("SELECT 1").fetchone()  # the connection is free for others meanwhile
    assert len(list(rows)) == 2 * PEOPLE - 1
