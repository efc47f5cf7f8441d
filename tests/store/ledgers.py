"""A store with campaigns that keep rules, calls that were counted, and calls in flight."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.compliance.abandonment import Counted, Met
from engine.config.policies import policy_json
from engine.config.regimes import Regimes
from engine.domain.compliance import CompliancePolicy
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import DialMode, Side
from engine.journal import events as e
from engine.journal.views import LegView
from engine.store.abandonment import Accounts, Standing
from engine.store.admission import Staffing, admit
from engine.store.call_counts import count_call
from engine.store.changes import connect
from engine.store.recovery import register
from engine.store.transaction import Transaction
from tests.office import campaign
from tests.simulator.worlds import empty_store

REGIMES = Regimes()


def ruled(name: str = "orders", profile: str = "uk-sales", **more: Any) -> CampaignPolicy:
    kept = {key: more.pop(key) for key in ("call_centre", "drop_group", "zone", "amd_test") if key in more}
    given: dict[str, Any] = {"compliance": CompliancePolicy(profiles=(profile,), **kept)}
    return campaign(name, DialMode.POWER, **given | more)


class Ledger:
    """Counted calls and calls in flight, put in by hand."""

    def __init__(self, sql: sqlite3.Connection, *policies: CampaignPolicy) -> None:
        self.sql = sql
        self.policies = {policy.name: policy for policy in policies}
        register(sql, {name: json.dumps(policy_json(policy)) for name, policy in self.policies.items()})
        sql.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'people', 0)")
        self._attempts = 0

    def _attempt(self, campaign: str, at: Instant, *, settled: bool) -> int:
        self._attempts = n = self._attempts + 1
        self.sql.execute(
            "INSERT INTO leads (id, list_id, key, imported_at) VALUES (?, 1, ?, 0)", (n, f"l{n}")
        )
        self.sql.execute(
            "INSERT INTO phones (id, lead_id, position, number, kind) VALUES (?, ?, 1, ?, 'fixed')",
            (n, n, f"+{n}"),
        )
        self.sql.execute(
            "INSERT INTO cases (id, campaign, lead_id, phone_id, status) VALUES (?, ?, ?, ?, 'NEW')",
            (n, campaign, n, n),
        )
        ended = at if settled else None
        self.sql.execute(
            "INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before, "
            "customer_attempts_before, started_at, ended_at, settled_at) "
            "VALUES (?, ?, ?, ?, ?, 1, 0, 0, ?, ?, ?)",
            (n, campaign, n, n, n, at, ended, ended),
        )
        return n

    def calls(self, met: Met, *at: Instant, campaign: str = "orders", count: int = 1) -> None:
        """Calls that were settled, `count` at each instant."""
        for when in at:
            tx = Transaction(self.sql, when)
            for _ in range(count):
                attempt = self._attempt(campaign, when, settled=True)
                count_call(tx, campaign, attempt, Counted(at=when, met=met))

    def flying(self, count: int, at: Instant, campaign: str = "orders") -> list[int]:
        """Calls that have been begun and have no agent."""
        return [self._attempt(campaign, at, settled=False) for _ in range(count)]

    def talking(self, count: int, answered_at: Instant, connected_at: Instant) -> list[int]:
        """Calls that an agent has taken, and not disposed of."""
        attempts = self.flying(count, answered_at)
        for attempt in attempts:
            leg = LegView(attempt, Side.CUSTOMER, attempt, answered_at, answered_at=answered_at)
            connect(attempt, "ann", leg)(Transaction(self.sql, connected_at))
        return attempts

    def accounts(self, now: Instant) -> Accounts:
        return Accounts(self.sql, REGIMES, now)

    def standing(
        self, rule: str, now: Instant, *, scope: str = "campaign", whose: str = "orders"
    ) -> Standing:
        (found,) = [
            each
            for each in self.accounts(now).all()
            if (each.limit.rule.id, str(each.limit.scope), each.limit.whose) == (rule, scope, whose)
        ]
        return found

    def admit(
        self, wanted: int, now: Instant, *, agents: int, campaign: str = "orders", **more: Any
    ) -> tuple[int, list[e.Event]]:
        """How many calls of a campaign may be begun, and what the journal tells of it."""
        tx = Transaction(self.sql, now)
        given: dict[str, Any] = {"pool": "sales", "campaigns": tuple(self.policies), "agents": agents}
        staffing = Staffing(**given | more)
        return admit(tx, REGIMES, self.policies[campaign], wanted, staffing), tx.recorded


@contextmanager
def ledger(*policies: CampaignPolicy) -> Iterator[Ledger]:
    with empty_store() as sql:
        yield Ledger(sql, *(policies or (ruled(),)))
