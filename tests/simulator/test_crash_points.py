"""An engine is killed before and after each of its port calls, and the next one finishes the work.

Who was called is judged by the phones.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from engine.domain.words import CaseStatus, Side
from simulator import checkers
from simulator.fence import Side as CrashSide
from simulator.network import Line
from simulator.world import CrashPoint, World
from tests.simulator.small_worlds import Small, agent_first, number, power, preview_and_agentless
from tests.simulator.worlds import Crashes, empty_store

CLOSED = {CaseStatus.COMPLETED, CaseStatus.AGENT_FAILED, CaseStatus.CUSTOMER_FAILED}
SIDES: tuple[CrashSide, ...] = ("before", "after")


class Phones:
    """How often each was called."""

    def __init__(self) -> None:
        self.called: Counter[str] = Counter()

    def dialed(self, line: Line) -> None:
        if line.side is Side.CUSTOMER:
            self.called[line.to] += 1

    def answered(self, line: Line) -> None: ...
    def joined(self, line: Line, agent: Line) -> None: ...
    def ended(self, line: Line) -> None: ...


def run(small: Small, crashes: Crashes) -> list[int]:
    """The port calls of each life, after a run in which every invariant held and every case was closed."""
    phones = Phones()
    with empty_store() as sql:
        world = World(small.configuration, small.plan, sql, crash_at=crashes)
        world.on_engine.append(
            lambda world: world.network.watchers.append(phones) if world.lives == 1 else None
        )
        watching = checkers.attach(world)
        world.run()
        watching.finish(sql)
        statuses = {status for (status,) in sql.execute("SELECT status FROM cases")}
        assert statuses <= CLOSED, f"crash at {crashes}: cases are left {statuses - CLOSED}"
        most = sum(campaign.customer_attempts.max for campaign in small.configuration.campaigns.values())
        assert max(phones.called.values()) <= most, f"crash at {crashes}: {phones.called}"
        assert set(phones.called) <= {number(lead) for lead in range(1, 4)}
    return world.calls_of_life


def points(calls: int) -> Iterator[tuple[int, CrashSide]]:
    return ((call, side) for call in range(1, calls + 1) for side in SIDES)


@pytest.mark.parametrize("small", [agent_first, power, preview_and_agentless])
def test_whenever_an_engine_crashes_the_next_one_finishes_and_calls_nobody_twice(
    small: Callable[[], Small],
) -> None:
    made = small()
    (calls,) = run(made, {})
    assert calls >= 30
    for point in points(calls):
        lives = run(made, {1: point})
        assert len(lives) == 2, f"the crash at {point} did not happen"


def test_whenever_the_recovery_itself_crashes_the_third_engine_finishes() -> None:
    made = agent_first()
    first: CrashPoint = (20, "after")
    _, calls = run(made, {1: first})
    for point in points(min(calls, 30)):
        lives = run(made, {1: first, 2: point})
        assert len(lives) == 3


def test_an_engine_that_crashes_at_its_first_port_call_again_and_again_harms_nobody() -> None:
    for side in SIDES:
        lives = run(power(), dict.fromkeys(range(1, 8), (1, side)))
        assert len(lives) == 8
