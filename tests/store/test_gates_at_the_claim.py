"""The gates at the claim and at the intent of a customer's leg, on a real disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from engine.domain.compliance import CallerId, CallerIdPool, CompliancePolicy
from engine.domain.lists import InlineLead
from engine.domain.policy import Budget, CampaignPolicy
from engine.domain.registries import GivenRegistry
from engine.domain.selection import PhoneOrder, PhonePolicy
from engine.domain.time import DAY, HOUR, MILLISECOND, MINUTE, Instant
from engine.domain.words import DialMode, Hold, Side
from engine.journal import events as e
from engine.registries.given import use_given
from engine.registries.registries import Registries
from engine.store import changes
from engine.store.cases import create_cases
from engine.store.changes import Ids, Intended, Refusal
from engine.store.claims import Dry, Started, begin_attempts
from engine.store.connection import open_store
from engine.store.gates import Asked, Gates, NoRegistries
from engine.store.gates_wake import wake_blocked
from engine.store.leads import import_leads
from engine.store.recovery import open_epoch, recover, register
from engine.store.rules_in_force import StoredRules
from engine.store.transaction import Change, Transaction
from tests.compliance.dials import at

TEN: Final = at("2026-11-23T10:00:00+00:00")  # a Monday, in London's window and before New York's
LONDON: Final = "+442079460001"
NEW_YORK: Final = "+12125550101"
MIAMI: Final = "+13055550101"


def sell(name: str = "sell", *profiles: str, **more: Any) -> CampaignPolicy:
    chosen = {key: more.pop(key) for key in ("seller", "subject", "caller_ids", "zones") if key in more}
    compliance = CompliancePolicy(profiles=profiles or ("uk-collections",), **chosen)
    values: dict[str, Any] = {
        "name": name,
        "mode": DialMode.PREVIEW,
        "lists": ("people",),
        "pool": "sales",
        "customer_attempts": Budget(max=30, interval=MINUTE),
        "caller_id": None if compliance.caller_ids else "+442079460999",
        "compliance": compliance,
    }
    return CampaignPolicy(**values | more)


class Desk:
    """A store with campaigns, and changes done on it one transaction each."""

    def __init__(self, folder: Path, leads: list[InlineLead], *policies: CampaignPolicy) -> None:
        path = folder / "store.db"
        self.sql = open_store(path, durable=False)
        self.policies = {policy.name: policy for policy in policies}
        self.registries = Registries(path)
        self.gates = Gates(StoredRules(), self.registries)
        self.now: Instant = TEN
        self.lines: list[e.Event] = []
        import_leads(self.sql, leads, list_name="people", now=TEN - DAY)
        register(self.sql, dict.fromkeys(self.policies, "{}"))
        for policy in policies:
            create_cases(self.sql, policy.name, policy.lists, TEN - DAY)
        self.sql.execute("UPDATE campaigns SET state = 'running'")
        self.ids = Ids(open_epoch(self.sql, now=TEN, version="test").number)

    def do(self, change: Change[Any]) -> Any:
        tx = Transaction(self.sql, self.now)
        self.sql.execute("BEGIN IMMEDIATE")
        answer = change(tx)
        self.sql.execute("COMMIT")
        self.lines += tx.recorded
        return answer

    def claim(
        self, campaign: str = "sell", *, first: Side | None = Side.CUSTOMER, **more: Any
    ) -> list[Started]:
        policy = self.policies[campaign]
        answer = self.do(begin_attempts(policy, 10, self.ids, gates=self.gates, first=first, **more))
        return [] if isinstance(answer, Dry) else answer

    def called(
        self, started: Started, outcome: str, ending: str = "customer-not-reached", **more: Any
    ) -> None:
        """The call is over, and the case is due again."""
        ended = self.now + MINUTE
        given = {"person": None, "connected_at": None, "refused": 0} | more
        self.sql.execute(
            "UPDATE legs SET dialed = 1, ended_at = ?, outcome = ? WHERE attempt_id = ?",
            (ended, outcome, started.attempt),
        )
        self.sql.execute(
            "UPDATE attempts SET ended_at = ?, settled_at = ?, outcome = ?, ending = ?, person = ?, "
            "connected_at = ?, refused = ? WHERE id = ?",
            (ended, ended, outcome, ending, *given.values(), started.attempt),
        )
        self.sql.execute("UPDATE leads SET calls = calls + 1 WHERE id = ?", (started.lead,))
        self.sql.execute("UPDATE cases SET due_at = ? WHERE lead_id = ?", (ended, started.lead))

    def held(self, case: int = 1) -> tuple[str | None, Instant | None, str | None]:
        query = "SELECT waits_for, wakes_at, held_by FROM cases WHERE id = ?"
        row: tuple[str | None, Instant | None, str | None] = self.sql.execute(query, (case,)).fetchone()
        return row


def lead(key: str, *phones: str, **attributes: str) -> InlineLead:
    return InlineLead(key=key, phones=phones, attributes=attributes)


@contextmanager
def desk(*policies: CampaignPolicy, leads: list[InlineLead] | None = None) -> Iterator[Desk]:
    with TemporaryDirectory() as folder:
        made = Desk(Path(folder), leads or [lead("ann", LONDON)], *(policies or (sell(),)))
        yield made
        made.sql.close()


def test_a_lead_that_every_gate_allows_is_dialed_with_what_was_known_on_record() -> None:
    with desk() as store:
        (started,) = store.claim()
        (intended,) = [line for line in store.lines if isinstance(line, e.LegIntended)]
        assert intended.leg == started.leg
        assert intended.rules is not None
        assert intended.known == {"zones": ["Europe/London"], "in": ["GB"], "line": "fixed"}


def test_a_window_that_is_closed_holds_the_case_until_it_opens() -> None:
    with desk(sell("sell", "us-collections"), leads=[lead("joe", NEW_YORK)]) as store:
        assert store.claim() == []
        waits_for, wakes_at, held_by = store.held()
        assert waits_for == Hold.GATE
        assert wakes_at == at("2026-11-23T08:00:00-05:00")
        assert held_by is not None
        assert held_by.startswith("window closed US-")
        (line,) = [line for line in store.lines if isinstance(line, e.GatesRefused)]
        assert line.rows[0][:6] == (1, 1, 1, False, "window", "closed")
        store.now = wakes_at - 1
        assert store.claim() == []
        store.now = wakes_at
        assert len(store.claim()) == 1


def test_an_instant_of_refusal_is_written_once_and_not_looked_at_again() -> None:
    with desk(sell("sell", "us-collections"), leads=[lead("joe", NEW_YORK)]) as store:
        store.claim()
        before = len([line for line in store.lines if isinstance(line, e.GatesRefused)])
        for _ in range(5):
            store.now += MINUTE
            assert store.claim() == []
        assert len([line for line in store.lines if isinstance(line, e.GatesRefused)]) == before == 1


def test_a_country_that_no_profile_covers_is_blocked_and_never_wakes_by_itself() -> None:
    with desk(leads=[lead("joe", NEW_YORK)]) as store:
        assert store.claim() == []
        assert store.held() == (Hold.GATE, None, "place not-covered -")
        assert store.do(wake_blocked) == 1
        assert store.claim() == []
        assert store.held()[2] == "place not-covered -"


def test_a_do_not_call_entry_of_one_millisecond_before_holds() -> None:
    with desk() as store:
        entry = "INSERT INTO dnc (number, since, source) VALUES (?, ?, 'command')"
        store.sql.execute(entry, (LONDON, store.now - MILLISECOND))
        assert store.claim() == []
        held_by = store.held()[2]
        assert held_by is not None
        assert held_by.startswith("dnc dnc-internal")


def test_a_do_not_call_entry_holds_for_a_campaign_that_keeps_no_profile() -> None:
    with desk(replace(sell(), compliance=None)) as store:
        store.sql.execute("INSERT INTO dnc (number, since, source) VALUES (?, 0, 'command')", (LONDON,))
        assert store.claim() == []
        assert store.held() == (Hold.GATE, None, "dnc dnc-internal -")


def test_who_was_put_on_the_list_while_the_agent_was_called_is_not_dialed() -> None:
    with desk() as store:
        (started,) = store.claim(first=None, agents=("eve",))
        store.sql.execute("INSERT INTO dnc (number, since, source) VALUES (?, 0, 'command')", (LONDON,))
        intent = changes.intend_customer_leg(
            started.attempt, store.policies["sell"], LONDON, store.ids, store.gates
        )
        answer = store.do(intent)
        assert isinstance(answer, Refusal)
        assert answer.reason.startswith("dnc dnc-internal")
        assert store.sql.execute("SELECT count(*) FROM legs").fetchone() == (0,)
        refused, told = store.lines[-2:]
        assert isinstance(refused, e.GatesRefused)
        assert refused.rows[0][:4] == (1, 1, 1, True)
        assert isinstance(told, e.DialRefused)


def test_a_leg_that_waited_its_turn_is_asked_about_again() -> None:
    with desk() as store:
        (started,) = store.claim(first=None, agents=("eve",))
        policy = store.policies["sell"]
        intent = changes.intend_customer_leg(started.attempt, policy, LONDON, store.ids, store.gates)
        intended = store.do(intent)
        assert isinstance(intended, Intended)
        again = changes.ask_again(started.attempt, intended.leg, policy, store.gates)
        assert isinstance(store.do(again), Asked)
        store.sql.execute("INSERT INTO dnc (number, since, source) VALUES (?, 0, 'command')", (LONDON,))
        assert isinstance(store.do(again), Refusal)
        assert isinstance(store.lines[-1], e.DialRefused)
        assert store.lines[-1].leg == intended.leg


def test_calls_at_a_number_count_for_every_lead_that_has_it() -> None:
    two = [lead("ann", MIAMI), lead("bob", MIAMI)]
    with desk(sell("sell", "us-sales"), leads=two) as store:
        consent(store, MIAMI)
        store.now = at("2026-11-23T10:00:00-05:00")
        for _ in range(3):
            started = store.claim()
            assert len(started) == 1
            store.called(started[0], "no-answer")
            store.now += 10 * MINUTE
        assert store.claim() == []
        for case in (1, 2):
            waits_for, wakes_at, held_by = store.held(case)
            assert (waits_for, held_by) == (Hold.GATE, "cap too-often US-FL-FREQ")
            assert wakes_at == at("2026-11-24T10:00:00-05:00")


def consent(store: Desk, number: str) -> None:
    """Everything that Florida and the federal rules ask for but the caps."""
    given = TEN - DAY
    store.sql.execute(
        "INSERT INTO consents (number, level, given_at) VALUES (?, 'written', ?)", (number, given)
    )
    store.sql.execute(
        "INSERT INTO reassignments (number, reassigned, asked_at) VALUES (?, 0, ?)", (number, given)
    )
    registry = GivenRegistry(name="us-dnc", version_at=given)
    store.do(use_given({"us-dnc": registry}, store.registries.shelf))


PARIS: Final = "+33142000001"


def agreed(store: Desk, *numbers: str) -> None:
    """What France asks for but the caps."""
    given = [(number, TEN - DAY) for number in numbers]
    store.sql.executemany("INSERT INTO consents (number, level, given_at) VALUES (?, 'express', ?)", given)


def test_calls_of_another_seller_are_not_counted() -> None:
    sellers = {"one": "acme", "two": "best", "three": "acme"}
    policies = [sell(name, "fr-sales", seller=seller) for name, seller in sellers.items()]
    with desk(*policies, leads=[lead("ann", PARIS)]) as store:
        agreed(store, PARIS)
        for _ in range(4):
            (started,) = store.claim("one")
            store.called(started, "no-answer")
            store.now += 10 * MINUTE
        assert store.claim("three") == []
        assert store.held(3)[2] == "cap too-often FR-FREQ"
        assert len(store.claim("two")) == 1


def test_calls_at_a_persons_other_number_count_for_the_person() -> None:
    people = [lead("home", PARIS, person="P1"), lead("work", "+33142000002", person="P1")]
    other = [lead("stranger", PARIS, person="P2")]
    with desk(sell("sell", "fr-sales"), leads=people + other) as store:
        agreed(store, PARIS, "+33142000002")
        for _ in range(4):
            store.sql.execute("UPDATE cases SET due_at = NULL WHERE lead_id <> 1")
            (started,) = store.claim()
            store.called(started, "no-answer")
            store.now += 10 * MINUTE
        store.sql.execute("UPDATE cases SET due_at = ?", (store.now,))
        assert [one.lead for one in store.claim()] == [3]
        assert store.held(2)[2] == "cap too-often FR-FREQ"


def test_a_call_that_a_crash_hid_counts_as_a_conversation() -> None:
    with desk(sell("sell", "us-collections"), leads=[lead("joe", NEW_YORK)]) as store:
        store.now = at("2026-11-23T10:00:00-05:00")
        (started,) = store.claim()
        store.called(started, "unknown", "unknown")
        store.now += HOUR
        assert store.claim() == []
        _, wakes_at, held_by = store.held()
        assert held_by is not None
        assert held_by.startswith("cooldown rests-after-conversation")
        assert wakes_at is not None
        assert wakes_at >= at("2026-11-30T00:00:00-05:00")


def test_an_attempt_is_not_an_earlier_one_of_itself() -> None:
    with desk(sell("sell", "us-collections"), leads=[lead("joe", NEW_YORK)]) as store:
        store.now = at("2026-11-23T10:00:00-05:00")
        (started,) = store.claim()
        policy = store.policies["sell"]
        assert started.leg is not None
        assert isinstance(
            store.do(changes.ask_again(started.attempt, started.leg, policy, store.gates)), Asked
        )


def test_a_registry_that_was_never_imported_blocks_and_its_import_wakes() -> None:
    with desk(sell("sell", "uk-sales")) as store:
        assert store.claim() == []
        waits_for, wakes_at, held_by = store.held()
        assert (waits_for, wakes_at) == (Hold.GATE, None)
        assert held_by is not None
        assert held_by.startswith("registry registry-unknown")
        registry = GivenRegistry(name="tps", version_at=TEN - DAY)
        store.do(use_given({"tps": registry}, store.registries.shelf))
        assert len(store.claim()) == 1


def test_a_registry_file_of_a_configuration_is_read_and_an_older_version_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "tps.txt"
    file.write_text("+44 20 7946 0001\n020 7946 0009\n")
    with desk(sell("sell", "uk-sales")) as store:
        given = GivenRegistry(name="tps", version_at=TEN - DAY, file=str(file), region="GB")
        store.do(use_given({"tps": given}, store.registries.shelf))
        assert store.claim() == []
        assert store.held()[2] == "registry registered UK-TPS-28D"
        store.do(use_given({"tps": replace(given, version_at=TEN - 2 * DAY)}, store.registries.shelf))
        rows = store.sql.execute("SELECT version_at, numbers FROM registries").fetchall()
        assert rows == [(TEN - DAY, 2)]


def test_without_registries_at_hand_nobody_is_called_who_must_be_looked_up() -> None:
    with desk(sell("sell", "uk-sales")) as store:
        store.gates = Gates(StoredRules(), NoRegistries())
        assert store.claim() == []


def test_numbers_of_a_pool_take_turns_and_are_worn_out_for_the_day() -> None:
    shown = tuple(CallerId(number=number) for number in ("+442079460991", "+442079460992"))
    pool = CallerIdPool(numbers=shown, per_day=1)
    people = [lead(f"l{k}", f"+44207946000{k}") for k in range(1, 4)]
    with desk(sell(caller_ids=pool), leads=people) as store:
        started = store.claim()
        assert [one.asked.caller_id for one in started if one.asked] == ["+442079460991", "+442079460992"]
        query = "SELECT caller_id FROM legs ORDER BY id"
        assert store.sql.execute(query).fetchall() == [("+442079460991",), ("+442079460992",)]
        third = next(case for case in (1, 2, 3) if store.held(case)[0] is not None)
        midnight = at("2026-11-24T00:00:00+00:00")
        assert store.held(third) == (
            Hold.GATE,
            at("2026-11-24T08:00:00+00:00"),
            "caller-id caller-ids-worn-out -",
        )
        dry = store.do(
            begin_attempts(store.policies["sell"], 1, store.ids, gates=store.gates, first=Side.CUSTOMER)
        )
        assert dry == Dry(until=midnight)
        store.now = at("2026-11-24T08:00:00+00:00")
        assert len(store.claim()) == 1


def test_the_number_most_like_the_called_one_is_shown() -> None:
    shown = tuple(CallerId(number=number) for number in ("+441614960999", "+442079460991"))
    with desk(sell(caller_ids=CallerIdPool(numbers=shown, local_presence=True))) as store:
        (started,) = store.claim()
        assert started.asked is not None
        assert started.asked.caller_id == "+442079460991"


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"zone": "Mars/Olympus"}, "place unknown-zone -"),
        ({"origin": "generated"}, "origin generated-number"),
        ({"state": "FL", "country": "US"}, "place not-covered -"),
    ],
)
def test_what_a_leads_attributes_say_is_heeded(attributes: dict[str, str], reason: str) -> None:
    with desk(leads=[lead("ann", LONDON, **attributes)]) as store:
        if "origin" in attributes:
            store.gates = _with_list_origin(store)
        assert store.claim() == []
        held_by = store.held()[2]
        assert held_by is not None
        assert held_by.startswith(reason)


def _with_list_origin(store: Desk) -> Gates:
    text = (
        "reviewed: 2026-11-22\nrules:\n  OUR-ORIGIN:\n    kind: list-origin\n    citation: ours\n"
        "    summary: No generated numbers.\n    confidence: high\n"
    )
    store.sql.execute(
        "INSERT INTO operator_rules (at, user, text, digest, version) VALUES (0, 'ada', ?, '', '')", (text,)
    )
    return store.gates


def test_a_business_is_called_by_the_rules_for_businesses() -> None:
    with desk(sell("sell", "us-sales"), leads=[lead("ann", NEW_YORK, party="business")]) as store:
        store.now = at("2026-11-23T10:00:00-05:00")
        store.claim()
        known = [
            *(line.known for line in store.lines if isinstance(line, e.LegIntended)),
            *(line.rows[0][-1] for line in store.lines if isinstance(line, e.GatesRefused)),
        ]
        assert known[0] is not None
        assert known[0]["party"] == "business"


def test_whose_calls_they_are_stands_with_each_attempt() -> None:
    policy = sell("sell", "us-collections", seller="acme", subject="loans")
    with desk(policy, leads=[lead("joe", NEW_YORK, debt="D-1")]) as store:
        store.now = at("2026-11-23T10:00:00-05:00")
        store.claim()
        assert store.sql.execute("SELECT seller, subject, debt FROM attempts").fetchall() == [
            ("acme", "loans", "D-1")
        ]


def test_an_engine_that_starts_asks_again_about_what_was_blocked() -> None:
    with desk(leads=[lead("joe", NEW_YORK)]) as store:
        store.claim()
        store.do(recover(store.policies))
        assert store.held()[0] is None
        assert isinstance(store.lines[-1], e.CampaignChanged)
        assert any(isinstance(line, e.RulesInForce) for line in store.lines)
        wider = replace(store.policies["sell"], compliance=CompliancePolicy(profiles=("us-collections",)))
        store.policies["sell"] = wider
        assert store.claim() == []
        assert store.held()[2] == "window closed US-REGF-TIME"


def refused(store: Desk) -> list[tuple[Any, ...]]:
    """The rows of what the gates refused, without what was known."""
    lines = [line for line in store.lines if isinstance(line, e.GatesRefused)]
    return [row[:-1] for line in lines for row in line.rows]


def test_a_number_that_may_not_be_called_gives_way_to_one_that_may() -> None:
    several = sell(phones=PhonePolicy(order=PhoneOrder.IN_ORDER))
    with desk(several, leads=[lead("ann", LONDON, "+442079460002")]) as store:
        store.sql.execute("INSERT INTO dnc (number, since, source) VALUES (?, 0, 'command')", (LONDON,))
        assert store.claim() == []
        assert store.held()[0] is None
        assert refused(store) == [(1, 1, 1, False, "dnc", "dnc-internal", "UK-OWN-DNC", None)]
        (started,) = store.claim()
        assert started.number == "+442079460002"


def test_a_lead_waits_for_the_first_of_its_numbers() -> None:
    several = sell("sell", "us-collections", "uk-collections", phones=PhonePolicy(order=PhoneOrder.IN_ORDER))
    with desk(several, leads=[lead("ann", LONDON, NEW_YORK)]) as store:
        store.sql.execute("INSERT INTO dnc (number, since, source) VALUES (?, 0, 'command')", (LONDON,))
        assert store.claim() == []
        opens = at("2026-11-23T08:00:00-05:00")
        assert store.held() == (Hold.GATE, opens, "dnc dnc-internal UK-OWN-DNC")
        assert [(row[2], row[4], row[7]) for row in refused(store)] == [
            (1, "dnc", None),
            (2, "window", opens),
        ]
        store.now = opens
        (started,) = store.claim()
        assert started.number == NEW_YORK


def test_a_campaign_that_dials_one_number_does_not_turn_to_another() -> None:
    with desk(leads=[lead("ann", LONDON, "+442079460002")]) as store:
        store.sql.execute("INSERT INTO dnc (number, since, source) VALUES (?, 0, 'command')", (LONDON,))
        assert store.claim() == []
        assert store.held()[0] == Hold.GATE
