"""What the engine is told of agents' own callbacks, so that it need not ask before one may be called."""

from collections.abc import Iterable
from typing import Final

from engine.domain.time import Instant
from engine.domain.words import Hold
from engine.journal import events as e
from engine.store.transaction import Transaction

_OWN: Final = f"waits_for = '{Hold.AGENT}' AND callback_agent IS NOT NULL"
_NEXT: Final = f"""
    SELECT min(wanted_at) FROM cases INDEXED BY cases_own
    WHERE {_OWN} AND campaign = ? AND callback_agent = ?
"""
_ALL: Final = f"""
    SELECT campaign, callback_agent, min(wanted_at) FROM cases INDEXED BY cases_own
    WHERE {_OWN} GROUP BY campaign, callback_agent ORDER BY campaign, callback_agent
"""


def next_own(tx: Transaction, campaign: str, agent: str) -> Instant | None:
    """When the agent's next own callback in a campaign may be called."""
    moment: Instant | None = tx.sql.execute(_NEXT, (campaign, agent)).fetchone()[0]
    return moment


def tell_known(tx: Transaction, pairs: Iterable[tuple[str, str]], *, least: Instant | None = None) -> None:
    """Tell when the next own callback of each campaign and agent may be called; one that is due already, not
    before `least`."""
    rows = []
    for campaign, agent in pairs:
        moment = next_own(tx, campaign, agent)
        if least is not None and moment is not None and moment <= tx.now:
            moment = least
        rows.append((campaign, agent, moment))
    if rows:
        tx.record(e.CallbacksKnown(rows=tuple(rows)))


def tell_all(tx: Transaction) -> None:
    """Tell of every agent's own callbacks: what a new engine begins with."""
    rows = tuple(tuple(row) for row in tx.sql.execute(_ALL))
    if rows:
        tx.record(e.CallbacksKnown(rows=rows))
