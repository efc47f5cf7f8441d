"""Segments in the store: what they are, whether a re-entry begins a new cycle, and which campaigns dial them.

A campaign's cases follow its segments in the transaction that takes the segments up: at the next start of an
engine or the next job, whichever comes first.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.case import HELD
from engine.domain.segments import Condition, SegmentPolicy
from engine.domain.time import Instant
from engine.domain.words import CaseStatus, ChangeReason, Hold
from engine.errors import InputError
from engine.journal import events as e
from engine.names import did_you_mean, listed
from engine.segments.observation import ReentrySetting, switched
from engine.segments.plain import from_plain, to_plain
from engine.store.audit import audit
from engine.store.case_changes import change_cases
from engine.store.cases import create_cases_for
from engine.store.known_callbacks import tell_known
from engine.store.transaction import Change, Transaction

OUTSIDE: Final = """
    NOT EXISTS (
        SELECT 1 FROM campaign_segments cs
        JOIN memberships m ON m.segment_id = cs.segment_id AND m.lead_id = c.lead_id
        WHERE cs.campaign = c.campaign AND m.inside = 1
    )
"""
"""Of a case `c`: the job of no segment of its campaign saw the lead inside when it last looked."""

NOT_HELD: Final = f"(c.due_at IS NOT NULL OR c.waits_for <> '{Hold.SEGMENT}')"
"""Of a case `c`: it is open and not live, and does not wait for a segment. A hold for another reason gives
way: when the lead is back, every gate is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSegment:
    """`observed_at`: its last job; `inside`, those that it saw inside."""

    id: int
    name: str
    condition: Condition
    setting: ReentrySetting
    observed_at: Instant | None
    campaigns: tuple[str, ...] = ()


_SEGMENTS: Final = """
    SELECT id, name, condition, reset_on_reentry, reset_since, observed_at FROM segments
    WHERE :name IS NULL OR name = :name ORDER BY name
"""
_CAMPAIGNS: Final = """
    SELECT campaign FROM campaign_segments WHERE segment_id = ? AND pending IS NOT 'removed' ORDER BY campaign
"""


def segments(sql: sqlite3.Connection, name: str | None = None) -> list[StoredSegment]:
    """All segments by name, or the one."""
    return [
        StoredSegment(
            id=identity,
            name=own,
            condition=from_plain(json.loads(condition)),
            setting=ReentrySetting(on=bool(on), since=since),
            observed_at=observed_at,
            campaigns=tuple(campaign for (campaign,) in sql.execute(_CAMPAIGNS, (identity,)).fetchall()),
        )
        for identity, own, condition, on, since, observed_at in sql.execute(
            _SEGMENTS, {"name": name}
        ).fetchall()
    ]


def find_segment(sql: sqlite3.Connection, name: str) -> StoredSegment:
    """Raises InputError for a segment that is not there."""
    found = segments(sql, name)
    if not found:
        known = [own for (own,) in sql.execute("SELECT name FROM segments ORDER BY name")]
        shown = f"; the segments are {listed(known, 'and')}" if known else "; the store has no segment"
        raise InputError([f"there is no segment {name!r}{did_you_mean(name, known) or shown}"])
    return found[0]


# --- defining -------------------------------------------------------------------------------------

_INSERT: Final = """
    INSERT INTO segments (name, condition) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET condition = excluded.condition
"""
_SETTING: Final = "UPDATE segments SET reset_on_reentry = ?, reset_since = ? WHERE id = ?"


def put_segment(sql: sqlite3.Connection, segment: SegmentPolicy, now: Instant) -> StoredSegment:
    """Make the segment as it is said; who is in it is known after its next job."""
    sql.execute(_INSERT, (segment.name, json.dumps(to_plain(segment.condition), ensure_ascii=False)))
    if segment.reset_on_reentry is not None:
        _switch(sql, find_segment(sql, segment.name), on=segment.reset_on_reentry, now=now)
    return find_segment(sql, segment.name)


