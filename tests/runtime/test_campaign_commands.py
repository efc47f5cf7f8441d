"""What an operator may ask of a campaign, and when."""

from pathlib import Path
from typing import Final

import pytest
import trio

from engine.domain.policy import AgentPolicy
from engine.domain.words import CampaignState
from engine.errors import DialerError
from engine.journal import events as e
from engine.runtime.dialer import Dialer, Roster
from simulator.agents import AgentPeople
from simulator.clock import VirtualClock
from simulator.network import SimulatedNetwork
from simulator.people import People
from simulator.plan import Network, Plan
from simulator.staff import SimulatedStaff
from tests.gates import GATES
from tests.office import POOL, Office
from tests.virtual import START, virtually

STOPPED, RUNNING, PAUSED, DRAINING = CampaignState

# Without a live call draining is over at once.
AFTER: Final[dict[CampaignState, dict[str, CampaignState]]] = {
    STOPPED: {"start": RUNNING},
    RUNNING: {"pause": PAUSED, "drain": STOPPED, "stop": STOPPED},
    PAUSED: {"resume": RUNNING, "drain": STOPPED, "stop": STOPPED},
    DRAINING: {"resume": RUNNING, "stop": STOPPED},
}
COMMANDS: Final = ("start", "pause", "resume", "drain", "stop")


@pytest.mark.parametrize("state", CampaignState)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_every_state_of_a_campaign(
    tmp_path: Path, command: str, state: CampaignState
) -> None:
    expected = AFTER[state].get(command)

    async def main(clock: VirtualClock) -> None:
        office = Office(clock, tmp_path)
        plan = Plan(guards="commands", seed=1, start=START, end=START)
        people = AgentPeople(plan)
        network = SimulatedNetwork(Network(), clock, People(plan, lambda number: None), people, {})
        dialer = Dialer(
            Roster(
                campaigns=office.policies,
                pools={"sales": POOL},
                agents={"ann": AgentPolicy(name="ann", pool="sales", endpoint="sip-ann")},
            ),
            clock=clock,
            store=office.store,
            journal=office.journal,
            carrier=office.carrier,
            desktop=SimulatedStaff({}, people, clock, network),
            gates=GATES,
            seed=1,
        )
        async with trio.open_nursery() as nursery:
            await nursery.start(dialer.run)
            office.journal.append(e.CampaignChanged(campaign="orders", state=state, reason="set"))
            if expected is None:
                with pytest.raises(DialerError, match=f"is {state}; '{command}' needs it to be"):
                    await dialer.command("orders", command)
                assert [line.command for line in office.seen(e.CommandRefused)] == [command]  # type: ignore[attr-defined]
            else:
                await dialer.command("orders", command)
                assert not office.seen(e.CommandRefused)
                on_disk = office.sql.execute("SELECT state FROM campaigns").fetchone()
                assert on_disk == (expected,)
            assert office.floor.campaigns["orders"].state is (expected or state)
            nursery.cancel_scope.cancel()
        office.sql.close()

    virtually(main)
