"""Every shipped rule of every kind: for whom it holds, and from its first date to its last anywhere on earth.

A rule that is added later is tried here by itself; a kind that is added needs a row in REFUSED.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from engine.compliance.almanac import DeclaredEmergency
from engine.compliance.dial import DncEntry, DncSource, GivenConsent, Past
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.limits import Governed, limits
from engine.compliance.places import Place
from engine.compliance.profiles import Profile
from engine.compliance.regime import Regime
from engine.compliance.rules import PURPOSES, Line, Means, Party, Rule
from engine.compliance.terms import Consent, ConsentNeeded, Event, Key, Kind, Reach
from engine.config.rulebook import almanac, shipped_rules
from engine.domain.compliance import CompliancePolicy
from engine.domain.policy import Amd, Budget, CampaignPolicy
from engine.domain.time import DAY, Instant
from engine.domain.words import DialMode
from tests.compliance import edges
from tests.compliance.alone import KEYS, prepared, regime_of
from tests.compliance.dials import LONDON, MANNER, dial, rule as made
from tests.compliance.edges import Written, written

RULES: Final = list(written())
TRIED: Final = (date(2026, 3, 29), date(2027, 1, 31))  # on the rules that have no dates of their own
NEEDED: Final = made(ConsentNeeded(level=Consent.EXPRESS), "Z-NEEDED")
FIXED_ZONES: Final = [f"Etc/GMT{hours:+}" for hours in range(-14, 13)]


def test_every_shipped_rule_is_read_and_no_other() -> None:
    assert [rule.id for rule in shipped_rules().rules] == RULES
    for rule in shipped_rules().rules:
        assert (rule.jurisdiction, rule.kind) == (written()[rule.id].jurisdiction, written()[rule.id]["kind"])
        assert rule.kind in REFUSED
        assert edges.zones_of(rule.jurisdiction), f"{rule.id} is of no place"


# --- from when to when ----------------------------------------------------------------------------

Situation = dict[str, Any]


def attempt(at: Instant, *events: Event) -> Past:
    common = {key.value: getattr(KEYS, key) for key in Key}
    return Past(at=at, reach=Reach.CONVERSATION, events=events, **common)


def in_the_manner(**changes: Any) -> Callable[[Written, Instant], Situation]:
    return lambda rule, now: {"manner": replace(MANNER, **changes)}


def closed_somewhere(rule: Written, now: Instant) -> Situation:
    """A zone in which the rule's windows are shut at an instant."""
    always = replace(rule, said={**rule.said, "effective_from": None, "effective_to": None})
    return {"zone": next(zone for zone in FIXED_ZONES if not edges.is_open(always, now, zone))}


def called_too_often(rule: Written, now: Instant) -> Situation:
    return {"history": [attempt(now - n) for n in range(rule["calls"])]}


def came_to_something(rule: Written, now: Instant) -> Situation:
    return {"history": [attempt(now, Event(rule["after"]))], "manner": replace(MANNER, reserved=False)}


def nothing_known(rule: Written, now: Instant) -> Situation:
    return {}


REFUSED: Final[dict[str, Callable[[Written, Instant], Situation]]] = {
    Kind.HOURS: closed_somewhere,
    Kind.CAP: called_too_often,
    Kind.COOLDOWN: came_to_something,
    Kind.LOCKOUT: came_to_something,
    Kind.CONSENT: nothing_known,
    Kind.REGISTRY: nothing_known,
    Kind.BAN: nothing_known,
    Kind.REVOCATION: lambda rule, now: {
        "consents": (
            GivenConsent(level=Consent.WRITTEN, given_at=now - DAY),
            GivenConsent(level=Consent.IMPLIED, given_at=0, revoked_at=now - 1),
        ),
    },
    Kind.REASSIGNED: lambda rule, now: {"consents": (GivenConsent(level=Consent.WRITTEN, given_at=0),)},
    Kind.INTERNAL_DNC: lambda rule, now: {"dnc": (DncEntry(source=DncSource.INTERNAL, by="number"),)},
    Kind.DESTINATION: lambda rule, now: {"protected": True},
    Kind.LIST_ORIGIN: lambda rule, now: {"generated": True},
    Kind.CALLER_ID: in_the_manner(caller_id=None),
    Kind.RING: in_the_manner(ring=0),
    Kind.MESSAGE: in_the_manner(reserved=False, message_within=None),
    Kind.AMD_TEST: in_the_manner(hangs_up_on_machines=True),
    Kind.EMERGENCY: lambda rule, now: {
        "emergencies": (DeclaredEmergency(jurisdiction=rule.jurisdiction, starts=0),)
    },
    Kind.ABANDONMENT: nothing_known,
    Kind.RECORDS: nothing_known,
    Kind.INFORMATIVE: nothing_known,
}
"""What a rule of each kind refuses for as long as it is in force; every kind has a row."""

NEVER_REFUSE: Final = {Kind.ABANDONMENT, Kind.RECORDS, Kind.INFORMATIVE}  # single dials
ALWAYS_REFUSE: Final = {Kind.INTERNAL_DNC, Kind.DESTINATION}  # the engine does, and names the rule in force


