"""Registries and the operator's rules on a timeline, and what a scenario can expect of the gates."""

from pathlib import Path
from typing import Any

import pytest

from engine.config.rulebook import operator_of, shipped_rules
from engine.config.yaml import parse
from engine.store import audit
from engine.store.operator_rules import applied_rules
from simulator.plan import RegistryImport, RulesApply
from simulator.runs import Run, run_scenario
from simulator.scenario import load
from tests.simulator.scenario_problems import loaded, problems_of

ENTRY = "simulation: {guards: Nothing., start: 2026-03-02T09:00:00Z, end: 8h, timeline: [{at: 1h, %s}]}"


def action(entry: str) -> Any:
    (only,) = loaded(ENTRY % entry).plan.timeline
    return only.action


def problem(entry: str) -> str:
    (only,) = problems_of(ENTRY % entry)
    return only.partition("timeline[0].")[2]


def test_a_registry_on_a_timeline_may_be_empty() -> None:
    imported = action("registry_import: {registry: tps, version: 2026-03-01}")
    assert isinstance(imported, RegistryImport)
    assert (imported.registry.name, imported.registry.numbers, imported.user) == ("tps", (), None)


def test_rules_on_a_timeline_are_those_that_a_file_would_have() -> None:
    applied = action(
        """rules_apply: {reviewed: 2026-03-01, rules: {OURS: {kind: caller-id, summary: "Ours: 0800.",
        series: ["+44800"]}, TWICE: {kind: cap, summary: Twice., calls: 2, within: 24h, per: [number]}}}"""
    )
    assert isinstance(applied, RulesApply)
    ours = {
        rule.id: rule for rule in operator_of(parse(applied.text.encode(), file="x"), shipped_rules()).rules
    }
    assert ours["OURS"].summary == "Ours: 0800."
    assert ours["OURS"].terms.series == ("+44800",)  # type: ignore[union-attr]
    assert ours["TWICE"].terms.calls == 2  # type: ignore[union-attr]


def test_no_rules_on_a_timeline_are_the_shipped_ones() -> None:
    assert action("rules_apply: {}").text == ""


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("registry_import: {registry: tps}", "registry_import.version: missing"),
        ("registry_import: {registry: tps, version: soon}", "registry_import.version: is 'soon'"),
        (
            "rules_apply: {file: none.rules}",
            "rules_apply: names the file '…/none.rules', which cannot be read",
        ),
        ("rules_apply: {file: none.rules, rules: {}}", "rules_apply: has a file and rules; keep one"),
        (
            "rules_apply: {overrides: {UK-HUORS: {reason: x}}}",
            "overrides.UK-HUORS: rule 'UK-HUORS' is not defined",
        ),
        ("rules_apply: {emergencies: [{jurisdiction: US-LA}]}", "emergencies[0].starts: missing"),
        ("rules_apply: {as: sue}", "rules_apply.as: user 'sue' is not defined"),
    ],
)
def test_what_is_wrong_with_them_is_told_with_its_place(entry: str, says: str) -> None:
    assert says in problem(entry)


WORLD = """
lists: {customers: {leads: [{key: ann, phones: ["+442079460001"]}, {key: ben, phones: ["+442079460002"]}]}}
users: {sue: {role: supervisor}, vic: {role: agent}}
registries: {tps: {version: 2026-02-20}}
campaigns:
  news:
    mode: agentless
    lists: [customers]
    attempts: {max: 5, interval: 1h}
    caller_id: "+442079460999"
    compliance: {profiles: [uk-collections]}
simulation:
  guards: Somebody acts.
  start: 2026-03-02T09:00:00Z
  end: 4h
  people: {customers: {responses: {no-answer: 1}}}
  timeline: [TIMELINE]
  expect: [EXPECT]
"""
RULES = "reviewed: 2026-03-01, rules: {TWO: {kind: cap, summary: Two., calls: 2, within: 9h, per: [number]}}"


def rules(at: str, more: str = "") -> str:
    """The entry that applies them."""
    return "{at: " + at + ", rules_apply: {" + RULES + more + "}}"


def imported(version: str, more: str = "") -> str:
    """The entry that imports a version."""
    return "{at: 30m, registry_import: {registry: tps, version: " + version + more + "}}"


def ran(folder: Path, *timeline: str, expect: str = "{count: calls, at_least: 0}") -> tuple[Run, list[Any]]:
    """The run; who did what, as the audit has it; and last the rules that were in force at its end."""
    path = folder / "scenario.yaml"
    text = WORLD.replace("TIMELINE", ", ".join(timeline)).replace("EXPECT", expect)
    path.write_text(text, encoding="utf-8")
    left: list[Any] = []

    def look(run: Run, sql: Any) -> None:
        left.extend((entry.user, entry.action, entry.subject) for entry in audit.entries(sql))
        left.append(applied_rules(sql))

    done = run_scenario(load(path), afterwards=look)
    if done.failure is not None:
        raise done.failure
    return done, left


def refusals(done: Run) -> list[str]:
    return [each.message for each in done.verdicts if each.name.startswith("timeline: ")]


def test_rules_and_registries_come_into_force_and_are_audited(tmp_path: Path) -> None:
    done, left = ran(tmp_path, imported("2026-03-01", ", as: sue"), rules("40m", ", as: sue"))
    assert done.held
    *audited, applied = left
    assert audited == [
        ("sue", "dnc import", "tps"),
        ("sue", "rules apply", "operator's rules"),
        ("sue", "rules own", "TWO"),
    ]
    assert "TWO" in applied.text


def test_who_may_not_changes_nothing(tmp_path: Path) -> None:
    done, left = ran(tmp_path, imported("2026-03-01", ", as: vic"), rules("40m", ", as: vic"))
    assert [each.split(" the engine refused: ")[0] for each in refusals(done)] == ["at +30m", "at +40m"]
    assert left == [None]


def test_an_older_registry_is_refused(tmp_path: Path) -> None:
    done, _ = ran(tmp_path, imported("2026-01-01"))
    (told,) = refusals(done)
    assert "tps: version 2026-01-01 is older than the one in use, 2026-02-20" in told


def refused(lead: str, until: str) -> str:
    return f"{{kind: gates.refused, lead: {lead}, gate: cap, reason: too-often, rule: TWO, until: {until}}}"


def test_each_refused_case_of_a_line_can_be_expected_with_its_rule_and_time(tmp_path: Path) -> None:
    expect = [
        f"{{events: [{refused('ann', '9h')}]}}",
        f"{{events: [{refused('ben', '9h')}]}}",
        "{events: [{kind: leg.intended, lead: ann, line: fixed}]}",
        f"{{never: {refused('ann', '9h25s')}}}",
        f"{{events: [{refused('ann', '10h')}]}}",
    ]
    done, _ = ran(tmp_path, rules("1m"), expect=", ".join(expect))
    *right, wrong = done.verdicts
    assert [each.message for each in right] == [""] * 4
    assert not wrong.held
    assert "gates.refused     ann, campaign=news, gate=cap, why=too-often, rule=TWO" in wrong.message
