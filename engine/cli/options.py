"""Options that several commands have."""

from pathlib import Path
from typing import Annotated, Any, TypeAlias

from cyclopts import Parameter

from engine.domain.time import Instant, instant
from engine.names import check_name

AsJson: TypeAlias = Annotated[
    bool,
    Parameter(
        name="--json", negative="", show_default=False, help="Print JSON instead of text, for programs."
    ),
]
Store: TypeAlias = Annotated[Path, Parameter(name="--db", help="The store: a database of this program.")]
Campaign: TypeAlias = Annotated[str | None, Parameter(help="Only this campaign.")]


def _is_name(type_: Any, value: str | None) -> None:
    """The engine's own names for who acts, such as that of a scenario, are none: nobody can take them."""
    if value is not None:
        try:
            check_name(value)
        except ValueError as error:
            raise ValueError(f"The name of a user {error}") from None


AsUser: TypeAlias = Annotated[
    str | None,
    Parameter(
        name="--as",
        validator=_is_name,
        help="The user who gives this command; needed once the store has users.",
    ),
]
Strict: TypeAlias = Annotated[
    bool, Parameter(negative="", show_default=False, help="Import nothing if there is any problem.")
]
ProblemReport: TypeAlias = Annotated[Path | None, Parameter(help="Write every problem to this CSV file.")]
RegionOfFile: TypeAlias = Annotated[
    str | None, Parameter(help="The country (such as GB) whose national numbers the file has.")
]


def read_when(option: str, text: str | None) -> Instant | None:
    """The instant that an option names, or the beginning of the day (in UTC). Raises InputError."""
    from engine.config.times import parse_when
    from engine.errors import InputError

    try:
        return None if text is None else parse_when(text)
    except ValueError as error:
        raise InputError([f"{option} {error}"]) from None


def read_moment(option: str, text: str | None) -> Instant | None:
    """The instant that an option names. Raises InputError."""
    from engine.config.times import parse_moment
    from engine.errors import InputError

    try:
        return None if text is None else instant(parse_moment(text))
    except ValueError as error:
        raise InputError([f"{option} {error}"]) from None


def check_span(since: tuple[str, Instant | None], until: tuple[str, Instant | None]) -> None:
    """Of two options with the instants that they name. Raises InputError if there is no time between them."""
    from engine.errors import InputError

    if since[1] is not None and until[1] is not None and until[1] <= since[1]:
        raise InputError([f"{until[0]} is not after {since[0]}"])
