"""What the lines of a journal tell of each call, put together as they come. Holds no more than the calls that
are live at the time, and knows nothing but what lines say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from engine.compliance.abandonment import Met
from engine.compliance.met import met
from engine.domain.time import Instant, Micros
from engine.domain.words import Ending, Outcome, Side, Verdict
from engine.journal import events as e
from engine.store.evidence.journal_lines import Told
from engine.store.evidence.judging import PolicyThen, RulesThen


@dataclass(slots=True, kw_only=True)
class Call:
    """One attempt. The contents of lines are kept as they are; `at` has the instants of what befell the
    customer's leg, by the kind of the line."""

    attempt: int
    started: dict[str, Any]
    policy: PolicyThen
    rules: RulesThen = field(default_factory=RulesThen)
    places: list[tuple[int, int, str]] = field(default_factory=list)
    agent: str | None = None
    leg: int | None = None
    asked: dict[str, Any] = field(default_factory=dict)  # the line of the gates' last answer
    asked_at: Instant = 0
    at: dict[str, Instant] = field(default_factory=dict)
    verdict: str | None = None
    message: str | None = None
    refused: str | None = None
    leg_ended: dict[str, Any] = field(default_factory=dict)
    connected_at: Instant | None = None
    waited: Micros | None = None  # by who was abandoned
    waits_from: Instant | None = None  # the answer, as whoever counted the call knew of it
    recovered: bool = False
    crashed: bool = False  # an engine died in it, and what came of it then nobody knows
    ended_at: Instant | None = None
    ended: dict[str, Any] = field(default_factory=dict)
    disposed: dict[str, Any] = field(default_factory=dict)
    settled_at: Instant | None = None
    settled: dict[str, Any] = field(default_factory=dict)
    settled_by: PolicyThen | None = None

    @property
    def reserved(self) -> bool:
        """An agent was held for it before it was dialed."""
        return self.started["agent"] is not None

    @property
    def known(self) -> dict[str, Any]:
        """What the gates were told."""
        return self.asked.get("known") or {}

    @property
    def counted_as(self) -> Met | None:
        """What abandonment rates take it for; None where no statute is asked, or no phone was called."""
        policy = None if self.settled_by is None else self.settled_by.policy
        was_called = e.LegDialed.KIND in self.at or self.crashed
        if policy is None or policy.compliance is None or not was_called or not self.ended:
            return None
        until = self.ended_at if self.connected_at is None else self.connected_at
        waited = None if self.waits_from is None or until is None else until - self.waits_from
        outcome = self.ended["outcome"]
        return met(
            ending=Ending(self.ended["ending"]),
            outcome=None if outcome is None else Outcome(outcome),
            verdict=None if self.verdict is None else Verdict(self.verdict),
            person=self.settled["person"],
            waited=waited,
            disposition=policy.disposition(self.disposed["disposition"]),
            policy=policy,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCase:
    """A case that was due, and was not dialed. `gate` is None where something else than a gate refused."""

    place: tuple[int, int, str]
    at: Instant
    campaign: str
    case: int
    lead: int
    phone: int
    reserved: bool
    gate: str | None
    reason: str
    rule: str | None = None
    until: Instant | None = None
    version: str | None = None
    known: dict[str, Any] = field(default_factory=dict)
    policy: PolicyThen | None = None
    rules: RulesThen | None = None


class Calls:
    """`campaign` and `leads` leave others out as early as can be."""

    def __init__(self, campaign: str | None = None, leads: frozenset[int] | None = None) -> None:
        self._campaign = campaign
        self._leads = leads
        self._rules = RulesThen()
        self._policies: dict[int, dict[str, PolicyThen]] = {}
        self._live: dict[int, Call] = {}
        self._legs: dict[int, Call] = {}
        self._refused_at: tuple[int, int] | None = None  # the last line of gates that refused

    def take(self, line: Told) -> Iterator[Call | RefusedCase]:
        """What is complete with this line."""
        content = line.content
        match line.kind:
            case e.EngineStarted.KIND:
                self._policies[line.place[0]] = self._read(content["campaigns"])
            case e.RulesInForce.KIND:
                self._rules = RulesThen(content["operator"])
            case e.GatesRefused.KIND:
                self._refused_at = line.place[:2]
                yield from self._gates_refused(line)
            case e.AttemptStarted.KIND:
                self._start(line)
            case e.LegIntended.KIND:
                self._intend(line)
            case e.LegAllowed.KIND:
                self._allow(line)
            case e.DialRefused.KIND:
                yield from self._dial_refused(line)
            case _ if "attempt" in content:
                call = self._live.get(content["attempt"])
                if call is not None:
                    call.places.append(line.place)
                    _OF_ATTEMPT[line.kind](self, call, line)
                    if call.settled_at is not None:
                        yield from self._finish(call)
            case _:
                call = self._legs.get(content["leg"])
                if call is not None:
                    call.places.append(line.place)
                    _of_leg(call, line)

    def unsettled(self) -> Iterator[Call]:
        """Those that no line has settled yet, by their ids."""
        for _, call in sorted(self._live.items()):
            if call.leg is not None:
                yield call

    # --- lines that begin something ---------------------------------------------------------------

    def _read(self, campaigns: dict[str, Any]) -> dict[str, PolicyThen]:
        """Engines that start again with the same policies share them."""
        known = [each for epoch in list(self._policies)[-1:] for each in self._policies[epoch].values()]
        return {
            name: next((each for each in known if each.plain == plain), None) or PolicyThen(plain)
            for name, plain in campaigns.items()
        }

    def _policy(self, line: Told, campaign: str) -> PolicyThen:
        return self._policies.get(line.place[0], {}).get(campaign) or PolicyThen({})

    def _start(self, line: Told) -> None:
        content = line.content
        if self._campaign not in (None, content["campaign"]):
            return
        if self._leads is not None and content["lead"] not in self._leads:
            return
        self._live[content["attempt"]] = Call(
            attempt=content["attempt"],
            started=content,
            policy=self._policy(line, content["campaign"]),
            places=[line.place],
            agent=content["agent"],
        )

    def _intend(self, line: Told) -> None:
        content = line.content
        call = self._live.get(content["attempt"])
        if call is None or content["side"] != Side.CUSTOMER:
            return
        call.leg = content["leg"]
        self._legs[content["leg"]] = call
        self._asked(call, line)

    def _allow(self, line: Told) -> None:
        call = self._legs.get(line.content["leg"])
        if call is not None:
            self._asked(call, line)

    def _asked(self, call: Call, line: Told) -> None:
        call.asked, call.asked_at, call.rules = line.content, line.at, self._rules
        call.at[line.kind] = line.at
        call.places.append(line.place)

    def _gates_refused(self, line: Told) -> Iterator[RefusedCase]:
        content = line.content
        campaign = content["campaign"]
        if self._campaign not in (None, campaign):
            return
        for case, lead, phone, reserved, gate, reason, rule, until, known in content["rows"]:
            if self._leads is not None and lead not in self._leads:
                continue
            yield RefusedCase(
                place=line.place,
                at=line.at,
                campaign=campaign,
                case=case,
                lead=lead,
                phone=phone,
                reserved=reserved,
                gate=gate,
                reason=reason,
                rule=rule,
                until=until,
                version=content["version"] or None,
                known=known,
                policy=self._policy(line, campaign),
                rules=self._rules,
            )

    def _dial_refused(self, line: Told) -> Iterator[RefusedCase]:
        """With a leg on disk the attempt has a record of its own, which says so."""
        content = line.content
        call = self._live.get(content["attempt"])
        if call is None or content["side"] != Side.CUSTOMER:
            return
        call.places.append(line.place)
        call.refused = content["reason"]
        epoch, seq, _ = line.place
        told_before = self._refused_at == (epoch, seq - 1)
        if content["leg"] is None and not told_before:
            yield RefusedCase(
                place=line.place,
                at=line.at,
                campaign=call.started["campaign"],
                case=call.started["case"],
                lead=call.started["lead"],
                phone=call.started["phone"],
                reserved=call.reserved,
                gate=None,
                reason=content["reason"],
                until=content["until"],
            )

    def _finish(self, call: Call) -> Iterator[Call]:
        del self._live[call.attempt]
        if call.leg is not None:
            del self._legs[call.leg]
            yield call

    # --- lines of an attempt ----------------------------------------------------------------------

    def _recovered(self, call: Call, line: Told) -> None:
        call.recovered = True
        call.ended_at = line.content["ended_at"]
        if call.ended_at is None and call.leg is not None:
            call.crashed = True
            if call.connected_at is None:  # then nothing else was on disk either
                call.verdict = call.waits_from = None

    def _assigned(self, call: Call, line: Told) -> None:
        call.agent = line.content["agent"]

    def _connected(self, call: Call, line: Told) -> None:
        call.connected_at = line.at

    def _resumed(self, call: Call, line: Told) -> None:
        call.crashed = False
        call.agent = line.content["agent"]
        call.connected_at = since = line.content["since"]
        answered_at = line.content.get("answered_at")
        call.waits_from = since if answered_at is None else answered_at

    def _abandoned(self, call: Call, line: Told) -> None:
        call.waited = line.content["waited"]

    def _ended(self, call: Call, line: Told) -> None:
        call.ended = line.content
        if call.ended_at is None:
            call.ended_at = line.at

    def _disposed(self, call: Call, line: Told) -> None:
        call.disposed = line.content

    def _settled(self, call: Call, line: Told) -> None:
        call.settled, call.settled_at = line.content, line.at
        call.settled_by = self._policy(line, call.started["campaign"])


_OF_ATTEMPT: Final = {
    e.AttemptRecovered.KIND: Calls._recovered,
    e.CallAssigned.KIND: Calls._assigned,
    e.CallConnected.KIND: Calls._connected,
    e.CallResumed.KIND: Calls._resumed,
    e.CallAbandoned.KIND: Calls._abandoned,
    e.AttemptEnded.KIND: Calls._ended,
    e.AttemptDisposed.KIND: Calls._disposed,
    e.AttemptSettled.KIND: Calls._settled,
}
"""What each line of an attempt does; every kind has a row."""


def _of_leg(call: Call, line: Told) -> None:
    """What befell the customer's leg."""
    content = line.content
    match line.kind:
        case e.LegJudged.KIND:
            call.verdict = content["verdict"]
        case e.LegAnswered.KIND:
            call.waits_from = line.at
        case e.LegEnded.KIND:
            call.leg_ended = content
        case e.MessageStarted.KIND if call.message is None:
            call.message = content["message"]
        case e.MessageStarted.KIND:
            return  # the first message is the one that counts
        case _:
            pass
    call.at[line.kind] = line.at
