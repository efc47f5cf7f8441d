"""A segment job: one look at which leads a segment holds, and what follows for the campaigns that dial it.

All of it is one transaction: a job that did not commit observed nothing. Only what is different from the last
look is written. A live call is left alone: the attempt's settlement does what follows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.domain.time import Instant
from engine.domain.words import CaseStatus, ChangeReason, Hold, Rank
from engine.journal import events as e
from engine.segments.cycle import NEW_CYCLE, new_cycle
from engine.segments.observation import Membership, Seen, seen
from engine.store.audit import audit
from engine.store.case_changes import change_cases
from engine.store.cases import create_cases_for
from engine.store.segment_sql import LeadQuery
from engine.store.segments import (
    NOT_HELD,
    OUTSIDE,
    StoredSegment,
    find_segment,
    hold_outside,
    let_in,
    take_up_segments,
)
from engine.store.transaction import Change, Transaction

LEADS_PER_LINE: Final = 5_000  # about 40 kB of journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a job saw, in leads, and what it did, in cases: `created` for first entries, `held` because their
    lead left the last segment of the campaign, `resumed` because it is in one again, `renewed` with a new
    cycle, `noted` for a new cycle once their live attempt is settled."""

    segment: str
    at: Instant
    entered: int
    left: int
    back: int
    re_entered: int
    created: int = 0
    held: int = 0
    resumed: int = 0
    renewed: int = 0
    noted: int = 0

    @property
    def moved(self) -> int:
        """Leads that were not where the job before had seen them."""
        return self.entered + self.left + self.back + self.re_entered


_MOVED: Final = """
    SELECT l.id, m.inside, m.since FROM {source}
    LEFT JOIN memberships m ON m.segment_id = :segment AND m.lead_id = l.id
    WHERE {where} <> coalesce(m.inside, 0)
"""
_REMEMBER: Final = """
    INSERT INTO memberships (segment_id, lead_id, inside, since)
    SELECT :segment, value, :inside, :now FROM json_each(:leads) WHERE true
    ON CONFLICT (segment_id, lead_id) DO UPDATE SET inside = excluded.inside, since = excluded.since
"""
_OF_LEADS: Final = """
    FROM json_each(:leads) g CROSS JOIN cases c ON c.campaign = :campaign AND c.lead_id = g.value
"""
_TO_HOLD: Final = f"""
    SELECT c.id, coalesce(c.due_at, c.wanted_at) {_OF_LEADS}
    WHERE {NOT_HELD} AND {OUTSIDE} ORDER BY c.id
"""
_TO_RESUME: Final = f"""
    SELECT c.id, max(c.wanted_at, :now) {_OF_LEADS} WHERE c.waits_for = '{Hold.SEGMENT}' ORDER BY c.id
"""
_TO_RENEW: Final = f"""
    SELECT c.id, c.cycle, c.waits_for, c.wakes_at,
           iif(c.rank = {Rank.CALLBACK:d},
               iif(c.waits_for = '{Hold.SEGMENT}', max(c.wanted_at, :now), coalesce(c.due_at, c.wanted_at)),
               NULL),
           EXISTS (SELECT 1 FROM attempts a
                   WHERE a.lead_id = c.lead_id AND a.settled_at IS NULL AND a.case_id = c.id)
    {_OF_LEADS} WHERE c.status <> '{CaseStatus.DNC}' ORDER BY c.id
"""


def observe(name: str, *, by: str | None = None) -> Change[Observed]:
    """Look at the segment now. `by`: the person to be audited. Raises InputError for a segment that is not
    there."""

    def change(tx: Transaction) -> Observed:
        take_up_segments(tx)
        segment = find_segment(tx.sql, name)
        moved = _moved(tx, segment)
        _remember(tx, segment, moved)
        totals = {"created": 0, "held": 0, "resumed": 0, "renewed": 0, "noted": 0}
        for campaign in segment.campaigns:
            for what, count in _follow(tx, segment, campaign, moved).items():
                totals[what] += count
        observed = Observed(
            segment=name,
            at=tx.now,
            entered=len(moved[Seen.FIRST_ENTRY]),
            left=len(moved[Seen.LEFT]),
            back=len(moved[Seen.BACK]),
            re_entered=len(moved[Seen.RE_ENTRY]),
            **totals,
        )
        if by is not None:
            audit(tx, user=by, action="segments run", subject=name, count=observed.moved)
        return observed

    return change


