"""The pages of docs/ that are made from the code. `make docs` writes them; a test compares them."""

import dataclasses
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

from engine.cli import app
from engine.compliance import wording
from engine.compliance.rules import Basis, Rule
from engine.config.rulebook import shipped_profiles, shipped_rules
from engine.journal import events
from engine.store.evidence.records import ATTEMPT_FIELDS, REFUSAL_FIELDS
from engine.store.evidence.retention import COLUMNS as RETENTION_COLUMNS
from engine.store.reports.abandonment import ABANDONMENT_COLUMNS, CALL_COLUMNS
from engine.store.reports.attempts import ATTEMPTS
from engine.store.reports.cases import CASES
from engine.store.reports.contact import CALLS_COLUMNS, REACH_COLUMNS, STATUS_COLUMNS
from engine.store.reports.dispositions import DISPOSITIONS
from engine.store.reports.ownership import OWNERSHIP
from engine.store.reports.resets import RESETS
from engine.tables import Column
from simulator.expectations import COLUMNS as EXPECTED_COLUMNS
from simulator.figures import AGENT_FIGURES, CAMPAIGN_FIGURES
from simulator.scenario import json_schema

DOCS: Final = Path(__file__).parent
NOTE: Final = "<!-- Made by docs/generate.py: change the code, then run `make docs`. -->\n"


def pages() -> dict[str, str]:
    """Every generated file below docs/, with what it should hold."""
    return {
        "scenario.schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
        "reference/cli.md": command_line(),
        "reference/scenario.md": scenario(),
        "reference/journal.md": journal(),
        "reference/report.md": report(),
        "reference/rules.md": rules(),
        "reference/evidence.md": evidence(),
    }


# --- the command line -----------------------------------------------------------------------------

EXIT_CODES: Final = """
## Exit codes

| code | meaning |
|---|---|
| 0 | all is well: every expectation held, a replay came out the same |
| 1 | an expectation failed, or a replay differs |
| 2 | bad input: nothing was run or changed, and each problem was told on one line |
| 3 | the engine broke, or an invariant did; the message has the command, seed and version that repeat it |
| 130 | interrupted |
"""


def command_line() -> str:
    """From the commands' own help."""
    text = app.generate_docs()
    text = re.sub(r"^(dialer.*?) -m \S+", r"\1", text, flags=re.MULTILINE)  # how this program was started
    text = re.sub(r"## Table of Contents\n.*?(?=\*\*Commands\*\*)", "", text, flags=re.DOTALL)
    return NOTE + text.rstrip() + "\n" + EXIT_CODES


# --- scenario files -------------------------------------------------------------------------------

_DURATION: Final = "(?:([0-9]+"
_NAMES: Final = {
    "ScenarioFile": "A scenario file",
    "AmdModel": "amd (of a campaign)",
    "AmdSection": "amd (of the network)",
    "AgentModel": "agent",
    "AgentBehaviourModel": "agent behaviour",
    "CampaignSection": "campaign command",
    "CampaignModel": "campaign",
}


def scenario() -> str:
    """From the JSON Schema: a table for each kind of section."""
    schema = json_schema()
    sections = {"ScenarioFile": schema} | {
        name: each for name, each in schema["$defs"].items() if each.get("type") == "object"
    }
    ordered = ["ScenarioFile", *_in_order(schema, schema["$defs"])]
    parts = [NOTE, "# Scenario files\n", _SCENARIO_INTRODUCTION]
    for name in ordered:
        if name in sections and sections[name].get("properties"):
            parts.append(_section(name, sections[name], schema["$defs"]))
    parts.append(_expected_columns())
    return "\n".join(parts)


_SCENARIO_INTRODUCTION: Final = """\
YAML, read strictly: a key stands once, and text stays text (`no`, `20:00` and `"+442079460001"` are never
guessed to be something else). A duration is a number and a unit: `90s`, `10m`, `2h30m`, `250ms`, `30d`. A
time is ISO 8601 with a zone, or a duration after the start. `agent-[01-25]` stands for 25 names.

Everything but `simulation` is what an engine is told live, too. `dialer check FILE` reports every problem of
a file with its line; editors that know the YAML language server complete and check the keys, if the first
line is `# yaml-language-server: $schema=…/docs/scenario.schema.json`.
"""


