"""Nothing runs or is judged by clocks that are wrong: a stale time zone database dials an hour too early."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final
from zoneinfo import ZoneInfoNotFoundError

from engine.compliance.zones import stale_zones
from engine.errors import InputError

WANTED: Final = "2026.6"  # the first with Canada's west on one time all year: 2026f


def check_tz_database() -> None:
    """Raises InputError if the time zone database is missing, or wrong in what it should know."""
    try:
        wrong = stale_zones()
    except ZoneInfoNotFoundError as error:
        wrong = [f"{error.args[0]}"]
    if wrong:
        raise InputError(
            [
                f"the time zone database (package tzdata, {_installed()}) is stale: {'; '.join(wrong)}; "
                f"run: pip install tzdata=={WANTED}"
            ]
        )


def _installed() -> str:
    try:
        return f"version {version('tzdata')}"
    except PackageNotFoundError:
        return "not installed"
