"""The campaigns that benchmarks run: the people are those of a mixed consumer list."""

from engine.config import Configuration
from engine.domain.lists import InlineLead, LeadList
from engine.domain.policy import AgentPolicy, Amd, Budget, CampaignPolicy, PoolPolicy
from engine.domain.time import DAY, HOUR, SECOND
from engine.domain.words import DialMode
from simulator.plan import Gamma, Lognormal, Plan, Population, Response, Uniform

START = 1_772_442_000_000_000  # 2026-03-02T09:00:00Z, a Monday

PEOPLE = Population(
    responses={
        Response.HUMAN: 0.25,
        Response.MACHINE: 0.30,
        Response.NO_ANSWER: 0.35,
        Response.BUSY: 0.10,
    },
    rings={
        Response.HUMAN: Gamma(mean=12 * SECOND, sd=6 * SECOND),
        Response.MACHINE: Uniform(low=12 * SECOND, high=24 * SECOND),
        Response.BUSY: Uniform(low=1 * SECOND, high=5 * SECOND),
    },
    talks=Lognormal(mean=120 * SECOND, cv=0.75),
)


def progressive(*, leads: int, agents: int) -> tuple[Configuration, Plan]:
    """One campaign, one attempt a lead: every attempt is a new case, dialed 1:1 for nailed-up agents."""
    names = [f"agent-{number:03}" for number in range(1, agents + 1)]
    configuration = Configuration(
        lists={
            "leads": LeadList(
                name="leads",
                leads=tuple(
                    InlineLead(key=f"lead-{number}", phones=(f"+44{2_070_000_000 + number}",))
                    for number in range(leads)
                ),
            )
        },
        pools={"floor": PoolPolicy(name="floor")},
        agents={name: AgentPolicy(name=name, pool="floor", endpoint=name) for name in names},
        campaigns={
            "bench": CampaignPolicy(
                name="bench",
                mode=DialMode.PROGRESSIVE,
                lists=("leads",),
                pool="floor",
                customer_attempts=Budget(max=1, interval=HOUR),
                amd=Amd(enabled=True),
            )
        },
    )
    plan = Plan(guards="benchmark", seed=1, start=START, end=START + 60 * DAY, people={"*": PEOPLE})
    return configuration, plan
