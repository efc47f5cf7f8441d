"""From the spellings of numbers to their E.164 digits, whole columns at a time.

How a number is read depends on its length and on its first digits: whether they are those of the country, or
a prefix that is dialed inside it. So phonenumbers is asked once for each length and each first digits, and
all others alike are read by arithmetic; where more digits would decide, each is asked for.

A number that is possible by its length counts, in the numbering plan or not: what is on a registry and not
known yet may be given to somebody tomorrow.
"""

import re
from functools import cache
from typing import Final, TypeAlias

import numpy as np
import phonenumbers
from numpy.typing import NDArray
from phonenumbers import PhoneMetadata

from engine.numbering import DIGITS_MAX, DIGITS_MIN, read
from engine.phones import PhoneError, normalise

Numbers: TypeAlias = NDArray[np.uint64]
Places: TypeAlias = NDArray[np.int64]

LEAD_NATIONAL: Final = 4  # digits that decide: an area code and one more
LEAD_INTERNATIONAL: Final = 5  # a country code and two to four more
TRUNK_DIGITS: Final = 2  # of a national number, the most that may be left out before the country code

UNKNOWN: Final = -1
ASK: Final = -2  # phonenumbers, for each number
AS_IT_STANDS: Final = -3
"""What a number of this length and with these first digits is; from 0: national, without so many digits."""

_ZERO, _PLUS = ord("0"), ord("+")
_LITERAL: Final = re.compile(r"[0-9|]+")
_DIGITS_ALONE: Final = re.compile(r"[0-9|()\[\]]+")
_TAILS: Final = "0", "5", "9"


class Spelling:
    """Reads national numbers as those of `region`, if there is one; those with + or 00 without."""

    def __init__(self, region: str | None) -> None:
        self._region = region
        self._code = phonenumbers.country_code_for_region(region) if region else 0
        self._longest = _longest(region) if region else 0
        self._kinds: dict[tuple[int, bool], NDArray[np.int8]] = {}

    def read(
        self, text: NDArray[np.uint8], starts: Places, ends: Places
    ) -> tuple[Numbers, NDArray[np.bool_]]:
        """The numbers whose characters are so placed in the text, and which of them could be read so; the
        others are for `read_one`. There must be two characters after the last."""
        first, second = text[starts], text[starts + 1]
        plus = first == _PLUS
        zeros = (first == _ZERO) & (second == _ZERO)
        starts = starts + plus + 2 * zeros
        lengths = np.clip(ends - starts, 0, DIGITS_MAX + 1)
        kinds = lengths * 2 + (plus | zeros)
        numbers = np.zeros(len(starts), np.uint64)
        plain = np.zeros(len(starts), np.bool_)
        for kind in np.flatnonzero(np.bincount(kinds, minlength=1)):
            length, international = int(kind) // 2, bool(kind % 2)
            if DIGITS_MIN <= length <= DIGITS_MAX and (international or self._region):
                rows = np.flatnonzero(kinds == kind)
                numbers[rows], plain[rows] = self._read_alike(text, starts[rows], length, international)
        return numbers, plain

    def read_one(self, text: str) -> int:
        """Any spelling. Raises PhoneError with the reason."""
        if text.startswith("00"):
            text = f"+{text[2:]}"
        if (quick := read(text, self._region)) is not None:
            return int(quick[0])
        try:
            return int(normalise(text, self._region).number)
        except PhoneError as error:
            if error.needs_region or any(character.isalpha() for character in text):
                raise
            if (number := _possible(text, self._region)) is None:
                raise
            return number

    def _read_alike(
        self, text: NDArray[np.uint8], starts: Places, length: int, international: bool
    ) -> tuple[Numbers, NDArray[np.bool_]]:
        """Numbers of one length, all with a country code or all without."""
        numbers = np.zeros(len(starts), np.uint64)
        plain = np.ones(len(starts), np.bool_)
        for place in range(length):
            digit = text[starts + place] - np.uint8(_ZERO)  # what is no digit is over nine
            plain &= digit <= 9
            numbers = numbers * np.uint64(10) + digit
        width = LEAD_INTERNATIONAL if international else LEAD_NATIONAL
        leads = (numbers // np.uint64(10 ** (length - width))).astype(np.int64)
        leads[~plain] = 0
        key = (length, international)
        if key not in self._kinds:
            self._kinds[key] = np.full(10**width, UNKNOWN, np.int8)
        ways = self._kinds[key]
        fresh = np.zeros(len(ways), np.bool_)
        fresh[leads[plain & (ways[leads] == UNKNOWN)]] = True
        for lead in np.flatnonzero(fresh):
            ways[lead] = self._way(str(lead).zfill(width), length, international)
        found = ways[leads]
        plain &= found != ASK
        for left_out in range(TRUNK_DIGITS + 1):
            rows = np.flatnonzero(plain & (found == left_out))
            if len(rows):
                size = np.uint64(10 ** (length - left_out))
                numbers[rows] = np.uint64(self._code) * size + numbers[rows] % size
        return numbers, plain

    def _way(self, lead: str, length: int, international: bool) -> int:
        """How all numbers of this length that begin so are read; ASK where that is not sure."""
        if not _decided(lead, None if international else self._region):
            return ASK
        if not international and lead.startswith(str(self._code)) and length <= self._longest:
            return ASK  # with the country's code, or one of its own that begins like it: all digits count
        tails = (tail * (length - len(lead)) for tail in _TAILS)
        ways = {_way(f"{lead}{tail}", international, self._region, self._code) for tail in tails}
        return ways.pop() if len(ways) == 1 else ASK


def _longest(region: str) -> int:
    """The digits of the longest national number."""
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None, region
    assert metadata.general_desc is not None, region
    return max(metadata.general_desc.possible_length)


def _way(digits: str, international: bool, region: str | None, code: int) -> int:
    number = _possible(f"+{digits}" if international else digits, None if international else region)
    if number is None:
        return ASK
    if number == int(digits) and digits[0] != "0":
        return AS_IT_STANDS
    if not international:
        for left_out in range(TRUNK_DIGITS + 1):
            if str(number) == f"{code}{digits[left_out:]}":
                return left_out
    return ASK


def _possible(text: str, region: str | None) -> int | None:
    """The number, if one of its length can be dialed from abroad."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return int(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


@cache
def _decided(lead: str, region: str | None) -> bool:
    """Whether the first digits tell all of which prefixes a number has, and how long these are. `region`
    None: they begin with the code of a country."""
    if region is not None:
        metadata = PhoneMetadata.metadata_for_region(region)
        assert metadata is not None, region
        return _told(lead, metadata.international_prefix) and _told(
            lead, metadata.national_prefix_for_parsing
        )
    for length in (1, 2, 3):
        code = 0 if lead[0] == "0" else int(lead[:length])
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            name = phonenumbers.region_code_for_country_code(code)
            metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, name)
            assert metadata is not None, code
            return _told(lead[length:], metadata.national_prefix_for_parsing)
    return False


def _told(lead: str, pattern: str | None) -> bool:
    """Whether a number that begins so can be seen to match the pattern or not."""
    if not pattern:
        return True
    if _LITERAL.fullmatch(pattern):
        return all(len(each) <= len(lead) or not each.startswith(lead) for each in pattern.split("|"))
    return _DIGITS_ALONE.fullmatch(pattern) is not None and lead[0] not in pattern
