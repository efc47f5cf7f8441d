"""The rules that dials are judged by, as the store says at each transaction."""

import sqlite3

from engine.config.regimes import Regimes
from engine.journal import events as e
from engine.store.operator_rules import NOTHING, applied_rules, operator_in_force, rules_in_force
from engine.store.transaction import Transaction


class StoredRules:
    """Made ready once for each row that was applied, not for each dial."""

    def __init__(self) -> None:
        self._applied: int | None = None
        self._regimes: Regimes | None = None

    def regimes(self, sql: sqlite3.Connection) -> Regimes:
        """Raises StoreError for rules that this version can no longer read."""
        (applied,) = sql.execute("SELECT max(id) FROM operator_rules").fetchone()
        if self._regimes is None or applied != self._applied:
            self._regimes = Regimes(operator_in_force(sql))
            self._applied = applied
        return self._regimes


def tell_rules(tx: Transaction) -> None:
    """Which rules hold, for whoever reads the journal."""
    applied = applied_rules(tx.sql)
    text = NOTHING if applied is None else applied.text
    tx.record(e.RulesInForce(version=rules_in_force(tx.sql).version, operator=text))
