"""The bench on which a carrier is checked: what its tests must offer, and the recorder of what it tells."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol, TypeAlias, TypeVar

from engine.calls.bell import Bell
from engine.domain.time import SECOND, Micros
from engine.domain.words import Side
from engine.ports import Answered, Carrier, CarrierEvent, Clock, Dial, Ended, HealthChanged, LiveLeg

PATIENCE: Final[Micros] = 20 * SECOND  # whatever must be told is told by then, by a slow test switch too
QUIET: Final[Micros] = 2 * SECOND  # what has not been told by then will not be
RING: Final[Micros] = 15 * SECOND  # longer than the phones of a rig take to answer

EventT = TypeVar("EventT")


class NotOffered(Exception):
    """This switch cannot do what a check needs: the check does not apply. The text says what and why."""


class Rig(Protocol):
    """A switch with test numbers whose behaviour is known. Every number may be dialed any number of times.

    What the switch cannot do raises NotOffered.
    """

    @property
    def clock(self) -> Clock: ...

    @property
    def leg_ids(self) -> Iterator[int]:
        """Ids that no leg of this switch has ever had, ascending."""

    def carrier(self) -> AbstractAsyncContextManager[Carrier]:
        """A new carrier, connected to the one switch. Leaving the block is the death of its engine: the
        carrier is gone, and the switch keeps the legs."""

    # --- numbers: each rings for a few seconds first, unless it says otherwise ---------------------

    @property
    def agent(self) -> str:
        """An agent's endpoint, who answers and stays on the line."""

    @property
    def answers(self) -> str:
        """A person who answers, says hello, and stays on the line for at least PATIENCE."""

    @property
    def machine(self) -> str:
        """An answering machine with a long greeting."""

    @property
    def no_answer(self) -> str:
        """Rings for ever."""

    @property
    def busy(self) -> str: ...

    @property
    def rejects(self) -> str: ...

    @property
    def invalid(self) -> str:
        """Nobody has this number. It never rings."""

    @property
    def congested(self) -> str:
        """The network has no way there now. It never rings."""

    def hangs_up(self, after: Micros) -> str:
        """A person who answers and leaves so long after the answer."""

    def keys(self, keys: str) -> str:
        """A person who answers and presses these keys when asked to."""

    @property
    def message(self) -> str:
        """A message that plays for some seconds, and for less than PATIENCE."""

    def rang(self, to: str) -> int:
        """How often the phone of a number or endpoint was called, as its owner tells."""

    # --- what goes wrong --------------------------------------------------------------------------

    def disconnected(self) -> AbstractAsyncContextManager[None]:
        """Inside the block the carrier has no connection to the switch, which keeps the legs."""

    def no_channel_free(self) -> AbstractAsyncContextManager[None]:
        """Inside the block the switch has no channel for one more leg."""


class Nonconforming(AssertionError):
    """The carrier did what no carrier may do. The text tells what, and everything that it told."""


Check: TypeAlias = Callable[[Rig], Awaitable[None]]


class Checks:
    """A decorator that collects the checks of a module, in their order."""

    def __init__(self) -> None:
        self.all: list[Check] = []

    def __call__(self, check: Check) -> Check:
        self.all.append(check)
        return check


