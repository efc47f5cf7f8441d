"""How a list's ownership is written, what is left out, and what is refused."""

from pathlib import Path

import pytest

from engine.config.durations import parse_duration
from engine.domain.lists import OwnershipPolicy
from engine.domain.time import DAY, HOUR, MINUTE
from engine.errors import InputError
from simulator.plan import ListUpdate, OwnerExpected, OwnershipRelease, OwnershipSetting
from simulator.scenario import Scenario, load

FILE = """\
lists:
  customers:
    OWNERSHIP
    leads: [{key: ann, phones: ["+442079460001"]}]
campaigns:
  news: {mode: agentless, lists: [customers], attempts: {max: 1, interval: 1h}}
users: {sue: {role: supervisor}}
simulation:
  guards: Nothing.
  start: 2026-03-02T09:00:00Z
  end: 1h
  timeline: [TIMELINE]
  expect: [EXPECT]
"""


def read(folder: Path, ownership: str = "", timeline: str = "", expect: str = "") -> Scenario:
    path = folder / "file.yaml"
    text = FILE.replace("OWNERSHIP", ownership and f"ownership: {ownership}")
    path.write_text(text.replace("TIMELINE", timeline).replace("EXPECT", expect), encoding="utf-8")
    return load(path)


def rules(folder: Path, ownership: str = "") -> OwnershipPolicy:
    return read(folder, ownership).configuration.lists["customers"].ownership


def test_a_list_says_nothing_of_ownership_and_has_none(tmp_path: Path) -> None:
    assert rules(tmp_path) == OwnershipPolicy()
    assert not OwnershipPolicy().enabled


@pytest.mark.parametrize(
    ("written", "duration"),
    [("3d4h", 3 * DAY + 4 * HOUR), ("5h", 5 * HOUR), ("2d", 2 * DAY), ("none", None)],
)
def test_a_duration_is_written_in_days_and_hours_and_none_is_no_expiration(
    tmp_path: Path, written: str, duration: int | None
) -> None:
    assert rules(tmp_path, f"{{enabled: true, duration: {written}}}").duration == duration


def test_everything_can_be_said(tmp_path: Path) -> None:
    assert rules(tmp_path, "{enabled: true, duration: 3h, near: 30m, update_every: 5m}") == OwnershipPolicy(
        enabled=True, duration=3 * HOUR, near=30 * MINUTE, update_every=5 * MINUTE
    )


@pytest.mark.parametrize(
    ("ownership", "problem"),
    [
        ("{enabled: maybe}", "enabled: is 'maybe'; it is true or false"),
        ("{duration: soon}", "duration: is 'soon'; a duration is a number and a unit"),
        ("{duration: 0s}", "duration: is '0s'; it must be more than 0s, or none for no expiration"),
        ("{duration: [1h]}", "duration: is a list; a duration is"),
        ("{update_every: 0s}", "update_every: is '0s'; it must be more than 0s"),
        ("{update_every: {}}", "update_every: is empty; a duration is"),
        ("{near: -1h}", "near: is '-1h'; a duration is"),
        ("{durations: 3h}", "unknown key 'durations'; did you mean 'duration'?"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(tmp_path: Path, ownership: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, ownership)
    assert any("lists.customers.ownership" in line and problem in line for line in refused.value.problems)


@pytest.mark.parametrize(
    "wrong", [{"duration": 0}, {"near": -1}, {"update_every": 0}], ids=["duration", "near", "update"]
)
def test_a_policy_that_makes_no_sense_cannot_be_made(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"ownership lasts|near is not negative"):
        OwnershipPolicy(**wrong)  # type: ignore[arg-type]


# --- the timeline -----------------------------------------------------------------------------------


def test_a_timeline_releases_sets_and_updates(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        timeline="{at: 1m, ownership: {release: [news], list: customers, as: sue}},"
        "{at: 2m, ownership: {release: all, list: customers}},"
        "{at: 3m, ownership: {set: {enabled: false, duration: none, near: 2h}, list: customers}},"
        "{at: 4m, list_update: customers}",
    ).plan
    assert [entry.action for entry in plan.timeline] == [
        OwnershipRelease(list="customers", campaigns=("news",), user="sue"),
        OwnershipRelease(list="customers", campaigns=None),
        OwnershipSetting(
            list="customers", changes={"enabled": False, "duration": None, "near": parse_duration("2h")}
        ),
        ListUpdate(list="customers"),
    ]


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        (
            "ownership: {release: all, list: custom}",
            "list 'custom' is not defined; did you mean 'customers'?",
        ),
        (
            "ownership: {release: [newz], list: customers}",
            "campaign 'newz' is not defined; did you mean 'news'?",
        ),
        ("ownership: {release: [], list: customers}", "release: is empty; campaigns are wanted"),
        ('ownership: {release: [""], list: customers}', "release[0]: is empty"),
        ("ownership: {list: customers}", "has to say either release or set"),
        ("ownership: {release: all, set: {near: 1h}, list: customers}", "has to say either release or set"),
        ("ownership: {set: {}, list: customers}", "is empty; say what changes"),
        ("ownership: {release: all, list: customers, as: sam}", "user 'sam' is not defined"),
        ("ownership: {release: all}", "list: missing"),
        ("list_update: guests", "list 'guests' is not defined"),
    ],
)
def test_what_a_timeline_cannot_do_is_refused_at_its_place(tmp_path: Path, action: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, timeline=f"{{at: 1m, {action}}}")
    assert any("simulation.timeline[0]" in line and problem in line for line in refused.value.problems), (
        refused.value.problems
    )


# --- expectations -----------------------------------------------------------------------------------


def test_an_owner_is_expected_with_its_expiry_or_nobody(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        expect="{owner: ann, is: news, until: none}, {owner: ann, is: none}, "
        "{owner: ann, is: news, until: 3h}",
    ).plan
    assert plan.expect == (
        OwnerExpected(lead="ann", campaign="news", until="none"),
        OwnerExpected(lead="ann", campaign=None),
        OwnerExpected(lead="ann", campaign="news", until=plan.start + 3 * HOUR),
    )


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ("{owner: ann, is: newz}", "campaign 'newz' is not defined"),
        ("{owner: anne, is: news}", "lead 'anne' is not defined"),
        ("{owner: ann, is: none, until: 3h}", "nobody owns the lead"),
        ("{owner: ann}", "is: missing"),
    ],
)
def test_what_no_owner_can_be_is_refused(tmp_path: Path, expected: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, expect=expected)
    assert any("simulation.expect[0]" in line and problem in line for line in refused.value.problems), (
        refused.value.problems
    )
