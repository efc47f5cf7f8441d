"""A store with a few leads as they may stand, and resets of them."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from engine.domain.time import DAY, Instant
from engine.domain.words import CampaignState, CaseStatus, Rank
from engine.journal import events as e
from engine.resets.request import Callable, Properties, ResetRequest, Results, Settings
from engine.store.resets.carrying import carry_out
from engine.store.resets.matching import Preview, checked, preview
from engine.store.resets.preparing import confirm, prepare
from engine.store.resets.whole import ResetOutcome, outcome
from engine.store.transaction import Change, Transaction
from tests.simulator.worlds import empty_store

NOW: Final[Instant] = 1_772_442_000_000_000  # 2026-03-02T09:00:00Z
EVERYTHING: Final = Properties(callable=Callable.EVERYTHING, override_final=True, override_max=True)


def request(
    *codes: str,
    lists: tuple[str, ...] = ("people",),
    properties: Properties = EVERYTHING,
    zero: bool = False,
    **settings: Any,
) -> ResetRequest:
    """A request whose third stage takes these codes; all, if none is named."""
    return ResetRequest(
        settings=Settings(lists=lists, **settings),
        properties=properties,
        results=Results(statuses=("all",), codes=codes or ("all",)),
        zero=zero,
    )


@dataclass
class Stand:
    """`people` is an active list, and `orders` a running campaign with a budget of ten customer attempts and
    three agent attempts."""

    sql: sqlite3.Connection
    now: Instant = NOW
    lines: list[e.Event] = field(default_factory=list)

    def add_list(self, name: str, *, active: bool = True) -> int:
        sql = "INSERT INTO lists (name, active, created_at) VALUES (?, ?, ?) RETURNING id"
        return int(self.sql.execute(sql, (name, active, self.now)).fetchone()[0])

    def campaign(self, name: str, *lists: str, state: CampaignState = CampaignState.RUNNING) -> None:
        policy = {"lists": lists, "customer_attempts": {"max": 10}, "agent_attempts": {"max": 3}}
        self.sql.execute(
            "INSERT INTO campaigns (name, state, policy) VALUES (?, ?, ?)", (name, state, json.dumps(policy))
        )

    def disposition(self, code: str, lead_status: str = "no-contact", threshold: int | None = None) -> None:
        self.sql.execute(
            "INSERT OR REPLACE INTO dispositions (code, lead_status, final, counts, dnc, success, human, "
            "exception_threshold, agents) VALUES (?, ?, 0, 1, 0, 0, 0, ?, 1)",
            (code, lead_status, threshold),
        )

    def lead(self, *, of: str = "people", phones: int = 1, **given: Any) -> int:
        """A lead that was called, unless `last_disposition` is None."""
        (list_id,) = self.sql.execute("SELECT id FROM lists WHERE name = ?", (of,)).fetchone()
        (lead,) = self.sql.execute("SELECT coalesce(max(id), 0) + 1 FROM leads").fetchone()
        values = {
            "id": lead,
            "list_id": list_id,
            "key": f"l{lead}",
            "imported_at": self.now,
            "phone_count": phones,
            "last_attempt": lead,
            "last_disposition": "no-answer",
            "last_duration": 0,
            "last_ended_at": self.now - 30 * DAY,
        } | given
        if values["last_disposition"] is None:
            values |= {"last_attempt": None, "last_duration": None, "last_ended_at": None}
        self._insert("leads", values)
        for position in range(1, phones + 1):
            number = f"+4420794{lead:04}{position}"
            self._insert(
                "phones", {"lead_id": lead, "position": position, "number": number, "kind": "mobile"}
            )
        return int(lead)

    def case(self, lead: int, status: CaseStatus, *, of: str = "orders", **given: Any) -> int:
        (phone,) = self.sql.execute("SELECT min(id) FROM phones WHERE lead_id = ?", (lead,)).fetchone()
        values: dict[str, Any] = {"campaign": of, "lead_id": lead, "phone_id": phone, "status": status}
        values |= {"rank": Rank.NEW if status is CaseStatus.NEW else Rank.RETRY} | given
        return self._insert("cases", values)

    def failed(self, lead: int, *, attempts: int = 10, of: str = "orders", **given: Any) -> int:
        """The maximum of customer attempts is reached."""
        given = {"customer_attempts": attempts, "exhausted": 1} | given
        return self.case(lead, CaseStatus.CUSTOMER_FAILED, of=of, **given)

    def live(self, case: int, attempt: int = 1_000_000) -> None:
        """An attempt is under way."""
        lead, phone = self.sql.execute("SELECT lead_id, phone_id FROM cases WHERE id = ?", (case,)).fetchone()
        self.sql.execute("UPDATE cases SET due_at = NULL WHERE id = ?", (case,))
        values = {"id": attempt, "campaign": "orders", "case_id": case, "lead_id": lead, "phone_id": phone}
        values |= {"cycle": 1, "agent_attempts_before": 0, "customer_attempts_before": 0}
        self._insert("attempts", values | {"started_at": self.now})

    def _insert(self, table: str, values: dict[str, Any]) -> int:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self.sql.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", (*values.values(),))
        return int(cursor.lastrowid or 0)

    # --- resets -----------------------------------------------------------------------------------

    def do(self, change: Change[Any]) -> Any:
        """In one transaction."""
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

    def preview(self, asked: ResetRequest) -> Preview:
        return preview(self.sql, checked(self.sql, asked), now=self.now)

    def matched(self, asked: ResetRequest) -> list[int]:
        return self.preview(asked).leads.tolist()

    def prepare(self, found: Preview, *, user: str = "sue") -> int:
        return prepare(self.sql, found, user=user, now=self.now, turn=lambda sql: nullcontext(1))

    def carry_out(self, reset: int, *, portions: int = 1, user: str = "sue") -> ResetOutcome:
        self.do(confirm(reset, user=user))
        while self.do(carry_out(portions)) is not None:
            pass
        return outcome(self.sql, reset)

    def reset(self, asked: ResetRequest, *, portions: int = 1) -> ResetOutcome:
        """From the preview to the result."""
        return self.carry_out(self.prepare(self.preview(asked)), portions=portions)

    def of_case(self, case: int, *columns: str) -> Any:
        row = self.sql.execute(f"SELECT {', '.join(columns)} FROM cases WHERE id = ?", (case,)).fetchone()
        return row[0] if len(columns) == 1 else row


@contextmanager
def stand() -> Iterator[Stand]:
    with empty_store() as sql:
        made = Stand(sql)
        made.add_list("people")
        made.campaign("orders", "people")
        for code in ("no-answer", "busy"):
            made.disposition(code)
        made.disposition("machine", "machine")
        made.disposition("sale", "contacted")
        made.disposition("abandoned", "dropped")
        yield made
