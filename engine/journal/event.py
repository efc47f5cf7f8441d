"""What every line of the journal has in common, and the two kinds of lines."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar, dataclass_transform


class Event:
    """A line's content. `KIND` is its stable dotted name."""

    __slots__ = ()
    KIND: ClassVar[str]
    DECISION: ClassVar[bool] = False


E = TypeVar("E", bound=Event)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def fact(kind: str) -> Callable[[type[E]], type[E]]:
    """A line of what the world did, by its dotted name: a frozen dataclass with slots, of keywords only."""
    return _declared(kind, decision=False)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def decision(kind: str) -> Callable[[type[E]], type[E]]:
    """Likewise, a line of what the engine made of the facts before it."""
    return _declared(kind, decision=True)


def _declared(kind: str, *, decision: bool) -> Callable[[type[E]], type[E]]:
    def declare(event: type[E]) -> type[E]:
        event.KIND, event.DECISION = kind, decision
        return dataclass(frozen=True, slots=True, kw_only=True)(event)

    return declare
