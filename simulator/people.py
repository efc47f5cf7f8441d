"""The people behind the phones. What happens on the k-th dial of a number depends on the seed, the number and
k: never on who asks or what was asked before, and on the time only through the hour's probabilities.

So two policies meet the same people, and a better one is not merely luckier. Every purpose has a draw of its
own, and one that decides nothing is not drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from engine.chance import uniform
from engine.domain.time import DAY, MILLISECOND, SECOND, Instant, Micros, moment
from engine.domain.words import Verdict
from engine.errors import DialerError
from simulator.distributions import quantile
from simulator.plan import (
    RESPONSE_ORDER,
    Distribution,
    Fixed,
    Plan,
    Population,
    Reception,
    Response,
    Uniform,
)

ANY_LIST: Final = "*"  # the key of the population of every list that has none of its own

_RINGS: Final[dict[Response, Micros | None]] = {
    Response.HUMAN: 6 * SECOND,
    Response.MACHINE: 20 * SECOND,
    Response.NO_ANSWER: None,
    Response.BUSY: 1 * SECOND,
    Response.CONGESTION: 1 * SECOND,
    Response.INVALID: 1 * SECOND,
    Response.REJECTED: 1 * SECOND,
}
_HUMAN_TALKS: Final = 60 * SECOND
_MACHINE_TALKS: Final = 60 * SECOND  # it records for so long, then hangs up
_FOR_EVER: Final = 1 * DAY  # longer than any call may last
_A_MOMENT: Final = Uniform(low=200 * MILLISECOND, high=1500 * MILLISECOND)  # before an early hang-up


class ScriptExhausted(DialerError):
    """A number was dialed more often than its script says: the script's fault, or what it should catch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCall:
    """Everything that one dialed customer will do. Durations are microseconds from the dial (`rings`), from
    being joined with an agent (`talks`) or from the answer (all others). `rings` is None where the phone
    rings for ever; a no-answer that has one is given up by the network then. Only answered calls do the rest.
    """

    response: Response
    rings: Micros | None
    talks: Micros = 0
    waits: Micros = 0
    hangs_up_after: Micros | None = None
    drops_after: Micros | None = None
    digits: str = ""
    verdict: Verdict = Verdict.UNSURE
    verdict_after: Micros = 0

    @property
    def answered(self) -> bool:
        return self.response in (Response.HUMAN, Response.MACHINE)


