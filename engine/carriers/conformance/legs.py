"""One leg: how it ends, who hung up, and what is heard on it."""

from typing import Final

from engine.carriers.conformance.rig import PATIENCE, QUIET, Checks, Rig, Session, session
from engine.domain.time import SECOND, Micros
from engine.domain.words import Outcome, Side, Verdict
from engine.ports import (
    Answered,
    DigitPressed,
    Ended,
    Judged,
    Played,
    Ringing,
)

RING_TOLERANCE: Final[Micros] = 3 * SECOND  # the engine's own ring timer waits so much longer

check = Checks()

# --- outcomes ------------------------------------------------------------------------------------


@check
async def an_answered_leg_rings_then_is_answered_then_ends(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.hangs_up(3 * SECOND))
        ended = await now.told(leg, Ended)
        now.check(now.kinds(leg) == ["Ringing", "Answered", "Ended"], "ringing, answered, ended was expected")
        now.check(ended.outcome is Outcome.ANSWERED, "the outcome of an answered leg is answered")
        now.check(not ended.by_us, "the customer hung up, not we")
        now.check(ended.cause, "an end has the carrier's own word for its cause")


@check
async def an_agents_leg_rings_then_is_answered_and_stays_up(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.agent, side=Side.AGENT)
        await now.told(leg, Answered)
        await now.pause()
        now.check(now.kinds(leg) == ["Ringing", "Answered"], "ringing and answered were expected")


@check
async def a_busy_number_is_busy(rig: Rig) -> None:
    await _not_answered(rig, rig.busy, Outcome.BUSY)


@check
async def a_rejected_call_is_rejected(rig: Rig) -> None:
    await _not_answered(rig, rig.rejects, Outcome.REJECTED)


@check
async def a_number_that_nobody_has_is_invalid_and_never_rings(rig: Rig) -> None:
    await _not_answered(rig, rig.invalid, Outcome.INVALID, rings=False)


@check
async def a_number_that_cannot_be_reached_now_is_congestion_and_never_rings(rig: Rig) -> None:
    await _not_answered(rig, rig.congested, Outcome.CONGESTION, rings=False)


async def _not_answered(rig: Rig, to: str, outcome: Outcome, *, rings: bool | None = None) -> None:
    async with session(rig) as now:
        leg = await now.dial(to)
        ended = await now.told(leg, Ended)
        now.check(ended.outcome is outcome, f"the outcome was expected to be {outcome}")
        now.check("Answered" not in now.kinds(leg), "nobody answered")
        now.check(rings is None or rings == ("Ringing" in now.kinds(leg)), "the number never rings")
        now.check(not ended.by_us, "the network ended the call, not we")


@check
async def a_phone_that_rings_in_vain_is_no_answer_when_its_ring_time_is_over(rig: Rig) -> None:
    async with session(rig) as now:
        ring, dialed_at = 6 * SECOND, rig.clock.now()
        leg = await now.dial(rig.no_answer, ring=ring)
        ended = await now.told(leg, Ended)
        rang = rig.clock.now() - dialed_at
        now.check(now.kinds(leg) == ["Ringing", "Ended"], "ringing and ended were expected")
        now.check(ended.outcome is Outcome.NO_ANSWER, "nobody answered: no-answer")
        now.check(ring <= rang <= ring + RING_TOLERANCE, f"it rang for {rang / SECOND} s, not for 6 s")


@check
async def a_phone_that_must_ring_longer_than_its_ring_time_does(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.no_answer, ring=1 * SECOND, ring_least=6 * SECOND)
        await now.told(leg, Ringing)
        rang_at = rig.clock.now()
        ended = await now.told(leg, Ended)
        rang = rig.clock.now() - rang_at
        now.check(ended.outcome is Outcome.NO_ANSWER, "nobody answered: no-answer")
        told = f"it rang for {rang / SECOND} s, not for 6 s"
        now.check(5 * SECOND < rang <= 6 * SECOND + RING_TOLERANCE, told)  # ringing may be told late


# --- hanging up ----------------------------------------------------------------------------------


@check
async def hanging_up_a_ringing_leg_cancels_it(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.no_answer)
        await now.told(leg, Ringing)
        await _ended_by_us(now, leg, Outcome.CANCELLED)


@check
async def hanging_up_as_soon_as_dial_returns_cancels_the_leg(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.no_answer)
        await _ended_by_us(now, leg, Outcome.CANCELLED)


