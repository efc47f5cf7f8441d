"""Which consents count, and what a registry says. A consent is given for something, for a time, and until it
is taken back; what is not known to have been agreed to was not.
"""

from collections.abc import Iterable
from typing import TypeAlias

from engine.compliance.caps import recent
from engine.compliance.dial import Dial, GivenConsent, Reassignment
from engine.compliance.regime import Clause, Plan
from engine.compliance.rules import Rule
from engine.compliance.terms import Consent, ConsentNeeded, Registry, Terms
from engine.compliance.verdict import Values
from engine.domain.time import DAY, Instant

Refusal: TypeAlias = tuple[str, Values]


def counting(plan: Plan, dial: Dial, now: Instant) -> tuple[GivenConsent, ...]:
    """The consents that count at `now` for what the campaign calls about."""
    return () if doubted_by(plan, dial, now) is not None else _standing(plan, dial, now)


def doubted_by(plan: Plan, dial: Dial, now: Instant) -> Rule | None:
    """The rule by which no consent counts, since the number may have changed hands."""
    if dial.reassignment is Reassignment.NO:
        return None
    return next((clause.rule for clause in plan.reassigned if clause.starts <= now < clause.ends), None)


def doubted(plan: Plan, dial: Dial, now: Instant) -> tuple[GivenConsent, ...]:
    """The consents that would count if the number were known to be in the same hands."""
    return () if doubted_by(plan, dial, now) is None else _standing(plan, dial, now)


def doubt(terms: ConsentNeeded | Registry, plan: Plan, dial: Dial, now: Instant) -> Refusal | None:
    """Why what `terms` refuse is refused, where a consent would do if the number were known to be in the same
    hands."""
    level = terms.level if isinstance(terms, ConsentNeeded) else terms.unless_consent
    if level is None:
        return None
    months = terms.lapses_after_months
    enough = [each for each in doubted(plan, dial, now) if _agreed(level, months, (each,), now)]
    if not enough:
        return None
    newest = max(enough, key=lambda each: each.given_at)
    reason = "number-changed-hands" if dial.reassignment is Reassignment.YES else "changed-hands-not-asked"
    return reason, {"level": newest.level.name.lower(), "given_at": newest.given_at}


def _standing(plan: Plan, dial: Dial, now: Instant) -> tuple[GivenConsent, ...]:
    """Those given for this, neither lapsed nor taken back, whoever has the number now."""
    revoked_at = _taken_back(plan, dial, now)
    return tuple(
        given
        for given in dial.consents
        if given.given_at <= now
        and (given.expires_at is None or now < given.expires_at)
        and (given.revoked_at is None or now < given.revoked_at)
        and (revoked_at is None or revoked_at < given.given_at)
        and (not given.purposes or plan.purposes.issubset(given.purposes))
    )


def _taken_back(plan: Plan, dial: Dial, now: Instant) -> Instant | None:
    """Up to when whatever was given is taken back: the last revocation. Where that is the rule, the end of
    one consent alone is the end of all."""
    ends = [dial.revoked_at]
    if _in_force(plan.revocations, now):
        ends += [given.revoked_at for given in dial.consents]
    return max((at for at in ends if at is not None and at <= now), default=None)


def _in_force(clauses: Iterable[Clause[Terms]], now: Instant) -> bool:
    return any(clause.starts <= now < clause.ends for clause in clauses)


def consent_refusal(
    needed: ConsentNeeded, dial: Dial, consents: tuple[GivenConsent, ...], now: Instant
) -> Refusal | None:
    """Why nobody agreed to this call; None where somebody did, or need not."""
    if _agreed(needed.level, needed.lapses_after_months, consents, now):
        return None
    if needed.or_customer and dial.relationship.customer:
        return None
    if recent(dial.relationship.transaction_at, needed.or_transaction_months, now):
        return None
    return "no-consent", {"level": needed.level.name.lower()}


def _agreed(level: Consent, months: int | None, consents: Iterable[GivenConsent], now: Instant) -> bool:
    """Whether a consent is firm enough, and one without a period not too old."""
    return any(
        given.level >= level
        and (months is None or given.expires_at is not None or recent(given.given_at, months, now))
        for given in consents
    )


def registry_refusal(
    registry: Registry, dial: Dial, consents: tuple[GivenConsent, ...], now: Instant
) -> Refusal | None:
    """Why a registry forbids this call. A version so many days old is still good, at the instant itself too;
    an older one says nothing of anybody, and so nobody is called."""
    name = registry.registry
    state = dial.registries.get(name)
    if state is None or state.version_at > now:
        return "registry-unknown", {"registry": name}
    days = registry.max_age_days
    if days is not None and now > state.version_at + days * DAY:
        return "registry-too-old", {"registry": name, "version_at": state.version_at, "max_age_days": days}
    if not state.listed:
        return None
    level = registry.unless_consent
    if level is not None and _agreed(level, registry.lapses_after_months, consents, now):
        return None
    if recent(dial.relationship.transaction_at, registry.unless_transaction_months, now):
        return None
    if recent(dial.relationship.inquiry_at, registry.unless_inquiry_months, now):
        return None
    return "registered", {"registry": name}
