"""No call is begun beyond the free agents while its loss could bring a rate over its limit.

Reckoned anew from what the phones did, window by window and call by call, with no help from the engine's own
counts. Between a decision and its commit an agent may leave: those who were free shortly before count.
"""

import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from engine.config.rulebook import shipped_profiles, shipped_rules
from engine.domain.policy import CampaignPolicy, OnMachine
from engine.domain.time import HOUR, SECOND, Instant, Micros
from engine.domain.words import AgentState, DialMode, Side, Verdict
from engine.journal import events as e
from simulator.checkers.checker import Checker, Placed, Scene
from simulator.network import Line
from simulator.plan import StoreCommand

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_IN_TIME: Final[Micros] = 2 * SECOND
_SHORTLY: Final[Micros] = 100_000
_LONGEST_CALL: Final[Micros] = 3 * HOUR  # calls are counted in the order of their ends


@dataclass(slots=True)
class _Call:
    """A customer's leg, as the network saw it. `fate` is None while it is open and has no agent."""

    campaign: str
    attempt: int | None
    answered_at: Instant | None = None
    at: Instant = 0
    fate: str | None = None


@dataclass(frozen=True, slots=True)
class _Limit:
    rule: Any
    scope: str
    members: tuple[CampaignPolicy, ...]

    @property
    def terms(self) -> Any:
        return self.rule.terms


class CallsAreCountedForLimits(Checker):
    RULE = "each call of a campaign that keeps rules is counted once, by itself and in the sums"

    def finish(self, sql: sqlite3.Connection) -> None:
        missing = sql.execute(
            "SELECT a.id, a.campaign FROM attempts a JOIN campaigns c ON c.name = a.campaign "
            "WHERE c.policy ->> '$.compliance' IS NOT NULL AND a.settled_at IS NOT NULL "
            "AND (a.met IS NULL) = (a.outcome IS NOT NULL) ORDER BY a.id LIMIT 1"
        ).fetchone()
        if missing is not None:
            self.broken(
                f"campaign {missing[1]}, attempt {missing[0]}", "its call is not counted as it should be"
            )
        counted = dict(
            sql.execute("SELECT campaign, count(*) FROM attempts WHERE met IS NOT NULL GROUP BY campaign")
        )
        for campaign, span, total in sql.execute(
            "SELECT campaign, span, sum(nobody + leavers + served + connected + abandoned + machines_hung_up "
            "+ machines_to_agents) FROM call_counts GROUP BY campaign, span ORDER BY campaign, span"
        ).fetchall() or [(campaign, 1, 0) for campaign in counted]:
            if total != counted.get(campaign, 0):
                facts = (
                    f"{counted.get(campaign, 0)} calls are counted, and the sums of span {span} have {total}"
                )
                self.broken(f"campaign {campaign}", facts)


