"""The report of a run for a terminal: what was guarded, what came of it, and what did not hold."""

from collections.abc import Callable, Sequence
from textwrap import indent
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from engine import __version__
from engine.domain.time import MINUTE, SECOND, Micros, moment
from engine.domain.words import CaseStatus, ContactStatus, Ending, Outcome
from engine.names import counted
from simulator.checkers import InvariantBroken
from simulator.report import UNREACHED, AgentReport, CampaignReport, RunReport, percent
from simulator.runs import Run

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

AGENTS_MAX: Final = 30  # rows; a larger floor is told by its least, mean and most
NAMES_MAX: Final = 4  # campaigns side by side

Row = tuple[str, Callable[[CampaignReport], str]]


def _share(count: int, of: int) -> str:
    return f"{count:,} ({percent(count, of):.1f} %)" if of else f"{count:,}"


def _ending(ending: Ending) -> Callable[[CampaignReport], str]:
    return lambda each: _count(each.ended(ending))


def _outcome(outcome: Outcome) -> Callable[[CampaignReport], str]:
    return lambda each: _count(each.outcomes.get(outcome, 0))


def _case(status: CaseStatus) -> Callable[[CampaignReport], str]:
    return lambda each: _count(each.cases.get(status, 0))


def _contact(status: ContactStatus) -> Callable[[CampaignReport], str]:
    return lambda each: _count(each.life.contact.get(status, 0))


def _late(total: Micros, count: int) -> str:
    return f"{total / count / SECOND:.1f} s" if count else ""


def _count(count: int) -> str:
    return f"{count:,}" if count else ""


CALL_ROWS: Final[tuple[Row, ...]] = (
    ("attempts", lambda each: _count(each.attempts)),
    ("calls", lambda each: _count(each.calls)),
    ("  answered", lambda each: _share(each.answered, each.calls)),
    ("    by a machine", lambda each: _count(each.machines)),
    ("    live", lambda each: _count(each.live_answers)),
    *((f"  {outcome}", _outcome(outcome)) for outcome in UNREACHED),
    ("connected", lambda each: _count(each.connected)),
    ("served", _ending(Ending.SERVED)),
    ("abandoned", lambda each: _share(each.abandoned, each.live_answers) if each.abandoned else ""),
    ("hung up while waiting", _ending(Ending.HUNG_UP)),
    ("messages left", _ending(Ending.MESSAGE_LEFT)),
    ("agent not reached", _ending(Ending.AGENT_NOT_REACHED)),
    ("agent left", _ending(Ending.AGENT_LEFT)),
    ("refused", _ending(Ending.REFUSED)),
    ("skipped", _ending(Ending.SKIPPED)),
    ("unknown (crash)", _ending(Ending.UNKNOWN)),
    ("ring until answered", lambda each: f"{each.ring_seconds:.1f} s" if each.answered else ""),
    ("talk", lambda each: f"{each.talk_seconds:.1f} s" if each.connected else ""),
)
CASE_ROWS: Final[tuple[Row, ...]] = (
    *((f"  {status}", _case(status)) for status in CaseStatus),
    ("  held by a gate", lambda each: _count(each.held)),
    ("    until something changes", lambda each: _count(each.blocked)),
)

CONTACT_ROWS: Final[tuple[Row, ...]] = (
    ("  called at least once", lambda each: _share(each.life.called, each.life.leads)),
    ("  reached a person", lambda each: _share(each.life.reached, each.life.leads)),
    *((f"  {status}", _contact(status)) for status in ContactStatus),
    ("  contact statuses", lambda each: "final" if each.life.final else "provisional"),
    ("callbacks kept", lambda each: _count(each.life.callbacks)),
    ("  late, on average", lambda each: _late(each.life.late, each.life.callbacks)),
    ("  late, at most", lambda each: _late(each.life.most_late, min(each.life.callbacks, 1))),
    ("leads owned", lambda each: _count(each.life.owned)),
)

AGENT_COLUMNS: Final[tuple[tuple[str, Callable[[AgentReport], str]], ...]] = (
    ("calls", lambda each: f"{each.calls:,}"),
    ("logged in", lambda each: clock(each.logged_in)),
    ("talking", lambda each: clock(each.talking)),
    ("wrap-up", lambda each: clock(each.wrap_up)),
    ("idle", lambda each: clock(each.idle)),
    ("waiting", lambda each: clock(each.waiting)),
    ("paused", lambda each: clock(each.paused)),
    ("utilised", lambda each: f"{each.utilisation_percent:.1f} %"),
    ("occupied", lambda each: f"{each.occupancy_percent:.1f} %"),
    ("idle/call", lambda each: f"{each.idle_seconds:.1f} s"),
)


def clock(duration: Micros) -> str:
    """Hours, minutes and seconds: 7:05:09."""
    seconds = round(duration / SECOND)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def span(report: RunReport) -> str:
    """When the run took place, in virtual time."""
    zone = ZoneInfo(report.zone)
    start, end = moment(report.start, zone), moment(report.ended_at, zone)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %Y-%m-%d %H:%M}"
    return f"{start:%a %Y-%m-%d %H:%M} to {until} {report.zone}"


