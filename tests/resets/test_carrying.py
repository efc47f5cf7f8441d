"""Resets in the store: confirmed, carried out, recorded, audited, resumed and undone."""

import json
from typing import Any

import pytest

from engine.domain.time import DAY, HOUR
from engine.domain.words import CaseStatus, Hold, Rank
from engine.errors import InputError
from engine.journal import events as e
from engine.resets.request import Callable, Properties
from engine.store.audit import entries
from engine.store.resets.carrying import carry_out, is_unfinished
from engine.store.resets.preparing import ABANDONED_AFTER, PORTION_LEADS, confirm
from engine.store.resets.undoing import undo
from tests.resets.stand import NOW, request, stand

STATE = ("status", "rank", "due_at", "customer_limit", "customer_attempts", "final", "exhausted")


# --- what happens to leads ------------------------------------------------------------------------


def test_a_lead_with_the_maximum_reached_is_dialable_for_one_further_call() -> None:
    with stand() as at:
        case = at.failed(at.lead())
        came = at.reset(request())
        assert (came.matched, came.reset, came.excluded) == (1, 1, {})
        assert at.of_case(case, *STATE) == ("CUSTOMER_RESCHEDULED", Rank.RETRY, NOW, 11, 10, 0, 0)


def test_a_reset_covers_all_cases_of_the_lead() -> None:
    with stand() as at:
        at.campaign("offers", "people")
        lead = at.lead()
        first = at.failed(lead)
        second = at.case(lead, CaseStatus.COMPLETED, of="offers", final=1)
        third_lead = at.lead()
        waiting = at.case(third_lead, CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW + DAY)
        fresh = at.case(third_lead, CaseStatus.NEW, of="offers", due_at=NOW - DAY)
        assert at.reset(request()).reset == 2
        assert [at.of_case(case, "due_at") for case in (first, second, waiting)] == [NOW] * 3
        assert at.of_case(fresh, "due_at", "rank") == (NOW - DAY, Rank.NEW), "it keeps its place"


def test_a_lead_is_reset_whole_or_not_at_all() -> None:
    with stand() as at:
        at.campaign("offers", "people")
        lead = at.lead()
        at.case(lead, CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW + DAY)
        at.case(lead, CaseStatus.COMPLETED, of="offers", final=1)
        assert at.matched(request(properties=Properties(callable=Callable.ACTIVE))) == []
        assert at.matched(request(properties=Properties(callable=Callable.ACTIVE, override_final=True))) == [
            lead
        ]


def test_reset_attempts_to_zero_begins_a_new_cycle_with_the_configured_limit_and_keeps_the_calls() -> None:
    with stand() as at:
        case = at.failed(at.lead(calls=11), calls=11, customer_limit=11, attempts=11)
        at.reset(request(zero=True))
        columns = ("status", "cycle", "customer_attempts", "customer_limit", "calls", "due_at")
        assert at.of_case(case, *columns) == ("NEW", 2, 0, None, 11, NOW)
        assert at.sql.execute("SELECT calls FROM leads").fetchone() == (11,)


def test_callbacks_keep_their_time_and_held_cases_stay_held() -> None:
    with stand() as at:
        promised = at.case(at.lead(), CaseStatus.CALLBACK, rank=Rank.CALLBACK, due_at=NOW + DAY)
        held = at.case(
            at.lead(),
            CaseStatus.CUSTOMER_RESCHEDULED,
            waits_for=Hold.OWNERSHIP,
            wanted_at=NOW + DAY,
            wakes_at=NOW + 2 * DAY,
        )
        assert at.reset(request()).reset == 2
        assert at.of_case(promised, "status", "due_at") == ("CALLBACK", NOW + DAY)
        columns = ("due_at", "waits_for", "wanted_at", "wakes_at")
        assert at.of_case(held, *columns) == (None, "ownership", NOW, NOW + 2 * DAY)


def test_ownership_is_left_alone() -> None:
    with stand() as at:
        at.failed(at.lead(owner="orders", owned_since=NOW, owned_until=NOW + DAY, owned_for=DAY))
        at.reset(request(zero=True))
        row = at.sql.execute("SELECT owner, owned_since, owned_until, owned_for FROM leads").fetchone()
        assert row == ("orders", NOW, NOW + DAY, DAY)


def test_a_closed_case_of_a_lead_outside_the_campaigns_segments_waits_until_it_is_in_one() -> None:
    with stand() as at:
        at.sql.execute("INSERT INTO segments (id, name, condition) VALUES (1, 'warm', '{}')")
        at.sql.execute("INSERT INTO campaign_segments (campaign, segment_id) VALUES ('orders', 1)")
        inside, outside = at.lead(), at.lead()
        cases = [at.failed(inside), at.failed(outside)]
        at.sql.execute(
            "INSERT INTO memberships VALUES (1, ?, 1, ?), (1, ?, 0, ?)", (inside, NOW, outside, NOW)
        )
        at.reset(request())
        assert [at.of_case(case, "due_at", "waits_for") for case in cases] == [
            (NOW, None),
            (None, Hold.SEGMENT),
        ]


