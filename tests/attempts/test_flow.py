"""What a flow may ask, as tables."""

import pytest

from engine.attempts.flow import holds
from engine.domain.policy import Condition


@pytest.mark.parametrize(
    ("condition", "digits", "disposition", "expected"),
    [
        (None, "", None, True),
        (Condition(), "", None, True),
        (Condition(digits="1"), "1", None, True),
        (Condition(digits="1"), "2", None, False),
        (Condition(digits="1"), "11", None, False),
        (Condition(digits=""), "", None, True),
        (Condition(digits_not="1"), "1", None, False),
        (Condition(digits_not="1"), "", None, True),
        (Condition(digits_not=""), "", None, False),
        (Condition(disposition="sale"), "", "sale", True),
        (Condition(disposition="sale"), "", "no-sale", False),
        (Condition(disposition="sale"), "", None, False),
        (Condition(disposition_not="sale"), "", "sale", False),
        (Condition(disposition_not="sale"), "", None, True),
        (Condition(digits="1", disposition="sale"), "1", "sale", True),
        (Condition(digits="1", disposition="sale"), "1", "no-sale", False),
        (Condition(digits="1", disposition="sale"), "2", "sale", False),
    ],
)
def test_a_condition_holds_when_every_part_that_is_given_holds(
    condition: Condition | None, digits: str, disposition: str | None, expected: bool
) -> None:
    assert holds(condition, digits=digits, disposition=disposition) is expected
