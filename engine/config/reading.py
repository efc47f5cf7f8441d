"""Everything that is wrong with a file is gathered before anything is refused."""

from typing import Any, TypeVar

from pydantic import ValidationError

from engine.config.sections import MISSING_KEY, UNKNOWN_KEY, Section, shown, unknown_key
from engine.config.yaml import Document, Position, dotted
from engine.errors import InputError
from engine.names import did_you_mean, listed

S = TypeVar("S", bound=Section)

_EXAMPLES = {
    "lists": "'lists: {customers: {leads: [{key: ann, phones: [\"+442079460001\"]}]}}'",
    "campaigns": "'campaigns: {orders: {mode: progressive, lists: [customers], …}}'",
    "simulation": "'simulation: {guards: …, start: 2026-03-02T09:00:00Z, end: 8h}'",
}


class Reading:
    """One document, and the problems found in it so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._problems: dict[tuple[Position, str], None] = {}  # once each, whoever finds it
        for path, position, message in document.duplicates:
            self._note(path, position, message)

    def problem(self, message: str, *path: str | int, at_key: bool = False, below: str = "") -> None:
        """Note what is wrong at `path`; `below` is a key that is missing there."""
        place = self.document.place(path)
        shown = (*place.path, below) if below else place.path
        self._note(shown, place.key if at_key else place.value, message)

    def finish(self) -> None:
        """Raise InputError with every problem, in the order of the file."""
        if self._problems:
            file = self.document.file
            raise InputError(
                [
                    f"{file}:{position.line}:{position.column}: {message}"
                    for position, message in sorted(self._problems)
                ]
            )

    def raw(self, *path: str | int) -> Any:
        """The plain data at `path`; None where there is none."""
        data: Any = self.document.data
        for part in path:
            if isinstance(data, dict) and isinstance(part, str):
                data = data.get(part)
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                data = data[part]
            else:
                return None
        return data

    def has(self, *path: str | int) -> bool:
        above = self.raw(*path[:-1])
        return isinstance(above, dict) and path[-1] in above

    def text(self, *path: str | int) -> str | None:
        data = self.raw(*path)
        return data if isinstance(data, str) else None

    def keys(self, *path: str | int) -> list[str]:
        """The keys of the mapping at `path`, none if it is not one. Whether it should be is not judged."""
        data = self.raw(*path)
        return list(data) if isinstance(data, dict) else []

    def items(self, *path: str | int) -> list[Any]:
        data = self.raw(*path)
        return data if isinstance(data, list) else []

    def check_keys(self, known: list[str], required: list[str], *path: str | int) -> None:
        """The keys that a mapping may and must have, for a mapping that is read part by part."""
        for key in self.keys(*path):
            if key not in known:
                self.problem(unknown_key(key, known), *path, key, at_key=True)
        for key in required:
            if key not in self.keys(*path):
                example = f"; say e.g. {_EXAMPLES[key]}" if key in _EXAMPLES else ""
                self.problem(f"missing{example}", *path, below=key)

    def section(self, model: type[S], *path: str | int, context: dict[str, Any] | None = None) -> S | None:
        """The section at `path`, or None with its problems noted."""
        try:
            return model.model_validate(self.raw(*path), context=context)
        except ValidationError as errors:
            for error in errors.errors():
                at = (*path, *error["loc"])
                message = str(error["ctx"]["message"])
                if error["type"] == MISSING_KEY:
                    self.problem(message, *at[:-1], below=str(at[-1]))
                else:
                    at_key = error["type"] == UNKNOWN_KEY or at[-1] == "[key]"
                    self.problem(message, *at, at_key=at_key)
            return None

    def sections(
        self, model: type[S], *path: str | int, context: dict[str, Any] | None = None
    ) -> dict[str, S]:
        """The valid sections of a mapping of names to sections."""
        if self.has(*path) and not self.is_mapping(*path):
            return {}
        found = {name: self.section(model, *path, name, context=context) for name in self.keys(*path)}
        return {name: section for name, section in found.items() if section is not None}

    def several(
        self, model: type[S], *path: str | int, context: dict[str, Any] | None = None
    ) -> dict[int, S]:
        """The valid sections of a list of them, by their places."""
        data = self.raw(*path)
        if self.has(*path) and (not isinstance(data, list) or not data):
            self.problem(f"{shown(data)}; a list is wanted: [first, second]", *path)
            return {}
        places = range(len(self.items(*path)))
        found = {index: self.section(model, *path, index, context=context) for index in places}
        return {index: section for index, section in found.items() if section is not None}

    def is_mapping(self, *path: str | int) -> bool:
        """Whether there is a mapping with something in it; noted as a problem if not."""
        data = self.raw(*path)
        if isinstance(data, dict) and data:
            return True
        self.problem(f"{shown(data)}; names and their settings are wanted", *path)
        return False

    def known(self, name: str, names: list[str], what: str, *path: str | int, at_key: bool = False) -> bool:
        """Whether `name` is defined; noted as a problem if not."""
        if name in names:
            return True
        close = did_you_mean(name, names)
        defined = close or (f"; {what}s here: {listed(names, 'and')}" if 0 < len(names) <= 8 else "")
        self.problem(f"{what} {name!r} is not defined{defined}", *path, at_key=at_key)
        return False

    def _note(self, path: tuple[str | int, ...], position: Position, message: str) -> None:
        self._problems[position, f"{dotted(path)}: {message}" if path else message] = None
