"""`dialer users` and `dialer audit`, and the office that every changing command works through."""

import json
import sqlite3
from pathlib import Path

import pytest

from engine.cli.office import office
from engine.domain.rights import Right
from engine.errors import InputError, NotPermitted, StoreUnavailable
from tests.cli.commands import Dialer


@pytest.fixture
def desk(dialer: Dialer, tmp_path: Path) -> Path:
    """A store with an administrator and a supervisor."""
    db = tmp_path / "desk.db"
    assert dialer("users", "add", "ada", "--db", db, "--role", "administrator").code == 0
    assert dialer("users", "add", "sue", "--db", db, "--role", "supervisor", "--as", "ada").code == 0
    return db


def test_the_first_user_is_added_by_whoever_is_there_and_the_next_by_one_who_may(
    dialer: Dialer, tmp_path: Path
) -> None:
    db = tmp_path / "desk.db"
    refused = dialer("users", "add", "sue", "--db", db, "--role", "supervisor")
    assert refused.code == 2
    assert "add a user with the role administrator first" in refused.err
    made = dialer("users", "add", "ada", "--db", db, "--role", "administrator")
    assert (made.code, made.out) == (0, "ada is an administrator\n")
    nobody = dialer("users", "add", "sue", "--db", db, "--role", "supervisor")
    assert (nobody.code, nobody.err) == (2, "this store has users: say who you are with --as USER\n")
    stranger = dialer("users", "add", "sue", "--db", db, "--role", "supervisor", "--as", "adda")
    assert "there is no user 'adda'; did you mean 'ada'?" in stranger.err
    made = dialer(
        "users", "add", "sue", "--db", db, "--role", "supervisor", "--right", "see-audit", "--as", "ada"
    )
    assert made.out == "sue is a supervisor, with see-audit\n"
    refused = dialer("users", "add", "eve", "--db", db, "--role", "agent", "--as", "sue")
    assert refused.err == "sue (supervisor) lacks the right manage-users; those who have it: ada\n"


def test_users_are_listed_as_table_or_json(dialer: Dialer, desk: Path) -> None:
    table = dialer("users", "list", "--db", desk, "--as", "sue").out.splitlines()
    assert [line.split()[:2] for line in table[1:]] == [["ada", "administrator"], ["sue", "supervisor"]]
    objects = [
        json.loads(line)
        for line in dialer("users", "list", "--db", desk, "--as", "sue", "--json").out.splitlines()
    ]
    assert objects[1]["user"] == "sue"
    assert "contact-list-ownership-control" in objects[1]["rights"]
    assert dialer("users", "list", "--db", desk).code == 2, "nobody is no user"


@pytest.mark.parametrize(
    "words",
    [
        ("dnc", "list"),
        ("dnc", "check", "+442079460001"),
        ("consents", "list"),
        ("explain", "ann"),
        ("explain", "--campaign", "offers", "--summary"),
        ("rules", "current"),
        ("lists", "list"),
        ("lists", "show", "customers"),
        ("campaigns", "list"),
        ("campaigns", "show", "offers"),
        ("segments", "list"),
        ("callbacks", "list"),
        ("leads", "templates", "list"),
    ],
)
def test_what_tells_of_people_and_rules_is_for_those_who_see_reports(
    dialer: Dialer, store: Path, words: tuple[str, ...]
) -> None:
    assert dialer(*words, "--db", store).code == 0
    assert dialer("users", "add", "ada", "--db", store, "--role", "administrator").code == 0
    assert dialer("users", "add", "alf", "--db", store, "--role", "agent", "--as", "ada").code == 0
    assert "say who you are with --as USER" in dialer(*words, "--db", store).err
    refused = dialer(*words, "--db", store, "--as", "alf")
    assert (refused.code, refused.out) == (2, "")
    assert "alf (agent) lacks the right see-reports" in refused.err
    assert dialer(*words, "--db", store, "--as", "ada").code == 0


def test_a_store_without_users_says_what_that_means(dialer: Dialer, store: Path) -> None:
    assert "everyone may do everything" in dialer("users", "list", "--db", store).out
    assert dialer("users", "list", "--db", store, "--json").out == ""


def test_a_user_is_changed_and_removed(dialer: Dialer, desk: Path) -> None:
    def as_ada(*arguments: str) -> str:
        result = dialer("users", *arguments, "--db", desk, "--as", "ada")
        return result.out or result.err

    assert as_ada("change", "sue", "--right", "override-compliance") == (
        "sue is a supervisor, with override-compliance\n"
    )
    assert (
        as_ada("change", "sue", "--role", "agent", "--without", "override-compliance") == "sue is an agent\n"
    )
    assert "nothing would change" in as_ada("change", "sue")
    assert 'Choose from: "agent"' in as_ada("change", "sue", "--role", "king")
    assert "last user who may manage users" in as_ada("remove", "ada")
    assert as_ada("remove", "sue") == "sue is no user any more\n"
    assert "there is no user 'sue'" in as_ada("change", "sue", "--role", "agent")


