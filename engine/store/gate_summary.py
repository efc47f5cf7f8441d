"""How many leads of a campaign can be dialed, and what holds the others: every case counted once.

A case that a gate holds is told by what held it when it was judged, since whatever changes that wakes it. A
case that is due is judged now, as its claim would judge it.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant
from engine.domain.words import Hold, Rank
from engine.ownership.holding import holds_off
from engine.store.call_history import Callee, Tallies
from engine.store.connection import big_cache
from engine.store.consents import anything_said
from engine.store.dnc import has_entries
from engine.store.due_cases import PERSON_IN_CALL, phones_in_use
from engine.store.gate_groups import ALLOWED, Counts, Group, Groups, Refusal, refusal_of
from engine.store.gate_portions import (
    CALLED,
    IS_DUE,
    IS_OPEN,
    JOINED,
    RARE,
    READY,
    Key,
    Portion,
    portions,
)
from engine.store.gates import Asking, Gates
from engine.store.shown_numbers import ShownNumbers
from engine.store.transaction import Transaction

CACHE_KIB: Final = 64 * 1024

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many of how many due cases have been judged."""


class Standing(StrEnum):
    """How a case stands, in the order in which it is told."""

    DIALABLE = "dialable"  # now
    WAITING = "waiting"  # a gate says wait
    BLOCKED = "blocked"  # a gate says no, until something changes
    NOT_DUE = "not-due"  # its next try or its callback is later
    HELD = "held"  # by its list, its owner, its segment, its agent, or another call
    IN_CALL = "in-call"
    CLOSED = "closed"


class Held(NamedTuple):
    """Cases that stand alike. `gate` and `rule` are those of a gate; `reason` is a hold, a status or a rank
    elsewhere. `next_at`: when the first of them may move on by itself."""

    standing: Standing
    gate: str | None
    reason: str | None
    rule: str | None
    cases: int
    next_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Every case of a campaign at `at`, those that stand alike together, the most in front. `version` is
    that of the rules, None where no statute is asked."""

    campaign: str
    at: Instant
    version: str | None
    held: tuple[Held, ...]

    @property
    def total(self) -> int:
        return sum(each.cases for each in self.held)

    def count(self, *standings: Standing) -> int:
        return sum(each.cases for each in self.held if each.standing in standings)


OTHER_CALL: Final = "other-call"
"""The reason of a case whose lead or number is in a call of another case."""

_RANKS: Final = {Rank.CALLBACK: "callback", Rank.RETRY: "retry", Rank.NEW: "new"}


def summarize(
    sql: sqlite3.Connection,
    policy: CampaignPolicy,
    gates: Gates,
    now: Instant,
    progress: Progress = lambda done, total: None,
) -> Summary:
    """Count the cases of a campaign as they stand at `now`, which the store has not seen yet or sees now."""
    with _one_state(sql), big_cache(sql, CACHE_KIB):
        counting = _Counting(sql, policy, gates, now)
        total = counting.resting()
        if total:
            counting.due(total, progress)
        return Summary(
            campaign=policy.name, at=now, version=counting.asking.version, held=tuple(counting.told())
        )


@contextmanager
def _one_state(sql: sqlite3.Connection) -> Iterator[None]:
    """Whatever others write meanwhile is not seen."""
    sql.execute("BEGIN")
    try:
        yield
    finally:
        sql.execute("ROLLBACK")


_HOW_MANY: Final = f"SELECT count(*) FROM cases c WHERE c.campaign = :campaign AND {IS_DUE}"
_RESTING: Final = f"""
    SELECT CASE WHEN NOT {IS_OPEN} THEN 'closed' WHEN {READY} > :now THEN 'not-due'
                WHEN c.waits_for IS NOT NULL THEN 'held' ELSE 'in-call' END,
           CASE WHEN NOT {IS_OPEN} THEN c.status WHEN {READY} > :now THEN c.rank
                WHEN {READY} IS NULL THEN c.waits_for END,
           CASE WHEN {IS_OPEN} AND {READY} IS NULL AND c.waits_for = '{Hold.GATE}' THEN c.held_by END,
           c.wakes_at IS NULL, count(*), min(coalesce({READY}, c.wakes_at))
    FROM cases c WHERE c.campaign = :campaign AND {IS_DUE} IS NOT TRUE GROUP BY 1, 2, 3, 4
"""
# From when on a callback is nobody's own any more, if it is somebody's now.
_OWN: Final = """
    CASE WHEN c.callback_agent IS NOT NULL
         AND :now < min(c.callback_until, coalesce(c.callback_anyone_at, c.callback_until))
    THEN min(c.callback_until, coalesce(c.callback_anyone_at, c.callback_until)) END
"""
_CLOSER: Final = f"""
    SELECT c.id, c.lead_id, p.number, p.kind, l.attributes, {CALLED}, {RARE}
    FROM json_each(:cases) w CROSS JOIN cases c ON c.id = w.value {JOINED}
