"""Leads come in whole: an import leaves all its good lines in the store, or nothing."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from engine.domain.lists import InlineLead
from engine.domain.time import Instant
from engine.errors import InputError
from engine.phones import PhoneError
from engine.store.connection import all_or_nothing, big_cache
from engine.store.csv_lines import CsvFile
from engine.store.in_order import in_order
from engine.store.lead_rows import PreparedLead, PreparedPhone, as_json, prepare, read_header, reading
from engine.store.lead_writer import LeadWriter
from engine.store.problems import ImportRefused, ImportReport, ProblemLog, shown

IMPORT_CACHE_KIB: Final = 96 * 1024  # the index of a million numbers stays in memory while it grows


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    rows: int
    bytes_done: int
    bytes_total: int


Progress: TypeAlias = Callable[[ImportProgress], None]


def import_csv(
    connection: sqlite3.Connection,
    path: str | Path,
    *,
    list_name: str,
    now: Instant,
    region: str | None = None,
    strict: bool = False,
    attributes: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    report_path: str | Path | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    within: bool = False,
) -> ImportReport:
    """Import a CSV file's leads into a list, which is made if there is none of that name.

    Columns: `phone` … `phone9`, and `key`, `supplier`, `region` (an ISO country; otherwise `region`, the
    argument), `attribute.NAME`, and those named in `attributes`. `columns` renames the file's headings to
    these. A lead without key is named after its line. A lead goes in with its valid numbers; one without
    any, or with a key or number that is on the list already, is rejected. The report tells each problem;
    `report_path` gets all of them as CSV. `progress` is called after each chunk; what it raises stops the
    import. One write transaction lasts as long as the import, up to a minute for a million leads: import big
    files while nothing is dialed on the same store. `within`: it is the transaction that is open.

    Raises InputError, and changes nothing, for a file that cannot be read; ImportRefused, if `strict`, for
    any problem at all; StoreError or StoreUnavailable if the store or a worker process fails.
    """
    report_to = None if report_path is None else Path(report_path)
    with CsvFile(Path(path)) as file:
        layout, unknown = read_header(
            (file.header_line, file.header),
            file.name,
            region=region,
            attributes=attributes,
            columns=columns or {},
        )
        report = ImportReport(file=file.name, list_name=list_name)
        with (
            ProblemLog(report, report_to) as log,
            big_cache(connection, IMPORT_CACHE_KIB),
            nullcontext() if within else all_or_nothing(connection),
        ):
            for problem in unknown:
                log.add(problem)
            writer = LeadWriter(connection, list_name, now)
            for chunk, prepared in in_order(partial(prepare, layout), file.chunks(), workers=workers):
                duplicates = writer.write(prepared.leads, layout)
                for problem in sorted(prepared.problems + duplicates, key=lambda problem: problem.line):
                    log.add(problem)
                report.rows += chunk.rows
                report.leads, report.phones = writer.leads, writer.phones
                report.rejected = report.rows - report.leads
                if progress is not None:
                    progress(ImportProgress(rows=report.rows, bytes_done=chunk.end, bytes_total=file.size))
            if strict and report.problem_count:
                raise ImportRefused(report)
    return report


def import_leads(
    connection: sqlite3.Connection, leads: Iterable[InlineLead], *, list_name: str, now: Instant
) -> int:
    """Add leads whose phones are E.164 to a list, in their order, in a transaction of its own; how many.

    Two of them may share a number, as households do. Raises InputError, with every reason and nothing
    changed, for a lead without a valid phone and for a key that is there twice or on the list already.
    """
    with all_or_nothing(connection):
        return add_leads(connection, leads, list_name=list_name, now=now)


def add_leads(
    connection: sqlite3.Connection, leads: Iterable[InlineLead], *, list_name: str, now: Instant
) -> int:
    """As `import_leads`, in the transaction that is open."""
    wrong: list[str] = []
    ready = [_ready(ordinal, lead, list_name, wrong) for ordinal, lead in enumerate(leads, 1)]
    keys = [key for key, _ in ready]
    writer = LeadWriter(connection, list_name, now)
    twice = [key for key, times in Counter(keys).items() if times > 1]
    wrong += [f"{_where(list_name, key)}: is there twice; keys are unique on a list" for key in twice]
    taken = writer.keys_taken(keys)
    wrong += [f"{_where(list_name, key)}: is on the list already" for key in keys if key in taken]
    if wrong:
        raise InputError(wrong)
    writer.insert(ready)
    return writer.leads


def _ready(ordinal: int, lead: InlineLead, list_name: str, wrong: list[str]) -> tuple[str, PreparedLead]:
    where = _where(list_name, lead.key)
    if not lead.phones:
        wrong.append(f"{where}: no phone number")
    phones: list[PreparedPhone] = []
    for position, text in enumerate(lead.phones, 1):
        try:
            number, kind, _ = reading(text, None)
        except PhoneError as error:
            wrong.append(f"{where}: {shown(text)} {error.reason}")
        else:
            phones.append((position, number, kind))
    return lead.key, PreparedLead(ordinal, lead.key, lead.supplier, as_json(lead.attributes), phones)


def _where(list_name: str, key: str) -> str:
    return f"list {shown(list_name)}: lead {shown(key)}"
