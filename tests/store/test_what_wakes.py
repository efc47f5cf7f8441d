"""What a gate is told changes: whom it holds is asked about again, at once and by itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from engine.attempts.settlement import AttemptResult
from engine.domain.compliance import CompliancePolicy
from engine.domain.registries import GivenRegistry
from engine.domain.selection import PhoneOrder, PhonePolicy
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant
from engine.domain.wishes import ConsentGiven, Revocation, Whom
from engine.domain.words import DialMode, Ending, Hold, Outcome, Side
from engine.errors import InputError
from engine.journal import events as e
from engine.journal.values import case_of
from engine.registries.given import use_given
from engine.store.agreements import tell
from engine.store.claims import Dry, Started, begin_attempts
from engine.store.closing import Closing
from engine.store.gates_at_start import ask_at_start
from engine.store.gates_wake import wake_after_call
from engine.store.lead_changes import set_attributes
from engine.store.recovery import recover
from engine.store.settling import settle_case
from tests.compliance.dials import at
from tests.store.test_gates_at_the_claim import LONDON, NEW_YORK, TEN, Desk, desk, lead, sell

ROME: Final = "+390612345678"
BERLIN: Final = "+493023125001"
MORNING: Final = at("2026-11-23T10:00:00-05:00")


def settle(store: Desk, campaign: str, started: Started, ending: Ending, outcome: Outcome) -> None:
    """The call is over, and its case is closed."""
    (begun,) = (
        line for line in store.lines if isinstance(line, e.AttemptStarted) and line.attempt == started.attempt
    )
    connected = ending is Ending.CONNECTED
    person = outcome is Outcome.ANSWERED
    store.sql.execute(
        "UPDATE legs SET dialed = 1, ended_at = ?, outcome = ? WHERE attempt_id = ?",
        (store.now, outcome, started.attempt),
    )
    store.sql.execute(
        "UPDATE attempts SET ended_at = ?, outcome = ?, ending = ?, person = ?, connected_at = ? "
        "WHERE id = ?",
        (store.now, outcome, ending, person, store.now if connected else None, started.attempt),
    )
    store.sql.execute("UPDATE leads SET calls = calls + 1 WHERE id = ?", (started.lead,))
    policy = store.policies[campaign]
    code = policy.default_disposition if connected else policy.system_code(outcome)
    result = AttemptResult(ending=ending, ended_at=store.now, outcome=outcome, disposition=code)
    closing = Closing(
        attempt=started.attempt,
        case=case_of(begun),
        list=begun.list,
        result=result,
        dialed=True,
        person=person,
        machine=False,
        duration=0,
        answered_at=store.now if person else None,
        asked=None,
        connected_at=store.now if connected else None,
    )
    store.do(lambda tx: settle_case(tx, policy, closing))


def put_off(store: Desk, case: int) -> None:
    store.sql.execute("UPDATE cases SET due_at = NULL WHERE id = ?", (case,))


def use(store: Desk, name: str, version_at: Instant) -> None:
    given = GivenRegistry(name=name, version_at=version_at)
    store.do(use_given({name: given}, store.registries.shelf))


# --- registries -------------------------------------------------------------------------------------


def test_an_import_by_night_counts_in_the_morning_though_a_window_held_the_case() -> None:
    with desk(sell("sell", "uk-sales")) as store:
        store.now = at("2026-11-23T23:00:00+00:00")
        use(store, "tps", at("2026-10-27T00:00:00+00:00"))
        assert store.claim() == []
        assert store.held() == (Hold.GATE, None, "window closed UK-HOURS")  # too old by the morning
        store.now += 2 * HOUR
        use(store, "tps", at("2026-11-24T00:00:00+00:00"))
        assert store.claim() == []
        assert store.held()[1] == at("2026-11-24T08:00:00+00:00")


def test_an_import_counts_for_the_second_number_though_the_first_one_is_named() -> None:
    several = sell("sell", "uk-sales", phones=PhonePolicy(order=PhoneOrder.IN_ORDER))
    with desk(several, leads=[lead("ann", LONDON, "+442079460002")]) as store:
        store.sql.execute("INSERT INTO dnc (number, since, source) VALUES (?, 0, 'command')", (LONDON,))
        assert store.claim() == []
        assert store.held() == (Hold.GATE, None, "dnc dnc-internal UK-OWN-DNC")
        use(store, "tps", TEN - DAY)
        assert store.claim() == []  # the case turns to the other number
        assert [started.number for started in store.claim()] == ["+442079460002"]


def test_a_version_of_the_future_is_refused() -> None:
    with desk(sell("sell", "uk-sales")) as store:
        with pytest.raises(InputError, match="version 2026-11-23T10:00:01Z is in the future"):
            use(store, "tps", TEN + SECOND)
        assert store.sql.execute("SELECT count(*) FROM registries").fetchone() == (0,)


def hidden(store: Desk) -> tuple[Path, Path]:
    """The registry's file is away."""
    folder = store.registries.shelf.path  # type: ignore[attr-defined]
    path = next(folder.glob("*.numbers"))
    away: Path = path.with_suffix(".away")
    path.rename(away)
    return path, away


