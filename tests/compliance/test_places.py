"""Where a person may be, by number and by address."""

import pytest

from engine.compliance.areas import postcode_states
from engine.compliance.dial import RegistryState
from engine.compliance.gates import next_allowed
from engine.compliance.places import Address, Number, Place, Refused, ZonePolicy, country_of, place
from engine.compliance.rules import Line
from engine.config.rulebook import shipped_gazetteer
from engine.phones import normalise
from tests.compliance.dials import at, dial, located, shipped

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)

AU_WEST = ("Australia/Adelaide", "Australia/Darwin", "Australia/Eucla", "Australia/Perth")


@pytest.mark.parametrize(
    ("number", "country", "zones", "jurisdictions"),
    [
        ("+12125550123", "US", (EASTERN,), ("US", "US-NY")),
        ("+18505550123", "US", (CENTRAL, EASTERN), ("US", "US-FL")),
        ("+16895550123", "US", (EASTERN,), ("US", "US-FL")),
        ("+12085550123", "US", (MOUNTAIN, PACIFIC), ("US", "US-ID")),
        ("+14165550123", "CA", ("America/Toronto",), ("CA",)),
        ("+17875550123", "PR", ("America/Puerto_Rico",), ("PR", "US", "US-PR")),
        ("+12425550123", "BS", ("America/Nassau",), ("BS",)),
        ("+442079460001", "GB", ("Europe/London",), ("GB",)),
        ("+447911123456", "GG", ("Europe/Guernsey",), ("GB", "GB-GG", "GG")),
        ("+61755501234", "AU", ("Australia/Brisbane", "Australia/Sydney"), ("AU",)),
        ("+61891641234", "CX", (*AU_WEST, "Indian/Christmas"), ("AU", "AU-CX", "CX")),
        ("+61891621234", "CC", (*AU_WEST, "Indian/Cocos"), ("AU", "AU-CC", "CC")),
        ("+61891011234", "AU", AU_WEST, ("AU",)),
        (
            "+61412345678",
            "AU",
            (
                "Australia/Adelaide",
                "Australia/Brisbane",
                "Australia/Darwin",
                "Australia/Eucla",
                "Australia/Lord_Howe",
                "Australia/Perth",
                "Australia/Sydney",
                "Indian/Christmas",
                "Indian/Cocos",
            ),
            ("AU",),
        ),
        ("+34928123456", "ES", ("Atlantic/Canary",), ("ES",)),
        ("+34911234567", "ES", ("Europe/Madrid",), ("ES",)),
        ("+34612345678", "ES", ("Atlantic/Canary", "Europe/Madrid"), ("ES",)),
    ],
)
def test_a_number_alone_has_every_zone_of_its_area_code_or_country(
    number: str, country: str, zones: tuple[str, ...], jurisdictions: tuple[str, ...]
) -> None:
    found = located(number, country)
    assert (found.zones, found.jurisdictions, found.refused) == (zones, jurisdictions, None)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (Number(number="+18005550199", kind="toll-free", country="US"), Refused.TOLL_FREE),
        (Number(number="+19005550199", kind="premium-rate", country="US"), Refused.SPECIAL),
        (Number(number="+442079460001", kind="fixed-line", country="GB", valid=False), Refused.INVALID),
        (Number(number="+881612345678", kind="mobile", country=None), Refused.NO_COUNTRY),
        (Number(number="+15005550123", kind="personal-number", country="US"), None),
        (Number(number="+99912345678", kind="mobile", country="QQ"), Refused.UNKNOWN_ZONE),
    ],
)
def test_a_number_that_cannot_be_placed_is_refused_by_name(number: Number, reason: Refused | None) -> None:
    found = place(number, Address(), shipped_gazetteer())
    if reason is None:
        assert found.refused is Refused.UNKNOWN_ZONE
        home = place(number, Address(state="FL"), shipped_gazetteer())
        assert (home.refused, home.zones) == (None, (CENTRAL, EASTERN))
    else:
        assert found == Place(number=number.number, refused=reason)


@pytest.mark.parametrize(
    ("number", "opens"),
    [
        ("+61891641234", "2026-11-24T09:00:00+07:00"),  # Christmas Island
        ("+61891621234", "2026-11-24T09:00:00+06:30"),  # the Cocos Islands
        ("+61412345678", "2026-11-24T09:00:00+06:30"),  # a mobile may be there too
    ],
)
def test_the_indian_ocean_is_not_called_before_its_own_window_opens(number: str, opens: str) -> None:
    phone = normalise(number, None)
    lead = shipped("au-sales").prepare(located(phone.number, phone.region or "", phone.kind))
    midnight = at("2026-11-24T00:00:00+11:00")
    fresh = {"au-dncr": RegistryState(version_at=midnight)}
    assert next_allowed(dial(lead, registries=fresh), midnight) == at(opens)


