"""Rules in words: every kind has its own, and two terms that differ are told apart."""

from dataclasses import fields, replace
from datetime import date
from itertools import combinations

import pytest

from engine.compliance.places import Refused
from engine.compliance.rules import Basis, Confidence, Line, Means, Party
from engine.compliance.terms import (
    TERMS,
    Abandonment,
    AmdTest,
    Ban,
    CallerIdShown,
    Cap,
    Consent,
    ConsentNeeded,
    Cooldown,
    Destination,
    Emergency,
    Event,
    Formula,
    Hours,
    Informative,
    InternalDnc,
    Key,
    ListOrigin,
    Lockout,
    Message,
    Period,
    Reach,
    Reassigned,
    Records,
    Registry,
    Revocation,
    Ring,
    Scope,
    Terms,
)
from engine.compliance.wording import (
    BASIS_MEANS,
    CONFIDENCE_MEANS,
    REFUSED_MEANS,
    duration,
    percent,
    told,
    when,
    where,
    whom,
)
from engine.config.rulebook import shipped_rules
from engine.domain.time import DAY, HOUR, MILLISECOND, MINUTE, SECOND
from tests.compliance.dials import daily, rule, windows

WEEK = (*(windows("10:00-13:00", "14:00-20:00"),) * 5, windows("10:00-17:00"), ())
PER = (Key.PERSON, Key.DEBT)

WORDS: list[tuple[Terms | None, str]] = [
    (None, "the rule is left out"),
    (Hours(week=daily("08:00-21:00")), "every day 08:00-21:00"),
    (
        Hours(week=daily("00:00-24:00"), agreeable=Consent.EXPRESS),
        "every day 00:00-24:00; at other times with express consent to them",
    ),
    (
        Hours(week=WEEK, calendars=("FR",), before_holidays=(), agreeable=Consent.WRITTEN),
        "Mon-Fri 10:00-13:00 and 14:00-20:00, Sat 10:00-17:00, Sun closed; "
        "the day before a holiday (FR) closed; at other times with written consent to them",
    ),
    (
        Hours(week=WEEK, calendars=("FR", "DE"), on_holidays=(), before_holidays=windows("10:00-12:00")),
        "Mon-Fri 10:00-13:00 and 14:00-20:00, Sat 10:00-17:00, Sun closed; holidays (FR, DE) closed; "
        "the day before a holiday (FR, DE) only 10:00-12:00",
    ),
    (Cap(calls=1, within=8 * HOUR, per=(Key.NUMBER,)), "at most 1 call in any 8 h per number"),
    (
        Cap(calls=3, within=DAY, per=(Key.NUMBER, Key.SELLER), reach=Reach.RANG),
        "at most 3 calls that rang in any 24 h per number and seller",
    ),
    (
        Cap(calls=2, days=1, per=PER, reach=Reach.ANSWERED, unless_consent=Consent.WRITTEN),
        "at most 2 answered calls on a local day per person and debt; no limit with written consent",
    ),
    (
        Cap(
            calls=2,
            days=7,
            per=PER,
            reach=Reach.CONVERSATION,
            unless_consent=Consent.EXPRESS,
            unless_transaction_months=18,
        ),
        "at most 2 conversations in 7 local days per person and debt; no limit with express consent or "
        "within 18 months of a transaction",
    ),
    (
        Cap(calls=1, days=7, per=PER, reach=Reach.CONVERSATION),
        "at most 1 conversation in 7 local days per person and debt",
    ),
    (
        Cooldown(after=Event.REFUSAL, days=61, per=(Key.PERSON,)),
        "after a refusal no call before the local date 61 days later, per person",
    ),
    (
        Cooldown(after=Event.CONVERSATION, rest=7 * DAY, per=PER),
        "after a conversation no call for 7 days, per person and debt",
    ),
    (
        Cooldown(after=Event.CONVERSATION, days=1, rest=36 * HOUR, per=PER),
        "after a conversation no call for 36 h nor before the local date 1 day later, per person and debt",
    ),
    (
        Lockout(after=Event.ABANDONED, rest=72 * HOUR),
        "after an abandoned call no call to the number or person for 72 h",
    ),
    (
        Lockout(after=Event.MACHINE, rest=DAY, unless_reserved=True, then_reserved=True),
        "after a call taken for a machine's no call to the number or person for 24 h, unless an agent is "
        "reserved and machines are not hung up on; then only with a reserved agent, until a conversation",
    ),
    (ConsentNeeded(level=Consent.NONE), "needs no consent"),
    (
        ConsentNeeded(
            level=Consent.EXPRESS, or_customer=True, or_transaction_months=36, lapses_after_months=12
        ),
        "needs express consent, a present customer or a transaction within 36 months; a consent without a "
        "period lapses after 12 months",
    ),
    (Revocation(), "revoking one consent given to the caller revokes all of them"),
    (
        Reassigned(),
        "a consent counts only while a database says that the number has not changed hands",
    ),
    (Registry(registry="tps"), "not on the registry tps"),
    (
        Registry(
            registry="us-dnc",
            max_age_days=31,
            unless_consent=Consent.WRITTEN,
            lapses_after_months=3,
            unless_transaction_months=18,
            unless_inquiry_months=1,
        ),
        "not on the registry us-dnc, at most 31 days old; who is on it may be called with written consent, "
        "within 18 months of a transaction or within 1 month of an inquiry; a consent without a period "
        "lapses after 3 months",
    ),
    (
        InternalDnc(),
        "who asked not to be called is not called, by number and by person, from that instant",
    ),
    (CallerIdShown(), "a caller id is shown that can be dialed"),
    (
        CallerIdShown(series=("+91140", "+91160")),
        "a caller id is shown that can be dialed, and begins with +91140 or +91160",
    ),
    (Ring(least=15 * SECOND), "an unanswered call rings at least 15 s"),
    (
        Message(within=2 * SECOND),
        "a call that finds no agent plays a message at most 2 s after the answer",
    ),
    (AmdTest(), "hanging up on machines needs a recorded test of the detection"),
    (
        AmdTest(max_age_days=90),
        "hanging up on machines needs a recorded test of the detection at most 90 days old",
    ),
    (
        Abandonment(most=300, formula=Formula.PERSON_ANSWERED, period=Period.SUCCESSIVE, length=30 * DAY),
        "at most 3 % abandoned of the calls that a person answered, in each 30 days since the campaign "
        "began, per campaign",
    ),
    (
        Abandonment(
            most=275,
            formula=Formula.GB_AMD,
            period=Period.ROLLING,
            length=DAY,
            scopes=(Scope.CAMPAIGN, Scope.CALL_CENTRE, Scope.DROP_GROUP),
            alert=200,
        ),
        "at most 2.75 % abandoned of live calls, with people hung up on by mistake counted as abandoned, "
        "in any 24 h, per campaign and call centre and drop group; a supervisor is told at 2 %",
    ),
    (
        Abandonment(most=300, formula=Formula.GB_NO_AMD, period=Period.DAY),
        "at most 3 % abandoned of live calls, with abandoned calls to machines taken out, on each local "
        "day, per campaign",
    ),
    (
        Abandonment(most=500, formula=Formula.PLACED, period=Period.MONTH),
        "at most 5 % abandoned of the calls placed, in each local calendar month, per campaign",
    ),
    (Emergency(), "no call while an emergency is declared there"),
    (
        Destination(),
        "protected lines (emergency services, hospital rooms and the like) are never called",
    ),
    (ListOrigin(), "numbers come from people, not from a generator"),
    (Ban(), "no call at all"),
    (Records(months=6), "the evidence of a call is kept for 6 months"),
    (Informative(reason="A definition."), "decides nothing: A definition."),
]


