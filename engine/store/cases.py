"""A campaign's cases: one for each lead that it may dial, however often it is asked.

A lead's turn and its first number are the campaign's policy as the store has it, so whoever makes cases makes
the same.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from engine.attempts.phones import preferred_kinds
from engine.domain.selection import LeadOrder, ListShare, NewLeads, PhoneOrder
from engine.domain.time import Instant
from engine.domain.words import CaseStatus, Rank
from engine.selection.turns import turn_of

_TURN: Final = "turn_of_lead"  # the decision, as a function of SQL

_INSERT: Final = f"""
    INSERT INTO cases (campaign, lead_id, phone_id, status, rank, lane, turn, due_at)
    SELECT :campaign, l.id, p.id, '{CaseStatus.NEW}', {Rank.NEW:d}, coalesce(cl.list_id, 0), %(turn)s, :due_at
    FROM %(leads)s
    JOIN phones p ON p.id = (SELECT id FROM phones WHERE lead_id = l.id ORDER BY %(phones)s position LIMIT 1)
    LEFT JOIN campaign_lists cl ON cl.campaign = :campaign AND cl.list_id = l.list_id
    WHERE l.dnc_at IS NULL AND %(which)s
    ORDER BY l.id
    ON CONFLICT (campaign, lead_id) DO NOTHING
"""
_OF_LISTS: Final = {
    "leads": "leads l",
    "which": "l.id > :after AND l.list_id IN (SELECT id FROM lists WHERE name IN"
    " (SELECT value FROM json_each(:lists)))",
}
_GIVEN: Final = {
    "leads": "json_each(:leads) g CROSS JOIN leads l ON l.id = g.value",
    "which": "true",
}
_DIALS: Final = """
    INSERT INTO campaign_lists (campaign, list_id)
    SELECT :campaign, id FROM lists WHERE name IN (SELECT value FROM json_each(:lists)) ORDER BY id
    ON CONFLICT DO NOTHING
"""
_SHARE: Final = """
    UPDATE campaign_lists SET priority = ?, weight = ?
    WHERE campaign = ? AND list_id = (SELECT id FROM lists WHERE name = ?)
"""


def create_cases(
    connection: sqlite3.Connection, campaign: str, lists: Sequence[str], due_at: Instant, *, after: int = 0
) -> int:
    """A new case for every lead of the lists that has none in this campaign and may be called; with `after`,
    for those with a greater id. The campaign dials the lists from now on.

    Returns how many; their ids ascend with the leads'. Joins the transaction that is open, if one is.
    """
    given = {"campaign": campaign, "lists": json.dumps(list(lists)), "due_at": due_at, "after": after}
    connection.execute(_DIALS, given)
    return connection.execute(_statement(connection, campaign, _OF_LISTS), given).rowcount


def create_cases_for(
    connection: sqlite3.Connection, campaign: str, leads: Sequence[int], due_at: Instant
) -> int:
    """A new case for each of these leads that has none in this campaign and may be called; how many."""
    if not leads:
        return 0
    given = {"campaign": campaign, "leads": json.dumps(leads), "due_at": due_at}
    return connection.execute(_statement(connection, campaign, _GIVEN), given).rowcount


def share_lists(connection: sqlite3.Connection, campaign: str, shares: Mapping[str, ListShare]) -> None:
    """The places of the lists that the campaign dials, by name; the others' stay as they are."""
    connection.executemany(
        _SHARE, [(share.priority, share.weight, campaign, name) for name, share in sorted(shares.items())]
    )


def _statement(connection: sqlite3.Connection, campaign: str, parts: Mapping[str, str]) -> str:
    order, phones = _selection(connection, campaign)
    turn = "0"
    if order.by is not LeadOrder.OLDEST_DUE:
        turn = f"{_TURN}(l.id, l.imported_at, l.attributes)"
        connection.create_function(_TURN, 3, partial(_turn, order, campaign), deterministic=True)
    preferred = ""
    if phones is not PhoneOrder.FIRST_ONLY:
        kinds = preferred_kinds(phones)
        ranks = "".join(f" WHEN '{kind}' THEN {rank}" for rank, kind in enumerate(kinds))
        preferred = "out_of_use_at IS NOT NULL, " + (f"CASE kind{ranks} ELSE 9 END, " if kinds else "")
    return _INSERT % {"turn": turn, "phones": preferred, **parts}


def _turn(order: NewLeads, campaign: str, lead: int, imported_at: Instant, attributes: str) -> int:
    value = json.loads(attributes).get(order.field) if order.field is not None else None
    return turn_of(order, campaign, lead, imported_at=imported_at, value=value)


def _selection(connection: sqlite3.Connection, campaign: str) -> tuple[NewLeads, PhoneOrder]:
    """What the campaign's policy says of the order of its leads and of their phones."""
    row = connection.execute("SELECT policy FROM campaigns WHERE name = ?", (campaign,)).fetchone()
    policy: dict[str, Any] = {} if row is None else json.loads(row[0])
    order = dict(policy.get("order", {}))
    if "by" in order:
        order["by"] = LeadOrder(order["by"])
    return NewLeads(**order), PhoneOrder(policy.get("phones", {}).get("order", PhoneOrder.FIRST_ONLY))
