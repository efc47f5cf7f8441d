"""Whoever answers is talked to: joined with an agent, told something, or counted as abandoned, in time."""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Final

from engine.domain.policy import CampaignPolicy, DialCustomer, OnUnsure, Play
from engine.domain.time import MILLISECOND, Instant, Micros, iso, spoken
from engine.domain.words import DialMode, Ending, Side, Verdict
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, of_call
from simulator.network import Line
from simulator.plan import CarrierCommand, StoreCommand

TOLERANCE: Final[Micros] = 20 * MILLISECOND  # for the events and commands between an answer and what follows
COMMITS: Final = 2  # that may stand between a deadline and what it causes: a commit is never cut short
CROSSING: Final[Micros] = 5 * MILLISECOND  # an answer so shortly before our hang-up crossed it

_PERSON: Final = frozenset({Ending.CONNECTED, Ending.SERVED, Ending.ABANDONED, Ending.HUNG_UP})
_MACHINE: Final = frozenset({Ending.MACHINE, Ending.MESSAGE_LEFT})


@dataclass(slots=True)
class _Answer:
    line: Line
    placed: Placed
    told_at: Instant | None = None
    judged_at: Instant | None = None
    excused: str | None = None  # why the engine cannot know of the answer
    done: bool = False


class NobodyIsKeptWaiting(Checker):
    """`figures` counts what became of the people who answered; a crash leaves some to nobody."""

    RULE = (
        "a person who answers is connected, served, abandoned or hangs up within abandon_after, "
        "and is counted as that"
    )
    KINDS: ClassVar = (
        e.LegAnswered,
        e.LegJudged,
        e.LegEnded,
        e.MessageStarted,
        e.CallConnected,
        e.AttemptEnded,
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.figures: Counter[str] = Counter()
        self._placed: dict[int, Placed] = {}
        self._answers: dict[int, _Answer] = {}  # by leg, while not judged
        self._leg_of: dict[int, int] = {}  # by attempt
        self._joined: set[int] = set()
        slowest = max(
            (entry.action.delay for entry in scene.plan.timeline if isinstance(entry.action, StoreCommand)),
            default=0,
        )
        # The news of an end may be lost, and the engine may believe a leg to be up that is down.
        self._faulty = bool(scene.plan.network.faults) or any(
            isinstance(entry.action, CarrierCommand) for entry in scene.plan.timeline
        )
        commit = max(slowest, scene.plan.store.commit_delay)
        self._tolerance = TOLERANCE + scene.plan.network.dial_delay + COMMITS * commit

    # --- the phones -------------------------------------------------------------------------------

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is Side.CUSTOMER and placed is not None and placed.attempt is not None:
            self._placed[line.leg] = placed
            self._leg_of[placed.attempt] = line.leg

    def answered(self, line: Line) -> None:
        if (placed := self._placed.get(line.leg)) is None:
            return
        answer = self._answers[line.leg] = _Answer(line, placed)
        if self.scene.orphaned(line):
            self._lost(line.leg)
        elif not self.scene.carrier_connected:
            answer.excused = "the carrier was not connected"
        elif any(fault.to in (None, line.to) for fault in self.scene.plan.network.faults):
            answer.excused = "the network had a fault"

    def joined(self, line: Line, agent: Line) -> None:
        self._joined.add(line.leg)
        self._reached(line.leg, "was joined with an agent")

    def ended(self, line: Line) -> None:
        self._placed.pop(line.leg, None)
        answer = self._answers.get(line.leg)
        if answer is None or answer.done or self._is_machine(answer):
            return
        assert line.ended_at is not None
        assert line.answered_at is not None
        crossed = line.ended_by_us and line.ended_at - line.answered_at <= CROSSING
        if answer.told_at is None and answer.excused is None and not crossed:
            self.broken(of_call(answer.placed, line), f"answered at {iso(line.answered_at)}; nobody was told")
        self._reached(line.leg, "was left alone")

    def _reached(self, leg: int, how: str) -> None:
        """Something has happened to a person who waited: in time?"""
        answer = self._answers.get(leg)
        if answer is None or answer.done or answer.told_at is None or self._is_machine(answer):
            return
        answer.done = True
        policy = self.policy(answer.placed.campaign or "")
        limit = _limit(policy)
        waited = self.scene.now - answer.told_at
        if limit is not None and waited > limit + self._tolerance:
            self.broken(
                of_call(answer.placed, answer.line),
                f"answered at {iso(answer.told_at)}, and {how} after {spoken(waited)}; {spoken(limit)} are "
                "allowed",
            )

    def _is_machine(self, answer: _Answer) -> bool:
        verdict = answer.line.verdict
        on_unsure = self.policy(answer.placed.campaign or "").amd.on_unsure
        return verdict == Verdict.MACHINE or (verdict == Verdict.UNSURE and on_unsure is OnUnsure.MACHINE)

    # --- the journal ------------------------------------------------------------------------------

    def line(self, event: e.Event) -> None:
        match event:
            case e.LegAnswered():
                if (answer := self._answers.get(event.leg)) is not None:
                    answer.told_at = self.scene.now
            case e.LegJudged():
                if (answer := self._answers.get(event.leg)) is not None:
                    answer.judged_at = self.scene.now
            case e.LegEnded():
                if (answer := self._answers.get(event.leg)) is not None and answer.line.ended_at is None:
                    answer.done = True  # the engine has given up a leg whose end it was not told
            case e.MessageStarted():
                self._reached(event.leg, "heard a message")
            case e.CallConnected():
                self._connected(event.attempt)
            case e.AttemptEnded():
                self._attempt_ended(event)
            case _:
                pass

    def _connected(self, attempt: int) -> None:
        leg = self._leg_of.get(attempt)
        answer = None if leg is None else self._answers.get(leg)
        if answer is None or leg in self._joined or answer.line.ended_at is not None:
            return
        if not self._faulty:
            self.broken(of_call(answer.placed, answer.line), "was connected, and no agent was on the line")
        answer.done = True  # the agent's phone was down, and the engine could not know

    def _attempt_ended(self, event: e.AttemptEnded) -> None:
        leg = self._leg_of.pop(event.attempt, None)
        answer = None if leg is None else self._answers.pop(leg, None)
        joined = leg in self._joined
        if leg is not None:
            self._joined.discard(leg)
        if answer is None or self.scene.orphaned(answer.line):
            return
        self.figures[event.ending] += 1
        if answer.told_at is None:
            return
        who = of_call(answer.placed, answer.line)
        if event.ending in _MACHINE:
            if not self._may_be_machine(answer):
                self.broken(who, f"a person (by AMD {answer.line.verdict}) was counted as {event.ending}")
        elif event.ending not in _PERSON:
            self.broken(who, f"answered at {iso(answer.told_at)}, and was counted as {event.ending}")
        elif event.ending is Ending.CONNECTED and not joined and not self._faulty:
            self.broken(who, "was counted as connected, and no agent was on the line")
        elif event.ending is Ending.HUNG_UP and answer.line.ended_by_us and answer.excused is None:
            self.broken(who, "was counted as having hung up, and it was we who did")

    def _may_be_machine(self, answer: _Answer) -> bool:
        """Or it was taken for one before the verdict came."""
        policy = self.policy(answer.placed.campaign or "")
        if not policy.amd.enabled or answer.told_at is None:
            return False
        waited = answer.told_at + min(policy.amd.wait, policy.abandon_after)
        unjudged = answer.judged_at is None or answer.judged_at >= waited
        return self._is_machine(answer) or (unjudged and policy.amd.on_unsure is OnUnsure.MACHINE)

    # --- crashes and the end ----------------------------------------------------------------------

    def engine_crashed(self) -> None:
        for leg in list(self._answers):
            self._lost(leg)
        self._leg_of.clear()

    def _lost(self, leg: int) -> None:
        """There is no engine for this person."""
        answer = self._answers.pop(leg)
        if not answer.done and not self._is_machine(answer):
            self.figures["abandoned by a crash"] += 1

    def finish(self, sql: sqlite3.Connection) -> None:
        for answer in self._answers.values():
            if answer.line.ended_at is None and not answer.done and answer.told_at is not None:
                self.broken(
                    of_call(answer.placed, answer.line),
                    f"answered at {iso(answer.told_at)}, and still waits when the run is over",
                )


def _limit(policy: CampaignPolicy) -> Micros | None:
    """How long a person may wait; None where it is not measured: the flow asks for keys before it speaks."""
    if policy.mode is not DialMode.AGENTLESS:
        return policy.abandon_after
    steps = [step for step in policy.flow if not isinstance(step, DialCustomer)]
    if not steps or not isinstance(steps[0], Play):
        return None
    return max(policy.abandon_after, policy.amd.wait if policy.amd.enabled else 0)
