"""What a gate answers: allow, wait until an instant, or block, by which rule and with which values."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from engine.domain.time import Instant

Values: TypeAlias = dict[str, str | int]


class Answer(StrEnum):
    ALLOW = "allow"
    WAIT = "wait"
    BLOCK = "block"


class Gate(StrEnum):
    """The gates, in the order in which they are asked: the cheap ones first, and those that block before
    those that wait."""

    STANDING = "standing"
    PLACE = "place"
    ORIGIN = "origin"
    BAN = "ban"
    DNC = "dnc"
    MANNER = "manner"
    CALLER_ID = "caller-id"
    REGISTRY = "registry"
    CONSENT = "consent"
    RESERVED = "reserved-agent"
    EMERGENCY = "emergency"
    LOCKOUT = "lockout"
    COOLDOWN = "cooldown"
    BUSINESS_HOURS = "business-hours"
    WINDOW = "window"
    CAP = "cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`gate` and `reason` say what refused; `rule` is None where it is the engine's own demand. `until` is
    given with wait: nothing before it passes this gate. `version` is the rule set's."""

    answer: Answer
    version: str
    gate: Gate | None = None
    reason: str = ""
    rule: str | None = None
    until: Instant | None = None
    values: Values = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return self.answer is Answer.ALLOW