def test_number_and_address_are_both_taken() -> None:
    moved = located("+12125550123", "US", state="CA")
    assert moved.zones == (PACIFIC, EASTERN)
    assert moved.jurisdictions == ("US", "US-CA", "US-NY")


def test_an_address_that_is_trusted_gives_the_zones_and_both_give_the_jurisdictions() -> None:
    number = Number(number="+12125550123", kind="mobile", country="US")
    moved = place(number, Address(state="CA"), shipped_gazetteer(), ZonePolicy.ADDRESS_TRUSTED)
    assert (moved.zones, moved.jurisdictions) == ((PACIFIC,), ("US", "US-CA", "US-NY"))
    assert moved.line is Line.MOBILE
    for zone in ("EST", "Etc/GMT+8", "Europe/London"):  # of no place in the country
        given = place(number, Address(zone=zone), shipped_gazetteer(), ZonePolicy.ADDRESS_TRUSTED)
        assert given.zones == tuple(sorted((EASTERN, zone)))
    nothing = place(number, Address(country="US"), shipped_gazetteer(), ZonePolicy.ADDRESS_TRUSTED)
    assert nothing.zones == (EASTERN,)


@pytest.mark.parametrize(
    ("address", "zones", "jurisdictions"),
    [
        ({"zone": EASTERN, "state": "FL"}, (EASTERN,), ("US", "US-FL", "US-NY")),
        ({"zone": PACIFIC, "state": "FL"}, (CENTRAL, PACIFIC, EASTERN), ("US", "US-FL", "US-NY")),
        ({"zone": PACIFIC}, (PACIFIC, EASTERN), ("US", "US-NY")),
        ({"state": "US-TX"}, (CENTRAL, MOUNTAIN, EASTERN), ("US", "US-NY", "US-TX")),
        ({"postcode": "33101"}, (CENTRAL, EASTERN), ("US", "US-FL", "US-NY")),
        ({"postcode": "33101", "state": "CA"}, (CENTRAL, PACIFIC, EASTERN),
         ("US", "US-CA", "US-FL", "US-NY")),
        ({"postcode": " "}, (EASTERN,), ("US", "US-NY")),
        ({"postcode": "33101-1234"}, (CENTRAL, EASTERN), ("US", "US-FL", "US-NY")),
        ({"postcode": "00901"}, (EASTERN, "America/Puerto_Rico"), ("US", "US-NY", "US-PR")),
        ({"postcode": "k1a 0b1"}, ("America/Atikokan", EASTERN, "America/Toronto", "America/Winnipeg"),
         ("CA", "CA-ON", "US", "US-NY")),
        ({"state": "fl"}, (CENTRAL, EASTERN), ("US", "US-FL", "US-NY")),
        ({"state": " Florida "}, (CENTRAL, EASTERN), ("US", "US-FL", "US-NY")),
        ({"state": "new  YORK"}, (EASTERN,), ("US", "US-NY")),
        ({"state": "us-fl"}, (CENTRAL, EASTERN), ("US", "US-FL", "US-NY")),
        ({"state": "us-florida", "country": "us"}, (CENTRAL, EASTERN), ("US", "US-FL", "US-NY")),
        ({"state": "ontario"}, ("America/Atikokan", EASTERN, "America/Toronto", "America/Winnipeg"),
         ("CA", "CA-ON", "US", "US-NY")),
        ({"state": "Western Australia", "country": "au"}, (EASTERN, "Australia/Eucla", "Australia/Perth"),
         ("AU", "AU-WA", "US", "US-NY")),
        ({"country": "US"}, (EASTERN,), ("US", "US-NY")),
        ({"country": "FR"}, (EASTERN, "Europe/Paris"), ("FR", "US", "US-NY")),
        ({"state": "ON"}, ("America/Atikokan", EASTERN, "America/Toronto", "America/Winnipeg"),
         ("CA", "CA-ON", "US", "US-NY")),
        ({"state": "NSW", "country": "AU"},
         (EASTERN, "Australia/Brisbane", "Australia/Broken_Hill", "Australia/Lord_Howe", "Australia/Sydney"),
         ("AU", "AU-NSW", "US", "US-NY")),
    ],
)  # fmt: skip
def test_what_the_lead_says_of_itself(
    address: dict[str, str], zones: tuple[str, ...], jurisdictions: tuple[str, ...]
) -> None:
    found = located("+12125550123", "US", **address)
    assert (found.refused, found.zones, found.jurisdictions) == (None, tuple(sorted(zones)), jurisdictions)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ({"zone": "Europe/Atlantis"}, Refused.UNKNOWN_ZONE),
        ({"country": "QQ"}, Refused.UNKNOWN_ZONE),
        ({"state": "ZZ"}, Refused.UNKNOWN_STATE),
        ({"state": "AP"}, Refused.UNKNOWN_STATE),  # the armed forces in the Pacific
        ({"state": "CA-FL"}, Refused.UNKNOWN_STATE),
        ({"state": "US-FL", "country": "CA"}, Refused.UNKNOWN_STATE),
        ({"postcode": "96205"}, Refused.UNKNOWN_POSTCODE),  # Korea
        ({"postcode": "09012"}, Refused.UNKNOWN_POSTCODE),  # Germany
        ({"postcode": "34001"}, Refused.UNKNOWN_POSTCODE),  # the Americas
        ({"postcode": "00000"}, Refused.UNKNOWN_POSTCODE),
        ({"postcode": "ABCDE"}, Refused.UNKNOWN_POSTCODE),
        ({"postcode": "2134"}, Refused.UNKNOWN_POSTCODE),  # a spreadsheet ate the zero of Boston
        ({"postcode": "96205", "zone": EASTERN}, Refused.UNKNOWN_POSTCODE),
        ({"postcode": "96205", "state": "CA"}, Refused.UNKNOWN_POSTCODE),
        ({"postcode": "D1A 1A1", "country": "CA"}, Refused.UNKNOWN_POSTCODE),
        ({"postcode": "0100", "country": "AU"}, Refused.UNKNOWN_POSTCODE),
    ],
)
def test_data_that_cannot_be_are_refused_rather_than_passed_over(
    address: dict[str, str], reason: Refused
) -> None:
    found = located("+12125550123", "US", **address)
    assert found.refused is reason
    assert found.unplaced in [*address.items()]


