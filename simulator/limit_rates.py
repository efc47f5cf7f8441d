"""The rates of abandoned calls over a run, at the end of each slice of its time, beside their limits."""

import sqlite3
from dataclasses import dataclass, field

from engine.store.abandonment import Accounts
from engine.store.rules_in_force import StoredRules
from simulator.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRates:
    """One limit, in percent: the rate at the end of each slice, and how it stands at the end of the run."""

    rule: str
    scope: str
    whose: str
    limit: float
    percent: list[float] = field(default_factory=list)
    lost: float = 0.0
    counted: float = 0.0
    may_lose: int = 0

    @property
    def name(self) -> str:
        return f"{self.rule}, {self.scope} {self.whose}"


def limit_rates(sql: sqlite3.Connection, line: Timeline) -> list[LimitRates]:
    """Those that hold at the end of the run; none where no campaign keeps a rule that limits it."""
    regimes = StoredRules().regimes(sql)
    found: dict[tuple[str, str, str], LimitRates] = {}
    for index in reversed(range(line.count)):
        at = line.start + (index + 1) * line.length
        for standing in Accounts(sql, regimes, at).all():
            limit, account = standing.limit, standing.account
            key = (limit.rule.id, str(limit.scope), limit.whose)
            if index == line.count - 1:
                rule, scope, whose = key
                found[key] = LimitRates(
                    rule=rule,
                    scope=scope,
                    whose=whose,
                    limit=100 * float(account.limit),
                    lost=float(account.rate.lost),
                    counted=float(account.rate.counted),
                    may_lose=account.may_lose,
                )
            if key in found:
                found[key].percent.insert(0, 100 * float(account.rate.share))
        if not found:
            break
    return list(found.values())
