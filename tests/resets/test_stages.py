"""What the stages offer and count, in the store."""

import pytest
from hypothesis import given, settings, strategies as st

from engine.domain.time import DAY, HOUR, SECOND
from engine.domain.words import CampaignState, CaseStatus
from engine.errors import InputError
from engine.resets.eligibility import (
    CaseState,
    LeadHistory,
    Obstacle,
    has_properties,
    is_in_settings,
    obstacles,
)
from engine.resets.request import (
    AgeRange,
    Callable,
    DurationRange,
    Exceptions,
    Properties,
    ResetRequest,
    Results,
    Settings,
)
from engine.store.resets.matching import checked, preview, tally
from engine.store.resets.offered import offered_lists, statuses_of_codes, suppliers
from tests.resets.stand import EVERYTHING, NOW, request, stand

# --- stage 1 --------------------------------------------------------------------------------------


def test_lists_are_grouped_into_running_and_active_and_inactive_ones_are_never_offered() -> None:
    with stand() as at:
        for name in ("waiting", "spring"):
            at.add_list(name)
        at.add_list("old", active=False)
        at.campaign("paused", "waiting", state=CampaignState.PAUSED)
        for name in ("people", "waiting", "spring", "old"):
            at.lead(of=name)
        offered = [(each.name, each.running) for each in offered_lists(at.sql, None, now=NOW)]
        assert offered == [("people", True), ("spring", False), ("waiting", False)]
        with pytest.raises(InputError, match="'old' is not active"):
            at.preview(request(lists=("old",)))


def test_a_list_that_a_running_campaign_dials_through_a_segment_is_running() -> None:
    with stand() as at:
        at.add_list("hot")
        at.campaign("callers")
        at.sql.execute("INSERT INTO segments (id, name, condition) VALUES (1, 'warm', '{}')")
        at.sql.execute("INSERT INTO campaign_segments (campaign, segment_id) VALUES ('callers', 1)")
        at.case(at.lead(of="hot"), CaseStatus.NEW, of="callers")
        assert [each.running for each in offered_lists(at.sql, None, now=NOW) if each.name == "hot"] == [True]


def test_a_list_shows_if_any_record_is_of_the_age_and_only_such_records_count() -> None:
    with stand() as at:
        at.add_list("new")
        for days in (1, 5, 9):
            at.lead(imported_at=NOW - days * DAY)
        at.lead(of="new")
        offered = offered_lists(at.sql, AgeRange(least=5, most=9), now=NOW)
        assert [(each.name, each.records) for each in offered] == [("people", 2)]


def test_an_unknown_list_is_told_with_the_one_that_was_meant() -> None:
    with stand() as at, pytest.raises(InputError, match="did you mean 'people'"):
        at.preview(request(lists=("poeple",)))


# --- stages 2 and 3 -------------------------------------------------------------------------------


def test_stages_two_and_three_count_the_phones_of_matching_leads() -> None:
    with stand() as at:
        at.failed(at.lead(phones=3))
        at.failed(at.lead(phones=2, last_disposition="busy"))
        counted = tally(at.sql, request(), now=NOW)
        assert counted.matching_phones == 5
        assert counted.phones_of(("busy",)) == 2


def test_leads_never_called_count_at_stage_two_only() -> None:
    with stand() as at:
        at.failed(at.lead())
        at.case(at.lead(phones=2, last_disposition=None), CaseStatus.NEW, due_at=NOW)
        at.lead(last_disposition=None)  # of no campaign at all
        counted = tally(at.sql, request(), now=NOW)
        assert counted.matching_phones == 4
        assert counted.phones_of(("no-answer", "busy", "machine", "sale")) == 1
        assert at.matched(request()) == [1]


def test_the_number_goes_down_with_the_choices_of_the_second_stage() -> None:
    with stand() as at:
        at.failed(at.lead())
        at.case(at.lead(), CaseStatus.CUSTOMER_RESCHEDULED, due_at=NOW)
        counts = [
            tally(at.sql, request(properties=properties), now=NOW).matching_phones
            for properties in (
                EVERYTHING,
                Properties(),
                Properties(callable=Callable.FINALLED, override_max=True),
            )
        ]
        assert counts == [2, 1, 1]


def test_result_codes_are_those_of_the_ticked_lead_statuses() -> None:
    with stand() as at:
        at.lead(last_disposition="odd-code")  # of no configuration
        groups = statuses_of_codes(at.sql, {"odd-code"})
        assert groups == {
            "contacted": ["odd-code", "sale"],
            "dropped": ["abandoned"],
            "machine": ["machine"],
            "no-contact": ["busy", "no-answer"],
        }
        one = ResetRequest(
            settings=Settings(lists=("people",)), results=Results(statuses=("machine",), codes=("busy",))
        )
        with pytest.raises(InputError, match="belongs to the lead status 'no-contact', which is not ticked"):
            checked(at.sql, one)


def test_every_code_of_the_ticked_statuses_may_be_meant() -> None:
    with stand() as at:
        one = ResetRequest(
            settings=Settings(lists=("people",)), results=Results(statuses=("no-contact",), codes=("all",))
        )
        assert checked(at.sql, one).results.codes == ("busy", "no-answer")


def test_nothing_ticked_selects_nothing_and_is_refused_with_every_reason() -> None:
    with stand() as at, pytest.raises(InputError) as refused:
        checked(at.sql, ResetRequest())
    assert len(refused.value.problems) == 2


