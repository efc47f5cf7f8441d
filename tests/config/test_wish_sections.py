"""The sections of a file that tell who must not be called, and what people have agreed to."""

import pytest

from engine.config.times import parse_when
from engine.domain.dispositions import Disposition
from engine.domain.time import DAY, HOUR, iso
from engine.domain.wishes import (
    NOTHING_SAID,
    ConsentGiven,
    DoNotCall,
    ReassignmentAnswer,
    RelationshipTold,
    Whom,
)
from tests.config.problems import configured, problems_of
from tests.simulator import scenario_problems

ONE = Whom(number="+442079460001")
THEN = parse_when("2026-01-05")


def test_a_bare_number_must_not_be_called_by_anybody() -> None:
    assert configured("").wishes == NOTHING_SAID
    wishes = configured('dnc: ["+442079460001", {person: P-1, campaign: orders, since: 2026-01-05, note: x}]')
    assert wishes.wishes.dnc == (
        DoNotCall(whom=ONE),
        DoNotCall(whom=Whom(person="P-1"), campaign="orders", since=THEN, note="x"),
    )


def test_who_must_not_be_called_may_have_a_number_of_no_numbering_plan() -> None:
    told = configured('dnc: ["+447700900123", {number: "+44 7700 900124"}]').wishes.dnc
    assert [each.whom.number for each in told] == ["+447700900123", "+447700900124"]
    assert "is too short for a number of GB" in problems_of('dnc: ["+4477"]')[0]
    assert "a phone number is wanted" in problems_of("dnc: [{number: [5]}]")[0]


def test_consents_relationships_and_answers_are_read() -> None:
    told = configured(
        """
        consents:
          - {number: "+442079460001", level: express, given: 2026-01-05}
          - {person: P-1, level: written, given: 2026-01-05T00:00:00Z, expires: 2027-01-05,
             revoked: 2026-01-06, purposes: [sales, service], other_times: true, evidence: tape 7}
        relationships: [{person: P-1, customer: true, transaction: 2026-01-05, inquiry: 2026-01-05T01:00:00Z}]
        reassigned: [{number: "+442079460001", answer: false, asked: 2026-01-05}]
        """
    ).wishes
    person = Whom(person="P-1")
    assert told.consents == (
        ConsentGiven(whom=ONE, level="express", given=THEN),
        ConsentGiven(
            whom=person,
            level="written",
            given=THEN,
            expires=THEN + 365 * DAY,
            revoked=THEN + DAY,
            purposes=("sales", "service"),
            other_times=True,
            evidence="tape 7",
        ),
    )
    assert told.relationships == (
        RelationshipTold(whom=person, customer=True, transaction=THEN, inquiry=THEN + HOUR),
    )
    assert told.reassigned == (ReassignmentAnswer(number="+442079460001", reassigned=False, asked=THEN),)


