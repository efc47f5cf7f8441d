"""Checkers take their places: on the network, on the journal, and at the store when all is over."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

import orjson

from engine.config import Configuration
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import Side
from engine.journal.events import Event
from simulator.checkers.abandonment import CallsAreCountedForLimits, LimitsOnAbandonmentAreKept
from simulator.checkers.answers import NobodyIsKeptWaiting
from simulator.checkers.books import ChainIsIntact, StoreEqualsJournal
from simulator.checkers.broken import InvariantBroken
from simulator.checkers.callbacks import CallbacksAreKept
from simulator.checkers.calls import (
    OneAttemptForALead,
    OneCallForALead,
    OneCallForAnAttempt,
    OneCallForANumber,
    OneCallForAPerson,
)
from simulator.checkers.checker import Checker, Placed
from simulator.checkers.closing import EveryAgentIsReleased, EveryAttemptEndsOnce, EveryLegCloses
from simulator.checkers.contacts import ContactsAreCounted
from simulator.checkers.counts import BudgetsAreKept, CallsAreCounted
from simulator.checkers.crashes import NothingSettledIsLost, SafeTimeAfterCrash
from simulator.checkers.gates import (
    AgentBeforeCustomer,
    IntentBeforeDial,
    OnlyWhileRunning,
    WithinBusinessHours,
)
from simulator.checkers.held import NobodyIsHeldInVain
from simulator.checkers.order import DialedInOrder
from simulator.checkers.owners import OneOwner, OnlyTheOwnerCalls
from simulator.checkers.resets import ResetsHeedWhoIsProtected
from simulator.checkers.rules import NobodyIsCalledAgainstTheRules
from simulator.checkers.segments import NewCyclesAreEarned, NobodyOutsideIsDialed
from simulator.network import Line
from simulator.plan import Plan
from simulator.world import World

ALL: Final[tuple[type[Checker], ...]] = (
    OneCallForANumber,
    OneCallForALead,
    OneCallForAPerson,
    OneAttemptForALead,
    OneCallForAnAttempt,
    IntentBeforeDial,
    WithinBusinessHours,
    OnlyWhileRunning,
    NobodyIsCalledAgainstTheRules,
    NobodyIsHeldInVain,
    AgentBeforeCustomer,
    CallbacksAreKept,
    EveryAttemptEndsOnce,
    EveryLegCloses,
    EveryAgentIsReleased,
    BudgetsAreKept,
    CallsAreCounted,
    ContactsAreCounted,
    OnlyTheOwnerCalls,
    OneOwner,
    DialedInOrder,
    NobodyIsKeptWaiting,
    LimitsOnAbandonmentAreKept,
    CallsAreCountedForLimits,
    NothingSettledIsLost,
    SafeTimeAfterCrash,
    NobodyOutsideIsDialed,
    NewCyclesAreEarned,
    ResetsHeedWhoIsProtected,
    ChainIsIntact,
    StoreEqualsJournal,
)

_PLACED: Final = """
    SELECT l.side, l.number, l.ended_at, a.id, a.case_id, a.campaign, a.lead_id, COALESCE(l.agent, a.agent)
    FROM legs l LEFT JOIN attempts a ON a.id = l.attempt_id WHERE l.id = ?
