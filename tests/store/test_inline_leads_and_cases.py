"""Leads that a scenario writes out, and the cases a campaign makes of its lists."""

import json
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from engine.domain.lists import InlineLead
from engine.errors import InputError
from engine.phones import PhoneError, normalise
from engine.store.cases import create_cases
from engine.store.connection import open_store
from engine.store.lead_rows import as_json
from engine.store.leads import import_leads

NOW = 1_700_000_000_000_000


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    connection = open_store(":memory:", durable=False)
    yield connection
    connection.close()


def lead(key: str, *phones: str) -> InlineLead:
    return InlineLead(key=key, phones=phones or ("+442079460001",))


def test_inline_leads_go_in_as_they_are_written(store: sqlite3.Connection) -> None:
    anna = InlineLead(
        key="anna",
        phones=("+447400000001", "+12025550123"),
        attributes={"city": 'Köln "Süd"\n'},
        supplier="web",
    )
    assert import_leads(store, [anna, lead("bob", "+447400000001")], list_name="demo", now=NOW) == 2
    assert store.execute(
        "SELECT id, key, attributes, supplier, imported_at, calls FROM leads"
    ).fetchall() == [
        (1, "anna", '{"city":"Köln \\"Süd\\"\\n"}', "web", NOW, 0),
        (2, "bob", "{}", None, NOW, 0),
    ]
    assert store.execute("SELECT lead_id, position, number, kind FROM phones ORDER BY id").fetchall() == [
        (1, 1, "+447400000001", "mobile"),
        (1, 2, "+12025550123", "fixed-line-or-mobile"),
        (2, 1, "+447400000001", "mobile"),
    ]


def test_wrong_inline_leads_are_all_told_and_none_goes_in(store: sqlite3.Connection) -> None:
    import_leads(store, [lead("old")], list_name="demo", now=NOW)
    wrong = [
        lead("old"),
        lead("new"),
        lead("new"),
        lead("far", "020 7946 0001"),
        InlineLead(key="none", phones=()),
    ]
    with pytest.raises(InputError) as refusal:
        import_leads(store, wrong, list_name="demo", now=NOW)
    with pytest.raises(PhoneError) as no_region:
        normalise("020 7946 0001", None)
    assert refusal.value.problems == [
        f"list 'demo': lead 'far': '020 7946 0001' {no_region.value.reason}",
        "list 'demo': lead 'none': no phone number",
        "list 'demo': lead 'new': is there twice; keys are unique on a list",
        "list 'demo': lead 'old': is on the list already",
    ]
    assert store.execute("SELECT key FROM leads").fetchall() == [("old",)]


@given(st.dictionaries(st.text(), st.text(), max_size=4))
def test_attributes_are_json(attributes: dict[str, str]) -> None:
    written = as_json(attributes)
    assert json.loads(written) == attributes
    assert written == json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))


def test_a_case_is_new_due_and_on_the_lead_s_first_phone(store: sqlite3.Connection) -> None:
    import_leads(store, [lead("b", "+442079460001", "+442079460002"), lead("a")], list_name="x", now=NOW)
    import_leads(store, [lead("c")], list_name="y", now=NOW)
    assert create_cases(store, "autumn", ["x"], NOW + 5) == 2
    rows = store.execute(
        "SELECT id, campaign, lead_id, phone_id, status, cycle, rank, due_at, results FROM cases ORDER BY id"
    )
    assert rows.fetchall() == [
        (1, "autumn", 1, 1, "NEW", 1, 2, NOW + 5, "{}"),
        (2, "autumn", 2, 3, "NEW", 1, 2, NOW + 5, "{}"),
    ]


def test_a_lead_whose_first_column_was_empty_is_called_on_the_next(store: sqlite3.Connection) -> None:
    import_leads(store, [lead("a")], list_name="x", now=NOW)
    store.execute("UPDATE phones SET position = 3")
    assert create_cases(store, "autumn", ["x"], NOW) == 1


Step = tuple[str, tuple[str, ...]]
LISTS = ("x", "y", "z")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("import"), st.tuples(st.sampled_from(LISTS))),
        st.tuples(
            st.sampled_from(("autumn", "winter")),
            st.lists(st.sampled_from((*LISTS, "unknown")), max_size=3).map(tuple),
        ),
    ),
    max_size=12,
)


@given(STEPS)
def test_every_lead_of_a_campaign_s_lists_has_one_case_however_often_it_is_asked(steps: list[Step]) -> None:
    store = open_store(":memory:", durable=False)
    for number, (what, lists) in enumerate(steps):
        if what == "import":
            import_leads(store, [lead(f"{number}a"), lead(f"{number}b")], list_name=lists[0], now=NOW)
            continue
        before = store.execute("SELECT * FROM cases ORDER BY id").fetchall()
        made = create_cases(store, what, lists, NOW + number)
        after = store.execute("SELECT * FROM cases ORDER BY id").fetchall()
        assert after[: len(before)] == before
        assert len(after) == len(before) + made
        assert create_cases(store, what, lists, NOW) == 0
        wanted = store.execute(
            "SELECT l.id FROM leads l JOIN lists ON lists.id = l.list_id "
            f"WHERE lists.name IN ({', '.join('?' * len(lists))})",
            lists,
        )
        has = {row[0] for row in store.execute("SELECT lead_id FROM cases WHERE campaign = ?", (what,))}
        assert {row[0] for row in wanted} <= has
        new = [row[0] for row in store.execute("SELECT lead_id FROM cases ORDER BY id").fetchall()][
            len(before) :
        ]
        assert new == sorted(new)
    store.close()
