"""What every gate says of each phone that a campaign may dial, asked of the store as a claim asks them.

An earlier instant is judged by what is known now of the time before it: of some things only the latest is
kept.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.attempts.phones import in_order
from engine.compliance.consents import doubted
from engine.compliance.dial import Dial, Reassignment, Standing
from engine.compliance.gates import evaluate, every_gate, next_allowed
from engine.compliance.terms import Terms
from engine.compliance.verdict import Answer, Gate, Verdict
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant, iso
from engine.domain.words import OPEN, CampaignState
from engine.explain.asked_rules import Look, looks, zones_told
from engine.explain.facts import CaseFact
from engine.explain.gates import Surroundings, WrittenHold, written_hold
from engine.explain.refusals import clause, details, hold_clause, remedy, terms_of
from engine.explain.story import Times
from engine.store.gates import Asking, Gates

NO_PROFILE: Final = (
    "It keeps no compliance profile: only internal do-not-call lists and business hours are asked."
)
NO_HISTORY: Final = (
    "Judged by what is known now of that time. Only the latest is kept of registries, rules, relationships, "
    "reassigned numbers and the lead's own data; do-not-call entries that were removed are gone."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneJudged:
    """One number at `at`. `next_allowed` is None if nothing but people will change it; `once` is when the
    gates allow the call if the campaign, the list and the like let it. `seller` is the campaign's."""

    number: str
    kind: str
    seller: str | None
    at: Instant
    dial: Dial
    known: dict[str, Any]
    verdict: Verdict
    verdicts: tuple[Verdict, ...]
    next_allowed: Instant | None
    once: Instant | None

    def looks(self, verdict: Verdict) -> list[Look]:
        """What a gate looked at, the rule that refused in front."""
        assert verdict.gate is not None
        found = looks(verdict.gate, self.dial, self.at, seller=self.seller)
        return sorted(found, key=lambda look: verdict.rule is not None and look.rule != verdict.rule)

    @property
    def changes(self) -> list[str]:
        """What people can do about each gate that refuses."""
        plan = self.dial.prepared.plan
        refused = [verdict for verdict in self.verdicts if not verdict.allowed]
        unsure = bool(doubted(plan, self.dial, self.at)) and self.dial.reassignment is Reassignment.NOT_ASKED
        found = [remedy(each, terms_of(each.rule, plan.rules), doubted=unsure) for each in refused]
        return list(dict.fromkeys(each for each in found if each is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A case at the gates: each phone that may be dialed, the next one in front. `refusal` is what they say
    of that one without its standing, None where they allow any; `refused_by` are its rule's terms, and
    `until` is when the first of them may be called. `hold` is what was written when they were last asked, and
    holds at present whatever they say. `version` is that of the rules, and `version_then` the one that was in
    force, if it was another."""

    profiles: tuple[str, ...]
    version: str | None
    version_then: str | None
    past: bool
    phones: tuple[PhoneJudged, ...]
    refusal: Verdict | None
    refused_by: Terms | None
    until: Instant | None
    hold: WrittenHold | None


def judged(
    sql: sqlite3.Connection,
    gates: Gates,
    case: CaseFact,
    policy: CampaignPolicy,
    around: Surroundings,
    *,
    now: bool,
) -> Judged:
    """`now`: the instant of `around` is the present."""
    at = around.at
    asking = gates.asking(sql, policy, at, past=not now)
    (lead, current) = sql.execute("SELECT lead_id, phone_id FROM cases WHERE id = ?", (case.id,)).fetchone()
    standing = _standing(case, policy, around)
    phones = tuple(
        _phone(asking, case, policy, standing, lead, phone, number, kind, at)
        for phone, number, kind in _phones(sql, policy, lead, current)
    )
    refusal = _refusal(phones, policy, at)
    moments = [next_allowed(_free(phone.dial, policy), at) for phone in phones]
    version_then = _version_then(sql, at) if not now and asking.version is not None else None
    return Judged(
        profiles=() if policy.compliance is None else policy.compliance.profiles,
        version=asking.version,
        version_then=None if version_then == asking.version else version_then,
        past=not now,
        phones=phones,
        refusal=refusal,
        refused_by=None if refusal is None else terms_of(refusal.rule, phones[0].dial.prepared.plan.rules),
        until=None if refusal is None else min((at for at in moments if at is not None), default=None),
        hold=written_hold(case, at) if now else None,
    )


def _free(dial: Dial, policy: CampaignPolicy) -> Dial:
    """As far as only the gates of the number go."""
    return replace(dial, standing=Standing(business_hours=policy.business_hours))


def _refusal(phones: Sequence[PhoneJudged], policy: CampaignPolicy, at: Instant) -> Verdict | None:
    """Of the next phone; None where any may be called, or where it is a matter of business hours."""
    verdicts = [evaluate(_free(phone.dial, policy), at) for phone in phones]
    if any(verdict.allowed or verdict.gate is Gate.BUSINESS_HOURS for verdict in verdicts):
        return None
    return verdicts[0]


def _standing(case: CaseFact, policy: CampaignPolicy, around: Surroundings) -> Standing:
    owner = around.owner
    owned = owner is not None and owner.campaign != case.campaign
    until = owner.until if owner is not None and owned else None
    return Standing(
        campaign_running=around.campaign.state is CampaignState.RUNNING,
        list_active=around.not_active is None,
        case_open=case.status in OPEN,
        live_attempt=bool(case.live or around.other_attempt or around.number_in or around.person_in),
        owned_until=until,
        owned_for_ever=owned and until is None,
        business_hours=policy.business_hours,
    )


def _phones(
    sql: sqlite3.Connection, policy: CampaignPolicy, lead: int, current: int
) -> list[tuple[int, str, str]]:
    """Those in use, in the order to dial; only the case's own where the campaign dials one."""
    rows = sql.execute(
        "SELECT id, number, kind FROM phones WHERE lead_id = ? AND (id = ? OR out_of_use_at IS NULL) "
        "ORDER BY position",
        (lead, current),
    ).fetchall()
    others = in_order(policy.phones.order, ((phone, kind) for phone, _, kind in rows))
    wanted = [current, *(each for each in others if each != current)] if policy.phones.several else [current]
    by_id = {phone: (phone, number, kind) for phone, number, kind in rows}
    return [by_id[phone] for phone in wanted]


def _phone(
    asking: Asking,
    case: CaseFact,
    policy: CampaignPolicy,
    standing: Standing,
    lead: int,
    phone: int,
    number: str,
    kind: str,
    at: Instant,
) -> PhoneJudged:
    live = None if case.live is None else case.live.id
    asked = asking.ask(lead, phone, reserved=policy.mode.agent_first, attempt=live)
    dial = replace(asked.dial, standing=standing)
    start = at if case.due_at is None else max(at, case.due_at)
    blocked = every_gate(dial, at)[0].answer is Answer.BLOCK
    free = _free(dial, policy)
    return PhoneJudged(
        number=number,
        kind=kind,
        seller=None if policy.compliance is None else policy.compliance.seller,
        at=at,
        dial=dial,
        known=asked.known,
        verdict=evaluate(dial, at),
        verdicts=tuple(every_gate(dial, at)),
        next_allowed=None if blocked else next_allowed(dial, start),
        once=next_allowed(free, start),
    )


_VERSION: Final = "SELECT version FROM operator_rules WHERE at <= ? ORDER BY id DESC LIMIT 1"


def _version_then(sql: sqlite3.Connection, at: Instant) -> str | None:
    """Of the operator's rules that were in force; None where the shipped ones were."""
    row = sql.execute(_VERSION, (at,)).fetchone()
    return None if row is None else str(row[0])


# --- telling --------------------------------------------------------------------------------------

_UTC: Final = Times()


def judged_lines(found: Judged) -> list[str]:
    """For people."""
    if not found.profiles:
        return [NO_PROFILE]
    lines = [NO_HISTORY] if found.past else []
    if found.version_then is not None:
        lines.append(f"Rules {found.version_then} were in force then; these are {found.version}.")
    for phone in found.phones:
        lines += _phone_lines(phone, found)
    return lines


def _phone_lines(phone: PhoneJudged, found: Judged) -> list[str]:
    profiles = ", ".join(found.profiles)
    lines = [f"Gates of {phone.number} ({profiles}; rules {found.version}):"]
    for verdict in phone.verdicts:
        texts = [look.text for look in phone.looks(verdict)]
        if verdict.until is not None:
            texts.insert(0, f"until {_UTC.full(verdict.until)}")
        if not verdict.allowed and verdict.rule is None:
            texts.insert(0, _why(verdict))
        head = f"  {verdict.gate:<15} {verdict.answer:<6} "
        lines.append((head + (texts[0] if texts else "")).rstrip())
        lines += [" " * len(head) + text for text in texts[1:]]
    lines.append(f"  Verdict: {_verdict(phone.verdict)}.")
    lines.append(f"  Next allowed: {_next(phone)}.")
    if found.hold is not None and phone.verdict.allowed:
        lines.append(f"  Held all the same: {_held(found.hold)}.")
    if phone.changes:
        lines.append(f"  What would change it: {'; '.join(phone.changes)}.")
    return lines


def _why(verdict: Verdict) -> str:
    assert verdict.gate is not None
    said = ", ".join(part for part in (verdict.rule or "", details(verdict.values)) if part)
    return clause(verdict.gate, verdict.reason) + (f" ({said})" if said else "")


def _verdict(verdict: Verdict) -> str:
    match verdict.answer:
        case Answer.ALLOW:
            return "every gate allows the call"
        case Answer.WAIT:
            assert verdict.until is not None
            return f"wait until {_UTC.full(verdict.until)}, because {_why(verdict)}"
        case _:
            return f"blocked, because {_why(verdict)}"


def _held(hold: WrittenHold) -> str:
    when = "" if hold.until is None else f", at {_UTC.full(hold.until)} at the latest"
    return f"{hold_clause(hold.gate, hold.reason, hold.rule)}, until the gates are asked again{when}"


def _next(phone: PhoneJudged) -> str:
    if phone.next_allowed is not None:
        return _moment(phone, phone.next_allowed)
    if phone.once is not None:
        return f"not by itself; once that has changed, {_moment(phone, phone.once)}"
    return "not by itself"


def _moment(phone: PhoneJudged, at: Instant) -> str:
    if at == phone.at:
        return "now"
    local = zones_told(phone.dial.prepared.place.zones, at)
    return _UTC.full(at) + (f", {local}" if local else "")


# --- as JSON --------------------------------------------------------------------------------------


def judged_json(found: Judged) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "profiles": list(found.profiles),
        "rules": found.version,
        "rules_then": found.version_then,
        "known_then": not found.past,
        "held": None if found.hold is None else _hold_json(found.hold),
        "phones": [_phone_json(phone) for phone in found.phones],
    }


def _hold_json(hold: WrittenHold) -> dict[str, Any]:
    until = None if hold.until is None else iso(hold.until)
    return {"gate": hold.gate, "reason": hold.reason, "rule": hold.rule, "until": until}


def _phone_json(phone: PhoneJudged) -> dict[str, Any]:
    place = phone.dial.prepared.place
    return {
        "number": phone.number,
        "kind": phone.kind,
        "zones": list(place.zones),
        "jurisdictions": list(place.jurisdictions),
        "verdict": _verdict_json(phone.verdict),
        "next_allowed": None if phone.next_allowed is None else iso(phone.next_allowed),
        "once_it_stands": None if phone.once is None else iso(phone.once),
        "changes": phone.changes,
        "gates": [
            {
                **_verdict_json(verdict),
                "looked_at": [
                    {"rule": look.rule, "figures": look.figures, "found": look.found}
                    for look in phone.looks(verdict)
                ],
            }
            for verdict in phone.verdicts
        ],
        "known": phone.known,
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "gate": None if verdict.gate is None else str(verdict.gate),
        "answer": str(verdict.answer),
        "reason": verdict.reason or None,
        "rule": verdict.rule,
        "until": None if verdict.until is None else iso(verdict.until),
        "values": dict(verdict.values),
    }
