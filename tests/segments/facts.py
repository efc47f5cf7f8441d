"""Leads and conditions by chance, in a store and as values."""

import json
import sqlite3
from typing import Any, Final

from hypothesis import strategies as st

from engine.domain.segments import (
    KIND_OF,
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    DateBetween,
    DurationBetween,
    Kind,
    LeadFacts,
    LeadField,
    Missing,
    Not,
    NumberBetween,
    TextContains,
    TextIn,
)
from engine.domain.time import DAY, HOUR, Instant
from tests.virtual import START

NOW: Final[Instant] = START + 400 * DAY

WORDS: Final = ("", "a", "ab", "acme", "Acme", "é", "%", "_", "a'b", 'a"b', "*", "12", "x y")
NUMBERS: Final = (
    "0",
    "5",
    "05",
    "+5",
    "-5",
    "5.0",
    "5.25",
    "4.999",
    "5.",
    ".5",
    "1e3",
    " 5",
    "0x5",
    "٥",
    "5_0",
)
DATES: Final = ("2026-03-01", "2026-02-30", "2026-3-1", "2026-03-01T00:00", "0000-01-01", "9999-12-31")
TEXTS: Final = (*WORDS, *NUMBERS, *DATES, "1" * 18, "1" * 19, "0.1", "0.30000000000000004", "-")
ATTRIBUTES: Final = ("score", "tier", "a.b", "a[0]", "$x", "9", "naïve")
KINDS: Final = ("mobile", "fixed-line", "voip")
LISTS: Final = ("customers", "others")
CODES: Final[dict[str, str]] = {"sold": "contacted", "busy": "no-contact"}
AGES: Final = (0, 1, HOUR, DAY, 30 * DAY)

texts = st.sampled_from(TEXTS)
ages = st.sampled_from(AGES)


def lead_facts() -> st.SearchStrategy[LeadFacts]:
    past = st.none() | ages.map(lambda age: NOW - age)
    return st.builds(
        _facts,
        list=st.sampled_from(LISTS),
        key=texts,
        imported_at=ages.map(lambda age: NOW - age),
        attributes=st.dictionaries(st.sampled_from(ATTRIBUTES), texts, max_size=4),
        phone_kinds=st.lists(st.sampled_from(KINDS), max_size=2).map(tuple),
        calls=st.integers(0, 3),
        supplier=st.none() | texts,
        owner=st.none() | st.sampled_from(("orders", "news")),
        last_disposition=st.none() | st.sampled_from((*CODES, "unheard-of")),
        last_duration=st.none() | ages,
        last_called_at=past,
        succeeded_at=past,
    )


def _facts(**given: Any) -> LeadFacts:
    return LeadFacts(last_status=CODES.get(given["last_disposition"]), **given)


def conditions() -> st.SearchStrategy[Condition]:
    attribute = st.sampled_from(ATTRIBUTES).map(Attribute)
    text = attribute | st.sampled_from([field for field, kind in KIND_OF.items() if kind is Kind.TEXT])
    number = attribute | st.sampled_from([field for field, kind in KIND_OF.items() if kind is Kind.NUMBER])
    duration = st.sampled_from([field for field, kind in KIND_OF.items() if kind is Kind.DURATION])
    words = texts | st.sampled_from((*LISTS, *KINDS, *CODES, *CODES.values(), "orders"))
    bound = st.none() | st.sampled_from((-5.0, 0.0, 0.1, 0.3, 1.0, 2.0, 5.0, 5.25, float("1" * 18)))
    day = st.none() | st.sampled_from(("0001-01-01", "2026-02-28", "2026-03-01", "2026-03-02"))
    age = st.none() | ages
    leaves: st.SearchStrategy[Condition] = st.one_of(
        st.builds(TextIn, field=text, values=st.lists(words, min_size=1, max_size=3).map(tuple)),
        st.builds(TextContains, field=text, part=words.filter(bool)),
        _between(NumberBetween, number, bound, "at_least", "at_most"),
        _between(DateBetween, attribute, day, "first", "last"),
        _between(DurationBetween, duration, age, "at_least", "at_most"),
        st.builds(Missing, field=attribute | st.sampled_from(LeadField)),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda each: AllOf(tuple(each))),
            st.lists(inner, max_size=3).map(lambda each: AnyOf(tuple(each))),
            inner.map(Not),
        ),
        max_leaves=6,
    )


def _between(kind: Any, field: Any, bound: Any, low: str, high: str) -> st.SearchStrategy[Any]:
    bounds = st.tuples(bound, bound).filter(any_given)
    return st.builds(lambda of, pair: kind(field=of, **{low: pair[0], high: pair[1]}), field, bounds)


def any_given(bounds: tuple[Any, Any]) -> bool:
    return bounds != (None, None)


def put(sql: sqlite3.Connection, lead: int, facts: LeadFacts) -> None:
    """The lead's row and its phones. An owner whose time is over comes by itself, with an expired owner."""
    (list_id,) = sql.execute("SELECT id FROM lists WHERE name = ?", (facts.list,)).fetchone()
    owner, until = (facts.owner, None) if facts.owner is not None else ("orders", NOW)
    sql.execute(
        "INSERT INTO leads (id, list_id, key, attributes, supplier, imported_at, calls, owner, owned_until,"
        " last_disposition, last_duration, last_ended_at, succeeded_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            lead,
            list_id,
            facts.key,
            json.dumps(facts.attributes, ensure_ascii=False),
            facts.supplier,
            facts.imported_at,
            facts.calls,
            owner,
            until,
            facts.last_disposition,
            facts.last_duration,
            facts.last_called_at,
            facts.succeeded_at,
        ),
    )
    sql.executemany(
        "INSERT INTO phones (lead_id, position, number, kind) VALUES (?, ?, ?, ?)",
        [(lead, n, f"+44207946{lead:03}{n}", kind) for n, kind in enumerate(facts.phone_kinds, start=1)],
    )
