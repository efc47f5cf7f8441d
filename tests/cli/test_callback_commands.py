"""`dialer callbacks`: what is promised, set, moved and cancelled; who may; and how a lead is explained."""

import json
from pathlib import Path

import pytest

from engine.store.audit import entries
from engine.store.connection import open_store
from tests.cli.commands import Dialer, write

PROMISING = """\
lists:
  customers:
    leads:
      - {key: ann, phones: ["+442079460001"]}
      - {key: bob, phones: ["+442079460002"]}
pools: {sales: {}}
agents: {eve: {pool: sales}, max: {pool: sales}}
campaigns:
  offers: {mode: progressive, lists: [customers], pool: sales, attempts: {max: 2, interval: 1h}}
simulation:
  guards: One lead is promised a call after the end of the run.
  start: 2026-03-02T09:00:00Z
  end: 1h
  scripts:
    "+442079460001": [{human: {rings: 5s, talks: 1m}}]
    "+442079460002": [no-answer, no-answer]
  agents:
    "*": {disposition_script: [{code: later, callback: {in: 2h, mine: true, window: 4h, anyone_after: 1h}}]}
"""
USERS = "users: {otto: {role: compliance-officer}, sue: {role: supervisor}, ada: {role: administrator}}\n"


@pytest.fixture
def db(tmp_path: Path, dialer: Dialer) -> Path:
    path = tmp_path / "run.db"
    assert dialer("run", write(tmp_path, PROMISING), "--db", path, "--quiet").code == 0
    return path


def listed(dialer: Dialer, db: Path, *more: str) -> list[dict[str, object]]:
    return [
        json.loads(line) for line in dialer("callbacks", "list", "--db", db, "--json", *more).out.splitlines()
    ]


def test_what_is_promised_is_listed_with_its_agent_and_its_times(dialer: Dialer, db: Path) -> None:
    (row,) = listed(dialer, db)
    assert (row["campaign"], row["lead"], row["waits_for"], row["live"]) == ("offers", "ann", "agent", False)
    assert row["agent"] in ("eve", "max")
    assert str(row["callback_at"]).startswith("2026-03-02T11:01:")
    assert str(row["anyone_at"]).startswith("2026-03-02T12:01:")
    assert str(row["until"]).startswith("2026-03-02T15:01:")
    assert "ann" in dialer("callbacks", "list", "--db", db).out
    assert dialer("callbacks", "list", "--db", db, "--csv", "-").out.startswith("campaign,list,lead,agent,")
    assert listed(dialer, db, "--agent", "zoe") == []
    assert dialer("callbacks", "list", "--db", db, "--agent", "zoe").out == "no callback is promised\n"


def test_a_lead_that_waits_for_its_agent_is_explained(dialer: Dialer, db: Path) -> None:
    (row,) = listed(dialer, db)
    said = dialer("explain", "ann", "--db", db, "--at", "2026-03-02T09:30:00Z").out
    assert f"a callback was promised for 11:01:17, which agent {row['agent']} is to make" in said


def test_a_callback_is_set_moved_and_cancelled_and_each_is_audited(dialer: Dialer, db: Path) -> None:
    at, later = "2030-03-02T10:00:00Z", "2030-03-02T12:00:00Z"
    offers = ("--campaign", "offers", "--db", db)
    said = dialer(
        "callbacks", "set", "bob", *offers, "--at", at, "--agent", "eve", "--anyone-after", "10m"
    ).out
    assert said == (
        "bob is called by eve at 2030-03-02T10:00:00Z, by anyone from 2030-03-02T10:10:00Z; "
        "an ordinary retry from 2030-03-03T10:00:00Z\n"
    )
    said = dialer("callbacks", "move", "bob", *offers, "--at", later, "--anyone").out
    assert said == (
        "bob is called by anyone at 2030-03-02T12:00:00Z; an ordinary retry from 2030-03-03T12:00:00Z\n"
    )
    assert dialer("callbacks", "cancel", "bob", *offers).out == (
        "bob is promised no callback in offers any more\n"
    )
    assert [row["lead"] for row in listed(dialer, db)] == ["ann"]
    sql = open_store(db)
    assert [entry.action for entry in entries(sql)] == ["callbacks set", "callbacks move", "callbacks cancel"]
    sql.close()
    told = dialer("explain", "bob", "--db", db).out
    assert "A callback was promised." in told
    assert "The promised callback was cancelled." in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "bob", "--campaign", "offers"), "say when in one way"),
        (("set", "bob", "--campaign", "offers", "--in", "2h", "--at", "2030-03-02T10:00:00Z"), "in one way"),
        (("set", "bob", "--campaign", "offers", "--at", "tomorrow"), "--at is 'tomorrow'"),
        (("set", "bob", "--campaign", "offers", "--in", "2"), "--in is '2'"),
        (("set", "bob", "--campaign", "offers", "--in", "2h", "--window", "x"), "--window is 'x'"),
        (
            ("set", "bob", "--campaign", "offers", "--in", "2h", "--agent", "zoe"),
            "no agent 'zoe' in pool sales",
        ),
        (("set", "bo", "--campaign", "offers", "--in", "2h"), "there is no lead 'bo'"),
        (("set", "bob", "--campaign", "offer", "--in", "2h"), "did you mean 'offers'?"),
        (("move", "bob", "--campaign", "offers", "--in", "2h"), "no callback is promised to lead 'bob'"),
        (("move", "ann", "--campaign", "offers", "--in", "2h", "--agent", "eve", "--anyone"), "contradict"),
        (("cancel", "bob", "--campaign", "offers"), "no callback is promised to lead 'bob'"),
        (("list", "--campaign", "offer"), "did you mean 'offers'?"),
        (("list", "--lead", "bo"), "there is no lead 'bo'"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(
    dialer: Dialer, db: Path, words: tuple[str, ...], said: str
) -> None:
    before = listed(dialer, db)
    ran = dialer("callbacks", *words, "--db", db)
    assert (ran.code, said in ran.err) == (2, True), ran.err
    assert listed(dialer, db) == before


def test_only_who_may_manage_callbacks_changes_them(dialer: Dialer, tmp_path: Path) -> None:
    db = tmp_path / "guarded.db"
    assert dialer("run", write(tmp_path, USERS + PROMISING), "--db", db, "--quiet").code == 0
    order = ("callbacks", "cancel", "ann", "--campaign", "offers", "--db", db)
    refused = dialer(*order, "--as", "otto")
    assert (refused.code, "lacks the right manage-callbacks" in refused.err) == (2, True)
    assert dialer(*order).code == 2
    assert dialer(*order, "--as", "sue").code == 0
