"""Commands on all cases of a campaign: recycled, what waits becomes due now; restarted, all begin anew.

Done whole, or in portions of so many leads, each a transaction of its own, so that an engine beside them
goes on dialing. Said again, they change only what is not so yet. Ownership of leads is left alone, and
promised callbacks keep their times. A case whose last call a crash hid rests for the campaign's safe time
even so.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.time import Instant
from engine.domain.words import CaseStatus, ChangeReason, Hold, Rank
from engine.segments.cycle import NEW_CYCLE, new_cycle
from engine.store.audit import audit
from engine.store.case_changes import change_cases
from engine.store.reading import check_campaign
from engine.store.transaction import Change, Transaction

PORTION: Final = 1_000  # leads in one transaction: some 20 ms on a quiet machine
ALL: Final = 1 << 62  # more leads than there are


@dataclass(frozen=True, slots=True)
class Portion:
    """So many cases were changed. `last`: the portion after this lead comes next, None after the last one."""

    count: int
    last: int | None


# --- recycling ------------------------------------------------------------------------------------

# From when on a case may be dialed: now, or after the safe time if nobody knows what became of the last call.
_SAFE: Final = """
    max(:now, coalesce((SELECT iif(a.ending = 'unknown', a.ended_at + :rest, 0) FROM attempts a
                        WHERE a.case_id = cases.id ORDER BY a.id DESC LIMIT 1), 0))
"""
# A callback is a promise, and none of these.
_WAITS: Final = f"""
    campaign = :campaign AND rank > {Rank.CALLBACK:d}
    AND coalesce(due_at, iif(waits_for IS NULL, NULL, wanted_at)) > {_SAFE}
"""


def waiting(sql: sqlite3.Connection, campaign: str, *, now: Instant) -> int:
    """How many cases recycling makes due, now or when their hold ends. Raises InputError for a campaign that
    the store does not have."""
    check_campaign(sql, campaign)
    given = {"campaign": campaign, "now": now, "rest": _rest(sql, campaign)}
    count: int = sql.execute(f"SELECT count(*) FROM cases WHERE {_WAITS}", given).fetchone()[0]
    return count


def recycle(
    campaign: str, *, by: str, after: int = 0, leads: int = ALL, expected: int | None = None
) -> Change[Portion]:
    """Make what waits due now, or as soon as it is not held; of the next so many leads `after` one. The first
    portion is audited, with the `expected` number of cases."""

    def change(tx: Transaction) -> Portion:
        if after == 0:
            count = waiting(tx.sql, campaign, now=tx.now) if expected is None else expected
            audit(tx, user=by, action="campaigns recycle", subject=campaign, count=count)
        last = _last(tx.sql, campaign, after, leads)
        given = {"campaign": campaign, "now": tx.now, "rest": _rest(tx.sql, campaign)}
        given |= {"after": after, "last": ALL if last is None else last}
        rows = tx.sql.execute(
            f"SELECT id, iif(due_at IS NULL, NULL, {_SAFE}), iif(due_at IS NULL, {_SAFE}, wanted_at) "
            f"FROM cases WHERE {_WAITS} AND lead_id > :after AND lead_id <= :last ORDER BY lead_id",
            given,
        ).fetchall()
        changed = change_cases(tx, ChangeReason.RECYCLED, campaign, ("due_at", "wanted_at"), rows)
        return Portion(changed, last)

    return change


# --- restarting -----------------------------------------------------------------------------------

# A case that was never tried in its cycle is at its beginning already.
_TRIED: Final = f"""
    campaign = :campaign AND status <> '{CaseStatus.DNC}'
    AND NOT (status = '{CaseStatus.NEW}' AND agent_attempts = 0 AND customer_attempts = 0
             AND agent_limit IS NULL AND customer_limit IS NULL AND results = '{{}}')
"""
_LIVE: Final = """
    EXISTS (SELECT 1 FROM attempts a WHERE a.lead_id = cases.lead_id AND a.settled_at IS NULL
            AND a.case_id = cases.id)
"""
_INSIDE: Final = """
    EXISTS (SELECT 1 FROM campaign_segments cs JOIN memberships m ON m.segment_id = cs.segment_id
            WHERE cs.campaign = :campaign AND m.lead_id = cases.lead_id AND m.inside = 1)
