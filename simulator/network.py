"""The telephone network and the phones on it. It outlives every engine: after a crash the phones ring on.

Each leg is a handful of events on the clock's heap, no task. What people do comes from `people` and `agents`;
what the network does wrong comes from the plan's faults.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, assert_never

from engine import ports
from engine.domain.time import MILLISECOND, SECOND, Instant, Micros
from engine.domain.words import Outcome, Side
from engine.ports import CarrierRefused, Turn
from simulator.agents import AgentPeople
from simulator.clock import VirtualClock
from simulator.people import CustomerCall, People
from simulator.plan import AgentResponse, EndFault, LegFault, Network, Response

FIRST_EVENT: Final[Micros] = 1 * MILLISECOND  # less than a dial takes: an event may come before its answer
HANGUP_TAKES: Final[Micros] = 1 * MILLISECOND
FIRST_KEY: Final[Micros] = 1 * SECOND  # from the prompt to the first key, and between keys
NEXT_KEY: Final[Micros] = 500 * MILLISECOND
NOTICES: Final[Micros] = 3 * SECOND  # a person who talks into a dead line hangs up

_ENDS: Final = {
    Response.BUSY: (Outcome.BUSY, "17/486"),
    Response.CONGESTION: (Outcome.CONGESTION, "34/503"),
    Response.INVALID: (Outcome.INVALID, "1/404"),
    Response.REJECTED: (Outcome.REJECTED, "21/603"),
    Response.NO_ANSWER: (Outcome.NO_ANSWER, "19/480"),
}
_SILENT: Final = frozenset({Response.BUSY, Response.CONGESTION, Response.INVALID})


@dataclass(slots=True)
class Line:
    """One leg as the network knows it. The truth, whatever the engine was told."""

    leg: int
    side: Side
    to: str
    dial: int  # which dial of this number or endpoint it is, from 1
    dialed_at: Instant
    person: CustomerCall | None = None
    rang_at: Instant | None = None
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    outcome: Outcome | None = None
    ended_by_us: bool = False
    peer: "Line | None" = None
    joined_at: Instant | None = None
    heard: list[str] = field(default_factory=list)
    verdict: str | None = None
    caller_id: str | None = None
    rings_for: Micros = 0  # until the caller gives up


class Watcher(Protocol):
    """Sees what really happens. Checkers are watchers."""

    def dialed(self, line: Line) -> None: ...
    def answered(self, line: Line) -> None: ...
    def joined(self, line: Line, agent: Line) -> None: ...
    def ended(self, line: Line) -> None: ...


class AgentPhones(Protocol):
    """The people who hold agents' phones."""

    def hears_nobody(self, agent: str) -> None:
        """The other side of the conversation is gone."""


