"""Every reset of leads: who, when, what was asked for, and what came of it. The oldest first."""

from typing import Final

from engine.store.reports.report import Report, between, field
from engine.tables import Kind

RESETS: Final = Report(
    name="resets",
    what="resets",
    fields=(
        field("reset", "r.id", "The reset's id.", Kind.COUNT),
        field("at", "r.at", "When it was confirmed, UTC.", Kind.INSTANT),
        field("user", "r.user", "Who did it."),
        field("state", "r.state", "How far it is: `confirmed`, `done` or `undone`."),
        field("matched", "r.matched", "Leads of its preview.", Kind.COUNT),
        field("reset_leads", "r.reset", "Leads that were reset.", Kind.COUNT),
        field("excluded", "r.excluded", "Leads that were not, by reason.", Kind.OBJECT),
        field("request", "r.request", "What was asked for.", Kind.OBJECT),
    ),
    source="FROM (SELECT * FROM resets WHERE state <> 'preparing') r",
    order="r.id",
    filters={
        "user": "r.user = :user",
        "status": "r.state = :status",
        **between("r.at"),
    },
)
