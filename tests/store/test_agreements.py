"""Consents, revocations, relationships and reassigned numbers in the store, and what the gates are told."""

from collections.abc import Callable
from typing import Final, TypeAlias

import pytest
from hypothesis import given, settings, strategies as st

from engine.compliance.dial import GivenConsent, Reassignment, Relationship
from engine.compliance.terms import Consent
from engine.domain.lists import OwnershipPolicy
from engine.domain.time import DAY, HOUR, Instant
from engine.domain.wishes import (
    ConsentGiven,
    DoNotCall,
    ReassignmentAnswer,
    RelationshipTold,
    Revocation,
    Whom,
    Wishes,
)
from engine.errors import InputError
from engine.store import audit
from engine.store.agreements import Agreement, Told, agreements, configure_wishes, tell
from engine.store.consents import (
    Said,
    anything_said,
    given_consents,
    last_revocation,
    reassignment_of,
    relationship_of,
)
from engine.store.dnc import add_entries, entries
from tests.ownership.shop import Shop, shop
from tests.virtual import START

NUMBER: Final = "+442079460001"
ONE: Final = Whom(number=NUMBER)
PERSON: Final = Whom(person="P-1")
NOBODY_OWNS: Final = OwnershipPolicy()


def said(store: Shop, *told: Agreement) -> Told:
    return store.do(tell(told, by="sue"))


# --- consents ---------------------------------------------------------------------------------------


def test_a_consent_is_found_by_number_and_by_person_with_all_that_was_said() -> None:
    with shop() as store:
        said(
            store,
            ConsentGiven(whom=PERSON, level="written", given=START - DAY, expires=START + DAY),
            ConsentGiven(whom=ONE, level="implied", purposes=("service", "sales"), other_times=True),
        )
        assert given_consents(store.sql, NUMBER, "P-1", None) == (
            GivenConsent(level=Consent.WRITTEN, given_at=START - DAY, expires_at=START + DAY),
            GivenConsent(
                level=Consent.IMPLIED, given_at=START, purposes=("sales", "service"), other_times=True
            ),
        )
        assert len(given_consents(store.sql, NUMBER, None, None)) == 1
        assert given_consents(store.sql, "+442079460002", "P-2", None) == ()


def test_what_was_told_already_changes_nothing_but_may_be_taken_back() -> None:
    with shop() as store:
        consent = ConsentGiven(whom=ONE, level="express", given=START - DAY)
        assert said(store, consent).new == 1
        assert said(store, consent).new == 0
        revoked = ConsentGiven(whom=ONE, level="express", given=START - DAY, revoked=START - HOUR)
        assert said(store, revoked).new == 0
        assert [each.revoked_at for each in given_consents(store.sql, NUMBER, None, None)] == [START - HOUR]
        later = ConsentGiven(whom=ONE, level="express", given=START - DAY, revoked=START)
        said(store, later)
        assert [each.revoked_at for each in given_consents(store.sql, NUMBER, None, None)] == [START - HOUR]


def test_a_revocation_takes_back_what_was_given_until_then_and_not_what_comes_after() -> None:
    with shop() as store:
        said(store, ConsentGiven(whom=ONE, level="express", given=START - 2 * DAY))
        said(store, ConsentGiven(whom=ONE, level="written", given=START))
        told = said(store, Revocation(whom=ONE, at=START - DAY, note="by e-mail"))
        assert (told.new, told.revoked) == (1, 1)
        assert [each.revoked_at for each in given_consents(store.sql, NUMBER, None, None)] == [
            START - DAY,
            None,
        ]
        assert last_revocation(store.sql, NUMBER, None, None) == START - DAY
        assert said(store, Revocation(whom=ONE, at=START - DAY)).new == 0
        assert list(agreements(store.sql, Revocation)) == [(NUMBER, None, None, START - DAY, "by e-mail")]


def test_an_earlier_revocation_takes_back_from_earlier_on() -> None:
    with shop() as store:
        said(store, ConsentGiven(whom=ONE, level="express", given=START - 3 * DAY))
        said(store, Revocation(whom=ONE, at=START - DAY))
        assert said(store, Revocation(whom=ONE, at=START - 2 * DAY)).revoked == 1
        assert [each.revoked_at for each in given_consents(store.sql, NUMBER, None, None)] == [
            START - 2 * DAY
        ]
        assert last_revocation(store.sql, NUMBER, None, None) == START - DAY


def test_the_last_revocation_is_that_of_the_number_or_of_the_person() -> None:
    with shop() as store:
        assert last_revocation(store.sql, NUMBER, "P-1", None) is None
        said(store, Revocation(whom=ONE, at=START - DAY), Revocation(whom=PERSON))
        assert last_revocation(store.sql, NUMBER, "P-1", None) == START
        assert last_revocation(store.sql, NUMBER, None, None) == START - DAY


