"""Who is dialed first in each mode."""

from engine.domain.words import DialMode


def test_a_mode_holds_an_agent_first_or_finds_one_later_or_wants_none() -> None:
    assert [mode for mode in DialMode if mode.agent_first] == [DialMode.AGENT_FIRST, DialMode.PREVIEW]
    assert [mode for mode in DialMode if mode.customer_first] == [DialMode.PROGRESSIVE, DialMode.POWER]
    assert not DialMode.AGENTLESS.agent_first
