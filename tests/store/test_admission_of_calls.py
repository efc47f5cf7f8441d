"""Calls beyond the free agents, asked in the transaction that begins them: never the worst case over."""

import json
from dataclasses import replace
from typing import Any, Final

from hypothesis import given, settings, strategies as st

from engine.compliance.abandonment import Counted, Met
from engine.compliance.limits import answered_by
from engine.domain.compliance import AmdTestRecord
from engine.domain.policy import Amd
from engine.domain.time import DAY, HOUR, MINUTE, SECOND
from engine.domain.words import DialMode, Side, Verdict
from engine.journal import events as e
from engine.journal.chain import decode, encode
from engine.journal.floor import Floor
from engine.journal.ledger import Ledger as Replayed
from engine.journal.rechecks import check
from engine.journal.views import LegView
from engine.store.admission import Staffing
from engine.store.call_counts import count_call
from engine.store.transaction import Transaction
from tests.compliance.dials import at
from tests.office import campaign
from tests.store.ledgers import ledger, ruled

NOW: Final = at("2026-11-24T12:00:00+00:00")
US: Final = "us-sales"


def limited(lines: list[e.Event]) -> list[e.AbandonmentLimited]:
    return [line for line in lines if isinstance(line, e.AbandonmentLimited)]


def alerts(lines: list[e.Event]) -> list[tuple[str, str]]:
    return [(line.rule, line.scope) for line in lines if isinstance(line, e.AbandonmentAlert)]


def test_where_nobody_keeps_rules_all_that_is_wanted_is_begun() -> None:
    with ledger(campaign(mode=DialMode.POWER)) as book:
        assert book.admit(50, NOW, agents=1) == (50, [])


def test_rules_that_limit_nothing_and_rules_of_another_pool_limit_nothing() -> None:
    with ledger(ruled(profile="au-sales")) as book:
        assert book.admit(50, NOW, agents=1) == (50, [])
    with ledger(campaign(mode=DialMode.POWER), ruled("elsewhere")) as book:
        assert book.admit(50, NOW, agents=1, campaigns=("orders",)) == (50, [])


def test_an_empty_window_begins_with_one_call_for_one_agent() -> None:
    with ledger(ruled(profile=US)) as book:
        count, lines = book.admit(10, NOW, agents=4)
        assert count == 4
        (line,) = limited(lines)
        assert (line.rule, line.scope, line.whose) == ("US-FCC-ABANDON", "campaign", "orders")
        assert (line.lost, line.counted, line.limit) == ("0", "0", 300)
        assert (line.agents, line.wanted, line.admitted) == (4, 10, 4)


def test_so_many_go_beyond_the_agents_as_may_be_lost() -> None:
    with ledger(ruled(profile=US)) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        assert book.admit(10, NOW, agents=4)[0] == 7
        book.flying(5, NOW)
        assert book.admit(10, NOW, agents=4)[0] == 2
        assert book.admit(1, NOW, agents=4) == (1, [])
        book.flying(2, NOW)
        assert book.admit(10, NOW, agents=4)[0] == 0
        assert book.admit(10, NOW, agents=9)[0] == 5


def test_calls_with_an_agent_on_the_way_and_calls_that_are_lost_already() -> None:
    with ledger(ruled(profile=US)) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        flying = book.flying(6, NOW)
        assert book.admit(10, NOW, agents=0, assigned=set(flying[:4]))[0] == 1
        assert book.admit(10, NOW, agents=5, assigned=set(flying[:1]), lost={flying[5]})[0] == 3
        # ended by now, and counted: ids that the floor still has are nothing to the store
        assert book.admit(10, NOW, agents=6, assigned={999}, lost={998})[0] == 3


def test_agents_calls_with_their_agent_and_agentless_calls_are_no_risk() -> None:
    news = campaign("news", DialMode.AGENTLESS)
    with ledger(ruled(profile=US), news) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        with_agent = book.flying(3, NOW)
        book.sql.execute("UPDATE attempts SET agent = 'ann' WHERE id IN (?, ?, ?)", with_agent)
        book.flying(9, NOW, campaign="news")
        assert book.admit(10, NOW, agents=0, campaigns=("orders",))[0] == 3


