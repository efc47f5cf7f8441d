"""The summary of a campaign is the sum of its leads, each judged by itself."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest

from engine.compliance.dial import RegistryState
from engine.domain.compliance import CallerId, CallerIdPool, CompliancePolicy
from engine.domain.policy import Amd, BusinessHours, CampaignPolicy, OnMachine, Window
from engine.domain.selection import PhoneOrder, PhonePolicy
from engine.domain.time import DAY, HOUR, MINUTE, Instant, instant
from engine.domain.words import OPEN, DialMode, Hold
from engine.store.connection import open_store
from engine.store.gate_groups import refusal_of
from engine.store.gate_summary import OTHER_CALL, Standing, summarize
from engine.store.gates import Gates
from engine.store.rules_in_force import StoredRules
from tests.office import campaign

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOW: Final[Instant] = instant(datetime.fromisoformat("2026-03-03T14:30:00+00:00"))


class FewListed:
    """A registry for each rule; of two, some numbers are known, and of one nothing."""

    names: Final = ("tps", "us-dnc", "ca-dncl", "protected-lines")
    problems: Mapping[str, str] = MappingProxyType({})

    def current(self, sql: sqlite3.Connection) -> "FewListed":
        return self

    def states(self, names: Iterable[str], number: str) -> dict[str, RegistryState]:
        known = [name for name in names if name in self.names]
        return {
            name: RegistryState(version_at=self._version(name), listed=self._has(name, int(number)))
            for name in known
        }

    def listed(self, name: str, numbers: "NDArray[np.uint64]") -> "NDArray[np.bool_] | None":
        import numpy as np

        if name not in self.names:
            return None
        return np.array([self._has(name, int(number)) for number in numbers], np.bool_)

    def _has(self, name: str, number: int) -> bool:
        return number % 7 == self.names.index(name)

    def _version(self, name: str) -> Instant:
        return NOW - (60 if name == "ca-dncl" else 3) * DAY


LEADS: Final = 40
SEEDS: Final = 50
RULES: Final = StoredRules()
FEW: Final = Gates(RULES, FewListed())

NUMBERS: Final = (
    *(f"+1212555{last:04}" for last in range(100, 108)),
    *(f"+1305555{last:04}" for last in range(100, 108)),
    *(f"+1808555{last:04}" for last in range(100, 104)),
    *(f"+1416555{last:04}" for last in range(100, 104)),
    *(f"+44207946{last:04}" for last in range(1, 9)),
    *(f"+447400{last:06}" for last in range(123456, 123460)),
    "+18005550100",
    "+33142000001",
)
CALLS: Final = (
    ("no-answer", "customer-not-reached"),
    ("busy", "customer-not-reached"),
    ("answered", "connected"),
    ("answered", "abandoned"),
    ("answered", "machine"),
    ("unknown", "unknown"),
)
"""Outcome and ending."""
SAID: Final = ("dnc", "consent", "revoked", "customer", "reassigned")


def some_lead(chance: Random) -> dict[str, Any]:
    """Most of them are due and may be called."""

    def rarely(*values: Any) -> Any:
        return chance.choice(values) if chance.random() < 0.1 else None

    return {
        "number": chance.choice(NUMBERS),
        "second": chance.choice([None, None, *NUMBERS]),
        "attributes": some_attributes(chance),
        "calls": some_calls(chance),
        "case": some_case(chance),
        "list": 2 if rarely(True) else 1,
        "owner": rarely("orders", "others"),
        "owned_until": chance.choice([None, -1, HOUR]),
        "out_of_use": rarely(True),
        "live": rarely(True),
        "said": rarely(*SAID),
        "whom": chance.choice(["number", "person"]),
        "seller": chance.choice([None, "e", "f"]),
    }


def some_attributes(chance: Random) -> dict[str, str]:
    if chance.random() < 0.5:
        return chance.choice([{}, {"name": "zone"}])
    choices = {
        "zone": ["America/Los_Angeles", "Europe/London", "Mars/Phobos"],
        "state": ["FL", "NY", "US-OK", "XX"],
        "zip": ["33101", "10001", "123", "2000"],
        "country": ["US", "GB"],
        "party": ["business", "consumer", "?"],
        "origin": ["generated"],
        "person": ["p1", "p2", "p3"],
        "debt": ["d1", "d2"],
    }
    return {name: chance.choice(values) for name, values in choices.items() if chance.random() < 0.15}


def some_calls(chance: Random) -> list[tuple[int, str, str, bool]]:
    """How long ago, outcome, ending, and whether the person refused: evenly apart."""
    count, gap = chance.choice([0, 0, 1, 3, 4, 8]), chance.choice([1, 5, 20, 60, 100])
    outcome, ending = chance.choice(CALLS)
    return [(gap * HOUR * each, outcome, ending, chance.random() < 0.2) for each in range(1, count + 1)]


def some_case(chance: Random) -> dict[str, Any]:
    soon, rank = chance.choice([-2 * HOUR, -1, 0, 1, 3 * HOUR]), chance.choice([0, 1, 2])
    held = {
        "waits_for": chance.choice(sorted(Hold)),
        "wanted_at": soon,
        "wakes_at": chance.choice([None, soon]),
    }
    held |= {"held_by": chance.choice(["window closed US-FCC-HOURS", "place unknown-zone -"])}
    promised = {
        "due_at": 0,
        "rank": 0,
        "callback_at": -HOUR,
        "callback_until": chance.choice([HOUR, 2 * HOUR, -1]),
        "callback_agent": chance.choice([None, "ann"]),
        "callback_anyone_at": chance.choice([None, MINUTE, -MINUTE]),
    }
    closed = {"status": chance.choice(["COMPLETED", "CUSTOMER_FAILED", "DNC"])}
    others: list[dict[str, Any]] = [held, held, promised, closed, {"due_at": soon, "rank": rank}, {}]
    return chance.choice(others) if chance.random() < 0.3 else {"due_at": 0}


COMPLIANCE: Final = (
    None,
    CompliancePolicy(profiles=("us-sales", "uk-sales")),
    CompliancePolicy(profiles=("us-sales", "us-collections", "uk-sales"), subject="s", seller="e"),
    CompliancePolicy(profiles=("uk-sales", "fr-sales"), zones="address-trusted"),
    CompliancePolicy(profiles=("us-sales", "uk-sales", "ca-sales"), party="business"),
    CompliancePolicy(
        profiles=("us-sales", "uk-sales"),
        caller_ids=CallerIdPool(numbers=(CallerId(number="+12125550199"),), local_presence=True),
    ),
)
MODES: Final = (DialMode.PROGRESSIVE, DialMode.POWER, DialMode.PREVIEW)
MORNING: Final = BusinessHours(zone="Europe/London", week=((Window(opens=600, closes=720),),) * 7)


class Ward:
    """A store with the leads of one campaign."""

    def __init__(self, sql: sqlite3.Connection, policy: CampaignPolicy) -> None:
        self.sql = sql
        self.policy = policy
        sql.execute("INSERT INTO lists (id, name, created_at, active) VALUES (1, 'a', 0, 1), (2, 'b', 0, 0)")

    def add(self, table: str, **values: Any) -> int:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        cursor = self.sql.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def lead(self, place: int, given: dict[str, Any]) -> None:
        dialed = len(given["calls"])
        lead = self.add(
            "leads",
            list_id=given["list"],
            key=f"k{place}",
            attributes=json.dumps(given["attributes"]),
            imported_at=0,
            calls=dialed,
            owner=given["owner"],
            owned_until=_at(given["owned_until"]),
        )
        kind = "toll-free" if given["number"].startswith("+1800") else "fixed-line-or-mobile"
        phone = self.add(
            "phones",
            lead_id=lead,
            position=1,
            number=given["number"],
            kind=kind,
            out_of_use_at=1 if given["out_of_use"] else None,
        )
        if given["second"] is not None:
            self.add("phones", lead_id=lead, position=2, number=given["second"], kind="mobile")
            self.sql.execute("UPDATE leads SET phone_count = 2 WHERE id = ?", (lead,))
        values = {name: _at(value) if name in TIMES else value for name, value in given["case"].items()}
        case = self.add("cases", campaign=self.policy.name, lead_id=lead, phone_id=phone, **values)
        for number, (ago, outcome, ending, refused) in enumerate(given["calls"]):
            self.call(case, lead, phone, given["number"], NOW - ago, outcome, ending, refused, number)
        if given["live"] and self.sql.execute(LIVE, (given["number"],)).fetchone() is None:
            attempt = self.add(
                "attempts", **ATTEMPT, case_id=case, lead_id=lead, phone_id=phone, started_at=NOW
            )
            self.add(
                "legs", attempt_id=attempt, side="customer", number=given["number"], intended_at=NOW - MINUTE
            )
        self.say(given)

    def call(
        self, case: int, lead: int, phone: int, number: str, at: Instant, outcome: str, ending: str,
        refused: bool, ordinal: int,
    ) -> None:  # fmt: skip
        attempt = self.add(
            "attempts",
            **ATTEMPT,
            case_id=case,
            lead_id=lead,
            phone_id=phone,
            started_at=at,
            ended_at=at + MINUTE,
            settled_at=at + MINUTE,
            ending=ending,
            outcome=outcome,
            person=int(outcome == "answered"),
            connected_at=at if ending == "connected" else None,
            refused=int(refused),
            subject="s" if ordinal % 2 else None,
            seller="e",
            debt="d1" if ordinal % 3 else None,
        )
        self.add(
            "legs",
            attempt_id=attempt,
            side="customer",
            number=number,
            intended_at=at,
            dialed=1,
            ended_at=at + MINUTE,
            outcome=outcome,
        )

    def say(self, given: dict[str, Any]) -> None:
        person = given["attributes"].get("person") if given["whom"] == "person" else None
        whom = {"number": given["number"]} if person is None else {"person": person}
        column, value = next(iter(whom.items()))
        seller = {"seller": given["seller"]}
        if given["said"] == "dnc" and not self.has("dnc", column, value):
            self.add("dnc", **whom, since=NOW - DAY, source="command")
        if given["said"] == "consent":
            self.add("consents", **whom, **seller, level="written", given_at=NOW - DAY, other_times=1)
        if given["said"] == "revoked":
            self.add("revocations", **whom, **seller, at=NOW - HOUR)
        if given["said"] == "customer" and not self.has("relationships", column, value):
            self.add("relationships", **whom, **seller, customer=1, transaction_at=NOW - DAY)
        if given["said"] == "reassigned" and not self.has("reassignments", "number", given["number"]):
            self.add("reassignments", number=given["number"], reassigned=0, asked_at=NOW - DAY)

    def has(self, table: str, column: str, value: str) -> bool:
        return self.sql.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", (value,)).fetchone() is not None


TIMES: Final = frozenset(
    {"due_at", "wanted_at", "wakes_at", "callback_at", "callback_until", "callback_anyone_at"}
)
LIVE: Final = "SELECT 1 FROM legs WHERE number = ? AND ended_at IS NULL"
ATTEMPT: Final[dict[str, Any]] = {
    "campaign": "others",
    "cycle": 1,
    "agent_attempts_before": 0,
    "customer_attempts_before": 0,
}


def _at(offset: int | None) -> Instant | None:
    return None if offset is None else NOW + offset


Stand: TypeAlias = tuple[Any, ...]


def one_by_one(ward: Ward, gates: Gates) -> tuple[Counter[Stand], dict[Stand, Instant]]:
    """How each case stands, as its claim would find it, and when the first of those that wait goes on."""
    sql, policy = ward.sql, ward.policy
    sql.row_factory = sqlite3.Row
    asking = gates.asking(sql, policy, NOW)
    reserved = policy.mode is DialMode.PREVIEW
    found: Counter[Stand] = Counter()
    first: dict[Stand, Instant] = {}

    def wait(refusal: Stand, until: Instant) -> None:
        found[Standing.WAITING, *refusal] += 1
        first[refusal] = min(until, first.get(refusal, until))

    rows = sql.execute(
        "SELECT c.*, l.owner, l.owned_until, s.active, p.out_of_use_at, p.number FROM cases c "
        "JOIN leads l ON l.id = c.lead_id JOIN lists s ON s.id = l.list_id JOIN phones p ON p.id = c.phone_id"
    ).fetchall()
    for case in rows:
        due = case["due_at"]
        if due is None and case["wakes_at"] is not None and case["wakes_at"] <= NOW:
            due = max(case["wanted_at"], case["wakes_at"])
        until = case["callback_until"]
        if until is not None and case["callback_anyone_at"] is not None:
            until = min(until, case["callback_anyone_at"])
        if case["status"] not in OPEN:
            found[Standing.CLOSED, None, case["status"], None] += 1
        elif due is None and case["waits_for"] == Hold.GATE:
            gate, reason, rule = case["held_by"].split(" ")
            said = (gate, reason, None if rule == "-" else rule)
            if case["wakes_at"] is None:
                found[Standing.BLOCKED, *said] += 1
            else:
                wait(said, case["wakes_at"])
        elif due is None and case["waits_for"] is not None:
            found[Standing.HELD, None, case["waits_for"], None] += 1
        elif due is None:
            found[Standing.IN_CALL, None, "call", None] += 1
        elif due > NOW:
            rank = ("callback", "retry", "new")[case["rank"]]
            found[Standing.NOT_DUE, None, rank, None] += 1
        elif (
            sql.execute(LIVE, (case["number"],)).fetchone()
            or sql.execute(
                "SELECT 1 FROM attempts WHERE lead_id = ? AND settled_at IS NULL", (case["lead_id"],)
            ).fetchone()
        ):
            found[Standing.HELD, None, OTHER_CALL, None] += 1
        elif not case["active"]:
            found[Standing.HELD, None, Hold.LIST, None] += 1
        elif case["owner"] == "others" and (case["owned_until"] is None or case["owned_until"] > NOW):
            found[Standing.HELD, None, Hold.OWNERSHIP, None] += 1
        elif case["callback_agent"] is not None and until > NOW:
            found[Standing.HELD, None, Hold.AGENT, None] += 1
        else:
            phone = case["phone_id"]
            other = sql.execute(
                "SELECT id FROM phones WHERE lead_id = ? AND out_of_use_at IS NULL AND id <> ?",
                (case["lead_id"], phone),
            ).fetchone()
            phones = [phone]
            if policy.phones.several and other is not None:
                phones = [other[0]] if case["out_of_use_at"] is not None else [phone, other[0]]
            answers = [asking.ask(case["lead_id"], each, reserved=reserved) for each in phones]
            asked = next((each for each in answers if each.allowed), answers[0])
            refusal = refusal_of(asked.verdict)
            if asked.allowed:
                found[Standing.DIALABLE, *refusal] += 1
            elif moments := [at for each in answers if (at := each.next_allowed(NOW)) is not None]:
                wait(refusal, min(moments))
            else:
                found[Standing.BLOCKED, *refusal] += 1
    sql.row_factory = None
    return found, first


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_summary_is_the_sum_of_what_the_gates_say_of_each_lead(seed: int) -> None:
    chance = Random(seed)
    compliance = chance.choice(COMPLIANCE)
    policy = campaign(
        mode=chance.choice(MODES),
        compliance=compliance,
        caller_id="+12125550198",
        phones=PhonePolicy(order=chance.choice([PhoneOrder.FIRST_ONLY, PhoneOrder.MOBILE_FIRST])),
        amd=Amd(enabled=chance.random() < 0.1, on_machine=OnMachine.HANGUP),
        # Without a profile a claim asks for business hours itself.
        business_hours=MORNING if compliance is not None and chance.random() < 0.1 else None,
    )
    with closing(open_store(":memory:", durable=False)) as sql:
        ward = Ward(sql, policy)
        for place in range(LEADS):
            ward.lead(place, some_lead(chance))
        found = summarize(sql, policy, FEW, NOW)
        counted, first = one_by_one(ward, FEW)
        assert Counter({each[:4]: each.cases for each in found.held}) == counted
        waiting = [each for each in found.held if each.standing is Standing.WAITING]
        assert {each[1:4]: each.next_at for each in waiting} == first
        assert found.total == LEADS
