"""How a case stands, as a row: what an attempt begins from, and what its first line tells."""

import json
from typing import Any, Final, NamedTuple

from engine.domain.callbacks import Promise
from engine.domain.time import Instant
from engine.domain.words import CaseStatus

STANDING: Final = """
    c.status, c.cycle, c.agent_attempts, c.customer_attempts, c.results, c.agent_limit, c.customer_limit,
    c.rank, c.lane, c.turn, c.phone_tries, c.callback_at, c.callback_until, c.callback_agent,
    c.callback_anyone_at
"""
"""The columns of a case `c`, in the order of `Standing`."""


class Standing(NamedTuple):
    status: str
    cycle: int
    agent_attempts: int
    customer_attempts: int
    results: str
    agent_limit: int | None
    customer_limit: int | None
    rank: int
    lane: int
    turn: int
    phone_tries: int
    callback_at: Instant | None
    callback_until: Instant | None
    callback_agent: str | None
    callback_anyone_at: Instant | None

    @property
    def promise(self) -> Promise | None:
        """The callback that the case has to keep."""
        if self.callback_at is None or self.callback_until is None:
            return None
        return Promise(
            at=self.callback_at,
            until=self.callback_until,
            agent=self.callback_agent,
            anyone_at=self.callback_anyone_at,
        )

    def told(self) -> dict[str, Any]:
        """As the line of an attempt has it."""
        results = json.loads(self.results) if self.results != "{}" else {}
        return self._asdict() | {"status": CaseStatus(self.status), "results": results}
