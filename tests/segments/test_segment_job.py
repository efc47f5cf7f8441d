"""What a segment job does to the store: sentence by sentence."""

from typing import Any

import pytest

from engine.domain.time import DAY, MINUTE
from engine.domain.words import CaseStatus, ChangeReason, Hold, Rank
from engine.errors import InputError
from engine.journal import events as e
from engine.store import segment_job
from engine.store.segment_job import Observed
from engine.store.segments import (
    count_segment,
    define,
    find_segment,
    segments,
    take_up_segments,
    tell_segments,
)
from tests.segments.ward import EVERYONE, HOT, WARM, Ward, dialing, ward
from tests.virtual import START

CLOSED = (CaseStatus.COMPLETED, CaseStatus.AGENT_FAILED, CaseStatus.CUSTOMER_FAILED)
STATE = ("id", "status", "cycle", "agent_attempts", "customer_attempts", "due_at", "waits_for")


def closed(w: Ward, status: CaseStatus = CaseStatus.CUSTOMER_FAILED, lead: int = 1) -> int:
    """The lead's case is closed after a full cycle; its id."""
    w.change_case(
        lead,
        status=status,
        rank=Rank.RETRY,
        due_at=None,
        customer_attempts=3,
        agent_attempts=2,
        results='{"busy": 2}',
        calls=3,
        failures=3,
        exhausted=1,
        final=1,
        agent_limit=9,
    )
    return int(w.case(lead, "id"))


def out_and_in(w: Ward, out: int = 5, back: int = 6) -> Observed:
    w.score(1, 1)
    w.job(out)
    w.score(1, 9)
    return w.job(back)


def settle(w: Ward) -> None:
    """The live attempt is over, as far as the tables know."""
    w.sql.execute("UPDATE attempts SET settled_at = ? WHERE settled_at IS NULL", (w.now,))


# --- entering -------------------------------------------------------------------------------------


def test_before_its_first_job_a_segment_holds_nobody() -> None:
    with ward() as w:
        assert w.claim() == []
        assert w.sql.execute("SELECT count(*) FROM cases").fetchone() == (0,)


def test_a_first_entry_makes_a_case_due_at_the_job_in_every_campaign_that_dials_the_segment() -> None:
    with ward([9, 1], dialing("hot"), dialing("hot", "warm", name="news")) as w:
        assert w.job(5) == Observed(
            segment="hot", at=w.now, entered=1, left=0, back=0, re_entered=0, created=2
        )
        for name in ("offers", "news"):
            assert w.case(1, "status", "due_at", "cycle", name=name) == ("NEW", w.now, 1)
        assert w.case(2, "id") is None
        assert w.claim() == [1]


def test_a_lead_that_must_not_be_called_gets_no_case() -> None:
    with ward() as w:
        w.sql.execute("UPDATE leads SET dnc_at = ?", (START,))
        assert w.job(5).created == 0


def test_the_job_writes_only_what_has_changed() -> None:
    with ward([9, 9, 1]) as w:
        w.job(5)
        w.lines.clear()
        before = w.sql.total_changes
        assert w.job(6) == Observed(segment="hot", at=w.now, entered=0, left=0, back=0, re_entered=0)
        assert w.sql.total_changes == before + 1  # when the job looked
        assert w.lines == []
        assert find_segment(w.sql, "hot").observed_at == w.now


def test_each_line_of_a_job_has_a_bounded_number_of_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_job, "LEADS_PER_LINE", 2)
    with ward([9] * 5) as w:
        w.job(1)
        assert [each.entered for each in w.lines if isinstance(each, e.SegmentObserved)] == [
            (1, 2),
            (3, 4),
            (5,),
        ]


def test_a_segment_that_is_not_there_is_named_with_those_that_are() -> None:
    with ward() as w, pytest.raises(InputError, match="did you mean 'hot'"):
        w.job(1, "hott")
    with ward([9], dialing(), segments=[]) as w, pytest.raises(InputError, match="the store has no segment"):
        w.job(1)


# --- leaving --------------------------------------------------------------------------------------


def test_while_seen_out_a_lead_is_not_dialed() -> None:
    with ward(reset=False) as w:
        w.job(1)
        w.score(1, 1)
        assert w.job(5).held == 1
        assert w.case(1, "due_at", "waits_for", "wanted_at") == (None, Hold.SEGMENT, START + MINUTE)
        w.minute = 60
        assert w.claim() == []


