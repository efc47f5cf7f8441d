"""What is dialed next, worked out again from the campaign's settings and the journal alone."""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import Any, Final, TypeAlias

import orjson

from engine.chance import uniform
from engine.domain.policy import CampaignPolicy
from engine.domain.selection import LeadOrder, ListShare, NewLeads
from engine.domain.time import Instant, iso
from engine.domain.words import Rank
from engine.journal import events as e
from simulator.checkers.checker import Checker, Scene, StoredLine

Key: TypeAlias = tuple[Any, ...]
Queue: TypeAlias = tuple[str, int, int]  # campaign, rank, and the list of a new lead

_CASES: Final = """
    SELECT c.id, c.campaign, c.lead_id, l.list_id,
           coalesce((SELECT phone_id FROM attempts WHERE case_id = c.id ORDER BY id LIMIT 1), c.phone_id),
           l.imported_at, l.attributes
    FROM cases c JOIN leads l ON l.id = c.lead_id ORDER BY c.id
"""


@dataclass(slots=True)
class _Waiting:
    """A case that is not live. `due` None: held or closed."""

    id: int
    campaign: str
    lead: int
    list: int
    phone: int
    turn: Key
    rank: int = int(Rank.NEW)
    due: Instant | None = None
    own: bool = False  # a callback that is one agent's
    moved_at: Instant | None = None


@dataclass(slots=True)
class _Shares:
    """What the lists of one priority have had since they last were the same ones with something to dial."""

    lists: frozenset[tuple[int, int]] = frozenset()  # with their weights
    had: Counter[int] = field(default_factory=Counter)


