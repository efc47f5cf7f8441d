"""A campaign's cases: one for each lead of its lists, however often it is asked."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from engine.domain.time import Instant
from engine.domain.words import CaseStatus, Rank

_CASES: Final = f"""
    INSERT INTO cases (campaign, lead_id, phone_id, status, rank, due_at)
    SELECT :campaign, l.id, p.id, '{CaseStatus.NEW}', {Rank.NEW:d}, :due_at
    FROM leads l JOIN phones p ON p.lead_id = l.id
    WHERE l.list_id IN (SELECT id FROM lists WHERE name IN (SELECT value FROM json_each(:lists)))
      AND p.position = (SELECT min(position) FROM phones WHERE lead_id = l.id)
    ORDER BY l.id
    ON CONFLICT (campaign, lead_id) DO NOTHING
"""


def create_cases(connection: sqlite3.Connection, campaign: str, lists: Sequence[str], due_at: Instant) -> int:
    """A new case for every lead of the lists that has none in this campaign, on its first phone.

    Returns how many; their ids ascend with the leads'. Joins the transaction that is open, if one is.
    """
    given = {"campaign": campaign, "lists": json.dumps(list(lists)), "due_at": due_at}
    return connection.execute(_CASES, given).rowcount
