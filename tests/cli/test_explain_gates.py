"""`dialer explain` with the gates, and with --summary: what each gate said, and why nothing is dialed."""

import csv
import json
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cli.commands import Dialer, write

DAY: Final = """\
lists:
  people:
    leads:
      - {key: ny, phones: ["+12125550101"], attributes: {state: NY}}
      - {key: la, phones: ["+13105550101", "+13105550102"]}
      - {key: listed, phones: ["+12125550103"]}
      - {key: london, phones: ["+442079460001"]}
      - {key: asked, phones: ["+12125550104"]}
      - {key: due, phones: ["+12125550105"]}
registries:
  us-dnc: {version: 2026-02-20T00:00:00Z, numbers: ["+12125550103"]}
dnc:
  - {number: "+12125550104"}
pools: {sales: {}}
agents: {eve: {pool: sales}}
campaigns:
  offers:
    mode: progressive
    lists: [people]
    pool: sales
    caller_id: "+12125550100"
    phones: {order: in-order}
    compliance: {profiles: [us-sales]}
    attempts: {max: 2, interval: 1h}
  plain:
    mode: progressive
    lists: [people]
    pool: sales
    attempts: {max: 2, interval: 1h}
    business_hours: {zone: Europe/London, week: {mon-fri: ["09:00-09:30"]}}
simulation:
  guards: Windows open from east to west.
  start: 2026-03-02T12:00:00Z
  end: 2h
  scripts:
    "+12125550101": {entries: [no-answer], at_end: repeat}
    "+12125550105": {entries: [no-answer], at_end: repeat}
"""
END: Final = "Mon 2 Mar 2026 13:00:50 UTC"


@pytest.fixture
def db(dialer: Dialer, tmp_path: Path) -> Path:
    path = tmp_path / "day.db"
    assert dialer("run", write(tmp_path, DAY), "--db", path, "--quiet").code == 0
    return path


def part(dialer: Dialer, db: Path, lead: str, *more: str, campaign: str = "offers") -> dict[str, Any]:
    result = dialer("explain", lead, "--db", db, "--campaign", campaign, "--json", *more)
    found: dict[str, Any] = json.loads(result.out)["campaigns"][0]
    return found


# --- one lead -------------------------------------------------------------------------------------


def test_a_refusal_is_told_with_its_rule_its_end_and_the_local_time(dialer: Dialer, db: Path) -> None:
    told = dialer("explain", "la", "--db", db, "--campaign", "offers").out.splitlines()
    assert told[2:4] == [
        "Campaign offers (progressive): NEW, attempts 0 of 2 used",
        "  Mon 2 Mar 2026 12:00:02 UTC: The call was not allowed, because the calling window is closed "
        "(US-FCC-HOURS); the case waits until 16:00:00.",
    ]
    gates = [line for line in told if line.startswith("    window")]
    assert gates == ["    window          wait   until Mon 2 Mar 2026 16:00:00 UTC"] * 2
    assert [line for line in told if "Verdict" in line] == [
        "    Verdict: wait until Mon 2 Mar 2026 16:00:00 UTC, because the calling window is closed "
        "(US-FCC-HOURS, zone America/Los_Angeles, local Mon 05:00)."
    ] * 2
    assert "    Next allowed: Mon 2 Mar 2026 16:00:00 UTC, Mon 08:00 in America/Los_Angeles." in told


def test_every_gate_is_told_in_order_for_each_phone_that_is_dialed(dialer: Dialer, db: Path) -> None:
    found = part(dialer, db, "la")["compliance"]
    assert [phone["number"] for phone in found["phones"]] == ["+13105550101", "+13105550102"]
    gates = {gate["gate"]: gate["answer"] for gate in found["phones"][0]["gates"]}
    assert list(gates) == [
        "standing", "place", "origin", "ban", "dnc", "manner", "caller-id", "registry", "consent",
        "reserved-agent", "emergency", "lockout", "cooldown", "business-hours", "window", "cap",
    ]  # fmt: skip
    assert {gate for gate, answer in gates.items() if answer != "allow"} == {"window"}
    (window,) = [gate for gate in found["phones"][0]["gates"] if gate["gate"] == "window"]
    assert window["looked_at"][0] == {
        "rule": "US-FCC-HOURS",
        "figures": "every day 08:00-21:00",
        "found": "closed: Mon 05:00 in America/Los_Angeles",
    }


def test_a_number_on_a_registry_is_blocked_and_told_what_would_change_it(dialer: Dialer, db: Path) -> None:
    told = dialer("explain", "listed", "--db", db, "--campaign", "offers").out
    assert (
        "    - the number is on a registry (US-FCC-DNC); to change that, add a consent of level written\n"
        in told
    )
    assert "(on it by the version of 2026-02-20, 10 days old)" in told
    assert (
        "    Next allowed: not by itself.\n    What would change it: add a consent of level written.\n"
        in told
    )


