"""The live part of a file as a whole: what its sections say of each other, and what they make together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.config.callbacks import check_callbacks, with_keepers
from engine.config.consents import WISH_KEYS, WishesPart
from engine.config.dispositions import DispositionModel, check_codes
from engine.config.fields import UNKNOWN_REGION
from engine.config.flows import check_flow
from engine.config.models import (
    AGENT_FIRST_KEYS,
    AgentModel,
    CampaignModel,
    ListModel,
    PoolModel,
)
from engine.config.names import expand
from engine.config.reading import Reading
from engine.config.registries import REGISTRIES, RegistriesPart
from engine.config.segments import SegmentModel, check_segment, check_segments_of
from engine.config.selection import check_dialed_lists
from engine.config.users import UserModel
from engine.domain.dispositions import Disposition
from engine.domain.lists import LeadList
from engine.domain.policy import AgentPolicy, CampaignPolicy, PoolPolicy
from engine.domain.registries import GivenRegistry
from engine.domain.rights import User
from engine.domain.segments import SegmentPolicy
from engine.domain.wishes import NOTHING_SAID, Wishes
from engine.domain.words import DialMode
from engine.names import check_name, listed
from engine.phones import is_region

LIVE_KEYS: Final = [
    *("lists", "segments", "dispositions", "pools", "agents", "campaigns", "users"),
    *WISH_KEYS,
    REGISTRIES,
]
REQUIRED_KEYS: Final = ["lists", "campaigns"]

MODES_OF_KEY: Final[dict[str, tuple[DialMode, ...]]] = {
    "flow": (DialMode.AGENT_FIRST, DialMode.AGENTLESS),
    "preview": (DialMode.PREVIEW,),
    "ratio": (DialMode.POWER,),
    "lines": (DialMode.AGENTLESS,),
}
"""Settings that only some modes read; anywhere else they would be silently without effect."""

_BUDGET: Final = "{max: 3, interval: 10m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What an engine is told to do: every value checked, every reference known to lead somewhere."""

    lists: dict[str, LeadList]
    pools: dict[str, PoolPolicy]
    agents: dict[str, AgentPolicy]
    campaigns: dict[str, CampaignPolicy]
    dispositions: dict[str, Disposition] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    segments: dict[str, SegmentPolicy] = field(default_factory=dict)
    wishes: Wishes = NOTHING_SAID
    registries: dict[str, GivenRegistry] = field(default_factory=dict)


