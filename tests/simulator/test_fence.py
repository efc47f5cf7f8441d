"""An engine dies at a port call: before it has had its effect, or after."""

import pytest

from engine.errors import Crashed
from simulator.fence import Fence, Side


def calls(fence: Fence) -> list[str]:
    """What has had its effect, until the crash."""
    done = []
    try:
        for name in "abcd":
            call = fence.before()
            done.append(name)
            fence.after(call)
    except Crashed:
        done.append("crash")
    return done


@pytest.mark.parametrize(
    ("at", "done"),
    [
        (None, ["a", "b", "c", "d"]),
        ((1, "before"), ["crash"]),
        ((1, "after"), ["a", "crash"]),
        ((3, "before"), ["a", "b", "crash"]),
        ((3, "after"), ["a", "b", "c", "crash"]),
        ((9, "after"), ["a", "b", "c", "d"]),
    ],
)
def test_a_fence_kills_before_or_after_the_call_it_names(
    at: tuple[int, Side] | None, done: list[str]
) -> None:
    assert calls(Fence(at)) == done


def test_a_dead_engine_does_nothing_more() -> None:
    fence = Fence((2, "after"))
    calls(fence)
    assert fence.dead
    with pytest.raises(Crashed):
        fence.check()
    with pytest.raises(Crashed):
        fence.before()
    assert fence.calls == 2


def test_a_call_under_way_when_its_engine_dies_gets_no_answer() -> None:
    fence = Fence()
    call = fence.before()
    fence.dead = True
    with pytest.raises(Crashed):
        fence.after(call)


def test_no_handler_takes_a_crash_for_an_error() -> None:
    assert not issubclass(Crashed, Exception)
