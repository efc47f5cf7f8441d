"""The earlier calls at a number and at a person, by any campaign: what caps and rests are counted from."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from enum import IntFlag
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from engine.compliance.dial import Past
from engine.compliance.past import came_to
from engine.compliance.terms import Event, Reach
from engine.domain.time import Instant
from engine.domain.words import Ending, Outcome, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray


def person_key(lead: int, person: str | None) -> str:
    """Who a lead is over all lists; one of whom nothing is told is nobody else."""
    return f"lead {lead}" if person is None else person


def earlier_calls(
    sql: sqlite3.Connection, number: str, lead: int, person: str | None, *, called: bool, attempt: int | None
) -> Iterator[Past]:
    """The newest first, also those that are under way. `called`: the lead itself was; `attempt` is left out.
    Who has the same number is the same person, unless it is told that they are two."""
    query = _BY_BOTH if called or person is not None else _BY_NUMBER
    given = {"number": number, "person": person, "lead": lead, "attempt": attempt}
    mine = person_key(lead, person)
    callee = Callee(number, lead, person)
    for call in map(_Call._make, sql.execute(query, given)):
        yield _past(call, mine if _is_same(call, callee) else person_key(call.lead, call.person))


class Callee(NamedTuple):
    """Who may be called, and where."""

    number: str
    lead: int
    person: str | None


class Came(IntFlag):
    """What came of a call, or may have where nobody knows."""

    TALKED = 1
    ANSWERED = 2
    REFUSED = 4


class Tallies(NamedTuple):
    """As much of many histories as most questions need, a row for each: at most so many calls, and what came
    of any of them. A call that is found by the number and by the lead counts twice."""

    calls: "NDArray[np.int64]"
    events: "NDArray[np.int64]"


def tallies(
    sql: sqlite3.Connection,
    numbers: "NDArray[np.uint64]",
    leads: "NDArray[np.int64]",
    called: "NDArray[np.bool_]",
) -> Tallies:
    """Of many callees; `called`: which of the leads themselves were."""
    found = np.zeros((2, len(numbers)), np.int64)
    # In the order of the index: what is looked at together lies together.
    order = np.argsort(numbers)
    wanted = json.dumps([f"+{number}" for number in numbers[order].tolist()])
    for of, query, given, rows in (
        (0, _TALLIES_OF_NUMBERS, wanted, order),
        (1, _TALLIES_OF_LEADS, json.dumps(leads[called].tolist()), np.flatnonzero(called)),
    ):
        keys, tally = sql.execute(query, (given,)).fetchone()
        if keys is not None:
            found[of, rows[np.fromstring(keys, np.int64, sep=",")]] = np.fromstring(tally, np.int64, sep=",")
    return Tallies((found >> _BITS).sum(axis=0), (found[0] | found[1]) & (1 << _BITS) - 1)


def histories(sql: sqlite3.Connection, callees: Sequence[Callee]) -> list[tuple[Past, ...]]:
    """What `earlier_calls` tells of each, in their order; many at once take a fraction of the time."""
    found: list[dict[int, _Call]] = [{} for _ in callees]
    numbers = json.dumps([callee.number for callee in callees])
    for key, *values in sql.execute(_OF_NUMBERS, {"wanted": numbers, "attempt": None}):
        call = _Call._make(values)
        found[key][call.leg] = call
    elsewhere: dict[int, list[int]] = {}  # the legs at other numbers, and whose they are
    for query, wanted in (
        (_LEGS_OF_LEADS, [callee.lead for callee in callees]),
        (_LEGS_OF_PERSONS, [callee.person for callee in callees]),
    ):
        if any(each is not None for each in wanted):
            for key, leg in sql.execute(query, {"wanted": json.dumps(wanted)}):
                if leg not in found[key]:
                    elsewhere.setdefault(leg, []).append(key)
    if elsewhere:
        for values in sql.execute(_OF_LEGS, {"wanted": json.dumps([*elsewhere]), "attempt": None}):
            call = _Call._make(values)
            for key in elsewhere[call.leg]:
                found[key][call.leg] = call
    return [tuple(_told(calls.values(), callee)) for calls, callee in zip(found, callees, strict=True)]


def _told(calls: Iterable["_Call"], callee: Callee) -> Iterator[Past]:
    mine = person_key(callee.lead, callee.person)
    for call in sorted(calls, key=lambda call: (-call.at, -call.leg)):
        yield _past(call, mine if _is_same(call, callee) else person_key(call.lead, call.person))


class _Call(NamedTuple):
    """A customer's leg that was dialed, with its attempt."""

    at: Instant
    number: str
    lead: int
    person: str | None
    campaign: str
    seller: str | None
    subject: str | None
    debt: str | None
    outcome: str | None
    ending: str | None
    answered_by_person: int | None
    connected_at: Instant | None
    ended_at: Instant | None
    refused: int
    verdict: str | None
    leg: int


