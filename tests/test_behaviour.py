"""Every behaviour that the vendor's documents describe is held by a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/reference/behaviour.md"
ROW = re.compile(r"^\| (?P<sentence>[^|]+) \| (?P<tests>[^|]+) \|$")
NAMED = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[str, list[str]]]:
    """The sentences of the page, with the tests that hold each."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        match = ROW.match(line)
        if match and not set(match["sentence"]) <= set("-: ") and match["sentence"].strip() != "behaviour":
            found.append((match["sentence"].strip(), NAMED.findall(match["tests"])))
    return found


ROWS = rows()


def test_the_page_has_the_behaviour_of_every_document() -> None:
    assert len(ROWS) > 100


@pytest.mark.parametrize("row", ROWS, ids=[sentence[:60] for sentence, _ in ROWS])
def test_a_behaviour_is_held_by_tests_that_exist(row: tuple[str, list[str]]) -> None:
    sentence, tests = row
    assert tests, f"no test is named for: {sentence}"
    for test in tests:
        path, _, name = test.partition("::")
        file = ROOT / path
        assert file.is_file(), f"{test}: there is no such file"
        if name:
            text = file.read_text(encoding="utf-8")
            assert re.search(rf"^(async )?def {re.escape(name)}\(", text, re.MULTILINE), (
                f"{test}: is not there"
            )
