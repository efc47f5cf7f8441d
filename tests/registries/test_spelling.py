"""A column read by arithmetic is what phonenumbers reads."""

import numpy as np
import phonenumbers
import pytest
from hypothesis import given, strategies as st

from engine.phones import PhoneError
from engine.registries.spelling import Spelling

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def by_phonenumbers(text: str, region: str | None) -> int | None:
    """The number, if its length is possible."""
    try:
        parsed = phonenumbers.parse(text.replace("00", "+", 1) if text.startswith("00") else text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return int(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def read(texts: list[str], region: str | None) -> list[int | None]:
    """Those that are read as a column; None for the others."""
    ends = np.cumsum([len(text) + 1 for text in texts]) - 1
    starts = ends - [len(text) for text in texts]
    text = np.frombuffer("".join(f"{text}\n" for text in texts).encode() + b"\n\n", np.uint8)
    numbers, plain = Spelling(region).read(text, starts, ends)
    return [int(number) if good else None for number, good in zip(numbers, plain, strict=True)]


def check(texts: list[str], region: str | None) -> int:
    """How many were read as a column; each as phonenumbers reads it."""
    found = read(texts, region)
    for text, number in zip(texts, found, strict=True):
        if number is not None:
            assert number == by_phonenumbers(text, region), (text, region)
    return sum(number is not None for number in found)


@pytest.mark.parametrize("region", REGIONS)
def test_the_example_numbers_of_every_region_are_read_alike(region: str) -> None:
    texts = []
    for kind in sorted(phonenumbers.PhoneNumberType.values()):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None:
            for spelling in (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.NATIONAL):
                plain = phonenumbers.format_number(number, spelling)
                texts.append("".join(character for character in plain if character in "+0123456789"))
    assert check(texts, region) <= len(texts)


digits = st.text("0123456789", min_size=1, max_size=17)
front = st.sampled_from(["", "0", "00", "+", "1", "+1", "44", "+44", "+39", "+54", "+61", "0044", "+7", "8"])


@given(
    texts=st.lists(st.tuples(front, digits).map("".join), min_size=1, max_size=20),
    region=st.sampled_from(REGIONS),
)
def test_any_digits_are_read_alike(texts: list[str], region: str) -> None:
    check(texts, region)


@pytest.mark.parametrize(
    ("region", "texts"),
    [
        (
            "GB",
            ["02079460001", "07400123456", "2079460001", "442079460001", "+442079460001", "00442079460001"],
        ),
        ("US", ["2015550123", "12015550123", "+12015550123", "0012015550123"]),
        ("CA", ["4165550123", "14165550123"]),
        ("IT", ["0612345678", "3123456789", "+390612345678"]),
        ("IE", ["0871234567", "+353871234567"]),
        ("AU", ["+61412345678"]),
    ],
)
def test_the_usual_spellings_of_national_files_are_read_as_columns(region: str, texts: list[str]) -> None:
    assert check(texts, region) == len(texts)


def test_a_number_that_begins_like_its_country_s_code_is_asked_for() -> None:
    assert read(["681720234", "681681720"], "WF") == [None, None]
    assert read(["3912345678", "3212345678"], "IT") == [None, 393212345678]


def test_what_may_be_a_prefix_of_several_digits_is_asked_for() -> None:
    assert read(["1800201234", "1800991234"], "GB")[0] is None


def test_without_a_region_only_international_numbers_are_read() -> None:
    assert read(["02079460001", "442079460001", "+442079460001", "00442079460001"], None) == [
        None,
        None,
        442079460001,
        442079460001,
    ]


@pytest.mark.parametrize(
    "text", ["", "+", "0", "call me", "123", "+4420794600011234567", "2079 460001", "+0123456789"]
)
def test_what_is_no_plain_number_is_left(text: str) -> None:
    assert read([text], "GB") == [None]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("020 7946 0001", 442079460001),
        ("+44 (0)20 7946 0001", 442079460001),
        ("0044 20 7946 0001", 442079460001),
        ("07700 900123", 447700900123),  # in no numbering plan, but somebody may be given it
    ],
)
def test_one_number_is_read_in_any_spelling(text: str, number: int) -> None:
    assert Spelling("GB").read_one(text) == number


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("", "GB", "is empty"),
        ("call me", "GB", "has more than a number in it"),
        ("12", "GB", "is too short"),
        ("020 7946 00012345", "GB", "is too long"),
        ("020 7946 0001", None, "without a region"),
    ],
)
def test_what_is_no_number_is_told_why(text: str, region: str | None, reason: str) -> None:
    with pytest.raises(PhoneError, match=reason):
        Spelling(region).read_one(text)
