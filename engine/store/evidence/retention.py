"""How long evidence has to be kept, and from when on it no longer has to be. Nothing is removed here.

1. Every rule about records counts that may hold for a campaign, of whatever jurisdiction its profiles cover;
   the longest one decides.
2. A rule may count from the last activity with a person. So a call is kept as long as the last call to the
   lead, by whatever campaign.
3. Where no rule says so, nothing is said: evidence may have to be kept all the same.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.compliance.dial import months_after
from engine.compliance.rules import Rule
from engine.compliance.terms import Kind, Records
from engine.config.policies import policy_from_json
from engine.config.regimes import Regimes
from engine.domain.time import Instant
from engine.tables import Column, Kind as Is, Row

COLUMNS: Final = (
    Column("campaign", "The campaign's name."),
    Column("rule", "A rule that says how long evidence is kept; empty if none does."),
    Column("jurisdiction", "Whose rule it is."),
    Column("citation", "Where it stands."),
    Column("confidence", "How sure we are of it."),
    Column("months", "How long evidence is kept, in months.", Is.COUNT),
    Column("decides", "Whether it is the longest of the campaign.", Is.YES),
    Column("attempts", "Attempts at customers that there is evidence of.", Is.COUNT),
    Column("oldest", "When the oldest of them was begun, UTC.", Is.INSTANT),
    Column("kept_until", "Until when the rule has all of it kept, UTC.", Is.INSTANT),
    Column("past", "How many attempts the rule no longer has kept.", Is.COUNT),
)


@dataclass(frozen=True, slots=True)
class _Evidence:
    attempts: int
    oldest: Instant | None
    activity: Instant | None  # the earliest of the last calls to its leads


def retention_rows(
    sql: sqlite3.Connection, regimes: Regimes, *, campaign: str | None, now: Instant
) -> Iterator[Row]:
    """A row for each campaign and rule, the longest rule first."""
    query = "SELECT name, policy FROM campaigns WHERE :campaign IS NULL OR name = :campaign ORDER BY name"
    for name, policy in sql.execute(query, {"campaign": campaign}).fetchall():
        regime = regimes.of(policy_from_json(json.loads(policy)), now)
        evidence = _evidence(sql, name)
        rules = [] if regime is None else _in_force(regime.rules, now)
        longest = max((_months(rule) for rule in rules), default=0)
        for rule in sorted(rules, key=lambda rule: (-_months(rule), rule.id)):
            months = _months(rule)
            activity = evidence.activity
            yield (
                name,
                rule.id,
                rule.jurisdiction,
                rule.citation,
                str(rule.confidence),
                months,
                months == longest,
                evidence.attempts,
                evidence.oldest,
                None if activity is None else months_after(activity, months),
                _past(sql, name, months, now),
            )
        if not rules:
            yield (name, *(None,) * 6, evidence.attempts, evidence.oldest, None, None)


def _in_force(rules: tuple[Rule, ...], now: Instant) -> list[Rule]:
    return [rule for rule in rules if rule.kind is Kind.RECORDS and rule.starts <= now < rule.ends]


def _months(rule: Rule) -> int:
    assert isinstance(rule.terms, Records)
    return rule.terms.months


_CALLED: Final = """
    FROM attempts a JOIN leads l ON l.id = a.lead_id
    WHERE a.campaign = ? AND EXISTS (SELECT 1 FROM legs g WHERE g.attempt_id = a.id AND g.side = 'customer')
"""


def _evidence(sql: sqlite3.Connection, campaign: str) -> _Evidence:
    last = "max(a.started_at, coalesce(l.last_ended_at, 0))"
    query = f"SELECT count(*), min(a.started_at), min({last}) {_CALLED}"
    return _Evidence(*sql.execute(query, (campaign,)).fetchone())


def _past(sql: sqlite3.Connection, campaign: str, months: int, now: Instant) -> int:
    """How many attempts are older than the rule asks, by the last call to the lead."""
    begins = _kept_from(now, months)
    query = f"SELECT count(*) {_CALLED} AND a.settled_at IS NOT NULL"
    query += " AND a.started_at < ? AND l.last_ended_at < ?"
    (count,) = sql.execute(query, (campaign, begins, begins)).fetchone()
    return int(count)


def _kept_from(now: Instant, months: int) -> Instant:
    """The first instant that is still kept: so many months after it have not passed."""
    low, high = 0, now
    while low < high:
        middle = (low + high) // 2
        if months_after(middle, months) > now:
            high = middle
        else:
            low = middle + 1
    return low
