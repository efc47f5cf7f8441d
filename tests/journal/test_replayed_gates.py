"""What the gates said is asked again in replay, and what they cannot have said is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from engine.domain.time import MINUTE
from engine.journal import events as e
from engine.journal.chain import Line
from engine.journal.export import export, lines_of
from engine.journal.replay import Replayed, replay
from simulator.scenario import load
from simulator.store import opened
from simulator.world import World

SCENARIO: Final = """
registries:
  tps: {version: 2026-11-20, numbers: ["+442079460002"]}
lists:
  people:
    leads:
      - {key: ann, phones: ["+442079460001"]}
      - {key: bob, phones: ["+442079460002"]}
      - {key: joe, phones: ["+12125550101"]}
pools:
  sales: {}
agents:
  eve: {pool: sales}
campaigns:
  sell:
    mode: preview
    lists: [people]
    pool: sales
    attempts: {max: 2, interval: 1h}
    caller_id: "+442079460999"
    compliance: {profiles: [uk-sales]}
simulation:
  guards: "What the gates were told is enough to ask them again."
  start: 2026-11-23T03:00:00Z
  end: 30h
  scripts:
    "+442079460001": [no-answer, {human: {rings: 5s, talks: 1m}}]
  agents:
    eve: {}
  expect: []
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    folder = tmp_path_factory.mktemp("gates")
    path, db = folder / "scenario.yaml", folder / "run.db"
    path.write_text(SCENARIO)
    scenario = load(path)
    with opened(str(db)) as sql:
        World(scenario.configuration, scenario.plan, sql).run()
        journal = folder / "journal.jsonl"
        export(sql, journal)
    return list(lines_of(journal))


def forged(
    lines: list[Line], kind: type[e.Event], change: Callable[[Any], e.Event], *, of: int = 0
) -> Replayed:
    """The replay of a journal in which one line of its kind says something else."""
    found = [index for index, line in enumerate(lines) if isinstance(line.event, kind)]
    at = found[of]
    return replay([*lines[:at], replace(lines[at], event=change(lines[at].event)), *lines[at + 1 :]])


def why(replayed: Replayed) -> str:
    assert replayed.difference is not None
    return replayed.difference.why or replayed.difference.text


def customer_legs(lines: list[Line]) -> list[int]:
    intended = [line.event for line in lines if isinstance(line.event, e.LegIntended)]
    return [index for index, event in enumerate(intended) if event.known is not None]


def test_what_the_gates_said_comes_out_the_same(lines: list[Line]) -> None:
    replayed = replay(lines)
    assert replayed.same, replayed.text
    assert replayed.decisions[e.GatesRefused.KIND] > 0
    assert len(customer_legs(lines)) == 2


def test_a_refusal_with_another_reason_is_found(lines: list[Line]) -> None:
    def otherwise(event: e.GatesRefused) -> e.GatesRefused:
        case, lead, phone, reserved, _, _, rule, until, known = event.rows[0]
        row = (case, lead, phone, reserved, "dnc", "dnc-internal", rule, until, known)
        return replace(event, rows=(row, *event.rows[1:]))

    assert "replay decides otherwise" in why(forged(lines, e.GatesRefused, otherwise))


def test_a_refusal_until_another_instant_is_found(lines: list[Line]) -> None:
    def later(event: e.GatesRefused) -> e.GatesRefused:
        rows = tuple((*row[:7], None if row[7] is None else row[7] + MINUTE, row[8]) for row in event.rows)
        return replace(event, rows=rows)

    assert "replay decides otherwise" in why(forged(lines, e.GatesRefused, later))


def test_a_refusal_of_what_every_gate_allows_is_found(lines: list[Line]) -> None:
    """The same facts in the afternoon, when the window is open."""
    intended = [line for line in lines if isinstance(line.event, e.LegIntended)][customer_legs(lines)[0]]
    assert isinstance(intended.event, e.LegIntended)
    row = (1, 1, 1, True, "window", "closed", None, None, intended.event.known or {})
    refusal = e.GatesRefused(campaign="sell", version=intended.event.rules or "", rows=(row,))
    at = lines.index(intended)
    wrong = replay([*lines[:at], replace(intended, event=refusal), *lines[at:]])
    assert why(wrong) == "every gate allows case 1"


