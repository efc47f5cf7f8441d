"""Which registries there are is what the rules in force say."""

import pytest

from engine.config.rulebook import shipped_rules
from engine.errors import InputError
from engine.registries.known import KnownRegistry, check_registry, known_registries, region_of

KNOWN = known_registries(shipped_rules().rules)


def test_each_has_the_strictest_age_limit_and_the_country_of_its_rules() -> None:
    assert KNOWN["tps"] == KnownRegistry(name="tps", max_age_days=28, country="GB")
    assert (KNOWN["us-dnc"].country, KNOWN["us-dnc"].max_age_days) == ("US", 31)
    assert KNOWN["protected-lines"] == KnownRegistry(name="protected-lines")
    assert list(KNOWN) == sorted(KNOWN)


def test_a_misspelled_name_is_refused_with_the_right_one() -> None:
    check_registry("tps", KNOWN, own=False)
    with pytest.raises(InputError, match=r"no rule asks for a registry 'us-dcn'; did you mean 'us-dnc'\?"):
        check_registry("us-dcn", KNOWN, own=False)
    with pytest.raises(InputError, match="there are au-dncr, "):
        check_registry("zzzzzz", KNOWN, own=False)


def test_an_own_registry_has_a_name_that_a_file_can_have() -> None:
    check_registry("our-members", KNOWN, own=True)
    for name in ("Our members", "../tps", "", "x" * 51):
        with pytest.raises(InputError, match="small letters, digits and - make one"):
            check_registry(name, KNOWN, own=True)


def test_the_country_is_what_is_said_or_that_of_the_registry() -> None:
    assert region_of(None, KNOWN["tps"]) == "GB"
    assert region_of("ie", KNOWN["tps"]) == "IE"
    assert region_of(None, None) is None
    with pytest.raises(InputError, match="--region is 'UK', which is no country"):
        region_of("UK", KNOWN["tps"])
