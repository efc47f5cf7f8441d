"""What the store chooses, held against the decisions: turns, shares, phones, lists that are not active."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given, settings, strategies as st

from engine.config import policy_json
from engine.domain.lists import InlineLead
from engine.domain.policy import CampaignPolicy
from engine.domain.selection import LeadOrder, ListShare, NewLeads, PhoneOrder, PhonePolicy
from engine.domain.time import HOUR, MINUTE, Instant
from engine.domain.words import CaseStatus, ChangeReason, Hold, Rank, Side
from engine.errors import InputError
from engine.journal import events as e
from engine.selection.shares import Lane, front, next_lane, place_of_next
from engine.selection.turns import turn_of
from engine.store.campaign_changes import PORTION, Portion, in_portions, recycle, restart, tried, waiting
from engine.store.campaign_facts import campaigns, lists_of
from engine.store.cases import create_cases, share_lists
from engine.store.changes import Ids
from engine.store.claims import Dry, begin_attempts
from engine.store.connection import open_store
from engine.store.leads import import_leads
from engine.store.lists import bring_in, dialed_by, lists, set_active, set_share
from engine.store.recovery import open_epoch, register
from engine.store.transaction import Change, Transaction
from tests.gates import GATES
from tests.office import campaign
from tests.virtual import START

NOW: Final[Instant] = START


class Ward:
    """A store with lists and one campaign that dials them."""

    def __init__(self, sql: sqlite3.Connection, policy: CampaignPolicy) -> None:
        self.sql = sql
        self.policy = policy
        self.ids = Ids(open_epoch(sql, now=NOW, version="test").number)
        self.now = NOW
        self.lines: list[e.Event] = []

    def do(self, change: Change[Any]) -> Any:
        tx = Transaction(self.sql, self.now)
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            answer = change(tx)
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")
        self.lines += tx.recorded
        return answer

    def claim(self, count: int = 100) -> list[int]:
        """The leads that are dialed next, in order."""
        answer = self.do(begin_attempts(self.policy, count, self.ids, gates=GATES, first=Side.CUSTOMER))
        return [] if isinstance(answer, Dry) else [one.lead for one in answer]

    def hang_up(self) -> None:
        """Every attempt is settled, and its case is where it was."""
        self.sql.execute("UPDATE legs SET ended_at = ? WHERE ended_at IS NULL", (self.now,))
        self.sql.execute("UPDATE attempts SET settled_at = ? WHERE settled_at IS NULL", (self.now,))

    def value(self, query: str, *given: Any) -> Any:
        row = self.sql.execute(query, given).fetchone()
        return row[0] if len(row) == 1 else row

    def set(self, case: int, **values: Any) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        self.sql.execute(f"UPDATE cases SET {columns} WHERE id = ?", (*values.values(), case))


def people(prefix: str, count: int, **more: Any) -> list[InlineLead]:
    block = {"a": 0, "b": 30, "c": 60}[prefix]
    return [
        InlineLead(key=f"{prefix}{n}", phones=(f"+4420794600{block + n:02}",), **more)
        for n in range(1, count + 1)
    ]


@contextmanager
def ward(leads: dict[str, list[InlineLead]], **policy: Any) -> Iterator[Ward]:
    made = campaign(lists=tuple(sorted(leads)), **policy)
    with TemporaryDirectory() as folder:
        sql = open_store(Path(folder) / "store.db", durable=False)
        for name, rows in sorted(leads.items()):
            import_leads(sql, rows, list_name=name, now=NOW - HOUR)
        register(sql, {made.name: json.dumps(policy_json(made))})
        create_cases(sql, made.name, made.lists, NOW)
        share_lists(sql, made.name, made.shares)
        sql.execute("UPDATE campaigns SET state = 'running'")
        yield Ward(sql, made)
        sql.close()


# --- the order of new leads -----------------------------------------------------------------------

ORDERS = st.sampled_from(
    [
        NewLeads(),
        NewLeads(by=LeadOrder.NEWEST_IMPORT),
        NewLeads(by=LeadOrder.RANDOM, seed=4),
        NewLeads(by=LeadOrder.FIELD, field="score"),
        NewLeads(by=LeadOrder.FIELD, field="score", descending=True),
    ]
)
VALUES = st.sampled_from([None, "1", "2.5", "-3", "2026-03-02", "soon"])


@settings(max_examples=40)
@given(order=ORDERS, imports=st.lists(st.lists(VALUES, min_size=1, max_size=4), min_size=1, max_size=4))
def test_leads_go_by_their_turn_however_they_came_in(
    order: NewLeads, imports: list[list[str | None]]
) -> None:
    values: list[tuple[str | None, Instant]] = []

    def batch(rows: list[str | None], at: Instant) -> list[InlineLead]:
        first = len(values) + 1
        values.extend((value, at) for value in rows)
        return [
            InlineLead(
                key=f"l{n}",
                phones=(f"+4420794600{n:02}",),
                attributes={} if value is None else {"score": value},
            )
            for n, value in enumerate(rows, start=first)
        ]

    with ward({"people": batch(imports[0], NOW - HOUR)}, order=order) as store:
        for number, rows in enumerate(imports[1:], start=1):
            store.now = NOW + number * MINUTE
            store.do(bring_in("people", batch(rows, store.now), by="sue"))
        expected = sorted(
            range(1, len(values) + 1),
            key=lambda lead: (
                turn_of(order, "orders", lead, imported_at=values[lead - 1][1], value=values[lead - 1][0]),
                lead,
            ),
        )
        assert store.claim(7) + store.claim() == expected


def test_leads_that_come_later_wake_the_campaigns_that_dial_their_list() -> None:
    with ward({"a": people("a", 1), "b": people("b", 1)}) as store:
        store.claim()
        assert store.do(bring_in("b", people("c", 2), by="sue")) == 2
        assert e.CasesCreated(campaign="orders", list=2, count=2, due_at=NOW) in store.lines
        assert store.claim() == [3, 4]
        with pytest.raises(InputError, match="is on the list already"):
            store.do(bring_in("b", people("c", 1), by="sue"))


def test_a_lead_that_must_not_be_called_gets_no_case() -> None:
    with ward({"a": people("a", 2)}) as store:
        store.sql.execute("UPDATE leads SET dnc_at = 1 WHERE id = 1")
        store.sql.execute("DELETE FROM cases")
        assert create_cases(store.sql, "orders", ["a"], NOW) == 1


# --- lists in a campaign --------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    sizes=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)),
    shares=st.tuples(*[st.tuples(st.integers(0, 1), st.integers(1, 4))] * 3),
    claims=st.lists(st.integers(1, 5), min_size=1, max_size=40),
)
def test_the_claim_serves_lists_as_the_decision_does_whatever_is_claimed_at_a_time(
    sizes: tuple[int, ...], shares: tuple[tuple[int, int], ...], claims: list[int]
) -> None:
    names = "abc"
    places = {n: ListShare(priority=p, weight=w) for n, (p, w) in zip(names, shares, strict=True)}
    leads = {name: people(name, size) for name, size in zip(names, sizes, strict=True)}
    with ward(leads, shares=places) as store:
        lanes = {n: Lane(n, p, w) for n, (p, w) in enumerate(shares, start=1)}
        left = dict(enumerate(sizes, start=1))
        expected: list[int] = []
        for priority in (1, 0):
            group = {n for n, lane in lanes.items() if lane.priority == priority}
            while open_ := [lanes[n] for n in sorted(group) if left[n]]:
                latest = front(lanes[n] for n in group)
                lane = next_lane(open_, latest)
                lanes[lane.list] = replace(lane, place=place_of_next(lane, latest))
                left[lane.list] -= 1
                expected.append(lane.list)
        served: list[int] = []
        for count in claims:
            served += [
                store.value("SELECT list_id FROM leads WHERE id = ?", lead) for lead in store.claim(count)
            ]
        assert served == expected[: len(served)]
        assert len(served) == min(sum(sizes), sum(claims))


def test_retries_go_before_new_leads_of_any_list() -> None:
    with ward({"a": people("a", 1), "b": people("b", 1)}, shares={"b": ListShare(priority=9)}) as store:
        store.set(1, rank=Rank.RETRY, status=CaseStatus.CUSTOMER_RESCHEDULED)
        assert store.claim() == [1, 2]


def test_another_place_of_a_list_holds_from_the_next_claim_on() -> None:
    with ward({"a": people("a", 2), "b": people("b", 2)}) as store:
        assert store.claim(1) == [1]
        share = store.do(set_share("b", "orders", by="sue", priority=2))
        assert share == ListShare(priority=2, weight=1)
        assert store.claim(3) == [3, 4, 2]
        assert e.ListShared(campaign="orders", list=2, priority=2, weight=1) in store.lines
        assert [each.priority for each in lists_of(store.sql, "orders")] == [2, 0]


def test_a_list_that_the_campaign_does_not_dial_has_no_place_in_it() -> None:
    with ward({"a": people("a", 1)}) as store:
        import_leads(store.sql, people("b", 1), list_name="b", now=NOW)
        with pytest.raises(InputError, match="campaign orders does not dial list b; it dials a"):
            store.do(set_share("b", "orders", by="sue", weight=2))
        with pytest.raises(InputError, match="there is no campaign 'order'; did you mean 'orders'"):
            store.do(set_share("a", "order", by="sue", weight=2))


# --- lists that are not active --------------------------------------------------------------------


def test_new_leads_of_a_list_that_is_not_active_are_not_looked_at() -> None:
    with ward({"a": people("a", 3), "b": people("b", 1)}) as store:
        assert store.do(set_active("a", active=False, by="sue"))
        assert store.claim() == [4]
        assert store.claim() == []
        assert store.lines[-1] == e.CampaignDry(campaign="orders", until=None)
        assert store.value("SELECT count(*) FROM cases WHERE waits_for IS NOT NULL") == 0
        assert not store.do(set_active("a", active=False, by="sue"))
        assert store.do(set_active("a", active=True, by="sue"))
        assert store.claim() == [1, 2, 3]


def test_retries_of_a_list_that_is_not_active_are_held_once_and_due_again_with_the_list() -> None:
    with ward({"a": people("a", 2), "b": people("b", 1)}) as store:
        for case in (1, 2):
            store.set(case, rank=Rank.RETRY, status=CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW - case)
        store.do(set_active("a", active=False, by="sue"))
        assert store.claim() == [3]
        held = [line for line in store.lines if isinstance(line, e.CasesChanged)]
        assert [(line.reason, len(line.rows)) for line in held] == [(ChangeReason.HELD, 2)]
        assert store.value("SELECT waits_for, wanted_at FROM cases WHERE id = 1") == (Hold.LIST, NOW - 1)
        store.now = NOW + MINUTE
        assert store.claim() == []
        store.do(set_active("a", active=True, by="sue"))
        assert store.value("SELECT waits_for, due_at FROM cases WHERE id = 1") == (None, NOW + MINUTE)
        assert store.claim() == [1, 2]


def test_lists_are_shown_with_their_leads_and_campaigns() -> None:
    with ward({"a": people("a", 3), "b": people("b", 1)}) as store:
        store.claim(1)
        first, second = lists(store.sql)
        assert (first.name, first.active, first.leads, first.phones) == ("a", True, 3, 3)
        assert second.campaigns == ("orders",)
        (dialed,) = dialed_by(store.sql, first.id)
        assert (dialed.campaign, dialed.new, dialed.open, dialed.closed) == ("orders", 2, 0, 0)
        with pytest.raises(InputError, match="there is no list 'c'"):
            list(lists(store.sql, "c"))


# --- phones ---------------------------------------------------------------------------------------

THREE: Final = InlineLead(key="a1", phones=("+442079460001", "+12125550101", "+442079460002"))


@pytest.mark.parametrize(
    ("order", "first", "told"),
    [
        (PhoneOrder.FIRST_ONLY, "+442079460001", ()),
        (PhoneOrder.IN_ORDER, "+442079460001", (1, 2, 3)),
        (PhoneOrder.MOBILE_FIRST, "+12125550101", (2, 1, 3)),
        (PhoneOrder.FIXED_LINE_FIRST, "+442079460001", (1, 3, 2)),
    ],
)
def test_a_case_begins_with_the_number_that_the_campaign_prefers(
    order: PhoneOrder, first: str, told: tuple[int, ...]
) -> None:
    with ward({"a": [THREE]}, phones=PhonePolicy(order=order)) as store:
        store.claim()
        assert store.value("SELECT number FROM legs") == first
        (started,) = [line for line in store.lines if isinstance(line, e.AttemptStarted)]
        assert started.phones == told


def test_a_number_that_is_out_of_use_gives_way_before_it_is_dialed() -> None:
    several = PhonePolicy(order=PhoneOrder.IN_ORDER)
    with ward({"a": [THREE]}, phones=several) as store:
        store.sql.execute("UPDATE phones SET out_of_use_at = 1 WHERE id = 1")
        assert store.claim() == []
        assert store.lines[-1] == e.CasesChanged(
            reason=ChangeReason.OTHER_PHONE,
            about="orders",
            columns=("phone_id", "phone_tries"),
            rows=((1, 2, 0),),
        )
        assert store.claim() == [1]
        assert store.value("SELECT number FROM legs") == "+12125550101"


def test_the_only_number_is_dialed_even_if_it_was_out_of_use() -> None:
    for phones in (PhonePolicy(order=PhoneOrder.IN_ORDER), PhonePolicy()):
        with ward({"a": people("a", 1)}, phones=phones) as store:
            store.sql.execute("UPDATE phones SET out_of_use_at = 1")
            assert store.claim() == [1]


# --- all cases of a campaign ----------------------------------------------------------------------


def test_recycling_makes_what_waits_due_and_keeps_callbacks_closed_cases_and_holds() -> None:
    with ward({"a": people("a", 6)}) as store:
        store.set(1, rank=Rank.RETRY, status=CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW + HOUR)
        store.set(2, rank=Rank.CALLBACK, status=CaseStatus.CALLBACK, due_at=NOW + HOUR)
        store.set(3, due_at=None, waits_for=Hold.OWNERSHIP, wanted_at=NOW + HOUR, rank=Rank.RETRY)
        store.set(4, due_at=None, status=CaseStatus.COMPLETED, rank=Rank.RETRY, final=1)
        store.set(5, due_at=NOW - HOUR)
        store.set(6, due_at=None, waits_for=Hold.SEGMENT, wanted_at=NOW - HOUR, rank=Rank.RETRY)
        before = dict(store.sql.execute("SELECT id, json_array(due_at, wanted_at, waits_for) FROM cases"))
        assert waiting(store.sql, "orders", now=NOW) == 2
        assert store.do(recycle("orders", by="sue")) == Portion(2, None)
        after = dict(store.sql.execute("SELECT id, json_array(due_at, wanted_at, waits_for) FROM cases"))
        assert {case for case in after if after[case] != before[case]} == {1, 3}
        assert json.loads(after[1]) == [NOW, None, None]
        assert json.loads(after[3]) == [None, NOW, Hold.OWNERSHIP]
        assert store.do(recycle("orders", by="sue")).count == 0
        assert store.value("SELECT action, subject, count FROM audit WHERE id = 1") == (
            "campaigns recycle", "orders", 2,
        )  # fmt: skip


def test_restarting_begins_a_new_cycle_of_all_but_dnc_and_leaves_ownership_and_holds() -> None:
    with ward({"a": people("a", 8)}) as store:
        used = {"customer_attempts": 2, "results": '{"busy": 1}', "phone_tries": 1, "rank": Rank.RETRY}
        store.set(1, **used, status=CaseStatus.COMPLETED, due_at=None, final=1)
        store.set(2, **used, status=CaseStatus.CUSTOMER_FAILED, due_at=None, exhausted=1, customer_limit=9)
        store.set(3, **used, status=CaseStatus.DNC, due_at=None, final=1)
        store.set(4, **(used | {"rank": Rank.CALLBACK}), status=CaseStatus.CALLBACK, due_at=NOW + HOUR)
        store.set(
            5, **used, status=CaseStatus.CUSTOMER_RESCHEDULED, due_at=None, waits_for=Hold.OWNERSHIP,
            wanted_at=NOW + HOUR, wakes_at=NOW + 2 * HOUR,
        )  # fmt: skip
        store.set(6, **used, status=CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW - 1)
        store.sql.execute("UPDATE leads SET owner = 'other', owned_since = 1")
        owners = store.sql.execute("SELECT id, owner, owned_since FROM leads").fetchall()
        store.sql.execute("UPDATE leads SET owner = NULL WHERE id = 6")
        assert store.claim(1) == [6]
        store.sql.execute("UPDATE leads SET owner = 'other' WHERE id = 6")
        store.now = NOW + MINUTE
        assert tried(store.sql, "orders") == 5
        assert store.do(restart("orders", by="sue")) == Portion(5, None)
        rows = store.sql.execute(
            "SELECT id, status, cycle, customer_attempts, results, phone_tries, due_at, reset_at,"
            " customer_limit, final + exhausted FROM cases WHERE id < 8 ORDER BY id"
        ).fetchall()
        at = NOW + MINUTE
        assert rows == [
            (1, "NEW", 2, 0, "{}", 0, at, None, None, 0),
            (2, "NEW", 2, 0, "{}", 0, at, None, None, 0),
            (3, "DNC", 1, 2, '{"busy": 1}', 1, None, None, None, 1),
            (4, "CALLBACK", 2, 0, "{}", 0, NOW + HOUR, None, None, 0),
            (5, "NEW", 2, 0, "{}", 0, None, None, None, 0),
            (6, "CUSTOMER_RESCHEDULED", 1, 2, '{"busy": 1}', 1, None, at, None, 0),
            (7, "NEW", 1, 0, "{}", 0, NOW, None, None, 0),
        ]
        assert store.value("SELECT waits_for, wanted_at, wakes_at FROM cases WHERE id = 5") == (
            Hold.OWNERSHIP, at, NOW + 2 * HOUR,
        )  # fmt: skip
        assert store.sql.execute("SELECT id, owner, owned_since FROM leads").fetchall() == owners


def test_a_restarted_case_of_a_lead_outside_its_segments_waits_for_it_to_come_in() -> None:
    with ward({"a": people("a", 2)}) as store:
        store.sql.execute("INSERT INTO segments (id, name, condition) VALUES (1, 'hot', '{}')")
        store.sql.execute("INSERT INTO campaign_segments (campaign, segment_id) VALUES ('orders', 1)")
        store.sql.executemany("INSERT INTO memberships VALUES (1, ?, ?, 0)", [(1, 1), (2, 0)])
        for case in (1, 2):
            store.set(case, status=CaseStatus.COMPLETED, due_at=None, rank=Rank.RETRY, final=1)
        store.do(restart("orders", by="sue"))
        assert store.value("SELECT due_at, waits_for FROM cases WHERE id = 1") == (NOW, None)
        assert store.value("SELECT due_at, waits_for FROM cases WHERE id = 2") == (None, Hold.SEGMENT)


@pytest.mark.parametrize("command", [recycle, restart])
def test_portions_come_to_the_same_as_the_whole(command: Any) -> None:
    def prepared(store: Ward) -> None:
        for case in range(1, 10):
            store.set(
                case, due_at=NOW + case, rank=Rank.RETRY, customer_attempts=1, status="CUSTOMER_RESCHEDULED"
            )

    query = "SELECT id, status, cycle, due_at, customer_attempts FROM cases ORDER BY id"
    with ward({"a": people("a", 9)}) as whole, ward({"a": people("a", 9)}) as parts:
        prepared(whole)
        prepared(parts)
        whole.do(command("orders", by="sue"))
        counts = list(
            in_portions(lambda after: command("orders", by="sue", after=after, leads=2, expected=9), parts.do)
        )
        assert counts == [2, 4, 6, 8, 9]
        assert whole.sql.execute(query).fetchall() == parts.sql.execute(query).fetchall()
        assert parts.value("SELECT count(*), max(count) FROM audit") == (1, 9)
        assert PORTION > 1


def test_a_campaign_that_is_not_there_is_refused_by_name() -> None:
    with ward({"a": people("a", 1)}) as store:
        for command in (recycle, restart):
            with pytest.raises(InputError, match="there is no campaign 'offers'"):
                store.do(command("offers", by="sue"))


def test_campaigns_are_shown_with_their_cases() -> None:
    with ward({"a": people("a", 8)}) as store:
        store.set(2, rank=Rank.RETRY, status=CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW - 1)
        store.set(3, rank=Rank.RETRY, status=CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW + 5)
        store.set(4, due_at=None, waits_for=Hold.LIST, wanted_at=NOW)
        store.set(5, due_at=None, status=CaseStatus.COMPLETED, rank=Rank.RETRY)
        store.set(6, due_at=None, status=CaseStatus.AGENT_FAILED, rank=Rank.RETRY)
        store.set(7, due_at=None, status=CaseStatus.DNC, rank=Rank.RETRY)
        assert store.claim(1) == [2]
        (facts,) = campaigns(store.sql, now=NOW)
        cases = facts.cases
        assert (cases.new, cases.due, cases.later, cases.next_at) == (2, 0, 1, NOW + 5)
        assert (cases.held, cases.live, cases.completed, cases.failed, cases.dnc) == (1, 1, 1, 1, 1)
        assert cases.total == 8
        assert (facts.mode, facts.pool, facts.priority, facts.weight) == ("progressive", "sales", 0, 1)
