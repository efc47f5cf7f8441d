"""The whole answer for one lead: who it is, what happened in each campaign, and what holds it now."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from engine.config.policies import policy_from_json
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant, iso
from engine.domain.words import OPEN, CampaignState, DialMode, Side
from engine.errors import InputError
from engine.explain.changes import CaseChange
from engine.explain.decided import Decision, decisions_of
from engine.explain.dialed_lists import ahead_of, not_active
from engine.explain.facts import (
    AttemptFact,
    CaseFact,
    LeadFact,
    cases_of,
    find_lead,
    next_attempt,
    others_of_person,
    others_with_number,
)
from engine.explain.gates import Gate, Surroundings, budget_left, gates
from engine.explain.judged import Judged, judged, judged_json, judged_lines
from engine.explain.lines import JournalLines, Place, StateSince
from engine.explain.members import MembershipFact, memberships_of
from engine.explain.owners import owner_of
from engine.explain.promises import own_callback_of
from engine.explain.story import Times, told
from engine.journal.events import EngineStopped
from engine.names import did_you_mean
from engine.store.gates import Gates

TOLD_MAX: Final = 50  # attempts of one campaign in the text; the structured answer has all


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPart:
    """One campaign's view of the lead. `gates` is empty when nothing stops a dial then but its turn;
    `dialed_at`: when the next attempt came, if the instant is past. `judged` has what the gates of compliance
    say of each phone, if they were asked, and `decisions` what they said before."""

    policy: CampaignPolicy
    case: CaseFact
    around: Surroundings
    gates: tuple[Gate, ...]
    dialed_at: Instant | None = None
    judged: Judged | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def times(self) -> Times:
        hours = self.policy.business_hours
        return Times(None if hours is None else ZoneInfo(hours.zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`text` for people, `as_json()` for programs: the same facts. `now` is False for a past instant."""

    lead: LeadFact
    at: Instant
    now: bool
    parts: tuple[CampaignPart, ...]
    memberships: tuple[MembershipFact, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join([*_lead_lines(self), *(line for part in self.parts for line in _part_lines(part))])

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; instants are ISO 8601 in UTC."""
        return {
            "lead": {
                "key": self.lead.key,
                "list": self.lead.list,
                "supplier": self.lead.supplier,
                "segments": [
                    {"segment": each.segment, "inside": each.inside, "since": iso(each.since)}
                    for each in self.memberships
                ],
                "imported_at": iso(self.lead.imported_at),
                "phones": [{"number": number, "kind": kind} for number, kind in self.lead.phones],
                "calls": sum(part.case.calls for part in self.parts),
            },
            "at": iso(self.at),
            "campaigns": [_part_json(part) for part in self.parts],
        }


def explain(
    sql: sqlite3.Connection,
    lead_key: str,
    *,
    campaign: str | None = None,
    list_name: str | None = None,
    at: Instant | None = None,
    asked: Gates | None = None,
) -> Explanation:
    """What happened to a lead up to `at`, and why it was or was not dialed then. `at` None: the last instant
    that the journal knows. `asked`: the gates to ask; None asks none.

    Raises InputError for a lead, list or campaign that is not there, or a key that is on several lists.
    """
    lead = find_lead(sql, lead_key, list_name)
    names = [name for (name,) in sql.execute("SELECT name FROM campaigns ORDER BY name")]
    if campaign is not None and campaign not in names:
        raise InputError([f"there is no campaign {campaign!r}{did_you_mean(campaign, names)}"])
    lines = JournalLines(sql)
    end = lines.end()
    now = at is None or end is None or at >= end
    if at is None:
        at = lead.imported_at if end is None else end
    cases = cases_of(sql, lead.id, at=at, lines=lines)
    scene = _Scene(sql, lines, lead, cases, at, now, asked)
    return Explanation(
        lead=lead,
        at=at,
        now=now,
        memberships=memberships_of(sql, lead.id, at=at),
        parts=tuple(scene.part(case) for case in cases if campaign is None or case.campaign == campaign),
    )


# --- gathering ------------------------------------------------------------------------------------


class _Scene:
    """What the campaigns of one explanation share."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        lines: JournalLines,
        lead: LeadFact,
        cases: list[CaseFact],
        at: Instant,
        now: bool,
        asked: Gates | None,
    ) -> None:
        self._sql = sql
        self._asked = asked
        self._lines = lines
        self._lead = lead
        self._cases = cases
        self._at = at
        self._now = now
        self._place = lines.place(at)

    def part(self, case: CaseFact) -> CampaignPart:
        policy = self._policy(case.campaign)
        hours = policy.business_hours
        around = self._around(case, policy)
        times = Times(None if hours is None else ZoneInfo(hours.zone))
        found = None
        if self._asked is not None and case.status in OPEN:
            found = judged(self._sql, self._asked, case, policy, around, now=self._now)
            around = replace(
                around,
                refusal=found.refusal,
                refused_by=found.refused_by,
                refused_until=found.until,
                hold=found.hold,
            )
        return CampaignPart(
            policy=policy,
            case=case,
            around=around,
            gates=tuple(gates(case, policy, around, times)),
            dialed_at=next_attempt(self._sql, case, after=self._at),
            judged=found,
            decisions=decisions_of(case, self._lines),
        )

    def _policy(self, campaign: str) -> CampaignPolicy:
        """The policy of the engine that ran then, or the one that is in the store."""
        if self._place is not None:
            plain = self._lines.began(self._place.epoch)["campaigns"].get(campaign)
            if plain is not None:
                return policy_from_json(plain)
        row = self._sql.execute("SELECT policy FROM campaigns WHERE name = ?", (campaign,)).fetchone()
        return policy_from_json(orjson.loads(row[0]))

    def _around(self, case: CaseFact, policy: CampaignPolicy) -> Surroundings:
        place = self._place
        if place is None:  # no engine had run
            return Surroundings(at=self._at, campaign=StateSince(CampaignState.STOPPED, 0, ""))
        state = self._lines.campaign_state(case.campaign, place)
        stopped_at, crashed = self._engine(place)
        if case.status not in OPEN or case.live is not None:
            return Surroundings(
                at=self._at, campaign=state, engine_stopped_at=stopped_at, engine_crashed=crashed
            )
        running = stopped_at is None
        due = case.due_at is not None and case.due_at <= self._at
        return Surroundings(
            at=self._at,
            engine_stopped_at=stopped_at,
            engine_crashed=crashed,
            campaign=state,
            other_attempt=self._other_attempt(case),
            own_callback=own_callback_of(self._sql, case, at=self._at),
            owner=owner_of(self._sql, self._lead.id, at=self._at, now=self._now, lines=self._lines),
            not_active=not_active(self._sql, self._lead.id, at=self._at),
            number_in=self._in_call(others_with_number(self._sql, case.number, self._lead.id)),
            person_in=self._in_call(others_of_person(self._sql, self._lead.id)),
            carrier_lost_at=self._lines.carrier_lost_at(place) if running else None,
            ahead=ahead_of(self._sql, case, at=self._at) if self._now and due else None,
            agents=(
                self._lines.agents(policy.pool, place)
                if running and due and policy.pool is not None and policy.mode is not DialMode.AGENTLESS
                else None
            ),
        )

    def _engine(self, place: Place) -> tuple[Instant | None, bool]:
        """Since when no engine runs, if none does, and whether the last one crashed."""
        if not place.last:
            return None, False
        if place.kind == EngineStopped.KIND:
            return place.at, False
        return (None, False) if self._lines.is_latest(place.epoch) else (place.at, True)

    def _other_attempt(self, case: CaseFact) -> AttemptFact | None:
        return next((other.live for other in self._cases if other.id != case.id and other.live), None)

    def _in_call(self, leads: Sequence[int]) -> AttemptFact | None:
        """The attempt of another lead whose call is up."""
        for lead in leads:
            for other in cases_of(self._sql, lead, at=self._at, lines=self._lines):
                attempt = other.live
                if attempt is not None and any(
                    leg.side is Side.CUSTOMER and leg.ended_at is None for leg in attempt.legs
                ):
                    return attempt
        return None


