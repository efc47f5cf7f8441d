"""What the gates said, asked again for what was known then."""

from dataclasses import replace
from typing import Any

from engine.compliance.asked import FACTS, dial_of
from engine.compliance.dial import Dial
from engine.compliance.gates import evaluate, next_allowed
from engine.compliance.regime import Regime
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.journal import events as e
from engine.journal.ledger import Ledger


def gates_refused(ledger: Ledger, at: Instant, event: e.GatesRefused) -> e.Event | str:
    """The line as it should be, or why it should not be."""
    campaign = ledger.floor.campaigns.get(event.campaign)
    if campaign is None:
        return f"there is no campaign {event.campaign!r}"
    regime = ledger.regime(campaign.policy, at)
    if (other := _other_rules(regime, event.version or None)) is not None:
        return other
    rows = []
    for case, lead, phone, reserved, *_, known in event.rows:
        try:
            dial = _dial(known, campaign.policy, regime, reserved=reserved)
        except (KeyError, ValueError, TypeError) as error:
            return f"what was known of case {case} cannot be read ({error!r})"
        verdict = evaluate(dial, at)
        if verdict.allowed:
            return f"every gate allows case {case}"
        until = next_allowed(dial, at)
        said = (str(verdict.gate), verdict.reason, verdict.rule, until)
        rows.append((case, lead, phone, reserved, *said, known))
    return replace(event, rows=tuple(rows))


def refused_by_a_gate(
    ledger: Ledger,
    policy: CampaignPolicy,
    at: Instant,
    event: e.LegIntended | e.LegAllowed,
    *,
    reserved: bool,
) -> str | None:
    """Why the customer's leg should not be there; None if every gate allows it."""
    regime = ledger.regime(policy, at)
    if (other := _other_rules(regime, event.rules)) is not None:
        return other
    known: dict[str, Any] = event.known or {}
    if regime is None and not known:
        return None
    try:
        verdict = evaluate(_dial(known, policy, regime, reserved=reserved), at)
    except (KeyError, ValueError, TypeError) as error:
        return f"what was known cannot be read ({error!r})"
    return None if verdict.allowed else f"gate {verdict.gate} refuses it: {verdict.reason}"


def leg_allowed(ledger: Ledger, at: Instant, event: e.LegAllowed) -> e.Event | str:
    """Likewise, of a leg that waited its turn."""
    leg = ledger.floor.legs.get(event.leg)
    if leg is None or leg.attempt != event.attempt or leg.dialed or leg.ended_at is not None:
        return f"leg {event.leg} does not wait to be dialed"
    attempt = ledger.floor.attempts[event.attempt]
    policy = ledger.floor.campaigns[attempt.campaign].policy
    refused = refused_by_a_gate(ledger, policy, at, event, reserved=attempt.agent is not None)
    return event if refused is None else refused


def _dial(known: dict[str, Any], policy: CampaignPolicy, regime: Regime | None, *, reserved: bool) -> Dial:
    """Raises KeyError, TypeError or ValueError for facts that no engine wrote."""
    if strange := known.keys() - FACTS:
        raise ValueError(f"nothing is known as {', '.join(sorted(strange))}")
    return dial_of(known, policy, regime, reserved=reserved)


def _other_rules(regime: Regime | None, version: str | None) -> str | None:
    """Why the line cannot be judged: other rules were in force than those at hand."""
    ours = None if regime is None else regime.version
    if ours == version:
        return None
    return f"it was judged by rules {version}, and those in force are {ours}"
