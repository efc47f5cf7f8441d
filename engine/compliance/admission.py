"""How many calls may be dialed beyond the free agents. The worst that can happen to them must fit the limit.

1. Worst is that everybody answers at once: every call without an agent is lost, and of the others those are
   that detection hangs up on by mistake.
2. Agents are not tied to calls: calls of other campaigns of the pool may take them first, so what no agent
   of the pool covers may all be of one campaign.
3. One call for one free agent is always admitted: a limit that is used up ends what is beyond that.
"""

from dataclasses import dataclass
from fractions import Fraction

from engine.compliance.abandonment import Rate, room


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """The calls of a pool that have no agent yet, and its free agents. Of `lost` calls it is known that no
    agent comes in time."""

    calls: int
    lost: int = 0
    agents: int

    @property
    def one_to_one(self) -> int:
        """How many more calls the free agents cover."""
        return max(0, self.agents - (self.calls - self.lost))

    def uncovered(self, more: int = 0) -> int:
        """How many would be lost if everybody answered at once, with so many calls more."""
        return max(self.lost, self.calls + more - self.agents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What a limit stands to lose. `rate` is the worst that the window can hold without the calls in flight:
    `here` in this pool, `elsewhere` in others, where `uncovered` have no agent. `mistaken`: of how many calls
    that an agent would take detection hangs up on a person. `ours`: calls that are begun now are counted
    there too."""

    rate: Rate
    most: int
    here: int
    elsewhere: int = 0
    uncovered: int = 0
    mistaken: Fraction = Fraction(0)
    ours: bool = True

    def worst(self, flight: Flight, more: int) -> Fraction | int:
        """How many calls would be lost with so many calls more."""
        begun = self.here + (more if self.ours else 0)
        lost = self.uncovered + min(begun, flight.uncovered(more))
        return lost + self.mistaken * (begun + self.elsewhere - lost) if self.mistaken else lost


def admitted(flight: Flight, exposure: Exposure, wanted: int) -> int:
    """How many of the calls that are wanted may be dialed."""
    least, most = min(wanted, flight.one_to_one), wanted
    left = room(exposure.rate, exposure.most)
    while least < most:  # more calls never fit where fewer do not
        middle = (least + most + 1) // 2
        if exposure.worst(flight, middle) <= left:
            least = middle
        else:
            most = middle - 1
    return least