def test_a_call_that_an_agent_took_too_late_is_lost_while_the_two_still_talk() -> None:
    with ledger(ruled(profile=US)) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        book.talking(5, NOW - 2 * SECOND, NOW)
        assert book.admit(10, NOW, agents=0)[0] == 3
        late = book.talking(2, NOW - 2 * SECOND - 1, NOW)
        count, lines = book.admit(10, NOW, agents=0)
        assert (count, limited(lines)[0].lost, limited(lines)[0].counted) == (1, "2", "99")
        for attempt in late:
            count_call(
                Transaction(book.sql, NOW), "orders", attempt, Counted(at=NOW, met=Met.MACHINE_TO_AGENT)
            )
            book.sql.execute("UPDATE attempts SET settled_at = ? WHERE id = ?", (NOW, attempt))
        assert book.admit(10, NOW, agents=0)[0] == 3


def test_the_first_call_of_all_may_be_one_that_an_agent_took_too_late() -> None:
    with ledger(ruled(profile=US)) as book:
        book.talking(1, NOW - MINUTE, NOW)
        account = book.standing("US-FCC-ABANDON", NOW).account
        assert account.start == NOW - MINUTE
        assert account.rate.lost == 1


def test_who_has_waited_too_long_is_lost_also_if_an_agent_is_on_the_way() -> None:
    with ledger(ruled(profile=US)) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        first, second = book.flying(2, NOW - 9 * SECOND)
        late = {first: NOW - 5 * SECOND, second: NOW - 3 * SECOND}
        # two are lost, and one of them still wants an agent whom another could have
        assert book.admit(10, NOW, agents=4, assigned={first}, late=late)[0] == 4
        assert book.admit(10, NOW, agents=4, assigned={first})[0] == 6
        # settled by now, and counted
        assert book.admit(10, NOW, agents=4, late={999: NOW})[0] == 5


def test_a_leg_is_lost_once_its_person_has_waited_longer_than_two_seconds() -> None:
    leg = LegView(1, Side.CUSTOMER, 1, NOW)
    assert not leg.lost_by(NOW + HOUR)
    leg.answered_at = NOW
    assert not leg.lost_by(NOW + 2 * SECOND)
    assert leg.lost_by(NOW + 2 * SECOND + 1)
    leg.ended_at = NOW + SECOND
    assert not leg.lost_by(NOW + HOUR)
    leg.ended_at, leg.verdict = None, Verdict.MACHINE
    assert not leg.lost_by(NOW + HOUR)


def test_a_campaign_whose_profile_this_version_has_not_is_left_out() -> None:
    with ledger(ruled(profile=US)) as book:
        (text,) = book.sql.execute("SELECT policy FROM campaigns").fetchone()
        other = text.replace(f'"{US}"', '"us-surveys-2024"').replace('"orders"', '"old"')
        book.sql.execute("INSERT INTO campaigns (name, state, policy) VALUES ('old', 'stopped', ?)", (other,))
        assert book.admit(10, NOW, agents=4)[0] == 4
        assert {each.limit.whose for each in book.accounts(NOW).all()} == {"orders"}


# --- windows that move ----------------------------------------------------------------------------


def test_what_leaves_a_rolling_window_while_the_phones_ring_is_not_relied_on() -> None:
    never_wrong = AmdTestRecord(tested_at=0, sample=100, false_positives=0)
    with ledger(ruled(amd=Amd(enabled=True), amd_test=never_wrong)) as book:
        ring = answered_by(book.policies["orders"])
        book.calls(Met.CONNECTED, NOW - DAY + ring, count=33)
        book.calls(Met.ABANDONED, NOW - DAY + 2 * ring)
        book.calls(Met.CONNECTED, NOW - HOUR, count=98)
        assert book.standing("UK-ACR-AMD-DAY", NOW).account.may_lose == 3  # what was lost was lost yesterday
        assert book.admit(9, NOW - 1, agents=1)[0] == 4
        assert book.standing("UK-ACR-AMD", NOW).account.may_lose == 3
        assert book.admit(9, NOW, agents=1)[0] == 3


