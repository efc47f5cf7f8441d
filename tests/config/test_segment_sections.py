"""Segments in a file: what they mean, and every problem with its place."""

from pathlib import Path

import pytest

from engine.config.loading import load_configuration, load_segments
from engine.domain.segments import (
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    DateBetween,
    DurationBetween,
    LeadField,
    Missing,
    Not,
    NumberBetween,
    SegmentPolicy,
    TextContains,
    TextIn,
)
from engine.domain.time import DAY, HOUR
from engine.errors import InputError

START = """\
lists:
  customers: {leads: [{key: ann, phones: ["+442079460001"]}]}
"""
CAMPAIGN = """\
campaigns:
  offers: {mode: agentless, segments: [hot], attempts: {max: 1, interval: 10m}}
"""
SCORE = Attribute("score")


def configured(tmp_path: Path, segment: str, campaign: str = CAMPAIGN) -> SegmentPolicy:
    path = tmp_path / "live.yaml"
    path.write_text(f"{START}segments:\n  hot: {segment}\n{campaign}", encoding="utf-8")
    return load_configuration(path).segments["hot"]


def problems(tmp_path: Path, segment: str, campaign: str = CAMPAIGN) -> list[str]:
    with pytest.raises(InputError) as refused:
        configured(tmp_path, segment, campaign)
    return [problem.partition(": ")[2] for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        ("{attribute: score, at_least: 5}", NumberBetween(field=SCORE, at_least=5.0)),
        (
            "{attribute: score, at_least: 5, at_most: 7.5}",
            NumberBetween(field=SCORE, at_least=5.0, at_most=7.5),
        ),
        (
            "{attribute: renewal, from: 2026-03-01}",
            DateBetween(field=Attribute("renewal"), first="2026-03-01"),
        ),
        ("{attribute: tier, equals: gold}", TextIn(field=Attribute("tier"), values=("gold",))),
        ("{attribute: tier, missing: true}", Missing(field=Attribute("tier"))),
        ("{field: supplier, in: [acme, best]}", TextIn(field=LeadField.SUPPLIER, values=("acme", "best"))),
        ("{field: key, contains: a}", TextContains(field=LeadField.KEY, part="a")),
        ("{field: calls, at_most: 3}", NumberBetween(field=LeadField.CALLS, at_most=3.0)),
        (
            "{field: imported_ago, at_most: 30d}",
            DurationBetween(field=LeadField.IMPORTED_AGO, at_most=30 * DAY),
        ),
        (
            "{field: last_called_ago, at_least: 1h, at_most: 2d}",
            DurationBetween(field=LeadField.LAST_CALLED_AGO, at_least=HOUR, at_most=2 * DAY),
        ),
        ("{not: {field: owner, missing: true}}", Not(Missing(field=LeadField.OWNER))),
        (
            "{any: [{all: [{field: owner, missing: true}]}, {field: phone_kind, equals: mobile}]}",
            AnyOf(
                (
                    AllOf((Missing(field=LeadField.OWNER),)),
                    TextIn(field=LeadField.PHONE_KIND, values=("mobile",)),
                )
            ),
        ),
    ],
)
def test_a_condition_says_what_a_lead_must_be_like(tmp_path: Path, where: str, condition: Condition) -> None:
    assert configured(tmp_path, f"{{where: {where}}}").condition == condition


def test_lists_and_a_condition_hold_together(tmp_path: Path) -> None:
    segment = configured(tmp_path, "{lists: [customers], where: {attribute: score, at_least: 5}}")
    of_list = TextIn(field=LeadField.LIST, values=("customers",))
    assert segment.condition == AllOf((of_list, NumberBetween(field=SCORE, at_least=5.0)))
    assert segment.reset_on_reentry is None


def test_a_job_comes_at_an_interval_or_at_times_of_a_zone(tmp_path: Path) -> None:
    assert configured(tmp_path, "{lists: [customers], every: 1h, reset_on_reentry: true}") == SegmentPolicy(
        name="hot",
        condition=TextIn(field=LeadField.LIST, values=("customers",)),
        reset_on_reentry=True,
        every=HOUR,
    )
    times = configured(tmp_path, '{lists: [customers], at: ["16:05", "16:06"], zone: Europe/London}')
    assert (times.at, times.zone) == ((965, 966), "Europe/London")


