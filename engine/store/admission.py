"""Whether calls may be begun beyond the free agents, asked in the transaction that begins them.

Engines that share a call centre share the store: what one has begun another counts as in flight. Agents are
known to their own engine alone, so each pool leaves behind how many of its calls no agent covered.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from engine.compliance.abandonment import Rate, headroom
from engine.compliance.admission import Exposure, Flight, admitted
from engine.compliance.limits import Limit, answered_by
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.journal import events as e
from engine.store.abandonment import Accounts, Standing
from engine.store.call_counts import Late
from engine.store.gates import Regimes
from engine.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """A pool as its engine sees it. `campaigns` dial before an agent is chosen; `agents` are free; of the
    attempts in flight those in `assigned` have an agent on the way, and those in `lost` will have none.
    `late`: since when people wait who have waited too long already, by attempt, whoever comes yet."""

    pool: str
    campaigns: tuple[str, ...]
    agents: int
    assigned: Collection[int] = frozenset()
    lost: Collection[int] = frozenset()
    late: Mapping[int, Instant] = field(default_factory=dict)


_IN_FLIGHT: Final = """
    SELECT campaign, id FROM attempts INDEXED BY attempts_in_flight
    WHERE ended_at IS NULL AND connected_at IS NULL AND agent IS NULL
