"""Why a case is or is not dialed at an instant: every gate, what it says, and what would change it. Pure."""

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from engine.compliance.hours import is_open, next_opening
from engine.compliance.terms import Terms
from engine.compliance.verdict import Verdict
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import OPEN, AgentState, CampaignState, DialMode, Hold
from engine.explain.dialed_lists import NotActive
from engine.explain.facts import AttemptFact, CaseFact
from engine.explain.lines import StateSince
from engine.explain.owners import OwnerFact
from engine.explain.promises import OwnCallback
from engine.explain.refusals import hold_clause, remedy
from engine.explain.story import Times, roughly
from engine.names import listed

Answer: TypeAlias = Literal["wait", "block"]

AGENT_IN_CALL: Final = frozenset({AgentState.RESERVED, AgentState.RINGING, AgentState.TALKING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A gate that says no. `wait`: the world or the clock will change it; `block`: somebody must."""

    name: str
    answer: Answer
    text: str
    until: Instant | None = None
    changes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenHold:
    """What a gate said when it was asked, which holds the case until it is asked again: at `until`, or when
    something that concerns it changes."""

    gate: str
    reason: str
    rule: str | None
    until: Instant | None


def written_hold(case: CaseFact, at: Instant) -> WrittenHold | None:
    """The hold that the next claim finds; None if it is over or of another kind."""
    if case.waits_for is not Hold.GATE or case.held_by is None:
        return None
    if case.wakes_at is not None and case.wakes_at <= at:
        return None
    gate, reason, rule = case.held_by.split(" ")
    return WrittenHold(gate=gate, reason=reason, rule=None if rule == "-" else rule, until=case.wakes_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What there was around the case at `at`. `ahead` and `agents` are None where they are not known."""

    at: Instant
    campaign: StateSince
    engine_stopped_at: Instant | None = None  # None: an engine ran
    engine_crashed: bool = False
    other_attempt: AttemptFact | None = None  # of the same lead, in another campaign
    owner: OwnerFact | None = None  # which may be the case's own campaign
    own_callback: OwnCallback | None = None  # which the case waits to be made
    not_active: NotActive | None = None  # the lead's list
    number_in: AttemptFact | None = None  # another lead's, with the same number
    person_in: AttemptFact | None = None  # another lead's, of the same person
    refusal: Verdict | None = None  # of the gates that are asked for the number
    refused_by: Terms | None = None  # its rule's
    refused_until: Instant | None = None
    hold: WrittenHold | None = None  # what is written of them, which holds whatever they say now
    carrier_lost_at: Instant | None = None
    ahead: int | None = None
    agents: dict[str, AgentState] | None = None


def gates(case: CaseFact, policy: CampaignPolicy, around: Surroundings, times: Times) -> list[Gate]:
    """The gates that stop a dial, the most decisive first; none when it is only a matter of turn."""
    if case.status not in OPEN:
        return [Gate(name="status", answer="block", text=f"the case is closed as {case.status}")]
    if case.live is not None:
        since = times.near(case.live.started_at, around.at)
        text = f"attempt {case.live.ordinal} is under way since {since}"
        if around.engine_stopped_at is not None:
            text = f"the engine is down since attempt {case.live.ordinal}, which the next engine settles"
            return [Gate(name="live", answer="block", text=text, changes="start the engine")]
        return [Gate(name="live", answer="wait", text=text, changes="the end of that attempt")]
    found = [
        _campaign(case.campaign, around, times),
        _engine(around, times),
        _other_attempt(around, times),
        _number(around, times),
        _list(around, times),
        _ownership(case, around, times),
        _segment(case, policy, around, times),
        _own_callback(around, times),
        _refusal(around, times),
        _due(case, around, times),
        _hours(policy, around, times),
        _carrier(around, times),
        _queue(around),
        _agents(policy, around),
    ]
    return [gate for gate in found if gate is not None]


def _campaign(name: str, around: Surroundings, times: Times) -> Gate | None:
    state = around.campaign
    if state.state is CampaignState.RUNNING:
        return None
    since = f" since {times.near(state.since, around.at)}" if state.since else ", and was never started"
    remedy = "start" if state.state is CampaignState.STOPPED else "resume"
    return Gate(
        name="campaign",
        answer="block",
        text=f"campaign {name} is {state.state}{since}",
        changes=f"{remedy} campaign {name}",
    )


def _engine(around: Surroundings, times: Times) -> Gate | None:
    if around.engine_stopped_at is None:
        return None
    since = times.near(around.engine_stopped_at, around.at)
    how = f"crashed, and was last heard of at {since}" if around.engine_crashed else f"stopped at {since}"
    return Gate(
        name="engine",
        answer="block",
        text=f"no engine runs: the last one {how}",
        changes="start the engine",
    )


def _other_attempt(around: Surroundings, times: Times) -> Gate | None:
    if around.other_attempt is None:
        return None
    other = around.other_attempt
    return Gate(
        name="lead",
        answer="wait",
        text=f"the lead is in a call of campaign {other.campaign} "
        f"since {times.near(other.started_at, around.at)}",
        changes="the end of that call",
    )


def _number(around: Surroundings, times: Times) -> Gate | None:
    other = around.person_in if around.number_in is None else around.number_in
    if other is None:
        return None
    name = "person" if around.number_in is None else "number"
    return Gate(
        name=name,
        answer="wait",
        text=f"the {name} is in another lead's call, of campaign {other.campaign}, "
        f"since {times.near(other.started_at, around.at)}",
        changes="the end of that call",
    )


def _list(around: Surroundings, times: Times) -> Gate | None:
    if around.not_active is None:
        return None
    name, since = around.not_active.list, times.near(around.not_active.since, around.at)
    text = f"list {name} is not active since {since}"
    return Gate(name="list", answer="block", text=text, changes=f"activate list {name}")


def _ownership(case: CaseFact, around: Surroundings, times: Times) -> Gate | None:
    owner = around.owner
    if owner is None or owner.campaign == case.campaign:
        return None
    since = times.near(owner.since, around.at)
    changes = f"release what campaign {owner.campaign} owns"
    if owner.until is None:
        text = f"campaign {owner.campaign} owns the lead since {since}, with no expiration"
        return Gate(name="ownership", answer="block", text=text, changes=changes)
    return Gate(
        name="ownership",
        answer="wait",
        text=f"campaign {owner.campaign} owns the lead since {since} and until "
        f"{times.near(owner.until, around.at)}, for another {roughly(owner.until - around.at)}",
        until=owner.until,
        changes=changes,
    )


def _own_callback(around: Surroundings, times: Times) -> Gate | None:
    callback = around.own_callback
    if callback is None:
        return None
    promised = f"a callback was promised for {times.near(callback.due_at, around.at)}"
    text = f"{promised}, which agent {callback.agent} is to make"
    if callback.due_at <= around.at and around.agents is not None:
        state = around.agents.get(callback.agent, AgentState.LOGGED_OUT)
        text += f", who is {state.replace('-', ' ')}"
    if callback.free_at is not None:
        text += f"; others may call from {times.near(callback.free_at, around.at)}"
    until = callback.due_at if callback.due_at > around.at else callback.free_at
    return Gate(
        name="callback",
        answer="wait",
        text=text,
        until=until,
        changes=f"agent {callback.agent} being ready then",
    )


def _segment(case: CaseFact, policy: CampaignPolicy, around: Surroundings, times: Times) -> Gate | None:
    if case.waits_for is not Hold.SEGMENT or case.held_since is None:
        return None
    names = listed(policy.segments, "and")
    return Gate(
        name="segment",
        answer="wait",
        text=f"the lead was last seen outside {names}, since {times.near(case.held_since, around.at)}",
        changes=f"a job that sees the lead in {names}",
    )


def _refusal(around: Surroundings, times: Times) -> Gate | None:
    verdict, hold, until = around.refusal, around.hold, around.refused_until
    if hold is not None:
        said, until = (hold.gate, hold.reason, hold.rule), hold.until
    elif verdict is not None:
        said = (str(verdict.gate), verdict.reason, verdict.rule)
    else:
        return None
    text = hold_clause(*said)
    if until is not None:
        text += f", until {times.near(until, around.at)}"
    if verdict is None:
        text += "; so they said when they were asked last"
    changes = None
    if verdict is not None and verdict.gate == said[0]:
        changes = remedy(verdict, around.refused_by)
    answer: Answer = "block" if until is None else "wait"
    return Gate(name=said[0], answer=answer, text=text, until=until, changes=changes)


def _due(case: CaseFact, around: Surroundings, times: Times) -> Gate | None:
    if case.due_at is None or case.due_at <= around.at:
        return None
    rest = roughly(case.due_at - around.at)
    return Gate(
        name="due",
        answer="wait",
        text=f"it is not due before {times.near(case.due_at, around.at)}, in {rest}",
        until=case.due_at,
    )


def _hours(policy: CampaignPolicy, around: Surroundings, times: Times) -> Gate | None:
    hours = policy.business_hours
    if hours is None or is_open(hours, around.at):
        return None
    opens = next_opening(hours, around.at)
    when = "and never opens again" if opens is None else f"and opens at {times.near(opens, around.at)}"
    return Gate(
        name="business-hours",
        answer="block" if opens is None else "wait",
        text=f"campaign {policy.name} is outside its business hours {when}",
        until=opens,
        changes="set other business hours",
    )


def _carrier(around: Surroundings, times: Times) -> Gate | None:
    if around.carrier_lost_at is None:
        return None
    since = times.near(around.carrier_lost_at, around.at)
    return Gate(name="carrier", answer="wait", text=f"the carrier is away since {since}")


def _queue(around: Surroundings) -> Gate | None:
    if not around.ahead:
        return None
    leads = "case is" if around.ahead == 1 else "cases are"
    return Gate(name="queue", answer="wait", text=f"{around.ahead:,} due {leads} dialed before it")


def _agents(policy: CampaignPolicy, around: Surroundings) -> Gate | None:
    states = around.agents
    if policy.mode is DialMode.AGENTLESS or states is None or AgentState.READY in states.values():
        return None
    counts = Counter(
        "in calls" if state in AGENT_IN_CALL else state.replace("-", " ") for state in states.values()
    )
    detail = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    return Gate(
        name="agents",
        answer="wait",
        text=f"no agent of pool {policy.pool} is ready" + (f": {detail}" if detail else ""),
        changes="an agent who becomes ready",
    )


def budget_left(case: CaseFact, policy: CampaignPolicy) -> str:
    """How much of each budget is used."""
    parts = []
    if policy.agent_attempts is not None:
        parts.append(f"agent attempts {case.agent_attempts} of {policy.agent_attempts.max}")
    name = "customer attempts" if parts else "attempts"
    parts.append(f"{name} {case.customer_attempts} of {policy.customer_attempts.max}")
    return ", ".join(parts) + " used"
