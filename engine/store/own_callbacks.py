"""Agents' own callbacks are claimed: each for its agent, who was reserved for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.compliance.hours import is_open
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import Hold, Side
from engine.store.changes import Ids, runs
from engine.store.claims import BUSY_LEAD_RECHECK, Started, begin_own, wake
from engine.store.gates import Gates
from engine.store.known_callbacks import tell_known
from engine.store.transaction import Change, Transaction

TRIED_MAX: Final = 20  # callbacks of one agent that are looked at in one claim: some may be busy, or held


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A callback that its agent makes now."""

    policy: CampaignPolicy
    agent: str
    started: Started


def begin_callbacks(
    policies: Sequence[CampaignPolicy],
    agents: Sequence[str],
    ids: Ids,
    *,
    gates: Gates,
    firsts: Mapping[str, Side | None],
) -> Change[list[Own]]:
    """Claim the longest due own callback of each agent, in any of the campaigns of their pool. `firsts` has
    the first leg of such a call, by campaign.

    What cannot be called is held or left: nobody asks for it again at once. Agents who had none are not in
    the answer.
    """

    def change(tx: Transaction) -> list[Own]:
        open_now = {policy.name: policy for policy in policies if _is_open(tx, policy)}
        asking = {name: gates.asking(tx.sql, policy, tx.now) for name, policy in open_now.items()}
        for name in open_now:
            wake(tx, name)
        begun: list[Own] = []
        for agent in agents:
            for campaign, case in _due(tx, open_now, agent):
                policy = open_now[campaign]
                started = begin_own(
                    tx, policy, case, ids, asking=asking[campaign], agent=agent, first=firsts[campaign]
                )
                if started is not None:
                    begun.append(Own(policy=policy, agent=agent, started=started))
                    break
        had = {own.agent for own in begun}
        for agent in agents:
            least = None if agent in had else tx.now + BUSY_LEAD_RECHECK
            tell_known(tx, [(policy.name, agent) for policy in policies], least=least)
        return begun

    return change


def _is_open(tx: Transaction, policy: CampaignPolicy) -> bool:
    hours = policy.business_hours
    return (hours is None or is_open(hours, tx.now)) and runs(tx, policy.name)


_DUE: Final = f"""
    SELECT wanted_at, id FROM cases INDEXED BY cases_own
    WHERE waits_for = '{Hold.AGENT}' AND callback_agent IS NOT NULL
      AND campaign = ? AND callback_agent = ? AND wanted_at <= ? ORDER BY wanted_at, id LIMIT ?
"""


def _due(tx: Transaction, campaigns: Mapping[str, CampaignPolicy], agent: str) -> list[tuple[str, int]]:
    """The agent's due callbacks, with their campaigns, the longest due first."""
    found: list[tuple[Instant, int, str]] = [
        (wanted_at, case, campaign)
        for campaign in campaigns
        for wanted_at, case in tx.sql.execute(_DUE, (campaign, agent, tx.now, TRIED_MAX))
    ]
    return [(campaign, case) for _, case, campaign in sorted(found)[:TRIED_MAX]]
