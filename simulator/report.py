"""What a run came to, from what is in its store. Whoever wants a number of a run takes it from here.

Definitions that vary in the field:

- a *call* is a customer leg that was dialed (one that a crash left in doubt counts as dialed);
- a *live answer* is an answered call that machine detection did not take for a machine, so
  `abandoned_percent` is abandoned calls in a hundred live answers;
- *utilisation* is talk and wrap-up in the time logged in, *occupancy* the same without the pauses.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from engine.domain.time import SECOND, Instant, Micros, iso
from engine.domain.words import OPEN, AgentState, CaseStatus, Ending, Outcome
from engine.store.reports.attempts import CALLED
from simulator.agent_time import agent_spans
from simulator.plan import Plan
from simulator.report_leads import LeadsReport, ResetReport, all_leads, leads_reports, reset_reports

UNREACHED: Final = (
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.CONGESTION,
    Outcome.INVALID,
    Outcome.REJECTED,
    Outcome.FAILED,
    Outcome.CANCELLED,
    Outcome.UNKNOWN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReport:
    """`name` is None for the whole run. `outcomes` are those of customer legs, `endings` those of attempts,
    `cases` their statuses; each has an entry for every word that occurred. Times are microseconds, summed."""

    name: str | None
    mode: str | None
    attempts: int = 0
    calls: int = 0
    answered: int = 0
    live_answers: int = 0
    machines: int = 0
    unsure: int = 0
    connected: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    endings: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    held: int = 0  # open cases that a gate holds
    blocked: int = 0  # of these, those that never wake by themselves
    rang: Micros = 0  # until the answer, of answered calls
    talked: Micros = 0
    most_waited: Micros = 0  # of live answers, for an agent
    life: LeadsReport = field(default_factory=LeadsReport)  # what became of its leads

    def ended(self, ending: Ending) -> int:
        return self.endings.get(ending, 0)

    @property
    def abandoned(self) -> int:
        return self.ended(Ending.ABANDONED)

    @property
    def answer_percent(self) -> float:
        return percent(self.answered, self.calls)

    @property
    def abandoned_percent(self) -> float:
        return percent(self.abandoned, self.live_answers)

    @property
    def ring_seconds(self) -> float:
        """On average until the answer."""
        return ratio(self.rang, self.answered * SECOND)

    @property
    def talk_seconds(self) -> float:
        return ratio(self.talked, self.connected * SECOND)

    @property
    def leads(self) -> int:
        return sum(self.cases.values())

    @property
    def open(self) -> int:
        return sum(self.cases.get(status, 0) for status in OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReport:
    """`name` is None for all agents together. Times are microseconds; `waiting` is the time reserved for a
    call or with the own phone ringing. `idle` is ready and without a call."""

    name: str | None
    calls: int = 0
    talking: Micros = 0
    wrap_up: Micros = 0
    idle: Micros = 0
    waiting: Micros = 0
    paused: Micros = 0

    @property
    def logged_in(self) -> Micros:
        return self.talking + self.wrap_up + self.idle + self.waiting + self.paused

    @property
    def utilisation_percent(self) -> float:
        return percent(self.talking + self.wrap_up, self.logged_in)

    @property
    def occupancy_percent(self) -> float:
        return percent(self.talking + self.wrap_up, self.logged_in - self.paused)

    @property
    def idle_seconds(self) -> float:
        """On average for each call taken."""
        return ratio(self.idle, self.calls * SECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """`ended_at` is the time of the journal's last line; `zone` is the campaigns' own if they share one.
    `wall_seconds` is None where nobody measured it."""

    guards: str
    seed: int
    start: Instant
    ended_at: Instant
    zone: str
    engines: int
    lines: int
    campaigns: tuple[CampaignReport, ...]
    total: CampaignReport
    agents: tuple[AgentReport, ...]
    staff: AgentReport
    resets: tuple[ResetReport, ...] = ()
    wall_seconds: float | None = None

    @property
    def duration(self) -> Micros:
        return self.ended_at - self.start

    def campaign(self, name: str | None) -> CampaignReport:
        """One campaign's part, or the whole. Raises KeyError."""
        if name is None:
            return self.total
        return {each.name: each for each in self.campaigns}[name]

    def figure(self, name: str, campaign: str | None = None) -> float:
        """A figure by its name in `simulator.figures`. Raises InputError for one that does not exist."""
        from simulator.figures import figure

        return figure(self, name, campaign)

    def as_json(self) -> dict[str, Any]:
        """Plain data: seconds, percentages and counts."""
        from simulator.figures import AGENT_FIGURES, CAMPAIGN_FIGURES

        def campaign(each: CampaignReport) -> dict[str, Any]:
            kept = {"outcomes": each.outcomes, "endings": each.endings, "cases": each.cases}
            figures = {name: of(each) for name, (_, of) in CAMPAIGN_FIGURES.items()}
            return {"name": each.name, "mode": each.mode} | figures | kept | each.life.as_json()

        def agent(each: AgentReport) -> dict[str, Any]:
            return {"name": each.name} | {name: of(each) for name, (_, of) in AGENT_FIGURES.items()}

        return {
            "guards": self.guards,
            "seed": self.seed,
            "start": iso(self.start),
            "ended": iso(self.ended_at),
            "virtual_seconds": self.duration / SECOND,
            "wall_seconds": self.wall_seconds,
            "engine_starts": self.engines,
            "journal_lines": self.lines,
            "total": campaign(self.total),
            "campaigns": [campaign(each) for each in self.campaigns],
            "staff": agent(self.staff),
            "agents": [agent(each) for each in self.agents],
            "resets": [asdict(each) | {"at": iso(each.at)} for each in self.resets],
        }


