"""What was known is kept as plain values, and whoever asks again with them gets the same answer."""

import json
from dataclasses import replace
from typing import Any

from engine.compliance.asked import (
    consent_facts,
    dial_of,
    dnc_facts,
    past_facts,
    place_facts,
    registry_facts,
    relationship_facts,
)
from engine.compliance.dial import (
    Dial,
    DncEntry,
    DncSource,
    GivenConsent,
    Keys,
    Past,
    Reassignment,
    RegistryState,
    Relationship,
    Standing,
)
from engine.compliance.gates import evaluate
from engine.compliance.places import Place, Refused
from engine.compliance.rules import Line, Party
from engine.compliance.terms import Consent, Event, Reach
from engine.config.policies import policy_from_json, policy_json
from engine.config.regimes import Regimes
from engine.domain.compliance import AmdTestRecord, CompliancePolicy
from engine.domain.policy import Amd, Budget, CampaignPolicy, OnMachine
from engine.domain.time import DAY, HOUR, SECOND
from engine.domain.words import DialMode
from tests.compliance.dials import at

NOW = at("2026-11-23T10:00:00+00:00")
HERE: dict[str, Any] = {"zones": ["Europe/London"], "in": ["GB"], "line": "fixed"}
TPS: dict[str, Any] = {"registries": {"tps": [NOW - DAY, False]}}


def campaign(**more: Any) -> CampaignPolicy:
    values: dict[str, Any] = {
        "name": "sell",
        "mode": DialMode.PREVIEW,
        "lists": ("people",),
        "pool": "sales",
        "customer_attempts": Budget(max=3, interval=HOUR),
        "caller_id": "+442079460999",
        "compliance": CompliancePolicy(profiles=("uk-sales",)),
    }
    return CampaignPolicy(**values | more)


def asked(facts: dict[str, Any], policy: CampaignPolicy | None = None, *, reserved: bool = True) -> Dial:
    policy = policy or campaign()
    plain = json.loads(json.dumps(facts))
    return dial_of(plain, policy, Regimes().of(policy, NOW), reserved=reserved)


def test_a_dial_that_nothing_is_known_against_passes() -> None:
    assert evaluate(asked(HERE | TPS), NOW).allowed


def test_everything_that_was_known_comes_back() -> None:
    keys = Keys(number="+1", person="p", subject="s", debt="d", seller="e", campaign="c")
    same = Past(
        at=NOW - DAY, number="+1", person="p", subject="s", debt="d", seller="e", campaign="c",
        reach=Reach.ANSWERED, events=(Event.MACHINE,), ended_at=NOW - HOUR,
    )  # fmt: skip
    other = replace(same, number="+2", seller="f", debt="g", subject=None, ended_at=None, at=NOW - 2 * DAY)
    entry = DncEntry(source=DncSource.CAMPAIGN, by="person", since=NOW)
    consent = GivenConsent(
        level=Consent.EXPRESS, given_at=1, expires_at=2, revoked_at=3, purposes=("sales",), other_times=True
    )
    state = RegistryState(version_at=NOW, listed=True)
    bound = Relationship(customer=True, transaction_at=4, inquiry_at=5)
    dial = asked(
        HERE
        | {
            "dnc": [dnc_facts(entry)],
            "registries": {"tps": registry_facts(state), "protected-lines": registry_facts(state)},
            "consents": [consent_facts(consent)],
            "revoked_at": 6,
            "reassigned": "no",
            "relationship": relationship_facts(bound),
            "history": [past_facts(same, keys), past_facts(other, keys)],
            "generated": True,
            "party": "business",
        }
    )
    assert dial.dnc == (entry,)
    assert dial.registries == {"tps": state}
    assert dial.consents == (consent,)
    assert (dial.revoked_at, dial.reassignment, dial.relationship) == (6, Reassignment.NO, bound)
    assert (dial.protected, dial.generated) == (True, True)
    free = RegistryState(version_at=NOW, listed=False)
    assert not asked(HERE | {"registries": {"protected-lines": registry_facts(free)}}).protected
    assert not asked(HERE).protected
    first, second = dial.history
    mine = dial.keys
    assert (first.number, first.person, first.seller, first.debt) == (
        mine.number,
        mine.person,
        mine.seller,
        mine.debt,
    )
    assert (first.reach, first.events, first.ended_at) == (Reach.ANSWERED, (Event.MACHINE,), NOW - HOUR)
    assert second.number != mine.number
    assert second.seller != mine.seller
    assert second.debt != mine.debt
    assert second.person == mine.person
    assert second.subject == mine.subject  # nobody knows another
    assert second.ended_at is None


