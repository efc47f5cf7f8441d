"""A lead has one owner at most, nobody else calls it, and its ownership goes by the rules of its list.

Works it out anew from the calls that were made, what came of them, and what people and the clock did.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from engine.domain.time import Instant, Micros, iso
from engine.domain.words import Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, StoredLine, of_call
from simulator.network import Line


class OnlyTheOwnerCalls(Checker):
    RULE = "nobody calls a lead that another campaign owns"

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.lead is None:
            return
        owner, until = self.scene.sql.execute(
            "SELECT owner, owned_until FROM leads WHERE id = ?", (placed.lead,)
        ).fetchone()
        if owner not in (None, placed.campaign) and (until is None or line.dialed_at < until):
            ends = "for ever" if until is None else f"until {iso(until)}"
            self.broken(of_call(placed, line), f"{line.to} was called, and {owner} owns the lead {ends}")


@dataclass(slots=True)
class _Rules:
    enabled: bool = False
    duration: Micros | None = None
    near: Micros = 0


@dataclass(slots=True)
class _Hold:
    """`ends` None: never; `length`: what it was granted for."""

    of_list: int
    owner: str
    began: Instant
    ends: Instant | None
    length: Micros | None
    succeeded: bool = False

    def over(self, at: Instant) -> bool:
        return self.ends is not None and self.ends <= at


@dataclass(slots=True)
class _Try:
    campaign: str
    lead: int
    of_list: int
    code: str = ""
    doubtful: bool = False  # a crash hid whether the phone was called


_TAKEN: Final = "became the owner"


class OneOwner(Checker):
    """`stored` sees the lines in the order of their commits."""

    RULE = "a lead has one owner at most: the first campaign with a valid attempt, as long as the list says"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._called: set[int] = set()  # attempts in which the customer's phone was called
        self._rules: dict[int, _Rules] = {}
        self._holds: dict[int, _Hold] = {}  # by lead
        self._tries: dict[int, _Try] = {}
        self._to_take: dict[int, Instant | None] = {}  # attempts that must take ownership, and until when
        self._settled: dict[int, _Try] = {}  # those of this instant
        self._end: Instant = 0

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is Side.CUSTOMER and placed is not None and placed.attempt is not None:
            self._called.add(placed.attempt)

    def stored(self, line: StoredLine) -> None:
        self._end = max(self._end, line["at"])
        match line["kind"]:
            case e.AttemptStarted.KIND | e.AttemptRecovered.KIND:
                doubtful = line["kind"] == e.AttemptRecovered.KIND
                self._tries[line["attempt"]] = _Try(
                    line["campaign"], line["lead"], line["list"], doubtful=doubtful
                )
            case e.AttemptDisposed.KIND:
                self._tries[line["attempt"]].code = line["disposition"]
            case e.AttemptSettled.KIND:
                self._settles(line)
            case e.OwnershipTaken.KIND:
                self._takes(line)
            case e.OwnershipFulfilled.KIND:
                self._fulfils(line)
            case e.ListConfigured.KIND:
                self._rules[line["list"]] = _Rules(line["ownership"], line["duration"], line["near"])
            case e.OwnershipReleased.KIND:
                self._releases(line)
            case e.OwnershipUpdated.KIND:
                self._updates(line)

    def _settles(self, line: StoredLine) -> None:
        attempt, each = line["attempt"], self._tries.pop(line["attempt"])
        self._settled = {attempt: each}
        disposition = self.policy(each.campaign).disposition(each.code)
        if each.doubtful or attempt not in self._called:
            return
        rules, hold = self._rules.get(each.of_list, _Rules()), self._holds.get(each.lead)
        if disposition.counts and rules.enabled and (hold is None or hold.over(line["at"])):
            ends = None if rules.duration is None else line["at"] + rules.duration
            self._to_take[attempt] = ends
            hold = self._holds[each.lead] = _Hold(
                each.of_list, each.campaign, line["at"], ends, rules.duration
            )
        if hold is not None and disposition.success and hold.owner == each.campaign:
            hold.succeeded = True

    def _takes(self, line: StoredLine) -> None:
        who = f"attempt {line['attempt']} of {line['campaign']}, lead {line['lead']}"
        if line["attempt"] in self._to_take:
            ends = self._to_take.pop(line["attempt"])
            if ends != line["until"]:
                self.broken(who, f"{_TAKEN} until {_told(line['until'])}; by the list, until {_told(ends)}")
            return
        each, hold = self._settled.get(line["attempt"]), self._holds.get(line["lead"])
        if each is None:
            self.broken(who, f"{_TAKEN}, and was not just settled")
        elif hold is not None and not hold.over(line["at"]):
            self.broken(who, f"{_TAKEN}, and {hold.owner} is the owner until {_told(hold.ends)}")
        elif not each.doubtful:
            self.broken(who, f"{_TAKEN}, and made no valid attempt (disposition {each.code})")
        else:
            self._holds[line["lead"]] = _Hold(
                each.of_list, each.campaign, line["at"], line["until"], line["duration"]
            )

    def _fulfils(self, line: StoredLine) -> None:
        """Only a call that a crash hid tells something new."""
        hold = self._holds.get(line["lead"])
        if hold is None or hold.owner != line["campaign"]:
            self.broken(f"lead {line['lead']}", f"has a success of {line['campaign']}, which does not own it")
        elif self._settled[line["attempt"]].doubtful:
            hold.succeeded = True
        elif not hold.succeeded:
            self.broken(f"lead {line['lead']}", f"has a success of attempt {line['attempt']}, which was none")

    def _releases(self, line: StoredLine) -> None:
        gone = [
            lead
            for lead, hold in self._holds.items()
            if hold.of_list == line["list"] and hold.owner in line["campaigns"]
        ]
        count = sum(not self._holds[lead].over(line["at"]) for lead in gone)
        if count != line["leads"]:
            self.broken(
                f"list {line['list']}",
                f"{line['leads']} leads of {', '.join(line['campaigns'])} were released; they owned {count}",
            )
        for lead in gone:
            del self._holds[lead]

    def _updates(self, line: StoredLine) -> None:
        at, rules = line["at"], self._rules.get(line["list"], _Rules())
        ends = None if rules.duration is None else at + rules.duration
        counts = {"expired": 0, "regranted": 0, "renewed": 0}
        for lead, hold in [each for each in self._holds.items() if each[1].of_list == line["list"]]:
            if hold.over(at):
                del self._holds[lead]
                counts["expired"] += 1
            elif hold.length != rules.duration:
                hold.ends, hold.length = ends, rules.duration
                counts["regranted"] += 1
            elif rules.enabled and _soon_over(hold, at, rules.near) and hold.ends != ends:
                hold.ends = ends
                counts["renewed"] += 1
        told = {name: line[name] for name in counts}
        if told != counts:
            self.broken(f"the update of list {line['list']}", f"says {told}; it should have been {counts}")

    def finish(self, sql: sqlite3.Connection) -> None:
        for attempt in self._to_take:
            self.broken(f"attempt {attempt}", "was the first valid one, and nobody became the owner")
        for lead, owner, until in sql.execute("SELECT id, owner, owned_until FROM leads ORDER BY id"):
            hold = self._holds.get(lead)
            theirs = None if owner is None or (until is not None and until <= self._end) else (owner, until)
            ours = None if hold is None or hold.over(self._end) else (hold.owner, hold.ends)
            if theirs != ours:
                self.broken(f"lead {lead}", f"is owned by {theirs} in the store; it should be {ours}")
        self._check_who_waits(sql)

    def _check_who_waits(self, sql: sqlite3.Connection) -> None:
        """Whoever waits for an ownership waits for the one there is, or will be looked at at once."""
        for case, campaign, lead, wakes_at in sql.execute(
            "SELECT id, campaign, lead_id, wakes_at FROM cases WHERE waits_for = 'ownership' ORDER BY id"
        ):
            hold = self._holds.get(lead)
            if wakes_at is not None and wakes_at <= self._end:
                continue
            if hold is None or hold.owner == campaign or hold.ends != wakes_at:
                facts = "nobody owns the lead" if hold is None else f"{hold.owner} until {_told(hold.ends)}"
                self.broken(f"case {case} of {campaign}", f"waits until {_told(wakes_at)}, and {facts}")


def _soon_over(hold: _Hold, at: Instant, near: Micros) -> bool:
    return hold.ends is not None and hold.ends - at <= near and not hold.succeeded


def _told(at: Instant | None) -> str:
    return "for ever" if at is None else iso(at)
