"""A short day with every kind of evidence: an agent, an abandoned call, a message, refusals and a crash."""

import io
import json
from pathlib import Path
from typing import Any, Final

from engine import __version__
from engine.store.connection import open_store
from engine.store.evidence.chained import Format
from engine.store.evidence.export import Exported, Wanted, export
from engine.store.reading import reading
from simulator.scenario import load
from simulator.world import World

DAY: Final = """\
users:
  sue: {role: supervisor}
  ada: {role: administrator}
  vera: {role: agent, rights: [see-reports]}
  alf: {role: agent}
lists:
  people:
    leads:
      - {key: ann, phones: ["+442079460001"], attributes: {postcode: "SW1A 1AA"}}
      - {key: bob, phones: ["+442079460002"]}
      - {key: cat, phones: ["+442079460003"]}
      - {key: dan, phones: ["+442079460004"]}
      - {key: usa, phones: ["+12125550101"]}
  patients: {leads: [{key: pat, phones: ["+442079460005"]}, {key: pia, phones: ["+442079460006"]}]}
  late: {leads: [{key: lea, phones: ["+442079460007"]}]}
registries:
  tps: {version: 2026-02-20, numbers: ["+442079460009"]}
dnc: ["+442079460004"]
pools: {sales: {nailed_up: false, misses_before_pause: 9}, care: {}}
agents: {eve: {pool: sales}, joe: {pool: care}}
campaigns:
  sell:
    mode: progressive
    lists: [people]
    pool: sales
    attempts: {max: 1, interval: 1h}
    caller_id: "+442079460999"
    compliance: {profiles: [uk-sales], seller: acme, subject: roofs}
  remind: {mode: agentless, lists: [patients], attempts: {max: 1, interval: 1h}, lines: 2,
    flow: [dial customer, play: reminder]}
  rest: {mode: preview, lists: [late], pool: care, attempts: {max: 1, interval: 1h}}
simulation:
  guards: Every call leaves evidence.
  seed: 4
  start: 2026-03-02T08:55:00Z
  end: 2h
  scripts:
    "+442079460001": [{human: {rings: 8s, talks: 5s}}]
    "+442079460002": [no-answer]
    "+442079460003": [{human: {rings: 4s, waits: 60s}}]
    "+442079460005": [{human: {rings: 3s, waits: 60s}}]
    "+442079460006": [busy]
    "+442079460007": [{human: {rings: 20s, talks: 5m}}]
  agents:
    eve: {script: [{answers: {rings: 1s}}, no-answer]}
    joe: {}
  timeline:
    - {at: 20s, crash: {down_for: 1m}}
"""


def run(path: Path, text: str = DAY, folder: Path | None = None) -> Path:
    """The store of a run of a scenario."""
    scenario_file = (folder or path.parent) / f"{path.stem}.yaml"
    scenario_file.write_text(text, encoding="utf-8")
    scenario = load(scenario_file)
    sql = open_store(path, durable=False)
    try:
        World(scenario.configuration, scenario.plan, sql).run()
    finally:
        sql.close()
    return path


CALLS: Final = Wanted()
WITH_REFUSALS: Final = Wanted(refusals=True)


def exported(
    db: Path, wanted: Wanted = WITH_REFUSALS, format: Format = Format.JSONL, at: int = 0
) -> tuple[Exported, str]:
    """What was done, and the export."""
    stream = io.StringIO()
    with reading(db) as sql:
        done = export(sql, wanted, stream, format=format, version=__version__, at=at, source=str(db))
    return done, stream.getvalue()


def documents(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]
