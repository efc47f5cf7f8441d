"""A scenario brought to life: the network, the people, the store, and the engine that runs among them.

The world joins the parts; it decides nothing. Engines come and go (a crash kills one), the world stays.
"""

import gc
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, assert_never

import trio

from engine import __version__
from engine.calls.bell import Bell
from engine.config import Configuration, policy_json
from engine.domain.time import DAY, MILLISECOND, SECOND, Instant
from engine.domain.words import CampaignState
from engine.errors import Crashed, DialerError, InputError
from engine.journal import events as e
from engine.journal.floor import Floor
from engine.journal.writer import Journal, Observer
from engine.ports import Turn
from engine.registries.given import use_given
from engine.registries.registries import Registries
from engine.registries.shelf import IN_MEMORY
from engine.runtime.dialer import Dialer, Roster
from engine.runtime.jobs import PeriodicJob
from engine.runtime.list_updates import list_updates
from engine.runtime.segment_jobs import segment_jobs
from engine.store.connection import all_or_nothing
from engine.store.gates import Gates
from engine.store.leads import import_csv, import_leads
from engine.store.problems import ImportReport
from engine.store.recovery import open_epoch
from engine.store.resets.preparing import Confirmed
from engine.store.rules_in_force import StoredRules
from engine.store.setup import set_up
from engine.store.transaction import Change, Transaction
from engine.store.users import permitted
from simulator.agents import AgentPeople
from simulator.carrier import SimulatedCarrier
from simulator.clock import VirtualClock
from simulator.determinism import make_deterministic
from simulator.fence import Fence, Side
from simulator.network import SimulatedNetwork
from simulator.people import People
from simulator.plan import (
    AgentBehaviour,
    AgentCommand,
    CampaignCommand,
    CarrierCommand,
    Crash,
    Plan,
    Stay,
    StoreCommand,
    TimelineEntry,
)
from simulator.staff import SimulatedStaff
from simulator.store import SimulatedStore
from simulator.store_actions import order_of

RESTART: Final = 10 * SECOND  # an engine that a test killed is started again so much later
OVERTIME: Final = 1 * DAY  # after `end`: longer than any call with its wrap-up; then the run is stuck

CLAIM_TAKES: Final = 10 * MILLISECOND  # or longer: then the world looks again whether the run is over

CrashPoint = tuple[int, Side]