def dated(rule_id: str) -> list[tuple[Rule, Written]]:
    """The rule with its own dates, and with tried ones."""
    shipped, said = shipped_rules()[rule_id], written()[rule_id]
    cases = [(shipped.effective_from, shipped.effective_to), TRIED, (TRIED[0], None), (None, TRIED[1])]
    return [
        (
            replace(shipped, effective_from=first, effective_to=last),
            replace(said, said={**said.said, "effective_from": first, "effective_to": last}),
        )
        for first, last in cases
    ]


def answered(rule: Rule, said: Written, now: Instant) -> tuple[bool, str | None]:
    """Whether a dial that the rule refuses is made, and whose refusal it is."""
    situation = REFUSED[rule.kind](said, now)
    others = [NEEDED] if rule.kind in (Kind.REVOCATION, Kind.REASSIGNED) else []
    regime = regime_of(rule, *others, emergencies=situation.pop("emergencies", ()))
    place = prepared(regime, rule, situation.pop("zone", "UTC"))
    verdict = evaluate(dial(place, keys=KEYS, **situation), now)
    return verdict.allowed, verdict.rule


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_is_in_force_from_its_first_date_to_its_last_anywhere_on_earth(rule_id: str) -> None:
    for rule, said in dated(rule_id):
        around = edges.force_edges(said) or [edges.first_instant(TRIED[0])]
        for now in {at + n for at in around for n in (-1, 0, 1, -DAY, DAY)}:
            held = edges.in_force(said, now)
            assert held is (rule.starts <= now < rule.ends)
            allowed, named = answered(rule, said, now)
            if rule.kind in NEVER_REFUSE:
                assert (allowed, named) == (True, None)
            elif rule.kind in ALWAYS_REFUSE:
                assert (allowed, named) == (False, rule_id if held else None)
            else:
                by = NEEDED.id if rule.kind is Kind.REVOCATION else rule_id
                assert (allowed, named) == ((False, by) if held else (True, None)), now


@pytest.mark.parametrize("rule_id", edges.of_kind("ban", "consent", "registry"))
def test_what_a_rule_blocks_may_be_called_the_microsecond_after_its_last_date(rule_id: str) -> None:
    rule = replace(shipped_rules()[rule_id], effective_from=None, effective_to=TRIED[1])
    one = dial(prepared(regime_of(rule), rule, "UTC"), keys=KEYS)
    over = edges.last_end(TRIED[1])
    assert next_allowed(one, over - 100 * DAY) == over
    assert next_allowed(one, over) == over


@pytest.mark.parametrize("rule_id", edges.of_kind("abandonment"))
def test_a_limit_counts_from_its_first_date_to_its_last(rule_id: str) -> None:
    for rule, said in dated(rule_id):
        policy = CampaignPolicy(
            name="spring",
            mode=DialMode.POWER,
            lists=("people",),
            pool="sales",
            customer_attempts=Budget(max=1, interval=0),
            amd=Amd(enabled=said["formula"] == "gb-amd"),
            compliance=CompliancePolicy(profiles=("alone",), drop_group="winter"),
        )
        ours = {"spring": Governed(policy=policy, rules=(rule,), ids=frozenset({rule_id}))}
        for edge in edges.force_edges(said):
            for now in (edge - 1, edge, edge + 1):
                found = {str(limit.scope) for limit in limits("spring", ours, now)}
                scopes = {*said.get("scopes", ["campaign"]), "drop-group"}
                assert found == (scopes if edges.in_force(said, now) else set())


# --- for whom -------------------------------------------------------------------------------------


def test_a_rule_holds_for_the_calls_that_it_names_and_where_it_names_nothing_for_all() -> None:
    rules = shipped_rules()
    everywhere = tuple(sorted({each.partition("-")[0] for each in rules.jurisdictions}))
    every_almanac = almanac(rules.rules, range(2026, 2027))
    for purposes in [*((purpose,) for purpose in PURPOSES), ("sales", "research"), ("delivery", "charity")]:
        profile = Profile(name="any", summary="", covers=everywhere, purposes=purposes)
        for means in Means:
            regime = Regime(rules=rules, profile=profile, almanac=every_almanac, means=(means,))
            for jurisdictions in (
                ("GB",),
                ("US",),
                ("US", "US-FL"),
                ("AU", "FR"),
                tuple(rules.jurisdictions),
            ):
                for party in Party:
                    for line in Line:
                        place = Place(number=LONDON, line=line, zones=("UTC",), jurisdictions=jurisdictions)
                        held = [rule.id for rule in regime.holding(place, party)]
                        assert held == [
                            said.id
                            for said in written().values()
                            if said.jurisdiction in jurisdictions
                            and names(said, "purposes", *purposes)
                            and names(said, "means", means)
                            and names(said, "parties", party)
                            and (line is Line.EITHER or names(said, "lines", line))
                        ]


def names(said: Written, key: str, *words: str) -> bool:
    return key not in said.said or bool({*said[key]} & {*words})
