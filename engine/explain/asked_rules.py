"""What each gate looked at: the rules that it asked, their figures, and how the call stands to them. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final, TypeAlias

from engine.compliance.caps import capped_until, excused
from engine.compliance.consents import counting, doubted, doubted_by
from engine.compliance.dial import Dial, GivenConsent, Reassignment
from engine.compliance.regime import Clause, Clauses, Plan
from engine.compliance.rules import Rule
from engine.compliance.terms import Cap, Event
from engine.compliance.verdict import Gate
from engine.compliance.wording import duration, told
from engine.compliance.zones import clock, wall_time
from engine.domain.time import DAY, Instant
from engine.explain.refusals import CHANGED_HANDS, NOT_ASKED, day_of

ZONES_SHOWN: Final = 4  # a number of no area may be in dozens


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing that a gate looked at. `rule` is None for the engine's own; `figures` are the rule's, and
    `found` is what they were held against."""

    rule: str | None = None
    figures: str = ""
    found: str = ""

    @property
    def text(self) -> str:
        if self.rule is None:
            return self.found
        return f"{self.rule}: {self.figures}" + (f" ({self.found})" if self.found else "")


def looks(gate: Gate, dial: Dial, now: Instant, *, seller: str | None) -> list[Look]:
    """In the order in which the gate asks, each once. Rules that are not in force now are left out. `seller`
    is the campaign's, whom consents are told of."""
    plan = dial.prepared.plan
    if gate is Gate.CONSENT:
        return list(dict.fromkeys(_consent(plan, dial, now, seller)))
    look = _LOOKS.get(gate)
    return [] if look is None else list(dict.fromkeys(look(plan, dial, now)))


def zones_told(zones: tuple[str, ...], now: Instant) -> str:
    """The local times where the called party may be."""
    shown = ", ".join(f"{wall_time(now, clock(zone))} in {zone}" for zone in zones[:ZONES_SHOWN])
    more = len(zones) - ZONES_SHOWN
    return shown + (f" and {more} zones more" if more > 0 else "")


def _look(rule: Rule, found: str = "") -> Look:
    return Look(rule=rule.id, figures=told(rule.terms), found=found)


def _in_force(clauses: Clauses[Any], now: Instant) -> Iterator[Clause[Any]]:
    return (clause for clause in clauses if clause.starts <= now < clause.ends)


