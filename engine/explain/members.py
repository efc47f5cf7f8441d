"""In which segments a lead was last seen."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from engine.domain.time import Instant

_MEMBERSHIPS: Final = """
    SELECT s.name, m.inside, m.since FROM segments s
    JOIN memberships m ON m.segment_id = s.id AND m.lead_id = ?
    WHERE m.since <= ? ORDER BY s.name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipFact:
    """`since`: the job that first saw it so."""

    segment: str
    inside: bool
    since: Instant


def memberships_of(sql: sqlite3.Connection, lead: int, *, at: Instant) -> tuple[MembershipFact, ...]:
    """The segments that the lead was once seen in. One that has seen it move since `at` is left out: the
    store keeps the latest only."""
    return tuple(
        MembershipFact(segment=segment, inside=bool(inside), since=since)
        for segment, inside, since in sql.execute(_MEMBERSHIPS, (lead, at))
    )
