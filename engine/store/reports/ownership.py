"""Which campaign owns which lead, since when and until when. By list, then by the leads' ids."""

from typing import Final

from engine.store.reports.report import LEAD, LIST, Report, between, field
from engine.tables import Kind

OWNERSHIP: Final = Report(
    name="ownership",
    what="owned leads",
    fields=(
        LIST,
        LEAD,
        field("owner", "l.owner", "The campaign that owns it."),
        field("since", "l.owned_since", "When its ownership began, UTC.", Kind.INSTANT),
        field(
            "until",
            "l.owned_until",
            "When it ends, UTC; empty for no expiration. One in the past is taken off by the next update.",
            Kind.INSTANT,
        ),
        field(
            "duration_seconds",
            "l.owned_for",
            "The duration under which it was granted; empty for no expiration.",
            Kind.DURATION,
        ),
        field("succeeded_at", "l.succeeded_at", "The end of the lead's last success, UTC.", Kind.INSTANT),
        field(
            "waiting",
            "(SELECT count(*) FROM cases c WHERE c.lead_id = l.id AND c.waits_for = 'ownership')",
            "Cases of other campaigns that wait for it.",
            Kind.COUNT,
        ),
    ),
    source="FROM leads l JOIN lists s ON s.id = l.list_id",
    always="l.owner IS NOT NULL",
    order="s.name, l.id",
    filters={
        "campaign": "l.owner = :campaign",
        "list": "s.name = :list",
        "lead": "l.key = :lead",
        **between("l.owned_until"),
    },
)
