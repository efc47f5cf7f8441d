"""The checker of rules, beside engines that forget one thing each: it sees every one of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from engine.calls import call
from engine.compliance.dial import Dial, Past
from engine.compliance.gates import GATES, evaluate
from engine.compliance.verdict import Answer, Gate, Verdict
from engine.domain.time import Instant
from engine.registries.registries import Registries
from engine.store import call_history, gates, rules_in_force, shown_numbers
from simulator.carrier import SimulatedCarrier
from simulator.checkers.rules import NobodyIsCalledAgainstTheRules
from simulator.scenario import load
from tests.simulator.small_worlds import Small
from tests.simulator.test_checkers import caught
from tests.simulator.worlds import empty_store, judged

SCENARIOS: Final = Path(__file__).parents[2] / "scenarios" / "compliance"

TWO_SELLERS: Final = "two-sellers-and-who-bought-from-one"

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def told(scenario: str) -> str:
    """What the checker says of the world of a scenario."""
    loaded = load(SCENARIOS / f"{scenario}.yaml")
    return str(caught(NobodyIsCalledAgainstTheRules, Small(loaded.configuration, loaded.plan)))


def without(patch: Patch, *skipped: Gate) -> None:
    """An engine that does not ask these gates."""

    def careless(dial: Dial, now: Instant) -> Verdict:
        verdict = evaluate(dial, now)
        if verdict.gate not in skipped:
            return verdict
        return Verdict(answer=Answer.ALLOW, version=verdict.version)

    patch.setattr(gates, "evaluate", careless)
    patch.setattr(call, "evaluate", careless)


WHERE: Final = {
    Gate.PLACE: "who-cannot-be-placed-is-not-called",
    Gate.ORIGIN: "uk-generated-numbers",
    Gate.DNC: "person-asks-in-mid-campaign",
    Gate.MANNER: "uk-how-a-call-is-made",
    Gate.CALLER_ID: "uk-how-a-call-is-made",
    Gate.REGISTRY: "uk-registry-is-too-old",
    Gate.CONSENT: "consent-expires-between-calls",
    Gate.RESERVED: "italy-five-days-after-a-mute-call",
    Gate.EMERGENCY: "emergency-is-declared-and-lifted",
    Gate.LOCKOUT: "uk-abandoned-rests-72-hours",
    Gate.COOLDOWN: "regf-a-week-after-a-conversation",
    Gate.WINDOW: "callback-waits-for-the-window",
    Gate.CAP: "florida-three-in-a-day-over-two-campaigns",
}
"""A world in which something happens at each gate. Standing and business hours have checkers of their own,
and no shipped profile calls for what is banned."""


@pytest.mark.parametrize("gate", WHERE)
def test_a_gate_that_is_not_asked_is_told(gate: Gate, monkeypatch: Patch) -> None:
    without(monkeypatch, gate)
    assert f" was called; {gate}: " in told(WHERE[gate])


def test_every_gate_of_the_law_is_left_out_once() -> None:
    elsewhere = {Gate.STANDING, Gate.BUSINESS_HOURS, Gate.BAN}
    assert [gate for gate, _ in GATES if gate not in elsewhere] == list(WHERE)


def own_campaign_only(patch: Patch) -> None:
    """What other campaigns called is not counted."""
    real = gates.Asking._history

    def history(self: Any, *given: Any) -> list[Any]:
        return [past for past in real(self, *given) if "c" in past[4]]

    patch.setattr(gates.Asking, "_history", history)


def own_number_only(patch: Patch) -> None:
    """What was called at a person's other numbers is not counted."""

    def calls(sql: Any, number: str, lead: int, person: str | None, **given: Any) -> Iterator[Past]:
        found = call_history.earlier_calls(sql, number, lead, person, **given)
        return (past for past in found if past.number == number)

    patch.setattr(gates, "earlier_calls", calls)


def first_answer_for_ever(patch: Patch, module: Any, name: str) -> None:
    """An engine that keeps what the store said the first time."""
    real, kept = getattr(module, name), {}

    def remembered(sql: Any, *given: Any) -> Any:
        if given not in kept:
            kept[given] = real(sql, *given)
        return kept[given]

    patch.setattr(module, name, remembered)


