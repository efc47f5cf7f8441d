"""How often: counts of earlier attempts, over rolling times and over local days.

Each answer is None for "not refused", or the first later instant at which this rule no longer refuses if
nothing else happens. At the instant at which an attempt is as old as the window it is out of it.
"""

from collections.abc import Callable, Iterable
from functools import cache

from engine.compliance.dial import Dial, GivenConsent, Keys, Past, is_same, months_after
from engine.compliance.terms import Cap, Cooldown, Key
from engine.compliance.zones import LocalClock
from engine.domain.time import Instant


def capped_until(
    cap: Cap, dial: Dial, clocks: tuple[LocalClock, ...], consents: tuple[GivenConsent, ...], now: Instant
) -> Instant | None:
    """When a cap next allows a call. `consents` are those that count now. Local days are those of every
    zone that the person may be in."""
    history = dial.history
    if len(history) < cap.calls or excused(cap, dial, consents, now):
        return None
    if cap.within is not None:
        nth = _nth_newest(cap, dial.keys, history, now - cap.within, now)
        return None if nth is None else nth + cap.within
    assert cap.days is not None
    until = None
    for clock in clocks:
        since = clock.begins(clock.day(now) - cap.days + 1) - 1
        nth = _nth_newest(cap, dial.keys, history, since, now)
        if nth is not None:
            until = max(until or 0, clock.begins(clock.day(nth) + cap.days))
    return until


def excused(cap: Cap, dial: Dial, consents: Iterable[GivenConsent], now: Instant) -> bool:
    """Whether the cap's own exemptions apply."""
    if cap.unless_consent is not None and any(given.level >= cap.unless_consent for given in consents):
        return True
    return recent(dial.relationship.transaction_at, cap.unless_transaction_months, now)


def recent(at: Instant | None, months: int | None, now: Instant) -> bool:
    """Whether something happened, and so many months have not passed since."""
    return at is not None and months is not None and at <= now < months_after(at, months)


def _nth_newest(
    cap: Cap, keys: Keys, history: tuple[Past, ...], since: Instant, now: Instant
) -> Instant | None:
    """When the attempt was made that must leave the window before there is room, counting those after
    `since` and not after `now`; None where there is room."""
    alike = _alike(cap.per)
    left, reach = cap.calls, cap.reach
    for past in history:
        at = past.at
        if at <= since:
            return None
        if at <= now and past.reach >= reach and alike(keys, past):
            left -= 1
            if not left:
                return at
    return None


def cooling_until(
    cooldown: Cooldown, dial: Dial, clocks: tuple[LocalClock, ...], now: Instant
) -> Instant | None:
    """When the rest after the last such event is over."""
    alike = _alike(cooldown.per)
    until = None
    for past in dial.history:
        if cooldown.after in past.events and (at := past.event_at) <= now and alike(dial.keys, past):
            until = max(until or at, at if cooldown.rest is None else at + cooldown.rest)
            if cooldown.days is not None:
                until = max(until, *(clock.begins(clock.day(at) + cooldown.days) for clock in clocks))
    return until if until is not None and now < until else None


@cache
def _alike(per: tuple[Key, ...]) -> Callable[[Keys, Past], bool]:
    """Whether an earlier attempt is counted with these keys."""
    names = tuple(key.value for key in per)

    def alike(keys: Keys, past: Past) -> bool:
        return all(is_same(getattr(keys, name), getattr(past, name)) for name in names)

    return alike
