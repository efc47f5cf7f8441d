"""What a timeline does to the store beside the calls, as plain values."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from engine.domain.callbacks import Callback
from engine.domain.lists import InlineLead
from engine.domain.registries import GivenRegistry
from engine.domain.time import Instant
from engine.domain.wishes import ConsentGiven, DoNotCall, RelationshipTold, Revocation, Whom
from engine.resets.request import ResetRequest, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class ByUser:
    """What a user may do, and be refused. `user` None: the scenario itself."""

    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipRelease(ByUser):
    """`campaigns` None: all."""

    list: str
    campaigns: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipSetting(ByUser):
    """`changes` has what is given of enabled, duration (None: no expiration) and near."""

    list: str
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUpdate:
    """The call-list update, besides those that come by themselves."""

    list: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentJob(ByUser):
    """The job of a segment, besides those that come by themselves."""

    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSetting(ByUser):
    segment: str
    reset_on_reentry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChange(ByUser):
    """A lead gets other attributes; an empty one is taken away. `list` None: the only one with this key."""

    key: str
    attributes: dict[str, str]
    list: str | None = None


ChangeWord: TypeAlias = Literal["recycle", "restart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChange(ByUser):
    """All cases of a campaign."""

    campaign: str
    command: ChangeWord


@dataclass(frozen=True, slots=True, kw_only=True)
class ListActivation(ByUser):
    """A list is dialed from now on, or no more."""

    list: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSharing(ByUser):
    """A list's place in a campaign; None stays as it is."""

    list: str
    campaign: str
    priority: int | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLeads(ByUser):
    """Leads that come to a list while its campaigns run."""

    list: str
    leads: tuple[InlineLead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCommand(ByUser):
    """A callback is set: `callback` as it is promised; moved to `at`; or, with neither, cancelled."""

    lead: str
    campaign: str
    list: str | None = None
    callback: Callback | None = None
    at: Instant | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(ByUser):
    """Lead Management, from the settings to the confirmation; or a saved one, by name."""

    request: ResetRequest
    template: str | None = None
    zero: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetUndo(ByUser):
    """The reset with this number, the first is 1."""

    reset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSave(ByUser):
    """A stage of a request is saved in a template, which is made if there is none."""

    name: str
    request: ResetRequest
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DncAdd(ByUser):
    """Somebody must not be called any more."""

    entry: DoNotCall


@dataclass(frozen=True, slots=True, kw_only=True)
class DncRemove(ByUser):
    """`campaign` None: the entry for all campaigns."""

    whom: Whom
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling(ByUser):
    """Somebody agrees, takes back, or is a customer now."""

    agreement: ConsentGiven | Revocation | RelationshipTold


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryImport(ByUser):
    """Another version of a registry is in use from now on."""

    registry: GivenRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesApply(ByUser):
    """The operator's rules are these from now on, as the text of a file; empty for none."""

    text: str
    name: str


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
    | DncAdd
    | DncRemove
    | Telling
    | RegistryImport
    | RulesApply
)
"""Changes of the store: simulator.store_actions has a row for each."""
