"""What a limit on abandoned calls admitted, decided again from the figures of its line."""

from dataclasses import replace
from fractions import Fraction

from engine.compliance.abandonment import Rate
from engine.compliance.admission import Exposure, Flight, admitted
from engine.domain.time import Instant
from engine.journal import events as e
from engine.journal.ledger import Ledger


def abandonment_limited(ledger: Ledger, at: Instant, event: e.AbandonmentLimited) -> e.Event | str:
    """The line as it should be, or why it should not be."""
    try:
        rate = Rate(lost=Fraction(event.lost), counted=Fraction(event.counted))
        mistaken = Fraction(event.mistaken)
    except (ValueError, ZeroDivisionError):
        return "its figures are no numbers"
    if event.campaign not in ledger.floor.campaigns:
        return f"there is no campaign {event.campaign!r}"
    flight = Flight(calls=event.pool_in_flight, lost=event.pool_lost, agents=event.agents)
    exposure = Exposure(
        rate=rate,
        most=event.limit,
        here=event.in_flight,
        elsewhere=event.elsewhere,
        uncovered=event.uncovered,
        mistaken=mistaken,
        ours=event.ours,
    )
    count = admitted(flight, exposure, event.wanted)
    return "it limits nothing" if count == event.wanted else replace(event, admitted=count)
