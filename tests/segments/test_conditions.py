"""What conditions mean, as values, in SQL, as JSON and in words."""

import json
import sqlite3

import pytest
from hypothesis import given, settings

from engine.domain.segments import (
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    DateBetween,
    DurationBetween,
    LeadFacts,
    LeadField,
    Missing,
    Not,
    NumberBetween,
    SegmentPolicy,
    TextContains,
    TextIn,
)
from engine.domain.time import DAY, MINUTE
from engine.segments.conditions import as_date, as_number, matches
from engine.segments.plain import from_plain, to_plain, told
from engine.store.segment_sql import LeadQuery
from tests.segments.facts import CODES, LISTS, NOW, conditions, lead_facts, put
from tests.simulator.worlds import empty_store

SCORE = Attribute("score")
HAD_BY_ALL = (
    LeadField.LIST,
    LeadField.KEY,
    LeadField.CALLS,
    LeadField.PHONES,
    LeadField.IMPORTED_AGO,
)


def ann(**more: object) -> LeadFacts:
    given: dict[str, object] = {
        "list": "customers",
        "key": "ann",
        "imported_at": NOW - 3 * DAY,
        "attributes": {"score": "5", "renewal": "2026-03-01"},
        "phone_kinds": ("mobile", "fixed-line"),
    }
    return LeadFacts(**(given | more))  # type: ignore[arg-type]


def in_store(sql: sqlite3.Connection, condition: Condition) -> list[int]:
    query = LeadQuery(condition, now=NOW)
    found = sql.execute(f"SELECT l.id FROM {query.source} WHERE {query.where} ORDER BY l.id", query.given)
    return [lead for (lead,) in found]


@settings(max_examples=300)
@given(lead=lead_facts(), condition=conditions())
def test_sql_finds_the_leads_that_the_condition_matches(lead: LeadFacts, condition: Condition) -> None:
    with empty_store() as sql:
        sql.executemany("INSERT INTO lists (name, created_at) VALUES (?, 0)", [(name,) for name in LISTS])
        codes = "INSERT INTO dispositions VALUES (?, ?, 0, 1, 0, 0, 0, NULL, 1, 0)"
        sql.executemany(codes, list(CODES.items()))
        put(sql, 1, lead)
        expected = [1] if matches(lead, condition, now=NOW) else []
        assert in_store(sql, condition) == expected


@settings(max_examples=100)
@given(condition=conditions())
def test_a_condition_comes_back_from_the_store_as_it_went_in(condition: Condition) -> None:
    again = from_plain(json.loads(json.dumps(to_plain(condition))))
    assert to_plain(again) == to_plain(condition)
    assert told(again) == told(condition)


@pytest.mark.parametrize(
    ("condition", "holds", "words"),
    [
        (TextIn(field=LeadField.LIST, values=("customers",)), True, "list is customers"),
        (TextIn(field=LeadField.SUPPLIER, values=("acme", "best")), False, "supplier is acme or best"),
        (TextIn(field=LeadField.PHONE_KIND, values=("mobile",)), True, "phone kind is mobile"),
        (TextContains(field=LeadField.KEY, part="nn"), True, "key contains 'nn'"),
        (NumberBetween(field=SCORE, at_least=5), True, "score at least 5"),
        (NumberBetween(field=SCORE, at_least=4, at_most=4.5), False, "score at least 4 and at most 4.5"),
        (NumberBetween(field=LeadField.CALLS, at_most=0), True, "calls at most 0"),
        (DateBetween(field=Attribute("renewal"), last="2026-03-01"), True, "renewal to 2026-03-01"),
        (DateBetween(field=Attribute("renewal"), first="2026-03-02"), False, "renewal from 2026-03-02"),
        (DurationBetween(field=LeadField.IMPORTED_AGO, at_most=3 * DAY), True, "imported ago at most 3d"),
        (DurationBetween(field=LeadField.LAST_CALLED_AGO, at_least=0), False, "last called ago at least 0s"),
        (Missing(field=LeadField.LAST_DISPOSITION), True, "no last disposition"),
        (Missing(field=SCORE), False, "no score"),
        (Not(TextIn(field=LeadField.SUPPLIER, values=("acme",))), True, "not supplier is acme"),
        (
            AllOf((AnyOf((Missing(field=SCORE), Missing(field=LeadField.OWNER))), Not(AllOf(())))),
            False,
            "(no score or no owner) and not every lead",
        ),
        (AnyOf(()), False, "no lead"),
    ],
)
def test_a_condition_says_what_it_holds(condition: Condition, holds: bool, words: str) -> None:
    assert matches(ann(), condition, now=NOW) is holds
    assert told(condition) == words
    assert from_plain(to_plain(condition)) == condition


