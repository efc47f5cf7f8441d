"""The rules that are shipped, and those of an operator: read strictly, each mistake with its line.

The only reader of the shipped rule files. What they say is research, not legal advice; an operator reviews it
and changes it by a file of overrides.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, Field

from engine.compliance.almanac import Almanac, DeclaredEmergency, HolidayCalendar, Proclamation
from engine.compliance.places import AreaCode, Gazetteer
from engine.compliance.profiles import Override, Profile, problems_of
from engine.compliance.rules import EVERYWHERE, Basis, Rule, RuleSet
from engine.compliance.terms import Hours, Kind
from engine.config import yaml
from engine.config.fields import LocalDate, Moment, Text, from_text
from engine.config.hours import public_holidays
from engine.config.purposes import Purpose
from engine.config.reading import Reading
from engine.config.rule_sections import OVERRIDES, REMOVALS, RULES, OverrideSection
from engine.config.sections import Section, optional
from engine.config.times import parse_date
from engine.names import did_you_mean

FOLDER: Final = Path(str(resources.files("engine.compliance"))) / "rules"
PROFILES_FILE: Final = "profiles.yaml"

_RULE_ID: Final = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_JURISDICTION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def _jurisdiction(text: str) -> str:
    if text != EVERYWHERE and not _JURISDICTION.fullmatch(text):
        raise ValueError(f"is {text!r}; a country or a part of it is wanted: GB, US-FL")
    return text


def _known_jurisdiction(text: str) -> str:
    known = shipped_gazetteer().jurisdictions
    if text not in known:
        raise ValueError(f"is {text!r}, which is no country or state that is known{_meant(text, known)}")
    return text


def _meant(text: str, known: list[str]) -> str:
    """`; did you mean 'US-LA'?` for US-LS, GB for UK and GB-ENG, US-FL for FL."""
    country, _, part = text.upper().partition("-")
    country = "GB" if country == "UK" else country
    likely = (
        *(name for name in known if part and name.startswith(f"{country}-{part[0]}")),
        *(name for name in known if name == country),
        *(name for name in known if name.endswith(f"-{country}")),
    )
    return f"; did you mean {likely[0]!r}?" if likely else did_you_mean(text, known)


Jurisdiction: TypeAlias = Annotated[str, BeforeValidator(from_text(_jurisdiction, "a country is wanted: GB"))]
KnownJurisdiction: TypeAlias = Annotated[
    str, BeforeValidator(from_text(_known_jurisdiction, "a country or a part of it is wanted: GB, US-FL"))
]


class ProfileSection(Section):
    of = Profile

    summary: Text = Field(description="Who would use it.")
    covers: Annotated[list[Jurisdiction], Field(min_length=1)] = Field(
        description="The countries whose people may be called.", examples=["[GB]"]
    )
    purposes: Annotated[list[Purpose], Field(min_length=1)] = Field(
        description="What the calls are for.", examples=["[sales]"]
    )


class ProclamationSection(Section):
    jurisdiction: KnownJurisdiction = Field(description="Where.", examples=["US-LA"])
    day: LocalDate = Field(description="The local date that is a holiday.", examples=["2026-12-24"])
    note: Text = optional("By whom, and why.")


class EmergencySection(Section):
    of = DeclaredEmergency

    jurisdiction: KnownJurisdiction = Field(description="Where.", examples=["US-LA"])
    starts: Moment = Field(description="From when.", examples=["2026-09-01T00:00:00-05:00"])
    ends: Moment = optional("Until when; until further notice if left out.")
    note: Text = optional("By whom, and why.")


class _FileHead(Section):
    jurisdiction: Jurisdiction = Field(description="Whose rules these are.", examples=["GB"])
    authority: Text = Field(description="Who makes them, where a rule does not say.", examples=["Ofcom"])
    reviewed: LocalDate = Field(description="When somebody last looked.", examples=["2026-11-22"])
    rules: Any = None


def read_rules(file: Path) -> tuple[Rule, ...]:
    """The rules of one jurisdiction's file. Raises InputError with every problem of it."""
    reading = Reading(yaml.read(file))
    head = reading.section(_FileHead)
    rules = _rules(
        reading,
        jurisdiction=head.jurisdiction if head else EVERYWHERE,
        authority=head.authority if head else "",
        reviewed=head.reviewed if head else "1971-01-01",
        basis=Basis.SOURCES,
    )
    reading.finish()
    return rules


