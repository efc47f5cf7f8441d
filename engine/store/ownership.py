"""The ownership of a list's leads, all at once: who owns how many, release, settings, and the list's update.

An attempt takes ownership when it is settled; that is settled there. Whoever waits for an ownership that ends
earlier or later by one of these changes is told in the same transaction.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from engine.domain.case import HELD
from engine.domain.lists import OwnershipPolicy
from engine.domain.time import Instant, Micros
from engine.domain.words import ChangeReason
from engine.errors import InputError
from engine.journal import events as e
from engine.names import did_you_mean, listed
from engine.store.audit import audit
from engine.store.case_changes import change_cases
from engine.store.transaction import Change, Transaction

# --- looking ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A campaign and how many leads of a list it owns now; the first and the last expiry among them, None
    where none of them expires. `unlimited` counts those without expiration."""

    campaign: str
    leads: int
    unlimited: int
    first_expiry: Instant | None
    last_expiry: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRules:
    """A list's id and name, and how its leads are owned."""

    id: int
    name: str
    ownership: OwnershipPolicy


def list_rules(sql: sqlite3.Connection, name: str) -> ListRules:
    """Raises InputError for a list that is not there."""
    row = sql.execute(f"{_RULES} WHERE name = ?", (name,)).fetchone()
    if row is None:
        names = [known for (known,) in sql.execute("SELECT name FROM lists ORDER BY name")]
        shown = f"; the lists are {listed(names, 'and')}" if names else "; the store has no lists"
        raise InputError([f"there is no list {name!r}{did_you_mean(name, names) or shown}"])
    return _rules(row)


_RULES: Final = "SELECT id, name, ownership, ownership_duration, ownership_near FROM lists"


def _rules(row: tuple[int, str, int, Micros | None, Micros]) -> ListRules:
    identity, name, enabled, duration, near = row
    return ListRules(
        id=identity,
        name=name,
        ownership=OwnershipPolicy(enabled=bool(enabled), duration=duration, near=near),
    )


_OWNERS: Final = """
    SELECT owner, count(*), count(*) - count(owned_until), min(owned_until), max(owned_until)
    FROM leads INDEXED BY leads_owned
    WHERE list_id = ? AND owner IS NOT NULL AND (owned_until IS NULL OR owned_until > ?)
    GROUP BY owner ORDER BY owner
"""


def owners(sql: sqlite3.Connection, list_name: str, *, now: Instant) -> list[Owner]:
    """The campaigns that own leads of the list now, by name."""
    given = (list_rules(sql, list_name).id, now)
    return [
        Owner(campaign=name, leads=leads, unlimited=unlimited, first_expiry=first, last_expiry=last)
        for name, leads, unlimited, first, last in sql.execute(_OWNERS, given)
    ]


# --- settings ---------------------------------------------------------------------------------------


def tell_lists(tx: Transaction) -> None:
    """A line for each list whose leads are, were or may be owned: what follows is decided by it."""
    defaults = OwnershipPolicy()
    for row in tx.sql.execute(f"{_RULES} ORDER BY id").fetchall():
        rules = _rules(row)
        if rules.ownership != defaults or _has_owned(tx.sql, rules.id):
            _tell(tx, rules)


def _has_owned(sql: sqlite3.Connection, of_list: int) -> bool:
    query = "SELECT 1 FROM leads WHERE list_id = ? AND owner IS NOT NULL LIMIT 1"
    return sql.execute(query, (of_list,)).fetchone() is not None


def _tell(tx: Transaction, rules: ListRules) -> None:
    ownership = rules.ownership
    tx.record(
        e.ListConfigured(
            list=rules.id,
            ownership=ownership.enabled,
            duration=ownership.duration,
            near=ownership.near,
        )
    )


class Keep:
    """A setting that stays as it is: None is a duration."""


KEEP: Final = Keep()


def configure_ownership(
    list_name: str,
    *,
    by: str,
    enabled: bool | None = None,
    duration: Micros | Keep | None = KEEP,
    near: Micros | None = None,
) -> Change[ListRules]:
    """Change what is given; what is owned stays owned. Another duration reaches owned leads with the next
    update of the list. `by` is audited. Raises InputError for a list that is not there."""

    def change(tx: Transaction) -> ListRules:
        before = list_rules(tx.sql, list_name)
        new = before.ownership
        if enabled is not None:
            new = replace(new, enabled=enabled)
        if not isinstance(duration, Keep):
            new = replace(new, duration=duration)
        if near is not None:
            new = replace(new, near=near)
        rules = replace(before, ownership=new)
        tx.sql.execute(
            "UPDATE lists SET ownership = ?, ownership_duration = ?, ownership_near = ? WHERE id = ?",
            (new.enabled, new.duration, new.near, rules.id),
        )
        if rules != before:
            _tell(tx, rules)
        audit(
            tx,
            user=by,
            action="ownership set",
            subject=list_name,
            enabled=new.enabled,
            duration=new.duration,
            near=new.near,
        )
        return rules

    return change


# --- release ----------------------------------------------------------------------------------------

_RELEASED: Final = (
    "list_id = :list AND owner IN (SELECT value FROM json_each(:campaigns)) AND owner IS NOT NULL"
)
_FREE: Final = "owner = NULL, owned_since = NULL, owned_until = NULL, owned_for = NULL"


