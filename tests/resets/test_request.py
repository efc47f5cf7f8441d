"""Requests: what makes sense, which leads an age means, and how choices are said and written down."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from engine.config.resets import choose, read_age, read_length, write_age, write_length
from engine.domain.time import DAY, MINUTE, SECOND, instant
from engine.resets.plain import plain_request, plain_stage, request_of, with_stage
from engine.resets.request import (
    AgeRange,
    Callable,
    DateRange,
    DurationRange,
    Exceptions,
    Properties,
    RecordAge,
    ResetRequest,
    Results,
    Settings,
    Stage,
    imported_within,
    results_refusal,
    settings_refusal,
)

NOW = instant(datetime(2026, 3, 2, 9, tzinfo=UTC))

AGES: st.SearchStrategy[RecordAge] = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
        lambda days: AgeRange(least=min(days), most=max(days))
    ),
    st.tuples(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 60)).map(
        lambda each: DateRange(
            first=each[0], last=date.fromordinal(each[0].toordinal() + each[1]), zone="Europe/London"
        )
    ),
)
LENGTHS = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 99), st.integers(0, 99), st.sampled_from([SECOND, MINUTE])).map(
        lambda each: DurationRange(least=min(each[:2]) * each[2], most=max(each[:2]) * each[2])
    ),
)
REQUESTS = st.builds(
    lambda settings, properties, results, zero: ResetRequest(
        settings=settings, properties=properties, results=results, zero=zero and properties.override_max
    ),
    st.builds(
        Settings, override_compliance=st.booleans(), age=AGES, lists=st.sampled_from([(), ("a",), ("a", "b")])
    ),
    st.builds(
        Properties,
        callable=st.sampled_from(Callable),
        override_final=st.booleans(),
        override_max=st.booleans(),
        duration=LENGTHS,
        exceptions=st.sampled_from(Exceptions),
        supplier=st.sampled_from([None, "acme"]),
    ),
    st.builds(Results, statuses=st.sampled_from([(), ("x",)]), codes=st.sampled_from([(), ("y", "z")])),
    st.booleans(),
)


def test_an_age_in_days_is_whole_days_since_the_import_with_both_ends_included() -> None:
    since, before = imported_within(AgeRange(least=1, most=2), now=NOW)
    assert since is not None
    assert before is not None
    for age, within in (
        (DAY - 1, False),  # not a whole day yet
        (DAY, True),
        (3 * DAY - 1, True),  # two whole days
        (3 * DAY, False),
    ):
        assert (since <= NOW - age < before) is within


def test_a_date_range_has_both_dates_in_its_zone() -> None:
    age = DateRange(first=date(2026, 3, 28), last=date(2026, 3, 29), zone="Europe/London")
    since, before = imported_within(age, now=NOW)
    assert since == instant(datetime(2026, 3, 28, tzinfo=UTC))
    assert before == instant(datetime(2026, 3, 29, 23, tzinfo=UTC))  # the clocks went forward


def test_all_records_have_no_bounds() -> None:
    assert imported_within(None, now=NOW) == (None, None)


def test_a_range_goes_from_less_to_more() -> None:
    with pytest.raises(ValueError, match="from fewer to more"):
        AgeRange(least=3, most=2)
    with pytest.raises(ValueError, match="begins before"):
        DateRange(first=date(2026, 3, 2), last=date(2026, 3, 1))
    with pytest.raises(ValueError, match="shorter to longer"):
        DurationRange(least=2, most=1)


def test_resetting_attempts_to_zero_goes_with_overriding_the_maximum() -> None:
    with pytest.raises(ValueError, match="goes with overriding the maximum"):
        ResetRequest(zero=True)
    assert ResetRequest(properties=Properties(override_max=True), zero=True).zero


def test_the_default_protects_and_takes_every_record_of_no_list() -> None:
    request = ResetRequest()
    assert not request.settings.override_compliance
    assert request.settings.age is None
    assert settings_refusal(request.settings) is not None
    assert settings_refusal(Settings(lists=("people",))) is None


def test_nothing_ticked_selects_nothing_and_next_is_refused() -> None:
    assert "no lead status is ticked" in (results_refusal(Results()) or "")
    assert "no result code is ticked" in (results_refusal(Results(statuses=("no-contact",))) or "")
    assert results_refusal(Results(statuses=("no-contact",), codes=("busy",))) is None


@given(request=REQUESTS)
def test_a_request_is_read_as_it_was_written(request: ResetRequest) -> None:
    assert request_of(plain_request(request)) == request


@given(request=REQUESTS, other=REQUESTS, stage=st.sampled_from(Stage))
def test_a_stage_is_taken_over_alone_and_never_with_zero(
    request: ResetRequest, other: ResetRequest, stage: Stage
) -> None:
    plain = plain_stage(request, stage)
    assert "zero" not in plain
    taken = with_stage(other, stage, plain)
    assert plain_stage(taken, stage) == plain
    for untouched in set(Stage) - {stage}:
        assert plain_stage(taken, untouched) == plain_stage(other, untouched)
    assert taken.zero <= other.zero


@given(age=AGES)
def test_an_age_is_read_as_it_is_shown(age: RecordAge) -> None:
    assert read_age(write_age(age)) == age


@given(length=LENGTHS)
def test_a_range_of_durations_is_read_as_it_is_shown(length: DurationRange | None) -> None:
    assert read_length(write_length(length)) == length


def test_durations_are_given_in_seconds_or_minutes() -> None:
    assert read_length("5-30s") == DurationRange(least=5 * SECOND, most=30 * SECOND)
    assert read_length("1-2m") == DurationRange(least=MINUTE, most=2 * MINUTE)


@pytest.mark.parametrize(
    ("choice", "text", "wrong"),
    [
        ("age", "5", "an age is all"),
        ("age", "2026-01-01..2026-13-01", "a date is wanted"),
        ("age", "2026-01-01..2026-02-01 Mars/Base", "a time zone is wanted"),
        ("duration", "5s", "a range of durations"),
        ("callable", "all", "finalled, active or everything"),
        ("override-max", "true", "yes or no"),
        ("zero", "yes", "goes with overriding"),
    ],
)
def test_a_choice_that_makes_no_sense_is_told_with_what_would_be_right(
    choice: str, text: str, wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        choose(ResetRequest(), choice, text)


def test_choices_are_made_by_name() -> None:
    request = ResetRequest()
    for choice, text in {
        "lists": "people, more",
        "override-compliance": "yes",
        "callable": "finalled",
        "override-final": "yes",
        "override-max": "yes",
        "exceptions": "over",
        "supplier": "acme",
        "statuses": "no-contact",
        "codes": "busy,busy",
        "zero": "yes",
    }.items():
        request = choose(request, choice, text)
    assert request.settings == Settings(override_compliance=True, lists=("people", "more"))
    assert request.results == Results(statuses=("no-contact",), codes=("busy",))
    assert request.zero
    assert choose(request, "supplier", "any").properties.supplier is None
    taken_back = choose(request, "override-max", "no")
    assert taken_back == replace(
        request, properties=replace(request.properties, override_max=False), zero=False
    )
