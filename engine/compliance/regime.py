"""Rules made ready for a campaign's leads: chosen once for each kind of place, shared by all leads there.

What a dial is judged by is compiled here, so that judging it is little more than looking.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, Generic, TypeAlias, TypeVar

from engine.compliance.almanac import Almanac, DeclaredEmergency, within
from engine.compliance.places import Place, Refused, country_of
from engine.compliance.profiles import Profile
from engine.compliance.rules import EVERYWHERE, PURPOSES, Means, Party, Rule, RuleSet, outside
from engine.compliance.terms import (
    AmdTest,
    Ban,
    CallerIdShown,
    Cap,
    Consent,
    ConsentNeeded,
    Cooldown,
    Destination,
    Emergency,
    Hours,
    InternalDnc,
    Kind,
    ListOrigin,
    Lockout,
    Message,
    Reassigned,
    Registry,
    Revocation,
    Ring,
    Terms,
)
from engine.compliance.windows import LocalHours, Schedule
from engine.compliance.zones import LocalClock, clock

T_co = TypeVar("T_co", bound=Terms, covariant=True)

NOT_COVERED: Final = "not-covered"  # by the campaign's profiles


_PLANS_MAX: Final = 4096  # kinds of places; there are some hundreds


class Clause(Generic[T_co]):
    """A rule that may hold for a dial, and from when to before when."""

    __slots__ = ("ends", "rule", "starts", "terms")

    def __init__(self, rule: Rule, terms: T_co) -> None:
        self.rule: Final = rule
        self.terms: Final = terms
        self.starts: Final = rule.starts
        self.ends: Final = rule.ends


Clauses: TypeAlias = tuple[Clause[T_co], ...]


class Plan:
    """The rules for one kind of place, by what they are about."""

    def __init__(self, regime: "Regime", rules: tuple[Rule, ...], place: Place) -> None:
        def clauses(kind: Kind) -> tuple[Clause[Any], ...]:
            return tuple(Clause(rule, rule.terms) for rule in rules if rule.kind is kind)

        self.rules: Final = rules
        self.version: Final = regime.version
        self.purposes: Final = frozenset(regime.profile.purposes)
        self.clocks: Final[tuple[LocalClock, ...]] = tuple(clock(zone) for zone in place.zones)
        self.caps: Final[Clauses[Cap]] = clauses(Kind.CAP)
        self.cooldowns: Final[Clauses[Cooldown]] = clauses(Kind.COOLDOWN)
        self.lockouts: Final[Clauses[Lockout]] = clauses(Kind.LOCKOUT)
        self.consents: Final[Clauses[ConsentNeeded]] = clauses(Kind.CONSENT)
        self.revocations: Final[Clauses[Revocation]] = clauses(Kind.REVOCATION)
        self.reassigned: Final[Clauses[Reassigned]] = clauses(Kind.REASSIGNED)
        self.registries: Final[Clauses[Registry]] = clauses(Kind.REGISTRY)
        self.internal_dnc: Final[Clauses[InternalDnc]] = clauses(Kind.INTERNAL_DNC)
        self.caller_ids: Final[Clauses[CallerIdShown]] = clauses(Kind.CALLER_ID)
        self.rings: Final[Clauses[Ring]] = clauses(Kind.RING)
        self.messages: Final[Clauses[Message]] = clauses(Kind.MESSAGE)
        self.amd_tests: Final[Clauses[AmdTest]] = clauses(Kind.AMD_TEST)
        self.destinations: Final[Clauses[Destination]] = clauses(Kind.DESTINATION)
        self.list_origins: Final[Clauses[ListOrigin]] = clauses(Kind.LIST_ORIGIN)
        self.bans: Final[Clauses[Ban]] = clauses(Kind.BAN)
        self.emergency_rules: Final[Clauses[Emergency]] = clauses(Kind.EMERGENCY)
        self.emergencies: Final = regime.emergencies(place, self.emergency_rules)
        hours = [rule for rule in rules if rule.kind is Kind.HOURS]
        self.schedule: Final = regime.schedule(hours, self.clocks)
        self.schedules_agreed: Final = {
            level: regime.schedule([rule for rule in hours if not _lifted(rule, level)], self.clocks)
            for level in Consent
        }
        """What is open to whom who agreed to other times, by how firmly."""
        self.turns: Final = sorted({at for rule in rules for at in (rule.starts, rule.ends)})
        """When a rule comes into force or goes out of it."""


def _lifted(rule: Rule, level: Consent) -> bool:
    """Whether a consent to other times lifts the windows of a rule."""
    assert isinstance(rule.terms, Hours)
    return rule.terms.agreeable is not None and level >= rule.terms.agreeable


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A lead's number, ready to be judged again and again. `refused` says why it cannot be at all."""

    place: Place
    plan: Plan
    refused: str | None = None
    refused_for: str = ""


