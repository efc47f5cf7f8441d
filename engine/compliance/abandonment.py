"""How many calls were abandoned, in the window that counts, and how many may still be lost.

Shares are exact fractions: at the limit there is no rounding. A call in flight that no free agent covers is
taken as lost, so that the limit holds whatever the network does.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Final, assert_never

from engine.compliance.terms import SHARE, Abandonment, Formula, Period
from engine.compliance.zones import LocalClock, local_day
from engine.domain.compliance import AmdTestRecord
from engine.domain.time import DAY, Instant, moment


class Met(StrEnum):
    """What a placed call met, as far as rates ask."""

    NOBODY = "nobody"  # busy, no answer, failed
    LEFT = "left"  # a person hung up before the time for an agent was over
    SERVED = "served"  # a recording spoke, and no agent was wanted
    CONNECTED = "connected"  # a person answered and an agent took the call in time
    ABANDONED = "abandoned"  # a person, or what nobody knows not to be one, and no agent in time
    MACHINE_HUNG_UP = "machine-hung-up"  # detection said machine, and no agent took the call
    MACHINE_TO_AGENT = "machine-to-agent"  # an agent took it, and it was a machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One call as evidence: when it was answered (or given up), and what it met."""

    at: Instant
    met: Met


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Calls of one window and one scope."""

    nobody: int = 0
    leavers: int = 0
    served: int = 0
    connected: int = 0
    abandoned: int = 0
    machines_hung_up: int = 0
    machines_to_agents: int = 0

    @property
    def placed(self) -> int:
        """All of them."""
        return sum(getattr(self, name) for name in self.__slots__)

    def without_good(self, leaving: "Tally") -> "Tally":
        """The worst that can be left of a window that moves on: what lowers the rate goes, what raises it
        stays."""
        return Tally(
            nobody=self.nobody - leaving.nobody,
            leavers=self.leavers - leaving.leavers,
            served=self.served - leaving.served,
            connected=self.connected - leaving.connected,
            abandoned=self.abandoned,
            machines_hung_up=self.machines_hung_up,
            machines_to_agents=self.machines_to_agents - leaving.machines_to_agents,
        )


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
    """Where a limit stands: the window [start, end), the rate in it, and how many more calls may be lost;
    those in flight are not taken off."""

    start: Instant
    end: Instant
    rate: Rate
    limit: Fraction
    may_lose: int

    @property
    def over(self) -> bool:
        return self.rate.share > self.limit


def account(
    limit: Abandonment, counts: Tally, span: tuple[Instant, Instant], amd_test: AmdTestRecord | None = None
) -> Account:
    """Where the limit stands with the calls of the window `span`."""
    rate = rate_of(limit.formula, counts, amd_test)
    return Account(
        start=span[0],
        end=span[1],
        rate=rate,
        limit=Fraction(limit.most, SHARE),
        may_lose=headroom(rate, limit.most),
    )


def window(limit: Abandonment, *, now: Instant, began: Instant, clock: LocalClock) -> tuple[Instant, Instant]:
    """The window that holds `now`, from its start to before its end. `began`: the first call."""
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


COUNTED_AS: Final[dict[Met, str]] = {
    Met.NOBODY: "nobody",
    Met.LEFT: "leavers",
    Met.SERVED: "served",
    Met.CONNECTED: "connected",
    Met.ABANDONED: "abandoned",
    Met.MACHINE_HUNG_UP: "machines_hung_up",
    Met.MACHINE_TO_AGENT: "machines_to_agents",
}
"""Where a tally counts each; every one has a row."""


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
            lost = tally.abandoned + tally.machines_hung_up * share_of_mistakes(amd_test)
            return Rate(lost=lost, counted=lost + tally.connected)
        case Formula.GB_NO_AMD:
            met = tally.connected + tally.machines_to_agents
            people = Fraction(tally.connected, met) if met else Fraction(1)
            lost = tally.abandoned * people
            return Rate(lost=lost, counted=lost + tally.connected)
        case _ as never:
            assert_never(never)


def share_of_mistakes(amd_test: AmdTestRecord | None) -> Fraction:
    """Of how many of the calls that detection hung up on a person is taken to have answered."""
    return Fraction(amd_test.false_positives, amd_test.sample) if amd_test else Fraction(1)


def headroom(rate: Rate, most: int) -> int:
    """The most calls x that may be lost so that (lost + x) / (counted + x) stays at `most` or below. None of
    an empty window, where the first loss would be all there is."""
    return max(0, floor(room(rate, most)))


def room(rate: Rate, most: int) -> Fraction:
    """The same before it is rounded to whole calls; negative where the rate is over `most`."""
    limit = Fraction(most, SHARE)
    return (limit * rate.counted - rate.lost) / (1 - limit)