@check
async def hanging_up_an_answered_leg_ends_it_as_answered(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.answers)
        await now.told(leg, Answered)
        await _ended_by_us(now, leg, Outcome.ANSWERED)


async def _ended_by_us(now: Session, leg: int, outcome: Outcome) -> None:
    now.carrier.hang_up(leg)
    ended = await now.told(leg, Ended)
    now.check(ended.outcome is outcome, f"the outcome was expected to be {outcome}")
    now.check(ended.by_us, "we hung up")


@check
async def hanging_up_twice_is_hanging_up_once(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.answers)
        await now.told(leg, Answered)
        now.carrier.hang_up(leg)
        await now.end(leg)
        now.carrier.hang_up(leg)
        await now.pause()
        now.check(now.kinds(leg).count("Ended") == 1, "one end was expected")


@check
async def a_command_for_a_leg_that_is_gone_or_never_was_does_nothing(rig: Rig) -> None:
    async with session(rig) as now:
        up = await now.dial(rig.answers)
        gone = await now.dial(rig.hangs_up(1 * SECOND))
        await now.told(up, Answered)
        await now.told(gone, Ended)
        before = list(now.events)
        for leg in (gone, next(rig.leg_ids)):
            now.carrier.hang_up(leg)
            now.carrier.bridge(leg, up)
            now.carrier.bridge(up, leg)
            now.carrier.unbridge(leg)
            now.carrier.play(leg, rig.message)
            now.carrier.collect(leg, digits=1, within=QUIET)
        await now.pause()
        now.check(now.events == before, "nothing was expected to be told")
        legs = [leg for leg in await now.carrier.legs() if leg.leg != up]
        now.check(not legs, f"no other leg was expected: {legs}")


# --- answering machines --------------------------------------------------------------------------


@check
async def a_machine_is_judged_a_machine_after_the_answer(rig: Rig) -> None:
    await _judged(rig, rig.machine, Verdict.MACHINE)


@check
async def a_person_is_judged_human_after_the_answer(rig: Rig) -> None:
    await _judged(rig, rig.answers, Verdict.HUMAN)


async def _judged(rig: Rig, to: str, verdict: Verdict) -> None:
    async with session(rig) as now:
        leg = await now.dial(to, detect_machine=True)
        await now.told(leg, Answered)
        judged = await now.told(leg, Judged)
        now.check(now.kinds(leg) == ["Ringing", "Answered", "Judged"], "one verdict after the answer")
        now.check(judged.verdict is verdict, f"the verdict was expected to be {verdict}")


@check
async def a_leg_without_machine_detection_is_not_judged(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.machine)
        await now.told(leg, Answered)
        await now.pause(5 * SECOND)
        now.check("Judged" not in now.kinds(leg), "no verdict was asked for")


@check
async def a_leg_that_ends_before_its_verdict_is_not_judged_any_more(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.answers, detect_machine=True)
        await now.told(leg, Answered)
        await now.end(leg)
        await now.pause(5 * SECOND)
        now.check(now.kinds(leg)[-1] == "Ended", "the end is the last event")


# --- messages and keys ---------------------------------------------------------------------------


@check
async def a_message_is_told_once_when_it_has_been_played(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.answers)
        await now.told(leg, Answered)
        now.carrier.play(leg, rig.message)
        played = await now.told(leg, Played)
        now.check(played.message == rig.message, f"{rig.message} was played")
        await now.pause()
        now.check(now.kinds(leg) == ["Ringing", "Answered", "Played"], "one Played was expected")


@check
async def a_message_cut_short_by_a_hang_up_is_not_told_after_the_end(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.answers)
        await now.told(leg, Answered)
        now.carrier.play(leg, rig.message)
        await now.pause(1 * SECOND)
        await now.end(leg)
        await now.pause(PATIENCE)
        now.check(now.kinds(leg)[-1] == "Ended", "the end is the last event")


@check
async def keys_are_told_in_the_order_in_which_they_are_pressed(rig: Rig) -> None:
    async with session(rig) as now:
        leg = await now.dial(rig.keys("1739"))
        await now.told(leg, Answered)
        now.carrier.collect(leg, digits=4, within=PATIENCE)

        def pressed() -> str:
            return "".join(event.digit for event in now.heard(leg) if isinstance(event, DigitPressed))

        await now.until(lambda: len(pressed()) >= 4, "four keys were pressed")
        now.check(pressed() == "1739", f"1739 was pressed, and {pressed()} told")