def stale_entries(patch: Patch) -> None:
    first_answer_for_ever(patch, gates, "dnc_entries")


def stale_consents(patch: Patch) -> None:
    for name in ("anything_said", "given_consents", "last_revocation"):
        first_answer_for_ever(patch, gates, name)


def everybody_sells_for_the_bank(patch: Patch) -> None:
    """What was told of one seller counts for all."""
    for name in ("given_consents", "last_revocation", "relationship_of"):
        real = getattr(gates, name)
        patch.setattr(gates, name, lambda *given, real=real: real(*given[:-1], "bank-a"))


def nobody_hears_of_sellers(patch: Patch) -> None:
    """What was taken back from one seller was not taken back."""
    for name in ("given_consents", "last_revocation"):
        real = getattr(gates, name)
        patch.setattr(gates, name, lambda *given, real=real: real(*given[:-1], "nobody"))


def stale_registries(patch: Patch) -> None:
    kept: list[Any] = []
    real = Registries.current

    def current(self: Registries, sql: Any) -> Any:
        kept.append(real(self, sql))
        return kept[0]

    patch.setattr(Registries, "current", current)


def stale_rules(patch: Patch) -> None:
    kept: list[Any] = []
    real = rules_in_force.StoredRules.regimes

    def regimes(self: Any, sql: Any) -> Any:
        kept.append(real(self, sql))
        return kept[0]

    patch.setattr(rules_in_force.StoredRules, "regimes", regimes)


def uncounted_numbers(patch: Patch) -> None:
    """The numbers that are shown are not counted."""
    patch.setattr(shown_numbers.ShownNumbers, "use", lambda self, number: None)


def withheld_numbers(patch: Patch) -> None:
    """The trunk leaves the number out."""
    real = SimulatedCarrier.dial

    async def dial(self: SimulatedCarrier, dial: Any) -> None:
        await real(self, replace(dial, caller_id=None))

    patch.setattr(SimulatedCarrier, "dial", dial)


def impatient(patch: Patch) -> None:
    """Calls are given up at once."""
    patch.setattr(call, "least_ringing", lambda dial, now: 0)


@pytest.mark.parametrize(
    ("plant", "scenario", "says"),
    [
        (own_campaign_only, "florida-three-in-a-day-over-two-campaigns", "cap: too-often (US-FL-FREQ)"),
        (own_number_only, "person-with-two-numbers", "cap: too-often (US-OK-FREQ)"),
        (stale_entries, "person-asks-in-mid-campaign", "dnc: dnc-internal"),
        (stale_entries, "entry-of-the-last-millisecond", "dnc: dnc-internal"),
        (stale_consents, "consent-revoked-in-the-last-millisecond", "consent: no-consent (DE)"),
        (stale_consents, "consent-revoked-while-the-agents-phone-rings", "consent: no-consent (DE)"),
        (everybody_sells_for_the_bank, TWO_SELLERS, "registry: registered (US-FCC-DNC)"),
        (nobody_hears_of_sellers, TWO_SELLERS, "registry: registered (US-FCC-DNC)"),
        (stale_registries, "us-protected-line", "origin: protected-line"),
        (stale_rules, "louisiana-proclaims-a-holiday", "window: closed (US-LA-HOURS)"),
        (uncounted_numbers, "caller-ids-in-turn-and-worn-out", "was shown 3 times today, and 2 are allowed"),
        (withheld_numbers, "local-presence", "caller-id: withheld"),
        (impatient, "uk-rings-out-when-the-agent-leaves", " s; a rule asks 15 s"),
    ],
)
def test_an_engine_that_forgets_one_thing_is_caught(
    plant: Plant, scenario: str, says: str, monkeypatch: Patch
) -> None:
    plant(monkeypatch)
    assert says in told(scenario)


@pytest.mark.parametrize("scenario", sorted({*WHERE.values(), "local-presence", "us-protected-line"}))
def test_an_engine_that_forgets_nothing_is_left_alone(scenario: str) -> None:
    loaded = load(SCENARIOS / f"{scenario}.yaml")
    with empty_store() as sql:
        assert judged(loaded.configuration, loaded.plan, sql).ended_at <= loaded.plan.end