def test_out_holds_a_retry_and_in_dials_it_at_the_later_of_its_due_time_and_the_job() -> None:
    for due, resumed in ((3, 6), (30, 30)):
        with ward(reset=False) as w:
            w.job(1)
            w.change_case(1, status="CUSTOMER_RESCHEDULED", rank=1, due_at=START + due * MINUTE)
            out_and_in(w, 2, 6)
            assert w.case(1, "due_at", "waits_for") == (START + resumed * MINUTE, None)


def test_a_retry_that_was_scheduled_goes_on_as_planned_if_nobody_saw_the_lead_leave() -> None:
    with ward() as w:
        w.job(5)
        w.change_case(1, status="CUSTOMER_RESCHEDULED", rank=1, due_at=START + 20 * MINUTE)
        before = w.case(1, *STATE)
        w.score(1, 1)
        w.score(1, 9)
        w.job(6)
        assert w.case(1, *STATE) == before


def test_a_closed_lead_stays_closed_if_nobody_saw_it_leave() -> None:
    with ward() as w:
        w.job(5)
        closed(w)
        before = w.case(1, *STATE)
        w.score(1, 1)
        w.score(1, 9)
        w.job(6)
        assert w.case(1, *STATE) == before


def test_another_segment_of_the_campaign_still_dials_the_lead_and_a_to_b_is_no_re_entry() -> None:
    with ward([9], dialing("hot", "warm")) as w:
        w.job(1)
        w.job(1, "warm")
        closed(w)
        w.score(1, 4)
        w.job(2, "warm")
        seen = w.job(2)
        assert (seen.left, seen.held) == (1, 0)
        assert w.case(1, "status", "cycle") == ("CUSTOMER_FAILED", 1)
        w.change_case(1, due_at=w.now, status="CUSTOMER_RESCHEDULED", rank=1)
        assert w.claim() == [1]


def test_a_campaign_that_dials_the_lead_through_another_segment_is_not_held_with_the_first() -> None:
    with ward([4], dialing("hot"), dialing("everyone", name="news"), segments=[HOT, EVERYONE]) as w:
        w.score(1, 9)
        w.job(1)
        w.job(1, "everyone")
        w.score(1, 1)
        w.job(2)
        assert w.case(1, "waits_for") == Hold.SEGMENT
        assert w.case(1, "waits_for", name="news") is None


def test_a_case_that_another_campaign_kept_from_it_waits_for_the_segment_and_is_asked_again_afterwards() -> (
    None
):
    with ward(reset=False) as w:
        w.job(1)
        w.sql.execute("UPDATE leads SET owner = 'other', owned_until = ?", (START + DAY,))
        assert w.claim() == []
        assert w.case(1, "waits_for") == Hold.OWNERSHIP
        out_and_in(w, 2, 3)
        assert w.case(1, "waits_for", "due_at") == (None, w.now)
        assert w.claim() == []
        assert w.case(1, "waits_for") == Hold.OWNERSHIP


@pytest.mark.parametrize("hold", sorted(set(Hold) - {Hold.SEGMENT}))
def test_a_case_that_waits_for_something_else_waits_for_the_segment_first_and_is_asked_again(
    hold: Hold,
) -> None:
    with ward(reset=False) as w:
        w.job(1)
        wanted = START + 30 * MINUTE
        w.score(1, 1)
        w.change_case(1, due_at=None, waits_for=hold, wanted_at=wanted, wakes_at=START + DAY)
        assert w.job(2).held == 1
        assert w.case(1, "waits_for", "wanted_at", "wakes_at") == (Hold.SEGMENT, wanted, None)
        w.score(1, 9)
        w.job(3)
        assert w.case(1, "waits_for", "due_at") == (None, wanted)


def test_the_engine_is_told_that_an_agent_has_no_own_callback_while_its_lead_is_outside() -> None:
    with ward(reset=False) as w:
        w.job(1)
        w.change_case(
            1, status="CALLBACK", rank=0, callback_agent="ann", callback_at=START, waits_for=Hold.AGENT
        )
        w.change_case(1, due_at=None, wanted_at=START)
        w.score(1, 1)
        w.job(2)
        assert w.lines[-1] == e.CallbacksKnown(rows=(("offers", "ann", None),))


