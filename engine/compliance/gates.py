"""Every dial passes every gate at its own instant, or is not made.

A gate that says wait names an instant before which it certainly refuses, if nothing else happens, and a block
can only be lifted by another rule's coming or going. So the next allowed instant is found by asking again at
each of these, and nothing is looked for minute by minute.
"""

from collections.abc import Callable
from functools import cache
from typing import Final, TypeAlias

from engine.compliance.caps import capped_until, cooling_until
from engine.compliance.consents import (
    Refusal,
    consent_refusal,
    counting,
    doubt,
    doubted_by,
    registry_refusal,
)
from engine.compliance.dial import Dial, GivenConsent
from engine.compliance.hours import next_opening
from engine.compliance.lockouts import guaranteed, locked_until, needs_agent
from engine.compliance.regime import Clause, Plan
from engine.compliance.rules import Rule
from engine.compliance.terms import ConsentNeeded, Registry
from engine.compliance.verdict import Answer, Gate, Values, Verdict
from engine.compliance.zones import HORIZON_DAYS, wall_time
from engine.domain.time import DAY, Instant, Micros

STEPS_MAX: Final = 10_000  # refusals on the way to the next allowed instant; a year of days has some hundreds

Consents: TypeAlias = tuple[GivenConsent, ...]
Ask: TypeAlias = Callable[[Plan, Dial, Consents, Instant], Verdict | None]
"""None: this gate lets the dial pass."""


def evaluate(dial: Dial, now: Instant) -> Verdict:
    """Whether the dial may be made at `now`: the first refusal, or allow."""
    plan = dial.prepared.plan
    consents = counting(plan, dial, now) if dial.consents else ()
    for _, ask in GATES:
        refusal = ask(plan, dial, consents, now)
        if refusal is not None:
            return refusal
    return _allowed(plan.version)


def every_gate(dial: Dial, now: Instant) -> list[Verdict]:
    """What each gate says by itself, in order: for explanations."""
    plan = dial.prepared.plan
    consents = counting(plan, dial, now)
    return [
        ask(plan, dial, consents, now) or Verdict(answer=Answer.ALLOW, version=plan.version, gate=gate)
        for gate, ask in GATES
    ]


def next_allowed(dial: Dial, now: Instant) -> Instant | None:
    """The earliest instant from `now` at which every gate passes if nothing else happens; None if there is
    none within 400 days."""
    at: Instant | None = now
    for _ in range(STEPS_MAX):
        if at is None or at > now + HORIZON_DAYS * DAY:
            return None
        verdict = evaluate(dial, at)
        if verdict.allowed:
            return at
        at = _ask_again(dial, at, verdict)
    raise AssertionError("gates that wait move on")


def least_ringing(dial: Dial, now: Instant) -> Micros:
    """For how long the phone rings before an unanswered call is given up; 0 where no rule asks it."""
    rings = (ring.terms.least for ring in dial.prepared.plan.rings if ring.starts <= now < ring.ends)
    return max(rings, default=0)


def _ask_again(dial: Dial, at: Instant, verdict: Verdict) -> Instant | None:
    """When another answer is possible: no later than the first instant that has one."""
    turn = next((turn for turn in dial.prepared.plan.turns if turn > at), None)
    granted = min((given.given_at for given in dial.consents if given.given_at > at), default=None)
    moments = [moment for moment in (turn, granted, verdict.until) if moment is not None]
    return min(moments, default=None)


@cache
def _allowed(version: str) -> Verdict:
    return Verdict(answer=Answer.ALLOW, version=version)


def _block(
    plan: Plan, gate: Gate, reason: str, rule: Rule | None = None, values: Values | None = None
) -> Verdict:
    return Verdict(
        answer=Answer.BLOCK,
        version=plan.version,
        gate=gate,
        reason=reason,
        rule=None if rule is None else rule.id,
        values=values or {},
    )


def _wait(
    plan: Plan,
    gate: Gate,
    reason: str,
    until: Instant,
    rule: Rule | None = None,
    values: Values | None = None,
) -> Verdict:
    return Verdict(
        answer=Answer.WAIT,
        version=plan.version,
        gate=gate,
        reason=reason,
        rule=None if rule is None else rule.id,
        until=until,
        values=values or {},
    )


