"""Dials by the thousand, made by a seed: people of every shipped profile, with histories that come near to
the figures of the rules.
"""

from dataclasses import replace
from datetime import date
from functools import cache
from random import Random
from typing import Any, Final, TypeVar

from engine.compliance.almanac import Almanac, DeclaredEmergency
from engine.compliance.dial import (
    AmdTestRecord,
    CallerId,
    Dial,
    DncEntry,
    DncSource,
    GivenConsent,
    Keys,
    Manner,
    Past,
    Reassignment,
    RegistryState,
    Relationship,
)
from engine.compliance.places import Place
from engine.compliance.profiles import Profile
from engine.compliance.regime import Prepared, Regime
from engine.compliance.rules import PURPOSES, Line, Means, Party, Rule, RuleSet
from engine.compliance.terms import Consent, Event, Kind, Reach, Registry
from engine.config.rulebook import shipped_profiles, shipped_rules
from engine.domain.time import DAY, HOUR, MINUTE, SECOND, Instant
from tests.compliance import edges
from tests.compliance.alone import KEYS, calendars_of
from tests.compliance.dials import LONDON, MANNER

T = TypeVar("T")

START: Final = edges.first_instant(date(2026, 2, 1))
SPAN_DAYS: Final = 680
REVOKED_FROM: Final = edges.first_instant(date(2027, 1, 31))
EMERGENCIES: Final = tuple(
    DeclaredEmergency(jurisdiction=where, starts=START + 120 * DAY, ends=START + days * DAY)
    for where, days in (("US-LA", 400), ("US-TX", 150), ("US", 130), ("GB", 140), ("CA-ON", 140))
)


def one_of(chance: Random, *choices: T) -> T:
    return chance.choice(choices)


@cache
def registry_names() -> tuple[str, ...]:
    terms = [rule.terms for rule in shipped_rules().rules if rule.kind is Kind.REGISTRY]
    return tuple(sorted({one.registry for one in terms if isinstance(one, Registry)}))


def regime_of(
    rules: tuple[Rule, ...], profile: Profile, means: Means, emergencies: tuple[DeclaredEmergency, ...]
) -> Regime:
    almanac = Almanac(calendars=calendars_of(*rules), emergencies=emergencies)
    return Regime(rules=RuleSet(rules), profile=profile, almanac=almanac, means=(means,))


def rules_of(profile: Profile) -> tuple[Rule, ...]:
    """Those of the profile's countries, whatever they are for."""
    return tuple(
        rule for rule in shipped_rules().rules if rule.jurisdiction.partition("-")[0] in profile.covers
    )


def profiles() -> list[Profile]:
    return [profile for _, profile in sorted(shipped_profiles().items())]


def some_place(chance: Random, profile: Profile) -> tuple[Place, Party]:
    """A place in a country of the profile, often in a state that has rules of its own, sometimes in two."""
    country = chance.choice(profile.covers)
    states = [each for each in shipped_rules().jurisdictions if each.startswith(f"{country}-")]
    found = {country, *chance.sample(states, min(len(states), one_of(chance, 0, 1, 1, 2)))}
    zones = {chance.choice(edges.zones_of(each)) for each in found if each != country or len(found) == 1}
    place = Place(
        number=LONDON,
        line=one_of(chance, *Line),
        zones=tuple(sorted(zones)),
        jurisdictions=tuple(sorted(found)),
    )
    return place, one_of(chance, Party.CONSUMER, Party.CONSUMER, Party.BUSINESS)


def some_minute(chance: Random) -> Instant:
    """Any minute of two years."""
    return START + chance.randrange(SPAN_DAYS * 24 * 60) * MINUTE


