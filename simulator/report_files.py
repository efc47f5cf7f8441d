"""The files of a report: the page, its plots, and the attempts as CSV."""

import sqlite3
from pathlib import Path

from engine.files import make_folder, replacing
from engine.store.reports.attempts import ATTEMPTS
from engine.store.reports.contact import STATUS_COLUMNS, contacts, status_rows
from engine.tables import write_csv
from simulator.runs import Run


def write_report(sql: sqlite3.Connection, run: Run, folder: Path) -> None:
    """`report.html`, `timeline.svg`, `endings-CAMPAIGN.svg`, `contact-CAMPAIGN.svg`, `limits.svg`,
    `contact.csv` and `attempts.csv`, each whole or not at all."""
    from simulator.charts import contact_svg, endings_svg, limits_svg, timeline_svg
    from simulator.limit_rates import limit_rates
    from simulator.report_html import page
    from simulator.timeline import timeline

    assert run.report is not None
    make_folder(folder)
    line = timeline(sql, run.report)
    limits = limit_rates(sql, line)
    files = {"timeline.svg": timeline_svg(line, run.report.zone)}
    if limits:
        files["limits.svg"] = limits_svg(limits, line, run.report.zone)
    for campaign in run.report.campaigns:
        name = "".join(each if each.isalnum() or each in "-_." else "-" for each in str(campaign.name))
        if campaign.attempts:
            files[f"endings-{name}.svg"] = endings_svg(campaign)
        if campaign.life.called:
            files[f"contact-{name}.svg"] = contact_svg(campaign.life)
    files["report.html"] = page(run, line, limits)
    with replacing(folder / "attempts.csv") as stream:
        write_csv(ATTEMPTS.columns, ATTEMPTS.rows(sql), stream)
    with replacing(folder / "contact.csv") as stream:
        write_csv(STATUS_COLUMNS, (row for each in contacts(sql) for row in status_rows(each)), stream)
    for name, text in files.items():
        with replacing(folder / name) as stream:
            stream.write(text)