def test_the_portions_of_a_big_reset_come_one_by_one() -> None:
    with stand() as at:
        count = 2 * PORTION_LEADS + 1
        for _ in range(count):
            at.failed(at.lead())
        reset = at.prepare(at.preview(request()))
        at.do(confirm(reset, user="sue"))
        assert is_unfinished(at.sql)
        assert [at.do(carry_out(1)).leads for _ in range(2)] == [PORTION_LEADS] * 2
        (half,) = at.sql.execute("SELECT count(*) FROM cases WHERE due_at IS NOT NULL").fetchone()
        assert half == 2 * PORTION_LEADS
        while at.do(carry_out(2)) is not None:
            pass
        assert not is_unfinished(at.sql)
        assert at.sql.execute("SELECT count(*) FROM cases WHERE due_at = ?", (NOW,)).fetchone() == (count,)


# --- confirming re-checks -------------------------------------------------------------------------


def test_confirming_rechecks_every_previewed_lead_and_adds_none() -> None:
    with stand() as at:
        at.add_list("closing")
        leads = [at.lead(of="closing" if number == 5 else "people") for number in range(7)]
        cases = [at.failed(lead) for lead in leads]
        late = at.lead(machine_at=NOW - HOUR)  # protected, so not previewed
        at.failed(late)
        asked = request(lists=("people", "closing"), properties=Properties(override_max=True))
        reset = at.prepare(at.preview(asked))
        at.live(cases[0])
        at.sql.execute("UPDATE leads SET dnc_at = ? WHERE id = ?", (NOW, leads[1]))
        at.sql.execute("UPDATE leads SET machine_at = ?, last_attempt = 99 WHERE id = ?", (NOW, leads[2]))
        at.sql.execute("UPDATE leads SET last_attempt = 99 WHERE id = ?", (leads[3],))
        at.sql.execute("UPDATE cases SET final = 1 WHERE id = ?", (cases[4],))
        at.sql.execute("UPDATE lists SET active = 0 WHERE name = 'closing'")
        at.sql.execute("UPDATE leads SET machine_at = NULL WHERE id = ?", (late,))  # would match by now
        came = at.carry_out(reset)
        assert came.excluded == {
            "being-called": 1,
            "changed-since": 1,
            "dialed-since": 1,
            "do-not-call": 1,
            "list-inactive": 1,
            "protected-since": 1,
        }
        assert came.matched == 7 == came.reset + sum(came.excluded.values())
        assert [at.of_case(case, "status") for case in cases].count("CUSTOMER_RESCHEDULED") == 1
        assert at.of_case(cases[6], "due_at") == NOW


def test_the_lead_and_the_reason_are_on_record() -> None:
    with stand() as at:
        case = at.failed(at.lead())
        reset = at.prepare(at.preview(request()))
        at.live(case)
        at.carry_out(reset)
        (text,) = at.sql.execute("SELECT excluded FROM reset_portions").fetchone()
        assert json.loads(text) == [[1, "being-called"]]


def test_a_reset_at_the_confirmation_not_at_the_preview() -> None:
    with stand() as at:
        case = at.failed(at.lead())
        reset = at.prepare(at.preview(request()))
        at.now += HOUR // 2
        at.carry_out(reset)
        assert at.of_case(case, "due_at") == NOW + HOUR // 2


def test_a_preview_that_nobody_confirmed_is_nothing_and_is_swept_away() -> None:
    with stand() as at:
        at.failed(at.lead())
        old = at.prepare(at.preview(request()))
        assert at.do(carry_out(1)) is None
        at.now += ABANDONED_AFTER + 1
        new = at.prepare(at.preview(request()))
        assert at.sql.execute("SELECT DISTINCT reset_id FROM reset_portions").fetchall() == [(new,)]
        with pytest.raises(InputError, match="waits for no confirmation"):
            at.do(confirm(old, user="sue"))
        at.carry_out(new)
        with pytest.raises(InputError, match="waits for no confirmation"):
            at.do(confirm(new, user="sue"))


def test_overriding_compliance_includes_protected_leads() -> None:
    with stand() as at:
        at.failed(at.lead(machine_at=NOW - HOUR))
        at.failed(at.lead(abandoned_at=NOW - 71 * HOUR))
        assert at.matched(request()) == []
        assert at.reset(request(override_compliance=True)).reset == 2


# --- the record -----------------------------------------------------------------------------------


