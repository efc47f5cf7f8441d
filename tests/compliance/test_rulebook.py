"""The shipped rules, and how files of rules are read: strictly, and with the line of each mistake."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from engine.compliance.profiles import with_overrides
from engine.compliance.rules import PURPOSES, Basis
from engine.compliance.terms import Abandonment, Cap, Hours, Informative, Key, Kind, Period
from engine.config.rulebook import (
    FOLDER,
    almanac,
    read_operator,
    read_profiles,
    read_rules,
    shipped_gazetteer,
    shipped_profiles,
    shipped_rules,
)
from engine.domain.time import DAY
from engine.errors import InputError
from tests.compliance.dials import at

SOURCES: Final = [
    "UK-ACR-2010", "UK-ACR-2016", "UK-ACR-FORMULA-AMD", "UK-ACR-FORMULA-NOAMD", "UK-MSG-2S", "UK-RING-15S",
    "UK-REDIAL-72H", "UK-AMD-24H", "UK-CLI", "UK-SCAN", "UK-TPS-28D", "UK-OWN-DNC", "UK-AUTO", "UK-SECTOR",
    "UK-HOURS", "UK-RECORDS", "UK-DEBT", "US-TSR-ABANDON-DEF", "US-TSR-SAFE-HARBOR", "US-TSR-HOURS",
    "US-TSR-PRERECORDED", "US-TSR-DNC31", "US-TSR-EBR", "US-TSR-RECORDS", "US-FCC-RING", "US-FCC-ABANDON",
    "US-FCC-HOURS", "US-FCC-DNC", "US-FCC-IDNC", "US-FCC-REVOKE", "US-FCC-CONSENT", "US-FCC-EXEMPT-CAPS",
    "US-FCC-CLI", "US-RND", "US-EMERGENCY", "US-REGF-7IN7", "US-REGF-CONV", "US-REGF-EXCL", "US-REGF-TIME",
    "US-REGF-RECORDS", "US-FL-HOURS", "US-OK-HOURS", "US-MD-HOURS", "US-OR-HOURS", "US-WA-HOURS",
    "US-CT-HOURS", "US-TX-HOURS", "US-LA-HOURS", "US-AL-HOURS", "US-MS-HOURS", "US-RI-HOURS", "US-KY-HOURS",
    "US-MA-HOURS", "US-UT-HOURS", "US-PA-HOURS", "US-NV-HOURS", "US-IN-HOURS", "US-IL-HOURS", "US-MN-HOURS",
    "US-NM-HOURS", "US-MI-HOURS", "US-CA-HOURS", "US-ME-HOURS", "US-SD-HOURS", "US-NE-HOURS", "US-TN-HOURS",
    "US-WY-HOURS", "US-GA-HOURS", "US-NJ-HOURS", "US-NY-HOURS", "US-VA-HOURS", "US-MA-DEBT", "US-HOLIDAYS",
    "US-EMERGENCY-STATE", "CA-HOURS", "CA-ABANDON", "CA-ADAD", "CA-DNCL", "CA-IDNC", "AU-HOURS", "AU-DNCR",
    "AU-DEBT", "NZ", "IN-HOURS", "IN-SERIES", "IN-DEBT", "FR-HOURS", "FR-FREQ", "FR-REFUSAL", "FR-OPTIN",
    "DE", "AT", "ES-HOURS", "ES-OPTIN", "IT-HOURS", "IT-MUTE", "IT-RPO", "NL", "BE", "IE", "PL", "BR-HOURS",
    "BR-SHORT", "BR-NMP", "ZA-HOURS", "SG", "MX", "CA-ADAD-CLI", "IN-NCPR", "IN-HOURS-PROMO",
]  # fmt: skip
"""Every rule that research has found so far."""


def test_every_rule_that_was_found_is_shipped() -> None:
    rules = shipped_rules()
    assert [rule_id for rule_id in SOURCES if rule_id not in rules] == []


def test_every_rule_says_where_it_stands_how_sure_it_is_and_when_somebody_looked() -> None:
    for rule in shipped_rules().rules:
        assert rule.citation, rule.id
        assert rule.summary.endswith("."), rule.id
        assert rule.reviewed >= date(2026, 11, 22), rule.id
        assert rule.basis is not Basis.OPERATOR, rule.id


def test_every_file_is_of_one_jurisdiction_and_named_after_it() -> None:
    for file in FOLDER.glob("*.yaml"):
        if file.name != "profiles.yaml":
            assert {rule.jurisdiction.lower() for rule in read_rules(file)} == {file.stem}


def test_the_version_names_exactly_these_rules() -> None:
    rules = shipped_rules()
    assert len(rules.version) == 12
    assert with_overrides(rules, []).version == rules.version
    more = with_overrides(rules, [], added=[replace(rules["FR-FREQ"], id="FR-FREQ-2")])
    assert more.version != rules.version


def test_some_figures_of_the_shipped_rules() -> None:
    rules = shipped_rules()
    seven = rules["US-REGF-7IN7"].terms
    assert isinstance(seven, Cap)
    assert (seven.calls, seven.days, seven.within) == (7, 7, None)
    france = rules["FR-HOURS"].terms
    assert isinstance(france, Hours)
    assert [(window.opens, window.closes) for window in france.week[0]] == [(600, 780), (840, 1200)]
    assert france.week[5] == ()
    assert rules["FR-OPTIN"].effective_from == date(2026, 8, 11)
    canada = rules["CA-ABANDON"].terms
    assert isinstance(canada, Abandonment)
    assert canada.most == 500
    assert isinstance(rules["UK-DEBT"].terms, Informative)


@pytest.mark.parametrize(
    ("one", "twin"),
    [
        ("UK-ACR-2016", "UK-ACR-2016-DAY"),
        ("UK-ACR-AMD", "UK-ACR-AMD-DAY"),
        ("US-REGF-7IN7", "US-REGF-7IN7-ROLLING"),
        ("AU-DEBT", "AU-DEBT-ROLLING"),
        ("AU-DEBT-MONTH", "AU-DEBT-MONTH-ROLLING"),
    ],
)
def test_where_a_time_can_be_read_as_rolling_or_as_dates_both_are_rules(one: str, twin: str) -> None:
    rules = shipped_rules()
    first, second = rules[one].terms, rules[twin].terms
    if isinstance(first, Cap) and isinstance(second, Cap):
        assert first.days is not None
        assert replace(first, days=None, within=first.days * DAY) == second
    else:
        assert isinstance(first, Abandonment)
        assert replace(first, period=Period.DAY, length=None) == second
        assert first.period is Period.ROLLING
    assert rules[one].purposes == rules[twin].purposes


def test_contacts_with_a_debtor_in_australia_are_those_of_the_person_whatever_the_debt() -> None:
    rules = shipped_rules()
    for rule_id in ("AU-DEBT", "AU-DEBT-ROLLING", "AU-DEBT-MONTH", "AU-DEBT-MONTH-ROLLING"):
        terms = rules[rule_id].terms
        assert isinstance(terms, Cap)
        assert terms.per == (Key.PERSON,)


def test_recordings_about_debts_are_as_few_as_other_recordings_that_sell_nothing() -> None:
    held = [rule.id for rule in shipped_profiles()["us-collections"].rules(shipped_rules())]
    assert "US-FCC-EXEMPT-CAPS" in held


def test_every_profile_has_rules_and_holidays_for_all_of_them() -> None:
    rules = shipped_rules()
    known = almanac(rules.rules, range(2026, 2028))
    for profile in shipped_profiles().values():
        chosen = profile.rules(rules)
        assert [rule for rule in chosen if rule.kind is not Kind.INFORMATIVE], profile.name
        asked = [name for rule in chosen if isinstance(rule.terms, Hours) for name in rule.terms.calendars]
        assert known.missing(asked) == []


def test_every_rule_is_reached_by_a_profile_and_so_is_every_purpose() -> None:
    rules, profiles = shipped_rules(), shipped_profiles().values()
    reached = {rule.id for profile in profiles for rule in profile.rules(rules)}
    assert [rule.id for rule in rules.rules if rule.id not in reached] == []
    assert {purpose for profile in profiles for purpose in profile.purposes} == {*PURPOSES}


def test_every_jurisdiction_with_rules_is_a_place_that_is_known() -> None:
    zones = shipped_gazetteer().zones
    assert [name for name in shipped_rules().jurisdictions if name not in zones] == []


# --- reading ------------------------------------------------------------------------------------

HEAD: Final = "jurisdiction: GB\nauthority: Ofcom\nreviewed: 2026-11-22\n"


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as wrong:
        read_rules(file)
    return [problem.removeprefix(f"{file}:") for problem in wrong.value.problems]


def test_every_mistake_in_a_file_of_rules_is_told_with_its_line(tmp_path: Path) -> None:
    text = HEAD + "\n".join(
        [
            "rules:",
            "  uk-ring:",
            "    {kind: ring, summary: Rings., least: 15s}",
            "  UK-WEEK:",
            "    {kind: hours, summary: Hours., week: {mon-fri: [9-17]}}",
            "  UK-CAP:",
            "    {kind: cap, summary: Cap., calls: 3, within: 24h, days: 1, per: [number]}",
            "  UK-KIND:",
            "    {kind: ours, summary: Hours.}",
            "  UK-RATE:",
            "    {kind: abandonment, summary: Rate., most: 3, formula: placed, period: month}",
            "  UK-PURPOSE:",
            "    {kind: ban, summary: Ban., purposes: [salse], lenght: 3}",
            "  UK-LEVEL:",
            "    {kind: consent, summary: Consent., level: expressed}",
            "  UK-HOLIDAY:",
            "    kind: hours",
            "    summary: Hours.",
            "    week: {mon: ['09:00-10:00']}",
            "    holidays_of: [GB]",
            "    on_holidays: shut",
            "  UK-OTHER-TIMES:",
            "    {kind: hours, summary: Hours., week: {mon: ['09:00-10:00']}, agreeable: true}",
            "  UK-BY-CONDUCT:",
            "    {kind: hours, summary: Hours., week: {mon: ['09:00-10:00']}, agreeable: implied}",
        ]
    )
    assert problems(tmp_path, text) == [
        "5:3: rules.uk-ring: a rule is named in capitals, such as UK-HOURS",
        "8:53: rules.UK-WEEK.week.mon-fri[0]: is '9-17'; a window is written 09:00-17:30",
        "9:3: rules.UK-CAP: a cap has either within (rolling) or days (of the local calendar)",
        "12:12: rules.UK-KIND.kind: is 'ours'; it can be hours, cap, cooldown, lockout, consent, revocation, "
        "reassigned, registry, internal-dnc, caller-id, ring, message, amd-test, abandonment, emergency, "
        "destination, list-origin, ban, records or informative; did you mean 'hours'?",
        "14:47: rules.UK-RATE.most: is '3'; a share is written 3% or 2.75%",
        "16:43: rules.UK-PURPOSE.purposes[0]: is 'salse', which is no purpose; did you mean 'sales'?",
        "16:51: rules.UK-PURPOSE.lenght: unknown key 'lenght'; the keys are kind, summary, citation, "
        "authority, purposes, means, parties, lines, effective_from, effective_to, confidence, basis, "
        "reviewed, note and figures",
        "18:47: rules.UK-LEVEL.level: is 'expressed'; it can be none, implied, express or written; "
        "did you mean 'express'?",
        "24:18: rules.UK-HOLIDAY.on_holidays: is 'shut'; it is closed, or a list of windows: "
        '["09:00-17:30"]',
        "26:77: rules.UK-OTHER-TIMES.agreeable: is 'true'; it can be express or written",
        "28:77: rules.UK-BY-CONDUCT.agreeable: is 'implied'; it can be express or written",
    ]


def test_a_file_says_whose_rules_it_has_and_since_when(tmp_path: Path) -> None:
    found = problems(tmp_path, "jurisdiction: Britain\nrules: {UK-BAN: {kind: ban, summary: Ban.}}")
    assert found == [
        "1:1: authority: missing; say e.g. 'authority: Ofcom'",
        "1:1: reviewed: missing; say e.g. 'reviewed: 2026-11-22'",
        "1:15: jurisdiction: is 'Britain'; a country or a part of it is wanted: GB, US-FL",
    ]
    assert problems(tmp_path, HEAD + "rules: []") == [
        "4:8: rules: is empty; names and their settings are wanted"
    ]


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        HEAD + "rules: {UK-X: {kind: ban, summary: Ban., effective_from: 2026-01-01, authority: ICO}}"
    )
    (rule,) = read_rules(file)
    assert (rule.jurisdiction, rule.authority, rule.basis) == ("GB", "ICO", Basis.SOURCES)
    assert rule.effective_from == date(2026, 1, 1)


# --- the operator's file ------------------------------------------------------------------------


def test_an_operators_file_has_overrides_rules_proclamations_and_emergencies(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(
        "reviewed: 2026-11-22\n"
        "overrides:\n"
        "  US-TSR-HOURS: {week: {mon-sat: ['09:00-20:00']}, reason: house policy}\n"
        "  UK-HOURS: {remove: true, looser: true, reason: counsel}\n"
        "rules:\n"
        "  OURS-DAY: {kind: cap, summary: Three a day., calls: 3, days: 1, per: [person]}\n"
        "proclamations: [{jurisdiction: US-LA, day: 2026-12-24, note: by the governor}]\n"
        "emergencies: [{jurisdiction: US-LA, starts: 2026-09-01T00:00:00-05:00}]\n"
    )
    ours = read_operator(file, shipped_rules())
    assert [(one.rule, one.terms is None, one.looser, one.reason) for one in ours.overrides] == [
        ("US-TSR-HOURS", False, False, "house policy"),
        ("UK-HOURS", True, True, "counsel"),
    ]
    assert [(rule.id, rule.jurisdiction, rule.basis) for rule in ours.rules] == [
        ("OURS-DAY", "*", Basis.OPERATOR)
    ]
    assert [entry.day for entry in ours.proclamations] == [date(2026, 12, 24)]
    assert [(entry.starts, entry.ends) for entry in ours.emergencies] == [
        (at("2026-09-01T00:00:00-05:00"), None)
    ]
    known = almanac(shipped_rules().rules, range(2026, 2027), ours)
    assert (known.proclamations, known.emergencies) == (ours.proclamations, ours.emergencies)
    rules = with_overrides(
        shipped_rules(), ours.overrides, added=ours.rules, may_loosen=frozenset({"UK-HOURS"})
    )
    assert "UK-HOURS" not in rules
    assert "OURS-DAY" in rules


def test_every_mistake_in_an_operators_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(
        "overrides:\n"
        "  US-TSR-HOUR: {week: {mon: ['09:00-20:00']}}\n"
        "  FR-FREQ: {calls: 3, within: 1d, days: 2, per: [person]}\n"
        "  US-FCC-RING: {least: long}\n"
        "rules: {OURS: {kind: ban, summary: Ban.}}\n"
        "emergencies: [{jurisdiction: US-LA, starts: yesterday}]\n"
    )
    with pytest.raises(InputError) as wrong:
        read_operator(file, shipped_rules())
    assert [problem.removeprefix(f"{file}:") for problem in wrong.value.problems] == [
        "1:1: reviewed: missing; say when these rules were looked at: 'reviewed: 2026-11-22'",
        "2:3: overrides.US-TSR-HOUR: rule 'US-TSR-HOUR' is not defined; did you mean 'US-TSR-HOURS'?",
        "3:3: overrides.FR-FREQ: a cap has either within (rolling) or days (of the local calendar)",
        "4:24: overrides.US-FCC-RING.least: is 'long'; a duration is a number and a unit: 90s, 10m, 2h, 30d "
        "or 250ms, also combined as 1h30m",
        "6:45: emergencies[0].starts: is 'yesterday'; a time is ISO 8601 with a zone: 2026-03-02T09:00:00Z",
    ]


def test_an_empty_part_is_refused_and_so_is_a_profile_without_a_country(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text("overrides: {}\n")
    with pytest.raises(InputError, match="names and their settings"):
        read_operator(file, shipped_rules())
    file.write_text("profiles: {x: {summary: X., covers: [], purposes: [sales]}}\n")
    with pytest.raises(InputError, match="at least one is wanted"):
        read_profiles(file)
