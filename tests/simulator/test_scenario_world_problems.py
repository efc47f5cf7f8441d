"""Every rule of agents, network, timeline and expectations, with the exact words for its breach."""

from typing import Final

import pytest

from engine.names import listed
from simulator.scenario.world import ACTIONS
from tests.config.problems import Case
from tests.simulator.scenario_problems import problems_of

WHAT_HAPPENS: Final = listed(ACTIONS, "and")

CASES: Final = [
    Case(
        "agents that act are defined, each in one range",
        """
        agents:
          ann: {pool: sales}
          "agent-[01-03]": {pool: sales}
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          agents:
            anne: {}
            "agent-[01-04]": {}
            "agent-[02-03]": {}
            "agent-[": {}
        """,
        [
            "9:5: simulation.agents.anne: agent 'anne' is not defined; did you mean 'ann'?",
            "10:5: simulation.agents.agent-[01-04]: agent 'agent-04' is not defined; did you "
            "mean 'agent-03'?",
            "11:5: simulation.agents.agent-[02-03]: agent 'agent-02' is also in 'agent-[01-04]'",
            "12:5: simulation.agents.agent-[: the name is 'agent-['; a range of names is written "
            "agent-[01-25]",
        ],
    ),
    Case(
        "what agents do",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          agents:
            ann:
              shifts: [9-17, "17:00-09:00", {since: 2h, until: 1h}, {until: 1h}, 7, {since: yesterday}]
              breaks:
                - {at: "12:00-12:30"}
                - {code: lunch}
                - {since: 2h, until: 1h, code: x}
                - {at: noon, code: x}
                - {at: "12:00-12:30", until: 1h, code: x}
              script: [no-answr, {answers: {talks: 1s}}, {answers: {}, rejected: {}}]
              answers: 1.5
              rings: fast
              dispositions: {sale: 0.6, no-sale: 0.6}
              disposition_script: [sale, ~, []]
              previews: [accept, dial]
              lunch: 12:00
            "*": {shifts: []}
        """,
        [
            "7:16: simulation.agents.ann.shifts[0]: is '9-17'; a window is written 09:00-17:30",
            "7:22: simulation.agents.ann.shifts[1]: is '17:00-09:00'; a window opens before it "
            "closes (one that passes midnight is two windows, such as 22:00-24:00 and "
            "00:00-06:00)",
            "7:37: simulation.agents.ann.shifts[2]: ends before it begins; 'since' comes before 'until'",
            "7:61: simulation.agents.ann.shifts[3].since: missing; say e.g. 'since: 10m'",
            "7:74: simulation.agents.ann.shifts[4]: is '7'; a window is written 09:00-17:30",
            "7:85: simulation.agents.ann.shifts[5].since: is 'yesterday'; a time is a duration "
            "after the start (10m) or ISO 8601 with a zone (2026-03-02T09:00:00Z)",
            "9:11: simulation.agents.ann.breaks[0].code: missing; say e.g. 'code: lunch'",
            "10:11: simulation.agents.ann.breaks[1]: needs either 'at', a daily window, or 'since', a moment",
            "11:11: simulation.agents.ann.breaks[2]: ends before it begins; 'since' comes before 'until'",
            "12:16: simulation.agents.ann.breaks[3].at: is 'noon'; a window is written 09:00-17:30",
            "13:11: simulation.agents.ann.breaks[4]: has 'until' beside a daily window; 'until' "
            "goes with 'since'",
            "14:16: simulation.agents.ann.script[0]: is 'no-answr'; an agent's phone is received "
            "as answers, no-answer or rejected; did you mean 'no-answer'?",
            "14:37: simulation.agents.ann.script[1].answers.talks: unknown key 'talks'; the keys "
            "are rings and hangs_up_after",
            "14:50: simulation.agents.ann.script[2]: has answers and rejected; exactly one is "
            "wanted of answers, no-answer and rejected",
            "15:16: simulation.agents.ann.answers: is '1.5'; the most is 1",
            "16:14: simulation.agents.ann.rings: is 'fast'; a duration is a number and a unit: "
            "90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "17:21: simulation.agents.ann.dispositions: the probabilities sum to 1.2; the most is 1",
            "18:37: simulation.agents.ann.disposition_script[2]: is empty; text is wanted",
            "19:26: simulation.agents.ann.previews[1]: is 'dial'; it can be accept, skip or ignore",
            "20:7: simulation.agents.ann.lunch: unknown key 'lunch'; the keys are shifts, "
            "breaks, script, answers, rings, talks, wraps_up, dispositions, disposition_script, "
            "previews and previews_for",
            "21:19: simulation.agents.*.shifts: is empty; at least one is wanted",
        ],
    ),
    Case(
        "the network",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          network:
            channels: 0
            calls_per_second: 0
            dial_delay: 2
            messages: {information: long}
            amd: {delay: 1.7, human_as_machine: 0.7, human_as_unsure: 0.7}
            faults: [{end: lst, to: "+4420", dial: 0}, {to: an, by: 5}, {end: lost, to: ann}, lost]
          store: {commit_delay: slow, delay: 2ms}
        """,
        [
            "6:15: simulation.network.channels: is '0'; the least is 1",
            "7:23: simulation.network.calls_per_second: is '0'; it must be more than 0",
            "8:17: simulation.network.dial_delay: is '2'; a duration is a number and a unit: "
            "90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "9:29: simulation.network.messages.information: is 'long'; a duration is a number "
            "and a unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "10:18: simulation.network.amd.delay: is '1.7'; a duration is a number and a unit: "
            "90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "11:20: simulation.network.faults[0].end: is 'lst'; it can be lost, repeated, late "
            "or out-of-order; did you mean 'lost'?",
            "11:29: simulation.network.faults[0].to: '+4420' is too short for a number of GB",
            "11:44: simulation.network.faults[0].dial: is '0'; the least is 1",
            "11:48: simulation.network.faults[1].end: missing; say e.g. 'end: lost'",
            "11:53: simulation.network.faults[1].to: agent endpoint 'an' is not defined; did you mean 'ann'?",
            "11:61: simulation.network.faults[1].by: is '5'; a duration is a number and a unit: "
            "90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "11:87: simulation.network.faults[3]: is 'lost'; a mapping of keys to values is wanted",
            "12:25: simulation.store.commit_delay: is 'slow'; a duration is a number and a unit: "
            "90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "12:31: simulation.store.delay: unknown key 'delay'; the only key is commit_delay",
        ],
    ),
    Case(
        "machine detection leaves room for the truth",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          network: {amd: {machine_as_human: 0.6, machine_as_unsure: 0.5}}
        """,
        [
            "5:18: simulation.network.amd: machine_as_human and machine_as_unsure sum to 1.1; the most is 1",
        ],
    ),
    Case(
        "the timeline names what is defined",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          timeline:
            - {at: 1m, log_out: anne}
            - {at: 2m, pause: {agent: "agent-[1-2]"}}
            - {at: 3m, campaign: {pause: order}}
            - {at: 4m, log_in: "agent-[2-1]"}
        """,
        [
            "6:25: simulation.timeline[0].log_out: agent 'anne' is not defined; did you mean 'ann'?",
            "7:31: simulation.timeline[1].pause.agent: agent 'agent-1' is not defined; agents here: ann",
            "8:34: simulation.timeline[2].campaign.pause: campaign 'order' is not defined; did "
            "you mean 'orders'?",
            "9:24: simulation.timeline[3].log_in: the name is 'agent-[2-1]'; a range counts upwards",
        ],
    ),
    Case(
        "the timeline happens between start and end",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          timeline:
            - {at: 9h, carrier: down}
            - {at: 2026-03-02T08:59:59Z, carrier: up}
            - {at: 2026-03-02T17:00:00Z, carrier: up}
            - {at: 10, carrier: up}
            - {at: 2026-03-02T10:00:00, carrier: up}
            - {carrier: up}
        """,
        [
            "6:12: simulation.timeline[0].at: is 2026-03-02T18:00:00Z; the scenario runs from "
            "2026-03-02T09:00:00Z to 2026-03-02T17:00:00Z",
            "7:12: simulation.timeline[1].at: is 2026-03-02T08:59:59Z; the scenario runs from "
            "2026-03-02T09:00:00Z to 2026-03-02T17:00:00Z",
            "9:12: simulation.timeline[3].at: is '10'; a time is a duration after the start "
            "(10m) or ISO 8601 with a zone (2026-03-02T09:00:00Z)",
            "10:12: simulation.timeline[4].at: is '2026-03-02T10:00:00', which has no zone; "
            "write it as 2026-03-02T10:00:00Z or 2026-03-02T10:00:00+01:00",
            "11:7: simulation.timeline[5].at: missing; say e.g. 'at: 10m'",
        ],
    ),
    Case(
        "each entry of the timeline is one thing that happens",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          timeline:
            - {at: 1m}
            - {at: 1m, log_in: ann, ready: ann}
            - {at: 1m, campaign: {paws: orders}}
            - {at: 1m, campaign: {pause: orders, stop: orders}}
            - {at: 1m, carrier: donw}
            - {at: 1m, store: fails}
            - {at: 1m, store: {slow: 1}}
            - {at: 1m, store: {}}
            - {at: 1m, crash: {down: 30s}}
            - {at: 1m, crash:}
            - {at: 1m, pause: ann}
            - {at: 1m, explode: ann}
            - crash
        """,
        [
            f"6:7: simulation.timeline[0]: has nothing that happens; exactly one is wanted of {WHAT_HAPPENS}",
            f"7:7: simulation.timeline[1]: has log_in and ready; exactly one is wanted of {WHAT_HAPPENS}",
            "8:27: simulation.timeline[2].campaign.paws: unknown key 'paws'; did you mean 'pause'?",
            "9:26: simulation.timeline[3].campaign: has pause and stop; exactly one is wanted of "
            "start, pause, resume, drain, stop, recycle and restart",
            "10:25: simulation.timeline[4].carrier: is 'donw'; it can be down, up, no_channels "
            "or channels; did you mean 'down'?",
            "11:23: simulation.timeline[5].store: is 'fails'; it can be fail, slow, recover or "
            "{slow: 500ms}; did you mean 'fail'?",
            "12:30: simulation.timeline[6].store.slow: is '1'; a duration is a number and a "
            "unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "13:23: simulation.timeline[7].store: is empty; it can be fail, slow, recover or {slow: 500ms}",
            "14:24: simulation.timeline[8].crash.down: unknown key 'down'; did you mean 'down_for'?",
            "15:22: simulation.timeline[9].crash: is empty; a mapping of keys to values is wanted",
            "16:23: simulation.timeline[10].pause: is 'ann'; a mapping of keys to values is wanted",
            f"17:16: simulation.timeline[11].explode: unknown key 'explode'; the keys are at, {WHAT_HAPPENS}",
            "18:7: simulation.timeline[12]: is 'crash'; a mapping of keys to values is wanted",
        ],
    ),
    Case(
        "expectations name what is defined",
        """
        lists:
          customers: {leads: [{key: ann, phones: ["+442079460001"]}]}
          others: {leads: [{key: bob, phones: ["+442079460002"]}]}
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          expect:
            - {case: anne, campaign: orders, calls: 1}
            - {case: ann, campaign: order, calls: 1}
            - {attempts: anne, rows: []}
            - {case: bob, campaign: orders, calls: 1}
            - {count: abandoned, campaign: order, is: 0}
        """,
        [
            "9:14: simulation.expect[0].case: lead 'anne' is not defined; did you mean 'ann'?",
            "10:29: simulation.expect[1].campaign: campaign 'order' is not defined; did you mean 'orders'?",
            "11:18: simulation.expect[2].attempts: lead 'anne' is not defined; did you mean 'ann'?",
            "12:14: simulation.expect[3].case: lead 'bob' is on no list of campaign 'orders'",
            "13:36: simulation.expect[4].campaign: campaign 'order' is not defined; did you mean 'orders'?",
        ],
    ),
    Case(
        "expectations expect something that can be compared",
        """
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          expect:
            - {case: ann}
            - {case: ann, status: FAILED, calls: -1, due_at: soon, agent_attempts: few}
            - {attempts: ann}
            - {attempts: ann, rows: [{at: soon}, {}, busy]}
            - {count: abandoned}
            - {count: abandoned, at_most: 0, is: 3}
            - {count: abandoned, at_most: 0, at_least: 3}
            - {events: []}
            - {events: [{side: agent}, x]}
            - {never: {}}
            - {case: ann, never: {kind: x}}
            - {kase: ann}
            - nothing
            - {never: {kind: x}, campaign: orders}
        """,
        [
            "6:7: simulation.expect[0]: expects nothing; say a status, a count or due_at",
            "7:27: simulation.expect[1].status: is 'FAILED'; it can be NEW, AGENT_RESCHEDULED, "
            "CUSTOMER_RESCHEDULED, COMPLETED, AGENT_FAILED, CUSTOMER_FAILED, CALLBACK or DNC; "
            "did you mean 'AGENT_FAILED'?",
            "7:42: simulation.expect[1].calls: is '-1'; the least is 0",
            "7:54: simulation.expect[1].due_at: is 'soon'; a time is a duration after the start "
            "(10m) or ISO 8601 with a zone (2026-03-02T09:00:00Z)",
            "7:76: simulation.expect[1].agent_attempts: is 'few'; a whole number is wanted",
            "8:7: simulation.expect[2].rows: missing; say e.g. 'rows: [{outcome: busy, at: 0s}]'",
            "9:35: simulation.expect[3].rows[0].at: is 'soon'; a time is a duration after the "
            "start (10m) or ISO 8601 with a zone (2026-03-02T09:00:00Z)",
            "9:42: simulation.expect[3].rows[1]: is empty; names and the values they should have are wanted",
            "9:46: simulation.expect[3].rows[2]: is 'busy'; names and the values they should have are wanted",
            "10:7: simulation.expect[4]: needs a value: 'is', or 'at_least' and 'at_most', or one of these",
            "11:7: simulation.expect[5]: needs a value: 'is', or 'at_least' and 'at_most', or one of these",
            "12:7: simulation.expect[6]: at_least is more than at_most",
            "13:16: simulation.expect[7].events: is empty; at least one is wanted",
            "14:17: simulation.expect[8].events[0]: has no kind; say e.g. {kind: leg.answered}",
            "14:32: simulation.expect[8].events[1]: is 'x'; names and the values they should have are wanted",
            "15:15: simulation.expect[9].never: is empty; names and the values they should have are wanted",
            "16:7: simulation.expect[10]: has case and never; an expectation has exactly one of "
            "case, attempts, owner, count, events and never",
            "17:7: simulation.expect[11]: has no kind; an expectation has exactly one of case, "
            "attempts, owner, count, events and never",
            "18:7: simulation.expect[12]: is 'nothing'; an expectation is a mapping with one of "
            "case, attempts, owner, count, events or never",
            "19:26: simulation.expect[13].campaign: unknown key 'campaign'; the only key is never",
        ],
    ),
    Case(
        "callbacks say when in one way, by whom, and of which campaign",
        """
        agents: {ann: {pool: sales}}
        simulation:
          guards: Nothing.
          start: 2026-03-02T09:00:00Z
          end: 8h
          agents:
            ann:
              disposition_script:
                - {code: x, callback: {mine: true}}
                - {code: x, callback: {in: 1h, mine: true, agent: ann}}
                - {code: x}
          timeline:
            - {at: 1m, callback: {lead: ann, campaign: order, at: 1h}}
            - {at: 1m, callback: {lead: ann, campaign: orders}}
            - {at: 1m, callback: {lead: ann, campaign: orders, at: 1h, cancel: true}}
            - {at: 1m, callback: {lead: ann, campaign: orders, at: 1h, move: true, window: 1h}}
            - {at: 1m, callback: {lead: ann, campaign: orders, list: customer, cancel: true}}
        """,
        [
            "9:31: simulation.agents.ann.disposition_script[0].callback: says when in one way: {in: 2h}, "
            "or {at: 2026-03-02T15:00:00Z}",
            "10:31: simulation.agents.ann.disposition_script[1].callback: has both mine and agent; keep one",
            "11:11: simulation.agents.ann.disposition_script[2].callback: missing; say e.g. 'callback: "
            "{in: 2h, mine: true}'",
            "13:48: simulation.timeline[0].callback.campaign: campaign 'order' is not defined; did you mean "
            "'orders'?",
            "14:26: simulation.timeline[1].callback: needs 'at', the time of the call, or 'cancel: true'",
            "15:26: simulation.timeline[2].callback: cancels a callback, and says more of it; 'cancel' "
            "stands alone",
            "16:26: simulation.timeline[3].callback: moves a callback: its window and its fall-back move "
            "along",
            "17:62: simulation.timeline[4].callback.list: list 'customer' is not defined; did you mean "
            "'customers'?",
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_every_breach_is_told_with_its_place_and_what_would_be_right(case: Case) -> None:
    assert problems_of(case.text) == case.problems
