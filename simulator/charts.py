"""Plots as SVG text, the same bytes for the same run: fixed ids, no date, text left as text."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from engine.domain.time import DAY, MINUTE, SECOND, moment
from engine.domain.words import AgentState
from simulator.limit_rates import LimitRates
from simulator.report import CampaignReport
from simulator.report_leads import LeadsReport
from simulator.timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#1f2933"
FAINT: Final = "#7b8794"
GRID: Final = "#e4e7eb"
RED: Final = "#c81e3a"
PURPLE: Final = "#6b4fa0"

STATE_COLOURS: Final[dict[AgentState, tuple[str, str]]] = {
    AgentState.TALKING: ("talking", "#1f6fb2"),
    AgentState.WRAP_UP: ("wrap-up", "#7db8e8"),
    AgentState.RESERVED: ("reserved", "#f0b429"),
    AgentState.RINGING: ("own phone rings", "#f7d070"),
    AgentState.READY: ("ready", "#a7d8b4"),
    AgentState.PAUSED: ("paused", "#d9d5cc"),
}
"""From the bottom of the stack to its top, with their names in the legend."""

ENDING_COLOURS: Final[dict[str, str]] = {
    "connected": "#1f6fb2",
    "served": "#1f6fb2",
    "message-left": "#7db8e8",
    "machine": "#9fb3c8",
    "abandoned": RED,
    "hung-up": "#e8748a",
    "unknown": RED,
}
OTHER_COLOUR: Final = "#c5ced6"

_STYLE: Final[Any] = {
    "svg.hashsalt": "dialer-engine",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 9,
}


def timeline_svg(line: Timeline, zone: str) -> str:
    """Agents stacked by what they do, and below them the calls, over the time of day in `zone`."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        figure, (agents, calls, ringing) = _figure(10.4, 6.4, rows=3, ratios=(3, 2, 1.1))
        edges = [moment(line.start + index * line.length, ZoneInfo(zone)) for index in range(line.count + 1)]
        _draw_agents(agents, line, edges)
        _draw_calls(calls, line, edges)
        _draw_ringing(ringing, line, edges)
        _time_axis(ringing, line, zone)
        return _svg(figure)


def _draw_agents(axes: "Axes", line: Timeline, edges: list[Any]) -> None:
    below = [0.0] * (line.count + 1)
    for state, (name, colour) in STATE_COLOURS.items():
        values = line.agents.get(state)
        if values is None:
            continue
        top = [low + value for low, value in zip(below, [*values, values[-1]], strict=True)]
        axes.fill_between(edges, below, top, step="post", color=colour, linewidth=0, label=name)
        below = top
    axes.set_title("Agents, by what they do")
    axes.set_ylabel("agents")
    axes.set_ylim(0, max(*below, 1.0) * 1.02)
    axes.grid(axis="y")
    if line.agents:
        _legend(axes)


