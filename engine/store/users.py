"""Users, their roles and rights. A store without users is open to everyone; with users, everyone is named."""

import json
import sqlite3
from collections.abc import Collection
from typing import Final

from engine.domain.rights import RIGHTS, SCENARIO, Right, Role, User
from engine.domain.time import Instant
from engine.errors import InputError, NotPermitted
from engine.names import check_name, did_you_mean, listed
from engine.store.audit import OPERATOR, audit
from engine.store.transaction import Change, T, Transaction


def users(sql: sqlite3.Connection) -> list[User]:
    """All users, by name."""
    return [
        User(name=name, role=Role(role), more=frozenset(map(Right, json.loads(more))))
        for name, role, more in sql.execute("SELECT name, role, rights FROM users ORDER BY name")
    ]


# --- who may ----------------------------------------------------------------------------------------


def identify(sql: sqlite3.Connection, user: str | None) -> str:
    """Under which name this person acts. Raises NotPermitted for nobody and for a stranger, if the store has
    users."""
    known = [name for (name,) in sql.execute("SELECT name FROM users ORDER BY name")]
    if not known:
        return user or OPERATOR
    if user is None:
        raise NotPermitted(["this store has users: say who you are with --as USER"])
    if user not in known:
        raise NotPermitted([f"there is no user {user!r}{did_you_mean(user, known)}"])
    return user


def require(sql: sqlite3.Connection, user: str | None, *rights: Right) -> str:
    """The name under which this person acts, if the person has every right. Raises NotPermitted, saying who
    has the right. A scenario acts for nobody and may do anything; a command cannot call itself so."""
    if user == SCENARIO:
        return SCENARIO
    name = identify(sql, user)
    everyone = users(sql)
    for one in everyone:
        if one.name == name and (missing := [right for right in rights if right not in one.rights]):
            raise NotPermitted([_refusal(one, right, everyone) for right in missing])
    return name


def permitted(change: Change[T], user: str, *rights: Right) -> Change[T]:
    """The change, for a user who is asked for the rights in its transaction."""

    def checked(tx: Transaction) -> T:
        require(tx.sql, user, *rights)
        return change(tx)

    return checked


NAMES_SHOWN_MAX: Final = 5  # of those who have a right


def _refusal(user: User, right: Right, everyone: Collection[User]) -> str:
    who = [one.name for one in everyone if right in one.rights]
    have = f"those who have it: {', '.join(who[:NAMES_SHOWN_MAX])}" if who else "no user has it"
    more = f" and {len(who) - NAMES_SHOWN_MAX} more" if len(who) > NAMES_SHOWN_MAX else ""
    return f"{user.name} ({user.role}) lacks the right {right}; {have}{more}"


# --- changes ----------------------------------------------------------------------------------------


def add_user(user: User, *, by: str) -> Change[None]:
    """Raises InputError for a name that is taken or is none, and for a first user without that right."""

    def change(tx: Transaction) -> None:
        try:
            check_name(user.name)
        except ValueError as error:
            raise InputError([f"the name of a user {error}"]) from None
        if _find(tx.sql, user.name) is not None:
            raise InputError([f"there is a user {user.name!r} already; 'dialer users change' changes one"])
        _put(tx, user)
        _check_that_someone_manages(
            tx.sql,
            f"{user.name} would be the only user and may not manage users; "
            f"add a user with the role {Role.ADMINISTRATOR} first",
        )
        audit(tx, user=by, action="users add", subject=user.name, role=user.role, rights=sorted(user.more))

    return change


def change_user(
    name: str,
    *,
    by: str,
    role: Role | None = None,
    give: Collection[Right] = (),
    take: Collection[Right] = (),
) -> Change[User]:
    """Give the user another role, and give or take rights besides it. A right that the role gives cannot be
    taken. Raises InputError for that, and for the last one who manages users."""

    def change(tx: Transaction) -> User:
        before = _known(tx.sql, name)
        new_role = role or before.role
        of_role = sorted(right for right in take if right in RIGHTS[new_role])
        if of_role:
            raise InputError(
                [
                    f"the right {right} comes with the role {new_role}; give {name} another role"
                    for right in of_role
                ]
            )
        after = User(name=name, role=new_role, more=(before.more | set(give)) - set(take))
        _put(tx, after)
        _check_that_someone_manages(tx.sql, _LAST.format(name=name))
        audit(
            tx,
            user=by,
            action="users change",
            subject=name,
            role=after.role,
            rights=sorted(after.more),
            role_before=before.role,
            rights_before=sorted(before.more),
        )
        return after

    return change


def remove_user(name: str, *, by: str) -> Change[None]:
    """Raises InputError for a stranger, and for the last one who manages users."""

    def change(tx: Transaction) -> None:
        before = _known(tx.sql, name)
        tx.sql.execute("DELETE FROM users WHERE name = ?", (name,))
        _check_that_someone_manages(tx.sql, _LAST.format(name=name))
        audit(
            tx,
            user=by,
            action="users remove",
            subject=name,
            role_before=before.role,
            rights_before=sorted(before.more),
        )

    return change


def configure_users(sql: sqlite3.Connection, configured: Collection[User], now: Instant) -> None:
    """The users of a configuration, as it says; others stay."""
    sql.executemany(
        _UPSERT,
        [(one.name, one.role, json.dumps(sorted(one.more)), now) for one in sorted(configured, key=_by_name)],
    )


_LAST: Final = "{name} is the last user who may manage users; give another user the right manage-users first"
_UPSERT: Final = """
    INSERT INTO users (name, role, rights, created_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, rights = excluded.rights
"""


def _by_name(user: User) -> str:
    return user.name


def _put(tx: Transaction, user: User) -> None:
    tx.sql.execute(_UPSERT, (user.name, user.role, json.dumps(sorted(user.more)), tx.now))


def _find(sql: sqlite3.Connection, name: str) -> User | None:
    return next((one for one in users(sql) if one.name == name), None)


def _known(sql: sqlite3.Connection, name: str) -> User:
    user = _find(sql, name)
    if user is None:
        everyone = [one.name for one in users(sql)]
        shown = f"; the users are {listed(everyone, 'and')}" if everyone else "; the store has no users"
        raise InputError([f"there is no user {name!r}{did_you_mean(name, everyone) or shown}"])
    return user


def _check_that_someone_manages(sql: sqlite3.Connection, otherwise: str) -> None:
    """Or nobody could give anyone a right any more."""
    if not any(Right.MANAGE_USERS in one.rights for one in users(sql)):
        raise InputError([otherwise])