def _switch(sql: sqlite3.Connection, segment: StoredSegment, *, on: bool, now: Instant) -> bool:
    """Whether that changed anything."""
    after = switched(segment.setting, on=on, now=now, observed_at=segment.observed_at)
    if after == segment.setting:
        return False
    sql.execute(_SETTING, (after.on, after.since, segment.id))
    return True


def define(segment: SegmentPolicy, *, by: str | None = None) -> Change[StoredSegment]:
    """A new segment, or another condition for one that is there. `by`: the person to be audited."""

    def change(tx: Transaction) -> StoredSegment:
        stored = put_segment(tx.sql, segment, tx.now)
        tx.record(_configured(stored))
        if by is not None:
            setting = stored.setting.on
            audit(tx, user=by, action="segments add", subject=segment.name, reset_on_reentry=setting)
        return stored

    return change


def set_reentry(name: str, *, on: bool, by: str | None = None) -> Change[bool]:
    """Whether a re-entry begins a new cycle, from now on. Saved again as it is, it changes nothing, and the
    answer is False. `by`: the person to be audited. Raises InputError for a segment that is not there."""

    def change(tx: Transaction) -> bool:
        changed = _switch(tx.sql, find_segment(tx.sql, name), on=on, now=tx.now)
        if changed:
            tx.record(_configured(find_segment(tx.sql, name)))
        if by is not None:
            audit(tx, user=by, action="segments set", subject=name, reset_on_reentry=on, changed=changed)
        return changed

    return change


def _configured(segment: StoredSegment) -> e.SegmentConfigured:
    return e.SegmentConfigured(
        segment=segment.name, reset_on_reentry=segment.setting.on, since=segment.setting.since
    )


_ADD: Final = """
    INSERT INTO campaign_segments (campaign, segment_id, pending)
    SELECT ?, id, 'added' FROM segments WHERE name = ?
    ON CONFLICT (campaign, segment_id) DO UPDATE SET pending = nullif(pending, 'removed')
"""
_REMOVE: Final = """
    UPDATE campaign_segments SET pending = 'removed'
    WHERE campaign = ? AND segment_id NOT IN (
        SELECT id FROM segments WHERE name IN (SELECT value FROM json_each(?))
    )
"""


def configure_segments(
    sql: sqlite3.Connection,
    segments: Iterable[SegmentPolicy],
    dialed: Mapping[str, Sequence[str]],
    now: Instant,
) -> None:
    """The segments of a configuration as it says, and which of them each campaign dials."""
    for segment in sorted(segments, key=lambda each: each.name):
        put_segment(sql, segment, now)
    for campaign, names in sorted(dialed.items()):
        sql.executemany(_ADD, [(campaign, name) for name in names])
        sql.execute(_REMOVE, (campaign, json.dumps(list(names))))


# --- taking up ------------------------------------------------------------------------------------

_PENDING: Final = """
    SELECT DISTINCT campaign FROM campaign_segments WHERE pending IS NOT NULL ORDER BY campaign
"""
_MEMBERS: Final = """
    SELECT DISTINCT m.lead_id FROM campaign_segments cs JOIN memberships m ON m.segment_id = cs.segment_id
    WHERE cs.campaign = ? AND m.inside = 1 ORDER BY m.lead_id
"""
_TO_HOLD: Final = f"""
    SELECT c.id, coalesce(c.due_at, c.wanted_at) FROM cases c
    WHERE c.campaign = ? AND {NOT_HELD} AND {OUTSIDE} ORDER BY c.id
"""
_TO_RELEASE: Final = f"""
    SELECT c.id, max(c.wanted_at, ?) FROM cases c
    WHERE c.campaign = ? AND c.waits_for = '{Hold.SEGMENT}' AND (? OR NOT {OUTSIDE}) ORDER BY c.id
"""


def tell_segments(tx: Transaction) -> None:
    """At the start of an engine: how every segment is set, and what has changed since the last one."""
    for segment in segments(tx.sql):
        tx.record(_configured(segment))
    take_up_segments(tx)


