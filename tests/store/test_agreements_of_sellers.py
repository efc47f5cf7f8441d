"""Consents and relationships are a seller's: who reads them, who takes them back, and who wakes by them."""

import json
from typing import Final

import pytest

from engine.compliance.dial import GivenConsent, Relationship
from engine.compliance.terms import Consent
from engine.domain.time import DAY, HOUR, Instant
from engine.domain.wishes import ConsentGiven, RelationshipTold, Revocation, Whom, Wishes
from engine.store.agreements import Agreement, Told, agreements, configure_wishes, tell
from engine.store.consents import given_consents, last_revocation, relationship_of
from tests.ownership.shop import Shop, shop
from tests.virtual import START

NUMBER: Final = "+442079460001"
ONE: Final = Whom(number=NUMBER)
PERSON: Final = Whom(person="P-1")
BANK: Final = "bank-a"
ROOFS: Final = "roofs-b"
SELLERS: Final = (BANK, ROOFS, None)


def said(store: Shop, *told: Agreement) -> Told:
    return store.do(tell(told, by="sue"))


def ends(store: Shop, seller: str | None) -> list[Instant | None]:
    """Of the consents that a campaign of the seller is told of, when each was taken back."""
    return [each.revoked_at for each in given_consents(store.sql, NUMBER, "P-1", seller)]


# --- what a campaign is told -------------------------------------------------------------------------


def test_a_campaign_is_told_what_was_given_to_its_seller_and_to_none() -> None:
    with shop() as store:
        said(
            store,
            ConsentGiven(whom=ONE, level="implied"),
            ConsentGiven(whom=ONE, level="express", seller=BANK),
            ConsentGiven(whom=PERSON, level="written", seller=ROOFS),
        )
        levels = {
            seller: [each.level for each in given_consents(store.sql, NUMBER, "P-1", seller)]
            for seller in SELLERS
        }
        assert levels == {
            BANK: [Consent.IMPLIED, Consent.EXPRESS],
            ROOFS: [Consent.IMPLIED, Consent.WRITTEN],
            None: [Consent.IMPLIED],
        }


def test_a_purchase_at_one_seller_binds_nobody_to_another() -> None:
    with shop() as store:
        said(store, RelationshipTold(whom=ONE, transaction=START - DAY, seller=BANK))
        said(store, RelationshipTold(whom=PERSON, customer=True, seller=BANK))
        said(store, RelationshipTold(whom=ONE, inquiry=START - HOUR))
        asked = Relationship(inquiry_at=START - HOUR)
        assert relationship_of(store.sql, NUMBER, "P-1", BANK) == Relationship(
            customer=True, transaction_at=START - DAY, inquiry_at=START - HOUR
        )
        assert relationship_of(store.sql, NUMBER, "P-1", ROOFS) == asked
        assert relationship_of(store.sql, NUMBER, "P-1", None) == asked


@pytest.mark.parametrize("whom", [ONE, PERSON])
def test_what_is_told_of_one_seller_is_kept_together_and_apart_from_what_is_told_of_others(
    whom: Whom,
) -> None:
    with shop() as store:
        for seller in SELLERS:
            told = RelationshipTold(whom=whom, transaction=START - DAY, seller=seller)
            assert said(store, told).new == 1
            assert said(store, told).new == 0
        assert said(store, RelationshipTold(whom=whom, customer=True, seller=BANK)).new == 1
        rows = [(seller, customer) for _, _, seller, customer, *_ in agreements(store.sql, RelationshipTold)]
        assert rows == [(BANK, 1), (ROOFS, 0), (None, 0)]


def test_a_consent_for_another_seller_is_another_one() -> None:
    with shop() as store:
        for seller in SELLERS:
            consent = ConsentGiven(whom=ONE, level="express", given=START - DAY, seller=seller)
            assert (said(store, consent).new, said(store, consent).new) == (1, 0)
        told = ConsentGiven(whom=ONE, level="express", given=START - DAY, revoked=START, seller=BANK)
        assert said(store, told).new == 0
        assert (ends(store, BANK), ends(store, ROOFS)) == ([START, None], [None, None])


# --- what is taken back ------------------------------------------------------------------------------


def test_a_revocation_for_one_seller_leaves_what_was_given_to_another() -> None:
    with shop() as store:
        for seller in (BANK, ROOFS):
            said(store, ConsentGiven(whom=ONE, level="express", given=START - 2 * DAY, seller=seller))
        back = Revocation(whom=ONE, at=START - DAY, seller=BANK)
        assert (said(store, back), said(store, back)) == (Told(new=1, revoked=1), Told(new=0))
        assert (ends(store, BANK), ends(store, ROOFS)) == ([START - DAY], [None])
        assert last_revocation(store.sql, NUMBER, None, BANK) == START - DAY
        assert last_revocation(store.sql, NUMBER, None, ROOFS) is None


def test_a_revocation_of_all_takes_back_what_was_given_to_each() -> None:
    with shop() as store:
        for seller in SELLERS:
            said(store, ConsentGiven(whom=ONE, level="express", seller=seller))
        assert said(store, Revocation(whom=ONE)).revoked == 3
        assert [ends(store, seller) for seller in SELLERS] == [[START] * 2, [START] * 2, [START]]


