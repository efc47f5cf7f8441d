"""What each call met, row by row: who is lost, who is not, and who counts for nothing."""

from typing import Any, Final

import pytest

from engine.compliance.abandonment import Met
from engine.compliance.met import IN_TIME, hangs_up_on_machines, met
from engine.domain.dispositions import Disposition, LeadStatus, default_disposition
from engine.domain.policy import Amd, Budget, CampaignPolicy, OnMachine
from engine.domain.time import MINUTE, SECOND
from engine.domain.words import DialMode, Ending, Outcome, Verdict


def campaign(amd: Amd) -> CampaignPolicy:
    return CampaignPolicy(
        name="orders",
        mode=DialMode.POWER,
        lists=("people",),
        pool="sales",
        customer_attempts=Budget(max=2, interval=MINUTE),
        amd=amd,
    )


PLAIN: Final = campaign(Amd())
DETECTS: Final = campaign(Amd(enabled=True))
LEAVES_MESSAGES: Final = campaign(Amd(enabled=True, on_machine=OnMachine.MESSAGE))
CONNECTS: Final = campaign(Amd(enabled=True, on_machine=OnMachine.CONNECT))

SALE: Final = default_disposition("sale")
MACHINE: Final = Disposition(code="voicemail", lead_status=LeadStatus.MACHINE)
NONE_GIVEN: Final = default_disposition("no-disposition")


def call(**more: Any) -> Met:
    given: dict[str, Any] = {
        "ending": Ending.CONNECTED,
        "outcome": Outcome.ANSWERED,
        "verdict": None,
        "person": True,
        "waited": SECOND,
        "disposition": SALE,
        "policy": PLAIN,
    }
    return met(**given | more)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, Met.CONNECTED),
        ({"waited": IN_TIME}, Met.CONNECTED),
        ({"waited": IN_TIME + 1}, Met.ABANDONED),
        ({"waited": None}, Met.CONNECTED),
        ({"disposition": MACHINE}, Met.MACHINE_TO_AGENT),
        ({"disposition": MACHINE, "waited": IN_TIME + 1}, Met.MACHINE_TO_AGENT),
        ({"verdict": Verdict.MACHINE, "policy": CONNECTS, "disposition": SALE}, Met.CONNECTED),
        ({"verdict": Verdict.MACHINE, "policy": CONNECTS, "disposition": NONE_GIVEN}, Met.MACHINE_TO_AGENT),
        ({"verdict": Verdict.HUMAN, "policy": DETECTS, "disposition": NONE_GIVEN}, Met.CONNECTED),
    ],
)
def test_a_call_that_an_agent_took(what: dict[str, Any], expected: Met) -> None:
    assert call(**what) is expected


@pytest.mark.parametrize(
    "outcome",
    [outcome for outcome in Outcome if outcome not in (Outcome.ANSWERED, Outcome.UNKNOWN)],
)
def test_a_call_that_nobody_answered_met_nobody(outcome: Outcome) -> None:
    assert call(ending=Ending.CUSTOMER_NOT_REACHED, outcome=outcome, person=False) is Met.NOBODY


def test_a_call_of_which_nobody_knows_is_taken_to_be_lost() -> None:
    assert call(ending=Ending.UNKNOWN, outcome=Outcome.UNKNOWN, person=None) is Met.ABANDONED
    assert call(ending=Ending.CUSTOMER_NOT_REACHED, outcome=Outcome.UNKNOWN, person=False) is Met.ABANDONED


@pytest.mark.parametrize("ending", [Ending.ABANDONED, Ending.AGENT_LEFT, Ending.AGENT_NOT_REACHED])
def test_a_person_for_whom_there_was_no_agent_is_lost(ending: Ending) -> None:
    assert call(ending=ending) is Met.ABANDONED


@pytest.mark.parametrize(
    ("waited", "expected"),
    [(0, Met.LEFT), (IN_TIME, Met.LEFT), (IN_TIME + 1, Met.ABANDONED), (None, Met.ABANDONED)],
)
def test_a_person_who_left_before_the_time_was_over_was_not_abandoned(
    waited: int | None, expected: Met
) -> None:
    assert call(ending=Ending.HUNG_UP, waited=waited) is expected


def test_a_person_who_heard_a_recording_was_served() -> None:
    assert call(ending=Ending.SERVED) is Met.SERVED
    assert call(ending=Ending.SERVED, person=False, verdict=Verdict.MACHINE) is Met.SERVED


@pytest.mark.parametrize("policy", [DETECTS, LEAVES_MESSAGES])
@pytest.mark.parametrize("ending", [Ending.MACHINE, Ending.MESSAGE_LEFT, Ending.ABANDONED])
def test_what_detection_took_for_a_machine_and_no_agent_heard(policy: CampaignPolicy, ending: Ending) -> None:
    assert call(ending=ending, person=False, policy=policy) is Met.MACHINE_HUNG_UP


def test_a_machine_that_should_have_gone_to_an_agent_and_did_not_is_lost_like_a_person() -> None:
    found = call(ending=Ending.ABANDONED, person=False, verdict=Verdict.MACHINE, policy=CONNECTS)
    assert found is Met.ABANDONED


def test_which_campaigns_hang_up_on_machines() -> None:
    assert [hangs_up_on_machines(each) for each in (PLAIN, DETECTS, LEAVES_MESSAGES, CONNECTS)] == [
        False,
        True,
        True,
        False,
    ]