def test_a_consent_that_nobody_asked_about_is_told_with_what_would_make_it_count(
    dialer: Dialer, tmp_path: Path
) -> None:
    db = tmp_path / "known.db"
    file = Path("scenarios/compliance/us-dnc-and-who-is-known-to-us.yaml")
    assert dialer("run", file, "--db", db, "--quiet").code == 0
    told = dialer("explain", "eli", "--db", db, "--campaign", "offers").out
    why = "a consent does not count: nobody has asked whether the number changed hands"
    ask = "ask a database of reassigned numbers (dialer consents reassigned)"
    assert f"    - {why} (US-RND); to change that, {ask}\n" in told
    assert "(a written consent of 2026-09-01 does not count: nobody has asked whether" in told
    assert f"    What would change it: {ask}.\n" in told
    assert "add a consent" not in told
    phone = part(dialer, db, "eli")["compliance"]["phones"][0]
    assert phone["changes"] == [ask]
    assert [phone["verdict"][name] for name in ("gate", "reason", "rule")] == [
        "registry",
        "changed-hands-not-asked",
        "US-RND",
    ]
    assert phone["verdict"]["values"]["needed_by"] == "US-FCC-DNC"
    summary = dialer("explain", "--campaign", "offers", "--summary", "--db", db, "--csv", "-").out
    (row,) = [row for row in csv.DictReader(StringIO(summary)) if row["rule"] == "US-RND"]
    assert (row["reason"], row["why"]) == ("changed-hands-not-asked", why)
    assert dialer("consents", "reassigned", "+12125550105", "--answer", "no", "--db", db).code == 0
    after = part(dialer, db, "eli")["compliance"]["phones"][0]
    assert "US-RND" not in json.dumps(after["verdict"])
    assert after["changes"] == []


ASKED: Final = """\
lists: {{people: {{leads: [{{key: ann, phones: ["+493023125001"]}}]}}}}
pools: {{sales: {{}}}}
agents: {{eve: {{pool: sales}}}}
campaigns:
  offers:
    mode: progressive
    lists: [people]
    pool: sales
    caller_id: "+493023125099"
    compliance: {{profiles: [de-sales]{seller}}}
    attempts: {{max: 2, interval: 1h}}
simulation: {{guards: Nobody is called without a consent., start: 2026-03-02T12:00:00Z, end: 1h}}
"""


@pytest.mark.parametrize(
    ("seller", "found"),
    [("", "(no consent that counts)"), (", seller: bank-a", "(no consent that counts for bank-a)")],
)
def test_a_consent_that_is_missing_is_told_with_the_campaigns_seller(
    dialer: Dialer, tmp_path: Path, seller: str, found: str
) -> None:
    path = tmp_path / "asked.db"
    text = ASKED.format(seller=seller)
    assert dialer("run", write(tmp_path, text), "--db", path, "--quiet").code == 0
    told = dialer("explain", "ann", "--db", path, "--campaign", "offers").out
    assert found in told
    assert "same" not in told


def test_a_campaign_without_a_profile_says_so_and_asks_its_do_not_call_list(dialer: Dialer, db: Path) -> None:
    told = dialer("explain", "asked", "--db", db, "--campaign", "plain").out
    assert (
        "It keeps no compliance profile: only internal do-not-call lists and business hours are asked."
        in told
    )
    assert (
        "    - it is on the internal do-not-call list; "
        "to change that, remove the number from the internal list\n"
    ) in told


def test_a_past_instant_is_judged_by_what_is_known_now_and_says_so(dialer: Dialer, db: Path) -> None:
    told = dialer("explain", "ny", "--db", db, "--campaign", "offers", "--at", "2026-03-02T12:30:00Z").out
    assert "it is not dialed, because the calling window is closed (US-FCC-HOURS), until 13:00:00.\n" in told
    assert "  Judged by what is known now of that time." in told
    assert part(dialer, db, "ny")["compliance"]["known_then"] is True


def test_what_the_gates_were_told_when_they_were_asked_is_in_the_structured_answer(
    dialer: Dialer, db: Path
) -> None:
    refused, permitted = part(dialer, db, "ny")["decisions"]
    assert {name: refused[name] for name in ("answer", "gate", "reason", "rule", "next_allowed")} == {
        "answer": "wait",
        "gate": "window",
        "reason": "closed",
        "rule": "US-FCC-HOURS",
        "next_allowed": "2026-03-02T13:00:00Z",
    }
    assert (permitted["answer"], permitted["at"][:16]) == ("allow", "2026-03-02T13:00")
    assert permitted["known"]["zones"] == ["America/New_York"]
    assert permitted["rules"] == refused["rules"]


def test_a_case_that_is_not_due_is_allowed_no_sooner(dialer: Dialer, db: Path) -> None:
    (phone,) = part(dialer, db, "ny")["compliance"]["phones"]
    assert phone["verdict"]["answer"] == "allow"
    assert phone["next_allowed"][:16] == "2026-03-02T14:00"