@dataclass
class World:
    """`run` once. `crash_at` kills an engine at its n-th port call, before or after it has had its effect:
    the first engine, or by number each one that is named.

    `observers` see every journal line; `on_engine` and `on_crash` are told of each engine's start and crash.
    `scheduler_seed` orders trio's tasks and must not matter. `resume` continues a run whose process was
    killed, on the store that it left: RESTART after the journal's last instant, on a network that lost its
    calls.
    """

    configuration: Configuration
    plan: Plan
    sql: sqlite3.Connection
    crash_at: CrashPoint | Mapping[int, CrashPoint] | None = None
    scheduler_seed: int = 0
    observers: list[Observer] = field(default_factory=list)
    on_engine: list[Callable[["World"], None]] = field(default_factory=list)
    on_crash: list[Callable[["World"], None]] = field(default_factory=list)
    progress: Callable[[Instant], None] | None = None
    on_import: Callable[[ImportReport], None] | None = None
    resume: bool = False

    clock: VirtualClock = field(init=False)
    network: SimulatedNetwork = field(init=False)
    fence: Fence = field(init=False)
    gates: Gates = field(init=False)
    dialer: Dialer | None = field(init=False, default=None)
    ended_at: Instant = field(init=False, default=0)
    lives: int = field(init=False, default=0)
    calls_of_life: list[int] = field(init=False, default_factory=list)

    def run(self) -> None:
        """From `start` to `end`, or until nothing is due. Raises whatever broke the engine."""
        make_deterministic(self.scheduler_seed)
        (path,) = (row[2] for row in self.sql.execute("PRAGMA database_list") if row[1] == "main")
        self._registries = Registries(path or IN_MEMORY)
        self.gates = Gates(StoredRules(), self._registries)
        if self.resume:
            self.clock = VirtualClock(self._last_instant() + RESTART)
            self._to_start = self._never_started()
        else:
            self.clock = VirtualClock(self.plan.start)
            self._load()
            self._to_start = set(self.configuration.campaigns)
        if not self.plan.start_campaigns:
            self._to_start.clear()
        self._build()
        with _rare_collections():
            trio.run(self._live, clock=self.clock)

    @property
    def port_calls(self) -> int:
        """How many the first engine made."""
        return self.calls_of_life[0]

    def fail(self, error: BaseException) -> None:
        """End the run here and now; `run` raises the error."""
        if self.clock.failure is None:
            self.clock.failure = error
        self.clock.on_failure()

    # --- before -----------------------------------------------------------------------------------

    def _last_instant(self) -> Instant:
        last: Instant | None = self.sql.execute("SELECT MAX(at) FROM journal").fetchone()[0]
        return self.plan.start if last is None else last

    def _never_started(self) -> set[str]:
        """The campaigns whose first start never came to the disk."""
        changed = self.sql.execute("SELECT line FROM journal WHERE line LIKE '%\"campaign.changed\"%'")
        return set(self.configuration.campaigns) - {json.loads(line)["campaign"] for (line,) in changed}

    def _load(self) -> None:
        for name, leads in sorted(self.configuration.lists.items()):
            if leads.file is None:
                import_leads(self.sql, leads.leads, list_name=name, now=self.plan.start)
            else:
                report = import_csv(
                    self.sql, leads.file, list_name=name, region=leads.region, now=self.plan.start
                )
                if self.on_import is not None:
                    self.on_import(report)
        campaigns = self.configuration.campaigns
        set_up(
            self.sql,
            lists=self.configuration.lists,
            dispositions=self.configuration.dispositions,
            campaigns=campaigns,
            plain_policies={name: policy_json(policy) for name, policy in campaigns.items()},
            users=self.configuration.users,
            segments=self.configuration.segments,
            wishes=self.configuration.wishes,
            now=self.plan.start,
        )
        with all_or_nothing(self.sql):
            use_given(self.configuration.registries, self._registries.shelf)(
                Transaction(self.sql, self.plan.start)
            )

    def _build(self) -> None:
        plan, agents = self.plan, self.configuration.agents
        behaviours = {
            name: plan.agents.get(name) or AgentBehaviour(shifts=(Stay(since=plan.start),)) for name in agents
        }
        people = AgentPeople(plan if plan.agents == behaviours else _with_agents(plan, behaviours))
        self.network = SimulatedNetwork(
            plan.network,
            self.clock,
            People(plan, self._which_list()),
            people,
            {agent.endpoint: name for name, agent in agents.items()},
        )
        self._staff = SimulatedStaff(behaviours, people, self.clock, self.network)
        self.network.phones = self._staff
        if self.resume:
            called = (
                "SELECT number, COUNT(*) FROM legs WHERE number IS NOT NULL GROUP BY number ORDER BY number"
            )
            self.network.remember(dict(self.sql.execute(called)))
        self._waiting: list[tuple[Change[object], str]] = []
        self._store_failing, self._store_delay = False, plan.store.commit_delay
        to_come = [entry for entry in plan.timeline if entry.at >= self.clock.now()]
        for key, entry in enumerate(to_come):
            self._schedule(entry, key)
        self._timeline_left = len(to_come)

    def _which_list(self) -> Callable[[str], str | None]:
        """Tells the list of a number."""
        names = list(self.configuration.lists)
        return (lambda number: names[0]) if len(names) == 1 else self._list_of

    def _list_of(self, number: str) -> str | None:
        row = self.sql.execute(
            "SELECT s.name FROM phones p JOIN leads l ON l.id = p.lead_id JOIN lists s ON s.id = l.list_id "
            "WHERE p.number = ? ORDER BY l.id LIMIT 1",
            (number,),
        ).fetchone()
        return None if row is None else row[0]

    # --- the run ----------------------------------------------------------------------------------

    async def _live(self) -> None:
        with trio.CancelScope() as whole:
            self._whole = whole
            self.clock.on_failure = whole.cancel
            self._closed = False
            self.clock.call_at(self.plan.end, self._close, turn=Turn.TIMELINE)
            self.clock.call_at(self.plan.end + OVERTIME, self._stuck, turn=Turn.TIMELINE)
            while not await self._engine_life():
                await self._sleep_until(self._restart_at)
        self.ended_at = self.clock.now()
        self.clock.stopped = True
        if self.clock.failure is not None:
            raise self.clock.failure

    async def _engine_life(self) -> bool:
        """One engine, from its start to its end. False if it crashed."""
        self.lives += 1
        crashes = self.crash_at if isinstance(self.crash_at, Mapping) else {1: self.crash_at}
        self.fence = Fence(crashes.get(self.lives))
        self._restart_at = None
        crashed = False
        with trio.CancelScope() as scope:
            self._scope = scope
            try:
                await self._run_engine()
            except* Crashed:
                crashed = True
        self._staff.close()
        self.network.sink = None
        self.calls_of_life.append(self.fence.calls)
        crashed = crashed or self.fence.dead
        if crashed:
            for told in self.on_crash:
                told(self)
            if self._restart_at is None:
                self._restart_at = self.clock.now() + RESTART
        return not crashed

    def _jobs(self) -> list[PeriodicJob]:
        """What the configuration wants done at intervals or at times."""
        return [
            *list_updates(self.configuration.lists.values(), since=self.plan.start),
            *segment_jobs(self.configuration.segments.values()),
        ]

    async def _run_engine(self) -> None:
        roster = Roster(
            campaigns=self.configuration.campaigns,
            pools=self.configuration.pools,
            agents=self.configuration.agents,
        )
        epoch = open_epoch(self.sql, now=self.clock.now(), version=__version__)
        floor = Floor(roster.campaigns, roster.pools, {name: a.pool for name, a in roster.agents.items()})
        journal = Journal(epoch.number, epoch.head, floor, self.clock)
        self.store = SimulatedStore(self.sql, journal, self.clock, self.fence, delay=self._store_delay)
        self.store.failing = self._store_failing
        self.dialer = Dialer(
            roster,
            clock=self.clock,
            store=self.store,
            journal=journal,
            carrier=SimulatedCarrier(self.network, self.clock, self.fence),
            desktop=self._staff,
            gates=self.gates,
            seed=self.plan.seed,
            jobs=self._jobs(),
        )
        for observer in self.observers:
            journal.observe(observer)
        journal.observe(self._line, e.AttemptSettled, e.CampaignDry, e.CampaignChanged)
        for prepare in self.on_engine:
            prepare(self)
        if self._closed:
            self.dialer.close()
        self._over = trio.Event()
        self._check_asked = True  # not before everything has started
        self._commands = 0
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            await nursery.start(self.dialer.run)
            for name in sorted(self._to_start):
                if self.dialer.floor.campaigns[name].state is CampaignState.STOPPED:
                    await self.dialer.command(name, "start", reason="scenario")
                self._to_start.remove(name)
            self._staff.open(self.dialer.desk)
            self._check_asked = False
            waiting, self._waiting = self._waiting, []
            for key, entry in enumerate(waiting):  # one after the other, in the order in which they came
                self.clock.call_at(self.clock.now(), partial(self._do, *entry), turn=Turn.TIMELINE, key=key)
            self._ask_whether_over()
            await self._until_over()
            nursery.cancel_scope.cancel()

    async def _until_over(self) -> None:
        assert self.dialer is not None
        await self._over.wait()
        self.dialer.journal.append(e.EngineStopped())
        await self.dialer.flush()

    # --- the end ----------------------------------------------------------------------------------

    def _line(self, at: Instant, event: e.Event) -> None:
        self._ask_whether_over()
        if self.progress is not None and isinstance(event, e.AttemptSettled):
            self.progress(at)

    def _ask_whether_over(self) -> None:
        if not self._check_asked:
            self._check_asked = True
            self.clock.call_at(self.clock.now(), self._check_whether_over, turn=Turn.DIAL, key=1 << 62)

    def _check_whether_over(self) -> None:
        self._check_asked = False
        dialer = self.dialer
        if dialer is None or dialer.live or self._commands or self.fence.dead:
            return
        if dialer.claiming:
            self.clock.call_at(self.clock.now() + CLAIM_TAKES, self._ask_whether_over)
            return
        next_moment = dialer.next_moment
        nothing_due = next_moment is None or next_moment >= self.plan.end
        if self._closed or (nothing_due and not self._timeline_left):
            self._over.set()

    def _stuck(self) -> None:
        live = 0 if self.dialer is None else self.dialer.live
        self.fail(RuntimeError(f"the run does not come to an end: {live} attempts are live"))

    def _close(self) -> None:
        self._closed = True
        if self.dialer is not None and not self.fence.dead:
            self.dialer.close()
            self._ask_whether_over()

    # --- the timeline -----------------------------------------------------------------------------

    def _schedule(self, entry: TimelineEntry, key: int) -> None:
        def happen() -> None:
            self._timeline_left -= 1
            self._act(entry)
            if not self.fence.dead:
                self._ask_whether_over()

        self.clock.call_at(entry.at, happen, turn=Turn.TIMELINE, key=key)

    def _act(self, entry: TimelineEntry) -> None:
        action = entry.action
        match action:
            case CampaignCommand():
                if self.dialer is not None and not self.fence.dead:
                    self._commands += 1
                    self._nursery.start_soon(self._command, action)
            case AgentCommand():
                self._staff.obey(action)
            case CarrierCommand():
                self._obey_carrier(action)
            case StoreCommand():
                slow = action.command == "slow"
                self._store_failing = self.store.failing = action.command == "fail"
                self._store_delay = self.store.delay = action.delay if slow else self.plan.store.commit_delay
            case Crash():
                self._restart_at = self.clock.now() + action.down_for
                self.crash()
            case _:
                order = order_of(action, self._registries.shelf)
                self._do(permitted(order.change, order.user, *order.rights), order.command)

    def _do(self, change: Change[object], command: str) -> None:
        """Do a change of the store beside the running engine. While none runs, it waits for the next. What is
        refused is a line of the journal, which names the command; the run goes on."""
        if self.dialer is None or self.fence.dead:
            self._waiting.append((change, command))
        else:
            self._commands += 1
            self._nursery.start_soon(self._apply, change, command)

    async def _apply(self, change: Change[object], command: str) -> None:
        assert self.dialer is not None
        try:
            if isinstance(await self.dialer.apply(change), Confirmed):
                await self.dialer.finish_resets()
        except InputError as error:
            self.dialer.journal.append(e.CommandRefused(campaign=None, command=command, reason=str(error)))
        self._commands -= 1
        self._ask_whether_over()

    async def _command(self, action: CampaignCommand) -> None:
        assert self.dialer is not None
        # A command that is not possible now is in the journal: the scenario fails by it, the run goes on.
        with suppress(DialerError):
            await self.dialer.command(action.campaign, action.command, reason="timeline")
        self._commands -= 1
        self._ask_whether_over()

    def _obey_carrier(self, action: CarrierCommand) -> None:
        match action.command:
            case "down":
                self.network.go_down()
            case "up":
                self.network.come_up()
            case "no_channels" | "channels":
                self.network.no_channels = action.command == "no_channels"
            case _ as never:
                assert_never(never)

    def crash(self) -> None:
        """Kill the engine now. Nothing it holds can be used from here on."""
        self.fence.dead = True
        self._scope.cancel()

    async def _sleep_until(self, when: Instant | None) -> None:
        assert when is not None
        await Bell(self.clock).until(lambda: False, deadline=when)


def _with_agents(plan: Plan, behaviours: dict[str, AgentBehaviour]) -> Plan:
    from dataclasses import replace

    return replace(plan, agents=behaviours)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Calls make much short-lived garbage and hardly a cycle: look for cycles seldom, and not at what was
    loaded before."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
