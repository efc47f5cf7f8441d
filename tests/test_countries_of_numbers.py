"""A number's country is told by as much of it as is looked at, whichever number was asked of before."""

from random import Random

import phonenumbers
import pytest

from engine.phones import country_of

BEGINNINGS = {
    1: ("212", "416", "808", "787", "876", "800", "204", "500"),
    7: ("701", "727", "495", "912"),
    39: ("06698", "02", "335"),
    44: (
        "1481",
        "1534",
        "1624",
        "7624",
        "7911",
        "7781",
        "7839",
        "74576",
        "7509",
        "7700",
        "20",
        "7400",
        "800",
    ),
    47: ("79", "22", "406"),
    61: ("89162", "89164", "2", "4"),
    262: ("2696", "2622", "639", "692"),
    358: ("18", "9", "40"),
    599: ("9", "3", "7"),
    49: ("30", "151"),
    800: ("1234",),
}


@pytest.mark.parametrize("code", BEGINNINGS)
def test_the_country_is_that_of_the_whole_number(code: int) -> None:
    chance, asked = Random(code), 0
    for _ in range(600):
        digits = "".join(chance.choice("0123456789") for _ in range(chance.choice([4, 5, 6, 7, 8, 9])))
        parsed = phonenumbers.parse(f"+{code}{chance.choice(BEGINNINGS[code])}{digits}")
        if phonenumbers.is_valid_number(parsed):
            asked += 1
            number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
            country = phonenumbers.region_code_for_number(parsed)
            assert country_of(number) == (None if country == "001" else country), number
    assert asked > 20


def test_a_number_that_is_not_valid_says_nothing_of_the_others() -> None:
    country_of("+12290000000")
    assert country_of("+12292424444") == "US"