@pytest.mark.parametrize("text", ["5", "05", "+5", "-0.25", "9" * 18])
def test_a_plain_decimal_is_a_number(text: str) -> None:
    assert as_number(text) == float(text)


@pytest.mark.parametrize("text", ["", "5.", ".5", "1e3", " 5", "5 ", "٥", "0x5", "nan", "9" * 19, "+-5"])
def test_anything_else_is_no_number(text: str) -> None:
    assert as_number(text) is None


def test_a_date_is_a_day_of_the_calendar() -> None:
    assert as_date("2028-02-29") == "2028-02-29"
    assert [as_date(text) for text in ("2026-02-29", "2026-2-1", "20260201", "")] == [None] * 4


def test_sql_knows_the_days_of_the_calendar_too() -> None:
    until = DateBetween(field=Attribute("renewal"), last="2026-03-01")
    with empty_store() as sql:
        sql.execute("INSERT INTO lists (name, created_at) VALUES ('customers', 0)")
        for lead, renewal in enumerate(("2026-02-28", "2026-02-30", "2026-03-01"), start=1):
            put(sql, lead, ann(key=f"ann-{lead}", attributes={"renewal": renewal}))
        assert in_store(sql, until) == [1, 3]


def test_values_are_parameters_and_never_a_part_of_the_sql() -> None:
    evil = "'; DROP TABLE leads; --"
    query = LeadQuery(
        AllOf((TextIn(field=LeadField.KEY, values=(evil,)), TextContains(field=Attribute(evil), part=evil))),
        now=NOW,
    )
    assert evil not in query.where + query.source
    assert list(query.given.values()).count(evil) == 2


def test_an_attribute_is_taken_out_once_however_often_it_is_compared() -> None:
    twice = AllOf((NumberBetween(field=SCORE, at_least=1), NumberBetween(field=SCORE, at_most=9)))
    assert LeadQuery(twice, now=NOW).source.count("->>") == 1


@pytest.mark.parametrize("name", ["", 'a"b', "a\\b", "a\nb"])
def test_an_attribute_whose_name_cannot_be_looked_up_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="an attribute's name"):
        Attribute(name)


def test_a_range_without_bounds_is_none() -> None:
    for kind, field in ((NumberBetween, SCORE), (DateBetween, SCORE), (DurationBetween, LeadField.CALLS)):
        with pytest.raises(ValueError, match="a range has one or two"):
            kind(field=field)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", [each for each in LeadField if each not in HAD_BY_ALL])
def test_what_never_happened_is_missing(field: LeadField) -> None:
    nobody = LeadFacts(list="customers", key="ann", imported_at=NOW, attributes={}, phone_kinds=())
    assert matches(nobody, Missing(field=field), now=NOW)


@pytest.mark.parametrize("field", HAD_BY_ALL)
def test_what_every_lead_has_is_never_missing(field: LeadField) -> None:
    assert not matches(ann(), Missing(field=field), now=NOW)


def test_a_segment_is_looked_at_at_intervals_or_at_times_of_a_zone() -> None:
    everyone = AllOf(())
    for every, at, zone in ((0, (), None), (MINUTE, (5,), "UTC")):
        with pytest.raises(ValueError, match="at intervals, or at times"):
            SegmentPolicy(name="hot", condition=everyone, every=every, at=at, zone=zone)
    for at, zone in (((5,), None), ((), "UTC")):
        with pytest.raises(ValueError, match="of a zone"):
            SegmentPolicy(name="hot", condition=everyone, at=at, zone=zone)