def dry_until(store: Desk) -> Instant | None:
    change = begin_attempts(store.policies["sell"], 1, store.ids, gates=store.gates, first=Side.CUSTOMER)
    answer = store.do(change)
    assert isinstance(answer, Dry)
    return answer.until


def test_a_registry_file_that_was_away_for_a_moment_blocks_for_that_moment() -> None:
    with desk(sell("sell", "uk-sales")) as store:
        use(store, "tps", TEN - DAY)
        path, away = hidden(store)
        assert store.claim() == []
        assert store.held()[:2] == (Hold.GATE, None)
        assert dry_until(store) == store.now + MINUTE  # nothing tells that it is back: it is looked for
        away.rename(path)
        store.now += HOUR
        assert len(store.claim()) == 1
        assert store.sql.execute("SELECT mended_to FROM registries").fetchone() == (None,)


def test_so_many_wait_for_a_file_that_they_are_asked_about_some_at_a_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.store.registry_files.PORTION", 2)
    people = [lead(str(last), f"+44207946000{last}") for last in range(1, 6)]
    with desk(sell("sell", "uk-sales"), leads=people) as store:
        use(store, "tps", TEN - DAY)
        path, away = hidden(store)
        assert store.claim() == []
        away.rename(path)
        assert [len(store.claim()) for _ in range(4)] == [2, 2, 1, 0]
        assert dry_until(store) is None


# --- calls ------------------------------------------------------------------------------------------


def test_a_conversation_lifts_the_need_of_a_reserved_agent() -> None:
    power = sell("power", "it-sales", mode=DialMode.PROGRESSIVE)
    careful = sell("careful", "it-sales")
    with desk(power, careful, leads=[lead("ann", ROME)]) as store:
        store.now = at("2026-11-23T10:00:00+00:00")
        store.do(tell([ConsentGiven(whom=Whom(number=ROME), level="written", given=TEN - DAY)], by="sue"))
        use(store, "it-rpo", TEN - DAY)
        (begun,) = store.claim("power")
        store.called(begun, "answered", "abandoned")
        store.now = at("2026-11-30T10:00:00+00:00")
        use(store, "it-rpo", store.now - DAY)
        assert store.claim("power") == []
        assert store.held(1) == (Hold.GATE, None, "reserved-agent needs-a-reserved-agent IT-MUTE-REST")
        (begun,) = store.claim("careful", agents=("eve",))
        settle(store, "careful", begun, Ending.CONNECTED, Outcome.ANSWERED)
        assert store.held(1)[0] is None
        use(store, "it-rpo", store.now)
        assert len(store.claim("power")) == 1


