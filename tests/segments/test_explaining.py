"""What is told of a lead that moves in and out of segments."""

from pathlib import Path

from engine.domain.time import MINUTE, SECOND
from engine.explain import Explanation, explain
from simulator.scenario import load
from simulator.store import opened
from simulator.world import World
from tests.simulator.small_worlds import START

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios" / "segments"
FOUR = 16 * 60 - 9 * 60  # minutes from START to 16:00


def told(scenario: str, minute: float | None = None, lead: str = "ann") -> Explanation:
    """The explanation after a run, or at so many minutes after 16:00."""
    loaded = load(SCENARIOS / f"{scenario}.yaml")
    with opened(None) as sql:
        World(loaded.configuration, loaded.plan, sql).run()
        at = None if minute is None else START + FOUR * MINUTE + int(minute * 60) * SECOND
        return explain(sql, lead, at=at)


def test_a_held_case_names_the_segments_and_since_when() -> None:
    held = told("out-holds-a-retry", 12)
    (gate,) = held.parts[0].gates
    assert (gate.name, gate.answer) == ("segment", "wait")
    assert gate.text == "the lead was last seen outside hot, since 16:05:00"
    assert "a job that sees the lead in hot" in str(held.as_json())


def test_a_case_that_goes_on_again_is_dialed_when_its_turn_comes() -> None:
    again = told("out-holds-a-retry", 21)
    assert "The lead was seen in a segment again; the case goes on." in again.text
    assert again.parts[0].gates[0].name == "status"


def test_a_new_cycle_is_told_between_the_attempts() -> None:
    story = told("re-entry-begins-a-new-cycle").text
    first, anew, second = (story.index(text) for text in ("attempt 1", "a new cycle begins", "attempt 2"))
    assert first < anew < second


def test_after_a_re_entry_the_case_is_open_again() -> None:
    between = told("business-hours-still-hold", 3 * 60 + 1).parts[0]
    assert (between.case.status, between.case.customer_attempts) == ("NEW", 0)
    assert [gate.name for gate in between.gates] == ["business-hours"]
    changes = told("business-hours-still-hold").as_json()["campaigns"][0]["changes"]
    assert [each["reason"] for each in changes] == ["re-entered"]


def test_the_segments_that_a_lead_was_seen_in_are_told_with_the_lead() -> None:
    now = told("another-segment-still-dials")
    assert "Outside segment hot since Mon 2 Mar 2026 16:03:00 UTC." in now.text
    assert "In segment warm since Mon 2 Mar 2026 16:04:00 UTC." in now.text
    assert [each["segment"] for each in now.as_json()["lead"]["segments"]] == ["hot", "warm"]


def test_what_came_later_is_not_told() -> None:
    before = told("another-segment-still-dials", 1)
    assert before.memberships == ()
    assert before.parts[0].case.waits_for is None
