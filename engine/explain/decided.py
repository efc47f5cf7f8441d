"""What the gates said when they were asked for a case: the journal has it, with what was known then."""

from dataclasses import dataclass
from typing import Any, Final

from engine.domain.time import Instant, iso
from engine.domain.words import ChangeReason, Ending, Side
from engine.explain.facts import CaseFact
from engine.explain.lines import JournalLines

ALLOW: Final = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An answer that was acted on. `gate`, `reason` and `rule` are None where every gate allowed the call of
    `leg`; `phone` is that of a refusal, of which `until` is the next allowed instant, as it was foreseen.
    `rules` is None where no statute was asked."""

    at: Instant
    leg: int | None
    phone: int | None
    gate: str | None
    reason: str | None
    rule: str | None
    until: Instant | None
    rules: str | None
    known: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "at": iso(self.at),
            "leg": self.leg,
            "phone": self.phone,
            "answer": ALLOW if self.gate is None else "wait" if self.until is not None else "block",
            "gate": self.gate,
            "reason": self.reason,
            "rule": self.rule,
            "next_allowed": None if self.until is None else iso(self.until),
            "rules": self.rules,
            "known": self.known,
        }


def decisions_of(case: CaseFact, lines: JournalLines) -> tuple[Decision, ...]:
    """In their order."""
    found = [*_refusals(case, lines), *_permits(case, lines)]
    return tuple(sorted(found, key=lambda decision: (decision.at, decision.leg or 0)))


def _refusals(case: CaseFact, lines: JournalLines) -> list[Decision]:
    held = {
        change.at for change in case.changes if change.is_gate or change.reason is ChangeReason.OTHER_PHONE
    }
    refused = {
        attempt.ended_at
        for attempt in case.attempts
        if attempt.ending is Ending.REFUSED and attempt.ended_at is not None
    }
    return [
        Decision(
            at=at,
            leg=None,
            phone=phone,
            gate=gate,
            reason=reason,
            rule=rule,
            until=until,
            rules=line["version"] or None,
            known=known,
        )
        for at in sorted(held | refused)
        for line in lines.at_instant(at, "gates.refused")
        for of_case, _, phone, _, gate, reason, rule, until, known in line["rows"]
        if of_case == case.id
    ]


def _permits(case: CaseFact, lines: JournalLines) -> list[Decision]:
    return [
        Decision(
            at=leg.intended_at,
            leg=leg.id,
            phone=None,
            gate=None,
            reason=None,
            rule=None,
            until=None,
            rules=line.get("rules"),
            known=line.get("known") or {},
        )
        for attempt in case.attempts
        for leg in attempt.legs
        if leg.side is Side.CUSTOMER
        for line in lines.at_instant(leg.intended_at, "leg.intended")
        if line["leg"] == leg.id
    ]
