"""Result codes: what an attempt is said to have come to, and what that means for the lead."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.domain.time import Micros


class LeadStatus(StrEnum):
    """The groups of result codes that come with the engine; a configuration may name others."""

    NOT_CALLED = "not-called"  # no phone of the customer rang
    NO_CONTACT = "no-contact"
    BAD_NUMBER = "bad-number"
    MACHINE = "machine"
    CONTACTED = "contacted"
    DROPPED = "dropped"  # answered by a person, and no agent came in time
    DO_NOT_CALL = "do-not-call"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """Overrides the interval after one kind of result, and limits how often it may happen in a cycle."""

    after: Micros | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """`final`: never dialed again by itself. `counts`: a valid attempt, which uses up an attempt and makes
    its campaign the lead's owner. `exception_threshold`: a call of this code that lasted longer (or shorter)
    is an exception. `retry`: when to try again after this code, and how often. `refusal`: the person wants no
    more calls about this; some laws then forbid them for a time."""

    code: str
    lead_status: str = LeadStatus.CONTACTED
    final: bool = False
    counts: bool = True
    dnc: bool = False
    success: bool = False
    human: bool = False
    exception_threshold: Micros | None = None
    retry: RetryRule | None = None
    agents: bool = True  # whether agents may choose it
    refusal: bool = False

    def __post_init__(self) -> None:
        if self.dnc and self.success:
            raise ValueError("a code that forbids calling is no success")


def _system(code: str, lead_status: LeadStatus, *, human: bool = False, success: bool = False) -> Disposition:
    return Disposition(code=code, lead_status=lead_status, human=human, success=success, agents=False)


SYSTEM_DISPOSITIONS: Final[dict[str, Disposition]] = {
    each.code: each
    for each in (
        _system("no-disposition", LeadStatus.CONTACTED, human=True),
        _system("served", LeadStatus.CONTACTED, human=True, success=True),
        _system("hung-up", LeadStatus.CONTACTED, human=True),
        _system("abandoned", LeadStatus.DROPPED, human=True),
        _system("machine", LeadStatus.MACHINE),
        _system("message-left", LeadStatus.MACHINE),
        _system("no-answer", LeadStatus.NO_CONTACT),
        _system("busy", LeadStatus.NO_CONTACT),
        _system("congestion", LeadStatus.NO_CONTACT),
        _system("rejected", LeadStatus.NO_CONTACT),
        _system("failed", LeadStatus.NO_CONTACT),
        _system("cancelled", LeadStatus.NO_CONTACT),
        _system("agent-left", LeadStatus.NO_CONTACT),
        _system("customer-not-reached", LeadStatus.NO_CONTACT),
        _system("unknown", LeadStatus.NO_CONTACT),
        _system("invalid", LeadStatus.BAD_NUMBER),
        _system("agent-not-reached", LeadStatus.NOT_CALLED),
        _system("refused", LeadStatus.NOT_CALLED),
        _system("skipped", LeadStatus.NOT_CALLED),
    )
}
"""The system's own codes, as they are unless a configuration says otherwise."""


def default_disposition(code: str) -> Disposition:
    """A code that no configuration describes: the system's own, or an agent's after a conversation."""
    return SYSTEM_DISPOSITIONS.get(code) or Disposition(code=code, human=True)
