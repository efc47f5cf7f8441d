"""What people agree to and take back, and what binds them to the caller: written down, and looked at.

Nothing is removed: a consent that ends is revoked or expires, and what is told once more changes nothing.
Whoever waits for what is told wakes in the same transaction.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, assert_never

from engine.domain.time import DAY, Instant
from engine.domain.wishes import (
    ConsentGiven,
    DoNotCall,
    EntrySource,
    ReassignmentAnswer,
    RelationshipTold,
    Revocation,
    Whom,
    Wish,
    Wishes,
    untimely,
)
from engine.errors import InputError
from engine.store.audit import audit
from engine.store.dnc import put_entries
from engine.store.gates_wake import wake_blocked
from engine.store.transaction import Change, Transaction

Agreement: TypeAlias = ConsentGiven | Revocation | RelationshipTold | ReassignmentAnswer

ACTIONS: Final[dict[type[Agreement], str]] = {
    ConsentGiven: "consents add",
    Revocation: "consents revoke",
    RelationshipTold: "consents relationship",
    ReassignmentAnswer: "consents reassigned",
}
"""The commands' words, as the audit log has them."""


KINDS: Final[dict[type[Wish], str]] = {
    DoNotCall: "the entry",
    ConsentGiven: "the consent",
    Revocation: "the revocation",
    RelationshipTold: "the relationship",
    ReassignmentAnswer: "the answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`new` of what was told; the rest was known. `revoked`: consents that were taken back by it. `woken`:
    cases that are asked about again."""

    new: int
    revoked: int = 0
    woken: int = 0


def tell(agreements: Sequence[Agreement], *, by: str) -> Change[Told]:
    """Write down what was said, all of one kind. `by` is audited, with counts: no number stands in a log.
    Raises InputError for what lies in the future, with nothing done."""

    def change(tx: Transaction) -> Told:
        check_past(agreements, tx.now)
        told = write(tx, agreements)
        for kind in {type(each): None for each in agreements}:
            ends = {"revoked": told.revoked} if kind is Revocation else {"woken": told.woken}
            audit(tx, user=by, action=ACTIONS[kind], subject="", count=told.new, **ends)
        return told

    return change


def check_past(wishes: Iterable[Wish], now: Instant) -> None:
    """Raises InputError for what nobody can have said by now."""
    for wish in wishes:
        if (problem := untimely(wish, now)) is not None:
            raise InputError([f"{KINDS[type(wish)]} {problem}"])


def write(tx: Transaction, agreements: Collection[Agreement]) -> Told:
    """As `tell`, as part of a change: nothing is checked or audited."""
    new, revoked = put(tx.sql, agreements, tx.now)
    numbers: dict[str | None, list[str]] = {}  # by the seller whose campaigns may call them now
    persons: dict[str | None, list[str]] = {}
    for each in agreements:
        match each:
            case Revocation():
                pass  # lets nobody be called
            case ReassignmentAnswer():
                numbers.setdefault(None, []).append(each.number)
            case (
                ConsentGiven(whom=Whom(number=number, person=person))
                | RelationshipTold(whom=Whom(number=number, person=person))
            ):
                if number is not None:
                    numbers.setdefault(each.seller, []).append(number)
                if person is not None:
                    persons.setdefault(each.seller, []).append(person)
            case _ as never:
                assert_never(never)
    woken = sum(
        wake_blocked(tx, seller=seller, numbers=numbers.get(seller, ()), persons=persons.get(seller, ()))
        for seller in dict.fromkeys((*numbers, *persons))
    )
    return Told(new=new, revoked=revoked, woken=woken)


def put(sql: sqlite3.Connection, agreements: Iterable[Agreement], now: Instant) -> tuple[int, int]:
    """Write them; answers how many are new, and how many consents were taken back."""
    new = revoked = 0
    for each in agreements:
        match each:
            case ConsentGiven():
                new += _give(sql, each, now)
            case Revocation():
                fresh, taken = _revoke(sql, each, now)
                new += fresh
                revoked += taken
            case RelationshipTold():
                new += _relate(sql, each)
            case ReassignmentAnswer():
                new += _answer(sql, each, now)
            case _ as never:
                assert_never(never)
    return new, revoked


def _is_of(whom: Whom) -> tuple[str, str | None]:
    """The condition for what is told of somebody, and what it is given."""
    return ("number = ?", whom.number) if whom.person is None else ("person = ?", whom.person)


_GIVE: Final = """
    INSERT INTO consents (number, person, seller, level, given_at, expires_at, revoked_at, purposes,
                          other_times, evidence)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _give(sql: sqlite3.Connection, consent: ConsentGiven, now: Instant) -> int:
    """A consent that is there, but for its revocation and its evidence, is no other one."""
    which, key = _is_of(consent.whom)
    given = now if consent.given is None else consent.given
    purposes, level, expires = json.dumps(sorted(consent.purposes)), consent.level, consent.expires
    known = sql.execute(
        f"SELECT id FROM consents WHERE {which} AND seller IS ? AND level = ? AND given_at = ? "
        "AND expires_at IS ? AND purposes = ? AND other_times = ?",
        (key, consent.seller, level, given, expires, purposes, consent.other_times),
    ).fetchone()
    if known is None:
        row = (consent.seller, level, given, expires, consent.revoked, purposes, consent.other_times)
        return sql.execute(_GIVE, (consent.whom.number, consent.whom.person, *row, consent.evidence)).rowcount
    if consent.revoked is not None:
        sql.execute(f"UPDATE consents SET {_TAKEN_BACK} WHERE id = ?", (consent.revoked, known[0]))
    return 0


_TAKEN_BACK: Final = "revoked_at = min(?, coalesce(revoked_at, 9223372036854775807))"
# Of a consent for whoever calls, one seller's revocation takes back a part.
_STANDING: Final = """
    SELECT count(*) FROM consents c
    WHERE {which} AND given_at <= :at AND (revoked_at IS NULL OR revoked_at > :at)
      AND (:seller IS NULL OR seller IS NULL OR seller = :seller)
      AND NOT EXISTS (SELECT 1 FROM revocations r
                      WHERE {which} AND r.at BETWEEN c.given_at AND :at
                        AND (r.seller IS NULL OR r.seller = c.seller OR r.seller = :seller))
"""


def _revoke(sql: sqlite3.Connection, revocation: Revocation, now: Instant) -> tuple[int, int]:
    """Whether it is new, and how many consents it takes back: they end with it as they are read, whichever
    was told first."""
    whom, seller = revocation.whom, revocation.seller
    which, key = _is_of(whom)
    since, at = _span_of(revocation, now)
    given = {"key": key, "seller": seller, "at": at}
    (taken,) = sql.execute(_STANDING.format(which=which.replace("?", ":key")), given).fetchone()
    known = sql.execute(
        f"SELECT 1 FROM revocations WHERE {which} AND at BETWEEN ? AND ? AND seller IS ?",
        (key, since, at, seller),
    ).fetchone()
    if known is not None and not taken:
        return 0, 0
    sql.execute(
        "INSERT INTO revocations (number, person, seller, at, note) VALUES (?, ?, ?, ?, ?)",
        (whom.number, whom.person, seller, at, revocation.note),
    )
    return 1, taken


def _span_of(revocation: Revocation, now: Instant) -> tuple[Instant, Instant]:
    """When it may have been said, and until when it takes back what was given. Of a date, which is a midnight
    in UTC, that is the end of the day: nobody knows which of two came first in it."""
    if revocation.at is None:
        return now, now
    whole_day = revocation.at % DAY == 0
    return revocation.at, min(revocation.at + DAY - 1, now) if whole_day else revocation.at


_RELATE: Final = """
    INSERT INTO relationships (number, person, seller, customer, transaction_at, inquiry_at)
    VALUES (:number, :person, :seller, coalesce(:customer, 0), :transaction, :inquiry)
    ON CONFLICT DO UPDATE SET customer = coalesce(:customer, customer),
        transaction_at = coalesce(:transaction, transaction_at), inquiry_at = coalesce(:inquiry, inquiry_at)
    WHERE customer IS NOT coalesce(:customer, customer)
       OR transaction_at IS NOT coalesce(:transaction, transaction_at)
       OR inquiry_at IS NOT coalesce(:inquiry, inquiry_at)
"""


def _relate(sql: sqlite3.Connection, told: RelationshipTold) -> int:
    given = {
        "number": told.whom.number,
        "person": told.whom.person,
        "seller": told.seller,
        "customer": told.customer,
        "transaction": told.transaction,
        "inquiry": told.inquiry,
    }
    return sql.execute(_RELATE, given).rowcount


_ANSWER: Final = """
    INSERT INTO reassignments (number, reassigned, asked_at) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET reassigned = excluded.reassigned, asked_at = excluded.asked_at
    WHERE excluded.asked_at > asked_at OR (excluded.asked_at = asked_at AND excluded.reassigned > reassigned)
"""


def _answer(sql: sqlite3.Connection, answer: ReassignmentAnswer, now: Instant) -> int:
    """An older answer is no news; of two at once the worse one holds."""
    asked = now if answer.asked is None else answer.asked
    return sql.execute(_ANSWER, (answer.number, answer.reassigned, asked)).rowcount


def later_answer(sql: sqlite3.Connection, number: str, than: Instant | None) -> Instant | None:
    """When the database was asked of the number, if that was later than this."""
    row = sql.execute("SELECT asked_at FROM reassignments WHERE number = ? AND asked_at > ?", (number, than))
    found = row.fetchone()
    return None if found is None else int(found[0])


def configure_wishes(sql: sqlite3.Connection, wishes: Wishes, now: Instant) -> None:
    """What a configuration tells; what is there already stays as it is, but for relationships: of them it is
    the last word, as far as it tells of them. Raises InputError for what lies in the future."""
    told: tuple[Agreement, ...] = (*wishes.consents, *wishes.relationships, *wishes.reassigned)
    check_past((*wishes.dnc, *told), now)
    put_entries(sql, wishes.dnc, source=EntrySource.CONFIGURATION, now=now)
    put(sql, told, now)


# --- looking ----------------------------------------------------------------------------------------

# When a consent ended for whom it was given: as it was told itself, or with the first revocation since.
_ENDED: Final = """
    (SELECT min(at) FROM (
        SELECT c.revoked_at AS at UNION ALL
        SELECT r.at FROM revocations r
        WHERE r.number = c.number AND r.at >= c.given_at AND (r.seller IS NULL OR r.seller = c.seller)
        UNION ALL
        SELECT r.at FROM revocations r
        WHERE r.person = c.person AND r.at >= c.given_at AND (r.seller IS NULL OR r.seller = c.seller)))
"""
TABLES: Final[dict[type[Agreement], str]] = {
    ConsentGiven: f"SELECT number, person, seller, level, given_at, expires_at, {_ENDED}, purposes, "
    "other_times, evidence FROM consents c",
    Revocation: "SELECT number, person, seller, at, note FROM revocations",
    RelationshipTold: "SELECT number, person, seller, customer, transaction_at, inquiry_at "
    "FROM relationships",
    ReassignmentAnswer: "SELECT number, reassigned, asked_at FROM reassignments",
}


def agreements(
    sql: sqlite3.Connection, kind: type[Agreement], whom: Whom | None = None, seller: str | None = None
) -> Iterator[tuple[Any, ...]]:
    """What was told of one kind, in its order; of one number or person only, and of one seller only, if they
    are named. Answers about reassigned numbers are of nobody's."""
    of_numbers = kind is ReassignmentAnswer
    if of_numbers and (seller is not None or (whom is not None and whom.number is None)):
        return
    asked: list[tuple[str, str | None]] = [("seller = ?", seller)] if seller is not None else []
    if whom is not None:
        asked.append(_is_of(whom))
    which = " AND ".join(condition for condition, _ in asked) or "1"
    order = "number" if of_numbers else "id"
    yield from sql.execute(f"{TABLES[kind]} WHERE {which} ORDER BY {order}", [key for _, key in asked])
