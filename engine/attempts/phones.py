"""Which of a lead's phones is dialed next.

The numbers go round in the campaign's order. A number on which a person was reached is kept, and so is one
whose call did not ring in full. A number that is out of use is left at once, as long as there are others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.domain.case import Case
from engine.domain.selection import PhoneOrder, PhonePolicy
from engine.domain.words import Ending, Outcome


@dataclass(frozen=True, slots=True)
class NextPhone:
    """`phone` None: the same again. `tries`: calls to it in a row by now. `round`: every number had its
    calls, and they begin anew."""

    phone: int | None
    tries: int
    round: bool = False


_IN_VAIN: Final = frozenset({Ending.CUSTOMER_NOT_REACHED, Ending.MACHINE, Ending.MESSAGE_LEFT})
"""The phone rang, or would have, and no person was on it."""


def next_phone(case: Case, policy: PhonePolicy, ending: Ending, outcome: Outcome | None) -> NextPhone:
    """After an attempt at `case.phone`, one of `case.phones` (those in use, in order) or left out of them."""
    if not policy.several or ending not in _IN_VAIN:
        return NextPhone(None, case.phone_tries)
    others = tuple(phone for phone in case.phones if phone != case.phone)
    if not others:
        return NextPhone(None, case.phone_tries + 1)
    out_of_use = is_out_of_use(policy, outcome)
    if case.phone_tries + 1 < policy.attempts_each and not out_of_use:
        return NextPhone(None, case.phone_tries + 1)
    at = case.phones.index(case.phone) if case.phone in case.phones else -1
    last = at == len(case.phones) - 1
    return NextPhone(case.phones[0 if last else at + 1], 0, round=last)


def is_out_of_use(policy: PhonePolicy, outcome: Outcome | None) -> bool:
    """Whether a call with this outcome says that the number is not worth another."""
    return outcome in policy.skip


_FIRST: Final[dict[PhoneOrder, tuple[str, ...]]] = {
    PhoneOrder.FIRST_ONLY: (),
    PhoneOrder.IN_ORDER: (),
    PhoneOrder.MOBILE_FIRST: ("mobile", "fixed-line-or-mobile"),
    PhoneOrder.FIXED_LINE_FIRST: ("fixed-line", "fixed-line-or-mobile"),
}
"""The kinds of numbers that each order prefers, the best first; all others come after, as they stand."""


def preferred_kinds(order: PhoneOrder) -> tuple[str, ...]:
    """The kinds of numbers that go first."""
    return _FIRST[order]


def in_order(order: PhoneOrder, phones: Iterable[tuple[int, str]]) -> tuple[int, ...]:
    """The ids of a lead's phones, given with their kinds as they stand on the list, in the order to dial."""
    preferred = preferred_kinds(order)

    def place(phone: tuple[int, str]) -> int:
        return preferred.index(phone[1]) if phone[1] in preferred else len(preferred)

    return tuple(identity for identity, _ in sorted(phones, key=place))
