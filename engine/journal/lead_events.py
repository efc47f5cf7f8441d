"""The lines that tell of leads and cases outside their calls. As the others: past tense, and ids only."""

from dataclasses import dataclass
from typing import Any

from engine.domain.time import Instant, Micros
from engine.domain.words import ChangeReason
from engine.journal.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStarted(Event):
    """A person's command works on the store, in an epoch of its own. `action` is its name, not what it was
    given."""

    KIND = "command.started"
    version: str
    user: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWritten(Event):
    """A row of the audit log, by its id and hash: neither log can be shortened without the other."""

    KIND = "audit.written"
    entry: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesChanged(Event):
    """Cases got other values, outside an attempt. Each of `rows` has a case's id, then its values of
    `columns`, which are the store's."""

    KIND = "cases.changed"
    reason: ChangeReason
    about: str  # the list, segment, reset or campaign that it was for
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConfigured(Event):
    """How a list's leads are owned, from now on."""

    KIND = "list.configured"
    list: int
    ownership: bool
    duration: Micros | None
    near: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class ListActivated(Event):
    """A list's leads are dialed from now on, or (`active` false) no more."""

    KIND = "list.activated"
    list: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShared(Event):
    """The place of a list among those of a campaign, from now on."""

    KIND = "list.shared"
    campaign: str
    list: int
    priority: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesCreated(Event):
    """A campaign got new cases, for leads that came to one of its lists."""

    KIND = "cases.created"
    campaign: str
    list: int
    count: int
    due_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipTaken(Event):
    """A campaign's valid attempt made it the lead's owner. `until` None: no expiration."""

    KIND = "ownership.taken"
    DECISION = True
    attempt: int
    campaign: str
    lead: int
    list: int
    until: Instant | None
    duration: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipFulfilled(Event):
    """A call to an owned lead was a success: its ownership is not renewed any more."""

    KIND = "ownership.fulfilled"
    attempt: int
    campaign: str
    lead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipReleased(Event):
    """The leads of a list that these campaigns owned have no owner any more; `leads`: how many they were."""

    KIND = "ownership.released"
    list: int
    campaigns: tuple[str, ...]
    leads: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipUpdated(Event):
    """A call-list update ended, regranted and renewed so many ownerships of a list."""

    KIND = "ownership.updated"
    DECISION = True
    list: int
    expired: int
    regranted: int
    renewed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentConfigured(Event):
    """Whether a re-entry begins a new cycle, from now on. `since` is the latest switch to on."""

    KIND = "segment.configured"
    segment: str
    reset_on_reentry: bool
    since: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentObserved(Event):
    """A segment job saw these leads come in or go out; those that it saw as before are not told."""

    KIND = "segment.observed"
    segment: str
    entered: tuple[int, ...]
    left: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbacksKnown(Event):
    """The store's answer, for some agents: each row has a campaign, an agent, and when the next callback that
    is this agent's own may be called, None if there is none."""

    KIND = "callbacks.known"
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionRefused(Event):
    """An agent in wrap-up gave what the campaign does not take, and is still in wrap-up."""

    KIND = "disposition.refused"
    attempt: int
    agent: str
    disposition: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetConfirmed(Event):
    """Lead Management: a reset of so many previewed leads was confirmed, and is carried out from now on."""

    KIND = "reset.confirmed"
    reset: int
    matched: int
    override_final: bool
    override_max: bool
    override_compliance: bool
    zero: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetDone(Event):
    """Every previewed lead has had its turn: `leads` were reset, the others excluded, by reason."""

    KIND = "reset.done"
    reset: int
    leads: int
    excluded: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetUndone(Event):
    """A reset was taken back: its cases are as they were before."""

    KIND = "reset.undone"
    reset: int
    cases: int
