"""The quick reading is phonenumbers' own, or None."""

import phonenumbers
import pytest
from hypothesis import example, given, strategies as st

from engine.numbering import read

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = sorted(
    {
        (phonenumbers.format_number(number, spelling), region)
        for region in REGIONS
        for kind in sorted(phonenumbers.PhoneNumberType.values())
        if (number := phonenumbers.example_number_for_type(region, kind)) is not None
        for spelling in (0, 1, 2)
    }
)


def check(text: str, region: str | None) -> bool:
    """Whether there was a quick reading; if so, it must be phonenumbers'."""
    quick = read(text, region)
    if quick is None:
        return False
    parsed = phonenumbers.parse(text, region)
    assert phonenumbers.is_valid_number(parsed)
    country = phonenumbers.region_code_for_number(parsed)
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(parsed))
    assert quick == (
        phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164),
        kind.lower().replace("_", "-"),
        None if country == "001" else country,
    )
    return True


def test_every_region_s_example_numbers_are_read_alike() -> None:
    quick = sum(check(text, region) for text, region in EXAMPLES)
    assert quick > len(EXAMPLES) * 0.8


def test_e164_needs_no_region() -> None:
    assert read("+44 20 7946 0958", None) == ("+442079460958", "fixed-line", "GB")
    assert read("020 7946 0958", None) is None


@pytest.mark.parametrize(
    "text", ["", "+", "abc", "+44", "٠١٢٣٤٥٦٧٨٩", "44 20 7946 0958", "+44 (0)20 7946 0958"]
)
def test_what_is_not_plain_is_left_to_phonenumbers(text: str) -> None:
    assert read(text, "GB") is None


MUTATION = st.tuples(
    st.sampled_from(("replace", "insert", "delete", "front")),
    st.integers(0, 20),
    st.sampled_from("0123456789 -.()+"),
)


@given(st.sampled_from(EXAMPLES), st.lists(MUTATION, max_size=4), st.none() | st.sampled_from(REGIONS))
@example(("(11) 96123-4567", "BR"), [], "BR")
@example(("8 (912) 345-67-89", "RU"), [], "KZ")
def test_spoiled_numbers_are_read_alike(
    number: tuple[str, str], mutations: list[tuple[str, int, str]], elsewhere: str | None
) -> None:
    text, region = number
    for how, where, character in mutations:
        at = where % (len(text) + 1)
        if how == "front":
            text = character + text
        elif how == "insert":
            text = text[:at] + character + text[at:]
        else:
            text = text[:at] + (character if how == "replace" else "") + text[at + 1 :]
    check(text, region)
    check(text, elsewhere)
