"""Which rules a campaign keeps: a profile chooses by country and purpose, and an operator may add rules and
change figures. Stricter is free; looser takes the right to do so, and a reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.compliance.almanac import within
from engine.compliance.rules import EVERYWHERE, Basis, Rule, RuleSet
from engine.compliance.strictness import is_stricter
from engine.compliance.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The countries that it covers and what its calls are for. A lead of another country is refused."""

    name: str
    summary: str
    covers: tuple[str, ...]
    purposes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.covers or not self.purposes:
            raise ValueError("a profile covers at least one country and has at least one purpose")

    def covers_country(self, country: str) -> bool:
        return country in self.covers

    def rules(self, rules: RuleSet) -> tuple[Rule, ...]:
        """Those that may hold for its calls."""
        return tuple(
            rule
            for rule in rules.rules
            if (
                rule.jurisdiction == EVERYWHERE
                or any(within(rule.jurisdiction, part) for part in self.covers)
            )
            and (not rule.purposes or set(rule.purposes) & set(self.purposes))
        )


def combined(profiles: Sequence[Profile]) -> Profile:
    """One profile with all countries and all purposes of several: more purposes, so no rule fewer."""
    return Profile(
        name="+".join(profile.name for profile in profiles),
        summary="; ".join(profile.summary for profile in profiles),
        covers=tuple(sorted({country for profile in profiles for country in profile.covers})),
        purposes=tuple(sorted({purpose for profile in profiles for purpose in profile.purposes})),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Other terms for a rule, or none: then the rule is left out. A looser one says so and why."""

    rule: str
    terms: Terms | None
    looser: bool = False
    reason: str = ""


REMOVED: Final = "the rule is left out"


def problems_of(override: Override, rules: RuleSet) -> list[str]:
    """What is wrong with an override, whoever asks for it; each completes 'the override of R …'."""
    if override.rule not in rules:
        return ["is of a rule that does not exist"]
    rule = rules[override.rule]
    if override.terms is not None and type(override.terms) is not type(rule.terms):
        return [f"has terms that are not those of {rule.kind}"]
    if not loosens(override, rules):
        return []
    found = []
    if not override.looser:
        found.append("is looser than the rule; say 'looser: true' if that is meant")
    if not override.reason.strip():
        found.append("is looser than the rule, and so needs a reason")
    return found


def loosens(override: Override, rules: RuleSet) -> bool:
    """Whether it could allow what the rule refuses."""
    return override.terms is None or not is_stricter(rules[override.rule], override.terms)


class NotAllowed(ValueError):
    """Overrides that may not be made. `problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def with_overrides(
    rules: RuleSet,
    overrides: Iterable[Override],
    *,
    added: Iterable[Rule] = (),
    may_loosen: frozenset[str] = frozenset(),
) -> RuleSet:
    """The rules as an operator keeps them, with the operator's own. `may_loosen` has the ids of the rules for
    which somebody with the right has confirmed a looser override. Raises NotAllowed."""
    problems: list[str] = []
    changed = {rule.id: rule for rule in rules.rules}
    for override in overrides:
        found = problems_of(override, rules)
        if not found and loosens(override, rules) and override.rule not in may_loosen:
            found = ["is looser than the rule, which takes the right to override compliance"]
        problems += [f"the override of {override.rule} {problem}" for problem in found]
        if found:
            continue
        if override.terms is None:
            del changed[override.rule]
        else:
            note = f"{changed[override.rule].note} Changed by the operator: {override.reason}".strip()
            changed[override.rule] = replace(
                changed[override.rule], terms=override.terms, basis=Basis.OPERATOR, note=note
            )
    for rule in added:
        if rule.id in rules:
            problems.append(f"the rule {rule.id} exists already; override it instead")
        changed.setdefault(rule.id, rule)
    if problems:
        raise NotAllowed(problems)
    return RuleSet(changed.values())
