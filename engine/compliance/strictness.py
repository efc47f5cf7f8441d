"""Whether new terms allow nothing that the old ones refuse. What cannot be compared is not stricter."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from engine.compliance.rules import Rule
from engine.compliance.terms import (
    Abandonment,
    AmdTest,
    CallerIdShown,
    Cap,
    ConsentNeeded,
    Cooldown,
    Hours,
    Kind,
    Lockout,
    Message,
    Records,
    Registry,
    Ring,
    Terms,
)
from engine.domain.policy import Window


def is_stricter(rule: Rule, terms: Terms) -> bool:
    """Whether a rule with these terms instead would be at least as strict: equal terms are."""
    if terms == rule.terms:
        return True
    compare = _COMPARISONS.get(rule.kind)
    return compare is not None and type(terms) is type(rule.terms) and compare(rule.terms, terms)


def _hours(old: Hours, new: Hours) -> bool:
    """Every day that the new terms may take it for is open only where every day that it may be was."""
    if not _no_weaker(old.agreeable, new.agreeable):
        return False
    same = old.calendars == new.calendars
    for weekday in range(7):
        for new_day in _DAY_TYPES:
            ours = new.windows(weekday, holiday=new_day[0], eve=new_day[1])
            for old_day in (new_day,) if same else _DAY_TYPES:
                theirs = old.windows(weekday, holiday=old_day[0], eve=old_day[1])
                if not _covered(ours, theirs):
                    return False
    return True


_DAY_TYPES: Final = ((False, False), (True, False), (False, True), (True, True))


def _covered(inner: Iterable[Window], outer: Iterable[Window]) -> bool:
    """Whether every minute of the inner windows lies in one of the outer."""
    open_minutes = {minute for window in outer for minute in range(window.opens, window.closes)}
    return all(minute in open_minutes for window in inner for minute in range(window.opens, window.closes))


def _cap(old: Cap, new: Cap) -> bool:
    return (
        new.calls <= old.calls
        and _no_shorter(old.within, new.within)
        and _no_shorter(old.days, new.days)
        and set(new.per) <= set(old.per)
        and new.reach <= old.reach
        and _no_weaker(old.unless_consent, new.unless_consent)
        and _no_longer(old.unless_transaction_months, new.unless_transaction_months)
    )


def _cooldown(old: Cooldown, new: Cooldown) -> bool:
    return (
        new.after == old.after
        and _at_least(old.days, new.days)
        and _at_least(old.rest, new.rest)
        and set(new.per) <= set(old.per)
    )


def _lockout(old: Lockout, new: Lockout) -> bool:
    return (
        new.after == old.after
        and new.rest >= old.rest
        and (old.unless_reserved or not new.unless_reserved)
        and (new.then_reserved or not old.then_reserved)
    )


def _consent(old: ConsentNeeded, new: ConsentNeeded) -> bool:
    return (
        new.level >= old.level
        and (old.or_customer or not new.or_customer)
        and _no_longer(old.or_transaction_months, new.or_transaction_months)
        and _at_most(old.lapses_after_months, new.lapses_after_months)
    )


def _registry(old: Registry, new: Registry) -> bool:
    return (
        new.registry == old.registry
        and _at_most(old.max_age_days, new.max_age_days)
        and _no_weaker(old.unless_consent, new.unless_consent)
        and _at_most(old.lapses_after_months, new.lapses_after_months)
        and _no_longer(old.unless_transaction_months, new.unless_transaction_months)
        and _no_longer(old.unless_inquiry_months, new.unless_inquiry_months)
    )


def _caller_id(old: CallerIdShown, new: CallerIdShown) -> bool:
    """Each of the new series lies in one of the old."""
    if not old.series:
        return True
    return bool(new.series) and all(series.startswith(old.series) for series in new.series)


def _abandonment(old: Abandonment, new: Abandonment) -> bool:
    return (
        new.most <= old.most
        and new.formula == old.formula
        and new.period == old.period
        and new.length == old.length
        and set(new.scopes) >= set(old.scopes)
    )


def _at_least(old: int | None, new: int | None) -> bool:
    """None is the least."""
    return old is None or (new is not None and new >= old)


def _at_most(old: int | None, new: int | None) -> bool:
    """None is without limit."""
    return old is None or (new is not None and new <= old)


def _no_shorter(old: int | None, new: int | None) -> bool:
    """Windows of one kind only: rolling and calendar ones cannot be compared."""
    return (old is None) is (new is None) and _at_least(old, new)


def _no_longer(old: int | None, new: int | None) -> bool:
    """An exemption for so long; None is no exemption."""
    return new is None or (old is not None and new <= old)


def _no_weaker(old: int | None, new: int | None) -> bool:
    """An exemption for consents from this level on; None is no exemption."""
    return new is None or (old is not None and new >= old)


def _ring(old: Ring, new: Ring) -> bool:
    return new.least >= old.least


def _message(old: Message, new: Message) -> bool:
    return new.within <= old.within


def _amd_test(old: AmdTest, new: AmdTest) -> bool:
    return _at_most(old.max_age_days, new.max_age_days)


def _records(old: Records, new: Records) -> bool:
    return new.months >= old.months


_COMPARISONS: Final[dict[Kind, Callable[[Any, Any], bool]]] = {
    Kind.HOURS: _hours,
    Kind.CAP: _cap,
    Kind.COOLDOWN: _cooldown,
    Kind.LOCKOUT: _lockout,
    Kind.CONSENT: _consent,
    Kind.REGISTRY: _registry,
    Kind.CALLER_ID: _caller_id,
    Kind.RING: _ring,
    Kind.MESSAGE: _message,
    Kind.AMD_TEST: _amd_test,
    Kind.ABANDONMENT: _abandonment,
    Kind.RECORDS: _records,
}
"""The other kinds have no figures: their terms are equal, or the rule is gone."""
