"""`dialer leads reset`, asked in one line or stage by stage, and what belongs to it."""

import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.store.connection import open_store
from tests.cli.commands import Dialer, Result, runner
from tests.resets.stand import NOW, stand

HOUR = 3_600_000_000
MAIN = "import sys; from engine.cli import main; sys.exit(main())"
Answers = Callable[..., Result]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Path]:
    """Two leads whose attempts are used up (one of them has a final code too), one protected, one active."""
    path = tmp_path / "floor.db"
    with stand() as at:
        at.add_list("spring")
        at.failed(at.lead(phones=2, supplier="acme"))
        at.failed(at.lead(last_disposition="busy"), final=1)
        at.failed(at.lead(last_disposition="machine", machine_at=NOW - HOUR))
        at.lead(of="spring")
        file = sqlite3.connect(path)
        at.sql.backup(file)
        file.close()
    monkeypatched = "engine.cli.office.machine_time"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monkeypatched, lambda: NOW)
        yield path


@pytest.fixture
def dialer(capsys: pytest.CaptureFixture[str]) -> Dialer:
    return runner(capsys)


@pytest.fixture
def answers(dialer: Dialer, monkeypatch: pytest.MonkeyPatch, db: Path) -> Answers:
    """`dialer leads reset`, with these lines typed."""

    def typed(*lines: str, options: tuple[str, ...] = ()) -> Result:
        left = iter(lines)

        def type_next(prompt: str = "") -> str:
            try:
                return next(left)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", type_next)
        return dialer("leads", "reset", "--db", db, *options)

    return typed


def statuses(db: Path) -> list[str]:
    sql = open_store(db)
    try:
        return [status for (status,) in sql.execute("SELECT status FROM cases ORDER BY id")]
    finally:
        sql.close()


CHOICES = ("--list", "people", "--callable", "finalled", "--override-max", "--status", "all", "--code", "all")

# --- in one line ------------------------------------------------------------------------------------


def test_a_dry_run_shows_the_summary_and_changes_nothing(dialer: Dialer, db: Path) -> None:
    shown = dialer("leads", "reset", "--db", db, *CHOICES, "--dry-run")
    assert shown.out.splitlines()[:2] == ["1 lead will be reset", "  no-answer  1"]
    assert "not among them: 1 lead, final result code" in shown.out
    assert "not among them: 1 lead, protected by compliance" in shown.out
    assert "within the last 24 hours" in shown.out
    assert "are not included in the reset" in shown.out
    assert statuses(db) == ["CUSTOMER_FAILED"] * 3
    assert dialer("audit", "list", "--db", db, "--json").out == ""


def test_a_dry_run_for_programs(dialer: Dialer, db: Path) -> None:
    shown = json.loads(dialer("leads", "reset", "--db", db, *CHOICES, "--dry-run", "--json").out)
    assert shown["matched"] == 1
    assert shown["codes"] == {"no-answer": 1}
    assert shown["kept_out"] == {"final result code": 1, "protected by compliance": 1}


def test_yes_resets_and_tells_how_many_and_why_not(dialer: Dialer, db: Path) -> None:
    came = dialer("leads", "reset", "--db", db, *CHOICES, "--yes")
    assert came.code == 0
    assert came.out.splitlines()[0] == "reset 1 is done: 1 lead reset, 0 excluded"
    assert statuses(db) == ["CUSTOMER_RESCHEDULED", "CUSTOMER_FAILED", "CUSTOMER_FAILED"]
    again = json.loads(dialer("leads", "reset", "--db", db, *CHOICES, "--yes", "--json").out)
    assert again == {"reset": 2, "matched": 0, "leads": 0, "excluded": {}}


def test_both_overrides_and_compliance_take_everybody(dialer: Dialer, db: Path) -> None:
    everybody = (*CHOICES, "--override-final", "--override-compliance", "--yes", "--json")
    assert json.loads(dialer("leads", "reset", "--db", db, *everybody).out)["leads"] == 3
    listed = dialer("audit", "list", "--db", db).out
    assert "leads reset override-compliance" in listed