# --- relationships and reassigned numbers -----------------------------------------------------------


def test_what_is_told_of_a_relationship_is_kept_together_and_what_is_left_out_stays() -> None:
    with shop() as store:
        assert relationship_of(store.sql, NUMBER, "P-1", None) == Relationship()
        said(store, RelationshipTold(whom=ONE, transaction=START - DAY))
        assert said(store, RelationshipTold(whom=ONE, inquiry=START - HOUR)).new == 1
        assert said(store, RelationshipTold(whom=ONE, inquiry=START - HOUR)).new == 0
        said(store, RelationshipTold(whom=PERSON, customer=True, inquiry=START - 2 * HOUR))
        assert relationship_of(store.sql, NUMBER, "P-1", None) == Relationship(
            customer=True, transaction_at=START - DAY, inquiry_at=START - HOUR
        )
        said(store, RelationshipTold(whom=PERSON, customer=False))
        assert not relationship_of(store.sql, NUMBER, "P-1", None).customer


def test_the_last_answer_about_a_number_holds_and_the_worse_one_of_two_at_once() -> None:
    def answered(reassigned: bool, asked: Instant | None = None) -> int:
        return said(store, ReassignmentAnswer(number=NUMBER, reassigned=reassigned, asked=asked)).new

    with shop() as store:
        assert reassignment_of(store.sql, NUMBER) is Reassignment.NOT_ASKED
        assert answered(False, START - DAY) == 1
        assert reassignment_of(store.sql, NUMBER) is Reassignment.NO
        assert answered(True, START - 2 * DAY) == 0
        assert answered(True, START - DAY) == 1
        assert answered(False, START - DAY) == 0
        assert reassignment_of(store.sql, NUMBER) is Reassignment.YES
        assert answered(False) == 1
        assert reassignment_of(store.sql, NUMBER) is Reassignment.NO


def test_whether_anything_was_said_at_all_is_asked_once() -> None:
    with shop() as store:
        assert anything_said(store.sql) == Said(False, False, False, False)
        said(store, ConsentGiven(whom=ONE, level="express"))
        assert anything_said(store.sql) == Said(True, False, False, False)
        said(store, Revocation(whom=ONE))
        said(store, RelationshipTold(whom=ONE, customer=True))
        said(store, ReassignmentAnswer(number=NUMBER, reassigned=False))
        assert anything_said(store.sql) == Said(True, True, True, True)


# --- waking, refusing, logging ----------------------------------------------------------------------


def test_who_waits_for_what_is_told_is_asked_about_again_but_not_by_what_is_taken_back() -> None:
    with shop(NOBODY_OWNS, leads=2) as store:
        store.do(add_entries([DoNotCall(whom=ONE)], by="sue"))
        assert len(store.begin("news", 2)) == 1
        assert store.case("news", 1)["waits_for"] == "gate"
        assert said(store, Revocation(whom=ONE)).woken == 0
        assert said(store, ConsentGiven(whom=ONE, level="express")).woken == 1
        assert store.case("news", 1)["waits_for"] is None
        assert store.begin("news") == []
        assert said(store, ReassignmentAnswer(number=NUMBER, reassigned=False)).woken == 1
        assert store.begin("news") == []
        store.sql.execute("""UPDATE leads SET attributes = '{"person": "P-1"}' WHERE id = 1""")
        assert said(store, RelationshipTold(whom=PERSON, customer=True)).woken == 1


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (ConsentGiven(whom=ONE, level="express", given=START + 1), "the consent tells of a time"),
        (ConsentGiven(whom=ONE, level="express", expires=START), "the consent expires before it is given"),
        (Revocation(whom=ONE, at=START + 1), "the revocation tells of a time"),
        (RelationshipTold(whom=ONE, inquiry=START + 1), "the relationship tells of a time"),
        (ReassignmentAnswer(number=NUMBER, reassigned=False, asked=START + 1), "the answer tells of a time"),
    ],
)
def test_what_is_dated_in_the_future_is_refused(told: Agreement, problem: str) -> None:
    with shop() as store:
        with pytest.raises(InputError, match=problem):
            said(store, told)
        assert list(audit.entries(store.sql)) == []


