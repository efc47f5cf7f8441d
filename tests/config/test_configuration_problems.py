"""Every rule of lists, pools and agents, with the exact words in which its breach is told."""

from typing import Final

import pytest

from tests.config.problems import Case, problems_of

CASES: Final = [
    Case(
        "keys of features to come are refused by name",
        """
        resets: {}
        carrier: {}
        campaigns: {orders: {mode: predictive, lists: [customers], pool: sales}}
        """,
        [
            "1:1: resets: resets are not supported by this version",
            "2:1: carrier: choosing a carrier is not supported by this version",
            "3:28: campaigns.orders.mode: predictive mode is not supported by this version",
        ],
    ),
    Case(
        "an unknown key is named with the closest known one",
        """
        agent: {}
        frobnicate: 1
        """,
        [
            "1:1: agent: unknown key 'agent'; did you mean 'agents'?",
            "2:1: frobnicate: unknown key 'frobnicate'; the keys are lists, segments, dispositions, "
            "pools, agents, campaigns, users, dnc, consents, relationships, reassigned, registries and "
            "simulation",
        ],
    ),
    Case(
        "a missing section is named with an example",
        """
        lists:
        campaigns: []
        """,
        [
            "1:7: lists: is empty; names and their settings are wanted",
            "2:12: campaigns: is empty; names and their settings are wanted",
        ],
    ),
    Case(
        "what only the simulator reads is refused",
        "simulation: {guards: x}",
        [
            "1:1: simulation: only the simulator reads this; a live configuration has none "
            "('dialer run' simulates this file)",
        ],
    ),
    Case(
        "a key stands once",
        """
        pools:
          sales: {nailed_up: true, nailed_up: false}
          sales: {}
        """,
        [
            "2:28: pools.sales.nailed_up: the key stands twice; the first stands on line 2",
            "3:3: pools.sales: the key stands twice; the first stands on line 2",
        ],
    ),
    Case(
        "names are names",
        'pools: {sales: {pause_code: "a\\tb"}, "*": {}, "": {}}',
        [
            "1:29: pools.sales.pause_code: is 'a\\tb'; a name has letters, digits, spaces and . "
            "- _ @ + : / only",
            "1:38: pools.*: the name is '*'; a name has letters, digits, spaces and . - _ @ + : / only",
            "1:47: pools.: the name is empty",
        ],
    ),
    Case(
        "a list has leads or a file, and the file exists",
        """
        lists:
          customers: {}
          both: {leads: [{key: ann, phones: ["+442079460001"]}], file: no.csv}
          empty:
          none: {leads: []}
        """,
        [
            "2:14: lists.customers: has no leads; write them under 'leads:', or name a CSV file: "
            "'file: leads.csv'",
            "3:9: lists.both: has both leads and a file; keep one",
            "3:64: lists.both.file: there is no file '…/no.csv'",
            "4:9: lists.empty: is empty; a mapping of keys to values is wanted",
            "5:17: lists.none.leads: is empty; at least one is wanted",
        ],
    ),
    Case(
        "a lead has a key of its own and phones that can be dialed",
        """
        lists:
          customers:
            leads:
              - {key: ann, phones: ["+442079460001", "+44 20 7946 0001"], suplier: acme}
              - {key: ann, phones: []}
              - {phones: [020 7946 0001, "+44207946", no, ~, [1]]}
              - bob
              - {key: cid, phones: "+442079460001", attributes: {name: ~}}
        """,
        [
            "4:46: lists.customers.leads[0].phones[1]: +442079460001 stands twice among the "
            "phones of this lead",
            "4:67: lists.customers.leads[0].suplier: unknown key 'suplier'; did you mean 'supplier'?",
            "5:15: lists.customers.leads[1].key: the key 'ann' is also leads[0]",
            "5:28: lists.customers.leads[1].phones: is empty; at least one is wanted",
            "6:9: lists.customers.leads[2].key: missing; say e.g. 'key: ann'",
            "6:19: lists.customers.leads[2].phones[0]: '020 7946 0001' is a national number "
            "without a region; write it with + and the country code, or give the list a region: "
            "'region: GB'",
            "6:34: lists.customers.leads[2].phones[1]: '+44207946' is not in the numbering plan of GB",
            "6:47: lists.customers.leads[2].phones[2]: 'no' has more than a number in it; "
            "extensions and letters cannot be dialed",
            "6:51: lists.customers.leads[2].phones[3]: is empty; a phone number is wanted, such "
            'as "+442079460001"',
            "6:54: lists.customers.leads[2].phones[4]: is a list; a phone number is wanted, such "
            'as "+442079460001"',
            "7:9: lists.customers.leads[3]: is 'bob'; a mapping of keys to values is wanted",
            "8:28: lists.customers.leads[4].phones: is '+442079460001'; a list is wanted: [first, second]",
            "8:64: lists.customers.leads[4].attributes.name: is empty; text is wanted",
        ],
    ),
    Case(
        "a national number is read with the region of the list, which is a country",
        """
        lists:
          customers: {region: GB, leads: [{key: ann, phones: [020 7946 0001, 12]}]}
          others: {region: UK, leads: [{key: ann, phones: [020 7946 0001]}]}
        """,
        [
            "2:70: lists.customers.leads[0].phones[1]: '12' is too short for a number of GB",
            "3:20: lists.others.region: is 'UK'; a region is a country code in capitals, such as "
            "GB or US; did you mean 'GB'?",
        ],
    ),
    Case(
        "pools",
        """
        pools:
          sales: {nailed_up: yes, misses_before_pause: 0, agent_ring: 10 parsecs, ring: 2s}
        """,
        [
            "2:22: pools.sales.nailed_up: is 'yes'; it is true or false",
            "2:48: pools.sales.misses_before_pause: is '0'; the least is 1",
            "2:63: pools.sales.agent_ring: is '10 parsecs'; a duration is a number and a unit: "
            "90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "2:75: pools.sales.ring: unknown key 'ring'; the keys are nailed_up, "
            "misses_before_pause, pause_code and agent_ring",
        ],
    ),
    Case(
        "an agent's pool is defined, and its name is its own",
        """
        agents:
          ann: {pool: salse}
          bob: {}
          "agent-[01-03]": {pool: sales}
          agent-02: {pool: sales}
          "agent-[3-1]": {pool: sales}
          "agent-[a]": {pool: sales}
          "team-[1-2]": {pool: sales, endpoint: PJSIP/1}
          "crew-[1-2]": {pool: sales, endpoint: "PJSIP/[x]"}
          "mob-[1-20000]": {pool: sales}
        """,
        [
            "2:15: agents.ann.pool: pool 'salse' is not defined; did you mean 'sales'?",
            "3:8: agents.bob.pool: missing; say e.g. 'pool: sales'",
            "5:3: agents.agent-02: agent 'agent-02' is also defined as 'agent-[01-03]'",
            "6:3: agents.agent-[3-1]: the name is 'agent-[3-1]'; a range counts upwards",
            "7:3: agents.agent-[a]: the name is 'agent-[a]'; a range of names is written agent-[01-25]",
            "8:41: agents.team-[1-2].endpoint: is 'PJSIP/1', which is 1 for 2 agents; leave it "
            "out, or write a range as in the name",
            "9:41: agents.crew-[1-2].endpoint: is 'PJSIP/[x]'; a range of names is written agent-[01-25]",
            "10:3: agents.mob-[1-20000]: the name is 'mob-[1-20000]'; a range has at most 10,000 names",
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_every_breach_is_told_with_its_place_and_what_would_be_right(case: Case) -> None:
    assert problems_of(case.text) == case.problems


def test_lists_and_names_have_a_greatest_length() -> None:
    phones = ", ".join(f'"+4420794600{number:02}"' for number in range(21))
    leads = f"{{key: {'k' * 101}, phones: [{phones}]}}"
    assert problems_of(f"lists: {{a: {{leads: [{leads}]}}}}\npools: {{{'p' * 101}: {{}}, sales: {{}}}}") == [
        "1:27: lists.a.leads[0].key: is longer than 100 characters",
        "1:138: lists.a.leads[0].phones: has 21 items; the most is 20",
        f"2:9: pools.{'p' * 101}: the name is longer than 100 characters",
        "4:49: campaigns.orders.lists[0]: list 'customers' is not defined; lists here: a",
    ]


def test_a_flow_has_a_greatest_length() -> None:
    flow = ", ".join(["dial customer", *["play: a"] * 100])
    campaign = "{mode: agentless, lists: [customers], attempts: {max: 3, interval: 1h}"
    assert problems_of(f"campaigns:\n  orders: {campaign}, flow: [{flow}]}}") == [
        "2:89: campaigns.orders.flow: has 101 steps; the most is 100"
    ]