class LimitsOnAbandonmentAreKept(Checker):
    RULE = "no call is begun beyond the free agents while its loss could bring a rate over its limit"
    KINDS: ClassVar = (
        e.AgentChanged,
        e.AgentReserved,
        e.AgentReleased,
        e.AttemptStarted,
        e.AttemptEnded,
        e.AttemptDisposed,
        e.CallWaiting,
        e.CallAssigned,
        e.CallConnected,
        e.CallAbandoned,
    )

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._campaigns = {
            name: policy
            for name, policy in scene.configuration.campaigns.items()
            if policy.compliance is not None
        }
        self._ruled = {name: list(_rules(policy)) for name, policy in self._campaigns.items()}
        self._limits = {name: list(self._limits_of(name)) for name in self._campaigns}
        self._calls: dict[int, _Call] = {}  # by leg
        self._done: dict[str, list[_Call]] = defaultdict(list)  # by campaign, counted calls
        self._fates: dict[str, Counter[str]] = defaultdict(Counter)  # of all of them
        self._of_attempt: dict[int, _Call] = {}
        self._ready: dict[str, set[str]] = defaultdict(set)  # agents by pool
        self._free: dict[str, deque[tuple[Instant, int]]] = defaultdict(deque)
        self._begun: dict[int, str] = {}  # attempts that began without an agent, and their campaigns
        self._waiting: dict[int, str] = {}  # those that have none yet
        self._lost: set[int] = set()
        slowest = max(
            (entry.action.delay for entry in scene.plan.timeline if isinstance(entry.action, StoreCommand)),
            default=0,
        )
        self._shortly = _SHORTLY + max(slowest, scene.plan.store.commit_delay)

    # --- the phones -------------------------------------------------------------------------------

    def dialed(self, line: Line, placed: Placed | None) -> None:
        if line.side is Side.CUSTOMER and placed is not None and placed.campaign in self._campaigns:
            assert placed.campaign is not None
            call = self._calls[line.leg] = _Call(placed.campaign, placed.attempt)
            if placed.attempt is not None:
                self._of_attempt[placed.attempt] = call

    def answered(self, line: Line) -> None:
        if (call := self._calls.get(line.leg)) is not None:
            call.answered_at = self.scene.now

    def joined(self, line: Line, agent: Line) -> None:
        call = self._calls.get(line.leg)
        if call is None or call.fate is not None or call.answered_at is None:
            return
        late = self.scene.now - call.answered_at > _IN_TIME
        self._counted(call, "abandoned" if late else "connected")

    def ended(self, line: Line) -> None:
        call = self._calls.pop(line.leg, None)
        if call is not None and call.fate is None:
            self._counted(call, self._fate(call, line))

    def _fate(self, call: _Call, line: Line) -> str:
        """Of a call that no agent took."""
        policy = self._campaigns[call.campaign]
        if call.answered_at is None:
            return "nobody"
        if policy.mode is DialMode.AGENTLESS:
            return "served"
        if _detects(policy) and line.verdict == Verdict.MACHINE:
            return "machine"
        left = not line.ended_by_us and self.scene.now - call.answered_at <= _IN_TIME
        return "left" if left else "abandoned"

    def _counted(self, call: _Call, fate: str) -> None:
        call.fate = fate
        call.at = self.scene.now if call.answered_at is None else call.answered_at
        self._done[call.campaign].append(call)
        self._fates[call.campaign][fate] += 1

    # --- the journal ------------------------------------------------------------------------------

    def engine_started(self) -> None:
        self._ready.clear()
        self._free.clear()
        self._begun.clear()
        self._waiting.clear()
        self._lost.clear()

    def line(self, event: e.Event) -> None:
        match event:
            case e.AgentChanged():
                self._agent(event.agent, ready=event.state is AgentState.READY)
            case e.AgentReserved():
                self._agent(event.agent, ready=False)
            case e.AgentReleased():
                self._agent(event.agent, ready=True)
            case e.CallAssigned():
                self._agent(event.agent, ready=False)
                self._waiting.pop(event.attempt, None)
            case e.CallWaiting():
                self._waiting[event.attempt] = self._begun[event.attempt]
            case e.CallAbandoned():
                self._lost.add(event.attempt)
            case e.CallConnected() | e.AttemptEnded():
                self._waiting.pop(event.attempt, None)
                self._lost.discard(event.attempt)
                if isinstance(event, e.AttemptEnded):
                    self._begun.pop(event.attempt, None)
            case e.AttemptDisposed():
                self._disposed(event)
            case e.AttemptStarted() if event.agent is None and self._customer_first(event.campaign):
                self._waiting[event.attempt] = self._begun[event.attempt] = event.campaign
                self._judge(event)
            case _:
                pass

    def _customer_first(self, campaign: str) -> bool:
        return self.policy(campaign).mode.customer_first

    def _agent(self, agent: str, *, ready: bool) -> None:
        pool = self.scene.configuration.agents[agent].pool
        (self._ready[pool].add if ready else self._ready[pool].discard)(agent)
        self._free[pool].append((self.scene.now, len(self._ready[pool])))

    def _disposed(self, event: e.AttemptDisposed) -> None:
        call = self._of_attempt.pop(event.attempt, None)
        if call is not None and call.fate == "connected":
            disposition = self._campaigns[call.campaign].disposition(event.disposition)
            if disposition.lead_status == "machine":
                self._fates[call.campaign].subtract([call.fate])
                call.fate = "machine to agent"
                self._fates[call.campaign][call.fate] += 1

    # --- the limits -------------------------------------------------------------------------------

    def _judge(self, event: e.AttemptStarted) -> None:
        pool = self.policy(event.campaign).pool
        assert pool is not None
        flying = {
            attempt: campaign
            for attempt, campaign in self._waiting.items()
            if self.policy(campaign).pool == pool
        }
        lost = len(self._lost & flying.keys())
        free = self._most_free(pool)
        if len(flying) - lost <= free:
            return
        for name in sorted(set(flying.values()) & self._limits.keys()):
            for limit in self._limits[name]:
                if limit.rule.starts <= self.scene.now < limit.rule.ends:
                    names = {each.name for each in limit.members}
                    in_flight = sum(campaign in names for campaign in flying.values())
                    self._judge_limit(event, limit, min(in_flight, max(lost, len(flying) - free)), free)

    def _judge_limit(self, event: e.AttemptStarted, limit: _Limit, risked: int, free: int) -> None:
        lost, counted = _rate(limit, self._window(limit))
        if not risked or lost + risked <= Fraction(limit.terms.most, 10_000) * (counted + risked):
            return
        self.broken(
            f"campaign {event.campaign}, attempt {event.attempt}",
            f"{limit.rule.id} over the {limit.scope} has lost {lost} of {counted}; {risked} more may find no "
            f"agent ({free} are free), and {limit.terms.most / 100:g} % are allowed",
        )

    def _most_free(self, pool: str) -> int:
        """As many agents as were free at some time shortly before."""
        history, since = self._free[pool], self.scene.now - self._shortly
        while len(history) > 1 and history[1][0] < since:
            history.popleft()
        return max((count for _, count in history), default=0)

    def _limits_of(self, name: str) -> Iterator[_Limit]:
        for rule in self._ruled[name]:
            for scope in ("campaign", "call-centre", "drop-group"):
                if scope in (*map(str, rule.terms.scopes), "drop-group"):
                    members = tuple(self._members(name, rule.id, scope))
                    if members and _formula_fits(str(rule.terms.formula), members):
                        yield _Limit(rule, scope, members)

    def _members(self, name: str, rule: str, scope: str) -> Iterator[CampaignPolicy]:
        mine = _whose(self._campaigns[name], scope)
        for other, policy in self._campaigns.items():
            same = mine is not None and _whose(policy, scope) == mine
            if same and any(each.id == rule for each in self._ruled[other]):
                yield policy

    def _window(self, limit: _Limit) -> Counter[str]:
        """How many calls in it had each fate."""
        names = [each.name for each in limit.members if self._done[each.name]]
        began = min((self._done[name][0].at for name in names), default=self.scene.now)
        since = self._since(limit, began)
        found: Counter[str] = Counter()
        for name in names:
            if since <= began - _LONGEST_CALL:
                found += self._fates[name]
            else:
                found.update(call.fate for call in self._done[name] if call.fate and call.at >= since)
        return found

    def _since(self, limit: _Limit, began: Instant) -> Instant:
        now, length, period = self.scene.now, limit.terms.length, str(limit.terms.period)
        if period == "rolling":
            return now - int(length) + 1
        if period == "successive":
            return began + (now - began) // int(length) * int(length)
        compliance = limit.members[0].compliance
        assert compliance is not None
        zone = ZoneInfo(compliance.zone)
        local = (_EPOCH + timedelta(microseconds=now)).astimezone(zone)
        first = datetime(local.year, local.month, 1 if period == "month" else local.day, tzinfo=zone)
        return int((first - _EPOCH) / timedelta(microseconds=1))


