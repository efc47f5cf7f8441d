"""A lead's turn among those of its list that were never called: a whole number, the lowest first.

It depends on the lead alone, never on who else is on the list, so an import while the campaign runs puts
every lead where it belongs. Leads with the same turn go by due time, then by id.
"""

import math
import struct
from datetime import UTC, datetime
from typing import Final, assert_never

from engine.chance import uniform
from engine.domain.selection import LeadOrder, NewLeads
from engine.domain.time import Instant

LAST: Final = (1 << 63) - 1  # the greatest number that the store keeps
LATEST: Final[Instant] = 1 << 62  # later than any import
_RESOLUTION: Final = 1 << 53  # of a drawn number


def turn_of(
    order: NewLeads, campaign: str, lead: int, *, imported_at: Instant, value: str | None = None
) -> int:
    """From 0 to LAST. `value` is the lead's attribute that the order names; a lead without a number or date
    there comes last, ascending and descending."""
    match order.by:
        case LeadOrder.OLDEST_DUE:
            return 0
        case LeadOrder.NEWEST_IMPORT:
            return LATEST - imported_at
        case LeadOrder.RANDOM:
            return int(uniform(order.seed, "turn", campaign, lead) * _RESOLUTION)
        case LeadOrder.FIELD:
            number = None if value is None else measure(value)
            if number is None:
                return LAST
            place = _place(number)
            return LAST - 1 - place if order.descending else place
        case _ as never:
            assert_never(never)


def measure(value: str) -> float | None:
    """A number as it is, a date or time of ISO 8601 (UTC, if it has no zone) in seconds; None for others."""
    text = value.strip()
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        return _seconds(text)
    return number if math.isfinite(number) else None


def _seconds(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _place(number: float) -> int:
    """A whole number from 0 to LAST - 1 that ascends with the number, but for its last binary place."""
    (bits,) = struct.unpack(">q", struct.pack(">d", number + 0.0))  # 0.0 and -0.0 are one number
    ascending = bits if bits >= 0 else -(bits & LAST) - 1
    return int((ascending + LAST + 1) >> 1)
