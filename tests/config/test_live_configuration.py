from pathlib import Path

import pytest

from engine.config import load_configuration
from engine.domain.dispositions import RetryRule
from engine.domain.lists import InlineLead, LeadList
from engine.domain.policy import (
    AgentPolicy,
    Amd,
    Budget,
    CampaignPolicy,
    Collect,
    Condition,
    DialAgent,
    DialCustomer,
    End,
    OnMachine,
    OnNotConnected,
    Play,
    PoolPolicy,
    Preview,
    SetVariable,
    Window,
)
from engine.domain.time import HOUR, MINUTE, SECOND
from engine.domain.words import DialMode
from engine.errors import InputError
from tests.config.problems import configured


def campaign(text: str) -> CampaignPolicy:
    return configured(f"campaigns:\n  orders: {text}\n").campaigns["orders"]


def test_what_is_left_out_has_the_domains_own_default() -> None:
    configuration = configured("")
    assert configuration.campaigns == {
        "orders": CampaignPolicy(
            name="orders",
            mode=DialMode.PROGRESSIVE,
            lists=("customers",),
            pool="sales",
            customer_attempts=Budget(max=3, interval=HOUR),
        )
    }
    assert configuration.pools == {"sales": PoolPolicy(name="sales")}
    assert configuration.agents == {"ann": AgentPolicy(name="ann", pool="sales", endpoint="ann")}
    assert configuration.lists == {
        "customers": LeadList(name="customers", leads=(InlineLead(key="ann", phones=("+442079460001",)),))
    }


def test_an_agent_first_campaign_says_everything() -> None:
    assert campaign("""
        mode: agent-first
        lists: [customers]
        pool: sales
        agent_attempts: {max: 3, interval: 10m}
        customer_attempts: {max: 2, interval: 60m}
        retry: {busy: {after: 5m, max: 3}, machine: {max: 1}}
        caller_id: "+44 20 7946 0999"
        amd: {enabled: true, wait: 3s, on_machine: connect}
        on_agent_not_connected: continue
        flow:
          - dial agent
          - dial customer
          - play: ask-code
          - collect: {digits: 4, within: 20s}
          - {set: {reschedule_customer_call: true, reschedule_agent_call: false}, when: {digits_not: "1234"}}
          - {end: {}, when: {disposition: done, digits: ""}}
          - end
        """) == CampaignPolicy(
        name="orders",
        mode=DialMode.AGENT_FIRST,
        lists=("customers",),
        pool="sales",
        agent_attempts=Budget(max=3, interval=10 * MINUTE),
        customer_attempts=Budget(max=2, interval=HOUR),
        retry={"busy": RetryRule(after=5 * MINUTE, max=3), "machine": RetryRule(max=1)},
        caller_id="+442079460999",
        amd=Amd(enabled=True, wait=3 * SECOND, on_machine=OnMachine.CONNECT),
        on_agent_not_connected=OnNotConnected.CONTINUE,
        flow=(
            DialAgent(),
            DialCustomer(),
            Play(message="ask-code"),
            Collect(digits=4, within=20 * SECOND),
            SetVariable(variable="reschedule_agent_call", value=False, when=Condition(digits_not="1234")),
            SetVariable(variable="reschedule_customer_call", when=Condition(digits_not="1234")),
            End(when=Condition(disposition="done", digits="")),
            End(),
        ),
    )


def test_other_modes_have_their_own_settings() -> None:
    shared = "lists: [customers], attempts: {max: 1, interval: 0s}"
    assert campaign(f"{{mode: power, pool: sales, ratio: 2.5, {shared}}}").ratio == 2.5
    preview = campaign(f"{{mode: preview, pool: sales, preview: {{on_timeout: skip}}, {shared}}}").preview
    assert preview == Preview(on_timeout="skip")
    agentless = campaign(f"{{mode: agentless, lines: 3, information_message: news, {shared}}}")
    assert (agentless.lines, agentless.pool) == (3, None)
    assert agentless.flow == (DialCustomer(), Play(message="news"))


def test_business_hours_close_on_public_holidays_of_the_given_years() -> None:
    hours = campaign("""
        mode: progressive
        lists: [customers]
        pool: sales
        attempts: {max: 3, interval: 1h}
        business_hours:
          zone: Europe/London
          week: {mon-fri: ["09:00-12:00", "13:00-17:30"], sun: ["00:00-24:00"]}
          holidays: [2026-12-24]
          holidays_of: GB-SCT
        """).business_hours
    assert hours is not None
    weekday = (Window(opens=540, closes=720), Window(opens=780, closes=1050))
    assert hours.week == (*[weekday] * 5, (), (Window(opens=0, closes=1440),))
    assert {"2026-01-02", "2026-12-24", "2026-12-25"} <= set(hours.holidays)  # 2 January is Scotland's own
    assert list(hours.holidays) == sorted(hours.holidays)
    assert all(day.startswith("2026") for day in hours.holidays)


def test_public_holidays_need_to_know_the_years(tmp_path: Path) -> None:
    file = tmp_path / "live.yaml"
    hours = 'business_hours: {zone: UTC, week: {mon: ["09:00-10:00"]}, holidays_of: GB}'
    file.write_text(
        "lists: {a: {leads: [{key: x, phones: ['+442079460001']}]}}\n"
        f"campaigns: {{c: {{mode: agentless, lists: [a], attempts: {{max: 1, interval: 1h}}, {hours}}}}}\n"
    )
    with pytest.raises(InputError) as refusal:
        load_configuration(file)
    assert refusal.value.problems == [
        f"{file}:2:151: campaigns.c.business_hours.holidays_of: "
        "the years are not known whose public holidays are meant"
    ]


def test_ranges_of_agents_expand_with_their_endpoints() -> None:
    agents = configured("""
        agents:
          "agent-[09-10]": {pool: sales}
          "desk-[1-2]": {pool: sales, endpoint: "PJSIP/10[1-2]"}
        """).agents
    assert {name: agent.endpoint for name, agent in agents.items()} == {
        "agent-09": "agent-09",
        "agent-10": "agent-10",
        "desk-1": "PJSIP/101",
        "desk-2": "PJSIP/102",
    }


def test_a_file_of_leads_is_found_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "leads").mkdir()
    (tmp_path / "leads" / "demo.csv").write_text("phone\n")
    file = tmp_path / "live.yaml"
    file.write_text(
        "lists: {big: {file: leads/demo.csv, region: GB}}\n"
        "campaigns: {c: {mode: agentless, lists: [big], attempts: {max: 1, interval: 1h}}}\n"
    )
    assert load_configuration(file).lists == {
        "big": LeadList(name="big", file=str(tmp_path / "leads" / "demo.csv"), region="GB")
    }