"""


def in_flight(sql: sqlite3.Connection) -> Counter[str]:
    """How many calls of each campaign have no agent yet; those of agentless campaigns want none."""
    return Counter(campaign for campaign, _ in sql.execute(_IN_FLIGHT))


def admit(
    tx: Transaction,
    regimes: Regimes,
    policy: CampaignPolicy,
    wanted: int,
    staffing: Staffing,
) -> int:
    """How many of the calls that are wanted may be begun now: at least those that free agents cover. If it is
    fewer, the journal tells it, once for each change of how many may be lost."""
    flying: list[tuple[str, int]] = tx.sql.execute(_IN_FLIGHT).fetchall()
    late = [
        Late(campaign, attempt, staffing.late[attempt])
        for campaign, attempt in flying
        if attempt in staffing.late
    ]
    accounts = Accounts(tx.sql, regimes, tx.now, own=[policy], late=late)
    if not any(name in accounts.campaigns for name in staffing.campaigns):
        return wanted
    admission = _Admission(tx, accounts, policy, staffing, flying)
    admission.alert()
    count = admission.most(wanted)
    admission.leave(count)
    return count


class _Admission:
    """One question of one campaign."""

    def __init__(
        self,
        tx: Transaction,
        accounts: Accounts,
        policy: CampaignPolicy,
        staffing: Staffing,
        flying: Collection[tuple[str, int]],
    ) -> None:
        self._tx = tx
        self._accounts = accounts
        self._policy = policy
        self._staffing = staffing
        rows = [row for row in flying if row[1] not in staffing.assigned]
        self._flying = Counter(campaign for campaign, attempt in rows if attempt not in staffing.late)
        here = [attempt for campaign, attempt in rows if campaign in staffing.campaigns]
        self._flight = Flight(
            calls=len(here),
            lost=sum(attempt in staffing.lost for attempt in here),
            agents=staffing.agents,
        )
        self._left_by = dict(tx.sql.execute("SELECT pool, uncovered FROM exposures"))
        self._binding: e.AbandonmentLimited | None = None

    def alert(self) -> None:
        """Tell a supervisor, once for each time that a rate comes to where that is due."""
        told = set(self._tx.sql.execute("SELECT rule, scope, whose FROM abandonment_alerts"))
        for limit in self._accounts.limits(self._policy.name):
            if limit.terms.alert is None:
                continue
            standing, key = self._accounts.standing(limit), (limit.rule.id, str(limit.scope), limit.whose)
            if standing.alerting and key not in told:
                _tell_alert(self._tx, standing, key, limit.terms.alert)
            elif key in told and not standing.alerting:
                self._tx.sql.execute(
                    "DELETE FROM abandonment_alerts WHERE (rule, scope, whose) = (?, ?, ?)", key
                )

    def most(self, wanted: int) -> int:
        """How many of the calls that are wanted every limit admits: of the campaign, and of each other one
        whose calls wait for the same agents."""
        if wanted <= self._flight.one_to_one:
            return wanted
        asked: set[tuple[str, str, str, str]] = set()
        count = wanted
        for campaign in self._staffing.campaigns:
            if campaign == self._policy.name or self._flying[campaign]:
                for limit in self._accounts.limits(campaign):
                    key = (limit.rule.id, str(limit.scope), limit.whose, limit.zone)
                    if key not in asked:
                        asked.add(key)
                        count = min(count, self._fit(limit, wanted))
        return count

    def _fit(self, limit: Limit, wanted: int) -> int:
        """How many calls more one limit admits."""
        exposure = self._exposure(self._accounts.standing(limit))
        count = admitted(self._flight, exposure, wanted)
        if count < wanted and (self._binding is None or count < self._binding.admitted):
            self._binding = self._told(limit, exposure, wanted, count)
        return count

    def _exposure(self, standing: Standing) -> Exposure:
        limit = standing.limit
        names = {each.name for each in limit.members if each.mode.customer_first}
        elsewhere: Counter[str] = Counter()
        for each in limit.members:
            if each.name in names and each.name not in self._staffing.campaigns:
                elsewhere[each.pool or each.name] += self._flying[each.name]
        within = max(answered_by(each) for each in limit.members)
        return Exposure(
            rate=self._accounts.worst(standing, within),
            most=limit.terms.most,
            here=sum(self._flying[name] for name in names if name in self._staffing.campaigns),
            elsewhere=sum(elsewhere.values()),
            uncovered=sum(min(calls, self._left_by.get(pool, calls)) for pool, calls in elsewhere.items()),
            mistaken=limit.mistaken,
            ours=self._policy.name in names,
        )

    def _told(self, limit: Limit, exposure: Exposure, wanted: int, count: int) -> e.AbandonmentLimited:
        return e.AbandonmentLimited(
            campaign=self._policy.name,
            rule=limit.rule.id,
            scope=str(limit.scope),
            whose=limit.whose,
            lost=str(exposure.rate.lost),
            counted=str(exposure.rate.counted),
            limit=exposure.most,
            mistaken=str(exposure.mistaken),
            in_flight=exposure.here,
            elsewhere=exposure.elsewhere,
            uncovered=exposure.uncovered,
            ours=exposure.ours,
            pool_in_flight=self._flight.calls,
            pool_lost=self._flight.lost,
            agents=self._flight.agents,
            wanted=wanted,
            admitted=count,
        )

    def leave(self, count: int) -> None:
        """What other pools have to know of this one, and what people are told."""
        pool, uncovered = self._staffing.pool, self._flight.uncovered(count)
        if self._left_by.get(pool) != uncovered:
            self._tx.sql.execute(
                "INSERT INTO exposures (pool, uncovered) VALUES (?, ?) "
                "ON CONFLICT (pool) DO UPDATE SET uncovered = excluded.uncovered",
                (pool, uncovered),
            )
        if self._binding is not None:
            _tell(self._tx, self._binding)
        elif count > self._flight.one_to_one:
            self._tx.sql.execute("DELETE FROM limitations WHERE campaign = ?", (self._policy.name,))


def _tell(tx: Transaction, line: e.AbandonmentLimited) -> None:
    rate = Rate(lost=Fraction(line.lost), counted=Fraction(line.counted))
    figures = json.dumps([line.rule, line.scope, line.whose, headroom(rate, line.limit)])
    last = tx.sql.execute("SELECT figures FROM limitations WHERE campaign = ?", (line.campaign,)).fetchone()
    if last != (figures,):
        tx.sql.execute(
            "INSERT INTO limitations (campaign, figures) VALUES (?, ?) "
            "ON CONFLICT (campaign) DO UPDATE SET figures = excluded.figures",
            (line.campaign, figures),
        )
        tx.record(line)


def _tell_alert(tx: Transaction, standing: Standing, key: tuple[str, str, str], alert: int) -> None:
    rate, (rule, scope, whose) = standing.account.rate, key
    tx.sql.execute("INSERT INTO abandonment_alerts VALUES (?, ?, ?, ?)", (*key, tx.now))
    tx.record(
        e.AbandonmentAlert(
            rule=rule,
            scope=scope,
            whose=whose,
            lost=str(rate.lost),
            counted=str(rate.counted),
            alert=alert,
        )
    )
