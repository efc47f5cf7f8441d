"""How long evidence has to be kept: the longest rule, from the last call to the lead."""

from pathlib import Path
from typing import Any, Final

import pytest

from engine.compliance.dial import months_after
from engine.config.regimes import Regimes
from engine.config.rulebook import operator_of, shipped_rules
from engine.config.yaml import parse
from engine.domain.time import DAY, Instant
from engine.store.evidence.retention import COLUMNS, retention_rows
from engine.store.reading import reading
from tests.evidence.day import run
from tests.store.desks import NOW

OURS: Final = """\
reviewed: 2026-01-01
rules:
  OURS-RECORDS:
    kind: records
    summary: We keep everything for two years.
    citation: house rule
    months: 24
    confidence: high
"""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("evidence") / "day.db")


def rows(db: Path, now: Instant, text: str = "", campaign: str | None = "sell") -> list[dict[str, Any]]:
    operator = operator_of(parse(text.encode(), file="ours"), shipped_rules()) if text else None
    names = [column.name for column in COLUMNS]
    with reading(db) as sql:
        found = retention_rows(sql, Regimes(operator), campaign=campaign, now=now)
        return [dict(zip(names, row, strict=True)) for row in found]


def test_nothing_is_old_before_its_months_are_over_and_all_is_after_the_last_of_them(db: Path) -> None:
    (fresh,) = rows(db, NOW + DAY)
    assert (fresh["rule"], fresh["months"], fresh["attempts"], fresh["past"]) == ("UK-RECORDS", 6, 3, 0)
    with reading(db) as sql:
        last = [
            at for (at,) in sql.execute("SELECT last_ended_at FROM leads WHERE key IN ('ann', 'bob', 'cat')")
        ]
    assert fresh["kept_until"] == months_after(min(last), 6)
    past = [rows(db, months_after(at, 6) + late)[0]["past"] for at in sorted(last) for late in (-1, 1)]
    assert past == [0, 1, 1, 2, 2, 3]


def test_the_longest_rule_decides_an_operators_too(db: Path) -> None:
    ours, theirs = rows(db, NOW + 365 * DAY, OURS)
    assert (ours["rule"], ours["decides"], ours["past"]) == ("OURS-RECORDS", True, 0)
    assert (theirs["rule"], theirs["decides"], theirs["past"]) == ("UK-RECORDS", False, 3)


def test_a_campaign_that_no_rule_concerns_has_a_row_that_says_so(db: Path) -> None:
    found = {row["campaign"]: row for row in rows(db, NOW, campaign=None)}
    assert set(found) == {"sell", "remind", "rest"}
    assert (found["remind"]["rule"], found["remind"]["attempts"], found["remind"]["past"]) == (None, 2, None)
