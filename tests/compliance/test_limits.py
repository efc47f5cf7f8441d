"""Which limits hold for a campaign: of which rules, in which scopes, and with which other campaigns."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import pytest

from engine.compliance.abandonment import Rate, Tally
from engine.compliance.limits import Limit, answered_by, governed, limits
from engine.compliance.terms import Abandonment, Formula, Period, Scope
from engine.config.regimes import Regimes
from engine.domain.compliance import AmdTestRecord, CompliancePolicy
from engine.domain.policy import Amd, Budget, CampaignPolicy
from engine.domain.time import MINUTE, SECOND, Instant
from engine.domain.words import DialMode
from tests.compliance.dials import at, rule

NOW: Final = at("2026-11-24T12:00:00+00:00")
DETECTS: Final = Amd(enabled=True)


def campaign(name: str = "orders", profile: str = "uk-sales", **more: Any) -> CampaignPolicy:
    kept = {key: more.pop(key) for key in ("call_centre", "drop_group", "zone", "amd_test") if key in more}
    given: dict[str, Any] = {
        "name": name,
        "mode": DialMode.POWER,
        "lists": ("people",),
        "pool": "sales",
        "customer_attempts": Budget(max=2, interval=MINUTE),
        "compliance": CompliancePolicy(profiles=(profile,), **kept),
    }
    return CampaignPolicy(**given | more)


def of(*policies: CampaignPolicy, now: Instant = NOW) -> list[Limit]:
    """The limits of the first, beside the others."""
    regimes = Regimes()
    made = {}
    for policy in policies:
        regime = regimes.of(policy, now)
        assert regime is not None
        made[policy.name] = governed(policy, regime)
    return limits(policies[0].name, made, now)


def told(found: Iterable[Limit]) -> list[tuple[str, str, str]]:
    return [(limit.rule.id, str(limit.scope), limit.whose) for limit in found]


def test_a_british_campaign_counts_for_itself_and_its_call_centre() -> None:
    assert told(of(campaign(call_centre="leeds"))) == [
        ("UK-ACR-2016", "campaign", "orders"),
        ("UK-ACR-2016", "call-centre", "leeds"),
        ("UK-ACR-2016-DAY", "campaign", "orders"),
        ("UK-ACR-2016-DAY", "call-centre", "leeds"),
    ]


def test_rules_of_the_past_and_of_the_future_are_not_asked() -> None:
    assert told(of(campaign(), now=at("2016-01-01T12:00:00+00:00"))) == [
        ("UK-ACR-2010", "campaign", "orders"),
        ("UK-ACR-2010", "call-centre", "main"),
    ]


def test_where_detection_hangs_up_its_own_formula_holds() -> None:
    assert {limit.rule.id for limit in of(campaign(amd=DETECTS))} == {"UK-ACR-AMD", "UK-ACR-AMD-DAY"}


def test_a_call_centre_in_which_one_campaign_detects_is_judged_by_the_formula_of_detection() -> None:
    assert told(of(campaign(), campaign("plain"), campaign("detects", amd=DETECTS))) == [
        ("UK-ACR-2016", "campaign", "orders"),
        ("UK-ACR-2016-DAY", "campaign", "orders"),
        ("UK-ACR-AMD", "call-centre", "main"),
        ("UK-ACR-AMD-DAY", "call-centre", "main"),
    ]


@pytest.mark.parametrize(
    ("profile", "rules"),
    [
        ("us-sales", ["US-FCC-ABANDON", "US-TSR-SAFE-HARBOR"]),
        ("ca-sales", ["CA-ABANDON", "CA-ABANDON-PLACED"]),
        ("it-sales", ["IT-MUTE"]),
        ("us-service", []),
        ("au-sales", []),
    ],
)
def test_which_rules_limit_whom(profile: str, rules: list[str]) -> None:
    found = of(campaign(profile=profile))
    assert [limit.rule.id for limit in found] == rules
    assert {limit.scope for limit in found} <= {Scope.CAMPAIGN}


def test_a_drop_group_is_judged_by_every_rule_of_its_campaigns() -> None:
    group = [campaign(name, "us-sales", drop_group="spring") for name in ("orders", "renewals")]
    found = of(*group, campaign("others", "us-sales"))
    assert [(limit.scope, limit.whose) for limit in found[:2]] == [
        (Scope.CAMPAIGN, "orders"),
        (Scope.DROP_GROUP, "spring"),
    ]
    assert [[each.name for each in limit.members] for limit in found[:2]] == [
        ["orders"],
        ["orders", "renewals"],
    ]


def test_only_campaigns_that_keep_the_rule_count_for_a_call_centre() -> None:
    centre = of(campaign(), campaign("renewals"), campaign("america", "us-sales"))[1]
    assert centre.scope is Scope.CALL_CENTRE
    assert [each.name for each in centre.members] == ["orders", "renewals"]
    apart = of(campaign(), campaign("renewals", call_centre="leeds"))[1]
    assert [each.name for each in apart.members] == ["orders"]


def test_local_days_and_months_are_those_of_the_campaigns_zone() -> None:
    assert {limit.zone for limit in of(campaign(profile="ca-sales", zone="America/St_Johns"))} == {
        "America/St_Johns"
    }


# --- the tests of detection -----------------------------------------------------------------------

SURE: Final = AmdTestRecord(tested_at=0, sample=100, false_positives=1)
UNSURE: Final = AmdTestRecord(tested_at=0, sample=100, false_positives=5)


def limit(*members: CampaignPolicy, formula: Formula = Formula.GB_AMD) -> Limit:
    terms = Abandonment(most=300, formula=formula, period=Period.DAY)
    return Limit(rule=rule(terms), scope=Scope.CALL_CENTRE, whose="main", members=members, zone="UTC")


def test_the_least_sure_test_stands_for_all_that_detect() -> None:
    sure, unsure = campaign(amd=DETECTS, amd_test=SURE), campaign("other", amd=DETECTS, amd_test=UNSURE)
    plain = campaign("plain", amd_test=None)
    assert limit(sure, unsure, plain).amd_test == UNSURE
    assert limit(sure, plain).mistaken == Fraction(1, 100)
    untested = campaign("untested", amd=DETECTS)
    assert limit(sure, untested).amd_test is None
    assert limit(sure, untested).mistaken == 1
    assert limit(replace(sure, compliance=None)).amd_test is None


def test_detection_costs_nothing_where_the_formula_does_not_ask_for_it() -> None:
    found = limit(campaign(amd=DETECTS), formula=Formula.PERSON_ANSWERED)
    assert found.mistaken == 0
    counts = Tally(abandoned=1, connected=9, machines_hung_up=10)
    assert found.rate(counts) == Rate(lost=Fraction(1), counted=Fraction(10))
    assert limit(campaign(amd=DETECTS, amd_test=SURE)).rate(counts).lost == Fraction(11, 10)


def test_how_long_a_call_may_take_to_be_counted() -> None:
    policy = campaign(customer_ring=20 * SECOND, abandon_after=2 * SECOND)
    assert answered_by(policy) == 82 * SECOND
