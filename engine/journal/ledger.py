"""What the lines of a journal have said so far: the floor of the present engine, and the cases of all.

Changes only by applying a line, as the floor does, so that replay knows no more than the journal.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any, Final

from engine.attempts.promises import promise_in, promised
from engine.compliance.regime import Regime
from engine.config import yaml
from engine.config.policies import policy_from_json
from engine.config.regimes import Regimes
from engine.config.rulebook import operator_of, shipped_rules
from engine.domain.callbacks import Promise
from engine.domain.case import Case, order_key
from engine.domain.lists import OwnershipPolicy
from engine.domain.policy import CampaignPolicy, PoolPolicy
from engine.domain.time import Instant
from engine.domain.words import CaseStatus, Rank, Side
from engine.journal import events as e
from engine.journal.floor import Floor
from engine.journal.values import case_of, promise_of
from engine.journal.views import AttemptView
from engine.ownership.book import OwnershipBook
from engine.ownership.holding import Ownership
from engine.segments.book import SegmentBook
from engine.segments.observation import ReentrySetting


class Ledger:
    """`cases` has every settled case that is not live, as it was left; `live` has the others, by attempt."""

    def __init__(self) -> None:
        self.floor = Floor({}, {}, {})
        self.seed = 0
        self.paced: Counter[str] = Counter()  # decisions of each pool's pacer
        self.granted: Counter[str] = Counter()  # attempts that each campaign may still start
        self.owed: Counter[str] = Counter()  # agents of each pool who may still make callbacks of their own
        self.cases: dict[int, Case] = {}
        self.live: dict[int, Case] = {}
        self.inactive: set[int] = set()  # lists
        self.ownership = OwnershipBook()
        self.segments = SegmentBook()
        self.noted: set[int] = set()  # live cases that begin a new cycle when their attempt is settled
        self.due_leg: tuple[int, Side] | None = None  # the next line must intend it
        self.settled: AttemptView | None = None  # by the line before
        self.last_attempt = self.last_leg = 0
        self._operator = ""  # the text of the operator's rules in force
        self._regimes: Regimes | None = None  # made of them, once they are asked for
        self._numbers: dict[int, int] = {}  # of phones: equal for those with the same number
        self._busy_leads: Counter[int] = Counter()
        self._busy_numbers: Counter[int] = Counter()
        self._lines: dict[int, int] = {}  # customer legs that are up or ringing, with their numbers
        self._called: Counter[int] = Counter()  # those numbers
        self._queues: dict[tuple[str, Rank, int], list[tuple[int, int, Instant, int]]] = {}

    # --- what checks ask --------------------------------------------------------------------------

    def lead_is_busy(self, lead: int) -> bool:
        """Whether an attempt at the lead is not settled."""
        return self._busy_leads[lead] > 0

    def number_is_in_call(self, number: int) -> bool:
        """Whether a leg to the number was intended and has not ended."""
        return self._called[number] > 0

    def number_of(self, phone: int) -> int:
        return self._numbers.get(phone, phone)

    def regime(self, policy: CampaignPolicy, at: Instant) -> Regime | None:
        """What the campaign's calls are judged by; None where it keeps no profile. Raises ValueError for an
        operator's rules that cannot be read."""
        if policy.compliance is None:
            return None
        if self._regimes is None:
            text = self._operator
            file = yaml.parse(text.encode(), file=e.RulesInForce.KIND) if text else None
            self._regimes = Regimes(operator_of(file, shipped_rules()) if file else None)
        return self._regimes.of(policy, at)

    def passed_over(self, event: e.AttemptStarted, now: Instant) -> Case | None:
        """The first case that was due before this one and could have been called, as far as leads and numbers
        are known: from a call before."""
        mine = order_key(case_of(event))
        for rank in Rank:
            if rank > event.rank:
                break
            lane = event.lane if rank is Rank.NEW else 0
            with self._by_turn(event.campaign, rank, lane) as due:
                for case in due:
                    if order_key(case) >= mine:
                        break
                    number = self.number_of(case.phone)
                    if (
                        case.due_at is not None
                        and case.due_at <= now
                        and not self._busy_leads[case.lead]
                        and case.phone in self._numbers
                        and not self._busy_numbers[number]
                        and not self.ownership.keeps(case.lead, case.campaign, now=now)
                        and (case.promise is None or case.promise.owner(now) is None)
                    ):
                        return case
        return None

    @contextmanager
    def _by_turn(self, campaign: str, rank: Rank, lane: int) -> Iterator[Iterator[Case]]:
        """The queue's cases from the front; it is as it was afterwards, but for those that have left it."""
        queue = self._queues.get((campaign, rank, lane), [])
        seen: list[tuple[int, int, Instant, int]] = []

        def cases() -> Iterator[Case]:
            while queue:
                entry = heappop(queue)
                case = self.cases.get(entry[-1])
                if case is not None and case.due_at is not None and order_key(case) == entry:
                    seen.append(entry)
                    yield case

        yield cases()
        for entry in seen:
            heappush(queue, entry)

    # --- what lines change ------------------------------------------------------------------------

    def start(self, event: e.EngineStarted) -> None:
        """A new engine: an empty floor, the same cases. Raises ValueError, KeyError or TypeError for policies
        that are none."""
        self.floor = Floor(
            {name: policy_from_json(plain) for name, plain in event.campaigns.items()},
            {name: PoolPolicy(**plain) for name, plain in event.pools.items()},
            {name: plain["pool"] for name, plain in event.agents.items()},
        )
        self.seed = event.seed
        self.paced.clear()
        self.granted.clear()
        self.owed.clear()
        self._lines.clear()
        self._called.clear()
        self.due_leg = None

    def apply(self, at: Instant, event: e.Event, *, own: bool = True) -> None:
        """Raises KeyError or AssertionError for a line that cannot be. A line that is not the engine's own
        tells of the store, and the floor has not heard it."""
        self.due_leg = self.settled = None
        match event:
            case e.EngineStarted():
                self.start(event)
            case e.PacingDecided():
                self.paced[event.pool] += 1
                self.owed[event.pool] = event.callbacks
                for campaign in self.floor.pools[event.pool].campaigns:
                    self.granted[campaign.policy.name] = event.dials.get(campaign.policy.name, 0)
            case e.AgentReserved() if event.own_callback:
                self.owed[event.pool] -= 1
            case e.AttemptStarted():
                self._started(event, at)
            case e.LegIntended():
                self.last_leg = event.leg
                if event.side is Side.CUSTOMER and event.attempt is not None:
                    number = self.number_of(self.floor.attempts[event.attempt].case.phone)
                    self._lines[event.leg] = number
                    self._called[number] += 1
            case e.LegEnded():
                if (ended := self._lines.pop(event.leg, None)) is not None:
                    _less(self._called, ended)
            case e.AttemptSettled():
                self.settled = self.floor.attempts[event.attempt]
                self._settled(at, event)
            case e.RulesInForce():
                self._operator, self._regimes = event.operator, None
            case e.ListActivated():
                (self.inactive.discard if event.active else self.inactive.add)(event.list)
            case e.CasesChanged():
                self._changed(event)
            case e.SegmentConfigured():
                setting = ReentrySetting(on=event.reset_on_reentry, since=event.since)
                self.segments.configure(event.segment, setting)
            case e.SegmentObserved():
                self.segments.observe(event.segment, event.entered, event.left, at=at)
            case e.ListConfigured():
                rules = OwnershipPolicy(enabled=event.ownership, duration=event.duration, near=event.near)
                self.ownership.configure(event.list, rules)
            case e.OwnershipTaken():
                ownership = Ownership(
                    owner=event.campaign, since=at, until=event.until, duration=event.duration
                )
                self.ownership.take(event.list, event.lead, ownership)
            case e.OwnershipFulfilled():
                self.ownership.fulfil(event.lead)
            case e.OwnershipReleased():
                self.ownership.release(event.list, event.campaigns, now=at)
            case e.OwnershipUpdated():
                self.ownership.update(event.list, now=at)
            case _:
                pass
        if own:
            self.floor.apply(at, event)

    def _started(self, event: e.AttemptStarted, at: Instant) -> None:
        if own_callback(event, at) is None:
            self.granted[event.campaign] -= 1
        self.last_attempt = event.attempt
        self.cases.pop(event.case, None)
        self.live[event.attempt] = case_of(event)
        self._numbers[event.phone] = event.number
        self._busy_leads[event.lead] += 1
        self._busy_numbers[event.number] += 1

    def _settled(self, at: Instant, event: e.AttemptSettled) -> None:
        before = self.live.pop(event.attempt)
        case = replace(
            before,
            phone=before.phone if event.phone is None else event.phone,
            phone_tries=event.phone_tries,
            status=event.status,
            agent_attempts=event.agent_attempts,
            customer_attempts=event.customer_attempts,
            results=event.results,
            rank=Rank(event.rank),
            due_at=event.due_at,
            promise=self._promise(event, before),
        )
        self.cases[case.id] = case
        _less(self._busy_leads, case.lead)
        _less(self._busy_numbers, self.number_of(before.phone))
        self._enqueue(case)

    def _promise(self, event: e.AttemptSettled, before: Case) -> Promise | None:
        """The callback that the case has to keep after the attempt, as the rank tells."""
        if event.rank != Rank.CALLBACK or event.due_at is None:
            return None
        attempt = self.floor.attempts[event.attempt]
        if attempt.callback is None:
            return before.promise
        policy = self.floor.campaigns[attempt.campaign].policy
        return promised(attempt.callback, policy.callbacks, due_at=event.due_at)

    def _enqueue(self, case: Case) -> None:
        if case.due_at is not None:
            lane = case.lane if case.rank is Rank.NEW else 0
            queue = self._queues.setdefault((case.campaign, case.rank, lane), [])
            heappush(queue, order_key(case))

    def _changed(self, event: e.CasesChanged) -> None:
        """Cases that the journal has not told of before are none of its business."""
        if "reset_at" in event.columns:
            place = event.columns.index("reset_at") + 1
            self.noted.difference_update(row[0] for row in event.rows)
            self.noted.update(row[0] for row in event.rows if row[place] is not None)
        for identity, *values in event.rows:
            if (case := self.cases.get(identity)) is None:
                continue
            known = {
                name: _OF_CASE[name](value)
                for name, value in zip(event.columns, values, strict=True)
                if name in _OF_CASE
            }
            if "phone_id" in known:
                known["phone"] = known.pop("phone_id")
            if "callback_at" in event.columns:
                known["promise"] = promise_in(dict(zip(event.columns, values, strict=True)))
            self.cases[identity] = changed = replace(case, **known)
            self._enqueue(changed)


_OF_CASE: Final[dict[str, Callable[[Any], Any]]] = {
    "phone_id": int,
    "status": CaseStatus,
    "cycle": int,
    "agent_attempts": int,
    "customer_attempts": int,
    "agent_limit": lambda value: value,
    "customer_limit": lambda value: value,
    "results": json.loads,
    "rank": Rank,
    "lane": int,
    "turn": int,
    "phone_tries": int,
    "due_at": lambda value: value,
}
"""The columns of a case in the store that decisions read, and how they are read."""


def own_callback(event: e.AttemptStarted, at: Instant) -> str | None:
    """The agent whose own callback the attempt keeps; None if it was anyone's to make."""
    promise = promise_of(event)
    return None if promise is None else promise.owner(at)


def _less(counts: Counter[int], key: int) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