@pytest.mark.parametrize("hold", [Hold.LIST, Hold.OWNERSHIP])
def test_a_new_cycle_leaves_a_hold_for_another_reason_as_it_is(hold: Hold) -> None:
    with ward([9], dialing("hot", "everyone"), segments=[HOT, EVERYONE]) as w:
        w.job(1)
        w.job(1, "everyone")
        w.change_case(1, due_at=None, waits_for=hold, wanted_at=START, wakes_at=START + DAY)
        assert out_and_in(w).renewed == 1
        assert w.case(1, "cycle", "due_at", "waits_for") == (2, None, hold)
        assert w.case(1, "wanted_at", "wakes_at") == (w.now, START + DAY)


# --- coming back ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", CLOSED)
def test_on_a_true_re_entry_every_closed_case_begins_a_new_cycle(status: CaseStatus) -> None:
    with ward() as w:
        w.job(1)
        case = closed(w, status)
        seen = out_and_in(w)
        assert (seen.re_entered, seen.renewed) == (1, 1)
        assert w.case(1, "id", "status", "cycle", "rank") == (case, "NEW", 2, Rank.NEW)
        assert w.case(1, "agent_attempts", "customer_attempts", "results") == (0, 0, "{}")
        assert w.case(1, "agent_limit", "final", "exhausted") == (None, 0, 0)
        assert w.case(1, "due_at") == w.now
        assert w.claim() == [1]


def test_no_new_case_is_created_on_re_entry() -> None:
    with ward() as w:
        w.job(1)
        closed(w)
        assert out_and_in(w).created == 0
        assert w.sql.execute("SELECT count(*) FROM cases").fetchone() == (1,)


def test_calls_contact_status_and_ownership_stay_on_re_entry() -> None:
    with ward() as w:
        w.job(1)
        closed(w)
        w.change_case(1, reached_at=START)
        w.sql.execute("UPDATE leads SET calls = 3, owner = 'offers', owned_since = 1, owned_until = NULL")
        out_and_in(w)
        assert w.case(1, "calls", "failures", "reached_at") == (3, 3, START)
        assert w.sql.execute("SELECT calls, owner, owned_since FROM leads").fetchone() == (3, "offers", 1)


def test_a_lead_that_must_not_be_called_is_not_reopened() -> None:
    with ward() as w:
        w.job(1)
        w.change_case(1, status="DNC", due_at=None, final=1)
        assert out_and_in(w).renewed == 0
        assert w.case(1, "status", "due_at", "cycle") == ("DNC", None, 1)


def test_by_default_the_setting_is_off_and_a_re_entry_resets_nothing() -> None:
    with ward([9], dialing("warm"), segments=[WARM, EVERYONE]) as w:
        w.score(1, 4)
        w.job(1, "warm")
        closed(w)
        before = w.case(1, *STATE)
        w.score(1, 1)
        w.job(2, "warm")
        w.score(1, 4)
        seen = w.job(3, "warm")
        assert (seen.back, seen.re_entered) == (1, 0)
        assert w.case(1, *STATE) == before


def test_switching_the_setting_on_resets_nobody_who_is_inside() -> None:
    with ward(reset=False) as w:
        w.job(1)
        closed(w)
        before = w.case(1, *STATE)
        assert w.switch(on=True)
        w.job(2)
        assert w.case(1, *STATE) == before


def test_only_an_exit_seen_after_the_switch_counts() -> None:
    with ward(reset=False) as w:
        w.job(1)
        closed(w)
        w.score(1, 1)
        w.job(2)
        w.minute = 3
        w.switch(on=True)
        w.job(4)  # still out: renews nothing
        w.score(1, 9)
        assert w.job(5).re_entered == 0
        assert out_and_in(w, 6, 7).re_entered == 1


def test_saving_on_again_while_the_lead_is_out_renews_nothing() -> None:
    with ward() as w:
        w.job(1)
        closed(w)
        w.score(1, 1)
        w.job(2)
        w.minute = 3
        assert not w.switch(on=True)
        w.score(1, 9)
        assert w.job(4).re_entered == 1


