"""Nobody waits for a gate that would let them pass: whatever changes what it is told wakes whom it holds."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from engine.domain.policy import CampaignPolicy
from engine.domain.time import iso
from engine.domain.words import DialMode, Hold
from simulator.checkers.checker import Checker

ASKED_MAX: Final = 2_000  # of the cases that are held: asking takes about as long as a claim, 0.1 ms each

_HELD: Final = f"""
    SELECT id, campaign, lead_id, phone_id, wakes_at, held_by FROM cases
    WHERE waits_for = '{Hold.GATE}' AND (wakes_at IS NULL OR wakes_at > ?)
    ORDER BY wakes_at IS NOT NULL, id LIMIT ?
"""
_OTHERS: Final = """
    SELECT id FROM phones WHERE lead_id = ? AND id <> ? AND out_of_use_at IS NULL ORDER BY position
"""
_WITH_AGENT: Final = (DialMode.AGENT_FIRST, DialMode.PREVIEW)


class NobodyIsHeldInVain(Checker):
    """Asks again after the run, as the next claim would."""

    RULE = "no case is held by a gate longer than asking again would hold it"

    def finish(self, sql: sqlite3.Connection) -> None:
        now = self.scene.now
        for case, campaign, lead, phone, wakes_at, held_by in sql.execute(_HELD, (now, ASKED_MAX)).fetchall():
            policy = self.policy(campaign)
            for each in _phones(sql, policy, lead, phone):
                if self.scene.allowed(policy, lead, each, reserved=policy.mode in _WITH_AGENT):
                    until = "for good" if wakes_at is None else f"until {iso(wakes_at)}"
                    self.broken(
                        f"campaign {campaign}, lead {lead}, case {case}",
                        f"is held {until} by {held_by!r}, and asked at {iso(now)} "
                        f"every gate allows phone {each}",
                    )


def _phones(sql: sqlite3.Connection, policy: CampaignPolicy, lead: int, phone: int) -> Iterator[int]:
    """Those that the campaign may dial."""
    yield phone
    if policy.phones.several:
        yield from (other for (other,) in sql.execute(_OTHERS, (lead, phone)).fetchall())
