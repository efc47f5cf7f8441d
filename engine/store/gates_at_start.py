"""An engine starts, by other rules or another configuration perhaps: what gates hold is asked about again.

What never wakes by itself is asked about at each start, so that a crash between a change and its wakes heals;
what waits, only where the rules or the campaign's policy are not those of the start before.
"""

import json
import sqlite3
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from engine.config.policies import policy_json
from engine.domain.policy import CampaignPolicy
from engine.store.gates_wake import PORTION, ask_some_again
from engine.store.operator_rules import rules_in_force
from engine.store.transaction import Transaction

_KEEP: Final = "INSERT OR REPLACE INTO asked_by (campaign, digest) VALUES (?, ?)"


def ask_at_start(tx: Transaction, policies: Mapping[str, CampaignPolicy]) -> bool:
    """Ask about some thousand cases again. Answers whether these were the last: if not, it is to be done once
    more, in a transaction of its own."""
    room = PORTION
    for name, policy in sorted(policies.items()):
        digest = _digest(tx.sql, policy)
        room -= ask_some_again(tx, name, room, waits=digest != _asked_by(tx.sql, name))
        if not room:
            return False
        tx.sql.execute(_KEEP, (name, digest))
    return True


def _asked_by(sql: sqlite3.Connection, campaign: str) -> str | None:
    row = sql.execute("SELECT digest FROM asked_by WHERE campaign = ?", (campaign,)).fetchone()
    return None if row is None else str(row[0])


def _digest(sql: sqlite3.Connection, policy: CampaignPolicy) -> str:
    version = "" if policy.compliance is None else rules_in_force(sql).version
    return sha256(f"{version} {json.dumps(policy_json(policy), sort_keys=True)}".encode()).hexdigest()
