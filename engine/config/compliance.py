"""The compliance of a campaign: whose rules it keeps, and what they ask of it that nothing else tells."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine.compliance.caller_ids import caller_id
from engine.config.fields import Count, Flag, Moment, Name, PhoneNumber, Seller, Text, Whole, Zone, from_text
from engine.config.rulebook import shipped_profiles
from engine.config.sections import Section, optional, wrong
from engine.domain.compliance import AmdTestRecord, CallerIdPool, CompliancePolicy
from engine.names import did_you_mean, listed

CALLS_A_DAY_MAX = 100_000


def _profile(text: str) -> str:
    known = sorted(shipped_profiles())
    if text not in known:
        advice = did_you_mean(text, known) or f"; the profiles are {listed(known, 'and')}"
        raise ValueError(f"is {text!r}, which is no profile{advice}")
    return text


Profile: TypeAlias = Annotated[
    str, BeforeValidator(from_text(_profile, "the name of a profile is wanted: uk-sales"))
]


class AmdTestSection(Section):
    """A recorded test of answering-machine detection."""

    of = AmdTestRecord

    tested_at: Moment = Field(description="When.", examples=["2026-11-01T09:00:00Z"])
    sample: Annotated[Count, Field(ge=1)] = Field(description="People in the test.", examples=[1000])
    false_positives: Annotated[Whole, Field(ge=0)] = Field(
        description="How many of them were taken for machines.", examples=[12]
    )

    @model_validator(mode="after")
    def _of_the_sample(self) -> "AmdTestSection":
        if self.false_positives > self.sample:
            raise wrong(f"has {self.false_positives} false positives in a sample of {self.sample}")
        return self


def _each_once(numbers: list[str]) -> list[str]:
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise ValueError(f"has {listed(twice, 'and')} twice")
    return numbers


class CallerIdsSection(Section):
    """Numbers to show, taken in turn."""

    numbers: Annotated[list[PhoneNumber], Field(min_length=1), AfterValidator(_each_once)] = Field(
        description="The numbers; whoever calls one back reaches the caller.", examples=['["+442079460001"]']
    )
    per_day: Annotated[Count, Field(ge=1, le=CALLS_A_DAY_MAX)] = optional(
        "How often each may be shown on a day (of UTC)."
    )
    local_presence: Flag = optional("Whether the number most like the called one is shown.")

    def value(self, **more: Any) -> CallerIdPool:
        numbers = tuple(caller_id(number) for number in self.numbers)
        return CallerIdPool(numbers=numbers, **self.given("numbers"))


class ComplianceSection(Section):
    """Whose rules a campaign keeps; without it only the engine's own gates are asked."""

    of = CompliancePolicy

    profiles: Annotated[list[Profile], Field(min_length=1)] = Field(
        description="The profiles of rules, together: see `dialer rules profiles`.", examples=["[uk-sales]"]
    )
    zones: Literal["strict-union", "address-trusted"] = optional(
        "Which zones count when number and address disagree: those of both, or the address's."
    )
    party: Literal["consumer", "business"] = optional(
        "Who is called; a lead's own attribute `party` comes first."
    )
    seller: Seller = optional(
        "For whom is called: rules count a seller's calls together, and consents may be a seller's."
    )
    subject: Text = optional("What about: rules count calls about a subject together.")
    call_centre: Name = optional("The call centre whose abandoned calls are counted together.")
    drop_group: Name = optional("A group of campaigns whose abandoned calls are counted together.")
    zone: Zone = optional("The time zone of the days and months in which abandoned calls are counted.")
    caller_ids: CallerIdsSection = optional("Numbers to show in turn; or one: caller_id.")
    amd_test: AmdTestSection = optional("The last test of answering-machine detection.")
