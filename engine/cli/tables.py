"""A table on the screen, or for programs: the options `--json` and `--csv`, the same for every command."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from cyclopts import Parameter

from engine.errors import InputError
from engine.files import check_writable, replacing
from engine.names import counted
from engine.tables import Column, Row, write_csv, write_json, write_text

STDOUT: Final = "-"


ToCsv: TypeAlias = Annotated[
    str | None,
    Parameter(
        name="--csv",
        allow_leading_hyphen=True,
        help="Write CSV to this file, or to standard output for -.",
    ),
]


def check_formats(csv: str | None, *, as_json: bool) -> None:
    """Before any work: raises InputError for two formats at once, and for a file that cannot be written."""
    if csv is not None and as_json:
        raise InputError(["--csv and --json are two formats; give one of them"])
    if csv not in (None, STDOUT):
        check_writable(Path(csv))


def show(
    columns: Sequence[Column],
    rows: Iterable[Row],
    what: str,
    *,
    csv: str | None = None,
    as_json: bool = False,
) -> int:
    """Write the rows as they were asked for; `what` names them, in the plural. Answers how many."""
    if csv not in (None, STDOUT):
        with replacing(Path(csv)) as stream:
            count = write_csv(columns, rows, stream)
        print(f"{csv}: {counted(count, _one(what), what)}")
        return count
    write: Callable[..., int] = write_text
    if as_json:
        write = write_json
    elif csv == STDOUT:
        write = write_csv
    return write(columns, rows, sys.stdout)


def _one(what: str) -> str:
    """`kinds of standing` as one of them: `kind of standing`."""
    several, of, rest = what.partition(" of ")
    ending, one = next(each for each in _ENDINGS if several.endswith(each[0]))
    return several.removesuffix(ending) + one + of + rest


_ENDINGS: Final = (("ies", "y"), ("uses", "us"), ("s", ""))