def _draw_calls(axes: "Axes", line: Timeline, edges: list[Any]) -> None:
    half = timedelta(microseconds=line.length // 2)
    starts = edges[:-1]
    for counts, colour, name in ((line.dialed, "#cbd2d9", "dialed"), (line.answered, "#7db8e8", "answered")):
        values = [*counts, counts[-1]]
        axes.fill_between(edges, values, step="post", color=colour, linewidth=0, label=name)
    marks = [(start + half, count) for start, count in zip(starts, line.abandoned, strict=True) if count]
    top = max(*line.dialed, 1)
    if marks:
        times, places = [at for at, _ in marks], [top * 1.12] * len(marks)
        sizes = [24 + 10 * min(count, 8) for _, count in marks]
        axes.scatter(times, places, s=sizes, marker="v", color=RED, linewidths=0, label="abandoned")
    axes.set_title(f"Calls {_each(line.length)}")
    axes.set_ylabel("calls")
    axes.set_ylim(0, top * (1.25 if marks else 1.05))
    axes.grid(axis="y")
    _legend(axes)


def _draw_ringing(axes: "Axes", line: Timeline, edges: list[Any]) -> None:
    values = [*line.ringing, line.ringing[-1]]
    axes.fill_between(edges, values, step="post", color="#d9d0ee", linewidth=0)
    axes.step(edges, values, where="post", color=PURPLE, linewidth=1.2)
    axes.set_title("Customers' phones ringing at a time")
    axes.set_ylabel("phones")
    axes.set_ylim(0, max(*values, 1) * 1.1)
    axes.grid(axis="y")


def limits_svg(limits: Sequence[LimitRates], line: Timeline, zone: str) -> str:
    """Each rate over the time of day in `zone`, and the limits as broken lines. Equal rates are one."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        figure, (axes,) = _figure(10.4, 3.0, rows=1, ratios=(1,))
        ends: list[Any] = [
            moment(line.start + (index + 1) * line.length, ZoneInfo(zone)) for index in range(line.count)
        ]
        drawn: list[list[float]] = []
        for each in limits:
            if each.percent not in drawn:
                colour = _RATE_COLOURS[len(drawn) % len(_RATE_COLOURS)]
                rates = each.percent[-line.count :]
                axes.step(ends[-len(rates) :], rates, where="pre", color=colour, label=each.name)
                drawn.append(each.percent)
        for limit in sorted({each.limit for each in limits}):
            axes.axhline(limit, color=RED, linewidth=1.0, linestyle="--")
        highest = max(value for each in limits for value in (*each.percent, each.limit))
        axes.set_title("Abandoned calls, in the window that counts")
        axes.set_ylabel("%")
        axes.set_ylim(0, highest * 1.15)
        axes.grid(axis="y")
        axes.legend(loc="upper right", ncols=2)
        _time_axis(axes, line, zone)
        return _svg(figure)


_RATE_COLOURS: Final = ("#1f6fb2", PURPLE, "#2f8f5b", "#b7791f", "#52606d")


def _legend(axes: "Axes") -> None:
    """On one line above the plot, at its right."""
    axes.legend(loc="lower right", bbox_to_anchor=(1.005, 0.98), ncols=7, columnspacing=1.2, handlelength=1.2)


def _each(length: int) -> str:
    minutes = length / MINUTE
    if minutes < 1:
        return f"in {length // SECOND} s"
    return f"in {minutes:g} min" if minutes < 60 else f"in {minutes / 60:g} h"


def _time_axis(axes: "Axes", line: Timeline, zone: str) -> None:
    import matplotlib.dates

    dates: Any = matplotlib.dates

    whole = line.length * line.count
    zone_info = ZoneInfo(zone)
    axes.xaxis.set_major_locator(dates.AutoDateLocator(minticks=5, maxticks=12, tz=zone_info))
    pattern = (
        "%d %b"
        if whole > 4 * DAY
        else "%a %H:%M"
        if whole > DAY
        else "%H:%M"
        if whole > 5 * MINUTE
        else "%H:%M:%S"
    )
    axes.xaxis.set_major_formatter(dates.DateFormatter(pattern, tz=zone_info))
    axes.set_xlabel(f"time ({zone})")
    axes.margins(x=0)


def endings_svg(campaign: CampaignReport) -> str:
    """How the attempts ended, the most frequent first; those not reached by what the network said."""
    import matplotlib as mpl

    mix = sorted(ending_mix(campaign), key=lambda part: (part[1], part[0]))
    with mpl.rc_context(_STYLE):
        figure, (axes,) = _figure(10.4, 0.55 + 0.31 * max(len(mix), 1), rows=1, ratios=(1,))
        names, counts = [name for name, _ in mix], [count for _, count in mix]
        bars = axes.barh(
            names, counts, height=0.68, color=[ENDING_COLOURS.get(name, OTHER_COLOUR) for name in names]
        )
        whole = sum(counts)
        axes.bar_label(bars, [f"{count:,}  ({100 * count / whole:.1f} %)" for count in counts], padding=5)
        axes.margins(x=0.14, y=0.02)
        axes.set_xlabel("attempts")
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        return _svg(figure)


def ending_mix(campaign: CampaignReport) -> list[tuple[str, int]]:
    """Counts of endings, with `customer-not-reached` told by its outcomes."""
    parts = {name: count for name, count in campaign.endings.items() if name != "customer-not-reached"}
    unreached = {
        name: count for name, count in campaign.outcomes.items() if name not in ("answered", "unknown")
    }
    for name, count in unreached.items():
        parts[name] = parts.get(name, 0) + count
    return list(parts.items())


CONTACT_COLOURS: Final[dict[str, str]] = {
    "not-called": "#e4e7eb",
    "not-reached": "#9fb3c8",
    "bad-connection": "#f0b429",
    "successful": "#1f6fb2",
}
CALLS_MAX: Final = 12  # bars of the histogram; the last one has all that were called more often


def contact_svg(leads: LeadsReport) -> str:
    """Leads by contact status, and below by how often they were called."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        figure, (statuses, calls) = _figure(10.4, 4.6, rows=2, ratios=(1.1, 1.4), shared=False)
        names = list(reversed(leads.contact))
        colours = [CONTACT_COLOURS.get(name, OTHER_COLOUR) for name in names]
        bars = statuses.barh(names, [leads.contact[name] for name in names], height=0.68, color=colours)
        _label(statuses, bars, [leads.contact[name] for name in names], leads.leads)
        statuses.set_title(f"Leads by contact status ({'final' if leads.final else 'provisional'})")
        statuses.margins(x=0.14, y=0.04)
        statuses.tick_params(axis="y", length=0)
        statuses.grid(axis="x")
        histogram = calls_histogram(leads.by_calls)
        columns = calls.bar(list(histogram), list(histogram.values()), width=0.72, color="#1f6fb2")
        _label(calls, columns, list(histogram.values()), leads.leads, apart="\n")
        calls.set_title("Leads by number of calls")
        calls.set_xlabel("calls")
        calls.set_ylabel("leads")
        calls.margins(x=0.02, y=0.32)
        calls.grid(axis="y")
        return _svg(figure)


def calls_histogram(by_calls: dict[int, int]) -> dict[str, int]:
    """Leads by number of calls, from 0 on without a gap; the last part has all from CALLS_MAX on."""
    most = max(by_calls, default=0)
    parts = {str(calls): by_calls.get(calls, 0) for calls in range(min(most + 1, CALLS_MAX))}
    if most >= CALLS_MAX:
        parts[f"{CALLS_MAX} or more"] = sum(leads for calls, leads in by_calls.items() if calls >= CALLS_MAX)
    return parts


def lateness_svg(leads: LeadsReport) -> str:
    """Callbacks kept, by how late they began."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        figure, (axes,) = _figure(10.4, 2.2, rows=1, ratios=(1,))
        names = list(reversed(leads.lateness))
        counts = [leads.lateness[name] for name in names]
        bars = axes.barh(names, counts, height=0.68, color=PURPLE)
        _label(axes, bars, counts, leads.callbacks)
        axes.margins(x=0.14, y=0.04)
        axes.set_xlabel("callbacks")
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        return _svg(figure)


def _label(axes: "Axes", bars: Any, counts: list[int], whole: int, *, apart: str = "  ") -> None:
    """Each bar with its count and share."""
    shares = [f"{apart}({100 * count / whole:.1f} %)" if whole else "" for count in counts]
    labels = [f"{count:,}{share}" for count, share in zip(counts, shares, strict=True)]
    axes.bar_label(bars, labels, padding=4)


def _figure(
    width: float, height: float, *, rows: int, ratios: Iterable[float], shared: bool = True
) -> tuple["Figure", list["Axes"]]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    grid = figure.subplots(rows, 1, sharex=shared, squeeze=False, gridspec_kw={"height_ratios": list(ratios)})
    return figure, [row[0] for row in grid]


def _svg(figure: "Figure") -> str:
    stream = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=nothing, transparent=True)
    text = stream.getvalue()
    return text[text.index("<svg") :]


def scoped(svg: str, prefix: str) -> str:
    """The same picture with ids of its own, so that several can stand in one page."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", svg)
