"""Carrier events become journal lines once, whatever the network does to them."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine import ports
from engine.calls.bell import Bell
from engine.calls.switchboard import DIGITS_MAX
from engine.domain.time import SECOND
from engine.domain.words import Outcome, Side, Verdict
from engine.journal import events as e
from engine.store.changes import intend_agent_leg
from engine.store.claims import Started, begin_attempts
from tests.gates import GATES
from tests.office import Office, campaign, in_office


def with_leg(path: Path, main: Callable[[Office, int], Awaitable[None]]) -> None:
    """Run with an attempt whose customer leg is intended."""
    policy = campaign()

    async def run(office: Office) -> None:
        office.sql.execute("UPDATE campaigns SET state = 'running'")
        begun = await office.write(begin_attempts(policy, 1, office.ids, gates=GATES, first=Side.CUSTOMER))
        assert isinstance(begun, list)
        assert isinstance(begun[0], Started)
        assert begun[0].leg is not None
        office.lines.clear()
        await main(office, begun[0].leg)

    in_office(path, run, policy, leads=1)


def kinds(office: Office) -> list[str]:
    return [event.KIND for _, event in office.lines]


def test_events_that_say_nothing_new_are_dropped(tmp_path: Path) -> None:
    async def main(office: Office, leg: int) -> None:
        for event in (
            ports.Ringing(leg=leg),
            ports.Ringing(leg=leg),
            ports.Answered(leg=leg),
            ports.Answered(leg=leg),
            ports.Judged(leg=leg, verdict=Verdict.HUMAN),
            ports.Judged(leg=leg, verdict=Verdict.MACHINE),
        ):
            office.carrier.tell(event)
        assert kinds(office) == ["leg.rang", "leg.answered", "leg.judged"]
        assert office.floor.legs[leg].verdict is Verdict.HUMAN

    with_leg(tmp_path, main)


def test_ringing_that_comes_after_the_answer_is_dropped(tmp_path: Path) -> None:
    async def main(office: Office, leg: int) -> None:
        office.carrier.answer(leg)
        office.carrier.tell(ports.Ringing(leg=leg))
        assert kinds(office) == ["leg.answered"]

    with_leg(tmp_path, main)


def test_the_end_is_believed_first_and_for_ever(tmp_path: Path) -> None:
    async def main(office: Office, leg: int) -> None:
        office.carrier.end(leg, Outcome.BUSY)
        office.carrier.end(leg, Outcome.NO_ANSWER)
        office.carrier.answer(leg)
        office.carrier.tell(ports.DigitPressed(leg=leg, digit="1"))
        assert kinds(office) == ["leg.ended"]
        assert office.floor.legs[leg].outcome is Outcome.BUSY

    with_leg(tmp_path, main)


def test_a_leg_that_was_answered_ends_as_answered_whatever_its_end_says(tmp_path: Path) -> None:
    async def main(office: Office, leg: int) -> None:
        office.carrier.answer(leg)
        office.carrier.end(leg, Outcome.CANCELLED)
        assert office.floor.legs[leg].outcome is Outcome.ANSWERED

    with_leg(tmp_path, main)


def test_events_of_legs_that_nobody_knows_are_dropped(tmp_path: Path) -> None:
    async def main(office: Office, leg: int) -> None:
        office.carrier.answer(leg + 1)
        office.carrier.end(leg + 1)
        assert office.lines == []

    with_leg(tmp_path, main)


def test_a_message_that_is_not_playing_has_not_been_played(tmp_path: Path) -> None:
    async def main(office: Office, leg: int) -> None:
        office.carrier.answer(leg)
        office.journal.append(e.MessageStarted(leg=leg, message="offer"))
        office.carrier.tell(ports.Played(leg=leg, message="news"))
        office.carrier.tell(ports.Played(leg=leg, message="offer"))
        office.carrier.tell(ports.Played(leg=leg, message="offer"))
        assert kinds(office) == ["leg.answered", "message.started", "message.played"]

    with_leg(tmp_path, main)


def test_a_leg_that_presses_keys_without_end_is_hung_up(tmp_path: Path) -> None:
    async def main(office: Office, leg: int) -> None:
        office.carrier.answer(leg)
        for _ in range(DIGITS_MAX + 1):
            office.carrier.tell(ports.DigitPressed(leg=leg, digit="5"))
        assert office.floor.legs[leg].digits == "5" * DIGITS_MAX
        assert office.carrier.commands == [("hang_up", leg)]

    with_leg(tmp_path, main)


def test_health_is_news_only_when_it_changes(tmp_path: Path) -> None:
    async def main(office: Office, leg: int) -> None:
        told: list[bool] = []
        office.switchboard.on_health = lambda: told.append(office.floor.connected)
        for connected in (True, False, False, True):
            office.carrier.tell(ports.HealthChanged(connected=connected))
        assert kinds(office) == ["carrier.changed", "carrier.changed"]
        assert told == [False, True]

    with_leg(tmp_path, main)


@pytest.mark.parametrize("forgets", [False, True])
def test_everyone_who_expects_a_leg_is_woken_until_they_forget_it(tmp_path: Path, *, forgets: bool) -> None:
    async def main(office: Office, leg: int) -> None:
        view, bells = office.floor.legs[leg], [Bell(office.clock), Bell(office.clock)]
        for bell in bells:
            office.switchboard.expect(leg, bell)
        office.switchboard.forget(leg, bells[0])
        if forgets:
            office.switchboard.forget(leg, bells[1])
            office.switchboard.forget(leg, bells[1])
        office.clock.call_at(office.clock.now() + SECOND, lambda: office.carrier.answer(leg))
        start = office.clock.now()
        assert await bells[1].until(lambda: view.up, deadline=start + 5 * SECOND)
        assert office.clock.now() - start == (5 if forgets else 1) * SECOND

    with_leg(tmp_path, main)


def test_an_agents_standing_leg_is_forgotten_by_the_floor_at_its_end(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await office.write(intend_agent_leg(None, "ann", office.ids))
        office.carrier.end(leg, Outcome.REJECTED)
        office.carrier.answer(leg)
        assert leg not in office.floor.legs

    in_office(tmp_path, main)
