"""What every line of the journal has in common."""

from typing import ClassVar


class Event:
    """A line's content. `KIND` is its stable dotted name."""

    __slots__ = ()
    KIND: ClassVar[str]
    DECISION: ClassVar[bool] = False