def percent(part: float, whole: float) -> float:
    """Of nothing, 0."""
    return 100 * ratio(part, whole)


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def summarise(sql: sqlite3.Connection, plan: Plan) -> RunReport:
    """Read a run's store, once it is over."""
    lines, engines, ended_at = sql.execute(
        "SELECT count(*), count(DISTINCT epoch), coalesce(max(at), ?) FROM journal", (plan.start,)
    ).fetchone()
    campaigns = tuple(_campaigns(sql))
    agents = tuple(_agents(sql, sorted(plan.agents)))
    return RunReport(
        guards=plan.guards,
        seed=plan.seed,
        start=plan.start,
        ended_at=ended_at,
        zone=_zone(sql),
        engines=engines,
        lines=lines,
        campaigns=campaigns,
        total=_sum(campaigns),
        agents=agents,
        staff=_sum_agents(agents),
        resets=reset_reports(sql),
    )


def _zone(sql: sqlite3.Connection) -> str:
    policies = [json.loads(policy) for (policy,) in sql.execute("SELECT policy FROM campaigns ORDER BY name")]
    zones = {(policy.get("business_hours") or {}).get("zone", "UTC") for policy in policies}
    return zones.pop() if len(zones) == 1 else "UTC"


# --- campaigns ------------------------------------------------------------------------------------

_ATTEMPTS: Final = """
    SELECT count(*), count(connected_at), coalesce(sum(ended_at - connected_at), 0)
    FROM attempts WHERE campaign = ?
"""
_CALLS: Final = f"""
    SELECT count(*), count(leg.answered_at),
           coalesce(sum(leg.answered_at IS NOT NULL AND leg.verdict IS NOT 'machine'), 0),
           coalesce(sum(leg.verdict = 'machine'), 0), coalesce(sum(leg.verdict = 'unsure'), 0),
           coalesce(sum(leg.answered_at - leg.intended_at), 0),
           coalesce(max(CASE WHEN leg.verdict IS NOT 'machine' THEN a.connected_at - leg.answered_at END), 0)
    FROM legs leg JOIN attempts a ON a.id = leg.attempt_id WHERE a.campaign = ? AND {CALLED}
"""
_OUTCOMES: Final = "SELECT outcome, count(*) FROM attempts WHERE campaign = ? GROUP BY outcome"
_ENDINGS: Final = "SELECT ending, count(*) FROM attempts WHERE campaign = ? GROUP BY ending"
_HELD: Final = """
    SELECT count(*), coalesce(sum(wakes_at IS NULL), 0) FROM cases WHERE campaign = ? AND waits_for = 'gate'
"""
_CASES: Final = "SELECT status, count(*) FROM cases WHERE campaign = ? GROUP BY status"


