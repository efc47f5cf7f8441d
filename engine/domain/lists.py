"""Leads as a configuration names them: written out, or in a file by reference."""

from dataclasses import dataclass, field

from engine.domain.time import HOUR, MINUTE, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineLead:
    """`key` is the lead's own id on its list; `phones` are E.164, the one to dial first in front."""

    key: str
    phones: tuple[str, ...]
    attributes: dict[str, str] = field(default_factory=dict)
    supplier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipPolicy:
    """Whether the first campaign that makes a valid attempt at a lead of the list keeps it to itself, and how
    long: None is for ever. Every `update_every` the owned leads are brought up to date: those that have
    `near` or less left, and no success, are renewed."""

    enabled: bool = False
    duration: Micros | None = None
    near: Micros = 1 * HOUR
    update_every: Micros = 15 * MINUTE

    def __post_init__(self) -> None:
        if self.duration is not None and self.duration <= 0:
            raise ValueError("ownership lasts some time, or has no expiration")
        if self.near < 0 or self.update_every <= 0:
            raise ValueError("near is not negative, and updates have some time between them")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadList:
    """Leads inline, or a CSV file (already resolved to a path) whose national numbers are of `region`."""

    name: str
    leads: tuple[InlineLead, ...] = ()
    file: str | None = None
    region: str | None = None
    ownership: OwnershipPolicy = OwnershipPolicy()
