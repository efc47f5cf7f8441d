"""What a call met, as abandonment rates count it. What nobody knows is taken as the law would take it: lost.

1. Only calls whose phone was called count; whoever asks has seen to that.
2. An agent who comes late does not cure: the person was abandoned, though the two then talked.
3. A person who leaves before the time for an agent is over was not abandoned: it was not we who ended it.
4. A machine is one by detection, or by the word of the agent who took the call. The agent knows better.
"""

from typing import Final

from engine.compliance.abandonment import Met
from engine.domain.dispositions import Disposition, LeadStatus
from engine.domain.policy import CampaignPolicy, OnMachine
from engine.domain.time import SECOND, Micros
from engine.domain.words import Ending, Outcome, Verdict

IN_TIME: Final[Micros] = 2 * SECOND  # from the answer: the figure of every jurisdiction that has one


def hangs_up_on_machines(policy: CampaignPolicy) -> bool:
    """Whether detection ends calls that no agent has heard."""
    return policy.amd.enabled and policy.amd.on_machine is not OnMachine.CONNECT


def met(
    *,
    ending: Ending,
    outcome: Outcome | None,
    verdict: Verdict | None,
    person: bool | None,
    waited: Micros | None,
    disposition: Disposition,
    policy: CampaignPolicy,
) -> Met:
    """`waited`: from the answer to the agent or, where none came, to the end of the call; None where nobody
    knows. `person` as `person_answered` says it."""
    if ending is Ending.CONNECTED:
        return _with_agent(verdict, waited, disposition)
    if person is None or outcome is Outcome.UNKNOWN:
        return Met.ABANDONED
    if outcome is not Outcome.ANSWERED:
        return Met.NOBODY
    if ending is Ending.SERVED:
        return Met.SERVED
    if ending is Ending.HUNG_UP and waited is not None and waited <= IN_TIME:
        return Met.LEFT
    machine = not person and hangs_up_on_machines(policy)
    return Met.MACHINE_HUNG_UP if machine else Met.ABANDONED


def _with_agent(verdict: Verdict | None, waited: Micros | None, disposition: Disposition) -> Met:
    said_machine = disposition.lead_status == LeadStatus.MACHINE
    said_human = disposition.human and disposition.agents
    if said_machine or (verdict is Verdict.MACHINE and not said_human):
        return Met.MACHINE_TO_AGENT
    return Met.ABANDONED if waited is not None and waited > IN_TIME else Met.CONNECTED
