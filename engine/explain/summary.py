"""How all leads of a campaign stand, and why nothing is dialed, if nothing is."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from engine.compliance.hours import is_open, next_opening
from engine.compliance.rules import Rule
from engine.compliance.wording import told
from engine.config.policies import policy_from_json
from engine.domain.policy import CampaignPolicy
from engine.domain.time import Instant, iso
from engine.domain.words import AgentState, CampaignState, DialMode
from engine.errors import InputError
from engine.explain.lines import JournalLines, Place
from engine.explain.refusals import clause
from engine.explain.story import Times
from engine.journal.events import EngineStopped
from engine.names import counted, did_you_mean
from engine.store.gate_summary import Held, Standing, Summary, summarize
from engine.store.gates import Gates
from engine.tables import Column, Kind, Row

SUMMARY_COLUMNS: Final = (
    Column("standing", "How these cases stand."),
    Column("gate", "The gate that holds them."),
    Column("reason", "Its reason; elsewhere the status, the hold, or what is not due yet."),
    Column("rule", "The rule behind it, if one is."),
    Column("leads", "How many there are.", Kind.COUNT),
    Column("next_at", "When the first of them may move on by itself.", Kind.INSTANT),
    Column("why", "The same in words."),
)
"""One row for all cases that stand alike."""

_WHY: Final[dict[str, str]] = {
    "dialable": "every gate allows the call",
    "callback": "promised for later",
    "retry": "the next try is later",
    "new": "not due yet",
    "list": "the list is not active",
    "ownership": "another campaign owns the lead",
    "segment": "outside the campaign's segments",
    "agent": "a callback that waits for its agent",
    "other-call": "the lead, the number or the person is in another call",
    "call": "in a call now",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSummary:
    """`because`: why nothing is dialed, whatever the leads; the most decisive first. `limits`: what holds
    back some calls. `rules` are those that hold anything, by id."""

    summary: Summary
    because: tuple[str, ...]
    limits: tuple[str, ...]
    rules: dict[str, Rule]

    @property
    def sentence(self) -> str:
        """The answer to "why is nothing dialing"."""
        count, total = self.summary.count, self.summary.total
        dialable = count(Standing.DIALABLE)
        leads = _share(dialable, total)
        open_cases = total - count(Standing.CLOSED)
        if not open_cases:
            closed = f"{_share(total, total)} {'is' if total == 1 else 'are'} closed"
            why = closed if total else "the campaign has no leads"
            return f"Nothing is dialed, because {why}."
        if self.because:
            once = f"; {leads} could be dialed otherwise" if dialable else ""
            return f"Nothing is dialed, because {', and '.join(self.because)}{once}."
        if dialable:
            but = f", but {', and '.join(self.limits)}" if self.limits else ""
            return f"{leads[0].upper()}{leads[1:]} can be dialed now{but}."
        return f"Nothing is dialed: {self._most(open_cases)}."

    def _most(self, open_cases: int) -> str:
        """What holds the most of those that are open, and when the first of all moves on."""
        held = [each for each in self.summary.held if each.standing is not Standing.CLOSED]
        most = max(held, key=lambda each: each.cases)
        rule = f" ({most.rule})" if most.rule else ""
        leads = _share(most.cases, open_cases, "open ")
        what = f"{leads} {_verb(most.standing, open_cases)}, because {self.why(most)}{rule}"
        moments = [each.next_at for each in held if each.next_at is not None]
        if not moments:
            return f"{what}; none goes on by itself"
        return f"{what}; the first goes on at {Times().full(min(moments))}"

    def why(self, held: Held) -> str:
        """In words."""
        if held.gate is None:
            return _WHY.get(held.reason or str(held.standing), f"closed as {held.reason}")
        return clause(held.gate, held.reason or "")

    @property
    def figures(self) -> dict[str, str]:
        """Of the rules that hold anything, in words."""
        return {name: told(rule.terms) for name, rule in sorted(self.rules.items())}

    def rows(self) -> Iterator[Row]:
        """One for all cases that stand alike."""
        for each in self.summary.held:
            yield (
                str(each.standing),
                each.gate,
                each.reason,
                each.rule,
                each.cases,
                each.next_at,
                self.why(each),
            )

    @property
    def text(self) -> str:
        """What stands above the table."""
        found = self.summary
        rules = "no compliance profile" if found.version is None else f"rules {found.version}"
        leads = counted(found.total, "lead")
        head = f"Campaign {found.campaign} at {Times().full(found.at)}: {leads}; {rules}."
        return f"{head}\n{self.sentence}\n"

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; instants are ISO 8601 in UTC."""
        found = self.summary
        return {
            "campaign": found.campaign,
            "at": iso(found.at),
            "rules": found.version,
            "says": self.sentence,
            "because": list(self.because),
            "limits": list(self.limits),
            "total": found.total,
            "figures": self.figures,
            "standings": {str(standing): found.count(standing) for standing in Standing},
            "held": [
                {
                    "standing": str(each.standing),
                    "gate": each.gate,
                    "reason": each.reason,
                    "rule": each.rule,
                    "leads": each.cases,
                    "next_at": None if each.next_at is None else iso(each.next_at),
                    "why": self.why(each),
                }
                for each in found.held
            ],
        }


