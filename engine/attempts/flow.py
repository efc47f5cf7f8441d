"""What a flow may ask and remember: two variables, and conditions on keys pressed and dispositions."""

from dataclasses import dataclass
from typing import assert_never

from engine.domain.policy import CampaignPolicy, Condition, DialAgent, Variable
from engine.domain.words import DialMode, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowVariables:
    """Read when the flow ends. True asks for another attempt; False suppresses nothing."""

    reschedule_agent_call: bool = False
    reschedule_customer_call: bool = False

    def with_(self, name: Variable, value: bool) -> "FlowVariables":
        """These variables with one of them set."""
        if name == "reschedule_agent_call":
            return FlowVariables(
                reschedule_agent_call=value, reschedule_customer_call=self.reschedule_customer_call
            )
        return FlowVariables(reschedule_agent_call=self.reschedule_agent_call, reschedule_customer_call=value)


def holds(condition: Condition | None, *, digits: str, disposition: str | None) -> bool:
    """Whether every part that is given holds; no condition always does. Without a disposition (None),
    `disposition` holds for none and `disposition_not` for any."""
    return condition is None or (
        (condition.digits is None or digits == condition.digits)
        and (condition.digits_not is None or digits != condition.digits_not)
        and (condition.disposition is None or disposition == condition.disposition)
        and (condition.disposition_not is None or disposition != condition.disposition_not)
    )


def first_leg(policy: CampaignPolicy, *, nailed_up: bool) -> Side | None:
    """Whose leg is committed with the claim of a case; None if something else comes before the first call."""
    match policy.mode:
        case DialMode.PREVIEW:
            return None
        case DialMode.AGENT_FIRST:
            return Side.AGENT if isinstance(policy.flow[0], DialAgent) and not nailed_up else None
        case DialMode.AGENTLESS | DialMode.PROGRESSIVE | DialMode.POWER:
            return Side.CUSTOMER
        case _ as never:
            assert_never(never)
