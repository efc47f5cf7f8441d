"""A call, and a refusal, as a record: flat, plain values in a fixed order, and what each of them means.

Instants are UTC, each with the wall clock of every zone in which the called party may be; durations are
seconds. What nobody knows is null.
"""

from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from engine.domain.time import SECOND, Instant, Micros, iso
from engine.domain.words import Ending
from engine.journal import events as e
from engine.store.evidence.calls import Call, RefusedCase
from engine.store.evidence.judging import Judged, judged

Record: TypeAlias = dict[str, Any]

ATTEMPT: Final = "attempt"
REFUSAL: Final = "refusal"

ATTEMPT_FIELDS: Final = {
    "record": "The record's number in the export, from 1.",
    "kind": "`attempt`.",
    "attempt": "The attempt's id: the engine's start, then a number.",
    "campaign": "The campaign that called.",
    "mode": "Its dial mode.",
    "seller": "For whom it sells, as its `compliance` says.",
    "subject": "What it calls about, likewise.",
    "list": "The id of the lead's list.",
    "lead": "The lead's id.",
    "lead_key": "The lead's key on its list; with --numbers only.",
    "case": "The id of the lead's case in the campaign.",
    "phone": "The id of the phone.",
    "number": "The number that was dialed, E.164; with --numbers only.",
    "agent": "The agent whom the call had.",
    "jurisdictions": "Whose rules held, by the number and the lead's address.",
    "zones": "The zones in which the called party may be. Local times are given in this order.",
    "line": "What the numbering plan says of the number: fixed, mobile or either.",
    "rules": "The version of the rule set; null if no statute was asked.",
    "verdict": "What the gates said: `allow`, or the call would not have been intended.",
    "gates": "What each gate says by itself, asked once more for what was known.",
    "rules_asked": "The rules that held there then.",
    "gates_note": "Why the gates cannot be asked once more.",
    "known": "What the gates were told.",
    "caller_id": "The number that was shown.",
    "intended_at": "When the gates allowed the call, and it was put on disk.",
    "intended_local": "The same by the called party's wall clock.",
    "asked_at": "When the gates were asked last: later, for a call that waited for its turn at the trunks.",
    "asked_local": "Likewise.",
    "dialed_at": "When the carrier took the call.",
    "dialed_local": "Likewise.",
    "rang_at": "When the phone began to ring.",
    "rang_local": "Likewise.",
    "ring_limit_seconds": "How long the phone may ring before the call is given up.",
    "ring_seconds": "How long it rang, to the answer or to the end.",
    "answered_at": "When it was answered.",
    "answered_local": "Likewise.",
    "amd": "What machine detection said: human, machine or unsure.",
    "amd_at": "When it said so.",
    "amd_seconds": "How long after the answer.",
    "agent_at": "When agent and customer heard each other.",
    "agent_local": "Likewise.",
    "agent_seconds": "How long after the answer.",
    "message": "The first message that was played: the information message of an abandoned call.",
    "message_at": "When it began.",
    "message_local": "Likewise.",
    "message_seconds": "How long after the answer.",
    "ended_at": "When the customer's leg was down.",
    "ended_local": "Likewise.",
    "outcome": "What the network said of the leg.",
    "cause": "The carrier's cause, or why it was not dialed.",
    "hung_up_by_us": "Whether we ended it.",
    "ending": "How the attempt ended.",
    "abandoned": "Whether a person who answered was left without an agent.",
    "waited_seconds": "How long that person waited, from the answer.",
    "counted_as": "What abandonment rates take the call for; null if no statute was asked.",
    "person": "Whether a person answered.",
    "disposition": "The result code.",
    "disposition_by": "The agent who gave it; null for the system.",
    "refused": "Who refused the dial after all, a gate or the carrier: the phone did not ring.",
    "crashed": "Whether an engine died in the call: what is null then nobody knows.",
    "settled_at": "When the attempt was closed; null if it was live at the export.",
    "journal": "The lines that say all this: epoch, number in the epoch and hash of each.",
}
"""What a record of an attempt has, in this order."""

REFUSAL_FIELDS: Final = {
    "record": "The record's number in the export.",
    "kind": "`refusal`.",
    "campaign": "The campaign that would have called.",
    "lead": "The lead's id.",
    "lead_key": "The lead's key on its list; with --numbers only.",
    "case": "The id of its case.",
    "phone": "The id of the phone that would have been called.",
    "jurisdictions": "Whose rules held.",
    "zones": "The zones in which the called party may be.",
    "line": "What the numbering plan says of the number.",
    "rules": "The version of the rule set.",
    "verdict": "`refuse`.",
    "gate": "The first gate that refused; null if something else did.",
    "reason": "Why.",
    "rule": "By which rule; null if the engine itself demands it.",
    "until_at": "When it may be called if nothing else happens; null: not by itself.",
    "gates": "What each gate says by itself.",
    "rules_asked": "The rules that held there then.",
    "gates_note": "Why the gates cannot be asked once more.",
    "known": "What the gates were told.",
    "agent_reserved": "Whether an agent was held for the call.",
    "refused_at": "When.",
    "refused_local": "The same by the called party's wall clock.",
    "journal": "The line that says so.",
}
"""What a record of a refusal has, in this order."""

