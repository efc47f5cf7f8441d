"""Registries as a configuration brings them along: numbers written out, or in a file by reference."""

from dataclasses import dataclass
from typing import Final

from engine.domain.time import Instant

PROTECTED_LINES: Final = "protected-lines"
"""The registry of lines that are never called: emergency services, hospital rooms and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRegistry:
    """A version of a registry. `numbers` are E.164; `file` is a path, and its national numbers are of
    `region`."""

    name: str
    version_at: Instant
    numbers: tuple[str, ...] = ()
    file: str | None = None
    region: str | None = None
