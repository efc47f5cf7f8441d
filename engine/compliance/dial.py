"""Everything that is known of one dial at the instant of dialing. Values only: what is asked of a store, a
registry or a campaign is asked before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.compliance.regime import Prepared
from engine.compliance.rules import ALWAYS
from engine.compliance.terms import Consent, Event, Reach
from engine.domain.compliance import AmdTestRecord as AmdTestRecord, CallerId as CallerId
from engine.domain.policy import BusinessHours
from engine.domain.time import DAY, SECOND, Instant, Micros, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What the attempts at this person are counted by. What is not known is the same for all of them."""

    number: str
    person: str | None = None
    subject: str | None = None
    debt: str | None = None
    seller: str | None = None
    campaign: str | None = None


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two keys are one, as far as anybody knows."""
    return one is None or other is None or one == other


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One earlier attempt at this number or this person, by any campaign. `at` is when it was dialed and
    `ended_at` when it came to its `events`; an attempt that is still under way has come to nothing yet."""

    at: Instant
    number: str
    person: str | None = None
    subject: str | None = None
    debt: str | None = None
    seller: str | None = None
    campaign: str | None = None
    reach: Reach = Reach.RANG
    events: tuple[Event, ...] = ()
    ended_at: Instant | None = None

    @property
    def event_at(self) -> Instant:
        """From when its events count."""
        return self.at if self.ended_at is None else self.ended_at


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """A consent from `given_at` to before `expires_at`, unless revoked. Without purposes it is for all.
    `other_times`: it says that calls at any time are welcome."""

    level: Consent
    given_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None
    purposes: tuple[str, ...] = ()
    other_times: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """What binds the person and the seller: a running contract, the last transaction, the last inquiry."""

    customer: bool = False
    transaction_at: Instant | None = None
    inquiry_at: Instant | None = None


class Reassignment(StrEnum):
    """What a database of reassigned numbers says of the time since the consent."""

    NOT_ASKED = "not-asked"
    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryState:
    """What is known of one registry: from when the version at hand is, and whether the number is on it."""

    version_at: Instant
    listed: bool = False


class DncSource(StrEnum):
    INTERNAL = "internal"
    CAMPAIGN = "campaign"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class DncEntry:
    """Who asked not to be called, since when, and by what it was found: number or person."""

    source: DncSource
    by: str
    since: Instant = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the campaign would make this call. `reserved`: an agent is held for it before it is dialed.
    `message_within` is when an information message starts at the latest where no agent comes, from the
    answer; None: there is no message."""

    caller_id: CallerId | None
    worn_out_until: Instant | None = None  # until then every number that might be shown has had its calls
    ring: Micros
    reserved: bool
    hangs_up_on_machines: bool = False
    amd_test: AmdTestRecord | None = None
    message_within: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is not compliance, but must hold for a dial all the same. `owned_until` is when another
    campaign's hold on the lead ends; `owned_for_ever` has no end."""

    campaign_running: bool = True
    list_active: bool = True
    case_open: bool = True
    live_attempt: bool = False
    owned_until: Instant | None = None
    owned_for_ever: bool = False
    business_hours: BusinessHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One dial. `history` has the newest attempt first. `revoked_at` is the last revocation that the person
    made to this caller, of whatever consent. `protected`: the number is on the list of lines that are never
    called; `generated`: nobody gave it, a machine made it up."""

    prepared: Prepared
    keys: Keys
    manner: Manner
    standing: Standing = field(default_factory=Standing)
    dnc: tuple[DncEntry, ...] = ()
    registries: Mapping[str, RegistryState] = field(default_factory=dict)
    consents: tuple[GivenConsent, ...] = ()
    revoked_at: Instant | None = None
    reassignment: Reassignment = Reassignment.NOT_ASKED
    relationship: Relationship = field(default_factory=Relationship)
    history: tuple[Past, ...] = ()
    protected: bool = False
    generated: bool = False


MONTHS_MAX: Final = 1200  # a hundred years: no relationship is older


def months_after(at: Instant, months: int) -> Instant:
    """The same day and time so many months later; the month's last day where it is shorter. In UTC."""
    start = moment(at)
    year, month = divmod(start.year * 12 + start.month - 1 + min(months, MONTHS_MAX), 12)
    first = start.replace(year=year, month=month + 1, day=1)
    following = start.replace(year=year + (month == 11), month=(month + 1) % 12 + 1, day=1)
    length = (following - first).days
    later = first.replace(day=min(start.day, length))
    elapsed = later - start
    return at + elapsed.days * DAY + elapsed.seconds * SECOND
