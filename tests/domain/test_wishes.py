"""What is told of consents and of those who must not be called is checked where it is made."""

from collections.abc import Callable

import pytest

from engine.domain.time import DAY, Instant
from engine.domain.wishes import (
    PERSON_MAX,
    SELLER_MAX,
    ConsentGiven,
    DoNotCall,
    ReassignmentAnswer,
    RelationshipTold,
    Revocation,
    Whom,
    Wish,
    check_person,
    check_seller,
    untimely,
)

NOW = 20_000 * DAY
ANN = Whom(number="+442079460001")


def test_what_is_told_is_of_a_number_or_of_a_person() -> None:
    for given in ({}, {"number": "+442079460001", "person": "P-1"}):
        with pytest.raises(ValueError, match="exactly one"):
            Whom(**given)
    assert Whom(person="P-1").number is None


def test_a_person_is_a_short_key() -> None:
    assert check_person(" P-1 ") == "P-1"
    assert check_person("x" * PERSON_MAX) == "x" * PERSON_MAX
    for wrong in ("", "  ", "x" * (PERSON_MAX + 1), "P-1\nP-2", "P\x85Q"):
        with pytest.raises(ValueError, match=r"is empty|is longer|control character"):
            check_person(wrong)


def test_a_seller_is_a_short_name() -> None:
    assert check_seller(" Sunny Roofs ") == "Sunny Roofs"
    for wrong in (" ", "x" * (SELLER_MAX + 1)):
        with pytest.raises(ValueError, match=r"is empty|is longer"):
            check_seller(wrong)


def test_a_consent_ends_after_it_began() -> None:
    ConsentGiven(whom=ANN, level="express", expires=NOW)
    ConsentGiven(whom=ANN, level="express", given=NOW, expires=NOW + 1, revoked=NOW)
    with pytest.raises(ValueError, match="expires before"):
        ConsentGiven(whom=ANN, level="express", given=NOW, expires=NOW)
    with pytest.raises(ValueError, match="revoked before"):
        ConsentGiven(whom=ANN, level="express", given=NOW, revoked=NOW - 1)


def test_a_relationship_says_something() -> None:
    with pytest.raises(ValueError, match="says nothing"):
        RelationshipTold(whom=ANN)
    assert RelationshipTold(whom=ANN, customer=False).customer is False


@pytest.mark.parametrize(
    "told",
    [
        lambda at: DoNotCall(whom=ANN, since=at),
        lambda at: ConsentGiven(whom=ANN, level="express", given=at),
        lambda at: ConsentGiven(whom=ANN, level="express", given=NOW - DAY, revoked=at),
        lambda at: Revocation(whom=ANN, at=at),
        lambda at: RelationshipTold(whom=ANN, transaction=at),
        lambda at: RelationshipTold(whom=ANN, inquiry=at),
        lambda at: ReassignmentAnswer(number="+442079460001", reassigned=True, asked=at),
    ],
)
def test_nobody_has_said_yet_what_is_dated_later(told: Callable[[Instant], Wish]) -> None:
    assert untimely(told(NOW), NOW) is None
    assert untimely(told(NOW + 1), NOW) == "tells of a time that is still to come"


def test_what_has_no_time_is_said_now_and_a_consent_may_end_later_but_not_before() -> None:
    assert untimely(DoNotCall(whom=ANN), NOW) is None
    assert untimely(ConsentGiven(whom=ANN, level="express", expires=NOW + 1), NOW) is None
    assert untimely(ConsentGiven(whom=ANN, level="express", expires=NOW), NOW) == "expires before it is given"
