"""Where every limit on abandoned calls stands, read from the calls that the store has counted."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final

from engine.compliance.abandonment import Account, Rate, Tally, account, room, window
from engine.compliance.limits import Governed, Limit, governed, limits
from engine.compliance.terms import SHARE, Period
from engine.compliance.zones import clock
from engine.config.policies import policy_from_json
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant, Micros
from engine.store.call_counts import Late, first_call, late_calls, tally_of
from engine.store.gates import Regimes

_RULED: Final = (
    "SELECT name, policy FROM campaigns INDEXED BY campaigns_ruled "
    "WHERE policy ->> '$.compliance' IS NOT NULL ORDER BY name"
)
_POLICIES_KEPT: Final = 256  # read anew at each claim otherwise


@lru_cache(maxsize=_POLICIES_KEPT)
def _policy(text: str) -> CampaignPolicy:
    return policy_from_json(json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A limit, where it stands, and the calls of its window."""

    limit: Limit
    account: Account
    counts: Tally

    @property
    def alerting(self) -> bool:
        """Whether a supervisor is to be told."""
        alert = self.limit.terms.alert
        return alert is not None and self.account.rate.share >= Fraction(alert, SHARE) > 0


class Accounts:
    """The limits of a store's campaigns at one instant. Each window is summed once. Calls whose agents come
    late are lost before they are settled."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        regimes: Regimes,
        now: Instant,
        *,
        own: Iterable[CampaignPolicy] = (),
        late: Collection[Late] = (),
    ) -> None:
        """`own` policies come before those that the store has of the same campaigns; `late` calls are those
        that the store does not know to be late. What limits a campaign with a profile that is not there
        nobody knows: it is left out."""
        self._sql = sql
        self._now = now
        self._late = (*late_calls(sql), *late)
        self._tallies: dict[tuple[tuple[str, ...], Instant, Instant], Tally] = {}
        policies = {name: _policy(text) for name, text in sql.execute(_RULED)}
        policies |= {policy.name: policy for policy in own}
        self.campaigns: dict[str, Governed] = {
            name: governed(policy, regime)
            for name, policy in sorted(policies.items())
            if regimes.knows(policy) and (regime := regimes.of(policy, now)) is not None
        }

    def limits(self, campaign: str) -> list[Limit]:
        """Those of one campaign; none for one that keeps no rules."""
        return limits(campaign, self.campaigns, self._now) if campaign in self.campaigns else []

    def standing(self, limit: Limit) -> Standing:
        """Where it stands. What is in flight is not taken off."""
        span = self.window(limit)
        counts = self._tally(limit, span[0], min(span[1], self._now + 1))
        return Standing(
            limit=limit, account=account(limit.terms, counts, span, limit.amd_test), counts=counts
        )

    def window(self, limit: Limit) -> tuple[Instant, Instant]:
        """The window that counts now."""
        began: Instant | None = self._now
        if limit.terms.period is Period.SUCCESSIVE:
            names = {each.name for each in limit.members}
            found = [each.answered_at for each in self._late if each.campaign in names]
            began = min((at for at in (first_call(self._sql, names), *found) if at is not None), default=None)
        began = self._now if began is None or began > self._now else began
        return window(limit.terms, now=self._now, began=began, clock=clock(limit.zone))

    def worst(self, standing: Standing, within: Micros) -> Rate:
        """What the rate may come to within a time by the window's moving alone."""
        limit, stands = standing.limit, standing.account
        if limit.terms.period is Period.ROLLING:
            leaving = self._tally(limit, stands.start, min(stands.start + within, self._now + 1))
            return limit.rate(standing.counts.without_good(leaving))
        if self._now + within >= stands.end:
            rates = (stands.rate, limit.rate(Tally()))
            return min(rates, key=lambda rate: room(rate, limit.terms.most))
        return stands.rate

    def all(self, campaign: str | None = None) -> Iterator[Standing]:
        """Every limit of a campaign, or of all, each once."""
        seen = set()
        for name in self.campaigns if campaign is None else [campaign]:
            for limit in self.limits(name):
                key = (limit.rule.id, limit.scope, limit.whose, limit.zone)
                if key not in seen:
                    seen.add(key)
                    yield self.standing(limit)

    def _tally(self, limit: Limit, start: Instant, end: Instant) -> Tally:
        names = tuple(each.name for each in limit.members)
        found = self._tallies.get((names, start, end))
        if found is None:
            found = tally_of(self._sql, names, start, end)
            late = sum(each.campaign in names and start <= each.answered_at < end for each in self._late)
            found = self._tallies[names, start, end] = replace(found, abandoned=found.abandoned + late)
        return found
