"""Which leads a reset matches, counted and found in the store as `engine.resets.eligibility` defines it.

One number says of a lead what may keep it out and how its cases stand. There are few such numbers, and the
choices that concern cases are made for each of them once.
"""

import sqlite3
from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.domain.time import Instant
from engine.errors import InputError
from engine.resets.eligibility import ABANDONED_PROTECTED, MACHINE_PROTECTED, Obstacle, lifted
from engine.resets.request import (
    Callable,
    Exceptions,
    Properties,
    ResetRequest,
    results_refusal,
    settings_refusal,
)
from engine.store.connection import big_cache
from engine.store.resets.offered import age_condition, list_ids, ticked

_CASES: Final = "(SELECT sum(standing) FROM cases c INDEXED BY cases_lead WHERE c.lead_id = l.id)"
_PROTECTED: Final = (
    f"(l.machine_at > :now - {MACHINE_PROTECTED} OR l.abandoned_at > :now - {ABANDONED_PROTECTED}) IS TRUE"
)
_DO_NOT_CALL_BIT: Final = 45  # beside the sum of the cases, which takes 40 bits
_PROTECTED_BIT: Final = 46
_STANDING: Final = f"""
    coalesce({_CASES}, 0)
    + ((l.dnc_at IS NOT NULL) << {_DO_NOT_CALL_BIT}) + (({_PROTECTED}) << {_PROTECTED_BIT})
"""
_COUNTED: Final = f"""
    SELECT {_STANDING} AS standing, l.last_disposition, sum(l.phone_count)
    FROM leads l INDEXED BY leads_list WHERE {{where}} GROUP BY 1, 2
"""
_FOUND: Final = f"""
    SELECT l.id, l.last_attempt, l.last_disposition, {_STANDING}
    FROM leads l INDEXED BY leads_list WHERE {{where}} ORDER BY l.id
"""
CACHE_KIB: Final = 64 * 1024  # the upper pages of a million leads and their cases
_THRESHOLD: Final = "(SELECT exception_threshold FROM dispositions WHERE code = l.last_disposition)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many phones match the first two stages, by the lead's last result code; None: never called."""

    phones: Counter[str | None] = field(default_factory=Counter)

    @property
    def matching_phones(self) -> int:
        """The number of stage 2: leads never called are counted too."""
        return sum(self.phones.values())

    def phones_of(self, codes: tuple[str, ...]) -> int:
        """The number of stage 3."""
        return sum(self.phones[code] for code in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The leads that a reset would take, as they stood at `at`: ascending ids, each with the last attempt
    seen. `codes` counts them by result code; `kept_out` counts those that obstacles keep out."""

    request: ResetRequest
    at: Instant
    leads: "array[int]"
    attempts: "array[int]"
    codes: Counter[str]
    kept_out: Counter[Obstacle]

    @property
    def matched(self) -> int:
        return len(self.leads)


def checked(sql: sqlite3.Connection, request: ResetRequest) -> ResetRequest:
    """The request with its third stage spelled out. Raises InputError, with every reason, if a stage cannot
    be left with its choices."""
    refusals = [settings_refusal(request.settings), results_refusal(request.results)]
    if wrong := [refusal for refusal in refusals if refusal is not None]:
        raise InputError(wrong)
    return replace(request, results=ticked(sql, request.settings, request.results))


def tally(sql: sqlite3.Connection, request: ResetRequest, *, now: Instant) -> Tally:
    """Count what matches the first two stages. One pass over the lists' leads."""
    where, given = _where(sql, request, now=now)
    judge = _Judge(request)
    counted = Tally()
    with big_cache(sql, CACHE_KIB):
        for standing, code, phones in sql.execute(_COUNTED.format(where=where), given):
            if judge.judged(standing) == Obstacle(0):
                counted.phones[code] += phones
    return counted


def preview(sql: sqlite3.Connection, request: ResetRequest, *, now: Instant) -> Preview:
    """Find the leads that match all stages. One pass over the lists' leads."""
    where, given = _where(sql, request, now=now)
    names = [f":code{number}" for number in range(len(request.results.codes))]
    given |= {name[1:]: code for name, code in zip(names, request.results.codes, strict=True)}
    where += f" AND l.last_disposition IN ({', '.join(names)})"
    judge = _Judge(request)
    leads, attempts = array("q"), array("q")
    codes, kept_out = Counter[str](), Counter[Obstacle]()
    with big_cache(sql, CACHE_KIB):
        for lead, attempt, code, standing in sql.execute(_FOUND.format(where=where), given):
            obstacles = judge.judged(standing)
            if obstacles is None:
                continue
            if obstacles:
                kept_out[obstacles] += 1
                continue
            leads.append(lead)
            attempts.append(attempt)
            codes[code] += 1
    return Preview(request=request, at=now, leads=leads, attempts=attempts, codes=codes, kept_out=kept_out)


class _Judge:
    """What the choices that concern cases make of a lead, remembered for each standing: there are few."""

    def __init__(self, request: ResetRequest) -> None:
        self._lifted = lifted(request)
        self._which = request.properties.callable
        self._known: dict[int, Obstacle | None] = {}

    def judged(self, standing: int) -> Obstacle | None:
        """The obstacles that keep the lead out; None if the choices do not mean it."""
        if standing not in self._known:
            self._known[standing] = self._judged(standing)
        return self._known[standing]

    def _judged(self, standing: int) -> Obstacle | None:
        final, exhausted, opened, cases = (standing >> shift & 0x3FF for shift in (0, 10, 20, 30))
        finalled = cases > 0 and not opened
        if self._which is not Callable.EVERYTHING and finalled is not (self._which is Callable.FINALLED):
            return None
        found = Obstacle(0)
        if standing >> _DO_NOT_CALL_BIT & 1:
            found |= Obstacle.DO_NOT_CALL
        if standing >> _PROTECTED_BIT & 1:
            found |= Obstacle.PROTECTED
        if final:
            found |= Obstacle.FINAL
        if exhausted:
            found |= Obstacle.MAXIMUM
        return found & ~self._lifted


def _where(sql: sqlite3.Connection, request: ResetRequest, *, now: Instant) -> tuple[str, dict[str, Any]]:
    """The conditions of the first two stages that look at the lead alone."""
    ids = ",".join(map(str, list_ids(sql, request.settings.lists)))
    age, given = age_condition(request.settings.age, now=now)
    parts = [f"l.list_id IN ({ids})", age]
    more, values = _properties(request.properties)
    return " AND ".join([*parts, *more]), given | values | {"now": now}


def _properties(properties: Properties) -> tuple[list[str], dict[str, Any]]:
    parts: list[str] = []
    values: dict[str, Any] = {}
    if properties.supplier is not None:
        parts.append("l.supplier = :supplier")
        values["supplier"] = properties.supplier
    if properties.duration is not None:
        parts.append("l.last_duration BETWEEN :least AND :most")
        values |= {"least": properties.duration.least, "most": properties.duration.most}
    if properties.exceptions is not Exceptions.ALL:
        sign = ">" if properties.exceptions is Exceptions.OVER else "<"
        parts.append(f"l.last_duration {sign} {_THRESHOLD}")
    return parts, values
