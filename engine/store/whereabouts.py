"""Where a lead may be, by its number and by what its attributes say."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from engine.compliance.areas import telling
from engine.compliance.places import Address, Number, Place, ZonePolicy, place
from engine.config.rulebook import shipped_gazetteer
from engine.phones import country_of

TOLD_BY: Final = 8  # characters of a number that tell where it is: no table goes deeper
AREA_CODE: Final = 5  # so many in North America
_PLACES_MAX: Final = 1 << 17


def where_is(number: str, kind: str, attributes: Mapping[str, str], zones: str) -> Place:
    """Where the person may be. `zones` is the policy for a number and an address that disagree. The place's
    number is only the part of it that tells the place."""
    postcode = attributes.get("postcode") or attributes.get("zip")
    return _place(
        number[: AREA_CODE if number.startswith("+1") else TOLD_BY],
        country_of(number),
        kind,
        attributes.get("zone"),
        None if postcode is None else telling(postcode),
        attributes.get("state"),
        attributes.get("country"),
        zones,
    )


@lru_cache(maxsize=_PLACES_MAX)
def _place(
    start: str,
    country_of_number: str | None,
    kind: str,
    zone: str | None,
    postcode: str | None,
    state: str | None,
    country: str | None,
    zones: str,
) -> Place:
    called = Number(number=start, kind=kind, country=country_of_number)
    address = Address(zone=zone, postcode=postcode, state=state, country=country)
    return place(called, address, shipped_gazetteer(), ZonePolicy(zones))
