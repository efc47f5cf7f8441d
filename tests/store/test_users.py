"""Who may do what, and who says so."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.rights import RIGHTS, SCENARIO, Right, Role, User
from engine.errors import InputError, NotPermitted
from engine.names import check_name
from engine.store.users import (
    add_user,
    change_user,
    configure_users,
    identify,
    permitted,
    remove_user,
    require,
    users,
)
from tests.store.desks import NOW, command, hire, open_desk


@pytest.fixture
def sql(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def staffed(sql: sqlite3.Connection) -> sqlite3.Connection:
    hire(sql, "ada", Role.ADMINISTRATOR)
    hire(sql, "sue", Role.SUPERVISOR, by="ada")
    hire(sql, "cora", Role.COMPLIANCE_OFFICER, by="ada")
    hire(sql, "eve", Role.AGENT, by="ada")
    return sql


def refused(*arguments: object) -> str:
    with pytest.raises(NotPermitted) as caught:
        require(*arguments)  # type: ignore[arg-type]
    return str(caught.value)


def test_every_role_has_a_row_and_every_right_a_role() -> None:
    assert set(RIGHTS) == set(Role)
    assert RIGHTS[Role.ADMINISTRATOR] == frozenset(Right)
    assert frozenset().union(*(RIGHTS[role] for role in Role if role is not Role.ADMINISTRATOR)) == frozenset(
        Right
    ) - {Right.MANAGE_USERS}, "only an administrator manages users by role"


def test_a_store_without_users_is_open_to_everyone(sql: sqlite3.Connection) -> None:
    assert require(sql, None, *Right) == "operator"
    assert require(sql, "whoever", *Right) == "whoever"


def test_with_users_nobody_and_strangers_are_refused(staffed: sqlite3.Connection) -> None:
    assert refused(staffed, None) == "this store has users: say who you are with --as USER"
    assert refused(staffed, "su") == "there is no user 'su'; did you mean 'sue'?"
    assert refused(staffed, "operator") == "there is no user 'operator'"


def test_a_refusal_names_the_user_the_right_and_who_has_it(staffed: sqlite3.Connection) -> None:
    assert refused(staffed, "sue", Right.OVERRIDE_COMPLIANCE) == (
        "sue (supervisor) lacks the right override-compliance; those who have it: ada, cora"
    )
    assert refused(staffed, "eve", Right.RESET_LEADS, Right.SEE_AUDIT).splitlines() == [
        "eve (agent) lacks the right reset-leads; those who have it: ada, cora, sue",
        "eve (agent) lacks the right see-audit; those who have it: ada, cora",
    ]
    for n in range(6):
        hire(staffed, f"zoe{n}", Role.ADMINISTRATOR, by="ada")
    assert refused(staffed, "eve", Right.MANAGE_USERS).endswith(
        "those who have it: ada, zoe0, zoe1, zoe2, zoe3 and 2 more"
    )


def test_a_right_that_no_user_has_is_told(sql: sqlite3.Connection) -> None:
    configure_users(sql, [User(name="sue", role=Role.SUPERVISOR)], NOW)
    assert refused(sql, "sue", Right.SEE_AUDIT) == (
        "sue (supervisor) lacks the right see-audit; no user has it"
    )


def test_a_right_besides_the_role_counts(staffed: sqlite3.Connection) -> None:
    hire(staffed, "sam", Role.SUPERVISOR, Right.OVERRIDE_COMPLIANCE, by="ada")
    assert require(staffed, "sam", Right.OVERRIDE_COMPLIANCE, Right.RESET_LEADS) == "sam"


def test_a_user_who_may_not_manage_users_adds_none(staffed: sqlite3.Connection) -> None:
    with pytest.raises(NotPermitted, match=r"sue \(supervisor\) lacks the right manage-users"):
        hire(staffed, "mallory", Role.ADMINISTRATOR, by="sue")
    assert [user.name for user in users(staffed)] == ["ada", "cora", "eve", "sue"]


def test_the_first_user_is_one_who_manages_users(sql: sqlite3.Connection) -> None:
    with pytest.raises(InputError, match="sue would be the only user and may not manage users"):
        hire(sql, "sue", Role.SUPERVISOR)
    assert users(sql) == []
    hire(sql, "sue", Role.SUPERVISOR, Right.MANAGE_USERS)
    assert users(sql)[0].rights >= {Right.MANAGE_USERS, Right.RESET_LEADS}


def test_the_last_who_manages_users_stays_so(staffed: sqlite3.Connection) -> None:
    desk = command(staffed, "ada")
    for change in (change_user("ada", by="ada", role=Role.AGENT), remove_user("ada", by="ada")):
        with pytest.raises(InputError, match="ada is the last user who may manage users"):
            desk.apply(change)
    hire(staffed, "bea", Role.ADMINISTRATOR, by="ada")
    desk.apply(remove_user("ada", by="ada"))
    with pytest.raises(InputError, match="bea is the last"):
        command(staffed, "bea").apply(remove_user("bea", by="bea"))


def test_a_name_that_is_taken_or_is_none_is_refused(staffed: sqlite3.Connection) -> None:
    desk = command(staffed, "ada")
    with pytest.raises(InputError, match="there is a user 'sue' already"):
        desk.apply(add_user(User(name="sue", role=Role.AGENT), by="ada"))
    for name in ("", SCENARIO, "x" * 101):
        with pytest.raises(InputError, match="the name of a user is"):
            desk.apply(add_user(User(name=name, role=Role.AGENT), by="ada"))


def test_a_user_gets_another_role_and_rights_and_loses_them(staffed: sqlite3.Connection) -> None:
    desk = command(staffed, "ada")
    after = desk.apply(change_user("eve", by="ada", give=[Right.SEE_REPORTS, Right.SEE_AUDIT]))
    assert after.more == {Right.SEE_REPORTS, Right.SEE_AUDIT}
    after = desk.apply(change_user("eve", by="ada", role=Role.SUPERVISOR, take=[Right.SEE_AUDIT]))
    assert after == User(name="eve", role=Role.SUPERVISOR, more=frozenset({Right.SEE_REPORTS}))
    with pytest.raises(InputError, match="the right see-reports comes with the role supervisor; give eve"):
        desk.apply(change_user("eve", by="ada", take=[Right.SEE_REPORTS]))
    with pytest.raises(InputError, match="there is no user 'ev'; did you mean 'eve'"):
        desk.apply(change_user("ev", by="ada", role=Role.AGENT))
    with pytest.raises(InputError, match="'quentin'; the users are ada, cora, eve and sue"):
        desk.apply(remove_user("quentin", by="ada"))


def test_nobody_is_removed_from_a_store_without_users(sql: sqlite3.Connection) -> None:
    with pytest.raises(InputError, match="the store has no users"):
        command(sql).apply(remove_user("sue", by="operator"))


def test_a_configuration_makes_its_users_what_it_says_and_leaves_others(staffed: sqlite3.Connection) -> None:
    said = [
        User(name="eve", role=Role.SUPERVISOR, more=frozenset({Right.SEE_AUDIT})),
        User(name="new", role=Role.AGENT),
    ]
    for _ in range(2):
        configure_users(staffed, said, NOW)
    told = {user.name: user for user in users(staffed)}
    assert sorted(told) == ["ada", "cora", "eve", "new", "sue"]
    assert told["eve"] == said[0]


def test_a_scenario_acts_for_nobody_and_no_user_can_be_called_so(staffed: sqlite3.Connection) -> None:
    assert require(staffed, SCENARIO, *Right) == SCENARIO
    with pytest.raises(NotPermitted):
        identify(staffed, SCENARIO)
    with pytest.raises(NotPermitted):
        command(staffed, SCENARIO)
    with pytest.raises(ValueError, match="has letters"):
        check_name(SCENARIO)


def test_a_change_that_needs_a_right_asks_for_it_in_its_transaction(staffed: sqlite3.Connection) -> None:
    change = permitted(lambda tx: "done", "sue", Right.SEE_AUDIT)
    with pytest.raises(NotPermitted):
        command(staffed, "ada").apply(change)
    command(staffed, "ada").apply(change_user("sue", by="ada", give=[Right.SEE_AUDIT]))
    assert command(staffed, "ada").apply(change) == "done"


def test_a_right_that_is_taken_while_a_command_runs_is_missing_at_its_next_change(
    staffed: sqlite3.Connection,
) -> None:
    hire(staffed, "bea", Role.ADMINISTRATOR, by="ada")
    desk = command(staffed, "bea")
    desk.require(Right.MANAGE_USERS)
    command(staffed, "ada").apply(change_user("bea", by="ada", role=Role.AGENT))
    with pytest.raises(NotPermitted, match=r"bea \(agent\) lacks"):
        desk.apply(remove_user("eve", by="bea"))
