"""Every decision of a journal is made again from the lines before it, and no fact may contradict them.

1. Each kind of decision has a row in DECISIONS; a test asserts it.
2. A check answers the event as it should be, or says why there should be none; None has no objection.
3. It sees the ledger as it was before the line, and the line's time.
4. Facts are the world's own: only what the engine had to heed in making them is checked.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from engine.attempts.flow import first_leg
from engine.attempts.promises import promise_columns
from engine.attempts.settlement import after_attempt
from engine.calls.assignment import Idle, Waiting, assign
from engine.chance import uniform
from engine.compliance.hours import is_open
from engine.domain.case import Case
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant, spoken
from engine.domain.words import AgentState, CampaignState, CaseStatus, ChangeReason, Side
from engine.journal import events as e
from engine.journal.abandonment_rechecks import abandonment_limited
from engine.journal.gate_rechecks import gates_refused, leg_allowed, refused_by_a_gate
from engine.journal.ledger import Ledger, own_callback
from engine.journal.values import person_of, result_of
from engine.journal.views import AttemptView
from engine.ownership.holding import taken
from engine.ownership.update import Updated
from engine.pacing.ratio import RatioPacer
from engine.segments.observation import Seen

Answer: TypeAlias = e.Event | str | None
Check: TypeAlias = Callable[[Ledger, Instant, Any], Answer]


def check(ledger: Ledger, at: Instant, event: e.Event) -> Answer:
    """Whether the line may stand where it stands."""
    if ledger.due_leg is not None:
        attempt, side = ledger.due_leg
        if not isinstance(event, e.LegIntended) or (event.attempt, event.side) != ledger.due_leg:
            return f"attempt {attempt} was claimed with a call to the {side}, which should come next"
    row = DECISIONS.get(type(event)) or FACTS.get(type(event))
    return None if row is None else row(ledger, at, event)


# --- decisions ------------------------------------------------------------------------------------


def _pacing_decided(ledger: Ledger, at: Instant, event: e.PacingDecided) -> Answer:
    if event.pool not in ledger.floor.pools:
        return f"there is no pool {event.pool!r}"
    draw = uniform(ledger.seed, "pacing", event.pool, ledger.paced[event.pool])
    answer = RatioPacer().decide(ledger.floor.snapshot(event.pool, now=at, room=event.room, draw=draw))
    return replace(
        event,
        dials=answer.dials,
        callbacks=answer.callbacks,
        cancel=answer.cancel,
        draw=draw,
        reason=answer.reason,
    )


def _agent_reserved(ledger: Ledger, at: Instant, event: e.AgentReserved) -> Answer:
    if event.pool not in ledger.floor.pools:
        return f"there is no pool {event.pool!r}"
    if event.own_callback:
        owed = ledger.floor.owed(event.pool, at)
        if not owed or ledger.owed[event.pool] <= 0:
            return f"no agent of {event.pool} has a callback to make that pacing allows"
        return replace(event, agent=owed[0])
    agent = ledger.floor.longest_idle(event.pool)
    return f"no agent of {event.pool} is ready" if agent is None else replace(event, agent=agent)


def _call_assigned(ledger: Ledger, at: Instant, event: e.CallAssigned) -> Answer:
    attempt = ledger.floor.attempts.get(event.attempt)
    if attempt is None:
        return f"there is no live attempt {event.attempt}"
    pool = ledger.floor.pools[attempt.pool]
    pairs = assign(
        (Waiting(attempt=one.id, since=one.waiting_since or 0) for one in pool.waiting.values()),
        (Idle(agent=seat.agent, since=seat.since) for seat in pool.ready.values()),
    )
    if not pairs:
        return "no customer waits" if pool.ready else f"no agent of {pool.name} is ready"
    return replace(event, attempt=pairs[0][0], agent=pairs[0][1])


def _call_abandoned(ledger: Ledger, at: Instant, event: e.CallAbandoned) -> Answer:
    attempt = ledger.floor.attempts.get(event.attempt)
    leg = None if attempt is None else attempt.customer_leg
    if attempt is None or leg is None or leg.answered_at is None or leg.ended_at is not None:
        return f"attempt {event.attempt} has no customer on the line"
    waited = at - leg.answered_at
    if _somebody_may_come(ledger, attempt):
        if attempt.agent is not None and ledger.floor.seats[attempt.agent].attempt == attempt.id:
            return f"agent {attempt.agent} has the call"
        allowed = _policy(ledger, attempt).abandon_after
        if waited < allowed:
            return f"the customer waited {spoken(waited)}, and is abandoned after {spoken(allowed)}"
    return replace(event, waited=waited)


def _somebody_may_come(ledger: Ledger, attempt: AttemptView) -> bool:
    """Not once the campaign is stopped, or the agent who was there first has left."""
    if ledger.floor.campaigns[attempt.campaign].state is CampaignState.STOPPED:
        return False
    if not (_policy(ledger, attempt).mode.agent_first or attempt.with_agent):
        return True
    if attempt.agent_leg is not None:
        return attempt.agent_leg.ended_at is None
    return attempt.agent is not None and ledger.floor.seats[attempt.agent].leg is not None


def _leg_intended(ledger: Ledger, at: Instant, event: e.LegIntended) -> Answer:
    if event.leg <= ledger.last_leg:
        return f"leg {event.leg} comes after leg {ledger.last_leg}; ids of legs ascend"
    if event.attempt is None:
        return _standing_leg(ledger, event)
    attempt = ledger.floor.attempts.get(event.attempt)
    if attempt is None or attempt.ended_at is not None:
        return f"there is no attempt {event.attempt} that has not ended"
    if event.side is Side.AGENT:
        return replace(event, agent=attempt.agent, rules=None, known=None)  # no gate is asked of agents
    policy = _policy(ledger, attempt)
    refused = _customer_may_be_called(ledger, attempt, at) or refused_by_a_gate(
        ledger, policy, at, event, reserved=attempt.agent is not None
    )
    return refused or replace(event, agent=None)


def _standing_leg(ledger: Ledger, event: e.LegIntended) -> Answer:
    seat = None if event.agent is None else ledger.floor.seats.get(event.agent)
    if event.side is not Side.AGENT or seat is None:
        return "a call that belongs to no attempt is the standing call of an agent"
    policy = ledger.floor.pools[seat.pool].policy
    if policy is None or not policy.nailed_up or seat.leg is not None:
        return f"agent {seat.agent} {'has' if seat.leg is not None else 'needs no'} standing call"
    return replace(event, rules=None, known=None)


def _customer_may_be_called(ledger: Ledger, attempt: AttemptView, now: Instant) -> str | None:
    """The gates of a customer's leg. An agent who left while the intent was written had been there."""
    policy = _policy(ledger, attempt)
    if attempt.customer_leg is not None:
        return f"the customer of attempt {attempt.id} has been called already"
    if policy.business_hours is not None and not is_open(policy.business_hours, now):
        return f"campaign {policy.name} is outside its business hours"
    if ledger.number_is_in_call(ledger.number_of(attempt.case.phone)):
        return "the number is in another call"
    if (policy.mode.agent_first or attempt.with_agent) and not _agent_was_there(ledger, attempt):
        return "the agent, who comes first, was not on the line"
    return None


