"""From a scenario file to what the engine is told and what the simulated world is like."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine.config import Configuration, yaml
from engine.config.live import LIVE_KEYS, REQUIRED_KEYS, LivePart
from engine.config.names import expand
from engine.config.reading import Reading
from engine.domain.lists import LeadList
from engine.domain.time import DAY, Instant, moment, spoken
from engine.phones import PhoneError, normalise
from simulator.plan import Plan
from simulator.scenario.callbacks import check_callback_actions
from simulator.scenario.expectations import check_expectations
from simulator.scenario.lists import check_list_actions, imported
from simulator.scenario.models import ScenarioFile, SimulationModel, scenario_start
from simulator.scenario.ownership import check_ownership_actions
from simulator.scenario.resets import check_reset_actions
from simulator.scenario.segments import check_segment_actions
from simulator.scenario.values import Moment
from simulator.scenario.wishes import check_wish_actions

ANY = "*"
SPAN_MAX = 400 * DAY  # a year of campaigns and a month of retries
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario file that was read: what the engine is told, and what the simulated world is like."""

    path: Path
    configuration: Configuration
    plan: Plan

    @property
    def lists(self) -> tuple[LeadList, ...]:
        return tuple(self.configuration.lists.values())


def load(path: Path | str) -> Scenario:
    """Read a scenario. Raises InputError with every problem of the file, each with its position."""
    file = Path(path)
    reading = Reading(yaml.read(file))
    reading.check_keys([*LIVE_KEYS, "simulation"], [*REQUIRED_KEYS, "simulation"])
    live = LivePart(reading, file.parent)
    simulation = _Simulation(reading, live, file.parent)
    reading.finish()
    model = simulation.model
    assert model is not None
    plan = model.plan(simulation.behaviour_keys)
    first, last = moment(plan.start - DAY).year, moment(plan.end + DAY).year + 1
    return Scenario(path=file, configuration=live.configuration(range(first, last + 1)), plan=plan)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    return {"$schema": SCHEMA_DIALECT, **ScenarioFile.model_json_schema()} | {"title": "Dialer scenario"}


