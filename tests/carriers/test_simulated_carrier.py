"""The simulated carrier is a carrier as any other, and a carrier that is none is found out."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import ClassVar

import pytest

from engine import ports
from engine.carriers.conformance import CHECKS, Check, Nonconforming, NotOffered
from engine.domain.time import SECOND, Micros
from engine.domain.words import Outcome
from simulator.agents import AgentPeople
from simulator.carrier import SimulatedCarrier
from simulator.clock import VirtualClock
from simulator.fence import Fence
from simulator.network import Line, SimulatedNetwork
from simulator.people import People
from simulator.plan import (
    AgentBehaviour,
    EndFault,
    LegFault,
    Network,
    Plan,
    Reception,
    Response,
    Script,
    Stay,
)
from tests.virtual import START, virtually


class SimulatedRig:
    """Implements `engine.carriers.rig.Rig`, and the network's Watcher to hear the phones ring."""

    agent = "sip-ann"
    message = "offer"
    _responses: ClassVar = {
        "+15550000001": Response.HUMAN,
        "+15550000002": Response.MACHINE,
        "+15550000003": Response.NO_ANSWER,
        "+15550000004": Response.BUSY,
        "+15550000005": Response.REJECTED,
        "+15550000006": Response.INVALID,
        "+15550000007": Response.CONGESTION,
    }
    answers, machine, no_answer, busy, rejects, invalid, congested = _responses

    def __init__(self, clock: VirtualClock, network: Network) -> None:
        self.clock = clock
        self.leg_ids = count(1_000_000_001)
        receptions = {
            to: Reception(response=response, rings=None if response is Response.NO_ANSWER else 2 * SECOND)
            for to, response in self._responses.items()
        }
        self._plan = Plan(
            guards="A carrier conforms.",
            seed=1,
            start=START,
            end=START,
            network=network,
            scripts={to: Script(receptions=(each,), at_end="repeat") for to, each in receptions.items()},
            agents={"ann": AgentBehaviour(shifts=(Stay(since=START),))},
        )
        people = People(self._plan, lambda number: None)
        self.network = SimulatedNetwork(network, clock, people, AgentPeople(self._plan), {self.agent: "ann"})
        self.network.watchers.append(self)
        self._rang: Counter[str] = Counter()

    @asynccontextmanager
    async def carrier(self) -> AsyncIterator[ports.Carrier]:
        fence = Fence()
        yield SimulatedCarrier(self.network, self.clock, fence)
        fence.dead = True

    def _scripted(self, reception: Reception) -> str:
        number = f"+1555100{len(self._plan.scripts):04}"
        self._plan.scripts[number] = Script(receptions=(reception,), at_end="repeat")
        return number

    def hangs_up(self, after: Micros) -> str:
        return self._scripted(Reception(response=Response.HUMAN, hangs_up_after=after))

    def keys(self, keys: str) -> str:
        return self._scripted(Reception(response=Response.HUMAN, digits=keys))

    def rang(self, to: str) -> int:
        return self._rang[to]

    @asynccontextmanager
    async def disconnected(self) -> AsyncIterator[None]:
        self.network.go_down()
        yield
        self.network.come_up()

    @asynccontextmanager
    async def no_channel_free(self) -> AsyncIterator[None]:
        self.network.no_channels = True
        yield
        self.network.no_channels = False

    # --- the watcher ------------------------------------------------------------------------------

    def dialed(self, line: Line) -> None:
        self._rang[line.to] += 1

    def answered(self, line: Line) -> None: ...
    def joined(self, line: Line, agent: Line) -> None: ...
    def ended(self, line: Line) -> None: ...


def run(check: Check, network: Network, seed: int = 0) -> list[SimulatedRig]:
    """The rig that the check was done on. Raises what the check does."""
    rigs: list[SimulatedRig] = []

    async def main(clock: VirtualClock) -> None:
        rigs.append(SimulatedRig(clock, network))
        await check(rigs[-1])

    virtually(main, seed=seed)
    return rigs


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_simulated_carrier_conforms(check: Check, seed: int) -> None:
    (rig,) = run(check, Network(channels=20), seed)
    assert not rig.network.lines, "a check that passes leaves no leg behind"


def test_a_switch_without_a_limit_of_channels_is_not_asked_for_free_ones() -> None:
    check = next(each for each in CHECKS if each.__name__.startswith("free_channels"))
    with pytest.raises(NotOffered, match="no limit of channels"):
        run(check, Network())


@pytest.mark.parametrize("fault", EndFault)
def test_a_carrier_whose_ends_go_wrong_is_found_out_and_what_it_told_is_shown(fault: EndFault) -> None:
    check = next(each for each in CHECKS if each.__name__.startswith("an_answered_leg"))
    by = 30 * SECOND if fault is EndFault.LATE else 1 * SECOND
    with pytest.raises(Nonconforming, match="The carrier told:\n  Ringing"):
        run(check, Network(faults=(LegFault(fault=fault, by=by),)))


Event = ports.CarrierEvent


def _lies(event: Event) -> list[Event]:
    match event:
        case ports.Ended(by_us=True):
            return [replace(event, by_us=False)]
        case ports.Ended(outcome=Outcome.BUSY):
            return [replace(event, outcome=Outcome.FAILED)]
        case ports.Ended(outcome=Outcome.INVALID | Outcome.CONGESTION):
            return [ports.Ringing(leg=event.leg), event]
        case ports.DigitPressed():
            return [event, event]
        case ports.HealthChanged():
            return [event, event]
        case ports.Answered():
            return [event, ports.Ringing(leg=event.leg)]
        case ports.Judged() | ports.Played():
            return []
        case _:
            return [event]


def test_most_checks_find_out_a_carrier_that_lies() -> None:
    """Each check but a few looks at something that this one gets wrong."""
    caught = []
    for check in CHECKS:

        async def main(clock: VirtualClock, check: Check = check) -> None:
            rig = SimulatedRig(clock, Network(channels=20))
            listen = SimulatedCarrier.listen

            def lying(self: SimulatedCarrier, sink: Callable[[Event], None]) -> None:
                def tell(event: Event) -> None:
                    for each in _lies(event):
                        sink(each)

                listen(self, tell)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(SimulatedCarrier, "listen", lying)
                await check(rig)

        try:
            virtually(main)
        except Nonconforming:
            caught.append(check.__name__)
    assert len(caught) >= 12, caught
