"""`dialer reports`: what has been done, from the store."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

from cyclopts import App, Parameter

from engine.cli.options import AsJson, Campaign, Store

if TYPE_CHECKING:
    from engine.store.attempt_rows import AttemptRow

STDOUT: Final = "-"
WIDTH_SAMPLE: Final = 200  # rows that decide how wide the columns of a table are

app = App(name="reports", help="Report what has been done.", help_format="markdown")


@app.command
def attempts(
    *,
    db: Store,
    campaign: Campaign = None,
    lead: Annotated[str | None, Parameter(help="Only this lead, by its key.")] = None,
    csv: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="Write CSV to this file, or to standard output for -."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """List every attempt: whom it was for, its numbers in the cycle, how it ended, and what follows.

    The customer attempt number is empty where the customer was not dialed. JSON is one object a line.
    """
    import json
    import sys

    from engine.errors import InputError
    from engine.files import check_writable, replacing
    from engine.store.attempt_rows import attempt_rows, write_csv
    from engine.store.reading import check_campaign, check_lead, reading

    if csv is not None and as_json:
        raise InputError(["--csv and --json are two formats; give one of them"])
    if csv not in (None, STDOUT):
        check_writable(Path(csv))
    with reading(db) as store:
        check_campaign(store, campaign)
        check_lead(store, lead)
        rows = attempt_rows(store, campaign=campaign, lead=lead)
        if as_json:
            for row in rows:
                sys.stdout.write(json.dumps(row.as_json(), ensure_ascii=False) + "\n")
        elif csv == STDOUT:
            write_csv(rows, sys.stdout)
        elif csv is not None:
            with replacing(Path(csv)) as stream:
                count = write_csv(rows, stream)
            print(f"{csv}: {count:,} attempts")
        else:
            _print_table(rows, sys.stdout)
    return 0


def _print_table(rows: Iterable["AttemptRow"], stream: TextIO) -> None:
    """Columns as wide as the first rows need; then one line at a time, however many there are."""
    from itertools import chain, islice

    from engine.store.attempt_rows import COLUMNS

    lines: Iterator[list[str]] = (_cells(row) for row in rows)
    sample = list(islice(lines, WIDTH_SAMPLE))
    heads = [column.replace("_", " ") for column in COLUMNS]
    shown = [column for column in zip(heads, *sample, strict=True) if sample == [] or any(column[1:])]
    widths = [max(map(len, column)) for column in shown]
    kept = [heads.index(column[0]) for column in shown]
    for line in chain([heads], sample, lines):
        cells = (line[index].ljust(width) for index, width in zip(kept, widths, strict=True))
        stream.write("  ".join(cells).rstrip() + "\n")


def _cells(row: "AttemptRow") -> list[str]:
    return ["" if value is None else str(value) for value in row.as_text().values()]