@pytest.mark.parametrize("alike", ["person", "number", "lead"])
def test_a_cap_that_a_call_in_flight_filled_is_asked_again_once_it_was_busy(alike: str) -> None:
    """Of debts, a busy call does not count."""
    other = {
        "person": [lead("bob", "+12125550102", person="P", debt="D")],
        "number": [lead("bob", NEW_YORK, debt="D")],
        "lead": [],
    }[alike]
    policies = [sell(name, "us-collections") for name in ("sell", "more")]
    with desk(*policies, leads=[lead("ann", NEW_YORK, person="P", debt="D"), *other]) as store:
        store.now = MORNING
        waits = "more" if alike == "lead" else "sell"
        (case,) = store.sql.execute("SELECT max(id) FROM cases WHERE campaign = ?", (waits,)).fetchone()
        put_off(store, case)
        for _ in range(6):
            (started,) = store.claim()
            store.called(started, "no-answer")
            put_off(store, case)
            store.now += 10 * MINUTE
        (seventh,) = store.claim()
        store.sql.execute(  # as a claim did that came while it was up
            "UPDATE cases SET waits_for = 'gate', wanted_at = ?, wakes_at = ? WHERE id = ?",
            (store.now, store.now + 7 * DAY, case),
        )
        settle(store, "sell", seventh, Ending.CUSTOMER_NOT_REACHED, Outcome.BUSY)
        assert store.held(case)[0] is None
        put_off(store, 1)
        assert len(store.claim(waits)) == 1


def test_what_came_of_a_call_of_strangers_wakes_nobody_else() -> None:
    with desk(leads=[lead("ann", LONDON), lead("joe", NEW_YORK)]) as store:
        (started,) = store.claim()
        assert store.held(2)[0] == Hold.GATE
        settle(store, "sell", started, Ending.CUSTOMER_NOT_REACHED, Outcome.BUSY)
        assert store.held(2)[0] == Hold.GATE


def test_where_no_campaign_keeps_a_profile_nobody_is_looked_for_after_a_call() -> None:
    free = replace(sell(), compliance=None)
    with desk(free) as store:
        store.sql.execute("UPDATE cases SET waits_for = 'gate', wanted_at = 5")
        asked: list[str] = []
        store.sql.set_trace_callback(asked.append)
        assert store.do(lambda tx: wake_after_call(tx, free, lead=1, phone=1)) == 0
        store.sql.set_trace_callback(None)
        assert not [query for query in asked if "cases" in query]
        store.sql.execute("""UPDATE campaigns SET policy = '{"compliance": {}}'""")
        assert store.do(lambda tx: wake_after_call(tx, free, lead=1, phone=1)) == 1


