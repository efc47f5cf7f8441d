"""Contact status as the vendor documents it, held against a reference that replays each lead's calls."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, strategies as st

from engine.attempts.contact import contact_status, is_final, person_answered, taken_for_person
from engine.domain.policy import Amd, Budget, CampaignPolicy, OnMachine, OnUnsure
from engine.domain.words import ContactStatus, DialMode, Ending, Outcome, Verdict

PLAIN: Final = CampaignPolicy(
    name="survey",
    mode=DialMode.AGENTLESS,
    lists=("people",),
    pool=None,
    customer_attempts=Budget(max=5, interval=0),
)
SCREENED: Final = replace(PLAIN, amd=Amd(enabled=True))
STRICT: Final = replace(PLAIN, amd=Amd(enabled=True, on_unsure=OnUnsure.MACHINE))
CONNECTING: Final = replace(PLAIN, amd=Amd(enabled=True, on_machine=OnMachine.CONNECT))

NOT_ANSWERED: Final = [each for each in Outcome if each not in (Outcome.ANSWERED, Outcome.UNKNOWN)]


# --- who answered -------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", NOT_ANSWERED)
def test_a_call_that_was_not_answered_is_a_failed_contact(outcome: Outcome) -> None:
    for ending in (Ending.CUSTOMER_NOT_REACHED, Ending.AGENT_LEFT):
        assert person_answered(ending, outcome, None, PLAIN) is False


@pytest.mark.parametrize("ending", [Ending.CONNECTED, Ending.SERVED, Ending.ABANDONED, Ending.HUNG_UP])
def test_a_person_answered_whatever_came_of_the_call(ending: Ending) -> None:
    for policy in (PLAIN, SCREENED):
        for verdict in (None, Verdict.HUMAN):
            assert person_answered(ending, Outcome.ANSWERED, verdict, policy) is True


@pytest.mark.parametrize("ending", [Ending.MACHINE, Ending.MESSAGE_LEFT])
def test_a_machine_is_a_failed_contact_even_if_a_message_was_left(ending: Ending) -> None:
    for verdict in (None, Verdict.UNSURE, Verdict.MACHINE):
        assert person_answered(ending, Outcome.ANSWERED, verdict, SCREENED) is False


def test_a_verdict_that_came_too_late_for_the_call_still_says_who_answered() -> None:
    assert person_answered(Ending.MESSAGE_LEFT, Outcome.ANSWERED, Verdict.HUMAN, STRICT) is True
    assert person_answered(Ending.CONNECTED, Outcome.ANSWERED, Verdict.MACHINE, SCREENED) is False


def test_a_machine_that_was_connected_with_an_agent_is_a_failed_contact() -> None:
    assert person_answered(Ending.CONNECTED, Outcome.ANSWERED, Verdict.MACHINE, CONNECTING) is False


@pytest.mark.parametrize("verdict", [None, Verdict.UNSURE])
def test_who_could_not_be_judged_is_taken_as_the_campaign_says(verdict: Verdict | None) -> None:
    assert person_answered(Ending.HUNG_UP, Outcome.ANSWERED, verdict, SCREENED) is True
    assert person_answered(Ending.HUNG_UP, Outcome.ANSWERED, verdict, STRICT) is False


def test_without_detection_whoever_answers_is_a_person() -> None:
    assert taken_for_person(None, PLAIN)
    assert taken_for_person(Verdict.HUMAN, STRICT)
    assert not taken_for_person(Verdict.MACHINE, SCREENED)


def test_an_answer_that_crosses_our_hang_up_is_a_person() -> None:
    assert person_answered(Ending.ABANDONED, Outcome.ANSWERED, None, PLAIN) is True


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending.UNKNOWN, Outcome.UNKNOWN),
        (Ending.UNKNOWN, None),
        (Ending.CUSTOMER_NOT_REACHED, Outcome.UNKNOWN),  # the end was never told
    ],
)
def test_a_call_of_which_nobody_knows_is_neither_a_failure_nor_a_success(
    ending: Ending, outcome: Outcome | None
) -> None:
    for policy in (PLAIN, STRICT):
        assert person_answered(ending, outcome, None, policy) is None


# --- the status ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "failures", "reached", "status"),
    [
        (0, 0, False, ContactStatus.NOT_CALLED),
        (1, 0, False, ContactStatus.NOT_REACHED),  # nobody knows how it ended
        (1, 1, False, ContactStatus.NOT_REACHED),
        (2, 2, False, ContactStatus.BAD_CONNECTION),
        (9, 9, False, ContactStatus.BAD_CONNECTION),
        (1, 0, True, ContactStatus.SUCCESSFUL),
        (3, 2, True, ContactStatus.SUCCESSFUL),
        (9, 8, True, ContactStatus.SUCCESSFUL),
    ],
)
def test_two_failed_contacts_are_a_bad_connection_and_an_answer_is_successful_for_good(
    calls: int, failures: int, reached: bool, status: ContactStatus
) -> None:
    assert contact_status(calls=calls, failures=failures, reached=reached, threshold=2) is status


def test_the_campaign_says_after_how_many_failures_a_connection_is_bad() -> None:
    def after(failures: int, threshold: int) -> ContactStatus:
        return contact_status(calls=failures, failures=failures, reached=False, threshold=threshold)

    assert after(1, 1) is ContactStatus.BAD_CONNECTION
    assert [after(failures, 4) for failures in (3, 4)] == [
        ContactStatus.NOT_REACHED,
        ContactStatus.BAD_CONNECTION,
    ]


def test_the_default_is_two_failures() -> None:
    assert PLAIN.bad_connection_after == 2


HAPPENINGS: Final = st.lists(st.sampled_from(["failed", "person", "unknown", "agent only", "new cycle"]))


@given(HAPPENINGS, st.integers(1, 5))
def test_the_status_is_what_a_lead_would_say_of_its_own_calls(history: list[str], threshold: int) -> None:
    calls = failures = 0
    reached = False
    seen: list[ContactStatus] = []
    for happening in history:
        calls += happening in ("failed", "person", "unknown")
        failures += happening == "failed"
        reached = reached or happening == "person"
        status = contact_status(calls=calls, failures=failures, reached=reached, threshold=threshold)
        assert status is _by_memory(history[: len(seen) + 1], threshold)
        seen.append(status)
    order = list(ContactStatus)
    ranks = [order.index(status) for status in seen]
    assert ranks == sorted(ranks), "it never goes back, and successful is for good"


def _by_memory(history: list[str], threshold: int) -> ContactStatus:
    """The documented sentences, one after the other, of the whole history."""
    phone = [each for each in history if each in ("failed", "person", "unknown")]
    if "person" in phone:
        return ContactStatus.SUCCESSFUL
    if sum(each == "failed" for each in phone) >= threshold:
        return ContactStatus.BAD_CONNECTION
    return ContactStatus.NOT_REACHED if phone else ContactStatus.NOT_CALLED


# --- provisional and final ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "cases", "dialable", "live", "final"),
    [
        (False, 10, 3, 0, False),  # some can still be called
        (False, 10, 0, 0, True),  # all customers have been called
        (False, 10, 0, 1, False),  # but for one whose call goes on
        (True, 10, 3, 0, True),  # the campaign has ended
        (True, 10, 3, 1, False),  # and its last call has not
        (False, 0, 0, 0, False),  # it has no leads yet
        (True, 0, 0, 0, True),
    ],
)
def test_statuses_are_final_once_nothing_can_be_dialed_or_the_campaign_has_ended(
    ended: bool, cases: int, dialable: int, live: int, final: bool
) -> None:
    assert is_final(ended=ended, cases=cases, dialable=dialable, live=live) is final
