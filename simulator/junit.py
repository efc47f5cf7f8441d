"""Expectations as JUnit XML: a suite for each scenario, a case for each expectation."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from engine.files import replacing
from simulator.runs import Run


def write_junit(runs: Sequence[Run], path: Path) -> None:
    """Write the file whole, or raise InputError."""
    root = ET.Element("testsuites", name="dialer run")
    for run in runs:
        root.append(_suite(run))
    ET.indent(root)
    with replacing(path) as stream:
        stream.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
        )


def _suite(run: Run) -> ET.Element:
    wall = run.report.wall_seconds if run.report is not None else None
    cases = list(run.verdicts)
    suite = ET.Element(
        "testsuite",
        name=str(run.path),
        tests=str(len(cases) + 1),
        failures=str(len(run.failed)),
        errors="1" if run.failure is not None else "0",
        time=f"{wall or 0:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="guards", value=run.scenario.plan.guards)
    ET.SubElement(properties, "property", name="seed", value=str(run.scenario.plan.seed))
    name = run.path.stem
    ran = ET.SubElement(suite, "testcase", classname=name, name=f"runs: {run.scenario.plan.guards}")
    if run.failure is not None:
        problem = f"{type(run.failure).__name__}: {run.failure}"
        ET.SubElement(ran, "error", type=type(run.failure).__name__, message=_clean(problem))
    for verdict in cases:
        case = ET.SubElement(suite, "testcase", classname=name, name=verdict.name)
        if not verdict.held:
            failure = ET.SubElement(case, "failure", message=f"{verdict.name} did not hold")
            failure.text = _clean(verdict.message)
    return suite


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(character for character in text if character >= " " or character in "\n\t")
