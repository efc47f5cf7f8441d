"""What a timeline does to the store beside the calls, as plain values: each may be done by a user."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from engine.domain.callbacks import Callback
from engine.domain.lists import InlineLead
from engine.domain.time import Instant
from engine.resets.request import ResetRequest, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipRelease:
    """`campaigns` None: all. `user` None: an operator."""

    list: str
    campaigns: tuple[str, ...] | None
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipSetting:
    """`changes` has what is given of enabled, duration (None: no expiration) and near."""

    list: str
    changes: dict[str, Any]
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUpdate:
    """The call-list update, besides those that come by themselves."""

    list: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentJob:
    """The job of a segment, besides those that come by themselves."""

    segment: str
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSetting:
    segment: str
    reset_on_reentry: bool
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChange:
    """A lead gets other attributes; an empty one is taken away. `list` None: the only one with this key."""

    key: str
    attributes: dict[str, str]
    list: str | None = None
    user: str | None = None


ChangeWord: TypeAlias = Literal["recycle", "restart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChange:
    """All cases of a campaign."""

    campaign: str
    command: ChangeWord
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListActivation:
    """A list is dialed from now on, or no more."""

    list: str
    active: bool
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSharing:
    """A list's place in a campaign; None stays as it is."""

    list: str
    campaign: str
    priority: int | None = None
    weight: int | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLeads:
    """Leads that come to a list while its campaigns run."""

    list: str
    leads: tuple[InlineLead, ...]
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCommand:
    """A callback is set: `callback` as it is promised; moved to `at`; or, with neither, cancelled."""

    lead: str
    campaign: str
    list: str | None = None
    callback: Callback | None = None
    at: Instant | None = None
    agent: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Lead Management, from the settings to the confirmation; or a saved one, by name."""

    request: ResetRequest
    template: str | None = None
    zero: bool = False
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetUndo:
    """The reset with this number, the first is 1."""

    reset: int
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSave:
    """A stage of a request is saved in a template, which is made if there is none."""

    name: str
    request: ResetRequest
    stages: tuple[Stage, ...]
    user: str | None = None


StoreAction: TypeAlias = (
    Reset
    | ResetUndo
    | TemplateSave
    | CallbackCommand
    | OwnershipRelease
    | OwnershipSetting
    | ListUpdate
    | SegmentJob
    | SegmentSetting
    | LeadChange
    | CampaignChange
    | ListActivation
    | ListSharing
    | NewLeads
)
"""Changes of the store: simulator.store_actions has a row for each."""
