"""The lines that tell of leads and cases outside their calls. As the others: past tense, and ids only."""

from typing import Any

from engine.domain.time import Instant, Micros
from engine.domain.words import ChangeReason
from engine.journal.event import Event, decision, fact


@fact("command.started")
class CommandStarted(Event):
    """A person's command works on the store, in an epoch of its own. `action` is its name, not what it was
    given."""

    version: str
    user: str
    action: str


@fact("audit.written")
class AuditWritten(Event):
    """A row of the audit log, by its id and hash: neither log can be shortened without the other."""

    entry: int
    digest: str


@fact("cases.changed")
class CasesChanged(Event):
    """Cases got other values, outside an attempt. Each of `rows` has a case's id, then its values of
    `columns`, which are the store's."""

    reason: ChangeReason
    about: str  # the list, segment, reset or campaign that it was for
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@fact("list.configured")
class ListConfigured(Event):
    """How a list's leads are owned, from now on."""

    list: int
    ownership: bool
    duration: Micros | None
    near: Micros


@fact("list.activated")
class ListActivated(Event):
    """A list's leads are dialed from now on, or (`active` false) no more."""

    list: int
    active: bool


@fact("list.shared")
class ListShared(Event):
    """The place of a list among those of a campaign, from now on."""

    campaign: str
    list: int
    priority: int
    weight: int


@fact("cases.created")
class CasesCreated(Event):
    """A campaign got new cases, for leads that came to one of its lists."""

    campaign: str
    list: int
    count: int
    due_at: Instant


@decision("ownership.taken")
class OwnershipTaken(Event):
    """A campaign's valid attempt made it the lead's owner. `until` None: no expiration."""

    attempt: int
    campaign: str
    lead: int
    list: int
    until: Instant | None
    duration: Micros | None


@fact("ownership.fulfilled")
class OwnershipFulfilled(Event):
    """A call to an owned lead was a success: its ownership is not renewed any more."""

    attempt: int
    campaign: str
    lead: int


@fact("ownership.released")
class OwnershipReleased(Event):
    """The leads of a list that these campaigns owned have no owner any more; `leads`: how many they were."""

    list: int
    campaigns: tuple[str, ...]
    leads: int
    by: str


@decision("ownership.updated")
class OwnershipUpdated(Event):
    """A call-list update ended, regranted and renewed so many ownerships of a list."""

    list: int
    expired: int
    regranted: int
    renewed: int


@fact("segment.configured")
class SegmentConfigured(Event):
    """Whether a re-entry begins a new cycle, from now on. `since` is the latest switch to on."""

    segment: str
    reset_on_reentry: bool
    since: Instant | None


@fact("segment.observed")
class SegmentObserved(Event):
    """A segment job saw these leads come in or go out; those that it saw as before are not told."""

    segment: str
    entered: tuple[int, ...]
    left: tuple[int, ...]


@fact("callbacks.known")
class CallbacksKnown(Event):
    """The store's answer, for some agents: each row has a campaign, an agent, and when the next callback that
    is this agent's own may be called, None if there is none."""

    rows: tuple[tuple[Any, ...], ...]


@fact("disposition.refused")
class DispositionRefused(Event):
    """An agent in wrap-up gave what the campaign does not take, and is still in wrap-up."""

    attempt: int
    agent: str
    disposition: str
    reason: str


@fact("reset.confirmed")
class ResetConfirmed(Event):
    """Lead Management: a reset of so many previewed leads was confirmed, and is carried out from now on."""

    reset: int
    matched: int
    override_final: bool
    override_max: bool
    override_compliance: bool
    zero: bool


@fact("reset.done")
class ResetDone(Event):
    """Every previewed lead has had its turn: `leads` were reset, the others excluded, by reason."""

    reset: int
    leads: int
    excluded: dict[str, int]


@fact("reset.undone")
class ResetUndone(Event):
    """A reset was taken back: its cases are as they were before."""

    reset: int
    cases: int