@pytest.mark.parametrize(("terms", "words"), WORDS)
def test_terms_are_told_in_one_line(terms: Terms | None, words: str) -> None:
    assert told(terms) == words


def test_every_kind_has_its_words() -> None:
    assert {type(terms) for terms, _ in WORDS} - {type(None)} == set(TERMS.values())


def test_terms_that_differ_in_any_figure_are_told_apart() -> None:
    """By each field of the first terms that the same kind also has otherwise."""
    for (one, _), (other, _) in combinations([each for each in WORDS if each[0] is not None], 2):
        if one is None or other is None or type(one) is not type(other):
            continue
        for field in fields(one):
            try:
                mixed = replace(one, **{field.name: getattr(other, field.name)})
            except ValueError:  # it goes with another field
                continue
            assert (told(mixed) == told(one)) is (mixed == one), field.name


def test_every_shipped_rule_has_its_words() -> None:
    for each in shipped_rules().rules:
        assert told(each.terms), each.id
        assert "\n" not in told(each.terms)


def test_every_degree_basis_and_refusal_has_a_meaning() -> None:
    assert set(CONFIDENCE_MEANS) == set(Confidence)
    assert set(BASIS_MEANS) == set(Basis)
    assert set(REFUSED_MEANS) == set(Refused)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (1500 * MILLISECOND, "1500 ms"),
        (90 * SECOND, "90 s"),
        (15 * MINUTE, "15 min"),
        (36 * HOUR, "36 h"),
        (72 * HOUR, "72 h"),
        (4 * DAY, "4 days"),
        (4 * DAY + HOUR, "97 h"),
    ],
)
def test_a_duration_is_told_exactly(length: int, words: str) -> None:
    assert duration(length) == words


def test_a_share_is_told_in_percent() -> None:
    assert [percent(300), percent(275), percent(0)] == ["3 %", "2.75 %", "0 %"]


def test_for_whom_where_and_when_a_rule_holds() -> None:
    anyone = rule(Ban())
    assert (whom(anyone), where(anyone), when(anyone)) == ("all calls", "everywhere", "at all times")
    narrow = rule(
        Ban(),
        jurisdiction="US-FL",
        purposes=("sales", "charity"),
        means=(Means.AUTODIALED, Means.PRERECORDED),
        parties=(Party.CONSUMER,),
        lines=(Line.MOBILE,),
        effective_from=date(2026, 1, 1),
        effective_to=date(2026, 12, 31),
    )
    assert whom(narrow) == "sales, charity; autodialed calls or recordings; consumers; mobile lines"
    assert where(narrow) == "US-FL"
    assert when(narrow) == "from 2026-01-01 to 2026-12-31"
    assert whom(rule(Ban(), parties=tuple(Party), means=(Means.LIVE,))) == (
        "calls with an agent each; consumers or businesses"
    )
