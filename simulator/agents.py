"""How agents behave. What agent A does the k-th time depends on the seed, A and k, and on nothing else."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from engine.chance import uniform
from engine.domain.time import SECOND, Micros
from simulator.distributions import quantile
from simulator.people import chosen
from simulator.plan import AgentBehaviour, AgentResponse, Distribution, Fixed, Plan, WithCallback

PreviewAnswer: TypeAlias = Literal["accept", "skip", "ignore"]

_REJECTS_AFTER: Final = 1 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCall:
    """What one call to an agent's phone meets. `rings`: until the answer or the rejection, None for ever;
    `hangs_up_after`: from the answer, None for never."""

    response: AgentResponse
    rings: Micros | None
    hangs_up_after: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewResponse:
    """What an agent does with a lead to look at, `after` so long; an ignored one runs into its time-out."""

    answer: PreviewAnswer
    after: Micros


class AgentPeople:
    """The agents of a plan. `k` counts from 1, for each kind of event and each agent apart."""

    def __init__(self, plan: Plan) -> None:
        self._seed = plan.seed
        self._agents = plan.agents

    def phone_call(self, agent: str, k: int) -> AgentCall:
        """The `k`-th call to the agent's phone: its script first, then `answers` of the rest are answered."""
        behaviour = self._agents[agent]
        scripted = behaviour.script[k - 1] if k <= len(behaviour.script) else None
        if scripted is not None:
            response = scripted.response
        elif self._draw(agent, k, "answers") < behaviour.answers:
            response = AgentResponse.ANSWERS
        else:
            response = AgentResponse.NO_ANSWER
        if scripted is not None and scripted.rings is not None:
            rings: Micros | None = scripted.rings
        else:
            rings = self._rings(behaviour, response, agent, k)
        return AgentCall(
            response=response,
            rings=rings,
            hangs_up_after=scripted.hangs_up_after if scripted is not None else None,
        )

    def talks(self, agent: str, k: int) -> Micros | None:
        """How long the agent stays in the `k`-th conversation; None: until the customer hangs up."""
        distribution = self._agents[agent].talks
        return None if distribution is None else self._duration(distribution, agent, k, "talks")

    def wraps_up(self, agent: str, k: int) -> Micros:
        """From the end of the `k`-th conversation to its disposition."""
        return self._duration(self._agents[agent].wraps_up, agent, k, "wraps-up")

    def disposition(self, agent: str, k: int) -> str | WithCallback | None:
        """The `k`-th disposition the agent gives; None: leaves it to the default."""
        behaviour = self._agents[agent]
        if k <= len(behaviour.disposition_script):
            return behaviour.disposition_script[k - 1]
        if not behaviour.dispositions:
            return None
        return chosen(behaviour.dispositions, self._draw(agent, k, "disposition"))

    def preview(self, agent: str, k: int) -> PreviewResponse:
        """What the agent does with the `k`-th lead to look at: as scripted, then accepts."""
        behaviour = self._agents[agent]
        answer: PreviewAnswer = behaviour.previews[k - 1] if k <= len(behaviour.previews) else "accept"
        return PreviewResponse(
            answer=answer, after=self._duration(behaviour.previews_for, agent, k, "previews-for")
        )

    def _rings(self, behaviour: AgentBehaviour, response: AgentResponse, agent: str, k: int) -> Micros | None:
        if response is AgentResponse.NO_ANSWER:
            return None
        if response is AgentResponse.REJECTED:
            return _REJECTS_AFTER
        return self._duration(behaviour.rings, agent, k, "rings")

    def _draw(self, agent: str, k: int, purpose: str) -> float:
        return uniform(self._seed, "agent", agent, k, purpose)

    def _duration(self, distribution: Distribution, agent: str, k: int, purpose: str) -> Micros:
        if isinstance(distribution, Fixed):
            return distribution.value
        return quantile(distribution, self._draw(agent, k, purpose))
