"""Many leads judged at once: those of whom nothing is known but where they are and what registries say are
judged once for all of their kind.

What comes out is what the gates say of each by itself. An earlier call can only forbid another: whoever has
some is allowed no sooner than the rest of the kind.
"""

import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import takewhile
from operator import or_
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from engine.compliance.areas import telling
from engine.compliance.asked import dial_of, place_facts, registry_facts
from engine.compliance.dial import Dial, Keys, Past, RegistryState
from engine.compliance.gates import GATES, evaluate, next_allowed
from engine.compliance.lockouts import guaranteed
from engine.compliance.regime import Plan, Regime
from engine.compliance.rules import Party
from engine.compliance.terms import Event
from engine.compliance.verdict import Gate, Verdict
from engine.compliance.zones import HORIZON_DAYS
from engine.domain.policy import CampaignPolicy
from engine.domain.registries import PROTECTED_LINES
from engine.domain.time import DAY, Instant
from engine.phones import country_of
from engine.store.call_history import Callee, Came, Tallies, histories, person_key
from engine.store.gates import Listed, party_of
from engine.store.shown_numbers import ShownNumbers
from engine.store.whereabouts import AREA_CODE, TOLD_BY, where_is

if TYPE_CHECKING:
    from numpy.typing import NDArray

PORTION: Final = 1 << 16  # numbers that are looked up in registries together
CALLED_MAX: Final = 1 << 13  # leads whose earlier calls are read together

_BLIND: Final = frozenset(takewhile(lambda gate: gate is not Gate.RESERVED, Gate))
"""The gates that no earlier call concerns; the others are asked after them."""
_OF_PLACES: Final = ("zone", "state", "country", "party", "origin")
_SEEING: Final = tuple(ask for gate, ask in GATES if gate not in _BLIND)


class Refusal(NamedTuple):
    """What holds a case; all None where every gate allows it."""

    gate: str | None = None
    reason: str | None = None
    rule: str | None = None


ALLOWED: Final = Refusal()


def refusal_of(verdict: Verdict) -> Refusal:
    return ALLOWED if verdict.allowed else Refusal(str(verdict.gate), verdict.reason, verdict.rule)


