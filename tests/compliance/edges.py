"""What the shipped rules say, read again from their files with nothing but datetime and zoneinfo.

It is slow and literal, and shares no code with the engine's reading of the same files: an oracle. Instants
are microseconds since 1970, as everywhere.
"""

import calendar
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import holidays
import yaml

import engine.compliance

FOLDER: Final = Path(engine.compliance.__file__).parent / "rules"
FIRST_YEAR: Final = 2022  # of the holidays that are known; a rule of 2023 is the oldest that asks for them
LAST_YEAR: Final = 2029
TURNS_IN: Final = (2026, 2027)  # the years whose clock changes are tried

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LEVELS: Final = ("none", "implied", "express", "written")
REACHES: Final = ("not-connected", "rang", "answered", "conversation")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Written:
    """A rule as its file has it."""

    id: str
    jurisdiction: str
    said: dict[str, Any]

    def get(self, key: str, default: Any = None) -> Any:
        return self.said.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self.said[key]


@cache
def written() -> dict[str, Written]:
    """Every shipped rule by id, in the order of the ids."""
    found = {}
    for file in FOLDER.glob("*.yaml"):
        document = yaml.safe_load(file.read_text("utf-8"))
        for rule_id, said in document.get("rules", {}).items():
            found[rule_id] = Written(id=rule_id, jurisdiction=document["jurisdiction"], said=said)
    return dict(sorted(found.items()))


def of_kind(*kinds: str) -> list[str]:
    """The ids of the rules of these kinds."""
    return [rule_id for rule_id, rule in written().items() if rule["kind"] in kinds]


def micros(text: str) -> int:
    """A duration of a file: 15s, 72h, 30d."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])}) // _MICRO


# --- places ---------------------------------------------------------------------------------------


@cache
def zones_of(jurisdiction: str) -> tuple[str, ...]:
    """Every zone that the shipped tables have for a country, its states and its territories, or a state."""
    places = json.loads((FOLDER / "places.json").read_text("utf-8"))
    area_codes = json.loads((FOLDER / "nanp.json").read_text("utf-8"))
    country, _, state = jurisdiction.partition("-")
    found = set()
    for name, zones in places["zones"].items():
        whole = places["part_of"].get(name)
        if jurisdiction in (name, whole) or name.startswith(f"{jurisdiction}-"):
            found |= set(zones)
    for of_country, of_state, zones in area_codes.values():
        if of_country == country and state in ("", of_state):
            found |= set(zones)
    return tuple(sorted(found))


# --- clocks ---------------------------------------------------------------------------------------


def instant_of(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICRO


def local(at: int, zone: str) -> datetime:
    """What a wall clock shows."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone))


def instants_of(day: date, minute: int, zone: str) -> set[int]:
    """When a wall clock shows it: once, twice, or, where it is skipped, as if either offset held."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    info = ZoneInfo(zone)
    return {instant_of(wall.replace(tzinfo=info, fold=fold)) for fold in (0, 1)}


@cache
def local_date(at: int, zone: str) -> date:
    return local(at, zone).date()


@cache
def begins(day: date, zone: str) -> int:
    """The first instant of a local date."""
    middle = instant_of(datetime.combine(day, time(), UTC))
    low, high = middle - micros("1d"), middle + micros("1d")
    while high - low > 1:
        probe = (low + high) // 2
        low, high = (low, probe) if local_date(probe, zone) >= day else (probe, high)
    return high


@cache
def turns(zone: str) -> tuple[int, ...]:
    """When the clocks change."""
    found = []
    hour = timedelta(hours=1) // _MICRO
    start, end = (instant_of(datetime(year, 1, 1, tzinfo=UTC)) for year in (TURNS_IN[0], TURNS_IN[-1] + 1))
    for day in range(start, end, 24 * hour):
        if local(day, zone).utcoffset() != local(day + 24 * hour, zone).utcoffset():
            low, high = day, day + 24 * hour
            while high - low > 1:
                probe = (low + high) // 2
                same = local(probe, zone).utcoffset() == local(day, zone).utcoffset()
                low, high = (probe, high) if same else (low, probe)
            found.append(high)
    return tuple(found)


def turn_days(zone: str) -> list[date]:
    """The local dates of the changes."""
    return sorted({local(turn, zone).date() for turn in turns(zone)})


def months_later(at: int, months: int) -> int:
    """The same day of the month in UTC so many months later, or the month's last day."""
    start = local(at, "UTC")
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return instant_of(start.replace(year=year, month=month, day=day))


# --- whether a rule holds -------------------------------------------------------------------------


def first_instant(day: date) -> int:
    """Of a date, anywhere on earth: where clocks are 14 hours ahead."""
    return instant_of(datetime.combine(day, time(), timezone(timedelta(hours=14))))


def last_end(day: date) -> int:
    """When a date is over everywhere: where clocks are 12 hours behind."""
    return instant_of(datetime.combine(day + timedelta(days=1), time(), timezone(timedelta(hours=-12))))


FAR: Final = 10**18


@cache
def force(rule: Written) -> tuple[int, int]:
    """From when it is in force and from when no longer; far off where it has no such date."""
    start, end = rule.get("effective_from"), rule.get("effective_to")
    return (
        -FAR if start is None else first_instant(start),
        FAR if end is None else last_end(end),
    )


def force_edges(rule: Written) -> list[int]:
    """When it comes into force and when it goes out of it, where it has such dates."""
    return [at for at in force(rule) if abs(at) != FAR]


def in_force(rule: Written, at: int) -> bool:
    start, end = force(rule)
    return start <= at < end


# --- windows --------------------------------------------------------------------------------------


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5])


