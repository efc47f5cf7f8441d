"""Of a postcode only as much is kept as tells its state."""

import pytest
from hypothesis import given, strategies as st

from engine.compliance.areas import postcode_state, telling

POSTCODES = st.text("0123456789AKMX abc", max_size=8)


@pytest.mark.parametrize(
    ("postcode", "kept"),
    [(" 10001-1234 ", "100"), ("2600", "2600"), ("m5v 2t6", "M5V"), ("", ""), ("35", "35")],
)
def test_the_first_three_characters_tell_it_or_all_four(postcode: str, kept: str) -> None:
    assert telling(postcode) == kept


@given(postcode=POSTCODES, country=st.sampled_from(["US", "AU", "CA", "ES", "FR"]))
def test_what_is_kept_is_of_the_same_state(postcode: str, country: str) -> None:
    assert postcode_state(country, telling(postcode)) == postcode_state(country, postcode)
