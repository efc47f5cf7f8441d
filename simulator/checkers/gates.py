"""What must be so at the instant at which a phone is called."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from engine.domain.policy import BusinessHours, DialAgent
from engine.domain.time import Instant, iso
from engine.domain.words import CampaignState, DialMode, Side
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene, of_call
from simulator.network import Line

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class IntentBeforeDial(Checker):
    RULE = "no phone is called before the intent is on disk"

    def dialed(self, line: Line, placed: Placed | None) -> None:
        who = of_call(placed, line)
        if self.scene.sql.in_transaction:
            self.broken(who, "a transaction is open: the intent may yet be rolled back")
        elif placed is None:
            self.broken(who, f"{line.to} was called, and the store has no such leg")
        elif placed.ended:
            self.broken(who, f"{line.to} was called, and in the store the leg has ended already")
        elif placed.side is not line.side or (line.side is Side.CUSTOMER and placed.number != line.to):
            meant = f"the {placed.side} at {placed.number or placed.agent}"
            self.broken(who, f"{line.to} was called, and the leg was meant for {meant}")


class WithinBusinessHours(Checker):
    RULE = "no customer is called outside the campaign's business hours"

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.campaign is None:
            return
        hours = self.policy(placed.campaign).business_hours
        if hours is None:
            return
        local = (_EPOCH + timedelta(microseconds=line.dialed_at)).astimezone(ZoneInfo(hours.zone))
        if not _open(hours, local):
            self.broken(
                of_call(placed, line),
                f"{line.to} was called at {local:%a %Y-%m-%d %H:%M:%S} in {hours.zone}; "
                f"open that day: {_windows(hours, local)}",
            )


def _open(hours: BusinessHours, local: datetime) -> bool:
    minutes = local.hour * 60 + local.minute
    return local.strftime("%Y-%m-%d") not in hours.holidays and any(
        window.opens <= minutes < window.closes for window in hours.week[local.weekday()]
    )


def _windows(hours: BusinessHours, local: datetime) -> str:
    if local.strftime("%Y-%m-%d") in hours.holidays:
        return "never, it is a holiday"
    spans = [
        f"{window.opens // 60:02}:{window.opens % 60:02} to {window.closes // 60:02}:{window.closes % 60:02}"
        for window in hours.week[local.weekday()]
    ]
    return ", ".join(spans) or "never"


class OnlyWhileRunning(Checker):
    """A pause that was committed together with the intent comes too late for that one dial."""

    RULE = "no customer is called for a campaign that is paused or stopped"
    KINDS: ClassVar = (e.CampaignChanged,)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._state: dict[str, tuple[CampaignState, Instant]] = {}

    def line(self, event: e.Event) -> None:
        assert isinstance(event, e.CampaignChanged)
        self._state[event.campaign] = (event.state, self.scene.now)

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is not Side.CUSTOMER or placed is None or placed.campaign is None:
            return
        state, since = self._state.get(placed.campaign, (CampaignState.STOPPED, 0))
        if state is not CampaignState.RUNNING and line.dialed_at > since:
            self.broken(
                of_call(placed, line),
                f"{line.to} was called, and the campaign is {state} since {iso(since)}",
            )


class AgentBeforeCustomer(Checker):
    """An agent's own callback begins with the agent in every mode."""

    RULE = "in agent-first and preview no customer is called before the agent's phone was answered"
    KINDS: ClassVar = (e.AttemptStarted,)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._begun: set[int] = set()  # attempts that began with an agent
        self._agents: dict[int, Line] = {}  # by attempt
        self._standing: dict[str, Line] = {}  # by endpoint

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if placed is None:
            return
        if line.side is Side.AGENT:
            if placed.attempt is None:
                self._standing[line.to] = line
            else:
                self._agents[placed.attempt] = line
            return
        if placed.campaign is None or placed.attempt is None:
            return
        if placed.attempt not in self._begun and not self._begins_with_agent(placed.campaign):
            return
        self._begun.discard(placed.attempt)
        agent = self._agents.pop(placed.attempt, None)
        if agent is None and placed.agent is not None:
            agent = self._standing.get(self.scene.configuration.agents[placed.agent].endpoint)
        if agent is None:
            self.broken(of_call(placed, line), f"{line.to} was called, and no agent's phone was")
        elif agent.answered_at is None:
            fate = "had not been answered" if agent.ended_at is None else f"ended: {agent.outcome}"
            self.broken(
                of_call(placed, line), f"{line.to} was called, and the agent's leg {agent.leg} {fate}"
            )

    def line(self, event: e.Event) -> None:
        assert isinstance(event, e.AttemptStarted)
        if event.agent is not None:
            self._begun.add(event.attempt)

    def _begins_with_agent(self, campaign: str) -> bool:
        policy = self.policy(campaign)
        if policy.mode is DialMode.PREVIEW:
            return True
        return policy.mode is DialMode.AGENT_FIRST and isinstance(policy.flow[0], DialAgent)
