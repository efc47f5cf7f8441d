"""The do-not-call list in the store: who is on it, what that keeps from being dialed, and what wakes."""

import sqlite3
from typing import Final

import pytest
from hypothesis import given, settings, strategies as st

from engine.compliance.dial import DncEntry, DncSource
from engine.domain.dispositions import Disposition
from engine.domain.lists import OwnershipPolicy
from engine.domain.time import DAY, HOUR
from engine.domain.wishes import DoNotCall, EntrySource, Whom
from engine.domain.words import CaseStatus, ChangeReason, Hold
from engine.errors import InputError
from engine.journal import events as e
from engine.store import audit
from engine.store.dnc import (
    Added,
    add_entries,
    dnc_entries,
    entries,
    entries_about,
    put_entries,
    remove_entries,
)
from tests.ownership.shop import CODES, Shop, policy, shop
from tests.virtual import START

OFF_RULES: Final = OwnershipPolicy()
ONE: Final = Whom(number="+442079460001")
TWO: Final = Whom(number="+442079460002")
PERSON: Final = Whom(person="P-1")


def forbid(store: Shop, *whoms: Whom, campaign: str | None = None) -> Added:
    return store.do(add_entries([DoNotCall(whom=whom, campaign=campaign) for whom in whoms], by="sue"))


def become_person(store: Shop, lead: int, person: str = "P-1") -> None:
    store.sql.execute("UPDATE leads SET attributes = json_object('person', ?) WHERE id = ?", (person, lead))


# --- what holds -------------------------------------------------------------------------------------


def test_a_number_on_the_list_is_not_dialed_and_its_case_is_held_as_blocked() -> None:
    with shop(OFF_RULES, leads=2) as store:
        assert forbid(store, ONE) == Added(added=1, already=0)
        assert [started.lead for started in store.begin("news", 2)] == [2]
        case = store.case("news", 1)
        assert (case["status"], case["waits_for"], case["wakes_at"]) == (CaseStatus.NEW, Hold.GATE, None)
        assert case["held_by"].startswith("dnc dnc-internal")


def test_a_person_on_the_list_is_not_called_at_any_number() -> None:
    with shop(OFF_RULES, leads=2) as store:
        become_person(store, 2)
        forbid(store, PERSON)
        assert [started.lead for started in store.begin("news", 2)] == [1]


def test_an_entry_of_a_campaign_keeps_no_other_from_calling() -> None:
    with shop(OFF_RULES) as store:
        forbid(store, ONE, campaign="news")
        assert store.begin("news") == []
        assert len(store.begin("offers")) == 1


def test_a_call_that_is_up_goes_on_and_adding_changes_no_case() -> None:
    with shop(OFF_RULES) as store:
        (started,) = store.begin("news")
        before = len(store.lines)
        forbid(store, ONE)
        assert [type(line) for line in store.lines[before:]] == [e.AuditWritten]
        store.settle(started)
        assert store.case("news")["status"] == CaseStatus.CUSTOMER_RESCHEDULED


def test_the_gates_are_told_what_holds_for_the_campaign_those_for_all_first() -> None:
    with shop() as store:
        forbid(store, ONE, campaign="news")
        store.now += HOUR
        forbid(store, ONE, PERSON)
        asked = dnc_entries(store.sql, "+442079460001", "P-1", "news")
        assert asked == (
            DncEntry(source=DncSource.INTERNAL, by="number", since=START + HOUR),
            DncEntry(source=DncSource.INTERNAL, by="person", since=START + HOUR),
            DncEntry(source=DncSource.CAMPAIGN, by="number", since=START),
        )
        assert dnc_entries(store.sql, "+442079460001", None, "offers") == asked[:1]
        assert dnc_entries(store.sql, "+442079460009", None, "news") == ()


