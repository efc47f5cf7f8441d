"""Small worlds drawn from a seed: every mode, every kind of person, and whatever may go wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Final, Literal

from engine.config import Configuration
from engine.domain.dispositions import RetryRule
from engine.domain.lists import InlineLead, LeadList, OwnershipPolicy
from engine.domain.policy import (
    AgentPolicy,
    Amd,
    Budget,
    BusinessHours,
    CampaignPolicy,
    Collect,
    Condition,
    DialAgent,
    DialCustomer,
    End,
    OnMachine,
    OnNotConnected,
    OnUnsure,
    Play,
    PoolPolicy,
    Preview,
    SetVariable,
    Step,
    Window,
)
from engine.domain.selection import LeadOrder, ListShare, NewLeads, PhoneOrder, PhonePolicy
from engine.domain.time import HOUR, MILLISECOND, MINUTE, SECOND, Instant, Micros, instant
from engine.domain.words import DialMode, Ending, Outcome, Verdict
from simulator.fence import Side
from simulator.plan import (
    Action,
    AgentBehaviour,
    AgentCommand,
    AgentReception,
    AgentResponse,
    AmdModel,
    CampaignChange,
    CampaignCommand,
    CarrierCommand,
    Crash,
    EndFault,
    Fixed,
    LegFault,
    ListActivation,
    ListSharing,
    ListUpdate,
    Network,
    NewLeads as LeadsCome,
    OwnershipRelease,
    OwnershipSetting,
    Plan,
    Population,
    Reception,
    Response,
    Script,
    Stay,
    StoreCommand,
    StoreModel,
    TimelineEntry,
)
from tests.simulator.random_rules import under_rules

START: Final = instant(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))  # a Monday


@dataclass(frozen=True, slots=True)
class Drawn:
    """A world to run, and the port calls at which its engines are killed."""

    configuration: Configuration
    plan: Plan
    crashes: dict[int, tuple[int, Side]]


def draw(seed: int) -> Drawn:
    """The world that belongs to a seed; every other one is under rules."""
    drawn = _Drawing(Random(seed), seed).world()
    if seed % 2 == 0:
        return drawn
    configuration, plan = under_rules(drawn.configuration, drawn.plan, Random(f"rules {seed}"))
    return Drawn(configuration, plan, drawn.crashes)


class _Drawing:
    def __init__(self, random: Random, seed: int) -> None:
        self.random = random
        self.seed = seed
        self.end: Instant = START + random.choice((1, 1, 3)) * HOUR
        self.pool = "sales"
        self.agents = [f"agent-{number}" for number in range(1, random.randint(1, 3) + 1)]
        self.numbers = [f"+4420794600{number:02}" for number in range(random.randint(1, 5))]

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def between(self, low: Micros, high: Micros) -> Micros:
        return self.random.randrange(low, high, MILLISECOND)

    def world(self) -> Drawn:
        lists = self.lists()
        campaigns = {
            name: self.campaign(name, tuple(lists)) for name in ("first", "second")[: 1 + self.chance(0.4)]
        }
        pooled = any(campaign.pool for campaign in campaigns.values())
        pool = PoolPolicy(
            name=self.pool,
            nailed_up=self.chance(0.5),
            misses_before_pause=self.random.randint(1, 3),
            agent_ring=self.random.choice((5, 20)) * SECOND,
        )
        configuration = Configuration(
            lists=lists,
            pools={self.pool: pool} if pooled else {},
            agents={
                name: AgentPolicy(name=name, pool=self.pool, endpoint=f"sip-{name}") for name in self.agents
            }
            if pooled
            else {},
            campaigns=campaigns,
        )
        plan = Plan(
            guards=f"random world {self.seed}",
            seed=self.seed,
            start=START,
            end=self.end,
            network=self.network(),
            store=StoreModel(commit_delay=self.random.choice((1, 2, 2, 2, 20)) * MILLISECOND),
            people=self.people(),
            scripts={number: self.script() for number in self.numbers if self.chance(0.8)},
            agents={name: self.behaviour() for name in self.agents} if pooled else {},
            timeline=self.timeline(sorted(campaigns), self.agents if pooled else [], sorted(lists)),
        )
        crashes: dict[int, tuple[int, Side]] = {}
        if self.chance(0.4):
            sides: tuple[Side, Side] = ("before", "after")
            for life in range(1, self.random.randint(1, 3) + 1):
                crashes[life] = (self.random.randint(1, 60), self.random.choice(sides))
        return Drawn(configuration, plan, crashes)

    # --- what the engine is told ------------------------------------------------------------------

    def lists(self) -> dict[str, LeadList]:
        lists = {}
        for name in ("north", "south")[: 1 + self.chance(0.5)]:
            leads = self.leads(name, self.random.randint(1, 5))
            lists[name] = LeadList(name=name, leads=leads, ownership=self.ownership())
        return lists

    def leads(self, name: str, count: int) -> tuple[InlineLead, ...]:
        return tuple(
            InlineLead(
                key=f"{name}-{number}",
                phones=tuple(
                    self.random.sample(self.numbers, min(len(self.numbers), self.random.choice((1, 1, 3))))
                ),
                attributes=self.random.choice(({}, {"score": "1"}, {"score": "-2.5"}, {"score": "soon"})),
            )
            for number in range(count)
        )

    def order(self) -> NewLeads:
        by = self.random.choice((LeadOrder.OLDEST_DUE, *LeadOrder))
        field = "score" if by is LeadOrder.FIELD else None
        return NewLeads(by=by, field=field, descending=self.chance(0.5), seed=self.random.randint(0, 9))

    def phones(self) -> PhonePolicy:
        return PhonePolicy(
            order=self.random.choice((PhoneOrder.FIRST_ONLY, *PhoneOrder)),
            rest=self.random.choice((0, 5 * SECOND, 10 * MINUTE)),
            attempts_each=self.random.randint(1, 2),
            skip=self.random.choice(((), (Outcome.INVALID,), (Outcome.INVALID, Outcome.BUSY))),
        )

    def share(self) -> ListShare:
        return ListShare(priority=self.random.choice((0, 0, 1)), weight=self.random.randint(1, 3))

    def ownership(self) -> OwnershipPolicy:
        if self.chance(0.5):
            return OwnershipPolicy()
        return OwnershipPolicy(
            enabled=self.chance(0.8),
            duration=self.random.choice((None, 1 * MINUTE, 10 * MINUTE, 60 * MINUTE)),
            near=self.random.choice((0, 1 * MINUTE, 10 * MINUTE)),
            update_every=self.random.choice((1, 7, 30)) * MINUTE,
        )

    def campaign(self, name: str, lists: tuple[str, ...]) -> CampaignPolicy:
        mode = self.random.choice(list(DialMode))
        return CampaignPolicy(
            name=name,
            mode=mode,
            lists=lists if self.chance(0.7) else lists[:1],
            pool=None if mode is DialMode.AGENTLESS else self.pool,
            customer_attempts=self.budget(),
            agent_attempts=self.budget() if mode is DialMode.AGENT_FIRST else None,
            retry=self.retry(),
            refused_interval=self.random.choice((10 * SECOND, 30 * SECOND)),
            unknown_interval=self.random.choice((0, 5 * MINUTE, 30 * MINUTE)),
            business_hours=self.hours() if self.chance(0.4) else None,
            agent_ring=self.random.choice((5, 20)) * SECOND,
            customer_ring=self.random.choice((10, 25)) * SECOND,
            max_call=self.random.choice((1 * MINUTE, 2 * HOUR)),
            abandon_after=self.random.choice((1, 2, 5)) * SECOND,
            amd=self.amd() if self.chance(0.4) else Amd(),
            on_agent_not_connected=self.random.choice(list(OnNotConnected)),
            on_customer_not_connected=self.random.choice(list(OnNotConnected)),
            flow=self.flow(mode),
            preview=Preview(
                within=self.random.choice((3, 30)) * SECOND,
                on_timeout="dial" if self.chance(0.5) else "skip",
                skip_interval=self.random.choice((1 * MINUTE, 1 * HOUR)),
            ),
            ratio=self.random.choice((1.0, 1.5, 3.0)),
            lines=self.random.randint(1, 4),
            priority=self.random.choice((0, 0, 1)),
            weight=self.random.randint(1, 2),
            shares={each: self.share() for each in lists if self.chance(0.5)},
            order=self.order(),
            phones=self.phones() if self.chance(0.5) else PhonePolicy(),
            wrap_up_limit=self.random.choice((5 * SECOND, 2 * MINUTE)),
        )

    def budget(self) -> Budget:
        return Budget(
            max=self.random.randint(1, 4), interval=self.random.choice((0, 1 * SECOND, 5 * MINUTE, 1 * HOUR))
        )

    def retry(self) -> dict[str, RetryRule]:
        kinds = (Outcome.BUSY, Outcome.NO_ANSWER, Outcome.INVALID, Ending.MACHINE, Ending.ABANDONED)
        return {
            str(kind): RetryRule(
                after=self.random.choice((None, 10 * SECOND, 10 * MINUTE)),
                max=self.random.choice((None, 1, 2)),
            )
            for kind in kinds
            if self.chance(0.2)
        }

    def hours(self) -> BusinessHours:
        opens = 9 * 60 + self.random.choice((0, 0, 5, 30))
        closes = opens + self.random.choice((3, 20, 60, 300))
        return BusinessHours(zone="Europe/London", week=((Window(opens=opens, closes=closes),),) * 7)

    def amd(self) -> Amd:
        return Amd(
            enabled=True,
            wait=self.random.choice((1, 4)) * SECOND,
            on_machine=self.random.choice(list(OnMachine)),
            on_unsure=self.random.choice(list(OnUnsure)),
        )

    def flow(self, mode: DialMode) -> tuple[Step, ...]:
        again: Step = SetVariable(variable="reschedule_customer_call")
        asks = (Play(message="offer"), Collect(digits=1, within=5 * SECOND))
        if mode is DialMode.AGENTLESS:
            endings: tuple[tuple[Step, ...], ...] = (
                (),
                (Play(message="offer"),),
                asks,
                (*asks, End(when=Condition(digits="1")), again),
            )
            return (DialCustomer(), *self.random.choice(endings))
        if mode is not DialMode.AGENT_FIRST:
            return (DialAgent(), DialCustomer())
        endings = (
            (),
            (),
            asks,
            (SetVariable(variable="reschedule_agent_call"),),
            (SetVariable(variable="reschedule_agent_call", when=Condition(disposition_not="sold")),),
            (End(when=Condition(disposition="sold")), again),
            (*asks, End(when=Condition(digits="1")), again),
        )
        return (DialAgent(), DialCustomer(), *self.random.choice(endings))

    # --- the world --------------------------------------------------------------------------------

    def network(self) -> Network:
        faults: list[LegFault] = []
        if self.chance(0.25):
            ends = (*self.numbers, *(f"sip-{agent}" for agent in self.agents), None)
            faults = [
                LegFault(
                    fault=self.random.choice(list(EndFault)),
                    to=self.random.choice(ends),
                    dial=self.random.choice((None, 1, 2)),
                    by=self.random.choice((100 * MILLISECOND, 5 * SECOND)),
                )
                for _ in range(self.random.randint(1, 2))
            ]
        return Network(
            channels=self.random.choice((None, None, None, 2, 4)),
            calls_per_second=self.random.choice((None, None, 0.2, 2.0)),
            dial_delay=self.random.choice((1, 2, 50)) * MILLISECOND,
            faults=tuple(faults),
            amd=AmdModel(
                delay=Fixed(value=self.random.choice((500, 1_700, 3_000)) * MILLISECOND),
                human_as_machine=self.random.choice((0.0, 0.2)),
                machine_as_human=self.random.choice((0.0, 0.2)),
                human_as_unsure=self.random.choice((0.0, 0.2)),
            ),
        )

    def people(self) -> dict[str, Population]:
        return {
            "*": Population(
                responses={
                    Response.HUMAN: 0.5,
                    Response.MACHINE: 0.15,
                    Response.NO_ANSWER: 0.15,
                    Response.BUSY: 0.1,
                    Response.INVALID: 0.05,
                },
                hangs_up_early=0.1,
                line_drops=0.05,
                digits={"1": 0.4, "22": 0.2},
            )
        }

    def script(self) -> Script:
        return Script(
            receptions=tuple(self.reception() for _ in range(self.random.randint(1, 4))),
            at_end=self.random.choice(("repeat", "population")),
        )

    def reception(self) -> Reception:
        response = self.random.choice((Response.HUMAN, Response.HUMAN, Response.HUMAN, *Response))
        return Reception(
            response=response,
            rings=self.random.choice((None, 0, 1 * SECOND, self.between(SECOND, 30 * SECOND))),
            talks=self.random.choice((None, 5 * SECOND, 90 * SECOND)),
            waits=self.random.choice((None, 500 * MILLISECOND, 3 * SECOND)),
            hangs_up_after=self.random.choice((None, None, 0, self.between(SECOND, 20 * SECOND))),
            drops_after=self.random.choice((None, None, None, self.between(SECOND, 60 * SECOND))),
            digits=self.random.choice((None, "", "1", "2")),
            verdict=self.random.choice((None, None, *Verdict)),
        )

    def behaviour(self) -> AgentBehaviour:
        since = START + self.random.choice((0, 0, self.between(SECOND, 30 * MINUTE)))
        until = None if self.chance(0.6) else since + self.between(MINUTE, 3 * HOUR)
        breaks: tuple[Stay, ...] = ()
        if self.chance(0.3):
            leaves = since + self.between(SECOND, HOUR)
            breaks = (Stay(since=leaves, until=leaves + self.between(MINUTE, HOUR), code="lunch"),)
        return AgentBehaviour(
            shifts=(Stay(since=since, until=until),),
            breaks=breaks,
            script=tuple(
                AgentReception(
                    response=self.random.choice((AgentResponse.ANSWERS, *AgentResponse)),
                    rings=self.random.choice((None, 0, 1 * SECOND)),
                    hangs_up_after=self.random.choice((None, None, self.between(0, 40 * SECOND))),
                )
                for _ in range(self.random.randint(0, 4))
            ),
            answers=self.random.choice((1.0, 1.0, 0.7)),
            rings=Fixed(value=self.random.choice((0, 500 * MILLISECOND, 2 * SECOND, 4 * SECOND))),
            talks=self.random.choice((None, Fixed(value=20 * SECOND))),
            wraps_up=Fixed(value=self.random.choice((0, 2 * SECOND, 10 * SECOND))),
            dispositions=self.random.choice(({}, {"sold": 0.5, "callback": 0.3})),
            previews=tuple(
                self.random.choice(("accept", "skip", "ignore")) for _ in range(self.random.randint(0, 3))
            ),
        )

    # --- the timeline -----------------------------------------------------------------------------

    def timeline(
        self, campaigns: list[str], agents: list[str], lists: list[str]
    ) -> tuple[TimelineEntry, ...]:
        entries: list[TimelineEntry] = []

        def add(at: Instant, action: Action) -> None:
            entries.append(TimelineEntry(at=at, action=action))

        for campaign in campaigns:
            self.commands(campaign, add)
        for name in lists:
            self.owners(name, campaigns, add)
            self.supervise(name, campaigns, add)
        for agent in agents:
            for _ in range(self.random.choice((0, 0, 1, 3))):
                word: Literal["log_in", "log_out", "pause", "ready", "hang_up"] = self.random.choice(
                    ("log_in", "log_out", "pause", "ready", "hang_up")
                )
                add(self.moment(), AgentCommand(agent=agent, command=word))
        if self.chance(0.25):
            at = self.moment()
            add(at, CarrierCommand(command="down"))
            add(at + self.between(SECOND, 10 * MINUTE), CarrierCommand(command="up"))
        if self.chance(0.15):
            at = self.moment()
            add(at, CarrierCommand(command="no_channels"))
            add(at + self.between(SECOND, 10 * MINUTE), CarrierCommand(command="channels"))
        if self.chance(0.3):
            at = self.moment()
            slow = self.chance(0.4)
            add(at, StoreCommand(command="slow" if slow else "fail", delay=300 * MILLISECOND))
            add(at + self.between(SECOND, 5 * MINUTE), StoreCommand(command="recover"))
        for _ in range(self.random.choice((0, 0, 1, 2))):
            add(self.moment(), Crash(down_for=self.random.choice((1, 10, 600)) * SECOND))
        return tuple(sorted(entries, key=lambda entry: entry.at))

    def commands(self, campaign: str, add: Callable[[Instant, Action], None]) -> None:
        """Pauses and resumptions in turn, and perhaps a last word."""
        at = START
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            at = max(at, self.moment()) + SECOND
            add(at, CampaignCommand(campaign=campaign, command="pause"))
            at += self.between(SECOND, 10 * MINUTE)
            add(at, CampaignCommand(campaign=campaign, command="resume"))
        if self.chance(0.15):
            at = max(at, self.moment()) + SECOND
            add(at, CampaignCommand(campaign=campaign, command="drain" if self.chance(0.5) else "stop"))

    def owners(self, on_list: str, campaigns: list[str], add: Callable[[Instant, Action], None]) -> None:
        """Releases, other settings and updates, of some lists."""
        for _ in range(self.random.choice((0, 0, 0, 1, 4))):
            some = (self.random.choice(campaigns),) if self.chance(0.5) else None
            duration = self.random.choice((None, 2 * MINUTE, 10 * MINUTE))
            changes = {"duration": duration} if self.chance(0.5) else {"enabled": self.chance(0.7)}
            actions: tuple[Action, ...] = (
                OwnershipRelease(list=on_list, campaigns=some),
                OwnershipSetting(list=on_list, changes=changes),
                ListUpdate(list=on_list),
            )
            add(self.moment(), self.random.choice(actions))

    def supervise(self, on_list: str, campaigns: list[str], add: Callable[[Instant, Action], None]) -> None:
        """More leads, lists on and off and elsewhere, and all cases of a campaign again or anew."""
        for number in range(self.random.choice((0, 0, 1, 3))):
            campaign, share = self.random.choice(campaigns), self.share()
            word: Literal["recycle", "restart"] = self.random.choice(("recycle", "restart"))
            actions: tuple[Action, ...] = (
                LeadsCome(list=on_list, leads=self.leads(f"{on_list}-new-{number}", 2)),
                ListActivation(list=on_list, active=self.chance(0.5)),
                ListSharing(list=on_list, campaign=campaign, priority=share.priority, weight=share.weight),
                CampaignChange(campaign=campaign, command=word),
            )
            add(self.moment(), self.random.choice(actions))

    def moment(self) -> Instant:
        """Often early, where most happens."""
        span = self.random.choice((20 * SECOND, 5 * MINUTE, self.end - START))
        return START + SECOND + self.between(0, span - 2 * SECOND)
