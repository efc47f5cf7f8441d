"""The updates of call lists come at an interval, each list's at its own."""

from collections.abc import Iterable

from engine.domain.lists import LeadList, OwnershipPolicy
from engine.domain.time import Instant
from engine.runtime.jobs import PeriodicJob
from engine.store.ownership import update_ownership


def list_updates(lists: Iterable[LeadList], *, since: Instant) -> list[PeriodicJob]:
    """A job for each list whose ownership is configured, every so often from `since`, by name."""
    chosen = [each for each in lists if each.ownership != OwnershipPolicy()]
    return [_job(each, since) for each in sorted(chosen, key=lambda each: each.name)]


def _job(leads: LeadList, since: Instant) -> PeriodicJob:
    every = leads.ownership.update_every
    return PeriodicJob(
        name=f"update of list {leads.name}",
        change=lambda: update_ownership(leads.name),
        next_after=lambda now: since + max((now - since) // every + 1, 1) * every,
    )