"""


def tried(sql: sqlite3.Connection, campaign: str) -> int:
    """How many cases restarting gives a new cycle, those in a call now among them. Raises InputError for a
    campaign that the store does not have."""
    check_campaign(sql, campaign)
    given = {"campaign": campaign}
    count: int = sql.execute(
        f"SELECT count(*) FROM cases WHERE ({_TRIED}) OR (campaign = :campaign AND {_LIVE})", given
    ).fetchone()[0]
    return count


def restart(
    campaign: str, *, by: str, after: int = 0, leads: int = ALL, expected: int | None = None
) -> Change[Portion]:
    """Begin a new cycle of every case but those that forbid calling; of the next so many leads `after` one. A
    live case begins it when its attempt is settled. The first portion is audited, with the `expected` number
    of cases."""

    def change(tx: Transaction) -> Portion:
        if after == 0:
            count = tried(tx.sql, campaign) if expected is None else expected
            audit(tx, user=by, action="campaigns restart", subject=campaign, count=count)
        last = _last(tx.sql, campaign, after, leads)
        given = {"campaign": campaign, "now": tx.now, "rest": _rest(tx.sql, campaign)}
        given |= {"after": after, "last": ALL if last is None else last}
        segmented = tx.sql.execute(
            "SELECT 1 FROM campaign_segments WHERE campaign = ?", (campaign,)
        ).fetchone()
        rows = tx.sql.execute(
            f"SELECT id, rank, cycle, due_at, waits_for, wanted_at, wakes_at, {_SAFE}, {_LIVE}, "
            f"{f'NOT {_INSIDE}' if segmented else '0'} FROM cases "
            f"WHERE (({_TRIED}) OR (campaign = :campaign AND {_LIVE})) "
            "AND lead_id > :after AND lead_id <= :last ORDER BY lead_id",
            given,
        ).fetchall()
        live = [(row[0], tx.now) for row in rows if row[8]]
        begun = [_begun(row) for row in rows if not row[8]]
        changed = change_cases(tx, ChangeReason.RESTARTED, campaign, NEW_CYCLE, begun)
        changed += change_cases(tx, ChangeReason.RESTARTED, campaign, ("reset_at",), live)
        return Portion(changed, last)

    return change


def _begun(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The case at the beginning of its next cycle. A hold lasts, and so does a callback."""
    case, rank, cycle, due_at, waits_for, wanted_at, wakes_at, safe_at, _, outside = row
    promised = (wanted_at if due_at is None else due_at) if rank == Rank.CALLBACK else None
    values = dict(zip(NEW_CYCLE, new_cycle(cycle, at=safe_at, callback_due=promised), strict=True))
    if waits_for is not None or outside:
        values["wanted_at"], values["due_at"] = values["due_at"], None
        values["waits_for"] = waits_for or Hold.SEGMENT
        values["wakes_at"] = wakes_at
    return (case, *values.values())


# --- portions -------------------------------------------------------------------------------------


def _last(sql: sqlite3.Connection, campaign: str, after: int, leads: int) -> int | None:
    """The last of the next so many leads of the campaign; None if there are not so many."""
    row = sql.execute(
        "SELECT lead_id FROM cases WHERE campaign = ? AND lead_id > ? ORDER BY lead_id LIMIT 1 OFFSET ?",
        (campaign, after, leads - 1),
    ).fetchone()
    return None if row is None else int(row[0])


def _rest(sql: sqlite3.Connection, campaign: str) -> int:
    """The campaign's safe time after a crash."""
    row = sql.execute(
        "SELECT coalesce(policy ->> '$.unknown_interval', 0) FROM campaigns WHERE name = ?", (campaign,)
    ).fetchone()
    return int(row[0])


def in_portions(
    portion: Callable[[int], Change[Portion]], apply: Callable[[Change[Portion]], Portion]
) -> Iterator[int]:
    """Do all portions, one transaction each; yields how many cases were changed so far."""
    count, last = 0, 0
    while True:
        done = apply(portion(last))
        count += done.count
        yield count
        if done.last is None:
            return
        last = done.last
