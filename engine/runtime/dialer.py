"""One engine from start to stop: recovers what a dead one left, then runs its pools.

dialer ⊃ pool ⊃ call: each lifetime is a nursery inside the one before.
"""

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import trio

from engine import __version__
from engine.calls.call import Call
from engine.calls.exchange import Exchange, Store
from engine.calls.switchboard import Switchboard
from engine.config import policy_json
from engine.domain.policy import AgentPolicy, CampaignPolicy, PoolPolicy
from engine.domain.time import Instant
from engine.domain.words import CampaignState
from engine.errors import DialerError
from engine.journal import events as e
from engine.journal.writer import Journal
from engine.pacing.port import Pacer
from engine.pacing.ratio import RatioPacer
from engine.ports import Carrier, Clock, Desktop, LiveLeg
from engine.runtime.desk import Desk
from engine.runtime.jobs import PeriodicJob, run_job
from engine.runtime.patience import PatientStore
from engine.runtime.pool import Pool
from engine.runtime.reconciler import Reconciler
from engine.runtime.throttle import CallThrottle
from engine.store.changes import Ids, change_campaign, nothing
from engine.store.gates import Gates
from engine.store.gates_at_start import ask_at_start
from engine.store.recovery import Conversation, recover
from engine.store.resets.carrying import carry_out, is_unfinished
from engine.store.transaction import Change, T, Transaction

RESET_PORTIONS: Final = 4  # of a reset, in one commit: some 20 ms

