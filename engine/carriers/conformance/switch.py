"""The whole switch: legs joined, dials refused, and what outlives a connection or an engine."""

from engine.carriers.conformance.rig import PATIENCE, Checks, NotOffered, Rig, Session, session
from engine.domain.time import SECOND
from engine.domain.words import Outcome
from engine.ports import (
    Answered,
    CarrierRefused,
    Ended,
    HealthChanged,
    LiveLeg,
    Ringing,
)

check = Checks()

# --- joining -------------------------------------------------------------------------------------


@check
async def bridged_legs_are_joined_with_each_other(rig: Rig) -> None:
    async with session(rig) as now:
        agent, customer = await now.conversation()
        legs = await now.switch_legs()
        now.check(legs[agent].bridged_with == customer, f"the agent was not joined: {legs[agent]}")
        now.check(legs[customer].bridged_with == agent, f"the customer was not joined: {legs[customer]}")


@check
async def when_the_customer_hangs_up_the_agents_leg_stays_up_alone(rig: Rig) -> None:
    async with session(rig) as now:
        agent, customer = await now.conversation(rig.hangs_up(8 * SECOND))
        await now.told(customer, Ended)
        await now.alone(agent)


@check
async def when_we_hang_up_the_agent_the_customers_leg_stays_up_alone(rig: Rig) -> None:
    async with session(rig) as now:
        agent, customer = await now.conversation()
        await now.end(agent)
        await now.alone(customer)


@check
async def unbridged_legs_both_stay_up_alone(rig: Rig) -> None:
    async with session(rig) as now:
        agent, customer = await now.conversation()
        now.carrier.unbridge(customer)
        await now.pause(1 * SECOND)
        await now.alone(agent)
        await now.alone(customer)


@check
async def an_agents_leg_takes_one_customer_after_another(rig: Rig) -> None:
    async with session(rig) as now:
        agent, first = await now.conversation()
        await now.end(first)
        second = await now.dial(rig.answers)
        await now.told(second, Answered)
        now.carrier.bridge(agent, second)
        await now.pause(1 * SECOND)
        legs = await now.switch_legs()
        now.check(legs[agent].bridged_with == second, f"the agent was not joined again: {legs[agent]}")


# --- refusals ------------------------------------------------------------------------------------


@check
async def a_dial_without_connection_is_refused_and_the_phone_does_not_ring(rig: Rig) -> None:
    async with session(rig) as now:
        async with rig.disconnected():
            await now.until(lambda: not now.carrier.connected(), "the carrier says that it is connected")
            await _refused(now)
        await now.until(now.carrier.connected, "the carrier says that it is not connected")
        await now.pause()
        now.check(rig.rang(rig.answers) == 0, "the phone rang after the connection had come back")


@check
async def a_dial_without_free_channel_is_refused_and_the_phone_does_not_ring(rig: Rig) -> None:
    async with session(rig) as now:
        async with rig.no_channel_free():
            await _refused(now)
        leg = await now.dial(rig.answers)
        await now.told(leg, Answered)


async def _refused(now: Session) -> None:
    rang = now.rig.rang(now.rig.answers)
    told = [event for event in now.events if not isinstance(event, HealthChanged)]
    try:
        await now.dial(now.rig.answers)
    except CarrierRefused as refusal:
        now.check(refusal.reason, "a refusal says why")
        now.check(refusal.retry_after is None or refusal.retry_after > 0, "retry_after lies ahead")
    else:
        raise now.failure("the dial was expected to be refused")
    await now.pause()
    now.check(
        told == [event for event in now.events if not isinstance(event, HealthChanged)], "nothing to tell"
    )
    now.check(now.rig.rang(now.rig.answers) == rang, "the phone of a refused dial rang")


@check
async def free_channels_get_fewer_by_a_leg_and_come_back_at_its_end(rig: Rig) -> None:
    async with session(rig) as now:
        before = now.carrier.free_channels()
        if before is None:
            raise NotOffered("the switch has no limit of channels")
        leg = await now.dial(rig.answers)
        await now.told(leg, Answered)
        during = now.carrier.free_channels()
        now.check(during is not None and during < before, f"{before} channels were free, then {during}")
        await now.end(leg)
        after = now.carrier.free_channels()
        now.check(after == before, f"{before} channels were free before the call, and {after} after it")
        async with rig.no_channel_free():
            now.check(now.carrier.free_channels() == 0, "no channel is free")


