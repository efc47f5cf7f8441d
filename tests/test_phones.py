import pytest

from engine.phones import Phone, PhoneError, is_region, normalise, normalise_any

MORE = "has more than a number in it; extensions and letters cannot be dialed"
NATIONAL = "is a national number without a region; write it with + and the country code"
NO_COUNTRY = "has no known country code; write it with + and the country code, e.g. +442079460001"


@pytest.mark.parametrize(
    ("text", "region", "phone"),
    [
        ("+442079460001", None, Phone(number="+442079460001", kind="fixed-line", region="GB")),
        ("(+44) 20 7946-0001", None, Phone(number="+442079460001", kind="fixed-line", region="GB")),
        (" 020 7946 0001 ", "GB", Phone(number="+442079460001", kind="fixed-line", region="GB")),
        ("0301234", "DE", Phone(number="+49301234", kind="fixed-line", region="DE")),
        ("tel:+12025550123", None, Phone(number="+12025550123", kind="fixed-line-or-mobile", region="US")),
        ("(202) 555-0123", "US", Phone(number="+12025550123", kind="fixed-line-or-mobile", region="US")),
        ("+4915228817386", "US", Phone(number="+4915228817386", kind="mobile", region="DE")),
        ("+80012345678", None, Phone(number="+80012345678", kind="toll-free", region=None)),
    ],
)
def test_every_spelling_of_a_number_becomes_the_same_e164(
    text: str, region: str | None, phone: Phone
) -> None:
    assert normalise(text, region) == phone


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("  ", "GB", "is empty"),
        ("0" * 101, "GB", "is too long for a phone number"),
        ("0" * 40, "GB", "is too long for a phone number"),
        ("12", "US", "is too short for a number of US"),
        ("020 7946 00011234", "GB", "is too long for a number of GB"),
        ("+447700900123", None, "is not in the numbering plan of GB"),
        ("+999123456789", None, NO_COUNTRY),
        ("+1", None, "is not a phone number; write it with + and the country code, e.g. +442079460001"),
        ("+44 20 7946 0001 ext 5", None, MORE),
        ("+442079460001;ext=5", None, MORE),
        ("n/a", "GB", MORE),
        ("020 7946 0001", "UK", "cannot be read: 'UK' is not a country code such as GB or US"),
        ("020 7946 0001", None, NATIONAL),
    ],
)
def test_what_cannot_be_dialed_is_refused_with_the_reason(text: str, region: str | None, reason: str) -> None:
    with pytest.raises(PhoneError) as refusal:
        normalise(text, region)
    assert refusal.value.reason == reason
    assert refusal.value.needs_region == (reason == NATIONAL)


def test_a_region_is_a_country_code_in_capitals() -> None:
    assert is_region("GB")
    assert not is_region("gb")
    assert not is_region("UK")


def test_who_is_not_to_be_called_may_have_any_number_of_possible_length() -> None:
    assert normalise_any("+44 7700 900123", None) == "+447700900123"
    assert normalise_any("020 7946 0001", "GB") == "+442079460001"
    for text, region, reason in (
        ("+4477", None, "is too short for a number of GB"),
        ("+4420794600012345", None, "is too long for a number of GB"),
        ("020 7946 0001", None, NATIONAL),
        ("n/a", "GB", MORE),
    ):
        with pytest.raises(PhoneError) as refusal:
            normalise_any(text, region)
        assert refusal.value.reason == reason
