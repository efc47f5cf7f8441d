"""The report of a run as one page, with everything in it: no script, no other file, no network."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from engine import __version__
from engine.domain.time import Micros, moment
from simulator.charts import (
    STATE_COLOURS,
    contact_svg,
    endings_svg,
    lateness_svg,
    limits_svg,
    scoped,
    timeline_svg,
)
from simulator.limit_rates import LimitRates
from simulator.report import AgentReport, CampaignReport, RunReport
from simulator.report_text import (
    AGENT_COLUMNS,
    CALL_ROWS,
    CASE_ROWS,
    CONTACT_ROWS,
    Row,
    clock,
    pace,
    span,
    summary,
)
from simulator.runs import Run
from simulator.timeline import Timeline


def _css() -> str:
    return files("simulator").joinpath("report.css").read_text(encoding="utf-8")


def page(run: Run, line: Timeline, limits: Sequence[LimitRates] = ()) -> str:
    """The whole page. The same run gives the same page, but for the seconds that it took. `limits` are those
    on abandoned calls."""
    report = run.report
    assert report is not None
    parts = [
        _head(run, report),
        _tiles(report),
        _section("The course of the run", scoped(timeline_svg(line, report.zone), "time")),
        _expectations(run),
        *_mixes(report),
        *_contacts(report),
        *_limits(limits, line, report.zone),
        *_resets(report),
        _section("Campaigns", _campaign_table(report)),
    ]
    if report.agents:
        parts.append(_section("Agents", _agent_table(report)))
    parts.append(
        f"<footer>Made by dialer-engine {escape(__version__)} with <code>dialer run --report</code>. "
        'The attempts are beside this page in <a href="attempts.csv">attempts.csv</a>.</footer>'
    )
    body = "\n".join(parts)
    title = escape(f"{run.path.stem}: {report.guards}")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{_css()}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(run: Run, report: RunReport) -> str:
    imports = "".join(
        f"<br>List {escape(each.list_name)}: {each.leads:,} of {each.rows:,} leads imported"
        + (f", {each.rejected:,} rejected" if each.rejected else "")
        for each in run.imports
    )
    crashes = f" · {report.engines} engine starts" if report.engines > 1 else ""
    return (
        f"<header><h1>{escape(report.guards)}</h1>"
        f'<p class="facts"><code>{escape(run.path.name)}</code> · seed <code>{report.seed}</code> · '
        f"{escape(span(report))} · {escape(pace(report))}{crashes}{imports}</p></header>"
    )


def _tiles(report: RunReport) -> str:
    total, staff = report.total, report.staff
    tiles = [
        ("attempts", f"{total.attempts:,}", False),
        ("of calls answered", f"{total.answer_percent:.1f} %", False),
        ("connected", f"{total.connected:,}", False),
        ("abandoned, of live answers", f"{total.abandoned_percent:.2f} %", total.abandoned_percent > 3),
        ("cases completed", f"{total.cases.get('COMPLETED', 0):,}", False),
    ]
    if report.agents:
        tiles.append(("utilisation of agents", f"{staff.utilisation_percent:.1f} %", False))
        tiles.append(("idle for each call", f"{staff.idle_seconds:.0f} s", False))
    shown = "".join(
        f'<div class="{"tile alarm" if alarm else "tile"}"><b>{value}</b><span>{name}</span></div>'
        for name, value, alarm in tiles
    )
    return f'<div class="tiles">{shown}</div>'


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{body}\n</section>"


def _expectations(run: Run) -> str:
    if not run.verdicts:
        return ""
    items = []
    for verdict in run.verdicts:
        mark = '<span class="held">held</span>' if verdict.held else '<span class="failed">failed</span>'
        message = f"<pre>{escape(verdict.message)}</pre>" if verdict.message else ""
        items.append(f"<li>{mark}{escape(verdict.name)}{message}</li>")
    return _section(summary(run).rstrip("."), f'<ul class="verdicts">{"".join(items)}</ul>')


def _mixes(report: RunReport) -> Iterable[str]:
    for index, campaign in enumerate(report.campaigns):
        if campaign.attempts:
            yield _section(
                f"How attempts ended: {campaign.name}", scoped(endings_svg(campaign), f"mix{index}")
            )


def _contacts(report: RunReport) -> Iterable[str]:
    for index, campaign in enumerate(report.campaigns):
        if campaign.life.called:
            title = f"Contact status and number of calls: {campaign.name}"
            yield _section(title, scoped(contact_svg(campaign.life), f"contact{index}"))
    if report.total.life.callbacks:
        plot = scoped(lateness_svg(report.total.life), "lateness")
        yield _section("Callbacks kept, by how late they began", plot)


def _limits(limits: Sequence[LimitRates], line: Timeline, zone: str) -> Iterable[str]:
    if not limits:
        return
    heads = ["rule", "over", "lost", "of", "rate", "limit", "may still be lost"]
    rows = [
        _row(
            [
                each.rule,
                f"{each.scope} {each.whose}",
                f"{each.lost:.2f}",
                f"{each.counted:.2f}",
                f"{each.percent[-1]:.2f} %",
                f"{each.limit:.2f} %",
                f"{each.may_lose:,}",
            ]
        )
        for each in limits
    ]
    plot = scoped(limits_svg(limits, line, zone), "limits")
    yield _section("Limits on abandoned calls", plot + _table(heads, rows))


def _resets(report: RunReport) -> Iterable[str]:
    if not report.resets:
        return
    zone = ZoneInfo(report.zone)
    rows = [
        _row(
            [
                f"{moment(each.at, zone):%a %Y-%m-%d %H:%M:%S}",
                each.user,
                each.state,
                f"{each.matched:,}",
                f"{each.reset:,}",
                ", ".join(f"{count:,} {reason}" for reason, count in each.excluded.items()),
            ]
        )
        for each in report.resets
    ]
    yield _section("Resets", _table(["when", "by", "state", "matched", "reset", "excluded"], rows))


# --- tables ---------------------------------------------------------------------------------------


def _campaign_table(report: RunReport) -> str:
    columns = list(report.campaigns)
    if len(columns) > 1:
        columns.append(report.total)
    heads = [f"{each.name} ({each.mode})" if each.mode else "total" for each in columns]
    rows = [
        *_figure_rows(CALL_ROWS, columns),
        _row(["leads", *(f"{each.leads:,}" for each in columns)], kind="group"),
        *_figure_rows(CASE_ROWS, columns),
        _row(["contacts", *("" for _ in columns)], kind="group"),
        *_figure_rows(CONTACT_ROWS, columns),
    ]
    return f'<div class="narrow">{_table(["", *heads], rows)}</div>'


def _figure_rows(rows: Sequence[Row], columns: Sequence[CampaignReport]) -> Iterable[str]:
    for title, told in rows:
        values = [told(each) for each in columns]
        if any(values):
            depth = (len(title) - len(title.lstrip())) // 2
            yield _row([title.strip(), *values], depth=depth)


_BARS: Final[tuple[tuple[str, Callable[[AgentReport], Micros]], ...]] = (
    ("talking", lambda each: each.talking),
    ("wrap-up", lambda each: each.wrap_up),
    ("reserved", lambda each: each.waiting),
    ("ready", lambda each: each.idle),
    ("paused", lambda each: each.paused),
)
_COLOURS: Final = dict(STATE_COLOURS.values())


def _agent_table(report: RunReport) -> str:
    kept = [column for column in AGENT_COLUMNS if any(column[1](each) != clock(0) for each in report.agents)]
    longest = max((each.logged_in for each in report.agents), default=0)
    rows = [
        _row([each.name or "", _bar(each, longest), *(told(each) for _, told in kept)], raw=1)
        for each in report.agents
    ]
    if len(report.agents) > 1:
        everyone = f"all {len(report.agents)}"
        rows.append(
            _row(
                [
                    everyone,
                    _bar(report.staff, report.staff.logged_in),
                    *(told(report.staff) for _, told in kept),
                ],
                raw=1,
                kind="sum",
            )
        )
    key = "".join(f'<span><i style="background:{_COLOURS[name]}"></i>{name}</span>' for name, _ in _BARS)
    return f'<div class="key">{key}</div>' + _table(
        ["agent", "time logged in", *(name for name, _ in kept)], rows
    )


def _bar(agent: AgentReport, whole: Micros) -> str:
    if not whole:
        return ""
    parts = "".join(
        f'<i style="width:{100 * of(agent) / whole:.2f}%;background:{_COLOURS[name]}" '
        f'title="{name} {clock(of(agent))}"></i>'
        for name, of in _BARS
        if of(agent)
    )
    return f'<div class="day">{parts}</div>'


def _table(heads: Sequence[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "\n".join(rows)
    rows_of = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>"
    return f'<div class="scroll"><table>\n{rows_of}</table></div>'


def _row(cells: Sequence[str], *, depth: int = 0, raw: int | None = None, kind: str = "") -> str:
    """`raw` is the place of a cell that is HTML already."""
    shown = [cell if index == raw else escape(cell) for index, cell in enumerate(cells)]
    first = f'<td class="sub{depth}">' if depth else "<td>"
    return f'<tr class="{kind}">'.replace(' class=""', "") + first + "</td><td>".join(shown) + "</td></tr>"