class LivePart:
    """Reads and checks at once, noting every problem; `configuration` is for when there were none."""

    def __init__(self, reading: Reading, folder: Path) -> None:
        self._reading = reading
        self._folder = folder
        if reading.has("lists"):
            reading.is_mapping("lists")
        self._lists = {name: model for name in self._names("lists") if (model := self._list(name))}
        self._segments = reading.sections(SegmentModel, "segments")
        for name in self._names("segments"):
            check_segment(reading, name, reading.keys("lists"))
        self._dispositions = reading.sections(DispositionModel, "dispositions")
        codes = self._names("dispositions")
        self._pools = reading.sections(PoolModel, "pools")
        self._names("pools")
        self._agents = reading.sections(AgentModel, "agents")
        self.agent_names = self._expanded_agents()
        self._users = reading.sections(UserModel, "users")
        self._names("users")
        self._campaigns = reading.sections(CampaignModel, "campaigns")
        for name in self._names("campaigns"):
            self._check_campaign(name)
            check_codes(reading, codes, name)
            check_segments_of(reading, name)
        check_callbacks(reading)
        self.wishes = WishesPart(reading)
        self._registries = RegistriesPart(reading, folder)
        self._names(REGISTRIES)

    @property
    def public_holiday_paths(self) -> list[tuple[str, ...]]:
        """The paths of every `holidays_of`."""
        paths = [
            ("campaigns", name, "business_hours", "holidays_of") for name in self._reading.keys("campaigns")
        ]
        return [path for path in paths if self._reading.has(*path)]

    def configuration(self, years: Sequence[int]) -> Configuration:
        """`years` are those whose public holidays matter."""
        agents: dict[str, AgentPolicy] = {}
        for pattern, names in self.agent_names.items():
            model = self._agents[pattern]
            endpoints = expand(model.endpoint) if "endpoint" in model.model_fields_set else names
            for name, endpoint in zip(names, endpoints, strict=True):
                agents[name] = AgentPolicy(name=name, pool=model.pool, endpoint=endpoint)
        dispositions = {code: model.disposition(code) for code, model in self._dispositions.items()}
        return Configuration(
            dispositions=dispositions,
            users={name: model.user(name) for name, model in self._users.items()},
            segments={name: model.segment(name) for name, model in self._segments.items()},
            wishes=self.wishes.wishes,
            registries=self._registries.registries,
            lists={name: self._lead_list(name, model) for name, model in self._lists.items()},
            pools={name: model.value(name=name) for name, model in self._pools.items()},
            agents=agents,
            campaigns=with_keepers(
                {name: model.policy(name, years, dispositions) for name, model in self._campaigns.items()}
            ),
        )

    def _names(self, section: str) -> list[str]:
        names = self._reading.keys(section)
        for name in names:
            try:
                check_name(name)
            except ValueError as error:
                self._reading.problem(f"the name {error}", section, name, at_key=True)
        return names

    def _list(self, name: str) -> ListModel | None:
        reading, path = self._reading, ("lists", name)
        region = reading.text(*path, "region")
        if region is not None and not is_region(region):
            region = UNKNOWN_REGION
        model = reading.section(ListModel, *path, context={"region": region})
        has_leads, has_file = reading.has(*path, "leads"), reading.has(*path, "file")
        if has_leads and has_file:
            reading.problem("has both leads and a file; keep one", *path)
        elif isinstance(reading.raw(*path), dict) and not has_leads and not has_file:
            reading.problem(
                "has no leads; write them under 'leads:', or name a CSV file: 'file: leads.csv'", *path
            )
        file = reading.text(*path, "file")
        if file and not self._resolve(file).is_file():
            reading.problem(f"there is no file {str(self._resolve(file))!r}", *path, "file")
        first: dict[str, int] = {}
        for index in range(len(reading.items(*path, "leads"))):
            key = reading.text(*path, "leads", index, "key")
            if key is not None and first.setdefault(key, index) != index:
                reading.problem(f"the key {key!r} is also leads[{first[key]}]", *path, "leads", index, "key")
        return model

    def _resolve(self, file: str) -> Path:
        return self._folder / file

    def _lead_list(self, name: str, model: ListModel) -> LeadList:
        given = model.given()
        if "file" in given:
            given["file"] = str(self._resolve(model.file))
        return LeadList(name=name, **given)

    def _expanded_agents(self) -> dict[str, list[str]]:
        """The names of the agents that each key of `agents` stands for."""
        reading = self._reading
        expanded: dict[str, list[str]] = {}
        owner: dict[str, str] = {}
        for pattern in reading.keys("agents"):
            try:
                names = expand(pattern)
            except ValueError as error:
                reading.problem(f"the name {error}", "agents", pattern, at_key=True)
                continue
            for name in names:
                if owner.setdefault(name, pattern) != pattern:
                    message = f"agent {name!r} is also defined as {owner[name]!r}"
                    reading.problem(message, "agents", pattern, at_key=True)
                    break
            expanded[pattern] = names
            self._check_agent(pattern, names)
        return expanded

    def _check_agent(self, pattern: str, names: list[str]) -> None:
        reading = self._reading
        if pool := reading.text("agents", pattern, "pool"):
            reading.known(pool, reading.keys("pools"), "pool", "agents", pattern, "pool")
        if endpoint := reading.text("agents", pattern, "endpoint"):
            try:
                endpoints = expand(endpoint)
            except ValueError as error:
                reading.problem(str(error), "agents", pattern, "endpoint")
                return
            if len(endpoints) != len(names):
                message = (
                    f"is {endpoint!r}, which is {len(endpoints)} for {len(names)} agents; "
                    "leave it out, or write a range as in the name"
                )
                reading.problem(message, "agents", pattern, "endpoint")

    def _check_campaign(self, name: str) -> None:
        reading, path = self._reading, ("campaigns", name)
        check_dialed_lists(reading, *path, "lists")
        if pool := reading.text(*path, "pool"):
            reading.known(pool, reading.keys("pools"), "pool", *path, "pool")
        if reading.has(*path, "caller_id") and reading.has(*path, "compliance", "caller_ids"):
            message = "stands beside compliance.caller_ids, whose numbers are shown in turn; keep one"
            reading.problem(message, *path, "caller_id", at_key=True)
        try:
            mode = DialMode(reading.text(*path, "mode") or "")
        except ValueError:
            return  # noted where it stands; the rest depends on it
        self._check_mode(mode, *path)
        if mode in MODES_OF_KEY["flow"]:
            check_flow(reading, mode, *path, "flow")

    def _check_mode(self, mode: DialMode, *path: str) -> None:
        reading = self._reading
        for key, modes in MODES_OF_KEY.items():
            if reading.has(*path, key) and mode not in modes:
                allowed = listed([str(each) for each in modes], "and")
                message = f"{key} is for {allowed} campaigns; this one is {mode}"
                reading.problem(message, *path, key, at_key=True)
        agentless = mode is DialMode.AGENTLESS
        if agentless and reading.has(*path, "pool"):
            reading.problem("an agentless campaign has no pool; leave it out", *path, "pool", at_key=True)
        elif not agentless and not reading.has(*path, "pool"):
            reading.problem(
                f"missing; {mode} needs the pool of its agents: say e.g. 'pool: sales'", *path, below="pool"
            )
        needed = AGENT_FIRST_KEYS if mode is DialMode.AGENT_FIRST else ("attempts",)
        for key in needed:
            if not reading.has(*path, key):
                reading.problem(f"missing; {mode} needs '{key}: {_BUDGET}'", *path, below=key)
        for key in ("attempts", *AGENT_FIRST_KEYS):
            if key in needed or not reading.has(*path, key):
                continue
            hint = "customer_attempts" if key == "attempts" else "attempts"
            if key == "agent_attempts":
                message = f"agent_attempts is for agent-first campaigns; this one is {mode}"
            else:
                message = f"in {mode} the key is '{hint}: {{max, interval}}'"
            reading.problem(message, *path, key, at_key=True)
