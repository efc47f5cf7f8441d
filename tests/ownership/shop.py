"""A store on disk with a list, leads and campaigns, whose attempts are begun and settled by hand."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.attempts.settlement import AttemptResult
from engine.domain.dispositions import Disposition
from engine.domain.lists import InlineLead, LeadList, OwnershipPolicy
from engine.domain.policy import Budget, CampaignPolicy
from engine.domain.time import HOUR, MINUTE, Instant
from engine.domain.words import DialMode, Ending, Outcome, Side
from engine.journal import events as e
from engine.journal.values import case_of
from engine.store.changes import Ids
from engine.store.claims import Dry, begin_attempts
from engine.store.closing import Closing
from engine.store.connection import open_store
from engine.store.leads import import_leads
from engine.store.recovery import open_epoch
from engine.store.settling import settle_case
from engine.store.setup import set_up
from engine.store.transaction import Change, T, Transaction
from tests.gates import GATES
from tests.office import campaign
from tests.virtual import START

CODES = {
    each.code: each
    for each in (
        Disposition(code="sold", success=True),
        Disposition(code="wrong-time", counts=False),
        Disposition(code="later"),
        Disposition(code="never", dnc=True),
    )
}


def policy(name: str, **more: Any) -> CampaignPolicy:
    """Tries its leads again a minute later, often enough."""
    budget = Budget(max=500, interval=MINUTE)
    given = {"customer_attempts": budget, "dispositions": CODES} | more
    return campaign(name, DialMode.AGENTLESS, **given)


@dataclass
class Shop:
    """`now` is moved by hand. `lines` are all that were recorded, at `times`."""

    sql: sqlite3.Connection
    policies: dict[str, CampaignPolicy]
    ids: Ids
    now: Instant = START
    lines: list[e.Event] = field(default_factory=list)
    times: list[Instant] = field(default_factory=list)

    def do(self, change: Change[T]) -> T:
        """The change, in a transaction of its own. Raises what it raises, with nothing done."""
        tx = Transaction(self.sql, self.now)
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            answer = change(tx)
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")
        self.lines += tx.recorded
        self.times += [self.now] * len(tx.recorded)
        return answer

    def begin(self, name: str, count: int = 1) -> list[e.AttemptStarted]:
        """The attempts that the campaign starts now; none if it may dial nobody."""
        before = len(self.lines)
        first = Side.CUSTOMER
        answer = self.do(begin_attempts(self.policies[name], count, self.ids, gates=GATES, first=first))
        started = [line for line in self.lines[before:] if isinstance(line, e.AttemptStarted)]
        assert len(started) == (0 if isinstance(answer, Dry) else len(answer))
        return started

    def settle(
        self,
        started: e.AttemptStarted,
        code: str = "later",
        *,
        dialed: bool = True,
        outcome: Outcome = Outcome.NO_ANSWER,
    ) -> None:
        """The attempt ends now with this result code."""
        result = AttemptResult(
            ending=Ending.CUSTOMER_NOT_REACHED, ended_at=self.now, outcome=outcome, disposition=code
        )
        known: dict[str, Any] = {
            "attempt": started.attempt,
            "case": case_of(started),
            "list": started.list,
            "result": result,
            "dialed": dialed,
            "person": False,
            "machine": False,
            "duration": 0,
            "answered_at": None,
            "asked": None,
        }
        closing = Closing(**known)
        self.sql.execute("UPDATE legs SET ended_at = ? WHERE attempt_id = ?", (self.now, started.attempt))
        self.sql.execute("UPDATE attempts SET ended_at = ? WHERE id = ?", (self.now, started.attempt))
        self.do(lambda tx: settle_case(tx, self.policies[started.campaign], closing))

    def call(self, name: str, code: str = "later", **more: Any) -> int | None:
        """One attempt of the campaign from its claim to its settlement; answers the lead."""
        for started in self.begin(name):
            self.settle(started, code, **more)
            return started.lead
        return None

    def owner(self, lead: int = 1) -> tuple[str | None, Instant | None]:
        """The owner in the store and the expiry, which may be over."""
        row = self.sql.execute("SELECT owner, owned_until FROM leads WHERE id = ?", (lead,)).fetchone()
        return row[0], row[1]

    def case(self, name: str, lead: int = 1) -> sqlite3.Row:
        cursor = self.sql.cursor()
        cursor.row_factory = sqlite3.Row
        row: sqlite3.Row = cursor.execute(
            "SELECT * FROM cases WHERE campaign = ? AND lead_id = ?", (name, lead)
        ).fetchone()
        return row


@contextmanager
def shop(
    rules: OwnershipPolicy | None = None, *, leads: int = 1, campaigns: Sequence[str] = ("news", "offers")
) -> Iterator[Shop]:
    """All campaigns run, and dial the list `people`, whose leads have one phone each. Owned for three hours,
    if nothing else is said."""
    rules = rules or OwnershipPolicy(enabled=True, duration=3 * HOUR)
    policies = {name: policy(name) for name in campaigns}
    with TemporaryDirectory() as folder:
        sql = open_store(Path(folder) / "store.db", durable=False)
        fill(sql, rules, policies, leads)
        epoch = open_epoch(sql, now=START, version="test")
        try:
            yield Shop(sql, policies, Ids(epoch.number))
        finally:
            sql.close()


def fill(
    sql: sqlite3.Connection, rules: OwnershipPolicy, policies: dict[str, CampaignPolicy], leads: int
) -> None:
    """The list, its leads and their cases."""
    people = [InlineLead(key=f"l{n}", phones=(f"+44207946{n:04}",)) for n in range(1, leads + 1)]
    import_leads(sql, people, list_name="people", now=START)
    set_up(
        sql,
        lists={"people": LeadList(name="people", ownership=rules)},
        dispositions=CODES,
        campaigns=policies,
        plain_policies={name: {} for name in policies},
        now=START,
    )
    sql.execute("UPDATE campaigns SET state = 'running'")
