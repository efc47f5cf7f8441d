"""How long a dial is judged: by the gates alone, and with what they are told read from the store.

python -m bench.gate_speed [--dials 20000]

The gates are asked of dials of several countries, with and without earlier calls, at instants all over a
week. The ratio is to a round trip of the simplest query of the same store.
"""

import argparse
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.campaigns import START, progressive
from engine.chance import uniform
from engine.compliance.asked import dial_of
from engine.compliance.dial import Dial
from engine.compliance.gates import evaluate, next_allowed
from engine.config.regimes import Regimes
from engine.domain.compliance import CompliancePolicy
from engine.domain.policy import CampaignPolicy
from engine.domain.time import DAY, HOUR, MINUTE, Instant
from engine.store.connection import open_store
from engine.store.gates import Gates, NoRegistries
from engine.store.rules_in_force import StoredRules
from engine.store.whereabouts import where_is

SEED: Final = 7
PEOPLE: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("uk-sales", "+442079460001", "fixed-line", {"registries": {"tps": [START - DAY, False]}}),
    ("us-sales", "+13055550101", "fixed-line-or-mobile", {"registries": {"us-dnc": [START - DAY, False]}}),
    ("us-collections", "+12125550101", "fixed-line-or-mobile", {}),
    ("fr-sales", "+33142000001", "fixed-line", {}),
)
ORDERS: Final = progressive(leads=1, agents=1)[0].campaigns["bench"]
CALLS: Final = (0, 0, 1, 3, 8)  # earlier calls of a lead: most leads have none


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--dials", type=int, default=20_000)
    given = parser.parse_args()
    regimes = Regimes()
    dials = [dial_number(regimes, k) for k in range(given.dials)]
    moments = [START + int(uniform(SEED, "at", str(k)) * 7 * DAY) for k in range(given.dials)]
    for dial, at in zip(dials, moments, strict=True):  # warm: schedules are compiled, days are known
        evaluate(dial, at)
    allowed = sum(evaluate(dial, at).allowed for dial, at in zip(dials, moments, strict=True))
    judged = timed([partial(evaluate, dial, at) for dial, at in zip(dials, moments, strict=True)])
    some = dials[: given.dials // 20]
    search = timed([partial(next_allowed, dial, at) for dial, at in zip(some, moments, strict=False)])
    with tempfile.TemporaryDirectory() as folder:
        stored = from_the_store(Path(folder), given.dials)
    print(
        json.dumps(
            {
                "dials": given.dials,
                "allowed": allowed,
                "evaluate_us": judged,
                "next_allowed_us": search,
                **stored,
            },
            indent=1,
        )
    )


def policy(profile: str) -> CampaignPolicy:
    return replace(ORDERS, caller_id="+442079460999", compliance=CompliancePolicy(profiles=(profile,)))


def dial_number(regimes: Regimes, k: int) -> Dial:
    """One of the people, with some earlier calls."""
    profile, number, kind, known = PEOPLE[k % len(PEOPLE)]
    ours = policy(profile)
    place = where_is(number, kind, {}, "strict-union")
    facts: dict[str, Any] = {
        "zones": list(place.zones),
        "in": list(place.jurisdictions),
        "line": str(place.line),
        **known,
        "history": [past(k, j) for j in range(CALLS[k % len(CALLS)])],
    }
    return dial_of(facts, ours, regimes.of(ours, START), reserved=True)


def past(k: int, j: int) -> list[Any]:
    at: Instant = START - (j + 1) * 9 * HOUR - int(uniform(SEED, "past", str(k), str(j)) * HOUR)
    return [at, 1 + j % 3, ["conversation"] if j % 3 == 2 else [], at + MINUTE, "npsdec"]


def timed(calls: Sequence[Callable[[], object]]) -> dict[str, float]:
    """Percentiles in microseconds."""
    took = []
    for call in calls:
        begun = time.perf_counter_ns()
        call()
        took.append((time.perf_counter_ns() - begun) / 1000)
    took.sort()
    return {
        "p50": round(statistics.median(took), 1),
        "p99": round(took[int(len(took) * 0.99)], 1),
        "max": round(took[-1], 1),
    }


def from_the_store(folder: Path, count: int) -> dict[str, Any]:
    sql = open_store(folder / "gates.db", durable=False)
    fill(sql, count)
    gates = Gates(StoredRules(), NoRegistries())
    result: dict[str, Any] = {}
    for name, ours in (("governed", policy("us-collections")), ("ungoverned", ORDERS)):
        asking = gates.asking(sql, ours, START + 15 * HOUR)
        asking.ask(1, 1, reserved=True)
        result[f"ask_{name}_us"] = timed(
            [partial(asking.ask, lead, lead, reserved=True) for lead in range(1, count + 1)]
        )
    query = timed([lambda: sql.execute("SELECT 1").fetchone() for _ in range(count)])
    result["query_us"] = query
    result["ask_in_queries"] = round(result["ask_governed_us"]["p50"] / query["p50"], 1)
    sql.close()
    return result


def fill(sql: sqlite3.Connection, count: int) -> None:
    """Leads of New York, each with a few earlier calls."""
    sql.execute("BEGIN")
    sql.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'people', ?)", (START,))
    sql.executemany(
        "INSERT INTO leads (id, list_id, key, imported_at, calls, attributes) VALUES (?, 1, ?, ?, ?, ?)",
        [(k, str(k), START, CALLS[k % len(CALLS)], '{"state":"US-NY"}') for k in range(1, count + 1)],
    )
    sql.executemany(
        "INSERT INTO phones (id, lead_id, position, number, kind) "
        "VALUES (?, ?, 1, ?, 'fixed-line-or-mobile')",
        [(k, k, f"+1212{5_550_000 + k:07d}") for k in range(1, count + 1)],
    )
    sql.executemany(
        "INSERT INTO cases (id, campaign, lead_id, phone_id) VALUES (?, 'orders', ?, ?)",
        [(k, k, k) for k in range(1, count + 1)],
    )
    calls = [(k, j) for k in range(1, count + 1) for j in range(CALLS[k % len(CALLS)])]
    rows = [(n, k, past(k, j)[0]) for n, (k, j) in enumerate(calls, start=1)]
    sql.executemany(
        "INSERT INTO attempts (id, campaign, case_id, lead_id, phone_id, cycle, agent_attempts_before, "
        "customer_attempts_before, started_at, ended_at, settled_at, ending, outcome) "
        "VALUES (?, 'orders', ?, ?, ?, 1, 0, 0, ?, ?, ?, 'customer-not-reached', 'no-answer')",
        [(n, k, k, k, at, at + MINUTE, at + MINUTE) for n, k, at in rows],
    )
    sql.executemany(
        "INSERT INTO legs (id, attempt_id, side, number, intended_at, dialed, ended_at, outcome) "
        "VALUES (?, ?, 'customer', ?, ?, 1, ?, 'no-answer')",
        [(n, n, f"+1212{5_550_000 + k:07d}", at, at + MINUTE) for n, k, at in rows],
    )
    sql.execute("COMMIT")


if __name__ == "__main__":
    main()
