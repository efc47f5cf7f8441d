"""An engine is killed before and after each of its port calls around a reset: it has not begun, or the next
engine carries it out to its end."""

import pytest

from engine.domain.policy import Budget
from engine.domain.time import MINUTE, SECOND
from engine.domain.words import DialMode
from engine.resets.request import Properties, ResetRequest, Results, Settings
from engine.store.audit import entries
from simulator import checkers
from simulator.fence import Side
from simulator.plan import Reset, TimelineEntry
from simulator.world import World
from tests.simulator.small_worlds import NO_ANSWER, START, Small, campaign, world
from tests.simulator.worlds import Crashes, empty_store

ASKED = ResetRequest(
    settings=Settings(lists=("people",)),
    properties=Properties(override_max=True),
    results=Results(statuses=("all",), codes=("all",)),
)


def small() -> Small:
    """Nobody ever answers, and after ten minutes everybody is reset."""
    reset = TimelineEntry(at=START + 10 * MINUTE, action=Reset(request=ASKED))
    budget = Budget(max=1, interval=30 * SECOND)
    news = campaign(DialMode.AGENTLESS, "news", lines=3, customer_attempts=budget)
    return world([news], {lead: [NO_ANSWER] for lead in (1, 2, 3)}, {}, nailed_up=False, timeline=(reset,))


def calls_of(crashes: Crashes) -> list[int]:
    """How many port calls each engine made, in a run in which every invariant held."""
    made = small()
    with empty_store() as sql:
        ran = World(made.configuration, made.plan, sql, crash_at=crashes)
        watching = checkers.attach(ran)
        ran.run()
        watching.finish(sql)
        resets = sql.execute("SELECT state, matched, reset FROM resets").fetchall()
        assert resets in ([], [("done", 3, 3)]), crashes
        limits = {limit for (limit,) in sql.execute("SELECT customer_limit FROM cases")}
        assert limits == ({2} if resets else {None}), crashes
        done = [each.action for each in entries(sql)]
        assert done == (["leads reset", "leads reset done"] if resets else []), crashes
        if not crashes:
            assert resets
    return ran.calls_of_life


@pytest.mark.parametrize("side", ["before", "after"])
def test_whenever_an_engine_crashes_a_reset_is_all_or_nothing(side: Side) -> None:
    (calls,) = calls_of({})
    lives = [len(calls_of({1: (call, side)})) for call in range(1, calls + 1)]
    assert lives == [2] * calls, "each engine died at its call, and another one took up its store"
