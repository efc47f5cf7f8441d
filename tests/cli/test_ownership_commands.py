"""`dialer ownership` and `dialer lists set`: who owns what, release, update, settings; and who may."""

import json
import sqlite3
from pathlib import Path

import pytest

from engine.journal.export import export
from tests.cli.commands import Dialer, write

OWNED = """\
lists:
  customers:
    ownership: {enabled: true, duration: none}
    leads:
      - {key: ann, phones: ["+442079460001"]}
      - {key: bob, phones: ["+442079460002"]}
      - {key: cid, phones: ["+442079460003"]}
campaigns:
  news: {mode: agentless, lists: [customers], attempts: {max: 1, interval: 1h}, lines: 2}
  offers: {mode: agentless, lists: [customers], attempts: {max: 1, interval: 1h}, lines: 1}
simulation:
  guards: Three leads, two owners.
  start: 2026-03-02T09:00:00Z
  end: 1h
  people: {customers: {responses: {no-answer: 1}}}
"""
USERS = "users: {alf: {role: agent}, sue: {role: supervisor}, ada: {role: administrator}}\n"


@pytest.fixture
def owned(dialer: Dialer, tmp_path: Path) -> Path:
    """A store in which `news` owns two leads and `offers` one, each waiting for the other's."""
    db = tmp_path / "owned.db"
    assert dialer("run", write(tmp_path, OWNED), "--db", db, "--quiet").code == 0
    return db


@pytest.fixture
def guarded(dialer: Dialer, tmp_path: Path) -> Path:
    """The same with users."""
    db = tmp_path / "guarded.db"
    assert dialer("run", write(tmp_path, USERS + OWNED), "--db", db, "--quiet").code == 0
    return db


def test_the_campaigns_that_own_records_are_listed_with_their_counts(dialer: Dialer, owned: Path) -> None:
    out = dialer("ownership", "list", "customers", "--db", owned).out
    assert out == (
        "campaign  leads  without expiration\n"
        "news          2                   2\n"
        "offers        1                   1\n"
    )
    rows = dialer("ownership", "list", "customers", "--db", owned, "--json").out.splitlines()
    assert [(row["campaign"], row["leads"]) for row in map(json.loads, rows)] == [("news", 2), ("offers", 1)]
    assert dialer("ownership", "list", "customers", "--db", owned, "--csv", "-").out.splitlines()[1:] == [
        "news,2,2,,",
        "offers,1,1,,",
    ]


def test_the_list_is_as_it_is_by_now_each_time_it_is_asked_for(dialer: Dialer, owned: Path) -> None:
    dialer("ownership", "release", "customers", "--db", owned, "--campaign", "news")
    assert "news" not in dialer("ownership", "list", "customers", "--db", owned).out
    dialer("ownership", "release", "customers", "--db", owned, "--all")
    nobody = dialer("ownership", "list", "customers", "--db", owned)
    assert nobody.out == "no campaign owns a lead of list customers\n"


def test_some_campaigns_are_released(dialer: Dialer, owned: Path) -> None:
    given = ("ownership", "release", "customers", "--db", owned, "--campaign", "news", "--campaign", "offers")
    assert dialer(*given).out == "released 3 leads of list customers: news 2, offers 1\n"
    assert json.loads(dialer(*given, "--json").out) == {
        "list": "customers",
        "released": 0,
        "campaigns": {"news": 0, "offers": 0},
    }


def test_a_release_wakes_who_waits(dialer: Dialer, owned: Path) -> None:
    waiting = "SELECT count(*) FROM cases WHERE waits_for = 'ownership'"
    with sqlite3.connect(owned) as sql:
        assert sql.execute(waiting).fetchone() == (3,)
        dialer("ownership", "release", "customers", "--db", owned, "--all")
        assert sql.execute(waiting).fetchone() == (0,)
    sql.close()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "say what to release"),
        (("--all", "--campaign", "news"), "say what to release"),
        (("--campaign", "newz"), "did you mean 'news'"),
    ],
)
def test_a_release_that_does_not_say_what_is_refused_and_changes_nothing(
    dialer: Dialer, owned: Path, options: tuple[str, ...], problem: str
) -> None:
    result = dialer("ownership", "release", "customers", "--db", owned, *options)
    assert (result.code, problem in result.err) == (2, True)
    assert "news" in dialer("ownership", "list", "customers", "--db", owned).out