"""


def attach(world: World, kinds: Sequence[type[Checker]] = ALL, *, repeat: str | None = None) -> "Checkers":
    """Put checkers beside a world that has not run yet. `repeat` tells how to run it again.

    A broken invariant ends the run: `run` raises InvariantBroken. Call `finish` after it.
    """
    return Checkers(world, kinds, repeat)


class Checkers:
    """The scene that checkers see, and a watcher of the network."""

    def __init__(self, world: World, kinds: Sequence[type[Checker]], repeat: str | None) -> None:
        self._world = world
        self._repeat = repeat
        self._orphans: set[int] = set()
        self._wrong: InvariantBroken | None = None
        self.configuration: Configuration = world.configuration
        self.plan: Plan = world.plan
        self.sql: sqlite3.Connection = world.sql
        self.checkers = [kind(self) for kind in kinds]
        self._dialed = self._those_with("dialed")
        self._answered = self._those_with("answered")
        self._joined = self._those_with("joined")
        self._ended = self._those_with("ended")
        self._stored = self._those_with("stored")
        world.on_engine.append(self._engine_starts)
        world.on_crash.append(self._engine_crashed)

    def _those_with(self, method: str) -> list[Checker]:
        return [c for c in self.checkers if getattr(type(c), method) is not getattr(Checker, method)]

    # --- the scene --------------------------------------------------------------------------------

    @property
    def now(self) -> Instant:
        return self._world.clock.now()

    @property
    def lives(self) -> int:
        return self._world.lives

    @property
    def carrier_connected(self) -> bool:
        return self._world.network.connected

    def allowed(self, policy: CampaignPolicy, lead: int, phone: int, *, reserved: bool) -> bool:
        asking = self._world.gates.asking(self.sql, policy, self.now)
        return asking.ask(lead, phone, reserved=reserved).allowed

    def orphaned(self, line: Line) -> bool:
        return line.leg in self._orphans

    def broken(self, rule: str, who: str, facts: str) -> None:
        """The first one counts: what follows from it is not worth telling."""
        if self._wrong is None:
            self._wrong = InvariantBroken(
                rule=rule, at=self.now, who=who, facts=facts, repeat=self._repeat or self._recipe()
            )
            self._world.fail(self._wrong)

    def _recipe(self) -> str:
        world = self._world
        crashes = f", crash_at={world.crash_at!r}" if world.crash_at is not None else ""
        return f"the scenario that guards {world.plan.guards!r}, with seed={world.plan.seed}{crashes}"

    # --- engines ----------------------------------------------------------------------------------

    def _engine_starts(self, world: World) -> None:
        if world.lives == 1:
            world.network.watchers.append(self)
        assert world.dialer is not None
        for checker in self.checkers:
            checker.engine_started()
            if checker.KINDS:
                world.dialer.journal.observe(self._guarded(checker), *checker.KINDS)

    def _guarded(self, checker: Checker) -> Callable[[Instant, Event], None]:
        """A checker that fails ends the run: an observer's error would only be logged."""

        def tell(at: Instant, event: Event) -> None:
            try:
                checker.line(event)
            except Exception as error:
                self._world.fail(error)
                raise

        return tell

    def _engine_crashed(self, world: World) -> None:
        self._orphans.update(world.network.lines)
        for checker in self.checkers:
            checker.engine_crashed()

    # --- the network ------------------------------------------------------------------------------

    def dialed(self, line: Line) -> None:
        placed = self._placed(line.leg)
        for checker in self._dialed:
            checker.dialed(line, placed)

    def answered(self, line: Line) -> None:
        for checker in self._answered:
            checker.answered(line)

    def joined(self, line: Line, agent: Line) -> None:
        for checker in self._joined:
            checker.joined(line, agent)

    def ended(self, line: Line) -> None:
        for checker in self._ended:
            checker.ended(line)

    def _placed(self, leg: int) -> Placed | None:
        row = self.sql.execute(_PLACED, (leg,)).fetchone()
        if row is None:
            return None
        side, number, ended_at, attempt, case, campaign, lead, agent = row
        return Placed(
            leg=leg,
            side=Side(side),
            number=number,
            ended=ended_at is not None,
            attempt=attempt,
            case=case,
            campaign=campaign,
            lead=lead,
            agent=agent,
        )

    # --- the end ----------------------------------------------------------------------------------

    def finish(self, sql: sqlite3.Connection) -> None:
        """Judge the run that is over by its journal and its store. Raises InvariantBroken."""
        chains = [checker for checker in self.checkers if isinstance(checker, ChainIsIntact)]
        for epoch, seq, at, text, digest in sql.execute(
            "SELECT epoch, seq, at, line, hash FROM journal ORDER BY rowid"
        ):
            for chain in chains:
                chain.link(epoch, seq, at, text, digest)
            if self._stored:
                line = orjson.loads(text)
                for checker in self._stored:
                    checker.stored(line)
            self._raise()
        for checker in self.checkers:
            checker.finish(sql)
            self._raise()

    def _raise(self) -> None:
        if self._wrong is not None:
            raise self._wrong
