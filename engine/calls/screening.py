"""What answered: a person, or a machine that is dealt with as the campaign says."""

from typing import assert_never

from engine.calls.call import Call
from engine.domain.policy import OnMachine, OnUnsure
from engine.domain.time import Micros
from engine.domain.words import Ending, Verdict
from engine.journal.views import LegView


async def screen(call: Call, customer: LegView, *, within: Micros | None = None) -> Ending | None:
    """Wait for the AMD verdict, at most `within` microseconds from the answer: no longer than a person may
    be left without an agent. None: go on as with a person. Otherwise the call is over, and this is how."""
    amd = call.policy.amd
    if not amd.enabled:
        return None
    assert customer.answered_at is not None
    wait = amd.wait if within is None else min(amd.wait, within)
    await call.until(
        lambda: customer.verdict is not None or not customer.up, deadline=customer.answered_at + wait
    )
    if not customer.up:
        return Ending.HUNG_UP
    verdict = customer.verdict or Verdict.UNSURE
    human = verdict is Verdict.HUMAN or (verdict is Verdict.UNSURE and amd.on_unsure is OnUnsure.HUMAN)
    if human:
        return None
    match amd.on_machine:
        case OnMachine.CONNECT:
            return None
        case OnMachine.HANGUP:
            return Ending.MACHINE
        case OnMachine.MESSAGE:
            heard = await call.play(customer, call.policy.machine_message)
            return Ending.MESSAGE_LEFT if heard else Ending.MACHINE
        case _ as never:
            assert_never(never)
