"""Numbers in plain spelling, read from phonenumbers' own tables with each pattern compiled once.

Six times as fast as `phonenumbers.parse`, `number_type` and `region_code_for_number`, for lists of a
million. Whatever is not plainly a valid number is left to them: None means "ask phonenumbers", never "bad".
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

Reading: TypeAlias = tuple[str, str, str | None]
"""E.164, the kind (`mobile`, `fixed-line`, …), and the ISO country, None for numbers of no country."""

DIGITS_MIN: Final = 5  # a country code and the shortest national numbers
DIGITS_MAX: Final = 15  # E.164

_SEPARATORS: Final = str.maketrans("", "", " -.()")
_WORLD: Final = "001"  # the region of numbers of no country

# phonenumbers' order: the first kind that matches is the number's kind.
_SPECIAL_KINDS: Final = (
    ("premium_rate", "premium-rate"),
    ("toll_free", "toll-free"),
    ("shared_cost", "shared-cost"),
    ("voip", "voip"),
    ("personal_number", "personal-number"),
    ("pager", "pager"),
    ("uan", "uan"),
    ("voicemail", "voicemail"),
)


def read(text: str, region: str | None) -> Reading | None:
    """The valid number that `text` plainly is, or None if only phonenumbers can tell."""
    digits = text.translate(_SEPARATORS)
    if not digits.isascii():
        return None
    if digits.startswith("+"):
        return _international(digits[1:]) if digits[1:].isdigit() and text.startswith("+") else None
    return _national(digits, region) if region is not None and digits.isdigit() else None


def _international(digits: str) -> Reading | None:
    if not DIGITS_MIN <= len(digits) <= DIGITS_MAX:
        return None
    for length in (1, 2, 3):
        if plan := _plan_of(digits[:length]):
            national = digits[length:]
            # A trunk prefix after the country code, as in +44 (0)20…, is phonenumbers' business.
            if plan.trunk_prefix is not None and plan.trunk_prefix.match(national):
                return None
            return plan.read(national)
    return None


def _national(digits: str, region: str) -> Reading | None:
    home = _home(region)
    if home is None or not DIGITS_MIN <= len(digits) <= DIGITS_MAX:
        return None
    if home.leaves_country.match(digits) or digits.startswith(home.plan.code):
        return None
    trunk_prefix = home.trunk_prefix
    if trunk_prefix is not None and (found := trunk_prefix.match(digits)):
        if trunk_prefix.groups:
            return None  # carrier codes and rewritten numbers
        digits = digits[found.end() :]
    if not home.numbers.matches(digits):
        return None
    return home.plan.read(digits)


@dataclass(frozen=True, slots=True)
class _Description:
    """The numbers of one kind: their lengths (none: any) and their pattern."""

    lengths: frozenset[int]
    pattern: re.Pattern[str]

    def matches(self, national: str) -> bool:
        if self.lengths and len(national) not in self.lengths:
            return False
        return self.pattern.fullmatch(national) is not None


@dataclass(frozen=True, slots=True)
class _Region:
    """`special` matches every number of the special kinds, and some more: it saves trying them one by one."""

    name: str | None
    leading_digits: re.Pattern[str] | None
    general: _Description
    special: re.Pattern[str]
    special_kinds: tuple[tuple[_Description, str], ...]
    fixed: _Description
    mobile: _Description
    same: bool  # fixed and mobile numbers look alike

    def kind(self, national: str) -> str | None:
        """phonenumbers' `number_type`, None for its UNKNOWN."""
        if not self.general.matches(national):
            return None
        if self.special.fullmatch(national):
            for description, kind in self.special_kinds:
                if description.matches(national):
                    return kind
        if self.fixed.matches(national):
            both = self.same or self.mobile.matches(national)
            return "fixed-line-or-mobile" if both else "fixed-line"
        return "mobile" if not self.same and self.mobile.matches(national) else None


@dataclass(frozen=True, slots=True)
class _Plan:
    """One country code and the regions that share it."""

    code: str
    trunk_prefix: re.Pattern[str] | None
    regions: tuple[_Region, ...]

    def read(self, national: str) -> Reading | None:
        if len(self.regions) == 1:
            region = self.regions[0]
            kind = region.kind(national)
            return None if kind is None else (f"+{self.code}{national}", kind, region.name)
        for region in self.regions:
            if region.leading_digits is not None:
                if region.leading_digits.match(national):
                    kind = region.kind(national)
                    return None if kind is None else (f"+{self.code}{national}", kind, region.name)
            elif (kind := region.kind(national)) is not None:
                return (f"+{self.code}{national}", kind, region.name)
        return None


@dataclass(frozen=True, slots=True)
class _Home:
    """How numbers are dialed inside one region."""

    plan: _Plan
    numbers: _Description
    leaves_country: re.Pattern[str]
    trunk_prefix: re.Pattern[str] | None


@cache
def _plan_of(code: str) -> _Plan | None:
    names = COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if names is None or code.startswith("0"):
        return None
    main = PhoneMetadata.metadata_for_region_or_calling_code(int(code), names[0])
    if main is None:
        return None
    regions = tuple(_region(int(code), name) for name in names)
    return _Plan(code, _pattern(main.national_prefix_for_parsing), regions)


@cache
def _home(region: str) -> _Home | None:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.country_code is None:
        return None
    plan = _plan_of(str(metadata.country_code))
    if plan is None:
        return None
    return _Home(
        plan=plan,
        numbers=_description(metadata.general_desc),
        leaves_country=_pattern(metadata.international_prefix) or _NEVER,
        trunk_prefix=_pattern(metadata.national_prefix_for_parsing),
    )


def _region(code: int, name: str) -> _Region:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, name)
    assert metadata is not None, name
    special_kinds = tuple(
        (description, kind)
        for field, kind in _SPECIAL_KINDS
        if (description := _description(getattr(metadata, field))) is not _NOTHING
    )
    either = "|".join(f"(?:{description.pattern.pattern})" for description, _ in special_kinds)
    return _Region(
        name=None if name == _WORLD else name,
        leading_digits=_pattern(metadata.leading_digits),
        general=_description(metadata.general_desc),
        special=_pattern(either) or _NEVER,
        special_kinds=special_kinds,
        fixed=_description(metadata.fixed_line),
        mobile=_description(metadata.mobile),
        same=bool(metadata.same_mobile_and_fixed_line_pattern),
    )


def _description(description: PhoneNumberDesc | None) -> _Description:
    if description is None or not description.national_number_pattern:
        return _NOTHING
    lengths = frozenset(description.possible_length)
    return _Description(lengths, re.compile(description.national_number_pattern))


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text) if text else None


_NEVER: Final = re.compile(r"(?!)")
_NOTHING: Final = _Description(frozenset(), _NEVER)
