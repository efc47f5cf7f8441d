"""`dialer evidence`: what an auditor wants of every call, the check of it, and how long it is kept."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

from cyclopts import App, Parameter

from engine.cli.options import AsJson, AsUser, Campaign, Store, check_span, read_when
from engine.cli.tables import ToCsv
from engine.domain.rights import Right
from engine.store.evidence.chained import Format

if TYPE_CHECKING:
    from engine.store.evidence.export import Exported

app = App(
    name="evidence",
    help="Show an auditor what was done in every call.",
    help_format="markdown",
    version_flags=[],
)


@app.command
def export(
    *,
    db: Store,
    campaign: Campaign = None,
    lead: Annotated[str | None, Parameter(help="Only calls to this lead, by its key.")] = None,
    since: Annotated[
        str | None, Parameter(help="Only calls from then on: a date (UTC), or a time with its zone.")
    ] = None,
    until: Annotated[str | None, Parameter(help="Only calls before then, likewise.")] = None,
    format: Annotated[Format, Parameter(help="One JSON object a line, or CSV.")] = Format.JSONL,
    out: Annotated[Path | None, Parameter(help="The file to write; standard output, if left out.")] = None,
    overwrite: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="Write over the file if it is there. Somebody may have its hash, if it is an export.",
        ),
    ] = False,
    refusals: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="With a record for each call that a gate refused."),
    ] = False,
    numbers: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="With phone numbers and the leads' keys; ids alone otherwise.",
        ),
    ] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Export the evidence of calls: a record for each attempt at a customer, proved by the journal.

    It says by which rules each gate allowed the call, when the phone rang and was answered, how long it was
    until an agent or the information message came, what machine detection said, and how the call ended, in
    UTC and by the called party's clock. Each line has a hash that covers the lines before it; the first says
    of which journal it is made, and the last how many records there are. The journal is checked meanwhile;
    nothing is written if it is not whole.

    Needs the right `see-reports`, and `manage-compliance` for --numbers; each export is audited with its
    hash. --json prints what was done, of a file that --out names.
    """
    from dataclasses import asdict

    from engine import __version__
    from engine.cli.office import office
    from engine.errors import InputError
    from engine.store.evidence.export import ACTION, Wanted, export as write, tell_export
    from engine.store.reading import check_campaign, check_lead
    from engine.terminal import Progress, print_json

    since_at, until_at = read_when("--since", since), read_when("--until", until)
    check_span(("--since", since_at), ("--until", until_at))
    if as_json and out is None:
        raise InputError(["--json tells of a file: name it with --out"])
    if out is not None and out.is_file() and not overwrite:
        raise InputError([f"{out}: exists; name another file, or say --overwrite"])
    with (
        office(db, user=as_user, action=ACTION) as desk,
        Progress("exporting evidence", shown=not as_json) as bar,
    ):
        desk.require(Right.SEE_REPORTS, *((Right.MANAGE_COMPLIANCE,) if numbers else ()))
        check_campaign(desk.sql, campaign)
        check_lead(desk.sql, lead)
        leads = desk.sql.execute("SELECT id FROM leads WHERE key = ? ORDER BY id", (lead,)).fetchall()
        wanted = Wanted(
            campaign=campaign,
            leads=None if lead is None else tuple(one for (one,) in leads),
            since=since_at,
            until=until_at,
            refusals=refusals,
            numbers=numbers,
        )
        with _released(out) as stream:
            done = write(
                desk.sql,
                wanted,
                stream,
                format=format,
                version=__version__,
                at=desk.now(),
                source=str(db),
                progress=_shown(bar.update),
            )
            desk.apply(tell_export(done, wanted, format=format, by=desk.user))
    if as_json:
        print_json({"file": str(out), "format": format, **asdict(done)})
    else:
        _tell(done, out)
    return 0


