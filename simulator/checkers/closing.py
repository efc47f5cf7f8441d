"""Nothing is left open: attempts, legs and agents."""

import sqlite3
from typing import ClassVar, Final

from engine.domain.time import iso
from engine.domain.words import LEGAL, AgentState, Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Scene, StoredLine
from simulator.network import Line

_RESTING: Final = frozenset({AgentState.LOGGED_OUT, AgentState.READY, AgentState.PAUSED})
_SHOWN: Final = 5  # of a list of things that are wrong


class EveryAttemptEndsOnce(Checker):
    """A second end is the one that a new engine gives to an attempt it found."""

    RULE = "every attempt has one end and one settlement"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._open: dict[int, str | None] = {}  # and how it ended
        self._settled: set[int] = set()

    def stored(self, line: StoredLine) -> None:
        match line["kind"]:
            case e.AttemptStarted.KIND:
                if line["attempt"] in self._open or line["attempt"] in self._settled:
                    self._wrong(line, "was started twice")
                self._open[line["attempt"]] = None
            case e.AttemptRecovered.KIND:
                if line["attempt"] not in self._open:
                    self._wrong(line, "was recovered, and was not open")
                self._open[line["attempt"]] = None
            case e.AttemptEnded.KIND:
                if line["attempt"] not in self._open:
                    self._wrong(line, "ended, and was not open")
                elif (before := self._open[line["attempt"]]) is not None:
                    self._wrong(line, f"ended twice: {before}, then {line['ending']}")
                self._open[line["attempt"]] = line["ending"]
            case e.AttemptSettled.KIND:
                if line["attempt"] in self._settled:
                    self._wrong(line, "was settled twice")
                elif self._open.pop(line["attempt"], None) is None:
                    self._wrong(line, "was settled before it had ended")
                self._settled.add(line["attempt"])

    def _wrong(self, line: StoredLine, what: str) -> None:
        self.broken(f"attempt {line['attempt']}", f"{what}, at {iso(line['at'])}")

    def finish(self, sql: sqlite3.Connection) -> None:
        if self._open:
            left = list(self._open.items())[:_SHOWN]
            told = ", ".join(
                f"{attempt} ({'live' if ending is None else f'ended: {ending}'})" for attempt, ending in left
            )
            self.broken(f"{len(self._open)} attempts", f"not settled at the end of the run: {told}")
        wrong = sql.execute(
            "SELECT id, ending, ended_at, settled_at FROM attempts "
            "WHERE ended_at IS NULL OR settled_at IS NULL OR ending IS NULL OR settled_at < ended_at "
            "ORDER BY id"
        ).fetchone()
        if wrong is not None:
            self.broken(
                f"attempt {wrong[0]}",
                f"in the store its ending is {wrong[1]}, ended_at {wrong[2]}, settled_at {wrong[3]}",
            )


class EveryLegCloses(Checker):
    """Agents' standing legs may be up when the run is over."""

    RULE = "every leg that is opened is closed, once"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._up: dict[int, Line] = {}
        self._open: dict[int, int | None] = {}  # by leg: its attempt
        self._closed: set[int] = set()

    def answered(self, line: Line) -> None:
        self._up[line.leg] = line

    def ended(self, line: Line) -> None:
        self._up.pop(line.leg, None)

    def stored(self, line: StoredLine) -> None:
        if line["kind"] == e.LegIntended.KIND:
            self._open[line["leg"]] = line["attempt"]
        elif line["kind"] == e.LegEnded.KIND:
            if line["leg"] in self._closed:
                self.broken(f"leg {line['leg']}", f"ended a second time, at {iso(line['at'])}")
            self._open.pop(line["leg"], None)
            self._closed.add(line["leg"])

    def finish(self, sql: sqlite3.Connection) -> None:
        for leg, attempt, side, cause in sql.execute(
            "SELECT id, attempt_id, side, cause FROM legs "
            "WHERE attempt_id IS NOT NULL AND (ended_at IS NULL OR outcome IS NULL) ORDER BY id"
        ):
            self.broken(
                f"attempt {attempt}, leg {leg}", f"the {side}'s leg has no end in the store ({cause})"
            )
        crashed = {leg for (leg,) in sql.execute("SELECT id FROM legs WHERE cause = 'crash'")}
        for leg, attempt in sorted(self._open.items()):
            if attempt is not None and leg not in crashed:
                self.broken(
                    f"attempt {attempt}, leg {leg}", "has no end in the journal, and no crash ended it"
                )
        standing = {leg for (leg,) in sql.execute("SELECT id FROM legs WHERE attempt_id IS NULL")}
        for leg, line in sorted(self._up.items()):
            if leg not in standing:
                since = "" if line.answered_at is None else f", answered {iso(line.answered_at)}"
                self.broken(f"leg {leg} to {line.to}", f"is still up when the run is over{since}")


