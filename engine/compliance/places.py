"""Where the called party may be: every zone and jurisdiction that the number or the lead's own data allow.

An area code is the home of a number, not of a person, so both are taken, and what is not known is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.compliance.areas import postcode_states
from engine.compliance.rules import Line
from engine.compliance.states import state_code
from engine.compliance.zones import is_zone


class ZonePolicy(StrEnum):
    """Which zones count when the number and the address disagree."""

    STRICT_UNION = "strict-union"  # the windows of both
    ADDRESS_TRUSTED = "address-trusted"  # those of the address, where it has any


class Refused(StrEnum):
    """Why a number cannot be judged, and so not be dialed."""

    INVALID = "invalid-number"
    TOLL_FREE = "toll-free"
    SPECIAL = "special-number"  # premium rate, shared cost, pager, voicemail, …
    NO_COUNTRY = "no-country"
    UNKNOWN_ZONE = "unknown-zone"
    UNKNOWN_STATE = "unknown-state"
    UNKNOWN_POSTCODE = "unknown-postcode"


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaCode:
    """What the North American plan says of an area code; no zones: it is of no place."""

    country: str
    state: str | None
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """The tables by which places are found. `zones` has countries and states (US-FL); `prefixes` has the
    zones of numbers by the longest prefix that fits, where a country is not of one clock; `part_of` has the
    country whose rules hold in a territory."""

    area_codes: Mapping[str, AreaCode]
    zones: Mapping[str, tuple[str, ...]]
    prefixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    part_of: Mapping[str, str] = field(default_factory=dict)

    @property
    def jurisdictions(self) -> list[str]:
        """Every one that a place can be of."""
        return sorted({*self.zones, *(f"{whole}-{part}" for part, whole in self.part_of.items())})


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """E.164, with what the numbering plan says of it: its kind (`mobile`, `toll-free`, …) and country."""

    number: str
    kind: str
    country: str | None
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The lead's own data, as far as there are any. `state` is as in US-FL, with or without the country, or
    its name; in any case."""

    zone: str | None = None
    postcode: str | None = None
    state: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the called party may be. With `refused` there is nowhere, and the number is not dialed;
    `unplaced` has what of the address is to blame, and its value."""

    number: str
    line: Line = Line.EITHER
    zones: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    refused: Refused | None = None
    unplaced: tuple[str, str] | None = None


_LINES: Final = {"mobile": Line.MOBILE, "fixed-line": Line.FIXED}
_ORDINARY: Final = frozenset(
    {"mobile", "fixed-line", "fixed-line-or-mobile", "voip", "personal-number", "uan"}
)
_NANP: Final = "+1"
_PREFIX_MAX: Final = 8  # characters, with the +: no table goes deeper
_SHOWN_MAX: Final = 40  # characters of what cannot be placed


def place(
    number: Number, address: Address, gazetteer: Gazetteer, policy: ZonePolicy = ZonePolicy.STRICT_UNION
) -> Place:
    """Where the person behind a number may be, and whose rules hold."""
    by_number = _by_number(number, gazetteer)
    if isinstance(by_number, Refused):
        return Place(number=number.number, refused=by_number)
    by_address = _by_address(address, number, gazetteer)
    if isinstance(by_address, _Nowhere):
        told = (by_address.what, by_address.value[:_SHOWN_MAX])
        return Place(number=number.number, refused=by_address.refused, unplaced=told)
    jurisdictions = by_number.jurisdictions | by_address.jurisdictions
    zones = by_number.zones | by_address.zones
    if by_address.zones and policy is ZonePolicy.ADDRESS_TRUSTED:
        # A zone of no place there, such as EST or Etc/GMT+8, is no address.
        there = {zone for part in jurisdictions for zone in gazetteer.zones.get(part, ())}
        zones = by_address.zones if by_address.zones <= there else zones
    if not zones:
        # An address that names its country only says nothing that a number of that country does not.
        zones = by_address.anywhere
    if not zones:
        return Place(number=number.number, refused=Refused.UNKNOWN_ZONE)
    return Place(
        number=number.number,
        line=_LINES.get(number.kind, Line.EITHER),
        zones=tuple(sorted(zones)),
        jurisdictions=tuple(sorted(jurisdictions)),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What one source says. `anywhere` has the zones of a whole country, for want of better."""

    zones: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    anywhere: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Nowhere:
    """A part of an address that is of no place that is known."""

    refused: Refused
    what: str
    value: str


