"""What a flow asks: whom it calls first, and conditions on keys pressed and dispositions."""

from typing import assert_never

from engine.domain.policy import CampaignPolicy, Condition, DialAgent
from engine.domain.words import DialMode, Side


def holds(condition: Condition | None, *, digits: str, disposition: str | None) -> bool:
    """Whether every part that is given holds; no condition always does. Without a disposition (None),
    `disposition` holds for none and `disposition_not` for any."""
    return condition is None or (
        (condition.digits is None or digits == condition.digits)
        and (condition.digits_not is None or digits != condition.digits_not)
        and (condition.disposition is None or disposition == condition.disposition)
        and (condition.disposition_not is None or disposition != condition.disposition_not)
    )


def first_leg(policy: CampaignPolicy, *, nailed_up: bool, with_agent: bool) -> Side | None:
    """Whose leg is committed with the claim of a case; None if something else comes before the first call.
    `with_agent`: an agent was chosen before it, as for a callback of the agent's own."""
    match policy.mode:
        case DialMode.PREVIEW:
            return None
        case DialMode.AGENT_FIRST:
            return Side.AGENT if isinstance(policy.flow[0], DialAgent) and not nailed_up else None
        case DialMode.AGENTLESS | DialMode.PROGRESSIVE | DialMode.POWER:
            return None if with_agent else Side.CUSTOMER
        case _ as never:
            assert_never(never)