def _campaigns(sql: sqlite3.Connection) -> list[CampaignReport]:
    policies = sql.execute("SELECT name, policy FROM campaigns ORDER BY name").fetchall()
    lives = leads_reports(sql)
    return [_campaign(sql, name, json.loads(policy).get("mode"), lives[name]) for name, policy in policies]


def _campaign(sql: sqlite3.Connection, name: str, mode: str | None, life: LeadsReport) -> CampaignReport:
    attempts, connected, talked = sql.execute(_ATTEMPTS, (name,)).fetchone()
    held, blocked = sql.execute(_HELD, (name,)).fetchone()
    calls, answered, live, machines, unsure, rang, most_waited = sql.execute(_CALLS, (name,)).fetchone()
    return CampaignReport(
        name=name,
        mode=mode,
        attempts=attempts,
        calls=calls,
        answered=answered,
        live_answers=live,
        machines=machines,
        unsure=unsure,
        connected=connected,
        outcomes=_counted(sql, _OUTCOMES, name, Outcome),
        endings=_counted(sql, _ENDINGS, name, Ending),
        cases=_counted(sql, _CASES, name, CaseStatus),
        held=held,
        blocked=blocked,
        rang=rang,
        talked=talked,
        most_waited=most_waited,
        life=life,
    )


def _counted(
    sql: sqlite3.Connection, query: str, campaign: str, words: type[Outcome | Ending | CaseStatus]
) -> dict[str, int]:
    """Counts by word, in the words' own order."""
    found = dict(sql.execute(query, (campaign,)).fetchall())
    return {str(word): found[word] for word in words if found.get(word)}


def _sum(campaigns: tuple[CampaignReport, ...]) -> CampaignReport:
    def together(counts: Callable[[CampaignReport], dict[str, int]]) -> dict[str, int]:
        return dict(sum((Counter(counts(each)) for each in campaigns), Counter()))

    return CampaignReport(
        name=None,
        mode=None,
        attempts=sum(each.attempts for each in campaigns),
        calls=sum(each.calls for each in campaigns),
        answered=sum(each.answered for each in campaigns),
        live_answers=sum(each.live_answers for each in campaigns),
        machines=sum(each.machines for each in campaigns),
        unsure=sum(each.unsure for each in campaigns),
        connected=sum(each.connected for each in campaigns),
        outcomes=together(lambda each: each.outcomes),
        endings=together(lambda each: each.endings),
        cases=together(lambda each: each.cases),
        held=sum(each.held for each in campaigns),
        blocked=sum(each.blocked for each in campaigns),
        rang=sum(each.rang for each in campaigns),
        talked=sum(each.talked for each in campaigns),
        most_waited=max((each.most_waited for each in campaigns), default=0),
        life=all_leads([each.life for each in campaigns]),
    )


# --- agents ---------------------------------------------------------------------------------------

_PLACES: Final = {
    AgentState.TALKING: "talking",
    AgentState.WRAP_UP: "wrap_up",
    AgentState.READY: "idle",
    AgentState.RESERVED: "waiting",
    AgentState.RINGING: "waiting",
    AgentState.PAUSED: "paused",
}
_TAKEN: Final = """
    SELECT agent, count(*) FROM attempts WHERE connected_at IS NOT NULL AND agent IS NOT NULL GROUP BY agent
"""


def _agents(sql: sqlite3.Connection, names: list[str]) -> list[AgentReport]:
    times: dict[str, Counter[str]] = defaultdict(Counter)
    for span in agent_spans(sql):
        times[span.agent][_PLACES[span.state]] += span.length
    calls = dict(sql.execute(_TAKEN).fetchall())
    everyone = sorted({*names, *times, *calls})
    return [AgentReport(name=name, calls=calls.get(name, 0), **times[name]) for name in everyone]


def _sum_agents(agents: tuple[AgentReport, ...]) -> AgentReport:
    names = ("calls", "talking", "wrap_up", "idle", "waiting", "paused")
    return AgentReport(name=None, **{name: sum(getattr(each, name) for each in agents) for name in names})
