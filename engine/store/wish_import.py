"""A file of do-not-call entries, consents and the like comes in whole: all its good rows, or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from engine.domain.wishes import EntrySource
from engine.errors import InputError
from engine.store.agreements import write
from engine.store.audit import audit
from engine.store.connection import big_cache
from engine.store.csv_lines import Chunk, CsvFile
from engine.store.dnc import put_rows
from engine.store.in_order import in_order
from engine.store.leads import IMPORT_CACHE_KIB, ImportProgress
from engine.store.problems import REJECTED_MOST, FileReport, ImportRefused, ProblemLog
from engine.store.reading import check_campaign
from engine.store.transaction import Change, Transaction
from engine.store.wish_rows import KINDS, NUMBER, Prepared, prepare, read_header

Progress: TypeAlias = Callable[[ImportProgress], None]

DNC: Final = "dnc"
PROBLEMS_TOLD: Final = 5  # of a file that is mostly wrong: enough to see how


@dataclass(frozen=True, slots=True, kw_only=True)
class WishFile:
    """What is to be imported, as what: a kind of file. `column` names the one that has the numbers, and
    `region` is the country whose national numbers they are; `campaign` is whose entries they are, and
    `seller` the one of rows that name none."""

    path: Path
    kind: str
    column: str | None = None
    region: str | None = None
    campaign: str | None = None
    seller: str | None = None


@dataclass(slots=True, kw_only=True)
class WishReport(FileReport):
    """A row tells something, of a number, a person or each of both, or is rejected. `new` of what was told;
    the rest was known. `woken`: cases that are asked about again."""

    told: int = 0
    new: int = 0
    woken: int = 0

    @property
    def known(self) -> int:
        """How many told nothing new."""
        return self.told - self.new


def import_wishes(
    file: WishFile,
    *,
    by: str,
    strict: bool = False,
    report_path: Path | None = None,
    progress: Progress | None = None,
) -> Change[WishReport]:
    """Write down what the rows tell. Rows that are wrong are left out and reported one by one; `report_path`
    gets all of them as CSV. `by` is audited, with counts.

    Raises InputError, with nothing done, for a file that cannot be read and for a campaign that the store
    does not have; ImportRefused, if `strict`, for any problem at all.
    """

    def change(tx: Transaction) -> WishReport:
        check_campaign(tx.sql, file.campaign)
        report = WishReport(file=str(file.path))
        example = ",".join(dict.fromkeys((NUMBER, *KINDS[file.kind].needed)))
        salvages = bool(KINDS[file.kind].trifles)
        with (
            CsvFile(file.path, example=example, salvages=salvages) as rows,
            ProblemLog(report, report_path) as log,
        ):
            layout = read_header(
                (rows.header_line, rows.header),
                rows.name,
                file.kind,
                region=file.region,
                now=tx.now,
                column=file.column,
                campaign=file.campaign,
                seller=file.seller,
            )
            chunks = rows.chunks()
            if layout.bare:
                chunks = _and_the_first(chunks, Chunk([(rows.header_line, rows.header)], end=0))
            with big_cache(tx.sql, IMPORT_CACHE_KIB):
                for chunk, prepared in in_order(partial(prepare, layout), chunks, workers=None):
                    for problem in prepared.problems:
                        log.add(problem)
                    report.rows += chunk.rows
                    report.rejected += prepared.rejected
                    _take(tx, prepared, report)
                    if progress is not None:
                        progress(
                            ImportProgress(rows=report.rows, bytes_done=chunk.end, bytes_total=rows.size)
                        )
        if strict and report.problem_count:
            raise ImportRefused(report)
        if KINDS[file.kind].any_part:
            _check_mostly_right(report)
        audit(
            tx,
            user=by,
            action="dnc import" if file.kind == DNC else "consents import",
            subject=file.campaign or ("" if file.kind == DNC else file.kind),
            count=report.new,
            rows=report.rows,
            rejected=report.rejected,
            woken=report.woken,
        )
        return report

    return change


def _check_mostly_right(report: WishReport) -> None:
    """Raises InputError for a file of something else."""
    if report.rejected <= report.rows * REJECTED_MOST:
        return
    what = f"{report.rejected:,} of {report.rows:,} rows tell of nobody, and nothing was imported"
    advice = "give --region or --column if the numbers are others, or leave out what is wrong"
    raise InputError([*report.texts[:PROBLEMS_TOLD], f"{report.file}: {what}; {advice}"])


def _and_the_first(chunks: Iterator[Chunk], first: Chunk) -> Iterator[Chunk]:
    yield first
    yield from chunks


def _take(tx: Transaction, prepared: Prepared, report: WishReport) -> None:
    """Write down what some rows tell."""
    report.told += len(prepared.wishes) + len(prepared.entries)
    if prepared.entries:
        report.new += put_rows(tx.sql, prepared.entries, source=EntrySource.IMPORT, now=tx.now)
    if prepared.wishes:
        told = write(tx, prepared.wishes)
        report.new += told.new
        report.woken += told.woken
