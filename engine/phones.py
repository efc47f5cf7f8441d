"""A phone number has one spelling, E.164; whatever cannot be dialed as such is refused with the reason."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers

TEXT_MAX = 100  # characters: no number is so long, and an error must stay readable


class PhoneError(ValueError):
    """This text is not a number that can be dialed. `reason` completes the sentence "'<text>' …";
    `needs_region`: it could be a national number, if only the country were known."""

    def __init__(self, reason: str, *, needs_region: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.needs_region = needs_region


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """`number` is E.164; `kind` is what the numbering plan says: `mobile`, `fixed-line`,
    `fixed-line-or-mobile` (North America), `toll-free`, `premium-rate`, `voip`, …; `region` is the ISO
    country, or None for numbers of no country (satellite, international freephone)."""

    number: str
    kind: str
    region: str | None


@lru_cache(maxsize=512)
def is_region(code: str) -> bool:
    """Whether this is an ISO country code (capitals) whose numbering plan is known."""
    return code in phonenumbers.SUPPORTED_REGIONS


def normalise(text: str, region: str | None) -> Phone:
    """The number in E.164. A text without + is read as a national number of `region`.

    Letters and extensions are refused: a dialer cannot key an extension, and letters in a lead file are
    far more often a shifted column than a vanity number.
    """
    parsed = _parsed(text, region)
    if not phonenumbers.is_valid_number(parsed):
        raise PhoneError(_invalid(parsed))
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(parsed))
    country = phonenumbers.region_code_for_number(parsed)
    return Phone(
        number=_e164(parsed),
        kind=kind.lower().replace("_", "-"),
        region=country if country and country != "001" else None,
    )


def normalise_any(text: str, region: str | None) -> str:
    """The number in E.164, as of `normalise`; one of possible length counts, in the numbering plan or not.
    So who is not to be called is written down whatever becomes of a plan."""
    parsed = _parsed(text, region)
    length = phonenumbers.is_possible_number_with_reason(parsed)
    if length != phonenumbers.ValidationResult.IS_POSSIBLE and not phonenumbers.is_valid_number(parsed):
        raise PhoneError(_invalid(parsed))
    return _e164(parsed)


def _e164(parsed: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _parsed(text: str, region: str | None) -> phonenumbers.PhoneNumber:
    """Raises PhoneError for what is no number."""
    text = text.strip()
    if not text:
        raise PhoneError("is empty")
    if len(text) > TEXT_MAX:
        raise PhoneError("is too long for a phone number")
    if region is not None and not is_region(region):
        raise PhoneError(f"cannot be read: {region!r} is not a country code such as GB or US")
    digits = text.removeprefix("tel:")
    if any(character.isalpha() for character in digits) or "#" in digits or ";" in digits:
        raise PhoneError("has more than a number in it; extensions and letters cannot be dialed")
    if region is None and not digits.lstrip("(").startswith(("+", "＋")):
        raise PhoneError(
            "is a national number without a region; write it with + and the country code", needs_region=True
        )
    try:
        return phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneError(_unreadable(error.error_type)) from None


def _unreadable(error_type: int) -> str:
    error = phonenumbers.NumberParseException
    if error_type == error.INVALID_COUNTRY_CODE:
        return "has no known country code; write it with + and the country code, e.g. +442079460001"
    if error_type in (error.TOO_SHORT_NSN, error.TOO_SHORT_AFTER_IDD):
        return "is too short for a phone number"
    if error_type == error.TOO_LONG:
        return "is too long for a phone number"
    return "is not a phone number; write it with + and the country code, e.g. +442079460001"


def _invalid(parsed: phonenumbers.PhoneNumber) -> str:
    code = parsed.country_code or 0
    country = phonenumbers.region_code_for_country_code(code)
    where = f"+{code}" if country in ("ZZ", "001") else country
    length = phonenumbers.is_possible_number_with_reason(parsed)
    if length == phonenumbers.ValidationResult.TOO_SHORT:
        return f"is too short for a number of {where}"
    if length == phonenumbers.ValidationResult.TOO_LONG:
        return f"is too long for a number of {where}"
    return f"is not in the numbering plan of {where}"


def country_of(number: str) -> str | None:
    """The ISO country of a valid number in E.164; None for numbers of no country."""
    telling = _telling(number)
    country = _countries.get(telling)
    if country is None:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(number))
        if country is None or country == "001":
            return None
        if len(_countries) >= _COUNTRIES_MAX:
            _countries.clear()
        _countries[telling] = country
    return country


_COUNTRIES_MAX: Final = 1 << 18
_countries: dict[str, str] = {}

_ALONE: Final = frozenset(
    f"+{code}" for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if len(regions) == 1
)
"""The country codes of one country, or of none."""


def _telling(number: str) -> str:
    """As much of a valid number as tells its country apart: the country code alone, or with the area code, or
    all but the last digits, which no numbering plan asks."""
    if number.startswith("+1"):
        return number[:5]
    for length in (3, 4, 2):
        if number[:length] in _ALONE:
            return number[:length]
    return number[:-4] if number.startswith("+44") else number[:-3]
