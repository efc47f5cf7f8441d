"""A store with segments and campaigns, on which changes are done one transaction each."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from engine.attempts.settlement import AttemptResult
from engine.config import policy_json
from engine.domain.dispositions import Disposition
from engine.domain.lists import InlineLead, LeadList
from engine.domain.policy import CampaignPolicy
from engine.domain.segments import AllOf, Attribute, LeadField, NumberBetween, SegmentPolicy, TextIn
from engine.domain.time import MINUTE, Instant
from engine.domain.words import DialMode, Ending, Outcome
from engine.journal import events as e
from engine.journal.values import case_of
from engine.store.changes import Ids
from engine.store.claims import begin_attempts
from engine.store.closing import Closing
from engine.store.lead_changes import set_attributes
from engine.store.leads import import_leads
from engine.store.recovery import open_epoch
from engine.store.segment_job import Observed, observe
from engine.store.segments import set_reentry
from engine.store.settling import settle_case
from engine.store.setup import set_up
from engine.store.transaction import Change, Transaction
from tests.gates import GATES
from tests.office import campaign
from tests.simulator.worlds import empty_store
from tests.virtual import START

T = TypeVar("T")

HOT: Final = SegmentPolicy(
    name="hot", condition=NumberBetween(field=Attribute("score"), at_least=5), reset_on_reentry=True
)
WARM: Final = SegmentPolicy(
    name="warm", condition=NumberBetween(field=Attribute("score"), at_least=3, at_most=4)
)
EVERYONE: Final = SegmentPolicy(
    name="everyone", condition=AllOf((TextIn(field=LeadField.LIST, values=("people",)),))
)


def dialing(*segments: str, name: str = "offers", **more: Any) -> CampaignPolicy:
    never_again = Disposition(code="never-again", dnc=True)
    given = {"lists": (), "segments": segments, "dispositions": {never_again.code: never_again}}
    return campaign(name, DialMode.AGENTLESS, **(given | more))


@dataclass
class Ward:
    """Leads are `l1`, `l2`, … with a score each. `at` is minutes after the start."""

    sql: sqlite3.Connection
    ids: Ids
    policies: dict[str, CampaignPolicy]
    lines: list[e.Event] = field(default_factory=list)
    minute: int = 0

    @property
    def now(self) -> Instant:
        return START + self.minute * MINUTE

    def do(self, change: Change[T]) -> T:
        tx = Transaction(self.sql, self.now)
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            answer = change(tx)
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")
        self.lines += tx.recorded
        return answer

    def score(self, lead: int, score: int | None) -> None:
        self.do(set_attributes(f"l{lead}", {"score": "" if score is None else str(score)}))

    def job(self, minute: int, segment: str = "hot") -> Observed:
        self.minute = minute
        return self.do(observe(segment))

    def switch(self, *, on: bool, segment: str = "hot") -> bool:
        return self.do(set_reentry(segment, on=on))

    def claim(self, count: int = 100, name: str = "offers") -> list[int]:
        """The leads whose cases are dialed now."""
        started = self.do(begin_attempts(self.policies[name], count, self.ids, gates=GATES, first=None))
        return [one.lead for one in started] if isinstance(started, list) else []

    def settle(self, result: str) -> list[tuple[int, str]]:
        """Every live attempt ends so, `no-answer`, `served` or `dnc`; their leads and campaigns."""
        live = self.sql.execute(
            "SELECT id, lead_id, campaign FROM attempts WHERE settled_at IS NULL ORDER BY id"
        ).fetchall()
        for attempt, lead, name in live:
            self.sql.execute("UPDATE leads SET calls = calls + 1 WHERE id = ?", (lead,))
            self.do(partial(self._settle, attempt, self.policies[name], result))
        return [(lead, name) for _, lead, name in live]

    def _settle(self, attempt: int, policy: CampaignPolicy, result: str, tx: Transaction) -> None:
        started = next(
            line for line in self.lines if isinstance(line, e.AttemptStarted) and line.attempt == attempt
        )
        answered = result != "no-answer"
        ended = AttemptResult(
            ending=Ending.SERVED if answered else Ending.CUSTOMER_NOT_REACHED,
            ended_at=tx.now,
            outcome=Outcome.ANSWERED if answered else Outcome.NO_ANSWER,
            disposition="never-again" if result == "dnc" else result,
        )
        closing = Closing(
            attempt=attempt,
            case=case_of(started),
            list=started.list,
            result=ended,
            dialed=True,
            person=answered,
            machine=False,
            duration=0,
            answered_at=tx.now if answered else None,
            asked=None,
        )
        settle_case(tx, policy, closing)

    def case(self, lead: int, *columns: str, name: str = "offers") -> Any:
        row = self.sql.execute(
            f"SELECT {', '.join(columns)} FROM cases WHERE lead_id = ? AND campaign = ?", (lead, name)
        ).fetchone()
        return row[0] if row is not None and len(row) == 1 else row

    def change_case(self, lead: int, *, name: str = "offers", **values: Any) -> None:
        columns = ", ".join(f"{column} = ?" for column in values)
        self.sql.execute(
            f"UPDATE cases SET {columns} WHERE lead_id = ? AND campaign = ?", (*values.values(), lead, name)
        )

    def configure(self, segments: Sequence[SegmentPolicy], policies: Sequence[CampaignPolicy]) -> None:
        self.policies = {policy.name: policy for policy in policies}
        set_up(
            self.sql,
            lists={"people": LeadList(name="people")},
            dispositions={},
            campaigns=self.policies,
            plain_policies={policy.name: json.loads(json.dumps(policy_json(policy))) for policy in policies},
            segments={segment.name: segment for segment in segments},
            now=self.now,
        )
        self.sql.execute("UPDATE campaigns SET state = 'running'")


@contextmanager
def ward(
    scores: Sequence[int | None] = (9,),
    *policies: CampaignPolicy,
    segments: Sequence[SegmentPolicy] = (HOT, WARM),
    reset: bool | None = None,
) -> Iterator[Ward]:
    """`reset` sets the hot segment's setting."""
    with empty_store() as sql:
        people = [
            InlineLead(
                key=f"l{n}",
                phones=(f"+4420794600{n:02}",),
                attributes={} if score is None else {"score": str(score)},
            )
            for n, score in enumerate(scores, start=1)
        ]
        import_leads(sql, people, list_name="people", now=START)
        made = Ward(sql, Ids(1), {})
        if reset is not None:
            segments = [
                replace(each, reset_on_reentry=reset) if each.name == "hot" else each for each in segments
            ]
        made.configure(segments, policies or (dialing("hot"),))
        made.ids = Ids(open_epoch(sql, now=START, version="test").number)
        yield made