def test_who_is_held_is_found_by_indexes_after_a_call() -> None:
    with desk() as store:
        asked: list[str] = []
        store.sql.set_trace_callback(asked.append)
        store.do(lambda tx: wake_after_call(tx, store.policies["sell"], lead=1, phone=1))
        store.sql.set_trace_callback(None)
        (query,) = (each for each in asked if "cases" in each)
        plan = [row[3] for row in store.sql.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert not [
            step for step in plan if step.startswith("SCAN") and step not in ("SCAN w", "SCAN CONSTANT ROW")
        ]


# --- leads, rules and policies ----------------------------------------------------------------------


def test_an_attribute_that_is_mended_lifts_what_it_blocked() -> None:
    with desk(leads=[lead("ann", LONDON, zone="Mars/Olympus")]) as store:
        assert store.claim() == []
        assert store.held() == (Hold.GATE, None, "place unknown-zone -")
        store.do(set_attributes("ann", {"zone": "Europe/London"}))
        assert len(store.claim()) == 1


def waits_by_policy(store: Desk) -> None:
    store.now = MORNING
    (started,) = store.claim()
    store.called(started, "answered", "connected", connected_at=store.now, person=1)
    store.now += HOUR
    assert store.claim() == []
    _, wakes_at, held_by = store.held()
    assert wakes_at is not None
    assert held_by == "cooldown rests-after-conversation US-REGF-CONV"


def test_an_engine_that_starts_with_another_policy_asks_again_about_what_waits() -> None:
    with desk(sell("sell", "us-collections"), leads=[lead("joe", NEW_YORK)]) as store:
        store.do(recover(store.policies))
        waits_by_policy(store)
        store.do(recover(store.policies))
        assert store.held()[0] == Hold.GATE
        other = replace(store.policies["sell"], compliance=CompliancePolicy(profiles=("us-service",)))
        store.policies["sell"] = other
        store.do(recover(store.policies))
        assert len(store.claim()) == 1


def test_an_engine_that_starts_with_other_rules_asks_again_about_what_waits() -> None:
    with desk(sell("sell", "us-collections"), leads=[lead("joe", NEW_YORK)]) as store:
        store.do(recover(store.policies))
        waits_by_policy(store)
        store.sql.execute(
            "INSERT INTO operator_rules (at, user, text, digest, version) VALUES (0, 'ada', ?, '', '')",
            ("overrides: {US-FCC-RING: {least: 20s, reason: house policy}}\n",),
        )
        store.do(recover(store.policies))
        assert store.held()[0] is None


def test_a_start_asks_about_so_many_at_a_time_and_a_crash_between_goes_on_at_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.store.gates_at_start.PORTION", 2)
    policies = [sell("sell", "us-collections"), sell("more", "us-collections")]
    people = [lead(str(last), f"+121255501{last:02}") for last in range(1, 4)]
    with desk(*policies, leads=people) as store:
        for name in ("sell", "more"):
            assert store.claim(name) == []  # before New York's window
        query = "SELECT count(*) FROM cases WHERE waits_for IS NULL"
        woken = []
        done = False
        while not done:
            done = store.do(lambda tx: ask_at_start(tx, store.policies))
            woken.append(store.sql.execute(query).fetchone()[0])
        assert woken == [2, 4, 6, 6]


# --- clocks -----------------------------------------------------------------------------------------


def test_an_entry_stamped_by_a_faster_clock_holds_at_once() -> None:
    with desk() as store:
        entry = "INSERT INTO dnc (number, since, source) VALUES (?, ?, 'command')"
        store.sql.execute(entry, (LONDON, store.now + 5 * SECOND))
        assert store.claim() == []
        past = store.gates.asking(store.sql, store.policies["sell"], store.now, past=True)
        assert past.ask(1, 1, reserved=True).allowed


def test_a_revocation_stamped_by_a_faster_clock_holds_at_once() -> None:
    with desk(sell("sell", "de-sales"), leads=[lead("kim", BERLIN)]) as store:
        store.do(tell([ConsentGiven(whom=Whom(number=BERLIN), level="express", given=TEN - DAY)], by="sue"))
        policy = store.policies["sell"]
        assert store.gates.asking(store.sql, policy, store.now).ask(1, 1, reserved=True).allowed
        store.now += 5 * SECOND
        store.do(tell([Revocation(whom=Whom(number=BERLIN))], by="sue"))
        store.now -= 5 * SECOND
        assert store.claim() == []
        past = store.gates.asking(store.sql, policy, store.now, past=True)
        assert past.ask(1, 1, reserved=True).allowed


@pytest.mark.parametrize(
    ("given", "taken"), [({"person": "P"}, {"number": BERLIN}), ({"number": BERLIN}, {"person": "P"})]
)
def test_a_revocation_by_number_ends_a_persons_consent_and_the_other_way_round(
    given: dict[str, Any], taken: dict[str, Any]
) -> None:
    with desk(sell("sell", "de-sales"), leads=[lead("kim", BERLIN, person="P")]) as store:
        consent = ConsentGiven(whom=Whom(**given), level="express", given=TEN - 10 * DAY)
        revoked = Revocation(whom=Whom(**taken), at=TEN - DAY)
        store.do(tell([revoked], by="sue"))
        store.do(tell([consent], by="sue"))
        assert store.claim() == []
        store.do(tell([replace(consent, expires=TEN + 20 * DAY)], by="sue"))
        assert store.claim() == []
        store.do(tell([replace(consent, given=TEN - HOUR)], by="sue"))
        assert len(store.claim()) == 1