def pace(report: RunReport) -> str:
    """How fast virtual time went by."""
    virtual = f"{clock(report.duration)} of virtual time"
    if not report.wall_seconds:
        return virtual
    rate = report.total.attempts / report.wall_seconds
    return f"{virtual} in {report.wall_seconds:.1f} s ({rate:,.0f} attempts/s)"


def print_report(console: "Console", run: Run) -> None:
    """The whole report of one run."""
    from rich.text import Text

    report = run.report
    assert report is not None
    console.print(Text.assemble((f"{run.path}: ", "bold"), report.guards))
    crashes = f", {report.engines} engine starts" if report.engines > 1 else ""
    console.print(f"seed {report.seed}, {span(report)}, {pace(report)}{crashes}")
    for imported in run.imports:
        rejected = f"; {imported.rejected:,} rejected" if imported.rejected else ""
        console.print(f"list {imported.list_name}: {imported.leads:,} of {imported.rows:,} leads{rejected}")
    console.print(_campaigns(report))
    if report.agents:
        console.print(_agents(report))
    print_verdicts(console, run, all_of_them=True)


def print_verdicts(console: "Console", run: Run, *, all_of_them: bool) -> None:
    """Every expectation with its result, or only those that failed."""
    from rich.text import Text

    for verdict in run.verdicts if all_of_them else run.failed:
        mark = Text("  held  ", style="green") if verdict.held else Text("  FAILED", style="bold red")
        console.print(mark, Text(verdict.name))
        if verdict.message:
            console.print(Text(indent(verdict.message, " " * 9)), soft_wrap=True)
    if all_of_them:
        console.print(Text(summary(run)))


def summary(run: Run) -> str:
    """The last line of a report."""
    if not run.verdicts:
        return "Nothing was expected."
    if not run.failed:
        return (
            f"All {len(run.verdicts)} expectations held."
            if len(run.verdicts) > 1
            else "The expectation held."
        )
    return f"{len(run.failed)} of {len(run.verdicts)} expectations failed."


def print_line(console: "Console", run: Run) -> None:
    """One run among several."""
    from rich.text import Text

    if run.report is None:
        console.print(Text("BROKE ", style="bold red"), Text(str(run.path)))
        return
    mark = Text("ok    ", style="green") if run.held else Text("FAILED", style="bold red")
    total = run.report.total
    facts = (
        counted(total.leads, "lead"),
        counted(total.attempts, "attempt"),
        counted(len(run.verdicts), "expectation"),
    )
    console.print(mark, Text(f"{run.path}: {', '.join(facts)}"), soft_wrap=True)


def broke(run: Run) -> str:
    """What to tell whoever must find out why the engine broke."""
    failure = run.failure
    told = str(failure) if isinstance(failure, InvariantBroken) else f"{type(failure).__name__}: {failure}"
    return f"the engine broke: {told}\n  repeat it with: {run.repeat}   (dialer-engine {__version__})"


def _campaigns(report: RunReport) -> "Table":
    """Figures down, campaigns across; what never happened is left out."""
    columns: list[CampaignReport] = list(report.campaigns)
    if len(columns) > 1:
        columns = [*columns[:NAMES_MAX], report.total]
    table = _table()
    table.add_column("")
    for each in columns:
        table.add_column(_title(each), justify="right")
    _add_rows(table, CALL_ROWS, columns)
    table.add_row("leads", *(f"{each.leads:,}" for each in columns))
    _add_rows(table, CASE_ROWS, columns)
    table.add_row("contacts")
    _add_rows(table, CONTACT_ROWS, columns)
    return table


def _title(each: CampaignReport) -> str:
    return f"{each.name} ({each.mode})" if each.mode else each.name or "total"


def _add_rows(table: "Table", rows: Sequence[Row], columns: Sequence[CampaignReport]) -> None:
    for title, told in rows:
        values = [told(each) for each in columns]
        if any(values):
            table.add_row(title, *values)


def _agents(report: RunReport) -> "Table":
    table = _table()
    table.add_column("agent")
    kept = [
        (title, told)
        for title, told in AGENT_COLUMNS
        if title not in ("waiting", "paused") or any(getattr(each, title) >= MINUTE for each in report.agents)
    ]
    for title, _ in kept:
        table.add_column(title, justify="right")
    if len(report.agents) <= AGENTS_MAX:
        for each in report.agents:
            table.add_row(each.name, *(told(each) for _, told in kept))
    else:
        ordered = sorted(report.agents, key=lambda each: (each.utilisation_percent, str(each.name)))
        for title, each in (
            ("least", ordered[0]),
            ("median", ordered[len(ordered) // 2]),
            ("most", ordered[-1]),
        ):
            table.add_row(f"{title}: {each.name}", *(told(each) for _, told in kept))
    if len(report.agents) > 1:
        table.add_section()
        table.add_row(f"all {len(report.agents)}", *(told(report.staff) for _, told in kept))
    return table


def _table(**more: Any) -> "Table":
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", **more)