def test_switched_off_before_the_lead_is_back_the_setting_does_nothing() -> None:
    with ward() as w:
        w.job(1)
        closed(w)
        w.score(1, 1)
        w.job(2)
        w.switch(on=False)
        w.score(1, 9)
        assert w.job(3).re_entered == 0
        assert w.case(1, "status") == "CUSTOMER_FAILED"


def test_off_and_on_again_while_the_lead_is_out_forgets_the_exit() -> None:
    with ward() as w:
        w.job(1)
        closed(w)
        w.score(1, 1)
        w.job(2)
        w.minute = 3
        w.switch(on=False)
        w.switch(on=True)
        w.score(1, 9)
        assert w.job(4).re_entered == 0


def test_a_job_at_the_instant_of_the_switch_counts_if_it_comes_after_it() -> None:
    for switch_first in (True, False):
        with ward(reset=False) as w:
            w.job(1)
            w.score(1, 1)
            w.minute = 2
            if switch_first:
                w.switch(on=True)
                w.job(2)
            else:
                w.job(2)
                w.switch(on=True)
            w.score(1, 9)
            assert (w.job(3).re_entered == 1) is switch_first


def test_a_lead_may_re_enter_again_and_again() -> None:
    with ward() as w:
        w.job(1)
        for cycle in (2, 3, 4):
            closed(w)
            out_and_in(w, 2 * cycle, 2 * cycle + 1)
            assert w.case(1, "cycle", "customer_attempts") == (cycle, 0)


def test_a_reset_replaces_a_retry_that_was_held() -> None:
    with ward() as w:
        w.job(1)
        w.change_case(
            1, status="CUSTOMER_RESCHEDULED", rank=1, customer_attempts=2, due_at=START + 300 * MINUTE
        )
        out_and_in(w)
        assert w.case(1, "status", "customer_attempts", "due_at", "waits_for") == ("NEW", 0, w.now, None)


@pytest.mark.parametrize(("due", "then"), [(300, 300), (3, 6)])
def test_a_callback_keeps_its_time_and_its_promise(due: int, then: int) -> None:
    with ward() as w:
        w.job(1)
        promised = START + due * MINUTE
        w.change_case(1, status="CALLBACK", rank=0, due_at=promised, callback_at=promised)
        out_and_in(w)
        assert w.case(1, "status", "rank", "cycle") == ("CALLBACK", 0, 2)
        assert w.case(1, "due_at", "callback_at") == (START + then * MINUTE, promised)


def test_a_callback_that_other_segments_still_dial_is_not_moved_by_a_re_entry() -> None:
    with ward([9], dialing("hot", "everyone"), segments=[HOT, EVERYONE]) as w:
        w.job(1)
        w.job(1, "everyone")
        due = START + 3 * MINUTE
        w.change_case(1, status="CALLBACK", rank=0, due_at=due, callback_at=due)
        out_and_in(w)
        assert w.case(1, "status", "due_at", "cycle") == ("CALLBACK", due, 2)


def test_a_re_entry_renews_the_case_in_every_campaign_that_dials_this_segment_and_in_no_other() -> None:
    with ward(
        [9],
        dialing("hot"),
        dialing("hot", "everyone", name="news"),
        dialing("everyone", name="other"),
        segments=[HOT, EVERYONE],
    ) as w:
        w.job(1)
        w.job(1, "everyone")
        out_and_in(w)
        cycles = [w.case(1, "cycle", name=name) for name in ("offers", "news", "other")]
        assert cycles == [2, 2, 1]


# --- live calls -----------------------------------------------------------------------------------


def test_a_job_never_touches_a_live_call() -> None:
    with ward(reset=False) as w:
        w.job(1)
        assert w.claim() == [1]
        before = w.case(1, *STATE)
        w.score(1, 1)
        assert w.job(2).held == 0
        assert w.case(1, *STATE) == before
        w.score(1, 9)
        assert w.job(3).resumed == 0
        assert w.case(1, *STATE) == before


def test_a_reset_seen_during_a_call_is_noted_for_its_settlement() -> None:
    with ward() as w:
        w.job(1)
        w.claim()
        before = w.case(1, *STATE)
        seen = out_and_in(w)
        assert (seen.renewed, seen.noted) == (0, 1)
        assert w.case(1, *STATE) == before
        assert w.case(1, "reset_at") == w.now
        noted = w.lines[-1]
        assert isinstance(noted, e.CasesChanged)
        assert (noted.reason, noted.columns) == (ChangeReason.RE_ENTERED, ("reset_at",))


