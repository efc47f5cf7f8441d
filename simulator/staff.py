"""The agents of the floor: they come, work, take breaks and go, whatever the engine does.

They know only what a person at a desk knows: what the screen says and what the phone lets them hear.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from engine.domain.callbacks import Callback
from engine.domain.policy import DISPOSITION_DEFAULT
from engine.domain.time import Instant, Micros
from engine.errors import InputError
from engine.ports import Turn
from engine.runtime.desk import Desk
from simulator.agents import AgentPeople
from simulator.clock import VirtualClock
from simulator.network import SimulatedNetwork
from simulator.plan import AgentBehaviour, AgentCommand, WithCallback


class SimulatedStaff:
    """Implements `engine.ports.Desktop` and the network's `AgentPhones`."""

    def __init__(
        self,
        behaviours: dict[str, AgentBehaviour],
        people: AgentPeople,
        clock: VirtualClock,
        network: SimulatedNetwork,
    ) -> None:
        self._behaviours = dict(sorted(behaviours.items()))
        self._people = people
        self._clock = clock
        self._network = network
        self._keys = {agent: key for key, agent in enumerate(self._behaviours)}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._desk: Desk | None = None
        self._absent: set[str] = set()  # sent home by the timeline
        self._plan_days()

    # --- duty -------------------------------------------------------------------------------------

    def _plan_days(self) -> None:
        for agent, behaviour in self._behaviours.items():
            for shift in behaviour.shifts:
                self._at(shift.since, agent, lambda agent=agent: self._arrive(agent))  # type: ignore[misc]
                if shift.until is not None:
                    self._at(shift.until, agent, lambda agent=agent: self._go(agent))  # type: ignore[misc]
            for pause in behaviour.breaks:
                code = pause.code or "break"
                self._at(
                    pause.since,
                    agent,
                    lambda agent=agent, code=code: self._desk and self._desk.pause(agent, code),  # type: ignore[misc]
                )
                if pause.until is not None:
                    self._at(pause.until, agent, lambda agent=agent: self._return(agent))  # type: ignore[misc]

    def open(self, desk: Desk) -> None:
        """An engine runs: whoever is on duty logs in."""
        self._desk = desk
        now = self._clock.now()
        for agent, behaviour in self._behaviours.items():
            on_duty = any(
                shift.since <= now and (shift.until is None or now < shift.until)
                for shift in behaviour.shifts
            )
            if on_duty and agent not in self._absent:
                self._arrive(agent)

    def close(self) -> None:
        """The engine is gone: the screens are dead."""
        self._desk = None

    def obey(self, command: AgentCommand) -> None:
        """Do what the timeline says."""
        agent, desk = command.agent, self._desk
        if command.command == "hang_up":
            self._hang_up(agent)
            return
        if command.command == "log_in":
            self._absent.discard(agent)
            self._arrive(agent)
        elif command.command == "log_out":
            self._absent.add(agent)
            self._go(agent)
        elif desk is not None and command.command == "pause":
            desk.pause(agent, command.code or "break")
        elif desk is not None:
            desk.ready(agent)

    def _arrive(self, agent: str) -> None:
        if self._desk is not None:
            self._desk.log_in(agent)
            self._desk.ready(agent)

    def _return(self, agent: str) -> None:
        if self._desk is not None:
            self._desk.ready(agent)

    def _go(self, agent: str) -> None:
        if self._desk is not None:
            self._desk.log_out(agent)

    # --- what the screen says ---------------------------------------------------------------------

    def previewing(self, agent: str, attempt: int, lead: int) -> None:
        response = self._people.preview(agent, self._count(agent, "preview"))
        if response.answer == "ignore":
            return

        def answer() -> None:
            if self._desk is None or self._attempt(agent) != attempt:
                return
            if response.answer == "accept":
                self._desk.accept(agent)
            else:
                self._desk.skip(agent)

        self._in(response.after, agent, answer)

    def talking(self, agent: str, attempt: int, lead: int) -> None:
        talks = self._people.talks(agent, self._count(agent, "talk"))
        if talks is not None:

            def enough() -> None:
                if self._attempt(agent) == attempt:
                    self._hang_up(agent)

            self._in(talks, agent, enough)

    def wrapping_up(self, agent: str, attempt: int) -> None:
        k = self._count(agent, "wrap-up")
        behaviour = self._behaviours[agent]
        disposition = self._people.disposition(agent, k)
        if disposition is None and not behaviour.dispositions and k > len(behaviour.disposition_script):
            disposition = DISPOSITION_DEFAULT
        if disposition is None:
            return  # leaves it to the time-out

        def dispose() -> None:
            if self._desk is not None and self._attempt(agent) == attempt:
                code, callback = self._said(agent, disposition)
                with suppress(InputError):  # the screen says why; the time-out does the rest
                    self._desk.dispose(agent, code, callback=callback)

        self._in(self._people.wraps_up(agent, k), agent, dispose)

    def _said(self, agent: str, disposition: str | WithCallback) -> tuple[str, Callback | None]:
        if isinstance(disposition, str):
            return disposition, None
        at = self._clock.now() + (disposition.after or 0) if disposition.at is None else disposition.at
        return disposition.code, Callback(
            at=at,
            agent=agent if disposition.mine else disposition.agent,
            window=disposition.window,
            anyone_after=disposition.anyone_after,
        )

    def left(self, agent: str, attempt: int) -> None:
        pass

    # --- what the phone lets hear -----------------------------------------------------------------

    def hears_nobody(self, agent: str) -> None:
        self._hang_up(agent)

    def _hang_up(self, agent: str) -> None:
        """End the conversation: on the screen where the phone stays up, else by putting the phone down."""
        desk = self._desk
        if desk is not None and desk.nailed_up(agent):
            desk.hang_up(agent)
        else:
            self._network.agent_hangs_up(agent)

    # --- inside -----------------------------------------------------------------------------------

    def _attempt(self, agent: str) -> int | None:
        return None if self._desk is None else self._desk.attempt_of(agent)

    def _count(self, agent: str, what: str) -> int:
        self._counts[agent, what] += 1
        return self._counts[agent, what]

    def _at(self, when: Instant, agent: str, act: Callable[[], object]) -> None:
        if when >= self._clock.now():
            self._clock.call_at(when, act, turn=Turn.TIMELINE, key=1_000 + self._keys[agent])

    def _in(self, duration: Micros, agent: str, act: Callable[[], object]) -> None:
        self._clock.call_at(self._clock.now() + duration, act, turn=Turn.NETWORK, key=self._keys[agent])
