"""Ownership in the store: taken at settlement, held at the claim; released, set and updated for all leads."""

from typing import Final

import pytest

from engine.domain.lists import OwnershipPolicy
from engine.domain.time import DAY, HOUR, MINUTE
from engine.domain.words import CaseStatus, ChangeReason, Outcome
from engine.errors import InputError
from engine.journal import events as e
from engine.store.audit import entries
from engine.store.ownership import (
    Owner,
    Updates,
    configure_ownership,
    owners,
    release,
    tell_lists,
    update_ownership,
)
from tests.ownership.shop import Shop, shop
from tests.virtual import START

EXPIRY: Final = START + 3 * HOUR
FOR_EVER: Final = OwnershipPolicy(enabled=True)
OFF: Final = OwnershipPolicy()


# --- who owns, from when, how long ------------------------------------------------------------------


def test_the_first_campaign_that_makes_a_valid_attempt_owns_the_record_and_the_other_is_refused() -> None:
    with shop() as store:
        assert store.call("offers") == 1
        assert store.owner() == ("offers", EXPIRY)
        assert store.begin("news") == []
        assert store.lines[-1] == e.CasesChanged(
            reason=ChangeReason.HELD,
            about="news",
            columns=("due_at", "waits_for", "wanted_at", "wakes_at"),
            rows=((store.case("news")["id"], None, "ownership", START, EXPIRY),),
        )


def test_an_attempt_whose_disposition_does_not_count_owns_nothing_and_uses_no_budget() -> None:
    with shop() as store:
        assert store.call("offers", "wrong-time") == 1
        assert store.owner() == (None, None)
        assert store.case("offers")["customer_attempts"] == 0
        assert store.call("news") == 1


def test_an_attempt_that_did_not_dial_the_customer_owns_nothing() -> None:
    with shop() as store:
        store.call("offers", dialed=False)
        assert store.owner() == (None, None)


def test_until_the_attempt_is_settled_nobody_owns_the_lead_and_nobody_else_can_dial_it() -> None:
    with shop() as store:
        (attempt,) = store.begin("offers")
        assert store.owner() == (None, None)
        assert store.begin("news") == []
        store.now += MINUTE
        store.settle(attempt)
        assert store.owner() == ("offers", EXPIRY + MINUTE), "the expiry counts from the settlement"


def test_the_owner_dials_on_and_its_further_attempts_do_not_move_the_expiry() -> None:
    with shop() as store:
        store.call("offers")
        for _ in range(3):
            store.now += 10 * MINUTE
            assert store.call("offers") == 1
        assert store.owner() == ("offers", EXPIRY)


def test_at_the_expiry_the_lead_is_dialed_by_whoever_waited_and_that_campaign_owns_it() -> None:
    with shop() as store:
        store.call("offers")
        store.begin("news")
        store.now = EXPIRY - 1
        assert store.begin("news") == []
        store.now = EXPIRY
        assert store.call("news") == 1
        assert store.owner() == ("news", EXPIRY + 3 * HOUR)
        store.now += MINUTE
        assert store.begin("offers") == []


def test_without_an_expiration_the_record_stays_owned_and_who_waits_is_not_looked_at_again() -> None:
    with shop(FOR_EVER) as store:
        store.call("offers")
        store.begin("news")
        assert store.owner() == ("offers", None)
        store.now += 1000 * DAY
        before = len(store.lines)
        assert store.begin("news") == []
        assert store.lines[before:] == [e.CampaignDry(campaign="news", until=None)]


def test_a_refusal_costs_nothing() -> None:
    with shop() as store:
        before = dict(store.case("news"))
        store.call("offers")
        store.begin("news")
        after = dict(store.case("news"))
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"due_at", "waits_for", "wanted_at", "wakes_at"}
        assert store.sql.execute("SELECT count(*) FROM attempts WHERE campaign = 'news'").fetchone() == (0,)


def test_a_callback_of_another_campaign_is_refused_too_and_is_kept_at_the_expiry() -> None:
    with shop() as store:
        due = START + HOUR
        store.sql.execute(
            "UPDATE cases SET status = ?, rank = 0, due_at = ?, callback_at = ? WHERE campaign = 'news'",
            (CaseStatus.CALLBACK, due, due),
        )
        store.call("offers")
        store.now = due
        assert store.begin("news") == []
        assert store.case("news")["callback_at"] == due
        store.now = EXPIRY
        assert [attempt.lead for attempt in store.begin("news")] == [1]


