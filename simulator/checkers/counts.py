"""What attempts use up, and how often people were called."""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from engine.domain.policy import CampaignPolicy
from engine.domain.time import iso
from engine.domain.words import Ending, Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, StoredLine
from simulator.network import Line


@dataclass(slots=True)
class _Try:
    """An attempt, as the journal tells it."""

    campaign: str
    case: int
    before: tuple[int, int]
    intended: str | None = None
    asks_agent: bool = False
    asks_customer: bool = False
    ending: str = ""
    continued: bool = False
    disposition: str = ""
    promised: bool = False
    limits: tuple[int | None, int | None] = (None, None)


class BudgetsAreKept(Checker):
    """Works out from each attempt's story who pays for it."""

    RULE = (
        "an attempt uses up one attempt at most, of the side that was not reached, and no budget is exceeded"
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._tries: dict[int, _Try] = {}
        self._used: dict[int, tuple[int, int]] = {}  # by case: agent and customer attempts

    def stored(self, line: StoredLine) -> None:
        match line["kind"]:
            case e.AttemptStarted.KIND | e.AttemptRecovered.KIND:
                self._started(line)
            case e.LegIntended.KIND if line["attempt"] in self._tries:
                self._tries[line["attempt"]].intended = line["side"]
            case e.VariableSet.KIND:
                attempt = self._tries[line["attempt"]]
                if line["variable"] == "reschedule_agent_call":
                    attempt.asks_agent = line["value"]
                else:
                    attempt.asks_customer = line["value"]
            case e.AttemptEnded.KIND:
                attempt = self._tries[line["attempt"]]
                attempt.ending, attempt.continued = line["ending"], line["continued"]
            case e.AttemptDisposed.KIND:
                attempt = self._tries[line["attempt"]]
                attempt.disposition, attempt.promised = line["disposition"], line["callback_at"] is not None
            case e.CasesChanged.KIND:
                self._changed(line)
            case e.AttemptSettled.KIND:
                self._settled(line, self._tries.pop(line["attempt"]))

    def _started(self, line: StoredLine) -> None:
        counts = (line["agent_attempts"], line["customer_attempts"])
        used = self._used.setdefault(line["case"], (0, 0))
        if counts != used:
            self.broken(
                f"case {line['case']}, attempt {line['attempt']}",
                f"began with {_told(counts)}; the case had used {_told(used)}",
            )
        attempt = _Try(line["campaign"], line["case"], counts)
        attempt.limits = (line["agent_limit"], line["customer_limit"])
        if line["kind"] == e.AttemptRecovered.KIND:
            attempt.intended = line["intended"]
            attempt.asks_agent = line["asked"] == Side.AGENT
            attempt.asks_customer = line["asked"] == Side.CUSTOMER
        self._tries[line["attempt"]] = attempt

    def _changed(self, line: StoredLine) -> None:
        """A new cycle counts from 0; nothing else outside an attempt changes what was used."""
        names = line["columns"]
        if "agent_attempts" not in names:
            return
        for case, *values in line["rows"]:
            row = dict(zip(names, values, strict=True))
            counts = (row["agent_attempts"], row["customer_attempts"])
            before = self._used.get(case, (0, 0))
            if counts not in ((0, 0), before):
                self.broken(f"case {case}", f"{line['reason']} made {_told(before)} {_told(counts)}")
            self._used[case] = counts

    def _settled(self, line: StoredLine, attempt: _Try) -> None:
        policy = self.policy(attempt.campaign)
        who = f"campaign {attempt.campaign}, case {attempt.case}, attempt {line['attempt']}"
        payer = _payer(attempt, policy)
        counts = (line["agent_attempts"], line["customer_attempts"])
        due = (attempt.before[0] + (payer is Side.AGENT), attempt.before[1] + (payer is Side.CUSTOMER))
        if counts != due or line["used"] != payer:
            self.broken(
                who,
                f"ended as {attempt.ending} and was settled at {iso(line['at'])} using {line['used']}: "
                f"{_told(counts)}; it should use {payer}: {_told(due)}",
            )
        limits = (
            attempt.limits[0] or (policy.agent_attempts.max if policy.agent_attempts else 0),
            attempt.limits[1] or policy.customer_attempts.max,
        )
        if counts[0] > limits[0] or counts[1] > limits[1]:
            self.broken(who, f"{_told(counts)} are used; the campaign allows {_told(limits)}")
        self._used[attempt.case] = counts

    def finish(self, sql: sqlite3.Connection) -> None:
        for case, *counts in sql.execute(
            "SELECT id, agent_attempts, customer_attempts FROM cases ORDER BY id"
        ):
            told = self._used.get(case, (0, 0))
            if (counts[0], counts[1]) != told:
                self.broken(
                    f"case {case}",
                    f"the store has {_told((counts[0], counts[1]))}, the journal {_told(told)}",
                )


def _payer(attempt: _Try, policy: CampaignPolicy) -> Side | None:
    disposition = policy.disposition(attempt.disposition)
    if not disposition.counts or disposition.dnc or attempt.promised:
        return None
    agent_side = Side.AGENT if policy.agent_attempts is not None else None
    match attempt.ending:
        case Ending.REFUSED | Ending.SKIPPED:
            return None
        case Ending.UNKNOWN:
            if attempt.intended is None:
                return None
            return agent_side or Side.CUSTOMER if attempt.intended == Side.AGENT else Side.CUSTOMER
        case Ending.CONNECTED | Ending.SERVED:
            again = disposition.retry is not None and not disposition.final
            return _asked(attempt) or (Side.CUSTOMER if again else None)
        case _ if attempt.continued:
            again = disposition.retry is not None and not disposition.final
            return _asked(attempt) or (Side.CUSTOMER if again else None)
        case Ending.AGENT_NOT_REACHED:
            return agent_side
        case _:
            return Side.CUSTOMER


def _asked(attempt: _Try) -> Side | None:
    if attempt.asks_customer:
        return Side.CUSTOMER
    return Side.AGENT if attempt.asks_agent else None


def _told(counts: tuple[int, int]) -> str:
    return f"{counts[0]} agent and {counts[1]} customer attempts"


class CallsAreCounted(Checker):
    """A crash may count a call that was meant and not placed; never may one that was placed go uncounted."""

    RULE = "a lead's calls are the times its phones were called, and only grow"
    KINDS: ClassVar = (e.AttemptStarted, e.AttemptRecovered, e.AttemptSettled)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._before: dict[int, int] | None = None
        self._called: Counter[int] = Counter()
        self._doubtful: Counter[int] = Counter()
        self._seen: dict[int, int] = {}
        self._lead_of: dict[int, int] = {}

    def engine_started(self) -> None:
        if self._before is None:  # a resumed run finds counts
            calls = self.scene.sql.execute("SELECT id, calls FROM leads WHERE calls > 0 ORDER BY id")
            self._before = dict(calls)

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is Side.CUSTOMER and placed is not None and placed.lead is not None:
            self._called[placed.lead] += 1

    def line(self, event: e.Event) -> None:
        if isinstance(event, e.AttemptStarted | e.AttemptRecovered):
            self._lead_of[event.attempt] = event.lead
            if isinstance(event, e.AttemptRecovered):
                self._doubtful[event.lead] += 1
        elif isinstance(event, e.AttemptSettled):
            self._check(self._lead_of.pop(event.attempt), f"attempt {event.attempt}")

    def _check(self, lead: int, who: str) -> None:
        (calls,) = self.scene.sql.execute("SELECT calls FROM leads WHERE id = ?", (lead,)).fetchone()
        if calls < (before := self._seen.get(lead, 0)):
            self.broken(f"lead {lead}, {who}", f"its calls went from {before} down to {calls}")
        self._seen[lead] = calls
        least = (self._before or {}).get(lead, 0) + self._called[lead]
        if not least <= calls <= least + self._doubtful[lead]:
            self.broken(
                f"lead {lead}, {who}",
                f"the store counts {calls} calls; {least} were made and {self._doubtful[lead]} are in doubt",
            )

    def finish(self, sql: sqlite3.Connection) -> None:
        for lead in sorted(self._called):
            self._check(lead, "at the end")
        wrong = sql.execute(
            "SELECT l.id, l.calls, SUM(c.calls) FROM leads l JOIN cases c ON c.lead_id = l.id "
            "GROUP BY l.id HAVING l.calls <> SUM(c.calls) ORDER BY l.id LIMIT 1"
        ).fetchone()
        if wrong is not None:
            self.broken(f"lead {wrong[0]}", f"counts {wrong[1]} calls, and its cases together {wrong[2]}")
