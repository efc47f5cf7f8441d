"""What the gates ask of consents, revocations, relationships and reassigned numbers: read inside the
transaction that dials, by number and by person, and never kept.

A campaign is told what was told of its seller and what was told of none; one that names no seller, only the
latter. A revocation is heeded by it too, whichever seller it names: nobody knows for whom it calls.
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Final

from engine.compliance.dial import GivenConsent, Reassignment, Relationship
from engine.compliance.terms import Consent
from engine.domain.time import Instant


@dataclass(frozen=True, slots=True)
class Said:
    """Which of the tables have a row at all."""

    consents: bool
    revocations: bool
    relationships: bool
    reassignments: bool


_ANYTHING: Final = "SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in Said.__slots__)


def anything_said(sql: sqlite3.Connection) -> Said:
    """Asked once in a transaction, so that what nobody has ever said is not asked of every lead."""
    return Said(*map(bool, sql.execute(_ANYTHING).fetchone()))


_TOLD: Final = "(seller IS NULL OR seller = ?3)"
_HEEDED: Final = "(seller IS NULL OR ?3 IS NULL OR seller = ?3)"
_CONSENTS_OF: Final = f"""
    SELECT id, level, given_at, expires_at,
           (SELECT min(at) FROM (SELECT c.revoked_at AS at UNION ALL
                                 SELECT at FROM revocations
                                 WHERE number = ?1 AND at >= c.given_at AND {_HEEDED} UNION ALL
                                 SELECT at FROM revocations
                                 WHERE person = ?2 AND at >= c.given_at AND {_HEEDED})),
           purposes, other_times
    FROM consents c WHERE {{whose}} AND {_TOLD}
"""
_BY_NUMBER: Final = _CONSENTS_OF.format(whose="number = ?1")
_BY_PERSON: Final = _CONSENTS_OF.format(whose="person = ?2")
_CONSENTS: Final = f"{_BY_NUMBER} UNION ALL {_BY_PERSON} ORDER BY id"


def given_consents(
    sql: sqlite3.Connection, number: str, person: str | None, seller: str | None
) -> tuple[GivenConsent, ...]:
    """All that were ever given, in their order: whether one counts depends on the instant. Each ends with the
    first revocation since, of the number or the person, whichever was told first. `seller` is the campaign's,
    here and below."""
    return tuple(
        GivenConsent(
            level=Consent[level.upper()],
            given_at=given_at,
            expires_at=expires_at,
            revoked_at=revoked_at,
            purposes=tuple(json.loads(purposes)),
            other_times=bool(other_times),
        )
        for _, level, given_at, expires_at, revoked_at, purposes, other_times in sql.execute(
            _CONSENTS, (number, person, seller)
        )
    )


_REVOKED: Final = f"""
    SELECT max(at) FROM (SELECT max(at) AS at FROM revocations WHERE number = ?1 AND {_HEEDED}
                         UNION ALL SELECT max(at) FROM revocations WHERE person = ?2 AND {_HEEDED})
"""


def last_revocation(
    sql: sqlite3.Connection, number: str, person: str | None, seller: str | None
) -> Instant | None:
    """When the person last took back whatever was given."""
    at: Instant | None = sql.execute(_REVOKED, (number, person, seller)).fetchone()[0]
    return at


_RELATED: Final = f"""
    SELECT max(customer), max(transaction_at), max(inquiry_at) FROM (
        SELECT customer, transaction_at, inquiry_at FROM relationships WHERE number = ?1 AND {_TOLD}
        UNION ALL
        SELECT customer, transaction_at, inquiry_at FROM relationships WHERE person = ?2 AND {_TOLD})
"""
STRANGER: Final = Relationship()


def relationship_of(
    sql: sqlite3.Connection, number: str, person: str | None, seller: str | None
) -> Relationship:
    """What binds them, of what is told of the number and of the person."""
    customer, transaction_at, inquiry_at = sql.execute(_RELATED, (number, person, seller)).fetchone()
    if customer is None:
        return STRANGER
    return Relationship(customer=bool(customer), transaction_at=transaction_at, inquiry_at=inquiry_at)


def reassignment_of(sql: sqlite3.Connection, number: str) -> Reassignment:
    """The last answer about this number."""
    row = sql.execute("SELECT reassigned FROM reassignments WHERE number = ?", (number,)).fetchone()
    if row is None:
        return Reassignment.NOT_ASKED
    return Reassignment.YES if row[0] else Reassignment.NO