def test_the_whole_record_is_owned_also_phones_that_were_not_dialed() -> None:
    with shop() as store:
        store.sql.execute(
            "INSERT INTO phones (lead_id, position, number, kind) VALUES (1, 2, '+442079469999', 'other')"
        )
        second = store.sql.execute("SELECT max(id) FROM phones").fetchone()[0]
        store.sql.execute("UPDATE cases SET phone_id = ? WHERE campaign = 'news'", (second,))
        store.call("offers")
        assert store.begin("news") == []
        assert store.case("news")["waits_for"] == "ownership"


def test_a_lead_that_must_not_be_called_is_owned_all_the_same() -> None:
    with shop() as store:
        store.call("offers", "never")
        assert store.owner() == ("offers", EXPIRY)
        assert store.case("news")["status"] == CaseStatus.DNC


def test_a_list_without_ownership_is_anybodys() -> None:
    with shop(OFF) as store:
        store.call("offers")
        assert store.owner() == (None, None)
        assert store.call("news") == 1


# --- settings ---------------------------------------------------------------------------------------


def test_enabling_owns_nothing_that_was_attempted_before() -> None:
    with shop(OFF) as store:
        store.call("offers")
        store.do(configure_ownership("people", by="sue", enabled=True, duration=HOUR))
        assert store.owner() == (None, None)
        assert store.call("news") == 1
        assert store.owner() == ("news", START + HOUR)


def test_disabling_leaves_owned_what_is_owned_until_it_expires_or_is_released() -> None:
    with shop(leads=2) as store:
        store.call("offers")
        store.call("offers")
        store.do(configure_ownership("people", by="sue", enabled=False))
        assert store.begin("news", 2) == []
        assert owners(store.sql, "people", now=store.now)[0].leads == 2
        store.now = EXPIRY
        assert len(store.begin("news", 2)) == 2


def test_after_disabling_nobody_becomes_an_owner_any_more_as_read_at_settlement() -> None:
    with shop() as store:
        (attempt,) = store.begin("offers")
        store.do(configure_ownership("people", by="sue", enabled=False))
        store.settle(attempt)
        assert store.owner() == (None, None)


def test_another_duration_reaches_what_is_owned_with_the_next_update_and_not_before() -> None:
    with shop(FOR_EVER) as store:
        store.call("offers")
        store.begin("news")
        store.do(configure_ownership("people", by="sue", duration=3 * HOUR))
        assert store.owner() == ("offers", None)
        store.now += DAY
        assert store.do(update_ownership("people")) == Updates(regranted=1)
        assert store.owner() == ("offers", START + DAY + 3 * HOUR)
        assert store.case("news")["wakes_at"] == START + DAY + 3 * HOUR
        store.do(configure_ownership("people", by="sue", duration=None))
        assert store.do(update_ownership("people")) == Updates(regranted=1)
        assert (store.owner(), store.case("news")["wakes_at"]) == (("offers", None), None)


def test_a_change_of_settings_is_a_line_and_is_audited_and_saying_the_same_again_is_no_line() -> None:
    with shop() as store:
        store.do(configure_ownership("people", by="sue", near=2 * HOUR))
        assert [line for line in store.lines if isinstance(line, e.ListConfigured)] == [
            e.ListConfigured(list=1, ownership=True, duration=3 * HOUR, near=2 * HOUR)
        ]
        store.do(configure_ownership("people", by="sue", near=2 * HOUR))
        assert sum(isinstance(line, e.ListConfigured) for line in store.lines) == 1
        last = list(entries(store.sql))[-1]
        assert (last.user, last.action, last.subject) == ("sue", "ownership set", "people")
        assert last.details == {"enabled": True, "duration": 3 * HOUR, "near": 2 * HOUR}


def test_an_engine_is_told_of_lists_whose_leads_are_or_were_owned_and_of_no_others() -> None:
    with shop(OFF) as store:
        store.do(tell_lists)
        assert store.lines == []
        store.sql.execute("UPDATE leads SET owner = 'offers'")
        store.do(tell_lists)
        assert store.lines == [e.ListConfigured(list=1, ownership=False, duration=None, near=HOUR)]
    with shop() as store:
        store.do(tell_lists)
        assert store.lines == [e.ListConfigured(list=1, ownership=True, duration=3 * HOUR, near=HOUR)]


# --- who owns how many, and release -----------------------------------------------------------------


def test_the_list_of_owners_counts_what_each_owns_now() -> None:
    with shop(leads=5) as store:
        store.call("news")
        store.call("news")
        store.now += HOUR
        store.call("offers")
        store.do(configure_ownership("people", by="sue", duration=None))
        store.call("offers")
        assert owners(store.sql, "people", now=store.now) == [
            Owner(campaign="news", leads=2, unlimited=0, first_expiry=EXPIRY, last_expiry=EXPIRY),
            Owner(
                campaign="offers",
                leads=2,
                unlimited=1,
                first_expiry=EXPIRY + HOUR,
                last_expiry=EXPIRY + HOUR,
            ),
        ]
        assert [owner.campaign for owner in owners(store.sql, "people", now=EXPIRY)] == ["offers"]


