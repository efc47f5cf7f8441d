"""What a change of the operator's rules did: a row for each that is other than before, with both figures."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from engine.compliance.almanac import DeclaredEmergency, Proclamation
from engine.compliance.effects import effects
from engine.compliance.rules import Rule
from engine.compliance.wording import told
from engine.config.rulebook import Operator, shipped_rules
from engine.domain.time import iso
from engine.store.audit import audit
from engine.store.transaction import Transaction

T = TypeVar("T")


def audit_rules(tx: Transaction, before: Operator, after: Operator, *, by: str) -> None:
    """Overrides each time that they are applied, with their reasons; the others where they changed."""

    def row(action: str, subject: str, **details: Any) -> None:
        audit(tx, user=by, action=action, subject=subject, **details)

    made = effects(after.overrides, shipped_rules())
    for one in made:
        figures = {"before": told(one.before), "after": told(one.after)}
        row("rules override", one.rule, effect=str(one.effect), **figures, reason=one.reason)
    overridden = {one.rule for one in made}
    for one in effects(before.overrides, shipped_rules()):
        if one.rule not in overridden:
            row("rules withdraw", one.rule, before=told(one.after), after=told(one.before))
    for rule_id, was, will_be in _changed(before.rules, after.rules, lambda rule: rule.id, _of_rule):
        row("rules own", rule_id, before=was, after=will_be)
    for (where, _), was, will_be in _changed(
        before.proclamations, after.proclamations, lambda each: (each.jurisdiction, each.day), _of_day
    ):
        row("rules proclaim", where, before=was, after=will_be)
    for (where, _), was, will_be in _changed(
        before.emergencies, after.emergencies, lambda each: (each.jurisdiction, each.starts), _of_emergency
    ):
        row("rules emergency", where, before=was, after=will_be)


def _changed(
    before: Iterable[T], after: Iterable[T], key: Callable[[T], Any], tell: Callable[[T], str]
) -> Iterator[tuple[Any, str | None, str | None]]:
    """What came, went or changed: its key, and what was told of it before and is now."""
    was, will_be = _told_of(before, key, tell), _told_of(after, key, tell)
    for each in sorted({**was, **will_be}):
        if was.get(each) != will_be.get(each):
            yield each, was.get(each), will_be.get(each)


def _told_of(entries: Iterable[T], key: Callable[[T], Any], tell: Callable[[T], str]) -> dict[Any, str]:
    """Several of one key are told together."""
    found: dict[Any, list[str]] = {}
    for entry in entries:
        found.setdefault(key(entry), []).append(tell(entry))
    return {each: "; ".join(texts) for each, texts in found.items()}


def _of_rule(rule: Rule) -> str:
    return told(rule.terms)


def _of_day(day: Proclamation) -> str:
    return day.day.isoformat() + _noted(day.note)


def _of_emergency(emergency: DeclaredEmergency) -> str:
    until = "further notice" if emergency.ends is None else iso(emergency.ends)
    return f"from {iso(emergency.starts)} until {until}{_noted(emergency.note)}"


def _noted(note: str) -> str:
    return f" ({note})" if note else ""