def test_a_reset_can_be_taken_back_once(dialer: Dialer, db: Path) -> None:
    dialer("leads", "reset", "--db", db, *CHOICES, "--yes")
    assert dialer("leads", "reset-undo", "1", "--db", db).out == ("reset 1 was undone: 1 case as before\n")
    assert statuses(db) == ["CUSTOMER_FAILED"] * 3
    refused = dialer("leads", "reset-undo", "1", "--db", db)
    assert (refused.code, refused.err) == (2, "reset 1 was undone already\n")
    dialer("leads", "reset", "--db", db, *CHOICES, "--yes")
    assert json.loads(dialer("leads", "reset-undo", "2", "--db", db, "--json").out) == {
        "reset": 2,
        "cases": 1,
    }


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--yes",), "no list is selected; select one at least"),
        (("--list", "people", "--yes"), "no lead status is ticked"),
        (("--list", "people", "--status", "machine", "--yes"), "no result code is ticked"),
        (("--list", "poeple", *CHOICES[2:], "--yes"), "did you mean 'people'?"),
        ((*CHOICES[:-1], "bussy", "--yes"), "there is no result code 'bussy'; did you mean 'busy'?"),
        ((*CHOICES, "--from", "2026-01-01", "--yes"), "--from and --to belong together"),
        ((*CHOICES, "--age", "all", "--from", "2026-01-01", "--to", "2026-01-02", "--yes"), "give one of"),
        ((*CHOICES, "--age", "x", "--yes"), "--age: is 'x'; an age is all"),
        ((*CHOICES, "--duration", "5", "--yes"), "--duration: is '5'; a range"),
        (("--list", "people", "--zero", "--yes"), "--zero: resetting attempts to 0 goes with overriding"),
        ((*CHOICES, "--json"), "--json goes with --yes or --dry-run"),
        ((*CHOICES, "--template", "weekly", "--yes"), "there is no template 'weekly'; none is saved yet"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_changed(
    dialer: Dialer, db: Path, options: tuple[str, ...], problem: str
) -> None:
    refused = dialer("leads", "reset", "--db", db, *options)
    assert refused.code == 2
    assert problem in refused.err
    assert statuses(db) == ["CUSTOMER_FAILED"] * 3


def test_every_choice_can_be_given_as_an_option(dialer: Dialer, db: Path) -> None:
    shown = json.loads(
        dialer(
            "leads", "reset", "--db", db, *CHOICES, "--from", "2026-03-01", "--to", "2026-03-02",
            "--zone", "Europe/London", "--duration", "0-20s", "--exceptions", "all", "--supplier", "acme",
            "--zero", "--dry-run", "--json",
        ).out
    )  # fmt: skip
    assert shown["matched"] == 1
    assert shown["request"]["settings"]["age"] == {
        "dates": ["2026-03-01", "2026-03-02"],
        "zone": "Europe/London",
    }
    assert shown["request"]["properties"]["supplier"] == "acme"
    assert shown["request"]["zero"] is True


# --- rights -----------------------------------------------------------------------------------------


@pytest.fixture
def with_users(dialer: Dialer, db: Path) -> Path:
    assert dialer("users", "add", "root", "--role", "administrator", "--db", db).code == 0
    for name, role in (("sue", "supervisor"), ("ann", "agent"), ("cora", "compliance-officer")):
        assert dialer("users", "add", name, "--role", role, "--db", db, "--as", "root").code == 0
    return db


def test_resetting_needs_its_right(dialer: Dialer, with_users: Path) -> None:
    refused = dialer("leads", "reset", "--db", with_users, *CHOICES, "--yes", "--as", "ann")
    assert refused.code == 2
    assert "lacks the right reset-leads" in refused.err
    assert dialer("leads", "reset", "--db", with_users, *CHOICES, "--yes", "--as", "sue").code == 0


def test_overriding_compliance_needs_a_right_of_its_own_at_each_run(
    dialer: Dialer, answers: Answers, with_users: Path
) -> None:
    made = answers(
        "1", "override-compliance yes", "create weekly", "next", "override-max yes", "save", "next", "all",
        "save", "quit", options=("--as", "cora"),
    )  # fmt: skip
    assert made.code == 0, made.err
    by_template = ("leads", "reset", "--db", with_users, "--template", "weekly", "--yes", "--as")
    refused = dialer(*by_template, "sue")
    assert refused.code == 2
    assert "lacks the right override-compliance" in refused.err
    assert dialer(*by_template, "cora").code == 0


# --- stage by stage ---------------------------------------------------------------------------------


def test_four_stages_lead_to_a_reset(answers: Answers, db: Path) -> None:
    came = answers(
        "1", "next", "callable finalled", "override-max yes", "next", "s4", "c2", "next", "reset", "yes"
    )
    assert came.code == 0, came.err
    for text in (
        "1 of 4: Settings",
        "Running lists",
        "Active lists",
        "2 of 4: Properties",
        "suppliers: acme",
        "matching so far: 2 phone numbers",
        "3 of 4: Result codes and statuses",
        "matching: 2 phone numbers",
        "4 of 4: Summary",
        "1 lead will be reset",
        "are not included in the reset",
        "reset 1 is done: 1 lead reset, 0 excluded",
    ):
        assert text in came.out, text
    assert statuses(db)[0] == "CUSTOMER_RESCHEDULED"


def test_the_count_updates_with_each_choice(answers: Answers) -> None:
    came = answers("1", "next", "override-max yes", "override-final yes", "supplier acme", "quit")
    counts = [line for line in came.out.splitlines() if line.startswith("matching so far")]
    assert [line.split()[3] for line in counts] == ["0", "2", "3", "2"]


def test_next_is_refused_while_nothing_is_selected(answers: Answers) -> None:
    came = answers("next", "1", "next", "next", "next", "s1", "next", "quit")
    assert "no list is selected" in came.out
    assert "no lead status is ticked" in came.out
    assert "no result code is ticked" in came.out
    assert "4 of 4" not in came.out


def test_back_keeps_the_choices(answers: Answers) -> None:
    came = answers(
        "1", "next", "override-max yes", "next", "s4", "c1", "back", "back", "back", "next", "next", "quit"
    )
    *_, last = came.out.split("3 of 4")
    assert "[x]  no-contact" in last
    assert "[x]  busy" in last
    assert "override-max: yes" in came.out.rsplit("2 of 4", 1)[1]


def test_unticking_a_status_unticks_its_codes(answers: Answers) -> None:
    came = answers("1", "next", "next", "s4", "c1", "s4", "s4", "quit")
    assert "[ ]  busy" in came.out.rsplit("3 of 4", 1)[1]


def test_zero_is_offered_at_the_confirmation_if_the_maximum_is_overridden(answers: Answers, db: Path) -> None:
    came = answers("1", "next", "next", "all", "next", "zero yes", "quit")
    assert "resetting attempts to 0 goes with overriding the maximum" in came.out
    came = answers("1", "next", "override-max yes", "next", "all", "next", "zero yes", "reset", "yes")
    assert "1 lead will be reset and their attempts counted from 0" not in came.err
    sql = open_store(db)
    row = sql.execute("SELECT status, cycle, customer_attempts FROM cases WHERE id = 1").fetchone()
    sql.close()
    assert row == ("NEW", 2, 0)


def test_a_template_is_selected_saved_left_and_deleted(answers: Answers, dialer: Dialer, db: Path) -> None:
    answers("1", "age 0-30", "create weekly", "quit")
    shown = dialer("leads", "templates", "show", "weekly", "--db", db).out
    assert shown.splitlines() == [
        "settings:", "  lists: people", "  age: 0-30", "  override-compliance: no",
        "properties: not saved", "results: not saved",
    ]  # fmt: skip
    selected = answers("template weekly", "age all", "exit", "template weekly", "quit")
    last = selected.out.rsplit("1 of 4", 1)[1]
    assert "age: 0-30" in last, "what was not saved is gone"
    assert "template weekly" in last
    saved = answers("template weekly", "age 0-7", "save", "next", "override-max yes", "save", "quit")
    assert saved.code == 0
    document = json.loads(dialer("leads", "templates", "show", "weekly", "--db", db, "--json").out)
    assert document["settings"]["age"] == {"days": [0, 7]}
    assert document["properties"]["override_max"] is True
    assert "results" not in document
    assert "weekly" in dialer("leads", "templates", "list", "--db", db).out
    gone = answers("template weekly", "delete", "template weekly", "quit")
    assert "template weekly was deleted" in gone.out
    assert "there is no template 'weekly'" in gone.out
    assert dialer("leads", "templates", "delete", "weekly", "--db", db).code == 2


def test_after_exit_the_choices_are_those_from_before_the_template(answers: Answers) -> None:
    answers("1", "age 0-30", "create weekly", "quit")
    came = answers("age 0-3", "template weekly", "exit", "quit")
    assert "age: 0-3\n" in came.out.rsplit("1 of 4", 1)[1]


def test_a_template_runs_from_a_schedule(answers: Answers, dialer: Dialer, db: Path) -> None:
    answers("1", "create weekly", "next", "override-max yes", "save", "next", "all", "save", "quit")
    came = json.loads(dialer("leads", "reset", "--db", db, "--template", "weekly", "--yes", "--json").out)
    assert came["leads"] == 1
    assert "leads templates delete" not in dialer("audit", "list", "--db", db).out
    assert dialer("leads", "templates", "delete", "weekly", "--db", db).out == "template weekly was deleted\n"


def test_a_list_that_is_not_offered_any_more_is_not_selected(answers: Answers, db: Path) -> None:
    answers("all", "create both", "quit")
    sql = open_store(db)
    sql.execute("UPDATE lists SET active = 0 WHERE name = 'spring'")
    sql.close()
    came = answers("template both", "quit")
    assert "not offered, and so not selected: spring" in came.out


def test_odd_lines_are_answered(answers: Answers) -> None:
    came = answers("", "hlep", "help", "age 5", "save", "back", "7", "quit")
    assert "there is no choice 'hlep'; did you mean 'help'?" in came.out
    assert "a list's number ticks it" in came.out
    assert "an age is all" in came.out
    assert "no template is selected" in came.out
    assert "there is no choice '7'" in came.out
    assert came.out.rstrip().endswith("nothing was reset")


def test_not_being_sure_resets_nothing(answers: Answers, db: Path) -> None:
    came = answers(
        "1", "next", "override-max yes", "next", "all", "next", "next", "help", "reset", "no", "quit"
    )
    assert "nothing was reset" in came.out
    assert "this is the last stage" in came.out
    assert statuses(db) == ["CUSTOMER_FAILED"] * 3
    none = answers("1", "next", "next", "all", "next", "reset", "quit")
    assert "no lead matches" in none.out


def test_input_that_ends_resets_nothing(answers: Answers, db: Path) -> None:
    ended = answers("1", "next")
    assert ended.code == 2
    assert "the input ended before a reset was confirmed" in ended.err
    assert statuses(db) == ["CUSTOMER_FAILED"] * 3


def test_it_works_at_a_terminal(db: Path) -> None:
    """In a process of its own, with a pseudo-terminal for a keyboard and a screen."""
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "leads", "reset", "--db", str(db)],
        stdin=terminal, stdout=terminal, stderr=terminal, close_fds=True,
    )  # fmt: skip
    os.close(terminal)
    lines = ["1", "next", "override-max yes", "next", "all", "next", "reset", "yes"]
    seen = b""
    for line in lines:
        seen += read_until(keyboard, b"> ")
        os.write(keyboard, line.encode() + b"\n")
    seen += read_until(keyboard, b"takes it back")
    assert process.wait() == 0
    os.close(keyboard)
    assert b"3 of 4: Result codes and statuses" in seen
    assert b"leads reset, 0 excluded" in seen


def read_until(keyboard: int, text: bytes) -> bytes:
    seen = b""
    while text not in seen:
        seen += os.read(keyboard, 4096)
    return seen