def test_no_number_and_no_key_is_among_what_is_kept() -> None:
    keys = Keys(number="+442079460001", person="P-17", debt="D-99", seller="acme")
    past = Past(at=NOW, number="+442079460001", person="P-17", debt="D-99", seller="acme")
    kept = json.dumps(past_facts(past, keys))
    assert not any(secret in kept for secret in ("+44", "P-17", "D-99", "acme"))


def test_a_place_is_kept_by_its_zones_and_jurisdictions() -> None:
    place = Place(number="+44", zones=("Europe/London",), jurisdictions=("GB",), line=Line.FIXED)
    assert place_facts(place) == HERE
    assert asked(place_facts(place) | TPS).prepared.place.zones == ("Europe/London",)


def test_a_place_that_is_refused_stays_so() -> None:
    facts = place_facts(Place(number="+1", refused=Refused.TOLL_FREE))
    assert facts == {"refused": "toll-free"}
    assert evaluate(asked(facts), NOW).reason == "toll-free"


def test_what_of_an_address_is_to_blame_stays_told() -> None:
    blamed = Place(number="+1", refused=Refused.UNKNOWN_STATE, unplaced=("state", "ZZ"))
    facts = place_facts(blamed)
    assert facts == {"refused": "unknown-state", "unplaced": ["state", "ZZ"]}
    assert evaluate(asked(facts), NOW).values == {"state": "ZZ"}


def test_who_is_called_is_the_policys_unless_the_lead_says() -> None:
    assert asked(HERE | TPS).prepared.plan is not asked(HERE | TPS | {"party": "business"}).prepared.plan
    business = campaign(compliance=CompliancePolicy(profiles=("uk-sales",), party="business"))
    regime = Regimes().of(business, NOW)
    assert regime is not None
    place = Place(number="same", zones=("Europe/London",), jurisdictions=("GB",), line=Line.FIXED)
    dial = dial_of(HERE | TPS, business, regime, reserved=True)
    assert dial.prepared.plan is regime.prepare(place, Party.BUSINESS).plan


def test_a_campaign_without_a_profile_asks_only_the_engines_own_gates() -> None:
    bare = campaign(compliance=None)
    assert Regimes().of(bare, NOW) is None
    assert evaluate(dial_of({}, bare, None, reserved=False), NOW).allowed
    entry = dnc_facts(DncEntry(source=DncSource.INTERNAL, by="number"))
    assert evaluate(dial_of({"dnc": [entry]}, bare, None, reserved=False), NOW).reason == "dnc-internal"


def test_the_manner_is_the_campaigns_own() -> None:
    test = AmdTestRecord(tested_at=NOW, sample=100, false_positives=1)
    policy = campaign(
        amd=Amd(enabled=True, on_machine=OnMachine.HANGUP),
        customer_ring=30 * SECOND,
        abandon_after=1 * SECOND,
        compliance=CompliancePolicy(profiles=("uk-sales",), amd_test=test),
    )
    manner = asked(HERE, policy, reserved=False).manner
    assert (manner.ring, manner.message_within, manner.amd_test) == (30 * SECOND, 1 * SECOND, test)
    assert manner.hangs_up_on_machines
    assert not manner.reserved
    assert manner.caller_id is not None
    assert manner.caller_id.number == "+442079460999"
    connecting = replace(policy, amd=Amd(enabled=True, on_machine=OnMachine.CONNECT))
    assert not asked(HERE, connecting).manner.hangs_up_on_machines


def test_a_number_of_a_pool_stands_for_the_campaigns_own() -> None:
    shown = asked(HERE | {"caller_id": "+442079460555"}).manner.caller_id
    assert shown is not None
    assert shown.number == "+442079460555"
    worn = asked(HERE | TPS | {"caller_id": None, "worn_out_until": NOW + HOUR})
    verdict = evaluate(worn, NOW)
    assert (verdict.reason, verdict.until) == ("caller-ids-worn-out", NOW + HOUR)
    assert evaluate(worn, NOW + HOUR).reason == "withheld"


def test_what_stands_otherwise_can_be_told() -> None:
    dial = dial_of({}, campaign(compliance=None), None, reserved=True, standing=Standing(list_active=False))
    assert evaluate(dial, NOW).reason == "list-not-active"


def test_a_policy_with_its_compliance_survives_the_journal() -> None:
    policy = campaign(
        compliance=CompliancePolicy(
            profiles=("uk-sales",), amd_test=AmdTestRecord(tested_at=1, sample=10, false_positives=0)
        )
    )
    assert policy_from_json(policy_json(policy)) == policy
