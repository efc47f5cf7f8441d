"""Files of do-not-call entries and of consents come in from the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.problems import print_problems
from engine.domain.rights import Right

if TYPE_CHECKING:
    from engine.store.wish_import import WishFile, WishReport


def import_wish_file(
    file: "WishFile",
    *,
    action: str,
    what: str,
    db: Path,
    strict: bool,
    report: Path | None,
    as_user: str | None,
    as_json: bool,
) -> int:
    """Import it, with progress, and tell what became of it. `what` names what rows tell, in the plural."""
    from engine.cli.office import office
    from engine.files import check_writable
    from engine.names import counted
    from engine.store.leads import ImportProgress
    from engine.store.wish_import import import_wishes
    from engine.terminal import Progress, print_json

    if report is not None:
        check_writable(report)
    with Progress(f"importing {file.path.name}", shown=not as_json) as bar:

        def progress(state: ImportProgress) -> None:
            rate = state.rows / max(bar.elapsed_s, 0.001)
            bar.update(state.bytes_done, state.bytes_total, f"{state.rows:,} rows, {rate:,.0f}/s")

        with office(db, user=as_user, action=action, creates=True) as desk:
            desk.require(Right.MANAGE_COMPLIANCE)
            imported = desk.apply(
                import_wishes(file, by=desk.user, strict=strict, report_path=report, progress=progress)
            )
        took = bar.elapsed_s
    if as_json:
        print_json(_as_json(file, imported))
        return 0
    rate = imported.rows / max(took, 0.001)
    print(f"{imported.file}: {what}: {imported.new:,} new, {imported.known:,} known already")
    woken = f", {counted(imported.woken, 'case is', 'cases are')} asked about again" if imported.woken else ""
    warned = f", {counted(imported.warnings, 'warning')}" if imported.warnings else ""
    print(f"  {counted(imported.rows, 'row')}, {imported.rejected:,} rejected{warned}{woken}")
    print(f"  in {took:.1f} s ({rate:,.0f} rows/s)")
    print_problems(imported, report)
    return 0


def _as_json(file: "WishFile", imported: "WishReport") -> dict[str, object]:
    return {
        "file": imported.file,
        "kind": file.kind,
        "campaign": file.campaign,
        "rows": imported.rows,
        "rejected": imported.rejected,
        "warnings": imported.warnings,
        "new": imported.new,
        "known": imported.known,
        "woken": imported.woken,
        "problem_count": imported.problem_count,
        "problems": [problem.as_json() for problem in imported.problems],
    }