class _Simulation:
    """Reads and checks what stands under `simulation`, noting every problem."""

    def __init__(self, reading: Reading, live: LivePart, folder: Path) -> None:
        self._reading = reading
        self._agent_names = [name for names in live.agent_names.values() for name in names]
        self.model: SimulationModel | None = None
        self.behaviour_keys: dict[str, str | None] = {}
        if not reading.has("simulation"):
            return
        start, end = self._span()
        if start is not None:
            live.wishes.check_times(start)
        context = {"start": start, "end": end, "folder": folder}
        self.model = reading.section(SimulationModel, "simulation", context=context)
        self._check_agents()
        self._check_people()
        self._check_scripts()
        self._check_faults()
        self._check_timeline()
        check_expectations(reading, "simulation", "expect")

    def _span(self) -> tuple[Instant | None, Instant | None]:
        """Start and end, as far as they can be read."""
        start = scenario_start(self._reading.text("simulation", "start"))
        if start is None:
            return None, None
        try:
            adapter: TypeAdapter[Instant] = TypeAdapter(Moment)
            end = adapter.validate_python(self._reading.raw("simulation", "end"), context={"start": start})
        except ValidationError:
            return start, None
        if end <= start:
            self._reading.problem("is not after the start", "simulation", "end")
            return start, None
        if end - start > SPAN_MAX:
            message = (
                f"is {spoken(end - start)} after the start; a scenario is at most {spoken(SPAN_MAX)} long"
            )
            self._reading.problem(message, "simulation", "end")
            return start, None
        return start, end

    def _check_agents(self) -> None:
        """Which behaviour each agent has: its own name before a range of names before `*`."""
        reading, path = self._reading, ("simulation", "agents")
        keys = reading.keys(*path)
        named: dict[str, str | None] = {}
        ranged: dict[str, str | None] = {}
        for key in keys:
            if key == ANY:
                continue
            for name in self._expanded(key, *path, key, at_key=True):
                known = named if name == key else ranged
                if name not in self._agent_names:
                    reading.known(name, self._agent_names, "agent", *path, key, at_key=True)
                    break
                if known.setdefault(name, key) != key:
                    message = f"agent {name!r} is also in {known[name]!r}"
                    reading.problem(message, *path, key, at_key=True)
                    break
        default: dict[str, str | None] = dict.fromkeys(self._agent_names, ANY if ANY in keys else None)
        self.behaviour_keys = default | ranged | named

    def _check_people(self) -> None:
        for name in self._reading.keys("simulation", "people"):
            if name != ANY:
                lists = self._reading.keys("lists")
                self._reading.known(name, lists, "list", "simulation", "people", name, at_key=True)

    def _check_scripts(self) -> None:
        path = ("simulation", "scripts")
        keys: dict[str, str] = {}
        phones = self._phones()
        for key in self._reading.keys(*path):
            try:
                number = normalise(key, None).number
            except PhoneError:
                continue  # noted by the model
            if keys.setdefault(number, key) != key:
                message = f"the number {number} is also scripted as {keys[number]!r}"
                self._reading.problem(message, *path, key, at_key=True)
            elif phones is not None and number not in phones:
                self._reading.problem(f"no lead has the number {number}", *path, key, at_key=True)

    def _phones(self) -> set[str] | None:
        """Every lead's numbers; None if some list is a file or some number cannot be read."""
        reading, phones = self._reading, set[str]()
        for name in reading.keys("lists"):
            if reading.has("lists", name, "file"):
                return None
            region = reading.text("lists", name, "region")
            for index in range(len(reading.items("lists", name, "leads"))):
                for phone in reading.items("lists", name, "leads", index, "phones"):
                    try:
                        phones.add(normalise(str(phone), region).number)
                    except PhoneError:
                        return None
        for _, path in imported(reading):
            phones.update(phone for phone in reading.items(*path, "phones") if isinstance(phone, str))
        return phones

    def _check_faults(self) -> None:
        endpoints = self._endpoints()
        for index in range(len(self._reading.items("simulation", "network", "faults"))):
            at = ("simulation", "network", "faults", index, "to")
            to = self._reading.text(*at)
            if to and not to.startswith("+"):
                self._reading.known(to, endpoints, "agent endpoint", *at)

    def _endpoints(self) -> list[str]:
        endpoints: list[str] = []
        for pattern in self._reading.keys("agents"):
            endpoint = self._reading.text("agents", pattern, "endpoint") or pattern
            try:
                endpoints.extend(expand(endpoint))
            except ValueError:
                continue
        return endpoints

    def _check_timeline(self) -> None:
        reading = self._reading
        for index in range(len(reading.items("simulation", "timeline"))):
            at: tuple[str | int, ...] = ("simulation", "timeline", index)
            for part in (("log_in",), ("log_out",), ("ready",), ("hang_up",), ("pause", "agent")):
                for name in self._expanded(reading.text(*at, *part) or "", *at, *part):
                    if not reading.known(name, self._agent_names, "agent", *at, *part):
                        break
            for action in reading.keys(*at):
                if user := reading.text(*at, action, "as"):
                    reading.known(user, reading.keys("users"), "user", *at, action, "as")
            check_segment_actions(reading, *at)
            check_callback_actions(reading, *at)
            check_ownership_actions(reading, *at)
            check_list_actions(reading, *at)
            check_reset_actions(reading, *at)
            check_wish_actions(reading, *at)

    def _expanded(self, pattern: str, *path: str | int, at_key: bool = False) -> list[str]:
        try:
            return expand(pattern) if pattern else []
        except ValueError as error:
            self._reading.problem(f"the name {error}", *path, at_key=at_key)
            return []
