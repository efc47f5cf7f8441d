"""What agents say in wrap-up: what is taken, what is refused, and when it is safe."""

from pathlib import Path
from typing import Final

import pytest

from engine.domain.callbacks import Callback
from engine.domain.dispositions import Disposition
from engine.domain.time import HOUR, Instant
from engine.domain.words import AgentState, CampaignState
from engine.errors import InputError
from engine.journal import events as e
from tests.office import Office, campaign, in_office
from tests.runtime.test_desk import ann, reach
from tests.virtual import START

CODED: Final = campaign(
    dispositions={
        "sold": Disposition(code="sold", final=True),
        "later": Disposition(code="later"),
        "hidden": Disposition(code="hidden", agents=False),
    }
)


def later(office: Office, agent: str | None = "ann") -> Callback:
    now: Instant = office.clock.now()
    return Callback(at=now + HOUR, agent=agent)


def test_a_code_is_taken_once_with_the_call_that_was_promised(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        attempt = await reach(office, AgentState.WRAP_UP)
        callback = later(office)
        assert office.desk.dispose("ann", "later", callback=callback)
        (said,) = office.seen(e.AttemptDisposed)
        assert said == e.AttemptDisposed(
            attempt=attempt or 0,
            disposition="later",
            by="ann",
            callback_at=callback.at,
            callback_agent="ann",
        )
        assert office.floor.attempts[attempt or 0].callback == callback
        assert not office.desk.dispose("ann", "sold"), "it was given already"

    in_office(tmp_path, main, CODED, leads=1)


@pytest.mark.parametrize(
    ("code", "promises", "agent", "said"),
    [
        ("nonsense", False, None, "there is no disposition 'nonsense'; agents choose among later, sold"),
        ("hidden", False, None, "hidden is not for agents to choose"),
        ("sold", True, None, "sold is final, and promises no callback"),
        ("later", True, "zoe", "there is no agent 'zoe' in pool sales"),
    ],
)
def test_a_wrong_code_or_callback_is_refused_clearly_and_the_agent_stays_in_wrap_up(
    tmp_path: Path, code: str, promises: bool, agent: str | None, said: str
) -> None:
    async def main(office: Office) -> None:
        attempt = await reach(office, AgentState.WRAP_UP)
        with pytest.raises(InputError) as refused:
            office.desk.dispose("ann", code, callback=later(office, agent) if promises else None)
        assert str(refused.value) == said
        (line,) = office.seen(e.DispositionRefused)
        assert line == e.DispositionRefused(attempt=attempt or 0, agent="ann", disposition=code, reason=said)
        assert ann(office).state is AgentState.WRAP_UP
        assert office.desk.dispose("ann", "later"), "another word is taken"

    in_office(tmp_path, main, CODED, leads=1)


def test_a_callback_in_the_past_is_refused(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        await reach(office, AgentState.WRAP_UP)
        with pytest.raises(InputError, match="in the past"):
            office.desk.dispose("ann", "later", callback=Callback(at=START))

    in_office(tmp_path, main, CODED, leads=1)


def test_agents_without_an_own_callback_are_not_reserved_for_one(tmp_path: Path) -> None:
    async def main(office: Office) -> None:
        await reach(office, AgentState.READY)
        assert office.desk.reserve_owed("sales") is None
        floor = office.floor
        running = e.CampaignChanged(campaign="orders", state=CampaignState.RUNNING, reason="")
        floor.apply(START, running)
        floor.apply(START, e.CallbacksKnown(rows=(("orders", "ann", START), ("orders", "ben", START))))
        assert office.desk.reserve_owed("sales") == "ann"
        assert ann(office).own_callback
        office.desk.unreserve("ann")
        assert not ann(office).own_callback

    in_office(tmp_path, main, CODED, leads=1)
