"""Every rule of a simulated span and its people, with the exact words in which its breach is told."""

from typing import Final

import pytest

from tests.config.problems import Case
from tests.simulator.scenario_problems import problems_of

CASES: Final = [
    Case(
        "a simulation says what it guards and when it runs",
        "simulation: {}",
        [
            "1:13: simulation.end: missing; say e.g. 'end: 8h'",
            "1:13: simulation.guards: missing; say e.g. 'guards: Nobody is called after hours.'",
            "1:13: simulation.start: missing; say e.g. 'start: 2026-03-02T09:00:00Z'",
        ],
    ),
    Case(
        "a simulation is a mapping",
        "simulation:",
        [
            "1:12: simulation: is empty; a mapping of keys to values is wanted",
        ],
    ),
    Case(
        "the start has a zone",
        """
        simulation: {guards: "", seed: -1, start: 2026-03-02T09:00:00, end: soon, start_campaigns: no}
        """,
        [
            "1:22: simulation.guards: is empty; text is wanted",
            "1:32: simulation.seed: is '-1'; the least is 0",
            "1:43: simulation.start: is '2026-03-02T09:00:00', which has no zone; write it as "
            "2026-03-02T09:00:00Z or 2026-03-02T09:00:00+01:00",
            "1:69: simulation.end: is 'soon'; a time is a duration after the start (10m) or ISO "
            "8601 with a zone (2026-03-02T09:00:00Z)",
            "1:92: simulation.start_campaigns: is 'no'; it is true or false",
        ],
    ),
    Case(
        "the start is ISO 8601",
        "simulation: {guards: x, seed: x, start: 10m, end: 2026-03-02, sed: 1}",
        [
            "1:31: simulation.seed: is 'x'; a whole number is wanted",
            "1:41: simulation.start: is '10m'; a time is ISO 8601 with a zone: 2026-03-02T09:00:00Z",
            "1:51: simulation.end: is '2026-03-02'; a time is ISO 8601 with a zone: 2026-03-02T09:00:00Z",
            "1:63: simulation.sed: unknown key 'sed'; did you mean 'seed'?",
        ],
    ),
    Case(
        "the end is after the start",
        "simulation: {guards: x, start: 2026-03-02T09:00:00Z, end: 2026-03-02T09:30:00+01:00}",
        [
            "1:59: simulation.end: is not after the start",
        ],
    ),
    Case(
        "a scenario has a greatest length",
        "simulation: {guards: x, start: 2026-03-02T09:00:00Z, end: 500d}",
        [
            "1:59: simulation.end: is 500d after the start; a scenario is at most 400d long",
        ],
    ),
    Case(
        "a year is of this age",
        "simulation: {guards: x, start: 0001-01-01T00:00:00Z, end: 9999-12-31T00:00:00Z}",
        [
            "1:32: simulation.start: is '0001-01-01T00:00:00Z'; the year must be from 1971 to 2199",
            "1:59: simulation.end: is '9999-12-31T00:00:00Z'; the year must be from 1971 to 2199",
        ],
    ),
    Case(
        "features to come are refused by name under simulation too",
        """
        simulation: {guards: x, start: 2026-03-02T09:00:00Z, end: 8h, resets: [], carrier: x}
        """,
        [
            "1:63: simulation.resets: resets are not supported by this version",
            "1:75: simulation.carrier: choosing a carrier is not supported by this version",
        ],
    ),
    Case(
        "scripts are of valid numbers, each once, that some lead has",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          scripts:
            "+442079460001":
              - no-answr
              - {humn: {}}
              - {human: {verdict: hooman, rings: 4}}
              - 3
              - {human: {}, busy: {}}
              - {busy: {talks: 1s}}
              - ~
            "+44 20 7946 0001": {entries: [], at_end: stop}
            "+442079460003": [busy]
            "020 7946 0001": [busy]
            "+44207": {entries: busy}
            "+442079460004": []
            "+442079460005": busy
            "+442079460006": {at_end: repeat}
        """,
        [
            "7:9: simulation.scripts.+442079460001[0]: is 'no-answr'; a dial is received as "
            "human, machine, no-answer, busy, congestion, invalid or rejected; did you mean "
            "'no-answer'?",
            "8:10: simulation.scripts.+442079460001[1].humn: unknown key 'humn'; did you mean 'human'?",
            "9:27: simulation.scripts.+442079460001[2].human.verdict: is 'hooman'; it can be "
            "human, machine or unsure; did you mean 'human'?",
            "9:42: simulation.scripts.+442079460001[2].human.rings: is '4'; a duration is a "
            "number and a unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "10:9: simulation.scripts.+442079460001[3]: is '3'; a dial is received as human, "
            "machine, no-answer, busy, congestion, invalid or rejected",
            "11:9: simulation.scripts.+442079460001[4]: has human and busy; exactly one is "
            "wanted of human, machine, no-answer, busy, congestion, invalid and rejected",
            "12:17: simulation.scripts.+442079460001[5].busy.talks: unknown key 'talks'; the "
            "only key is rings",
            "13:9: simulation.scripts.+442079460001[6]: is empty; a dial is received as human, "
            "machine, no-answer, busy, congestion, invalid or rejected",
            "14:5: simulation.scripts.+44 20 7946 0001: the number +442079460001 is also "
            "scripted as '+442079460001'",
            "14:35: simulation.scripts.+44 20 7946 0001.entries: is empty; at least one is wanted",
            "14:47: simulation.scripts.+44 20 7946 0001.at_end: is 'stop'; it can be error, "
            "repeat or population",
            "15:5: simulation.scripts.+442079460003: no lead has the number +442079460003",
            "16:5: simulation.scripts.020 7946 0001: '020 7946 0001' is a national number "
            "without a region; write it with + and the country code",
            "17:5: simulation.scripts.+44207: '+44207' is too short for a number of GB",
            "17:25: simulation.scripts.+44207.entries: is 'busy'; a list is wanted: [first, second]",
            "18:5: simulation.scripts.+442079460004: no lead has the number +442079460004",
            "18:22: simulation.scripts.+442079460004: is empty; what happens at each dial is "
            "wanted: [no-answer, busy]",
            "19:5: simulation.scripts.+442079460005: no lead has the number +442079460005",
            "19:22: simulation.scripts.+442079460005: is 'busy'; what happens at each dial is "
            "wanted: [no-answer, busy]",
            "20:5: simulation.scripts.+442079460006: no lead has the number +442079460006",
            "20:22: simulation.scripts.+442079460006.entries: missing; say e.g. 'entries: [no-answer, busy]'",
        ],
    ),
    Case(
        "people belong to a list, and likelihoods sum to one at most",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          people:
            customer: {responses: {human: 0.9, machine: 0.3}, digits: {"1": 0.7, "2": 0.7, "a": 0.1}}
            customers: {responses: {hooman: 0.9, machine: 1.3}, zone: Mars, hangs_up_early: 2%}
            "*": {rings: {human: 4s, bussy: 1s, busy: soon}, talk: 1s, line_drops: -1}
        """,
        [
            "6:5: simulation.people.customer: list 'customer' is not defined; did you mean 'customers'?",
            "6:27: simulation.people.customer.responses: the probabilities sum to 1.2; the most is 1",
            "6:84: simulation.people.customer.digits.a: is 'a'; keys of a phone are wanted: 0 to 9, * and #",
            "7:29: simulation.people.customers.responses.hooman: is 'hooman'; it can be human, "
            "machine, no-answer, busy, congestion, invalid or rejected; did you mean 'human'?",
            "7:51: simulation.people.customers.responses.machine: is '1.3'; the most is 1",
            "7:63: simulation.people.customers.zone: is 'Mars', which is no time zone; say e.g. "
            "Europe/London",
            "7:85: simulation.people.customers.hangs_up_early: is '2%'; a number is wanted",
            "8:30: simulation.people.*.rings.bussy: is 'bussy'; it can be human, machine, "
            "no-answer, busy, congestion, invalid or rejected; did you mean 'busy'?",
            "8:47: simulation.people.*.rings.busy: is 'soon'; a duration is a number and a unit: "
            "90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "8:54: simulation.people.*.talk: unknown key 'talk'; did you mean 'talks'?",
            "8:76: simulation.people.*.line_drops: is '-1'; the least is 0",
        ],
    ),
    Case(
        "each hour has one set of likelihoods",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          people:
            "*":
              by_hour:
                "9-11": {human: 2}
                "11": {busy: 1}
                "12-10": {busy: 1}
                "24": {busy: 1}
                noon: {busy: 1}
                "5": 1
                "6": {human: 0.6, busy: 0.6}
            customers: {by_hour: 9}
        """,
        [
            "8:25: simulation.people.*.by_hour.9-11.human: is '2'; the most is 1",
            "9:15: simulation.people.*.by_hour.11: hour 11 stands in an earlier key too; give each hour once",
            "10:18: simulation.people.*.by_hour.12-10: is '12-10'; hours are 0 to 23, or from "
            "one to another inclusive: 9-11",
            "11:15: simulation.people.*.by_hour.24: is '24'; hours are 0 to 23, or from one to "
            "another inclusive: 9-11",
            "12:15: simulation.people.*.by_hour.noon: is 'noon'; hours are 0 to 23, or from one "
            "to another inclusive: 9-11",
            "13:14: simulation.people.*.by_hour.5: is '1'; a mapping of keys to values is wanted",
            "14:14: simulation.people.*.by_hour.6: the probabilities sum to 1.2; the most is 1",
            "15:26: simulation.people.customers.by_hour: is '9'; hours and their likelihoods are "
            'wanted: {"9-11": {human: 0.3}}',
        ],
    ),
    Case(
        "distributions of durations",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          people:
            "*":
              talks: {gama: {mean: 12s}}
              waits: {gamma: {mean: 12s, sd: 0s}, fixed: 1s}
              drops_after: {uniform: [5s, 1s]}
              rings:
                human: {uniform: 5s}
                machine: {lognormal: {mean: 1m, cv: 0}}
                busy: {exponential: 0s}
                rejected: {uniform: [1, 2s]}
                invalid: {}
                congestion: [1s]
        """,
        [
            "7:15: simulation.people.*.talks.gama: unknown key 'gama'; did you mean 'gamma'?",
            "8:38: simulation.people.*.waits.gamma.sd: is '0s'; it must be more than 0s",
            "9:30: simulation.people.*.drops_after.uniform: has the longer duration first; the "
            "least stands before the most: [1s, 5s]",
            "11:26: simulation.people.*.rings.human.uniform: is '5s'; the least and the most are "
            "wanted: [1s, 5s]",
            "12:45: simulation.people.*.rings.machine.lognormal.cv: is '0'; it must be more than 0",
            "13:29: simulation.people.*.rings.busy.exponential: is '0s'; it must be more than 0s",
            "14:30: simulation.people.*.rings.rejected.uniform[0]: is '1'; a duration is a "
            "number and a unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "15:18: simulation.people.*.rings.invalid: has nothing; exactly one is wanted of "
            "fixed, uniform, exponential, gamma, lognormal and quantiles",
            "16:21: simulation.people.*.rings.congestion: is a list; a duration is a number and "
            "a unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
        ],
    ),
    Case(
        "quantiles ascend from 0 to 1",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          people:
            "*":
              talks: {quantiles: {"0": 5s, "0.5": 1s, "1": 20m}}
              waits: {quantiles: {"0.1": 1s, "1": 2s}}
              drops_after: {quantiles: {"0": 1s, "0.7": 2s, "0.5": 3s, "1": 4s}}
              rings:
                human: {quantiles: {"0": 1s}}
                busy: {quantiles: {a: 1s, "1": 2}}
                machine: {quantiles: [1s]}
        """,
        [
            "7:26: simulation.people.*.talks.quantiles: the point 0.5 does not ascend; both "
            "shares and durations grow",
            '8:26: simulation.people.*.waits.quantiles: the first point is "0" and the last is '
            '"1": the shortest and the longest duration',
            "9:32: simulation.people.*.drops_after.quantiles: the point 0.5 does not ascend; "
            "both shares and durations grow",
            "11:28: simulation.people.*.rings.human.quantiles: has one point; at least two "
            'points are wanted: {"0": 5s, "0.5": 90s, "1": 20m}',
            "12:31: simulation.people.*.rings.busy.quantiles.a: is 'a'; a number is wanted",
            "12:40: simulation.people.*.rings.busy.quantiles.1: is '2'; a duration is a number "
            "and a unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "13:30: simulation.people.*.rings.machine.quantiles: is a list; at least two points "
            'are wanted: {"0": 5s, "0.5": 90s, "1": 20m}',
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_every_breach_is_told_with_its_place_and_what_would_be_right(case: Case) -> None:
    assert problems_of(case.text) == case.problems