def test_only_users_with_the_right_see_the_owners_and_release_them(dialer: Dialer, guarded: Path) -> None:
    for command in (("list",), ("release", "--all")):
        what, *options = command
        refused = dialer("ownership", what, "customers", *options, "--db", guarded, "--as", "alf")
        assert refused.code == 2
        assert refused.out == ""
        assert "alf (agent) lacks the right contact-list-ownership-control" in refused.err
        assert "those who have it: ada, sue" in refused.err
        assert dialer("ownership", what, "customers", *options, "--db", guarded).code == 2
    seen = dialer("ownership", "list", "customers", "--db", guarded, "--as", "sue")
    assert "news" in seen.out
    assert dialer("ownership", "release", "customers", "--all", "--db", guarded, "--as", "sue").code == 0


def test_a_release_is_in_the_audit_log_with_who_when_what_and_how_many(dialer: Dialer, guarded: Path) -> None:
    dialer("ownership", "release", "customers", "--all", "--db", guarded, "--as", "sue")
    rows = dialer("audit", "list", "--db", guarded, "--as", "ada", "--json").out.splitlines()
    row = json.loads(rows[-1])
    assert (row["user"], row["action"], row["subject"], row["count"]) == (
        "sue",
        "ownership release",
        "customers",
        3,
    )
    assert row["details"]["campaigns"] == {"news": 2, "offers": 1}
    assert row["at"] >= "2026-03-02"


def test_settings_are_shown_and_set(dialer: Dialer, owned: Path) -> None:
    assert "leads are owned with no expiration" in dialer("lists", "show", "customers", "--db", owned).out
    result = dialer("lists", "set", "customers", "--db", owned, "--duration", "3d4h", "--near", "2h")
    assert result.out == (
        "list customers: leads are owned for 3d4h; with 2h left it is renewed, if no call has succeeded\n"
    )
    shown = json.loads(dialer("lists", "show", "customers", "--db", owned, "--json").out)
    assert shown["ownership"] == {"enabled": True, "duration_seconds": 273600.0, "near_seconds": 7200.0}
    off = dialer("lists", "set", "customers", "--db", owned, "--no-ownership")
    assert off.out == "list customers: leads get no owners\n"
    assert dialer("lists", "set", "customers", "--db", owned, "--ownership", "--duration", "none").out == (
        "list customers: leads are owned with no expiration\n"
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "say what changes"),
        (("--duration", "3x"), "--duration is '3x'; a duration is a number and a unit"),
        (("--duration", "0s"), "it must be more than 0s, or none for no expiration"),
        (("--near", "soon"), "--near is 'soon'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    dialer: Dialer, owned: Path, options: tuple[str, ...], problem: str
) -> None:
    result = dialer("lists", "set", "customers", "--db", owned, *options)
    assert (result.code, problem in result.err) == (2, True)


def test_the_update_is_done_by_hand(dialer: Dialer, owned: Path) -> None:
    dialer("lists", "set", "customers", "--db", owned, "--duration", "3h")
    out = dialer("ownership", "update", "customers", "--db", owned).out
    assert out == "list customers: 0 expired, 3 got the present duration, 0 renewed\n"
    document = json.loads(dialer("ownership", "update", "customers", "--db", owned, "--json").out)
    assert document == {"list": "customers", "expired": 0, "regranted": 0, "renewed": 0}


def test_the_journal_with_these_commands_replays(dialer: Dialer, owned: Path, tmp_path: Path) -> None:
    dialer("lists", "set", "customers", "--db", owned, "--duration", "3h")
    dialer("ownership", "update", "customers", "--db", owned)
    dialer("ownership", "release", "customers", "--db", owned, "--all")
    exported = tmp_path / "journal.jsonl"
    with sqlite3.connect(owned) as sql:
        export(sql, exported)
    sql.close()
    assert "came out the same" in dialer("replay", exported).out