class Counts:
    """How many cases each refusal holds: until when the first of them waits, or for good."""

    def __init__(self) -> None:
        self.allowed = 0
        self.waiting: dict[Refusal, tuple[int, Instant]] = {}
        self.blocked: dict[Refusal, int] = {}

    def add(self, refusal: Refusal, next_at: Instant | None, count: int = 1) -> None:
        """`next_at` None: not by itself."""
        if refusal == ALLOWED:
            self.allowed += count
        elif next_at is None:
            self.blocked[refusal] = self.blocked.get(refusal, 0) + count
        else:
            before, first = self.waiting.get(refusal, (0, next_at))
            self.waiting[refusal] = (before + count, min(first, next_at))

    def first(self, refusal: Refusal) -> Instant | None:
        """The earliest so far of those that this holds."""
        known = self.waiting.get(refusal)
        return None if known is None else known[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Leads that differ in nothing that gates ask but their calls. `room`: so many calls refuse nothing, None
    for any number; `events`: what may have come of a call that does; `surely`: whatever they were, another is
    allowed some time."""

    dial: Dial
    refusal: Refusal
    next_at: Instant | None
    room: int | None
    events: Came
    surely: bool

    @property
    def is_moved(self) -> bool:
        """Whether any calls may change what is said."""
        return self.room is not None or bool(self.events)

    def with_calls(self, keys: Keys, history: tuple[Past, ...]) -> Dial:
        dial = self.dial
        return Dial(
            prepared=dial.prepared,
            keys=keys,
            manner=dial.manner,
            standing=dial.standing,
            registries=dial.registries,
            history=history,
            protected=dial.protected,
            generated=dial.generated,
        )


@dataclass(slots=True)
class Group:
    """Leads of one place, told apart by the registries that they are on: a bit for each that is asked."""

    index: int
    known: dict[str, Any]
    names: tuple[str, ...]
    bits: int
    counts: dict[int, int] = field(default_factory=dict)
    kinds: dict[int, _Kind] = field(default_factory=dict)


class Groups:
    """Those of one campaign at one instant. `reserved`: an agent is held for each call."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        policy: CampaignPolicy,
        regime: Regime | None,
        listed: Listed,
        shown: ShownNumbers | None,
        *,
        reserved: bool,
        now: Instant,
    ) -> None:
        self._sql = sql
        self._policy = policy
        self._regime = regime
        self._listed = listed
        self._shown = shown
        self._reserved = reserved
        self._now = now
        self._by_where: dict[tuple[str | None, ...], Group] = {}
        self._by_facts: dict[str, Group] = {}
        self._groups: list[Group] = []
        self._bits: dict[str, int] = {}  # of the registries that any group asks
        self._pending: list[tuple[NDArray[np.int64], NDArray[np.uint64]]] = []
        self._called: list[tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64], Tallies]] = []
        self._known: list[tuple[Group, Callee, str | None]] = []

    def group_of(self, number: str, kind: str, attributes: Mapping[str, str]) -> Group:
        """Where a lead belongs. Only for a campaign that keeps a profile."""
        where: tuple[str | None, ...]
        if number.startswith("+1"):
            where = (number[:AREA_CODE], kind)
        else:
            where = (number[:TOLD_BY], kind, country_of(number))
        if attributes:
            where += tuple(map(attributes.get, _OF_PLACES))
            postcode = attributes.get("postcode") or attributes.get("zip")
            where += (None if postcode is None else telling(postcode),)
        group = self._by_where.get(where)
        if group is None:
            group = self._by_where[where] = self._find(number, kind, attributes)
        return group

    def everybody(self) -> Group:
        """The one group of a campaign that keeps none."""
        return self._groups[0] if self._groups else self._made({})

    def count(self, indexes: "NDArray[np.int64]", numbers: "NDArray[np.uint64]") -> None:
        """Some more leads of whom nothing else is known, by their groups."""
        if len(indexes):
            self._pending.append((indexes, numbers))

    def count_called(
        self,
        indexes: "NDArray[np.int64]",
        numbers: "NDArray[np.uint64]",
        leads: "NDArray[np.int64]",
        past: Tallies,
    ) -> None:
        """Some more that were called before, and of whom nothing else is known."""
        self._called.append((indexes, numbers, leads, past))

    def count_known(self, group: Group, callee: Callee, debt: str | None) -> None:
        """One more that may have been called before, and of whom no more is known than who it is."""
        self._known.append((group, callee, debt))

    def judge(self, group: Group, number: str) -> tuple[Refusal, Instant | None]:
        """What the gates say of one, and when it may be called; None: not by itself."""
        (mask,) = self._masks(np.array([int(number)], np.uint64)).tolist()
        kind = self._kind(group, mask & group.bits)
        return kind.refusal, kind.next_at

    def settle(self, counts: Counts) -> None:
        """Judge those that came together so far, if they are many."""
        if sum(len(indexes) for indexes, _ in self._pending) >= PORTION:
            self._look_up()
        if len(self._known) + sum(len(indexes) for indexes, *_ in self._called) >= CALLED_MAX:
            self._judge_called(counts)

    def tell(self, counts: Counts) -> None:
        """What the gates say of all that were counted."""
        self._judge_called(counts)
        self._look_up()
        for group in self._groups:
            for mask, count in sorted(group.counts.items()):
                kind = self._kind(group, mask)
                counts.add(kind.refusal, kind.next_at, count)

    # --- earlier calls ----------------------------------------------------------------------------

    def _judge_called(self, counts: Counts) -> None:
        called = [*self._moved(counts), *self._moved_known(counts)]
        found = histories(self._sql, [callee for _, callee, _ in called])
        for (kind, callee, debt), history in zip(called, found, strict=True):
            dial = kind.with_calls(self._keys(callee, debt), history)
            refusal, until = self._refusal(kind, dial)
            first = counts.first(refusal)
            if kind.surely and first is not None and kind.next_at is not None:
                soonest = max(kind.next_at, until)
                if first <= soonest:  # when exactly does not matter
                    counts.add(refusal, soonest)
                    continue
            counts.add(refusal, next_allowed(dial, self._now))

    def _moved(self, counts: Counts) -> Iterator[tuple[_Kind, Callee, str | None]]:
        """Those whose calls may change what is said of their kind; the others are counted."""
        portions, self._called = self._called, []
        for indexes, numbers, leads, past in portions:
            bits = np.array([group.bits for group in self._groups], np.int64)
            width = len(self._bits)
            places = indexes << width | self._masks(numbers) & bits[indexes]
            found, of = np.unique(places, return_inverse=True)
            kinds = [
                self._kind(self._groups[each >> width], each & (1 << width) - 1) for each in found.tolist()
            ]
            rooms = np.array([sys.maxsize if kind.room is None else kind.room for kind in kinds], np.int64)
            events = np.array([kind.events for kind in kinds], np.int64)
            moved = (past.calls > rooms[of]) | (past.events & events[of] != 0)
            for kind, count in zip(
                kinds, np.bincount(of[~moved], minlength=len(kinds)).tolist(), strict=True
            ):
                if count:
                    counts.add(kind.refusal, kind.next_at, count)
            for each, number, lead in zip(
                *(column[moved].tolist() for column in (of, numbers, leads)), strict=True
            ):
                yield kinds[each], Callee(f"+{number}", lead, None), None

    def _moved_known(self, counts: Counts) -> Iterator[tuple[_Kind, Callee, str | None]]:
        known, self._known = self._known, []
        numbers = np.array([int(callee.number) for _, callee, _ in known], np.uint64)
        for (group, callee, debt), mask in zip(known, self._masks(numbers).tolist(), strict=True):
            kind = self._kind(group, mask & group.bits)
            if kind.is_moved:
                yield kind, callee, debt
            else:
                counts.add(kind.refusal, kind.next_at)

    def _refusal(self, kind: _Kind, dial: Dial) -> tuple[Refusal, Instant]:
        """What `evaluate` says, asked of the gates that may say another thing than of the kind; and until
        when at least."""
        if kind.refusal.gate not in _BLIND:
            for ask in _SEEING:
                verdict = ask(dial.prepared.plan, dial, (), self._now)
                if verdict is not None:
                    return refusal_of(verdict), verdict.until or self._now
        return kind.refusal, self._now

    def _keys(self, callee: Callee, debt: str | None) -> Keys:
        compliance = self._policy.compliance
        assert compliance is not None
        return Keys(
            number=callee.number,
            person=person_key(callee.lead, callee.person),
            subject=compliance.subject,
            debt=debt,
            seller=compliance.seller,
            campaign=self._policy.name,
        )

    # --- groups and kinds -------------------------------------------------------------------------

    def _made(self, known: dict[str, Any]) -> Group:
        dial = dial_of(known, self._policy, self._regime, reserved=self._reserved)
        plan = dial.prepared.plan
        names = {clause.terms.registry for clause in plan.registries}
        if plan.destinations:
            names.add(PROTECTED_LINES)
        bits = sum(self._bits.setdefault(name, 1 << len(self._bits)) for name in sorted(names))
        group = Group(index=len(self._groups), known=known, names=tuple(sorted(names)), bits=bits)
        self._groups.append(group)
        return group

    def _find(self, number: str, kind: str, attributes: Mapping[str, str]) -> Group:
        compliance = self._policy.compliance
        assert self._regime is not None
        assert compliance is not None
        place = where_is(number, kind, attributes, compliance.zones)
        party = Party(party_of(attributes) or compliance.party)
        prepared = self._regime.prepare(place, party)
        known: dict[str, Any] = {**place_facts(place), "party": str(party)}
        if attributes.get("origin") == "generated" and prepared.refused is None:
            known["generated"] = True
        same = repr(known)
        if self._shown is not None:
            # With local presence it may be another number; where there is one, there is one for all.
            known["caller_id"], known["worn_out_until"] = self._shown.choose(prepared, number)
        group = self._by_facts.get(same)
        if group is None:
            group = self._by_facts[same] = self._made(known)
        return group

    def _kind(self, group: Group, mask: int) -> _Kind:
        kind = group.kinds.get(mask)
        if kind is None:
            dial = dial_of(
                group.known | self._registries(group, mask),
                self._policy,
                self._regime,
                reserved=self._reserved,
            )
            verdict = evaluate(dial, self._now)
            next_at = self._now if verdict.allowed else next_allowed(dial, self._now)
            plan = dial.prepared.plan
            moves = next_at is not None or verdict.gate not in _BLIND
            most = min((clause.terms.calls for clause in plan.caps), default=None)
            kind = group.kinds[mask] = _Kind(
                dial=dial,
                refusal=refusal_of(verdict),
                next_at=next_at,
                room=most - 1 if most is not None and moves else None,
                events=_events(plan) if moves else Came(0),
                surely=self._surely(dial),
            )
        return kind

    def _registries(self, group: Group, mask: int) -> dict[str, Any]:
        states = {
            name: RegistryState(version_at=state.version_at, listed=bool(mask & self._bits[name]))
            for name, state in self._listed.states(group.names, _ANY_NUMBER).items()
        }
        return {"registries": {name: registry_facts(state) for name, state in states.items()}}

    def _surely(self, dial: Dial) -> bool:
        """Once every rest and every window that counts calls has passed, earlier calls do not matter."""
        plan = dial.prepared.plan
        if not guaranteed(dial.manner) and any(clause.terms.then_reserved for clause in plan.lockouts):
            return False
        later = next_allowed(dial, self._now + _memory(plan))
        return later is not None and later <= self._now + HORIZON_DAYS * DAY

    # --- registries -------------------------------------------------------------------------------

    def _look_up(self) -> None:
        if not self._pending:
            return
        width = len(self._bits)
        indexes, numbers = (np.concatenate(part) for part in zip(*self._pending, strict=True))
        self._pending.clear()
        kinds = (indexes << width) | self._masks(numbers)
        for kind, count in zip(*map(np.ndarray.tolist, np.unique(kinds, return_counts=True)), strict=True):
            group = self._groups[kind >> width]
            mask = kind & group.bits
            group.counts[mask] = group.counts.get(mask, 0) + count

    def _masks(self, wanted: "NDArray[np.uint64]") -> "NDArray[np.int64]":
        """On which registries each number is."""
        masks = np.zeros(len(wanted), np.int64)
        for name, bit in self._bits.items():
            listed = self._listed.listed(name, wanted)
            if listed is not None:
                masks |= np.where(listed, bit, 0)
        return masks


_ANY_NUMBER: Final = "+10000000000"  # only the versions are asked


_CAME: Final = {
    Event.CONVERSATION: Came.TALKED,
    Event.ABANDONED: Came.ANSWERED,
    Event.MACHINE: Came.ANSWERED,
    Event.REFUSAL: Came.REFUSED,
}
"""Without what no call comes to an event; every event has a row."""


def _events(plan: Plan) -> Came:
    """What rests are taken after."""
    after = {clause.terms.after for clause in plan.cooldowns} | {
        clause.terms.after for clause in plan.lockouts
    }
    return reduce(or_, (_CAME[event] for event in after), Came(0))


def _memory(plan: Plan) -> int:
    """For how long an earlier call can matter, in microseconds."""
    lengths = [0]
    for cap in plan.caps:
        lengths.append((cap.terms.days or 0) * DAY if cap.terms.within is None else cap.terms.within)
    for cooldown in plan.cooldowns:
        lengths += [cooldown.terms.rest or 0, (cooldown.terms.days or 0) * DAY]
    lengths += [lockout.terms.rest for lockout in plan.lockouts]
    return max(lengths) + 2 * DAY  # local days begin at other times