def test_a_hold_that_is_written_is_told_though_the_gates_would_allow_the_call_now(
    dialer: Dialer, db: Path
) -> None:
    """As the summary tells it: nobody dials before the gates are asked again."""
    with closing(sqlite3.connect(db)) as sql, sql:
        sql.execute("DELETE FROM dnc")  # behind the engine's back: a removal would ask again
    told = dialer("explain", "asked", "--db", db, "--campaign", "offers").out
    assert "    - it is on the internal do-not-call list (US-FCC-IDNC); so they said when they were" in told
    assert "    Next allowed: now.\n    Held all the same: it is on the internal do-not-call list" in told
    found = part(dialer, db, "asked")
    assert found["dialable"] is False
    assert found["compliance"]["held"] == {
        "gate": "dnc", "reason": "dnc-internal", "rule": "US-FCC-IDNC", "until": None,
    }  # fmt: skip
    summary = dialer("explain", "--summary", "--campaign", "offers", "--db", db, "--json").out
    assert ("blocked", "dnc") in {(each["standing"], each["gate"]) for each in json.loads(summary)["held"]}
    window = part(dialer, db, "la")["compliance"]["held"]
    assert (window["gate"], window["until"]) == ("window", "2026-03-02T16:00:00Z")
    past = dialer("explain", "asked", "--db", db, "--campaign", "offers", "--at", "2026-03-02T12:30:00Z").out
    assert "Held all the same" not in past


# --- the campaign ---------------------------------------------------------------------------------


def test_the_summary_counts_every_lead_once_and_says_why_nothing_is_dialed(dialer: Dialer, db: Path) -> None:
    told = dialer("explain", "--summary", "--campaign", "offers", "--db", db).out.splitlines()
    assert told[0].startswith("Campaign offers at Mon 2 Mar 2026 13:0")
    assert told[1].startswith("Nothing is dialed, because no engine runs: the last one stopped at Mon 2 Mar")
    rows = [line.split("  ") for line in told[3:9]]
    assert [(row[0].strip(), row[-1].strip()) for row in rows] == [
        ("standing", "why"),
        ("waiting", "the calling window is closed"),
        ("blocked", "it is on the internal do-not-call list"),
        ("blocked", "no profile of the campaign covers the place"),
        ("blocked", "the number is on a registry"),
        ("not-due", "the next try is later"),
    ]
    assert told[9] == ""
    assert told[-1] == "US-FCC-IDNC: who asked not to be called is not called, by number and by person, from that instant"  # fmt: skip  # noqa: E501


def test_the_summary_of_a_later_instant_judges_what_is_due_then(dialer: Dialer, db: Path) -> None:
    result = dialer(
        "explain", "--summary", "--campaign", "offers", "--db", db, "--at", "2026-03-02T20:00:00Z", "--json"
    )
    found = json.loads(result.out)
    assert found["standings"] == {
        "dialable": 3, "waiting": 0, "blocked": 3, "not-due": 0, "held": 0, "in-call": 0, "closed": 0,
    }  # fmt: skip
    assert found["total"] == 6
    assert found["says"].endswith("3 of 6 leads could be dialed otherwise.")


def test_business_hours_are_told_before_the_leads(dialer: Dialer, db: Path) -> None:
    result = dialer("explain", "--summary", "--campaign", "plain", "--db", db, "--json")
    found = json.loads(result.out)
    assert found["because"][1:] == [
        "the campaign is outside its business hours until Tue 3 Mar 2026 09:00:00 UTC"
    ]
    assert {each["gate"] for each in found["held"]} == {"business-hours", "dnc"}
    assert found["rules"] is None


def test_the_summary_is_csv_too(dialer: Dialer, db: Path, tmp_path: Path) -> None:
    result = dialer("explain", "--summary", "--campaign", "offers", "--db", db, "--csv", "-")
    rows = list(csv.DictReader(StringIO(result.out)))
    assert sum(int(row["leads"]) for row in rows) == 6
    assert rows[0]["next_at"] == "2026-03-02T16:00:00Z"
    result = dialer("explain", "--summary", "--campaign", "offers", "--db", db, "--csv", tmp_path / "sum.csv")
    assert result.out == f"{tmp_path / 'sum.csv'}: 5 kinds of standing\n"


def test_a_summary_is_of_one_campaign_and_of_the_present(dialer: Dialer, db: Path) -> None:
    for arguments, said in (
        (("--summary",), "--summary is of one campaign; name it: --campaign NAME"),
        (("ny", "--summary", "--campaign", "offers"), "leave out the lead and its list"),
        (("--summary", "--campaign", "offer"), "there is no campaign 'offer'; did you mean 'offers'?"),
        (("--summary", "--campaign", "offers", "--at", "2026-03-02T12:30:00Z"), "is past: cases are counted"),
        (("--summary", "--campaign", "offers", "--csv", "-", "--json"), "two formats"),
        ((), "name a lead by its key, or a campaign: --campaign NAME --summary"),
        (("ny", "--csv", "-"), "--csv is for --summary"),
    ):
        result = dialer("explain", "--db", db, *arguments)
        assert (result.code, result.out) == (2, "")
        assert said in result.err


def test_now_is_the_time_of_the_machine(dialer: Dialer, db: Path) -> None:
    result = dialer("explain", "--summary", "--campaign", "offers", "--db", db, "--at", "now", "--json")
    assert json.loads(result.out)["at"] > "2026-03-02T20"
