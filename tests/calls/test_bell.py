"""One sleeper, any ringers."""

from collections.abc import Callable

import trio

from engine.calls.bell import Bell
from engine.domain.time import SECOND
from simulator.clock import VirtualClock
from tests.virtual import START, virtually


def test_a_condition_that_holds_is_not_waited_for() -> None:
    async def main(clock: VirtualClock) -> bool:
        return await Bell(clock).until(lambda: True, deadline=START - SECOND)

    assert virtually(main)


def test_a_deadline_that_has_passed_is_not_waited_for() -> None:
    async def main(clock: VirtualClock) -> tuple[bool, bool]:
        bell = Bell(clock)
        return (
            await bell.until(lambda: False, deadline=clock.now()),
            await bell.until(lambda: False, deadline=clock.now() - SECOND),
        )

    assert virtually(main) == (False, False)


def test_the_sleeper_wakes_at_its_deadline_if_nothing_comes() -> None:
    async def main(clock: VirtualClock) -> tuple[bool, int]:
        met = await Bell(clock).until(lambda: False, deadline=START + 7 * SECOND)
        return met, clock.now() - START

    assert virtually(main) == (False, 7 * SECOND)


def _looks(condition: Callable[[], bool], looks: list[int], clock: VirtualClock) -> Callable[[], bool]:
    def look() -> bool:
        looks.append(clock.now() - START)
        return condition()

    return look


def _come(come: trio.Event, bell: Bell) -> None:
    come.set()
    bell.ring()


def test_a_ring_for_something_else_does_not_wake_the_sleeper() -> None:
    woken: list[int] = []

    async def main(clock: VirtualClock) -> None:
        bell, come = Bell(clock), trio.Event()
        clock.call_at(START + 1 * SECOND, bell.ring)
        clock.call_at(START + 2 * SECOND, lambda: _come(come, bell))
        assert await bell.until(come.is_set, deadline=START + 9 * SECOND)
        woken.append(clock.now() - START)
        await trio.sleep(20)  # the deadline is cancelled: nobody is woken by it

    virtually(main)
    assert woken == [2 * SECOND]


def test_ringing_often_wakes_once() -> None:
    async def main(clock: VirtualClock) -> list[int]:
        bell, looks = Bell(clock), list[int]()
        come = False

        def ring() -> None:
            nonlocal come
            come = True
            for _ in range(5):
                bell.ring()

        clock.call_at(START + SECOND, ring)
        await bell.until(_looks(lambda: come, looks, clock))
        await trio.sleep(1)
        return looks

    # Once before the sleep, once when rung, once awake: the other rings ask nothing.
    assert virtually(main) == [0, SECOND, SECOND]


def test_ringing_while_nobody_sleeps_is_forgotten() -> None:
    async def main(clock: VirtualClock) -> bool:
        bell = Bell(clock)
        bell.ring()
        return await bell.until(lambda: clock.now() > START + SECOND, deadline=START + SECOND)

    assert virtually(main) is False


def test_what_has_gone_again_when_the_sleeper_wakes_is_waited_for_on() -> None:
    async def main(clock: VirtualClock) -> int:
        bell, there = Bell(clock, key=5), False

        def come_and_go() -> None:
            nonlocal there
            there = True
            bell.ring()

            def go() -> None:
                nonlocal there
                there = False

            clock.call_at(clock.now(), go, key=1)  # before the sleeper, who has key 5

        def stay() -> None:
            nonlocal there
            there = True
            bell.ring()

        clock.call_at(START + 1 * SECOND, come_and_go)
        clock.call_at(START + 2 * SECOND, stay)
        assert await bell.until(lambda: there)
        return clock.now() - START

    assert virtually(main) == 2 * SECOND


def test_a_sleeper_who_is_cancelled_when_already_rung_is_not_woken_later() -> None:
    async def main(clock: VirtualClock) -> bool:
        bell, come = Bell(clock), False

        def ring_and_cancel() -> None:
            nonlocal come
            come = True
            bell.ring()
            scope.cancel()

        clock.call_at(START + SECOND, ring_and_cancel)
        with trio.CancelScope() as scope:
            await bell.until(lambda: come)
        assert scope.cancelled_caught
        return await bell.until(lambda: False, deadline=START + 3 * SECOND)

    assert virtually(main) is False


def test_a_sleeper_who_is_cancelled_unrung_leaves_a_bell_that_works() -> None:
    async def main(clock: VirtualClock) -> tuple[bool, int]:
        bell, come = Bell(clock), trio.Event()
        with trio.move_on_after(1):
            await bell.until(lambda: False)
        clock.call_at(START + 5 * SECOND, lambda: _come(come, bell))
        return await bell.until(come.is_set), clock.now() - START

    assert virtually(main) == (True, 5 * SECOND)


def test_what_comes_at_the_deadline_itself_has_come_in_time() -> None:
    async def main(clock: VirtualClock) -> bool:
        bell, come = Bell(clock), trio.Event()
        deadline = START + SECOND
        clock.call_at(deadline, lambda: _come(come, bell), key=-1)
        return await bell.until(come.is_set, deadline=deadline)

    assert virtually(main)