def _in_order(node: Any, defs: dict[str, Any], seen: list[str] | None = None) -> list[str]:
    """The definitions in the order in which a reader meets them."""
    seen = [] if seen is None else seen
    found: list[str] = []
    for name in _references(node):
        if name not in seen and name not in found:
            found.append(name)
    seen += found
    for name in found:
        _in_order(defs[name], defs, seen)
    return seen


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        for key, value in node.items():
            if key != "$defs":
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _section(name: str, section: dict[str, Any], defs: dict[str, Any]) -> str:
    required = section.get("required", [])
    one_of = section.get("maxProperties") == 1
    lines = [f"## {title(name)}\n", section.get("description", "") + "\n"]
    if one_of:
        lines.append("Exactly one of these keys:\n")
    lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, shape in section["properties"].items():
        default = "required" if key in required and not one_of else _default(shape)
        meaning = shape.get("description", "").replace("|", "\\|")
        example = "".join(f" For example `{each}`." for each in shape.get("examples", [])[:1])
        lines.append(f"| `{key}` | {_kind(shape, defs)} | {default} | {meaning}{example} |")
    return "\n".join(lines) + "\n"


def title(name: str) -> str:
    """The heading of a section."""
    if name in _NAMES:
        return _NAMES[name]
    plain = re.sub(r"(Model|Section)$", "", name)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain).lower()


def _link(name: str) -> str:
    anchor = re.sub(r"[^a-z0-9 -]", "", title(name).lower()).replace(" ", "-")
    return f"[{title(name)}](#{anchor})"


def _default(shape: dict[str, Any]) -> str:
    default = shape.get("default")
    if default is None:
        return ""
    return f"`{json.dumps(default) if isinstance(default, bool) else default}`"


def _kind(shape: dict[str, Any], defs: dict[str, Any]) -> str:
    """What a value looks like, in words."""
    if "$ref" in shape:
        name = shape["$ref"].rpartition("/")[2]
        target = defs[name]
        if "enum" in target:
            return _words(target["enum"])
        return _link(name) if target.get("properties") else "`{}`"
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return _words(shape["enum"])
    if "anyOf" in shape or "oneOf" in shape:
        parts = dict.fromkeys(_kind(each, defs) for each in shape.get("anyOf", shape.get("oneOf", ())))
        return " or ".join(part for part in parts if part != "anything") or "anything"
    kind = shape.get("type")
    if kind == "array":
        return f"list of {_kind(shape.get('items', {}), defs)}"
    if kind == "object":
        values = shape.get("additionalProperties")
        return f"mapping to {_kind(values, defs)}" if isinstance(values, dict) else "mapping"
    pattern = shape.get("pattern", "")
    if _DURATION in pattern:
        return "duration"
    if "T" in pattern[-3:] or shape.get("format") == "date-time":
        return "time"
    if shape.get("format") == "date":
        return "date"
    if "24:00" in pattern:
        return "window, `09:00-17:30`"
    if kind == "integer":
        return "whole number"
    return {"number": "number", "boolean": "`true` or `false`", "null": "`~`"}.get(str(kind), _text(kind))


def _text(kind: Any) -> str:
    return "text" if kind == "string" or isinstance(kind, list) else "anything"


