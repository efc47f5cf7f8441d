"""Stricter or looser: by table for each kind, and by trying what the old and the new rule allow."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from engine.compliance.dial import DncEntry, DncSource, GivenConsent, RegistryState, Relationship
from engine.compliance.gates import evaluate
from engine.compliance.profiles import (
    NotAllowed,
    Override,
    Profile,
    combined,
    loosens,
    problems_of,
    with_overrides,
)
from engine.compliance.rules import Basis, Line, Means, Party, RuleSet, outside
from engine.compliance.strictness import is_stricter
from engine.compliance.terms import (
    Abandonment,
    AmdTest,
    Ban,
    CallerIdShown,
    Cap,
    Consent,
    ConsentNeeded,
    Cooldown,
    Event,
    Formula,
    Hours,
    Key,
    Lockout,
    Message,
    Period,
    Reach,
    Records,
    Registry,
    Ring,
    Scope,
    Terms,
)
from engine.domain.policy import Window
from engine.domain.time import DAY, HOUR, MINUTE, SECOND
from tests.compliance.dials import at, daily, dial, hours, past, regime, rule, windows, zones

PER = (Key.NUMBER, Key.SUBJECT)
CAP = Cap(calls=3, within=DAY, per=PER, reach=Reach.RANG, unless_consent=Consent.EXPRESS)
DAYS = Cap(calls=3, days=7, per=PER, unless_transaction_months=18)
REST = Cooldown(after=Event.REFUSAL, days=7, rest=None, per=PER)
LOCK = Lockout(after=Event.ABANDONED, rest=DAY, unless_reserved=True)
CONSENT = ConsentNeeded(level=Consent.EXPRESS, or_customer=True, or_transaction_months=36)
LIST = Registry(
    registry="x", max_age_days=31, unless_consent=Consent.EXPRESS, unless_transaction_months=18,
    unless_inquiry_months=3, lapses_after_months=6,
)  # fmt: skip
RATE = Abandonment(
    most=300, formula=Formula.PERSON_ANSWERED, period=Period.ROLLING, length=DAY, scopes=(Scope.CAMPAIGN,)
)
HOLIDAYS = hours("08:00-21:00", calendars=("XX",), on_holidays=windows("10:00-12:00"))


@pytest.mark.parametrize(
    ("old", "changes", "stricter"),
    [
        (CAP, {}, True),
        (CAP, {"calls": 2}, True),
        (CAP, {"calls": 4}, False),
        (CAP, {"within": 2 * DAY}, True),
        (CAP, {"within": HOUR}, False),
        (CAP, {"within": None, "days": 7}, False),
        (CAP, {"per": (Key.NUMBER,)}, True),
        (CAP, {"per": (Key.NUMBER, Key.DEBT)}, False),
        (CAP, {"reach": Reach.NOT_CONNECTED}, True),
        (CAP, {"reach": Reach.CONVERSATION}, False),
        (CAP, {"unless_consent": None}, True),
        (CAP, {"unless_consent": Consent.WRITTEN}, True),
        (CAP, {"unless_consent": Consent.IMPLIED}, False),
        (CAP, {"unless_transaction_months": 1}, False),
        (DAYS, {"days": 8}, True),
        (DAYS, {"days": 6}, False),
        (DAYS, {"unless_transaction_months": 12}, True),
        (DAYS, {"unless_transaction_months": 19}, False),
        (REST, {"days": 8}, True),
        (REST, {"days": 6}, False),
        (REST, {"rest": HOUR}, True),
        (REST, {"days": None, "rest": 30 * DAY}, False),
        (REST, {"after": Event.MACHINE}, False),
        (REST, {"per": (Key.NUMBER,)}, True),
        (REST, {"per": (Key.PERSON,)}, False),
        (LOCK, {"rest": 2 * DAY}, True),
        (LOCK, {"rest": HOUR}, False),
        (LOCK, {"unless_reserved": False}, True),
        (LOCK, {"then_reserved": True}, True),
        (replace(LOCK, unless_reserved=False), {"unless_reserved": True}, False),
        (replace(LOCK, then_reserved=True), {"then_reserved": False}, False),
        (LOCK, {"after": Event.MACHINE}, False),
        (CONSENT, {"level": Consent.WRITTEN}, True),
        (CONSENT, {"level": Consent.IMPLIED}, False),
        (CONSENT, {"or_customer": False}, True),
        (replace(CONSENT, or_customer=False), {"or_customer": True}, False),
        (CONSENT, {"or_transaction_months": None}, True),
        (CONSENT, {"or_transaction_months": 37}, False),
        (CONSENT, {"lapses_after_months": 3}, True),
        (replace(CONSENT, lapses_after_months=3), {"lapses_after_months": None}, False),
        (LIST, {"registry": "y"}, False),
        (LIST, {"max_age_days": 30}, True),
        (LIST, {"max_age_days": None}, False),
        (LIST, {"unless_consent": Consent.WRITTEN}, True),
        (LIST, {"unless_consent": Consent.NONE}, False),
        (LIST, {"lapses_after_months": 12}, False),
        (LIST, {"unless_transaction_months": 19}, False),
        (LIST, {"unless_inquiry_months": 4}, False),
        (LIST, {"unless_inquiry_months": None}, True),
        (CallerIdShown(), {"series": ("+91140",)}, True),
        (CallerIdShown(series=("+91140",)), {"series": ()}, False),
        (CallerIdShown(series=("+91140",)), {"series": ("+911401",)}, True),
        (CallerIdShown(series=("+91140",)), {"series": ("+91140", "+91160")}, False),
        (Ring(least=15 * SECOND), {"least": 20 * SECOND}, True),
        (Ring(least=15 * SECOND), {"least": 14 * SECOND}, False),
        (Message(within=2 * SECOND), {"within": SECOND}, True),
        (Message(within=2 * SECOND), {"within": 3 * SECOND}, False),
        (AmdTest(), {"max_age_days": 90}, True),
        (AmdTest(max_age_days=90), {"max_age_days": None}, False),
        (RATE, {"most": 200}, True),
        (RATE, {"most": 301}, False),
        (RATE, {"formula": Formula.PLACED}, False),
        (RATE, {"period": Period.DAY, "length": None}, False),
        (RATE, {"length": 2 * DAY}, False),
        (RATE, {"scopes": (Scope.CAMPAIGN, Scope.CALL_CENTRE)}, True),
        (RATE, {"scopes": (Scope.DROP_GROUP,)}, False),
        (Records(months=6), {"months": 12}, True),
        (Records(months=6), {"months": 5}, False),
        (HOLIDAYS, {"on_holidays": ()}, True),
        (HOLIDAYS, {"on_holidays": windows("10:00-13:00")}, False),
        (HOLIDAYS, {"before_holidays": windows("09:00-10:00")}, True),
        (HOLIDAYS, {"before_holidays": windows("07:00-10:00")}, True),
        (
            replace(HOLIDAYS, before_holidays=windows("10:00-12:00")),
            {"before_holidays": windows("09:00-12:00")},
            False,
        ),
        (HOLIDAYS, {"week": daily("09:00-12:00", "13:00-21:00")}, True),
        (HOLIDAYS, {"week": daily("07:59-21:00")}, False),
        (HOLIDAYS, {"agreeable": Consent.WRITTEN}, False),
        (replace(HOLIDAYS, agreeable=Consent.EXPRESS), {"agreeable": None}, True),
        (replace(HOLIDAYS, agreeable=Consent.EXPRESS), {"agreeable": Consent.WRITTEN}, True),
        (replace(HOLIDAYS, agreeable=Consent.WRITTEN), {"agreeable": Consent.EXPRESS}, False),
        # The windows of an eve are those of its weekday too, so wider ones may change nothing.
        (replace(HOLIDAYS, before_holidays=windows("07:00-21:00")), {"before_holidays": None}, True),
        (HOLIDAYS, {"calendars": ("YY",)}, False),  # what was a holiday may be an ordinary day
        (HOLIDAYS, {"calendars": ("YY",), "week": daily("10:00-12:00")}, True),
    ],
)
def test_whether_other_figures_are_stricter(old: Terms, changes: dict[str, Any], stricter: bool) -> None:
    assert is_stricter(rule(old), replace(old, **changes)) is stricter


def test_terms_of_another_kind_are_not_stricter_and_a_kind_without_figures_equals_itself() -> None:
    assert not is_stricter(rule(CAP), Ring(least=0))
    assert is_stricter(rule(Ban()), Ban())
    assert not is_stricter(rule(Ban()), CAP)


# --- by trying ----------------------------------------------------------------------------------

NOW = at("2026-11-24T12:00:00+00:00")
window = st.lists(st.integers(0, 24), min_size=2, max_size=2, unique=True).map(
    lambda pair: Window(opens=min(pair) * 60, closes=max(pair) * 60)
)
some = st.lists(window, max_size=2).map(tuple)
months = st.sampled_from([None, 1, 2])
level = st.sampled_from([None, *Consent])
agreeable = st.sampled_from([None, Consent.EXPRESS, Consent.WRITTEN])
per = st.sampled_from([(Key.NUMBER,), (Key.NUMBER, Key.SUBJECT), (Key.SUBJECT,)])
KINDS: list[st.SearchStrategy[Terms]] = [
    st.builds(Hours, week=st.tuples(*[some] * 7), agreeable=agreeable),
    st.builds(
        Hours,
        week=st.tuples(*[some] * 7),
        calendars=st.sampled_from([("XX",), ("YY",)]),
        on_holidays=some,
        before_holidays=st.one_of(st.none(), some),
        agreeable=agreeable,
    ),
    st.builds(
        Cap, calls=st.integers(1, 3), within=st.integers(1, 3).map(lambda n: n * DAY), per=per,
        reach=st.sampled_from(Reach), unless_consent=level, unless_transaction_months=months,
    ),
    st.builds(Cap, calls=st.integers(1, 3), days=st.integers(1, 3), per=per, reach=st.sampled_from(Reach)),
    st.builds(
        Cooldown, after=st.just(Event.REFUSAL), days=st.sampled_from([None, 1, 2]),
        rest=st.sampled_from([DAY, 3 * DAY]), per=per,
    ),
    st.builds(
        Lockout, after=st.just(Event.MACHINE), rest=st.sampled_from([DAY, 2 * DAY]),
        unless_reserved=st.booleans(), then_reserved=st.booleans(),
    ),
    st.builds(
        ConsentNeeded, level=st.sampled_from(Consent), or_customer=st.booleans(),
        or_transaction_months=months, lapses_after_months=months,
    ),
    st.builds(
        Registry, registry=st.just("x"), max_age_days=st.sampled_from([None, 1, 5]), unless_consent=level,
        unless_transaction_months=months, unless_inquiry_months=months, lapses_after_months=months,
    ),
    st.builds(CallerIdShown, series=st.sampled_from([(), ("+44",), ("+4420",), ("+4420", "+33")])),
    st.builds(Ring, least=st.integers(18, 22).map(lambda n: n * SECOND)),
    st.builds(Message, within=st.integers(1, 3).map(lambda n: n * SECOND)),
    st.builds(AmdTest, max_age_days=st.sampled_from([None, 1, 5])),
]  # fmt: skip


@settings(max_examples=400)
@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(kind, kind)), st.data())
def test_stricter_terms_allow_nothing_that_the_old_ones_refuse(
    pair: tuple[Terms, Terms], data: st.DataObject
) -> None:
    old, new = pair
    if not is_stricter(rule(old), new):
        return
    before = st.integers(0, 100 * 24).map(lambda n: NOW - n * HOUR)
    facts: dict[str, Any] = {
        "history": data.draw(
            st.lists(
                st.builds(
                    past,
                    before.map(lambda when: NOW - (NOW - when) // 30),
                    subject=st.sampled_from(["boiler", "roof"]),
                    reach=st.sampled_from(Reach),
                    events=st.lists(st.sampled_from(Event), max_size=1).map(tuple),
                ),
                max_size=6,
            )
        ),
        "consents": data.draw(
            st.lists(
                st.builds(
                    GivenConsent, level=st.sampled_from(Consent), given_at=before, other_times=st.booleans()
                ),
                max_size=2,
            ).map(tuple)
        ),
        "relationship": data.draw(
            st.builds(
                Relationship,
                customer=st.booleans(),
                transaction_at=st.one_of(st.none(), before),
                inquiry_at=st.one_of(st.none(), before),
            )
        ),
        "registries": {
            "x": data.draw(
                st.builds(RegistryState, version_at=st.sampled_from([NOW - 3 * DAY]), listed=st.booleans())
            )
        },
    }
    known = {"XX": ["2026-11-25"], "YY": ["2026-11-27"]}
    reserved = data.draw(st.booleans())
    judged = [
        dial(regime(rule(terms), holidays=known).prepare(zones("Europe/London")), **facts) for terms in pair
    ]
    manners = [replace(one, manner=replace(one.manner, reserved=reserved)) for one in judged]
    for when in range(NOW, NOW + 5 * DAY, 95 * MINUTE):
        if evaluate(manners[1], when).allowed:
            assert evaluate(manners[0], when).allowed


# --- overrides ----------------------------------------------------------------------------------

RULES = RuleSet([rule(CAP, "CAP-1"), rule(Ban(), "BAN-1")])


def test_a_stricter_override_is_free_and_makes_another_version() -> None:
    tighter = Override(rule="CAP-1", terms=replace(CAP, calls=1), reason="house policy")
    rules = with_overrides(RULES, [tighter])
    changed = rules["CAP-1"]
    assert (changed.terms, changed.basis) == (tighter.terms, Basis.OPERATOR)
    assert "house policy" in changed.note
    assert rules.version != RULES.version
    assert RULES["CAP-1"].terms == CAP
    assert "CAP-1" in RULES
    assert len(RULES) == 2
    assert RULES.jurisdictions == ("*",)


def test_a_looser_override_says_so_gives_a_reason_and_takes_the_right() -> None:
    looser = Override(rule="CAP-1", terms=replace(CAP, calls=4))
    assert loosens(looser, RULES)
    assert [problem.split(";")[0] for problem in problems_of(looser, RULES)] == [
        "is looser than the rule",
        "is looser than the rule, and so needs a reason",
    ]
    meant = replace(looser, looser=True, reason="written opinion of counsel")
    assert problems_of(meant, RULES) == []
    with pytest.raises(NotAllowed, match="takes the right"):
        with_overrides(RULES, [meant])
    rules = with_overrides(RULES, [meant], may_loosen=frozenset({"CAP-1"}))
    assert rules["CAP-1"].terms == meant.terms


def test_leaving_a_rule_out_is_looser_than_anything() -> None:
    out = Override(rule="BAN-1", terms=None, looser=True, reason="not our trade")
    assert loosens(out, RULES)
    assert "BAN-1" not in with_overrides(RULES, [out], may_loosen=frozenset({"BAN-1"}))


def test_overrides_that_make_no_sense_are_all_told() -> None:
    with pytest.raises(NotAllowed) as wrong:
        with_overrides(
            RULES,
            [Override(rule="NONE", terms=None), Override(rule="CAP-1", terms=Ban())],
            added=[rule(Ban(), "BAN-1")],
        )
    assert wrong.value.problems == [
        "the override of NONE is of a rule that does not exist",
        "the override of CAP-1 has terms that are not those of cap",
        "the rule BAN-1 exists already; override it instead",
    ]


def test_an_operators_own_rule_comes_on_top() -> None:
    own = rule(Cap(calls=1, within=HOUR, per=(Key.NUMBER,)), "OWN-1")
    rules = with_overrides(RULES, [], added=[own])
    assert rules["OWN-1"] is own


def test_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="stand twice: R-1"):
        RuleSet([rule(Ban()), rule(CAP)])


# --- profiles -----------------------------------------------------------------------------------


def test_profiles_together_cover_all_their_countries_and_keep_all_their_rules() -> None:
    one = Profile(name="a", summary="A.", covers=("GB",), purposes=("sales",))
    two = Profile(name="b", summary="B.", covers=("FR",), purposes=("research",))
    both = combined([one, two])
    assert (both.name, both.covers, both.purposes) == ("a+b", ("FR", "GB"), ("research", "sales"))
    rules = RuleSet(
        [
            rule(Ban(), "R-1", jurisdiction="GB", purposes=("sales",)),
            rule(Ban(), "R-2", jurisdiction="FR-75", purposes=("research",)),
            rule(Ban(), "R-3", jurisdiction="DE"),
            rule(Ban(), "R-4"),
            rule(Ban(), "R-5", jurisdiction="GB", purposes=("charity",)),
        ]
    )
    assert [one.id for one in both.rules(rules)] == ["R-1", "R-2", "R-4"]
    assert [chosen.id for chosen in one.rules(rules)] == ["R-1", "R-4"]


def test_a_profile_has_a_country_and_a_purpose() -> None:
    for covers, purposes in (((), ("sales",)), (("GB",), ())):
        with pytest.raises(ValueError, match="at least one"):
            Profile(name="x", summary="", covers=covers, purposes=purposes)


def test_why_a_rule_does_not_hold_is_said() -> None:
    scope: dict[str, Any] = {
        "jurisdictions": ("GB",),
        "purposes": ("sales",),
        "means": Means.LIVE,
        "party": Party.BUSINESS,
        "line": Line.FIXED,
    }
    said = [
        outside(rule(Ban(), **more), **scope)
        for more in (
            {},
            {"jurisdiction": "FR"},
            {"purposes": ("research",)},
            {"means": (Means.PRERECORDED,)},
            {"parties": (Party.CONSUMER,)},
            {"lines": (Line.MOBILE,)},
        )
    ]
    assert said == [
        None,
        "another jurisdiction",
        "another purpose",
        "another way of calling",
        "not for a business",
        "not for a fixed line",
    ]


def test_a_do_not_call_entry_stands_beside_every_rule() -> None:
    entry = DncEntry(source=DncSource.LIST, by="number")
    assert not evaluate(dial(regime().prepare(zones("UTC")), dnc=(entry,)), NOW).allowed


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: Cap(calls=0, within=1, per=PER), "at least 1"),
        (lambda: Cap(calls=1, per=PER), "either within"),
        (lambda: Cap(calls=1, within=1, days=1, per=PER), "either within"),
        (lambda: Cap(calls=1, within=1, per=()), "in common"),
        (lambda: Cooldown(after=Event.REFUSAL, per=PER), "days"),
        (lambda: Cooldown(after=Event.REFUSAL, days=1, per=()), "in common"),
        (lambda: replace(RATE, most=10_000), "share"),
        (lambda: replace(RATE, length=None), "length"),
        (lambda: replace(RATE, period=Period.MONTH), "length"),
        (lambda: rule(CAP, kind="ban"), "not those of ban"),
        (
            lambda: rule(
                CAP,
                effective_from=date(2026, 2, 1),
                effective_to=date(2026, 1, 1),
            ),
            "before effective_from",
        ),
    ],
)
def test_terms_that_contradict_themselves_are_refused(make: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()
