"""What an earlier attempt came to, as rules count it. What nobody knows counts as the worst."""

from typing import Final

from engine.compliance.terms import Event, Reach
from engine.domain.words import Ending, Outcome, Verdict

_NOT_CONNECTED: Final = frozenset({Outcome.BUSY, Outcome.CONGESTION, Outcome.INVALID, Outcome.FAILED})
_MACHINES: Final = frozenset({Ending.MACHINE, Ending.MESSAGE_LEFT})


def came_to(
    *,
    outcome: Outcome | None,
    ending: Ending | None,
    verdict: Verdict | None,
    connected: bool,
    person: bool | None,
    refused: bool,
) -> tuple[Reach, tuple[Event, ...]]:
    """How far an attempt got whose customer's phone was called, and what later ones depend on. Without an
    outcome it is under way; `connected` to an agent it is a conversation, unless the agent says that no
    person was there."""
    refusal = (Event.REFUSAL,) if refused else ()
    if outcome is None:
        return Reach.CONVERSATION, refusal
    if outcome is Outcome.UNKNOWN:
        return Reach.CONVERSATION, (Event.ABANDONED, Event.CONVERSATION, *refusal)
    if outcome is not Outcome.ANSWERED:
        return (Reach.NOT_CONNECTED if outcome in _NOT_CONNECTED else Reach.RANG), refusal
    events = [*refusal]
    if verdict is Verdict.MACHINE or ending in _MACHINES:
        events.append(Event.MACHINE)
    if ending is Ending.ABANDONED:
        events.append(Event.ABANDONED)
    if connected and person is not False:
        return Reach.CONVERSATION, (*events, Event.CONVERSATION)
    return Reach.ANSWERED, tuple(events)
