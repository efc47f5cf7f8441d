"""Result codes in a file, and which of them the system gives."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from engine.config.fields import Count, Duration, Flag, Name
from engine.config.reading import Reading
from engine.config.sections import Section, optional
from engine.domain.dispositions import (
    SYSTEM_DISPOSITIONS,
    Disposition,
    LeadStatus,
    RetryRule,
    default_disposition,
)

AGAIN_MAX: Final = 1000

ResultKey: TypeAlias = Literal[
    "no-answer",
    "busy",
    "congestion",
    "invalid",
    "rejected",
    "failed",
    "cancelled",
    "unknown",
    "served",
    "agent-not-reached",
    "customer-not-reached",
    "machine",
    "message-left",
    "abandoned",
    "hung-up",
    "agent-left",
    "refused",
    "skipped",
]
"""The outcomes and endings for which the system gives a disposition."""


class AgainModel(Section):
    """When to try again after a result code, and how often."""

    of = RetryRule

    after: Duration = optional("The interval to the next attempt; the campaign's own, if left out.")
    max: Annotated[Count, Field(le=AGAIN_MAX)] = optional(
        "How often this code may be given in a cycle; then the case is closed."
    )


class DispositionModel(Section):
    """A result code."""

    lead_status: Name = optional("The group of result codes that it belongs to.")
    final: Flag = optional("The lead is not dialed again by itself.")
    counts: Flag = optional(
        "It is a valid attempt: it uses up an attempt, and may make its campaign the owner."
    )
    dnc: Flag = optional("The customer must never be called again.")
    success: Flag = optional("It is what the campaign is for.")
    human: Flag = optional("A person answered.")
    exception_threshold: Duration = optional(
        "A call of this code that lasted longer, or less, is an exception."
    )
    retry: AgainModel = optional("When to try again, and how often.")
    agents: Flag = optional("Whether agents may choose it.")
    refusal: Flag = optional("The person wants no more calls about this; some rules forbid them for a time.")

    def disposition(self, code: str) -> Disposition:
        """The domain's value; what is left out is as the system has it for a code of its own."""
        given = self.given()
        before = default_disposition(code)
        if code not in SYSTEM_DISPOSITIONS and given.get("dnc") and "lead_status" not in given:
            given["lead_status"] = LeadStatus.DO_NOT_CALL
        values = {name: getattr(before, name) for name in Disposition.__slots__}
        return Disposition(**(values | given))


def check_codes(reading: Reading, codes: list[str], campaign: str) -> None:
    """Every code that a campaign names is described, or the system's own."""
    known = sorted({*codes, *SYSTEM_DISPOSITIONS})
    path = ("campaigns", campaign)
    for key in reading.keys(*path, "codes"):
        if (code := reading.text(*path, "codes", key)) is not None:
            reading.known(code, known, "disposition", *path, "codes", key)
    if codes and (code := reading.text(*path, "default_disposition")) is not None:
        reading.known(code, known, "disposition", *path, "default_disposition")
