"""An attempt told as a person would tell it. Knows nothing of why it was made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from engine.attempts.settlement import AT_ANOTHER
from engine.domain.policy import CampaignPolicy
from engine.domain.time import MILLISECOND, Instant, Micros, moment, spoken
from engine.domain.words import Ending, Outcome, Side, Verdict
from engine.explain.facts import AttemptFact, LegFact

FINEST: Final[Micros] = 100 * MILLISECOND  # what people care about


@dataclass(frozen=True, slots=True)
class Times:
    """Instants as people of one zone write them."""

    zone: ZoneInfo | None = None

    def full(self, at: Instant) -> str:
        """`Mon 2 Mar 2026 09:00:00 UTC`."""
        local = self._local(at)
        return f"{local:%a} {local.day} {local:%b %Y %H:%M:%S %Z}"

    def near(self, at: Instant, other: Instant) -> str:
        """The time alone if `other` is on the same day, else in full."""
        local = self._local(at)
        return f"{local:%H:%M:%S}" if local.date() == self._local(other).date() else self.full(at)

    def _local(self, at: Instant) -> datetime:
        return moment(at, self.zone)


def roughly(duration: Micros) -> str:
    """To a tenth of a second."""
    return spoken(round(duration / FINEST) * FINEST)


def told(attempt: AttemptFact, policy: CampaignPolicy, times: Times) -> str:
    """What happened, in sentences: calls, end, disposition, and what followed for the case."""
    sentences = [*_calls(attempt, policy), *_end(attempt, policy)]
    if attempt.live and attempt.ended_at is not None:
        sentences.append(f"The call is over since {times.near(attempt.ended_at, attempt.started_at)}")
    elif attempt.live:
        sentences = sentences or ["The call is being set up"]
    given = attempt.disposition
    if given is not None and given not in (attempt.ending, attempt.outcome, policy.default_disposition):
        sentences.append(f"Disposition: {given}")
    if attempt.status is not None:
        sentences.append(_consequence(attempt, times))
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences if sentence)


# --- the calls ------------------------------------------------------------------------------------


def _calls(attempt: AttemptFact, policy: CampaignPolicy) -> list[str]:
    sentences = []
    for leg in attempt.legs:
        whose = leg.agent if leg.side is Side.AGENT else None
        sentences.append(_leg(leg, whose, attempt.live))
    standing = policy.mode.agent_first and not any(leg.side is Side.AGENT for leg in attempt.legs)
    if standing and attempt.agent is not None and attempt.ending is not Ending.SKIPPED:
        sentences.insert(0, f"{attempt.agent} was on the line")
    return sentences


def _leg(leg: LegFact, agent: str | None, live: bool) -> str:
    phone = "the customer's phone" if agent is None else f"{agent}'s phone"
    who = "the customer" if agent is None else agent
    if leg.answered_at is not None:
        after = roughly(leg.answered_at - leg.intended_at)
        machine = " (judged a machine)" if leg.verdict is Verdict.MACHINE else ""
        return f"{who} answered after {after}{machine}"
    if leg.ended_at is None:
        return f"{phone} is being called" if leg.rang_at is None else f"{phone} rings"
    if leg.dialed is False:
        return f"{phone} was not called ({leg.cause})" if leg.cause else f"{phone} was not called"
    rang = roughly(leg.ended_at - leg.intended_at)
    match leg.outcome:
        case Outcome.NO_ANSWER:
            return f"{phone} rang {rang} and was not answered"
        case Outcome.BUSY:
            return f"{who}'s line was busy"
        case Outcome.CONGESTION:
            return f"the network was congested when {phone} was called"
        case Outcome.INVALID:
            return f"{who}'s number is not in service"
        case Outcome.REJECTED:
            return f"{who} rejected the call after {rang}"
        case Outcome.CANCELLED:
            return f"{phone} rang {rang} and the call was given up"
        case Outcome.UNKNOWN:
            return f"{phone} was called, and nobody knows what became of it"
        case _:
            return f"the call to {phone} failed" + (f" ({leg.cause})" if leg.cause else "")


# --- the end --------------------------------------------------------------------------------------


def _end(attempt: AttemptFact, policy: CampaignPolicy) -> list[str]:
    if attempt.connected_at is not None:
        if attempt.ended_at is None:
            return [f"{attempt.agent} and the customer are talking"]
        talked = roughly(attempt.ended_at - attempt.connected_at)
        return [f"{attempt.agent} and the customer talked for {talked}"]
    match attempt.ending:
        case Ending.ABANDONED:
            return [f"no agent came within {roughly(policy.abandon_after)}: the call was abandoned"]
        case Ending.HUNG_UP:
            return ["the customer hung up before an agent came"]
        case Ending.AGENT_LEFT:
            return [f"{attempt.agent or 'the agent'} left while the customer's phone rang"]
        case Ending.SERVED:
            return ["the message was heard"]
        case Ending.MESSAGE_LEFT:
            return ["a message was left on the machine"]
        case Ending.MACHINE:
            return ["the machine was hung up on"]
        case Ending.SKIPPED:
            return [f"{attempt.agent or 'the agent'} looked at the lead and skipped it"]
        case Ending.REFUSED:
            told_by_leg = any(leg.dialed is False for leg in attempt.legs)
            return [] if told_by_leg else ["the call was refused before the phone rang"]
        case Ending.UNKNOWN:
            return ["the engine crashed during the call"] if attempt.legs else ["the engine crashed"]
        case Ending.AGENT_NOT_REACHED if not attempt.legs:
            return [f"{attempt.agent or 'the agent'} was not reached"]
        case _:
            return []


def _consequence(attempt: AttemptFact, times: Times) -> str:
    """The reason's own words, without what happened, and with the time that it means."""
    _, _, rest = (attempt.reason or "").partition("; ")
    if not rest:
        rest = (attempt.reason or f"{attempt.used or 'no'} attempt was used") if attempt.due_at else ""
    elif rest.startswith("nothing is used"):
        rest = rest.replace("nothing is used", "no attempt was used", 1)
    if attempt.due_at is None:
        closed = f"the case is closed as {attempt.status}"
        return f"{rest}; {closed}" if rest else closed
    next_try = times.near(attempt.due_at, attempt.started_at)
    if rest.endswith(AT_ANOTHER):
        next_try += AT_ANOTHER
    if ", next try when " in rest:
        return f"{rest.partition(', next try when ')[0]}; next try from {next_try}, when business hours open"
    return f"{rest.partition(', next try ')[0]}; next try from {next_try}"