def test_a_release_takes_effect_at_once_and_wakes_who_waits() -> None:
    with shop(FOR_EVER) as store:
        store.call("offers")
        store.begin("news")
        store.now += MINUTE
        before = len(store.lines)
        assert store.do(release("people", ["offers"], by="sue")) == {"offers": 1}
        assert store.owner() == (None, None)
        released, woken, audited = store.lines[before:]
        assert released == e.OwnershipReleased(list=1, campaigns=("offers",), leads=1, by="sue")
        assert woken == e.CasesChanged(
            reason=ChangeReason.RELEASED,
            about="people",
            columns=("due_at", "waits_for", "wanted_at", "wakes_at"),
            rows=((store.case("news")["id"], store.now, None, None, None),),
        )
        assert isinstance(audited, e.AuditWritten)
        assert store.call("news") == 1


def test_some_campaigns_are_released_and_the_others_keep_what_they_own() -> None:
    with shop(leads=3, campaigns=("news", "offers", "polls")) as store:
        for name in ("news", "offers", "polls"):
            store.call(name)
        assert store.do(release("people", ["polls", "news"], by="sue")) == {"news": 1, "polls": 1}
        assert [store.owner(lead)[0] for lead in (1, 2, 3)] == [None, "offers", None]


def test_all_campaigns_are_released_together() -> None:
    with shop(leads=3, campaigns=("news", "offers", "polls")) as store:
        for name in ("news", "offers", "polls"):
            store.call(name)
        assert store.do(release("people", None, by="sue")) == {"news": 1, "offers": 1, "polls": 1}
        assert owners(store.sql, "people", now=store.now) == []


def test_a_stale_listing_does_no_harm() -> None:
    with shop() as store:
        store.call("offers")
        store.now = EXPIRY
        store.call("news")
        before = [line for line in store.lines if isinstance(line, e.OwnershipReleased)]
        assert store.do(release("people", ["offers"], by="sue")) == {"offers": 0}
        assert [line for line in store.lines if isinstance(line, e.OwnershipReleased)] == before
        assert store.owner()[0] == "news"


def test_what_has_expired_is_freed_by_a_release_and_not_counted() -> None:
    with shop() as store:
        store.call("offers")
        store.now = EXPIRY
        assert store.do(release("people", None, by="sue")) == {}
        assert store.owner() == (None, None)
        assert e.OwnershipReleased(list=1, campaigns=("offers",), leads=0, by="sue") in store.lines


def test_a_live_call_may_take_ownership_anew_when_it_is_settled() -> None:
    with shop() as store:
        store.call("offers")
        store.now += MINUTE
        (attempt,) = store.begin("offers")
        store.do(release("people", None, by="sue"))
        assert store.begin("news") == [], "the lead is in a call"
        store.now += MINUTE
        store.settle(attempt)
        assert store.owner() == ("offers", EXPIRY + 2 * MINUTE)
        store.now += MINUTE
        assert store.begin("news") == []


def test_every_release_is_audited_with_who_when_what_and_how_many() -> None:
    with shop(leads=2) as store:
        store.call("offers")
        store.call("news")
        store.begin("news", 2)
        store.now += HOUR
        store.do(release("people", None, by="sue"))
        store.do(release("people", ["news"], by="joe"))
        first, second = entries(store.sql)
        assert (first.user, first.at, first.action, first.subject, first.count) == (
            "sue",
            START + HOUR,
            "ownership release",
            "people",
            2,
        )
        assert first.details == {"all": True, "campaigns": {"news": 1, "offers": 1}, "woken": 1}
        assert (second.user, second.count, second.details["campaigns"]) == ("joe", 0, {"news": 0})


def test_a_release_concerns_one_list_only() -> None:
    with shop() as store:
        store.call("offers")
        store.sql.execute("INSERT INTO lists (name, created_at) VALUES ('others', 0)")
        assert store.do(release("others", None, by="sue")) == {}
        assert store.owner() == ("offers", EXPIRY)


def test_a_case_that_was_put_off_meanwhile_wakes_no_earlier_than_it_was_wanted() -> None:
    with shop() as store:
        store.call("offers")
        store.begin("news")
        store.sql.execute("UPDATE cases SET wanted_at = ? WHERE campaign = 'news'", (START + HOUR,))
        store.do(release("people", None, by="sue"))
        assert store.case("news")["due_at"] == START + HOUR


