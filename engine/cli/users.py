"""`dialer users`: who may give commands to this store, and which."""

from typing import Annotated

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Store
from engine.cli.tables import ToCsv
from engine.domain.rights import Right, Role

app = App(name="users", help="Say who may give which commands.", help_format="markdown")

Name = Annotated[str, Parameter(name="USER", help="The user's name.")]


@app.command(name="list")
def list_(*, db: Store, as_user: AsUser = None, csv: ToCsv = None, as_json: AsJson = False) -> int:
    """List the users with their roles and rights. Whoever is a user may see it.

    A store without users is open to everyone.
    """
    from engine.cli.tables import check_formats, show
    from engine.store.reading import reading
    from engine.store.users import identify, users
    from engine.tables import Column

    check_formats(csv, as_json=as_json)
    columns = (
        Column("user", "The user's name."),
        Column("role", "What the user is."),
        Column("rights", "What the user may do."),
        Column("besides_role", "Those of the rights that the role does not give."),
    )
    with reading(db) as store:
        identify(store, as_user)
        rows = [(one.name, one.role, _listed(one.rights), _listed(one.more)) for one in users(store)]
    if not rows and not as_json and csv is None:
        print("no users: everyone may do everything, as 'operator' in the audit log")
    else:
        show(columns, rows, "users", csv=csv, as_json=as_json)
    return 0


def _listed(rights: frozenset[Right]) -> str:
    return ", ".join(sorted(rights))


@app.command
def add(
    user: Name,
    /,
    *,
    db: Store,
    role: Annotated[Role, Parameter(help="What the user is.")],
    right: Annotated[
        tuple[Right, ...],
        Parameter(negative="", help="A right besides the role's; may be given several times."),
    ] = (),
    as_user: AsUser = None,
) -> int:
    """Add a user. The first one needs the right manage-users, as an administrator has it.

    From then on every command says with --as who gives it.
    """
    from engine.cli.office import office
    from engine.domain.rights import User
    from engine.store.users import add_user

    added = User(name=user, role=role, more=frozenset(right))
    with office(db, user=as_user, action="users add", creates=True) as desk:
        desk.require(Right.MANAGE_USERS)
        desk.apply(add_user(added, by=desk.user))
    print(f"{user} is {_a(role)}{_besides(added.more)}")
    return 0


@app.command
def change(
    user: Name,
    /,
    *,
    db: Store,
    role: Annotated[Role | None, Parameter(help="What the user is from now on.")] = None,
    right: Annotated[
        tuple[Right, ...],
        Parameter(negative="", help="A right to give besides the role's; several are possible."),
    ] = (),
    without: Annotated[
        tuple[Right, ...],
        Parameter(negative="", help="A right to take that was given so; several are possible."),
    ] = (),
    as_user: AsUser = None,
) -> int:
    """Give a user another role, or give and take rights besides the role's.

    The last one who may manage users keeps that right.
    """
    from engine.cli.office import office
    from engine.errors import InputError
    from engine.store.users import change_user

    if role is None and not right and not without:
        raise InputError(["nothing would change: give --role, --right or --without"])
    with office(db, user=as_user, action="users change") as desk:
        desk.require(Right.MANAGE_USERS)
        after = desk.apply(change_user(user, by=desk.user, role=role, give=right, take=without))
    print(f"{user} is {_a(after.role)}{_besides(after.more)}")
    return 0


@app.command
def remove(user: Name, /, *, db: Store, as_user: AsUser = None) -> int:
    """Remove a user. What the user did stays in the audit log.

    The last one who may manage users cannot be removed.
    """
    from engine.cli.office import office
    from engine.store.users import remove_user

    with office(db, user=as_user, action="users remove") as desk:
        desk.require(Right.MANAGE_USERS)
        desk.apply(remove_user(user, by=desk.user))
    print(f"{user} is no user any more")
    return 0


def _a(role: Role) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"


def _besides(more: frozenset[Right]) -> str:
    return f", with {_listed(more)}" if more else ""
