"""Imports point one way, decisions are pure, rooms stay small. Read from the source, nothing is run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
LINES_MAX: Final = 450  # a longer module has two subjects
VOCABULARIES: Final = ("engine.journal.events",)  # one short class a word: as long as the language

DECISIONS: Final = (
    "attempts",
    "compliance",
    "pacing",
    "selection",
    "calls.assignment",
    "segments",
    "resets",
    "ownership",
)
FILES: Final = ("errors", "files", "names", "tables", "terminal", "tz_database")

MAY_IMPORT: Final[dict[str, tuple[str, ...]]] = {
    # the vocabulary, and what everyone may use
    "engine": (),
    "engine.domain": (),
    "engine.errors": (),
    "engine.names": (),
    "engine.chance": (),
    "engine.numbering": (),
    "engine.phones": (),
    "engine.ports": ("domain",),
    "engine.files": ("errors",),
    "engine.terminal": (),
    "engine.tables": ("domain",),
    "engine.tz_database": ("errors", "compliance"),
    # decisions: values in, values out
    "engine.compliance": ("domain",),
    "engine.compliance.caller_ids": ("domain", "phones", "compliance"),
    "engine.attempts": ("domain", "compliance"),
    "engine.pacing": ("domain",),
    "engine.selection": ("domain", "chance"),
    "engine.segments": ("domain",),
    "engine.ownership": ("domain",),
    "engine.resets": ("domain", "segments"),
    "engine.calls.assignment": ("domain",),
    "engine.journal.events": ("domain", "journal.event", "journal.gate_events", "journal.lead_events"),
    "engine.journal.gate_events": ("domain", "journal.event"),
    "engine.journal.lead_events": ("domain", "journal.event"),
    "engine.journal.views": ("domain", "compliance"),
    "engine.journal.values": ("domain", "attempts", "journal.events", "journal.views"),
    "engine.journal.floor": (
        "domain", "attempts", "pacing.port", "journal.events", "journal.views", "journal.values",
    ),
    # what remembers and what is configured
    "engine.config": ("domain", "errors", "names", "phones", "resets", "compliance"),
    "engine.journal": ("", "domain", "errors", "ports", "chance", "config", *DECISIONS),
    "engine.store": (
        "domain", "errors", "ports", "phones", "numbering", "tables", "names", "config.policies",
        "config.purposes", "config.times", "config.yaml",
        "config.rulebook", "config.regimes", "journal",
        "attempts", "compliance", "ownership", "selection", "segments", "resets",
    ),
    "engine.registries": ("domain", "compliance"),
    "engine.registries.shelf": ("domain", "errors", "files", "registries"),
    "engine.registries.columns": ("errors", "names", "store.csv_lines", "store.problems"),
    "engine.registries.spelling": ("numbering", "phones"),
    "engine.registries.known": ("domain", "errors", "names", "phones", "compliance", "registries"),
    "engine.registries.given": ("domain", "errors", "store", "registries"),
    "engine.registries.importing": ("domain", "errors", "phones", "store", "compliance", "registries"),
    # what happens: carriers and call loops, and the lifetimes around them
    "engine.calls": ("domain", "errors", "ports", "journal", "store", "attempts", "compliance"),
    "engine.calls.bell": ("domain", "ports"),
    "engine.carriers": ("domain", "errors", "ports", "calls.bell"),
    "engine.runtime": (
        "", "domain", "errors", "ports", "chance", "config", "journal", "store", "calls", *DECISIONS,
    ),
    # people
    "engine.explain": (
        "domain", "errors", "names", "tables", "config", "journal", "store.reading", "store.gates",
        "store.gate_summary", *DECISIONS,
    ),
    "engine.cli": (
        "", "domain", "config", "journal", "store", "explain", "runtime", "carriers", "registries",
        "segments.plain", "resets", "compliance", "phones", *FILES,
    ),
    # the simulator: its people and network know nothing of the engine's inside, its checkers neither
    "simulator": ("", "domain", "config", "journal", "store", *FILES),
    "simulator.determinism": (),
    "simulator.fence": ("errors",),
    "simulator.clock": ("domain", "ports"),
    "simulator.plan": ("domain",),
    "simulator.store_plan": ("domain", "resets"),
    "simulator.distributions": ("domain",),
    "simulator.people": ("domain", "errors", "chance"),
    "simulator.agents": ("domain", "chance"),
    "simulator.network": ("domain", "ports"),
    "simulator.carrier": ("domain", "ports", "calls.bell"),
    "simulator.staff": ("domain", "errors", "ports", "runtime.desk"),
    "simulator.store": (
        "domain", "errors", "ports", "journal.writer", "store.connection", "store.transaction",
    ),
    "simulator.store_actions": ("domain", "store", "registries"),
    "simulator.checkers": ("domain", "chance", "config", "journal.events"),
    "simulator.checkers.rules": ("domain", "config", "journal.events", "compliance", "phones"),
    "simulator.scenario": ("domain", "config", "names", "phones", "resets"),
    "simulator.scenario.rules": ("domain", "errors", "names", "config"),
    "simulator.world": (
        "", "domain", "errors", "ports", "config", "journal", "store", "registries", "runtime", "calls.bell",
    ),
}  # fmt: skip
"""What a package may import of the engine, besides itself: the row with the longest name that fits counts.
`""` is the package `engine` itself, for its version. Whatever is in `simulator` may import `simulator`, and
nothing in `engine` may; `engine.cli` loads `simulator.commands` by name.
"""

PURE: Final = (
    "engine.domain",
    "engine.attempts",
    "engine.compliance",
    "engine.pacing",
    "engine.selection",
    "engine.segments",
    "engine.ownership",
    "engine.resets",
    "engine.calls.assignment",
    "engine.journal.events",
    "engine.journal.views",
    "engine.journal.values",
    "engine.journal.floor",
    "engine.chance",
)
IMPURE: Final = frozenset(
    {"time", "random", "secrets", "uuid", "os", "sys", "io", "pathlib", "sqlite3", "asyncio", "threading"}
    | {"multiprocessing", "subprocess", "socket", "logging", "structlog", "trio", "pyee", "numpy"}
)
CLOCK_OF_THE_MACHINE: Final = {
    "engine.terminal": "how often a progress bar is drawn",
    "engine.cli.office": "when a person gives a command",
    "engine.cli.reset_shown": "how long a reset leaves the store to others",
    "simulator.commands": "the years that a time of day may be in",
    "simulator.runs": "how long a run took",
}
"""Everything else is told the time by a port."""
CHANCE_OF_THE_MACHINE: Final = {"simulator.determinism": "makes trio's own generator repeat itself"}


def modules() -> Iterator[tuple[str, Path]]:
    for top in ("engine", "simulator"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


MODULES: Final = dict(modules())


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere in the tree, by its whole name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                whole if (whole := f"{node.module}.{alias.name}") in MODULES else node.module
                for alias in node.names
            )


def row_of(module: str) -> str:
    return max((row for row in MAY_IMPORT if inside(module, row)), key=len)


def wrong_imports(module: str, source: str) -> list[str]:
    """The imports of a module that its row does not allow."""
    row = row_of(module)
    wrong = []
    for name in imported(ast.parse(source)):
        if inside(name, "simulator"):
            allowed = inside(module, "simulator")
        elif inside(name, "engine"):
            own = row != "engine" and inside(name, row)
            allowed = own or any(
                name == "engine" if part == "" else inside(name, f"engine.{part}") for part in MAY_IMPORT[row]
            )
        else:
            allowed = True
        if not allowed:
            wrong.append(name)
    return wrong


def impurities(module: str, source: str) -> list[str]:
    """What a module uses that no module may, or that none like it may."""
    tree, found = ast.parse(source), []
    pure = any(inside(module, package) for package in PURE)
    banned = {*(IMPURE if pure else ()), "uuid", "secrets"}
    if module not in CHANCE_OF_THE_MACHINE:
        banned |= {"random"}
    if module not in CLOCK_OF_THE_MACHINE:
        banned |= {"time"}
    found += [name for name in imported(tree) if name.split(".")[0] in banned]
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="hash")):
                found.append("hash()")
            case ast.Attribute(attr="now" | "utcnow" | "today", value=ast.Name(id="datetime" | "date")):
                if module not in CLOCK_OF_THE_MACHINE:
                    found.append(f"datetime.{node.attr}")
            case ast.Attribute(attr="_core" | "_run"):
                if module not in CHANCE_OF_THE_MACHINE:
                    found.append(f"the inside of a library: {node.attr}")
            case ast.ImportFrom(level=level) if level:
                found.append("a relative import")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    assert wrong_imports(module, MODULES[module].read_text("utf-8")) == []


@pytest.mark.parametrize("module", MODULES)
def test_nothing_decides_by_the_machines_clock_or_chance_and_decisions_do_nothing_else(module: str) -> None:
    assert impurities(module, MODULES[module].read_text("utf-8")) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_its_rule_is_small_and_leaves_nothing_to_be_done(module: str) -> None:
    source = MODULES[module].read_text("utf-8")
    assert ast.get_docstring(ast.parse(source)), "no module docstring"
    assert len(source.splitlines()) <= LINES_MAX or module in VOCABULARIES
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", source)


def test_every_row_of_the_table_has_its_package_and_every_package_its_row() -> None:
    assert [row for row in MAY_IMPORT if row not in MODULES] == []
    packages = {".".join(name.split(".")[:2]) for name in MODULES if inside(name, "engine")}
    assert sorted(packages - set(MAY_IMPORT)) == []
    assert [
        name for name in (*PURE, *CLOCK_OF_THE_MACHINE, *CHANCE_OF_THE_MACHINE) if name not in MODULES
    ] == []


def test_nobody_loads_a_module_by_name_but_the_command_line() -> None:
    loaders = [
        name
        for name, path in MODULES.items()
        if re.search(r"import_module|__import__|exec\(|\beval\(", path.read_text("utf-8"))
    ]
    assert loaders == ["engine.cli.scenarios"]
    assert '"simulator.commands"' in MODULES["engine.cli.scenarios"].read_text("utf-8")


@pytest.mark.parametrize(
    ("module", "line", "wrong"),
    [
        ("engine.pacing.ratio", "from engine.store import changes", ["engine.store.changes"]),
        ("engine.pacing.ratio", "from engine.ports import Clock", ["engine.ports"]),
        ("engine.pacing.ratio", "from engine.pacing.port import Pacer", []),
        ("engine.calls.call", "def f():\n    import engine.runtime.desk", ["engine.runtime.desk"]),
        ("engine.calls.assignment", "from engine.calls.bell import Bell", ["engine.calls.bell"]),
        ("engine.cli.scenarios", "import simulator.world", ["simulator.world"]),
        ("engine.store.changes", "from engine.config import Configuration", ["engine.config"]),
        ("simulator.people", "from engine.runtime.desk import Desk", ["engine.runtime.desk"]),
        ("simulator.people", "from simulator.plan import Plan", []),
    ],
)
def test_a_wrong_import_is_found_out(module: str, line: str, wrong: list[str]) -> None:
    assert wrong_imports(module, line) == wrong


@pytest.mark.parametrize(
    ("module", "line", "found"),
    [
        ("engine.pacing.ratio", "import trio", ["trio"]),
        ("engine.pacing.ratio", "from os.path import join", ["os.path"]),
        ("engine.runtime.desk", "import trio", []),
        ("engine.runtime.desk", "import random", ["random"]),
        ("engine.runtime.desk", "from time import time", ["time"]),
        ("engine.runtime.desk", "at = datetime.now(UTC)", ["datetime.now"]),
        ("engine.runtime.desk", "now = self.clock.now()", []),
        ("simulator.network", "key = hash(leg)", ["hash()"]),
        ("simulator.network", "from uuid import uuid4", ["uuid"]),
        ("simulator.network", "from . import plan", ["a relative import"]),
        ("simulator.network", "trio._core.spin()", ["the inside of a library: _core"]),
    ],
)
def test_an_impurity_is_found_out(module: str, line: str, found: list[str]) -> None:
    assert impurities(module, line) == found
