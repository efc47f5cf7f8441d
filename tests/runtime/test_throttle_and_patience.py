"""Dials are spaced as the trunks ask, and a store that is away is asked again, ever more seldom."""

from itertools import pairwise
from pathlib import Path

import pytest

from engine.domain.time import SECOND
from engine.errors import StoreUnavailable
from engine.runtime.patience import RETRY_FIRST, RETRY_LONGEST, PatientStore
from engine.runtime.throttle import AHEAD, CallThrottle
from engine.store.changes import nothing
from simulator.clock import VirtualClock
from tests.office import FailingStore, Office, in_office
from tests.virtual import START


def test_slots_are_as_far_apart_as_the_rate_says_and_never_in_the_past() -> None:
    clock = VirtualClock(START)
    throttle = CallThrottle(clock, lambda: 4.0)
    slots = [throttle.next_slot() for _ in range(4)]
    assert slots == [START, START + 250_000, START + 500_000, START + 750_000]
    clock._now = START + 10 * SECOND
    assert throttle.next_slot() == START + 10 * SECOND
    assert throttle.next_slot() == START + 10 * SECOND + 250_000


def test_without_a_rate_there_is_a_slot_at_once_and_no_end_of_them() -> None:
    throttle = CallThrottle(VirtualClock(START), lambda: None)
    assert [throttle.next_slot() for _ in range(3)] == [START] * 3
    assert throttle.free_slots() is None


@pytest.mark.parametrize("rate", [0.2, 1.0, 3.0, 50.0])
def test_free_slots_are_those_that_come_soon(rate: float) -> None:
    clock = VirtualClock(START)
    throttle = CallThrottle(clock, lambda: rate)
    for _ in range(200):
        free = throttle.free_slots()
        assert free is not None
        for _ in range(free):
            assert throttle.next_slot() < clock.now() + AHEAD
        assert throttle.free_slots() == 0
        soon = throttle.free_at()
        assert soon > clock.now()
        clock._now = soon - 1
        assert throttle.free_slots() == 0
        clock._now = soon
        assert throttle.free_slots()


def test_a_store_that_is_away_is_asked_again_at_growing_intervals_until_it_takes_the_change(
    tmp_path: Path,
) -> None:
    async def main(office: Office) -> None:
        failing = FailingStore(office.store, 8)
        tries: list[int] = []

        class Watched:
            async def write(self, change):  # type: ignore[no-untyped-def]
                tries.append(office.clock.now())
                return await failing.write(change)

        assert await PatientStore(Watched(), office.clock).write(lambda tx: "done") == "done"
        waits = [later - earlier for earlier, later in pairwise(tries)]
        assert waits == [n * SECOND for n in (1, 2, 4, 8, 16, 30, 30, 30)]
        assert (waits[0], waits[-1]) == (RETRY_FIRST, RETRY_LONGEST)

    in_office(tmp_path, main)


def test_one_attempt_is_one_try(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        failing = FailingStore(office.store, 1)
        patient = PatientStore(failing, office.clock)
        with pytest.raises(StoreUnavailable):
            await patient.attempt(nothing)
        await patient.attempt(nothing)

    in_office(tmp_path, main)


def test_an_error_that_is_not_the_stores_absence_is_not_tried_again(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        def wrong(tx: object) -> None:
            raise ValueError("planted")

        with pytest.raises(ValueError, match="planted"):
            await office.patient.write(wrong)

    in_office(tmp_path, main)
