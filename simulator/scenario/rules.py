"""What a timeline does with registries and with the operator's own rules, from that moment on."""

from pathlib import Path
from typing import Any, Final

import yaml as pyyaml
from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from engine.config import yaml
from engine.config.dnc import When
from engine.config.fields import Name, PhoneNumber, Text
from engine.config.rulebook import OPERATOR_KEYS, operator_of, shipped_rules
from engine.config.sections import optional, wrong
from engine.domain.registries import GivenRegistry
from engine.errors import InputError
from engine.names import listed
from simulator.plan import RegistryImport, RulesApply
from simulator.scenario.values import ByUser

INLINE: Final = "the operator's rules"


class RegistryImportSection(ByUser):
    """Another version of a registry is imported."""

    registry: Name = Field(description="The registry.", examples=["tps"])
    version: When = Field(description="When it was drawn up: a date, or a time.", examples=["2026-11-20"])
    numbers: list[PhoneNumber] = optional("Who is on it; nobody, if left out.")

    def action(self) -> RegistryImport:
        numbers = tuple(self.numbers or ())
        given = GivenRegistry(name=self.registry, version_at=self.version, numbers=numbers)
        return RegistryImport(registry=given, **self.given("registry", "version", "numbers"))


class RulesApplySection(ByUser):
    """The operator's rules are put in force instead of those before: from a file, or as such a file has them.
    Without any, the shipped rules hold again."""

    file: Text = optional("The operator's file; its path is relative to the scenario.")
    overrides: dict[str, Any] = optional("Changes of shipped rules.")
    rules: dict[str, Any] = optional("Rules of the operator's own.")
    reviewed: Text = optional("When these rules were looked at.")
    proclamations: list[dict[str, Any]] = optional("Days that were proclaimed holidays.")
    emergencies: list[dict[str, Any]] = optional("Emergencies that were declared.")

    _text: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _can_be_applied(self, info: ValidationInfo) -> "RulesApplySection":
        said = {key: getattr(self, key) for key in OPERATOR_KEYS if key in self.model_fields_set}
        if "file" in self.model_fields_set:
            if said:
                raise wrong(f"has a file and {listed(sorted(said), 'and')}; keep one")
            self._text = _read(Path((info.context or {}).get("folder", "")) / self.file)
        elif said:
            self._text = pyyaml.dump(said, Dumper=_AsWritten, allow_unicode=True, sort_keys=False)
        if self._text:
            try:
                operator_of(yaml.parse(self._text.encode(), file=self.name), shipped_rules())
            except InputError as error:
                raise wrong("; ".join(error.problems)) from None
        return self

    @property
    def name(self) -> str:
        """As messages name it."""
        return self.file or INLINE

    def action(self) -> RulesApply:
        return RulesApply(text=self._text, name=self.name, **self.given("file", *OPERATOR_KEYS))


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except OSError:
        raise wrong(f"names the file {str(file)!r}, which cannot be read") from None


class _AsWritten(pyyaml.SafeDumper):
    """What was read as plain text is written plain, and what stood in quotes in quotes."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  (PyYAML's own class attribute)


def _quoted(dumper: pyyaml.SafeDumper, text: yaml.Quoted) -> pyyaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


_AsWritten.add_representer(yaml.Quoted, _quoted)
