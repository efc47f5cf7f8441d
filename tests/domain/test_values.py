"""A value that would make no sense cannot be made."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.domain.policy import Budget, BusinessHours, CampaignPolicy, Window
from engine.domain.time import DAY, HOUR, MILLISECOND, MINUTE, SECOND, instant, iso, moment, spoken
from engine.domain.words import LEGAL, AgentState, DialMode


def _campaign(mode: DialMode, pool: str | None) -> CampaignPolicy:
    budget = Budget(max=1, interval=HOUR)
    return CampaignPolicy(name="a", mode=mode, lists=("l",), pool=pool, customer_attempts=budget)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Budget(max=0, interval=0), "max is 0; an attempt budget is at least 1"),
        (lambda: Budget(max=1, interval=-1), "interval is negative"),
        (lambda: Window(opens=600, closes=600), "a window opens before it closes"),
        (lambda: Window(opens=0, closes=1441), "a window opens before it closes"),
        (lambda: BusinessHours(zone="UTC", week=((),)), "a week has seven days"),
        (lambda: _campaign(DialMode.AGENT_FIRST, "p"), "agent-first needs agent_attempts"),
        (lambda: _campaign(DialMode.PROGRESSIVE, None), "every mode but agentless needs a pool"),
        (lambda: _campaign(DialMode.AGENTLESS, "p"), "every mode but agentless needs a pool"),
        (lambda: instant(datetime(2026, 3, 2, 9)), "2026-03-02T09:00:00 has no time zone"),  # noqa: DTZ001
    ],
)
def test_a_senseless_value_is_refused_with_the_reason(make: Callable[[], object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_instants_go_to_datetimes_and_back() -> None:
    at = instant(datetime(2026, 7, 1, 9, 0, 0, 500_000, tzinfo=UTC))
    assert instant(moment(at)) == at
    assert instant(moment(at, ZoneInfo("Asia/Kolkata"))) == at
    assert iso(at) == "2026-07-01T09:00:00.500000Z"
    assert iso(at, ZoneInfo("Europe/London")) == "2026-07-01T10:00:00.500000+01:00"


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0s"),
        (90 * SECOND, "1m 30s"),
        (2 * DAY, "2d"),
        (HOUR + 5 * MINUTE, "1h 5m"),
        (1_500 * MILLISECOND, "1.5s"),
        (-10 * MINUTE, "-10m"),
    ],
)
def test_durations_are_spoken_as_people_write_them(duration: int, text: str) -> None:
    assert spoken(duration) == text


def test_every_agent_state_has_a_row_and_nobody_goes_from_a_state_to_itself() -> None:
    assert set(LEGAL) == set(AgentState)
    assert all(state not in after for state, after in LEGAL.items())
