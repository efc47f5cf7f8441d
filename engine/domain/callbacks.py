"""A promise to call again: as it is given, and as it stands until it is kept."""

from dataclasses import dataclass

from engine.domain.time import Instant, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """As it is given: a call at `at`, by anyone or by one agent. `window` and `anyone_after` run from when
    the call may first be made; None: as the campaign has them."""

    at: Instant
    agent: str | None = None
    window: Micros | None = None
    anyone_after: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """As it stands. From `until` on it is an ordinary retry; from `anyone_at` on (None: never) anybody may
    keep a promise that is `agent`'s."""

    at: Instant
    until: Instant
    agent: str | None = None
    anyone_at: Instant | None = None

    @property
    def free_at(self) -> Instant:
        """From when on it is nobody's own."""
        return self.until if self.anyone_at is None else min(self.until, self.anyone_at)

    def owner(self, now: Instant) -> str | None:
        """Whose call it is alone; None: anyone's."""
        return self.agent if now < self.free_at else None

    def is_over(self, now: Instant) -> bool:
        """Whether it was kept too long, and binds nobody any more."""
        return now >= self.until
