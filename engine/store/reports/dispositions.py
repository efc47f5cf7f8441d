"""How often each result code was given, by campaign, with the lead status that it belongs to."""

from typing import Final

from engine.store.reports.report import Report, between, field
from engine.tables import Kind

DISPOSITIONS: Final = Report(
    name="dispositions",
    what="result codes",
    fields=(
        field("campaign", "a.campaign", "The campaign's name."),
        field("lead_status", "d.lead_status", "The group of result codes."),
        field("disposition", "a.disposition", "The result code."),
        field("attempts", "count(*)", "Attempts that were given it.", Kind.COUNT),
        field(
            "percent",
            "100.0 * count(*) / sum(count(*)) OVER (PARTITION BY a.campaign)",
            "In a hundred settled attempts of the campaign.",
            Kind.NUMBER,
        ),
        field("persons", "sum(a.person = 1)", "In how many of them a person answered.", Kind.COUNT),
        field("final", "d.final", "Whether the code is final.", Kind.YES),
        field("counts", "d.counts", "Whether it makes a valid attempt.", Kind.YES),
        field("success", "d.success", "Whether it is what the campaign is for.", Kind.YES),
        field("dnc", "d.dnc", "Whether it forbids calling.", Kind.YES),
        field(
            "mean_call_seconds",
            "avg(nullif(a.duration, 0))",
            "From the customer's answer to the end, on average over those that were answered.",
            Kind.DURATION,
        ),
        field("exception_threshold_seconds", "d.exception_threshold", "Its threshold.", Kind.DURATION),
        field(
            "over_threshold",
            "sum(a.duration > d.exception_threshold)",
            "Calls that lasted longer than the threshold.",
            Kind.COUNT,
        ),
    ),
    source="""FROM attempts a
        JOIN leads l ON l.id = a.lead_id
        JOIN lists s ON s.id = l.list_id
        LEFT JOIN dispositions d ON d.code = a.disposition""",
    always="a.settled_at IS NOT NULL",
    group="a.campaign, a.disposition",
    order="a.campaign, count(*) DESC, a.disposition",
    filters={
        "campaign": "a.campaign = :campaign",
        "list": "s.name = :list",
        "agent": "a.agent = :agent",
        **between("a.started_at"),
    },
)