@pytest.mark.parametrize(
    ("segment", "problem"),
    [
        ("{}", "segments.hot: holds nobody; say of which lists"),
        (
            "{lists: [customer]}",
            "segments.hot.lists[0]: list 'customer' is not defined; did you mean 'customers'?",
        ),
        ("{list: [customers]}", "segments.hot.list: unknown key 'list'; did you mean 'lists'?"),
        ("{lists: [customers], every: 1h, at: ['16:05'], zone: UTC}", "segments.hot: has both every and at"),
        ("{lists: [customers], at: ['16:05']}", "segments.hot: times of the day need their zone"),
        ("{lists: [customers], at: ['4:05'], zone: UTC}", "segments.hot.at[0]: is '4:05'; a time of the day"),
        ("{lists: [customers], every: 10ms}", "segments.hot.every: is '10ms'; the least"),
        ("{where: {}}", "segments.hot.where: has nothing to compare"),
        ("{where: {attribute: a, field: key, equals: b}}", "segments.hot.where: has field and attribute"),
        ("{where: {attribute: a}}", "segments.hot.where: compares it with nothing"),
        ("{where: {attribute: a, equals: b, contains: c}}", "where: compares it with equals and contains"),
        ("{where: {field: suplier, equals: b}}", "where.field: is 'suplier'; it can be"),
        (
            "{where: {field: supplier, at_least: 3}}",
            "where: at_least is not for supplier; that can have equals",
        ),
        ("{where: {field: calls, from: 2026-01-01}}", "where: from is not for calls"),
        ("{where: {attribute: a, at_least: x}}", "where.at_least: is 'x'; a number is wanted"),
        ("{where: {field: imported_ago, at_least: 3}}", "where.at_least: is '3'"),
        ("{where: {attribute: a, at_least: 3, at_most: 2}}", "where: at_least is more than at_most"),
        ("{where: {attribute: a, from: 2026-02-30}}", "where.from: is '2026-02-30'; a date is written"),
        ("{where: {attribute: 'a\"b', equals: c}}", "where.attribute: is 'a\"b'; an attribute's name"),
        ("{where: {attribute: a, missing: false}}", "where.missing: is 'false'; it can be true"),
        ("{where: {all: [], equals: b}}", "where.all: is empty"),
        ("{where: {not: {field: owner, missing: true}, equals: b}}", "where: has not and equals"),
        ("{where: {any: [{attribute: a, at_lest: 3}]}}", "where.any[0].at_lest: unknown key"),
        ("{where: " + "{not: " * 21 + "{field: owner, missing: true}" + "}" * 22, "where: has more than 20"),
    ],
)
def test_a_segment_that_means_nothing_is_refused_with_what_would_be_right(
    tmp_path: Path, segment: str, problem: str
) -> None:
    assert any(problem in each for each in problems(tmp_path, segment)), problems(tmp_path, segment)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("", "campaigns.offers.lists: missing; say e.g. 'lists: [customers]', or name segments"),
        (
            "lists: [customers], segments: [hot], ",
            "campaigns.offers.segments: a campaign dials lists or segments",
        ),
        (
            "segments: [hto], ",
            "campaigns.offers.segments[0]: segment 'hto' is not defined; did you mean 'hot'?",
        ),
        ("segments: [hot, hot], ", "campaigns.offers.segments[1]: segment 'hot' stands twice"),
        ("segments: [], ", "campaigns.offers.segments: is empty; at least one is wanted"),
    ],
)
def test_a_campaign_dials_lists_or_segments_that_are_there(tmp_path: Path, keys: str, problem: str) -> None:
    campaign = f"campaigns:\n  offers: {{mode: agentless, {keys}attempts: {{max: 1, interval: 10m}}}}\n"
    assert any(problem in each for each in problems(tmp_path, "{lists: [customers]}", campaign))


def test_callback_campaigns_have_no_segments(tmp_path: Path) -> None:
    campaign = (
        "campaigns:\n"
        "  offers: {mode: agentless, segments: [hot], attempts: {max: 1, interval: 10m}}\n"
        "  backs: {mode: agentless, callbacks_from: [offers], segments: [hot],"
        " attempts: {max: 1, interval: 10m}}\n"
    )
    assert any("segments" in each for each in problems(tmp_path, "{lists: [customers]}", campaign))


def test_a_file_of_segments_is_read_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "segments.yaml"
    path.write_text("segments:\n  hot: {lists: [customers]}\n", encoding="utf-8")
    assert list(load_segments(path, lists=["customers"])) == ["hot"]
    path.write_text("segments:\n  hot!: {lists: [people], every: 1h}\nlists: {}\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_segments(path, lists=["customers"])
    text = str(refused.value)
    for part in ("the name is 'hot!'", "list 'people'", "says when jobs come", "unknown key 'lists'"):
        assert part in text