class Session:
    """One carrier at work. Records what it tells, in order."""

    def __init__(self, rig: Rig, carrier: Carrier) -> None:
        self.rig = rig
        self.carrier = carrier
        self.events: list[CarrierEvent] = []
        self.legs: list[int] = []
        self._bell = Bell(rig.clock)
        carrier.listen(self._hear)

    def _hear(self, event: CarrierEvent) -> None:
        self.events.append(event)
        self._bell.ring()

    async def dial(
        self,
        to: str,
        *,
        side: Side = Side.CUSTOMER,
        ring: Micros = RING,
        ring_least: Micros = 0,
        detect_machine: bool = False,
    ) -> int:
        """The leg's id, once the carrier has taken the call. Raises CarrierRefused."""
        leg = next(self.rig.leg_ids)
        self.legs.append(leg)
        await self.carrier.dial(
            Dial(leg=leg, side=side, to=to, ring=ring, ring_least=ring_least, detect_machine=detect_machine)
        )
        return leg

    def heard(self, leg: int) -> list[CarrierEvent]:
        """What was told of a leg so far."""
        return [event for event in self.events if not isinstance(event, HealthChanged) and event.leg == leg]

    def kinds(self, leg: int) -> list[str]:
        """The same by name only."""
        return [type(event).__name__ for event in self.heard(leg)]

    async def told(self, leg: int, kind: type[EventT]) -> EventT:
        """The leg's first event of a kind, waited for."""
        await self.until(
            lambda: self._first(leg, kind) is not None, f"leg {leg}: {kind.__name__} was not told"
        )
        event = self._first(leg, kind)
        assert event is not None
        return event

    def _first(self, leg: int, kind: type[EventT]) -> EventT | None:
        return next((event for event in self.heard(leg) if isinstance(event, kind)), None)

    async def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Wait until something told makes the condition true."""
        if not await self._bell.until(condition, deadline=self.rig.clock.now() + PATIENCE):
            raise self.failure(otherwise)

    async def pause(self, duration: Micros = QUIET) -> None:
        """Let time pass and the carrier tell what it will."""
        await self._bell.until(lambda: False, deadline=self.rig.clock.now() + duration)

    def check(self, holds: object, otherwise: str) -> None:
        """Raise Nonconforming unless it holds."""
        if not holds:
            raise self.failure(otherwise)

    def failure(self, what: str) -> Nonconforming:
        told = "\n".join(f"  {event}" for event in self.events) or "  nothing"
        return Nonconforming(f"{what}\nThe carrier told:\n{told}")

    async def conversation(self, to: str | None = None) -> tuple[int, int]:
        """The legs of an agent and a customer, joined."""
        agent = await self.dial(self.rig.agent, side=Side.AGENT)
        await self.told(agent, Answered)
        customer = await self.dial(to or self.rig.answers)
        await self.told(customer, Answered)
        self.carrier.bridge(agent, customer)
        await self.pause(1 * SECOND)
        return agent, customer

    async def switch_legs(self) -> dict[int, LiveLeg]:
        """The legs that the switch has, by id."""
        legs = await self.carrier.legs()
        ids = [leg.leg for leg in legs]
        self.check(ids == sorted(set(ids)), f"legs are told once each and by id, not {ids}")
        return {leg.leg: leg for leg in legs}

    async def alone(self, leg: int) -> None:
        """Check that a leg is up and joined with nobody."""
        there = (await self.switch_legs()).get(leg)
        self.check(there is not None and there.answered, f"leg {leg} was expected to be up: {there}")
        self.check(
            there is not None and there.bridged_with is None, f"leg {leg} is joined with nobody: {there}"
        )
        self.check("Ended" not in self.kinds(leg), f"leg {leg} has not ended")

    async def end(self, *legs: int) -> None:
        """Hang up, and wait for the ends."""
        for leg in legs:
            self.carrier.hang_up(leg)
        for leg in legs:
            await self.told(leg, Ended)


@asynccontextmanager
async def session(rig: Rig) -> AsyncIterator[Session]:
    """A carrier at work. At the end of the block no leg is left, and what holds for every carrier at any time
    is checked: each leg has one end and nothing after it, and nothing is told of legs that are not ours."""
    async with rig.carrier() as carrier:
        now = Session(rig, carrier)
        yield now
        left = [leg.leg for leg in await carrier.legs()]
        await now.end(*left)
        await now.pause()
        for event in now.events:
            ours = isinstance(event, HealthChanged) or event.leg in now.legs
            now.check(ours, f"{event} is of no leg of ours")
        for leg in now.legs:
            kinds = now.kinds(leg)
            now.check(kinds.count("Ended") <= 1, f"leg {leg} ended more than once")
            now.check("Ended" not in kinds[:-1], f"leg {leg}: something was told after its end")
