"""A journal with segment jobs is made again line by line, and a line that may not be is found."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.words import ChangeReason
from engine.journal import events as e
from engine.journal.chain import Line
from engine.journal.export import stored
from engine.journal.replay import Replayed, replay
from engine.segments.book import SegmentBook
from engine.segments.observation import ReentrySetting, Seen
from simulator.scenario import load
from simulator.store import opened
from simulator.world import World

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios" / "segments"


def lines_of(scenario: str) -> list[Line]:
    loaded = load(SCENARIOS / f"{scenario}.yaml")
    with opened(None) as sql:
        World(loaded.configuration, loaded.plan, sql).run()
        return list(stored(sql))


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_of_segments_is_made_again(path: Path) -> None:
    assert replay(lines_of(path.stem)).same


def forged(scenario: str, kind: type[e.Event], **other: object) -> Replayed:
    """A replay in which the first line of this kind says something else."""

    def lines() -> Iterator[Line]:
        done = False
        for line in lines_of(scenario):
            if not done and isinstance(line.event, kind):
                done = True
                if not other:
                    continue
                line = replace(line, event=replace(line.event, **other))  # type: ignore[type-var]
            yield line

    return replay(lines())


def test_a_new_cycle_without_an_exit_that_was_seen_is_found() -> None:
    found = forged("out-holds-a-retry", e.CasesChanged, reason=ChangeReason.RE_ENTERED)
    assert "nobody saw the lead of case 1 leave segment hot and come back" in found.text


def test_a_new_cycle_with_the_setting_off_is_found() -> None:
    found = forged("re-entry-begins-a-new-cycle", e.SegmentConfigured, reset_on_reentry=False)
    assert "nobody saw the lead of case 1 leave segment hot and come back" in found.text


def test_a_dial_outside_every_segment_is_found() -> None:
    found = forged("re-entry-begins-a-new-cycle", e.SegmentObserved, entered=(99,))
    assert "lead 1 was last seen outside every segment of campaign offers" in found.text


def test_an_exit_of_a_lead_that_was_outside_is_found() -> None:
    found = forged("re-entry-begins-a-new-cycle", e.SegmentObserved, entered=(), left=(1,))
    assert "lead 1 was out of segment hot already" in found.text


def test_a_setting_that_is_on_and_was_never_switched_on_is_found() -> None:
    found = forged("re-entry-begins-a-new-cycle", e.SegmentConfigured, since=None)
    assert "segment hot was never switched on" in found.text


def test_a_switch_that_goes_back_in_time_is_found() -> None:
    found = forged("setting-applies-to-the-future", e.SegmentConfigured, since=1 << 60)
    assert "segment hot was switched on later than that" in found.text


# --- the book -------------------------------------------------------------------------------------


def test_the_book_knows_who_was_last_seen_where() -> None:
    book = SegmentBook()
    book.configure("hot", ReentrySetting(on=True, since=1))
    assert not book.holds(["hot"], 7)
    book.observe("hot", [7, 8], [], at=2)
    assert book.holds(["warm", "hot"], 7)
    assert book.looks("hot", 7, inside=False) is Seen.LEFT
    book.observe("hot", [], [7], at=3)
    assert not book.holds(["hot"], 7)
    assert not book.renews("hot", 7, at=3)
    book.observe("hot", [7], [], at=4)
    book.observe("hot", [9], [], at=4)  # the same job, in another line
    assert book.renews("hot", 7, at=4)
    assert not book.renews("hot", 8, at=4)
    assert not book.renews("hot", 7, at=5)
    assert not book.renews("warm", 7, at=4)