def take_up_segments(tx: Transaction) -> None:
    """Cases follow the segments that their campaigns got or lost since they last did."""
    for (campaign,) in tx.sql.execute(_PENDING).fetchall():
        tx.sql.execute(
            "DELETE FROM campaign_segments WHERE campaign = ? AND pending = 'removed'", (campaign,)
        )
        tx.sql.execute("UPDATE campaign_segments SET pending = NULL WHERE campaign = ?", (campaign,))
        left = tx.sql.execute(
            "SELECT 1 FROM campaign_segments WHERE campaign = ? LIMIT 1", (campaign,)
        ).fetchone()
        if left is not None:
            members = [lead for (lead,) in tx.sql.execute(_MEMBERS, (campaign,))]
            create_cases_for(tx.sql, campaign, members, tx.now)
            to_hold = tx.sql.execute(_TO_HOLD, (campaign,)).fetchall()
            hold_outside(tx, campaign, campaign, to_hold)
        to_release = tx.sql.execute(_TO_RELEASE, (tx.now, campaign, left is None)).fetchall()
        let_in(tx, campaign, to_release)


def hold_outside(tx: Transaction, about: str, campaign: str, rows: Sequence[tuple[int, Instant]]) -> int:
    """Each row has a case of the campaign, and when it was due. It waits until its lead is seen inside."""
    if not rows:
        return 0
    agents = tx.sql.execute(_AGENTS, (campaign,)).fetchall()
    held = ((case, None, Hold.SEGMENT, due, None) for case, due in rows)
    count = change_cases(tx, ChangeReason.LEFT, about, HELD, held)
    tell_known(tx, [(campaign, agent) for (agent,) in agents])  # some may have none any more
    return count


_AGENTS: Final = f"""
    SELECT DISTINCT callback_agent FROM cases INDEXED BY cases_own
    WHERE waits_for = '{Hold.AGENT}' AND callback_agent IS NOT NULL AND campaign = ? ORDER BY callback_agent
"""


def let_in(tx: Transaction, about: str, rows: Iterable[tuple[int, Instant]]) -> int:
    """Each row has a case, and when it is due now."""
    return change_cases(
        tx, ChangeReason.ENTERED, about, HELD, ((case, due, None, None, None) for case, due in rows)
    )


# --- counting -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCounts:
    """`inside` and `outside` as the last job saw the leads that were once inside; the cases are those of the
    campaigns that dial the segment: `held` wait because their lead is outside, `closed` are not dialed."""

    inside: int
    outside: int
    cases: int
    held: int
    closed: int


def count_segment(sql: sqlite3.Connection, segment: StoredSegment) -> SegmentCounts:
    inside, outside = sql.execute(
        "SELECT count(*) FILTER (WHERE inside), count(*) FILTER (WHERE NOT inside) FROM memberships"
        " WHERE segment_id = ?",
        (segment.id,),
    ).fetchone()
    cases, held, closed = sql.execute(_COUNT_CASES, {"segment": segment.id, **_CLOSED}).fetchone()
    return SegmentCounts(inside=inside, outside=outside, cases=cases, held=held, closed=closed)


_CLOSED: Final[dict[str, Any]] = {
    "completed": CaseStatus.COMPLETED,
    "agent": CaseStatus.AGENT_FAILED,
    "customer": CaseStatus.CUSTOMER_FAILED,
    "dnc": CaseStatus.DNC,
}
_COUNT_CASES: Final = f"""
    SELECT count(*), count(*) FILTER (WHERE c.waits_for = '{Hold.SEGMENT}'),
           count(*) FILTER (WHERE c.status IN (:completed, :agent, :customer, :dnc))
    FROM campaign_segments cs JOIN memberships m ON m.segment_id = cs.segment_id
    JOIN cases c ON c.campaign = cs.campaign AND c.lead_id = m.lead_id
    WHERE cs.segment_id = :segment
"""