def test_a_consent_for_whoever_calls_is_taken_back_from_one_seller_and_counts_for_the_others() -> None:
    with shop() as store:
        said(store, ConsentGiven(whom=ONE, level="express", given=START - 3 * DAY))
        assert said(store, Revocation(whom=ONE, at=START - DAY, seller=BANK)).revoked == 1
        assert said(store, Revocation(whom=ONE, at=START - HOUR, seller=BANK)).revoked == 0
        assert said(store, Revocation(whom=ONE, at=START - 4 * DAY, seller=BANK)).revoked == 0
        assert (ends(store, BANK), ends(store, ROOFS)) == ([START - DAY], [None])
        said(store, Revocation(whom=ONE, at=START - 2 * DAY))
        assert (ends(store, BANK), ends(store, ROOFS)) == ([START - 2 * DAY], [START - 2 * DAY])


def test_a_campaign_that_does_not_say_for_whom_it_calls_keeps_every_revocation() -> None:
    with shop() as store:
        said(store, ConsentGiven(whom=ONE, level="express", given=START - 2 * DAY))
        said(store, Revocation(whom=ONE, at=START - DAY, seller=BANK))
        assert ends(store, None) == [START - DAY]
        assert last_revocation(store.sql, NUMBER, None, None) == START - DAY


@pytest.mark.parametrize("seller", SELLERS)
def test_a_consent_that_is_told_late_is_taken_back_by_a_revocation_that_came_after_it(
    seller: str | None,
) -> None:
    with shop() as store:
        said(store, Revocation(whom=ONE, at=START - DAY, seller=seller))
        said(store, ConsentGiven(whom=ONE, level="express", given=START - 2 * DAY, seller=BANK))
        said(store, ConsentGiven(whom=ONE, level="written", given=START - HOUR, seller=BANK))
        first = None if seller == ROOFS else START - DAY
        assert ends(store, BANK) == [first, None]
        assert [row[6] for row in agreements(store.sql, ConsentGiven)] == [first, None]


# --- waking, listing, configuring --------------------------------------------------------------------


def test_who_waits_is_asked_about_again_by_what_is_told_of_the_campaigns_seller() -> None:
    with shop(campaigns=("loans", "roofs", "plain")) as store:
        for name, seller in (("loans", BANK), ("roofs", ROOFS)):
            policy = json.dumps({"compliance": {"profiles": ["uk-sales"], "seller": seller}})
            store.sql.execute("UPDATE campaigns SET policy = ? WHERE name = ?", (policy, name))
        store.sql.execute("""UPDATE leads SET attributes = '{"person": "P-1"}'""")

        def woken(*told: Agreement) -> list[str]:
            store.sql.execute("UPDATE cases SET waits_for = 'gate', wanted_at = 0, due_at = NULL")
            count = said(store, *told).woken
            query = "SELECT campaign FROM cases WHERE waits_for IS NULL ORDER BY campaign"
            found = [name for (name,) in store.sql.execute(query)]
            assert len(found) == count
            return found

        assert woken(ConsentGiven(whom=ONE, level="express", seller=BANK)) == ["loans"]
        assert woken(RelationshipTold(whom=PERSON, customer=True, seller=ROOFS)) == ["roofs"]
        assert woken(RelationshipTold(whom=PERSON, customer=True)) == ["loans", "plain", "roofs"]
        assert woken(RelationshipTold(whom=PERSON, customer=True, seller="nobody")) == []
        both = [ConsentGiven(whom=whom, level="express") for whom in (ONE, PERSON)]
        assert woken(*both, ConsentGiven(whom=ONE, level="express", seller=BANK)) == [
            "loans",
            "plain",
            "roofs",
        ]


def test_what_was_told_of_one_seller_is_listed() -> None:
    with shop() as store:
        for whom, seller in ((ONE, BANK), (PERSON, BANK), (ONE, ROOFS), (ONE, None)):
            said(store, ConsentGiven(whom=whom, level="express", seller=seller))
        assert [row[:3] for row in agreements(store.sql, ConsentGiven, seller=BANK)] == [
            (NUMBER, None, BANK),
            (None, "P-1", BANK),
        ]
        assert len(list(agreements(store.sql, ConsentGiven, ONE, BANK))) == 1
        assert len(list(agreements(store.sql, ConsentGiven, ONE))) == 3


def test_a_configuration_that_is_read_again_says_again_who_is_a_customer_and_of_whom() -> None:
    wishes = Wishes(
        consents=(ConsentGiven(whom=ONE, level="express", given=START - DAY, seller=BANK),),
        relationships=(RelationshipTold(whom=ONE, customer=True, seller=BANK),),
    )
    with shop() as store:
        configure_wishes(store.sql, wishes, START)
        store.now += HOUR
        said(store, RelationshipTold(whom=ONE, customer=False, seller=BANK))
        said(store, Revocation(whom=ONE, seller=BANK))
        assert not relationship_of(store.sql, NUMBER, None, BANK).customer
        configure_wishes(store.sql, wishes, START + DAY)
        assert relationship_of(store.sql, NUMBER, None, BANK).customer
        assert not relationship_of(store.sql, NUMBER, None, ROOFS).customer
        assert given_consents(store.sql, NUMBER, None, BANK) == (
            GivenConsent(level=Consent.EXPRESS, given_at=START - DAY, revoked_at=START + HOUR),
        )
