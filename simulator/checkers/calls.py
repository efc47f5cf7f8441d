"""One call for a person at a time, judged by the phones that ring; one attempt, judged by the journal."""

from typing import ClassVar

from engine.domain.time import iso
from engine.domain.words import Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, of_call
from simulator.network import Line


class _OneCall(Checker):
    """A customer's call, and no other of the same `whose` while it is up."""

    OTHER: ClassVar[str] = "its leg"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._live: dict[str | int, Line] = {}

    def whose(self, line: Line, placed: Placed | None) -> str | int | None:
        """Who is called; None: nobody that is watched."""
        raise NotImplementedError

    def named(self, line: Line, whose: str | int) -> str:
        return line.to

    def is_over(self, other: Line) -> bool:
        """Whether a call that is up counts no more."""
        return False

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or (whose := self.whose(line, placed)) is None:
            return
        other = self._live.get(whose)
        if other is not None and not self.is_over(other):
            self.broken(
                of_call(placed, line),
                f"{self.named(line, whose)} was called while {self.OTHER} {other.leg} to {other.to}, dialed "
                f"{iso(other.dialed_at)}, was up",
            )
        self._live[whose] = line

    def ended(self, line: Line) -> None:
        for whose in [whose for whose, live in self._live.items() if live is line]:
            del self._live[whose]


class OneCallForANumber(_OneCall):
    RULE = "a number is in one call at a time, over all campaigns"

    def whose(self, line: Line, placed: Placed | None) -> str | int | None:
        return line.to


class OneCallForALead(_OneCall):
    RULE = "a lead is in one call at a time, over all campaigns"

    def whose(self, line: Line, placed: Placed | None) -> str | int | None:
        return None if placed is None else placed.lead


class OneCallForAPerson(_OneCall):
    RULE = "a person is in one call at a time, at whatever number and as whatever lead"
    OTHER = "leg"

    def whose(self, line: Line, placed: Placed | None) -> str | int | None:
        if placed is None or placed.lead is None:
            return None
        person = "SELECT attributes ->> '$.person' FROM leads WHERE id = ?"
        found: tuple[str | None] = self.scene.sql.execute(person, (placed.lead,)).fetchone()
        return found[0]

    def named(self, line: Line, whose: str | int) -> str:
        return str(whose)

    def is_over(self, other: Line) -> bool:
        return self.scene.orphaned(other)


class OneAttemptForALead(Checker):
    RULE = "a lead has one live attempt at a time, over all campaigns"
    KINDS: ClassVar = (e.AttemptStarted, e.AttemptSettled)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._live: dict[int, int] = {}
        self._lead_of: dict[int, int] = {}

    def line(self, event: e.Event) -> None:
        if isinstance(event, e.AttemptStarted):
            if (other := self._live.get(event.lead)) is not None:
                self.broken(
                    f"campaign {event.campaign}, lead {event.lead}, attempt {event.attempt}",
                    f"was started while attempt {other} of the same lead was not settled",
                )
            self._live[event.lead] = event.attempt
            self._lead_of[event.attempt] = event.lead
        elif isinstance(event, e.AttemptSettled):
            lead = self._lead_of.pop(event.attempt, None)
            if lead is not None and self._live.get(lead) == event.attempt:
                del self._live[lead]


class OneCallForAnAttempt(Checker):
    RULE = "an attempt calls its customer once at most, whatever crashes"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._called: dict[int, int] = {}

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.attempt is None:
            return
        first = self._called.setdefault(placed.attempt, line.leg)
        if first != line.leg:
            self.broken(of_call(placed, line), f"called {line.to} again, after leg {first}")