def _agent_was_there(ledger: Ledger, attempt: AttemptView) -> bool:
    if attempt.agent_leg is not None:
        return attempt.agent_leg.answered_at is not None
    seat = None if attempt.agent is None else ledger.floor.seats[attempt.agent]
    if seat is None:
        return False
    policy = ledger.floor.pools[seat.pool].policy
    return policy is not None and policy.nailed_up and seat.attempt == attempt.id


def _called_by_another_engine(attempt: AttemptView) -> bool:
    """The calls of an attempt that was recovered are not told in this engine's lines."""
    return attempt.intended is Side.CUSTOMER and attempt.customer_leg is None


def _attempt_settled(ledger: Ledger, at: Instant, event: e.AttemptSettled) -> Answer:
    attempt = ledger.floor.attempts.get(event.attempt)
    if attempt is None or attempt.ending is None:
        return f"there is no attempt {event.attempt} that has ended and is not settled"
    policy = _policy(ledger, attempt)
    settlement = after_attempt(attempt.case, result_of(attempt, policy), policy, now=at)
    return e.AttemptSettled(
        attempt=event.attempt,
        status=settlement.status,
        used=settlement.used,
        agent_attempts=settlement.agent_attempts,
        customer_attempts=settlement.customer_attempts,
        results=settlement.results,
        rank=settlement.rank,
        due_at=settlement.due_at,
        final=settlement.final,
        exhausted=settlement.exhausted,
        phone=settlement.phone,
        phone_tries=settlement.phone_tries,
        person=event.person if _called_by_another_engine(attempt) else person_of(attempt, policy),
        reason=settlement.reason,
    )


