"""No shipped rule makes another looser: fewer rules refuse nothing more, and more allow nothing more.

Left out and added are rules that the profile asks. What a rule says of emergencies, even for other calls,
stands instead of the engine's own stop of everything, and so is always there.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from random import Random
from typing import Final

import pytest

from engine.compliance.dial import Dial
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.places import Place
from engine.compliance.profiles import Profile
from engine.compliance.regime import Regime
from engine.compliance.rules import EVERYWHERE, Means, Party, Rule
from engine.config.rulebook import shipped_rules
from engine.domain.time import HOUR, Instant
from tests.compliance.random_dials import (
    EMERGENCIES,
    profiles,
    regime_of,
    rules_of,
    some_dial,
    some_minute,
    some_place,
)

DIALS: Final = 45  # of each profile and way of calling: 4,590 together
ADDED: Final = 10  # rules of other countries
GROUPS: Final = [
    pytest.param(profile, means, id=f"{profile.name}-{means}") for profile in profiles() for means in Means
]

Case = tuple[Dial, Place, Party, Instant]


@pytest.fixture(autouse=True)
def unversioned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule sets are made by the thousand, and nobody asks for their versions."""
    monkeypatch.setattr("engine.compliance.rules.asdict", lambda rule: rule.id)


def seed_of(profile: Profile, means: Means) -> Random:
    return Random(f"{profile.name} {means}")


@cache
def cases_of(profile: Profile, means: Means) -> list[Case]:
    """Dials at any time, most of them in open windows, so that they are judged by more than these."""
    chance = seed_of(profile, means)
    regime = made(rules_of(profile), profile, means)
    cases = []
    for _ in range(DIALS):
        place, party = some_place(chance, profile)
        prepared = regime.prepare(place, party)
        now = some_minute(chance) + chance.choice((-1, 0, 1))
        if chance.random() < 0.8:
            now = (prepared.plan.schedule.next_opening(now) or now) + chance.randrange(5 * HOUR)
        cases.append((some_dial(chance, prepared, now), place, party, now))
    return cases


def judged(regime: Regime, case: Case) -> Dial:
    one, place, party, _ = case
    return replace(one, prepared=regime.prepare(place, party))


def allowed(regime: Regime, case: Case) -> bool:
    return evaluate(judged(regime, case), case[-1]).allowed


def concerned(rule: Rule, case: Case) -> bool:
    """Whether a rule holds for the dial; what does not can change nothing."""
    return rule in case[0].prepared.plan.rules


def made(rules: Iterable[Rule], profile: Profile, means: Means) -> Regime:
    return regime_of(tuple(rules), profile, means, EMERGENCIES)


@pytest.mark.parametrize(("profile", "means"), GROUPS)
def test_leaving_out_any_rule_never_refuses_what_was_allowed(profile: Profile, means: Means) -> None:
    rules = rules_of(profile)
    whole = made(rules, profile, means)
    cases = [case for case in cases_of(profile, means) if allowed(whole, case)]
    for without in whole.rules:
        tried = [case for case in cases if concerned(without, case)]
        if not tried:
            continue
        fewer = made((rule for rule in rules if rule is not without), profile, means)
        for case in tried:
            assert allowed(fewer, case), (without.id, case)


@pytest.mark.parametrize(("profile", "means"), GROUPS)
def test_with_half_of_the_rules_nobody_is_called_later(profile: Profile, means: Means) -> None:
    chance = seed_of(profile, means)
    rules = rules_of(profile)
    whole = made(rules, profile, means)
    half = {rule.id for rule in whole.rules if chance.random() < 0.5}
    looser = made((rule for rule in rules if rule.id not in half), profile, means)
    for case in cases_of(profile, means)[:8]:
        strict_next, loose_next = (next_allowed(judged(each, case), case[-1]) for each in (whole, looser))
        if strict_next is not None:
            assert loose_next is not None
            assert loose_next <= strict_next


@pytest.mark.parametrize(("profile", "means"), GROUPS)
def test_adding_any_rule_never_allows_what_was_refused(profile: Profile, means: Means) -> None:
    chance = seed_of(profile, means)
    rules = rules_of(profile)
    whole = made(rules, profile, means)
    cases = cases_of(profile, means)
    asked = list(whole.rules)
    chance.shuffle(asked)
    none = made((rule for rule in rules if rule not in asked), profile, means)
    answers = [allowed(none, case) for case in cases]
    for count, last in enumerate(asked, 1):  # one rule after the other, until there are all
        tried = [index for index, case in enumerate(cases) if concerned(last, case)]
        if not tried:
            continue
        more = made([*(rule for rule in rules if rule not in asked), *asked[:count]], profile, means)
        for index in tried:
            after = allowed(more, cases[index])
            assert answers[index] or not after, (last.id, cases[index])
            answers[index] = after
    assert answers == [allowed(whole, case) for case in cases]
    for other in chance.sample(shipped_rules().rules, ADDED):  # as if it held for everybody
        wide = replace(
            other, id="Z-WIDE", jurisdiction=EVERYWHERE, purposes=(), means=(), parties=(), lines=()
        )
        more = made([*rules, wide], profile, means)
        for index, case in enumerate(cases):
            assert answers[index] or not allowed(more, case), (other.id, case)


def test_the_dials_that_are_tried_are_allowed_and_refused_by_every_gate() -> None:
    met: Counter[str] = Counter()
    for profile in profiles():
        for means in Means:
            for case in cases_of(profile, means):
                met[str(evaluate(case[0], case[-1]).gate or "allowed")] += 1
    assert met.total() >= 3000
    assert met["allowed"] >= 100
    assert {*met} >= {"origin", "dnc", "manner", "caller-id", "registry", "consent", "window", "cap"}, met
