"""The engine's side of the simulated network. It dies with its engine; the network goes on."""

from collections.abc import Callable

from engine import ports
from engine.calls.bell import Bell
from engine.domain.time import Instant, Micros
from engine.ports import Clock
from simulator.fence import Fence
from simulator.network import SimulatedNetwork


class SimulatedCarrier:
    """Implements `engine.ports.Carrier`."""

    def __init__(self, network: SimulatedNetwork, clock: Clock, fence: Fence) -> None:
        self._network = network
        self._clock = clock
        self._fence = fence

    def listen(self, sink: Callable[[ports.CarrierEvent], None]) -> None:
        def deliver(event: ports.CarrierEvent) -> None:
            if not self._fence.dead:
                sink(event)

        self._network.sink = deliver

    async def dial(self, dial: ports.Dial) -> None:
        call = self._fence.before()
        try:
            self._network.place(dial)
        except ports.CarrierRefused:
            self._fence.after(call)
            raise
        await self._take(self._network.plan.dial_delay, dial.leg)
        self._fence.after(call)

    async def _take(self, duration: Micros, key: int) -> None:
        until: Instant = self._clock.now() + duration
        await Bell(self._clock, key=key).until(lambda: False, deadline=until)

    def hang_up(self, leg: int) -> None:
        call = self._fence.before()
        self._network.hang_up(leg)
        self._fence.after(call)

    def bridge(self, agent_leg: int, customer_leg: int) -> None:
        call = self._fence.before()
        self._network.bridge(agent_leg, customer_leg)
        self._fence.after(call)

    def unbridge(self, leg: int) -> None:
        call = self._fence.before()
        self._network.unbridge(leg)
        self._fence.after(call)

    def play(self, leg: int, message: str) -> None:
        call = self._fence.before()
        self._network.play(leg, message)
        self._fence.after(call)

    def collect(self, leg: int, *, digits: int, within: Micros) -> None:
        call = self._fence.before()
        self._network.collect(leg, digits, within)
        self._fence.after(call)

    def connected(self) -> bool:
        return self._network.connected

    def free_channels(self) -> int | None:
        return self._network.free_channels()

    def calls_per_second(self) -> float | None:
        return self._network.plan.calls_per_second

    async def legs(self) -> tuple[ports.LiveLeg, ...]:
        self._fence.check()
        return tuple(
            ports.LiveLeg(
                leg=line.leg,
                answered=line.answered_at is not None,
                bridged_with=None if line.peer is None else line.peer.leg,
            )
            for _, line in sorted(self._network.lines.items())
        )