_STATE_AFTER: Final = {
    "start": CampaignState.RUNNING,
    "resume": CampaignState.RUNNING,
    "pause": CampaignState.PAUSED,
    "drain": CampaignState.DRAINING,
    "stop": CampaignState.STOPPED,
}
_ALLOWED: Final = {
    "start": {CampaignState.STOPPED},
    "resume": {CampaignState.PAUSED, CampaignState.DRAINING},
    "pause": {CampaignState.RUNNING},
    "drain": {CampaignState.RUNNING, CampaignState.PAUSED},
    "stop": {CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.DRAINING},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What this engine runs."""

    campaigns: dict[str, CampaignPolicy]
    pools: dict[str, PoolPolicy] = field(default_factory=dict)
    agents: dict[str, AgentPolicy] = field(default_factory=dict)


class Dialer:
    """Create it, then `run`. Commands may be given from `started` on."""

    def __init__(
        self,
        roster: Roster,
        *,
        clock: Clock,
        store: Store,
        journal: Journal,
        carrier: Carrier,
        desktop: Desktop,
        gates: Gates,
        seed: int,
        pacer: Pacer | None = None,
        jobs: Sequence[PeriodicJob] = (),
    ) -> None:
        """`pacer` decides for every pool; by fixed ratios, if there is none. `jobs` are done beside."""
        self.roster = roster
        self.journal = journal
        self.floor = journal.floor
        self._clock = clock
        self._jobs = jobs
        self._store = PatientStore(store, clock)
        self._carrier = carrier
        self._seed = seed
        ids = Ids(journal.epoch)
        switchboard = Switchboard(journal, carrier)
        endpoints = {name: agent.endpoint for name, agent in roster.agents.items()}
        throttle = CallThrottle(clock, carrier.calls_per_second)
        self.desk = Desk(
            clock, self._store, journal, carrier, switchboard, throttle, ids, roster.pools, endpoints
        )
        exchange = Exchange(
            clock=clock,
            store=self._store,
            journal=journal,
            carrier=carrier,
            switchboard=switchboard,
            staff=self.desk,
            desktop=desktop,
            throttle=throttle,
            ids=ids,
            gates=gates,
            endpoints=endpoints,
        )
        self.pools = {
            name: Pool(name, exchange, self.desk, pacer or RatioPacer(), seed=seed, key=key)
            for key, name in enumerate(sorted(self.floor.pools))
        }
        self.desk.on_change = lambda pool: self.pools[pool].wake()
        self._reconciler = Reconciler(clock, journal, carrier, switchboard)
        switchboard.on_health = self._health_changed

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Recover, then dial until cancelled. Started once commands may be given."""
        self.journal.append(self._started())
        if not self._carrier.connected():
            self.journal.append(e.CarrierChanged(connected=False))
        live = await self._carrier.legs()
        resumed, unfinished, asked = await self._store.write(self._recovered(live))
        while not asked:
            asked = await self._store.write(self._ask_more)
        for conversation in resumed:
            attempt = self.floor.attempts[conversation.attempt]
            self.pools[attempt.pool].resume(attempt, conversation.number)
            if conversation.standing:
                self.desk.resume_standing(conversation.agent)
        await self._reconciler.reconcile()
        for name, campaign in self.floor.campaigns.items():
            if campaign.state is CampaignState.DRAINING and campaign.live == 0:
                await self._store.write(change_campaign(name, CampaignState.STOPPED, "drained"))
        if unfinished:
            await self.finish_resets()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._reconciler.run)
            nursery.start_soon(self.desk.run)
            for key, job in enumerate(self._jobs):
                nursery.start_soon(partial(run_job, job, self._clock, self.apply, key=key))
            for pool in self.pools.values():
                nursery.start_soon(pool.run)
            task_status.started()

    def _recovered(self, live: Sequence[LiveLeg]) -> Change[tuple[list[Conversation], bool, bool]]:
        """What the engine before left: conversations that go on, whether a reset has to be finished, and
        whether all that gates hold was asked about."""
        change = recover(self.roster.campaigns, live, agents=self.roster.agents)
        return lambda tx: (change(tx), is_unfinished(tx.sql), self._ask_more(tx))

    def _ask_more(self, tx: Transaction) -> bool:
        return ask_at_start(tx, self.roster.campaigns)

    def _started(self) -> e.EngineStarted:
        return e.EngineStarted(
            version=__version__,
            tzdata=importlib.metadata.version("tzdata"),
            seed=self._seed,
            campaigns={name: policy_json(policy) for name, policy in self.roster.campaigns.items()},
            pools={name: _plain(policy) for name, policy in self.roster.pools.items()},
            agents={name: _plain(policy) for name, policy in self.roster.agents.items()},
        )

    # --- commands ---------------------------------------------------------------------------------

    async def command(self, campaign: str, command: str, *, reason: str = "command") -> None:
        """start, pause, resume, drain or stop a campaign. Done when it is on disk.

        Raises DialerError, with the refusal journaled, if that is not possible now.
        """
        view = self.floor.campaigns[campaign]
        if view.state not in _ALLOWED[command]:
            allowed = " or ".join(sorted(_ALLOWED[command]))
            reason = f"campaign {campaign} is {view.state}; '{command}' needs it to be {allowed}"
            self.journal.append(e.CommandRefused(campaign=campaign, command=command, reason=reason))
            raise DialerError(reason)
        state = _STATE_AFTER[command]
        if state is CampaignState.DRAINING and view.live == 0:
            state = CampaignState.STOPPED
        await self._store.write(change_campaign(campaign, state, reason))
        if command == "stop":
            for call in self._calls_of(campaign):
                call.stop()
        self.pools[view.pool].wake()

    async def apply(self, change: Change[T]) -> T:
        """Do a change beside the calls. What it makes due is dialed at once. Raises what `change` raises."""
        answer = await self._store.write(change)
        for pool in self.pools.values():
            pool.wake()
        return answer

    async def finish_resets(self) -> None:
        """Carry out every reset that was confirmed. Calls go on between its portions."""
        while await self._store.write(carry_out(RESET_PORTIONS)) is not None:
            pass
        for pool in self.pools.values():
            pool.wake()

    def close(self) -> None:
        """Dial nothing more; live calls go on."""
        for pool in self.pools.values():
            pool.closed = True

    async def flush(self) -> None:
        """Commit the lines that no change has carried yet."""
        if self.journal.pending_since is not None:
            await self._store.write(nothing)

    def _calls_of(self, campaign: str) -> list[Call]:
        return [call for _, call in sorted(self.desk.calls.items()) if call.policy.name == campaign]

    def _health_changed(self) -> None:
        if self.floor.connected:
            self._reconciler.ask()
        for pool in self.pools.values():
            pool.wake()

    # --- what is going on -------------------------------------------------------------------------

    @property
    def live(self) -> int:
        """Attempts that are not settled."""
        return len(self.floor.attempts)

    @property
    def claiming(self) -> bool:
        """Whether attempts may be about to start: a claim is on its way to the disk."""
        return any(pool.claiming for pool in self.pools.values())

    @property
    def next_moment(self) -> Instant | None:
        """When something may be dialed, now or later; None if nothing ever will, as things stand."""
        now = self._clock.now()
        moments = [pool.next_moment for pool in self.pools.values()]
        moments += [job.next_after(now) for job in self._jobs]
        return min((moment for moment in moments if moment is not None), default=None)


def _plain(policy: PoolPolicy | AgentPolicy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in policy.__slots__}
