"""What became of a run's leads: contact status, number of calls, callbacks kept, ownership and resets."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.domain.time import HOUR, MINUTE, Instant, Micros
from engine.domain.words import ContactStatus
from engine.store.reports.contact import contacts

LATENESS: Final[tuple[tuple[str, Micros | None], ...]] = (
    ("within a minute", 1 * MINUTE),
    ("1 to 5 minutes", 5 * MINUTE),
    ("5 to 15 minutes", 15 * MINUTE),
    ("15 to 60 minutes", 1 * HOUR),
    ("over an hour", None),
)
"""How late callbacks were, and each part's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsReport:
    """Of a campaign, or of all. `contact` has every contact status, `by_calls` leads by how often they were
    called, `lateness` the callbacks kept by how late they were. `final`: contacts cannot change any more."""

    final: bool = False
    contact: dict[str, int] = field(default_factory=dict)
    by_calls: dict[int, int] = field(default_factory=dict)
    failures: int = 0
    callbacks: int = 0
    late: Micros = 0  # summed
    most_late: Micros = 0
    lateness: dict[str, int] = field(default_factory=dict)
    owned: int = 0

    @property
    def leads(self) -> int:
        return sum(self.by_calls.values())

    @property
    def called(self) -> int:
        """Leads called at least once."""
        return self.leads - self.by_calls.get(0, 0)

    @property
    def reached(self) -> int:
        """Leads of whom a person answered."""
        return self.contact.get(ContactStatus.SUCCESSFUL, 0)

    def as_json(self) -> dict[str, Any]:
        return {
            "contact": self.contact,
            "contact_final": self.final,
            "leads_by_calls": {str(calls): leads for calls, leads in self.by_calls.items()},
            "callback_lateness": self.lateness,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetReport:
    """`reset` and `excluded` add up to `matched` once it is done."""

    at: Instant
    user: str
    state: str
    matched: int
    reset: int
    excluded: dict[str, int]


_FAILURES: Final = "SELECT campaign, sum(failures) FROM cases GROUP BY campaign"
_KEPT: Final = """
    SELECT campaign, started_at - callback_at FROM attempts
    WHERE callback_at IS NOT NULL AND outcome IS NOT NULL ORDER BY id
"""
_OWNED: Final = "SELECT owner, count(*) FROM leads WHERE owner IS NOT NULL GROUP BY owner"
_RESETS: Final = "SELECT at, user, state, matched, reset, excluded FROM resets ORDER BY id"


def leads_reports(sql: sqlite3.Connection) -> dict[str, LeadsReport]:
    """By campaign."""
    failures, owned = dict(sql.execute(_FAILURES)), dict(sql.execute(_OWNED))
    kept: dict[str, list[Micros]] = {}
    for campaign, late in sql.execute(_KEPT):
        kept.setdefault(campaign, []).append(max(0, late))
    return {
        each.campaign: LeadsReport(
            final=each.final,
            contact={str(status): count for status, count in each.statuses.items()},
            by_calls=each.by_calls,
            failures=failures.get(each.campaign, 0),
            callbacks=len(late := kept.get(each.campaign, [])),
            late=sum(late),
            most_late=max(late, default=0),
            lateness=_parts(late),
            owned=owned.get(each.campaign, 0),
        )
        for each in contacts(sql)
    }


def _parts(late: Sequence[Micros]) -> dict[str, int]:
    """Counts by LATENESS; nothing if there was no callback."""
    if not late:
        return {}
    counts = dict.fromkeys((name for name, _ in LATENESS), 0)
    for each in late:
        counts[next(name for name, end in LATENESS if end is None or each < end)] += 1
    return counts


def all_leads(reports: Sequence[LeadsReport]) -> LeadsReport:
    """Of all campaigns: final once each is."""
    by_calls = sum((Counter(each.by_calls) for each in reports), Counter[int]())
    parts = [name for name, _ in LATENESS] if any(each.callbacks for each in reports) else []
    return LeadsReport(
        final=bool(reports) and all(each.final for each in reports),
        contact={
            str(status): sum(each.contact.get(status, 0) for each in reports) for status in ContactStatus
        },
        by_calls=dict(sorted(by_calls.items())),
        failures=sum(each.failures for each in reports),
        callbacks=sum(each.callbacks for each in reports),
        late=sum(each.late for each in reports),
        most_late=max((each.most_late for each in reports), default=0),
        lateness={name: sum(each.lateness.get(name, 0) for each in reports) for name in parts},
        owned=sum(each.owned for each in reports),
    )


def reset_reports(sql: sqlite3.Connection) -> tuple[ResetReport, ...]:
    """The oldest first; those that were never confirmed are none."""
    return tuple(
        ResetReport(
            at=at,
            user=user,
            state=state,
            matched=matched,
            reset=reset or 0,
            excluded=json.loads(excluded),
        )
        for at, user, state, matched, reset, excluded in sql.execute(_RESETS)
        if state != "preparing"
    )
