"""The state or province of a postcode, by its first characters.

In the countries whose postcodes all tell it, one that tells none is of nowhere: of the armed forces abroad,
not in use, or mistyped. Elsewhere a postcode says nothing.
"""

import re
from bisect import bisect_right
from typing import Final

_US: Final = (
    "005 NY,006 PR,008 VI,009 PR,010 MA,028 RI,030 NH,039 ME,050 VT,055 MA,056 VT,060 CT,070 NJ,090 -,"
    "100 NY,150 PA,197 DE,200 DC,201 VA,202 DC,206 MD,220 VA,247 WV,269 -,270 NC,290 SC,300 GA,320 FL,"
    "340 -,341 FL,350 AL,370 TN,386 MS,398 GA,400 KY,428 -,430 OH,460 IN,480 MI,500 IA,529 -,530 WI,"
    "550 MN,568 -,570 SD,578 -,580 ND,589 -,590 MT,600 IL,630 MO,659 -,660 KS,680 NE,694 -,700 LA,"
    "715 -,716 AR,730 OK,733 TX,734 OK,750 TX,800 CO,817 -,820 WY,832 ID,839 -,840 UT,848 -,850 AZ,"
    "866 -,870 NM,885 TX,886 -,889 NV,899 -,900 CA,962 -,967 HI,969 GU,970 OR,980 WA,995 AK"
)
"""The first ZIP3 of each run, and its state; - for the armed forces and for numbers that are not used."""

_CA: Final = {
    "A": "NL", "B": "NS", "C": "PE", "E": "NB", "G": "QC", "H": "QC", "J": "QC", "K": "ON", "L": "ON",
    "M": "ON", "N": "ON", "P": "ON", "R": "MB", "S": "SK", "T": "AB", "V": "BC", "X": "NT NU", "Y": "YT",
}  # fmt: skip
"""X is of two territories."""

_AU: Final = (
    "0200 ACT,0300 -,0800 NT,1000 NSW,2600 ACT,2619 NSW,2900 ACT,2921 NSW,3000 VIC,4000 QLD,5000 SA,"
    "6000 WA,7000 TAS,8000 VIC,9000 QLD"
)
_ES: Final = {"35": "CN", "38": "CN"}


def _runs(text: str) -> tuple[list[str], list[str | None]]:
    pairs = [run.split() for run in text.split(",")]
    return [first for first, _ in pairs], [None if state == "-" else state for _, state in pairs]


_ZIPS: Final = _runs(_US)
_AU_POSTCODES: Final = _runs(_AU)


def postcode_states(country: str, postcode: str) -> frozenset[str] | None:
    """The states that a postcode may be of, as in US-FL without the country: none where the country's tell
    nothing, and None where they do and this one is of no place."""
    text = postcode.strip().upper()
    match country:
        case "US":
            return _in_run(_ZIPS, text[:3]) if _ZIP.fullmatch(text) else None
        case "AU":
            return _in_run(_AU_POSTCODES, text) if _FOUR_DIGITS.fullmatch(text) else None
        case "CA":
            states = _CA.get(text[:1], "") if _SORTATION_AREA.match(text) else ""
            return frozenset(states.split()) or None
        case "ES":
            return frozenset(_ES.get(text[:2], "").split())
        case _:
            return frozenset()


def telling(postcode: str) -> str:
    """As much of a postcode as tells its states, with * for what is left out: what is the same here is of the
    same states everywhere."""
    text = postcode.strip().upper()
    if _ZIP.fullmatch(text):
        return f"{text[:_TOLD_BY]}**"
    return text if len(text) <= _WHOLE else f"{text[:_TOLD_BY]}*"


_ZIP: Final = re.compile(r"[0-9]{3}([0-9]{2}(-?[0-9]{4})?|\*\*)")
_FOUR_DIGITS: Final = re.compile(r"[0-9]{4}")
_SORTATION_AREA: Final = re.compile(r"[A-Z][0-9][A-Z]")
_WHOLE: Final = 4  # of Australia
_TOLD_BY: Final = 3  # elsewhere


def _in_run(runs: tuple[list[str], list[str | None]], text: str) -> frozenset[str] | None:
    firsts, states = runs
    index = bisect_right(firsts, text) - 1
    state = states[index] if index >= 0 else None
    return None if state is None else frozenset({state})