def _by_number(number: Number, gazetteer: Gazetteer) -> _Told | Refused:
    """No zones for numbers of no place, such as personal ones."""
    if not number.valid:
        return Refused.INVALID
    if number.kind == "toll-free":
        return Refused.TOLL_FREE
    if number.kind not in _ORDINARY:
        return Refused.SPECIAL
    if number.country is None:
        return Refused.NO_COUNTRY
    area = gazetteer.area_codes.get(number.number[2:5]) if number.number.startswith(_NANP) else None
    if area is not None:
        return _Told(frozenset(area.zones), _jurisdictions(area.country, area.state, gazetteer))
    own = gazetteer.zones.get(number.country, ())
    zones = set(_zones_by_prefix(number.number, gazetteer) or own)
    if number.country in gazetteer.part_of:
        zones.update(own)  # a territory may have a few numbers of its country's prefix
    return _Told(frozenset(zones), _jurisdictions(number.country, None, gazetteer))


def _zones_by_prefix(number: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    for length in range(_PREFIX_MAX, 1, -1):
        zones = gazetteer.prefixes.get(number[:length])
        if zones is not None:
            return zones
    return ()


def _by_address(address: Address, number: Number, gazetteer: Gazetteer) -> _Told | _Nowhere:
    country, state = address.country, address.state
    country = None if country is None else country.strip().upper()
    if state is not None and "-" in state:
        whole, _, state = state.partition("-")
        whole = whole.strip().upper()
        if country not in (None, whole):
            return _Nowhere(Refused.UNKNOWN_STATE, "state", address.state or "")
        country = whole
    postcode = (address.postcode or "").strip() or None
    if country is None and (state is not None or postcode is not None):
        country = _country_of(state, postcode, number, gazetteer)
    if country is not None and country not in gazetteer.zones:
        return _Nowhere(Refused.UNKNOWN_ZONE, "country", country)
    states: set[str] = set()
    if state is not None:
        code = state_code(country, state)
        if f"{country}-{code}" not in gazetteer.zones:
            return _Nowhere(Refused.UNKNOWN_STATE, "state", address.state or "")
        states.add(code)
    if country is not None and postcode is not None:
        by_postcode = postcode_states(country, postcode)
        if by_postcode is None:
            return _Nowhere(Refused.UNKNOWN_POSTCODE, "postcode", postcode)
        states |= by_postcode

    jurisdictions: set[str] = set() if country is None else {*_jurisdictions(country, None, gazetteer)}
    zones: set[str] = set()
    for part in states:
        assert country is not None
        jurisdictions |= _jurisdictions(country, part, gazetteer)
        zones.update(gazetteer.zones[f"{country}-{part}"])
    anywhere = frozenset(gazetteer.zones[country]) if country is not None else frozenset()
    if address.zone is not None:
        if not is_zone(address.zone):
            return _Nowhere(Refused.UNKNOWN_ZONE, "zone", address.zone)
        # A zone that the state has is the better knowledge; one that it has not contradicts it.
        zones = {address.zone} if address.zone in zones else {address.zone, *zones}
    elif not zones and country != number.country:
        zones.update(anywhere)
    return _Told(frozenset(zones), frozenset(jurisdictions), anywhere)


def _country_of(state: str | None, postcode: str | None, number: Number, gazetteer: Gazetteer) -> str | None:
    """The country that a state or postcode without one is of: the number's, or its neighbour's."""
    if state is not None:
        neighbours = ("US", "CA") if number.number.startswith(_NANP) else ()
        here = (each for each in neighbours if f"{each}-{state_code(each, state)}" in gazetteer.zones)
        return next(here, number.country)
    home = gazetteer.part_of.get(number.country or "", number.country)
    if home not in ("US", "CA"):
        return number.country
    return next((each for each in ("US", "CA") if postcode_states(each, postcode or "")), home)


def _jurisdictions(country: str, state: str | None, gazetteer: Gazetteer) -> frozenset[str]:
    """The country, the state, and the country that a territory belongs to."""
    found = {country} if state is None else {country, f"{country}-{state}"}
    whole = gazetteer.part_of.get(country)
    return frozenset(found if whole is None else {*found, whole, f"{whole}-{country}"})


def country_of(jurisdiction: str) -> str:
    """US for US-FL."""
    return jurisdiction.partition("-")[0]
