"""Every attempt, with its numbers as they stood when it began; in the order in which they were started."""

from typing import Final

from engine.store.reports.report import LEAD, LIST, Report, between, field, of_lead
from engine.tables import Kind

CALLED: Final = "(leg.side = 'customer' AND (leg.dialed = 1 OR (leg.dialed IS NULL AND leg.cause = 'crash')))"
"""A customer leg that was dialed, or that a crash left in doubt: it counts as dialed."""


ATTEMPTS: Final = Report(
    name="attempts",
    what="attempts",
    fields=(
        field("attempt", "a.id", "The attempt's id: the engine's start, then a number.", Kind.COUNT),
        field("campaign", "a.campaign", "The campaign's name."),
        LIST,
        LEAD,
        field("phone", "p.number", "The number that was or would have been dialed, E.164."),
        field("agent", "a.agent", "The agent that the attempt had."),
        field("started_at", "a.started_at", "When the lead was chosen, UTC.", Kind.INSTANT),
        field("ended_at", "a.ended_at", "When the last leg was down, UTC.", Kind.INSTANT),
        field(
            "agent_attempt_number",
            "a.agent_attempts_before + 1",
            "Agent attempts used in the cycle before, plus 1.",
            Kind.COUNT,
        ),
        field(
            "customer_attempt_number",
            f"CASE WHEN EXISTS (SELECT 1 FROM legs leg WHERE leg.attempt_id = a.id AND {CALLED}) "
            "THEN a.customer_attempts_before + 1 END",
            "Customer attempts used in the cycle before, plus 1; empty if the customer was not dialed.",
            Kind.COUNT,
        ),
        field("outcome", "a.outcome", "What the network said of the customer's leg."),
        field("ending", "a.ending", "How the attempt ended."),
        field("used", "a.used", "Whose budget it used up, `agent` or `customer`; empty for neither."),
        field("disposition", "a.disposition", "The result code, from the agent or the system."),
        field("digits", "a.digits", "The keys that the customer pressed."),
        field("status", "a.status", "The case's status once it was settled."),
        field("due_at", "a.due_at", "When the case is due again, UTC; empty if it is closed.", Kind.INSTANT),
        field(
            "ring_seconds",
            "(SELECT coalesce(leg.answered_at, leg.ended_at) - leg.rang_at FROM legs leg "
            "WHERE leg.attempt_id = a.id AND leg.side = 'customer' ORDER BY leg.id DESC LIMIT 1)",
            "How long the customer's phone rang.",
            Kind.DURATION,
        ),
        field(
            "talk_seconds", "a.ended_at - a.connected_at", "From the connection to the end.", Kind.DURATION
        ),
        field(
            "call_seconds",
            "nullif(a.duration, 0)",
            "From the customer's answer to the end of the call; empty without an answer.",
            Kind.DURATION,
        ),
        field(
            "person",
            "a.person",
            "Whether a person answered; empty if the customer was not dialed, or nobody knows.",
            Kind.YES,
        ),
        field("lead_status", "d.lead_status", "The lead status that the disposition belongs to."),
        field("cycle", "a.cycle", "The case's cycle that the attempt belongs to.", Kind.COUNT),
        field("callback_at", "a.callback_at", "The promised time that the attempt keeps, UTC.", Kind.INSTANT),
        field(
            "callback_late_seconds",
            "a.started_at - a.callback_at",
            "How long after the promised time the attempt began.",
            Kind.DURATION,
        ),
    ),
    source="""FROM attempts a
        JOIN leads l ON l.id = a.lead_id
        JOIN lists s ON s.id = l.list_id
        JOIN phones p ON p.id = a.phone_id
        LEFT JOIN dispositions d ON d.code = a.disposition""",
    order="a.id",
    filters={
        **of_lead("a"),
        "agent": "a.agent = :agent",
        "status": "a.status = :status",
        "outcome": "a.outcome = :outcome",
        "ending": "a.ending = :ending",
        "disposition": "a.disposition = :disposition",
        **between("a.started_at"),
    },
)