def _ownership_taken(ledger: Ledger, at: Instant, event: e.OwnershipTaken) -> Answer:
    attempt = ledger.settled
    if attempt is None or attempt.id != event.attempt:
        return f"attempt {event.attempt} was not settled by the line before"
    if not _policy(ledger, attempt).disposition(attempt.disposition or "").counts:
        return f"disposition {attempt.disposition} does not count as an attempt"
    event = replace(event, campaign=attempt.campaign, lead=attempt.case.lead, list=attempt.list_id)
    rules = ledger.ownership.lists.get(event.list)
    if rules is None:
        return f"list {event.list} was not configured"
    before = ledger.ownership.of(event.lead)
    ownership = taken(
        event.campaign,
        rules,
        owner=None if before is None else before.owner,
        until=None if before is None else before.until,
        now=at,
    )
    if ownership is None:
        return "ownership is not enabled" if not rules.enabled else f"lead {event.lead} is owned already"
    return replace(event, until=ownership.until, duration=ownership.duration)


def _ownership_updated(ledger: Ledger, at: Instant, event: e.OwnershipUpdated) -> Answer:
    made = [what for what, _ in ledger.ownership.updates(event.list, now=at).values()]
    return replace(
        event,
        expired=made.count(Updated.EXPIRED),
        regranted=made.count(Updated.REGRANTED),
        renewed=made.count(Updated.RENEWED),
    )


DECISIONS: Final[dict[type[e.Event], Check]] = {
    e.PacingDecided: _pacing_decided,
    e.AgentReserved: _agent_reserved,
    e.LegIntended: _leg_intended,
    e.CallAssigned: _call_assigned,
    e.CallAbandoned: _call_abandoned,
    e.AttemptSettled: _attempt_settled,
    e.OwnershipTaken: _ownership_taken,
    e.OwnershipUpdated: _ownership_updated,
    e.AbandonmentLimited: abandonment_limited,
    e.GatesRefused: gates_refused,
    e.LegAllowed: leg_allowed,
}

# --- facts ----------------------------------------------------------------------------------------


def _attempt_started(ledger: Ledger, at: Instant, event: e.AttemptStarted) -> Answer:
    """The store chose the case; its gates and its order are checked."""
    campaign = ledger.floor.campaigns.get(event.campaign)
    if campaign is None:
        return f"there is no campaign {event.campaign!r}"
    hours = campaign.policy.business_hours
    if event.attempt <= ledger.last_attempt:
        return f"attempt {event.attempt} comes after attempt {ledger.last_attempt}; ids of attempts ascend"
    own = own_callback(event, at)
    if own is None and ledger.granted[event.campaign] <= 0:
        return f"pacing has not let campaign {event.campaign} start it"
    if campaign.state is not CampaignState.RUNNING:
        return f"campaign {event.campaign} is {campaign.state}"
    if hours is not None and not is_open(hours, at):
        return f"campaign {event.campaign} is outside its business hours"
    if event.due_at > at:
        return f"case {event.case} is not due yet"
    if event.list in ledger.inactive:
        return f"list {event.list} is not active"
    segments = campaign.policy.segments
    if segments and not ledger.segments.holds(segments, event.lead):
        return f"lead {event.lead} was last seen outside every segment of campaign {event.campaign}"
    if ledger.lead_is_busy(event.lead):
        return f"lead {event.lead} is in another attempt, which is not settled"
    if ledger.ownership.keeps(event.lead, event.campaign, now=at):
        return f"another campaign owns lead {event.lead}"
    if ledger.number_is_in_call(event.number):
        return "the number is in another call"
    return _has_its_agent(ledger, campaign.policy, event, own) or _case_as_it_was_left(ledger, at, event, own)


def _has_its_agent(
    ledger: Ledger, policy: CampaignPolicy, event: e.AttemptStarted, own: str | None
) -> str | None:
    """`own`: the agent whose callback it is alone."""
    if own is None and not policy.mode.agent_first:
        return None if event.agent is None else f"a {policy.mode} attempt starts without an agent"
    if own not in (None, event.agent):
        return f"the callback is agent {own}'s own"
    seat = None if event.agent is None else ledger.floor.seats.get(event.agent)
    reserved = seat is not None and seat.state is AgentState.RESERVED and seat.attempt is None
    if seat is None or not reserved or seat.own_callback != (own is not None):
        return f"agent {event.agent} was not reserved for it"
    return None


def _case_as_it_was_left(ledger: Ledger, at: Instant, event: e.AttemptStarted, own: str | None) -> Answer:
    left = ledger.cases.get(event.case)
    if left is not None:
        if left.due_at is None:
            return f"case {event.case} is closed: {left.status}"
        same = replace(
            event,
            campaign=left.campaign,
            lead=left.lead,
            phone=left.phone,
            status=left.status,
            cycle=left.cycle,
            agent_attempts=left.agent_attempts,
            customer_attempts=left.customer_attempts,
            results=left.results,
            agent_limit=left.agent_limit,
            customer_limit=left.customer_limit,
            rank=left.rank,
            lane=left.lane,
            turn=left.turn,
            phone_tries=left.phone_tries,
            due_at=left.due_at,
            **promise_columns(left.promise),
        )
        if same != event:
            return same
    if own is not None:  # an agent's own callbacks come before all that is due
        return None
    first = ledger.passed_over(event, at)
    return None if first is None else f"case {first.id} was due first"


