"""Whether a person answered, and what that makes of a lead in its campaign. Seen over all cycles.

1. A customer leg that was dialed and that no person answered is a failed contact: a machine's answer is one,
   an agent's phone that rang alone is none. Where nobody knows, it is neither failed nor successful.
2. A person who has answered once makes the lead successful for good, whatever the disposition.
3. The status says nothing of whether the lead is dialed: a bad connection stays dialable.
4. Statuses are provisional until the campaign has ended or has nothing left to dial, and no call is live.
"""

from engine.domain.policy import CampaignPolicy, OnUnsure
from engine.domain.words import ContactStatus, Ending, Outcome, Verdict


def person_answered(
    ending: Ending, outcome: Outcome | None, verdict: Verdict | None, policy: CampaignPolicy
) -> bool | None:
    """Whether a person answered the customer's leg, whatever came of it. A verdict decides even if it came
    too late for the call. None if nobody knows: after a crash, or when the leg's end was never told."""
    if ending is Ending.UNKNOWN or outcome is Outcome.UNKNOWN:
        return None
    if outcome is not Outcome.ANSWERED:
        return False
    if verdict in (None, Verdict.UNSURE) and ending in (Ending.MACHINE, Ending.MESSAGE_LEFT):
        return False
    return taken_for_person(verdict, policy)


def taken_for_person(verdict: Verdict | None, policy: CampaignPolicy) -> bool:
    """Whether whoever answered is taken for a person. A call that was not judged, though the campaign asks
    for it, is as one that could not be judged: it is taken as the campaign says."""
    if not policy.amd.enabled:
        return verdict is not Verdict.MACHINE
    if verdict in (None, Verdict.UNSURE):
        return policy.amd.on_unsure is OnUnsure.HUMAN
    return verdict is Verdict.HUMAN


def contact_status(*, calls: int, failures: int, reached: bool, threshold: int) -> ContactStatus:
    """What a campaign that made `calls`, of which `failures` reached no person, has come to with a lead.
    `threshold`: so many failures are a bad connection."""
    if reached:
        return ContactStatus.SUCCESSFUL
    if failures >= threshold:
        return ContactStatus.BAD_CONNECTION
    return ContactStatus.NOT_REACHED if calls else ContactStatus.NOT_CALLED


def is_final(*, ended: bool, cases: int, dialable: int, live: int) -> bool:
    """Whether a campaign's contact statuses can change no more. `ended`: it was stopped, and nothing was
    reset, recycled or started since; `dialable` cases are open, also those that wait or are held; `live`
    attempts are not settled."""
    return live == 0 and (ended or (cases > 0 and dialable == 0))
