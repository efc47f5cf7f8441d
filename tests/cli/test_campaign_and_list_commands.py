"""`dialer campaigns` and `dialer lists`, on the store of a small run."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from engine.store.audit import entries
from engine.store.connection import open_store
from tests.cli.commands import Dialer, write


def audited(db: Path) -> list[tuple[str, str, int | None]]:
    sql = open_store(db, durable=False)
    try:
        return [(entry.action, entry.subject, entry.count) for entry in entries(sql)]
    finally:
        sql.close()


def json_of(dialer: Dialer, *words: str | Path) -> dict[str, object]:
    result = dialer(*words, "--json")
    assert result.code == 0, result.err
    document: dict[str, object] = json.loads(result.out)
    return document


# --- campaigns ------------------------------------------------------------------------------------


def test_campaigns_are_listed_with_how_their_cases_stand(dialer: Dialer, store: Path) -> None:
    heads, row = dialer("campaigns", "list", "--db", store).out.splitlines()
    assert heads.split()[:4] == ["campaign", "state", "mode", "pool"]
    assert " ".join(row.split()) == "offers running progressive sales 0 1 0 0 0 0 0 2 0 0"
    listed = json_of(dialer, "campaigns", "list", "--db", store)
    assert (listed["campaign"], listed["completed"], listed["next_at"]) == ("offers", 2, None)
    assert dialer("campaigns", "list", "--db", store, "--csv", "-").out.startswith(
        "campaign,state,mode,pool,"
    )


def test_one_campaign_is_shown_with_its_lists(dialer: Dialer, store: Path) -> None:
    assert dialer("campaigns", "show", "offers", "--db", store).out == (
        "campaign offers (progressive): running\n"
        "  pool sales, priority 0, weight 1\n"
        "  2 cases: 0 new, 0 due, 0 due later, 0 held, 0 in a call,\n"
        "    2 completed, 0 failed, 0 not to be called\n"
        "  list customers: priority 0, weight 1, 0 new\n"
    )
    shown = json_of(dialer, "campaigns", "show", "offers", "--db", store)
    assert shown["lists"] == [{"name": "customers", "active": True, "priority": 0, "weight": 1, "waiting": 0}]


def test_a_restart_begins_a_new_cycle_and_is_audited(dialer: Dialer, store: Path) -> None:
    result = dialer("campaigns", "restart", "offers", "--db", store, "--yes")
    assert (result.code, result.out) == (0, "offers: 2 cases begin a new cycle\n")
    assert "2 new" in dialer("campaigns", "show", "offers", "--db", store).out
    assert audited(store) == [("campaigns restart", "offers", 2)]
    assert json_of(dialer, "campaigns", "restart", "offers", "--db", store) == {
        "campaign": "offers", "command": "restart", "cases": 0,
    }  # fmt: skip
    assert len(audited(store)) == 1


def test_recycling_makes_due_what_waits(dialer: Dialer, store: Path) -> None:
    dialer("campaigns", "restart", "offers", "--db", store, "--yes")
    sql = open_store(store, durable=False)
    sql.execute("UPDATE cases SET due_at = 1 << 55 WHERE id = 1")
    sql.close()
    assert "1 new, 0 due, 1 due later (from 3111-" in dialer("campaigns", "show", "offers", "--db", store).out
    result = dialer("campaigns", "recycle", "offers", "--db", store, "--yes")
    assert (result.code, result.out) == (0, "offers: 1 case becomes due now\n")
    assert "2 new" in dialer("campaigns", "show", "offers", "--db", store).out


@pytest.mark.parametrize("command", ["recycle", "restart"])
def test_a_campaign_that_is_not_there_is_bad_input(dialer: Dialer, store: Path, command: str) -> None:
    result = dialer("campaigns", command, "offer", "--db", store, "--yes")
    assert (result.code, result.err) == (2, "there is no campaign 'offer'; did you mean 'offers'?\n")
    assert dialer("campaigns", "show", "offer", "--db", store).code == 2
    assert audited(store) == []


def answered(store: Path, answer: str) -> str:
    """What `dialer campaigns restart` prints on a terminal where a person answers."""
    here, there = pty.openpty()
    os.write(here, f"{answer}\n".encode())
    words = ["campaigns", "restart", "offers", "--db", str(store)]
    try:
        return subprocess.run(
            [sys.executable, "-c", "import sys; from engine.cli import main; sys.exit(main())", *words],
            stdin=there,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
    finally:
        os.close(here)
        os.close(there)


def test_without_yes_a_person_is_asked_and_may_refuse(dialer: Dialer, store: Path) -> None:
    assert answered(store, "n").endswith(
        "2 cases of offers will begin a new cycle. [y/N] nothing was changed\n"
    )
    assert audited(store) == []
    assert answered(store, "y").endswith("[y/N] offers: 2 cases begin a new cycle\n")
    assert audited(store) == [("campaigns restart", "offers", 2)]


def test_without_yes_and_without_a_person_nothing_is_changed(dialer: Dialer, store: Path) -> None:
    code = "import sys; from engine.cli import main; sys.exit(main())"
    words = ["campaigns", "restart", "offers", "--db", str(store)]
    result = subprocess.run(
        [sys.executable, "-c", code, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("Nobody is there to answer: say --yes\n")
    assert audited(store) == []


def test_a_user_without_the_right_is_refused(dialer: Dialer, store: Path) -> None:
    for name, role in (("ada", "administrator"), ("tom", "agent"), ("sue", "supervisor")):
        added = dialer(
            "users", "add", name, "--role", role, "--db", store, *(["--as", "ada"] if name != "ada" else [])
        )
        assert added.code == 0, added.err
    refused = dialer("campaigns", "restart", "offers", "--db", store, "--yes", "--as", "tom")
    assert refused.code == 2
    assert "manage-campaigns" in refused.err
    assert dialer("campaigns", "restart", "offers", "--db", store, "--yes", "--as", "sue").code == 0
    assert "manage-lists" in dialer("lists", "deactivate", "customers", "--db", store, "--as", "tom").err


# --- lists ----------------------------------------------------------------------------------------


def test_lists_are_listed_and_shown(dialer: Dialer, store: Path) -> None:
    listed = json_of(dialer, "lists", "list", "--db", store)
    assert listed["list"] == "customers"
    assert (listed["active"], listed["leads"], listed["phones"]) == (True, 2, 2)
    assert listed["campaigns"] == "offers"
    shown = dialer("lists", "show", "customers", "--db", store).out
    assert "2 leads with 2 phones, since 2026-03-02T09:00:00Z" in shown
    assert "campaign offers: priority 0, weight 1; 0 new, 0 to be called again, 2 closed" in shown
    document = json_of(dialer, "lists", "show", "customers", "--db", store)
    assert document["campaigns"] == [
        {"campaign": "offers", "priority": 0, "weight": 1, "new": 0, "open": 0, "closed": 2}
    ]


def test_a_list_is_taken_off_and_put_back(dialer: Dialer, store: Path) -> None:
    def said(command: str) -> str:
        return dialer("lists", command, "customers", "--db", store).out

    assert said("deactivate") == "list customers is not active\n"
    assert said("deactivate") == "list customers is not active already\n"
    assert "not active, nobody dials it" in said("show")
    assert "0 new, not active" in dialer("campaigns", "show", "offers", "--db", store).out
    assert said("activate") == "list customers is active\n"
    assert said("activate") == "list customers is active already\n"
    assert audited(store) == [
        ("lists deactivate", "customers", None),
        ("lists activate", "customers", 0),
    ]


def test_a_list_gets_another_place_in_a_campaign(dialer: Dialer, store: Path) -> None:
    words = ("lists", "share", "customers", "--campaign", "offers", "--db", store)
    assert dialer(*words, "--priority", "3").out == "list customers in offers: priority 3, weight 1\n"
    assert dialer(*words, "--weight", "5").out == "list customers in offers: priority 3, weight 5\n"
    nothing = dialer(*words)
    assert (nothing.code, nothing.err) == (2, "say what changes: --priority, --weight or both\n")
    wrong = dialer(*words, "--priority", "-1", "--weight", "0")
    assert wrong.err.splitlines() == [
        "--priority is -1; it can be 0 to 1000",
        "--weight is 0; it can be 1 to 1000",
    ]
    assert (
        dialer("lists", "share", "custmers", "--campaign", "offers", "--weight", "2", "--db", store).code == 2
    )
    assert [action for action, *_ in audited(store)] == ["lists share", "lists share"]


def test_imported_leads_come_to_the_campaigns_that_dial_their_list(
    dialer: Dialer, store: Path, tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    file.write_text("key,phone\ncarl,+442079460003\ndora,+442079460004\n", encoding="utf-8")
    assert dialer("leads", "import", file, "--db", store, "--list", "customers").code == 0
    assert dialer("leads", "import", file, "--db", store, "--list", "elsewhere").code == 0
    shown = dialer("campaigns", "show", "offers", "--db", store).out
    assert "4 cases: 2 new" in shown
    assert dialer("audit", "verify", "--db", store).code == 0


# --- explained ------------------------------------------------------------------------------------

SHARED = """\
lists:
  cold: {leads: [{key: carl, phones: ["+442079460001"]}, {key: cleo, phones: ["+442079460002"]}]}
  hot: {leads: [{key: hans, phones: ["+442079460003", "+442079460004"]}]}
