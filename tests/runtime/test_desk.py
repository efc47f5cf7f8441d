"""What agents say, in every state in which they may say it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from engine import ports
from engine.domain.time import MILLISECOND, SECOND
from engine.domain.words import LEGAL, AgentState, DialMode, Outcome, Side
from engine.journal import events as e
from engine.journal.views import Seat
from engine.ports import CarrierRefused
from engine.runtime.desk import LOGGED_IN, PHONE_LOST, PHONE_NOT_ANSWERED, Desk
from engine.store.claims import begin_attempts
from tests.gates import GATES
from tests.office import NAILED_UP, Office, campaign, in_office, rows

OUT, READY, RESERVED, RINGING, TALKING, WRAP_UP, PAUSED = (
    AgentState.LOGGED_OUT,
    *(AgentState(name) for name in ("ready", "reserved", "ringing", "talking", "wrap-up", "paused")),
)

BUSY: Final = (RESERVED, RINGING, TALKING, WRAP_UP)

COMMANDS: Final[dict[str, Callable[[Desk], bool]]] = {
    "log in": lambda desk: desk.log_in("ann"),
    "ready": lambda desk: desk.ready("ann"),
    "pause": lambda desk: desk.pause("ann", "lunch"),
    "log out": lambda desk: desk.log_out("ann"),
    "accept": lambda desk: desk.accept("ann"),
    "skip": lambda desk: desk.skip("ann"),
    "hang up": lambda desk: desk.hang_up("ann"),
    "dispose": lambda desk: desk.dispose("ann", "sold"),
}

# What each command makes of each state: the state after it, "wish" if it is kept for later, None if refused.
EXPECTED: Final[dict[str, dict[AgentState, AgentState | str | None]]] = {
    "log in": {OUT: PAUSED},
    "ready": {PAUSED: READY},
    "pause": {READY: PAUSED, PAUSED: PAUSED} | dict.fromkeys(BUSY, "wish"),
    "log out": {READY: OUT, PAUSED: OUT} | dict.fromkeys(BUSY, "wish"),
    "accept": {},
    "skip": {},
    "hang up": {TALKING: TALKING},
    "dispose": {WRAP_UP: WRAP_UP},
}


async def reach(office: Office, state: AgentState) -> int | None:
    """Bring ann to a state by the ways of the desk, with an attempt if the state has one."""
    desk = office.desk
    if state is OUT:
        return None
    desk.log_in("ann")
    if state is PAUSED:
        return None
    desk.ready("ann")
    if state is READY:
        return None
    attempt = await claim(office)
    for step, act in (
        (RINGING, desk.ringing),
        (RESERVED, desk.on_the_line),
        (TALKING, desk.talking),
        (WRAP_UP, desk.wrap_up),
    ):
        act("ann", attempt)
        if step is state:
            return attempt
    raise AssertionError(state)


async def claim(office: Office) -> int:
    office.sql.execute("UPDATE campaigns SET state = 'running'")
    policy = next(iter(office.policies.values()))
    assert office.desk.reserve("sales") == "ann"
    begun = await office.write(
        begin_attempts(policy, 1, office.ids, gates=GATES, agents=("ann",), first=None)
    )
    assert isinstance(begun, list)
    return begun[0].attempt


def ann(office: Office) -> Seat:
    return office.floor.seats["ann"]


@pytest.mark.parametrize("state", AgentState)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_every_state(tmp_path: Path, command: str, state: AgentState) -> None:
    expected = EXPECTED[command].get(state)

    async def main(office: Office) -> None:
        attempt = await reach(office, state)
        assert ann(office).state is state
        lines = len(office.lines)
        answer = COMMANDS[command](office.desk)
        assert answer is (expected is not None)
        if expected is None:
            assert len(office.lines) == lines, "a refused command leaves no line"
        after = expected if isinstance(expected, AgentState) else state
        assert ann(office).state is after
        assert after is state or after in LEGAL[state]
        assert (ann(office).wish is not None) == (expected == "wish")
        if expected == "wish":
            wish = ann(office).wish
            assert wish is not None
            office.desk.free("ann")
            assert ann(office).state is wish
            assert ann(office).wish is None
            assert ann(office).code == ("lunch" if wish is PAUSED else None)
        elif state in BUSY:
            assert ann(office).attempt == attempt
            office.desk.free("ann")
            assert ann(office).state is READY

    in_office(tmp_path, main, campaign(mode=DialMode.AGENT_FIRST), agents=("ann",), leads=1)


def test_every_state_has_a_row_of_states_that_may_follow() -> None:
    assert set(LEGAL) == set(AgentState)
    assert [state for state in AgentState if READY not in LEGAL[state] and state is not READY] == []


@pytest.mark.parametrize("answer", ["accept", "skip"])
def test_a_preview_is_answered_once(tmp_path: Path, answer: str) -> None:
    async def main(office: Office) -> None:
        office.desk.log_in("ann")
        office.desk.ready("ann")
        attempt = office.floor.attempts[await claim(office)]
        assert COMMANDS[answer](office.desk)
        assert attempt.preview == answer
        assert not office.desk.accept("ann")
        assert not office.desk.skip("ann")
        assert attempt.preview == answer

    in_office(tmp_path, main, campaign(mode=DialMode.PREVIEW), agents=("ann",), leads=1)


@pytest.mark.parametrize("answered", [False, True])
def test_leaving_in_preview_skips_the_lead_unless_it_was_answered(tmp_path: Path, *, answered: bool) -> None:
    async def main(office: Office) -> None:
        office.desk.log_in("ann")
        office.desk.ready("ann")
        attempt = office.floor.attempts[await claim(office)]
        if answered:
            office.desk.accept("ann")
        assert office.desk.pause("ann", "lunch")
        assert attempt.preview == ("accept" if answered else "skip")

    in_office(tmp_path, main, campaign(mode=DialMode.PREVIEW), agents=("ann",), leads=1)


def test_a_wish_is_taken_back_by_saying_ready_and_keeps_the_place_in_the_queue(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        desk = office.desk
        desk.log_in("ann")
        desk.ready("ann")
        since = ann(office).since
        await office.wait(SECOND)
        assert desk.reserve("sales") == "ann"
        desk.pause("ann", "lunch")
        assert desk.ready("ann")
        assert not desk.ready("ann"), "there is nothing to take back any more"
        desk.unreserve("ann")
        assert (ann(office).state, ann(office).since) == (READY, since)

    in_office(tmp_path, main, agents=("ann",))


def test_an_agent_who_was_reserved_for_nothing_and_wants_to_leave_leaves(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.desk.log_in("ann")
        office.desk.ready("ann")
        office.desk.reserve("sales")
        office.desk.log_out("ann")
        office.desk.unreserve("ann")
        assert ann(office).state is OUT

    in_office(tmp_path, main, agents=("ann",))


def test_the_longest_idle_agent_is_reserved_first_and_equals_go_by_name(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        for names in (["cid"], ["ben", "ann"]):
            for name in names:
                office.desk.log_in(name)
                office.desk.ready(name)
            await office.wait(SECOND)
        assert [office.desk.reserve("sales") for _ in range(4)] == ["cid", "ann", "ben", None]

    in_office(tmp_path, main, agents=("ann", "ben", "cid"))


def test_an_agent_who_misses_too_often_in_a_row_is_paused(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        desk, attempt = office.desk, await reach(office, RINGING)
        assert attempt is not None
        desk.missed("ann")
        desk.on_the_line("ann", attempt)
        assert ann(office).misses == 0, "an answer forgives the misses before it"
        for misses in (1, 2):
            desk.ringing("ann", attempt)
            desk.missed("ann")
            assert ann(office).misses == misses % 2
        assert ann(office).wish is PAUSED
        desk.free("ann")
        assert (ann(office).state, ann(office).code) == (PAUSED, "missed-calls")

    in_office(tmp_path, main, campaign(mode=DialMode.AGENT_FIRST), agents=("ann",), leads=1)


def test_misses_do_not_keep_in_the_house_an_agent_who_wants_to_go_home(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        await reach(office, RINGING)
        office.desk.log_out("ann")
        for _ in range(3):
            office.desk.missed("ann")
        office.desk.free("ann")
        assert (ann(office).state, ann(office).misses) == (OUT, 0)

    in_office(tmp_path, main, campaign(mode=DialMode.AGENT_FIRST), agents=("ann",), leads=1)


def test_an_agent_is_freed_only_by_the_attempt_that_has_them(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        attempt = await reach(office, TALKING)
        assert attempt is not None
        assert not office.desk.release("ann", attempt + 1)
        assert not office.desk.wrap_up("ann", attempt + 1)
        assert ann(office).state is TALKING
        assert office.desk.release("ann", attempt)
        office.desk.free("ann")
        assert ann(office).state is READY

    in_office(tmp_path, main, campaign(mode=DialMode.AGENT_FIRST), agents=("ann",), leads=1)


def test_an_agent_who_wants_to_go_home_gives_no_disposition(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        attempt = await reach(office, TALKING)
        assert attempt is not None
        office.desk.log_out("ann")
        assert not office.desk.wrap_up("ann", attempt)

    in_office(tmp_path, main, campaign(mode=DialMode.AGENT_FIRST), agents=("ann",), leads=1)


# --- nailed-up agents -----------------------------------------------------------------------------


def nailed_up(path: Path, main: Callable[[Office], object]) -> None:
    in_office(path, main, campaign(mode=DialMode.AGENT_FIRST), pool=NAILED_UP, agents=("ann",), leads=1)  # type: ignore[arg-type]


async def dialed(office: Office) -> int:
    """The phone of ann, who says ready, rings. The leg."""
    office.desk.log_in("ann")
    assert office.desk.ready("ann")
    await office.wait(10 * MILLISECOND)
    dial = office.carrier.dials[-1]
    assert (dial.side, dial.to, dial.ring) == (Side.AGENT, "sip-ann", NAILED_UP.agent_ring)
    return dial.leg


def test_a_nailed_up_agent_is_ready_once_the_phone_is_answered(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        assert (ann(office).state, ann(office).code) == (PAUSED, LOGGED_IN)
        assert office.desk.standing_leg("ann") is None
        office.carrier.answer(leg)
        await office.wait(1)
        assert ann(office).state is READY
        standing = office.desk.standing_leg("ann")
        assert standing is not None
        assert standing.leg == leg
        office.desk.pause("ann", "lunch")
        office.desk.ready("ann")
        assert len(office.carrier.dials) == 1, "the leg stands through a pause"

    nailed_up(tmp_path, main)


def test_a_nailed_up_agent_who_pauses_while_the_phone_rings_stays_paused(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        office.desk.pause("ann", "lunch")
        office.carrier.answer(leg)
        await office.wait(1)
        assert (ann(office).state, ann(office).code) == (PAUSED, "lunch")
        assert office.desk.ready("ann")
        assert ann(office).state is READY
        assert len(office.carrier.dials) == 1

    nailed_up(tmp_path, main)


def test_a_nailed_up_agent_whose_phone_is_not_answered_is_paused_and_the_leg_closed(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        office.carrier.end(leg, Outcome.NO_ANSWER)
        await office.wait(SECOND)
        assert (ann(office).state, ann(office).code) == (PAUSED, PHONE_NOT_ANSWERED)
        assert rows(office, "SELECT outcome FROM legs WHERE ended_at IS NOT NULL") == [("no-answer",)]
        assert await dialed_again(office) != leg

    nailed_up(tmp_path, main)


async def dialed_again(office: Office) -> int:
    before = len(office.carrier.dials)
    assert office.desk.ready("ann")
    await office.wait(10 * MILLISECOND)
    assert len(office.carrier.dials) == before + 1
    return office.carrier.dials[-1].leg


def test_a_standing_leg_of_which_nothing_is_told_is_given_up_and_closed(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        await office.wait(NAILED_UP.agent_ring + 3 * SECOND)
        assert office.carrier.commands == [("hang_up", leg)]
        await office.wait(6 * SECOND)
        assert (ann(office).state, ann(office).code) == (PAUSED, PHONE_NOT_ANSWERED)
        assert rows(office, "SELECT outcome, cause FROM legs") == [("unknown", "end-not-told")]

    nailed_up(tmp_path, main)


def test_a_nailed_up_agent_whose_dial_is_refused_is_paused(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.carrier.refuse = CarrierRefused("no channel is free")
        office.desk.log_in("ann")
        office.desk.ready("ann")
        await office.wait(SECOND)
        assert (ann(office).state, ann(office).code) == (PAUSED, PHONE_NOT_ANSWERED)
        assert [type(line).KIND for line in office.seen(e.DialRefused, e.LegEnded)] == [
            "dial.refused",
            "leg.ended",
        ]
        office.carrier.refuse = None
        await dialed_again(office)

    nailed_up(tmp_path, main)


def test_a_standing_leg_that_ends_before_the_carrier_has_said_it_took_the_dial_is_closed(
    tmp_path: Path,
) -> None:
    async def main(office: Office) -> None:
        office.carrier.during_dial = lambda dial: office.carrier.end(dial.leg, Outcome.REJECTED)
        await dialed(office)
        await office.wait(SECOND)
        assert (ann(office).state, ann(office).code) == (PAUSED, PHONE_NOT_ANSWERED)
        assert rows(office, "SELECT outcome, ended_at IS NOT NULL FROM legs") == [("rejected", 1)]

    nailed_up(tmp_path, main)


def test_an_idle_nailed_up_agent_who_loses_the_phone_is_paused(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        office.carrier.answer(leg)
        await office.wait(SECOND)
        office.carrier.end(leg)
        await office.wait(1)
        assert (ann(office).state, ann(office).code, ann(office).leg) == (PAUSED, PHONE_LOST, None)

    nailed_up(tmp_path, main)


@pytest.mark.parametrize(("wish", "code"), [(None, PHONE_LOST), (OUT, None)])
def test_a_nailed_up_agent_who_loses_the_phone_in_mid_call_takes_no_more(
    tmp_path: Path, wish: AgentState | None, code: str | None
) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        office.carrier.answer(leg)
        await office.wait(SECOND)
        attempt = await claim(office)
        office.desk.talking("ann", attempt)
        office.carrier.end(leg)
        await office.wait(1)
        assert ann(office).state is TALKING
        if wish is OUT:
            office.desk.log_out("ann")
        assert not office.desk.wrap_up("ann", attempt), "without a phone there is nothing to wrap up"
        office.desk.free("ann")
        assert (ann(office).state, ann(office).code) == (wish or PAUSED, code)

    nailed_up(tmp_path, main)


def test_logging_out_hangs_up_the_standing_leg_and_the_agent_may_come_back_at_once(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        office.carrier.answer(leg)
        await office.wait(SECOND)
        office.desk.log_out("ann")
        await office.wait(1)
        assert office.carrier.commands == [("hang_up", leg)]
        assert (ann(office).state, ann(office).leg) == (OUT, None)
        office.desk.log_in("ann")
        assert office.desk.ready("ann"), "while the old leg still goes down"
        office.carrier.end(leg)
        await office.wait(10 * MILLISECOND)
        assert len(office.carrier.dials) == 2
        office.carrier.answer(office.carrier.dials[-1].leg)
        await office.wait(1)
        assert ann(office).state is READY

    nailed_up(tmp_path, main)


def test_logging_out_while_the_phone_rings_hangs_it_up(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        office.desk.log_out("ann")
        await office.wait(1)
        assert office.carrier.commands == [("hang_up", leg)]
        office.carrier.end(leg, Outcome.CANCELLED)
        await office.wait(SECOND)
        assert ann(office).state is OUT
        office.desk.log_in("ann")
        await dialed_again(office)

    nailed_up(tmp_path, main)


def test_saying_ready_twice_calls_the_phone_once(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        assert office.desk.ready("ann")
        await office.wait(SECOND)
        assert [dial.leg for dial in office.carrier.dials] == [leg]

    nailed_up(tmp_path, main)


def test_logging_out_before_the_phones_turn_comes_leaves_it_alone(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        office.carrier.rate = 0.1
        office.throttle.next_slot()
        office.desk.log_in("ann")
        office.desk.ready("ann")
        await office.wait(SECOND)
        office.desk.log_out("ann")
        await office.wait(20 * SECOND)
        assert office.carrier.dials == []
        assert ann(office).state is OUT

    nailed_up(tmp_path, main)


def test_events_of_a_leg_after_its_end_change_nothing(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        leg = await dialed(office)
        office.carrier.answer(leg)
        office.carrier.end(leg)
        office.carrier.tell(ports.Answered(leg=leg))
        await office.wait(SECOND)
        assert ann(office).state is PAUSED

    nailed_up(tmp_path, main)
