"""An engine's parts joined by hand: real store and journal on disk, a carrier that does what it is told."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import trio

from engine import ports
from engine.calls.switchboard import Switchboard
from engine.domain.lists import InlineLead
from engine.domain.policy import AgentPolicy, Budget, CampaignPolicy, DialCustomer, Play, PoolPolicy
from engine.domain.time import MINUTE, SECOND, Instant
from engine.domain.words import DialMode, Outcome
from engine.errors import StoreUnavailable
from engine.journal import events as e
from engine.journal.floor import Floor
from engine.journal.writer import Journal
from engine.ports import CarrierRefused
from engine.runtime.desk import Desk
from engine.runtime.patience import PatientStore
from engine.runtime.throttle import CallThrottle
from engine.store.cases import create_cases
from engine.store.changes import Ids
from engine.store.connection import open_store
from engine.store.leads import import_leads
from engine.store.recovery import open_epoch, register
from engine.store.transaction import Change
from simulator.clock import VirtualClock
from simulator.fence import Fence
from simulator.store import SimulatedStore
from tests.virtual import virtually

T = TypeVar("T")

POOL: Final = PoolPolicy(name="sales", nailed_up=False)
NAILED_UP: Final = PoolPolicy(name="sales", agent_ring=10 * SECOND)


def campaign(name: str = "orders", mode: DialMode = DialMode.PROGRESSIVE, **more: Any) -> CampaignPolicy:
    given: dict[str, Any] = {
        "name": name,
        "mode": mode,
        "lists": ("people",),
        "pool": None if mode is DialMode.AGENTLESS else "sales",
        "customer_attempts": Budget(max=3, interval=10 * MINUTE),
        "agent_attempts": Budget(max=3, interval=5 * MINUTE) if mode is DialMode.AGENT_FIRST else None,
    }
    if mode is DialMode.AGENTLESS:
        given["flow"] = (DialCustomer(), Play(message="offer"))
    return CampaignPolicy(**(given | more))


class HandCarrier:
    """Takes every dial, does nothing by itself, and remembers what it was asked to do."""

    def __init__(self) -> None:
        self.dials: list[ports.Dial] = []
        self.commands: list[tuple[Any, ...]] = []
        self.refuse: CarrierRefused | None = None
        self.during_dial: Callable[[ports.Dial], None] = lambda dial: None
        self.tell: Callable[[ports.CarrierEvent], None] = lambda event: None
        self.live: tuple[ports.LiveLeg, ...] = ()
        self.rate: float | None = None

    def listen(self, sink: Callable[[ports.CarrierEvent], None]) -> None:
        self.tell = sink

    async def dial(self, dial: ports.Dial) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.dials.append(dial)
        self.during_dial(dial)

    def hang_up(self, leg: int) -> None:
        self.commands.append(("hang_up", leg))

    def bridge(self, agent_leg: int, customer_leg: int) -> None:
        self.commands.append(("bridge", agent_leg, customer_leg))

    def unbridge(self, leg: int) -> None:
        self.commands.append(("unbridge", leg))

    def play(self, leg: int, message: str) -> None:
        self.commands.append(("play", leg, message))

    def collect(self, leg: int, *, digits: int, within: int) -> None:
        self.commands.append(("collect", leg, digits, within))

    def connected(self) -> bool:
        return True

    def free_channels(self) -> int | None:
        return None

    def calls_per_second(self) -> float | None:
        return self.rate

    async def legs(self) -> tuple[ports.LiveLeg, ...]:
        return self.live

    # --- what tests tell --------------------------------------------------------------------------

    def answer(self, leg: int) -> None:
        self.tell(ports.Answered(leg=leg))

    def end(self, leg: int, outcome: Outcome = Outcome.ANSWERED) -> None:
        self.tell(ports.Ended(leg=leg, outcome=outcome, cause="16/0"))


class Office:
    """One campaign or more, their pool, and its agents."""

    def __init__(
        self,
        clock: VirtualClock,
        path: Path,
        *campaigns: CampaignPolicy,
        pool: PoolPolicy = POOL,
        agents: tuple[str, ...] = ("ann", "ben"),
        leads: int = 0,
    ) -> None:
        self.clock = clock
        self.policies = {policy.name: policy for policy in campaigns or (campaign(),)}
        self.agents = {name: AgentPolicy(name=name, pool="sales", endpoint=f"sip-{name}") for name in agents}
        self.sql = open_store(path / "store.db", durable=False)
        people = [InlineLead(key=f"l{n}", phones=(f"+4420794600{n:02}",)) for n in range(1, leads + 1)]
        import_leads(self.sql, people, list_name="people", now=clock.now())
        register(self.sql, dict.fromkeys(self.policies, "{}"))
        for policy in self.policies.values():
            create_cases(self.sql, policy.name, policy.lists, clock.now())
        self.lines: list[tuple[Instant, e.Event]] = []
        self.fence = Fence()
        epoch = open_epoch(self.sql, now=clock.now(), version="test")
        self.floor = Floor(self.policies, {"sales": pool}, dict.fromkeys(agents, "sales"))
        self.journal = Journal(epoch.number, epoch.head, self.floor, clock)
        self.journal.observe(lambda at, event: self.lines.append((at, event)))
        self.store = SimulatedStore(self.sql, self.journal, clock, self.fence, delay=2_000)
        self.carrier = HandCarrier()
        self.switchboard = Switchboard(self.journal, self.carrier)
        self.ids = Ids(epoch.number)
        self.patient = PatientStore(self.store, clock)
        self.throttle = CallThrottle(clock, self.carrier.calls_per_second)
        self.desk = Desk(
            clock,
            self.patient,
            self.journal,
            self.carrier,
            self.switchboard,
            self.throttle,
            self.ids,
            {"sales": pool},
            {name: agent.endpoint for name, agent in self.agents.items()},
        )

    async def wait(self, duration: int) -> None:
        """Let time pass, and all that happens in it."""
        await trio.sleep(duration / SECOND)

    async def write(self, change: Change[T]) -> T:
        return await self.store.write(change)

    def seen(self, *kinds: type[e.Event]) -> list[e.Event]:
        """The journal's lines of some kinds."""
        return [event for _, event in self.lines if isinstance(event, kinds)]


def in_office(
    path: Path,
    main: Callable[[Office], Awaitable[None]],
    *campaigns: CampaignPolicy,
    pool: PoolPolicy = POOL,
    agents: tuple[str, ...] = ("ann", "ben"),
    leads: int = 0,
) -> None:
    """Run `main` in an office whose desk is open."""

    async def run(clock: VirtualClock) -> None:
        office = Office(clock, path, *campaigns, pool=pool, agents=agents, leads=leads)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(office.desk.run)
                await office.wait(1)
                await main(office)
                nursery.cancel_scope.cancel()
        finally:
            office.sql.close()

    virtually(run)


class FailingStore:
    """Refuses so often, then takes everything."""

    def __init__(self, store: SimulatedStore, failures: int) -> None:
        self._store = store
        self.failures = failures
        self.tries: list[Instant] = []

    async def write(self, change: Change[T]) -> T:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("away")
        return await self._store.write(change)


def rows(office: Office, query: str, given: Mapping[str, Any] | tuple[Any, ...] = ()) -> list[Any]:
    return office.sql.execute(query, given).fetchall()
