"""What changes much is asked once more, unless the command line has said yes already."""

import sys
from typing import Annotated, Final, TypeAlias

from cyclopts import Parameter

Yes: TypeAlias = Annotated[
    bool, Parameter(negative="", show_default=False, help="Do it without asking once more.")
]

_YES: Final = ("y", "yes")


def confirmed(question: str, *, yes: bool) -> bool:
    """Whether a person, or --yes, agrees. Raises InputError where there is nobody to ask."""
    from engine.errors import InputError

    if yes:
        return True
    if not sys.stdin.isatty():
        raise InputError([f"{question} Nobody is there to answer: say --yes"])
    return input(f"{question} [y/N] ").strip().lower() in _YES
