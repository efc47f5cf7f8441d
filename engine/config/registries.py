"""Registries of a file: versions of national lists, in use from the start."""

from pathlib import Path
from typing import Final

from pydantic import Field

from engine.config.dnc import When
from engine.config.fields import PhoneNumber, Region, Text
from engine.config.reading import Reading
from engine.config.sections import Section, optional
from engine.domain.registries import GivenRegistry

REGISTRIES: Final = "registries"


class RegistryModel(Section):
    """A version of a registry: its numbers written out (none, if nobody is on it), or a file of them."""

    of = GivenRegistry

    version: When = Field(description="When it was drawn up: a date, or a time.", examples=["2026-11-20"])
    numbers: list[PhoneNumber] = optional("Who is on it.")
    file: Text = optional("A file of numbers, plain or compressed; its path is relative to this file.")
    region: Region = optional("The country whose national numbers the file has.")

    def registry(self, name: str, folder: Path) -> GivenRegistry:
        given = self.given("version", "file")
        file = str(folder / self.file) if "file" in self.model_fields_set else None
        return GivenRegistry(name=name, version_at=self.version, file=file, **given)


class RegistriesPart:
    """The section as a whole."""

    def __init__(self, reading: Reading, folder: Path) -> None:
        self._folder = folder
        self._models = reading.sections(RegistryModel, REGISTRIES)
        for name in reading.keys(REGISTRIES):
            path = (REGISTRIES, name)
            if reading.has(*path, "numbers") and reading.has(*path, "file"):
                reading.problem("has both numbers and a file; keep one", *path)
            file = reading.text(*path, "file")
            if file and not (folder / file).is_file():
                reading.problem(f"there is no file {str(folder / file)!r}", *path, "file")

    @property
    def registries(self) -> dict[str, GivenRegistry]:
        return {name: model.registry(name, self._folder) for name, model in self._models.items()}