def test_only_the_case_that_is_in_the_call_waits_for_it() -> None:
    with ward([9], dialing("hot"), dialing("hot", name="news")) as w:
        w.job(1)
        assert w.claim() == [1]
        seen = out_and_in(w)
        assert (seen.renewed, seen.noted) == (1, 1)
        assert w.case(1, "cycle", name="news") == 2


# --- all or nothing -------------------------------------------------------------------------------


def test_a_job_that_did_not_commit_observed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with ward() as w:
        w.job(1)
        closed(w)
        w.score(1, 1)
        with monkeypatch.context() as broken:
            broken.setattr(segment_job, "_follow", _broken)
            with pytest.raises(RuntimeError):
                w.job(2)
        w.score(1, 9)
        assert w.job(3).re_entered == 0
        assert w.case(1, "status") == "CUSTOMER_FAILED"


def _broken(*_: object) -> Any:
    raise RuntimeError("the disk is full")


# --- what a campaign dials ------------------------------------------------------------------------


def test_a_campaign_that_gets_a_segment_takes_up_those_who_are_in_it() -> None:
    with ward([9, 1]) as w:
        w.job(1)
        w.configure([HOT], [dialing("hot"), dialing("hot", name="news")])
        w.do(take_up_segments)
        assert w.claim(name="news") == [1]


def test_a_campaign_that_loses_a_segment_holds_who_is_in_no_other() -> None:
    with ward([9, 4], dialing("hot", "warm")) as w:
        w.job(1)
        w.job(1, "warm")
        w.configure([HOT, WARM], [dialing("warm")])
        w.do(take_up_segments)
        assert w.case(1, "waits_for") == Hold.SEGMENT
        assert w.claim() == [2]
        w.configure([HOT, WARM], [dialing("hot", "warm")])
        w.do(take_up_segments)
        assert w.claim() == [1]


def test_a_campaign_that_dials_lists_again_holds_nobody() -> None:
    with ward([9]) as w:
        w.job(1)
        w.score(1, 1)
        w.job(2)
        policy = dialing(lists=("people",))
        w.configure([HOT], [policy])
        w.do(take_up_segments)
        assert w.case(1, "waits_for") is None
        assert w.claim() == [1]


def test_a_job_takes_up_first_what_a_configuration_has_changed() -> None:
    with ward([9]) as w:
        w.job(1)
        w.configure([HOT], [dialing("hot"), dialing("hot", name="news")])
        w.job(2)
        assert w.case(1, "due_at", name="news") == w.now


# --- defining and counting ------------------------------------------------------------------------


def test_an_engine_begins_with_how_each_segment_is_set() -> None:
    with ward() as w:
        w.do(tell_segments)
        assert [each for each in w.lines if isinstance(each, e.SegmentConfigured)] == [
            e.SegmentConfigured(segment="hot", reset_on_reentry=True, since=START),
            e.SegmentConfigured(segment="warm", reset_on_reentry=False, since=None),
        ]


def test_a_setting_that_a_configuration_leaves_out_stays_as_it_was_set() -> None:
    with ward() as w:
        w.switch(on=True, segment="warm")
        w.configure([HOT, WARM], [dialing("hot")])
        assert find_segment(w.sql, "warm").setting.on


def test_another_condition_is_seen_by_the_next_job() -> None:
    with ward([9]) as w:
        w.job(1)
        w.do(define(EVERYONE))
        w.score(1, 1)
        w.do(define(type(HOT)(name="hot", condition=EVERYONE.condition)))
        assert w.job(2).left == 0
        assert find_segment(w.sql, "hot").setting.on
        assert [each.name for each in segments(w.sql)] == ["everyone", "hot", "warm"]


def test_a_segment_counts_its_leads_and_their_cases() -> None:
    with ward([9, 9, 9, 1]) as w:
        w.job(1)
        closed(w)
        w.score(2, 1)
        w.job(2)
        counts = count_segment(w.sql, find_segment(w.sql, "hot"))
        assert (counts.inside, counts.outside) == (2, 1)
        assert (counts.cases, counts.held, counts.closed) == (3, 1, 1)
