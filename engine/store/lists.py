"""Contact lists as a supervisor has them: which are dialed, and their places in the campaigns.

The leads of a list that is not active are dialed by nobody. Those never called are not looked at; retries and
callbacks are held when their time comes, and due again once the list is active.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.domain.case import HELD
from engine.domain.lists import InlineLead
from engine.domain.selection import ListShare
from engine.domain.time import Instant
from engine.domain.words import ChangeReason, Hold
from engine.errors import InputError
from engine.journal import events as e
from engine.names import listed
from engine.store.audit import audit
from engine.store.case_changes import change_cases
from engine.store.cases import create_cases
from engine.store.leads import add_leads
from engine.store.reading import check_campaign, check_list
from engine.store.transaction import Change, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """`campaigns` dial the list."""

    id: int
    name: str
    active: bool
    leads: int
    phones: int
    created_at: Instant
    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialed:
    """A list in a campaign: its place, and how its cases stand. `new` were never called."""

    campaign: str
    priority: int
    weight: int
    new: int
    open: int
    closed: int


_LISTS: Final = """
    SELECT s.id, s.name, s.active, (SELECT count(*) FROM leads WHERE list_id = s.id),
           (SELECT coalesce(sum(phone_count), 0) FROM leads WHERE list_id = s.id), s.created_at,
           (SELECT group_concat(campaign, char(10)) FROM
            (SELECT campaign FROM campaign_lists WHERE list_id = s.id ORDER BY campaign))
    FROM lists s WHERE ? IS NULL OR s.name = ? ORDER BY s.name
"""
_DIALED: Final = """
    SELECT cl.campaign, cl.priority, cl.weight,
           coalesce(sum(c.rank = 2 AND (c.due_at IS NOT NULL OR c.waits_for IS NOT NULL)), 0),
           coalesce(sum(c.rank < 2 AND (c.due_at IS NOT NULL OR c.waits_for IS NOT NULL)), 0),
           coalesce(sum(c.final OR c.exhausted OR c.status = 'DNC'), 0)
    FROM campaign_lists cl LEFT JOIN cases c ON c.campaign = cl.campaign AND c.lane = cl.list_id
    WHERE cl.list_id = ? GROUP BY cl.campaign ORDER BY cl.campaign
"""


def lists(sql: sqlite3.Connection, name: str | None = None) -> Iterator[ListFacts]:
    """All lists by name, or one. Raises InputError for one that is not there."""
    check_list(sql, name)
    for identity, called, active, leads, phones, created_at, campaigns in sql.execute(_LISTS, (name, name)):
        yield ListFacts(
            id=identity,
            name=called,
            active=bool(active),
            leads=leads,
            phones=phones,
            created_at=created_at,
            campaigns=tuple(campaigns.split("\n")) if campaigns else (),
        )


def dialed_by(sql: sqlite3.Connection, list_id: int) -> list[Dialed]:
    """The campaigns that dial the list, by name."""
    return [
        Dialed(campaign=campaign, priority=priority, weight=weight, new=new, open=waiting, closed=closed)
        for campaign, priority, weight, new, waiting, closed in sql.execute(_DIALED, (list_id,))
    ]


def _id(sql: sqlite3.Connection, name: str) -> int:
    check_list(sql, name)
    identity: int = sql.execute("SELECT id FROM lists WHERE name = ?", (name,)).fetchone()[0]
    return identity


# --- active or not --------------------------------------------------------------------------------

_HELD: Final = f"""
    SELECT c.id, c.wanted_at FROM leads l CROSS JOIN cases c ON c.lead_id = l.id
    WHERE l.list_id = ? AND c.waits_for = '{Hold.LIST}' ORDER BY c.id