class EveryAgentIsReleased(Checker):
    """Follows each agent by the journal, and by the phones who is in two conversations."""

    RULE = "every agent who is reserved is released, and serves one attempt at a time"
    KINDS: ClassVar = (
        e.AgentChanged,
        e.AgentReserved,
        e.AgentReleased,
        e.CallAssigned,
        e.CallResumed,
        e.AttemptStarted,
        e.AttemptSettled,
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._state: dict[str, AgentState] = {}
        self._attempt: dict[str, int] = {}
        self._agent: dict[int, str] = {}  # by attempt
        self._talking: dict[str, Line] = {}  # by endpoint: the customer

    def engine_started(self) -> None:
        self._state.clear()
        self._attempt.clear()
        self._agent.clear()

    def line(self, event: e.Event) -> None:
        match event:
            case e.AgentChanged():
                self._move(event.agent, event.state)
                self._hold(event.agent, event.attempt)
            case e.AgentReserved():
                self._move(event.agent, AgentState.RESERVED)
            case e.AgentReleased():
                self._move(event.agent, AgentState.READY)
                self._hold(event.agent, None)
            case e.CallAssigned():
                self._move(event.agent, AgentState.RESERVED)
                self._hold(event.agent, event.attempt)
            case e.CallResumed():  # from a dead engine: nobody knows the steps between
                self._state[event.agent] = AgentState.TALKING
                self._hold(event.agent, event.attempt)
            case e.AttemptStarted(agent=str() as agent):
                self._hold(agent, event.attempt)
            case e.AttemptSettled():
                if (holder := self._agent.pop(event.attempt, None)) is not None:
                    self.broken(
                        f"agent {holder}, attempt {event.attempt}",
                        f"the attempt is settled and the agent is still {self._state[holder]} for it",
                    )
            case _:
                pass

    def _move(self, agent: str, state: AgentState) -> None:
        before = self._state.get(agent, AgentState.LOGGED_OUT)
        if state is not before and state not in LEGAL[before]:
            self.broken(f"agent {agent}", f"went from {before} to {state}, which no agent may")
        self._state[agent] = state

    def _hold(self, agent: str, attempt: int | None) -> None:
        before = self._attempt.pop(agent, None)
        if before is not None:
            self._agent.pop(before, None)
        if attempt is None:
            return
        if before is not None and before != attempt:
            self.broken(f"agent {agent}", f"was given attempt {attempt} while busy with attempt {before}")
        self._attempt[agent] = attempt
        self._agent[attempt] = agent

    def joined(self, line: Line, agent: Line) -> None:
        other = self._talking.get(agent.to)
        if other is not None and other is not line:
            self.broken(
                f"agent's phone {agent.to}",
                f"was joined with {line.to} (leg {line.leg}) while in conversation with {other.to} (leg "
                f"{other.leg})",
            )
        self._talking[agent.to] = line

    def ended(self, line: Line) -> None:
        if line.side is Side.AGENT:
            self._talking.pop(line.to, None)
            return
        for endpoint, customer in list(self._talking.items()):
            if customer is line:
                del self._talking[endpoint]

    def finish(self, sql: sqlite3.Connection) -> None:
        for agent, state in sorted(self._state.items()):
            if state not in _RESTING:
                busy = f" with attempt {self._attempt[agent]}" if agent in self._attempt else ""
                self.broken(f"agent {agent}", f"is {state}{busy} when the run is over")
