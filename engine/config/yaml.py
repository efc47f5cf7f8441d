"""YAML read strictly: text stays text, a key stands once, and every value knows its place in the file.

Nothing but null is guessed from a plain scalar: `no`, `0301234`, `20:00` and `+442079460001` are text, and
whoever wants a number or a boolean reads it from the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import yaml

from engine.errors import InputError

FILE_MAX_BYTES: Final = 2 * 1024 * 1024  # about two seconds of parsing; long lists of leads go to a CSV file
NODES_MAX: Final = 1_000_000  # ten times what such a file can spell out; aliases multiply
DEPTH_MAX: Final = 40  # no setting lies deeper than ten

Route: TypeAlias = Sequence[str | int]

_NULL: Final = "tag:yaml.org,2002:null"
_TEXT: Final = "tag:yaml.org,2002:str"
_COLLECTIONS: Final = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class Quoted(str):
    """Text that stood in quotes: never to be taken for a number."""

    __slots__ = ()


class Position(NamedTuple):
    """Line and column, both counted from 1."""

    line: int
    column: int


class Place(NamedTuple):
    """Where a path leads: the position of its key and of its value, and the path as far as it exists."""

    key: Position
    value: Position
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`data` is made of dict, list, str and None only. `duplicates` are (path, position, message)."""

    file: str
    root: yaml.MappingNode
    data: dict[str, Any]
    duplicates: tuple[tuple[tuple[str | int, ...], Position, str], ...]

    def place(self, path: Route) -> Place:
        """Follow `path`; parts that the file does not have are passed over."""
        node: yaml.Node = self.root
        key = value = _position(node.start_mark)
        found: list[str | int] = []
        for part in path:
            step = _step(node, part)
            if step is None:
                continue
            key, node = step
            value = _position(node.start_mark)
            found.append(part)
        return Place(key, value, tuple(found))


def dotted(path: Route) -> str:
    """A path as people write it: `campaigns.orders.flow[2].collect`, list items counted from 0."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read(file: Path) -> Document:
    """Read one YAML file whose top level is a mapping. Raises InputError, `file:line:column: …`."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise InputError([f"{file}: cannot be read: {error.strerror or error}"]) from None
    return parse(raw, file=str(file))


def parse(raw: bytes, *, file: str) -> Document:
    """Read YAML from bytes; `file` is only for the messages."""
    if len(raw) > FILE_MAX_BYTES:
        limit = FILE_MAX_BYTES // 1024**2
        raise InputError([f"{file}: is larger than {limit} MiB; put long lists of leads into a CSV file"])
    root = _compose(_decode(raw, file), file)
    if not isinstance(root, yaml.MappingNode):
        kind = "a list" if isinstance(root, yaml.SequenceNode) else "a single value"
        raise _refusal(
            file,
            _position(root.start_mark),
            f"the file holds {kind}; it must hold keys, such as 'campaigns:'",
        )
    plain = _Plain(file)
    data = plain.value(root, ())
    assert isinstance(data, dict)
    return Document(file=file, root=root, data=data, duplicates=tuple(plain.duplicates))


class _StrictLoader(yaml.SafeLoader):
    """Resolves null and nothing else."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (PyYAML's own class attribute)
        first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _decode(raw: bytes, file: str) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        position = Position(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise _refusal(
            file, position, f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from None
    return text


def _compose(text: str, file: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=_StrictLoader)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        position = Position(before.count("\n") + 1, error.position - before.rfind("\n"))
        raise _refusal(
            file, position, f"character U+{ord(text[error.position]):04X} is not allowed in YAML"
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        assert mark is not None
        raise _refusal(file, _position(mark), _syntax(error, text, mark.index)) from None
    except RecursionError:
        raise _refusal(file, Position(1, 1), "is nested too deep") from None
    if root is None:
        raise _refusal(file, Position(1, 1), "the file is empty")
    return root


def _syntax(error: yaml.MarkedYAMLError, text: str, index: int) -> str:
    if text[index : index + 1] == "\t":
        return "a tab; indent with spaces"
    problem = error.problem or "cannot be read"
    if problem == "mapping values are not allowed here":
        problem += " (text that contains ': ' needs quotes)"
    context = f"{error.context}, " if error.context else ""
    return f"not valid YAML: {context}{problem}"


@dataclass(slots=True)
class _Plain:
    """Turns nodes into plain data, and counts them: an alias may contain itself, or multiply."""

    file: str
    duplicates: list[tuple[tuple[str | int, ...], Position, str]] = field(default_factory=list)
    nodes: int = 0

    def value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        self.nodes += 1
        if self.nodes > NODES_MAX:
            raise self.refusal(node, f"aliases make more than {NODES_MAX:,} values of this file")
        if len(path) > DEPTH_MAX:
            raise self.refusal(node, f"is nested deeper than {DEPTH_MAX} levels, or an alias contains itself")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self.untagged(node)
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        if node.tag == _NULL and node.style is None:
            return None
        self.untagged(node)
        return node.value if node.style is None else Quoted(node.value)

    def mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        self.untagged(node)
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != _TEXT:
                raise self.refusal(key_node, "a key must be text")
            key = key_node.value
            if key == "<<" and key_node.style is None:
                raise self.refusal(key_node, "merge keys (<<) are not supported; repeat the keys")
            value = self.value(value_node, (*path, key))
            if key in values:
                where = f"the first stands on line {lines[key]}"
                self.duplicates.append(
                    ((*path, key), _position(key_node.start_mark), f"the key stands twice; {where}")
                )
                continue
            values[key], lines[key] = value, key_node.start_mark.line + 1
        return values

    def untagged(self, node: yaml.Node) -> None:
        if node.tag not in (_TEXT, *_COLLECTIONS):
            raise self.refusal(node, f"tags such as {node.tag} are not supported")

    def refusal(self, node: yaml.Node, message: str) -> InputError:
        return _refusal(self.file, _position(node.start_mark), message)


def _step(node: yaml.Node, part: str | int) -> tuple[Position, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            if key_node.value == part:
                return _position(key_node.start_mark), value_node
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return _position(item.start_mark), item
    return None


def _position(mark: yaml.Mark) -> Position:
    return Position(mark.line + 1, mark.column + 1)


def _refusal(file: str, position: Position, message: str) -> InputError:
    return InputError([f"{file}:{position.line}:{position.column}: {message}"])