class People:
    """The customers of a plan. `list_of` gives the list of an E.164 number, None for a number on no list.
    Numbers with neither script nor population are people who always answer."""

    def __init__(self, plan: Plan, list_of: Callable[[str], str | None]) -> None:
        self._plan = plan
        self._list_of = list_of
        self._lists_differ = any(name != ANY_LIST for name in plan.people)

    def reception(self, number: str, k: int, at: Instant) -> CustomerCall:
        """What happens on the `k`-th dial (from 1) of `number`, at `at`. Raises ScriptExhausted where its
        script has ended and says nothing of that."""
        population = self._population(number)
        scripted = self._scripted(number, k)
        if scripted is None:
            return self._drawn(number, k, self._response(population, number, k, at), population)
        drawn = self._drawn(number, k, scripted.response, population, scripted.verdict)
        return _overridden(drawn, scripted)

    def _population(self, number: str) -> Population | None:
        people = self._plan.people
        found = None
        if self._lists_differ and (name := self._list_of(number)) is not None:
            found = people.get(name)
        return found if found is not None else people.get(ANY_LIST)

    def _scripted(self, number: str, k: int) -> Reception | None:
        """The script's entry for this dial; None where the population is to be drawn from."""
        script = self._plan.scripts.get(number)
        if script is None:
            return None
        receptions = script.receptions
        if k <= len(receptions):
            return receptions[k - 1]
        if script.at_end == "population":
            return None
        if script.at_end == "repeat":
            return receptions[-1]
        raise ScriptExhausted(
            f"{number}: dial {k} came, and its script has only {len(receptions)}; add an entry, or set"
            " at_end to repeat or population"
        )

    def _draw(self, number: str, k: int, purpose: str) -> float:
        return uniform(self._plan.seed, number, k, purpose)

    def _happens(self, probability: float, number: str, k: int, purpose: str) -> bool:
        return probability > 0 and self._draw(number, k, purpose) < probability

    def _duration(self, distribution: Distribution, number: str, k: int, purpose: str) -> Micros:
        if isinstance(distribution, Fixed):
            return distribution.value
        return quantile(distribution, self._draw(number, k, purpose))

    def _response(self, population: Population | None, number: str, k: int, at: Instant) -> Response:
        if population is None:
            return Response.HUMAN
        responses: Mapping[Response, float] = population.responses
        if population.by_hour:
            hour = moment(at, ZoneInfo(population.zone)).hour
            responses = population.by_hour.get(hour, responses)
        u = self._draw(number, k, "response")
        reached = 0.0
        for response in RESPONSE_ORDER:
            reached += responses.get(response, 0.0)
            if u < reached:
                return response
        return Response.NO_ANSWER

    def _drawn(
        self,
        number: str,
        k: int,
        response: Response,
        population: Population | None,
        verdict: Verdict | None = None,
    ) -> CustomerCall:
        rings = _RINGS[response]
        if population is not None and (ringing := population.rings.get(response)) is not None:
            rings = self._duration(ringing, number, k, "rings")
        if response not in (Response.HUMAN, Response.MACHINE):
            return CustomerCall(response=response, rings=rings)

        human = response is Response.HUMAN
        talks = _HUMAN_TALKS if human else _MACHINE_TALKS
        waits = _FOR_EVER
        hangs_up_after = drops_after = None
        digits = ""
        if population is not None:
            if human:
                talks = self._duration(population.talks, number, k, "talks")
                waits = self._duration(population.waits, number, k, "waits")
                if self._happens(population.hangs_up_early, number, k, "hangs-up-early"):
                    hangs_up_after = self._duration(_A_MOMENT, number, k, "hangs-up-after")
                if population.digits:
                    digits = chosen(population.digits, self._draw(number, k, "digits")) or ""
            if self._happens(population.line_drops, number, k, "line-drop"):
                drops_after = self._duration(population.drops_after, number, k, "drops-after")
        return CustomerCall(
            response=response,
            rings=rings,
            talks=talks,
            waits=waits,
            hangs_up_after=hangs_up_after,
            drops_after=drops_after,
            digits=digits,
            verdict=verdict or self._verdict(number, k, human),
            verdict_after=self._duration(self._plan.network.amd.delay, number, k, "verdict-after"),
        )

    def _verdict(self, number: str, k: int, human: bool) -> Verdict:
        amd = self._plan.network.amd
        if human:
            right, wrong = Verdict.HUMAN, Verdict.MACHINE
            mistaken, undecided = amd.human_as_machine, amd.human_as_unsure
        else:
            right, wrong = Verdict.MACHINE, Verdict.HUMAN
            mistaken, undecided = amd.machine_as_human, amd.machine_as_unsure
        if not mistaken and not undecided:
            return right
        u = self._draw(number, k, "verdict")
        if u < mistaken:
            return wrong
        return Verdict.UNSURE if u < mistaken + undecided else right


def chosen(probabilities: Mapping[str, float], u: float) -> str | None:
    """The name that `u` falls on, the names in alphabetical order; None beyond their sum."""
    reached = 0.0
    for name in sorted(probabilities):
        reached += probabilities[name]
        if u < reached:
            return name
    return None


def _overridden(drawn: CustomerCall, scripted: Reception) -> CustomerCall:
    """What was drawn, where the script does not say otherwise."""
    said = {name: value for name in _SCRIPTED if (value := getattr(scripted, name)) is not None}
    return replace(drawn, **said)


_SCRIPTED: Final = (
    "rings",
    "talks",
    "waits",
    "hangs_up_after",
    "drops_after",
    "digits",
    "verdict",
    "verdict_after",
)
