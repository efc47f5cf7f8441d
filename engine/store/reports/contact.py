"""How far a campaign has come with its leads: contact status, number of calls, and reach.

Read from the cases, whose calls, failures and first person were written as each attempt was settled.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from engine.attempts.contact import contact_status, is_final
from engine.domain.words import OPEN, ContactStatus
from engine.tables import Column, Kind

THRESHOLD: Final = "coalesce(json_extract(policy, '$.bad_connection_after'), 2)"
"""Of a row of `campaigns`: after so many failed contacts a lead is a bad connection."""

CONTACT: Final = f"""CASE
    WHEN c.reached_at IS NOT NULL THEN '{ContactStatus.SUCCESSFUL}'
    WHEN c.failures >= k.threshold THEN '{ContactStatus.BAD_CONNECTION}'
    WHEN c.calls > 0 THEN '{ContactStatus.NOT_REACHED}'
    ELSE '{ContactStatus.NOT_CALLED}' END"""
"""The contact status of a case `c` in a campaign `k`, as `contact_status` has it."""

JOINED: Final = f"JOIN (SELECT name, {THRESHOLD} AS threshold FROM campaigns) k ON k.name = c.campaign"
"""The campaign `k` of a case `c`, for CONTACT."""

_OPEN: Final = ", ".join(f"'{status}'" for status in sorted(OPEN))

_CAMPAIGNS: Final = f"""
    SELECT name, {THRESHOLD}, ended_at IS NOT NULL AND reopened_at IS NULL,
           (SELECT count(*) FROM attempts a WHERE a.settled_at IS NULL AND a.campaign = campaigns.name)
    FROM campaigns WHERE :campaign IS NULL OR name = :campaign ORDER BY name
"""
_GROUPS: Final = f"""
    SELECT calls, failures, reached_at IS NOT NULL, count(*), sum(status IN ({_OPEN}))
    FROM cases WHERE campaign = :campaign
      AND (:list IS NULL OR lead_id IN
           (SELECT id FROM leads WHERE list_id = (SELECT id FROM lists WHERE name = :list)))
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """`statuses` has every contact status; `by_calls` counts leads by how often the campaign called them, in
    ascending order. `final`: nothing of this can change any more."""

    campaign: str
    threshold: int
    final: bool
    statuses: dict[ContactStatus, int] = field(default_factory=dict)
    by_calls: dict[int, int] = field(default_factory=dict)

    @property
    def leads(self) -> int:
        return sum(self.by_calls.values())

    @property
    def called(self) -> int:
        """Leads that were called at least once."""
        return self.leads - self.by_calls.get(0, 0)

    @property
    def reached(self) -> int:
        """Leads of whom a person has answered."""
        return self.statuses[ContactStatus.SUCCESSFUL]

    @property
    def calls(self) -> int:
        return sum(calls * leads for calls, leads in self.by_calls.items())

    @property
    def standing(self) -> str:
        return "final" if self.final else "provisional"


def contacts(
    sql: sqlite3.Connection, *, campaign: str | None = None, list_name: str | None = None
) -> Iterator[Contact]:
    """One for each campaign, by name. With a list, only its leads are counted; what is final is still asked
    of the whole campaign."""
    for name, threshold, ended, live in sql.execute(_CAMPAIGNS, {"campaign": campaign}).fetchall():
        groups = sql.execute(_GROUPS, {"campaign": name, "list": list_name}).fetchall()
        whole = groups if list_name is None else sql.execute(_GROUPS, {"campaign": name, "list": None})
        cases = dialable = 0
        for _, _, _, count, still_open in whole:
            cases, dialable = cases + count, dialable + still_open
        yield Contact(
            campaign=name,
            threshold=threshold,
            final=is_final(ended=bool(ended), cases=cases, dialable=dialable, live=live),
            statuses=_by_status(groups, threshold),
            by_calls=_by_calls(groups),
        )


def _by_status(groups: list[tuple[Any, ...]], threshold: int) -> dict[ContactStatus, int]:
    found: Counter[ContactStatus] = Counter()
    for calls, failures, reached, count, _ in groups:
        found[contact_status(calls=calls, failures=failures, reached=bool(reached), threshold=threshold)] += (
            count
        )
    return {status: found[status] for status in ContactStatus}


def _by_calls(groups: list[tuple[Any, ...]]) -> dict[int, int]:
    found: Counter[int] = Counter()
    for calls, _, _, count, _ in groups:
        found[calls] += count
    return dict(sorted(found.items()))


# --- as tables ------------------------------------------------------------------------------------

_CAMPAIGN: Final = Column("campaign", "The campaign's name.")
_STANDING: Final = Column(
    "standing",
    "`final` once the campaign has ended or has nothing left to dial, and no call is live; until then "
    "`provisional`.",
)

STATUS_COLUMNS: Final = (
    _CAMPAIGN,
    Column("contact", "The contact status."),
    Column("leads", "How many leads have it.", Kind.COUNT),
    Column("percent", "In a hundred leads of the campaign.", Kind.NUMBER),
    _STANDING,
)
CALLS_COLUMNS: Final = (
    _CAMPAIGN,
    Column("calls", "How often the campaign called a lead, over all cycles, answered or not.", Kind.COUNT),
    Column("leads", "How many leads it called so often.", Kind.COUNT),
    Column("percent", "In a hundred leads of the campaign.", Kind.NUMBER),
)
REACH_COLUMNS: Final = (
    _CAMPAIGN,
    Column("leads", "Leads of the campaign.", Kind.COUNT),
    Column("called", "Leads called at least once.", Kind.COUNT),
    Column("called_percent", "In a hundred leads.", Kind.NUMBER),
    Column("reached", "Leads of whom a person answered.", Kind.COUNT),
    Column("reached_percent", "In a hundred leads.", Kind.NUMBER),
    Column("calls", "Calls in all.", Kind.COUNT),
    Column("calls_per_lead", "Calls for each lead that was called.", Kind.NUMBER),
    _STANDING,
)


def status_rows(contact: Contact) -> Iterator[tuple[Any, ...]]:
    """Leads by contact status, in the statuses' own order, none left out."""
    for status, count in contact.statuses.items():
        yield contact.campaign, status, count, percent(count, contact.leads), contact.standing


def calls_rows(contact: Contact) -> Iterator[tuple[Any, ...]]:
    """The histogram of the number of calls; numbers that no lead has are left out."""
    for calls, count in contact.by_calls.items():
        yield contact.campaign, calls, count, percent(count, contact.leads)


def reach_rows(contact: Contact) -> Iterator[tuple[Any, ...]]:
    """One row: how much of the campaign has been called, and answered."""
    yield (
        contact.campaign,
        contact.leads,
        contact.called,
        percent(contact.called, contact.leads),
        contact.reached,
        percent(contact.reached, contact.leads),
        contact.calls,
        contact.calls / contact.called if contact.called else 0.0,
        contact.standing,
    )


def percent(part: int, whole: int) -> float:
    """Of nothing, 0."""
    return 100 * part / whole if whole else 0.0