def _standing(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    standing = dial.standing
    if not standing.campaign_running:
        return _block(plan, Gate.STANDING, "campaign-not-running")
    if not standing.list_active:
        return _block(plan, Gate.STANDING, "list-not-active")
    if not standing.case_open:
        return _block(plan, Gate.STANDING, "case-closed")
    if standing.live_attempt:
        return _block(plan, Gate.STANDING, "live-attempt")
    if standing.owned_for_ever:
        return _block(plan, Gate.STANDING, "owned")
    if standing.owned_until is not None and now < standing.owned_until:
        return _wait(plan, Gate.STANDING, "owned", standing.owned_until)
    return None


def _place(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    refused = dial.prepared.refused
    if refused is None:
        return None
    values: Values = {"jurisdiction": dial.prepared.refused_for} if dial.prepared.refused_for else {}
    if dial.prepared.place.unplaced is not None:
        what, value = dial.prepared.place.unplaced
        values = {what: value}
    return _block(plan, Gate.PLACE, str(refused), None, values)


def _origin(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    if dial.protected:
        rule = next((c.rule for c in plan.destinations if c.starts <= now < c.ends), None)
        return _block(plan, Gate.ORIGIN, "protected-line", rule)
    if dial.generated:
        for clause in plan.list_origins:
            if clause.starts <= now < clause.ends:
                return _block(plan, Gate.ORIGIN, "generated-number", clause.rule)
    return None


def _ban(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    for clause in plan.bans:
        if clause.starts <= now < clause.ends:
            return _block(plan, Gate.BAN, "banned", clause.rule)
    return None


def _dnc(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    for entry in dial.dnc:
        if entry.since <= now:
            rule = next((c.rule for c in plan.internal_dnc if c.starts <= now < c.ends), None)
            return _block(plan, Gate.DNC, f"dnc-{entry.source}", rule, {"by": entry.by})
    return None


def _manner(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    manner = dial.manner
    for ring in plan.rings:
        if manner.ring < ring.terms.least and ring.starts <= now < ring.ends:
            return _block(
                plan,
                Gate.MANNER,
                "rings-too-short",
                ring.rule,
                {"least": ring.terms.least, "is": manner.ring},
            )
    if not guaranteed(manner):
        for message in plan.messages:
            within = manner.message_within
            if message.starts <= now < message.ends and (within is None or within > message.terms.within):
                values: Values = {"within": message.terms.within}
                if within is not None:
                    values["is"] = within
                return _block(plan, Gate.MANNER, "no-message-in-time", message.rule, values)
    if manner.hangs_up_on_machines:
        for test in plan.amd_tests:
            if not test.starts <= now < test.ends:
                continue
            record, age = manner.amd_test, test.terms.max_age_days
            if record is None:
                return _block(plan, Gate.MANNER, "no-amd-test", test.rule)
            if now < record.tested_at:
                dated: Values = {"tested_at": record.tested_at}
                return _wait(plan, Gate.MANNER, "amd-test-in-the-future", record.tested_at, test.rule, dated)
            if age is not None and now > record.tested_at + age * DAY:
                return _block(plan, Gate.MANNER, "amd-test-too-old", test.rule, {"max_age_days": age})
    return None


def _caller_id(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    shown, worn_out_until = dial.manner.caller_id, dial.manner.worn_out_until
    if worn_out_until is not None and now < worn_out_until:
        return _wait(plan, Gate.CALLER_ID, "caller-ids-worn-out", worn_out_until)
    for clause in plan.caller_ids:
        if not clause.starts <= now < clause.ends:
            continue
        if shown is None:
            return _block(plan, Gate.CALLER_ID, "withheld", clause.rule)
        if not shown.dialable:
            return _block(plan, Gate.CALLER_ID, "cannot-be-called-back", clause.rule)
        if shown.premium:
            return _block(plan, Gate.CALLER_ID, "premium-rate", clause.rule)
        if clause.terms.series and not shown.number.startswith(clause.terms.series):
            return _block(
                plan, Gate.CALLER_ID, "wrong-series", clause.rule, {"series": ",".join(clause.terms.series)}
            )
    return None


def _registry(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    for clause in plan.registries:
        if clause.starts <= now < clause.ends:
            refusal = registry_refusal(clause.terms, dial, consents, now)
            if refusal is not None:
                return _unagreed(plan, Gate.REGISTRY, clause, refusal, dial, now)
    return None


def _consent(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    for clause in plan.consents:
        if clause.starts <= now < clause.ends:
            refusal = consent_refusal(clause.terms, dial, consents, now)
            if refusal is not None:
                return _unagreed(plan, Gate.CONSENT, clause, refusal, dial, now)
    return None


def _unagreed(
    plan: Plan,
    gate: Gate,
    clause: Clause[ConsentNeeded] | Clause[Registry],
    refusal: Refusal,
    dial: Dial,
    now: Instant,
) -> Verdict:
    """A refusal; by the rule about reassigned numbers, where that alone keeps a consent from counting."""
    reason, values = refusal
    doubts = doubt(clause.terms, plan, dial, now) if reason in ("registered", "no-consent") else None
    if doubts is None:
        return _block(plan, gate, reason, clause.rule, values)
    reason, values = doubts
    by = doubted_by(plan, dial, now)
    return _block(plan, gate, reason, by, {**values, "needed_by": clause.rule.id})


def _reserved(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    if dial.history:
        for clause in plan.lockouts:
            if clause.starts <= now < clause.ends:
                since = needs_agent(clause.terms, dial, now)
                if since is not None:
                    return _block(
                        plan, Gate.RESERVED, "needs-a-reserved-agent", clause.rule, {"since": since}
                    )
    return None


def _emergency(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    for emergency, clause in plan.emergencies:
        if not emergency.holds(now) or not (clause is None or clause.starts <= now < clause.ends):
            continue
        rule = None if clause is None else clause.rule
        where: Values = {"jurisdiction": emergency.jurisdiction}
        if emergency.ends is None:
            return _block(plan, Gate.EMERGENCY, "emergency", rule, where)
        return _wait(plan, Gate.EMERGENCY, "emergency", emergency.ends, rule, where)
    return None


def _lockout(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    if dial.history:
        for clause in plan.lockouts:
            if clause.starts <= now < clause.ends:
                until = locked_until(clause.terms, dial, now)
                if until is not None:
                    return _wait(
                        plan, Gate.LOCKOUT, f"rests-after-{clause.terms.after}", until, clause.rule,
                        {"rest": clause.terms.rest},
                    )  # fmt: skip
    return None


def _cooldown(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    if dial.history:
        for clause in plan.cooldowns:
            if clause.starts <= now < clause.ends:
                until = cooling_until(clause.terms, dial, plan.clocks, now)
                if until is not None:
                    return _wait(plan, Gate.COOLDOWN, f"rests-after-{clause.terms.after}", until, clause.rule)
    return None


def _business_hours(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    hours = dial.standing.business_hours
    if hours is None:
        return None
    opens = next_opening(hours, now)
    if opens == now:
        return None
    if opens is None:
        return _block(plan, Gate.BUSINESS_HOURS, "never-open", None, {"zone": hours.zone})
    return _wait(plan, Gate.BUSINESS_HOURS, "closed", opens, None, {"zone": hours.zone})


def _window(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    schedule = plan.schedule
    if schedule.is_open(now):
        return None
    firmest = max((given.level for given in consents if given.other_times), default=None)
    if firmest is not None:
        schedule = plan.schedules_agreed[firmest]
        if schedule.is_open(now):
            return None
    part = schedule.closing(now)
    assert part is not None, "a schedule is closed by one of its parts"
    values: Values = {"zone": part.clock.zone, "local": wall_time(now, part.clock)}
    opens = schedule.next_opening(now)
    if opens is None:
        return _block(plan, Gate.WINDOW, "never-open", part.rule, values)
    return _wait(plan, Gate.WINDOW, "closed", opens, part.rule, values)


def _cap(plan: Plan, dial: Dial, consents: Consents, now: Instant) -> Verdict | None:
    if dial.history:
        for clause in plan.caps:
            if clause.starts <= now < clause.ends:
                until = capped_until(clause.terms, dial, plan.clocks, consents, now)
                if until is not None:
                    return _wait(
                        plan, Gate.CAP, "too-often", until, clause.rule, {"calls": clause.terms.calls}
                    )
    return None


GATES: Final[tuple[tuple[Gate, Ask], ...]] = (
    (Gate.STANDING, _standing),
    (Gate.PLACE, _place),
    (Gate.ORIGIN, _origin),
    (Gate.BAN, _ban),
    (Gate.DNC, _dnc),
    (Gate.MANNER, _manner),
    (Gate.CALLER_ID, _caller_id),
    (Gate.REGISTRY, _registry),
    (Gate.CONSENT, _consent),
    (Gate.RESERVED, _reserved),
    (Gate.EMERGENCY, _emergency),
    (Gate.LOCKOUT, _lockout),
    (Gate.COOLDOWN, _cooldown),
    (Gate.BUSINESS_HOURS, _business_hours),
    (Gate.WINDOW, _window),
    (Gate.CAP, _cap),
)