# --- telling --------------------------------------------------------------------------------------


def _lead_lines(explanation: Explanation) -> list[str]:
    lead = explanation.lead
    phones = ", ".join(f"{number} ({kind})" for number, kind in lead.phones)
    lines = [f"Lead {lead.key} of list {lead.list}: {phones}"]
    if lead.supplier is not None:
        lines.append(f"Supplied by {lead.supplier}.")
    for each in explanation.memberships:
        where = "In" if each.inside else "Outside"
        lines.append(f"{where} segment {each.segment} since {Times().full(each.since)}.")
    if explanation.at < lead.imported_at:
        lines.append(f"It was imported later than that, {Times().full(lead.imported_at)}.")
    if not explanation.parts:
        lines.append("No campaign has a case of it: none that was asked for dials its list or segments.")
    return lines


def _part_lines(part: CampaignPart) -> list[str]:
    case, times = part.case, part.times
    head = f"Campaign {case.campaign} ({part.policy.mode}): {case.status}, {budget_left(case, part.policy)}"
    lines = ["", head]
    hidden = len(case.attempts) - TOLD_MAX
    if hidden > 0:
        lines.append(f"  ({hidden} earlier attempts)")
    lines += [f"  {times.full(at)}{text}" for at, text in _history(part)]
    if not case.attempts:
        lines.append("  It has not been dialed yet.")
    lines.append(f"  {_present(part)}")
    if len(part.gates) > 1:
        lines += [f"    - {_gate_line(gate)}" for gate in part.gates]
    if part.judged is not None and case.live is None:
        lines += [f"  {line}" for line in judged_lines(part.judged)]
    return lines


