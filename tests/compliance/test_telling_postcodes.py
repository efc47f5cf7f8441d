"""Of a postcode only as much is kept as tells its state."""

import pytest
from hypothesis import given, strategies as st

from engine.compliance.areas import postcode_states, telling

POSTCODES = st.text("0123456789AKMX abc", max_size=8)


@pytest.mark.parametrize(
    ("postcode", "kept"),
    [
        (" 10001-1234 ", "100**"),
        ("10001", "100**"),
        ("2600", "2600"),
        ("m5v 2t6", "M5V*"),
        ("123456", "123*"),
        ("", ""),
        ("35", "35"),
    ],
)
def test_the_first_three_characters_tell_it_or_all_four(postcode: str, kept: str) -> None:
    assert telling(postcode) == kept


@given(postcode=POSTCODES, country=st.sampled_from(["US", "AU", "CA", "ES", "FR"]))
def test_what_is_kept_is_of_the_same_state(postcode: str, country: str) -> None:
    assert postcode_states(country, telling(postcode)) == postcode_states(country, postcode)


@given(st.from_regex(r"[0-9]{3,5}|[0-9]{5}-?[0-9]{4}|[A-Z][0-9][A-Z] ?[0-9]?", fullmatch=True))
def test_what_is_kept_of_likely_postcodes_is_of_the_same_state(postcode: str) -> None:
    for country in ("US", "AU", "CA", "ES", "FR"):
        assert postcode_states(country, telling(postcode)) == postcode_states(country, postcode)
