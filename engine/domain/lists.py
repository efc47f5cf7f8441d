"""Leads as a configuration names them: written out, or in a file by reference."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineLead:
    """`key` is the lead's own id on its list; `phones` are E.164, the one to dial first in front."""

    key: str
    phones: tuple[str, ...]
    attributes: dict[str, str] = field(default_factory=dict)
    supplier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadList:
    """Leads inline, or a CSV file (already resolved to a path) whose national numbers are of `region`."""

    name: str
    leads: tuple[InlineLead, ...] = ()
    file: str | None = None
    region: str | None = None