def _tell(done: "Exported", out: Path | None) -> None:
    from engine.names import counted

    refused = f" and {counted(done.refusals, 'refusal')}" if done.refusals else ""
    lines = counted(done.journal_lines, "line of the journal", "lines of the journal")
    text = f"{counted(done.attempts, 'attempt')}{refused}, from {lines}"
    stream = sys.stderr if out is None else sys.stdout
    print(f"{out or 'evidence'}: {text}\nhash {done.hash}", file=stream)


def _shown(update: Callable[[float, float, str], None]) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        update(done, total, f"{done:,} lines of the journal")

    return progress


@contextmanager
def _released(out: Path | None) -> Iterator[TextIO]:
    """Where the export is written. Nobody gets it before the block has ended well: it is audited then."""
    from shutil import copyfileobj
    from tempfile import TemporaryFile

    from engine.files import check_writable, replacing

    if out is not None:
        check_writable(out)
        with replacing(out) as stream:
            yield stream
        return
    with TemporaryFile("w+", encoding="utf-8", newline="") as waiting:
        yield waiting
        waiting.seek(0)
        copyfileobj(waiting, sys.stdout)


@app.command
def verify(
    file: Annotated[Path, Parameter(name="FILE", help="An export of `dialer evidence export`.")],
    /,
    *,
    db: Annotated[
        Path | None, Parameter(help="Make each record once more of this store's journal, and compare.")
    ] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Check that an export is as it was written, and name the first record that is not.

    The hashes alone show what was changed, moved or cut off by chance or by half. Who changes a record and
    makes all hashes anew is found with --db: each record, and that none is missing, is checked against the
    journal, which is checked too. That needs the right `see-reports`. Exit code 1 if something is wrong, or
    if the audit log of the store does not tell of the export.
    """
    from dataclasses import asdict

    from engine import __version__
    from engine.names import counted
    from engine.store.evidence.verifying import verify as verified
    from engine.store.reading import reading
    from engine.store.users import require
    from engine.terminal import Progress, print_json
    from engine.tz_database import check_tz_database

    if db is None:
        result = verified(file)
    else:
        check_tz_database()
        with reading(db) as store, Progress("verifying evidence", shown=not as_json) as bar:
            require(store, as_user, Right.SEE_REPORTS)
            result = verified(file, store, source=str(db), version=__version__, progress=_shown(bar.update))
    if as_json:
        print_json({"whole": result.whole, "proved": result.proved, **asdict(result)})
    elif result.broken is not None:
        print(result.broken)
    else:
        as_written = counted(
            result.records, "record is as it was written", "records are as they were written"
        )
        as_said = f"{counted(result.records, 'record is', 'records are')} what the journal of {db} says"
        print(f"{file}: {as_written if db is None else as_said}\nhash {result.hash}")
        if result.unasked:
            unasked = counted(result.unasked, "record")
            print(f"the gates of {unasked} were asked by another version, and not again")
        if result.exported is not None:
            print(result.exported)
        if result.unknown is not None:
            print(f"warning: {result.unknown}")
    return 0 if result.proved else 1


@app.command
def retention(
    *,
    db: Store,
    campaign: Campaign = None,
    as_user: AsUser = None,
    csv: ToCsv = None,
    as_json: AsJson = False,
) -> int:
    """Tell how long the rules ask to keep evidence, what there is, and how much of it is older.

    A row for each campaign and rule; the longest decides. A call counts as old once the last call to the
    lead is. Nothing is ever removed by itself, and nothing here removes anything. The rules are research and
    no legal advice. Needs the right `see-reports`.
    """
    from engine.cli.office import machine_time
    from engine.cli.tables import check_formats, show
    from engine.store.evidence.retention import COLUMNS, retention_rows
    from engine.store.reading import check_campaign, reading
    from engine.store.rules_in_force import StoredRules
    from engine.store.users import require

    check_formats(csv, as_json=as_json)
    with reading(db) as store:
        require(store, as_user, Right.SEE_REPORTS)
        check_campaign(store, campaign)
        rows = retention_rows(store, StoredRules().regimes(store), campaign=campaign, now=machine_time())
        show(COLUMNS, rows, "rows", csv=csv, as_json=as_json)
    return 0