def test_just_before_a_window_ends_the_next_one_counts_which_is_empty() -> None:
    with ledger(ruled(profile="ca-sales", zone="America/Toronto")) as book:
        ends = at("2026-12-01T00:00:00-05:00")
        ring = answered_by(book.policies["orders"])
        book.calls(Met.CONNECTED, ends - DAY, count=95)
        assert book.admit(10, ends - ring - 1, agents=1)[0] == 6
        assert book.admit(10, ends - ring, agents=1)[0] == 1
        assert book.admit(10, ends, agents=1)[0] == 1


def test_just_before_the_end_of_a_window_that_is_over_its_limit_nothing_is_gained() -> None:
    with ledger(ruled(profile="ca-sales", zone="America/Toronto")) as book:
        ends = at("2026-12-01T00:00:00-05:00")
        book.calls(Met.ABANDONED, ends - DAY, count=95)
        count, lines = book.admit(10, ends - 1, agents=1)
        assert (count, limited(lines)[0].lost) == (1, "95")


# --- campaigns that share -------------------------------------------------------------------------


def test_a_campaign_without_rules_does_not_take_the_agents_of_one_that_has_nothing_to_lose() -> None:
    with ledger(ruled(profile=US), campaign("free", DialMode.POWER)) as book:
        assert book.admit(10, NOW, agents=2, campaign="free")[0] == 10
        book.flying(1, NOW)
        count, lines = book.admit(10, NOW, agents=2, campaign="free")
        assert count == 1
        assert limited(lines)[0].ours is False


def test_a_campaign_may_lose_what_its_call_centre_may() -> None:
    with ledger(ruled("orders"), ruled("renewals")) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=200)
        assert book.admit(10, NOW, agents=1)[0] == 7
        book.calls(Met.ABANDONED, NOW - HOUR, campaign="renewals", count=6)
        count, lines = book.admit(10, NOW, agents=1)
        assert (count, limited(lines)[0].scope) == (1, "call-centre")


def test_another_pool_of_the_call_centre_leaves_behind_what_its_agents_do_not_cover() -> None:
    policies = ruled("orders"), ruled("renewals", pool="service")
    with ledger(*policies) as book:
        for name in ("orders", "renewals"):
            book.calls(Met.CONNECTED, NOW - HOUR, campaign=name, count=100)
        mine: dict[str, Any] = {"campaign": "orders", "campaigns": ("orders",)}
        theirs: dict[str, Any] = {"campaign": "renewals", "campaigns": ("renewals",), "pool": "service"}
        # 100 of each: 3 may be lost in each campaign, and 6 in the centre
        assert book.admit(5, NOW, agents=5, **theirs)[0] == 5
        book.flying(5, NOW, campaign="renewals")
        assert book.admit(5, NOW, agents=1, **mine)[0] == 4
        assert book.admit(3, NOW, agents=5, **theirs)[0] == 3
        book.flying(3, NOW, campaign="renewals")
        book.calls(Met.ABANDONED, NOW - HOUR, campaign="orders", count=2)
        book.calls(Met.CONNECTED, NOW - HOUR, campaign="orders", count=35)
        # of 237 in the centre 5 more may be lost, 3 of them are theirs; of 137 in the campaign 2
        assert book.admit(9, NOW, agents=1, **mine)[0] == 3
        book.calls(Met.ABANDONED, NOW - HOUR, campaign="renewals", count=1)
        assert book.admit(9, NOW, agents=1, **mine)[0] == 2


def test_a_pool_that_nobody_has_heard_of_covers_none_of_its_calls() -> None:
    with ledger(ruled("orders"), ruled("renewals", pool="service")) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        book.flying(2, NOW, campaign="renewals")
        assert book.admit(9, NOW, agents=1, campaigns=("orders",))[0] == 2


def test_detection_that_was_never_tested_admits_calls_for_free_agents_alone() -> None:
    with ledger(ruled(amd=Amd(enabled=True))) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        assert book.admit(9, NOW, agents=3)[0] == 3
        assert book.admit(1, NOW, agents=0)[0] == 1


# --- what is told ---------------------------------------------------------------------------------


