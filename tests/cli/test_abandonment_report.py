"""`dialer reports abandonment`: where each limit stands, at any instant, and the calls that it is made of."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Final

import pytest

from engine.store.reports.abandonment import ABANDONMENT_COLUMNS, CALL_COLUMNS
from tests.cli.commands import Dialer, Result

SCENARIO: Final = Path(__file__).parents[2] / "scenarios" / "abandonment" / "machines-that-agents-meet.yaml"
AFTERWARDS: Final = "2026-03-02T10:00:00Z"


@pytest.fixture
def store(dialer: Dialer, tmp_path: Path) -> Path:
    """Of one campaign: two people and a machine were connected, and one person was abandoned."""
    db = tmp_path / "run.db"
    assert dialer("run", SCENARIO, "--db", db, "--quiet").code == 0
    return db


def asked(dialer: Dialer, db: Path, *more: str) -> Result:
    return dialer("reports", "abandonment", "--db", db, *more)


def objects(dialer: Dialer, db: Path, *more: str) -> list[dict[str, Any]]:
    result = asked(dialer, db, "--json", *more)
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def test_each_limit_tells_its_window_its_rate_and_what_may_be_lost(dialer: Dialer, store: Path) -> None:
    found = objects(dialer, store, "--at", AFTERWARDS)
    assert [(row["rule"], row["scope"], row["whose"]) for row in found] == [
        ("UK-ACR-2016", "campaign", "orders"),
        ("UK-ACR-2016", "call-centre", "leeds"),
        ("UK-ACR-2016-DAY", "campaign", "orders"),
        ("UK-ACR-2016-DAY", "call-centre", "leeds"),
    ]
    day = found[2]
    assert (day["starts"], day["ends"]) == ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")
    assert (day["percent"], day["limit"], day["may_lose"]) == (25.0, 3.0, 0)
    assert (day["lost"], day["counted"]) == (0.6667, 2.6667)
    assert (day["over"], day["alert"], day["in_flight"]) == (True, True, 0)
    assert (day["abandoned"], day["connected"], day["machines_to_agents"]) == (1, 2, 1)


def test_without_an_instant_it_is_the_last_one_of_the_journal(dialer: Dialer, store: Path) -> None:
    end = json.loads(dialer("explain", "--campaign", "orders", "--summary", "--db", store, "--json").out)[
        "at"
    ]
    found = objects(dialer, store)
    assert [row["rule"] for row in found] == ["UK-ACR-2016"] * 2 + ["UK-ACR-2016-DAY"] * 2
    assert found == objects(dialer, store, "--at", end)
    assert objects(dialer, store, "--at", "2026-03-02T09:00:00Z")[2]["in_flight"] is None
    assert (found[2]["starts"], found[2]["percent"], found[2]["in_flight"]) == (
        "2026-03-02T00:00:00Z",
        25.0,
        0,
    )


def test_a_later_instant_than_the_last_one_of_the_journal_is_told_up_to_now(
    dialer: Dialer, store: Path
) -> None:
    row = objects(dialer, store, "--at", "2026-08-02T00:00:00Z")[0]
    assert (row["counted"], row["in_flight"], row["over"]) == (0.0, 0, False)


def test_the_events_of_a_window_are_listed_one_by_one(dialer: Dialer, store: Path) -> None:
    found = objects(dialer, store, "--at", AFTERWARDS, "--events", "--campaign", "orders")
    assert [row["met"] for row in found] == ["machine-to-agent", "connected", "abandoned", "connected"]
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    assert objects(dialer, store, "--at", "2026-03-02T09:00:00Z", "--events") == []


def test_one_rule_and_one_campaign_may_be_asked_for(dialer: Dialer, store: Path) -> None:
    found = objects(dialer, store, "--at", AFTERWARDS, "--rule", "UK-ACR-2016-DAY", "--campaign", "orders")
    assert {row["rule"] for row in found} == {"UK-ACR-2016-DAY"}


def test_it_comes_as_text_and_as_csv(dialer: Dialer, store: Path) -> None:
    assert "25.00   3.00" in asked(dialer, store, "--at", AFTERWARDS).out
    for more, columns in (((), ABANDONMENT_COLUMNS), (("--events",), CALL_COLUMNS)):
        text = asked(dialer, store, "--at", AFTERWARDS, "--csv", "-", *more).out
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == 4
        assert list(rows[0]) == [column.name for column in columns]


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        (("--rule", "UK-ACR"), "did you mean 'UK-ACR-2016'"),
        (("--campaign", "order"), "did you mean 'orders'"),
        (("--at", "2126-03-02T10:00:00Z"), "is in the future"),
        (("--at", "noon"), "--at"),
        (("--json", "--csv", "-"), "give one of them"),
    ],
)
def test_what_is_not_there_is_refused(dialer: Dialer, store: Path, more: tuple[str, ...], wrong: str) -> None:
    result = asked(dialer, store, *more)
    assert (result.code, wrong in result.err) == (2, True), result.err
