"""An attempt that has ended, as its settlement sees it: from the floor, or from the disk after a crash."""

from dataclasses import dataclass
from typing import Final

from engine.attempts.settlement import AttemptResult
from engine.domain.case import Case
from engine.domain.time import Instant, Micros
from engine.domain.words import Ending, Side, Verdict

MACHINE_ENDINGS: Final = frozenset({Ending.MACHINE, Ending.MESSAGE_LEFT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """An attempt that has ended. `dialed`: the customer's phone was called, which counts for ever; `person`
    is None where nobody knows who answered; `answered_at` where nobody did, or nobody knows; `asked`: the
    call that the flow asked for again; `connected_at`: when an agent took the call."""

    attempt: int
    case: Case
    list: int
    result: AttemptResult
    dialed: bool
    person: bool | None
    machine: bool
    duration: Micros
    answered_at: Instant | None
    asked: Side | None
    connected_at: Instant | None = None
    verdict: Verdict | None = None  # of the customer's leg

    @property
    def met_at(self) -> Instant:
        """When the customer's call came to what it came to: the answer, or the end where nobody answered."""
        return self.result.ended_at if self.answered_at is None else self.answered_at