def _rules(policy: CampaignPolicy) -> Iterator[Any]:
    assert policy.compliance is not None
    rules, profiles = shipped_rules(), shipped_profiles()
    found: dict[str, Any] = {}
    for name in policy.compliance.profiles:
        for rule in profiles[name].rules(rules):
            if rule.kind == "abandonment":
                found[rule.id] = rule
    yield from found.values()


def _detects(policy: CampaignPolicy) -> bool:
    return policy.amd.enabled and policy.amd.on_machine is not OnMachine.CONNECT


def _formula_fits(formula: str, members: tuple[CampaignPolicy, ...]) -> bool:
    detects = any(_detects(each) for each in members)
    return {"gb-amd": detects, "gb-no-amd": not detects}.get(formula, True)


def _whose(policy: CampaignPolicy, scope: str) -> str | None:
    assert policy.compliance is not None
    named = {"campaign": policy.name, "call-centre": policy.compliance.call_centre}
    return named.get(scope, policy.compliance.drop_group)


def _rate(limit: _Limit, fates: Counter[str]) -> tuple[Fraction, Fraction]:
    """Lost, and of how many. Machines that agents met are taken off drops by the share of those that they
    met, which is the same as adding them to what is counted."""
    lost, connected = Fraction(fates["abandoned"]), fates["connected"]
    formula = str(limit.terms.formula)
    if formula == "placed":
        return lost, Fraction(fates.total())
    if formula == "gb-amd":
        lost += fates["machine"] * max(_mistakes(each) for each in limit.members)
    if formula == "gb-no-amd":
        connected += fates["machine to agent"]
    return lost, lost + connected


def _mistakes(policy: CampaignPolicy) -> Fraction:
    assert policy.compliance is not None
    test = policy.compliance.amd_test
    if not _detects(policy):
        return Fraction(0)
    return Fraction(1) if test is None else Fraction(test.false_positives, test.sample)
