"""What an operator's overrides make of the shipped rules: which allow less and which could allow more."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.compliance.profiles import Override, loosens
from engine.compliance.rules import RuleSet
from engine.compliance.terms import Terms


class Effect(StrEnum):
    SAME = "same"  # the terms are those of the rule
    STRICTER = "stricter"
    LOOSER = "looser"  # it could allow what the rule refuses


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden:
    """One override and the rule's own terms. `takes_right`: only who may override compliance can make it.
    One that only says that it is looser takes the right too: a stricter rule may be shipped one day, and
    then it is."""

    rule: str
    effect: Effect
    before: Terms
    after: Terms | None  # None: the rule is left out
    takes_right: bool
    reason: str


def effects(overrides: Iterable[Override], rules: RuleSet) -> tuple[Overridden, ...]:
    """Each override of a rule that exists, with what it does, in the order of the overrides."""
    return tuple(_effect(override, rules) for override in overrides)


def _effect(override: Override, rules: RuleSet) -> Overridden:
    before = rules[override.rule].terms
    looser = loosens(override, rules)
    effect = Effect.LOOSER if looser else Effect.SAME if override.terms == before else Effect.STRICTER
    return Overridden(
        rule=override.rule,
        effect=effect,
        before=before,
        after=override.terms,
        takes_right=looser or override.looser,
        reason=override.reason,
    )
