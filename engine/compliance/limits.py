"""Which limits the abandoned calls of a campaign count for: its own, its call centre's, its drop group's.

1. A rule holds for a call centre over all of its campaigns that keep the rule, and so for a drop group: who
   puts campaigns into a group wants them judged together, whatever the rule's own scopes.
2. Of the two formulas of GB one holds: that for detection if any of the campaigns hangs up on machines. The
   least sure of their tests then stands for all.
3. A window that is over soon is two windows: the next one begins empty, with room for nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from engine.compliance.abandonment import Rate, Tally, rate_of, share_of_mistakes
from engine.compliance.met import hangs_up_on_machines
from engine.compliance.regime import Regime
from engine.compliance.rules import Line, Party, Rule, outside
from engine.compliance.terms import Abandonment, Formula, Kind, Scope
from engine.domain.compliance import AmdTestRecord, CompliancePolicy
from engine.domain.policy import CampaignPolicy
from engine.domain.time import SECOND, Instant, Micros

_LATEST: Final[Micros] = 60 * SECOND  # for its turn at the trunks, an end told late, an agent who comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Governed:
    """A campaign that keeps rules, and those of them that limit abandonment."""

    policy: CampaignPolicy
    rules: tuple[Rule, ...]
    ids: frozenset[str]  # of the rules

    @property
    def compliance(self) -> CompliancePolicy:
        assert self.policy.compliance is not None
        return self.policy.compliance


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One rule in one scope. `whose` names the campaign, call centre or group, and `members` are its
    campaigns; days and months are those of `zone`."""

    rule: Rule
    scope: Scope
    whose: str
    members: tuple[CampaignPolicy, ...]
    zone: str

    @property
    def terms(self) -> Abandonment:
        assert isinstance(self.rule.terms, Abandonment)
        return self.rule.terms

    @property
    def amd_test(self) -> AmdTestRecord | None:
        """That of the campaign whose detection is wrong most often; None where one has no test."""
        tests = [
            None if each.compliance is None else each.compliance.amd_test
            for each in self.members
            if hangs_up_on_machines(each)
        ]
        return max(tests, key=share_of_mistakes, default=None)

    @property
    def mistaken(self) -> Fraction:
        """Of how many answered calls detection may make lost ones, though an agent is free."""
        return share_of_mistakes(self.amd_test) if self.terms.formula is Formula.GB_AMD else Fraction(0)

    def rate(self, counts: Tally) -> Rate:
        return rate_of(self.terms.formula, counts, self.amd_test)


def governed(policy: CampaignPolicy, regime: Regime) -> Governed:
    """A campaign with the regime that it keeps."""
    assert policy.compliance is not None
    rules, ids = _rules(regime, policy.compliance.party)
    return Governed(policy=policy, rules=rules, ids=ids)


@lru_cache(maxsize=64)
def _rules(regime: Regime, party: str) -> tuple[tuple[Rule, ...], frozenset[str]]:
    rules = tuple(
        rule
        for rule in regime.rules
        if rule.kind is Kind.ABANDONMENT
        and outside(
            rule,
            jurisdictions=(rule.jurisdiction,),
            purposes=regime.profile.purposes,
            means=regime.means,
            party=Party(party),
            line=Line.EITHER,
        )
        is None
    )
    return rules, frozenset(rule.id for rule in rules)


def limits(name: str, campaigns: Mapping[str, Governed], now: Instant) -> list[Limit]:
    """The limits that hold for a campaign now, in the order of the rules."""
    ours = campaigns[name]
    found = []
    for rule, scope, whose in kept(ours, now):
        members = tuple(
            each.policy for each in campaigns.values() if rule.id in each.ids and whose == _whose(each, scope)
        )
        limit = Limit(rule=rule, scope=scope, whose=whose, members=members, zone=ours.compliance.zone)
        if _formula_fits(limit):
            found.append(limit)
    return found


def kept(ours: Governed, now: Instant) -> Iterator[tuple[Rule, Scope, str]]:
    """The rules that a campaign keeps now, each in each of its scopes, whatever others do there."""
    for rule in ours.rules:
        if rule.starts <= now < rule.ends:
            for scope, whose in _scopes(ours, rule):
                yield rule, scope, whose


def _scopes(ours: Governed, rule: Rule) -> list[tuple[Scope, str]]:
    assert isinstance(rule.terms, Abandonment)
    asked = {*rule.terms.scopes, Scope.DROP_GROUP}
    named = [(scope, _whose(ours, scope)) for scope in Scope if scope in asked]
    return [(scope, whose) for scope, whose in named if whose is not None]


def _whose(one: Governed, scope: Scope) -> str | None:
    if scope is Scope.CAMPAIGN:
        return one.policy.name
    return one.compliance.call_centre if scope is Scope.CALL_CENTRE else one.compliance.drop_group


def _formula_fits(limit: Limit) -> bool:
    detects = any(hangs_up_on_machines(each) for each in limit.members)
    match limit.terms.formula:
        case Formula.GB_AMD:
            return detects
        case Formula.GB_NO_AMD:
            return not detects
        case _:
            return True


def answered_by(policy: CampaignPolicy) -> Micros:
    """How long after its claim a call of the campaign may come to be counted, at the latest."""
    return policy.customer_ring + policy.abandon_after + _LATEST
