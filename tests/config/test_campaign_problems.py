"""Every rule of campaigns, with the exact words in which its breach is told."""

from typing import Final

import pytest

from tests.config.problems import Case, problems_of

CASES: Final = [
    Case(
        "compliance names profiles that exist, and one way to show a number",
        """
        campaigns:
          orders:
            mode: progressive
            lists: [customers]
            pool: sales
            attempts: {max: 3, interval: 1h}
            caller_id: "+442079460001"
            compliance:
              profiles: [uk-sale]
              zones: union
              zone: Europe/Londn
              caller_ids: {numbers: ["+442079460001", "+442079460001"], per_day: 0}
              amd_test: {tested_at: yesterday, sample: 10, false_positives: 11}
          empty:
            mode: progressive
            lists: [customers]
            pool: sales
            attempts: {max: 3, interval: 1h}
            compliance: {profiles: []}
          other:
            mode: progressive
            lists: [customers]
            pool: sales
            attempts: {max: 3, interval: 1h}
            compliance:
              profiles: [uk-sales]
              amd_test: {tested_at: 2026-11-01T09:00:00Z, sample: 10, false_positives: 11}
        """,
        [
            "7:5: campaigns.orders.caller_id: stands beside compliance.caller_ids, "
            "whose numbers are shown in turn; keep one",
            "9:18: campaigns.orders.compliance.profiles[0]: is 'uk-sale', which is no profile; "
            "did you mean 'uk-sales'?",
            "10:14: campaigns.orders.compliance.zones: is 'union'; it can be strict-union or address-trusted",
            "11:13: campaigns.orders.compliance.zone: is 'Europe/Londn', which is no time zone; "
            "say e.g. Europe/London; did you mean 'Europe/London'?",
            "12:29: campaigns.orders.compliance.caller_ids.numbers: has +442079460001 twice",
            "12:74: campaigns.orders.compliance.caller_ids.per_day: is '0'; the least is 1",
            "13:29: campaigns.orders.compliance.amd_test.tested_at: is 'yesterday'; "
            "a time is ISO 8601 with a zone: 2026-03-02T09:00:00Z",
            "19:28: campaigns.empty.compliance.profiles: is empty; at least one is wanted",
            "27:17: campaigns.other.compliance.amd_test: has 11 false positives in a sample of 10",
        ],
    ),
    Case(
        "a campaign's lists and pool are defined",
        """
        campaigns:
          orders:
            mode: progressive
            lists: [customer, customers, customers]
            pool: sale
            attempts: {max: 3, interval: 1h}
          empty: {mode: progressive, lists: [], pool: sales, attempts: {max: 3, interval: 1h}}
        """,
        [
            "4:13: campaigns.orders.lists[0]: list 'customer' is not defined; did you mean 'customers'?",
            "4:34: campaigns.orders.lists[2]: list 'customers' stands twice",
            "5:11: campaigns.orders.pool: pool 'sale' is not defined; did you mean 'sales'?",
            "7:37: campaigns.empty.lists: is empty; at least one is wanted",
        ],
    ),
    Case(
        "required keys are named with an example",
        """
        campaigns:
          orders: {mode: progressive}
          others: {lists: [customers]}
          third: {mode: progresive, lists: [customers], pool: sales, attempts: {max: 3}}
        """,
        [
            "2:11: campaigns.orders.attempts: missing; progressive needs 'attempts: {max: 3, interval: 10m}'",
            "2:11: campaigns.orders.lists: missing; say e.g. 'lists: [customers]', "
            "or name segments: 'segments: [hot]'",
            "2:11: campaigns.orders.pool: missing; progressive needs the pool of its agents: say "
            "e.g. 'pool: sales'",
            "3:11: campaigns.others.mode: missing; say e.g. 'mode: progressive'",
            "4:17: campaigns.third.mode: is 'progresive'; it can be agent-first, preview, "
            "progressive, power or agentless; did you mean 'progressive'?",
            "4:72: campaigns.third.attempts.interval: missing; say e.g. 'interval: 10m'",
        ],
    ),
    Case(
        "agent-first has two budgets and every other mode has one",
        """
        campaigns:
          a: {mode: agent-first, lists: [customers], pool: sales}
          b:
            mode: agent-first
            lists: [customers]
            pool: sales
            agent_attempts: {max: 1, interval: 1m}
            attempts: {max: 1, interval: 1m}
          c:
            mode: preview
            lists: [customers]
            pool: sales
            agent_attempts: {max: 1, interval: 1m}
            customer_attempts: {max: 1, interval: 1m}
        """,
        [
            "2:6: campaigns.a.agent_attempts: missing; agent-first needs 'agent_attempts: {max: "
            "3, interval: 10m}'",
            "2:6: campaigns.a.customer_attempts: missing; agent-first needs 'customer_attempts: "
            "{max: 3, interval: 10m}'",
            "4:5: campaigns.b.customer_attempts: missing; agent-first needs 'customer_attempts: "
            "{max: 3, interval: 10m}'",
            "8:5: campaigns.b.attempts: in agent-first the key is 'customer_attempts: {max, interval}'",
            "10:5: campaigns.c.attempts: missing; preview needs 'attempts: {max: 3, interval: 10m}'",
            "13:5: campaigns.c.agent_attempts: agent_attempts is for agent-first campaigns; this "
            "one is preview",
            "14:5: campaigns.c.customer_attempts: in preview the key is 'attempts: {max, interval}'",
        ],
    ),
    Case(
        "a pool belongs to every mode but agentless",
        """
        campaigns:
          a: {mode: agentless, lists: [customers], pool: sales, attempts: {max: 1, interval: 1m}}
          b: {mode: power, lists: [customers], attempts: {max: 1, interval: 1m}}
        """,
        [
            "2:44: campaigns.a.pool: an agentless campaign has no pool; leave it out",
            "3:6: campaigns.b.pool: missing; power needs the pool of its agents: say e.g. 'pool: sales'",
        ],
    ),
    Case(
        "settings of one mode are refused in another",
        """
        campaigns:
          orders:
            mode: progressive
            lists: [customers]
            pool: sales
            attempts: {max: 3, interval: 1h}
            ratio: 2
            lines: 10
            preview: {within: 30s}
            flow: [dial customer]
        """,
        [
            "7:5: campaigns.orders.ratio: ratio is for power campaigns; this one is progressive",
            "8:5: campaigns.orders.lines: lines is for agentless campaigns; this one is progressive",
            "9:5: campaigns.orders.preview: preview is for preview campaigns; this one is progressive",
            "10:5: campaigns.orders.flow: flow is for agent-first and agentless campaigns; this "
            "one is progressive",
        ],
    ),
    Case(
        "budgets and retry rules are within their limits",
        """
        campaigns:
          orders:
            mode: progressive
            lists: [customers]
            pool: sales
            attempts: {max: 0, interval: 1 hour}
            retry: {busi: {after: 5m}, busy: {}, machine: {max: many}, hung-up: 3}
        """,
        [
            "6:21: campaigns.orders.attempts.max: is '0'; the least is 1",
            "6:34: campaigns.orders.attempts.interval: is '1 hour'; a duration is a number and a "
            "unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "7:13: campaigns.orders.retry.busi: is 'busi'; it can be no-answer, busy, "
            "congestion, invalid, rejected, failed, cancelled, machine, message-left, abandoned "
            "or hung-up; did you mean 'busy'?",
            "7:38: campaigns.orders.retry.busy: is empty; say when to try again or how often: "
            "{after: 5m, max: 3}",
            "7:57: campaigns.orders.retry.machine.max: is 'many'; a whole number is wanted",
            "7:73: campaigns.orders.retry.hung-up: is '3'; a mapping of keys to values is wanted",
        ],
    ),
    Case(
        "durations have units and an end",
        """
        campaigns:
          orders:
            mode: progressive
            lists: [customers]
            pool: sales
            attempts: {max: 3, interval: 4000d}
            agent_ring: 20
            customer_ring: -5s
            max_call:
            abandon_after: [2s]
            wrap_up_limit: 1m2h
        """,
        [
            "6:34: campaigns.orders.attempts.interval: is '4000d'; the longest duration is 3650d",
            "7:17: campaigns.orders.agent_ring: is '20'; a duration is a number and a unit: 90s, "
            "10m, 2h, 30d or 250ms, also combined as 1h30m",
            "8:20: campaigns.orders.customer_ring: is '-5s'; a duration is a number and a unit: "
            "90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "9:14: campaigns.orders.max_call: is empty; a duration is a number and a unit: 90s, "
            "10m, 2h, 30d or 250ms, also combined as 1h30m",
            "10:20: campaigns.orders.abandon_after: is a list; a duration is a number and a "
            "unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "11:20: campaigns.orders.wrap_up_limit: is '1m2h'; a duration is a number and a "
            "unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
        ],
    ),
    Case(
        "numbers, flags and words",
        """
        campaigns:
          orders:
            mode: power
            lists: [customers]
            pool: sales
            attempts: {max: 3.5, interval: 1h}
            ratio: two
            weight: 0
            caller_id: 0301234
            amd: {enabled: "yes", on_machine: hang-up, on_unsure: ~}
            on_agent_not_connected: [continue]
          others:
            mode: power
            lists: customers
            pool: sales
            attempts: {max: 3, interval: 1h}
            ratio: 0
        """,
        [
            "6:21: campaigns.orders.attempts.max: is '3.5'; a whole number is wanted",
            "7:12: campaigns.orders.ratio: is 'two'; a number is wanted",
            "8:13: campaigns.orders.weight: is '0'; the least is 1",
            "9:16: campaigns.orders.caller_id: '0301234' is a national number without a region; "
            "write it with + and the country code",
            "10:20: campaigns.orders.amd.enabled: is 'yes'; it is true or false",
            "10:39: campaigns.orders.amd.on_machine: is 'hang-up'; it can be hangup, message or "
            "connect; did you mean 'hangup'?",
            "10:59: campaigns.orders.amd.on_unsure: is empty; it can be human or machine",
            "11:29: campaigns.orders.on_agent_not_connected: is a list; it can be reschedule or continue",
            "14:12: campaigns.others.lists: is 'customers'; a list is wanted: [first, second]",
            "17:12: campaigns.others.ratio: is '0'; it must be more than 0",
        ],
    ),
    Case(
        "business hours",
        """
        campaigns:
          orders:
            mode: progressive
            lists: [customers]
            pool: sales
            attempts: {max: 3, interval: 1h}
            business_hours:
              zone: Europe/london
              week:
                mon-fri: ["09:00-7:30", "17:00-09:00", "10:00-24:01"]
                wed: ["10:00-12:00", "11:00-16:00"]
                sun-mon: ["00:00-24:00"]
                sat: 10:00-12:00
                day: ["09:00-10:00"]
              holidays: [2026-02-30, 25.12.2026]
              holidays_of: XX
          others:
            mode: progressive
            lists: [customers]
            pool: sales
            attempts: {max: 3, interval: 1h}
            business_hours: {week: {}, holidays_of: GB-WALES}
        """,
        [
            "8:13: campaigns.orders.business_hours.zone: is 'Europe/london', which is no time "
            "zone; say e.g. Europe/London; did you mean 'Europe/London'?",
            "10:19: campaigns.orders.business_hours.week.mon-fri[0]: is '09:00-7:30'; a window "
            "is written 09:00-17:30",
            "10:33: campaigns.orders.business_hours.week.mon-fri[1]: is '17:00-09:00'; a window "
            "opens before it closes (one that passes midnight is two windows, such as "
            "22:00-24:00 and 00:00-06:00)",
            "10:48: campaigns.orders.business_hours.week.mon-fri[2]: is '10:00-24:01'; a window "
            "is written 09:00-17:30",
            "11:14: campaigns.orders.business_hours.week.wed: wed stands in an earlier key too; "
            "give each day once",
            "11:30: campaigns.orders.business_hours.week.wed[1]: is '11:00-16:00'; windows "
            "follow one another without overlap",
            "12:18: campaigns.orders.business_hours.week.sun-mon: is 'sun-mon'; the earlier day "
            "comes first, and the week begins on mon",
            "13:14: campaigns.orders.business_hours.week.sat: is '10:00-12:00'; a list of "
            'windows is wanted: ["09:00-17:30"]',
            "14:14: campaigns.orders.business_hours.week.day: is 'day'; days are mon, tue, wed, "
            "thu, fri, sat, sun, or from one to another: mon-fri",
            "15:18: campaigns.orders.business_hours.holidays[0]: is '2026-02-30'; a date is "
            "written 2026-12-25",
            "15:30: campaigns.orders.business_hours.holidays[1]: is '25.12.2026'; a date is "
            "written 2026-12-25",
            "16:20: campaigns.orders.business_hours.holidays_of: is 'XX'; a country code is "
            "wanted, such as GB, or with a subdivision, such as US-CA",
            "22:21: campaigns.others.business_hours.zone: missing; say e.g. 'zone: Europe/London'",
            "22:28: campaigns.others.business_hours.week: is empty; days and their windows are "
            'wanted: {mon-fri: ["09:00-17:30"]}',
            "22:45: campaigns.others.business_hours.holidays_of: is 'GB-WALES'; GB has no "
            "subdivision 'WALES'; did you mean 'WLS'?",
        ],
    ),
    Case(
        "an agent-first flow dials the agent and then the customer, each once",
        """
        campaigns:
          orders: &agent_first
            mode: agent-first
            lists: [customers]
            pool: sales
            agent_attempts: {max: 3, interval: 1h}
            customer_attempts: {max: 3, interval: 1h}
            flow: [dial customer, dial agent, dial agent, dial customer]
          second:
            mode: agent-first
            lists: [customers]
            pool: sales
            agent_attempts: {max: 3, interval: 1h}
            customer_attempts: {max: 3, interval: 1h}
            flow: [dial agent, play: hello, {collect: {digits: 4}}, end, end]
        """,
        [
            "8:12: campaigns.orders.flow[0]: is 'dial customer' before 'dial agent'; agent-first "
            "calls the agent first",
            "8:39: campaigns.orders.flow[2]: is a second 'dial agent'; a flow has one",
            "8:51: campaigns.orders.flow[3]: is a second 'dial customer'; a flow has one",
            "15:11: campaigns.second.flow: has no step 'dial customer'; an agent-first flow needs one",
            "15:24: campaigns.second.flow[1]: is play before 'dial customer'; there is nobody to hear it",
            "15:37: campaigns.second.flow[2]: is collect before 'dial customer'; there is nobody to hear it",
            "15:66: campaigns.second.flow[4]: is never reached; the step before it ends the flow",
        ],
    ),
    Case(
        "an agentless flow has no agent",
        """
        campaigns:
          orders:
            mode: agentless
            lists: [customers]
            attempts: {max: 3, interval: 1h}
            flow:
              - dial agent
              - set: {reschedule_agent_call: true}
              - {end: {}, when: {disposition: sale, digits: "1"}}
        """,
        [
            "7:7: campaigns.orders.flow: has no step 'dial customer'; an agentless flow needs one",
            "7:9: campaigns.orders.flow[0]: is 'dial agent', but an agentless campaign has no agents",
            "8:15: campaigns.orders.flow[1].set.reschedule_agent_call: an agentless campaign has "
            "no agent attempts; set reschedule_customer_call",
            "9:26: campaigns.orders.flow[2].when.disposition: an agentless campaign has no agent "
            "to give a disposition; compare digits",
        ],
    ),
    Case(
        "steps are steps",
        """
        campaigns:
          orders:
            mode: agentless
            lists: [customers]
            attempts: {max: 3, interval: 1h}
            flow:
              - dial costumer
              - dial customer
              - {play: a, collect: {digits: 4}}
              - {when: {digits: 1}}
              - {play: a, when: {digits: 1}}
              - {collect: {digits: 0, within: soon}}
              - {set: {}, when: {}}
              - {set: {reschedule: true}, when: {digit: 1}}
              - {set: {reschedule_customer_call: yes}, when: {digits: one}}
              - {end: {now: true}}
        """,
        [
            "7:9: campaigns.orders.flow[0]: is 'dial costumer'; a step is 'dial agent', 'dial "
            "customer', 'end', or one of play, collect, set and end with settings; did you mean "
            "'dial customer'?",
            "9:9: campaigns.orders.flow[2]: has play and collect; a step is 'dial agent', 'dial "
            "customer', 'end', or one of play, collect, set and end with settings",
            "10:9: campaigns.orders.flow[3]: has no step; a step is 'dial agent', 'dial "
            "customer', 'end', or one of play, collect, set and end with settings",
            "11:9: campaigns.orders.flow[4]: has a condition on play; 'when' goes with set and end only",
            "12:28: campaigns.orders.flow[5].collect.digits: is '0'; the least is 1",
            "12:39: campaigns.orders.flow[5].collect.within: is 'soon'; a duration is a number "
            "and a unit: 90s, 10m, 2h, 30d or 250ms, also combined as 1h30m",
            "13:15: campaigns.orders.flow[6].set: is empty; set reschedule_agent_call or "
            "reschedule_customer_call to true or false",
            "13:25: campaigns.orders.flow[6].when: is empty; a condition has digits, digits_not, "
            "disposition or disposition_not",
            "14:16: campaigns.orders.flow[7].set.reschedule: unknown key 'reschedule'; did you "
            "mean 'reschedule_agent_call'?",
            "14:42: campaigns.orders.flow[7].when.digit: unknown key 'digit'; did you mean 'digits'?",
            "15:42: campaigns.orders.flow[8].set.reschedule_customer_call: is 'yes'; it is true or false",
            "15:63: campaigns.orders.flow[8].when.digits: is 'one'; keys of a phone are wanted: "
            "0 to 9, * and #",
            "16:16: campaigns.orders.flow[9].end.now: unknown key 'now'; there are no settings here",
        ],
    ),
    Case(
        "a flow is a list",
        """
        campaigns:
          orders: {mode: agentless, lists: [customers], attempts: {max: 3, interval: 1h}, flow: dial customer}
        """,
        [
            "2:89: campaigns.orders.flow: is 'dial customer'; a list of steps is wanted: [dial "
            "agent, dial customer]",
        ],
    ),
    Case(
        "every problem of a file is told at once, in the order of the file",
        """
        pools: {sales: {nailed: true}}
        agents: {ann: {pool: sale}}
        campaigns: {orders: {mode: progressive, lists: [customer], pool: sales}}
        lists: {customers: {leads: [{key: ann, phones: ["1"]}]}}
        """,
        [
            "1:17: pools.sales.nailed: unknown key 'nailed'; did you mean 'nailed_up'?",
            "2:22: agents.ann.pool: pool 'sale' is not defined; did you mean 'sales'?",
            "3:21: campaigns.orders.attempts: missing; progressive needs 'attempts: {max: 3, interval: 10m}'",
            "3:49: campaigns.orders.lists[0]: list 'customer' is not defined; did you mean 'customers'?",
            "4:49: lists.customers.leads[0].phones[0]: '1' is a national number without a "
            "region; write it with + and the country code, or give the list a region: 'region: "
            "GB'",
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_every_breach_is_told_with_its_place_and_what_would_be_right(case: Case) -> None:
    assert problems_of(case.text) == case.problems