def test_a_refusal_that_cannot_be_read_is_found(lines: list[Line]) -> None:
    def unreadable(event: e.GatesRefused) -> e.GatesRefused:
        return replace(event, rows=((*event.rows[0][:-1], {"zones": []}),))

    assert "what was known of case 1 cannot be read" in why(forged(lines, e.GatesRefused, unreadable))


def test_a_refusal_in_a_campaign_that_is_not_there_is_found(lines: list[Line]) -> None:
    wrong = forged(lines, e.GatesRefused, lambda event: replace(event, campaign="nobody"))
    assert why(wrong) == "there is no campaign 'nobody'"


def test_a_call_that_a_gate_refuses_is_found(lines: list[Line]) -> None:
    def listed(event: e.LegIntended) -> e.LegIntended:
        assert event.known is not None
        version_at, _ = event.known["registries"]["tps"]
        return replace(event, known=event.known | {"registries": {"tps": [version_at, True]}})

    wrong = forged(lines, e.LegIntended, listed, of=customer_legs(lines)[0])
    assert why(wrong) == "gate registry refuses it: registered"


def test_a_call_of_which_nothing_readable_was_known_is_found(lines: list[Line]) -> None:
    wrong = forged(lines, e.LegIntended, lambda event: replace(event, known={}), of=customer_legs(lines)[0])
    assert "what was known cannot be read" in why(wrong)


def test_a_call_judged_by_other_rules_is_found(lines: list[Line]) -> None:
    wrong = forged(
        lines, e.LegIntended, lambda event: replace(event, rules="0123456789ab"), of=customer_legs(lines)[0]
    )
    assert why(wrong).startswith("it was judged by rules 0123456789ab, and those in force are ")


def test_refusals_by_other_rules_are_found(lines: list[Line]) -> None:
    wrong = forged(lines, e.GatesRefused, lambda event: replace(event, version="0123456789ab"))
    assert why(wrong).startswith("it was judged by rules 0123456789ab")


def after_a_wait(lines: list[Line], **changes: Any) -> Replayed:
    """The replay of a journal in which the first call waited for its turn, and the gates were asked again."""
    at = [index for index, line in enumerate(lines) if isinstance(line.event, e.LegIntended)][
        customer_legs(lines)[0]
    ]
    first = lines[at].event
    assert isinstance(first, e.LegIntended)
    assert first.attempt is not None
    again = e.LegAllowed(leg=first.leg, attempt=first.attempt, rules=first.rules, known=first.known)
    line = replace(lines[at], event=replace(again, **changes))
    return replay([*lines[: at + 1], line, *lines[at + 1 :]])


def test_a_call_that_waited_its_turn_may_be_allowed_again(lines: list[Line]) -> None:
    assert after_a_wait(lines).same


def test_a_call_that_waited_and_was_refused_by_then_is_found(lines: list[Line]) -> None:
    assert "what was known cannot be read" in why(after_a_wait(lines, known={"zones": []}))


def test_a_call_that_waits_for_nothing_is_found(lines: list[Line]) -> None:
    assert why(after_a_wait(lines, leg=77)) == "leg 77 does not wait to be dialed"


def test_rules_of_an_operator_count_from_their_line_on(lines: list[Line]) -> None:
    """With a stricter text, the calls that follow cannot have been made."""
    text = "overrides:\n  UK-TPS-28D: {registry: tps, max_age_days: 1}\n"

    def stricter(event: e.RulesInForce) -> e.RulesInForce:
        return replace(event, operator=text)

    assert why(forged(lines, e.RulesInForce, stricter)).startswith("it was judged by rules ")