def _rules(
    reading: Reading, *, jurisdiction: str, authority: str, reviewed: str, basis: Basis
) -> tuple[Rule, ...]:
    if not reading.is_mapping("rules"):
        return ()
    rules = []
    for rule_id in reading.keys("rules"):
        path = ("rules", rule_id)
        if not _RULE_ID.fullmatch(rule_id):
            reading.problem("a rule is named in capitals, such as UK-HOURS", *path, at_key=True)
        section = reading.section(RULES[_kind(reading, *path)], *path)
        if section is None:
            continue
        try:
            rule = section.rule(
                rule_id, jurisdiction=jurisdiction, authority=authority, reviewed=reviewed, basis=basis
            )
        except ValueError as error:
            reading.problem(str(error), *path, at_key=True)
        else:
            rules.append(rule)
    return tuple(rules)


def _kind(reading: Reading, *path: str) -> Kind:
    """The kind that a rule says it is of; the section of its kind complains where it says none."""
    text = reading.text(*path, "kind")
    return Kind(text) if text in set(Kind) else Kind.BAN


@cache
def shipped_rules() -> RuleSet:
    """Every rule of every jurisdiction that is shipped."""
    files = sorted(path for path in FOLDER.glob("*.yaml") if path.name != PROFILES_FILE)
    return RuleSet(rule for file in files for rule in read_rules(file))


@cache
def shipped_profiles() -> dict[str, Profile]:
    return read_profiles(FOLDER / PROFILES_FILE)


def read_profiles(file: Path) -> dict[str, Profile]:
    """Profiles by name. Raises InputError."""
    reading = Reading(yaml.read(file))
    reading.check_keys(["profiles"], ["profiles"])
    profiles = {
        name: section.value(name=name)
        for name, section in reading.sections(ProfileSection, "profiles").items()
    }
    reading.finish()
    return profiles


