"""What a limit on abandoned calls admitted, decided again from the figures of its line."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from engine.compliance.abandonment import Rate
from engine.compliance.admission import Exposure, Flight, admitted
from engine.compliance.limits import governed, kept
from engine.compliance.terms import Abandonment
from engine.domain.time import Instant
from engine.journal import events as e
from engine.journal.ledger import Ledger
from engine.journal.views import CampaignView


def abandonment_limited(ledger: Ledger, at: Instant, event: e.AbandonmentLimited) -> e.Event | str:
    """The line as it should be, or why it should not be."""
    try:
        rate = Rate(lost=Fraction(event.lost), counted=Fraction(event.counted))
        mistaken = Fraction(event.mistaken)
    except (ValueError, ZeroDivisionError):
        return "its figures are no numbers"
    campaign = ledger.floor.campaigns.get(event.campaign)
    if campaign is None:
        return f"there is no campaign {event.campaign!r}"
    terms = _terms(ledger, at, event, ledger.floor.pools[campaign.pool].campaigns)
    if terms is None:
        return f"no campaign of pool {campaign.pool} keeps rule {event.rule} for {event.scope} {event.whose}"
    flight = Flight(calls=event.pool_in_flight, lost=event.pool_lost, agents=event.agents)
    exposure = Exposure(
        rate=rate,
        most=terms.most,
        here=event.in_flight,
        elsewhere=event.elsewhere,
        uncovered=event.uncovered,
        mistaken=mistaken,
        ours=event.ours,
    )
    count = admitted(flight, exposure, event.wanted)
    return "it limits nothing" if count == event.wanted else replace(event, limit=terms.most, admitted=count)


def _terms(
    ledger: Ledger, at: Instant, event: e.AbandonmentLimited, campaigns: Iterable[CampaignView]
) -> Abandonment | None:
    """Those of the rule, if one of the campaigns keeps it in that scope."""
    for policy in (campaign.policy for campaign in campaigns):
        regime = ledger.regime(policy, at)
        if regime is not None:
            for rule, scope, whose in kept(governed(policy, regime), at):
                if (rule.id, str(scope), whose) == (event.rule, event.scope, event.whose):
                    assert isinstance(rule.terms, Abandonment)
                    return rule.terms
    return None
