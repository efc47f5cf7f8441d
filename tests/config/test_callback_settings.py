"""Callbacks in a file: windows, fall-backs, and the campaigns that keep those of others."""

from pathlib import Path

import pytest

from engine.config.loading import load_configuration
from engine.config.policies import policy_from_json, policy_json
from engine.domain.policy import CallbackPolicy, CampaignPolicy
from engine.domain.time import DAY, HOUR, MINUTE
from engine.errors import InputError

HEAD = """\
lists:
  customers: {leads: [{key: ann, phones: ["+442079460001"]}]}
pools: {sales: {}, care: {}}
segments:
  hot: {lists: [customers]}
campaigns:
"""
OFFERS = (
    "  offers: {mode: progressive, lists: [customers], pool: sales, attempts: {max: 1, interval: 10m}%s}\n"
)
BACKS = "  backs: {mode: preview, pool: care, attempts: {max: 1, interval: 10m}, callbacks_from: %s}\n"


def campaigns(tmp_path: Path, text: str) -> dict[str, CampaignPolicy]:
    path = tmp_path / "live.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load_configuration(path).campaigns


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as refused:
        campaigns(tmp_path, text)
    return [problem.split(": ", 1)[1] for problem in refused.value.problems]


def test_a_callback_lasts_a_day_and_stays_its_agents_unless_the_campaign_says_otherwise(
    tmp_path: Path,
) -> None:
    assert campaigns(tmp_path, OFFERS % "")["offers"].callbacks == CallbackPolicy(
        window=1 * DAY, anyone_after=None
    )
    given = ", callbacks: {window: 2h, anyone_after: 10m}"
    assert campaigns(tmp_path, OFFERS % given)["offers"].callbacks == CallbackPolicy(
        window=2 * HOUR, anyone_after=10 * MINUTE
    )


def test_a_callback_campaign_and_those_it_keeps_the_callbacks_of_know_each_other(tmp_path: Path) -> None:
    known = campaigns(tmp_path, OFFERS % "" + BACKS % "[offers], callbacks: {window: 3h}")
    keeper = known["offers"].callbacks_to
    assert keeper is not None
    assert (keeper.campaign, keeper.pool, keeper.callbacks.window) == ("backs", "care", 3 * HOUR)
    assert known["offers"].callback_pool == "care"
    assert (known["backs"].callbacks_from, known["backs"].callbacks_to) == (("offers",), None)
    assert known["backs"].callback_pool == "care"
    for policy in known.values():
        assert policy_from_json(policy_json(policy)) == policy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OFFERS % ", callbacks: {window: 0s}", "callbacks.window: is nothing; a window lasts some time"),
        (OFFERS % ", callbacks: {windo: 2h}", "unknown key 'windo'; did you mean 'window'?"),
        (OFFERS % "" + BACKS % "[offer]", "campaign 'offer' is not defined; did you mean 'offers'?"),
        (OFFERS % "" + BACKS % "[backs]", "a campaign keeps its own callbacks anyway"),
        (OFFERS % "" + BACKS % "[]", "callbacks_from: is empty; at least one is wanted"),
        (
            OFFERS % "" + BACKS % "[offers], lists: [customers]",
            "campaigns.backs.lists: a callback campaign has no lists",
        ),
        (
            OFFERS % "" + BACKS % "[offers], segments: [hot]",
            "campaigns.backs.segments: a callback campaign has no segments",
        ),
        (
            OFFERS % "" + BACKS % "[offers]" + (BACKS % "[offers]").replace("  backs", "  more"),
            "the callbacks of 'offers' are kept by campaign 'backs'",
        ),
        (
            OFFERS % "" + BACKS % "[offers]" + (BACKS % "[backs]").replace("  backs", "  more"),
            "campaign 'backs' keeps its callbacks itself",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in problem for problem in problems(tmp_path, text)), problems(tmp_path, text)
