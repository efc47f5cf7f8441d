"""How many calls were abandoned, in the window that counts, and how many may still be lost.

Shares are exact fractions: at the limit there is no rounding. A call in flight that no free agent covers is
taken as lost, so that the limit holds whatever the network does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from engine.compliance.dial import AmdTestRecord
from engine.compliance.terms import SHARE, Abandonment, Formula, Period
from engine.compliance.zones import LocalClock, local_day
from engine.domain.time import DAY, Instant, moment


class Met(StrEnum):
    """What a placed call met, as far as rates ask."""

    NOBODY = "nobody"  # busy, no answer, failed
    CONNECTED = "connected"  # a person answered and an agent took the call in time
    ABANDONED = "abandoned"  # a person, or what nobody knows not to be one, and no agent
    MACHINE_HUNG_UP = "machine-hung-up"  # detection said machine, and the call was ended
    MACHINE_TO_AGENT = "machine-to-agent"  # an agent took it, and said that it was a machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One call as evidence: when it was answered (or given up), and what it met."""

    at: Instant
    met: Met


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Calls of one window and one scope."""

    nobody: int = 0
    connected: int = 0
    abandoned: int = 0
    machines_hung_up: int = 0
    machines_to_agents: int = 0

    @property
    def placed(self) -> int:
        return self.nobody + self.connected + self.abandoned + self.machines_hung_up + self.machines_to_agents


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Lost of counted, as a regime defines them. `share` of nothing is zero."""

    lost: Fraction
    counted: Fraction

    @property
    def share(self) -> Fraction:
        return self.lost / self.counted if self.counted else Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where a limit stands: the window [start, end), the rate in it, and how many more calls may be lost
    beyond those that are in flight. `over` without any."""

    start: Instant
    end: Instant
    rate: Rate
    limit: Fraction
    may_lose: int

    @property
    def over(self) -> bool:
        return self.rate.share > self.limit


def account(
    limit: Abandonment,
    calls: Iterable[Counted],
    *,
    now: Instant,
    began: Instant,
    clock: LocalClock,
    uncovered: int = 0,
    amd_test: AmdTestRecord | None = None,
) -> Account:
    """The rate now, in the window that counts, and how many may still be lost. `uncovered` calls are in
    flight without a free agent; `began` is the campaign's first call."""
    start, end = window(limit, now=now, began=began, clock=clock)
    counted = tally(calls, start, min(end, now + 1))
    rate = rate_of(limit.formula, counted, amd_test)
    return Account(
        start=start,
        end=end,
        rate=rate,
        limit=Fraction(limit.most, SHARE),
        may_lose=max(0, headroom(rate, limit.most) - uncovered),
    )


def window(limit: Abandonment, *, now: Instant, began: Instant, clock: LocalClock) -> tuple[Instant, Instant]:
    """The window that holds `now`, from its start to before its end."""
    match limit.period:
        case Period.ROLLING:
            assert limit.length is not None
            return now - limit.length + 1, now + 1
        case Period.SUCCESSIVE:
            assert limit.length is not None
            start = began + (now - began) // limit.length * limit.length
            return start, start + limit.length
        case Period.DAY:
            day = clock.day(now)
            return clock.begins(day), clock.begins(day + 1)
        case Period.MONTH:
            today = moment(clock.day(now) * DAY).date()
            first = today.replace(day=1)
            following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            return clock.begins(local_day(first)), clock.begins(local_day(following))
        case _ as never:
            assert_never(never)


def tally(calls: Iterable[Counted], start: Instant, end: Instant) -> Tally:
    """The calls of [start, end)."""
    counts = dict.fromkeys(Met, 0)
    for call in calls:
        if start <= call.at < end:
            counts[call.met] += 1
    return Tally(
        nobody=counts[Met.NOBODY],
        connected=counts[Met.CONNECTED],
        abandoned=counts[Met.ABANDONED],
        machines_hung_up=counts[Met.MACHINE_HUNG_UP],
        machines_to_agents=counts[Met.MACHINE_TO_AGENT],
    )


def rate_of(formula: Formula, tally: Tally, amd_test: AmdTestRecord | None = None) -> Rate:
    """What a regime counts as lost, and of how many. Where detection hung up and no test says how often it is
    wrong, it was always wrong."""
    match formula:
        case Formula.PERSON_ANSWERED:
            lost = Fraction(tally.abandoned)
            return Rate(lost=lost, counted=lost + tally.connected)
        case Formula.PLACED:
            return Rate(lost=Fraction(tally.abandoned), counted=Fraction(tally.placed))
        case Formula.GB_AMD:
            wrong = Fraction(amd_test.false_positives, amd_test.sample) if amd_test else Fraction(1)
            lost = tally.abandoned + tally.machines_hung_up * wrong
            return Rate(lost=lost, counted=lost + tally.connected)
        case Formula.GB_NO_AMD:
            met = tally.connected + tally.machines_to_agents
            people = Fraction(tally.connected, met) if met else Fraction(1)
            lost = tally.abandoned * people
            return Rate(lost=lost, counted=lost + tally.connected)
        case _ as never:
            assert_never(never)


def headroom(rate: Rate, most: int) -> int:
    """The most calls x that may be lost so that (lost + x) / (counted + x) stays at `most` or below. None of
    an empty window, where the first loss would be all there is."""
    limit = Fraction(most, SHARE)
    room = limit * rate.counted - rate.lost
    return int(room / (1 - limit)) if room > 0 else 0


def admits(rate: Rate, most: int, *, more: int, uncovered: int, free_agents: int) -> bool:
    """Whether `more` calls may be dialed beside `uncovered` ones that ring already, with so many free agents:
    if everybody answers at once, those without an agent still fit under the limit."""
    worst = max(0, uncovered + more - free_agents)
    return worst <= headroom(rate, most)
