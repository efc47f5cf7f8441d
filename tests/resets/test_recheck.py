"""A previewed lead is looked at again, and what changed since keeps it out with a reason."""

from typing import Any

import pytest

from engine.domain.time import HOUR
from engine.domain.words import CaseStatus
from engine.resets.recheck import Exclusion, Found, exclusion
from engine.resets.request import Callable, Properties, ResetRequest, Settings

AT = 1_772_442_000_000_000


def found(**given: Any) -> Found:
    values: dict[str, Any] = {
        "live": False,
        "do_not_call": False,
        "machine_at": None,
        "abandoned_at": None,
        "last_attempt": 7,
        "list_active": True,
        "statuses": [CaseStatus.CUSTOMER_FAILED],
        "final": False,
        "exhausted": True,
    }
    return Found(**(values | given))


def asked(*, override_compliance: bool = False, **properties: Any) -> ResetRequest:
    given: dict[str, Any] = {"callable": Callable.FINALLED, "override_max": True} | properties
    return ResetRequest(
        settings=Settings(override_compliance=override_compliance), properties=Properties(**given)
    )


def test_a_lead_as_it_was_previewed_is_reset() -> None:
    assert exclusion(found(), 7, asked(), at=AT) is None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"live": True, "do_not_call": True}, Exclusion.BEING_CALLED),
        ({"do_not_call": True, "last_attempt": 8}, Exclusion.DO_NOT_CALL),
        ({"machine_at": AT - HOUR, "last_attempt": 8}, Exclusion.PROTECTED),
        ({"abandoned_at": AT - 71 * HOUR}, Exclusion.PROTECTED),
        ({"last_attempt": 8}, Exclusion.DIALED),
        ({"list_active": False}, Exclusion.INACTIVE),
        ({"final": True}, Exclusion.CHANGED),
        ({"statuses": [CaseStatus.NEW]}, Exclusion.CHANGED),
    ],
)
def test_what_changed_since_the_preview_is_told(changed: dict[str, Any], why: Exclusion) -> None:
    assert exclusion(found(**changed), 7, asked(), at=AT) is why


def test_attempts_used_up_since_without_the_override_keep_a_lead_out() -> None:
    lenient = asked(callable=Callable.EVERYTHING, override_max=False)
    assert exclusion(found(exhausted=False), 7, lenient, at=AT) is None
    assert exclusion(found(), 7, lenient, at=AT) is Exclusion.CHANGED


def test_overriding_compliance_takes_who_became_protected_but_not_who_was_dialed() -> None:
    protected = found(machine_at=AT - HOUR)
    assert exclusion(protected, 7, asked(override_compliance=True), at=AT) is None
    dialed = found(machine_at=AT - HOUR, last_attempt=8)
    assert exclusion(dialed, 7, asked(override_compliance=True), at=AT) is Exclusion.DIALED
