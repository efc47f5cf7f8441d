"""What the lines of a journal have said so far: the floor of the present engine, and the cases of all.

Changes only by applying a line, as the floor does, so that replay knows no more than the journal.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from heapq import heappop, heappush

from engine.config.policies import policy_from_json
from engine.domain.case import Case, order_key
from engine.domain.policy import PoolPolicy
from engine.domain.time import Instant
from engine.domain.words import Rank, Side
from engine.journal import events as e
from engine.journal.floor import Floor, case_of


class Ledger:
    """`cases` has every settled case that is not live, as it was left; `live` has the others, by attempt."""

    def __init__(self) -> None:
        self.floor = Floor({}, {}, {})
        self.seed = 0
        self.paced: Counter[str] = Counter()  # decisions of each pool's pacer
        self.granted: Counter[str] = Counter()  # attempts that each campaign may still start
        self.cases: dict[int, Case] = {}
        self.live: dict[int, Case] = {}
        self.due_leg: tuple[int, Side] | None = None  # the next line must intend it
        self.last_attempt = self.last_leg = 0
        self._numbers: dict[int, int] = {}  # of phones: equal for those with the same number
        self._busy_leads: Counter[int] = Counter()
        self._busy_numbers: Counter[int] = Counter()
        self._lines: dict[int, int] = {}  # customer legs that are up or ringing, with their numbers
        self._called: Counter[int] = Counter()  # those numbers
        self._queues: dict[tuple[str, Rank], list[tuple[Instant, int]]] = {}

    # --- what checks ask --------------------------------------------------------------------------

    def lead_is_busy(self, lead: int) -> bool:
        """Whether an attempt at the lead is not settled."""
        return self._busy_leads[lead] > 0

    def number_is_in_call(self, number: int) -> bool:
        """Whether a leg to the number was intended and has not ended."""
        return self._called[number] > 0

    def number_of(self, phone: int) -> int:
        return self._numbers.get(phone, phone)

    def passed_over(self, event: e.AttemptStarted, now: Instant) -> Case | None:
        """The first case that was due before this one and could have been called. New leads are not known."""
        mine = order_key(case_of(event))
        for rank in Rank:
            if rank > event.rank:
                break
            with self._by_turn(event.campaign, rank) as due:
                for case in due:
                    if case.due_at is None or case.due_at > now or order_key(case) >= mine:
                        break
                    number = self.number_of(case.phone)
                    if not self._busy_leads[case.lead] and not self._busy_numbers[number]:
                        return case
        return None

    @contextmanager
    def _by_turn(self, campaign: str, rank: Rank) -> Iterator[Iterator[Case]]:
        """The queue's cases from the front; it is as it was afterwards, but for those that have left it."""
        queue = self._queues.get((campaign, rank), [])
        seen: list[tuple[Instant, int]] = []

        def cases() -> Iterator[Case]:
            while queue:
                entry = heappop(queue)
                case = self.cases.get(entry[1])
                if case is not None and case.due_at == entry[0] and case.rank is rank:
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
        self._lines.clear()
        self._called.clear()
        self.due_leg = None

    def apply(self, at: Instant, event: e.Event) -> None:
        """Raises KeyError or AssertionError for a line that cannot be."""
        self.due_leg = None
        match event:
            case e.EngineStarted():
                self.start(event)
            case e.PacingDecided():
                self.paced[event.pool] += 1
                for campaign in self.floor.pools[event.pool].campaigns:
                    self.granted[campaign.policy.name] = event.dials.get(campaign.policy.name, 0)
            case e.AttemptStarted():
                self._started(event)
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
                self._settled(event)
            case _:
                pass
        self.floor.apply(at, event)

    def _started(self, event: e.AttemptStarted) -> None:
        self.granted[event.campaign] -= 1
        self.last_attempt = event.attempt
        self.cases.pop(event.case, None)
        self.live[event.attempt] = case_of(event)
        self._numbers[event.phone] = event.number
        self._busy_leads[event.lead] += 1
        self._busy_numbers[event.number] += 1

    def _settled(self, event: e.AttemptSettled) -> None:
        before = self.live.pop(event.attempt)
        case = replace(
            before,
            status=event.status,
            agent_attempts=event.agent_attempts,
            customer_attempts=event.customer_attempts,
            results=event.results,
            rank=Rank(event.rank),
            due_at=event.due_at,
        )
        self.cases[case.id] = case
        _less(self._busy_leads, case.lead)
        _less(self._busy_numbers, self.number_of(case.phone))
        if case.due_at is not None:
            queue = self._queues.setdefault((case.campaign, case.rank), [])
            heappush(queue, (case.due_at, case.id))


def _less(counts: Counter[int], key: int) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