def test_every_reset_and_override_is_audited_with_the_user_the_choices_and_the_counts() -> None:
    with stand() as at:
        at.failed(at.lead())
        at.reset(request(override_compliance=True))
        told = [(each.user, each.action, each.subject, each.count) for each in entries(at.sql)]
        assert told == [
            ("sue", "leads reset", "reset 1", 1),
            ("sue", "leads reset override-compliance", "reset 1", 1),
            ("sue", "leads reset done", "reset 1", 1),
        ]
        (first, *_) = entries(at.sql)
        assert first.details["settings"]["override_compliance"] is True
        at.reset(request())
        assert [each.action for each in entries(at.sql)][3:] == ["leads reset", "leads reset done"]


def test_the_journal_tells_of_the_reset_and_of_every_case() -> None:
    with stand() as at:
        case = at.failed(at.lead())
        at.reset(request())
        confirmed, changed, done = (line for line in at.lines if not isinstance(line, e.AuditWritten))
        assert isinstance(confirmed, e.ResetConfirmed)
        assert (confirmed.matched, confirmed.override_max, confirmed.zero) == (1, True, False)
        assert isinstance(changed, e.CasesChanged)
        assert [row[0] for row in changed.rows] == [case]
        assert isinstance(done, e.ResetDone)
        assert (done.leads, done.excluded) == (1, {})


def test_who_takes_up_a_reset_that_a_crash_left_is_audited() -> None:
    with stand() as at:
        at.failed(at.lead())
        at.do(confirm(at.prepare(at.preview(request())), user="sue"))
        at.do(carry_out(1, resumed_by="tom"))
        assert [(each.user, each.action) for each in entries(at.sql)][1:] == [("tom", "leads reset resume")]
        at.do(carry_out(1))
        assert [(each.user, each.action) for each in entries(at.sql)][2:] == [("sue", "leads reset done")]


# --- taking it back -------------------------------------------------------------------------------


@pytest.mark.parametrize("zero", [False, True])
def test_a_reset_that_nothing_has_acted_on_can_be_undone(zero: bool) -> None:
    with stand() as at:
        cases = [
            at.failed(at.lead(), customer_limit=11, attempts=11),
            at.case(at.lead(), CaseStatus.COMPLETED, final=1, results='{"busy": 1}'),
            at.case(at.lead(), CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW + DAY),
        ]
        columns = (
            "status",
            "cycle",
            "rank",
            "due_at",
            "customer_limit",
            "customer_attempts",
            "final",
            "exhausted",
        )
        before = [at.of_case(case, *columns, "results") for case in cases]
        at.reset(request(zero=zero))
        assert [at.of_case(case, *columns, "results") for case in cases] != before
        assert at.do(undo(1, user="sue")) == 3
        assert [at.of_case(case, *columns, "results") for case in cases] == before
        assert [each.action for each in entries(at.sql)][-1] == "leads reset-undo"
        assert at.sql.execute("SELECT state FROM resets").fetchone() == ("undone",)
        with pytest.raises(InputError, match="was undone already"):
            at.do(undo(1, user="sue"))


@pytest.mark.parametrize(
    "acted",
    [
        {"due_at": None},  # claimed
        {"due_at": None, "waits_for": "ownership", "wanted_at": NOW},  # held by a gate
        {"status": CaseStatus.COMPLETED, "due_at": None},  # settled
        {"due_at": NOW + 1},  # recycled
    ],
)
def test_a_reset_that_anything_has_acted_on_stays(acted: dict[str, Any]) -> None:
    with stand() as at:
        at.failed(at.lead())
        case = at.failed(at.lead())
        at.reset(request())
        sets = ", ".join(f"{column} = ?" for column in acted)
        at.sql.execute(f"UPDATE cases SET {sets} WHERE id = ?", (*acted.values(), case))
        with pytest.raises(InputError, match="1 of its 2 leads were dialed, held or changed since"):
            at.do(undo(1, user="sue"))
        assert at.of_case(1, "due_at") == NOW


def test_a_call_in_a_case_that_the_reset_left_as_it_was_keeps_it_from_being_undone() -> None:
    with stand() as at:
        at.failed(at.lead())
        waiting = at.case(at.lead(), CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW - DAY)
        at.reset(request())
        at.live(waiting)
        with pytest.raises(InputError, match="1 of its 2 leads"):
            at.do(undo(1, user="sue"))


def test_an_undo_needs_a_reset_that_is_done() -> None:
    with stand() as at:
        at.failed(at.lead())
        reset = at.prepare(at.preview(request()))
        with pytest.raises(InputError, match="there is no reset"):
            at.do(undo(reset, user="sue"))
        at.do(confirm(reset, user="sue"))
        with pytest.raises(InputError, match="is not done yet"):
            at.do(undo(reset, user="sue"))
        with pytest.raises(InputError, match="there is no reset 7"):
            at.do(undo(7, user="sue"))
