"""What every carrier must do, as checks that its author runs against a real or simulated switch.

Write a class with what `Rig` asks for: a few test numbers whose behaviour you know, ways to cut the
connection and to use up the channels, and a new carrier whenever one is asked for. Then run each of CHECKS,
for example with pytest:

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    async def test_my_carrier(check: Check) -> None:
        async with my_rig() as rig:
            try:
                await check(rig)
            except NotOffered as reason:
                pytest.skip(str(reason))

A check that fails raises Nonconforming, with what the carrier told. Checks that pass leave no leg behind;
they share nothing and may run in any order; none needs more than a minute. They wait through `rig.clock`, so
that a simulated switch passes them in virtual time. What a carrier owes beyond these checks: `listen`'s sink
is never called from another thread, and a command never blocks.
"""

from typing import Final

from engine.carriers.conformance import legs, switch
from engine.carriers.conformance.rig import Check, Nonconforming, NotOffered, Rig

__all__ = ["CHECKS", "Check", "Nonconforming", "NotOffered", "Rig"]

CHECKS: Final[tuple[Check, ...]] = (*legs.check.all, *switch.check.all)
