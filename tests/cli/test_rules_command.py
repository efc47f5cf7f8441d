"""`dialer rules`: what it lists and shows, what it tells of a number, and how an operator's file is put in
force."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from engine.config.rulebook import shipped_profiles, shipped_rules
from engine.store.audit import entries
from engine.store.connection import open_store
from tests.cli.commands import Dialer, write

OURS = """\
reviewed: 2026-11-22
overrides:
  US-TSR-HOURS: {week: {mon-sat: ["09:00-20:00"]}, reason: house policy}
  UK-HOURS: {remove: true, looser: true, reason: "counsel, 2026-11-20"}
rules:
  OURS-DAY: {kind: cap, summary: Three a day., calls: 3, days: 1, per: [person]}
proclamations: [{jurisdiction: US-LA, day: 2026-12-24, note: by the governor}]
emergencies: [{jurisdiction: US-LA, starts: "2026-09-01T00:00:00-05:00"}]
"""
WRONG = """\
overrides:
  UK-HOURS: {remove: true, reason: counsel}
  US-FL-FRQ: {remove: true}
"""
MIAMI = ("rules", "for", "+13055550123", "--profile", "us-sales")


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return write(tmp_path, OURS, "ours.yaml")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "floor.db"
    open_store(path).close()
    return path


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def ids(text: str) -> list[str]:
    return [row["rule"] for row in rows(text)]


# --- list, show, profiles -------------------------------------------------------------------------


def test_list_has_every_rule_in_words(dialer: Dialer) -> None:
    listed = rows(dialer("rules", "list", "--json").out)
    assert [row["rule"] for row in listed] == [rule.id for rule in shipped_rules().rules]
    (florida,) = [row for row in listed if row["rule"] == "US-FL-FREQ"]
    assert florida == {
        "rule": "US-FL-FREQ",
        "jurisdiction": "US-FL",
        "kind": "cap",
        "confidence": "high",
        "from": None,
        "to": None,
        "reviewed": "2026-11-22",
        "operator": None,
        "for": "sales",
        "says": "at most 3 calls in any 24 h per person and subject",
    }
    table = list(csv.DictReader(dialer("rules", "list", "--csv", "-").out.splitlines()))
    assert len(table) == len(listed)
    assert table[0].keys() == florida.keys()


def test_list_filters_by_jurisdiction_kind_profile_purpose_and_date(dialer: Dialer) -> None:
    def found(*options: str) -> list[str]:
        return ids(dialer("rules", "list", *options, "--json").out)

    assert found("--jurisdiction", "US-FL") == ["US-FL-CONSENT", "US-FL-FREQ", "US-FL-HOURS"]
    assert found("--jurisdiction", "US-CO") == []
    caps = found("--kind", "cap", "--profile", "us-collections")
    assert caps == [
        *("US-FCC-EXEMPT-CAPS", "US-MA-DEBT", "US-ME-FREQ", "US-REGF-7IN7", "US-REGF-7IN7-ROLLING")
    ]
    assert "FR-FREQ" in found("--kind", "cap", "--profile", "us-collections", "--profile", "fr-sales")
    assert found("--jurisdiction", "IN", "--purpose", "collections") == ["IN-DEBT"]
    assert "US-FCC-REVOKE-ALL" not in found("--on", "2027-01-30")
    assert "US-FCC-REVOKE-ALL" in found("--on", "2027-01-31")
    assert "UK-ACR-2010" in found("--on", "2017-02-28")
    assert "UK-ACR-2010" not in found("--on", "2017-03-01")


def test_list_shows_what_an_operators_file_would_change(dialer: Dialer, ours: Path) -> None:
    listed = {row["rule"]: row for row in rows(dialer("rules", "list", "--operator", ours, "--json").out)}
    assert "UK-HOURS" not in listed
    assert listed["US-TSR-HOURS"]["operator"] == "stricter"
    assert listed["US-TSR-HOURS"]["says"] == "Mon-Sat 09:00-20:00, Sun closed"
    assert (listed["OURS-DAY"]["operator"], listed["OURS-DAY"]["jurisdiction"]) == ("own", "*")
    assert listed["US-FL-HOURS"]["operator"] is None


def test_show_tells_everything_of_one_rule(dialer: Dialer) -> None:
    text = dialer("rules", "show", "US-TSR-SAFE-HARBOR").out
    rule = shipped_rules()["US-TSR-SAFE-HARBOR"]
    assert text.startswith("US-TSR-SAFE-HARBOR: at most 3 % abandoned of the calls that a person answered")
    for part in (
        rule.summary,
        rule.citation,
        rule.authority,
        rule.note,
        "rings: 4",
        "us-sales",
        "2026-11-22",
    ):
        assert part in text
    assert "research, not legal advice" in text
    document = json.loads(dialer("rules", "show", "US-TSR-SAFE-HARBOR", "--json").out)
    assert document["confidence"] == "high"
    assert document["basis_means"]
    assert document["override"] is None


def test_show_tells_what_an_operator_made_of_a_rule(dialer: Dialer, ours: Path) -> None:
    text = dialer("rules", "show", "UK-HOURS", "--operator", ours).out
    assert text.startswith("UK-HOURS: the rule is left out\n")
    assert "looser, counsel, 2026-11-20" in text
    assert "before        Mon-Sat 08:00-21:00, Sun 09:00-21:00" in text
    assert "profiles      none" in text
    own = json.loads(dialer("rules", "show", "OURS-DAY", "--operator", ours, "--json").out)
    assert own["basis"] == "operator"
    assert own["profiles"] == list(shipped_profiles())


def test_profiles_are_listed_with_their_coverage_and_one_is_shown_with_its_rules(dialer: Dialer) -> None:
    listed = rows(dialer("rules", "profiles", "--json").out)
    assert [row["profile"] for row in listed] == list(shipped_profiles())
    (sales,) = [row for row in listed if row["profile"] == "us-sales"]
    assert (sales["covers"], sales["purposes"]) == ("US", "sales")
    one = dialer("rules", "profiles", "us-sales")
    assert (
        f"us-sales: Selling to people in the United States.\n  covers US; for sales; {sales['rules']} rules"
        in one.out
    )
    assert "US-FL-FREQ" in one.out
    assert len(rows(dialer("rules", "profiles", "us-sales", "--json").out)) == sales["rules"]
    assert "1 rule\n" in dialer("rules", "profiles", "sg-sales").out


# --- for ------------------------------------------------------------------------------------------


def test_a_number_has_its_place_its_rules_and_why_others_do_not_hold(dialer: Dialer) -> None:
    at = ("--at", "2026-11-22T12:30:00Z")
    document = json.loads(dialer(*MIAMI, *at, "--mode", "power", "--state", "GA", "--json").out)
    assert document["zones"] == ["America/New_York"]
    assert document["jurisdictions"] == ["US", "US-FL", "US-GA"]
    assert (document["profile"], document["means"], document["refused"]) == ("us-sales", ["autodialed"], None)
    assert document["window"] == {
        "open": False,
        "closed_by": "US-FCC-HOURS",
        "zone": "America/New_York",
        "wall_time": "Sun 07:30",
        "next_open": "2026-11-22T13:00:00Z",
    }
    holding = {row["rule"]: row["says"] for row in document["rules"]}
    assert holding["US-FL-CONSENT"] == "needs written consent"
    others = {row["rule"]: row["why"] for row in document["others"]}
    assert others["US-TSR-PRERECORDED"] == "another way of calling: sales; recordings"
    assert others["US-REGF-7IN7"] == "another purpose: collections"
    assert others["US-FCC-REVOKE-ALL"] == "not in force then: from 2027-01-31"
    assert not holding.keys() & others.keys()
    assert "FR-FREQ" not in others


def test_the_text_for_a_number_says_the_same(dialer: Dialer) -> None:
    closed = dialer(*MIAMI, "--at", "2026-11-22T12:30:00Z", "--mode", "preview").out
    assert "closed by US-FCC-HOURS, where it is Sun 07:30 in America/New_York" in closed
    assert "Rules that hold for us-sales by live calls:" in closed
    assert "another way of calling: sales; autodialed calls or recordings" in closed
    recorded = dialer(*MIAMI, "--mode", "power", "--leaves-messages").out
    assert "Rules that hold for us-sales by autodialed and prerecorded calls:" in recorded
    assert "another way of calling" not in recorded
    assert (
        "calling windows at 2026-11-22T13:00:00Z: open" in dialer(*MIAMI, "--at", "2026-11-22T13:00:00Z").out
    )
    assert "+13055550123: line either" in dialer(*MIAMI).out
    business = dialer("rules", "for", "+33123456789", "--profile", "fr-sales", "--party", "business").out
    assert "not for a business" in business


def test_a_number_that_is_never_dialed_says_why(dialer: Dialer) -> None:
    abroad = dialer("rules", "for", "+442079460001", "--profile", "us-sales")
    assert (abroad.code, abroad.out) == (
        0,
        "+442079460001: line fixed\n  is never dialed: the profile does not cover GB\n",
    )
    free = dialer("rules", "for", "+18005550123", "--profile", "us-sales").out
    assert "is never dialed: it is a toll-free number" in free


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--state", "ZZ", "the state of the address is none of its country"),
        ("--zone", "Nowhere/Land", "its time zone is not known, or that of the address is none"),
        ("--postcode", "96205", "the postcode of the address is of no place that is known"),
        ("--country", "QQ", "its time zone is not known, or that of the address is none"),
    ],
)
def test_an_address_that_cannot_be_is_a_mistake_of_the_command(
    option: str, value: str, why: str, dialer: Dialer
) -> None:
    result = dialer(*MIAMI, option, value)
    assert (result.code, result.out, result.err) == (2, "", f"{option} is {value!r}: {why}\n")


def test_a_number_that_is_none_is_told_shortly_with_what_would_help(dialer: Dialer) -> None:
    for_ = ("rules", "for", "--profile", "us-sales")
    bare = dialer(*for_, "13055550123")
    assert (bare.code, bare.err.endswith("; write it with + and the country code; or say --country\n")) == (
        2,
        True,
    )
    assert dialer(*for_, "13055550123", "--country", "US").code == 0
    long = dialer(*for_, "+1" + "3" * 3000)
    assert (long.code, long.err) == (2, f"'+1{'3' * 57}…' is too long for a phone number\n")


def test_a_state_is_taken_by_its_name_and_in_any_case(dialer: Dialer) -> None:
    told = dialer(*MIAMI, "--state", "FL", "--at", "2026-03-02T12:00:00Z").out
    for state in ("fl", "Florida", "us-fl"):
        assert dialer(*MIAMI, "--state", state, "--at", "2026-03-02T12:00:00Z").out == told


def test_a_number_is_judged_by_the_operators_rules_and_emergencies(dialer: Dialer, ours: Path) -> None:
    text = dialer("rules", "for", "+12252345678", "--profile", "us-sales", "--operator", ours).out
    assert "an emergency is declared in US-LA: no calls" in text
    assert "OURS-DAY" in text


# --- validate, apply, current ---------------------------------------------------------------------


def test_validate_tells_what_each_override_changes(dialer: Dialer, ours: Path) -> None:
    result = dialer("rules", "validate", ours)
    assert result.code == 0
    for part in (
        f"{ours}: ok\n",
        "US-TSR-HOURS: stricter\n    before: every day 08:00-21:00\n",
        "    after:  Mon-Sat 09:00-20:00, Sun closed\n",
        "UK-HOURS: looser, which takes the right override-compliance\n",
        "reason: counsel, 2026-11-20",
        "OURS-DAY, for all calls: at most 3 calls on a local day per person",
        "proclaimed a holiday in US-LA: 2026-12-24 (by the governor)",
        "emergency in US-LA from 2026-09-01T05:00:00Z until further notice",
    ):
        assert part in result.out
    document = json.loads(dialer("rules", "validate", ours, "--json").out)
    assert [(one["rule"], one["effect"], one["needs_right"]) for one in document["overrides"]] == [
        ("US-TSR-HOURS", "stricter", None),
        ("UK-HOURS", "looser", "override-compliance"),
    ]
    assert document["ok"] is True


def test_validate_tells_every_problem_with_its_place(dialer: Dialer, tmp_path: Path) -> None:
    file = write(tmp_path, WRONG, "wrong.yaml")
    problems = [
        f"{file}:2:3: overrides.UK-HOURS: is looser than the rule; say 'looser: true' if that is meant",
        f"{file}:3:3: overrides.US-FL-FRQ: rule 'US-FL-FRQ' is not defined; did you mean 'US-FL-FREQ'?",
    ]
    result = dialer("rules", "validate", file)
    assert (result.code, result.out, result.err.splitlines()) == (2, "", problems)
    as_json = dialer("rules", "validate", file, "--json")
    assert as_json.code == 2
    assert json.loads(as_json.out) == {"file": str(file), "ok": False, "problems": problems}


def test_what_is_declared_for_no_place_or_never_holds_or_was_looked_at_tomorrow_is_refused(
    dialer: Dialer, db: Path, tmp_path: Path
) -> None:
    text = (
        "reviewed: 2199-01-01\n"
        "rules:\n"
        "  OURS-BAN: {kind: ban, summary: None., lines: [mobile], reviewed: 2198-12-31}\n"
        "proclamations:\n"
        "  - {jurisdiction: UK, day: 2026-12-24}\n"
        "  - {jurisdiction: GB-ENG, day: 2026-12-24}\n"
        "  - {jurisdiction: FL, day: 2026-12-24}\n"
        "  - {jurisdiction: '*', day: 2026-12-24}\n"
        "emergencies:\n"
        "  - {jurisdiction: US-LS, starts: 2026-09-01T00:00:00Z}\n"
        "  - {jurisdiction: US-ZZ, starts: 2026-09-01T00:00:00Z}\n"
        "  - {jurisdiction: US-LA, starts: 2026-09-02T00:00:00Z, ends: 2026-09-01T00:00:00Z}\n"
        "  - {jurisdiction: US-LA, starts: 2026-09-02T00:00:00Z, ends: 2026-09-02T00:00:00Z}\n"
    )
    unknown = "which is no country or state that is known"
    looked = "which is still to come; it is the day on which somebody last looked"
    file = write(tmp_path, text, "wrong.yaml")
    problems = [
        f"1:11: reviewed: is '2199-01-01', {looked}",
        f"3:68: rules.OURS-BAN.reviewed: is '2198-12-31', {looked}",
        f"5:20: proclamations[0].jurisdiction: is 'UK', {unknown}; did you mean 'GB'?",
        f"6:20: proclamations[1].jurisdiction: is 'GB-ENG', {unknown}; did you mean 'GB'?",
        f"7:20: proclamations[2].jurisdiction: is 'FL', {unknown}; did you mean 'US-FL'?",
        f"8:20: proclamations[3].jurisdiction: is '*', {unknown}",
        f"10:20: emergencies[0].jurisdiction: is 'US-LS', {unknown}; did you mean 'US-LA'?",
        f"11:20: emergencies[1].jurisdiction: is 'US-ZZ', {unknown}; did you mean 'US'?",
        "12:63: emergencies[2].ends: is '2026-09-01T00:00:00Z'; an emergency ends after it starts",
        "13:63: emergencies[3].ends: is '2026-09-02T00:00:00Z'; an emergency ends after it starts",
    ]
    for command in (("validate", file), ("apply", file, "--db", db), ("list", "--operator", file)):
        result = dialer("rules", *command)
        assert result.code == 2
        assert [line.removeprefix(f"{file}:") for line in result.err.splitlines()] == problems


def test_a_territory_may_be_named_as_the_country_that_it_is_or_as_a_part(
    dialer: Dialer, tmp_path: Path
) -> None:
    for where in ("PR", "US-PR", "GB-GG", "AU-NSW", "US"):
        text = f"proclamations: [{{jurisdiction: {where}, day: 2026-12-24}}]\n"
        assert dialer("rules", "validate", write(tmp_path, text, "ours.yaml")).code == 0, where


def test_a_review_that_is_no_date_is_told_with_its_place(dialer: Dialer, tmp_path: Path) -> None:
    file = write(tmp_path, "reviewed: lately\n", "ours.yaml")
    assert dialer("rules", "validate", file).err == (
        f"{file}:1:11: reviewed: is 'lately'; a date is written 2026-12-25\n"
    )


def test_rules_are_applied_shown_and_removed_again(dialer: Dialer, db: Path, ours: Path) -> None:
    shipped = dialer("rules", "current", "--db", db).out
    assert (
        shipped
        == f"the shipped rules are in force, as they are\n  version of the rules: {shipped_rules().version}\n"
    )
    assert dialer("rules", "apply", ours, "--db", db).out.startswith(f"the rules of {ours} are in force\n")
    again = dialer("rules", "apply", ours, "--db", db, "--json")
    assert json.loads(again.out)["applied"] is False
    current = dialer("rules", "current", "--db", db).out
    assert current.startswith("the operator's rules are in force\n  since ")
    assert ", by operator\n" in current
    assert dialer("rules", "current", "--db", db, "--text").out == OURS
    assert "UK-HOURS" not in ids(dialer("rules", "list", "--db", db, "--json").out)
    assert dialer("rules", "apply", "--remove", "--db", db).out.startswith("the shipped rules are in force\n")
    back = json.loads(dialer("rules", "current", "--db", db, "--json").out)
    assert (back["version"], back["overrides"], back["applied"]["user"]) == (
        shipped_rules().version,
        [],
        "operator",
    )
    assert "UK-HOURS" in ids(dialer("rules", "list", "--db", db, "--json").out)


def test_only_who_may_applies_rules_and_looser_ones_take_one_right_more(
    dialer: Dialer, db: Path, ours: Path
) -> None:
    for user, role in (("ada", "administrator"), ("sue", "supervisor"), ("amy", "agent")):
        assert dialer("users", "add", user, "--role", role, "--db", db, "--as", "ada").code == 0
    agent = dialer("rules", "apply", ours, "--db", db, "--as", "amy")
    assert agent.code == 2
    assert "amy (agent) lacks the right manage-compliance" in agent.err
    supervisor = dialer("rules", "apply", ours, "--db", db, "--as", "sue")
    assert supervisor.code == 2
    assert "that right is for making rules looser: UK-HOURS" in supervisor.err
    assert dialer("rules", "apply", ours, "--db", db, "--as", "ada").code == 0
    sql = open_store(db)
    audited = [(row.user, row.action, row.subject) for row in entries(sql, action="rules")]
    sql.close()
    assert audited == [
        ("ada", "rules apply", "operator's rules"),
        ("ada", "rules override", "US-TSR-HOURS"),
        ("ada", "rules override", "UK-HOURS"),
        ("ada", "rules own", "OURS-DAY"),
        ("ada", "rules proclaim", "US-LA"),
        ("ada", "rules emergency", "US-LA"),
    ]


def test_a_wrong_file_is_not_applied(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    result = dialer("rules", "apply", write(tmp_path, WRONG, "wrong.yaml"), "--db", db)
    assert result.code == 2
    assert "wrong.yaml:2:3: overrides.UK-HOURS: is looser" in result.err
    assert "as they are" in dialer("rules", "current", "--db", db).out


def test_what_is_wrong_is_told_on_one_line(dialer: Dialer, db: Path, ours: Path) -> None:
    refusals = {
        ("list", "--jurisdiction", "US-LF"): "there is no jurisdiction 'US-LF'",
        ("list", "--profile", "us-sale"): "there is no profile 'us-sale'; did you mean 'us-sales'?",
        ("list", "--purpose", "salse"): "there is no purpose 'salse'; did you mean 'sales'?",
        ("list", "--kind", "caps"): "there is no kind 'caps'; did you mean 'cap'?",
        ("list", "--on", "tomorrow"): "--on is 'tomorrow'; a date is written 2026-12-25",
        ("list", "--operator", ours, "--db", db): "--operator and --db are two sets of rules",
        ("list", "--operator", "none.yaml"): "none.yaml: cannot be read",
        ("show", "us-fl-freq"): "there is no rule 'us-fl-freq'; did you mean 'US-FL-FREQ'?",
        ("profiles", "uk"): "there is no profile 'uk'",
        ("for", "3055550123", "--profile", "us-sales"): "'3055550123' is a national number without a region",
        ("for", "+13055550123", "--profile", "us-sale"): "there is no profile 'us-sale'",
        ("apply", "--db", db): "say which rules to put in force: a file, or --remove",
        ("apply", ours, "--remove", "--db", db): "say which rules to put in force",
        ("current", "--db", "none.db"): "none.db: there is no such file",
    }
    for command, why in refusals.items():
        result = dialer("rules", *command)
        assert result.code == 2, command
        assert why in result.err
        assert result.err.count("\n") == 1
        assert result.out == ""
