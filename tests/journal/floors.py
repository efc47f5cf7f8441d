"""Small scenarios that between them reach every kind of decision, and their journals."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.domain.time import HOUR
from engine.journal.chain import GENESIS, Line, encode, link
from engine.journal.events import Event
from engine.journal.export import stored
from simulator.fence import Side
from simulator.scenario import load
from simulator.store import opened
from simulator.world import World

SCENARIOS: Final = Path(__file__).parent.parent.parent / "scenarios"

AGENT_FIRST: Final = """
lists:
  customers:
    leads:
      - {key: alice, phones: ["+442079460001"]}
      - {key: bob, phones: ["+442079460002"]}
      - {key: bobs-wife, phones: ["+442079460002"]}
      - {key: carol, phones: ["+442079460003"]}
pools:
  sales: {nailed_up: false}
agents:
  ann: {pool: sales}
  ben: {pool: sales}
campaigns:
  orders:
    mode: agent-first
    lists: [customers]
    pool: sales
    agent_attempts: {max: 3, interval: 10m}
    customer_attempts: {max: 2, interval: 60m}
    business_hours: {zone: Europe/London, week: {mon-fri: ["09:00-11:00"]}}
simulation:
  guards: Agents come first, and households share a number.
  seed: 7
  start: 2026-03-02T09:00:00Z
  end: 2026-03-03T18:00:00Z
  scripts:
    "+442079460001": [no-answer, {human: {rings: 4s, talks: 90s}}]
    "+442079460002": {entries: [busy, busy, {human: {rings: 4s, talks: 20s}}], at_end: repeat}
    "+442079460003": {entries: [no-answer], at_end: repeat}
  agents:
    ann: {script: [no-answer]}
    ben: {script: [rejected]}
"""

CUSTOMER_FIRST: Final = """
lists:
  a:
    ownership: {enabled: true, duration: 20m, near: 5m, update_every: 10m}
    leads: [LEADS_A]
  b: {leads: [LEADS_B]}
pools:
  floor: {nailed_up: NAILED}
agents:
  agent-[1-3]: {pool: floor}
campaigns:
  power:
    mode: power
    ratio: 3
    lists: [a]
    pool: floor
    attempts: {max: 3, interval: 5m}
    retry: {busy: {after: 2m, max: 2}, abandoned: {after: 20m}}
    amd: {enabled: true, on_machine: message}
  progressive:
    mode: progressive
    lists: [b, a]
    pool: floor
    attempts: {max: 2, interval: 5m}
  looks:
    mode: preview
    lists: [b]
    pool: floor
    attempts: {max: 2, interval: 5m}
  robot:
    mode: agentless
    lists: [b]
    lines: 2
    attempts: {max: 2, interval: 5m}
    flow: [dial customer, {play: news}]
simulation:
  guards: Campaigns share agents and leads.
  seed: 11
  start: 2026-03-02T09:00:00Z
  end: 2026-03-02T11:00:00Z
  network: {channels: 9, calls_per_second: 5}
  people:
    "*":
      responses: {human: 0.6, machine: 0.1, busy: 0.1, rejected: 0.05}
      talks: {lognormal: {mean: 40s, cv: 0.5}}
      waits: {exponential: 20s}
  agents:
    agent-[1-3]: {answers: 0.9, previews: [accept, skip, ignore]}
  timeline:
    - {at: 4m, pause: {agent: agent-1}}
    - {at: 6m, ready: agent-1}
    - {at: 7m, log_out: agent-2}
    - {at: 8m, log_in: agent-2}
    - {at: 9m, campaign: {pause: power}}
    - {at: 12m, campaign: {resume: power}}
    - {at: 15m, store: fail}
    - {at: 16m, store: recover}
    - {at: 18m, carrier: down}
    - {at: 19m, carrier: up}
    - {at: 20m, campaign: {stop: progressive}}
    - {at: 22m, campaign: {start: progressive}}
    TIMELINE
"""


def customer_first(*, nailed_up: bool, crash: bool) -> str:
    leads = ", ".join(f'{{key: a{n}, phones: ["+4420794601{n:02}"]}}' for n in range(30))
    others = ", ".join(f'{{key: b{n}, phones: ["+4420794602{n:02}"]}}' for n in range(10))
    text = CUSTOMER_FIRST.replace("LEADS_A", leads).replace("LEADS_B", others)
    text = text.replace("NAILED", "true" if nailed_up else "false")
    return text.replace("TIMELINE", "- {at: 10m, crash: {down_for: 30s}}" if crash else "")


def ruled() -> str:
    """A campaign that keeps rules: its calls are limited, and who was abandoned rests."""
    detection = "    amd: {enabled: true, on_machine: message}\n"
    rules = '    caller_id: "+442079460999"\n    compliance: {profiles: [uk-collections]}\n'
    text = customer_first(nailed_up=False, crash=False)
    assert detection in text
    return text.replace(detection, rules)


FLOORS: Final = {
    "agent-first": AGENT_FIRST,
    "standing calls": customer_first(nailed_up=True, crash=False),
    "agents called": customer_first(nailed_up=False, crash=False),
    "rules": ruled(),
    "crash": customer_first(nailed_up=True, crash=True),
    "crash, agents called": customer_first(nailed_up=False, crash=True),
}


LONGEST: Final = 2 * HOUR  # of the demo's working day; every other scenario runs to its end


def journal_of(path: Path, *, crash_at: tuple[int, Side] | None = None) -> list[Line]:
    """The journal of the scenario in a file."""
    scenario = load(path)
    plan = scenario.plan
    if path.name == "demo.yaml":
        plan = replace(plan, end=min(plan.end, plan.start + LONGEST))
    with opened(None) as sql:
        World(scenario.configuration, plan, sql, crash_at=crash_at).run()
        return list(stored(sql))


def floor_journal(name: str, folder: Path, *, crash_at: tuple[int, Side] | None = None) -> list[Line]:
    """The journal of one of FLOORS."""
    path = folder / "scenario.yaml"
    path.write_text(FLOORS[name])
    return journal_of(path, crash_at=crash_at)


def rechained(lines: list[Line]) -> list[Line]:
    """The lines with hashes as if they had been written so."""
    head, made = GENESIS, []
    for line in lines:
        text = encode(line.epoch, line.seq, line.at, line.event)
        head = link(head, text)
        made.append(Line(line.epoch, line.seq, line.at, line.event, head, text))
    return made


def changed(lines: list[Line], index: int, event: Event) -> list[Line]:
    """The lines with one event in place of another, and the chain made good."""
    old = lines[index]
    new = Line(old.epoch, old.seq, old.at, event, old.hash, old.text)
    return rechained([*lines[:index], new, *lines[index + 1 :]])