def test_what_cannot_be_placed_is_told_no_longer_than_a_line() -> None:
    assert located("+12125550123", "US", state="Z" * 99).unplaced == ("state", "Z" * 40)


@pytest.mark.parametrize(("postcode", "refused"), [("00901", None), ("ABCDE", Refused.UNKNOWN_POSTCODE)])
def test_a_territory_of_the_united_states_has_their_postcodes(postcode: str, refused: Refused | None) -> None:
    assert located("+17875550123", "PR", postcode=postcode).refused is refused


@pytest.mark.parametrize(("number", "country"), [("+18095550123", "DO"), ("+33123456789", "FR")])
def test_a_postcode_of_a_country_whose_postcodes_tell_nothing_changes_nothing(
    number: str, country: str
) -> None:
    assert located(number, country, postcode="00000") == located(number, country)


def test_a_canadian_number_with_an_american_postcode_is_of_both() -> None:
    assert located("+14165550123", "CA", postcode="33101").jurisdictions == ("CA", "US", "US-FL")
    assert located("+14165550123", "CA", postcode="00000").refused is Refused.UNKNOWN_POSTCODE


def test_a_state_of_a_country_without_states_is_refused() -> None:
    assert located("+442079460001", "GB", state="FL").refused is Refused.UNKNOWN_STATE
    assert located("+442079460001", "GB", postcode="SW1A 1AA").zones == ("Europe/London",)


@pytest.mark.parametrize(
    ("country", "postcode", "state"),
    [
        ("US", "10001", {"NY"}),
        ("US", "10001-1234", {"NY"}),
        ("US", "100011234", {"NY"}),
        ("US", "73301", {"TX"}),
        ("US", "09001", None),  # the armed forces
        ("US", "00401", None),
        ("US", "abcde", None),
        ("US", "1000", None),
        ("US", "100", None),
        ("CA", "k1a 0b1", {"ON"}),
        ("CA", "K1A", {"ON"}),
        ("CA", "X0A 0H0", {"NT", "NU"}),
        ("CA", "D0A 0H0", None),
        ("CA", "KIA 0B1", None),
        ("AU", "2880", {"NSW"}),
        ("AU", "2600", {"ACT"}),
        ("AU", "0800", {"NT"}),
        ("AU", "0100", None),
        ("AU", "28", None),
        ("ES", "35001", {"CN"}),
        ("ES", "28001", set()),
        ("GB", "SW1A 1AA", set()),
    ],
)
def test_a_postcode_tells_the_state_where_it_does(
    country: str, postcode: str, state: set[str] | None
) -> None:
    assert postcode_states(country, postcode) == state


def test_every_state_that_a_postcode_tells_and_every_area_code_has_its_zones() -> None:
    gazetteer = shipped_gazetteer()
    for country, codes in (
        ("US", (f"{n:03}01" for n in range(1000))),
        ("AU", (f"{n:04}" for n in range(10000))),
    ):
        told = {state for code in codes for state in postcode_states(country, code) or ()}
        assert [state for state in told if f"{country}-{state}" not in gazetteer.zones] == []
    assert all(area.zones or area.state is None for area in gazetteer.area_codes.values())
    assert country_of("US-FL") == "US"


def test_a_territory_is_covered_with_its_country_and_a_neighbour_is_not() -> None:
    assert shipped("uk-sales").prepare(located("+447911123456", "GG")).refused is None
    assert shipped("us-sales").prepare(located("+17875550123", "PR")).refused is None
    assert shipped("us-sales").prepare(located("+14165550123", "CA")).refused == "not-covered"
    both = located("+12125550123", "US", country="FR")
    assert shipped("us-sales").prepare(both).refused_for == "FR"
