"""Every shipped registry and every consent asked for, at the edges of age, level, expiry and lapse."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import pytest

from engine.compliance.dial import Dial, GivenConsent, Reassignment, RegistryState, Relationship
from engine.compliance.gates import evaluate
from engine.compliance.rules import Rule
from engine.compliance.terms import Consent, ConsentNeeded
from engine.domain.time import DAY, Instant
from tests.compliance import edges
from tests.compliance.alone import KEYS, dial_of, prepared, regime_of, shipped
from tests.compliance.dials import dial, rule as made
from tests.compliance.edges import Written, consent_allows, registry_allows, written

REGISTRIES: Final = edges.of_kind("registry")
CONSENTS: Final = edges.of_kind("consent")
REVOCATIONS: Final = edges.of_kind("revocation")
REASSIGNED: Final = edges.of_kind("reassigned")

NOON: Final = edges.instants_of(date(2027, 6, 9), 12 * 60, "UTC").pop()
ENDS_OF_MONTHS: Final = [
    at + n
    for day in (
        date(2026, 11, 30),
        date(2027, 8, 31),
        date(2027, 11, 29),
        date(2028, 2, 29),
        date(2027, 1, 31),
    )
    for at in edges.instants_of(day, 0, "UTC")
    for n in (-1, 0, 12 * 60 * 60 * 1_000_000 + 1)
]
NOBODY: Final = Relationship()


def beside(*found: Instant) -> list[Instant]:
    return [at + n for at in found for n in (-1, 0, 1)]


def consent(level: Consent = Consent.WRITTEN, given_at: Instant = 0, **more: Any) -> GivenConsent:
    return GivenConsent(level=level, given_at=given_at, **more)


def refused(rule: Written, one: Dial, now: Instant) -> bool:
    verdict = evaluate(one, now)
    assert verdict.allowed or verdict.rule == rule.id
    return not verdict.allowed


# --- registries -----------------------------------------------------------------------------------


def on_registry(rule: Written, now: Instant, version_at: Instant | None, listed: bool, **more: Any) -> bool:
    """Whether the registry refuses, which is checked to be what the oracle says."""
    state = None if version_at is None else RegistryState(version_at=version_at, listed=listed)
    known = {} if state is None else {rule["registry"]: state}
    found = refused(rule, dial_of(rule.id, "UTC", registries=known, **more), now)
    allows = registry_allows(rule, state, more.get("consents", ()), more.get("relationship", NOBODY), now)
    assert found is not allows, (rule.id, now, state, more)
    return found


@pytest.mark.parametrize("rule_id", REGISTRIES)
def test_a_registry_is_known_and_no_older_than_its_days_to_the_microsecond(rule_id: str) -> None:
    rule = written()[rule_id]
    age = edges.micros(f"{rule.get('max_age_days', 4000)}d")
    assert on_registry(rule, NOON, None, listed=False)
    assert [on_registry(rule, now, NOON, listed=False) for now in beside(NOON)] == [True, False, False]
    old = [on_registry(rule, now, NOON, listed=False) for now in beside(NOON + age)]
    assert old == [False, False, "max_age_days" in rule.said]
    for now in beside(NOON, NOON + age):
        assert on_registry(rule, now, NOON, listed=True)
        # Of an old version nobody is sure, whatever they agreed to.
        everything = {
            "consents": (consent(given_at=now - DAY),),
            "relationship": Relationship(customer=True, transaction_at=now, inquiry_at=now),
        }
        on_registry(rule, now, NOON, listed=True, **everything)
    by_another_name = {"another": RegistryState(version_at=NOON)}
    assert refused(rule, dial_of(rule_id, "UTC", registries=by_another_name), NOON)


@pytest.mark.parametrize("rule_id", REGISTRIES)
def test_a_registry_spares_a_firm_consent_from_its_gift_to_its_end(rule_id: str) -> None:
    rule = written()[rule_id]
    answers = {
        on_registry(rule, now, now, listed=True, consents=(given,))
        for level in Consent
        for given in (
            consent(level, NOON),
            consent(level, NOON, expires_at=NOON + DAY),
            consent(level, NOON, revoked_at=NOON + DAY),
            consent(level, NOON, expires_at=NOON + 4000 * DAY),
        )
        for now in beside(NOON, NOON + DAY, NOON + 3999 * DAY)
    }
    assert answers == ({True, False} if rule.get("unless_consent") else {True})


@pytest.mark.parametrize("rule_id", REGISTRIES)
@pytest.mark.parametrize("what", ["consent", "transaction", "inquiry"])
def test_a_registry_spares_what_is_young_to_the_microsecond_over_ends_of_months(
    rule_id: str, what: str
) -> None:
    rule = written()[rule_id]
    months = rule.get("lapses_after_months" if what == "consent" else f"unless_{what}_months")
    for at in ENDS_OF_MONTHS:
        known: dict[str, dict[str, Any]] = {
            "consent": {"consents": (consent(given_at=at),)},
            "transaction": {"relationship": Relationship(transaction_at=at)},
            "inquiry": {"relationship": Relationship(inquiry_at=at)},
        }
        for tried in {months or 1, 1, 3, 6, 18}:
            for now in beside(at, edges.months_later(at, tried)):
                on_registry(rule, now, now, listed=True, **known[what])


# --- consents -------------------------------------------------------------------------------------


def unconsented(rule: Written, now: Instant, *consents: GivenConsent, **bound: Any) -> bool:
    """Whether the rule refuses, which is checked to be what the oracle says."""
    relationship = Relationship(**bound)
    one = dial_of(rule.id, "UTC", consents=consents, relationship=relationship)
    found = refused(rule, one, now)
    assert found is not consent_allows(rule, consents, relationship, now), (rule.id, now, consents, bound)
    return found


@pytest.mark.parametrize("rule_id", CONSENTS)
def test_a_consent_is_as_firm_as_the_rule_asks_or_firmer(rule_id: str) -> None:
    rule = written()[rule_id]
    least = edges.LEVELS.index(rule["level"])
    assert unconsented(rule, NOON)
    for level in Consent:
        assert unconsented(rule, NOON, consent(level)) is (level < least)
        assert unconsented(rule, NOON, consent(level), consent(Consent.NONE)) is (level < least)


@pytest.mark.parametrize("rule_id", CONSENTS)
def test_a_consent_counts_from_its_gift_to_before_its_end_or_its_revocation(rule_id: str) -> None:
    rule = written()[rule_id]
    refusals = [unconsented(rule, now, consent(given_at=NOON)) for now in beside(NOON)]
    assert refusals == [True, False, False]
    overs: list[dict[str, Any]] = [
        {"expires_at": NOON},
        {"revoked_at": NOON},
        {"expires_at": NOON, "revoked_at": NOON + DAY},
    ]
    for over in overs:
        refusals = [unconsented(rule, now, consent(**over)) for now in beside(NOON)]
        assert refusals == [False, True, True]
    for revoked_at in beside(NOON):  # after, at and before the question
        assert unconsented(rule, NOON, consent(revoked_at=revoked_at)) is (revoked_at <= NOON)
        assert not unconsented(rule, NOON, consent(revoked_at=revoked_at), consent(given_at=NOON))


@pytest.mark.parametrize("rule_id", CONSENTS)
def test_a_consent_is_for_what_it_names_and_never_for_more(rule_id: str) -> None:
    rule = written()[rule_id]
    purposes = tuple(rule.get("purposes", ["sales"]))
    for named, counts in (
        ((), True),
        (purposes, True),
        ((*purposes, "delivery"), True),
        (("delivery",), False),
    ):
        one = dial_of(rule_id, "UTC", consents=(consent(purposes=named),))
        assert refused(rule, one, NOON) is not counts


@pytest.mark.parametrize("rule_id", CONSENTS)
def test_what_does_instead_of_a_consent_does_to_its_last_microsecond(rule_id: str) -> None:
    rule = written()[rule_id]
    assert unconsented(rule, NOON, customer=True) is not rule.get("or_customer", False)
    assert unconsented(rule, NOON, inquiry_at=NOON - 1)
    for at in ENDS_OF_MONTHS:
        for months in {rule.get("or_transaction_months") or 1, 1, 18}:
            for now in beside(at, edges.months_later(at, months)):
                unconsented(rule, now, transaction_at=at)
        lapse = edges.months_later(at, rule.get("lapses_after_months") or 3)
        for now in beside(lapse):
            unconsented(rule, now, consent(given_at=at))
            unconsented(rule, now, consent(given_at=at, expires_at=lapse + 1))


# --- what makes consents count for nothing --------------------------------------------------------

NEEDED: Final = made(ConsentNeeded(level=Consent.EXPRESS), "Z-NEEDED")


def with_consent_needed(rule_id: str, consents: Iterable[GivenConsent], **more: Any) -> Dial:
    """A dial for which the shipped rule holds, and another that asks for a consent."""
    rule: Rule = shipped(rule_id)
    place = prepared(regime_of(rule, NEEDED), rule, "UTC")
    return dial(place, keys=KEYS, consents=tuple(consents), **more)


@pytest.mark.parametrize("rule_id", REVOCATIONS)
def test_the_end_of_one_consent_takes_back_all_given_until_it_while_the_rule_is_in_force(
    rule_id: str,
) -> None:
    rule = written()[rule_id]
    starts, _ = edges.force(rule)
    for revoked_at in (NOON, starts - DAY):
        ended = consent(given_at=0, revoked_at=revoked_at, purposes=("nothing",))
        for given_at in beside(revoked_at):
            one = with_consent_needed(rule_id, [consent(given_at=given_at), ended])
            for now in [*beside(revoked_at, starts), NOON + DAY]:
                counts = given_at <= now and not (
                    edges.in_force(rule, now) and revoked_at <= now and given_at <= revoked_at
                )
                assert evaluate(one, now).allowed is counts, (given_at, revoked_at, now)


@pytest.mark.parametrize("rule_id", REASSIGNED)
def test_a_consent_counts_only_where_the_number_is_known_not_to_have_changed_hands(rule_id: str) -> None:
    for known in Reassignment:
        one = with_consent_needed(rule_id, [consent()], reassignment=known)
        assert evaluate(one, NOON).allowed is (known is Reassignment.NO)