pools: {sales: {}}
agents: {eve: {pool: sales}}
campaigns:
  offers:
    mode: progressive
    lists: [cold, {name: hot, priority: 1}]
    pool: sales
    attempts: {max: 2, interval: 1h}
    phones: {order: in-order, rest: 10m}
simulation:
  guards: Lists are explained.
  start: 2026-03-02T09:00:00Z
  end: 20m
  people: {"*": {responses: {no-answer: 1}}}
  timeline:
    - {at: 10s, lists: {deactivate: cold}}
    - {at: 15m, campaign: {recycle: offers}}
  expect:
    - {case: hans, status: CUSTOMER_FAILED}
"""


@pytest.fixture
def shared(dialer: Dialer, tmp_path: Path) -> Path:
    db = tmp_path / "shared.db"
    ran = dialer("run", write(tmp_path, SHARED, "shared.yaml"), "--db", db, "--quiet")
    assert ran.code == 0, ran.err
    return db


def test_a_lead_of_a_list_that_is_not_active_is_explained(dialer: Dialer, shared: Path) -> None:
    told = dialer("explain", "carl", "--db", shared, "--at", "2026-03-02T09:05:00Z").out
    assert "list cold is not active since 09:00:10; to change that, activate list cold" in told
    told = dialer("explain", "carl", "--db", shared, "--at", "2026-03-02T09:00:05Z").out
    assert "is not active" not in told


def test_the_leads_before_it_are_counted_with_their_lists(dialer: Dialer, shared: Path) -> None:
    assert dialer("lists", "activate", "cold", "--db", shared).code == 0
    assert dialer("campaigns", "restart", "offers", "--db", shared, "--yes").code == 0
    told = dialer("explain", "cleo", "--db", shared).out
    assert "2 due cases are dialed before it" in told


def test_an_attempt_is_told_with_its_number_where_several_are_dialed(dialer: Dialer, shared: Path) -> None:
    told = dialer("explain", "hans", "--db", shared).out
    assert "attempt 1 at +442079460003" in told
    assert "next try from 09:10:27 at another number" in told
    assert "attempt 2 at +442079460004" in told
