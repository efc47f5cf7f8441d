"""Three worlds small enough to be run hundreds of times. Between them: every kind of leg, end and retry."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from engine.config import Configuration
from engine.domain.lists import InlineLead, LeadList
from engine.domain.policy import AgentPolicy, Budget, CampaignPolicy, DialCustomer, Play, PoolPolicy, Preview
from engine.domain.segments import Attribute, NumberBetween, SegmentPolicy
from engine.domain.time import HOUR, MINUTE, SECOND, Instant, instant
from engine.domain.words import DialMode
from simulator.plan import (
    AgentBehaviour,
    AgentReception,
    AgentResponse,
    Fixed,
    LeadChange,
    Plan,
    Reception,
    Response,
    Script,
    Stay,
    TimelineEntry,
)

START: Final[Instant] = instant(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
SAFE_TIME: Final = 5 * MINUTE

HUMAN: Final = Reception(response=Response.HUMAN, rings=4 * SECOND, talks=30 * SECOND)
NO_ANSWER: Final = Reception(response=Response.NO_ANSWER)
BUSY: Final = Reception(response=Response.BUSY)


@dataclass(frozen=True, slots=True)
class Small:
    configuration: Configuration
    plan: Plan


def number(lead: int) -> str:
    return f"+4420794600{lead:02}"


def world(
    campaigns: list[CampaignPolicy],
    receptions: dict[int, list[Reception]],
    agents: dict[str, AgentBehaviour],
    *,
    nailed_up: bool,
    timeline: tuple[TimelineEntry, ...] = (),
    hours: int = 6,
) -> Small:
    """`receptions` by lead; each number's last one is repeated."""
    leads = tuple(InlineLead(key=f"lead-{lead}", phones=(number(lead),)) for lead in receptions)
    configuration = Configuration(
        lists={"people": LeadList(name="people", leads=leads)},
        pools={"sales": PoolPolicy(name="sales", nailed_up=nailed_up)} if agents else {},
        agents={name: AgentPolicy(name=name, pool="sales", endpoint=f"sip-{name}") for name in agents},
        campaigns={campaign.name: campaign for campaign in campaigns},
    )
    plan = Plan(
        guards="a small world",
        seed=7,
        start=START,
        end=START + hours * HOUR,
        scripts={
            number(lead): Script(receptions=tuple(script), at_end="repeat")
            for lead, script in receptions.items()
        },
        agents=agents,
        timeline=timeline,
    )
    return Small(configuration, plan)


def campaign(mode: DialMode, name: str = "orders", **more: Any) -> CampaignPolicy:
    given: dict[str, Any] = {
        "name": name,
        "mode": mode,
        "lists": ("people",),
        "pool": None if mode is DialMode.AGENTLESS else "sales",
        "customer_attempts": Budget(max=2, interval=1 * MINUTE),
        "agent_attempts": Budget(max=3, interval=1 * MINUTE) if mode is DialMode.AGENT_FIRST else None,
        "unknown_interval": SAFE_TIME,
    }
    if mode is DialMode.AGENTLESS:
        given["flow"] = (DialCustomer(), Play(message="offer"))
    return CampaignPolicy(**(given | more))


def agent(*script: AgentResponse, wraps_up: int = 5, **more: Any) -> AgentBehaviour:
    return AgentBehaviour(
        shifts=(Stay(since=START),),
        script=tuple(AgentReception(response=response) for response in script),
        wraps_up=Fixed(value=wraps_up * SECOND),
        **more,
    )


def agent_first(**more: Any) -> Small:
    """An agent who does not answer at first, a customer who does not, and one who does."""
    return world(
        [campaign(DialMode.AGENT_FIRST)],
        {1: [NO_ANSWER, HUMAN], 2: [HUMAN], 3: [BUSY]},
        {"ann": agent(AgentResponse.NO_ANSWER), "bob": agent()},
        nailed_up=False,
        **more,
    )


def power(**more: Any) -> Small:
    """Two people answer and one agent, nailed up, is free: one is abandoned. Then a retry, and wrap-up."""
    return world(
        [campaign(DialMode.POWER, ratio=2.0, abandon_after=2 * SECOND)],
        {1: [HUMAN], 2: [HUMAN, NO_ANSWER], 3: [NO_ANSWER, HUMAN]},
        {"ann": agent(wraps_up=10)},
        nailed_up=True,
        **more,
    )


def preview_and_agentless(**more: Any) -> Small:
    """An agent skips a lead and takes another, while a second campaign plays a message to the same people."""
    return world(
        [
            campaign(DialMode.PREVIEW, preview=Preview(skip_interval=1 * MINUTE)),
            campaign(DialMode.AGENTLESS, "news", lines=1),
        ],
        {1: [HUMAN], 2: [NO_ANSWER, HUMAN]},
        {"ann": agent(previews=("skip", "accept"))},
        nailed_up=False,
        **more,
    )


def leaves_and_returns() -> Small:
    """A lead is in a segment, is seen OUT, and then IN again."""
    policy = campaign(DialMode.AGENTLESS, lists=(), segments=("hot",))
    small = world([policy], {1: [NO_ANSWER]}, {}, nailed_up=False)
    condition = NumberBetween(field=Attribute("score"), at_least=5)
    hot = SegmentPolicy(name="hot", condition=condition, reset_on_reentry=True, every=MINUTE)
    moves = [LeadChange(key="lead-1", attributes={"score": score}) for score in ("9", "1", "9")]
    timeline = [
        TimelineEntry(at=START + (10 * number) * MINUTE - SECOND, action=move)
        for number, move in enumerate(moves, start=1)
    ]
    return replace(
        small,
        configuration=replace(small.configuration, segments={"hot": hot}),
        plan=replace(small.plan, timeline=tuple(timeline), end=START + 40 * MINUTE),
    )
