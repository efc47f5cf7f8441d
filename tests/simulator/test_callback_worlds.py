"""Worlds in which agents promise calls, run whole and with an engine that is killed at every port call."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import pytest

from engine.config.callbacks import with_keepers
from engine.domain.policy import Preview
from engine.domain.time import MINUTE
from engine.domain.words import CaseStatus, DialMode
from engine.journal.chain import exported, read
from engine.journal.replay import replay
from simulator.plan import WithCallback
from tests.simulator.random_callbacks import drawn
from tests.simulator.small_worlds import HUMAN, NO_ANSWER, Small, agent, campaign, world
from tests.simulator.test_crash_points import CLOSED, points
from tests.simulator.worlds import Crashes, empty_store, judged

LATER = WithCallback(code="later", after=2 * MINUTE)
MINE = replace(LATER, mine=True)


def own(mode: DialMode, *, nailed_up: bool = True) -> Small:
    """Both agents promise a call of their own to whom they talk with first."""
    more: dict[str, Any] = {"preview": Preview()} if mode is DialMode.PREVIEW else {}
    return world(
        [campaign(mode, **more)],
        {1: [HUMAN], 2: [HUMAN], 3: [NO_ANSWER, HUMAN]},
        {name: agent(disposition_script=(MINE,)) for name in ("ann", "bob")},
        nailed_up=nailed_up,
    )


def kept_elsewhere() -> Small:
    """What is promised in one campaign is a case of another."""
    campaigns = [
        campaign(DialMode.PROGRESSIVE),
        campaign(DialMode.PROGRESSIVE, "backs", lists=(), callbacks_from=("orders",)),
    ]
    small = world(
        campaigns,
        {1: [HUMAN], 2: [HUMAN], 3: [NO_ANSWER, HUMAN]},
        {name: agent(disposition_script=(LATER,)) for name in ("ann", "bob")},
        nailed_up=True,
    )
    known = with_keepers(small.configuration.campaigns)
    return Small(replace(small.configuration, campaigns=known), small.plan)


def run(small: Small, crashes: Crashes) -> tuple[list[int], int]:
    """The port calls of each life, and how many callbacks were kept; every invariant held to the end."""
    with empty_store() as sql:
        ran = judged(small.configuration, small.plan, sql, crashes=crashes)
        statuses = {CaseStatus(status) for (status,) in sql.execute("SELECT status FROM cases")}
        assert statuses <= CLOSED, f"crash at {crashes}: cases are left {statuses - CLOSED}"
        (promised,) = sql.execute("SELECT count(*) FROM attempts WHERE promised IS NOT NULL").fetchone()
        kept = sql.execute(
            "SELECT count(*) FROM attempts WHERE callback_at IS NOT NULL AND outcome IS NOT NULL"
        ).fetchone()[0]
        assert kept == promised, f"crash at {crashes}: {promised} calls were promised, and {kept} made"
    return ran.calls_of_life, kept


WORLDS: dict[str, Callable[[], Small]] = {
    "progressive": lambda: own(DialMode.PROGRESSIVE),
    "agent-first": lambda: own(DialMode.AGENT_FIRST, nailed_up=False),
    "preview": lambda: own(DialMode.PREVIEW, nailed_up=False),
    "power": lambda: own(DialMode.POWER),
    "kept elsewhere": kept_elsewhere,
}


@pytest.mark.parametrize("name", WORLDS)
def test_every_promise_is_kept_in_every_mode(name: str) -> None:
    assert run(WORLDS[name](), {})[1] == 2


EVERY: Final = {"progressive": 1, "agent-first": 3, "kept elsewhere": 3}  # so many points on


@pytest.mark.parametrize("name", EVERY)
def test_no_promise_that_was_settled_is_lost_by_a_crash_at_any_port_call(name: str) -> None:
    small = WORLDS[name]()
    calls = run(small, {})[0][0]
    crashed = [run(small, {1: point}) for point in islice(points(calls), 0, None, EVERY[name])]
    assert all(len(lives) == 2 for lives, _ in crashed), "the engine died, and another took up its store"
    assert any(kept for _, kept in crashed)


@pytest.mark.parametrize("seed", range(40))
def test_worlds_by_chance_keep_every_invariant_and_replay(seed: int) -> None:
    small = drawn(seed)
    with empty_store() as sql:
        judged(small.configuration, small.plan, sql, repeat=f"drawn({seed})")
        lines = sql.execute("SELECT line, hash FROM journal ORDER BY rowid")
        replayed = replay(read((exported(*line) + "\n" for line in lines), "journal"))
        assert replayed.same, replayed.text