class Regime:
    """The rules of one profile for the ways in which a campaign calls. Make a new one when rules or almanac
    change."""

    def __init__(
        self, *, rules: RuleSet, profile: Profile, almanac: Almanac, means: tuple[Means, ...]
    ) -> None:
        self.profile: Final = profile
        self.means: Final = means
        self.almanac: Final = almanac
        self.version: Final = rules.version
        self.rules: Final = profile.rules(rules)
        missing = almanac.missing(
            name for rule in self.rules if isinstance(rule.terms, Hours) for name in rule.terms.calendars
        )
        if missing:
            raise ValueError(f"holidays are not known: {', '.join(missing)}")
        self._emergency_rules: Final = tuple(rule for rule in rules.rules if rule.kind is Kind.EMERGENCY)
        self._plans: dict[tuple[Any, ...], Plan] = {}
        self._hours: dict[tuple[str, str], LocalHours] = {}
        self._schedules: dict[tuple[LocalHours, ...], Schedule] = {}

    def prepare(self, place: Place, party: Party = Party.CONSUMER) -> Prepared:
        """What dials to this place are judged by."""
        if place.refused is not None:
            return Prepared(place=place, plan=self._nothing, refused=place.refused)
        for jurisdiction in place.jurisdictions:
            if not self._covers(jurisdiction, place):
                return Prepared(
                    place=place, plan=self._nothing, refused=NOT_COVERED, refused_for=jurisdiction
                )
        key = (place.jurisdictions, place.zones, place.line, party)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _PLANS_MAX:
                self._plans.clear()
            plan = self._plans[key] = Plan(self, self.holding(place, party), place)
        return Prepared(place=place, plan=plan)

    def holding(self, place: Place, party: Party = Party.CONSUMER) -> tuple[Rule, ...]:
        """The rules that hold there, at whatever time."""
        return tuple(
            rule
            for rule in self.rules
            if outside(
                rule,
                jurisdictions=place.jurisdictions,
                purposes=self.profile.purposes,
                means=self.means,
                party=party,
                line=place.line,
            )
            is None
        )

    def schedule(self, rules: list[Rule], clocks: tuple[LocalClock, ...]) -> Schedule:
        """The calling windows of rules in every zone."""
        parts = tuple(self._local_hours(rule, clock) for rule in rules for clock in clocks)
        schedule = self._schedules.get(parts)
        if schedule is None:
            schedule = self._schedules[parts] = Schedule(parts)
        return schedule

    def emergencies(
        self, place: Place, rules: Clauses[Emergency]
    ) -> tuple[tuple[DeclaredEmergency, Clause[Emergency] | None], ...]:
        """Those declared for a place, with the rule that says what they stop. Where no rule of its own
        speaks of emergencies, one that is declared stops everything."""
        return tuple(
            (emergency, rule)
            for emergency in self.almanac.emergencies
            for rule in self._of_emergency(emergency, place, rules)
        )

    def _of_emergency(
        self, emergency: DeclaredEmergency, place: Place, rules: Clauses[Emergency]
    ) -> list[Clause[Emergency] | None]:
        parts = [part for part in place.jurisdictions if within(part, emergency.jurisdiction)]
        if not parts:
            return []
        # What one state says of an emergency of the country is not said for its neighbours, and what is said
        # of all countries is said of none.
        narrowest = [
            part for part in parts if not any(within(other, part) for other in parts if other != part)
        ]
        spoken_of = all(
            any(within(part, rule.jurisdiction) for rule in self._emergency_rules) for part in narrowest
        )
        said = [clause for clause in rules if _concerns(clause.rule, emergency)]
        return [*said] if spoken_of else [*said, None]

    @cached_property
    def _nothing(self) -> Plan:
        return Plan(self, (), Place(number="", refused=Refused.INVALID))

    def _covers(self, jurisdiction: str, place: Place) -> bool:
        country = country_of(jurisdiction)
        if self.profile.covers_country(country):
            return True
        # A territory is covered with the country that it is a part of.
        return any(
            part.partition("-")[2] == jurisdiction and self.profile.covers_country(country_of(part))
            for part in place.jurisdictions
        )

    def _local_hours(self, rule: Rule, clock: LocalClock) -> LocalHours:
        key = (rule.id, clock.zone)
        hours = self._hours.get(key)
        if hours is None:
            assert isinstance(rule.terms, Hours)
            calendars = rule.terms.calendars
            days = self.almanac.days(calendars, rule.jurisdiction) if calendars else None
            hours = self._hours[key] = LocalHours(rule, clock, days)
        return hours


def _concerns(rule: Rule, emergency: DeclaredEmergency) -> bool:
    """Whether a rule says what an emergency stops where it is declared, or in a part or the whole of that."""
    here, there = rule.jurisdiction, emergency.jurisdiction
    return here == EVERYWHERE or within(here, there) or within(there, here)


@cache
def ungoverned() -> Prepared:
    """For a campaign that keeps no profile: no rule is asked, only the engine's own gates."""
    nobody = Profile(name="none", summary="", covers=(EVERYWHERE,), purposes=PURPOSES)
    regime = Regime(rules=RuleSet(()), profile=nobody, almanac=Almanac(), means=(Means.LIVE,))
    anywhere = Place(number="")
    return Prepared(place=anywhere, plan=Plan(regime, (), anywhere))
