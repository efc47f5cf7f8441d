"""Outbound dialer engine: decides which number to dial now, and why."""

import zoneinfo

__version__ = "0.1.0"

# Zones come from the package that is pinned and never from the machine, whose database may be years old: a
# run is the same everywhere, and nobody is called by clocks that are no longer kept.
zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()