def summary(
    sql: sqlite3.Connection,
    campaign: str,
    *,
    asked: Gates,
    at: Instant | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CampaignSummary:
    """How the cases of a campaign stand at `at`; None: the last instant that the journal knows. Raises
    InputError for a campaign that is not there, and for an instant before that: the store keeps how its
    cases stand now, not how they stood."""
    policy = _policy(sql, campaign)
    lines = JournalLines(sql)
    end = lines.end()
    if at is None:
        at = 0 if end is None else end
    elif end is not None and at < end:
        raise InputError(
            [f"--at {iso(at)} is past: cases are counted as they stand now; the journal ends at {iso(end)}"]
        )
    found = summarize(sql, policy, asked, at, progress)
    regime = asked.rulers.regimes(sql).of(policy, at)
    wanted = {each.rule for each in found.held}
    return CampaignSummary(
        summary=found,
        because=tuple(_because(sql, policy, lines, at)),
        limits=tuple(_limits(sql, policy, lines, at)),
        rules={} if regime is None else {rule.id: rule for rule in regime.rules if rule.id in wanted},
    )


def _policy(sql: sqlite3.Connection, campaign: str) -> CampaignPolicy:
    row = sql.execute("SELECT policy FROM campaigns WHERE name = ?", (campaign,)).fetchone()
    if row is None:
        names = [name for (name,) in sql.execute("SELECT name FROM campaigns ORDER BY name")]
        raise InputError([f"there is no campaign {campaign!r}{did_you_mean(campaign, names)}"])
    return policy_from_json(orjson.loads(row[0]))


# --- whatever the leads ---------------------------------------------------------------------------


def _because(
    sql: sqlite3.Connection, policy: CampaignPolicy, lines: JournalLines, at: Instant
) -> Iterator[str]:
    (state,) = sql.execute("SELECT state FROM campaigns WHERE name = ?", (policy.name,)).fetchone()
    if state != CampaignState.RUNNING:
        yield f"the campaign is {state}"
    place = lines.place(at)
    if (engine := _no_engine(place, lines)) is not None:
        yield engine
    hours = policy.business_hours
    if hours is not None and not is_open(hours, at):
        opens = next_opening(hours, at)
        when = "for good" if opens is None else f"until {Times().full(opens)}"
        yield f"the campaign is outside its business hours {when}"
    if place is not None and (lost_at := lines.carrier_lost_at(place)) is not None:
        yield f"the carrier is away since {Times().full(lost_at)}"


def _no_engine(place: Place | None, lines: JournalLines) -> str | None:
    if place is None:
        return "no engine has run yet"
    if place.kind == EngineStopped.KIND:
        return f"no engine runs: the last one stopped at {Times().full(place.at)}"
    return None if lines.is_latest(place.epoch) else "no engine runs: the last one crashed"


def _limits(
    sql: sqlite3.Connection, policy: CampaignPolicy, lines: JournalLines, at: Instant
) -> Iterator[str]:
    place = lines.place(at)
    if place is not None and policy.pool is not None and policy.mode is not DialMode.AGENTLESS:
        states = lines.agents(policy.pool, place)
        if AgentState.READY not in states.values():
            yield f"no agent of pool {policy.pool} is ready"
    row = sql.execute("SELECT figures FROM limitations WHERE campaign = ?", (policy.name,)).fetchone()
    if row is not None:
        rule, scope, whose, may_lose = orjson.loads(row[0])
        where = f"{scope.replace('-', ' ')} {whose}"
        yield f"{rule} limits the abandoned calls of {where}: {may_lose} more may be lost"


def _share(count: int, total: int, which: str = "") -> str:
    if count == total:
        return f"all {total:,} {which}leads" if total != 1 else f"the one {which}lead"
    return f"{count:,} of {total:,} {which}leads"


def _verb(standing: Standing, leads: int) -> str:
    if standing in (Standing.WAITING, Standing.NOT_DUE):
        return "waits" if leads == 1 else "wait"
    what = "blocked" if standing is Standing.BLOCKED else "held"
    return f"is {what}" if leads == 1 else f"are {what}"