def test_consents_and_relationships_may_be_a_sellers() -> None:
    told = configured(
        """
        consents: [{number: "+442079460001", level: express, given: 2026-01-05, seller: bank-a}]
        relationships: [{number: "+442079460001", customer: true, seller: " bank-a "}]
        """
    ).wishes
    assert told.consents == (ConsentGiven(whom=ONE, level="express", given=THEN, seller="bank-a"),)
    assert told.relationships == (RelationshipTold(whom=ONE, customer=True, seller="bank-a"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dnc: {}", "1:6: dnc: is empty; a list is wanted: [first, second]"),
        ("dnc: []", "1:6: dnc: is empty; a list is wanted: [first, second]"),
        (
            "dnc: [{}]",
            '1:7: dnc[0]: is of nobody or of two; one is wanted: {number: "+442079460001"} or {person: P-17}',
        ),
        ('dnc: ["0207"]', "1:7: dnc[0]: '0207' is a national number without a region; "),
        ("dnc: [{person: P-1, campaign: ordrs}]", "campaign 'ordrs' is not defined; did you mean 'orders'?"),
        (
            "dnc: [{person: P-1, since: soon}]",
            "1:28: dnc[0].since: is 'soon'; a time is ISO 8601 with a zone: ",
        ),
        (
            "consents: [{person: P-1, level: express}]",
            "consents[0].given: missing; say e.g. 'given: 2026-01-05'",
        ),
        (
            "consents: [{person: P-1, level: firm, given: 2026-01-05}]",
            "consents[0].level: is 'firm'; it can be implied, express or written",
        ),
        (
            "consents: [{person: P-1, level: express, given: 2026-01-05, purposes: [seles]}]",
            "consents[0].purposes[0]: is 'seles', which is no purpose; did you mean 'sales'?",
        ),
        (
            "consents: [{person: P-1, level: express, given: 2026-01-05, expires: 2026-01-05}]",
            "consents[0]: expires before it is given",
        ),
        (
            "relationships: [{person: P-1}]",
            "relationships[0]: says nothing; one is wanted of customer, transaction and inquiry",
        ),
        ('relationships: [{person: P-1, customer: true, seller: " "}]', "relationships[0].seller: is empty"),
        ('reassigned: [{number: "+442079460001", answer: false}]', "reassigned[0].asked: missing"),
        (f"dnc: [{{person: {'x' * 201}}}]", "dnc[0].person: is longer than 200 characters"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, problem: str) -> None:
    (found,) = problems_of(text)
    assert problem in found


def test_a_scenario_tells_nothing_that_is_to_come_but_when_a_consent_expires() -> None:
    assert scenario_problems.problems_of(
        """
        dnc: [{person: P-1, since: 2026-03-03}]
        consents: [{person: P-1, level: express, given: 2026-03-02, expires: 2026-03-03},
                   {person: P-1, level: express, given: 2026-03-02T09:00:01Z}]
        relationships: [{person: P-1, inquiry: 2026-04-01}]
        reassigned: [{number: "+442079460001", answer: false, asked: 2026-04-01}]
        """
    ) == [
        "1:7: dnc[0]: tells of a time that is still to come",
        "3:12: consents[1]: tells of a time that is still to come",
        "4:17: relationships[0]: tells of a time that is still to come",
        "5:14: reassigned[0]: tells of a time that is still to come",
    ]


def test_a_timeline_tells_more_and_its_mistakes_are_told() -> None:
    def problems(entry: str) -> list[str]:
        text = (
            "simulation: {guards: Nothing., start: 2026-03-02T09:00:00Z, end: 8h, timeline: [{at: 1h, %s}]}"
        )
        return [each.partition("timeline[0].")[2] for each in scenario_problems.problems_of(text % entry)]

    assert problems("dnc_add: {person: P-1, campaign: ordrs}") == [
        "dnc_add.campaign: campaign 'ordrs' is not defined; did you mean 'orders'?"
    ]
    assert problems("dnc_remove: {person: P-1, campaign: ordrs, as: sue}") == [
        "dnc_remove.campaign: campaign 'ordrs' is not defined; did you mean 'orders'?",
        "dnc_remove.as: user 'sue' is not defined",
    ]
    assert problems("consent_give: {person: P-1}") == [
        "consent_give.level: missing; say e.g. 'level: express'"
    ]
    assert problems("consent_revoke: {person: P-1, seller: ' '}") == ["consent_revoke.seller: is empty"]
    assert problems("consent_revoke: {}")[0].startswith("consent_revoke: is of nobody or of two; ")
    assert problems("relationship_set: {person: P-1}") == [
        "relationship_set: says nothing; one is wanted of customer, transaction and inquiry"
    ]


def test_a_disposition_may_be_a_refusal() -> None:
    told = configured("dispositions: {not-that: {refusal: true}, done: {}}").dispositions
    assert told["not-that"] == Disposition(code="not-that", human=True, refusal=True)
    assert not told["done"].refusal


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-02-30", "is '2026-02-30'; a date is written 2026-12-25"),
        ("1960-01-01", "the year must be from 1971 to 2199"),
        ("2026-01-05T09:00", "has no zone"),
        ("yesterday", "with a zone: 2026-03-02T09:00:00Z, or a date: 2026-03-02"),
    ],
)
def test_a_day_begins_at_midnight_in_utc_and_other_texts_are_no_time(text: str, problem: str) -> None:
    assert iso(THEN) == "2026-01-05T00:00:00Z"
    assert parse_when("2026-01-05T01:00:00+01:00") == THEN
    with pytest.raises(ValueError, match=problem):
        parse_when(text)