def test_the_audit_log_is_listed_with_filters(dialer: Dialer, desk: Path) -> None:
    def listed(*arguments: str) -> list[dict[str, object]]:
        out = dialer("audit", "list", "--db", desk, "--as", "ada", "--json", *arguments).out
        return [json.loads(line) for line in out.splitlines()]

    assert [(row["entry"], row["user"], row["action"], row["subject"]) for row in listed()] == [
        (1, "operator", "users add", "ada"),
        (2, "ada", "users add", "sue"),
    ]
    assert listed("--by", "operator") == listed("--subject", "ada") == listed()[:1]
    assert listed("--action", "users") == listed("--since", "2020-01-01T00:00:00Z") == listed()
    assert listed("--until", "2020-01-01T00:00:00Z") == listed("--action", "users remove") == []
    table = dialer("audit", "list", "--db", desk, "--as", "ada").out
    assert "role: supervisor" in table
    csv = dialer("audit", "list", "--db", desk, "--as", "ada", "--csv", "-").out
    assert csv.startswith("entry,at,user,action,subject,count,details\n")
    wrong = dialer("audit", "list", "--db", desk, "--as", "ada", "--since", "monday")
    assert (wrong.code, wrong.err.startswith("--since is 'monday'; a time is ISO 8601")) == (2, True)


def test_the_audit_log_is_for_those_who_may_see_it(dialer: Dialer, desk: Path) -> None:
    for command in ("list", "verify"):
        refused = dialer("audit", command, "--db", desk, "--as", "sue")
        assert refused.code == 2
        assert refused.err == "sue (supervisor) lacks the right see-audit; those who have it: ada\n"
    reserved = dialer("audit", "list", "--db", desk, "--as", "(scenario)")
    assert reserved.code == 2
    assert "a name has letters" in reserved.err


def test_a_log_that_was_tampered_with_is_found_out(dialer: Dialer, desk: Path) -> None:
    whole = dialer("audit", "verify", "--db", desk, "--as", "ada")
    assert whole.code == 0
    assert whole.out.splitlines() == [
        f"{desk}: 2 rows of the audit log are as they were written",
        f"{desk}: 4 lines of the journal are as they were written",
    ]
    sql = sqlite3.connect(desk)
    sql.execute("DROP TRIGGER audit_is_never_changed")
    sql.execute("UPDATE audit SET user = 'sue' WHERE id = 2")
    sql.commit()
    broken = dialer("audit", "verify", "--db", desk, "--as", "ada")
    assert broken.code == 1
    assert f"{desk}: row 2 was changed after it was written" in broken.out
    sql.execute("UPDATE journal SET line = replace(line, '\"ada\"', '\"sue\"')")
    sql.commit()
    sql.close()
    document = json.loads(dialer("audit", "verify", "--db", desk, "--as", "ada", "--json").out)
    assert (document["whole"], document["broken"]) == (False, 2)
    assert (
        "was changed after it was written" in document["journal"][0]
        or "does not follow" in document["journal"][0]
    )


# --- the office -----------------------------------------------------------------------------------


def test_a_command_on_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="there is no such file"),
        office(tmp_path / "no.db", user=None, action="x"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_refused_command_leaves_no_trace(dialer: Dialer, desk: Path) -> None:
    before = journal(desk)
    with pytest.raises(NotPermitted), office(desk, user="sue", action="users add") as work:
        work.require(Right.MANAGE_USERS)
    with office(desk, user="sue", action="leads look") as work:
        work.require(Right.MANAGE_LISTS)
        assert work.user == "sue"
    assert journal(desk) == before


def test_a_command_on_a_simulated_store_goes_in_after_its_last_line(store: Path) -> None:
    before = journal(store)
    with office(store, user=None, action="leads tidy") as work:
        work.apply(lambda tx: None)
    after = journal(store)
    assert after[: len(before)] == before
    assert [kind for _, kind in after[len(before) :]] == ["command.started", "audit.written"]
    assert [at for at, _ in after] == sorted(at for at, _ in after)


def test_a_store_that_is_busy_is_told(dialer: Dialer, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.store.connection.BUSY_TIMEOUT_S", 0.01)
    other = sqlite3.connect(desk, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused = dialer("users", "remove", "sue", "--db", desk, "--as", "ada")
    assert refused.code == 2
    assert "an engine or another command has been writing to it" in refused.err
    assert "nothing was changed, so try again" in refused.err
    with pytest.raises(StoreUnavailable), office(desk, user="ada", action="x") as work:
        work.apply(lambda tx: None)
    other.execute("ROLLBACK")
    other.close()
    assert dialer("users", "remove", "sue", "--db", desk, "--as", "ada").code == 0


def journal(db: Path) -> list[tuple[int, str]]:
    sql = sqlite3.connect(db)
    rows = [
        (at, json.loads(line)["kind"])
        for at, line in sql.execute("SELECT at, line FROM journal ORDER BY rowid")
    ]
    sql.close()
    return rows
