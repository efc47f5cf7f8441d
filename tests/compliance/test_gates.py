"""Each gate by itself: what it lets through, what it refuses, and by which rule."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from engine.compliance.almanac import DeclaredEmergency
from engine.compliance.dial import (
    AmdTestRecord,
    CallerId,
    Dial,
    DncEntry,
    DncSource,
    GivenConsent,
    Reassignment,
    RegistryState,
    Relationship,
    Standing,
    months_after,
)
from engine.compliance.gates import GATES, evaluate, every_gate, next_allowed
from engine.compliance.places import Place, Refused
from engine.compliance.regime import NOT_COVERED
from engine.compliance.rules import Line, Means, Party, Rule
from engine.compliance.terms import (
    AmdTest,
    Ban,
    CallerIdShown,
    Cap,
    Consent,
    ConsentNeeded,
    Destination,
    Emergency,
    Event,
    Hours,
    InternalDnc,
    Key,
    ListOrigin,
    Lockout,
    Message,
    Reach,
    Reassigned,
    Registry,
    Revocation,
    Ring,
)
from engine.compliance.verdict import Answer, Gate, Verdict
from engine.domain.policy import BusinessHours, Window
from engine.domain.time import DAY, HOUR, MINUTE, SECOND
from tests.compliance.dials import LONDON, at, daily, dial, hours, otherwise, past, regime, rule, zones

NOW: Final = at("2026-11-24T12:00:00+00:00")  # a Tuesday
HERE: Final = zones("Europe/London")
OVER: Final[dict[str, Any]] = {"effective_to": date(2026, 11, 20)}
"""A rule that has ended."""


def judged(*rules: Rule, **more: Any) -> Verdict:
    return evaluate(dial(regime(*rules).prepare(HERE), **more), NOW)


def refusal(verdict: Verdict) -> tuple[str, str, str | None]:
    assert not verdict.allowed
    assert verdict.gate is not None
    return verdict.gate.value, verdict.reason, verdict.rule


def test_a_dial_that_no_rule_forbids_is_allowed_by_this_version_of_the_rules() -> None:
    rules = regime(rule(hours("00:00-24:00")))
    verdict = evaluate(dial(rules.prepare(HERE)), NOW)
    assert verdict.allowed
    assert (verdict.version, verdict.rule, verdict.until) == (rules.version, None, None)


def test_every_gate_is_asked_in_the_order_of_its_word() -> None:
    assert [gate for gate, _ in GATES] == list(Gate)
    answers = every_gate(dial(regime(rule(hours("09:00-11:00"))).prepare(HERE)), NOW)
    assert [answer.gate for answer in answers] == list(Gate)
    assert [answer.gate for answer in answers if not answer.allowed] == [Gate.WINDOW]


# --- standing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(campaign_running=False), "campaign-not-running"),
        (Standing(list_active=False), "list-not-active"),
        (Standing(case_open=False), "case-closed"),
        (Standing(live_attempt=True), "live-attempt"),
        (Standing(owned_for_ever=True), "owned"),
    ],
)
def test_what_is_not_compliance_blocks_too(standing: Standing, reason: str) -> None:
    verdict = judged(standing=standing)
    assert refusal(verdict) == ("standing", reason, None)
    assert verdict.answer is Answer.BLOCK


def test_a_lead_of_another_campaign_waits_until_the_instant_its_ownership_ends() -> None:
    owned = dial(regime().prepare(HERE), standing=Standing(owned_until=NOW + HOUR))
    verdict = evaluate(owned, NOW)
    assert (verdict.answer, verdict.until) == (Answer.WAIT, NOW + HOUR)
    assert evaluate(owned, NOW + HOUR).allowed
    assert not evaluate(owned, NOW + HOUR - 1).allowed


def test_business_hours_wait_for_their_next_opening_and_block_where_there_is_none() -> None:
    office = BusinessHours(zone="Europe/London", week=daily("09:00-11:00"))
    assert judged(standing=Standing(business_hours=office)).until == NOW + 21 * HOUR
    never = BusinessHours(zone="Europe/London", week=((),) * 7)
    assert refusal(judged(standing=Standing(business_hours=never)))[:2] == ("business-hours", "never-open")
    always = BusinessHours(zone="Europe/London", week=daily("00:00-24:00"))
    assert judged(standing=Standing(business_hours=always)).allowed


# --- place and origin ---------------------------------------------------------------------------


def test_a_number_that_cannot_be_placed_is_refused_with_the_reason() -> None:
    nowhere = regime().prepare(Place(number="+18005550199", refused=Refused.TOLL_FREE))
    assert refusal(evaluate(dial(nowhere), NOW)) == ("place", "toll-free", None)
    assert next_allowed(dial(nowhere), NOW) is None


def test_a_country_that_no_profile_covers_is_refused() -> None:
    abroad = regime().prepare(Place(number="+4930123456", zones=("Europe/Berlin",), jurisdictions=("DE",)))
    verdict = evaluate(dial(abroad), NOW)
    assert refusal(verdict) == ("place", NOT_COVERED, None)
    assert verdict.values == {"jurisdiction": "DE"}


def test_a_protected_line_is_never_called_whether_a_rule_says_so_or_not() -> None:
    assert refusal(judged(rule(Destination()), protected=True)) == ("origin", "protected-line", "R-1")
    assert refusal(judged(rule(Destination(), **OVER), protected=True)) == ("origin", "protected-line", None)


def test_a_generated_number_is_refused_where_a_rule_says_so() -> None:
    assert refusal(judged(rule(ListOrigin()), generated=True)) == ("origin", "generated-number", "R-1")
    assert judged(generated=True).allowed
    assert judged(rule(ListOrigin(), **OVER), generated=True).allowed


def test_a_ban_blocks_while_it_is_in_force() -> None:
    assert refusal(judged(rule(Ban()))) == ("ban", "banned", "R-1")
    assert judged(rule(Ban(), **OVER)).allowed


def test_a_block_that_a_later_date_lifts_has_a_next_instant_all_the_same() -> None:
    banned = dial(regime(rule(Ban(), effective_to=date(2026, 11, 30))).prepare(HERE))
    assert evaluate(banned, NOW).answer is Answer.BLOCK
    assert next_allowed(banned, NOW) == at("2026-12-01T12:00:00+00:00")  # the date has ended on all the earth


# --- do not call --------------------------------------------------------------------------------


def test_who_asked_not_to_be_called_is_not_from_that_very_instant() -> None:
    asked = dial(
        regime(rule(InternalDnc())).prepare(HERE),
        dnc=(DncEntry(source=DncSource.INTERNAL, by="person", since=NOW),),
    )
    assert evaluate(asked, NOW - 1).allowed
    assert refusal(evaluate(asked, NOW)) == ("dnc", "dnc-internal", "R-1")
    assert evaluate(asked, NOW).values == {"by": "person"}
    assert next_allowed(asked, NOW) is None


def test_a_do_not_call_entry_needs_no_rule() -> None:
    entry = DncEntry(source=DncSource.CAMPAIGN, by="number")
    assert refusal(judged(dnc=(entry,))) == ("dnc", "dnc-campaign", None)
    assert refusal(judged(rule(InternalDnc(), **OVER), dnc=(entry,))) == ("dnc", "dnc-campaign", None)


# --- the manner of calling ----------------------------------------------------------------------


def test_a_call_that_would_be_given_up_too_early_is_not_made() -> None:
    ring = dial(regime(rule(Ring(least=15 * SECOND))).prepare(HERE))
    assert evaluate(otherwise(ring, ring=15 * SECOND), NOW).allowed
    verdict = evaluate(otherwise(ring, ring=15 * SECOND - 1), NOW)
    assert refusal(verdict) == ("manner", "rings-too-short", "R-1")
    ended = dial(regime(rule(Ring(least=15 * SECOND), **OVER)).prepare(HERE))
    assert evaluate(otherwise(ended, ring=0), NOW).allowed


@pytest.mark.parametrize(
    ("reserved", "hangs_up", "within", "allowed"),
    [
        (True, False, None, True),
        (True, True, None, False),  # detection may take a person for a machine
        (False, False, None, False),
        (False, False, 2 * SECOND, True),
        (False, False, 2 * SECOND + 1, False),
    ],
)
def test_a_call_that_may_find_no_agent_needs_a_message_in_time(
    reserved: bool, hangs_up: bool, within: int | None, allowed: bool
) -> None:
    one = otherwise(
        dial(regime(rule(Message(within=2 * SECOND))).prepare(HERE)),
        reserved=reserved,
        hangs_up_on_machines=hangs_up,
        message_within=within,
    )
    verdict = evaluate(one, NOW)
    assert verdict.allowed is allowed
    assert allowed or refusal(verdict) == ("manner", "no-message-in-time", "R-1")


def test_hanging_up_on_machines_needs_a_test_that_is_young_enough() -> None:
    one = otherwise(dial(regime(rule(AmdTest(max_age_days=90))).prepare(HERE)), hangs_up_on_machines=True)
    assert refusal(evaluate(one, NOW)) == ("manner", "no-amd-test", "R-1")
    record = AmdTestRecord(tested_at=NOW - 90 * DAY, sample=1000, false_positives=12)
    assert evaluate(otherwise(one, amd_test=record), NOW).allowed
    assert refusal(evaluate(otherwise(one, amd_test=record), NOW + 1))[1] == "amd-test-too-old"
    ageless = dial(regime(rule(AmdTest())).prepare(HERE))
    assert evaluate(otherwise(ageless, hangs_up_on_machines=True, amd_test=record), NOW + 900 * DAY).allowed
    ended = dial(regime(rule(AmdTest(), **OVER)).prepare(HERE))
    assert evaluate(otherwise(ended, hangs_up_on_machines=True), NOW).allowed


def test_a_test_of_detection_that_is_dated_in_the_future_is_none() -> None:
    one = otherwise(dial(regime(rule(AmdTest(max_age_days=90))).prepare(HERE)), hangs_up_on_machines=True)
    record = AmdTestRecord(tested_at=NOW, sample=1000, false_positives=12)
    too_soon = evaluate(otherwise(one, amd_test=record), NOW - 1)
    assert refusal(too_soon) == ("manner", "amd-test-in-the-future", "R-1")
    assert (too_soon.until, too_soon.values) == (NOW, {"tested_at": NOW})
    assert next_allowed(otherwise(one, amd_test=record), NOW - DAY) == NOW
    assert evaluate(otherwise(one, amd_test=record), NOW).allowed
    assert evaluate(otherwise(one, amd_test=record, hangs_up_on_machines=False), NOW - 1).allowed


def test_a_test_of_detection_has_a_sample_that_holds_its_mistakes() -> None:
    for sample, wrong in ((0, 0), (10, 11), (10, -1)):
        with pytest.raises(ValueError, match="sample"):
            AmdTestRecord(tested_at=0, sample=sample, false_positives=wrong)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (None, "withheld"),
        (CallerId(number="+911400000001", dialable=False), "cannot-be-called-back"),
        (CallerId(number="+911400000001", premium=True), "premium-rate"),
        (CallerId(number="+919800000001"), "wrong-series"),
        (CallerId(number="+911400000001"), None),
    ],
)
def test_a_number_is_shown_that_may_be_shown(shown: CallerId | None, reason: str | None) -> None:
    one = otherwise(dial(regime(rule(CallerIdShown(series=("+91140",)))).prepare(HERE)), caller_id=shown)
    verdict = evaluate(one, NOW)
    assert verdict.allowed if reason is None else refusal(verdict) == ("caller-id", reason, "R-1")


def test_where_no_rule_asks_for_a_number_none_need_be_shown() -> None:
    for rules in ((), (rule(CallerIdShown(), **OVER),)):
        assert evaluate(otherwise(dial(regime(*rules).prepare(HERE)), caller_id=None), NOW).allowed


# --- registries ---------------------------------------------------------------------------------

TPS: Final = rule(Registry(registry="tps", max_age_days=28, unless_consent=Consent.EXPRESS))


def test_without_a_registry_nobody_is_called() -> None:
    assert refusal(judged(TPS)) == ("registry", "registry-unknown", "R-1")
    assert judged(rule(TPS.terms, **OVER)).allowed
    assert (
        refusal(judged(TPS, registries={"tps": RegistryState(version_at=NOW + 1)}))[1] == "registry-unknown"
    )


def test_a_registry_is_good_to_the_instant_it_is_so_many_days_old_and_no_longer() -> None:
    young = {"tps": RegistryState(version_at=NOW - 28 * DAY)}
    assert judged(TPS, registries=young).allowed
    stale = judged(TPS, registries={"tps": RegistryState(version_at=NOW - 28 * DAY - 1)})
    assert refusal(stale) == ("registry", "registry-too-old", "R-1")
    assert stale.answer is Answer.BLOCK
    ageless = rule(Registry(registry="tps"))
    assert judged(ageless, registries={"tps": RegistryState(version_at=0)}).allowed


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        ({}, False),
        ({"consents": (GivenConsent(level=Consent.EXPRESS, given_at=NOW),)}, True),
        ({"consents": (GivenConsent(level=Consent.IMPLIED, given_at=NOW),)}, False),
        ({"relationship": Relationship(transaction_at=at("2025-05-24T12:00:01+00:00"))}, True),
        ({"relationship": Relationship(transaction_at=at("2025-05-24T12:00:00+00:00"))}, False),
        ({"relationship": Relationship(inquiry_at=at("2026-08-24T12:00:01+00:00"))}, True),
        ({"relationship": Relationship(inquiry_at=at("2026-08-24T12:00:00+00:00"))}, False),
        ({"relationship": Relationship(transaction_at=NOW + 1)}, False),
    ],
)
def test_a_registered_number_is_called_with_consent_or_in_a_young_relationship_only(
    more: dict[str, Any], allowed: bool
) -> None:
    terms = Registry(
        registry="us-dnc",
        unless_consent=Consent.EXPRESS,
        unless_transaction_months=18,
        unless_inquiry_months=3,
    )
    listed = {"us-dnc": RegistryState(version_at=NOW - DAY, listed=True)}
    verdict = judged(rule(terms), registries=listed, **more)
    assert verdict.allowed is allowed
    assert allowed or refusal(verdict) == ("registry", "registered", "R-1")


def test_a_registry_without_exemptions_knows_none() -> None:
    listed = {"x": RegistryState(version_at=NOW - DAY, listed=True)}
    written = (GivenConsent(level=Consent.WRITTEN, given_at=NOW - DAY),)
    assert not judged(rule(Registry(registry="x")), registries=listed, consents=written).allowed


def test_a_consent_without_a_period_lapses_where_the_rule_says_so() -> None:
    terms = Registry(registry="au", unless_consent=Consent.EXPRESS, lapses_after_months=3)
    listed = {"au": RegistryState(version_at=NOW - DAY, listed=True)}
    given = GivenConsent(level=Consent.EXPRESS, given_at=months_after(NOW, -3))
    assert not judged(rule(terms), registries=listed, consents=(given,)).allowed
    younger = GivenConsent(level=Consent.EXPRESS, given_at=months_after(NOW, -3) + 1)
    assert judged(rule(terms), registries=listed, consents=(younger,)).allowed
    dated = GivenConsent(level=Consent.EXPRESS, given_at=months_after(NOW, -9), expires_at=NOW + 1)
    assert judged(rule(terms), registries=listed, consents=(dated,)).allowed


# --- consent ------------------------------------------------------------------------------------

NEEDED: Final = rule(ConsentNeeded(level=Consent.EXPRESS, or_customer=True, or_transaction_months=36))
YES: Final = GivenConsent(level=Consent.EXPRESS, given_at=NOW - 100 * DAY)


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        (YES, True),
        (GivenConsent(level=Consent.WRITTEN, given_at=NOW), True),
        (GivenConsent(level=Consent.IMPLIED, given_at=NOW), False),
        (GivenConsent(level=Consent.EXPRESS, given_at=NOW + 1), False),
        (GivenConsent(level=Consent.EXPRESS, given_at=0, expires_at=NOW), False),
        (GivenConsent(level=Consent.EXPRESS, given_at=0, expires_at=NOW + 1), True),
        (GivenConsent(level=Consent.EXPRESS, given_at=0, revoked_at=NOW), False),
        (GivenConsent(level=Consent.EXPRESS, given_at=0, revoked_at=NOW + 1), True),
        (GivenConsent(level=Consent.EXPRESS, given_at=0, purposes=("research",)), False),
        (GivenConsent(level=Consent.EXPRESS, given_at=0, purposes=("research", "sales")), True),
    ],
)
def test_a_consent_is_firm_enough_in_time_unrevoked_and_for_this(given: GivenConsent, allowed: bool) -> None:
    verdict = judged(NEEDED, consents=(given,))
    assert verdict.allowed is allowed
    assert allowed or refusal(verdict) == ("consent", "no-consent", "R-1")


def test_a_customer_or_a_young_transaction_does_instead_where_the_rule_says_so() -> None:
    assert judged(NEEDED, relationship=Relationship(customer=True)).allowed
    assert judged(NEEDED, relationship=Relationship(transaction_at=NOW - 900 * DAY)).allowed
    assert not judged(NEEDED, relationship=Relationship(transaction_at=NOW - 1200 * DAY)).allowed
    alone = rule(ConsentNeeded(level=Consent.EXPRESS))
    assert not judged(alone, relationship=Relationship(customer=True, transaction_at=NOW)).allowed
    assert judged(rule(alone.terms, **OVER)).allowed


def test_a_revocation_ends_what_was_given_up_to_it_whatever_the_rules() -> None:
    def at_revocation(*consents: GivenConsent) -> bool:
        one = dial(regime(NEEDED).prepare(HERE), consents=consents, revoked_at=NOW)
        return evaluate(one, NOW).allowed

    assert not at_revocation(YES)
    assert not at_revocation(GivenConsent(level=Consent.EXPRESS, given_at=NOW))
    later = GivenConsent(level=Consent.EXPRESS, given_at=NOW + 1)
    anew = dial(regime(NEEDED).prepare(HERE), consents=(YES, later), revoked_at=NOW)
    assert evaluate(anew, NOW - 1).allowed
    assert next_allowed(anew, NOW) == NOW + 1


def test_the_end_of_one_consent_is_that_of_all_once_that_is_the_rule() -> None:
    switch = rule(Revocation(), "R-2", effective_from=date(2026, 11, 25))
    ended = GivenConsent(level=Consent.IMPLIED, given_at=0, revoked_at=NOW - DAY)
    place = regime(NEEDED, switch).prepare(HERE)
    one = dial(place, consents=(YES, ended))
    switched = at("2026-11-24T10:00:00+00:00")  # where the 25th begins first
    assert evaluate(one, switched - 1).allowed
    assert not evaluate(one, switched).allowed
    again = GivenConsent(level=Consent.EXPRESS, given_at=NOW - HOUR)
    assert evaluate(dial(place, consents=(YES, ended, again)), NOW).allowed
    still = GivenConsent(level=Consent.IMPLIED, given_at=0, revoked_at=switched + 1)
    assert evaluate(dial(place, consents=(YES, still)), switched).allowed


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [(Reassignment.NO, True), (Reassignment.YES, False), (Reassignment.NOT_ASKED, False)],
)
def test_a_consent_of_a_number_that_may_have_changed_hands_is_none(
    answer: Reassignment, allowed: bool
) -> None:
    reassigned = rule(Reassigned(), "R-2")
    assert judged(NEEDED, reassigned, consents=(YES,), reassignment=answer).allowed is allowed
    assert judged(NEEDED, rule(Reassigned(), "R-2", **OVER), consents=(YES,), reassignment=answer).allowed


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Reassignment.NOT_ASKED, "changed-hands-not-asked"),
        (Reassignment.YES, "number-changed-hands"),
    ],
)
def test_a_consent_that_would_do_in_the_same_hands_is_refused_by_the_rule_that_doubts_it(
    answer: Reassignment, reason: str
) -> None:
    doubting = rule(Reassigned(), "R-2")
    older = GivenConsent(level=Consent.WRITTEN, given_at=YES.given_at - DAY)
    verdict = judged(NEEDED, doubting, consents=(older, YES), reassignment=answer)
    assert refusal(verdict) == ("consent", reason, "R-2")
    assert verdict.values == {"level": "express", "given_at": YES.given_at, "needed_by": "R-1"}
    listed = {"us-dnc": RegistryState(version_at=NOW - DAY, listed=True)}
    terms = Registry(registry="us-dnc", unless_consent=Consent.WRITTEN)
    verdict = judged(rule(terms), doubting, registries=listed, consents=(older, YES), reassignment=answer)
    assert refusal(verdict) == ("registry", reason, "R-2")
    assert verdict.values == {"level": "written", "given_at": older.given_at, "needed_by": "R-1"}


def test_where_no_consent_would_do_its_doubts_are_not_the_reason() -> None:
    doubting = rule(Reassigned(), "R-2")
    weak = GivenConsent(level=Consent.IMPLIED, given_at=NOW)
    assert refusal(judged(NEEDED, doubting, consents=(weak,))) == ("consent", "no-consent", "R-1")
    assert refusal(judged(NEEDED, doubting)) == ("consent", "no-consent", "R-1")
    listed = {"x": RegistryState(version_at=NOW - DAY, listed=True)}
    verdict = judged(rule(Registry(registry="x")), doubting, registries=listed, consents=(YES,))
    assert refusal(verdict) == ("registry", "registered", "R-1")
    unknown = judged(rule(Registry(registry="x", unless_consent=Consent.EXPRESS)), doubting, consents=(YES,))
    assert refusal(unknown) == ("registry", "registry-unknown", "R-1")


def test_a_consent_that_begins_later_is_waited_for() -> None:
    one = dial(
        regime(NEEDED).prepare(HERE), consents=(GivenConsent(level=Consent.EXPRESS, given_at=NOW + DAY),)
    )
    assert next_allowed(one, NOW) == NOW + DAY


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31T10:00:00+00:00", 1, "2026-02-28T10:00:00+00:00"),
        ("2024-01-31T10:00:00+00:00", 1, "2024-02-29T10:00:00+00:00"),
        ("2025-11-30T23:59:59+00:00", 3, "2026-02-28T23:59:59+00:00"),
        ("2026-12-15T00:00:00+00:00", 18, "2028-06-15T00:00:00+00:00"),
        ("2026-11-15T00:00:00+00:00", 1, "2026-12-15T00:00:00+00:00"),
        ("2026-10-31T00:00:00+00:00", 2, "2026-12-31T00:00:00+00:00"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(start: str, months: int, end: str) -> None:
    assert months_after(at(start), months) == at(end)


# --- emergencies --------------------------------------------------------------------------------


def declared(where: str, rules: tuple[Rule, ...], **more: Any) -> Dial:
    emergency = DeclaredEmergency(jurisdiction=where, starts=NOW, **more)
    place = Place(number=LONDON, zones=("America/Chicago",), jurisdictions=("US", "US-LA"))
    return dial(regime(*rules, emergencies=(emergency,)).prepare(place))


def test_an_emergency_stops_what_the_rule_names_from_its_start_to_its_end() -> None:
    one = declared("US-LA", (rule(Emergency(), jurisdiction="US-LA"),), ends=NOW + DAY)
    assert evaluate(one, NOW - 1).allowed
    verdict = evaluate(one, NOW)
    assert refusal(verdict) == ("emergency", "emergency", "R-1")
    assert verdict.until == NOW + DAY
    assert evaluate(one, NOW + DAY).allowed


def test_an_emergency_without_an_end_blocks() -> None:
    verdict = evaluate(declared("US-LA", (rule(Emergency()),)), NOW)
    assert (verdict.answer, verdict.rule) == (Answer.BLOCK, "R-1")


def test_an_emergency_does_not_stop_what_the_rule_does_not_speak_of() -> None:
    for_others = rule(Emergency(), jurisdiction="US-LA", purposes=("research",))
    assert evaluate(declared("US-LA", (for_others,)), NOW).allowed
    assert evaluate(declared("US-LA", (rule(Emergency(), jurisdiction="US-LA", **OVER),)), NOW).allowed


def test_where_no_rule_speaks_of_emergencies_one_stops_everything() -> None:
    assert refusal(evaluate(declared("US-LA", ()), NOW)) == ("emergency", "emergency", None)
    elsewhere = rule(Emergency(), jurisdiction="US-NY")
    assert refusal(evaluate(declared("US-LA", (elsewhere,)), NOW)) == ("emergency", "emergency", None)
    assert evaluate(declared("US-NY", ()), NOW).allowed


def test_what_a_state_says_of_an_emergency_of_the_country_is_said_for_itself_only() -> None:
    of_la = rule(Emergency(), jurisdiction="US-LA", purposes=("research",))
    everywhere = DeclaredEmergency(jurisdiction="US", starts=NOW)

    def stopped_in(*jurisdictions: str, rules: tuple[Rule, ...] = (of_la,)) -> bool:
        place = Place(number=LONDON, zones=("UTC",), jurisdictions=jurisdictions)
        return not evaluate(dial(regime(*rules, emergencies=(everywhere,)).prepare(place)), NOW).allowed

    assert not stopped_in("US", "US-LA")
    assert stopped_in("US", "US-TX")
    assert stopped_in("US", "US-LA", "US-TX")  # who may be in either
    assert stopped_in("US")  # in whatever state
    assert not stopped_in("US", "US-TX", rules=(replace(of_la, jurisdiction="US"),))
    assert stopped_in("US", "US-TX", rules=(replace(of_la, jurisdiction="*"),))  # which is said of nobody
    assert not stopped_in("GB")


# --- attempts -----------------------------------------------------------------------------------


def test_rules_that_have_ended_ask_for_no_rest() -> None:
    history = [past(NOW - MINUTE, events=(Event.ABANDONED,), reach=Reach.ANSWERED)]
    cap = Cap(calls=1, within=DAY, per=(Key.NUMBER,))
    lockout = Lockout(after=Event.ABANDONED, rest=DAY, then_reserved=True)
    ended = [rule(cap, "R-1", **OVER), rule(lockout, "R-2", **OVER)]
    assert judged(*ended, history=history).allowed
    assert refusal(judged(rule(cap), history=history)) == ("cap", "too-often", "R-1")


@pytest.mark.parametrize(
    ("scope", "means", "party", "allowed"),
    [
        ({"means": (Means.PRERECORDED,)}, Means.PRERECORDED, Party.CONSUMER, False),
        ({"means": (Means.PRERECORDED,)}, Means.LIVE, Party.CONSUMER, True),
        ({"parties": (Party.CONSUMER,)}, Means.LIVE, Party.CONSUMER, False),
        ({"parties": (Party.CONSUMER,)}, Means.LIVE, Party.BUSINESS, True),
        ({"lines": (Line.MOBILE,)}, Means.LIVE, Party.CONSUMER, False),  # nobody knows, so it may be one
        ({"jurisdiction": "US"}, Means.LIVE, Party.CONSUMER, True),
        ({"purposes": ("research",)}, Means.LIVE, Party.CONSUMER, True),
    ],
)
def test_rules_hold_for_what_they_name(
    scope: dict[str, Any], means: Means, party: Party, allowed: bool
) -> None:
    prepared = regime(rule(Ban(), **scope), means=means).prepare(HERE, party)
    assert evaluate(dial(prepared), NOW).allowed is allowed


def test_a_fixed_line_is_no_mobile_one() -> None:
    fixed = Place(number=LONDON, zones=("Europe/London",), jurisdictions=("GB",), line=Line.FIXED)
    assert evaluate(dial(regime(rule(Ban(), lines=(Line.MOBILE,))).prepare(fixed)), NOW).allowed
    assert not evaluate(dial(regime(rule(Ban(), lines=(Line.FIXED,))).prepare(fixed)), NOW).allowed


def test_a_window_that_never_opens_blocks() -> None:
    never = Hours(week=((),) * 7)
    assert refusal(judged(rule(never))) == ("window", "never-open", "R-1")


def test_a_closed_window_names_the_rule_the_zone_and_the_local_time() -> None:
    east = rule(Hours(week=((Window(opens=540, closes=1200),),) * 7), "R-1")
    verdict = evaluate(
        dial(regime(east).prepare(zones("America/Los_Angeles", "America/New_York"))),
        at("2026-11-24T16:00:00+00:00"),
    )
    assert refusal(verdict) == ("window", "closed", "R-1")
    assert verdict.values == {"zone": "America/Los_Angeles", "local": "Tue 08:00"}
    assert verdict.until == at("2026-11-24T17:00:00+00:00")


def test_an_agreement_to_other_times_lifts_the_windows_that_may_be_lifted() -> None:
    liftable, firm = hours("09:00-10:00", agreeable=Consent.EXPRESS), hours("08:00-13:00")
    agreed = (GivenConsent(level=Consent.EXPRESS, given_at=0, other_times=True),)
    both = regime(rule(liftable, "R-1"), rule(firm, "R-2"))
    assert not evaluate(dial(both.prepare(HERE)), NOW).allowed
    one = dial(both.prepare(HERE), consents=agreed)
    assert evaluate(one, NOW).allowed
    evening = evaluate(one, NOW + HOUR)
    assert (evening.rule, evening.until) == ("R-2", NOW + 20 * HOUR)


@pytest.mark.parametrize("asked", [Consent.EXPRESS, Consent.WRITTEN])
@pytest.mark.parametrize("level", Consent)
def test_an_agreement_to_other_times_is_as_firm_as_the_rule_wants_it(asked: Consent, level: Consent) -> None:
    by_rule = regime(rule(hours("09:00-10:00", agreeable=asked))).prepare(HERE)
    agreed = GivenConsent(level=level, given_at=0, other_times=True)
    firm_of_nothing = GivenConsent(level=Consent.WRITTEN, given_at=0)
    one = dial(by_rule, consents=(agreed, firm_of_nothing))
    assert evaluate(one, NOW).allowed is (level >= asked)


def test_the_firmest_agreement_to_other_times_counts() -> None:
    written = rule(hours("09:00-10:00", agreeable=Consent.WRITTEN), "R-1")
    express = rule(hours("08:00-09:00", agreeable=Consent.EXPRESS), "R-2")
    weak, strong = (
        GivenConsent(level=level, given_at=0, other_times=True)
        for level in (Consent.EXPRESS, Consent.WRITTEN)
    )
    prepared = regime(written, express).prepare(HERE)
    assert evaluate(dial(prepared, consents=(weak,)), NOW).rule == "R-1"
    assert evaluate(dial(prepared, consents=(weak, strong)), NOW).allowed
