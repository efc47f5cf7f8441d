"""Who is kept off a lead, who takes it, and what an update of the call list makes of what is owned."""

from dataclasses import replace
from typing import Final

import pytest

from engine.domain.lists import OwnershipPolicy
from engine.domain.time import DAY, HOUR, MINUTE, Instant
from engine.ownership.book import OwnershipBook
from engine.ownership.holding import Ownership, holds_off, taken
from engine.ownership.update import Updated, updated

NOW: Final[Instant] = 100 * DAY
RULES: Final = OwnershipPolicy(enabled=True, duration=3 * HOUR, near=HOUR)
FOR_EVER: Final = replace(RULES, duration=None)
OWNED: Final = Ownership(owner="offers", since=NOW - HOUR, until=NOW + 2 * HOUR, duration=3 * HOUR)


# --- who may dial -----------------------------------------------------------------------------------


def test_a_lead_is_owned_while_now_is_before_the_expiry() -> None:
    assert holds_off("offers", NOW + 1, "news", now=NOW)
    assert not holds_off("offers", NOW, "news", now=NOW)


def test_an_ownership_without_expiration_never_ends_by_itself() -> None:
    assert holds_off("offers", None, "news", now=NOW + 1000 * DAY)


def test_the_owner_itself_and_whoever_finds_no_owner_may_dial() -> None:
    assert not holds_off("offers", NOW + 1, "offers", now=NOW)
    assert not holds_off(None, None, "news", now=NOW)


# --- who becomes the owner --------------------------------------------------------------------------


def test_a_valid_attempt_owns_the_lead_for_the_duration() -> None:
    ownership = taken("news", RULES, owner=None, until=None, now=NOW)
    assert ownership == Ownership(owner="news", since=NOW, until=NOW + 3 * HOUR, duration=3 * HOUR)


def test_without_a_duration_a_valid_attempt_owns_the_lead_for_good() -> None:
    ownership = taken("news", FOR_EVER, owner=None, until=None, now=NOW)
    assert ownership == Ownership(owner="news", since=NOW, until=None, duration=None)


def test_further_valid_attempts_of_the_owner_do_not_move_the_expiry() -> None:
    assert taken("offers", RULES, owner="offers", until=NOW + 1, now=NOW) is None
    assert taken("offers", RULES, owner="offers", until=None, now=NOW) is None


def test_nobody_takes_a_lead_that_another_owns() -> None:
    assert taken("news", RULES, owner="offers", until=NOW + 1, now=NOW) is None


def test_whoever_makes_a_valid_attempt_after_the_expiry_is_the_next_owner() -> None:
    ownership = taken("news", RULES, owner="offers", until=NOW, now=NOW)
    assert ownership is not None
    assert (ownership.owner, ownership.since) == ("news", NOW)


def test_nobody_becomes_an_owner_while_ownership_is_disabled() -> None:
    assert taken("news", replace(RULES, enabled=False), owner=None, until=None, now=NOW) is None


# --- the update -------------------------------------------------------------------------------------


def test_an_update_leaves_alone_what_has_long_to_go() -> None:
    assert updated(OWNED, RULES, now=NOW) is None
    assert updated(replace(OWNED, until=None, duration=None), FOR_EVER, now=NOW) is None


def test_an_update_ends_what_has_expired() -> None:
    assert updated(replace(OWNED, until=NOW), RULES, now=NOW) == (Updated.EXPIRED, None)


def test_an_update_ends_first_what_has_expired_whatever_the_settings_say_by_now() -> None:
    expired = replace(OWNED, until=NOW - 1)
    for rules in (RULES, FOR_EVER, replace(RULES, duration=9 * HOUR), replace(RULES, enabled=False)):
        assert updated(expired, rules, now=NOW) == (Updated.EXPIRED, None)


def test_an_update_gives_no_expiration_the_hours_that_are_set_by_now_counted_from_the_update() -> None:
    endless = replace(OWNED, until=None, duration=None)
    assert updated(endless, RULES, now=NOW) == (
        Updated.REGRANTED,
        replace(OWNED, until=NOW + 3 * HOUR, duration=3 * HOUR),
    )


