"""Which registries there are: those that a rule in force asks for, and the house's own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.compliance.rules import EVERYWHERE, Rule
from engine.compliance.terms import Registry
from engine.domain.registries import PROTECTED_LINES
from engine.errors import InputError
from engine.names import did_you_mean, listed
from engine.phones import is_region

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # also part of the name of a file
_NAME_MAX: Final = 50  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRegistry:
    """`max_age_days` is the least that a rule demands, and `country` that of the rules, if it is one."""

    name: str
    max_age_days: int | None = None
    country: str | None = None


def known_registries(rules: Iterable[Rule]) -> dict[str, KnownRegistry]:
    """By name, in order."""
    asking: dict[str, list[tuple[str, int | None]]] = {PROTECTED_LINES: []}
    for rule in rules:
        if isinstance(rule.terms, Registry):
            asking.setdefault(rule.terms.registry, []).append((rule.jurisdiction, rule.terms.max_age_days))
    return {name: _known(name, asked) for name, asked in sorted(asking.items())}


def check_registry(name: str, known: Mapping[str, KnownRegistry], *, own: bool) -> None:
    """Raises InputError for a name that no rule has, unless it is to be the house's own."""
    if name in known:
        return
    if not own:
        guess = did_you_mean(name, list(known)) or f"; there are {listed(list(known), 'and')}"
        raise InputError([f"no rule asks for a registry {name!r}{guess} (--own names one of your own)"])
    if not _NAME.fullmatch(name) or len(name) > _NAME_MAX:
        raise InputError([f"{name!r} is no name of a registry; small letters, digits and - make one"])


def region_of(given: str | None, known: KnownRegistry | None) -> str | None:
    """The country whose national numbers a file has: what is said, or that of the registry. Raises
    InputError."""
    if given is None:
        return None if known is None else known.country
    if not is_region(given.upper()):
        raise InputError([f"--region is {given!r}, which is no country; write an ISO code such as GB or US"])
    return given.upper()


def _known(name: str, asked: list[tuple[str, int | None]]) -> KnownRegistry:
    ages = [days for _, days in asked if days is not None]
    countries = {jurisdiction.partition("-")[0] for jurisdiction, _ in asked} - {EVERYWHERE}
    return KnownRegistry(
        name=name,
        max_age_days=min(ages, default=None),
        country=countries.pop() if len(countries) == 1 else None,
    )
