"""Names as people read and mistype them: what is one, which one was meant, and several in a sentence."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

NAME_MAX: Final = 100  # characters: a name is for people to read

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


def did_you_mean(text: object, known: Sequence[str]) -> str:
    """`; did you mean 'this'?` for the closest known word, or nothing."""
    if not isinstance(text, str):
        return ""
    folded = {word.casefold(): word for word in known}
    close = get_close_matches(text.casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""


def listed(words: Sequence[str], last: str = "or") -> str:
    """`a, b or c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def counted(count: int, one: str, several: str | None = None) -> str:
    """`1 lead`, `2 leads`; or with the words for `several`, which may go on with a verb: `2 cases are`."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
