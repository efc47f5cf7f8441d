"""Every case: a lead in a campaign, how it stands, and what it waits for. In the order of their ids."""

from typing import Final

from engine.store.reports.contact import CONTACT, JOINED
from engine.store.reports.report import LEAD, LIST, Report, between, field, of_lead
from engine.tables import Kind

CASES: Final = Report(
    name="cases",
    what="cases",
    fields=(
        field("case", "c.id", "The case's id; it survives resets and re-entries.", Kind.COUNT),
        field("campaign", "c.campaign", "The campaign's name."),
        LIST,
        LEAD,
        field("phone", "p.number", "The number that is dialed next, E.164."),
        field("status", "c.status", "The case's status."),
        field("cycle", "c.cycle", "Which cycle it is in, from 1.", Kind.COUNT),
        field("agent_attempts", "c.agent_attempts", "Agent attempts used up in its cycle.", Kind.COUNT),
        field(
            "customer_attempts", "c.customer_attempts", "Customer attempts used up in its cycle.", Kind.COUNT
        ),
        field("calls", "c.calls", "Customer legs dialed, over all cycles, answered or not.", Kind.COUNT),
        field("failures", "c.failures", "Of these, how many no person answered.", Kind.COUNT),
        field("contact", CONTACT, "The contact status."),
        field("reached_at", "c.reached_at", "When a person first answered, UTC.", Kind.INSTANT),
        field(
            "due_at",
            "c.due_at",
            "When it is due, UTC; empty while it is live, held or closed.",
            Kind.INSTANT,
        ),
        field("waits_for", "c.waits_for", "What holds it, besides its time."),
        field("wanted_at", "c.wanted_at", "When it was due before it was held, UTC.", Kind.INSTANT),
        field("wakes_at", "c.wakes_at", "When the hold ends by itself, UTC.", Kind.INSTANT),
        field(
            "callback_at", "c.callback_at", "The time that was promised to the customer, UTC.", Kind.INSTANT
        ),
        field("callback_agent", "c.callback_agent", "The agent who was promised."),
        field("final", "c.final", "Closed by its completion or by a final disposition.", Kind.YES),
        field("exhausted", "c.exhausted", "Closed because its attempts are used up.", Kind.YES),
        field("owner", "l.owner", "The campaign that owns the lead, or did last."),
        field("last_disposition", "l.last_disposition", "The lead's last result code, in any campaign."),
        field(
            "held_by",
            "iif(c.waits_for = 'gate', c.held_by, NULL)",
            "Which gate holds it, why, and by which rule.",
        ),
    ),
    source=f"""FROM cases c
        {JOINED}
        JOIN leads l ON l.id = c.lead_id
        JOIN lists s ON s.id = l.list_id
        JOIN phones p ON p.id = c.phone_id""",
    order="c.id",
    filters={
        **of_lead("c"),
        "status": "c.status = :status",
        "contact": f"{CONTACT} = :contact",
        "waits_for": "c.waits_for = :waits_for",
        **between("c.due_at"),
    },
)
