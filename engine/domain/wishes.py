"""What people have said about being called, and what binds them to the caller.

All of it is told of a number or of a person, whatever list the lead stands on. Where a time is left out, it
is that of the telling. Consents and relationships are those of one seller or, where none is named, of whoever
calls from this store.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias, assert_never
from unicodedata import category

from engine.domain.time import Instant

PERSON_MAX: Final = 200  # characters: a key of another system, not a biography
SELLER_MAX: Final = 200  # characters: a name

ConsentLevel: TypeAlias = Literal["implied", "express", "written"]
LEVELS: Final[tuple[ConsentLevel, ...]] = ("implied", "express", "written")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """A number in E.164, or a person as the leads' attribute `person` names one: exactly one of them."""

    number: str | None = None
    person: str | None = None

    def __post_init__(self) -> None:
        if (self.number is None) == (self.person is None):
            raise ValueError("says neither or both of a number and a person; exactly one is wanted")


def check_person(text: str) -> str:
    """A person's key as it stands on leads. Raises ValueError."""
    return _check_length(text, PERSON_MAX)


def check_seller(text: str) -> str:
    """A seller's name as campaigns have it. Raises ValueError."""
    return _check_length(text, SELLER_MAX)


def _check_length(text: str, most: int) -> str:
    plain = text.strip()
    if not plain:
        raise ValueError("is empty")
    if len(plain) > most:
        raise ValueError(f"is longer than {most} characters")
    if any(category(character) == "Cc" for character in plain):
        raise ValueError("has a line feed or another control character in it")
    return plain


class EntrySource(StrEnum):
    """How a do-not-call entry came."""

    COMMAND = "command"
    IMPORT = "import"
    DISPOSITION = "disposition"  # the lead said so in a call
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotCall:
    """Nobody calls, or (with a campaign) this campaign does not."""

    whom: Whom
    campaign: str | None = None
    since: Instant | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """Without purposes it is for all. `other_times`: calls at any time are welcome. `evidence` says where the
    proof lies."""

    whom: Whom
    level: ConsentLevel
    given: Instant | None = None
    expires: Instant | None = None
    revoked: Instant | None = None
    purposes: tuple[str, ...] = ()
    other_times: bool = False
    evidence: str | None = None
    seller: str | None = None

    def __post_init__(self) -> None:
        if self.given is None:
            return
        if self.expires is not None and self.expires <= self.given:
            raise ValueError("expires before it is given")
        if self.revoked is not None and self.revoked < self.given:
            raise ValueError("is revoked before it is given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """The person takes back whatever was given until then: to this seller or, without one, to all."""

    whom: Whom
    at: Instant | None = None
    note: str | None = None
    seller: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipTold:
    """What binds the person to the seller, as far as it is told: None stays as it was."""

    whom: Whom
    customer: bool | None = None
    transaction: Instant | None = None
    inquiry: Instant | None = None
    seller: str | None = None

    def __post_init__(self) -> None:
        if (self.customer, self.transaction, self.inquiry) == (None, None, None):
            raise ValueError("says nothing; one is wanted of customer, transaction and inquiry")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentAnswer:
    """A database of reassigned numbers was asked whether the number has changed hands since the consent."""

    number: str
    reassigned: bool
    asked: Instant | None = None


Wish: TypeAlias = DoNotCall | ConsentGiven | Revocation | RelationshipTold | ReassignmentAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """All that a configuration tells of them."""

    dnc: tuple[DoNotCall, ...] = ()
    consents: tuple[ConsentGiven, ...] = ()
    relationships: tuple[RelationshipTold, ...] = ()
    reassigned: tuple[ReassignmentAnswer, ...] = ()


NOTHING_SAID: Final = Wishes()


def untimely(wish: Wish, now: Instant) -> str | None:
    """What is wrong with its times, said at `now`; only a consent's end may lie in the future."""
    match wish:
        case DoNotCall():
            times: tuple[Instant | None, ...] = (wish.since,)
        case ConsentGiven():
            times = (wish.given, wish.revoked)
            if wish.given is None and wish.expires is not None and wish.expires <= now:
                return "expires before it is given"
        case Revocation():
            times = (wish.at,)
        case RelationshipTold():
            times = (wish.transaction, wish.inquiry)
        case ReassignmentAnswer():
            times = (wish.asked,)
        case _ as never:
            assert_never(never)
    if any(at is not None and at > now for at in times):
        return "tells of a time that is still to come"
    return None