"""


def set_active(name: str, *, active: bool, by: str) -> Change[bool]:
    """Have the list dialed, or not, from now on; answers whether that is new. Calls that are up go on."""

    def change(tx: Transaction) -> bool:
        identity = _id(tx.sql, name)
        update = "UPDATE lists SET active = ? WHERE id = ? AND active <> ?"
        if tx.sql.execute(update, (active, identity, active)).rowcount == 0:
            return False
        tx.record(e.ListActivated(list=identity, active=active))
        woken = 0
        if active:
            rows = tx.sql.execute(_HELD, (identity,)).fetchall()
            again = ((case, max(wanted_at, tx.now), None, None, None) for case, wanted_at in rows)
            woken = change_cases(tx, ChangeReason.ACTIVATED, name, HELD, again)
        command = "activate" if active else "deactivate"
        audit(tx, user=by, action=f"lists {command}", subject=name, count=woken if active else None)
        return True

    return change


# --- its place in a campaign ----------------------------------------------------------------------


def set_share(
    name: str, campaign: str, *, by: str, priority: int | None = None, weight: int | None = None
) -> Change[ListShare]:
    """Another priority or weight of the list among those of the campaign, from the next dial on."""

    def change(tx: Transaction) -> ListShare:
        check_campaign(tx.sql, campaign)
        identity = _id(tx.sql, name)
        query = "SELECT priority, weight FROM campaign_lists WHERE campaign = ? AND list_id = ?"
        row = tx.sql.execute(query, (campaign, identity)).fetchone()
        if row is None:
            raise InputError([f"campaign {campaign} does not dial list {name}{_dials(tx.sql, campaign)}"])
        share = ListShare(
            priority=row[0] if priority is None else priority, weight=row[1] if weight is None else weight
        )
        tx.sql.execute(
            "UPDATE campaign_lists SET priority = ?, weight = ? WHERE campaign = ? AND list_id = ?",
            (share.priority, share.weight, campaign, identity),
        )
        tx.record(
            e.ListShared(campaign=campaign, list=identity, priority=share.priority, weight=share.weight)
        )
        audit(
            tx,
            user=by,
            action="lists share",
            subject=name,
            campaign=campaign,
            priority=share.priority,
            weight=share.weight,
        )
        return share

    return change


def _dials(sql: sqlite3.Connection, campaign: str) -> str:
    query = (
        "SELECT s.name FROM campaign_lists cl JOIN lists s ON s.id = cl.list_id "
        "WHERE cl.campaign = ? ORDER BY s.name"
    )
    names = [name for (name,) in sql.execute(query, (campaign,))]
    return f"; it dials {listed(names, 'and')}" if names else "; it dials no lists"


# --- new leads ------------------------------------------------------------------------------------


def bring_in(name: str, leads: Sequence[InlineLead], *, by: str) -> Change[int]:
    """Add leads to a list, and cases to the campaigns that dial it; answers how many leads. Raises InputError
    for leads that are wrong or there already."""

    def change(tx: Transaction) -> int:
        after = last_lead(tx.sql)
        count = add_leads(tx.sql, leads, list_name=name, now=tx.now)
        take_in(tx, name, after=after)
        audit(tx, user=by, action="leads import", subject=name, count=count)
        return count

    return change


def last_lead(sql: sqlite3.Connection) -> int:
    """The greatest id of a lead: what is imported next has greater ones."""
    last: int = sql.execute("SELECT coalesce(max(id), 0) FROM leads").fetchone()[0]
    return last


def take_in(tx: Transaction, name: str, *, after: int) -> int:
    """Give the leads of the list with an id above `after` a case in every campaign that dials the list;
    answers how many cases there are now more. Each lead stands where the campaign's order puts it."""
    identity = _id(tx.sql, name)
    query = "SELECT campaign FROM campaign_lists WHERE list_id = ? ORDER BY campaign"
    created = 0
    for (campaign,) in tx.sql.execute(query, (identity,)).fetchall():
        count = create_cases(tx.sql, campaign, [name], tx.now, after=after)
        if count:
            tx.record(e.CasesCreated(campaign=campaign, list=identity, count=count, due_at=tx.now))
        created += count
    return created
