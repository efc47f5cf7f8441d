"""Fixed ratios: an agent for every dial, or a fixed number of dials for every ready agent.

A campaign comes before those of a lower priority: they dial what it leaves them. Those of one priority take
turns by what they have had of their share. Nobody overtakes: the campaign whose turn it is waits for an agent
and the others wait behind it, or a power campaign would keep the agents of the pool in use for ever.
Agentless campaigns need no agent and wait for nobody.

Agents with a callback of their own to make are not dialed for. They make it as soon as those who remain are
enough for the customers in flight.
"""

from heapq import heapify, heappop, heapreplace
from math import floor
from typing import Final

from engine.domain.words import DialMode
from engine.pacing.port import CampaignLoad, PacingAnswer, PoolSnapshot

_ROUNDING: Final = 1e-9  # 1.15 × 20 is 22.999999999999996 in binary, and means 23


class RatioPacer:
    """Agent-first, preview and progressive: one dial per ready agent. Power: `ratio` dials per ready agent,
    none without one. Agentless: up to `lines` at a time. The dials in flight of progressive and power
    campaigns count against the ready agents of the whole pool."""

    def decide(self, snapshot: PoolSnapshot) -> PacingAnswer:
        ready, room = snapshot.ready, snapshot.room
        in_flight = 0
        turns: list[tuple[int, float, str, CampaignLoad]] = []
        for load in snapshot.campaigns:
            if load.mode.customer_first:
                in_flight += load.dialing
            if load.may_dial:
                turns.append((-load.priority, load.started / load.weight, load.name, load))
        heapify(turns)
        reason = f"{ready} ready, {in_flight} in flight" if turns else "no campaign may dial"
        callbacks = _own_callbacks(snapshot, in_flight)
        if snapshot.owed:
            reason += f", {snapshot.owed} with callbacks of their own"
            ready -= snapshot.owed
        if room is not None and (turns or snapshot.owed):
            reason += f", room for {room}"
            room -= callbacks
        dials: dict[str, int] = {}
        made = 0
        agent_awaited = False
        while turns and (room is None or made < room):
            *_, name, load = turns[0]
            count = dials.get(name, 0)
            # Ready agents and free lines only get fewer here: who cannot dial now cannot dial later.
            if load.mode is DialMode.AGENTLESS:
                if load.live + count >= load.lines:
                    heappop(turns)
                    continue
            else:
                limit = _limit(load, ready)
                if agent_awaited or in_flight >= limit:
                    agent_awaited = agent_awaited or limit > 0
                    heappop(turns)
                    continue
                if load.mode.customer_first:
                    in_flight += 1
                else:
                    ready -= 1
            made += 1
            dials[name] = count + 1
            share = (load.started + count + 1) / load.weight
            heapreplace(turns, (-load.priority, share, name, load))
        return PacingAnswer(dials=dials, callbacks=callbacks, reason=reason)


def _own_callbacks(snapshot: PoolSnapshot, in_flight: int) -> int:
    """How many of the owed agents can be spared now."""
    dialing = [load for load in snapshot.campaigns if load.mode.customer_first and load.dialing]
    count = snapshot.owed if snapshot.room is None else min(snapshot.owed, snapshot.room)
    while count and dialing and in_flight > max(_limit(load, snapshot.ready - count) for load in dialing):
        count -= 1
    return count


def _limit(load: CampaignLoad, ready: int) -> int:
    """The customers that may be in flight over the pool, if this campaign dials; 0 without a ready agent."""
    if load.mode is DialMode.POWER:
        return floor(load.ratio * ready + _ROUNDING)
    return ready