class DialedInOrder(Checker):
    """A case whose lead, number or person is in an attempt that is not settled may be passed over. Attributes
    that change while the run lasts are not followed: such a lead's place is not judged."""

    RULE = "what is due is dialed in the order of the campaign: callbacks, retries, then new leads"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._before: dict[int, str] | None = None  # attributes of leads
        self._first: dict[int, int] = {}  # the phones of cases that were there at the start
        self._resumed = False
        self._cases: dict[int, _Waiting] = {}
        self._late: dict[str, list[_Waiting]] = {}  # cases of a campaign that came later, by id
        self._queues: dict[Queue, list[Key]] = {}
        self._numbers: dict[int, str] = {}
        self._places: dict[str, dict[int, ListShare]] = {}
        self._inactive: set[int] = set()
        self._persons: dict[int, set[str]] = {}  # whom each lead was ever said to be
        self._live: dict[int, tuple[int, list[int | str]]] = {}  # the case, and who is busy, by attempt
        self._promised: dict[int, bool] = {}  # attempts with a callback, and whether it is one agent's
        self._busy: Counter[int | str] = Counter()
        self._shares: dict[tuple[str, int], _Shares] = {}

    def engine_started(self) -> None:
        if self._before is not None:
            return
        sql = self.scene.sql
        self._resumed = sql.execute("SELECT 1 FROM attempts LIMIT 1").fetchone() is not None
        self._before = dict(sql.execute("SELECT id, attributes FROM leads"))
        self._first = dict(sql.execute("SELECT id, phone_id FROM cases"))

    # --- the story --------------------------------------------------------------------------------

    def stored(self, line: StoredLine) -> None:
        if self._resumed:
            return
        if not self._numbers:
            self._read()
        match line["kind"]:
            case e.AttemptStarted.KIND:
                self._started(line)
            case e.AttemptDisposed.KIND:
                if line["callback_at"] is not None:
                    self._promised[line["attempt"]] = line["callback_agent"] is not None
            case e.AttemptSettled.KIND:
                self._settled(line)
            case e.CasesChanged.KIND:
                self._changed(line)
            case e.CasesCreated.KIND:
                self._come(line["campaign"], line["at"], count=line["count"])
            case e.SegmentObserved.KIND:
                for campaign in self._late:
                    if line["segment"] in self.policy(campaign).segments:
                        self._come(campaign, line["at"], leads=set(line["entered"]))
            case e.ListActivated.KIND:
                (self._inactive.discard if line["active"] else self._inactive.add)(line["list"])
            case e.ListShared.KIND:
                share = ListShare(priority=line["priority"], weight=line["weight"])
                self._places[line["campaign"]][line["list"]] = share

    def _read(self) -> None:
        sql = self.scene.sql
        self._numbers = dict(sql.execute("SELECT id, number FROM phones"))
        names = dict(sql.execute("SELECT id, name FROM lists"))
        for texts in (self._before or {}, dict(sql.execute("SELECT id, attributes FROM leads"))):
            for lead, text in texts.items():
                if (person := orjson.loads(text).get("person")) is not None:
                    self._persons.setdefault(lead, set()).add(f"person {person}")
        for name, policy in self.scene.configuration.campaigns.items():
            shares = {i: policy.shares.get(list_name, ListShare()) for i, list_name in names.items()}
            self._places[name] = shares
            self._late[name] = []
        for case, campaign, lead, of_list, phone, imported_at, attributes in sql.execute(_CASES):
            turn = _turn(self.policy(campaign), lead, imported_at, attributes)
            if (self._before or {}).get(lead, attributes) != attributes:
                turn = ()
            waiting = _Waiting(case, campaign, lead, of_list, self._first.get(case, phone), turn)
            if case in self._first:
                self._cases[case] = waiting
                self._wait(waiting, self.scene.plan.start)
            else:
                self._late[campaign].append(waiting)

    def _come(
        self, campaign: str, at: Instant, *, count: int | None = None, leads: set[int] | None = None
    ) -> None:
        late = self._late[campaign]
        come = late[:count] if leads is None else [case for case in late if case.lead in leads]
        for case in come:
            late.remove(case)
            self._cases[case.id] = case
            self._wait(case, at)

    def _wait(self, case: _Waiting, due: Instant | None) -> None:
        case.due = due
        if due is not None:
            heappush(self._queues.setdefault(_queue(case), []), self._key(case))

    def _key(self, case: _Waiting) -> Key:
        turn = case.turn if case.rank == Rank.NEW else ()
        return (turn, case.due, case.id)

    def _started(self, line: StoredLine) -> None:
        case = self._cases.get(line["case"])
        if case is None:  # a case that the journal has not told of
            case = next(each for each in self._late[line["campaign"]] if each.id == line["case"])
            self._come(line["campaign"], line["due_at"], leads={case.lead})
        self._judge(case, line)
        case.due = None
        busy = self._busy_with(case.lead, line["phone"])
        self._live[line["attempt"]] = (case.id, busy)
        self._busy.update(busy)

    def _settled(self, line: StoredLine) -> None:
        identity, busy = self._live.pop(line["attempt"])
        self._busy.subtract(busy)
        case = self._cases[identity]
        case.rank = line["rank"]
        case.phone = line["phone"] or case.phone
        case.own = self._promised.pop(line["attempt"], case.own and case.rank == Rank.CALLBACK)
        self._wait(case, line["due_at"])

    def _changed(self, line: StoredLine) -> None:
        for identity, *values in line["rows"]:
            row = dict(zip(line["columns"], values, strict=True))
            if (case := self._cases.get(identity)) is None:
                continue
            case.rank = row.get("rank", case.rank)
            case.own = bool(row.get("callback_agent", case.own))
            if "phone_id" in row:
                case.phone, case.moved_at = row["phone_id"], line["at"]
            if "due_at" in row:
                self._wait(case, row["due_at"])
            elif "rank" in row:
                self._wait(case, case.due)

    # --- the judgement ----------------------------------------------------------------------------

    def _judge(self, case: _Waiting, line: StoredLine) -> None:
        if _is_own_callback(line):  # it goes before all that its agent might do
            return
        at, campaign = line["at"], case.campaign
        case.due = None  # not a candidate against itself
        for rank in range(line["rank"]):
            for queue in self._queues_of(campaign, rank):
                if (first := self._head(queue, at)) is not None:
                    self._passed(first, line)
        if line["rank"] != Rank.NEW:
            first = self._head((campaign, line["rank"], 0), at)
            if first is not None and (first.due, first.id) < (line["due_at"], case.id):
                self._passed(first, line)
            return
        self._judge_new(case, line)

    def _judge_new(self, case: _Waiting, line: StoredLine) -> None:
        """Against its own list, against lists of a higher priority, and against its list's share."""
        at, campaign = line["at"], case.campaign
        places = self._places[campaign]
        mine = places[case.list]
        rivals: dict[int, int] = {case.list: mine.weight}
        for queue in self._queues_of(campaign, int(Rank.NEW)):
            if (first := self._head(queue, at)) is None:
                continue
            place = places[first.list]
            if first.list == case.list:
                comparable = case.turn != () and first.turn != ()
                if comparable and self._key(first) < (case.turn, line["due_at"], case.id):
                    self._passed(first, line)
            elif place.priority > mine.priority:
                self._passed(first, line)
            elif place.priority == mine.priority:
                rivals[first.list] = place.weight
        if not self.policy(campaign).segments:
            self._judge_share(case, rivals, line, mine.priority)

    def _judge_share(self, case: _Waiting, rivals: dict[int, int], line: StoredLine, priority: int) -> None:
        """Since the same lists have had something to dial, none is more than its turn ahead of another."""
        shares = self._shares.setdefault((case.campaign, priority), _Shares())
        lists = frozenset(rivals.items())
        if shares.lists != lists:
            shares.lists, shares.had = lists, Counter()
        shares.had[case.list] += 1
        for other, weight in rivals.items():
            ahead = shares.had[case.list] / rivals[case.list] - shares.had[other] / weight
            if ahead > 1 / rivals[case.list] + 1 / weight + 1e-6:
                self.broken(
                    f"campaign {case.campaign}, attempt {line['attempt']}",
                    f"list {case.list} with weight {rivals[case.list]} had {shares.had[case.list]} turns, "
                    f"list {other} with weight {weight} only {shares.had[other]}",
                )

    def _queues_of(self, campaign: str, rank: int) -> list[Queue]:
        return [each for each in self._queues if each[:2] == (campaign, rank)]

    def _head(self, queue: Queue, at: Instant) -> _Waiting | None:
        """The first of a queue that is due and could be called."""
        entries = self._queues.get(queue, [])
        kept: list[Key] = []
        found = None
        while entries and found is None:
            entry = heappop(entries)
            case = self._cases[entry[-1]]
            if case.due is None or _queue(case) != queue or self._key(case) != entry:
                continue  # it stands elsewhere by now
            kept.append(entry)
            if case.due > at and queue[1] != Rank.NEW:
                break
            if case.due <= at and self._could_be_called(case, at):
                found = case
        for entry in kept:
            heappush(entries, entry)
        return found

    def _could_be_called(self, case: _Waiting, at: Instant) -> bool:
        if case.list in self._inactive or case.moved_at == at or case.own:
            return False
        return not any(self._busy[each] for each in self._busy_with(case.lead, case.phone))

    def _busy_with(self, lead: int, phone: int) -> list[int | str]:
        """What an attempt at a lead keeps from being called elsewhere: lead, number and person."""
        return [lead, self._numbers[phone], *self._persons.get(lead, ())]

    def _passed(self, first: _Waiting, line: StoredLine) -> None:
        self.broken(
            f"campaign {first.campaign}, case {first.id} of lead {first.lead}",
            f"was due since {iso(first.due or 0)} and not dialed; attempt {line['attempt']} at case "
            f"{line['case']} was, at {iso(line['at'])}",
        )

    def finish(self, sql: sqlite3.Connection) -> None:
        """All was judged line by line."""


def _queue(case: _Waiting) -> Queue:
    return (case.campaign, case.rank, case.list if case.rank == Rank.NEW else 0)


def _is_own_callback(line: StoredLine) -> bool:
    if line["callback_agent"] is None:
        return False
    limits = [line[name] for name in ("callback_until", "callback_anyone_at") if line[name] is not None]
    return bool(line["at"] < min(limits, default=line["at"]))


def _turn(policy: CampaignPolicy, lead: int, imported_at: Instant, attributes: str) -> Key:
    """A new lead's place on its list, in words of its own."""
    order: NewLeads = policy.order
    match order.by:
        case LeadOrder.OLDEST_DUE:
            return (0,)
        case LeadOrder.NEWEST_IMPORT:
            return (-imported_at,)
        case LeadOrder.RANDOM:
            return (uniform(order.seed, "turn", policy.name, lead),)
        case LeadOrder.FIELD:
            value = _measured(orjson.loads(attributes).get(order.field))
            if value is None:
                return (1, 0)
            return (0, -value if order.descending else value)


def _measured(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    return value if abs(value) < float("inf") else None
