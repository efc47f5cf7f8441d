"""One call for a person at a time, judged by the phones that ring; one attempt, judged by the journal."""

from typing import ClassVar

from engine.domain.time import iso
from engine.domain.words import Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, of_call
from simulator.network import Line


class OneCallForANumber(Checker):
    RULE = "a number is in one call at a time, over all campaigns"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._live: dict[str, Line] = {}

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER:
            return
        if (other := self._live.get(line.to)) is not None:
            self.broken(
                of_call(placed, line),
                f"{line.to} was called while its leg {other.leg}, dialed {iso(other.dialed_at)}, was up",
            )
        self._live[line.to] = line

    def ended(self, line: Line) -> None:
        if self._live.get(line.to) is line:
            del self._live[line.to]


class OneCallForALead(Checker):
    RULE = "a lead is in one call at a time, over all campaigns"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._live: dict[int, Line] = {}
        self._lead_of: dict[int, int] = {}

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.lead is None:
            return
        if (other := self._live.get(placed.lead)) is not None:
            self.broken(
                of_call(placed, line),
                f"was called at {line.to} while its leg {other.leg} to {other.to}, dialed "
                f"{iso(other.dialed_at)}, was up",
            )
        self._live[placed.lead] = line
        self._lead_of[line.leg] = placed.lead

    def ended(self, line: Line) -> None:
        lead = self._lead_of.pop(line.leg, None)
        if lead is not None and self._live.get(lead) is line:
            del self._live[lead]


class OneCallForAPerson(Checker):
    RULE = "a person is in one call at a time, at whatever number and as whatever lead"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._live: dict[str, Line] = {}

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.lead is None:
            return
        (person,) = self.scene.sql.execute(
            "SELECT attributes ->> '$.person' FROM leads WHERE id = ?", (placed.lead,)
        ).fetchone()
        if person is None:
            return
        other = self._live.get(person)
        if other is not None and not self.scene.orphaned(other):
            self.broken(
                of_call(placed, line),
                f"{person} was called while leg {other.leg} to {other.to}, dialed "
                f"{iso(other.dialed_at)}, was up",
            )
        self._live[person] = line

    def ended(self, line: Line) -> None:
        for person in [person for person, live in self._live.items() if live is line]:
            del self._live[person]


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
