"""Virtual time: what happens in which order, and what happens when nothing can."""

import pytest
import trio

from engine.domain.time import SECOND
from engine.ports import Turn
from simulator.clock import EVENTS_BETWEEN_CHECKPOINTS, VirtualClock
from tests.virtual import START, virtually


def test_at_one_instant_events_come_by_turn_then_key_then_as_asked_for() -> None:
    happened: list[str] = []

    async def main(clock: VirtualClock) -> None:
        at = clock.now() + SECOND
        for name, turn, key in (
            ("dial", Turn.DIAL, 0),
            ("work 2", Turn.WORK, 2),
            ("work 1, first", Turn.WORK, 1),
            ("work 1, second", Turn.WORK, 1),
            ("network", Turn.NETWORK, 9),
            ("timeline", Turn.TIMELINE, 9),
        ):
            clock.call_at(at, lambda name=name: happened.append(name), turn=turn, key=key)  # type: ignore[misc]
        clock.call_at(at - 1, lambda: happened.append("before"), turn=Turn.DIAL)
        await trio.sleep(2)

    virtually(main)
    assert happened == ["before", "timeline", "network", "work 1, first", "work 1, second", "work 2", "dial"]


def test_an_event_of_the_past_happens_now() -> None:
    times: list[int] = []

    async def main(clock: VirtualClock) -> None:
        await trio.sleep(5)
        clock.call_at(START, lambda: times.append(clock.now()))
        await trio.sleep(1)

    virtually(main)
    assert times == [START + 5 * SECOND]


def test_a_cancelled_event_does_not_happen_and_can_be_cancelled_again() -> None:
    happened: list[str] = []

    async def main(clock: VirtualClock) -> None:
        event = clock.call_at(clock.now() + SECOND, lambda: happened.append("never"))
        event.cancel()
        event.cancel()
        done = clock.call_at(clock.now() + SECOND, lambda: happened.append("once"))
        await trio.sleep(2)
        done.cancel()

    virtually(main)
    assert happened == ["once"]


def test_one_event_happens_at_a_time_and_only_when_no_task_can_run() -> None:
    happened: list[str] = []

    async def main(clock: VirtualClock) -> None:
        woken = trio.Event()
        clock.call_at(clock.now() + SECOND, woken.set, key=1)
        clock.call_at(clock.now() + SECOND, lambda: happened.append("second event"), key=2)
        await woken.wait()
        happened.append("task")
        await trio.lowlevel.checkpoint()
        happened.append("task still")
        await trio.sleep(1)

    virtually(main)
    assert happened == ["task", "task still", "second event"]


def test_trios_sleep_is_exact_and_takes_no_time() -> None:
    async def main(clock: VirtualClock) -> int:
        await trio.sleep(3600.5)
        return clock.now() - START

    assert virtually(main) == 3600_500_000


def test_more_events_than_one_look_takes_all_happen() -> None:
    happened: list[int] = []

    async def main(clock: VirtualClock) -> None:
        for number in range(2 * EVENTS_BETWEEN_CHECKPOINTS + 1):
            clock.call_at(clock.now() + number, lambda number=number: happened.append(number))  # type: ignore[misc]
        await trio.sleep(10)

    virtually(main)
    assert happened == list(range(2 * EVENTS_BETWEEN_CHECKPOINTS + 1))


def test_a_run_in_which_every_task_waits_for_nothing_is_found_out() -> None:
    async def main(clock: VirtualClock) -> None:
        await trio.sleep_forever()

    with pytest.raises(RuntimeError, match="the simulation stands still"):
        virtually(main)


def test_an_event_that_fails_ends_the_run_with_its_error() -> None:
    def fail() -> None:
        raise KeyError("planted")

    async def main(clock: VirtualClock) -> None:
        clock.call_at(clock.now() + SECOND, fail)
        clock.call_at(clock.now() + 2 * SECOND, lambda: pytest.fail("the run went on"))
        await trio.sleep_forever()

    with pytest.raises(KeyError, match="planted"):
        virtually(main)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_tasks_that_are_runnable_together_run_in_the_order_of_the_seed(seed: int) -> None:
    def order() -> list[int]:
        ran: list[int] = []

        async def run(number: int) -> None:
            for _ in range(5):
                await trio.lowlevel.checkpoint()
                ran.append(number)

        async def main(clock: VirtualClock) -> None:
            async with trio.open_nursery() as nursery:
                for number in range(5):
                    nursery.start_soon(run, number)

        virtually(main, seed=seed)
        return ran

    assert order() == order()
