"""Rests after a call that went wrong: it found no agent, or a machine answered it.

They hold for the number and for the person, whoever of the two comes back.
"""

from engine.compliance.dial import Dial, Manner, Past
from engine.compliance.terms import Event, Lockout
from engine.domain.time import Instant


def guaranteed(manner: Manner) -> bool:
    """Whether a person who answers certainly gets an agent."""
    return manner.reserved and not manner.hangs_up_on_machines


def locked_until(lockout: Lockout, dial: Dial, now: Instant) -> Instant | None:
    """When the rest after the last such event is over; None where there is none."""
    if lockout.unless_reserved and guaranteed(dial.manner):
        return None
    last = max(
        (past.event_at for past in _concerned(dial, now) if lockout.after in past.events), default=None
    )
    if last is None or last + lockout.rest <= now:
        return None
    return last + lockout.rest


def needs_agent(lockout: Lockout, dial: Dial, now: Instant) -> Instant | None:
    """Since when only a call with a reserved agent may be made; None where any call may."""
    if not lockout.then_reserved or guaranteed(dial.manner):
        return None
    for past in _concerned(dial, now):
        if Event.CONVERSATION in past.events:
            return None
        if lockout.after in past.events:
            return past.event_at
    return None


def _concerned(dial: Dial, now: Instant) -> list[Past]:
    """The attempts at this number or this person that have come to something, the newest first."""
    number, person = dial.keys.number, dial.keys.person
    return [
        past
        for past in dial.history
        if past.events
        and past.event_at <= now
        and (past.number == number or (person is not None and past.person == person))
    ]