class SimulatedNetwork:
    """`agent_of` maps an endpoint to its agent."""

    def __init__(
        self,
        plan: Network,
        clock: VirtualClock,
        people: People,
        agents: AgentPeople,
        agent_of: dict[str, str],
    ) -> None:
        self.plan = plan
        self.lines: dict[int, Line] = {}
        self.connected = True
        self.no_channels = False
        self.sink: Callable[[ports.CarrierEvent], None] | None = None
        self.phones: AgentPhones | None = None
        self.watchers: list[Watcher] = []
        self._clock = clock
        self._people = people
        self._agents = agents
        self._agent_of = agent_of
        self._dials: Counter[str] = Counter()
        self._last_dial: Instant = -SECOND

    def remember(self, dials: Mapping[str, int]) -> None:
        """So often were these numbers called before."""
        self._dials.update(dials)

    # --- commands ---------------------------------------------------------------------------------

    def place(self, dial: ports.Dial) -> None:
        """A phone is called. Raises CarrierRefused, and then no phone rings."""
        self._admit()
        self._dials[dial.to] += 1
        line = Line(dial.leg, dial.side, dial.to, self._dials[dial.to], self._clock.now())
        line.caller_id, line.rings_for = dial.caller_id, dial.ring
        self.lines[dial.leg] = line
        for watcher in self.watchers:
            watcher.dialed(line)
        if dial.side is Side.AGENT:
            self._call_agent(line, dial)
        else:
            self._call_customer(line, dial)

    def hang_up(self, leg: int) -> None:
        if (line := self.lines.get(leg)) is not None:
            self._in(HANGUP_TAKES, line, lambda: self._hung_up(line))

    def bridge(self, agent_leg: int, customer_leg: int) -> None:
        agent, customer = self.lines.get(agent_leg), self.lines.get(customer_leg)
        if agent is None or customer is None:
            return
        agent.peer, customer.peer = customer, agent
        customer.joined_at = self._clock.now()
        for watcher in self.watchers:
            watcher.joined(customer, agent)
        if customer.person is not None:
            self._in(customer.person.talks, customer, lambda: self._leaves(customer))

    def unbridge(self, leg: int) -> None:
        if (line := self.lines.get(leg)) is not None:
            self._part(line)

    def play(self, leg: int, message: str) -> None:
        if (line := self.lines.get(leg)) is None:
            return
        line.heard.append(message)
        duration = self.plan.messages.get(message, self.plan.message)
        self._in(duration, line, lambda: self._tell(ports.Played(leg=leg, message=message)))

    def collect(self, leg: int, digits: int, within: Micros) -> None:
        line = self.lines.get(leg)
        if line is None or line.person is None:
            return
        at = FIRST_KEY
        for digit in line.person.digits[:digits]:
            if at > within:
                break
            press = ports.DigitPressed(leg=leg, digit=digit)
            self._in(at, line, lambda press=press: self._tell(press))  # type: ignore[misc]
            at += NEXT_KEY

    def agent_hangs_up(self, agent: str) -> None:
        """The agent puts the phone down."""
        for line in list(self.lines.values()):
            if line.side is Side.AGENT and self._agent_of[line.to] == agent:
                self._end(line, Outcome.ANSWERED if line.answered_at else Outcome.REJECTED, "16/0")

    def go_down(self) -> None:
        """Events stop and dials are refused; lines that are up stay up."""
        self._tell(ports.HealthChanged(connected=False))
        self.connected = False

    def come_up(self) -> None:
        self.connected = True
        self._tell(ports.HealthChanged(connected=True))

    def free_channels(self) -> int | None:
        if self.no_channels:
            return 0
        return None if self.plan.channels is None else max(0, self.plan.channels - len(self.lines))

    # --- calls ------------------------------------------------------------------------------------

    def _admit(self) -> None:
        now = self._clock.now()
        if not self.connected:
            raise CarrierRefused("the carrier is not connected")
        if self.free_channels() == 0:
            raise CarrierRefused("no channel is free")
        rate = self.plan.calls_per_second
        if rate is not None:
            gap = round(SECOND / rate)
            if now - self._last_dial < gap:
                raise CarrierRefused(
                    f"more than {rate:g} calls a second", retry_after=self._last_dial + gap - now
                )
        self._last_dial = now

    def _call_agent(self, line: Line, dial: ports.Dial) -> None:
        call = self._agents.phone_call(self._agent_of[line.to], line.dial)
        self._rings(line)
        if call.response is AgentResponse.ANSWERS and call.rings is not None and call.rings < dial.ring:
            self._in(call.rings, line, lambda: self._answer(line, dial))
            if call.hangs_up_after is not None:
                self._in(call.rings + call.hangs_up_after, line, lambda: self._leaves(line))
        elif call.response is AgentResponse.REJECTED and call.rings is not None and call.rings < dial.ring:
            self._in(call.rings, line, lambda: self._end(line, Outcome.REJECTED, "21/603"))
        else:
            self._in(dial.ring, line, lambda: self._end(line, Outcome.NO_ANSWER, "19/480"))

    def _call_customer(self, line: Line, dial: ports.Dial) -> None:
        person = self._people.reception(line.to, line.dial, self._clock.now())
        line.person = person
        if person.response not in _SILENT:
            self._rings(line)
        given_up = max(dial.ring, FIRST_EVENT + dial.ring_least)
        if person.rings is None or person.rings >= given_up:
            self._in(given_up, line, lambda: self._end(line, *_ENDS[Response.NO_ANSWER]))
        elif person.answered:
            self._in(person.rings, line, lambda: self._answer(line, dial))
        else:
            self._in(person.rings, line, lambda: self._end(line, *_ENDS[person.response]))

    def _rings(self, line: Line) -> None:
        def ring() -> None:
            line.rang_at = self._clock.now()
            self._tell(ports.Ringing(leg=line.leg))

        self._in(FIRST_EVENT, line, ring)

    def _answer(self, line: Line, dial: ports.Dial) -> None:
        line.answered_at = self._clock.now()
        for watcher in self.watchers:
            watcher.answered(line)
        fault = self._fault(line)
        if fault is None or fault.fault is not EndFault.OUT_OF_ORDER:
            self._tell(ports.Answered(leg=line.leg))
        if line.person is not None:
            self._behave(line, line.person, dial)

    def _behave(self, line: Line, person: CustomerCall, dial: ports.Dial) -> None:
        if dial.detect_machine:
            verdict = ports.Judged(leg=line.leg, verdict=person.verdict)

            def judged() -> None:
                line.verdict = person.verdict
                self._tell(verdict)

            self._in(person.verdict_after, line, judged)
        if person.hangs_up_after is not None:
            self._in(person.hangs_up_after, line, lambda: self._leaves(line))
        if person.drops_after is not None:
            self._in(person.drops_after, line, lambda: self._end(line, Outcome.ANSWERED, "line-drop"))
        if person.response is Response.MACHINE:
            self._in(person.talks, line, lambda: self._leaves(line))
        else:
            self._in(person.waits, line, lambda: self._loses_patience(line))

    def _loses_patience(self, line: Line) -> None:
        if line.joined_at is None and not line.heard:
            self._leaves(line)

    def _leaves(self, line: Line) -> None:
        self._end(line, Outcome.ANSWERED, "16/0")

    def _hung_up(self, line: Line) -> None:
        outcome = Outcome.CANCELLED if line.answered_at is None else Outcome.ANSWERED
        self._end(line, outcome, "16/0", by_us=True)

    def _end(self, line: Line, outcome: Outcome, cause: str, *, by_us: bool = False) -> None:
        if line.ended_at is not None:
            return
        line.ended_at = self._clock.now()
        line.outcome, line.ended_by_us = outcome, by_us
        del self.lines[line.leg]
        self._part(line)
        for watcher in self.watchers:
            watcher.ended(line)
        self._tell_end(line, ports.Ended(leg=line.leg, outcome=outcome, cause=cause, by_us=by_us))

    def _part(self, line: Line) -> None:
        peer, line.peer = line.peer, None
        if peer is None:
            return
        peer.peer = None
        if line.side is Side.CUSTOMER and self.phones is not None:
            agent = self._agent_of[peer.to]
            self._clock.call_at(
                self._clock.now() + NOTICES,
                lambda: self._notices(peer, agent),
                turn=Turn.NETWORK,
                key=peer.leg,
            )
        elif peer.side is Side.CUSTOMER:
            self._in(NOTICES, peer, lambda: self._leaves(peer) if peer.peer is None else None)

    def _notices(self, line: Line, agent: str) -> None:
        """An agent whose customer has gone, if nothing has happened on the line since."""
        if self.phones is not None and line.ended_at is None and line.peer is None:
            self.phones.hears_nobody(agent)

    # --- telling ----------------------------------------------------------------------------------

    def _in(self, duration: Micros, line: Line, happen: Callable[[], object]) -> None:
        """Let something happen to a line, if it is still there."""

        def event() -> None:
            if line.ended_at is None:
                happen()

        self._clock.call_at(self._clock.now() + duration, event, turn=Turn.NETWORK, key=line.leg)

    def _tell(self, event: ports.CarrierEvent) -> None:
        if self.connected and self.sink is not None:
            self.sink(event)

    def _tell_end(self, line: Line, ended: ports.Ended) -> None:
        fault = self._fault(line)
        if fault is None:
            self._tell(ended)
            return
        match fault.fault:
            case EndFault.LOST:
                pass
            case EndFault.REPEATED:
                self._tell(ended)
                self._later(fault.by, ended)
            case EndFault.LATE:
                self._later(fault.by, ended)
            case EndFault.OUT_OF_ORDER:
                self._tell(ended)
                if line.answered_at is not None:
                    self._later(fault.by, ports.Answered(leg=line.leg))
            case _ as never:
                assert_never(never)

    def _later(self, by: Micros, event: ports.CarrierEvent) -> None:
        self._clock.call_at(self._clock.now() + by, lambda: self._tell(event), turn=Turn.NETWORK)

    def _fault(self, line: Line) -> LegFault | None:
        for fault in self.plan.faults:
            if fault.to in (None, line.to) and fault.dial in (None, line.dial):
                return fault
        return None