def _attempt_recovered(ledger: Ledger, at: Instant, event: e.AttemptRecovered) -> Answer:
    left = ledger.live.get(event.attempt)
    if left is None:
        return f"there is no attempt {event.attempt} that was not settled"
    return replace(
        event,
        campaign=left.campaign,
        case=left.id,
        lead=left.lead,
        phone=left.phone,
        status=left.status,
        cycle=left.cycle,
        agent_attempts=left.agent_attempts,
        customer_attempts=left.customer_attempts,
        results=left.results,
        agent_limit=left.agent_limit,
        customer_limit=left.customer_limit,
        rank=left.rank,
        lane=left.lane,
        turn=left.turn,
        phone_tries=left.phone_tries,
        **promise_columns(left.promise),
    )


def _cases_changed(ledger: Ledger, at: Instant, event: e.CasesChanged) -> Answer:
    """Nothing reopens a case that forbids calling, and nobody touches a live one but to note a new cycle."""
    status = event.columns.index("status") + 1 if "status" in event.columns else None
    live = {case.id: case for case in ledger.live.values()}
    for row in event.rows:
        case = ledger.cases.get(row[0])
        if case is not None and case.status is CaseStatus.DNC and status and row[status] != CaseStatus.DNC:
            return f"case {row[0]} forbids calling: nothing reopens it"
        if row[0] in live and event.columns != ("reset_at",):
            return f"case {row[0]} is live"
        known = case or live.get(row[0])
        if event.reason is ChangeReason.RE_ENTERED and not _may_begin_anew(ledger, at, event.about, known):
            return f"nobody saw the lead of case {row[0]} leave segment {event.about} and come back"
    return None


def _may_begin_anew(ledger: Ledger, at: Instant, segment: str, case: Case | None) -> bool:
    """A job saw a true re-entry just now, or had noted one during the attempt that is settled now. A case
    that was never dialed is not known."""
    return case is None or case.id in ledger.noted or ledger.segments.renews(segment, case.lead, at=at)


def _segment_observed(ledger: Ledger, at: Instant, event: e.SegmentObserved) -> Answer:
    """A job tells only what is not as it was."""
    for leads, inside in ((event.entered, True), (event.left, False)):
        for lead in leads:
            if ledger.segments.looks(event.segment, lead, inside=inside) is Seen.NOTHING_NEW:
                return f"lead {lead} was {'in' if inside else 'out of'} segment {event.segment} already"
    return None


def _segment_configured(ledger: Ledger, at: Instant, event: e.SegmentConfigured) -> Answer:
    """The latest switch only moves forward, and whatever is on was switched on."""
    before = ledger.segments.settings.get(event.segment)
    if event.reset_on_reentry and event.since is None:
        return f"segment {event.segment} was never switched on"
    if before is not None and (event.since or 0) < (before.since or 0):
        return f"segment {event.segment} was switched on later than that"
    return None


def _ownership_fulfilled(ledger: Ledger, at: Instant, event: e.OwnershipFulfilled) -> Answer:
    ownership = ledger.ownership.of(event.lead)
    if ownership is None or ownership.owner != event.campaign:
        return f"campaign {event.campaign} does not own lead {event.lead}"
    return None


def _ownership_released(ledger: Ledger, at: Instant, event: e.OwnershipReleased) -> Answer:
    return replace(event, leads=ledger.ownership.held_by(event.list, event.campaigns, now=at))


FACTS: Final[dict[type[e.Event], Check]] = {
    e.AttemptStarted: _attempt_started,
    e.AttemptRecovered: _attempt_recovered,
    e.CasesChanged: _cases_changed,
    e.SegmentConfigured: _segment_configured,
    e.SegmentObserved: _segment_observed,
    e.OwnershipFulfilled: _ownership_fulfilled,
    e.OwnershipReleased: _ownership_released,
}


def leg_after(ledger: Ledger, event: e.Event) -> tuple[int, Side] | None:
    """The leg that must be intended in the next line, after this one was applied."""
    if not isinstance(event, e.AttemptStarted):
        return None
    campaign = ledger.floor.campaigns[event.campaign]
    pool = ledger.floor.pools[campaign.pool].policy
    nailed_up = pool is not None and pool.nailed_up
    side = first_leg(campaign.policy, nailed_up=nailed_up, with_agent=event.agent is not None)
    return None if side is None else (event.attempt, side)


def _policy(ledger: Ledger, attempt: AttemptView) -> CampaignPolicy:
    return ledger.floor.campaigns[attempt.campaign].policy
