"""The scenario files, and what is said of them in scenarios/README.md.

`python -m tests.scenarios.library` writes that page again.
"""

import sqlite3
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from engine.config import yaml
from simulator.runs import Run, run_scenario
from simulator.scenario import load

ROOT: Final = Path(__file__).parents[2] / "scenarios"
FILES: Final = sorted(ROOT.glob("*/**/*.yaml"))  # the demo, above the folders, is a day of 10,000 leads
README: Final = ROOT / "README.md"

_INTRODUCTION: Final = """\
# Scenarios

Each file is a small world with one sentence that says what it guards. `dialer run scenarios` runs them all in
virtual time, and a test does. The scheduler, the process and its hash seed make no difference to any journal.

This page is made by `python -m tests.scenarios.library`.
"""

_FOLDERS: Final = {
    "abandonment": "Limits on abandoned calls: what is begun beyond the free agents, and what is counted.",
    "agent-first": "The agent is called first, and the customer only once the agent has answered.",
    "agent-first/paths": "Agent attempts 3, ten minutes apart; customer attempts 2, an hour apart: every way"
    " to the end.",
    "agentless": "Messages and keys, without agents.",
    "amd": "Answering-machine detection.",
    "business-hours": "When customers may be called: closing time, weekends, holidays, clock changes.",
    "callbacks": "Promised calls: by anyone or one agent, held, late, moved, kept by another campaign.",
    "campaigns": "Starting, pausing, draining and stopping; campaigns that share a pool.",
    "compliance": "What rules ask of a call: hours, rests, caps, consents, registries, caller ids.",
    "contact": "Contact status and number of calls: failed contacts, bad connections, provisional and final.",
    "crash": "The engine dies, the network lives on, and another engine takes over.",
    "customer-first": "Preview, progressive and power.",
    "dispositions": "Result codes: final, not counting, forbidding calls, with retries.",
    "dnc": "Do-not-call entries and consents: by number and person, given, taken back.",
    "lists": "Leads and cases: empty, exhausted, shared.",
    "network": "Trunks, channels, outages, and ends that are lost, late, repeated or out of order.",
    "ownership": "Which campaign owns a lead, how long, and who waits for it.",
    "population": "A few hundred people and a floor of agents.",
    "resets": "Lead Management: making leads dialable again, and what keeps a lead out of it.",
    "segments": "Leads that move in and out of segments, and what jobs see of it.",
    "selection": "What is dialed next: places of lists and campaigns, order of leads, several phones.",
    "staff": "What agents do: come, miss calls, pause, leave.",
    "store": "A store that is slow or away.",
    "users": "Who may do what.",
}


def name(path: Path) -> str:
    """As it is shown: the path below scenarios/."""
    return path.relative_to(ROOT).as_posix()


@cache
def guards(path: Path) -> str:
    """The file's own sentence."""
    sentence: str = yaml.read(path).data["simulation"]["guards"]
    return sentence


@cache
def run(path: Path) -> tuple[Run, str]:
    """The scenario, run once for all tests, with checkers beside the world; and the head of its journal."""
    heads: list[str] = []
    done = run_scenario(load(path), afterwards=lambda run, sql: heads.append(head(sql)))
    if done.failure is not None:
        raise done.failure
    return done, heads[0]


def head(sql: sqlite3.Connection) -> str:
    """The last hash of the journal's chain, which covers every byte of it, and how many lines there are."""
    lines, last = sql.execute(
        "SELECT count(*), (SELECT hash FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1) FROM journal"
    ).fetchone()
    return f"{lines}:{last}"


def index() -> str:
    """The page: a table for each folder."""
    parts = [_INTRODUCTION]
    for folder, paths in groupby(sorted(FILES, key=lambda path: (name(path.parent), path.name)), _folder):
        parts.append(f"## {folder}\n\n{_FOLDERS[folder]}\n\n| file | guards |\n|---|---|")
        parts += [f"| [{path.stem}]({name(path)}) | {guards(path)} |" for path in paths]
        parts.append("")
    return "\n".join(parts)


def _folder(path: Path) -> str:
    return name(path.parent)


if __name__ == "__main__":
    README.write_text(index(), encoding="utf-8")