def test_what_the_gates_ask_is_found_by_indexes_however_long_the_list() -> None:
    with shop() as store:
        asked: list[str] = []
        store.sql.set_trace_callback(asked.append)
        dnc_entries(store.sql, "+442079460001", "P-1", "news")
        store.sql.set_trace_callback(None)
        (query,) = asked
        plan = [row[3] for row in store.sql.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert not [step for step in plan if step.startswith("SCAN dnc")], plan


# --- removing ---------------------------------------------------------------------------------------


def test_removing_wakes_what_the_entry_held() -> None:
    with shop(OFF_RULES) as store:
        forbid(store, ONE)
        assert store.begin("news") == store.begin("offers") == []
        store.now += HOUR
        assert store.do(remove_entries([ONE], None, by="sue")) == 2
        woken = next(line for line in store.lines[::-1] if isinstance(line, e.CasesChanged))
        assert woken.reason is ChangeReason.CLEARED
        assert len(store.begin("news")) == 1


def test_removing_is_all_or_nothing_and_names_no_number_in_what_is_logged() -> None:
    with shop() as store:
        forbid(store, ONE)
        with pytest.raises(InputError) as refused:
            store.do(remove_entries([ONE, TWO], None, by="sue"))
        assert refused.value.problems == ["1 of 2 have no entry for all campaigns; nothing was removed"]
        with pytest.raises(InputError, match="for campaign news"):
            store.do(remove_entries([ONE], "news", by="sue"))
        assert [each.number for each in entries(store.sql)] == [ONE.number]


def test_what_is_on_the_list_already_stays_as_it_is() -> None:
    with shop() as store:
        forbid(store, ONE)
        store.now += HOUR
        assert forbid(store, ONE, TWO) == Added(added=1, already=1)
        assert [each.since for each in entries(store.sql)] == [START, START + HOUR]


def test_a_campaign_that_is_not_there_and_a_time_to_come_are_refused() -> None:
    with shop() as store:
        with pytest.raises(InputError, match="did you mean 'news'"):
            forbid(store, ONE, campaign="newz")
        with pytest.raises(InputError, match="newz"):
            store.do(remove_entries([ONE], "newz", by="sue"))
        later = DoNotCall(whom=ONE, since=START + 1)
        with pytest.raises(InputError, match="still to come"):
            store.do(add_entries([later], by="sue"))
        assert list(entries(store.sql)) == []


def test_the_logs_have_counts_and_no_numbers() -> None:
    with shop() as store:
        forbid(store, ONE, PERSON)
        store.do(remove_entries([ONE], None, by="sue"))
        added, removed = audit.entries(store.sql)
        assert (added.user, added.action, added.count) == ("sue", "dnc add", 2)
        assert added.details == {"numbers": 1, "persons": 1}
        assert (removed.action, removed.count, removed.details) == ("dnc remove", 1, {"woken": 0})
        written = str(list(audit.entries(store.sql))) + str(store.lines)
        assert "7946" not in written
        assert "P-1" not in written


# --- what leads say in calls ------------------------------------------------------------------------


def test_who_says_no_in_a_call_is_on_the_list_by_number_and_person() -> None:
    with shop(OFF_RULES, leads=2) as store:
        become_person(store, 1)
        become_person(store, 2)
        assert store.call("news", "never") == 1
        assert [(each.number, each.person, each.source) for each in entries(store.sql)] == [
            (ONE.number, None, EntrySource.DISPOSITION),
            (None, "P-1", EntrySource.DISPOSITION),
        ]
        assert store.begin("offers", 2) == []
        assert store.case("offers", 1)["status"] == CaseStatus.DNC
        assert store.case("offers", 2)["waits_for"] == Hold.GATE


def test_removing_the_entry_does_not_reopen_the_case_of_who_said_no() -> None:
    with shop(OFF_RULES) as store:
        store.call("news", "never")
        assert store.do(remove_entries([ONE], None, by="sue")) == 0
        assert store.case("news")["status"] == CaseStatus.DNC
        assert store.begin("news") == store.begin("offers") == []


def test_a_number_that_was_not_dialed_does_not_come_on_the_list() -> None:
    with shop(OFF_RULES) as store:
        become_person(store, 1)
        store.call("news", "never", dialed=False)
        assert [(each.number, each.person) for each in entries(store.sql)] == [(None, "P-1")]


def test_a_refusal_is_kept_with_the_attempt() -> None:
    with shop(OFF_RULES) as store:
        codes = CODES | {"not-that": Disposition(code="not-that", refusal=True)}
        store.policies["news"] = policy("news", dispositions=codes)
        store.call("news", "later")
        store.now += HOUR
        store.call("news", "not-that")
        assert store.sql.execute("SELECT refused FROM attempts ORDER BY id").fetchall() == [(0,), (1,)]


# --- looking ----------------------------------------------------------------------------------------


def test_the_list_is_filtered_and_looked_up_by_number_and_by_who_has_it() -> None:
    with shop() as store:
        forbid(store, ONE, campaign="news")
        store.now += DAY
        forbid(store, TWO, PERSON)
        become_person(store, 1)
        assert [each.number for each in entries(store.sql, campaign="news")] == [ONE.number]
        assert [each.id for each in entries(store.sql, since=START + 1)] == [2, 3]
        assert list(entries(store.sql, source=EntrySource.IMPORT)) == []
        assert [each.id for each in entries_about(store.sql, ONE)] == [1, 3]
        assert [each.id for each in entries_about(store.sql, TWO)] == [2]
        assert [each.id for each in entries_about(store.sql, PERSON)] == [3]


# --- a model ----------------------------------------------------------------------------------------

WHOMS: Final = (ONE, TWO, PERSON, Whom(person="P-2"))
CAMPAIGNS: Final = (None, "news", "offers")
STEPS: Final = st.lists(
    st.tuples(st.sampled_from(("add", "remove")), st.sampled_from(WHOMS), st.sampled_from(CAMPAIGNS)),
    max_size=12,
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_the_list_holds_what_was_added_and_not_removed(steps: list[tuple[str, Whom, str | None]]) -> None:
    with shop(leads=1) as store:
        model: set[tuple[Whom, str | None]] = set()
        for what, whom, campaign in steps:
            if what == "add":
                assert forbid(store, whom, campaign=campaign).added == ((whom, campaign) not in model)
                model.add((whom, campaign))
            elif (whom, campaign) in model:
                store.do(remove_entries([whom], campaign, by="sue"))
                model.remove((whom, campaign))
        for number in (ONE, TWO):
            for person in ("P-1", "P-2", None):
                for name in ("news", "offers"):
                    assert number.number is not None
                    told = dnc_entries(store.sql, number.number, person, name)
                    assert {(each.source, each.by) for each in told} == expected(model, number, person, name)


def expected(
    model: set[tuple[Whom, str | None]], number: Whom, person: str | None, campaign: str
) -> set[tuple[DncSource, str]]:
    return {
        (DncSource.INTERNAL if of is None else DncSource.CAMPAIGN, "number" if whom == number else "person")
        for whom, of in model
        if (whom == number or (whom.person is not None and whom.person == person)) and of in (None, campaign)
    }


def test_entries_are_written_at_the_times_that_they_say() -> None:
    with shop() as store:
        dated = [DoNotCall(whom=ONE, since=START - DAY, note="letter"), DoNotCall(whom=TWO)]
        assert put_entries(store.sql, dated, source=EntrySource.IMPORT, now=START) == 2
        first, second = entries(store.sql)
        assert (first.since, first.note, second.since, second.note) == (START - DAY, "letter", START, None)


def test_a_row_is_of_a_number_or_of_a_person() -> None:
    with shop() as store, pytest.raises(sqlite3.IntegrityError):
        store.sql.execute("INSERT INTO dnc (since, source) VALUES (1, 'import')")
