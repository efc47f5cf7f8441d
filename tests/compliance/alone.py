"""Each shipped rule by itself: a regime of one rule, and a dial that nothing else refuses."""

from datetime import date
from functools import cache
from typing import Any, Final

from engine.compliance.almanac import Almanac, DeclaredEmergency, HolidayCalendar
from engine.compliance.dial import Dial, Keys
from engine.compliance.places import Place
from engine.compliance.profiles import Profile
from engine.compliance.regime import Prepared, Regime
from engine.compliance.rules import Line, Means, Party, Rule, RuleSet
from engine.compliance.terms import Hours
from engine.config.hours import public_holidays
from engine.config.rulebook import shipped_rules
from tests.compliance import edges
from tests.compliance.dials import LONDON, dial

KEYS: Final = Keys(
    number=LONDON, person="ann", subject="boiler", debt="D-1", seller="acme", campaign="spring"
)
"""None is None: an earlier attempt can differ in each of them."""


def shipped(rule_id: str) -> Rule:
    return shipped_rules()[rule_id]


@cache
def _calendar(name: str) -> HolidayCalendar:
    years = range(edges.FIRST_YEAR, edges.LAST_YEAR + 1)
    days = tuple(date.fromisoformat(day) for day in public_holidays(name, years))
    return HolidayCalendar(name=name, first_year=years[0], last_year=years[-1], holidays=days)


def calendars_of(*rules: Rule) -> tuple[HolidayCalendar, ...]:
    names = {name for rule in rules if isinstance(rule.terms, Hours) for name in rule.terms.calendars}
    return tuple(_calendar(name) for name in sorted(names))


def regime_of(*rules: Rule, emergencies: tuple[DeclaredEmergency, ...] = ()) -> Regime:
    """Of these rules, the first of which is shipped and says for whom; made in a way that it holds for."""
    first = rules[0]
    country = first.jurisdiction.partition("-")[0]
    return Regime(
        rules=RuleSet(rules),
        profile=Profile(name="alone", summary="", covers=(country,), purposes=first.purposes or ("sales",)),
        almanac=Almanac(calendars=calendars_of(*rules), emergencies=emergencies),
        means=(*first.means, Means.LIVE)[:1],
    )


def prepared(regime: Regime, rule: Rule, *zones: str) -> Prepared:
    """A place in these zones for which the rule holds; in all of its jurisdiction's if none are given."""
    country = rule.jurisdiction.partition("-")[0]
    return regime.prepare(
        Place(
            number=LONDON,
            line=(*rule.lines, Line.EITHER)[0],
            zones=zones or edges.zones_of(rule.jurisdiction),
            jurisdictions=tuple(sorted({country, rule.jurisdiction})),
        ),
        (*rule.parties, Party.CONSUMER)[0],
    )


@cache
def place_of(rule_id: str, *zones: str) -> Prepared:
    """The place judged by this shipped rule only."""
    rule = shipped(rule_id)
    return prepared(regime_of(rule), rule, *zones)


def dial_of(rule_id: str, *zones: str, **more: Any) -> Dial:
    return dial(place_of(rule_id, *zones), **{"keys": KEYS} | more)
