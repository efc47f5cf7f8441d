"""Whose rules a campaign keeps, and what they ask of it that nothing else tells."""

from dataclasses import dataclass
from typing import Literal

from engine.domain.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerId:
    """The number that is shown. `dialable`: the numbering plan has it, so that it can be called back;
    `premium`: at more than the ordinary rate."""

    number: str
    dialable: bool = True
    premium: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdPool:
    """Numbers of one caller. `per_day` is how many calls each may make on a day of UTC: a number that calls
    much is marked as a nuisance."""

    numbers: tuple[CallerId, ...]
    per_day: int = 200
    local_presence: bool = False

    def __post_init__(self) -> None:
        if self.per_day < 1:
            raise ValueError("per_day is at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmdTestRecord:
    """A recorded test of answering-machine detection: of `sample` people, `false_positives` were taken for
    machines."""

    tested_at: Instant
    sample: int
    false_positives: int

    def __post_init__(self) -> None:
        if not 0 <= self.false_positives <= self.sample or self.sample < 1:
            raise ValueError("a test has a sample, and no more false positives than that")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompliancePolicy:
    """`seller` and `subject` are what rules count calls by; what is not told is the same for all. Consents,
    revocations and relationships may be a seller's, too. Abandoned calls are counted for the campaign, for
    its `call_centre` and for its `drop_group`, on the days of `zone`."""

    profiles: tuple[str, ...]
    zones: Literal["strict-union", "address-trusted"] = "strict-union"
    party: Literal["consumer", "business"] = "consumer"
    seller: str | None = None
    subject: str | None = None
    call_centre: str = "main"
    drop_group: str | None = None
    zone: str = "UTC"
    caller_ids: CallerIdPool | None = None
    amd_test: AmdTestRecord | None = None

    def __post_init__(self) -> None:
        if not self.profiles:
            raise ValueError("a campaign keeps at least one profile")
