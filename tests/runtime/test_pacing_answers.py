"""A pacer may cancel rings and ask to be asked again; the pool does as it says."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.config import Configuration
from engine.domain.lists import InlineLead, LeadList
from engine.domain.policy import AgentPolicy, Budget, CampaignPolicy, PoolPolicy
from engine.domain.time import HOUR, MINUTE, SECOND, Instant
from engine.domain.words import DialMode
from engine.pacing.port import PacingAnswer, PoolSnapshot
from engine.store.changes import IDS_PER_EPOCH
from engine.store.connection import open_store
from simulator.plan import Plan, Reception, Response, Script
from simulator.world import World
from tests.virtual import START

FIRST_LEG = IDS_PER_EPOCH + 2  # the agent's standing leg was the first


class Impatient:
    """Dials once and gives up on the ring after ten seconds."""

    def __init__(self) -> None:
        self.asked: list[Instant] = []

    def decide(self, snapshot: PoolSnapshot) -> PacingAnswer:
        self.asked.append(snapshot.now)
        (campaign,) = snapshot.campaigns
        if campaign.started == 0 and snapshot.ready:
            return PacingAnswer(dials={"orders": 1}, reason="one")
        ends = START + 15 * SECOND
        if campaign.dialing and snapshot.now >= ends:
            return PacingAnswer(cancel=(FIRST_LEG, 77), reason="nobody will be free")
        return PacingAnswer(look_again=ends)


def run(tmp_path: Path, pacer: Impatient, customer: Reception, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    monkeypatch.setattr("engine.runtime.dialer.RatioPacer", lambda: pacer)
    configuration = Configuration(
        lists={"people": LeadList(name="people", leads=(InlineLead(key="a", phones=("+442079460001",)),))},
        pools={"sales": PoolPolicy(name="sales")},
        agents={"ann": AgentPolicy(name="ann", pool="sales", endpoint="ann")},
        campaigns={
            "orders": CampaignPolicy(
                name="orders",
                mode=DialMode.PROGRESSIVE,
                lists=("people",),
                pool="sales",
                customer_attempts=Budget(max=2, interval=HOUR),
            )
        },
    )
    plan = Plan(
        guards="pacing answers",
        seed=1,
        start=START,
        end=START + 5 * MINUTE,
        scripts={"+442079460001": Script(receptions=(customer,))},
    )
    sql = open_store(tmp_path / "run.db", durable=False)
    World(configuration, plan, sql).run()
    lines = [json.loads(line) for (line,) in sql.execute("SELECT line FROM journal ORDER BY epoch, seq")]
    sql.close()
    return lines


def test_a_ring_that_the_pacer_cancels_is_hung_up_and_costs_a_customer_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = run(tmp_path, Impatient(), Reception(response=Response.NO_ANSWER), monkeypatch)
    (ended,) = [line for line in lines if line["kind"] == "leg.ended" and line["leg"] == FIRST_LEG]
    (settled,) = [line for line in lines if line["kind"] == "attempt.settled"]
    assert (ended["outcome"], ended["by_us"]) == ("cancelled", True)
    assert ended["at"] == START + 15 * SECOND + 1_000
    assert (settled["status"], settled["used"]) == ("CUSTOMER_RESCHEDULED", "customer")


def test_an_answer_that_came_before_the_cancellation_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    human = Reception(response=Response.HUMAN, rings=5 * SECOND, talks=30 * SECOND)
    lines = run(tmp_path, Impatient(), human, monkeypatch)
    (settled,) = [line for line in lines if line["kind"] == "attempt.settled"]
    assert settled["status"] == "COMPLETED"


def test_the_pacer_is_asked_again_when_it_wanted_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pacer = Impatient()
    run(tmp_path, pacer, Reception(response=Response.NO_ANSWER), monkeypatch)
    assert START + 15 * SECOND in pacer.asked