def test_a_limit_is_told_once_for_each_change_of_how_many_may_be_lost() -> None:
    with ledger(ruled(profile=US)) as book:
        assert len(limited(book.admit(9, NOW, agents=1)[1])) == 1
        assert limited(book.admit(9, NOW, agents=2)[1]) == []
        book.calls(Met.CONNECTED, NOW, count=20)
        assert limited(book.admit(9, NOW, agents=2)[1]) == []
        book.calls(Met.CONNECTED, NOW, count=13)
        (line,) = limited(book.admit(9, NOW, agents=2)[1])
        assert (line.counted, line.admitted) == ("33", 3)


def test_a_supervisor_is_told_once_for_each_time_that_the_rate_comes_up() -> None:
    with ledger(ruled()) as book:
        book.calls(Met.CONNECTED, NOW - 2 * MINUTE, count=49)
        assert alerts(book.admit(1, NOW, agents=1)[1]) == []
        book.calls(Met.ABANDONED, NOW - MINUTE)
        told = alerts(book.admit(1, NOW, agents=1)[1])
        assert told == [
            ("UK-ACR-2016", "campaign"),
            ("UK-ACR-2016", "call-centre"),
            ("UK-ACR-2016-DAY", "campaign"),
            ("UK-ACR-2016-DAY", "call-centre"),
        ]
        assert alerts(book.admit(1, NOW, agents=1)[1]) == []
        book.calls(Met.CONNECTED, NOW)
        assert alerts(book.admit(1, NOW, agents=1)[1]) == []
        book.calls(Met.ABANDONED, NOW)
        assert alerts(book.admit(1, NOW, agents=1)[1]) == told


def test_the_line_says_all_that_the_decision_was_made_of() -> None:
    policies = [ruled(profile=US), ruled("renewals", US)]
    with ledger(*policies) as book:
        book.calls(Met.CONNECTED, NOW - HOUR, count=97)
        flying = book.flying(5, NOW)
        (line,) = limited(book.admit(10, NOW, agents=2, lost={flying[0]})[1])
        again = Replayed()
        assert check(again, NOW, line) == "there is no campaign 'orders'"
        again.floor = Floor({policy.name: policy for policy in policies}, {}, {})
        assert check(again, NOW, line) == line
        other = replace(line, admitted=9)
        assert check(again, NOW, other) == line
        assert check(again, NOW, replace(line, limit=400)) == line
        strange = replace(line, rule="UK-ACR-2016")
        pool = policies[0].pool
        assert check(again, NOW, strange) == (
            f"no campaign of pool {pool} keeps rule UK-ACR-2016 for campaign orders"
        )
        nothing = replace(line, wanted=0)
        assert check(again, NOW, nothing) == "it limits nothing"
        bad = replace(line, counted="1/0")
        assert check(again, NOW, bad) == "its figures are no numbers"


# --- never over -----------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 30), st.integers(0, 6), st.lists(st.booleans(), max_size=30)),
        min_size=1,
        max_size=12,
    )
)
def test_even_if_every_call_without_an_agent_is_lost_the_rate_stays_within_the_limit(
    steps: list[tuple[int, int, list[bool]]],
) -> None:
    """Each time some are begun, some of them are not answered, and everybody else answers at once."""
    with ledger(ruled(profile=US)) as book:
        book.calls(Met.CONNECTED, NOW, count=60)
        now = NOW
        for wanted, agents, answers in steps:
            now += SECOND
            count, _ = book.admit(wanted, now, agents=agents)
            answered = sum(answers[:count]) if answers else count
            book.calls(Met.CONNECTED, now, count=min(answered, agents))
            book.calls(Met.ABANDONED, now, count=max(0, answered - agents))
            assert not book.standing("US-FCC-ABANDON", now).account.over


def test_a_staffing_has_no_calls_with_agents_unless_it_says_so() -> None:
    staffing = Staffing(pool="sales", campaigns=("orders",), agents=2)
    assert not staffing.assigned
    assert not staffing.lost


def test_the_lines_survive_the_journal() -> None:
    with ledger() as book:
        book.calls(Met.ABANDONED, NOW)
        lines = book.admit(9, NOW, agents=1)[1]
        assert {type(line) for line in lines} == {e.AbandonmentLimited, e.AbandonmentAlert}
        assert [decode(json.loads(encode(1, n, NOW, line))) for n, line in enumerate(lines)] == lines