def _history(part: CampaignPart) -> list[tuple[Instant, str]]:
    """The latest attempts, and what befell the case between them, in their order."""
    case = part.case
    attempts = case.attempts[-TOLD_MAX:]
    events = [
        (attempt.started_at, f", {_named(attempt, part.policy)}: {told(attempt, part.policy, part.times)}")
        for attempt in attempts
    ]
    since = attempts[0].started_at if len(attempts) < len(case.attempts) else 0
    events += [
        (change.at, f": {_change(change, part.times)}")
        for change in case.changes[-TOLD_MAX:]
        if change.at >= since and change.story is not None
    ]
    return sorted(events, key=lambda event: event[0])


def _change(change: CaseChange, times: Times) -> str:
    story, until = change.story or "", change.values.get("wakes_at") if change.is_gate else None
    return story if until is None else f"{story.removesuffix('.')} until {times.near(until, change.at)}."


def _present(part: CampaignPart) -> str:
    at = part.times.full(part.around.at)
    if not part.gates:
        came = "" if part.dialed_at is None else f", which came at {_near(part, part.dialed_at)}"
        return f"At {at} nothing stops it but its turn{came}."
    first = part.gates[0]
    if first.name in ("live", "status"):
        return f"At {at}: {_gate_line(first)}."
    if len(part.gates) == 1:
        return f"At {at} it is not dialed, because {_gate_line(first)}."
    return f"At {at} it is not dialed, because:"


def _near(part: CampaignPart, at: Instant) -> str:
    return part.times.near(at, part.around.at)


def _gate_line(gate: Gate) -> str:
    """What people can do about it is said; that time or a call has to pass says itself."""
    return (
        f"{gate.text}; to change that, {gate.changes}"
        if gate.answer == "block" and gate.changes
        else gate.text
    )


# --- as JSON --------------------------------------------------------------------------------------


def _part_json(part: CampaignPart) -> dict[str, Any]:
    case, state = part.case, part.around.campaign
    return {
        "campaign": case.campaign,
        "mode": part.policy.mode.value,
        "state": state.state.value,
        "status": case.status.value,
        "number": case.number,
        "agent_attempts": case.agent_attempts,
        "customer_attempts": case.customer_attempts,
        "calls": case.calls,
        "due_at": _iso(case.due_at),
        "next_attempt_at": _iso(part.dialed_at),
        "attempts": [_attempt_json(attempt, part) for attempt in case.attempts],
        "changes": [
            {"at": iso(each.at), "reason": each.reason.value, "about": each.about} for each in case.changes
        ],
        "dialable": not part.gates,
        "gates": [
            {
                "gate": gate.name,
                "answer": gate.answer,
                "reason": gate.text,
                "until": _iso(gate.until),
                "changes": gate.changes,
            }
            for gate in part.gates
        ],
        "compliance": None if part.judged is None else judged_json(part.judged),
        "decisions": [decision.as_json() for decision in part.decisions],
    }


def _named(attempt: AttemptFact, policy: CampaignPolicy) -> str:
    """The attempt by its number in the case, and by the phone where several are dialed."""
    at = f" at {attempt.number}" if policy.phones.several else ""
    return f"attempt {attempt.ordinal}{at}"


def _attempt_json(attempt: AttemptFact, part: CampaignPart) -> dict[str, Any]:
    return {
        "attempt": attempt.id,
        "ordinal": attempt.ordinal,
        "phone": attempt.number,
        "agent": attempt.agent,
        "started_at": iso(attempt.started_at),
        "connected_at": _iso(attempt.connected_at),
        "ended_at": _iso(attempt.ended_at),
        "settled_at": _iso(attempt.settled_at),
        "ending": attempt.ending,
        "outcome": attempt.outcome,
        "disposition": attempt.disposition,
        "used": attempt.used,
        "status": attempt.status,
        "due_at": _iso(attempt.due_at),
        "reason": attempt.reason,
        "story": told(attempt, part.policy, part.times),
        "legs": [
            {
                "leg": leg.id,
                "side": leg.side.value,
                "agent": leg.agent,
                "intended_at": iso(leg.intended_at),
                "rang_at": _iso(leg.rang_at),
                "answered_at": _iso(leg.answered_at),
                "verdict": leg.verdict,
                "ended_at": _iso(leg.ended_at),
                "outcome": leg.outcome,
                "cause": leg.cause,
            }
            for leg in attempt.legs
        ],
    }


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