def test_a_list_that_is_not_there_is_refused_with_the_name_that_was_meant() -> None:
    with shop() as store:
        for change in (
            release("peple", None, by="sue"),
            update_ownership("peple"),
            configure_ownership("peple", by="sue", enabled=True),
        ):
            with pytest.raises(InputError, match="did you mean 'people'"):
                store.do(change)
        store.sql.execute("PRAGMA foreign_keys = OFF")
        store.sql.execute("DELETE FROM lists")
        with pytest.raises(InputError, match="the store has no lists"):
            owners(store.sql, "people", now=START)


# --- the update of the call list --------------------------------------------------------------------


def test_the_update_ends_what_has_expired() -> None:
    with shop() as store:
        store.call("offers")
        store.now = EXPIRY
        assert store.do(update_ownership("people")) == Updates(expired=1)
        assert store.owner() == (None, None)
        assert store.lines[-1] == e.OwnershipUpdated(list=1, expired=1, regranted=0, renewed=0)


def test_the_update_renews_what_would_soon_expire_without_a_success_and_who_waits_waits_on() -> None:
    with shop() as store:
        store.call("offers")
        store.begin("news")
        store.now = EXPIRY - HOUR - 1
        assert not store.do(update_ownership("people"))
        store.now += 1
        assert store.do(update_ownership("people")) == Updates(renewed=1)
        assert store.owner() == ("offers", store.now + 3 * HOUR)
        assert store.case("news")["wakes_at"] == store.now + 3 * HOUR
        store.now = EXPIRY
        assert store.begin("news") == []


def test_the_update_renews_nothing_when_the_attempt_that_took_ownership_was_a_success() -> None:
    with shop() as store:
        store.call("offers", "sold")
        assert store.lines[-1] == e.OwnershipFulfilled(attempt=_last(store), campaign="offers", lead=1)
        store.now = EXPIRY - 1
        assert not store.do(update_ownership("people"))


def test_the_update_renews_nothing_after_a_later_success() -> None:
    with shop() as store:
        store.call("offers")
        store.now += 10 * MINUTE
        store.call("offers", "sold")
        store.now = EXPIRY - 1
        assert not store.do(update_ownership("people"))


def _last(store: Shop) -> int:
    (attempt,) = store.sql.execute("SELECT max(id) FROM attempts").fetchone()
    return int(attempt)


def test_a_success_before_the_ownership_began_renews_all_the_same() -> None:
    with shop(OFF) as store:
        store.call("offers", "sold")
        store.do(configure_ownership("people", by="sue", enabled=True, duration=3 * HOUR))
        store.now += MINUTE
        store.sql.execute(
            "UPDATE cases SET status = 'NEW', due_at = ? WHERE campaign = 'offers'", (store.now,)
        )
        store.call("offers")
        store.now += 3 * HOUR - 1
        assert store.do(update_ownership("people")) == Updates(renewed=1)


def test_a_new_ownership_forgets_the_success_of_the_one_before() -> None:
    with shop() as store:
        store.call("offers", "sold")
        store.now = EXPIRY
        store.call("news")
        store.now += 2 * HOUR
        assert store.do(update_ownership("people")) == Updates(renewed=1)


def test_the_update_renews_nothing_while_ownership_is_disabled_and_follows_the_duration_still() -> None:
    with shop() as store:
        store.call("offers")
        store.do(configure_ownership("people", by="sue", enabled=False))
        store.now = EXPIRY - 1
        assert not store.do(update_ownership("people"))
        store.do(configure_ownership("people", by="sue", duration=DAY))
        assert store.do(update_ownership("people")) == Updates(regranted=1)
        assert store.owner() == ("offers", EXPIRY - 1 + DAY)


def test_the_update_renews_to_the_duration_that_is_set_by_now() -> None:
    with shop(leads=2) as store:
        store.call("offers")
        store.now += 2 * HOUR
        store.do(configure_ownership("people", by="sue", duration=5 * HOUR))
        store.call("news")
        assert store.do(update_ownership("people")) == Updates(regranted=1)
        assert [store.owner(lead)[1] for lead in (1, 2)] == [START + 7 * HOUR] * 2


def test_an_update_that_changes_nothing_writes_nothing() -> None:
    with shop() as store:
        store.call("offers")
        before = len(store.lines)
        assert not store.do(update_ownership("people"))
        assert store.lines[before:] == []


def test_an_attempt_that_the_network_failed_owns_like_any_other_that_counts() -> None:
    with shop() as store:
        store.call("offers", "busy", outcome=Outcome.BUSY)
        assert store.owner() == ("offers", EXPIRY)
