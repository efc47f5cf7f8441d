"""Many names in one: `agent-[01-25]` stands for agent-01, agent-02, … agent-25."""

import re
from typing import Final

from engine.names import check_name

EXPANSION_MAX = 10_000  # names from one pattern; more agents than any floor has

_RANGE: Final = re.compile(r"^([^\[\]]*)\[([0-9]+)-([0-9]+)\]([^\[\]]*)$")


def expand(pattern: str) -> list[str]:
    """The names that a pattern stands for; a plain name stands for itself. Raises ValueError."""
    if "[" not in pattern and "]" not in pattern:
        return [check_name(pattern)]
    match = _RANGE.fullmatch(pattern)
    if match is None:
        raise ValueError(f"is {pattern!r}; a range of names is written agent-[01-25]")
    before, first, last, after = match.groups()
    if int(first) > int(last):
        raise ValueError(f"is {pattern!r}; a range counts upwards")
    if int(last) - int(first) >= EXPANSION_MAX:
        raise ValueError(f"is {pattern!r}; a range has at most {EXPANSION_MAX:,} names")
    return [
        check_name(f"{before}{number:0{len(first)}}{after}") for number in range(int(first), int(last) + 1)
    ]