_VALUES: Final = """
    g.intended_at AS at, g.number, a.lead_id, l.person, a.campaign, a.seller, a.subject, a.debt, a.outcome,
    a.ending, a.person, a.connected_at, a.ended_at, a.refused, g.verdict, g.id AS leg
"""
_DIALED: Final = "(g.dialed = 1 OR g.ended_at IS NULL OR g.outcome = 'unknown') AND a.id IS NOT :attempt"
_OF_NUMBER: Final = f"""
    SELECT {_VALUES} FROM legs g
    CROSS JOIN attempts a ON a.id = g.attempt_id CROSS JOIN leads l ON l.id = a.lead_id
    WHERE g.number = :number AND {_DIALED}
"""
_OF_PERSON: Final = f"""
    SELECT {_VALUES} FROM (SELECT :lead AS id UNION SELECT id FROM leads WHERE person = :person) AS who
    CROSS JOIN leads l ON l.id = who.id CROSS JOIN attempts a ON a.lead_id = who.id
    CROSS JOIN legs g ON g.attempt_id = a.id AND g.side = 'customer'
    WHERE {_DIALED}
"""
_OF_NUMBERS: Final = f"""
    SELECT w.key, {_VALUES} FROM json_each(:wanted) w CROSS JOIN legs g ON g.number = w.value
    CROSS JOIN attempts a ON a.id = g.attempt_id CROSS JOIN leads l ON l.id = a.lead_id
    WHERE {_DIALED}
"""
_OF_LEGS: Final = f"""
    SELECT {_VALUES} FROM json_each(:wanted) w CROSS JOIN legs g ON g.id = w.value
    CROSS JOIN attempts a ON a.id = g.attempt_id CROSS JOIN leads l ON l.id = a.lead_id
    WHERE {_DIALED}
"""
_LEGS: Final = "CROSS JOIN legs g ON g.attempt_id = a.id AND g.side = 'customer'"
_LEGS_OF_LEADS: Final = f"""
    SELECT w.key, g.id FROM json_each(:wanted) w CROSS JOIN attempts a ON a.lead_id = w.value {_LEGS}
"""
_LEGS_OF_PERSONS: Final = f"""
    SELECT w.key, g.id FROM json_each(:wanted) w CROSS JOIN leads l ON l.person = w.value
    CROSS JOIN attempts a ON a.lead_id = l.id {_LEGS}
"""
# The calls, and in the last bits what came of them. An attempt calls the customer once at most.
_BITS: Final = len(Came)
_TALLIES: Final = f"""
    SELECT group_concat(key), group_concat(tally) FROM (
        SELECT w.key, (count(*) << {_BITS})
               | max(a.connected_at IS NOT NULL OR a.outcome IS 'unknown')
               | (max(a.outcome IS 'answered' OR a.outcome IS 'unknown') << 1)
               | (max(a.refused) << 2) AS tally
        FROM json_each(?) w {{calls}} GROUP BY w.key)
"""
_TALLIES_OF_NUMBERS: Final = _TALLIES.format(
    calls="CROSS JOIN legs g ON g.number = w.value CROSS JOIN attempts a ON a.id = g.attempt_id"
)
_TALLIES_OF_LEADS: Final = _TALLIES.format(calls="CROSS JOIN attempts a ON a.lead_id = w.value")
_NEWEST_FIRST: Final = "ORDER BY at DESC, leg DESC"
_BY_NUMBER: Final = f"{_OF_NUMBER} {_NEWEST_FIRST}"
_BY_BOTH: Final = f"{_OF_NUMBER} UNION {_OF_PERSON} {_NEWEST_FIRST}"


def _is_same(call: _Call, callee: Callee) -> bool:
    return call.number == callee.number and (callee.person is None or call.person is None)


def _past(call: _Call, person: str) -> Past:
    reach, events = _came_to(
        call.outcome,
        call.ending,
        call.verdict,
        call.connected_at is not None,
        call.answered_by_person,
        call.refused,
    )
    return Past(
        at=call.at,
        number=call.number,
        person=person,
        subject=call.subject,
        debt=call.debt,
        seller=call.seller,
        campaign=call.campaign,
        reach=reach,
        events=events,
        ended_at=call.ended_at,
    )


@cache
def _came_to(
    outcome: str | None,
    ending: str | None,
    verdict: str | None,
    connected: object,
    person: int | None,
    refused: int,
) -> tuple[Reach, tuple[Event, ...]]:
    """Of the words that the store has for it: there are few."""
    return came_to(
        outcome=None if outcome is None else Outcome(outcome),
        ending=None if ending is None else Ending(ending),
        verdict=None if verdict is None else Verdict(verdict),
        connected=bool(connected),
        person=None if person is None else bool(person),
        refused=bool(refused),
    )
