"""Who acts in a timeline: a user of the scenario, or nobody in particular."""

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.store import audit
from simulator import checkers
from simulator.scenario import Scenario, load
from simulator.store import opened
from simulator.world import World

TEXT = """
lists: {customers: {ownership: {enabled: true}, leads: [{key: ann, phones: ["+442079460001"]}]}}
campaigns: {news: {mode: agentless, lists: [customers], attempts: {max: 2, interval: 1h}, lines: 1}}
users: {sue: {role: supervisor}, ada: {role: administrator}}
simulation:
  guards: Somebody acts.
  start: 2026-03-02T09:00:00Z
  end: 3h
  scripts: {"+442079460001": {entries: [busy], at_end: repeat}}
  timeline:
    - {at: 29m, crash: {down_for: 10m}}
    - {at: 30m, ownership: {list: customers, release: all, as: sue}}
    - {at: 50m, ownership: {list: customers, set: {enabled: false}}}
"""


def scenario(folder: Path, text: str = TEXT) -> Scenario:
    path = folder / "scenario.yaml"
    path.write_text(text)
    return load(path)


def test_an_unknown_user_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scenario(tmp_path, TEXT.replace("as: sue", "as: su"))
    (problem,) = caught.value.problems
    assert problem.endswith(
        "simulation.timeline[1].ownership.as: user 'su' is not defined; did you mean 'sue'?"
    )


def test_who_acts_is_audited_and_what_is_asked_while_no_engine_runs_waits_for_the_next(
    tmp_path: Path,
) -> None:
    made = scenario(tmp_path)
    with opened(None) as sql:
        world = World(made.configuration, made.plan, sql)
        watching = checkers.attach(world)
        world.run()
        watching.finish(sql)
        first, second = audit.entries(sql)
        assert (first.user, first.action, first.count) == ("sue", "ownership release", 1)
        assert first.at >= made.plan.start + 39 * 60 * 1_000_000
        assert (second.user, second.action) == ("(scenario)", "ownership set")
        assert audit.verify(sql).whole
