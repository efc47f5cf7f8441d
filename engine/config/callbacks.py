"""Callbacks in a file: how long they may be kept, and which campaign keeps those of others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator

from engine.config.fields import Duration
from engine.config.reading import Reading
from engine.config.sections import Section, optional, wrong
from engine.domain.policy import CallbackKeeper, CallbackPolicy, CampaignPolicy


def _some_time(duration: int) -> int:
    if duration == 0:
        raise wrong("is nothing; a window lasts some time, such as 2h")
    return duration


class CallbacksModel(Section):
    """What a callback has that is promised without."""

    of = CallbackPolicy

    window: Annotated[Duration, AfterValidator(_some_time)] = optional(
        "How long after its time a callback may be kept; then the case is an ordinary retry."
    )
    anyone_after: Duration = optional(
        "When anybody may make a call that one agent was to make; not before the window is over, if left out."
    )


def check_callbacks(reading: Reading) -> None:
    """A callback campaign has no leads of its own, and no two keep the callbacks of one campaign."""
    names = reading.keys("campaigns")
    keeper: dict[str, str] = {}
    for name in names:
        path = ("campaigns", name)
        if not reading.has(*path, "callbacks_from"):
            continue
        for key in ("lists", "segments"):
            if reading.has(*path, key):
                message = f"a callback campaign has no {key}; its cases are the callbacks promised in others"
                reading.problem(message, *path, key, at_key=True)
        for index, other in enumerate(reading.items(*path, "callbacks_from")):
            at = (*path, "callbacks_from", index)
            if not isinstance(other, str) or not reading.known(other, names, "campaign", *at):
                continue
            if other == name:
                reading.problem("a campaign keeps its own callbacks anyway", *at)
            elif reading.has("campaigns", other, "callbacks_from"):
                reading.problem(f"campaign {other!r} keeps its callbacks itself: it is for nothing else", *at)
            elif keeper.setdefault(other, name) != name:
                reading.problem(f"the callbacks of {other!r} are kept by campaign {keeper[other]!r}", *at)


def with_keepers(campaigns: Mapping[str, CampaignPolicy]) -> dict[str, CampaignPolicy]:
    """The campaigns, each knowing who keeps its callbacks."""
    keepers = {other: policy for policy in campaigns.values() for other in policy.callbacks_from}
    return {
        name: policy
        if (keeper := keepers.get(name)) is None
        else replace(
            policy,
            callbacks_to=CallbackKeeper(
                campaign=keeper.name,
                pool=keeper.pool,
                callbacks=keeper.callbacks,
                business_hours=keeper.business_hours,
            ),
        )
        for name, policy in campaigns.items()
    }
