"""Many names in one: `agent-[01-25]` stands for agent-01, agent-02, … agent-25."""

import re
from difflib import get_close_matches
from typing import Final

NAME_MAX = 100  # characters: a name is for people to read
EXPANSION_MAX = 10_000  # names from one pattern; more agents than any floor has

_RANGE: Final = re.compile(r"^([^\[\]]*)\[([0-9]+)-([0-9]+)\]([^\[\]]*)$")
_NAME: Final = re.compile(r"^\w(?:[\w .@+:/-]*[\w.@+-])?$")


def check_name(text: str) -> str:
    """A name that reads well in every report. Raises ValueError."""
    if not text:
        raise ValueError("is empty")
    if len(text) > NAME_MAX:
        raise ValueError(f"is longer than {NAME_MAX} characters")
    if _NAME.fullmatch(text) is None:
        raise ValueError(f"is {text!r}; a name has letters, digits, spaces and . - _ @ + : / only")
    return text


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


def did_you_mean(text: object, known: list[str] | tuple[str, ...]) -> str:
    """`; did you mean 'this'?` for the closest known word, or nothing."""
    if not isinstance(text, str):
        return ""
    close = get_close_matches(text.casefold(), known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def listed(words: list[str] | tuple[str, ...], last: str = "or") -> str:
    """`a, b or c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