def test_the_logs_have_counts_and_no_numbers() -> None:
    with shop() as store:
        said(store, ConsentGiven(whom=ONE, level="express", evidence="tape 7"))
        said(store, Revocation(whom=ONE))
        said(store, RelationshipTold(whom=PERSON, customer=True))
        said(store, ReassignmentAnswer(number=NUMBER, reassigned=False))
        rows = list(audit.entries(store.sql))
        assert [(row.user, row.action, row.count) for row in rows] == [
            ("sue", "consents add", 1),
            ("sue", "consents revoke", 1),
            ("sue", "consents relationship", 1),
            ("sue", "consents reassigned", 1),
        ]
        assert rows[1].details == {"revoked": 1}
        written = str(rows) + str(store.lines)
        assert not [word for word in ("7946", "P-1", "tape") if word in written]


def test_what_was_told_is_listed_of_everybody_or_of_one() -> None:
    with shop() as store:
        said(store, ConsentGiven(whom=ONE, level="express"), ConsentGiven(whom=PERSON, level="written"))
        assert [row[:4] for row in agreements(store.sql, ConsentGiven)] == [
            (NUMBER, None, None, "express"),
            (None, "P-1", None, "written"),
        ]
        assert [row[1] for row in agreements(store.sql, ConsentGiven, PERSON)] == ["P-1"]
        said(store, ReassignmentAnswer(number=NUMBER, reassigned=True))
        assert list(agreements(store.sql, ReassignmentAnswer, ONE)) == [(NUMBER, 1, START)]
        assert list(agreements(store.sql, ReassignmentAnswer, PERSON)) == []


def test_a_configuration_that_is_read_again_changes_nothing_that_was_said_meanwhile() -> None:
    wishes = Wishes(
        dnc=(DoNotCall(whom=ONE),),
        consents=(ConsentGiven(whom=PERSON, level="express", given=START - DAY),),
        relationships=(RelationshipTold(whom=PERSON, transaction=START - DAY),),
        reassigned=(ReassignmentAnswer(number=NUMBER, reassigned=False, asked=START - DAY),),
    )
    with shop() as store:
        configure_wishes(store.sql, wishes, START)
        store.now += HOUR
        said(store, Revocation(whom=PERSON), ReassignmentAnswer(number=NUMBER, reassigned=True))
        configure_wishes(store.sql, wishes, START + DAY)
        assert [each.since for each in entries(store.sql)] == [START]
        assert [each.revoked_at for each in given_consents(store.sql, NUMBER, "P-1", None)] == [START + HOUR]
        assert relationship_of(store.sql, NUMBER, "P-1", None).transaction_at == START - DAY
        assert reassignment_of(store.sql, NUMBER) is Reassignment.YES
        with pytest.raises(InputError, match="the entry tells of a time"):
            configure_wishes(store.sql, Wishes(dnc=(DoNotCall(whom=PERSON, since=START + 1),)), START)


@pytest.mark.parametrize("ask", [given_consents, last_revocation, relationship_of])
def test_what_the_gates_ask_is_found_by_indexes_however_much_was_said(ask: Callable[..., object]) -> None:
    with shop() as store:
        asked: list[str] = []
        store.sql.set_trace_callback(asked.append)
        ask(store.sql, NUMBER, "P-1", "bank-a")
        store.sql.set_trace_callback(None)
        (query,) = asked
        plan = [row[3] for row in store.sql.execute(f"EXPLAIN QUERY PLAN {query}")]
        scans = {step for step in plan if step.startswith("SCAN") and "subquery" not in step}
        assert scans <= {"SCAN CONSTANT ROW"}, plan


# --- a model ----------------------------------------------------------------------------------------

Step: TypeAlias = tuple[str, Whom, int]
STEPS: Final = st.lists(
    st.tuples(st.sampled_from(("give", "revoke")), st.sampled_from((ONE, PERSON)), st.integers(0, 5)),
    max_size=10,
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_a_consent_ends_with_the_first_revocation_that_is_not_before_it(steps: list[Step]) -> None:
    with shop(leads=1) as store:
        given: set[tuple[Whom, int]] = set()
        taken: set[tuple[Whom, int]] = set()
        known: dict[tuple[Whom, int], list[int]] = {}
        for what, whom, day in steps:
            at = START - day * DAY
            if what == "give":
                said(store, ConsentGiven(whom=whom, level="express", given=at))
                if (whom, at) not in given:
                    given.add((whom, at))
                    known[whom, at] = [day for _, day in taken if day >= at]
            elif (whom, at) not in taken:
                said(store, Revocation(whom=whom, at=at))
                taken.add((whom, at))
                for (_, since), ends in known.items():
                    if since <= at:
                        ends.append(at)
        told = {(each.given_at, each.revoked_at) for each in given_consents(store.sql, NUMBER, "P-1", None)}
        assert told == {(since, min(ends, default=None)) for (_, since), ends in known.items()}
        assert last_revocation(store.sql, NUMBER, "P-1", None) == max((at for _, at in taken), default=None)
