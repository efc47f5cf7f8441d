"""What an engine may do until it crashes, and nothing after.

Every port call of an engine passes its fence, so a test can kill it before and after each of them.
"""

from typing import Literal, TypeAlias

from engine.errors import Crashed

Side: TypeAlias = Literal["before", "after"]


class Fence:
    """One for each life of an engine. `calls` counts the port calls so far."""

    def __init__(self, crash_at: tuple[int, Side] | None = None) -> None:
        self.dead = False
        self.calls = 0
        self._crash_at = crash_at

    def check(self) -> None:
        """Raises Crashed if the engine is dead."""
        if self.dead:
            raise Crashed

    def before(self) -> int:
        """A port call begins. Answers its number."""
        self.check()
        self.calls += 1
        if self._crash_at is not None:
            self._crash(self.calls, "before")
        return self.calls

    def after(self, call: int) -> None:
        """The port call has had its effect; its answer may not arrive any more."""
        self.check()
        if self._crash_at is not None:
            self._crash(call, "after")

    def _crash(self, call: int, side: Side) -> None:
        if self._crash_at == (call, side):
            self.dead = True
            raise Crashed