NUMBERS: Final = ("lead_key", "number")
"""What only those exports have that were asked for numbers."""


def attempt_record(call: Call) -> Record:
    """Everything that the journal tells of an attempt at a customer."""
    started, plain, at = call.started, call.policy.plain, call.at
    compliance, known = call.policy.compliance, call.known
    intended_at = at[e.LegIntended.KIND]
    gates = judged(
        call.policy,
        call.rules,
        call.asked.get("rules"),
        known,
        reserved=call.reserved,
        at=call.asked_at,
    )
    rang, answered, ended = (at.get(kind) for kind in (e.LegRang.KIND, e.LegAnswered.KIND, e.LegEnded.KIND))
    judged_at, message_at = at.get(e.LegJudged.KIND), at.get(e.MessageStarted.KIND)
    ending, counted_as = call.ended.get("ending"), call.counted_as
    return {
        "kind": ATTEMPT,
        "attempt": call.attempt,
        "campaign": started["campaign"],
        "mode": plain.get("mode"),
        "seller": compliance.get("seller"),
        "subject": compliance.get("subject"),
        "list": started["list"],
        "lead": started["lead"],
        "case": started["case"],
        "phone": started["phone"],
        "agent": call.agent,
        **_place(known),
        "rules": call.asked.get("rules"),
        "verdict": "allow",
        **_gates(gates),
        "known": known,
        "caller_id": known.get("caller_id", plain.get("caller_id")),
        **_moment("intended", intended_at, known),
        **_moment("asked", call.asked_at, known),
        **_moment("dialed", at.get(e.LegDialed.KIND), known),
        **_moment("rang", rang, known),
        "ring_limit_seconds": _seconds(0, plain.get("customer_ring")),
        "ring_seconds": _seconds(rang, ended if answered is None else answered),
        **_moment("answered", answered, known),
        "amd": call.verdict,
        "amd_at": _iso(judged_at),
        "amd_seconds": _seconds(answered, judged_at),
        **_moment("agent", call.connected_at, known),
        "agent_seconds": _seconds(answered, call.connected_at),
        "message": call.message,
        **_moment("message", message_at, known),
        "message_seconds": _seconds(answered, message_at),
        **_moment("ended", ended, known),
        "outcome": call.ended.get("outcome", call.leg_ended.get("outcome")),
        "cause": call.leg_ended.get("cause"),
        "hung_up_by_us": call.leg_ended.get("by_us"),
        "ending": ending,
        "abandoned": None if ending is None else ending == Ending.ABANDONED,
        "waited_seconds": _seconds(0, call.waited),
        "counted_as": None if counted_as is None else str(counted_as),
        "person": call.settled.get("person"),
        "disposition": call.disposed.get("disposition"),
        "disposition_by": call.disposed.get("by"),
        "refused": call.refused,
        "crashed": call.crashed,
        "settled_at": _iso(call.settled_at),
        "journal": call.places,
    }


def refusal_record(refused: RefusedCase) -> Record:
    """A number of a case that was due, and why it was not dialed."""
    gates = Judged()
    if refused.policy is not None and refused.rules is not None:
        gates = judged(
            refused.policy,
            refused.rules,
            refused.version,
            refused.known,
            reserved=refused.reserved,
            at=refused.at,
        )
    return {
        "kind": REFUSAL,
        "campaign": refused.campaign,
        "lead": refused.lead,
        "case": refused.case,
        "phone": refused.phone,
        **_place(refused.known),
        "rules": refused.version,
        "verdict": "refuse",
        "gate": refused.gate,
        "reason": refused.reason,
        "rule": refused.rule,
        "until_at": _iso(refused.until),
        **_gates(gates),
        "known": refused.known,
        "agent_reserved": refused.reserved,
        **_moment("refused", refused.at, refused.known),
        "journal": [refused.place],
    }


def _place(known: dict[str, Any]) -> Record:
    return {
        "jurisdictions": known.get("in", []),
        "zones": known.get("zones", []),
        "line": known.get("line"),
    }


def _gates(gates: Judged) -> Record:
    return {"gates": gates.gates, "rules_asked": gates.rules_asked, "gates_note": gates.note}


def _moment(name: str, at: Instant | None, known: dict[str, Any]) -> Record:
    """An instant in UTC, and what the clocks show there."""
    zones = known.get("zones", [])
    local = None if at is None else [iso(at, ZoneInfo(zone)) for zone in zones]
    return {f"{name}_at": _iso(at), f"{name}_local": local}


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)


def _seconds(since: Instant | None, until: Instant | Micros | None) -> float | None:
    return None if since is None or until is None else (until - since) / SECOND
