"""A rule is data: who made it, where it stands, for whom and when it holds, and its figures.

A rule without purposes, means, parties or lines holds for all of them: what is left out only makes it wider.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from engine.compliance.terms import TERMS, Kind, Terms
from engine.domain.time import DAY, HOUR, Instant

EVERYWHERE: Final = "*"
"""The jurisdiction of an operator's own rules, which hold for every lead."""

ALWAYS: Final = -(2**62)  # before every instant
NEVER: Final = 2**62  # after every instant

_EARLIEST_ZONE: Final = 14 * HOUR  # a date begins first where clocks are 14 hours ahead of UTC
_LATEST_ZONE: Final = 12 * HOUR  # and ends last where they are 12 hours behind
_EPOCH: Final = date(1970, 1, 1).toordinal()

PURPOSES: Final = (
    "sales",
    "collections",
    "research",
    "charity",
    "service",  # about an order, an appointment, an account: nothing is sold
    "healthcare",
    "delivery",
    "fraud-alert",
    "claims-management",
    "pensions",
    "energy-renovation",
    "training-accounts",
)
"""What a call is for. A call may have several; a rule for one of them then holds."""


class Means(StrEnum):
    """How calls are made."""

    LIVE = "live"  # an agent for every call: preview, agent-first, progressive
    AUTODIALED = "autodialed"  # more calls than agents: power, predictive
    PRERECORDED = "prerecorded"  # a recording speaks: agentless


class Party(StrEnum):
    CONSUMER = "consumer"
    BUSINESS = "business"


class Line(StrEnum):
    """What a numbering plan says of a number; where it cannot tell, rules for either hold."""

    FIXED = "fixed"
    MOBILE = "mobile"
    EITHER = "either"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM_HIGH = "medium-high"
    MEDIUM = "medium"
    MEDIUM_LOW = "medium-low"
    LOW = "low"


class Basis(StrEnum):
    """What a rule's figures rest on."""

    SOURCES = "sources"
    SOURCES_AND_KNOWLEDGE = "sources and general knowledge"
    KNOWLEDGE = "general knowledge"  # to be verified by counsel before use
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`effective_from` and `effective_to` are the first and last local date on which it holds. `figures` are
    carried for people; nothing reads them."""

    id: str
    jurisdiction: str  # GB, US, US-FL, or * for an operator's own
    authority: str
    citation: str
    summary: str
    kind: Kind
    terms: Terms
    purposes: tuple[str, ...] = ()
    means: tuple[Means, ...] = ()
    parties: tuple[Party, ...] = ()
    lines: tuple[Line, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    confidence: Confidence
    basis: Basis
    reviewed: date
    note: str = ""
    figures: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if type(self.terms) is not TERMS[self.kind]:
            raise ValueError(f"{self.id}: the terms are not those of {self.kind}")
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError(f"effective_to {self.effective_to} is before effective_from")

    @property
    def starts(self) -> Instant:
        """When its first date begins anywhere on earth."""
        if self.effective_from is None:
            return ALWAYS
        return (self.effective_from.toordinal() - _EPOCH) * DAY - _EARLIEST_ZONE

    @property
    def ends(self) -> Instant:
        """When its last date has ended everywhere on earth."""
        if self.effective_to is None:
            return NEVER
        return (self.effective_to.toordinal() - _EPOCH + 1) * DAY + _LATEST_ZONE


def outside(
    rule: Rule,
    *,
    jurisdictions: Iterable[str],
    purposes: Iterable[str],
    means: Iterable[Means],
    party: Party,
    line: Line,
) -> str | None:
    """Why a rule does not hold for such a call; None if it does."""
    if rule.jurisdiction != EVERYWHERE and rule.jurisdiction not in jurisdictions:
        return "another jurisdiction"
    if rule.purposes and not set(rule.purposes) & set(purposes):
        return "another purpose"
    if rule.means and not set(rule.means) & set(means):
        return "another way of calling"
    if rule.parties and party not in rule.parties:
        return f"not for a {party}"
    if rule.lines and line not in rule.lines and line is not Line.EITHER:
        return f"not for a {line} line"
    return None


class RuleSet:
    """Rules by id, and the version that names exactly these rules with these figures."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Final = tuple(sorted(rules, key=lambda rule: rule.id))
        self._by_id = {rule.id: rule for rule in self.rules}
        if len(self._by_id) != len(self.rules):
            twice = sorted({a.id for a, b in zip(self.rules, self.rules[1:], strict=False) if a.id == b.id})
            raise ValueError(f"rules stand twice: {', '.join(twice)}")
        text = json.dumps([asdict(rule) for rule in self.rules], sort_keys=True, default=str)
        self.version: Final = hashlib.sha256(text.encode()).hexdigest()[:12]

    def __getitem__(self, rule_id: str) -> Rule:
        return self._by_id[rule_id]

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self._by_id

    def __len__(self) -> int:
        return len(self.rules)

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Those that have a rule, in order."""
        return tuple(sorted({rule.jurisdiction for rule in self.rules}))
