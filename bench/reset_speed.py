"""How fast leads are previewed and reset, and how long a campaign that dials on the same store waits for it.

    python -m bench.reset_speed                           # 1,000,000 leads with 5,000,000 attempts
    python -m bench.reset_speed --leads 100000 --json result.json

One list; a fifth of its leads have used up their attempts and are reset, the others are finished, protected,
waiting or were never called. `counts` is what the first three stages ask: the lists offered, and the phone
numbers that match; `summary` finds the leads. The reset is the whole of it: leads noted, confirmed,
every case looked at again and changed, with its journal line and what an undo needs.

The reset is made once with nobody else on the store (`alone`), on a copy of it, and once beside a process
that dials.

The bare figure is one UPDATE of as many cases, no journal, nothing kept: no reset beats that. The dialing
process claims a due case and settles it, `RATE` times a second, each in a commit of its own to disk; its
stall is how long one of them took at most. `quiet` is the same without any reset.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from bench.campaigns import START, progressive
from engine.attempts.settlement import AttemptResult
from engine.config import policy_json
from engine.domain.policy import Budget, CampaignPolicy
from engine.domain.time import DAY, HOUR, Instant
from engine.domain.words import CampaignState, CaseStatus, Ending, Outcome, Rank, Side
from engine.journal.floor import Floor
from engine.journal.writer import Journal
from engine.ports import Timer, Turn
from engine.resets.request import Callable, Properties, ResetRequest, Results, Settings
from engine.store.changes import Ids
from engine.store.claims import begin_attempts
from engine.store.command import Command
from engine.store.connection import open_store
from engine.store.gates import Gates, NoRegistries
from engine.store.recovery import open_epoch
from engine.store.resets.matching import Preview, preview, tally
from engine.store.resets.offered import offered_lists, statuses_of_codes
from engine.store.resets.whole import Pace, ResetOutcome, reset_previewed
from engine.store.rules_in_force import StoredRules
from engine.store.transaction import Change, Job, Transaction, commit

RATE: Final = 50  # claims and settlements a second: a floor of a hundred agents or so
QUIET_S: Final = 10.0  # long enough for the dialing process to write its log back once
NOW: Final[Instant] = START + 30 * DAY
ATTEMPTS: Final = 5
REQUEST: Final = ResetRequest(
    settings=Settings(lists=("leads",)),
    properties=Properties(callable=Callable.FINALLED, override_max=True),
    results=Results(statuses=("no-contact",), codes=("no-answer", "busy")),
)
GATES: Final = Gates(StoredRules(), NoRegistries())

_NUMBERS: Final = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
_FILL: Final = (
    "INSERT INTO lists (id, name, created_at) VALUES (1, 'leads', :start)",
    f"""INSERT INTO leads (id, list_id, key, attributes, imported_at, calls, phone_count, last_attempt,
                           last_disposition, last_duration, last_ended_at, machine_at)
        {_NUMBERS}
        SELECT i, 1, 'lead-' || i, '{{"city":"Springfield"}}', :start, 5, 1, i * 5,
               CASE i % 10 WHEN 0 THEN 'no-answer' WHEN 1 THEN 'busy' WHEN 2 THEN 'machine'
                           WHEN 9 THEN NULL ELSE 'no-disposition' END,
               (i % 600) * 1000000, :now - 2 * {DAY}, CASE i % 10 WHEN 2 THEN :now - {HOUR} END
        FROM n""",
    """INSERT INTO phones (id, lead_id, position, number, kind)
       SELECT id, id, 1, '+44' || (7400000000 + id), 'mobile' FROM leads""",
    """INSERT INTO cases (id, campaign, lead_id, phone_id, status, agent_attempts, customer_attempts, rank,
                          due_at, calls, final, exhausted)
       SELECT id, 'bench', id, id,
              CASE id % 10 WHEN 9 THEN 'NEW' WHEN 8 THEN 'CUSTOMER_RESCHEDULED' WHEN 0 THEN 'CUSTOMER_FAILED'
                           WHEN 1 THEN 'CUSTOMER_FAILED' WHEN 2 THEN 'CUSTOMER_FAILED' ELSE 'COMPLETED' END,
              0, 5, CASE id % 10 WHEN 9 THEN 2 ELSE 1 END,
              CASE id % 10 WHEN 9 THEN :start WHEN 8 THEN :now + 3600000000 END, 5,
              id % 10 BETWEEN 3 AND 7, id % 10 BETWEEN 0 AND 2
       FROM leads""",
    f"""INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before,
                              customer_attempts_before, started_at, ended_at, settled_at, ending, outcome,
                              used, disposition, status, person, duration)
        SELECT (l.id - 1) * {ATTEMPTS} + k.value + 1, 'bench', l.id, l.id, l.id, 1, 0, k.value,
               :start + k.value * 86400000000, :start + k.value * 86400000000, :start + k.value * 86400000000,
               'customer-not-reached', 'no-answer', 'customer', 'no-answer', 'CUSTOMER_RESCHEDULED', 0, 0
        FROM leads l, json_each('[0, 1, 2, 3, 4]') k""",
)


def policy() -> CampaignPolicy:
    """The campaign whose leads they are."""
    configuration, _ = progressive(leads=1, agents=1)
    given = {name: getattr(configuration.campaigns["bench"], name) for name in CampaignPolicy.__slots__}
    return CampaignPolicy(**(given | {"customer_attempts": Budget(max=5, interval=DAY), "lists": ("leads",)}))


def fill(path: Path, leads: int) -> None:
    with closing(open_store(path, durable=False)) as sql:
        sql.execute("PRAGMA cache_size = -1000000")
        values = {"count": leads, "start": START, "now": NOW}
        sql.execute("BEGIN")
        sql.execute(
            "INSERT INTO campaigns (name, state, policy) VALUES ('bench', ?, ?)",
            (CampaignState.RUNNING, json.dumps(policy_json(policy()))),
        )
        for statement in _FILL:
            sql.execute(statement, {name: each for name, each in values.items() if f":{name}" in statement})
        sql.execute("COMMIT")
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _StandingClock:
    def now(self) -> Instant:
        return NOW

    def call_at(self, when: Instant, call: object, *, turn: Turn = Turn.WORK, key: int = 0) -> Timer:
        raise AssertionError("a claim waits for nothing")


def _settle(attempt: int, campaign: CampaignPolicy) -> Change[None]:
    """The attempt was not answered; as an engine settles it."""
    from engine.domain.case import Case
    from engine.store.closing import Closing
    from engine.store.settling import settle_case

    def change(tx: Transaction) -> None:
        tx.sql.execute(
            "UPDATE legs SET ended_at = ?, outcome = 'no-answer' WHERE attempt_id = ?", (NOW, attempt)
        )
        case, lead, phone, used, cycle = tx.sql.execute(
            "SELECT a.case_id, a.lead_id, a.phone_id, c.customer_attempts, c.cycle FROM attempts a "
            "JOIN cases c ON c.id = a.case_id WHERE a.id = ?",
            (attempt,),
        ).fetchone()
        settle_case(
            tx,
            campaign,
            Closing(
                attempt=attempt,
                case=Case(
                    id=case,
                    campaign="bench",
                    lead=lead,
                    phone=phone,
                    status=CaseStatus.NEW,
                    cycle=cycle,
                    customer_attempts=used,
                    rank=Rank.NEW,
                ),
                list=1,
                result=AttemptResult(
                    ending=Ending.CUSTOMER_NOT_REACHED,
                    ended_at=NOW,
                    outcome=Outcome.NO_ANSWER,
                    disposition="no-answer",
                    last_intended=Side.CUSTOMER,
                ),
                dialed=True,
                person=False,
                machine=False,
                duration=0,
                answered_at=None,
                asked=None,
            ),
        )

    return change


def dial(path: str, orders: Connection) -> None:
    """Claim and settle at a steady rate until told to stop; tell how long each took, and when it began."""
    campaign = policy()
    sql = open_store(path)
    epoch = open_epoch(sql, now=NOW, version="bench")
    configuration, _ = progressive(leads=1, agents=1)
    journal = Journal(
        epoch.number, epoch.head, Floor(configuration.campaigns, configuration.pools, {}), _StandingClock()
    )
    journal.floor.apply = lambda at, event: None  # type: ignore[method-assign]  # nothing is decided by it
    ids = Ids(epoch.number)
    took: list[tuple[float, float]] = []
    orders.send("ready")
    following = time.perf_counter()
    while not orders.poll():
        began = time.perf_counter()
        claim = Job(begin_attempts(campaign, 1, ids, gates=GATES, first=Side.CUSTOMER))
        commit(sql, journal, [claim], NOW)  # type: ignore[list-item]
        started = claim.answer()
        assert isinstance(started, list), "nothing is left to dial"
        took.append((began, time.perf_counter() - began))
        for each in started:
            began = time.perf_counter()
            commit(sql, journal, [Job(_settle(each.attempt, campaign))], NOW)
            took.append((began, time.perf_counter() - began))
        following = max(following + 1 / RATE, time.perf_counter() - 1)
        time.sleep(max(0.0, following - time.perf_counter()))
    orders.send(took)
    sql.close()


def measure(leads: int, folder: Path) -> dict[str, Any]:
    path = folder / "store.db"
    began = time.perf_counter()
    fill(path, leads)
    fill_s = time.perf_counter() - began
    alone_s = _alone(path, folder / "copy.db")
    phases: dict[str, tuple[float, float]] = {}
    processor: dict[str, float] = {}
    with closing(open_store(path)) as sql:
        orders, others = multiprocessing.get_context("spawn").Pipe()
        dialing = multiprocessing.get_context("spawn").Process(target=dial, args=(str(path), others))
        dialing.start()
        assert orders.recv() == "ready"
        phases["quiet"] = (time.perf_counter(), QUIET_S)
        time.sleep(QUIET_S)
        began, cpu = time.perf_counter(), time.process_time()
        offered_lists(sql, None, now=NOW)
        counted = tally(sql, REQUEST, now=NOW)
        statuses_of_codes(sql, {code for code in counted.phones if code is not None})
        phases["counts"] = (began, time.perf_counter() - began)
        processor["counts"] = time.process_time() - cpu
        began, cpu = time.perf_counter(), time.process_time()
        found = preview(sql, REQUEST, now=NOW)
        phases["summary"] = (began, time.perf_counter() - began)
        processor["summary"] = time.process_time() - cpu
        began, cpu = time.perf_counter(), time.process_time()
        came = _reset(sql, found)
        phases["reset"] = (began, time.perf_counter() - began)
        processor["reset"] = time.process_time() - cpu
        orders.send("stop")
        took = orders.recv()
        dialing.join()
    cpu = time.process_time()
    bare_s = _bare(path, came.reset)
    processor["bare"] = time.process_time() - cpu
    result: dict[str, Any] = {
        "leads": leads,
        "attempts": leads * ATTEMPTS,
        "fill_s": round(fill_s, 1),
        "matched": came.matched,
        "reset": came.reset,
        "excluded": came.excluded,
        "counts_s": round(phases["counts"][1], 2),
        "summary_s": round(phases["summary"][1], 2),
        "reset_s": round(phases["reset"][1], 2),
        "alone_s": round(alone_s, 2),
        "bare_s": round(bare_s, 2),
        "ratio": round(phases["reset"][1] / bare_s, 1),
    }
    result |= {f"{name}_processor_s": round(seconds, 2) for name, seconds in processor.items()}
    result["processor_ratio"] = round(processor["reset"] / processor["bare"], 1)
    for name, (since, length) in phases.items():
        each = [1000 * seconds for began, seconds in took if since <= began <= since + length] or [0.0]
        result[f"{name}_commits"] = len(each)
        result[f"{name}_median_ms"] = round(statistics.median(each), 1)
        result[f"{name}_stall_ms"] = round(max(each), 1)
    return result


def _reset(sql: sqlite3.Connection, found: Preview) -> ResetOutcome:
    desk = Command(sql, user=None, action="leads reset", version="bench", clock=lambda: NOW)
    return reset_previewed(desk, found, pace=Pace(time.perf_counter, time.sleep))


def _alone(path: Path, copy: Path) -> float:
    """The same reset with nobody else on the store."""
    shutil.copyfile(path, copy)
    os.sync()
    with closing(open_store(copy)) as sql:
        found = preview(sql, REQUEST, now=NOW)
        began = time.perf_counter()
        _reset(sql, found)
        seconds = time.perf_counter() - began
    copy.unlink()
    return seconds


def _bare(path: Path, count: int) -> float:
    """One UPDATE of as many cases, spread over the table as those of the reset."""
    with closing(open_store(path)) as sql:
        began = time.perf_counter()
        sql.execute("BEGIN IMMEDIATE")
        sql.execute(
            "UPDATE cases SET status = 'CUSTOMER_RESCHEDULED', rank = 1, customer_limit = 6, due_at = ?, "
            "final = 0, exhausted = 0 WHERE id IN (SELECT id FROM cases WHERE id % 10 IN (3, 4) LIMIT ?)",
            (NOW, count),
        )
        sql.execute("COMMIT")
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(given.leads, Path(folder))
    for name, value in result.items():
        print(f"{name:>20} {value}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
