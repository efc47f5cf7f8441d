"""Whom resets take: worked out anew from how attempts ended, not from what the store says of leads."""

from typing import ClassVar, Final

from engine.domain.time import HOUR, Instant, Micros, iso
from engine.domain.words import CaseStatus, ChangeReason, Ending
from engine.journal import events as e
from simulator.checkers.checker import Checker, Scene

PROTECTED: Final[dict[Ending, Micros]] = {
    Ending.MACHINE: 24 * HOUR,
    Ending.MESSAGE_LEFT: 24 * HOUR,
    Ending.ABANDONED: 72 * HOUR,
}


class ResetsHeedWhoIsProtected(Checker):
    """A lead in a call is left alone, one that must not be called is never reset, and one that a machine or
    nobody answered is reset only after its time, unless compliance was overridden."""

    RULE = "a reset takes no lead that is protected, in a call or not to be called"
    KINDS: ClassVar = (
        e.AttemptStarted,
        e.AttemptEnded,
        e.AttemptSettled,
        e.ResetConfirmed,
        e.CasesChanged,
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._lead_of_case: dict[int, int] = {}
        self._lead_of_attempt: dict[int, int] = {}
        self._until: dict[int, Instant] = {}  # by lead: protected before this
        self._forbidden: set[int] = set()
        self._resets: dict[str, tuple[Instant, bool]] = {}  # confirmed when, and whether that was overridden

    def engine_crashed(self) -> None:
        self._lead_of_attempt.clear()  # whoever comes next settles them

    def line(self, event: e.Event) -> None:
        match event:
            case e.AttemptStarted():
                self._lead_of_case[event.case] = event.lead
                self._lead_of_attempt[event.attempt] = event.lead
            case e.AttemptEnded(ending=ending):
                lead = self._lead_of_attempt.get(event.attempt)
                if lead is not None and ending in PROTECTED:
                    until = self.scene.now + PROTECTED[ending]
                    self._until[lead] = max(until, self._until.get(lead, 0))
            case e.AttemptSettled():
                lead = self._lead_of_attempt.pop(event.attempt, None)
                if lead is not None and event.status is CaseStatus.DNC:
                    self._forbidden.add(lead)
            case e.ResetConfirmed():
                self._resets[f"reset {event.reset}"] = (self.scene.now, event.override_compliance)
            case e.CasesChanged(reason=ChangeReason.RESET):
                for row in event.rows:
                    self._reset(row[0], event.about)
            case _:
                pass

    def _reset(self, case: int, reset: str) -> None:
        lead = self._lead_of_case.get(case)
        if lead is None:
            return  # a lead that was called before this run
        who = f"case {case}, lead {lead}, {reset}"
        at, overridden = self._resets[reset]
        if lead in self._lead_of_attempt.values():
            self.broken(who, "the lead was in a call")
        if lead in self._forbidden:
            self.broken(who, "the lead must not be called")
        if not overridden and at < self._until.get(lead, 0):
            self.broken(who, f"the lead was protected until {iso(self._until[lead])}")
