"""`dialer audit`: who did what, when, and how many; and whether the log is as it was written."""

from typing import Annotated

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Store, check_span, read_moment
from engine.cli.tables import ToCsv

app = App(name="audit", help="See who did what, and check that the log is whole.", help_format="markdown")


@app.command(name="list")
def list_(
    *,
    db: Store,
    by: Annotated[str | None, Parameter(help="Only what this user did.")] = None,
    action: Annotated[
        str | None, Parameter(help="Only this action, such as 'ownership release', or all of one word.")
    ] = None,
    subject: Annotated[
        str | None, Parameter(help="Only what was done to this list, campaign or user.")
    ] = None,
    since: Annotated[str | None, Parameter(help="From this time on, ISO 8601 with a zone.")] = None,
    until: Annotated[str | None, Parameter(help="Before this time, ISO 8601 with a zone.")] = None,
    as_user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """List the rows of the audit log, the oldest first. Needs the right see-audit."""
    import json

    from engine.cli.tables import check_formats, show
    from engine.domain.rights import Right
    from engine.store.audit import entries
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.tables import Column, Kind

    check_formats(csv, as_json=as_json)
    since_at, until_at = read_moment("--since", since), read_moment("--until", until)
    check_span(("--since", since_at), ("--until", until_at))
    columns = (
        Column("entry", "The row's number, from 1.", Kind.COUNT),
        Column("at", "When it was done, UTC.", Kind.INSTANT),
        Column("user", "Who did it."),
        Column("action", "What was done."),
        Column("subject", "To what: a list, a campaign, a user."),
        Column("count", "How many it concerned.", Kind.COUNT),
        Column("details", "The choices that were made.", Kind.OBJECT),
    )
    with reading(db) as store:
        require(store, as_user, Right.SEE_AUDIT)
        found = entries(store, user=by, action=action, subject=subject, since=since_at, until=until_at)
        rows = (
            (one.id, one.at, one.user, one.action, one.subject, one.count, json.dumps(one.details))
            for one in found
        )
        show(columns, rows, "rows", csv=csv, as_json=as_json)
    return 0


@app.command(name="verify")
def verify_(*, db: Store, as_user: AsUser = None, as_json: AsJson = False) -> int:
    """Check every row of the audit log, and name the first that is not as it was written.

    Each row's hash covers the row before it, and the journal, whose own chain is checked too, tells of each
    row. Needs the right see-audit. Exit code 1 if something was changed, removed or cut off.
    """
    from dataclasses import asdict

    from engine.domain.rights import Right
    from engine.errors import InputError
    from engine.journal.export import verify as verify_journal
    from engine.names import counted
    from engine.store.audit import verify
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.terminal import print_json

    with reading(db) as store:
        require(store, as_user, Right.SEE_AUDIT)
        result = verify(store)
        journal: list[str] = []
        try:
            lines = verify_journal(store)
        except InputError as error:
            journal = error.problems
    whole = result.whole and not journal
    if as_json:
        print_json({"whole": whole, **asdict(result), "journal": journal})
    else:
        print(f"{db}: {result.text}")
        said = "line of the journal is as it was", "lines of the journal are as they were"
        print("\n".join(journal) if journal else f"{db}: {counted(lines, *said)} written")
    return 0 if whole else 1
