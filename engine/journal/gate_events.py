"""The lines that tell what the gates were asked and what they said. As the others: past, and ids only."""

from typing import Any

from engine.domain.time import Instant
from engine.journal.event import Event, decision, fact


@fact("rules.in_force")
class RulesInForce(Event):
    """The rules that gates are asked by from now on. `operator` is the operator's file of rules and overrides
    as text, empty for none; what is shipped is named by the version alone."""

    version: str
    operator: str


@decision("gates.refused")
class GatesRefused(Event):
    """Numbers of due cases that may not be dialed as things stand. Each of `rows` has the case, its lead, the
    phone, whether an agent was held for it, the gate, the reason, the rule, the next allowed instant (None:
    not by itself) and what was known."""

    campaign: str
    version: str
    rows: tuple[tuple[int, int, int, bool, str, str, str | None, Instant | None, dict[str, Any]], ...]


@decision("abandonment.limited")
class AbandonmentLimited(Event):
    """Fewer calls were begun than pacing wanted: lost, those beyond might bring a rate over its limit. `lost`
    and `counted` are the worst of the window without the calls in flight, as exact fractions; `limit` is in
    hundredths of a percent. Of the calls without an agent so far, `in_flight` are counted there and in this
    pool, and `elsewhere` in others, where `uncovered` find no agent. `pool_in_flight` are all of the pool,
    and for `pool_lost` of them it is too late. `agents` are free. Told anew once another limit holds, or the
    number of calls that may be lost is another."""

    campaign: str
    rule: str
    scope: str
    whose: str
    lost: str
    counted: str
    limit: int
    mistaken: str  # of how many calls that an agent would take detection hangs up on a person
    in_flight: int
    elsewhere: int
    uncovered: int
    ours: bool  # the campaign's calls are counted there
    pool_in_flight: int
    pool_lost: int
    agents: int
    wanted: int
    admitted: int


@fact("abandonment.alert")
class AbandonmentAlert(Event):
    """A rate has come to where a supervisor is told; `alert` is in hundredths of a percent. Told again once
    the rate has been below."""

    rule: str
    scope: str
    whose: str
    lost: str
    counted: str
    alert: int


@decision("leg.allowed")
class LegAllowed(Event):
    """A customer's leg had waited for its turn, and every gate still allowed it: by the rules of a version,
    for what was `known`. It counts as called from now on."""

    leg: int
    attempt: int
    rules: str | None
    known: dict[str, Any] | None