def _place(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    place = dial.prepared.place
    if place.zones:
        yield Look(found=f"{', '.join(place.jurisdictions)}; {zones_told(place.zones, now)}")


def _origin(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for clause in _in_force(plan.destinations, now):
        yield _look(clause.rule)
    for clause in _in_force(plan.list_origins, now):
        yield _look(clause.rule)


def _ban(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for clause in _in_force(plan.bans, now):
        yield _look(clause.rule)


def _dnc(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for entry in dial.dnc:
        since = f"since {day_of(entry.since)}"
        yield Look(found=f"the {entry.by} is on the {entry.source} list {since}")
    for clause in _in_force(plan.internal_dnc, now):
        yield _look(clause.rule, "" if dial.dnc else "not on it")


def _manner(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    manner = dial.manner
    for clause in _in_force(plan.rings, now):
        yield _look(clause.rule, f"it rings {duration(manner.ring)}")
    for clause in _in_force(plan.messages, now):
        within = "no message" if manner.message_within is None else f"after {duration(manner.message_within)}"
        yield _look(clause.rule, "an agent is reserved" if manner.reserved else within)
    for clause in _in_force(plan.amd_tests, now):
        test = manner.amd_test
        tested = "none is recorded" if test is None else f"tested {day_of(test.tested_at)}"
        yield _look(clause.rule, tested if manner.hangs_up_on_machines else "machines are not hung up on")


def _caller_id(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    shown = dial.manner.caller_id
    for clause in _in_force(plan.caller_ids, now):
        yield _look(clause.rule, "none is shown" if shown is None else f"{shown.number} is shown")


def _registry(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for clause in _in_force(plan.registries, now):
        state = dial.registries.get(clause.terms.registry)
        if state is None:
            yield _look(clause.rule, "never imported, or its file cannot be used")
        else:
            age = max(0, (now - state.version_at) // DAY)
            on = "on it" if state.listed else "not on it"
            yield _look(clause.rule, f"{on} by the version of {day_of(state.version_at)}, {age} days old")
            if state.listed and clause.terms.unless_consent is not None:
                yield from _doubts(plan, dial, now)


def _consent(plan: Plan, dial: Dial, now: Instant, seller: str | None) -> Iterator[Look]:
    given = counting(plan, dial, now)
    bonds = dial.relationship
    whose = "" if seller is None else f" for {seller}"
    facts = [_consent_told(each) for each in given] or [f"no consent that counts{whose}"]
    if bonds.customer:
        facts.append("a present customer")
    if bonds.transaction_at is not None:
        facts.append(f"last transaction {day_of(bonds.transaction_at)}")
    for clause in _in_force(plan.consents, now):
        yield _look(clause.rule, ", ".join(facts))
    yield from _doubts(plan, dial, now)


def _doubts(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    """What was agreed to and does not count, and why."""
    rule = doubted_by(plan, dial, now)
    why = CHANGED_HANDS if dial.reassignment is Reassignment.YES else NOT_ASKED
    for given in doubted(plan, dial, now):
        assert rule is not None
        told_of = _consent_told(given)
        article = "a" if told_of.startswith("w") else "an"
        yield _look(rule, why.replace("a consent", f"{article} {told_of}", 1))


def _consent_told(given: GivenConsent) -> str:
    until = "" if given.expires_at is None else f" until {day_of(given.expires_at)}"
    return f"{given.level.name.lower()} consent of {day_of(given.given_at)}{until}"


def _lockout(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for clause in _in_force(plan.lockouts, now):
        yield _look(clause.rule, _last(clause.terms.after, dial, now))


def _reserved(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for clause in _in_force(plan.lockouts, now):
        if clause.terms.then_reserved:
            yield _look(clause.rule, _last(clause.terms.after, dial, now))


def _cooldown(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for clause in _in_force(plan.cooldowns, now):
        yield _look(clause.rule, _last(clause.terms.after, dial, now))


def _last(event: Event, dial: Dial, now: Instant) -> str:
    """Of whatever was called: whether the rule counts it is its own business."""
    at = max(
        (past.event_at for past in dial.history if event in past.events and past.event_at <= now),
        default=None,
    )
    return "none" if at is None else f"the last {day_of(at)}"


def _emergency(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for emergency, clause in plan.emergencies:
        found = f"declared in {emergency.jurisdiction}"
        yield Look(found=found) if clause is None else _look(clause.rule, found)


def _business_hours(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    hours = dial.standing.business_hours
    if hours is not None:
        yield Look(found=zones_told((hours.zone,), now))


def _window(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    for rule in {part.rule.id: part.rule for part in plan.schedule.parts}.values():
        if rule.starts <= now < rule.ends:
            parts = [part for part in plan.schedule.parts if part.rule is rule]
            stands = "open" if all(part.is_open(now) for part in parts) else "closed"
            yield _look(rule, f"{stands}: {zones_told(tuple(part.clock.zone for part in parts), now)}")


def _cap(plan: Plan, dial: Dial, now: Instant) -> Iterator[Look]:
    consents = counting(plan, dial, now)
    for clause in _in_force(plan.caps, now):
        if excused(clause.terms, dial, consents, now):
            yield _look(clause.rule, "exempt")
        else:
            counted = _counted(clause.terms, dial, plan, consents, now)
            yield _look(clause.rule, f"{counted} so far")


def _counted(cap: Cap, dial: Dial, plan: Plan, consents: tuple[GivenConsent, ...], now: Instant) -> int:
    """How many a cap counts: the most with which it would refuse one more."""
    return next(
        calls - 1
        for calls in count(1)
        if capped_until(replace(cap, calls=calls), dial, plan.clocks, consents, now) is None
    )


_Looking: TypeAlias = Callable[[Plan, Dial, Instant], Iterator[Look]]

_LOOKS: Final[dict[Gate, _Looking]] = {
    Gate.PLACE: _place,
    Gate.ORIGIN: _origin,
    Gate.BAN: _ban,
    Gate.DNC: _dnc,
    Gate.MANNER: _manner,
    Gate.CALLER_ID: _caller_id,
    Gate.REGISTRY: _registry,
    Gate.RESERVED: _reserved,
    Gate.EMERGENCY: _emergency,
    Gate.LOCKOUT: _lockout,
    Gate.COOLDOWN: _cooldown,
    Gate.BUSINESS_HOURS: _business_hours,
    Gate.WINDOW: _window,
    Gate.CAP: _cap,
}
"""Every gate but the standing, which is told before them."""