"""
_ONE: Final = f"""
    SELECT c.lead_id IN (SELECT lead_id FROM attempts WHERE settled_at IS NULL)
           OR EXISTS (SELECT 1 FROM legs WHERE number = p.number AND ended_at IS NULL),
           l.list_id IN (SELECT id FROM lists WHERE active = 0), l.owner, l.owned_until, {_OWN},
           p.out_of_use_at IS NOT NULL, c.phone_id, {{said}}
    FROM cases c {JOINED} WHERE c.id = :case
"""
_NUMBER: Final = """
    SELECT p.number, p.kind, l.calls OR EXISTS (SELECT 1 FROM legs WHERE number = p.number) OR {said}
    FROM phones p CROSS JOIN leads l ON l.id = p.lead_id WHERE p.id = ?
"""
_PHONE: Final = "SELECT phone_id FROM cases WHERE id = ?"
_PERSON_BUSY: Final = PERSON_IN_CALL.format(person="?")
_PERSON_CALLED: Final = """
    SELECT 1 FROM leads l CROSS JOIN attempts a ON a.lead_id = l.id WHERE l.person = ? LIMIT 1
"""


class _Counting:
    """One pass over the cases of a campaign."""

    def __init__(self, sql: sqlite3.Connection, policy: CampaignPolicy, gates: Gates, now: Instant) -> None:
        compliance = policy.compliance
        pool = None if compliance is None else compliance.caller_ids
        self.asking: Final[Asking] = gates.asking(sql, policy, now)
        self._sql = sql
        self._policy = policy
        self._now = now
        self._reserved = policy.mode.agent_first
        self._groups = Groups(
            sql,
            policy,
            None if compliance is None else gates.rulers.regimes(sql).of(policy, now),
            gates.registries.current(sql),
            None if pool is None else ShownNumbers(sql, pool, now),
            reserved=self._reserved,
            now=now,
        )
        self._counts = Counts()
        self._indexes: dict[Key, int] = {}  # of groups
        self._held: dict[tuple[Standing, str], tuple[int, Instant | None]] = {}
        said = anything_said(sql)
        self._of_persons: Final = [
            table
            for table, rows in (
                ("dnc", has_entries(sql)),
                ("consents", said.consents),
                ("revocations", said.revocations),
                ("relationships", said.relationships),
            )
            if rows and (compliance is not None or table == "dnc")
        ]
        """The tables in which anything is said of anybody."""
        of_numbers = [*self._of_persons, *(["reassignments"] if compliance and said.reassignments else [])]
        exists = [f"EXISTS (SELECT 1 FROM {table} WHERE number = p.number)" for table in of_numbers]
        self._said = f"({' OR '.join(['0', *exists])})"

    def resting(self) -> int:
        """Count the cases that need not be judged; the answer is how many must be."""
        given = {"campaign": self._policy.name, "now": self._now}
        for standing, reason, held_by, for_good, cases, next_at in self._sql.execute(_RESTING, given):
            if held_by is not None:
                gate, said, rule = held_by.split(" ")
                refusal = Refusal(gate, said, None if rule == "-" else rule)
                self._counts.add(refusal, None if for_good else next_at, cases)
            else:
                word = _RANKS[Rank(reason)] if standing == Standing.NOT_DUE else reason or _THIS_CALL
                self._hold(Standing(standing), word, next_at, cases)
        (due,) = self._sql.execute(_HOW_MANY, given).fetchone()
        return int(due)

    def due(self, total: int, progress: Progress) -> None:
        """Judge the cases that are due. Of most nothing is to be asked but where they are."""
        sql, done = self._sql, 0
        given: dict[str, object] = {
            "campaign": self._policy.name,
            "now": self._now,
            "several": self._policy.phones.several,
        }
        closer = _CLOSER.format(said=self._said)
        for portion in portions(sql, given, self._said):
            numbers = portion.numbers
            places, alike = portion.alike()
            groups = np.array([self._group_at(portion, key, row) for key, row in places], np.int64)[alike]
            called = (portion.past.calls > 0) & ~portion.close
            plain = ~(called | portion.close)
            self._groups.count(groups[plain], numbers[plain])
            past = Tallies(*(column[called] for column in portion.past))
            self._groups.count_called(groups[called], numbers[called], portion.leads[called], past)
            wanted = json.dumps(portion.cases[portion.close].tolist())
            for each in sql.execute(closer, {**given, "cases": wanted}):
                self._judge(*each)
            done += len(numbers)
            progress(done, total)
            self._groups.settle(self._counts)
        self._groups.tell(self._counts)

    def _group_at(self, portion: Portion, key: Key, row: int) -> int:
        index = self._indexes.get(key)
        if index is None:
            number, kind, attributes = portion.place(row)
            index = self._indexes[key] = self._group_of(number, kind, attributes).index
        return index

    def told(self) -> Iterator[Held]:
        """What was counted."""
        counts = self._counts
        if counts.allowed:
            yield Held(Standing.DIALABLE, None, None, None, counts.allowed)
        found = [
            *(Held(Standing.WAITING, *each, cases, at) for each, (cases, at) in counts.waiting.items()),
            *(Held(Standing.BLOCKED, *each, cases) for each, cases in counts.blocked.items()),
            *(
                Held(standing, None, reason, None, cases, next_at)
                for (standing, reason), (cases, next_at) in self._held.items()
            ),
        ]
        order = list(Standing)
        yield from sorted(
            found,
            key=lambda each: (order.index(each.standing), -each.cases, [str(word) for word in each[1:4]]),
        )

    def _hold(self, standing: Standing, reason: str, next_at: Instant | None, cases: int = 1) -> None:
        before, first = self._held.get((standing, reason), (0, None))
        if first is not None and (next_at is None or first < next_at):
            next_at = first
        self._held[standing, reason] = (before + cases, next_at)

    def _judge(self, case: int, lead: int, number: str, kind: str, text: str, called: int, rare: int) -> None:
        """One of whom something is known that is not known of most."""
        if rare and self._is_held_or_told_apart(case, lead, text):
            return
        attributes = json.loads(text)
        person = attributes.get("person")
        if person is not None:
            if self._sql.execute(_PERSON_BUSY, (person,)).fetchone() is not None:
                self._hold(Standing.HELD, OTHER_CALL, None)
                return
            if self._is_said_of(person):
                (phone,) = self._sql.execute(_PHONE, (case,)).fetchone()
                self._ask(lead, phone)
                return
            called = called or self._sql.execute(_PERSON_CALLED, (person,)).fetchone() is not None
        group = self._group_of(number, kind, attributes)
        if called:
            callee = Callee(number, lead, person)
            self._groups.count_known(group, callee, attributes.get("debt"))
        else:
            self._groups.count(np.array([group.index]), np.array([int(number[1:])], np.uint64))

    def _group_of(self, number: str, kind: str, attributes: Mapping[str, str]) -> Group:
        if self._policy.compliance is None:
            return self._groups.everybody()
        return self._groups.group_of(number, kind, attributes)

    def _is_held_or_told_apart(self, case: int, lead: int, text: str) -> bool:
        """Whether something is known of a case that is known of few: then it is counted."""
        given = {"case": case, "now": self._now}
        tx = Transaction(self._sql, self._now)
        busy, inactive, owner, owned_until, own_until, out_of_use, phone, said = self._sql.execute(
            _ONE.format(said=self._said), given
        ).fetchone()
        if busy:
            self._hold(Standing.HELD, OTHER_CALL, None)
        elif inactive:
            self._hold(Standing.HELD, Hold.LIST, None)
        elif holds_off(owner, owned_until, self._policy.name, now=self._now):
            self._hold(Standing.HELD, Hold.OWNERSHIP, owned_until)
        elif own_until is not None:
            self._hold(Standing.HELD, Hold.AGENT, own_until)
        elif len(others := phones_in_use(tx, self._policy, lead)) + out_of_use > 1:
            first = others[0] if out_of_use else phone
            self._judge_several(lead, text, [first, *(each for each in others if each != first)])
        elif said:
            self._ask(lead, phone)
        else:
            return False
        return True

    def _ask(self, lead: int, phone: int) -> None:
        """Judge one by itself."""
        asked = self.asking.ask(lead, phone, reserved=self._reserved)
        next_at = self._now if asked.allowed else asked.next_allowed(self._now)
        self._counts.add(refusal_of(asked.verdict), next_at)

    def _judge_several(self, lead: int, text: str, phones: Sequence[int]) -> None:
        """One with several numbers, the next one in front: another is called where that one may not be."""
        attributes = json.loads(text)
        person = attributes.get("person")
        found: list[tuple[Refusal, Instant | None]] = []
        for phone in phones:
            number, kind, known = self._sql.execute(_NUMBER.format(said=self._said), (phone,)).fetchone()
            if known or person is not None:
                asked = self.asking.ask(lead, phone, reserved=self._reserved)
                next_at = self._now if asked.allowed else asked.next_allowed(self._now)
                found.append((refusal_of(asked.verdict), next_at))
            else:
                found.append(self._groups.judge(self._group_of(number, kind, attributes), number))
            if found[-1][0] == ALLOWED:
                self._counts.add(ALLOWED, self._now)
                return
        moments = [next_at for _, next_at in found if next_at is not None]
        self._counts.add(found[0][0], min(moments, default=None))

    def _is_said_of(self, person: str) -> bool:
        return any(
            self._sql.execute(f"SELECT 1 FROM {table} WHERE person = ? LIMIT 1", (person,)).fetchone()
            for table in self._of_persons
        )


_THIS_CALL: Final = "call"
