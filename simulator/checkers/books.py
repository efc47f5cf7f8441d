"""The journal and the store tell the same story."""

import json
import sqlite3
from collections import deque
from hashlib import sha256
from typing import Any, Final

from engine.domain.time import iso
from engine.journal import events as e
from simulator.checkers.checker import Checker, Scene, StoredLine

LATEST: Final = 1_000  # lines of others between the opening of an epoch and its first line


class ChainIsIntact(Checker):
    """Reads the store's own rows; no line is read twice. Each epoch is a chain, which hangs on one of the
    lines that were there when it was opened: a command writes beside an engine."""

    RULE = "the journal's chain is whole"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._ends: dict[int, tuple[int, int, str]] = {}  # of each epoch: the last number, time and hash
        self._latest = deque(["0" * 64], maxlen=LATEST)

    def link(self, epoch: int, seq: int, at: int, text: str, digest: str) -> None:
        """The next row of the journal."""
        who = f"line {seq} of epoch {epoch}"
        last, last_at, head = self._ends.get(epoch, (0, 0, None))
        before = reversed(self._latest) if head is None else [head]
        if not any(sha256((each + text).encode()).hexdigest() == digest for each in before):
            self.broken(who, "its hash does not follow from the line and the hash before")
        if seq != last + 1:
            self.broken(who, f"follows line {last} of its epoch")
        if at < last_at:
            self.broken(who, f"is of {iso(at)}, and the line before it of {iso(last_at)}")
        self._ends[epoch] = seq, at, digest
        self._latest.append(digest)


_COUNTED: Final = ("status", "agent_attempts", "customer_attempts", "rank")
_OF_CASE: Final = (*_COUNTED, "results")
_KEPT: Final = ("cycle", "agent_limit", "customer_limit", "lane", "turn")  # which no attempt changes
_DIALS: Final = ("phone_id", "phone_tries")
_HELD: Final = ("waits_for", "wanted_at", "wakes_at", "reset_at", "final", "exhausted")
_OF_ATTEMPT: Final = ("ending", "outcome", "disposition", "status", "due_at", "used", "settled_at")
_NEW: Final[dict[str, Any]] = {
    "status": "NEW",
    "agent_attempts": 0,
    "customer_attempts": 0,
    "results": {},
    "rank": 2,
    "cycle": 1,
    "agent_limit": None,
    "customer_limit": None,
    "failures": 0,
    "reached": False,
}


class StoreEqualsJournal(Checker):
    RULE = "the store says of cases, attempts and campaigns what the journal says"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._cases: dict[int, dict[str, Any]] = {}
        self._live: dict[int, int] = {}  # attempt: case
        self._attempts: dict[int, dict[str, Any]] = {}
        self._campaigns: dict[str, str] = {}

    def stored(self, line: StoredLine) -> None:
        match line["kind"]:
            case e.AttemptStarted.KIND:
                case = self._cases.setdefault(line["case"], dict(_NEW))
                self._begins(line, case)
                if "due_at" in case and case["due_at"] != line["due_at"]:
                    self._differs(line, "due_at", line["due_at"], case["due_at"])
                case["due_at"] = None
                self._live[line["attempt"]] = line["case"]
                self._attempts[line["attempt"]] = {}
            case e.AttemptRecovered.KIND:
                self._begins(line, self._cases[line["case"]])
            case e.AttemptEnded.KIND:
                self._attempts[line["attempt"]] |= {"ending": line["ending"], "outcome": line["outcome"]}
            case e.AttemptDisposed.KIND:
                self._attempts[line["attempt"]]["disposition"] = line["disposition"]
            case e.AttemptSettled.KIND:
                case = self._cases[self._live.pop(line["attempt"])]
                case.update({name: line[name] for name in (*_OF_CASE, "due_at", "final", "exhausted")})
                case.update(phone_id=line["phone"] or case["phone_id"], phone_tries=line["phone_tries"])
                case["failures"] += line["person"] is False
                case["reached"] |= line["person"] is True
                self._attempts[line["attempt"]] |= {
                    "status": line["status"],
                    "due_at": line["due_at"],
                    "used": line["used"],
                    "settled_at": line["at"],
                }
            case e.CasesChanged.KIND:
                for identity, *values in line["rows"]:
                    case = self._cases.setdefault(identity, dict(_NEW))
                    case.update(zip(line["columns"], values, strict=True))
                    if isinstance(case["results"], str):
                        case["results"] = json.loads(case["results"])
            case e.CampaignChanged.KIND:
                self._campaigns[line["campaign"]] = line["state"]

    def _begins(self, line: StoredLine, case: dict[str, Any]) -> None:
        line = line | {"phone_id": line["phone"]}
        for name in (*_OF_CASE, *_KEPT, *_DIALS):
            if line[name] != case.setdefault(name, line[name]):
                self._differs(line, name, line[name], case[name])

    def _differs(self, line: StoredLine, name: str, taken: Any, before: Any) -> None:
        self.broken(
            f"case {line['case']}, attempt {line['attempt']}",
            f"was taken with {name} {taken}, and the journal left it with {before}",
        )

    def finish(self, sql: sqlite3.Connection) -> None:
        columns = (*_COUNTED, *_KEPT, *_DIALS, *_HELD, "failures")
        for case, due_at, results, *rest in sql.execute(
            f"SELECT id, due_at, results, {', '.join(columns)}, reached_at IS NOT NULL FROM cases ORDER BY id"
        ):
            found = dict(zip((*columns, "reached"), rest, strict=True))
            found |= {"results": json.loads(results), "due_at": due_at}
            told = self._cases.get(case, _NEW)
            self._compare(f"case {case}", found, told)
        for attempt, *rest in sql.execute(
            "SELECT id, ending, outcome, disposition, status, due_at, used, settled_at FROM attempts "
            "ORDER BY id"
        ):
            found = dict(zip(_OF_ATTEMPT, rest, strict=True))
            self._compare(f"attempt {attempt}", found, self._attempts.pop(attempt, {}))
        if self._attempts:
            self.broken(f"attempt {min(self._attempts)}", "is in the journal and not in the store")
        for name, state in sql.execute("SELECT name, state FROM campaigns ORDER BY name"):
            self._compare(f"campaign {name}", {"state": state}, {"state": self._campaigns.get(name, state)})

    def _compare(self, who: str, found: dict[str, Any], told: dict[str, Any]) -> None:
        for name, value in found.items():
            if name in told and told[name] != value:
                self.broken(who, f"{name} is {value!r} in the store and {told[name]!r} by the journal")