def test_an_update_takes_the_expiry_away_when_no_expiration_is_set() -> None:
    endless = replace(OWNED, until=None, duration=None)
    assert updated(OWNED, FOR_EVER, now=NOW) == (Updated.REGRANTED, endless)


@pytest.mark.parametrize("duration", [HOUR, 2 * DAY])
def test_an_update_brings_a_shorter_or_longer_duration_to_what_is_owned(duration: int) -> None:
    change = updated(OWNED, replace(RULES, duration=duration), now=NOW)
    assert change == (Updated.REGRANTED, replace(OWNED, until=NOW + duration, duration=duration))


def test_a_change_of_duration_applies_while_ownership_is_disabled() -> None:
    change = updated(OWNED, replace(RULES, enabled=False, duration=DAY), now=NOW)
    assert change == (Updated.REGRANTED, replace(OWNED, until=NOW + DAY, duration=DAY))


@pytest.mark.parametrize(
    ("left", "renewed"), [(HOUR + 1, False), (HOUR, True), (MINUTE, True), (3 * HOUR, False)]
)
def test_an_update_renews_what_has_near_or_less_to_go_and_no_success(left: int, *, renewed: bool) -> None:
    change = updated(replace(OWNED, until=NOW + left), RULES, now=NOW)
    assert change == ((Updated.RENEWED, replace(OWNED, until=NOW + 3 * HOUR)) if renewed else None)


def test_an_ownership_in_which_a_call_succeeded_is_not_renewed() -> None:
    assert updated(replace(OWNED, until=NOW + 1, fulfilled=True), RULES, now=NOW) is None


def test_nothing_is_renewed_while_ownership_is_disabled() -> None:
    assert updated(replace(OWNED, until=NOW + 1), replace(RULES, enabled=False), now=NOW) is None


def test_an_ownership_that_would_be_renewed_to_the_same_expiry_is_not_renewed() -> None:
    always_near = replace(RULES, near=DAY)
    assert updated(replace(OWNED, until=NOW + 3 * HOUR), always_near, now=NOW) is None
    assert updated(replace(OWNED, until=NOW + 3 * HOUR - 1), always_near, now=NOW) is not None


# --- the book ---------------------------------------------------------------------------------------


def book() -> OwnershipBook:
    made = OwnershipBook()
    made.configure(1, RULES)
    made.take(1, 11, OWNED)
    made.take(1, 12, replace(OWNED, owner="news"))
    made.take(1, 13, replace(OWNED, until=NOW))
    made.take(2, 21, replace(OWNED, until=None, duration=None))
    return made


def test_the_book_knows_who_is_kept_off() -> None:
    kept = book()
    assert kept.keeps(11, "news", now=NOW)
    assert not kept.keeps(11, "offers", now=NOW)
    assert not kept.keeps(13, "news", now=NOW)
    assert not kept.keeps(99, "news", now=NOW)


def test_a_release_in_the_book_frees_one_lists_leads_of_some_campaigns_and_counts_those_still_owned() -> None:
    kept = book()
    assert kept.release(1, ["offers", "stranger"], now=NOW) == 1
    assert [lead for lead in (11, 12, 13, 21) if kept.of(lead) is not None] == [12, 21]
    assert kept.release(1, ["offers"], now=NOW) == 0


def test_an_update_in_the_book_counts_what_became_of_the_lists_leads() -> None:
    kept = book()
    kept.fulfil(12)
    assert kept.update(1, now=NOW + HOUR) == {Updated.EXPIRED: 1, Updated.RENEWED: 1}
    assert kept.of(13) is None
    assert kept.of(11) == replace(OWNED, until=NOW + 4 * HOUR)
    assert kept.update(2, now=NOW) == {}, "a list that was never configured has the defaults: no expiration"


def test_only_an_owned_lead_can_be_fulfilled() -> None:
    with pytest.raises(KeyError):
        book().fulfil(99)