@check
async def the_rate_of_calls_is_positive_or_unlimited(rig: Rig) -> None:
    async with session(rig) as now:
        rate = now.carrier.calls_per_second()
        now.check(rate is None or rate > 0, f"{rate} calls a second")


# --- losing the switch, and the engine -----------------------------------------------------------


@check
async def losing_the_connection_and_getting_it_back_are_told_once_each(rig: Rig) -> None:
    async with session(rig) as now:
        now.check(now.carrier.connected(), "a carrier of the rig is connected")
        async with rig.disconnected():
            await now.until(lambda: HealthChanged(connected=False) in now.events, "the loss was not told")
            now.check(not now.carrier.connected(), "the carrier says that it is connected")
        await now.until(lambda: HealthChanged(connected=True) in now.events, "the return was not told")
        now.check(now.carrier.connected(), "the carrier says that it is not connected")
        await now.pause()
        health = [event.connected for event in now.events if isinstance(event, HealthChanged)]
        now.check(health == [False, True], "one loss and one return were expected")


@check
async def legs_that_survived_a_lost_connection_are_told_as_they_are(rig: Rig) -> None:
    async with session(rig) as now:
        agent, customer = await now.conversation()
        leaves = await now.dial(rig.hangs_up(1 * SECOND))
        await now.told(leaves, Answered)
        async with rig.disconnected():
            await now.pause(3 * SECOND)
        await now.until(now.carrier.connected, "the carrier says that it is not connected")
        legs = await now.switch_legs()
        now.check(sorted(legs) == [agent, customer], f"two legs survived, not {sorted(legs)}")
        now.check(legs[agent] == LiveLeg(leg=agent, answered=True, bridged_with=customer), f"{legs[agent]}")
        now.check(
            legs[customer] == LiveLeg(leg=customer, answered=True, bridged_with=agent), f"{legs[customer]}"
        )


@check
async def legs_that_survived_their_engine_are_told_to_the_next_and_obey_it(rig: Rig) -> None:
    async with rig.carrier() as carrier:
        dead = Session(rig, carrier)
        agent, customer = await dead.conversation()
        rings = await dead.dial(rig.no_answer, ring=2 * PATIENCE)
        await dead.told(rings, Ringing)
    told = len(dead.events)
    async with rig.carrier() as carrier:
        now = Session(rig, carrier)
        legs = await now.switch_legs()
        now.check(
            list(legs.values())
            == [
                LiveLeg(leg=agent, answered=True, bridged_with=customer),
                LiveLeg(leg=customer, answered=True, bridged_with=agent),
                LiveLeg(leg=rings, answered=False, bridged_with=None),
            ],
            f"three legs survived, not {list(legs.values())}",
        )
        now.carrier.hang_up(rings)
        cancelled = await now.told(rings, Ended)
        now.check(cancelled.outcome is Outcome.CANCELLED, "a ringing leg was cancelled")
        now.carrier.hang_up(customer)
        ended = await now.told(customer, Ended)
        now.check(ended.outcome is Outcome.ANSWERED, "a leg that was answered before the restart is answered")
        await now.alone(agent)
        await now.end(agent)
        await now.pause()
        now.check(not await now.switch_legs(), "no leg was expected to be left")
    now.check(len(dead.events) == told, "the carrier of a dead engine told something")


@check
async def many_legs_at_once_are_told_apart(rig: Rig) -> None:
    async with session(rig) as now:
        expected = {
            await now.dial(to): outcome
            for to, outcome in (
                (rig.busy, Outcome.BUSY),
                (rig.hangs_up(2 * SECOND), Outcome.ANSWERED),
                (rig.invalid, Outcome.INVALID),
                (rig.rejects, Outcome.REJECTED),
                (rig.hangs_up(3 * SECOND), Outcome.ANSWERED),
            )
        }
        outcomes = {leg: (await now.told(leg, Ended)).outcome for leg in expected}
        now.check(outcomes == expected, f"{expected} was expected, not {outcomes}")