def _spans(texts: Iterable[str]) -> tuple[tuple[int, int], ...]:
    return tuple((_minutes(text[:5]), _minutes(text[6:])) for text in texts)


@cache
def week_of(rule: Written) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Seven days of windows in minutes, Monday first."""
    week: list[tuple[tuple[int, int], ...]] = [()] * 7
    for days, texts in rule["week"].items():
        first, _, last = days.partition("-")
        for day in range(_DAYS.index(first), _DAYS.index(last or first) + 1):
            week[day] = _spans(texts)
    return tuple(week)


@cache
def holidays_in(calendar_name: str) -> frozenset[date]:
    country, _, part = calendar_name.partition("-")
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))


@cache
def holidays_of(rule: Written) -> frozenset[date]:
    return frozenset().union(*(holidays_in(name) for name in rule.get("holidays_of", ())))


@cache
def windows_on(rule: Written, day: date) -> tuple[tuple[int, int], ...]:
    """What is open on a local date, in minutes; nothing where it is not known whether it is a holiday."""
    special = holidays_of(rule)
    if rule.get("holidays_of"):
        eve = day + timedelta(days=1)
        asked = [day, eve] if "before_holidays" in rule.said else [day]
        if not all(FIRST_YEAR <= one.year <= LAST_YEAR for one in asked):
            return ()
        if "on_holidays" in rule.said and day in special:
            return spans_of(rule["on_holidays"])
        if "before_holidays" in rule.said and eve in special and day not in special:
            of_eves = _minutes_in(spans_of(rule["before_holidays"]))
            return _runs(of_eves & _minutes_in(week_of(rule)[day.weekday()]))
    return week_of(rule)[day.weekday()]


def spans_of(said: Any) -> tuple[tuple[int, int], ...]:
    """Of windows that may be said to be closed."""
    return () if said == "closed" else _spans(said)


def _minutes_in(spans: Iterable[tuple[int, int]]) -> set[int]:
    return {minute for opens, closes in spans for minute in range(opens, closes)}


def _runs(minutes: set[int]) -> tuple[tuple[int, int], ...]:
    """Minutes as spans: each begins where the minute before is missing, and ends where the next one is."""
    opens = sorted(minute for minute in minutes if minute - 1 not in minutes)
    closes = sorted(minute + 1 for minute in minutes if minute + 1 not in minutes)
    return tuple(zip(opens, closes, strict=True))


def is_open(rule: Written, at: int, *zones: str) -> bool:
    """Whether the rule lets calls be made, by the wall clock of every zone."""
    return not in_force(rule, at) or all(_open_by(rule, local(at, zone)) for zone in zones)


def _open_by(rule: Written, wall: datetime) -> bool:
    minute = wall.hour * 60 + wall.minute  # windows open and close on whole minutes
    return any(opens <= minute < closes for opens, closes in windows_on(rule, wall.date()))


# --- counts and rests -----------------------------------------------------------------------------


def cap_allows(rule: Written, calls: Iterable[Any], mine: Any, now: int, *zones: str) -> bool:
    """Whether there is room for one more call: in every zone, if days are counted."""
    most: int = rule["calls"]
    least = REACHES.index(rule.get("reach", "not-connected"))
    alike: list[int] = [
        call.at
        for call in calls
        if call.at <= now
        and call.reach >= least
        and all(getattr(call, key) == getattr(mine, key) for key in rule["per"])
    ]
    if "within" in rule.said:
        return sum(now - at < micros(rule["within"]) for at in alike) < most
    return all(
        sum((local_date(now, zone) - local_date(at, zone)).days < rule["days"] for at in alike) < most
        for zone in zones
    )


def cooldown_allows(rule: Written, calls: Iterable[Any], mine: Any, now: int, *zones: str) -> bool:
    for call in calls:
        at = call.at if call.ended_at is None else call.ended_at
        alike = all(getattr(call, key) == getattr(mine, key) for key in rule["per"])
        if at > now or not alike or rule["after"] not in call.events:
            continue
        if "rest" in rule.said and now - at < micros(rule["rest"]):
            return False
        days = rule.get("days", 0)
        if any((local_date(now, zone) - local_date(at, zone)).days < days for zone in zones):
            return False
    return True


# --- consents and registries ----------------------------------------------------------------------


def fresh(at: int | None, months: int | None, now: int) -> bool:
    return at is not None and months is not None and at <= now < months_later(at, months)


def agreed(rule: Written, level: str, consents: Iterable[Any], now: int) -> bool:
    """Whether a consent is in force, firm enough and not lapsed."""
    months = rule.get("lapses_after_months")
    return any(
        given.level >= LEVELS.index(level)
        and given.given_at <= now
        and (given.expires_at is None or now < given.expires_at)
        and (given.revoked_at is None or now < given.revoked_at)
        and (months is None or given.expires_at is not None or fresh(given.given_at, months, now))
        for given in consents
    )


def consent_allows(rule: Written, consents: Iterable[Any], relationship: Any, now: int) -> bool:
    return (
        agreed(rule, rule["level"], consents, now)
        or bool(rule.get("or_customer") and relationship.customer)
        or fresh(relationship.transaction_at, rule.get("or_transaction_months"), now)
    )


def registry_allows(rule: Written, state: Any, consents: Iterable[Any], relationship: Any, now: int) -> bool:
    if state is None or state.version_at > now:
        return False
    if "max_age_days" in rule.said and now - state.version_at > micros(f"{rule['max_age_days']}d"):
        return False
    if not state.listed:
        return True
    level: str | None = rule.get("unless_consent")
    return (
        (level is not None and agreed(rule, level, consents, now))
        or fresh(relationship.transaction_at, rule.get("unless_transaction_months"), now)
        or fresh(relationship.inquiry_at, rule.get("unless_inquiry_months"), now)
    )
