"""How long `dialer explain --summary` takes over a campaign whose every lead is due and was never judged.

    python -m bench.summary_speed                            # 1,000,000 leads, a fifth of them called before
    python -m bench.summary_speed --leads 100000 --json result.json

The worst that can be asked: a case that a gate holds is counted without looking at its lead, and here none
is. The leads have numbers of every area code of the United States, half of them a state and a ZIP besides; a
registry of `LISTED` numbers and more is asked of each. They are judged with the windows open in a part of the
country, with all of them closed, and without any registry, so that everybody is blocked. `bare` reads the
same rows and does no more; `one_by_one` is what judging a lead by itself takes, measured on `SAMPLE` of them.
"""

import argparse
import json
import tempfile
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bench.campaigns import START, progressive
from engine.compliance.areas import postcode_states
from engine.config import policy_json
from engine.config.rulebook import shipped_gazetteer
from engine.domain.compliance import CompliancePolicy
from engine.domain.policy import Amd, CampaignPolicy
from engine.domain.time import HOUR, Instant, instant
from engine.domain.words import CampaignState
from engine.registries.importing import add_registry
from engine.registries.registries import Registries
from engine.registries.shelf import shelf_of
from engine.store.connection import open_store
from engine.store.gate_summary import Standing, Summary, summarize
from engine.store.gates import Gates, NoRegistries, Registries as Asked
from engine.store.rules_in_force import StoredRules
from engine.store.transaction import Transaction

SAMPLE: Final = 20_000
LISTED: Final = 1_000_000
OPEN: Final = instant(
    datetime.fromisoformat("2026-03-03T14:30:00+00:00")
)  # 09:30 in New York, 06:30 in Denver
CLOSED: Final = instant(datetime.fromisoformat("2026-03-03T08:30:00+00:00"))

_NUMBERS: Final = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
_FILL: Final = (
    "INSERT INTO lists (id, name, created_at) VALUES (1, 'leads', :start)",
    f"""INSERT INTO leads (id, list_id, key, attributes, imported_at, calls, phone_count)
        {_NUMBERS}
        SELECT i, 1, 'lead-' || i,
               CASE i % 2 WHEN 0 THEN '{{"name":"Jo ' || i || '"}}'
               ELSE json_object('name', 'Jo ' || i, 'state', substr(:states, 1 + i % :areas * 2, 2),
                                'zip', substr(:zips, 1 + i % :areas * 3, 3) || printf('%02d', i % 100)) END,
               :start, (i % 5 = 0) * (1 + i % 3), 1
        FROM n""",
    """INSERT INTO phones (id, lead_id, position, number, kind)
       SELECT id, id, 1,
              '+1' || substr(:codes, 1 + id % :areas * 3, 3) || (2000000 + id * 104729 % 7999993),
              'fixed-line-or-mobile' FROM leads""",
    "INSERT INTO cases (id, campaign, lead_id, phone_id, due_at, lane) "
    "SELECT id, 'bench', id, id, :start, 1 FROM leads",
    f"""INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before,
                              customer_attempts_before, started_at, ended_at, settled_at, ending, outcome,
                              used, disposition, status, person, duration)
        SELECT l.id * 3 + k.value, 'bench', l.id, l.id, l.id, 1, 0, k.value, :start - k.value * {5 * HOUR},
               :start - k.value * {5 * HOUR}, :start - k.value * {5 * HOUR},
               CASE (l.id / 5 + k.value) % 10 WHEN 0 THEN 'connected' WHEN 1 THEN 'machine'
                    WHEN 2 THEN 'machine' ELSE 'customer-not-reached' END,
               CASE WHEN (l.id / 5 + k.value) % 10 < 3 THEN 'answered'
                    WHEN (l.id / 5 + k.value) % 10 = 3 THEN 'busy' ELSE 'no-answer' END,
               'customer', 'no-disposition', 'CUSTOMER_RESCHEDULED', (l.id / 5 + k.value) % 10 = 0, 0
        FROM leads l, json_each('[0, 1, 2]') k WHERE k.value < l.calls""",
    "UPDATE attempts SET connected_at = started_at WHERE ending = 'connected'",
    """INSERT INTO legs (id, attempt_id, side, number, intended_at, dialed, ended_at, outcome)
       SELECT a.id, a.id, 'customer', p.number, a.started_at, 1, a.ended_at, a.outcome
       FROM attempts a JOIN phones p ON p.id = a.phone_id""",
)


