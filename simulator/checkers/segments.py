"""Who may be dialed through segments, and who begins anew: worked out again from the lines of the jobs."""

from dataclasses import dataclass
from typing import ClassVar

from engine.domain.time import Instant, iso
from engine.domain.words import Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, StoredLine, of_call
from simulator.network import Line


class NobodyOutsideIsDialed(Checker):
    """A call that began while its lead was inside goes on; a job never touches it."""

    RULE = "no lead is dialed that was last seen outside every segment of the campaign"
    KINDS: ClassVar = (e.SegmentObserved, e.AttemptStarted)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._inside: dict[str, dict[int, bool]] | None = None
        self._strays: dict[int, Instant] = {}  # attempts that began outside

    def engine_started(self) -> None:
        if self._inside is None:  # a resumed run finds members
            self._inside = {}
            for segment, lead, inside in self.scene.sql.execute(
                "SELECT s.name, m.lead_id, m.inside FROM memberships m "
                "JOIN segments s ON s.id = m.segment_id ORDER BY s.name, m.lead_id"
            ):
                self._inside.setdefault(segment, {})[lead] = bool(inside)

    def line(self, event: e.Event) -> None:
        assert self._inside is not None
        if isinstance(event, e.SegmentObserved):
            members = self._inside.setdefault(event.segment, {})
            members.update(dict.fromkeys(event.left, False))
            members.update(dict.fromkeys(event.entered, True))
        elif isinstance(event, e.AttemptStarted):
            segments = self.policy(event.campaign).segments
            if segments and not any(self._inside.get(name, {}).get(event.lead) for name in segments):
                self._strays[event.attempt] = self.scene.now

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is Side.CUSTOMER and placed is not None and placed.attempt in self._strays:
            assert placed.campaign is not None
            segments = ", ".join(self.policy(placed.campaign).segments)
            self.broken(
                of_call(placed, line),
                f"{line.to} was called, and the lead was outside {segments} when the attempt began at "
                f"{iso(self._strays[placed.attempt])}",
            )


@dataclass(slots=True)
class _Switch:
    """A segment's setting by the lines so far. `on_since`: the number of the line of the latest switch."""

    on: bool = False
    on_since: int = 0


class NewCyclesAreEarned(Checker):
    """Counts lines instead of times: an exit counts if its line comes after the line of the switch, and a
    re-entry belongs to the instant of its job."""

    RULE = "a case begins a new cycle only when a job saw its lead come back, after an exit that counts"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._number = 0
        self._switches: dict[str, _Switch] = {}
        self._members: dict[str, dict[int, tuple[bool, int]]] = {}  # inside, and the line that said so
        self._earned: dict[str, dict[int, Instant]] = {}  # by segment: leads, and the job that saw them
        self._noted: set[int] = set()  # cases
        self._cycles: dict[int, int] = {}
        self._leads: dict[int, int] = {}

    def engine_started(self) -> None:
        self._leads.update(self.scene.sql.execute("SELECT id, lead_id FROM cases ORDER BY id"))

    def stored(self, line: StoredLine) -> None:
        self._number += 1
        match line["kind"]:
            case e.SegmentConfigured.KIND:
                switch = self._switches.setdefault(line["segment"], _Switch())
                if line["reset_on_reentry"] and not switch.on:
                    switch.on_since = self._number
                switch.on = line["reset_on_reentry"]
            case e.SegmentObserved.KIND:
                self._observed(line)
            case e.AttemptStarted.KIND:
                self._leads[line["case"]] = line["lead"]
            case e.CasesChanged.KIND:
                self._changed(line)

    def _observed(self, line: StoredLine) -> None:
        segment = line["segment"]
        members = self._members.setdefault(segment, {})
        switch = self._switches.setdefault(segment, _Switch())
        for lead in line["entered"]:
            inside, since = members.get(lead, (False, 0))
            if since and not inside and switch.on and since > switch.on_since:
                self._earned.setdefault(segment, {})[lead] = line["at"]
            members[lead] = (True, self._number)
        for lead in line["left"]:
            members[lead] = (False, self._number)

    def _changed(self, line: StoredLine) -> None:
        columns = line["columns"]
        for identity, *values in line["rows"]:
            row = dict(zip(columns, values, strict=True))
            if line["reason"] == "re-entered":
                self._re_entered(line, identity)
            if "cycle" in row and line["reason"] == "undone":
                self._cycles[identity] = row["cycle"]
            elif "cycle" in row:
                before = self._cycles.get(identity, row["cycle"] - 1)
                if row["cycle"] != before + 1:
                    self.broken(f"case {identity}", f"went from cycle {before} to {row['cycle']}")
                self._cycles[identity] = row["cycle"]
            if "reset_at" in row:
                (self._noted.discard if row["reset_at"] is None else self._noted.add)(identity)

    def _re_entered(self, line: StoredLine, case: int) -> None:
        earned = self._earned.get(line["about"], {})
        if case in self._noted or earned.get(self._lead_of(case)) == line["at"]:
            return
        self.broken(
            f"case {case}, lead {self._lead_of(case)}",
            f"began a new cycle at {iso(line['at'])} for {line['about']}; "
            "no job of that instant saw the lead come back after an exit that counts",
        )

    def _lead_of(self, case: int) -> int:
        if case not in self._leads:
            row = self.scene.sql.execute("SELECT lead_id FROM cases WHERE id = ?", (case,)).fetchone()
            self._leads[case] = row[0]
        return self._leads[case]