def some_past(chance: Random, now: Instant) -> Past:
    ago = one_of(chance, 8 * HOUR, DAY, 2 * DAY, 7 * DAY, 31 * DAY, 62 * DAY)
    at = now - chance.randrange(ago // MINUTE + 2) * MINUTE
    keys: dict[str, Any] = {
        "number": one_of(chance, LONDON, LONDON, LONDON, "+442079460002"),
        "person": one_of(chance, "ann", "ann", "ann", "bob", None),
        "subject": one_of(chance, *["boiler"] * 4, "roof", None),
        "debt": one_of(chance, *["D-1"] * 4, "D-2", None),
        "seller": one_of(chance, *["acme"] * 4, "other", None),
    }
    return Past(
        at=at,
        ended_at=one_of(chance, None, at + MINUTE),
        reach=one_of(chance, *Reach),
        events=one_of(chance, (), (), *((event,) for event in Event)),
        **keys,
    )


def some_consent(chance: Random, now: Instant) -> GivenConsent:
    before = now - chance.randrange(500) * DAY
    return GivenConsent(
        level=one_of(chance, *Consent, *[Consent.WRITTEN] * 4),
        given_at=one_of(chance, before, before, now, now + HOUR),
        expires_at=one_of(chance, None, None, None, now, now + DAY),
        revoked_at=one_of(chance, *[None] * 6, now, now + 2 * HOUR),
        purposes=one_of(chance, (), (), ("sales",), PURPOSES),
        other_times=chance.random() < 0.3,
    )


def some_manner(chance: Random, prepared: Prepared, now: Instant) -> Manner:
    number = "+9116005550100" if "service" in prepared.plan.purposes else "+911405550100"
    if chance.random() < 0.75:
        return replace(MANNER, caller_id=CallerId(number=one_of(chance, *[number] * 4, "+441632960001")))
    return Manner(
        caller_id=one_of(chance, None, CallerId(number=number, premium=chance.random() < 0.1)),
        ring=one_of(chance, 15 * SECOND - 1, 15 * SECOND, 30 * SECOND),
        reserved=chance.random() < 0.5,
        hangs_up_on_machines=chance.random() < 0.4,
        amd_test=one_of(
            chance,
            None,
            *(
                AmdTestRecord(tested_at=now + since, sample=100, false_positives=1)
                for since in (-DAY, -DAY, HOUR)
            ),
        ),
        message_within=one_of(chance, None, 2 * SECOND, 2 * SECOND + 1),
    )


def some_dial(chance: Random, prepared: Prepared, now: Instant) -> Dial:
    """What might be known of a dial at `now`; most is in order, and changes on whole minutes from then."""
    attempts = [some_past(chance, now) for _ in range(one_of(chance, 0, 1, 2, 4, 8, 12))]
    months = one_of(chance, 1, 3, 6, 18, 36) * 30 * DAY
    fresh = now - one_of(chance, 0, 0, 0, 1, 14, 20, 29, 60) * DAY
    return Dial(
        prepared=prepared,
        keys=one_of(chance, KEYS, KEYS, Keys(number=LONDON, person="ann")),
        manner=some_manner(chance, prepared, now),
        dnc=one_of(chance, *[()] * 39, (DncEntry(source=DncSource.INTERNAL, by="person", since=now),)),
        registries={
            name: RegistryState(version_at=fresh, listed=chance.random() < 0.15) for name in registry_names()
        },
        consents=tuple(some_consent(chance, now) for _ in range(one_of(chance, 0, 1, 1, 2))),
        revoked_at=one_of(chance, None, None, None, now - 100 * DAY, REVOKED_FROM),
        reassignment=one_of(chance, Reassignment.NO, Reassignment.NO, Reassignment.NOT_ASKED),
        relationship=Relationship(
            customer=chance.random() < 0.3,
            transaction_at=one_of(chance, None, now - months, now - DAY),
            inquiry_at=one_of(chance, None, now - months),
        ),
        history=tuple(sorted(attempts, key=lambda past: -past.at)),
        protected=chance.random() < 0.02,
        generated=chance.random() < 0.03,
    )