def _words(words: list[Any]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _expected_columns() -> str:
    columns = ", ".join(f"`{column}`" for column in EXPECTED_COLUMNS)
    return (
        "## Columns of expected attempts\n\n"
        f"The rows of an `attempts` expectation may have {columns}. The figures of a `count` expectation are "
        "in [the report](report.md), the lines of `events` and `never` in [the journal](journal.md).\n"
    )


# --- the journal ----------------------------------------------------------------------------------

_JOURNAL_INTRODUCTION: Final = """\
# The journal

One JSON object a line, in the order in which they were committed. Each has `epoch` (which start of the
engine, or which command), `seq` (from 1 in each epoch), `at` (microseconds since 1970 UTC), `kind`, the
fields of its kind, and in an exported file `hash`: SHA-256 over the hash of the line before and this line
without its own.
Lines hold ids, never the names or numbers of leads.

Commands write beside an engine, so lines of several epochs may stand among each other. The line before is
that of the same epoch; the first line of an epoch follows the last one that had been committed when it was
opened. An epoch begins with `engine.started` or `command.started`.

A *fact* is what the world did, a *decision* what the engine made of the facts before it. `dialer replay`
makes every decision of a journal again.
"""


def journal() -> str:
    """From the events' own docstrings and fields."""
    lines = [NOTE, _JOURNAL_INTRODUCTION, "| kind | fields | nature | meaning |", "|---|---|---|---|"]
    for event in get_args(events.AnyEvent):
        names = ", ".join(f"`{each.name}`" for each in dataclasses.fields(event))
        nature = "decision" if event.DECISION else "fact"
        lines.append(f"| `{event.KIND}` | {names} | {nature} | {_meaning(event)} |")
    return "\n".join(lines) + "\n"


def _meaning(event: type[Any]) -> str:
    """The docstring, unless it is the one that dataclasses make up."""
    text = event.__dict__.get("__doc__") or ""
    if text.startswith(f"{event.__name__}("):
        return ""
    return " ".join(inspect.cleandoc(text).split()).replace("|", "\\|")


# --- the report -----------------------------------------------------------------------------------

_REPORT_INTRODUCTION: Final = """\
# The report

`dialer run` prints it, `--report DIR` writes it as a page with plots, `--json` as JSON. Its figures can be
expected in a scenario by name: `- {count: abandoned_percent, campaign: orders, at_most: 3}`.

A *call* is a customer leg that was dialed. A *live answer* is an answered call that machine detection did not
take for a machine. What contact statuses are, and when they are final, is told
[on a page of its own](../explanation/contact-status.md).

`dialer reports` tells the tables below of any store, also while a campaign runs: as text, with `--csv FILE`
(or `-`) and with `--json`. In CSV, instants are UTC, to the second; durations are seconds. In JSON, both are
exact. Rows are written as they are read, so that a million of them take no more memory than ten.
"""


_TABLES: Final[dict[str, tuple[Column, ...]]] = {
    "Columns of the attempts": ATTEMPTS.columns,
    "Columns of the cases": CASES.columns,
    "Columns of the contact statuses": STATUS_COLUMNS,
    "Columns of the number of calls": CALLS_COLUMNS,
    "Columns of the reach": REACH_COLUMNS,
    "Columns of the dispositions": DISPOSITIONS.columns,
    "Columns of the ownership": OWNERSHIP.columns,
    "Columns of the resets": RESETS.columns,
    "Columns of the limits on abandoned calls": ABANDONMENT_COLUMNS,
    "Columns of the calls that they count": CALL_COLUMNS,
}
"""`dialer reports` lists each; the attempts are a file of the page as well."""


def report() -> str:
    """Figures, and the columns of every report."""
    lines = [NOTE, _REPORT_INTRODUCTION, "## Figures of the run, or of one campaign\n"]
    lines += ["| figure | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, (meaning, _) in CAMPAIGN_FIGURES.items()]
    lines += ["\n## Figures of the agents\n\nOf the whole run: agents work for a pool.\n"]
    lines += ["| figure | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, (meaning, _) in AGENT_FIGURES.items()]
    for title, columns in _TABLES.items():
        lines += [f"\n## {title}\n", "| column | meaning |", "|---|---|"]
        lines += [f"| `{column.name}` | {column.meaning} |" for column in columns]
    return "\n".join(lines) + "\n"


# --- evidence -------------------------------------------------------------------------------------

_EVIDENCE_INTRODUCTION: Final = """\
# Evidence

What `dialer evidence export` writes, a record a line. Instants are UTC, those by the called party's wall
clock are in the order of `zones`, and what nobody knows is null (nothing, in CSV). Each line ends in its
`hash`. How it is exported and verified is told in [a page of its own](../how-to/evidence.md).

The first line (kind `journal`) has the `edition` of these fields and the `version` that wrote it, the
`epochs`, the number of `lines`, the `first` and the `last` line of the journal, and what was `wanted`. The
last (kind `end`) has how many `records`, `attempts` and `refusals` there are. In CSV both stand in the
column `facts`.
"""


def evidence() -> str:
    """The fields of records, and the columns of the report on how long they are kept."""
    lines = [NOTE, _EVIDENCE_INTRODUCTION]
    fields = {"A record of an attempt": ATTEMPT_FIELDS, "A record of a refusal": REFUSAL_FIELDS}
    for title, meanings in fields.items():
        lines += [f"## {title}\n", "| field | meaning |", "|---|---|"]
        lines += [f"| `{name}` | {meaning} |" for name, meaning in meanings.items()]
        lines += [""]
    lines += ["## How long it is kept\n", "| column | meaning |", "|---|---|"]
    lines += [f"| `{column.name}` | {column.meaning} |" for column in RETENTION_COLUMNS]
    return "\n".join(lines) + "\n"


# --- the compliance rules -------------------------------------------------------------------------

_RULES_INTRODUCTION: Final = """\
# The compliance rules

**This is research, not legal advice.** The figures were compiled from public texts, guidance and trade
publications, some of them from general knowledge. Every rule shows how sure it is, what that rests on, and
when somebody last looked. Have counsel confirm what you rely on; how an operator changes a rule is told in
[how to set up compliance](../how-to/compliance.md), and what no engine can know is listed
[here](../explanation/compliance.md#what-the-engine-cannot-know).

`dialer rules list` lists the same, `dialer rules show RULE` has the notes to a rule, and
`dialer rules for NUMBER` tells which rules hold for a number.
"""


def rules() -> str:
    """From the files of rules: what the words mean, the profiles, and every rule by jurisdiction."""
    known = shipped_rules()
    lines = [NOTE, _RULES_INTRODUCTION, f"{len(known)} rules, version `{known.version}`.\n"]
    lines += ["## How sure a rule is\n", "| confidence | meaning |", "|---|---|"]
    lines += [f"| {confidence} | {meaning} |" for confidence, meaning in wording.CONFIDENCE_MEANS.items()]
    lines += ["\n## What a rule rests on\n", "| basis | meaning |", "|---|---|"]
    lines += [f"| {basis} | {wording.BASIS_MEANS[basis]} |" for basis in Basis]
    lines += ["\n## Profiles\n", "| profile | covers | purposes | rules | for |", "|---|---|---|---|---|"]
    lines += [
        f"| `{profile.name}` | {', '.join(profile.covers)} | {', '.join(profile.purposes)} "
        f"| {len(profile.rules(known))} | {profile.summary} |"
        for profile in shipped_profiles().values()
    ]
    for jurisdiction in known.jurisdictions:
        here = [rule for rule in known.rules if rule.jurisdiction == jurisdiction]
        lines += [f"\n## {jurisdiction}\n", _RULES_HEAD, *map(_rule, here)]
    return "\n".join(lines) + "\n"


_RULES_HEAD: Final = """\
| rule | says | for | in force | confidence | basis | citation | reviewed |
|---|---|---|---|---|---|---|---|"""


def _rule(rule: Rule) -> str:
    cells = (
        f"`{rule.id}`",
        wording.told(rule.terms),
        wording.whom(rule),
        wording.when(rule),
        rule.confidence,
        rule.basis,
        f"{rule.authority}: {rule.citation}",
        rule.reviewed.isoformat(),
    )
    return f"| {' | '.join(str(cell).replace('|', '/').replace('*', '&#42;') for cell in cells)} |"


def main() -> None:
    for name, text in pages().items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