def policy() -> CampaignPolicy:
    """The campaign whose leads they are."""
    configuration, _ = progressive(leads=1, agents=1)
    given = {name: getattr(configuration.campaigns["bench"], name) for name in CampaignPolicy.__slots__}
    compliance = CompliancePolicy(profiles=("us-sales", "us-collections"))
    return CampaignPolicy(**(given | {"compliance": compliance, "amd": Amd(), "caller_id": "+12125550100"}))


def fill(path: Path, leads: int) -> None:
    zips = {
        state: f"{zip3:03}" for zip3 in range(1000) for state in postcode_states("US", f"{zip3:03}00") or ()
    }
    areas = [
        (code, area.state, zips[area.state])
        for code, area in sorted(shipped_gazetteer().area_codes.items())
        if area.country == "US" and area.state is not None and area.state in zips
    ]
    codes, states, parts = ("".join(column) for column in zip(*areas, strict=True))
    values: dict[str, Any] = {"count": leads, "start": START, "areas": len(areas)}
    values |= {"codes": codes, "states": states, "zips": parts}
    with closing(open_store(path, durable=False)) as sql:
        sql.execute("PRAGMA cache_size = -1000000")
        sql.execute("BEGIN")
        sql.execute(
            "INSERT INTO campaigns (name, state, policy) VALUES ('bench', ?, ?)",
            (CampaignState.RUNNING, json.dumps(policy_json(policy()))),
        )
        for statement in _FILL:
            sql.execute(statement, {name: each for name, each in values.items() if f":{name}" in statement})
        some = (number for (number,) in sql.execute("SELECT number FROM phones WHERE id % 50 = 0"))
        others = (f"+1212{number}" for number in range(2_000_000, 2_000_000 + LISTED))
        tx = Transaction(sql, START)
        numbers = [*some, *others]
        add_registry(shelf_of(path), tx, "us-dnc", numbers, version_at=START, source="bench")
        sql.execute("COMMIT")
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def timed(path: Path, at: Instant, registries: Asked) -> tuple[float, float, Summary]:
    """In seconds by the clock and of the processor."""
    with closing(open_store(path)) as sql:
        began, processor = time.perf_counter(), time.process_time()
        found = summarize(sql, policy(), Gates(StoredRules(), registries), at)
        return time.perf_counter() - began, time.process_time() - processor, found


def bare(path: Path) -> float:
    """Processor time of reading the same rows, and no more."""
    with closing(open_store(path)) as sql:
        processor = time.process_time()
        for _ in sql.execute(
            "SELECT l.id, l.attributes, p.number FROM cases c CROSS JOIN leads l ON l.id = c.lead_id "
            "CROSS JOIN phones p ON p.id = c.phone_id WHERE c.campaign = 'bench'"
        ):
            pass
        return time.process_time() - processor


def one_by_one(path: Path, at: Instant, registries: Asked, step: int) -> float:
    """Processor time for every so many of the leads, judged by themselves, in seconds a lead."""
    with closing(open_store(path)) as sql:
        asking = Gates(StoredRules(), registries).asking(sql, policy(), at)
        leads = [lead for (lead,) in sql.execute("SELECT id FROM leads WHERE id % ? = 0", (step,))]
        processor = time.process_time()
        for lead in leads:
            asking.ask(lead, lead, reserved=False).next_allowed(at)
        return (time.process_time() - processor) / len(leads)


def measure(leads: int, folder: Path) -> dict[str, Any]:
    path = folder / "store.db"
    began = time.perf_counter()
    fill(path, leads)
    result: dict[str, Any] = {"leads": leads, "fill_s": round(time.perf_counter() - began, 1)}
    known = Registries(path)
    for name, at, registries in (
        ("open", OPEN, known),
        ("closed", CLOSED, known),
        ("blocked", OPEN, NoRegistries()),
    ):
        seconds, processor, found = timed(path, at, registries)
        assert found.total == leads, "every case is counted"
        result[f"{name}_s"] = round(seconds, 2)
        result[f"{name}_processor_s"] = round(processor, 2)
        result[f"{name}_dialable"] = found.count(Standing.DIALABLE)
    result["bare_processor_s"] = round(bare(path), 2)
    result["ratio_to_bare"] = round(result["open_processor_s"] / result["bare_processor_s"], 1)
    each = one_by_one(path, OPEN, known, max(1, leads // SAMPLE))
    result["one_by_one_us"] = round(1e6 * each, 1)
    result["times_faster"] = round(each * leads / result["open_processor_s"], 1)
    return result


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
