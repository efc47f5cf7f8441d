"""Engines die with calls in flight that are limited: nothing is counted twice, and nobody is risked."""

import pytest

from engine.domain.compliance import CompliancePolicy
from engine.domain.words import DialMode
from simulator.fence import Side
from tests.simulator.small_worlds import HUMAN, NO_ANSWER, Small, agent, campaign, world
from tests.simulator.worlds import empty_store, judged


def limited() -> Small:
    """A power campaign that may begin one call for one agent, and would rather begin four."""
    kept = CompliancePolicy(profiles=("uk-collections",), zone="Europe/London")
    orders = campaign(DialMode.POWER, ratio=4.0, caller_id="+442079460999", compliance=kept)
    people = {lead: [NO_ANSWER, HUMAN] if lead % 3 == 0 else [HUMAN] for lead in range(1, 8)}
    return world([orders], people, {"ann": agent(), "bob": agent()}, nailed_up=True)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("call", [2, 5, 9, 14, 20, 27, 35, 44])
def test_a_crash_loses_only_the_calls_in_flight(call: int, side: Side) -> None:
    made = limited()
    with empty_store() as sql:
        judged(made.configuration, made.plan, sql, crashes={1: (call, side)})
        lost, unknown = sql.execute(
            "SELECT count(*) FILTER (WHERE met = 'abandoned'), count(*) FILTER (WHERE outcome = 'unknown') "
            "FROM attempts"
        ).fetchone()
        assert lost <= unknown + 2  # one for each agent at most


def test_a_campaign_that_is_limited_calls_everybody_in_the_end() -> None:
    made = limited()
    with empty_store() as sql:
        judged(made.configuration, made.plan, sql)
        assert sql.execute("SELECT count(*) FROM cases WHERE due_at IS NOT NULL").fetchone() == (0,)
        assert sql.execute("SELECT count(DISTINCT lead_id) FROM attempts").fetchone() == (7,)
