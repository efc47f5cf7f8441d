"""What an earlier call came to, as rules count it."""

import pytest

from engine.compliance.past import came_to
from engine.compliance.terms import Event, Reach
from engine.domain.words import Ending, Outcome, Verdict

ABANDONED, CONVERSATION = Event.ABANDONED, Event.CONVERSATION


def came(
    outcome: Outcome | None,
    ending: Ending | None = None,
    *,
    verdict: Verdict | None = None,
    connected: bool = False,
    person: bool | None = None,
    refused: bool = False,
) -> tuple[Reach, tuple[Event, ...]]:
    return came_to(
        outcome=outcome,
        ending=ending,
        verdict=verdict,
        connected=connected,
        person=person,
        refused=refused,
    )


def test_a_call_that_is_under_way_has_come_to_nothing_and_counts_as_the_farthest() -> None:
    assert came(None) == (Reach.CONVERSATION, ())


def test_of_a_call_that_a_crash_hid_the_worst_is_taken() -> None:
    assert came(Outcome.UNKNOWN, Ending.UNKNOWN) == (Reach.CONVERSATION, (ABANDONED, CONVERSATION))


@pytest.mark.parametrize("outcome", [Outcome.BUSY, Outcome.CONGESTION, Outcome.INVALID, Outcome.FAILED])
def test_what_was_not_connected_did_not_ring(outcome: Outcome) -> None:
    assert came(outcome) == (Reach.NOT_CONNECTED, ())


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.REJECTED, Outcome.CANCELLED])
def test_what_nobody_answered_rang(outcome: Outcome) -> None:
    assert came(outcome) == (Reach.RANG, ())


def test_agent_and_person_who_were_joined_had_a_conversation() -> None:
    assert came(Outcome.ANSWERED, Ending.CONNECTED, connected=True, person=True) == (
        Reach.CONVERSATION,
        (CONVERSATION,),
    )


def test_whom_nobody_knows_not_to_be_a_person_was_one() -> None:
    assert came(Outcome.ANSWERED, Ending.CONNECTED, connected=True)[0] is Reach.CONVERSATION


def test_an_agent_who_heard_a_machine_had_no_conversation() -> None:
    assert came(Outcome.ANSWERED, Ending.CONNECTED, connected=True, person=False) == (Reach.ANSWERED, ())


def test_a_machine_is_one_by_detection_and_by_how_the_call_ended() -> None:
    machine = (Reach.ANSWERED, (Event.MACHINE,))
    assert came(Outcome.ANSWERED, Ending.HUNG_UP, verdict=Verdict.MACHINE) == machine
    assert came(Outcome.ANSWERED, Ending.MESSAGE_LEFT) == machine


def test_a_person_whom_detection_took_for_a_machine_was_both() -> None:
    reach, events = came(
        Outcome.ANSWERED, Ending.CONNECTED, verdict=Verdict.MACHINE, connected=True, person=True
    )
    assert (reach, events) == (Reach.CONVERSATION, (Event.MACHINE, CONVERSATION))


def test_an_abandoned_person_had_no_conversation() -> None:
    assert came(Outcome.ANSWERED, Ending.ABANDONED, person=True) == (Reach.ANSWERED, (ABANDONED,))


def test_a_refusal_stands_with_whatever_else_it_was() -> None:
    assert came(Outcome.ANSWERED, Ending.CONNECTED, connected=True, person=True, refused=True) == (
        Reach.CONVERSATION,
        (Event.REFUSAL, CONVERSATION),
    )
    assert came(Outcome.NO_ANSWER, refused=True) == (Reach.RANG, (Event.REFUSAL,))
