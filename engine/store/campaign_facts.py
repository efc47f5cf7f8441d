"""The campaigns of a store as they stand: their states, their lists, and how their cases are distributed."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.time import Instant
from engine.domain.words import OPEN, CaseStatus
from engine.store.reading import check_campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Every case of a campaign is in one of these, but `due` and `later` ones may be of a list that is not
    active. `later` has the earliest time of those that are not due yet."""

    new: int = 0  # never called, and due
    due: int = 0  # retries and callbacks
    later: int = 0
    next_at: Instant | None = None
    held: int = 0
    live: int = 0
    completed: int = 0
    failed: int = 0
    dnc: int = 0

    @property
    def total(self) -> int:
        return (
            self.new + self.due + self.later + self.held + self.live + self.completed + self.failed + self.dnc
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFacts:
    """`policy` is JSON as the journal has it; a store of an older version may have none."""

    name: str
    state: str
    policy: dict[str, Any]
    cases: Cases

    @property
    def mode(self) -> str | None:
        return self.policy.get("mode")

    @property
    def pool(self) -> str | None:
        return self.policy.get("pool")

    @property
    def priority(self) -> int:
        return int(self.policy.get("priority", 0))

    @property
    def weight(self) -> int:
        return int(self.policy.get("weight", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class DialedList:
    """`waiting`: leads of the list that were never called."""

    name: str
    active: bool
    priority: int
    weight: int
    waiting: int


_CAMPAIGNS: Final = "SELECT name, state, policy FROM campaigns WHERE ? IS NULL OR name = ? ORDER BY name"
_OPEN: Final = ", ".join(f"'{status}'" for status in sorted(OPEN))
_CASES: Final = f"""
    SELECT coalesce(sum(due_at <= :now AND rank = 2), 0), coalesce(sum(due_at <= :now AND rank < 2), 0),
           coalesce(sum(due_at > :now), 0), min(iif(due_at > :now, due_at, NULL)),
           coalesce(sum(waits_for IS NOT NULL), 0),
           coalesce(sum(due_at IS NULL AND waits_for IS NULL AND status IN ({_OPEN})), 0),
           coalesce(sum(status = '{CaseStatus.COMPLETED}'), 0),
           coalesce(sum(status IN ('{CaseStatus.AGENT_FAILED}', '{CaseStatus.CUSTOMER_FAILED}')), 0),
           coalesce(sum(status = '{CaseStatus.DNC}'), 0)
    FROM cases WHERE campaign = :campaign
"""
_LISTS: Final = """
    SELECT s.name, s.active, cl.priority, cl.weight,
           (SELECT count(*) FROM cases c INDEXED BY cases_new
            WHERE c.campaign = cl.campaign AND c.lane = cl.list_id AND c.rank = 2 AND c.due_at IS NOT NULL)
    FROM campaign_lists cl JOIN lists s ON s.id = cl.list_id
    WHERE cl.campaign = ? ORDER BY cl.priority DESC, s.name
"""


def campaigns(sql: sqlite3.Connection, name: str | None = None, *, now: Instant) -> Iterator[CampaignFacts]:
    """All campaigns by name, or one. Raises InputError for one that is not there."""
    check_campaign(sql, name)
    for called, state, policy in sql.execute(_CAMPAIGNS, (name, name)).fetchall():
        new, due, later, next_at, held, live, completed, failed, dnc = sql.execute(
            _CASES, {"campaign": called, "now": now}
        ).fetchone()
        yield CampaignFacts(
            name=called,
            state=state,
            policy=json.loads(policy),
            cases=Cases(
                new=new,
                due=due,
                later=later,
                next_at=next_at,
                held=held,
                live=live,
                completed=completed,
                failed=failed,
                dnc=dnc,
            ),
        )


def lists_of(sql: sqlite3.Connection, campaign: str) -> list[DialedList]:
    """The lists that the campaign dials, those with the highest priority first."""
    return [
        DialedList(name=name, active=bool(active), priority=priority, weight=weight, waiting=waiting)
        for name, active, priority, weight, waiting in sql.execute(_LISTS, (campaign,))
    ]


def last_moment(sql: sqlite3.Connection, now: Instant) -> Instant:
    """Now, or the time of the journal's last line if that is later: simulations live in other years."""
    row = sql.execute("SELECT at FROM journal ORDER BY rowid DESC LIMIT 1").fetchone()
    return now if row is None else max(now, row[0])
