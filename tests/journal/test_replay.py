"""A journal replays to itself, and to nothing else."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from engine.domain.words import CaseStatus, Side
from engine.journal import events as e
from engine.journal.chain import Line
from engine.journal.rechecks import DECISIONS, FACTS
from engine.journal.replay import replay
from tests.journal.floors import FLOORS, SCENARIOS, changed, floor_journal, journal_of

Journals = dict[str, list[Line]]


@pytest.fixture(scope="module")
def journals(tmp_path_factory: pytest.TempPathFactory) -> Journals:
    return {name: floor_journal(name, tmp_path_factory.mktemp("floor")) for name in FLOORS}


def test_every_kind_of_decision_is_made_again() -> None:
    kinds = get_args(e.AnyEvent)
    assert set(DECISIONS) == {kind for kind in kinds if kind.DECISION}
    assert not any(kind.DECISION for kind in FACTS)


def test_a_journal_replays_without_difference(journals: Journals) -> None:
    made: Counter[str] = Counter()
    for name, lines in journals.items():
        replayed = replay(lines)
        assert replayed.same, f"{name}: {replayed.text}"
        assert replayed.lines == len(lines)
        made.update(replayed.decisions)
    assert all(made[kind.KIND] for kind in DECISIONS), f"never decided in these journals: {made}"


def test_a_journal_of_two_engines_counts_both(journals: Journals) -> None:
    assert (replay(journals["crash"]).engines, replay(journals["agent-first"]).engines) == (2, 1)


@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_replays_without_difference(path: Path) -> None:
    replayed = replay(journal_of(path))
    assert replayed.same, replayed.text


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("name", ["agent-first", "standing calls", "agents called"])
def test_a_run_that_crashed_anywhere_replays_without_difference(name: str, side: Any, tmp_path: Path) -> None:
    for call in (1, 2, 3, 5, 8, 13, 21, 34, 55):
        lines = floor_journal(name, tmp_path, crash_at=(call, side))
        assert lines[-1].epoch == 2
        replayed = replay(lines)
        assert replayed.same, f"crashed {side} port call {call}: {replayed.text}"


# --- tampering ------------------------------------------------------------------------------------


def _other(value: Any, name: str) -> Any:
    """Something else of the same kind."""
    match value:
        case bool():
            return not value
        case int() if name == "leg":
            return 0  # below every id that was given out
        case int() | float():
            return value + 1
        case Side():
            return Side.AGENT if value is Side.CUSTOMER else Side.CUSTOMER
        case CaseStatus():
            return next(status for status in CaseStatus if status is not value)
        case str():
            return value + "x"
        case dict():
            return {**value, "other": 1}
        case (first, *others):
            *whom, gate, reason, rule, until, known = first
            return (*whom, gate, reason + "x", rule, until, known), *others
        case None if name == "known":
            return {"other": 1}
        case _:
            return 7


GIVEN = {
    e.AbandonmentLimited: (
        *("in_flight", "elsewhere", "uncovered", "ours"),
        *("pool_in_flight", "pool_lost", "agents", "wanted"),
    )
}
"""What a decision was made from and no other line tells."""


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.KIND) for kind in DECISIONS])
def test_any_decision_that_was_tampered_with_is_named(kind: type[Any], journals: Journals) -> None:
    chance = Random(kind.KIND)
    made = [
        (lines, index)
        for lines in journals.values()
        for index, line in enumerate(lines)
        if type(line.event) is kind
    ]
    for name in sorted({field.name for field in dataclasses.fields(kind)} - set(GIVEN.get(kind, ()))):
        lines, index = chance.choice(made)
        event: Any = lines[index].event
        event = replace(event, **{name: _other(getattr(event, name), name)})
        difference = replay(changed(lines, index, event)).difference
        assert difference is not None, f"line {index + 1}: {event}"
        assert (difference.number, difference.kind) == (index + 1, kind.KIND)


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_a_fact_about_a_case_that_was_tampered_with_is_named(name: str, journals: Journals) -> None:
    lines = journals[name]
    index = [i for i, line in enumerate(lines) if isinstance(line.event, e.AttemptStarted)][-1]
    event = lines[index].event
    assert isinstance(event, e.AttemptStarted)
    for field in (
        "status",
        "agent_attempts",
        "customer_attempts",
        "results",
        "lead",
        "due_at",
        "agent",
        "lane",
        "phone_tries",
    ):
        other = replace(event, **{field: _other(getattr(event, field), field)})
        difference = replay(changed(lines, index, other)).difference
        assert difference is not None, field
        assert difference.number == index + 1, field


def test_a_decision_that_was_left_out_shows_in_what_follows(journals: Journals) -> None:
    lines = journals["agent-first"]
    for kind in (e.PacingDecided, e.AgentReserved, e.LegIntended, e.AttemptSettled):
        index = next(i for i, line in enumerate(lines) if isinstance(line.event, kind))
        assert not replay([*lines[:index], *lines[index + 1 :]]).same, kind


# --- what a difference says -----------------------------------------------------------------------


def _with_policy(lines: list[Line], change: Callable[[dict[str, Any]], None]) -> list[Line]:
    start = lines[0].event
    assert isinstance(start, e.EngineStarted)
    campaigns = {name: {**policy} for name, policy in start.campaigns.items()}
    change(campaigns)
    return changed(lines, 0, replace(start, campaigns=campaigns))


def test_another_interval_in_the_policy_is_told_with_both_times(journals: Journals) -> None:
    def longer(campaigns: dict[str, Any]) -> None:
        campaigns["orders"]["agent_attempts"] = {"max": 3, "interval": 15 * 60 * 1_000_000}

    difference = replay(_with_policy(journals["agent-first"], longer)).difference
    assert difference is not None
    assert difference.text == (
        "line 27 (epoch 1, line 27, 2026-03-02T09:00:01.008000Z): attempt.settled of attempt 1000000002: "
        "replay decides otherwise\n"
        "  due_at: journaled 2026-03-02T09:10:01.006000Z, decided 2026-03-02T09:15:01.006000Z\n"
        "  reason: journaled the agent did not answer; agent attempt 1 of 3 is used, next try in 10m, "
        "decided the agent did not answer; agent attempt 1 of 3 is used, next try in 15m"
    )


def test_a_call_outside_other_business_hours_is_told(journals: Journals) -> None:
    def later(campaigns: dict[str, Any]) -> None:
        hours = campaigns["orders"]["business_hours"]
        campaigns["orders"]["business_hours"] = {**hours, "week": [[{"opens": 600, "closes": 660}]] * 7}

    difference = replay(_with_policy(journals["agent-first"], later)).difference
    assert difference is not None
    assert difference.kind == "pacing.decided"
    assert difference.journaled == {"dials": {"orders": 2}, "reason": "2 ready, 0 in flight"}
    assert difference.decided == {"dials": {}, "reason": "no campaign may dial"}


def test_a_case_that_jumps_the_queue_is_told(journals: Journals) -> None:
    lines = journals["agent-first"]
    starts = [i for i, line in enumerate(lines) if isinstance(line.event, e.AttemptStarted)]
    later = next(i for i in starts if getattr(lines[i].event, "status") != "NEW")  # noqa: B009
    event = lines[later].event
    assert isinstance(event, e.AttemptStarted)
    stranger = replace(event, case=99, lead=99, phone=99, number=99, rank=2, due_at=event.due_at)
    difference = replay(changed(lines, later, stranger)).difference
    assert difference is not None
    assert difference.why == f"case {event.case} was due first"


def test_a_call_of_a_list_that_was_not_active_is_told() -> None:
    lines = journal_of(SCENARIOS / "selection/list-not-active.yaml")
    again = next(
        i for i, line in enumerate(lines) if isinstance(line.event, e.ListActivated) and line.event.active
    )
    event = lines[again].event
    assert isinstance(event, e.ListActivated)
    difference = replay(changed(lines, again, replace(event, active=False))).difference
    assert difference is not None
    assert "list 2 is not active" in difference.text


def test_a_journal_that_does_not_begin_with_a_start_is_told(journals: Journals) -> None:
    difference = replay(journals["agent-first"][1:]).difference
    assert difference is not None
    assert difference.why == (
        "the lines of an engine begin with engine.started, and those of a command with command.started"
    )


def test_a_line_that_cannot_be_is_told_and_not_raised(journals: Journals) -> None:
    lines = journals["agent-first"]
    index = next(i for i, line in enumerate(lines) if isinstance(line.event, e.LegDialed))
    difference = replay(changed(lines, index, e.LegDialed(leg=5))).difference
    assert difference is not None
    assert difference.number == index + 1
    assert "does not fit the lines before it" in difference.text
