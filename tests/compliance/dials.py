"""Dials to judge: rules, places and dials in few words, everything in order unless said otherwise."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from engine.compliance.almanac import Almanac, DeclaredEmergency, HolidayCalendar, Proclamation
from engine.compliance.dial import CallerId, Dial, Keys, Manner, Past
from engine.compliance.places import Address, Number, Place, ZonePolicy, place
from engine.compliance.profiles import Profile
from engine.compliance.regime import Prepared, Regime
from engine.compliance.rules import Basis, Confidence, Means, Rule, RuleSet
from engine.compliance.terms import TERMS, Hours, Terms, Week
from engine.config.rulebook import almanac, shipped_gazetteer, shipped_profiles, shipped_rules
from engine.domain.policy import Window
from engine.domain.time import SECOND, Instant, instant

LONDON: Final = "+442079460001"
PERSON: Final = "ann"


def at(text: str) -> Instant:
    return instant(datetime.fromisoformat(text))


def windows(*texts: str) -> tuple[Window, ...]:
    return tuple(Window(opens=_minutes(text[:5]), closes=_minutes(text[6:])) for text in texts)


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def daily(*texts: str) -> Week:
    return (windows(*texts),) * 7


def rule(terms: Terms, rule_id: str = "R-1", **more: Any) -> Rule:
    """A rule with these terms, of an operator and so for every place."""
    kind = next(kind for kind, of in TERMS.items() if type(terms) is of)
    values: dict[str, Any] = {
        "id": rule_id,
        "jurisdiction": "*",
        "authority": "test",
        "citation": "",
        "summary": "",
        "kind": kind,
        "terms": terms,
        "confidence": Confidence.HIGH,
        "basis": Basis.OPERATOR,
        "reviewed": date(2026, 11, 22),
    }
    return Rule(**values | more)


PROFILE: Final = Profile(name="test", summary="", covers=("GB", "US", "FR", "IT"), purposes=("sales",))


def regime(
    *rules: Rule,
    holidays: dict[str, list[str]] | None = None,
    proclamations: tuple[Proclamation, ...] = (),
    emergencies: tuple[DeclaredEmergency, ...] = (),
    profile: Profile = PROFILE,
    means: Means = Means.LIVE,
) -> Regime:
    """Of these rules only; holidays are known of 2020 to 2030."""
    calendars = tuple(
        HolidayCalendar(
            name=name,
            first_year=2020,
            last_year=2030,
            holidays=tuple(date.fromisoformat(day) for day in days),
        )
        for name, days in (holidays or {}).items()
    )
    return Regime(
        rules=RuleSet(rules),
        profile=profile,
        almanac=Almanac(calendars=calendars, proclamations=proclamations, emergencies=emergencies),
        means=(means,),
    )


@cache
def shipped(profile: str, means: Means = Means.LIVE) -> Regime:
    """A profile of the shipped rules, with the holidays of 2025 to 2028."""
    chosen = shipped_profiles()[profile]
    rules = shipped_rules()
    return Regime(
        rules=rules, profile=chosen, almanac=almanac(chosen.rules(rules), range(2025, 2029)), means=(means,)
    )


def zones(*names: str) -> Place:
    """A place of these zones, in Britain, whatever they are."""
    return Place(number=LONDON, zones=names, jurisdictions=("GB",))


def located(number: str, of: str, /, kind: str = "fixed-line-or-mobile", **address: str) -> Place:
    """Where a number of the country `of` may be, with the strict policy."""
    return place(
        Number(number=number, kind=kind, country=of),
        Address(**address),
        shipped_gazetteer(),
        ZonePolicy.STRICT_UNION,
    )


MANNER: Final = Manner(
    caller_id=CallerId(number="+442079460999"), ring=20 * SECOND, reserved=True, message_within=2 * SECOND
)


def dial(prepared: Prepared, *, history: Iterable[Past] = (), manner: Manner = MANNER, **more: Any) -> Dial:
    """A dial that nothing of the manner refuses; the history is sorted."""
    keys = more.pop(
        "keys", Keys(number=prepared.place.number, person=PERSON, subject="boiler", seller="acme")
    )
    newest = tuple(sorted(history, key=lambda past: -past.at))
    return Dial(prepared=prepared, keys=keys, manner=manner, history=newest, **more)


def past(when: Instant, **more: Any) -> Past:
    values: dict[str, Any] = {
        "number": LONDON,
        "person": PERSON,
        "subject": "boiler",
        "seller": "acme",
    }
    return Past(at=when, **values | more)


def otherwise(of: Dial, **changes: Any) -> Dial:
    """The dial made in another manner."""
    return replace(of, manner=replace(of.manner, **changes))


def hours(*texts: str, **more: Any) -> Hours:
    return Hours(week=daily(*texts), **more)
