"""`dialer leads`: contact lists in and out of the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from engine.cli import resetting
from engine.cli.options import AsJson, AsUser, ProblemReport, RegionOfFile, Store, Strict
from engine.cli.problems import print_problems

if TYPE_CHECKING:
    from engine.store.problems import ImportReport

app = App(name="leads", help="Import leads, and make them dialable again.", help_format="markdown")
app.command(resetting.reset)
app.command(resetting.reset_undo)
app.command(resetting.templates)


@app.command(name="import")
def import_(
    file: Annotated[Path, Parameter(name="FILE", help="A CSV file with the columns phone, key and others.")],
    /,
    *,
    db: Store,
    list_name: Annotated[str, Parameter(name="--list", help="The list that the leads go to; made if new.")],
    region: RegionOfFile = None,
    strict: Strict = False,
    report: ProblemReport = None,
    attributes: Annotated[
        str, Parameter(help="Columns to keep as attributes, separated by commas: city,product.")
    ] = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> int:
    """Import a CSV file's leads into a list, and so into its campaigns. Needs the right manage-lists.

    Lines that are wrong are left out and reported one by one; all others go in, together. With --strict, one
    wrong line refuses the file: exit code 2.
    """
    from engine.cli.office import office
    from engine.domain.rights import Right
    from engine.files import check_writable
    from engine.store.audit import audit
    from engine.store.leads import ImportProgress, import_csv
    from engine.store.lists import last_lead, take_in
    from engine.store.transaction import Transaction
    from engine.terminal import Progress, print_json

    if report is not None:
        check_writable(report)
    names = [name.strip() for name in attributes.split(",") if name.strip()]
    with Progress(f"importing {file.name}", shown=not as_json) as bar:

        def progress(state: ImportProgress) -> None:
            rate = state.rows / max(bar.elapsed_s, 0.001)
            bar.update(state.bytes_done, state.bytes_total, f"{state.rows:,} rows, {rate:,.0f}/s")

        with office(db, user=as_user, action="leads import", creates=True) as desk:

            def change(tx: Transaction) -> "ImportReport":
                after = last_lead(tx.sql)
                imported = import_csv(
                    tx.sql,
                    file,
                    list_name=list_name,
                    now=tx.now,
                    region=region,
                    strict=strict,
                    attributes=names,
                    report_path=report,
                    progress=progress,
                    within=True,
                )
                take_in(tx, list_name, after=after)
                counts = {"rows": imported.rows, "rejected": imported.rejected}
                audit(
                    tx, user=desk.user, action=desk.action, subject=list_name, count=imported.leads, **counts
                )
                return imported

            desk.require(Right.MANAGE_LISTS)
            imported = desk.apply(change)
        took = bar.elapsed_s
    if as_json:
        print_json(_as_json(imported))
    else:
        _print(imported, took, report)
    return 0


def _print(imported: "ImportReport", took_s: float, report: Path | None) -> None:
    from engine.names import counted

    rate = imported.rows / max(took_s, 0.001)
    rows = counted(imported.rows, "lead")
    print(f"{imported.file}: {imported.leads:,} of {rows} imported into {imported.list_name!r}")
    phones, warnings = counted(imported.phones, "phone"), counted(imported.warnings, "warning")
    print(f"  {phones}, {imported.rejected:,} rejected, {warnings}")
    print(f"  in {took_s:.1f} s ({rate:,.0f} rows/s)")
    print_problems(imported, report)


def _as_json(imported: "ImportReport") -> dict[str, object]:
    return {
        "file": imported.file,
        "list": imported.list_name,
        "rows": imported.rows,
        "leads": imported.leads,
        "phones": imported.phones,
        "rejected": imported.rejected,
        "warnings": imported.warnings,
        "problem_count": imported.problem_count,
        "problems": [problem.as_json() for problem in imported.problems],
    }