def release(list_name: str, campaigns: Collection[str] | None, *, by: str) -> Change[dict[str, int]]:
    """End the ownership of these campaigns, or of all (None), in this list at once; who waits for it wakes.

    Answers how many leads each campaign owned that was named, or that owned any: 0 for one that owns none by
    now. An attempt that is live may take ownership anew when it is settled. `by` is audited.
    Raises InputError for a list that is not there.
    """

    def change(tx: Transaction) -> dict[str, int]:
        rules = list_rules(tx.sql, list_name)
        owned = {owner.campaign: owner.leads for owner in owners(tx.sql, list_name, now=tx.now)}
        chosen = sorted(_all_owners(tx.sql, rules.id) if campaigns is None else set(campaigns))
        counts = {name: owned.get(name, 0) for name in chosen if campaigns is not None or name in owned}
        given = {"list": rules.id, "campaigns": json.dumps(chosen)}
        kept = _kept(tx.sql, _RELEASED, given)
        freed = _set(tx, _FREE, _RELEASED, given)
        count = sum(counts.values())
        if freed:
            tx.record(e.OwnershipReleased(list=rules.id, campaigns=tuple(chosen), leads=count, by=by))
        woken = change_cases(
            tx,
            ChangeReason.RELEASED,
            list_name,
            HELD,
            ((case, max(wanted_at, tx.now), None, None, None) for case, wanted_at in kept),
        )
        audit(
            tx,
            user=by,
            action="ownership release",
            subject=list_name,
            count=count,
            campaigns=counts,
            all=campaigns is None,
            woken=woken,
        )
        return counts

    return change


def _set(tx: Transaction, assignments: str, which: str, given: dict[str, Any]) -> int:
    statement = f"UPDATE leads INDEXED BY leads_owned SET {assignments} WHERE {which}"
    return tx.sql.execute(statement, given).rowcount


def _all_owners(sql: sqlite3.Connection, of_list: int) -> Iterator[str]:
    """Also those whose ownership has expired and was not ended yet. One look for each, however many leads."""
    query = """
        SELECT min(owner) FROM leads INDEXED BY leads_owned
        WHERE list_id = ? AND owner IS NOT NULL AND owner > ?
    """
    last = ""
    while (found := sql.execute(query, (of_list, last)).fetchone()[0]) is not None:
        yield found
        last = found


_KEPT: Final = """
    SELECT c.id, c.wanted_at FROM leads CROSS JOIN cases c INDEXED BY cases_kept
        ON c.lead_id = leads.id AND c.waits_for = 'ownership'
    WHERE {which} ORDER BY c.id
"""


def _kept(sql: sqlite3.Connection, which: str, given: dict[str, Any]) -> list[tuple[int, Instant]]:
    """The cases that wait for the ownership of these leads to end, and when each of them was due."""
    return sql.execute(_KEPT.format(which=which), given).fetchall()


# --- the update of the call list --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """How many ownerships ended, were granted anew for another duration, and were renewed."""

    expired: int = 0
    regranted: int = 0
    renewed: int = 0

    def __bool__(self) -> bool:
        return bool(self.expired or self.regranted or self.renewed)


_GRANTED: Final = "list_id = :list AND owner = :owner AND owner IS NOT NULL AND owned_for IS :granted"
_EXPIRED: Final = f"{_GRANTED} AND owned_until <= :now"
_TO_RENEW: Final = f"""
    {_GRANTED} AND owned_until <= :now + :near AND owned_until <> :until
    AND (succeeded_at IS NULL OR succeeded_at < owned_since)
"""


def update_ownership(list_name: str, *, by: str | None = None) -> Change[Updates]:
    """What `engine.ownership.update` decides of each owned lead, for all leads of the list at once: first
    those that have expired, then those granted for another duration, then those to be renewed.

    `by` is audited, if it is a person. Raises InputError for a list that is not there.
    """

    def change(tx: Transaction) -> Updates:
        rules = list_rules(tx.sql, list_name)
        ownership = rules.ownership
        until = None if ownership.duration is None else tx.now + ownership.duration
        given: dict[str, Any] = {
            "list": rules.id,
            "now": tx.now,
            "until": until,
            "duration": ownership.duration,
            "near": ownership.near,
        }
        expired = regranted = renewed = 0
        for owner, granted in list(_grants(tx.sql, rules.id)):
            given |= {"owner": owner, "granted": granted}
            expired += _set(tx, _FREE, _EXPIRED, given)
            if granted != ownership.duration:
                regranted += _grant(tx, list_name, _GRANTED, given)
            elif ownership.enabled and until is not None:
                renewed += _grant(tx, list_name, _TO_RENEW, given)
        updates = Updates(expired=expired, regranted=regranted, renewed=renewed)
        if updates:
            tx.record(
                e.OwnershipUpdated(list=rules.id, expired=expired, regranted=regranted, renewed=renewed)
            )
        if by is not None:
            count = expired + regranted + renewed
            audit(tx, user=by, action="ownership update", subject=list_name, count=count, **asdict(updates))
        return updates

    return change


def _grants(sql: sqlite3.Connection, of_list: int) -> Iterator[tuple[str, Micros | None]]:
    """Every owner with every duration that it owns leads for: hardly ever more than one or two."""
    query = """
        SELECT min(owned_for) FROM leads INDEXED BY leads_owned
        WHERE list_id = ? AND owner IS NOT NULL AND owner = ? AND owned_for > ?
    """
    for owner in _all_owners(sql, of_list):
        last = -1
        while (found := sql.execute(query, (of_list, owner, last)).fetchone()[0]) is not None:
            yield owner, found
            last = found
        yield owner, None


def _grant(tx: Transaction, list_name: str, which: str, given: dict[str, Any]) -> int:
    """Give the leads the expiry of an ownership that begins now. Whoever waits for it waits until then."""
    kept = _kept(tx.sql, which, given)
    count = _set(tx, "owned_until = :until, owned_for = :duration", which, given)
    rows = ((case, given["until"]) for case, _ in kept)
    change_cases(tx, ChangeReason.HELD, list_name, ("wakes_at",), rows)
    return count