@cache
def shipped_gazetteer() -> Gazetteer:
    """The tables of area codes, zones and territories."""
    area_codes = json.loads((FOLDER / "nanp.json").read_text("utf-8"))
    places = json.loads((FOLDER / "places.json").read_text("utf-8"))
    return Gazetteer(
        area_codes={
            code: AreaCode(country=country, state=state, zones=tuple(zones))
            for code, (country, state, zones) in area_codes.items()
        },
        zones={name: tuple(zones) for name, zones in places["zones"].items()},
        prefixes={prefix: tuple(zones) for prefix, zones in places["prefixes"].items()},
        part_of=places["part_of"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What an operator adds to the shipped rules, and what only an operator can know."""

    overrides: tuple[Override, ...] = ()
    rules: tuple[Rule, ...] = ()
    proclamations: tuple[Proclamation, ...] = ()
    emergencies: tuple[DeclaredEmergency, ...] = ()


OPERATOR_KEYS: Final = ("overrides", "rules", "proclamations", "emergencies", "reviewed")


def read_operator(file: Path, rules: RuleSet, today: date | None = None) -> Operator:
    """An operator's file. Raises InputError with every problem of it."""
    return operator_of(yaml.read(file), rules, today)


def operator_of(document: yaml.Document, rules: RuleSet, today: date | None = None) -> Operator:
    """What an operator's file says. Whether somebody has the right to its looser overrides is not judged
    here. With `today`, nobody can have looked at a rule later. Raises InputError with every problem of it."""
    reading = Reading(document)
    reading.check_keys(list(OPERATOR_KEYS), [])
    overrides = _overrides(reading, rules)
    own: tuple[Rule, ...] = ()
    if reading.has("rules"):
        if not reading.has("reviewed"):
            reading.problem(
                "missing; say when these rules were looked at: 'reviewed: 2026-11-22'", below="reviewed"
            )
        reviewed = reading.text("reviewed") or "1971-01-01"
        own = _rules(
            reading, jurisdiction=EVERYWHERE, authority="operator", reviewed=reviewed, basis=Basis.OPERATOR
        )
        for rule in own:
            if rule.id in rules:
                reading.problem("exists already; override it instead", "rules", rule.id, at_key=True)
    _check_reviewed(reading, own, today)
    proclaimed = [
        reading.section(ProclamationSection, "proclamations", index)
        for index in range(len(reading.items("proclamations")))
    ]
    declared = [
        reading.section(EmergencySection, "emergencies", index)
        for index in range(len(reading.items("emergencies")))
    ]
    for index, entry in enumerate(declared):
        if entry is not None and entry.ends is not None and entry.ends <= entry.starts:
            told = f"is {reading.text('emergencies', index, 'ends')!r}; an emergency ends after it starts"
            reading.problem(told, "emergencies", index, "ends")
    reading.finish()
    return Operator(
        overrides=overrides,
        rules=own,
        proclamations=tuple(
            Proclamation(
                jurisdiction=entry.jurisdiction, day=date.fromisoformat(entry.day), note=entry.note or ""
            )
            for entry in proclaimed
            if entry is not None
        ),
        emergencies=tuple(entry.value() for entry in declared if entry is not None),
    )


def _check_reviewed(reading: Reading, own: tuple[Rule, ...], today: date | None) -> None:
    """Notes reviews that are no dates, or of days to come."""
    for path in (("reviewed",), *(("rules", rule.id, "reviewed") for rule in own)):
        if not reading.has(*path):
            continue
        try:
            day = parse_date(reading.text(*path) or "")
        except ValueError as error:
            reading.problem(str(error), *path)
            continue
        if today is not None and day > today.isoformat():
            told = f"is {day!r}, which is still to come; it is the day on which somebody last looked"
            reading.problem(told, *path)


def _overrides(reading: Reading, rules: RuleSet) -> tuple[Override, ...]:
    if reading.has("overrides") and not reading.is_mapping("overrides"):
        return ()
    known = [rule.id for rule in rules.rules]
    overrides = []
    for rule_id in reading.keys("overrides"):
        path = ("overrides", rule_id)
        if not reading.known(rule_id, known, "rule", *path, at_key=True):
            continue
        kind = rules[rule_id].kind
        removes = reading.text(*path, "remove") == "true"
        section: OverrideSection | None = reading.section(REMOVALS if removes else OVERRIDES[kind], *path)
        if section is None:
            continue
        try:
            terms = None if removes else section.terms(kind)
        except ValueError as error:
            reading.problem(str(error), *path, at_key=True)
            continue
        override = Override(
            rule=rule_id, terms=terms, looser=section.looser or False, reason=section.reason or ""
        )
        for problem in problems_of(override, rules):
            reading.problem(problem, *path, at_key=True)
        overrides.append(override)
    return tuple(overrides)


def almanac(rules: Iterable[Rule], years: range, operator: Operator | None = None) -> Almanac:
    """The holidays that rules ask for in these years, with what the operator entered."""
    names = {name for rule in rules if isinstance(rule.terms, Hours) for name in rule.terms.calendars}
    calendars = (
        HolidayCalendar(
            name=name,
            first_year=years[0],
            last_year=years[-1],
            holidays=tuple(date.fromisoformat(day) for day in public_holidays(name, years)),
        )
        for name in sorted(names)
    )
    return Almanac(
        calendars=tuple(calendars),
        proclamations=operator.proclamations if operator else (),
        emergencies=operator.emergencies if operator else (),
    )