def _moved(tx: Transaction, segment: StoredSegment) -> dict[Seen, list[int]]:
    """The leads that are not where the last job saw them, by what that means, each kind by id."""
    query = LeadQuery(segment.condition, now=tx.now)
    rows = tx.sql.execute(
        _MOVED.format(source=query.source, where=query.where), {"segment": segment.id, **query.given}
    )
    meanings: dict[tuple[int | None, Instant | None], list[int]] = {}
    moved: dict[Seen, list[int]] = {kind: [] for kind in Seen}
    for lead, inside, since in rows:  # few different pairs, many leads
        if (group := meanings.get((inside, since))) is None:
            before = None if inside is None else Membership(inside=bool(inside), since=since)
            group = moved[seen(before, inside=not inside, setting=segment.setting)]
            meanings[inside, since] = group
        group.append(lead)
    for group in moved.values():
        group.sort()
    return moved


def _remember(tx: Transaction, segment: StoredSegment, moved: dict[Seen, list[int]]) -> None:
    entered = sorted([*moved[Seen.FIRST_ENTRY], *moved[Seen.BACK], *moved[Seen.RE_ENTRY]])
    left = moved[Seen.LEFT]
    for inside, leads in ((1, entered), (0, left)):
        if leads:
            given = {"segment": segment.id, "inside": inside, "now": tx.now, "leads": json.dumps(leads)}
            tx.sql.execute(_REMEMBER, given)
    tx.sql.execute("UPDATE segments SET observed_at = ? WHERE id = ?", (tx.now, segment.id))
    for first in range(0, max(len(entered), len(left)), LEADS_PER_LINE):
        some = slice(first, first + LEADS_PER_LINE)
        tx.record(
            e.SegmentObserved(segment=segment.name, entered=tuple(entered[some]), left=tuple(left[some]))
        )


def _follow(
    tx: Transaction, segment: StoredSegment, campaign: str, moved: dict[Seen, list[int]]
) -> dict[str, int]:
    """What the campaign's cases make of it."""
    entered = sorted([*moved[Seen.FIRST_ENTRY], *moved[Seen.BACK]])
    renewed, noted = _renew(tx, segment, campaign, moved[Seen.RE_ENTRY])
    return {
        "renewed": renewed,
        "noted": noted,
        "resumed": let_in(tx, segment.name, _cases(tx, _TO_RESUME, campaign, entered)),
        "held": hold_outside(tx, segment.name, campaign, _cases(tx, _TO_HOLD, campaign, moved[Seen.LEFT])),
        "created": create_cases_for(tx.sql, campaign, [*entered, *moved[Seen.RE_ENTRY]], tx.now),
    }


def _cases(tx: Transaction, query: str, campaign: str, leads: Sequence[int]) -> list[tuple[int, Instant]]:
    if not leads:
        return []
    given = {"campaign": campaign, "leads": json.dumps(leads), "now": tx.now}
    return tx.sql.execute(query, given).fetchall()


def _renew(tx: Transaction, segment: StoredSegment, campaign: str, leads: Sequence[int]) -> tuple[int, int]:
    """A new cycle for each case of these leads: now, or when its live attempt is settled. A callback keeps
    its time, and a hold for another reason lasts."""
    if not leads:
        return 0, 0
    given = {"campaign": campaign, "leads": json.dumps(leads), "now": tx.now}
    fresh: list[tuple[object, ...]] = []
    live: list[tuple[object, ...]] = []
    for case, cycle, hold, wakes_at, callback_due, is_live in tx.sql.execute(_TO_RENEW, given).fetchall():
        if is_live:
            live.append((case, tx.now))
            continue
        values = dict(zip(NEW_CYCLE, new_cycle(cycle, at=tx.now, callback_due=callback_due), strict=True))
        if hold not in (None, Hold.SEGMENT):  # whatever else it waits for, it waits for it still
            values |= {"due_at": None, "waits_for": hold, "wanted_at": values["due_at"], "wakes_at": wakes_at}
        fresh.append((case, *values.values()))
    return (
        change_cases(tx, ChangeReason.RE_ENTERED, segment.name, NEW_CYCLE, fresh),
        change_cases(tx, ChangeReason.RE_ENTERED, segment.name, ("reset_at",), live),
    )