def test_suppliers_are_those_of_the_lists_as_they_were_at_import() -> None:
    with stand() as at:
        at.add_list("more")
        for supplier, name in (("b", "people"), ("a", "people"), ("c", "more"), (None, "people")):
            at.lead(of=name, supplier=supplier)
        assert suppliers(at.sql, ("people",)) == ["a", "b"]


# --- stage 4 --------------------------------------------------------------------------------------


def test_the_summary_counts_leads_by_the_result_code_of_their_last_attempt() -> None:
    with stand() as at:
        for code in ("busy", "busy", "no-answer"):
            at.failed(at.lead(phones=4, last_disposition=code))
        found = at.preview(request())
        assert found.matched == 3
        assert dict(found.codes) == {"busy": 2, "no-answer": 1}


def test_the_summary_tells_who_is_kept_out_and_by_what() -> None:
    with stand() as at:
        at.case(at.lead(), CaseStatus.COMPLETED, final=1)
        at.failed(at.lead(), final=1)
        at.failed(at.lead(machine_at=NOW - HOUR))
        at.failed(at.lead(dnc_at=NOW))
        at.failed(at.lead(last_disposition="busy"))
        found = at.preview(request("no-answer", properties=Properties(override_max=True)))
        assert found.matched == 0
        assert dict(found.kept_out) == {
            Obstacle.FINAL: 2,
            Obstacle.PROTECTED: 1,
            Obstacle.DO_NOT_CALL: 1,
        }


# --- against the definition -----------------------------------------------------------------------

CODES = ("no-answer", "busy", "sale")
CASES = st.tuples(
    st.sampled_from([CaseStatus.NEW, CaseStatus.CALLBACK, CaseStatus.COMPLETED, CaseStatus.CUSTOMER_FAILED]),
    st.booleans(),
    st.booleans(),
)
LEADS = st.fixed_dictionaries(
    {
        "of": st.sampled_from(["people", "more"]),
        "phones": st.integers(1, 2),
        "imported_at": st.sampled_from([NOW, NOW - DAY, NOW - DAY + 1, NOW - 3 * DAY]),
        "supplier": st.sampled_from([None, "acme"]),
        "last_disposition": st.sampled_from([None, *CODES]),
        "last_duration": st.sampled_from([0, 4 * SECOND, 5 * SECOND, 6 * SECOND]),
        "machine_at": st.sampled_from([None, NOW - 24 * HOUR, NOW - 24 * HOUR + 1]),
        "abandoned_at": st.sampled_from([None, NOW - 72 * HOUR, NOW - 72 * HOUR + 1]),
        "dnc_at": st.sampled_from([None, None, None, NOW]),
    }
)
REQUESTS = st.builds(
    ResetRequest,
    settings=st.builds(
        Settings,
        override_compliance=st.booleans(),
        age=st.sampled_from([None, AgeRange(least=1, most=2), AgeRange(least=0, most=0)]),
        lists=st.sampled_from([("people",), ("people", "more")]),
    ),
    properties=st.builds(
        Properties,
        callable=st.sampled_from(Callable),
        override_final=st.booleans(),
        override_max=st.booleans(),
        duration=st.sampled_from([None, DurationRange(least=5 * SECOND, most=6 * SECOND)]),
        exceptions=st.sampled_from(Exceptions),
        supplier=st.sampled_from([None, "acme"]),
    ),
    results=st.builds(
        Results, statuses=st.just(("all",)), codes=st.sampled_from([CODES, ("busy",), ("sale", "busy")])
    ),
)


@settings(max_examples=150)
@given(leads=st.lists(st.tuples(LEADS, st.lists(CASES, max_size=2)), max_size=12), asked=REQUESTS)
def test_the_store_matches_and_counts_exactly_the_leads_that_the_decision_names(
    leads: list[tuple[dict[str, object], list[tuple[CaseStatus, bool, bool]]]], asked: ResetRequest
) -> None:
    with stand() as at:
        at.add_list("more")
        at.campaign("offers", "more")
        at.disposition("sale", "contacted", threshold=5 * SECOND)
        expected, phones = [], 0
        for given_, cases in leads:
            lead = at.lead(**given_)  # type: ignore[arg-type]
            states = []
            for campaign, (status, final, exhausted) in zip(("orders", "offers"), cases, strict=False):
                closed = status in (CaseStatus.COMPLETED, CaseStatus.CUSTOMER_FAILED)
                state = CaseState(status=status, final=closed and final, exhausted=closed and exhausted)
                states.append(state)
                at.case(lead, status, of=campaign, final=state.final, exhausted=state.exhausted)
            code = given_["last_disposition"]
            history = LeadHistory(
                list=given_["of"],  # type: ignore[arg-type]
                imported_at=given_["imported_at"],  # type: ignore[arg-type]
                supplier=given_["supplier"],  # type: ignore[arg-type]
                last_code=code,  # type: ignore[arg-type]
                last_duration=None if code is None else given_["last_duration"],  # type: ignore[arg-type]
                machine_at=given_["machine_at"],  # type: ignore[arg-type]
                abandoned_at=given_["abandoned_at"],  # type: ignore[arg-type]
                do_not_call=given_["dnc_at"] is not None,
            )
            threshold = 5 * SECOND if code == "sale" else None
            if (
                is_in_settings(history, asked.settings, now=NOW)
                and has_properties(history, states, asked.properties, threshold=threshold)
                and not obstacles(history, states, asked, now=NOW)
            ):
                phones += given_["phones"]  # type: ignore[operator]
                if code in asked.results.codes:
                    expected.append(lead)
        whole = checked(at.sql, asked)
        assert preview(at.sql, whole, now=NOW).leads.tolist() == expected
        assert tally(at.sql, whole, now=NOW).matching_phones == phones
