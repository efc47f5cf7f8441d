"""The answer to "why is nothing dialing", in a sentence."""

from typing import Any

import pytest

from engine.explain.summary import CampaignSummary
from engine.store.gate_summary import Held, Standing, Summary
from tests.compliance.dials import at

NOW = at("2026-03-02T07:30:00+00:00")
LATER = at("2026-03-02T08:00:00+00:00")
DIALABLE = Held(Standing.DIALABLE, None, None, None, 3)
CLOSED = Held(Standing.CLOSED, None, "COMPLETED", None, 2)
WAITING = Held(Standing.WAITING, "window", "closed", "UK-HOURS", 5, LATER)
BLOCKED = Held(Standing.BLOCKED, "registry", "registry-too-old", "UK-TPS-28D", 4)
OTHERS = Held(Standing.HELD, None, "list", None, 1)


def summed(*held: Held, **more: Any) -> CampaignSummary:
    values: dict[str, Any] = {"because": (), "limits": (), "rules": {}}
    return CampaignSummary(
        summary=Summary(campaign="offers", at=NOW, version="v", held=held), **(values | more)
    )


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (summed(), "Nothing is dialed, because the campaign has no leads."),
        (summed(CLOSED), "Nothing is dialed, because all 2 leads are closed."),
        (summed(DIALABLE), "All 3 leads can be dialed now."),
        (summed(DIALABLE, WAITING), "3 of 8 leads can be dialed now."),
        (
            summed(DIALABLE, limits=("no agent of pool sales is ready",)),
            "All 3 leads can be dialed now, but no agent of pool sales is ready.",
        ),
        (
            summed(DIALABLE, WAITING, because=("the campaign is paused", "the carrier is away")),
            "Nothing is dialed, because the campaign is paused, and the carrier is away; "
            "3 of 8 leads could be dialed otherwise.",
        ),
        (
            summed(WAITING, BLOCKED, CLOSED, because=("the campaign is paused",)),
            "Nothing is dialed, because the campaign is paused.",
        ),
        (
            summed(WAITING, BLOCKED, CLOSED),
            "Nothing is dialed: 5 of 9 open leads wait, because the calling window is closed (UK-HOURS); "
            "the first goes on at Mon 2 Mar 2026 08:00:00 UTC.",
        ),
        (
            summed(BLOCKED),
            "Nothing is dialed: all 4 open leads are blocked, because the version of a registry is too old "
            "(UK-TPS-28D); none goes on by itself.",
        ),
        (
            summed(OTHERS),
            "Nothing is dialed: the one open lead is held, because the list is not active; "
            "none goes on by itself.",
        ),
    ],
)
def test_what_holds_everything_is_said_first_and_then_what_holds_the_most(
    found: CampaignSummary, sentence: str
) -> None:
    assert found.sentence == sentence


def test_every_way_to_stand_has_words() -> None:
    words = [
        summed().why(Held(standing, None, reason, None, 1))
        for standing, reason in (
            (Standing.DIALABLE, None),
            (Standing.NOT_DUE, "retry"),
            (Standing.HELD, "segment"),
            (Standing.HELD, "other-call"),
            (Standing.IN_CALL, "call"),
            (Standing.CLOSED, "DNC"),
        )
    ]
    assert words == [
        "every gate allows the call",
        "the next try is later",
        "outside the campaign's segments",
        "the lead, the number or the person is in another call",
        "in a call now",
        "closed as DNC",
    ]
